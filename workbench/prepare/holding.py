"""How long a reading stands: until the next one, at most `max_gap`; a bad row ends it. Periods cut it into stretches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.prepare.columns import Column
from workbench.prepare.readings import Readings

__all__ = ["USUAL_GAPS", "Stretches", "cut_stretches", "max_gap_of", "shift_of", "stand_of"]

USUAL_GAPS = 3  # default of max_gap, in usual intervals of the tag


@dataclass(frozen=True)
class Stretches:
    """Known time cut at period boundaries, in time order.

    Parameters
    ----------
    period : numpy.ndarray of int64
        Index of the period, not decreasing.
    reading : numpy.ndarray of int64
        Index of the reading that stands.
    length : numpy.ndarray of float64
        How long, above 0 [us].
    """

    period: NDArray[np.int64]
    reading: NDArray[np.int64]
    length: NDArray[np.float64]


def shift_of(column: Column, interval: int) -> int:
    """Return what is added to a stamp to get the time from which its value speaks [us].

    The delay and the lag are taken off. A value that stands for a span speaks from the span's start: `covers` before the
    sampling time (a stamp at the start already is there), and for `stamp: end` without `covers` one usual `interval` [us]
    before the stamp. A counter's reading is an instant, whatever its stamp marks.
    """
    shift = -column.delay - column.lag
    if column.stamp == "start" or column.aggregate == "counter":
        return shift
    if column.covers:
        return shift - column.covers
    return shift - (interval if column.stamp == "end" else 0)


def max_gap_of(column: Column, interval: int, period: int) -> int:
    """Return the longest time a reading may stand: the sheet's `max_gap`, else three usual intervals [us].

    A tag with a single reading has no usual interval: `period` [us] stands in for it.
    """
    return column.max_gap if column.max_gap is not None else USUAL_GAPS * (interval or period)


def stand_of(
    column: Column, readings: Readings, period: int, data_end: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return start and end of the time each good reading stands, and the index of the reading.

    Parameters
    ----------
    column : Column
        How the variable is read.
    readings : Readings
        Of the column's tag.
    period : int
        Length of a period [us].
    data_end : int
        The last stamp of all records: nothing stands beyond it, but for one usual interval of the tag [us].

    Returns
    -------
    tuple of numpy.ndarray of int64
        Start, end (after start) and index; start and end not decreasing [us].
    """
    interval = readings.interval or period
    shift = shift_of(column, interval)
    gap = max_gap_of(column, readings.interval, period)
    start = readings.time + shift
    end = np.empty_like(start)
    end[:-1] = np.minimum(start[1:], start[:-1] + gap)
    if start.size:
        end[-1] = min(start[-1] + gap, max(start[-1] + interval, data_end + shift))
    index = np.flatnonzero(readings.is_good)
    return start[index], end[index], index


def cut_stretches(
    start: NDArray[np.int64], end: NDArray[np.int64], index: NDArray[np.int64], bounds: NDArray[np.int64]
) -> Stretches:
    """Return the stretches [start, end) cut at the period boundaries; what lies outside the bounds is left out.

    Parameters
    ----------
    start, end, index : numpy.ndarray of int64
        Stretches that do not overlap, in time order, and the reading of each [us].
    bounds : numpy.ndarray of int64
        Period boundaries, strictly increasing [us].

    Examples
    --------
    >>> cut = cut_stretches(np.array([30]), np.array([150]), np.array([0]), np.array([0, 100, 200]))
    >>> cut.period.tolist(), cut.length.tolist()
    ([0, 1], [70.0, 50.0])
    """
    start, end = np.maximum(start, bounds[0]), np.minimum(end, bounds[-1])
    inside = end > start
    if not inside.all():
        start, end, index = start[inside], end[inside], index[inside]
    first = _periods(start, bounds, "left")
    last = _periods(end, bounds, "right")
    parts = last - first + 1
    total = int(parts.sum())
    if total == start.size:
        return Stretches(first, index, (end - start).astype(np.float64))
    row = np.repeat(np.arange(start.size, dtype=np.int64), parts)
    nth = np.arange(total, dtype=np.int64) - np.repeat(np.cumsum(parts) - parts, parts)
    period = first[row] + nth
    length = np.minimum(end[row], bounds[period + 1]) - np.maximum(start[row], bounds[period])
    return Stretches(period, index[row], length.astype(np.float64))


def _periods(instant: NDArray[np.int64], bounds: NDArray[np.int64], side: Literal["left", "right"]) -> NDArray[np.int64]:
    """Period of each sorted instant; with side right, of the moment just before it. Searching the few bounds is quickest."""
    at = np.searchsorted(instant, bounds, side=side)
    counts = np.diff(at)
    return np.repeat(np.arange(counts.size, dtype=np.int64), counts)
