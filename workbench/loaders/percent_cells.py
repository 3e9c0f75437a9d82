"""Columns whose cells carry a percent sign, as spreadsheets show shares: '6 %' is the number 6 in %."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import polars as pl

from workbench.loaders.layout import Layout
from workbench.loaders.names import unit_in
from workbench.loaders.table import SourceTable

__all__ = ["without_percent_signs"]

_SIGN = r"\s*[%\uFF05]$"
_MARKED = r"^[+-]?[\d.,]*\d" + _SIGN
_PLAIN = r"^[+-]?[\d.,]*\d$"


def without_percent_signs(table: SourceTable, layout: Layout, tags: Collection[str]) -> tuple[SourceTable, Layout]:
    """Return the table without the percent signs of the tags' cells, and the layout with % as the unit of these columns.

    Columns with another unit in their header keep them, and so do columns without a unit that hold numbers without the sign,
    too: 0.06 beside 6 % is not told from it.

    Parameters
    ----------
    table, layout
        Of a wide source.
    tags : collection of str
        Those that are to hold numbers.
    """
    cells = {cell.key: cell for cell in (layout.cells[tag] for tag in tags) if isinstance(cell.dtype, pl.String)}
    said = {key: cell.unit or unit_in(cell.name) for key, cell in cells.items()}
    keys = [key for key in cells if said[key] in (None, "%")]
    # a laboratory's results may begin long after the first rows: where these hold no number, all rows are looked at
    first = _kinds(table.frame.head(1000), keys)
    keys = [key for key, (is_marked, is_plain) in first.items() if is_marked or not is_plain]
    kinds = _kinds(table.frame, keys)
    keys = [key for key, (is_marked, is_plain) in kinds.items() if is_marked and (said[key] == "%" or not is_plain)]
    texts = {key: pl.col(key).str.strip_chars() for key in keys}
    bare = [pl.when(t.str.contains(_MARKED)).then(t.str.replace(_SIGN, "")).otherwise(t).alias(k) for k, t in texts.items()]
    of_percents = {tag: replace(cell, unit="%") for tag, cell in layout.cells.items() if cell.key in texts}
    return replace(table, frame=table.frame.with_columns(bare)), replace(layout, cells={**layout.cells, **of_percents})


def _kinds(frame: pl.LazyFrame, keys: Sequence[str]) -> dict[str, tuple[bool, bool]]:
    """Of each column whether it has numbers with a percent sign, and whether it has numbers without."""
    if not keys:
        return {}
    texts = {key: pl.col(key).str.strip_chars() for key in keys}
    held = [text.str.contains(kind).any().alias(f"{key}{kind}") for key, text in texts.items() for kind in (_MARKED, _PLAIN)]
    row = frame.select(held).collect(engine="streaming").row(0)
    return dict(zip(keys, zip(row[::2], row[1::2], strict=True), strict=True))
