"""Excel workbooks (xlsx) as a table: the first sheet with data, its cells with their types and full precision."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import polars as pl

from workbench.errors import InputError
from workbench.loaders.header import read_header
from workbench.loaders.source import SourceFile
from workbench.loaders.table import SourceColumn, SourceTable
from workbench.loaders.text_table import number_style
from workbench.loaders.workbook_size import check_workbook
from workbench.records import Finding

__all__ = ["read_spreadsheet"]

_ROWS_LOOKED_AT = 50  # [rows] for the header


def read_spreadsheet(file: SourceFile, tags: Collection[str] = ()) -> SourceTable:
    """Return the first sheet with data of a workbook as a table.

    Columns of numbers and of dates keep their type; a column that mixes numbers and text becomes text with all digits.

    Raises
    ------
    InputError
        If it is no workbook or too large a one, or all its sheets are empty, or no sheet has a header.
    """
    import fastexcel

    check_workbook(file)
    try:
        book = fastexcel.read_excel(file.path)
        texts = {name: _texts(book, name) for name in book.sheet_names}
    except fastexcel.FastExcelError as error:
        raise InputError(f"{file.label} cannot be read as a workbook: save it again as xlsx, csv or parquet") from error
    filled = [name for name, text in texts.items() if text.height > 1 and text.width > 1]
    if not filled:
        raise InputError(f"{file.label} holds no sheet with a header and rows of data")
    chosen = filled[0]
    text = texts[chosen]
    findings = []
    if len(filled) > 1:
        others = ", ".join(f"'{name}'" for name in filled[1:4])
        sentence = f"{file.label} has {len(filled)} sheets with data; '{chosen}', the first, was read, not {others}"
        findings.append(Finding(code="L102", text=sentence))
    label = file.label if len(book.sheet_names) == 1 else f"{file.label} (sheet '{chosen}')"
    rows = [[cell or "" for cell in row] for row in text.head(_ROWS_LOOKED_AT).rows()]
    header = read_header(rows, label, tags)
    frame = _typed(book, chosen, text, header.first_row)
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


def _texts(book: Any, name: str) -> pl.DataFrame:
    """All cells of a sheet as text under neutral keys; numbers come rounded to 9 decimals."""
    text: pl.DataFrame = book.load_sheet(name, header_row=None, dtypes="string").to_polars()
    return text.rename({old: f"c{i}" for i, old in enumerate(text.columns)})


def _typed(book: Any, name: str, text: pl.DataFrame, first_row: int) -> pl.DataFrame:
    """The rows below the header with types; mixed columns as text with the digits that `text` rounds off."""
    body = text.slice(first_row)
    wanted = {i: "string" for i, key in enumerate(text.columns) if body[key].null_count() == body.height}
    typed: pl.DataFrame = book.load_sheet(
        name, header_row=None, skip_rows=first_row, dtypes=wanted or None, schema_sample_rows=None
    ).to_polars()
    typed = typed.rename({old: f"c{i}" for i, old in enumerate(typed.columns)})
    mixed = [i for i, key in enumerate(typed.columns) if typed.schema[key] == pl.String and i not in wanted]
    if not mixed:
        return typed
    numbers: pl.DataFrame = book.load_sheet(
        name, header_row=None, skip_rows=first_row, dtypes=dict.fromkeys(mixed, "float"), use_columns=mixed
    ).to_polars()
    exact = []
    for i, number in zip(mixed, numbers.iter_columns(), strict=True):
        if number.dtype != pl.Float64:
            continue
        column = typed.columns[i]
        rounded = typed[column].cast(pl.Float64, strict=False)
        is_rounded = (number != rounded).fill_null(False) & number.is_not_null()
        exact.append(
            pl.select(pl.when(is_rounded).then(number.cast(pl.String)).otherwise(typed[column]).alias(column)).to_series()
        )
    return typed.with_columns(exact)
