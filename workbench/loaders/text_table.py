"""Text files (csv and its relatives) as a table: encoding, separator, decimal sign and header found by looking."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import islice
from pathlib import Path

import polars as pl

from workbench.errors import InputError
from workbench.loaders.header import Header, is_number, read_header
from workbench.loaders.source import SourceFile
from workbench.loaders.table import NumberStyle, SourceColumn, SourceTable
from workbench.records import Finding

__all__ = ["number_style", "read_text_table"]

SEPARATORS = (",", ";", "\t", "|")
_ROWS_LOOKED_AT = 200  # [rows] for separator, header and decimal sign
_COMMA_NUMBER = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")
_COMMA_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_POINT_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+,\d+")


def read_text_table(file: SourceFile, tags: Collection[str] = ()) -> SourceTable:
    """Return a text file as a lazy table of text columns.

    Parameters
    ----------
    file : SourceFile
        As `read_source_file` found it.
    tags : collection of str
        Tags that the sheet names; they tell the row of names from a row of descriptions.

    Raises
    ------
    InputError
        If no separator gives more than one column, or there is no header, or no row below it.
    """
    findings: list[Finding] = []
    source: Path | bytes = file.path
    if file.encoding != "utf-8":
        raw = file.path.read_bytes()
        text = _decoded(raw, file)
        source = text.encode("utf-8")
        if file.encoding == "cp1252":
            sentence = f"{file.label} is not UTF-8 and was read as Windows-1252: check names and units with accents"
            findings.append(Finding(code="L101", text=sentence))
    separator, rows, lines = _first_rows(source, file.label)
    header = read_header(rows, file.label, tags)
    columns = _columns(header)
    overflow = f"c{len(columns)}"
    schema: dict[str, pl.DataType] = {f"c{i}": pl.String() for i in range(len(columns) + 1)}
    frame = pl.scan_csv(
        source,
        has_header=False,
        separator=separator,
        skip_lines=lines[header.first_row - 1],
        schema=schema,
        missing_columns="insert",
        extra_columns="ignore",
        truncate_ragged_lines=True,
        glob=False,
        row_index_name="row",
    )
    if frame.head(1).collect().is_empty():
        raise InputError(f"{file.label} has a header but no rows of data below it")
    style = number_style(rows[header.first_row :], separator)
    _check_widths(rows[header.first_row :], len(columns), file.label)
    return SourceTable(frame, columns, file.label, style, overflow, is_costly=True, findings=tuple(findings))


def number_style(rows: Sequence[Sequence[str]], separator: str) -> NumberStyle:
    """Return how numbers are written, by the cells of the first rows.

    Examples
    --------
    >>> number_style([["1,5", "2,25"]], ";")
    NumberStyle(decimal=',', thousands=None)
    """
    bare = (cell.strip().rstrip("%\uff05").rstrip() for row in rows for cell in row)
    cells = [cell for cell in bare if is_number(cell)]
    comma = sum(_COMMA_NUMBER.fullmatch(cell) is not None for cell in cells)
    grouped = sum(_COMMA_THOUSANDS.fullmatch(cell) is not None for cell in cells)
    pointed = sum(_POINT_THOUSANDS.fullmatch(cell) is not None for cell in cells)
    decimal_point = sum("." in cell and "," not in cell for cell in cells)
    if pointed:
        return NumberStyle(",", ".")
    if comma > grouped or (grouped and comma and separator != "," and not decimal_point):
        return NumberStyle(",", None)
    return NumberStyle(".", "," if grouped else None)


def _columns(header: Header) -> tuple[SourceColumn, ...]:
    last = max(i for i, name in enumerate(header.names) if name) if any(header.names) else 0
    return tuple(SourceColumn(f"c{i}", header.names[i], pl.String(), header.units[i]) for i in range(last + 1))


def _decoded(raw: bytes, file: SourceFile) -> str:
    if file.encoding == "cp1252":
        return raw.decode("cp1252", errors="replace")
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-16-le" if not raw[1] else "utf-16-be"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(f"{file.label} breaks off in the middle of a UTF-16 character: export it again") from error


def _first_rows(source: Path | bytes, label: str) -> tuple[str, list[list[str]], list[int]]:
    """Separator, first rows, and for each of them how many lines of the file it ends after."""
    stream: io.TextIOBase
    if isinstance(source, Path):
        stream = source.open(encoding="utf-8-sig", errors="replace", newline="")
    else:
        stream = io.StringIO(source.decode("utf-8-sig"), newline="")
    with stream:
        lines = list(islice(stream, _ROWS_LOOKED_AT))
    best: tuple[float, str, list[list[str]], list[int]] | None = None
    for separator in SEPARATORS:
        reader = csv.reader(lines, delimiter=separator)
        rows, ends = [], []
        try:
            for row in reader:
                rows.append(row)
                ends.append(reader.line_num)
        except csv.Error:
            continue
        widths = Counter(len(row) for row in rows if row)
        width, agreeing = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        score = agreeing / max(1, widths.total()) if width > 1 else 0.0
        if score > 0 and (best is None or score > best[0] + 1e-9):
            best = (score, separator, rows, ends)
    if best is None:
        raise InputError(f"only one column was found in {label}: separate the columns by a comma, semicolon, tab or |")
    return best[1], best[2], best[3]


def _check_widths(rows: Sequence[Sequence[str]], width: int, label: str) -> None:
    """Refuse a table in which many rows have more cells than the header: they would be read a column off."""
    said = [row for row in rows if row]
    long = [row for row in said if any(cell.strip() for cell in row[width:])]
    if said and len(long) > len(said) / 10:
        raise InputError(
            f"{len(long)} of the first {len(said)} rows of {label} have more cells than its header "
            f"({len(long[0])} against {width}): quote numbers with a decimal comma, or separate the columns by semicolons"
        )
