"""The periods: where each starts and ends, counted from the plant's local day, kept in UTC.

A local day is cut into periods of the sheet's length from `day_starts` on. Where the clock changes, a day has 23 or 25 hours:
it then has as many periods as fit when rounded, and the last one ends when the next day starts (four-hour periods: the 23 h
day ends with one of 3 h, the 25 h day with one of 5 h). The same rule serves lengths that do not divide a day.
A day whose start the clock skips starts as much later as the clock leaps (02:30 becomes 03:30, own assumption), and the day
before it lasts until then; of a start that the clock repeats the first pass counts. A day that a place leaves out altogether,
as where it moves across the date line, has no period.
Lengths of whole days count from Monday, 5 January 1970; other lengths above a day run on in UTC from the first day.
"""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

__all__ = ["DAY", "day_start", "period_bounds"]

DAY = 86_400_000_000  # [us]
FIRST_MONDAY = date(1970, 1, 5)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def period_bounds(first: int, last: int, length: int, timezone: str, day_starts: time) -> NDArray[np.int64]:
    """Return the period boundaries that cover `first` .. `last`: period k is [bounds[k], bounds[k + 1]).

    Parameters
    ----------
    first, last : int
        First and last instant to be covered, since 1970-01-01 UTC, `last` at or after `first` [us].
    length : int
        Length of a period, above 0 [us].
    timezone : str
        IANA name of the plant's timezone.
    day_starts : datetime.time
        Local time at which a day's first period starts.

    Returns
    -------
    numpy.ndarray of int64
        Boundaries, strictly increasing, at least two [us].

    Examples
    --------
    >>> bounds = period_bounds(0, DAY - 1, DAY // 4, "UTC", time(0))
    >>> (bounds // 3_600_000_000).tolist()
    [0, 6, 12, 18, 24]
    """
    zone = ZoneInfo(timezone)
    if length > DAY and length % DAY:
        origin = day_start(_local_day(first, zone) - timedelta(days=1), zone, day_starts)
        n = (last - origin) // length + 1
        bounds = origin + length * np.arange(n + 1, dtype=np.int64)
    else:
        stride = max(1, length // DAY)
        day = _local_day(first, zone) - timedelta(days=1)
        day -= timedelta(days=(day - FIRST_MONDAY).days % stride)
        starts = [day_start(day, zone, day_starts)]
        while starts[-1] <= last:
            day += timedelta(days=stride)
            starts.append(day_start(day, zone, day_starts))
        starts = list(dict.fromkeys(starts))  # a day that never was starts with the one after it
        bounds = _cut_days(starts, length) if stride == 1 else np.array(starts, dtype=np.int64)
    begin = int(np.searchsorted(bounds, first, side="right")) - 1
    end = int(np.searchsorted(bounds, last, side="right"))
    return bounds[begin : end + 1]


def day_start(day: date, zone: ZoneInfo, day_starts: time) -> int:
    """Return when the local `day` starts, since 1970-01-01 UTC [us].

    Of a time that the clock repeats the first pass counts; one that it skips is as much later as the clock leaps.
    """
    return (datetime.combine(day, day_starts, tzinfo=zone) - EPOCH) // timedelta(microseconds=1)


def _local_day(instant: int, zone: ZoneInfo) -> date:
    return (EPOCH + timedelta(microseconds=instant)).astimezone(zone).date()


def _cut_days(starts: list[int], length: int) -> NDArray[np.int64]:
    """Boundaries of all periods of the days, the last day's end included."""
    pieces = []
    for start, end in itertools.pairwise(starts):
        n = max(1, round((end - start) / length))
        pieces.append(start + length * np.arange(n, dtype=np.int64))
    pieces.append(np.array(starts[-1:], dtype=np.int64))
    return np.concatenate(pieces)
