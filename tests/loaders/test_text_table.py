"""Encodings, separators, decimal signs and header rows of text files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from workbench.errors import InputError
from workbench.loaders import read_records
from workbench.loaders.header import read_header
from workbench.loaders.text_table import number_style
from workbench.plant import Sheet
from workbench.records import Records

Collected = Callable[[Records], pl.DataFrame]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_separators_and_encodings(
    separator: str, encoding: str, small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Collected
) -> None:
    rows = [["time", "A", "Bä", "Y"], ["2024-01-01 00:00", "1.5", "-2", "3e2"], ["2024-01-01 01:00", "2.5", "4", "5"]]
    text = "\r\n".join(separator.join(row) for row in rows) + "\r\n"
    path = csv_of(text.encode(encoding))
    records = read_records(small_sheet(b="ä"), path)
    assert collected(records)["value"].to_list() == [1.5, 2.5, -2.0, 4.0, 300.0, 5.0]
    assert [f.code for f in records.findings] == (["L101"] if encoding == "cp1252" else [])


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("time;A;B;Y\n2024-01-01;1,5;-2,25;3\n", [1.5, -2.25, 3.0]),
        ("time;A;B;Y\n2024-01-01;1.234,5;2,0;3\n", [1234.5, 2.0, 3.0]),
        ('time,A,B,Y\n2024-01-01,"1,234.5",2.5,"3,000"\n', [1234.5, 2.5, 3000.0]),
        ('time,A,B,Y\n2024-01-01,"1,5","2,5","3,25"\n', [1.5, 2.5, 3.25]),
        ("time,A,B,Y\n2024-01-01, 1.5 ,true,FALSE\n", [1.5, 1.0, 0.0]),
    ],
)
def test_numbers(
    text: str, values: list[float], small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Collected
) -> None:
    assert collected(read_records(small_sheet(), csv_of(text)))["value"].to_list() == values


def test_decimal_style_is_one_for_the_file() -> None:
    assert number_style([["1,234", "2,500"]], ",").thousands == ","
    assert number_style([["1,234", "2,500"]], ";").decimal == ","
    assert number_style([["1,5", "1,234"]], ";").decimal == ","


HEADERS = {
    "names": "time,A,B,Y\n",
    "names and units": "time,A,B,Y\n,degF,-,%\n",
    "names, descriptions and units": "time,A,B,Y\n,Feed temperature,Some state,Recovery\n,degF,-,%\n",
    "descriptions first": "Stamp,Feed temperature,Some state,Recovery\ntime,A,B,Y\n,[degF],,[%]\n",
    "a title before": "Export of line 1\n\ntime,A (degF),B,Y (%)\n",
    "line break in a name": 'time,"A\n(degF)",B,Y (%)\n',
}


@pytest.mark.parametrize("header", list(HEADERS))
def test_header_rows(header: str, small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Collected) -> None:
    sheet = small_sheet(a=", unit: degC", y=', unit: "%"')
    records = read_records(sheet, csv_of(HEADERS[header] + "2024-01-01 00:00,212,1,93.5\n2024-01-01 01:00,32,1,94\n"))
    expected = [212.0, 32.0] if header == "names" else [100.0, 0.0]
    rows = collected(records)
    assert rows.filter(pl.col("tag") == "A")["value"].round(9).to_list() == expected
    assert rows["time"].min() == datetime(2024, 1, 1, tzinfo=UTC)
    assert records.units == (
        {} if header == "names" else {"A": "degF", "Y": "%"} | ({"B": "-"} if "and units" in header else {})
    )


def test_header_of_words_only() -> None:
    header = read_header([["time", "state"], ["later", "run"]], "x.csv")
    assert (header.names, header.first_row) == (("time", "state"), 1)


def test_rows_with_too_many_cells_are_set_aside(
    small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], reasons: Callable[[Records], dict[str | None, int]]
) -> None:
    good = "".join(f"2024-01-01 {hour:02d}:00,1,2,3\n" for hour in range(20))
    records = read_records(small_sheet(), csv_of("time,A,B,Y\n" + good + "2024-01-01 20:00,1,5,2,3\n"))
    assert reasons(records) == {None: 60, "row with too many cells": 3}


def test_blank_lines_and_trailing_separators(
    small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], reasons: Callable[[Records], dict[str | None, int]]
) -> None:
    records = read_records(small_sheet(), csv_of("time,A,B,Y,\n2024-01-01 00:00,1,2,3,\n\n2024-01-01 01:00,1,2,3,\n\n"))
    assert reasons(records) == {None: 6}


@pytest.mark.parametrize("empty", ["", "NaN", "null", "N/A", "-"])
def test_empty_cells_are_no_readings(
    empty: str,
    small_sheet: Callable[..., Sheet],
    csv_of: Callable[..., Path],
    reasons: Callable[[Records], dict[str | None, int]],
) -> None:
    records = read_records(small_sheet(), csv_of(f"time,A,B,Y\n2024-01-01 00:00,1,{empty},3\n2024-01-01 01:00,1,2,inf\n"))
    assert records.rows_elsewhere.set_aside == {"empty cell": 1}
    assert reasons(records) == {None: 4, "no value": 1}


def test_choices_stay_text(small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Collected) -> None:
    sheet = small_sheet(b=', choices: ["012", "12", "on"]')
    rows = collected(
        read_records(
            sheet, csv_of("time,A,B,Y\n2024-01-01,1,012,3\n2024-01-02,1,12,3\n2024-01-03,1,ON,3\n2024-01-04,1,12.0,3\n")
        )
    )
    assert rows.filter(pl.col("tag") == "B")["text"].to_list() == ["012", "12", "on", "12"]


def test_rows_with_too_few_cells(small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Collected) -> None:
    records = read_records(small_sheet(), csv_of("time,A,B,Y\n2024-01-01 00:00,1\n2024-01-01 01:00,4,5,6\n"))
    assert collected(records).select("tag", "row", "value").rows() == [
        ("A", 0, 1.0),
        ("A", 1, 4.0),
        ("B", 1, 5.0),
        ("Y", 1, 6.0),
    ]
    assert records.rows_elsewhere.set_aside == {"empty cell": 2}


def test_quote_that_never_closes(small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path]) -> None:
    path = csv_of('time,A,B,Y\n2024-01-01 00:00,1,2,3\n2024-01-01 01:00,1,"2,3\n')
    with pytest.raises(InputError, match=r"x\.csv"):
        read_records(small_sheet(), path)
