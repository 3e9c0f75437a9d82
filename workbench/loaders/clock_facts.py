"""What a column of stamps holds, in one pass: how many were understood, from when to when, in which order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

__all__ = ["ClockFacts", "clock_facts"]

_HOUR = timedelta(hours=1)


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
    long_steps_back : int
        Of these, by more than an hour: a repeated hour is no disorder [rows].
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
    long_steps_back: int
    is_descending: bool


def clock_facts(stamps: pl.LazyFrame, is_long: bool = False) -> ClockFacts:
    """Return what a column of stamps holds.

    Parameters
    ----------
    stamps : polars.LazyFrame
        Columns `@local`, `@aware`, `@missing`, and `@tag` of a long source.
    is_long : bool
        True where order counts tag by tag.
    """
    aware = pl.col("@aware").dt.replace_time_zone(None)
    table = stamps.select((~pl.col("@missing")).alias("filled"), pl.col("@local").alias("local"), aware.alias("aware"))
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
            (step < timedelta(0)).sum().alias("back"),
            (step > timedelta(0)).sum().alias("forth"),
            (step < -_HOUR).sum().alias("long_back"),
            (step > _HOUR).sum().alias("long_forth"),
            stamp.first().alias("top"),
            stamp.last().alias("bottom"),
        )
        .collect(engine="streaming")
        .row(0, named=True)
    )
    ends = (row["top"], row["bottom"])
    is_descending = None not in ends and ends[0] > ends[1] and row["back"] > row["forth"]
    steps = (row["forth"], row["long_forth"]) if is_descending else (row["back"], row["long_back"])
    if is_long and steps[0]:
        steps = (
            _steps_within_blocks(stamps.select(pl.col("@tag").alias("tag"), stamp=pl.coalesce("@local", aware)), is_descending)
            or steps
        )
    return ClockFacts(
        stamps=row["stamps"],
        local=row["n_local"],
        aware=row["n_aware"],
        unreadable=row["unreadable"],
        first=row["first"],
        last=row["last"],
        steps_back=steps[0],
        long_steps_back=steps[1],
        is_descending=is_descending,
    )


def _steps_within_blocks(table: pl.LazyFrame, is_descending: bool) -> tuple[int, int] | None:
    """Steps back (all, and by more than an hour) from a tag's row to its next, where the source is written tag after tag."""
    is_same = pl.col("tag") == pl.col("tag").shift()
    back = -pl.col("stamp").diff() if not is_descending else pl.col("stamp").diff()
    row = table.select(
        pl.len().alias("rows"),
        is_same.sum().alias("same"),
        pl.col("tag").n_unique().alias("tags"),
        (is_same & (back > timedelta(0))).sum().alias("back"),
        (is_same & (back > _HOUR)).sum().alias("long_back"),
    ).collect(engine="streaming")
    rows, same, tags, some, long = row.row(0)
    return (some, long) if same * 2 > rows or rows - same <= tags else None
