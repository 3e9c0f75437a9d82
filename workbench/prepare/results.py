"""Outcomes: a result belongs to the period it speaks of and is never held into another one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.prepare.holding import Stretches

__all__ = ["DENSE_READINGS", "assign_composites", "own_readings", "result_stretches"]

# With at least this many readings a period an outcome is a sensor: its value stands until the next reading, across a period's
# start too, and is weighted by time. With fewer, each reading is a result of its own and the period's results are averaged.
# Own assumption.
DENSE_READINGS = 4

Ints = NDArray[np.int64]


def own_readings(start: Ints, bounds: Ints) -> Ints:
    """Return how many readings speak from within each period; `start` is sorted [us]."""
    return np.diff(np.searchsorted(start, bounds, side="left")).astype(np.int64)


def result_stretches(start: Ints, index: Ints, bounds: Ints) -> Stretches:
    """Return each result as a stretch of weight 1 in the one period that it speaks of.

    `start` is the time each result speaks of, sorted [us]; `index` its reading; `bounds` the period boundaries [us].
    """
    at = np.searchsorted(start, bounds, side="left")
    period = np.repeat(np.arange(bounds.size - 1, dtype=np.int64), np.diff(at))
    return Stretches(period, index[at[0] : at[-1]], np.ones(period.size))


def assign_composites(start: Ints, end: Ints, bounds: Ints) -> Stretches:
    """Return which result serves which period, weighted by their overlap [us].

    A result that covers [start, end) serves every period of which it covers more than half; where there is none, the one period
    that it overlaps most (the earlier of two equals). So one result never serves two periods on the strength of their edges.
    Own assumption.

    Examples
    --------
    >>> served = assign_composites(np.array([2]), np.array([10]), np.array([0, 4, 8, 12]))
    >>> served.period.tolist(), served.length.tolist()
    ([1], [4.0])
    """
    n = bounds.size - 1
    first = np.clip(np.searchsorted(bounds, start, side="right") - 1, 0, n - 1)
    last = np.clip(np.searchsorted(bounds, end, side="left") - 1, first, n - 1)
    parts = last - first + 1
    begins = np.cumsum(parts) - parts
    row = np.repeat(np.arange(start.size, dtype=np.int64), parts)
    period = first[row] + np.arange(row.size, dtype=np.int64) - begins[row]
    overlap = np.minimum(end[row], bounds[period + 1]) - np.maximum(start[row], bounds[period])
    serves = 2 * overlap > bounds[period + 1] - bounds[period]
    has_most = np.bincount(row, weights=serves, minlength=start.size) > 0
    peak = np.zeros(start.size, dtype=np.int64)
    np.maximum.at(peak, row, overlap)
    peaks = np.flatnonzero((overlap == peak[row]) & (overlap > 0) & ~has_most[row])
    _, earliest = np.unique(row[peaks], return_index=True)
    serves[peaks[earliest]] = True
    # a later result may start before an earlier one ends: the stretches are put in the periods' order
    order = np.argsort(period[serves], kind="stable")
    return Stretches(period[serves][order], row[serves][order], overlap[serves][order].astype(np.float64))
