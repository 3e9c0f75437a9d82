"""Excel workbooks (xlsx) as a table: the first sheet with data, its cells with their types and full precision."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from workbench.errors import InputError
from workbench.loaders.header import read_header
from workbench.loaders.names import unit_in
from workbench.loaders.source import SourceFile
from workbench.loaders.table import SourceColumn, SourceTable
from workbench.loaders.text_table import number_style
from workbench.loaders.workbook_cells import Places, percent_places
from workbench.loaders.workbook_size import check_workbook
from workbench.records import Finding

__all__ = ["read_spreadsheet"]

_ROWS_LOOKED_AT = 50  # [rows] for the header
_DIGITS = 15  # of a number, as workbooks keep and show it


def read_spreadsheet(file: SourceFile, tags: Collection[str] = ()) -> SourceTable:
    """Return the first sheet with data of a workbook as a table.

    Columns of numbers and of dates keep their type; a column that mixes numbers and text becomes text with all digits. A cell
    that shows its number as per cent is read as it is seen, 95 % and not 0.95, unless the header gives the column another unit.

    Raises
    ------
    InputError
        If it is no workbook or too large a one, or all its sheets are empty, or no sheet has a header.
    """
    import fastexcel

    check_workbook(file)
    try:
        book = fastexcel.read_excel(file.path)
        pages = [_page(book, name) for name in book.sheet_names]
    except fastexcel.FastExcelError as error:
        raise InputError(f"{file.label} cannot be read as a workbook: save it again as xlsx, csv or parquet") from error
    filled = [page for page in pages if page.text.height > 1 and page.text.width > 1]
    if not filled:
        raise InputError(f"{file.label} holds no sheet with a header and rows of data")
    chosen, text = filled[0], filled[0].text
    findings = []
    if len(filled) > 1:
        others = ", ".join(f"'{page.name}'" for page in filled[1:4])
        sentence = f"{file.label} has {len(filled)} sheets with data; '{chosen.name}', the first, was read, not {others}"
        findings.append(Finding(code="L102", text=sentence))
    label = file.label if len(book.sheet_names) == 1 else f"{file.label} (sheet '{chosen.name}')"
    rows = [[cell or "" for cell in row] for row in text.head(_ROWS_LOOKED_AT).rows()]
    header = read_header(rows, label, tags)
    frame = _typed(book, chosen, header.first_row)
    below = chosen.top + header.first_row
    units = {key: header.units[i] or unit_in(header.names[i]) for i, key in enumerate(frame.columns)}
    frame = _as_shown(
        frame, {key for key, unit in units.items() if unit in (None, "%")}, percent_places(file, chosen.name), below
    )
    columns = tuple(
        SourceColumn(key, header.names[i], frame.schema[key], header.units[i])
        for i, key in enumerate(text.columns)
        if header.names[i] or frame[key].null_count() < frame.height
    )
    body = [[cell or "" for cell in row] for row in text.slice(header.first_row, _ROWS_LOOKED_AT).rows()]
    style = number_style(
        [[cell for cell, kind in zip(row, frame.dtypes, strict=True) if kind == pl.String] for row in body], ","
    )
    if style.decimal == ",":  # true numbers beside text are written with a decimal point
        style = replace(style, thousands=None)
    return SourceTable(frame.with_row_index("row").lazy(), columns, label, style, findings=tuple(findings))


@dataclass(frozen=True)
class _Page:
    """A sheet's cells as text: from its first filled row, `top` rows below the first of all."""

    name: str
    top: int
    text: pl.DataFrame


def _page(book: Any, name: str) -> _Page:
    """All cells of a sheet as text; numbers come rounded to 9 decimals."""
    text = _loaded(book, name, skip_rows=0, dtypes="string")
    is_filled = (
        text.select(~pl.all_horizontal(pl.all().is_null())).to_series() if text.width else pl.Series([], dtype=pl.Boolean)
    )
    top = is_filled.arg_max() or 0
    return _Page(name, top, text.slice(top))


def _loaded(book: Any, name: str, **how: Any) -> pl.DataFrame:
    """A sheet's cells under the numbers of their columns, c0 for A: a table may begin anywhere."""
    sheet = book.load_sheet(name, header_row=None, **how)
    cells: pl.DataFrame = sheet.to_polars()
    return cells.rename(
        {old: f"c{column.absolute_index}" for old, column in zip(cells.columns, sheet.selected_columns, strict=True)}
    )


def _typed(book: Any, page: _Page, first_row: int) -> pl.DataFrame:
    """The rows below the header with types; mixed columns as text with the digits that `page.text` rounds off."""
    body = page.text.slice(first_row)
    empty = {int(key[1:]): "string" for key in body.columns if body[key].null_count() == body.height}
    below = page.top + first_row
    typed = _loaded(book, page.name, skip_rows=below, dtypes=empty or None, schema_sample_rows=None)
    mixed = [at for key, dtype in typed.schema.items() if dtype == pl.String and (at := int(key[1:])) not in empty]
    if not mixed:
        return typed
    numbers = _loaded(book, page.name, skip_rows=below, dtypes=dict.fromkeys(mixed, "float"), use_columns=mixed)
    exact = []
    for number in numbers.iter_columns():
        if number.dtype != pl.Float64:
            continue
        written = typed[number.name]
        rounded = written.cast(pl.Float64, strict=False)
        is_rounded = (number != rounded).fill_null(False) & number.is_not_null()
        exact.append(
            pl.select(pl.when(is_rounded).then(number.cast(pl.String)).otherwise(written).alias(number.name)).to_series()
        )
    return typed.with_columns(exact)


def _as_shown(frame: pl.DataFrame, keys: Collection[str], percents: Places, below: int) -> pl.DataFrame:
    """The frame, whose first row stands `below` others, with the numbers shown as per cent as text: '95%'."""
    shown = []
    for column in frame.select(key for key in frame.columns if key in keys and int(key[1:]) in percents).iter_columns():
        if not (column.dtype.is_numeric() or column.dtype == pl.String):
            continue
        places = pl.Series(percents[int(column.name[1:])], dtype=pl.UInt32)
        is_percent = pl.int_range(below, below + frame.height, dtype=pl.UInt32, eager=True).is_in(places.implode())
        number = column.cast(pl.Float64, strict=False)
        text = (number * 100).round_sig_figs(_DIGITS).cast(pl.String).str.strip_suffix(".0") + "%"
        shown.append(pl.select(pl.when(is_percent).then(text).otherwise(column.cast(pl.String)).alias(column.name)).to_series())
    return frame.with_columns(shown)
