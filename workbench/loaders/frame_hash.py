"""A hash of what a frame holds, the same wherever and whenever it is made from the same rows."""

from __future__ import annotations

import hashlib

import polars as pl

__all__ = ["frame_sha256"]


def frame_sha256(frame: pl.DataFrame) -> str:
    """Return the SHA-256 of a frame's names and cells, in its order of rows and columns, as 64 hex digits.

    Numbers and times go in as their bytes, with a mark where they are null; words as numbers of their first appearance.

    Examples
    --------
    >>> frame_sha256(pl.DataFrame({"a": [1.0]})) == frame_sha256(pl.DataFrame({"a": [1.0]}))
    True
    """
    digest = hashlib.sha256()
    for name in frame.columns:
        column = frame[name]
        kind = column.dtype
        if isinstance(kind, pl.String | pl.Categorical | pl.Enum):
            words = column.cast(pl.String)
            known = words.drop_nulls().unique(maintain_order=True)
            digest.update("\x1f".join(known.to_list()).encode())
            numbers = words.cast(pl.Enum(known)).to_physical().cast(pl.Int64)
        else:
            physical = column.to_physical()
            numbers = physical.cast(pl.Float64 if physical.dtype.is_float() else pl.Int64)
        digest.update(f"\x1e{name}\x1e{kind.base_type().__name__}\x1e{len(column)}\x1e".encode())
        digest.update(numbers.is_null().cast(pl.UInt8).to_numpy().tobytes())
        digest.update(numbers.fill_null(0).to_numpy().tobytes())
    return digest.hexdigest()
