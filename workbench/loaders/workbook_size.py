"""How large a workbook is, looked up before it is read: its reader keeps a cell for every place up to the furthest."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator

from workbench.errors import InputError
from workbench.loaders.source import SourceFile

__all__ = ["check_workbook"]

# own assumptions, above the largest exports of 1,048,576 rows and 30 columns
LARGEST_CELLS = 50_000_000  # [cells] of all sheets, empty ones up to the furthest filled one counted
LARGEST_BYTES = 4_000_000_000  # [bytes] unpacked
LARGEST_RATIO = 200.0  # unpacked bytes per packed byte; exports have 5 to 50
_HARMLESS_BYTES = 50_000_000  # [bytes] unpacked; below it nobody asks for the ratio
_BLOCK = 1 << 22  # [bytes] read at a time
_OVERLAP = 32  # [bytes] more than one address takes
_ADDRESS = re.compile(rb"""\sr=["']([A-Z]{0,3}[0-9]{1,7})["']""")  # of a cell, or the number of a row
_DIGITS, _LETTERS = b"0123456789", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def check_workbook(file: SourceFile) -> None:
    """Make sure that a file is a workbook, and one that can be read here.

    Raises
    ------
    InputError
        If it is no workbook or a damaged one, or it would take more memory than a table of records can need.
    """
    if not zipfile.is_zipfile(file.path):
        raise _no_workbook(file)
    try:
        with zipfile.ZipFile(file.path) as book:
            parts = book.infolist()
            if "xl/workbook.xml" not in book.namelist():
                raise _no_workbook(file)
            _check_bytes(file, sum(part.file_size for part in parts), sum(part.compress_size for part in parts))
            _check_cells(file, book, [part for part in parts if part.filename.startswith("xl/worksheets/sheet")])
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error) as error:
        raise InputError(f"{file.label} cannot be read as a workbook: save it again as xlsx, csv or parquet") from error


def _no_workbook(file: SourceFile) -> InputError:
    return InputError(f"{file.label} is not an xlsx file, whatever its name says: export it again as xlsx, csv or parquet")


def _check_bytes(file: SourceFile, unpacked: int, packed: int) -> None:
    limit = LARGEST_BYTES
    if unpacked > _HARMLESS_BYTES:
        limit = min(limit, int(LARGEST_RATIO * packed))
    if unpacked > limit:
        raise InputError(
            f"{file.label} unpacks to {unpacked / 1e6:,.0f} MB, a workbook of its size to {limit / 1e6:,.0f} MB at most:"
            " export the table again as xlsx, csv or parquet"
        )


def _check_cells(file: SourceFile, book: zipfile.ZipFile, sheets: list[zipfile.ZipInfo]) -> None:
    cells = 0
    for sheet in sheets:
        rows, columns = _furthest(book, sheet)
        cells += rows * columns
        if cells > LARGEST_CELLS:
            raise InputError(
                f"{file.label} reaches to row {rows:,} and column {columns:,}, {cells:,} cells in all where"
                f" {LARGEST_CELLS:,} can be read: delete what stands far from the table, or export it as csv or parquet"
            )


def _furthest(book: zipfile.ZipFile, sheet: zipfile.ZipInfo) -> tuple[int, int]:
    """The last row and the last column in which a cell stands."""
    rows = columns = 0
    for block in _blocks(book, sheet):
        addresses = b" ".join(_ADDRESS.findall(block))
        rows = max(rows, max(map(int, set(addresses.translate(None, _LETTERS).split())), default=0))
        columns = max(columns, max(map(_column_number, set(addresses.translate(None, _DIGITS).split())), default=0))
    return rows, columns


def _blocks(book: zipfile.ZipFile, sheet: zipfile.ZipInfo) -> Iterator[bytes]:
    with book.open(sheet) as stream:
        before = b""
        while block := stream.read(_BLOCK):
            yield (block := before + block)
            before = block[-_OVERLAP:]


def _column_number(letters: bytes) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
