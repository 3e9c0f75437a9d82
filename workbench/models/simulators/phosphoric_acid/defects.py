"""What goes wrong between an instrument and its record, each defect written down so that tests can look for it.

Rates follow the history recipe of the bundled plants: isolated spikes 0.3 %, gaps 0.7 % (geometric, mean 20 min), one gap of
6-20 h a month, two frozen values a tag and month (30-180 min), quality codes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.models.simulators.phosphoric_acid.inputs import Array

__all__ = ["BAD", "GOOD", "UNCERTAIN", "Defect", "Spoilt", "long_gaps", "spoil"]

GOOD, UNCERTAIN, BAD = 0, 1, 2
SPIKES = 0.003  # share of readings
SPIKE_SIZE = (0.10, 0.40)  # of the span, either way
SPIKES_FLAGGED = 0.2  # share that the system itself marks bad
GAPS = 0.007  # share of readings
GAP_MEAN = 20.0  # [min]
LONG_GAP_HOURS = (6.0, 20.0)
FROZEN_PER_MONTH = 2.0  # a tag
FROZEN_MINUTES = (30, 180)
UNCERTAIN_PER_MONTH, UNCERTAIN_MINUTES = 3.0, (20, 120)
BAD_PER_MONTH, BAD_MINUTES = 2.0, (5, 60)
MONTH_MINUTES = 30 * 1440


@dataclass(frozen=True)
class Defect:
    """One defect: kind, tag, first and last minute (end exclusive), and a word on it."""

    kind: str
    tag: str
    start: float
    end: float
    detail: str = ""


@dataclass(frozen=True)
class Spoilt:
    """Readings with their defects: which minutes are left, their values and quality codes, and the list of defects."""

    minutes: npt.NDArray[np.int64]
    values: Array
    quality: npt.NDArray[np.uint8]
    defects: list[Defect]


def long_gaps(tags: list[str], minutes: int, rng: np.random.Generator) -> list[Defect]:
    """One gap of 6-20 h a month, each on one tag."""
    made = []
    for month in range(minutes // MONTH_MINUTES):
        start = month * MONTH_MINUTES + int(rng.uniform(0.0, MONTH_MINUTES - 60 * LONG_GAP_HOURS[1]))
        end = start + int(rng.uniform(*LONG_GAP_HOURS) * 60)
        made.append(Defect("long_gap", tags[int(rng.integers(len(tags)))], start, end, "transmitter out of service"))
    return made


def _windows(rng: np.random.Generator, minutes: int, per_month: float, length: tuple[int, int]) -> list[tuple[int, int]]:
    """Random spans of the history, `per_month` of them on average [min]."""
    count = int(rng.poisson(per_month * minutes / MONTH_MINUTES))
    starts = rng.integers(0, max(minutes - length[1], 1), size=count)
    return [(int(s), int(s) + int(rng.integers(length[0], length[1] + 1))) for s in np.sort(starts)]


def spoil(tag: str, values: Array, span: float, outages: list[Defect], rng: np.random.Generator) -> Spoilt:
    """Return a tag's minute readings with defects.

    Parameters
    ----------
    tag : str
        Name, for the list of defects.
    values : array
        One reading a minute from the start of the history.
    span : float
        Of the instrument, in its unit; spikes are measured by it.
    outages : list of Defect
        Long gaps of this tag.
    rng : numpy.random.Generator
        Draws the defects.
    """
    n = values.size
    values, quality, kept = values.copy(), np.zeros(n, dtype=np.uint8), np.ones(n, dtype=np.bool_)
    defects: list[Defect] = list(outages)
    for start, end in _windows(rng, n, FROZEN_PER_MONTH, FROZEN_MINUTES):
        values[start:end] = values[start]
        defects.append(Defect("frozen", tag, start, end, f"stays at {values[start]:g}"))
    for start, end in _windows(rng, n, UNCERTAIN_PER_MONTH, UNCERTAIN_MINUTES):
        quality[start:end] = UNCERTAIN
        defects.append(Defect("uncertain", tag, start, end))
    for start, end in _windows(rng, n, BAD_PER_MONTH, BAD_MINUTES):
        quality[start:end] = BAD
        values[start:end] = 0.0
        defects.append(Defect("bad", tag, start, end, "input lost"))
    for at in np.flatnonzero(rng.uniform(size=n) < SPIKES).tolist():
        sign = 1.0 if rng.uniform() < 0.5 else -1.0
        values[at] = round(float(values[at]) + sign * float(rng.uniform(*SPIKE_SIZE)) * span, 4)
        if rng.uniform() < SPIKES_FLAGGED:
            quality[at] = BAD
        defects.append(Defect("spike", tag, at, at + 1))
    count = int(rng.poisson(GAPS * n / GAP_MEAN))
    for start in np.sort(rng.integers(0, n, size=count)).tolist():
        end = min(start + int(rng.geometric(1.0 / GAP_MEAN)), n)
        kept[start:end] = False
        defects.append(Defect("gap", tag, start, end))
    for outage in outages:
        kept[int(outage.start) : int(outage.end)] = False
    return Spoilt(np.flatnonzero(kept).astype(np.int64), values[kept], quality[kept], defects)
