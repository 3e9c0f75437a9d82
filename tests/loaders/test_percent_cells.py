"""Shares as spreadsheets show them, and cells that say in words that nothing was measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from workbench.loaders import list_tags, read_records
from workbench.plant import Sheet
from workbench.records import Records

Collected = Callable[[Records], pl.DataFrame]
TEXT = "time,{header},B,Y\n2024-01-01 00:00,{first},1,2\n2024-01-01 01:00,{second},1,2\n"


@pytest.mark.parametrize(
    ("header", "unit", "cells", "values"),
    [
        ("A", "%", ("6%", "7.5 %"), [6.0, 7.5]),
        ("A", "1", ("6%", "-7.5%"), [0.06, -0.075]),
        ("A (%)", "%", ("6%", "7"), [6.0, 7.0]),
        ("A (-)", "1", ("6%", "0.07"), [0.06, 0.07]),
        ("A", "%", ("6\uff05", "n/a"), [6.0]),
        ("A", "%", ('"1,200%"', '"1,300%"'), [1200.0, 1300.0]),
    ],
)
def test_a_percent_sign_is_the_unit_of_its_column(
    header: str,
    unit: str,
    cells: tuple[str, str],
    values: list[float],
    small_sheet: Callable[..., Sheet],
    csv_of: Callable[..., Path],
    collected: Collected,
) -> None:
    sheet = small_sheet(a=f", unit: '{unit}'")
    seen = collected(read_records(sheet, csv_of(TEXT.format(header=header, first=cells[0], second=cells[1]))))
    assert seen.filter(pl.col("tag") == "A")["value"].drop_nulls().to_list() == pytest.approx(values)


def test_percents_tell_the_decimal_comma(csv_of: Callable[..., Path]) -> None:
    row = list_tags(csv_of("Zeit;A\n01.01.2024 00:00;6,5 %\n01.01.2024 01:00;7,5 %\n")).row(0, named=True)
    assert (row["min"], row["max"]) == (6.5, 7.5)


def test_a_share_beside_percents_is_set_aside(
    small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Collected
) -> None:
    """0.06 may be 6 % or 0.06 %: the cells with the sign stay words, which are told."""
    seen = collected(read_records(small_sheet(), csv_of(TEXT.format(header="A", first="6%", second="0.06"))))
    assert seen.filter(pl.col("tag") == "A")["reason"].to_list() == ["text state", None]


def test_choices_keep_their_sign(small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Collected) -> None:
    sheet = small_sheet(b=", choices: ['5%', '10%']")
    seen = collected(read_records(sheet, csv_of("time,A,B,Y\n2024-01-01 00:00,1,5%,2\n2024-01-01 01:00,1,10%,2\n")))
    assert seen.filter(pl.col("tag") == "B")["text"].to_list() == ["5%", "10%"]


def test_a_new_sheet_lists_percents_as_numbers(csv_of: Callable[..., Path]) -> None:
    row = list_tags(csv_of(TEXT.format(header="A", first="6%", second="10%"))).row(0, named=True)
    assert (row["unit"], row["min"], row["max"], row["words"]) == ("%", 6.0, 10.0, None)


@pytest.mark.parametrize("word", ["#NV", "k.A.", "k. A.", "\u2014", "\u2013", "\u65e0"])
def test_what_says_that_nothing_was_measured_is_an_empty_cell(
    word: str, small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Collected
) -> None:
    records = read_records(small_sheet(), csv_of(TEXT.format(header="A", first=word, second="7")))
    assert collected(records).filter(pl.col("tag") == "A")["value"].to_list() == [7.0]
    assert records.findings == ()


@pytest.mark.parametrize(("first", "second"), [("6", "7.5"), ("6%", "7.5%"), ("6%", "7.5")])
def test_two_tags_may_name_one_column(
    first: str, second: str, sheet_of: Callable[[str], Sheet], csv_of: Callable[..., Path], collected: Collected
) -> None:
    sheet = sheet_of(
        "name: line_1\nperiod: 1h\nsettings:\n  a: {tag: A, low: 0, high: 100, max_step: 5}\n"
        "conditions:\n  b: {tag: 'A (%)', unit: '1'}\noutcomes:\n  y: {tag: Y}\nobjective: {maximize: y}\n"
    )
    seen = collected(read_records(sheet, csv_of(TEXT.format(header="A (%)", first=first, second=second))))
    values = {tag: seen.filter(pl.col("tag") == tag)["value"].to_list() for tag in ("A", "A (%)")}
    assert values == {"A": [6.0, 7.5], "A (%)": pytest.approx([0.06, 0.075])}


def test_percents_that_begin_late_are_numbers_too(
    small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Collected
) -> None:
    """A laboratory's column of an hourly table is empty for as long as there was no such sample."""
    hours = pl.datetime_range(pl.datetime(2024, 1, 1), pl.datetime(2024, 3, 1), "1h", eager=True)
    rows = [f"{hour:%Y-%m-%d %H:%M},{'6 %' if at > 1200 else ''},1,2" for at, hour in enumerate(hours)]
    records = read_records(small_sheet(), csv_of("\n".join(["time,A,B,Y", *rows, ""])))
    assert records.findings == ()
    assert collected(records).filter(pl.col("tag") == "A")["value"].unique().to_list() == [6.0]


@pytest.mark.parametrize(
    ("unit", "cells", "said", "values"),
    [
        ("%", ("6%", "7.5 %"), "", [6.0, 7.5]),
        ("1", ("6%", "-7.5\uff05"), "", [0.06, -0.075]),
        ("%", ("6%", "7"), "%", [6.0, 7.0]),
        ("1", ("6%", "0.07"), "-", [0.06, 0.07]),
    ],
)
def test_a_percent_sign_is_the_unit_of_its_tag_too(
    unit: str,
    cells: tuple[str, str],
    said: str,
    values: list[float],
    small_sheet: Callable[..., Sheet],
    csv_of: Callable[..., Path],
    collected: Collected,
) -> None:
    text = f"time,tag,value,unit\n2024-01-01,A,{cells[0]},{said}\n2024-01-02,A,{cells[1]},{said}\n"
    text += "2024-01-01,B,7,t/h\n2024-01-01,Y,off,\n"
    records = read_records(small_sheet(a=f", unit: '{unit}'"), csv_of(text))
    seen = collected(records)
    assert seen.filter(pl.col("tag") == "A")["value"].to_list() == pytest.approx(values)
    assert seen.filter(pl.col("tag") == "B")["value"].to_list() == [7.0]
    assert [(f.code, f.tag) for f in records.findings] == [("L114", "Y")]


def test_a_tag_without_a_unit_has_percents_or_numbers(
    small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Collected
) -> None:
    text = "time,tag,value\n2024-01-01,A,6%\n2024-01-02,A,0.06\n2024-01-01,B,7%\n2024-01-01,Y,1\n"
    seen = collected(read_records(small_sheet(b=", choices: ['7%', '8%']"), csv_of(text)))
    assert seen["value"].to_list() == [None, 0.06, None, 1.0]
    assert seen["text"].to_list() == ["6%", None, "7%", None]


def test_a_new_sheet_lists_the_percents_of_a_long_source(csv_of: Callable[..., Path]) -> None:
    listed = list_tags(csv_of("time;tag;value\n2024-01-01;A;6,5 %\n2024-01-02;A;7,5 %\n2024-01-02;B;1,5\n"))
    assert listed.select("tag", "unit", "min", "max").rows() == [("A", "%", 6.5, 7.5), ("B", None, 1.5, 1.5)]
