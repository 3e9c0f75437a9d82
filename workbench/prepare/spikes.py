"""Isolated readings far off their neighbours: reported, and set aside where they lie further off than a plant goes at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from workbench.prepare.codes import number, stamp
from workbench.prepare.columns import MEAN, Column
from workbench.prepare.readings import Readings
from workbench.prepare.resting import resting_value
from workbench.records import Finding

__all__ = ["SPIKE", "find_spikes", "screen_spikes"]

SPIKE = "isolated spike"

# A spike is one reading that leaves both of its neighbours in the same direction by more than 8 noise standard deviations (from
# the median step) and more than the usual range. It is unphysical, and set aside, when it leaves them by more than two such
# ranges, as long as these are at most 2 % of the readings. The usual range is that of the middle 90 % of all readings, widened
# to what normal readings would fill with their middle 98 %: among a hundred readings of a laboratory two wrong ones would be
# that range. Where 90 % stand still it is the range of the middle 98 % itself. Of rare events beside a value that the tag rests
# at (`resting`) the events alone say what is usual, from that value on, and fewer than 20 of them say nothing. After the idea
# of Hampel's identifier (Pearson 2002, IEEE Trans. Control Syst. Technol. 10:55); the numbers are our own assumption.
SPIKE_SIGMAS = 8.0
UNPHYSICAL_RANGES = 2.0
UNPHYSICAL_SHARE = 0.02
WIDENED = 1.4143  # 98 % range of a normal distribution over its 90 % range [-]
MIN_READINGS = 20
SIGMA_OF_STEPS = 1.4826 / np.sqrt(2.0)
SAMPLE = 100_000  # readings looked at for the usual range and step of a tag

Ints = NDArray[np.int64]


def find_spikes(value: NDArray[np.float64]) -> tuple[Ints, Ints]:
    """Return the positions of the spikes, and of those that are unphysical.

    Parameters
    ----------
    value : numpy.ndarray of float64
        Good readings in time order, NaN-free.

    Examples
    --------
    >>> wave = np.sin(np.arange(100.0))
    >>> wave[40] = 50.0
    >>> [positions.tolist() for positions in find_spikes(wave)]
    [[40], [40]]
    """
    nothing = np.zeros(0, dtype=np.int64)
    if value.size < MIN_READINGS:
        return nothing, nothing
    step = np.diff(value)
    stride = max(1, value.size // SAMPLE)
    lowest, low, high, highest = np.quantile(value[::stride], [0.01, 0.05, 0.95, 0.99], method="nearest")
    rest = resting_value(value) if highest > lowest else None
    if rest is not None:
        events = value[value != rest]
        if events.size < MIN_READINGS:
            return nothing, nothing
        low, high = np.quantile(np.append(np.quantile(events, [0.05, 0.95], method="nearest"), rest), [0.0, 1.0])
    usual = float(WIDENED * (high - low) if high > low else highest - lowest)
    sigma = float(SIGMA_OF_STEPS * np.median(np.abs(step[::stride])))
    limit = max(SPIKE_SIGMAS * sigma, usual)
    if limit <= 0:
        return nothing, nothing
    big = np.flatnonzero(np.abs(step) > limit)
    pairs = big[:-1][(np.diff(big) == 1)] if big.size > 1 else nothing
    spikes = pairs[np.sign(step[pairs]) != np.sign(step[pairs + 1])] + 1
    height = np.minimum(np.abs(step[spikes - 1]), np.abs(step[spikes]))
    unphysical = spikes[height > UNPHYSICAL_RANGES * usual] if usual > 0 else nothing
    if unphysical.size > UNPHYSICAL_SHARE * value.size:
        unphysical = nothing
    return spikes, unphysical


def screen_spikes(columns: Sequence[Column], readings: Readings, timezone: str) -> tuple[Readings, int, list[Finding]]:
    """Return the readings with unphysical spikes marked as bad, how many these are, and a finding on all, in plant time.

    Only measured analogue readings are looked at, and nothing is set aside where a minimum, maximum, quantile or sum is wanted:
    there the extremes are what counts.
    """
    if readings.words is not None or not any(column.is_measured for column in columns):
        return readings, 0, []
    good = np.flatnonzero(readings.is_good)
    spikes, unphysical = find_spikes(readings.value[good])
    if not all(column.is_measured and column.aggregate in {MEAN, "last"} for column in columns):
        unphysical = unphysical[:0]
    if not spikes.size:
        return readings, 0, []
    at = good[spikes]
    worst = at[np.argmax(np.abs(readings.value[at] - np.median(readings.value[good])))]
    fate = f"{unphysical.size} set aside as unphysical" if unphysical.size else "all used"
    text = (
        f"{spikes.size:,} of {good.size:,} readings far off their neighbours ({fate});"
        f" the farthest is {number(float(readings.value[worst]))} at {stamp(int(readings.time[worst]), timezone)}"
    )
    finding = Finding(code="D103", tag=readings.tag, text=text)
    if not unphysical.size:
        return readings, 0, [finding]
    is_good, value = readings.is_good.copy(), readings.value.copy()
    is_good[good[unphysical]] = False
    value[good[unphysical]] = np.nan
    return replace(readings, is_good=is_good, value=value), int(unphysical.size), [finding]
