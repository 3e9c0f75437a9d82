"""Cells of the history at nine significant digits: beyond them, sums differ from machine to machine."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = ["DIGITS", "round_cells", "round_frame"]

DIGITS = 9
EXACT_POWER = 22  # 10**22 is the largest power of ten that a double holds exactly


def round_cells(value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values rounded to nine significant digits; zero, NaN and infinities stay.

    Examples
    --------
    >>> round_cells(np.array([0.1 + 0.2, 1234567891.0, 0.0])).tolist()
    [0.3, 1234567890.0, 0.0]
    """
    size = np.abs(value)
    out = value.copy()
    plain = np.isfinite(value) & (size > 1e-13) & (size < 1e30)
    if plain.any():
        digits = DIGITS - 1 - np.floor(np.log10(size[plain])).astype(np.int64)
        power = 10.0 ** np.minimum(np.abs(digits), EXACT_POWER)
        # an exact power of ten rounds only once, so the result is the double nearest to the decimal number
        up, down = np.rint(value[plain] * power) / power, np.rint(value[plain] / power) * power
        out[plain] = np.where(digits >= 0, up, down)
    rare = np.flatnonzero(np.isfinite(value) & ~plain & (size > 0))
    out[rare] = [float(f"{x:.{DIGITS}g}") for x in value[rare].tolist()]
    return out


def round_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with all Float64 columns rounded to nine significant digits, NaN as null."""
    columns = [name for name, kind in frame.schema.items() if kind == pl.Float64]
    rounded = [
        pl.Series(name, round_cells(frame[name].fill_null(float("nan")).to_numpy().astype(np.float64)), nan_to_null=True)
        for name in columns
    ]
    return frame.with_columns(rounded)
