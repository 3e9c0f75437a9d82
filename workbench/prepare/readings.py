"""Second pass over the records: the readings of one tag after the other, in time order, one a stamp."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.prepare.census import Census, is_bad_row, reason_of_row
from workbench.set_aside import NOT_YET_KNOWN

__all__ = ["GROUP_ROWS", "Readings", "read_tags", "usual_interval", "word_of_row"]

GROUP_ROWS = 6_000_000  # readings held in memory at a time: about 0.5 GB with the working arrays [rows]


@dataclass(frozen=True)
class Readings:
    """The readings of one tag, sorted by stamp, each stamp once.

    Parameters
    ----------
    tag : str
    time : numpy.ndarray of int64
        Stamps, strictly increasing, since 1970-01-01 UTC [us].
    value : numpy.ndarray of float64
        Values; NaN where bad or text.
    is_good : numpy.ndarray of bool
        False where the source says that nothing is known; such a row ends the hold of the one before it.
    words : numpy.ndarray of object or None
        The text of each reading, for tags read as text; else None.
    duplicates, conflicts : int
        Readings set aside because a later row has the same stamp; of these, those with another value [rows].
    interval : int
        Usual interval: the median distance of stamps; 0 with fewer than two [us].
    """

    tag: str
    time: NDArray[np.int64]
    value: NDArray[np.float64]
    is_good: NDArray[np.bool_]
    words: NDArray[np.object_] | None
    duplicates: int
    conflicts: int
    interval: int


def read_tags(frame: pl.LazyFrame, census: Census, textual: Sequence[str], numeric: Sequence[str]) -> Iterator[Readings]:
    """Yield the readings of every tag that has any, group by group of at most `GROUP_ROWS` readings.

    A row that the loader set aside although it has a good value, and a row that was not yet known, is passed over as if it were
    not there; a bad, empty or text row stays as the end of a hold.
    """
    for tags, is_text in [*((g, True) for g in _groups(textual, census)), *((g, False) for g in _groups(numeric, census))]:
        bad = is_bad_row(tags if is_text else ())
        why = reason_of_row(tags if is_text else (), has_clock=True)
        stamp = pl.col("time").dt.epoch("us")
        ends_hold = bad & (why != NOT_YET_KNOWN)
        wanted = pl.col("tag").is_in(tags) & pl.col("time").is_not_null() & (why.is_null() | ends_hold)
        if census.earliest is not None and census.latest is not None:
            wanted &= stamp.is_between(census.earliest, census.latest)
        code = pl.col("tag").cast(pl.String).cast(pl.Enum(tags)).to_physical().alias("code")
        columns = [code, stamp.alias("stamp"), "row", "value", why.is_null().alias("is_good")]
        if is_text:
            columns.append(word_of_row().alias("word"))
        table = frame.filter(wanted).select(columns).collect(engine="streaming")
        parts = table.partition_by("code", as_dict=True, maintain_order=True)
        del table
        for nth, tag in enumerate(tags):
            part = parts.pop((nth,), None)
            if part is not None:
                yield _readings(tag, part)


def usual_interval(time: NDArray[np.int64]) -> int:
    """Return the median distance between stamps, 0 with fewer than two [us].

    Examples
    --------
    >>> usual_interval(np.array([0, 60, 120, 900]))
    60
    """
    return int(np.median(np.diff(time))) if time.size > 1 else 0


def _groups(tags: Sequence[str], census: Census) -> list[list[str]]:
    """Tags in groups of at most `GROUP_ROWS` readings; a longer tag is a group of its own."""
    groups: list[list[str]] = []
    rows = 0
    for tag in sorted(set(tags)):
        n = census.counts.get(tag, 0) + census.bad.get(tag, 0)
        if n == 0:
            continue
        if not groups or rows + n > GROUP_ROWS:
            groups.append([])
            rows = 0
        groups[-1].append(tag)
        rows += n
    return groups


def word_of_row() -> pl.Expr:
    """Return the reading as text; a number as it is usually written (`12`, not `12.0`)."""
    value = pl.col("value")
    whole = value.is_finite() & (value == value.round(0)) & (value.abs() < 1e15)
    number = pl.when(whole).then(value.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(value.cast(pl.String))
    return pl.coalesce(pl.col("text").str.strip_chars(), number)


def _readings(tag: str, part: pl.DataFrame) -> Readings:
    """Sort one tag's rows and keep the last row of each stamp; good rows go before bad ones of the same stamp."""
    time = part["stamp"].to_numpy()
    if time.size > 1 and not bool(np.all(time[1:] > time[:-1])):
        part = part.sort("stamp", "is_good", "row")
        time = part["stamp"].to_numpy()
    is_good = part["is_good"].to_numpy()
    value = np.where(is_good, part["value"].fill_null(float("nan")).to_numpy(), np.nan)
    words = part["word"].to_numpy() if "word" in part.columns else None
    keep = np.ones(time.size, dtype=bool)
    keep[:-1] = time[1:] != time[:-1]
    duplicates = conflicts = 0
    if not keep.all():
        lost = np.flatnonzero(~keep)
        lost = lost[is_good[lost]]
        duplicates = lost.size
        same = words[lost] == words[lost + 1] if words is not None else value[lost] == value[lost + 1]
        conflicts = int(np.count_nonzero(~same))
        time, value, is_good = time[keep], value[keep], is_good[keep]
        words = None if words is None else words[keep]
    return Readings(tag, time, value, is_good, words, duplicates, conflicts, usual_interval(time))
