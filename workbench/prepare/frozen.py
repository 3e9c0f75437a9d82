"""Values that stood still for longer than is usual for the tag, while the plant ran."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.prepare.codes import span, stamp
from workbench.prepare.readings import Readings
from workbench.prepare.resting import resting_value
from workbench.records import Finding

__all__ = ["Run", "Still", "find_frozen", "frozen_findings", "frozen_periods"]

# Frozen: the same value in at least 20 readings and five times as many as 95 % of the tag's runs of equal values have; with
# fewer than ten runs nothing is usual. A value at which a tag stands still for that long ten times is one that it rests at, as
# a solar plant does at 0 every night: no instrument breaks so often at the same value. There five times as many readings are
# asked for as 95 % of those rests have. A count of rare events (`resting`) is never frozen at the value that it rests at: the
# better a change, the longer it stands there, and a month without an event is a result. Own assumptions.
FROZEN_READINGS = 20
FROZEN_RUNS = 10
FROZEN_TIMES = 5.0

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Run:
    """A stretch in which a tag's value stood still.

    Parameters
    ----------
    tag : str
    start, end : int
        Stamps of its first and last reading [us].
    least : int
        How long it has to stand still for to be longer than is usual for the tag [us].
    """

    tag: str
    start: int
    end: int
    least: int = 0


@dataclass(frozen=True)
class Still:
    """Stretches in which a column's tag stood still, and the time that its readings speak of.

    Parameters
    ----------
    runs : sequence of Run
    shift : int
        From a stamp to the time from which its reading speaks [us].
    span : int
        How long a reading speaks, 0 or more [us].
    """

    runs: Sequence[Run]
    shift: int
    span: int


def find_frozen(readings: Readings) -> list[Run]:
    """Return the stretches in which the tag stood still for longer than is usual for it."""
    if readings.time.size < FROZEN_READINGS:
        return []
    value = readings.value
    changes = np.flatnonzero((value[1:] != value[:-1]) | ~readings.is_good[1:]) + 1
    begins = np.append(0, changes)
    lengths = np.diff(np.append(begins, value.size))
    runs = readings.is_good[begins]
    begins, lengths = begins[runs], lengths[runs]
    if lengths.size < FROZEN_RUNS:
        return []
    limit = max(FROZEN_READINGS, FROZEN_TIMES * float(np.quantile(lengths, 0.95)))
    long = np.flatnonzero(lengths >= limit)
    usual = np.delete(np.arange(lengths.size), long)
    if long.size:
        long = long[value[begins[long]] != resting_value(np.repeat(value[begins[usual]], lengths[usual]))]
    needed = _needed(value[begins[long]], lengths[long], limit)
    frozen, needed = long[lengths[long] >= needed], needed[lengths[long] >= needed]
    first, last = readings.time[begins[frozen]], readings.time[begins[frozen] + lengths[frozen] - 1]
    least = ((last - first) * (needed / lengths[frozen])).astype(np.int64)
    return [Run(readings.tag, *(int(x) for x in one)) for one in zip(first, last, least, strict=True)]


def _needed(values: NDArray[np.float64], lengths: Ints, limit: float) -> NDArray[np.float64]:
    """How many readings each long run needs to be longer than is usual where it stands, which is more where the tag rests."""
    needed = np.full(lengths.size, limit)
    levels, counts = np.unique(values, return_counts=True)
    for level in levels[counts >= FROZEN_RUNS]:
        at = values == level
        needed[at] = FROZEN_TIMES * float(np.quantile(lengths[at], 0.95))
    return needed


def frozen_periods(still: Still, bounds: Ints, is_counted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which periods the readings of a meter that stood still speak of, if only in part.

    A plant that stands gives zeros, and no meter is broken by that. Of a stretch that reaches into periods that do not count
    only those that it fills and that do count speak of a meter, where they are longer than is usual for it: in the others
    that it touches the plant may just have stopped, or not yet have started (own assumption).

    Parameters
    ----------
    still : Still
        Of one column.
    bounds : numpy.ndarray of int64
        Period boundaries [us].
    is_counted : numpy.ndarray of bool
        One a period: True where the plant ran and nobody has excluded it.

    Examples
    --------
    >>> bounds, still = np.array([0, 100, 200, 300, 400, 500]), Still([Run("x", 120, 290, 150)], 0, 20)
    >>> frozen_periods(still, bounds, np.ones(5, dtype=bool)).tolist()
    [False, True, True, True, False]
    >>> frozen_periods(still, bounds, np.array([True, True, False, True, True])).tolist()
    [False, False, False, False, False]
    """
    out = np.zeros(bounds.size - 1, dtype=bool)
    for run in still.runs:
        out |= _periods_of(run, run.start + still.shift, run.end + still.shift + max(1, still.span), bounds, is_counted)
    return out


def _periods_of(run: Run, start: int, end: int, bounds: Ints, is_counted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The periods in which a stretch that speaks from `start` to `end` tells of a meter that stood still."""
    touched = (bounds[1:] > start) & (bounds[:-1] < end)
    if is_counted[touched].all():
        return touched
    filled = is_counted & (bounds[:-1] >= start) & (bounds[1:] <= end)
    return filled if np.diff(bounds)[filled].sum() >= run.least else np.zeros_like(filled)


def frozen_findings(runs: Sequence[Run], bounds: Ints, is_counted: NDArray[np.bool_], timezone: str) -> list[Finding]:
    """Return one finding a tag on values that froze while the plant ran.

    Parameters
    ----------
    runs : sequence of Run
        Of all tags.
    bounds : numpy.ndarray of int64
        Period boundaries [us].
    is_counted : numpy.ndarray of bool
        One a period: True where the plant ran and nobody has excluded it.
    timezone : str
        Of the plant: times are told in it.
    """
    by_tag: dict[str, list[tuple[int, int]]] = {}
    lengths = np.diff(bounds)
    for run in runs:
        periods = _periods_of(run, run.start, run.end + 1, bounds, is_counted)
        if periods.any():
            by_tag.setdefault(run.tag, []).append((min(run.end - run.start, int(lengths[periods].sum())), run.start))
    findings = []
    for tag in sorted(by_tag):
        longest, since = max(by_tag[tag])
        times = f"; {len(by_tag[tag])} such stretches" if len(by_tag[tag]) > 1 else ""
        fate = (
            ": tune uses these readings, and so does verify but for results of the objective; where the instrument was dead,"
            " leave that time out (`exclude`), or the tag"
        )
        text = f"unchanged for {span(longest)} from {stamp(since, timezone)} while the plant ran{times}{fate}"
        findings.append(Finding(code="D104", tag=tag, text=text))
    return findings
