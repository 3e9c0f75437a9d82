"""Workbooks that would take all memory: refused by one sentence before they are read, and large honest ones are not."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import workbench.loaders.workbook_size
from workbench.errors import InputError
from workbench.loaders import read_records
from workbench.loaders.source import SourceFile
from workbench.loaders.workbook_size import _furthest, check_workbook
from workbench.plant import Sheet


def workbook(path: Path, sheet: bytes) -> SourceFile:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/workbook.xml", "<workbook/>")
        parts.writestr("xl/worksheets/sheet1.xml", sheet)
    return SourceFile(path, "xlsx", "")


def test_stray_cell_far_away(small_sheet: Callable[..., Sheet], tmp_path: Path) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(tmp_path / "x.xlsx"))
    page = book.add_worksheet()
    page.write_row(0, 0, ["time", "A", "B", "Y"])
    page.write_row(1, 0, ["2024-01-01 00:00", 1, 2, 3])
    page.write(1_048_575, 16_383, 1)
    book.close()
    with pytest.raises(InputError) as caught:
        read_records(small_sheet(), tmp_path / "x.xlsx")
    assert str(caught.value) == (
        "x.xlsx reaches to row 1,048,576 and column 16,384, 17,179,869,184 cells in all where 50,000,000 can be read:"
        " delete what stands far from the table, or export it as csv or parquet"
    )


def test_more_packed_than_a_table_can_be(tmp_path: Path) -> None:
    file = workbook(tmp_path / "x.xlsx", b"<row/>" + b" " * 60_000_000)
    with pytest.raises(InputError, match=r"^x\.xlsx unpacks to 60 MB, a workbook of its size to \d+ MB at most: export"):
        check_workbook(file)


def test_largest_export_is_let_through(tmp_path: Path) -> None:
    check_workbook(workbook(tmp_path / "x.xlsx", b'<row r="1048576"><c r="A1048576"/><c r="AD1048576"/></row>'))


def test_addresses_across_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = workbook(tmp_path / "x.xlsx", b'<row r="7"><c r="B7"><v>5</v></c><x:c s="1" r=\'AB12\'/></row>')
    for size in range(1, 60):
        monkeypatch.setattr(workbench.loaders.workbook_size, "_BLOCK", size)
        with zipfile.ZipFile(file.path) as book:
            assert _furthest(book, book.getinfo("xl/worksheets/sheet1.xml")) == (12, 28)
