"""Values that stood still for longer than is usual for the tag, while the plant ran."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.prepare.codes import span, stamp
from workbench.prepare.readings import Readings
from workbench.records import Finding

__all__ = ["Run", "find_frozen", "frozen_findings", "frozen_periods"]

# Frozen: the same value in at least 20 readings and five times as many as 95 % of the tag's runs of equal values have; with
# fewer than ten runs nothing is usual. Own assumption.
FROZEN_READINGS = 20
FROZEN_RUNS = 10
FROZEN_TIMES = 5.0

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Run:
    """A stretch in which a tag's value stood still: from and to the stamps of its first and last reading [us]."""

    tag: str
    start: int
    end: int


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
    frozen = np.flatnonzero(lengths >= limit)
    ends = begins[frozen] + lengths[frozen] - 1
    return [Run(readings.tag, int(readings.time[a]), int(readings.time[b])) for a, b in zip(begins[frozen], ends, strict=True)]


def frozen_periods(runs: Sequence[Run], shift: int, span: int, bounds: Ints) -> NDArray[np.bool_]:
    """Return which periods frozen readings speak of, if only in part.

    Parameters
    ----------
    runs : sequence of Run
        Of one tag.
    shift : int
        From a stamp to the time from which its reading speaks [us].
    span : int
        How long a reading speaks, 0 or more [us].
    bounds : numpy.ndarray of int64
        Period boundaries [us].

    Examples
    --------
    >>> frozen_periods([Run("x", 120, 290)], 0, 20, np.array([0, 100, 200, 300, 400, 500])).tolist()
    [False, True, True, True, False]
    """
    out = np.zeros(bounds.size - 1, dtype=bool)
    for run in runs:
        out |= (bounds[1:] > run.start + shift) & (bounds[:-1] < run.end + shift + max(1, span))
    return out


def frozen_findings(runs: Sequence[Run], bounds: Ints, is_counted: NDArray[np.bool_]) -> list[Finding]:
    """Return one finding a tag on values that froze while the plant ran.

    Parameters
    ----------
    runs : sequence of Run
        Of all tags.
    bounds : numpy.ndarray of int64
        Period boundaries [us].
    is_counted : numpy.ndarray of bool
        One a period: True where the plant ran and nobody has excluded it.
    """
    by_tag: dict[str, list[tuple[int, int]]] = {}
    running = np.append(0, np.cumsum(np.diff(bounds) * is_counted))
    for run in runs:
        ran = float(np.interp(run.end, bounds, running) - np.interp(run.start, bounds, running))
        if ran >= 0.5 * (run.end - run.start):
            by_tag.setdefault(run.tag, []).append((run.end - run.start, run.start))
    findings = []
    for tag in sorted(by_tag):
        longest, since = max(by_tag[tag])
        times = f"; {len(by_tag[tag])} such stretches" if len(by_tag[tag]) > 1 else ""
        text = f"unchanged for {span(longest)} from {stamp(since)} while the plant ran{times}"
        findings.append(Finding(code="D104", tag=tag, text=text))
    return findings
