"""The tags of a source, listed for a new sheet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from workbench.loaders import list_new, list_tags, tag_list
from workbench.loaders.read import read_assembled, read_table
from workbench.loaders.source import read_source_file
from workbench.loaders.wanted import Request
from workbench.plant import new_sheet

WIDE = {
    "time": ["2026-01-01 00:00", "2026-01-01 01:00"],
    "A": [1.0, None],
    "A.quality": ["good", "bad"],
    "mode": ["strip", "keep"],
    "flow (m3/h)": [3.5, 4.5],
    "B": [1.0, 2.0],
    "B.quality": ["good", "good"],
}


def test_a_wide_source_read_in_parts_has_the_same_tags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pl.DataFrame(WIDE).write_parquet(tmp_path / "x.parquet")
    whole = list_tags(tmp_path / "x.parquet")
    monkeypatch.setattr(tag_list, "MOST_COLUMNS", 2)
    assert list_tags(tmp_path / "x.parquet").equals(whole)
    monkeypatch.setattr(tag_list, "MOST_CELLS", 1)
    assert list_tags(tmp_path / "x.parquet").equals(whole)
    assert whole["readings"].to_list() == [1, 2, 2, 2, 2, 2]


def test_columns_of_a_parquet_file_are_read_together(tmp_path: Path) -> None:
    """A scan of the file for each of thousands of tags took minutes, and all memory."""
    pl.DataFrame({"time": ["2026-01-01 00:00"]} | {f"X{i}": [1.0] for i in range(5)}).write_parquet(tmp_path / "x.parquet")
    plan = read_assembled(read_table(read_source_file(tmp_path / "x.parquet")), Request(None)).frame.explain(optimized=False)
    assert "SCAN" not in plan


def hours(rows: int, every: int = 1) -> pl.Series:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    return pl.datetime_range(first, first + timedelta(hours=every * (rows - 1)), f"{every}h", eager=True)


@pytest.mark.parametrize(
    ("every", "kept", "interval", "period"),
    [
        (1, lambda row: row % 40 != 7, timedelta(hours=1), "1h"),  # a reading is lost now and then
        (1, lambda row: row % 24 < 10, timedelta(hours=1), "1h"),  # one shift a day
        (1, lambda row: not 500 < row < 1500, timedelta(hours=1), "1h"),  # a long stop
        (8, lambda row: row != 7, timedelta(hours=8), "8h"),
        (48, lambda row: True, timedelta(hours=48), "1d"),  # never two on a day
    ],
)
def test_the_period_is_that_of_a_usual_day(
    tmp_path: Path, every: int, kept: Callable[[int], bool], interval: timedelta, period: str
) -> None:
    rows = pl.DataFrame({"time": hours(2000, every)}).with_columns(A=pl.int_range(2000).cast(pl.Float64))
    rows.filter(pl.Series([kept(row) for row in range(2000)])).write_csv(tmp_path / "x.csv")
    tags = list_tags(tmp_path / "x.csv")
    assert abs(tags["interval"][0] - interval) < timedelta(minutes=5)
    assert f"\nperiod: {period} " in new_sheet("mill", tags)


def test_whole_numbers_are_told_over_all_days(tmp_path: Path) -> None:
    """A day of words alone says nothing of its numbers."""
    rows = pl.DataFrame({"time": hours(48), "A": ["1"] * 24 + ["off"] * 24, "B": ["1.0"] * 47 + ["1.5"], "C": ["off"] * 48})
    rows.write_csv(tmp_path / "x.csv")
    assert list_tags(tmp_path / "x.csv")["whole"].to_list() == [True, False, None]


def test_one_reading_has_no_interval(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("time,A,B\n2026-01-01 00:00,1,2\n2026-01-02 00:00,,3\n")
    assert list_tags(tmp_path / "x.csv")["interval"].to_list() == [None, timedelta(days=1)]


def test_columns_that_bear_one_name_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("time,FAN,GAS,FAN\n2024-01-01 00:00,1,2,3\n2024-01-01 01:00,1,2,4\n")
    listed, batch = list_new(file)
    assert dict(listed.select("tag", "columns").iter_rows()) == {"FAN": 2, "GAS": 1}
    assert batch is None
