"""The two hours a year that local time gets wrong: skipped in spring, repeated in autumn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

__all__ = ["Change", "Resolution", "changes_between", "resolve_repeats"]


@dataclass(frozen=True)
class Change:
    """One change of a zone's offset, in local wall time.

    Parameters
    ----------
    start, end : datetime
        First local time that is skipped or repeated, and the first after it; without zone.
    before, after : timedelta
        Offset from UTC on either side; `after` is the smaller one where times repeat.
    """

    start: datetime
    end: datetime
    before: timedelta
    after: timedelta

    @property
    def repeats(self) -> bool:
        """True when these local times occur twice, False when they do not exist."""
        return self.after < self.before


@dataclass(frozen=True)
class Resolution:
    """Which repeated times are which.

    Parameters
    ----------
    second : mapping of timedelta to tuple of int
        Rows of the second pass (winter), by how far they move [rows].
    unresolved : tuple of int
        Rows whose pass cannot be told.
    resolved : int
        Rows told apart [rows].
    """

    second: dict[timedelta, tuple[int, ...]]
    unresolved: tuple[int, ...]
    resolved: int


def changes_between(zone: str, first: datetime, last: datetime) -> tuple[Change, ...]:
    """Return the changes of offset of a zone between two local times.

    Parameters
    ----------
    zone : str
        IANA name.
    first, last : datetime
        Local wall times without zone.

    Examples
    --------
    >>> [c.start.isoformat() for c in changes_between("Europe/Berlin", datetime(2024, 1, 1), datetime(2024, 12, 31))]
    ['2024-03-31T02:00:00', '2024-10-27T02:00:00']
    """
    tz = ZoneInfo(zone)
    low, high = (first - timedelta(days=2)).replace(tzinfo=UTC), (last + timedelta(days=2)).replace(tzinfo=UTC)
    found = []
    day, step = low, timedelta(days=1)
    offset = _offset(tz, day)
    while day < high:
        following = min(day + step, high)
        new = _offset(tz, following)
        if new != offset:
            found.append(_change(tz, day, following))
            offset = new
        day = following
    return tuple(found)


def resolve_repeats(rows: pl.DataFrame, changes: Sequence[Change], is_descending: bool = False) -> Resolution:
    """Tell the first from the second pass of repeated local times, by the order of the rows.

    Within one tag: where the times step back once, all from there on are the second pass; where they never do and a time stands
    twice, the first is the first pass; times that step back more often are in no order that tells. Else the rows of other
    tags before and after it decide, where these are told apart. What is left is unresolved.

    Parameters
    ----------
    rows : polars.DataFrame
        Columns `row`, `tag` (null in wide sources) and `local` (Datetime), only rows at repeated times.
    changes : sequence of Change
        All changes; those that skip are passed over.
    is_descending : bool
        True when the file runs from the newest to the oldest row.
    """
    second: dict[timedelta, tuple[int, ...]] = {}
    unresolved: list[int] = []
    resolved = 0
    for change in (c for c in changes if c.repeats):
        inside = rows.filter(pl.col("local").is_between(change.start, change.end, closed="left"))
        if inside.is_empty():
            continue
        told = _told(inside.sort("row", descending=is_descending))
        move = change.before - change.after
        passes = dict(zip(told["row"].to_list(), told["pass"].to_list(), strict=True))
        second[move] = (*second.get(move, ()), *sorted(row for row, which in passes.items() if which == 2))
        unresolved += [row for row, which in passes.items() if which is None]
        resolved += sum(which is not None for which in passes.values())
    return Resolution({move: found for move, found in second.items() if found}, tuple(sorted(unresolved)), resolved)


def _told(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows in time order of the file with `pass` 1, 2 or null."""
    steps_back = (pl.col("local").diff() < timedelta(0)).fill_null(False)
    told = rows.with_columns(
        steps_back.cast(pl.Int32).sum().over("tag").alias("backs"),
        steps_back.cast(pl.Int32).cum_sum().over("tag").alias("backs_before"),
        pl.len().over("tag", "local").alias("copies"),
        pl.int_range(pl.len()).over("tag", "local").alias("copy"),
    ).with_columns(
        pl.when(pl.col("backs") == 1)
        .then(pl.col("backs_before") + 1)
        .when((pl.col("backs") == 0) & (pl.col("copies") == 2))
        .then(pl.col("copy") + 1)
        .alias("pass")
    )
    if told["pass"].null_count() in (0, told.height):
        return told
    order = told.with_row_index("order")
    first_ends = order.filter(pl.col("pass") == 1)["order"].max()
    second_starts = order.filter(pl.col("pass") == 2)["order"].min()
    if not isinstance(first_ends, int) or not isinstance(second_starts, int) or first_ends > second_starts:
        return told
    return order.with_columns(
        pl.coalesce(
            "pass",
            pl.when(pl.col("order") < first_ends).then(1).when(pl.col("order") > second_starts).then(2),
        ).alias("pass")
    )


def _offset(tz: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(tz).utcoffset() or timedelta(0)


def _change(tz: ZoneInfo, low: datetime, high: datetime) -> Change:
    """The one change between two instants, to the second."""
    before, after = _offset(tz, low), _offset(tz, high)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        middle = middle.replace(microsecond=0)
        if middle <= low:
            break
        if _offset(tz, middle) == before:
            low = middle
        else:
            high = middle
    wall = high.replace(tzinfo=None)
    return Change(wall + min(before, after), wall + max(before, after), before, after)
