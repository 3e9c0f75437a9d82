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


@pytest.mark.parametrize(
    ("header", "code", "unit", "values"),
    [
        ("A", "0%", "%", [95.0, 7.0]),  # seen as 95%, kept as 0.95
        ("A", "0.0 %;[Red]-0.0 %", "%", [95.0, 7.0]),
        ("A", "0%", "1", [0.95, 0.07]),
        ("A (%)", "0.00%", "%", [95.0, 7.0]),
        ("A (-)", "0%", "1", [0.95, 0.07]),
        ("A (kg)", "0%", "kg", [0.95, 0.07]),  # its header says otherwise
        ("A", '0"% of 1"', "%", [0.95, 0.07]),  # shows 1% of 1 for 0.95: a word behind the number
        ("A", "0.0\\%", "%", [0.95, 0.07]),
    ],
)
def test_a_number_shown_as_per_cent_is_what_is_seen(
    header: str,
    code: str,
    unit: str,
    values: list[float],
    small_sheet: Callable[..., Sheet],
    book_of: Callable[..., Path],
    collected: Collected,
) -> None:
    rows = [["time", header, "B", "Y"], ["2024-01-01 00:00", 0.95, 1, 3], ["2024-01-01 01:00", 0.07, 2, 4]]
    path = book_of(rows, top=2, left=1, formats={header: code})
    records = read_records(small_sheet(a=f", unit: '{unit}'"), path)
    assert collected(records).filter(pl.col("tag") == "A")["value"].to_list() == pytest.approx(values)
    assert records.findings == ()


def test_words_and_numbers_beside_percents(
    small_sheet: Callable[..., Sheet], book_of: Callable[..., Path], collected: Collected
) -> None:
    rows = [["time", "A", "B", "Y"], ["2024-01-01 00:00", 0.951234, "6%", 3], ["2024-01-01 01:00", "off", 0.07, 4]]
    seen = collected(read_records(small_sheet(), book_of(rows, formats={"A": "0%", "B": "0%"})))
    assert seen["value"].to_list() == [95.1234, None, 6.0, 7.0, 3.0, 4.0]
    assert seen["text"].to_list() == [None, "off", None, None, None, None]


def test_choices_shown_as_per_cent_are_what_is_seen(
    small_sheet: Callable[..., Sheet], book_of: Callable[..., Path], collected: Collected
) -> None:
    rows = [["time", "A", "B", "Y"], ["2024-01-01 00:00", 1, 0.05, 3], ["2024-01-01 01:00", 1, 0.1, 4]]
    sheet = small_sheet(b=", choices: ['5%', '10%']")
    seen = collected(read_records(sheet, book_of(rows, formats={"B": "0%"})))
    assert seen.filter(pl.col("tag") == "B")["text"].to_list() == ["5%", "10%"]


def test_rows_of_a_long_workbook_have_their_own_format(
    small_sheet: Callable[..., Sheet], tmp_path: Path, collected: Collected
) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(tmp_path / "x.xlsx"))
    page, shown = book.add_worksheet("two & one"), book.add_format({"num_format": 9})
    page.write_row(0, 0, ["time", "tag", "value"])
    for i, (tag, value) in enumerate([("A", 0.95), ("B", 0.95), ("Y", 3), ("A", 0.07)]):
        page.write_row(1 + i, 0, [f"2024-01-01 0{i}:00", tag])
        page.write(1 + i, 2, value, shown if tag == "A" else None)
    book.close()
    seen = collected(read_records(small_sheet(), tmp_path / "x.xlsx"))
    assert seen["value"].to_list() == [95.0, 7.0, 0.95, 3.0]
