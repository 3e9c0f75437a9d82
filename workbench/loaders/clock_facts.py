"""What a column of stamps holds, in one pass: how many were understood, from when to when, in which order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from workbench.loaders.stamp_text import StampReading

__all__ = ["ClockFacts", "clock_facts"]


@dataclass(frozen=True)
class ClockFacts:
    """Counts and range of a column of stamps.

    Parameters
    ----------
    stamps : int
        Filled cells [rows].
    local, aware : int
        Of these, read as local time, and with an offset [rows].
    unreadable : int
        Of these, not understood [rows].
    first, last : datetime or None
        Range of the local times; None without any.
    steps_back : int
        Rows with an earlier time than the row before them, 0 where the source is in order, from the newest to the oldest row
        too, or tag after tag [rows].
    is_descending : bool
        True when the source runs from the newest to the oldest row.
    """

    stamps: int
    local: int
    aware: int
    unreadable: int
    first: datetime | None
    last: datetime | None
    steps_back: int
    is_descending: bool


def clock_facts(frame: pl.LazyFrame, reading: StampReading, tag: str | None = None) -> ClockFacts:
    """Return what a column of stamps holds; `tag` is the key of the tags in a long source."""
    empty = pl.lit(None, dtype=pl.Datetime("us"))
    local = empty if reading.local is None else reading.local
    aware = empty if reading.aware is None else reading.aware.dt.replace_time_zone(None)
    # a repeated hour at the clock change is a step of an hour at most, and no disorder
    slack = timedelta(hours=1) if reading.local is not None else timedelta(0)
    table = frame.select((~reading.is_missing).alias("filled"), local.alias("local"), aware.alias("aware"))
    stamp = pl.coalesce("local", "aware")
    step = stamp.diff()
    row = (
        table.select(
            pl.col("filled").sum().alias("stamps"),
            pl.col("local").is_not_null().sum().alias("n_local"),
            pl.col("aware").is_not_null().sum().alias("n_aware"),
            (pl.col("filled") & stamp.is_null()).sum().alias("unreadable"),
            pl.col("local").min().alias("first"),
            pl.col("local").max().alias("last"),
            (step < -slack).sum().alias("back"),
            (step > slack).sum().alias("forth"),
            stamp.first().alias("top"),
            stamp.last().alias("bottom"),
        )
        .collect(engine="streaming")
        .row(0, named=True)
    )
    is_descending = row["top"] is not None and row["bottom"] is not None and row["top"] > row["bottom"] and row["back"] > row["forth"]
    steps_back = row["forth"] if is_descending else row["back"]
    if tag is not None and steps_back and steps_back < _blocks(frame, tag):
        steps_back = 0
    return ClockFacts(
        stamps=row["stamps"],
        local=row["n_local"],
        aware=row["n_aware"],
        unreadable=row["unreadable"],
        first=row["first"],
        last=row["last"],
        steps_back=steps_back,
        is_descending=is_descending,
    )


def _blocks(frame: pl.LazyFrame, tag: str) -> int:
    """Stretches of rows with the same tag: where they are few, the source is written tag after tag."""
    return int(frame.select((pl.col(tag) != pl.col(tag).shift()).sum() + 1).collect(engine="streaming").item())
