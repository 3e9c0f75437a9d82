"""Block means: only periods wholly inside the block after its washout count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl

from workbench.switchback import block_means, stamp
from workbench.trial_records import Block

START = datetime(2026, 3, 2, tzinfo=UTC)


def block(number: int, start: int, washout: int, end: int, arm: str) -> Block:
    stamps = [(START + timedelta(hours=h)).isoformat() for h in (start, start + washout, end)]
    return Block(number=number, start=stamps[0], washout_until=stamps[1], end=stamps[2], arm=arm)


def frame(values: list[float | None], hours: float = 1.0) -> pl.DataFrame:
    times = [START + timedelta(hours=hours * i) for i in range(len(values))]
    return pl.DataFrame({"time": times, "y": values}, schema={"time": pl.Datetime("us", "UTC"), "y": pl.Float64})


def test_means_leave_washout_and_nulls_out():
    blocks = [block(1, 0, 2, 5, "present"), block(2, 5, 2, 10, "proposed")]
    table = block_means(frame([100.0, 100.0, 1.0, 2.0, 3.0, 100.0, 100.0, 4.0, None, 6.0]), blocks, 1.0, ["y"])
    assert table["y"].to_list() == [2.0, 5.0]
    assert table["@hours_counted"].to_list() == [3.0, 3.0]
    assert table["arm"].to_list() == ["present", "proposed"]


def test_a_period_that_reaches_beyond_the_block_does_not_count():
    """Four-hour periods, block of 10 h with 2 h of washout: only the one from 4 to 8 h lies inside."""
    table = block_means(frame([1.0, 2.0, 3.0], hours=4.0), [block(1, 0, 2, 10, "present")], 4.0, ["y"])
    assert table["y"].to_list() == [2.0]
    assert table["@hours_counted"].to_list() == [4.0]


def test_a_block_without_records_is_null_and_counts_nothing():
    table = block_means(frame([1.0]), [block(3, 48, 0, 72, "present")], 1.0, ["y"])
    assert table.row(0) == (3, "present", 0.0, None)


def test_a_stamp_with_an_offset_is_brought_to_utc():
    assert stamp("2026-03-02T08:00:00+08:00") == START
    assert stamp("2026-03-02T00:00:00") == START
