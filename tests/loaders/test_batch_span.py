"""Begin and end of batches: which column is their time, and from when on they are known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from workbench.loaders import read_records
from workbench.plant import Sheet
from workbench.records import Records

Collected = Callable[[Records], pl.DataFrame]
FOUR = datetime(2024, 1, 1, 16)  # noqa: DTZ001  plant time
SPANS = "1,{0} 14:00,{0} 15:00,1,2,3\n2,{0} 15:00,{0} 23:00,1,2,3\n".format("2024-01-01")


@pytest.fixture
def hours(csv_of: Callable[..., Path], collected: Collected) -> Callable[..., list[int | None]]:
    """The hours that one column of the records shows, of the readings of Y."""

    def read(sheet: Sheet, text: str, column: str = "time") -> list[int | None]:
        return collected(read_records(sheet, csv_of(text))).filter(pl.col("tag") == "Y")[column].dt.hour().to_list()

    return read


@pytest.mark.parametrize("header", ["EndTime,Start", "EndTime,StartTime", "Ende-Datum,Beginn", "结束时间,开始"])
def test_the_begin_goes_before_an_end_that_is_called_a_time(
    header: str, small_sheet: Callable[..., Sheet], hours: Callable[..., list[int | None]]
) -> None:
    row = "1,2024-01-01 15:00,2024-01-01 14:00,1,2,3\n"
    assert hours(small_sheet(grain="batch: run"), f"run,{header},A,B,Y\n{row}") == [14]


def test_a_column_called_time_goes_before_a_begin(
    small_sheet: Callable[..., Sheet], hours: Callable[..., list[int | None]]
) -> None:
    text = "run,Start,time,A,B,Y\n1,2024-01-01 15:00,2024-01-01 14:00,1,2,3\n"
    assert hours(small_sheet(grain="batch: run"), text) == [14]


def test_a_meter_s_reading_at_the_start_is_no_day(
    small_sheet: Callable[..., Sheet], hours: Callable[..., list[int | None]]
) -> None:
    """45210 is the 10th of October 2023 in a spreadsheet's days."""
    text = "run,Start kWh,A,B,Y\n1,45210,1,2,3\n2,45260,1,2,3\n"
    assert hours(small_sheet(grain="batch: run"), text) == [None, None]


def test_of_a_planned_and_an_actual_start_none_is_taken_unasked(
    small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path]
) -> None:
    source = csv_of("run,Start planned,Start actual,A,B,Y\n1,2024-01-01 14:00,2024-01-01 15:30,1,2,3\n")
    [finding] = read_records(small_sheet(grain="batch: run"), source).findings
    assert finding.text.endswith("call it 'time' there, if it is one of 'Start planned', 'Start actual'")


@pytest.mark.parametrize("header", ["Fecha,Start of campaign", "Ende,Beginn"])
def test_outside_batches_a_start_is_no_better_than_another_column(
    header: str, small_sheet: Callable[..., Sheet], hours: Callable[..., list[int | None]]
) -> None:
    row = "2024-01-01 15:00,2024-01-01 14:00,1,2,3\n"
    assert hours(small_sheet(), f"{header},A,B,Y\n{row}") == [15]


@pytest.mark.parametrize(
    ("header", "y", "known"),
    [
        ("Begin,End", "", [15, 23]),
        ("start_time,end_time", "", [15, 23]),
        ("Begin,End", ", known_after: 2h", [16, 23]),
        ("time,known_at", "", [15, 23]),
    ],
)
def test_no_result_of_a_batch_is_known_before_it_has_ended(
    header: str,
    y: str,
    known: list[int],
    small_sheet: Callable[..., Sheet],
    csv_of: Callable[..., Path],
    hours: Callable[..., list[int | None]],
    collected: Collected,
) -> None:
    """A date asked for must not count a batch that was still running then."""
    sheet, text = small_sheet(y=y, grain="batch: run"), f"run,{header},A,B,Y\n{SPANS}"
    assert hours(sheet, text, "known_at") == known
    seen = collected(read_records(sheet, csv_of(text), as_of=FOUR)).filter(pl.col("tag") == "Y")
    assert seen["reason"].to_list() == [None, "not yet known"]


def test_a_batch_without_an_end_is_known_as_its_begin_says(
    small_sheet: Callable[..., Sheet], hours: Callable[..., list[int | None]]
) -> None:
    text = "run,Begin,End,A,B,Y\n" + SPANS.replace("2024-01-01 23:00", "")
    assert hours(small_sheet(grain="batch: run"), text, "known_at") == [15, 15]
