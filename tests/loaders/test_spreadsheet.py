"""Workbooks as people keep them: tables that begin anywhere on their sheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import polars as pl
import pytest

from workbench.errors import InputError
from workbench.loaders import read_records
from workbench.plant import Sheet
from workbench.records import Records

Collected = Callable[[Records], pl.DataFrame]
Cells = Sequence[Sequence[object]]


@pytest.fixture
def book_of(tmp_path: Path) -> Callable[..., Path]:
    """Write rows of cells from a place on; a number format by the column's header."""
    import xlsxwriter

    def write(rows: Cells, top: int = 0, left: int = 0, formats: Mapping[str, str] | None = None) -> Path:
        path = tmp_path / "x.xlsx"
        book = xlsxwriter.Workbook(str(path))
        page = book.add_worksheet()
        shown = {header: book.add_format({"num_format": code}) for header, code in (formats or {}).items()}
        for i, row in enumerate(rows):
            for j, cell in enumerate(row):
                page.write(top + i, left + j, cell, shown.get(str(rows[0][j])) if i else None)
        book.close()
        return path

    return write


@pytest.mark.parametrize("top", [0, 3, 60])
@pytest.mark.parametrize("left", [0, 2])
def test_a_table_may_begin_anywhere_on_its_sheet(
    top: int, left: int, small_sheet: Callable[..., Sheet], book_of: Callable[..., Path], collected: Collected
) -> None:
    rows = [["time", "A", "B", "Y"], ["2024-01-01 00:00", 1.5, 20.12345678912, 3], ["2024-01-01 01:00", 2.5, "off", 4]]
    seen = collected(read_records(small_sheet(), book_of(rows, top, left)))
    assert seen["value"].to_list() == [1.5, 2.5, 20.12345678912, None, 3.0, 4.0]
    assert seen["text"].to_list() == [None, None, None, "off", None, None]


def test_a_row_of_headers_alone_is_no_table_wherever_it_stands(
    small_sheet: Callable[..., Sheet], book_of: Callable[..., Path]
) -> None:
    with pytest.raises(InputError, match="holds no sheet with a header and rows of data"):
        read_records(small_sheet(), book_of([["time", "A", "B", "Y"]], top=3))
