"""One column of the history: the readings of its tag, aligned to the periods by the rules of the variable."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from workbench.prepare.cells import GOOD_SHARE, aggregate_stretches, known_time, mode_of_stretches
from workbench.prepare.choices import codes_of, values_of
from workbench.prepare.columns import Column
from workbench.prepare.counters import counted
from workbench.prepare.holding import Stretches, cut_stretches, max_gap_of, shift_of, stand_of
from workbench.prepare.readings import Readings
from workbench.prepare.results import DENSE_READINGS, assign_composites, own_readings, result_stretches

__all__ = ["Aligned", "align"]

REGULAR_SHARE = 0.8
SUM_SHARE = 0.9  # of a regular tag's readings: a sum that lacks more of them would be too small unnoticed. Own assumption [-]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Aligned:
    """The cells of one column and what they rest on.

    Parameters
    ----------
    column : Column
    cells : numpy.ndarray
        One cell a period: float64 with NaN where nothing is known, or the text (None where nothing is known) for choices.
    start, end, index : numpy.ndarray of int64
        Since when and until when each good reading stands, and which one it is [us].
    resets : int
        Resets of a counter.
    """

    column: Column
    cells: NDArray[np.float64] | NDArray[np.object_]
    start: Ints
    end: Ints
    index: Ints
    resets: int = 0


def align(column: Column, readings: Readings, bounds: Ints, period: int, data_end: int) -> Aligned:
    """Return the column's cells, one for each period of `bounds`.

    Settings and conditions hold: each reading stands until the next one, at most `max_gap`. An outcome is never held: a period
    without a reading of its own has none. A cell with less than half of its period known is null; a sum of regular readings
    that lacks more than a tenth of them too, and a sum of events in a period that the records' end leaves less than half of.

    Parameters
    ----------
    column : Column
        Which tag, and by which rule.
    readings : Readings
        Of the column's tag.
    bounds : numpy.ndarray of int64
        Period boundaries [us].
    period : int
        The usual length of a period [us].
    data_end : int
        The last stamp of all records [us].
    """
    if readings.words is not None and not column.is_textual:  # the tag is read as text by another column: numbers only here
        readings = replace(readings, is_good=readings.is_good & np.isfinite(readings.value))
    start, end, index = stand_of(column, readings, period, data_end)
    if column.aggregate == "counter":
        return _align_counter(column, readings, bounds, period, (start, end, index))
    cut, known = _stretches(column, readings, bounds, period, (start, end, index), data_end)
    n = bounds.size - 1
    enough = known >= GOOD_SHARE * np.diff(bounds)
    cells: NDArray[np.float64] | NDArray[np.object_]
    if column.choices is not None:
        codes = codes_of(column, readings)
        if column.aggregate == "last":
            last = aggregate_stretches(cut, codes.astype(np.float64), "last", None, n)
            best = np.where(np.isnan(last), -1, last).astype(np.int64)
        else:
            best = mode_of_stretches(cut, codes, len(column.choices), n)
        names = np.array([*column.choices, None], dtype=object)
        cells = names[np.where(enough, best, -1)]
    else:
        numbers = aggregate_stretches(cut, values_of(column, readings), column.aggregate, column.level, n)
        cells = np.where(enough, numbers, np.nan)
    return Aligned(column, cells, start, end, index)


def _stretches(
    column: Column, readings: Readings, bounds: Ints, period: int, stand: tuple[Ints, Ints, Ints], data_end: int
) -> tuple[Stretches, Floats]:
    """What stands in which period and for how long, and the good time of each period [us]."""
    start, end, index = stand
    n = bounds.size - 1
    lengths = np.diff(bounds).astype(np.float64)
    held = column.role != "outcome"
    interval = readings.interval or period
    if not held and column.covers and column.aggregate in {"mean", "mode"}:
        served = assign_composites(start, start + column.covers, bounds)
        known = np.bincount(served.period, minlength=n).astype(np.float64) * lengths
        return Stretches(served.period, index[served.reading], served.length), known
    own = own_readings(start, bounds)
    if column.aggregate == "sum":
        enough = own >= np.maximum(1, np.ceil(_sum_share(readings, interval) * np.floor(lengths / interval + 0.05)))
        # what happens after the records' end is not in a sum: a period that they cut is known up to there
        known_until = max(start[-1] + interval, data_end + shift_of(column, interval)) if start.size else bounds[0]
        return result_stretches(start, index, bounds), np.where(enough, np.clip(known_until - bounds[:-1], 0.0, lengths), 0.0)
    if not held and DENSE_READINGS * interval > period:
        # a regular reading vouches for its usual interval; one that comes once a period or less often, or when something
        # happens (a claim, a finished order), for its whole period: demanding more would keep the busy periods only
        is_often = 2 * interval < period and _is_regular(readings.time, interval)
        known = own * (np.full(n, float(interval)) if is_often else lengths)
        return result_stretches(start, index, bounds), known
    cut = cut_stretches(start, end, index, bounds)
    known = known_time(cut, n)
    return cut, known if held else np.where(own > 0, known, 0.0)


def _sum_share(readings: Readings, interval: int) -> float:
    """Share of the expected readings that a sum needs, as what was not read is not in it; none are expected of events."""
    return SUM_SHARE if _is_regular(readings.time, interval) else 0.0


def _is_regular(time: Ints, interval: int) -> bool:
    """True where at least 80 % of the distances are within half of the usual interval of it. Own assumption."""
    steps = np.diff(time)
    return steps.size > 0 and bool(np.mean(np.abs(steps - interval) <= 0.5 * interval) >= REGULAR_SHARE)


def _align_counter(column: Column, readings: Readings, bounds: Ints, period: int, stand: tuple[Ints, Ints, Ints]) -> Aligned:
    time = readings.time + shift_of(column, readings.interval)
    gap = max_gap_of(column, readings.interval, period)
    total, known, resets = counted(time, readings.value, readings.is_good, gap, bounds)
    enough = known >= GOOD_SHARE * np.diff(bounds)
    if column.role == "outcome":
        good = time[readings.is_good]
        enough &= np.searchsorted(good, bounds[1:], side="right") > np.searchsorted(good, bounds[:-1], side="left")
    return Aligned(column, np.where(enough, total, np.nan), *stand, resets=resets)
