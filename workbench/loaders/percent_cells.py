"""Columns whose cells carry a percent sign, as spreadsheets show shares: '6 %' is the number 6 in %."""

from __future__ import annotations

from collections.abc import Collection
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
    cells = {tag: layout.cells[tag] for tag in tags if isinstance(layout.cells[tag].dtype, pl.String)}
    said = {tag: cell.unit or unit_in(cell.name) for tag, cell in cells.items()}
    cells = {tag: cell for tag, cell in cells.items() if said[tag] in (None, "%")}
    if not cells:
        return table, layout
    sample = table.frame.head(1000).select(cell.key for cell in cells.values()).collect()
    cells = {tag: cell for tag, cell in cells.items() if sample[cell.key].str.strip_chars().str.contains(_MARKED).any()}
    if not cells:
        return table, layout
    texts = {tag: pl.col(cell.key).str.strip_chars() for tag, cell in cells.items()}
    is_mixed = [text.str.contains(_PLAIN).any().alias(tag) for tag, text in texts.items()]
    mixed = table.frame.select(is_mixed).collect(engine="streaming").row(0, named=True)
    texts = {tag: text for tag, text in texts.items() if said[tag] == "%" or not mixed[tag]}
    bare = [pl.when(text.str.contains(_MARKED)).then(text.str.replace(_SIGN, "")).otherwise(text) for text in texts.values()]
    frame = table.frame.with_columns(cell.alias(cells[tag].key) for tag, cell in zip(texts, bare, strict=True))
    of_percents = {tag: replace(cells[tag], unit="%") for tag in texts}
    return replace(table, frame=frame), replace(layout, cells={**layout.cells, **of_percents})
