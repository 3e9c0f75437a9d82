"""How long a limit was broken without a break, where results may be rarer than periods."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = ["excursions", "period_numbers", "usual_distance"]

TOO_LATE = 3.0  # times as long as results usually are apart: what comes later no longer continues an excursion; own assumption

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


def period_numbers(times: pl.Series, period_hours: float, stood: NDArray[np.bool_] | None = None) -> Whole:
    """Return the number of each period, counted by the clock from the first one on.

    Parameters
    ----------
    times : polars.Series of Datetime
        Starts of periods in order, one or more.
    period_hours : float
        Length of a period, above 0 [h].
    stood : ndarray of bool, shape (periods,), optional
        Periods in which the plant stood: time that passes in them is not counted. Default none.

    Examples
    --------
    >>> from datetime import datetime
    >>> times = pl.Series([datetime(2026, 1, 1, hour) for hour in (0, 4, 12)])
    >>> period_numbers(times, 4.0).tolist()
    [0, 1, 3]
    >>> period_numbers(times, 4.0, np.array([False, True, False])).tolist()
    [0, 0, 2]
    """
    hours = (times - times[0]).dt.total_seconds().to_numpy() / 3600.0
    numbers = np.asarray(np.rint(hours / period_hours), dtype=np.int64)
    return numbers if stood is None else numbers - np.cumsum(stood)


def usual_distance(position: Whole) -> int:
    """Return how far results usually are apart: for so many periods each of them stands [periods].

    Examples
    --------
    >>> usual_distance(np.array([0, 6, 12, 30]))
    6
    """
    between = np.diff(position)
    return max(1, int(np.median(between))) if len(between) else 1


def excursions(
    outside: Floats,
    position: Whole,
    stretch: Whole | None = None,
    counts: NDArray[np.bool_] | None = None,
    apart: int | None = None,
) -> Whole:
    """Return how long each excursion was, in periods.

    An excursion goes from a first result outside to the last one before a result inside, and as much longer as results usually
    are apart: each result stands for the time until the next. Periods without a result say nothing; where nothing is heard for
    three times as long as usual, or another stretch begins, the excursion is over.

    Parameters
    ----------
    outside : ndarray of shape (rows,)
        1 where the result is outside, 0 where it is inside, nan where there is none.
    position : ndarray of shape (rows,)
        Number of each row's period, rising.
    stretch : ndarray of shape (rows,), optional
        Rows of one stretch belong together; default all.
    counts : ndarray of bool, shape (rows,), optional
        Rows whose excursions are asked for; how far results are apart is told by all. Default all.
    apart : int, optional
        Periods, 1 or more, that each result counts for, whatever the clock says: so many results are so many times these, and
        results usually are as far apart. Default by the clock.

    Examples
    --------
    >>> nan = float("nan")
    >>> excursions(np.array([0, 1, 1, 0, 1]), np.arange(5)).tolist()
    [2, 1]
    >>> excursions(np.array([0, nan, 1, nan, 1, nan, 0]), np.arange(7)).tolist()
    [4]
    >>> excursions(np.array([0.0, 1, 1, 0]), np.array([0, 6, 18, 24]), apart=6).tolist()
    [12]
    """
    known = np.flatnonzero(np.isfinite(outside))
    if not len(known):
        return np.empty(0, dtype=np.int64)
    usual = apart or usual_distance(position[known])
    if counts is not None:
        known = known[counts[known]]
    if not len(known):
        return np.empty(0, dtype=np.int64)
    at, is_out = position[known], outside[known] > 0.5
    breaks = np.diff(at) > TOO_LATE * usual
    if stretch is not None:
        breaks |= np.diff(stretch[known]) != 0
    begins = is_out & np.concatenate([[True], ~is_out[:-1] | breaks])
    ends = is_out & np.concatenate([~is_out[1:] | breaks, [True]])
    if apart is not None:
        return np.asarray((np.flatnonzero(ends) - np.flatnonzero(begins) + 1) * apart, dtype=np.int64)
    return np.asarray(at[ends] - at[begins] + usual, dtype=np.int64)
