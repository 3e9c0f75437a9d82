"""Steady periods: no setting moved shortly before the period's end; else the settings as the process feels them.

The rule: a period is steady when no setting moved by more than 20 % of its `max_step` within `settling` before the period's
end. Where steady periods are fewer than 200, or fewer than 30 % of the usable ones, none is masked; the settings then enter
through a first-order filter of that settling time, what was measured of one through a filter of the outcomes' alone.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from workbench.plant import Sheet
from workbench.prepare.align import Aligned
from workbench.prepare.choices import codes_of
from workbench.prepare.columns import microseconds
from workbench.prepare.readings import Readings

__all__ = [
    "MOVE_SHARE",
    "STEADY_PERIODS",
    "STEADY_SHARE",
    "felt_settling_of",
    "filter_first_order",
    "has_enough_steady",
    "is_unmoved",
    "settling_of",
]

MOVE_SHARE = 0.2  # of max_step: a smaller change is no move [-]
STEADY_PERIODS = 200
STEADY_SHARE = 0.3
# A first-order process has made 95 % of its way after three time constants: 1 - exp(-3) = 0.950 (Seborg, Edgar, Mellichamp,
# Process Dynamics and Control, ch. 5).
TIME_CONSTANTS = 3.0
# Readings whose noise alone (six standard deviations) reaches half of the smallest move are averaged over three to ten slots of
# the settling time before moves are looked for. Own assumption.
NOISE_SIGMAS = 6.0
SLOTS_LEAST, SLOTS_MOST = 3, 10
SIGMA_OF_STEPS = 1.4826 / math.sqrt(2.0)  # median |step| of white noise -> its standard deviation (normal distribution)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def settling_of(sheet: Sheet, setting: str) -> int:
    """Return how long after a move of `setting` the outcomes do not yet speak for it [us].

    The longest of the setting's own `settling` and that of any outcome.
    """
    spans = [sheet.settings[setting].settling, *(outcome.settling for outcome in sheet.outcomes.values())]
    return max(microseconds(span) for span in spans)


def felt_settling_of(sheet: Sheet, setting: str) -> int:
    """Return how long after a move in the column of `setting` the outcomes do not yet speak for it [us].

    Of a measured setting the column holds what was measured, which has followed its set value already: what is left is the
    longest settling time of any outcome. Of another one it is the same as `settling_of`.
    """
    if sheet.settings[setting].measured is None:
        return settling_of(sheet, setting)
    return max((microseconds(outcome.settling) for outcome in sheet.outcomes.values()), default=0)


def is_unmoved(aligned: Aligned, readings: Readings, settling: int, max_step: float | None, bounds: Ints) -> Bools:
    """Return for each period whether the setting stayed put within `settling` before the period's end.

    Parameters
    ----------
    aligned : Aligned
        The column of what people set.
    readings : Readings
        Of its tag.
    settling : int
        0 or more [us].
    max_step : float or None
        Of the setting, above 0, in its unit; None for choices, where any change is a move.
    bounds : numpy.ndarray of int64
        Period boundaries [us].

    Returns
    -------
    numpy.ndarray of bool
        False also where nothing is known of the setting in that time; all True with no settling time.
    """
    ends = bounds[1:]
    if settling <= 0:
        return np.ones(ends.size, dtype=bool)
    start, end = aligned.start, aligned.end
    is_text = aligned.column.choices is not None
    value = (codes_of(aligned.column, readings).astype(np.float64) if is_text else readings.value)[aligned.index]
    limit = 0.0 if is_text or max_step is None else MOVE_SHARE * max_step
    sigma = 0.0 if is_text else _noise(value)
    if NOISE_SIGMAS * sigma > limit / 2 and readings.interval * SLOTS_MOST <= settling:
        spread = _spread_of_slots((start, end), value, ends, settling, _slots(sigma, limit, settling, readings.interval))
    else:
        low = np.searchsorted(end, ends - settling, side="right")
        high = np.searchsorted(start, ends, side="left")
        spread = _spread(value, low, high)
    return np.where(np.isnan(spread), False, spread <= limit * (1 + 1e-9))


def has_enough_steady(is_steady: Bools, is_usable: Bools) -> bool:
    """Return whether the steady periods alone can carry the models: at least 200 and at least 30 % of the usable ones."""
    usable = int(np.count_nonzero(is_usable))
    steady = int(np.count_nonzero(is_steady & is_usable))
    return steady == usable or (steady >= STEADY_PERIODS and steady >= STEADY_SHARE * usable)


def filter_first_order(value: Floats, bounds: Ints, settling: int) -> Floats:
    """Return what a first-order process with that settling time feels of a setting, as the mean of each period.

    The setting is taken as constant within a period. With time constant tau = settling / 3 and u the setting, the state y moves
    by y(t) = u + (y0 - u) exp(-t/tau); its mean over a period of length T is u + (y0 - u) (tau/T) (1 - exp(-T/tau)), the exact
    solution of tau dy/dt = u - y.

    Parameters
    ----------
    value : numpy.ndarray of float64
        The setting, one value a period; after a NaN the state starts anew at the next value.
    bounds : numpy.ndarray of int64
        Period boundaries [us].
    settling : int
        Time to 95 % of a step, above 0 [us].

    Examples
    --------
    >>> filter_first_order(np.array([0.0, 1.0]), np.array([0, 3, 6]), settling=9).round(3).tolist()
    [0.0, 0.368]
    """
    tau = settling / TIME_CONSTANTS
    ratio = np.diff(bounds) / tau
    decay = np.exp(-ratio)
    inner = -np.expm1(-ratio) / ratio
    out = np.full(value.size, np.nan)
    state = math.nan
    for k, (u, d, m) in enumerate(zip(value.tolist(), decay.tolist(), inner.tolist(), strict=True)):
        if math.isnan(u):
            state = math.nan
            continue
        if math.isnan(state):
            state = u
        out[k] = u + (state - u) * m
        state = u + (state - u) * d
    return out


def _noise(value: Floats) -> float:
    """Standard deviation of white noise, from the median step."""
    return SIGMA_OF_STEPS * float(np.median(np.abs(np.diff(value)))) if value.size > 1 else 0.0


def _slots(sigma: float, limit: float, settling: int, interval: int) -> int:
    """Into how many slots the settling time is cut: six standard deviations of a slot's mean reach the limit at most."""
    readings = (NOISE_SIGMAS * sigma / limit) ** 2 if limit > 0 else math.inf
    wanted = settling / (readings * interval) if readings > 0 else math.inf
    return int(min(SLOTS_MOST, max(SLOTS_LEAST, wanted)))


def _spread_of_slots(stand: tuple[Ints, Ints], value: Floats, ends: Ints, settling: int, slots: int) -> Floats:
    """Largest minus smallest slot mean within `settling` before each end; NaN where fewer than two slots are known."""
    start, end = stand
    level = float(np.mean(value))
    edges = np.column_stack([start, end]).ravel()
    length = (end - start).astype(np.float64)
    known = np.repeat(np.append(0.0, np.cumsum(length)), 2)[1:-1]
    total = np.repeat(np.append(0.0, np.cumsum(length * (value - level))), 2)[1:-1]
    marks = ends[:, None] - settling + (settling * np.arange(slots + 1)) // slots
    time = np.diff(np.interp(marks, edges, known), axis=1)
    means = np.full(time.shape, np.nan)
    np.divide(np.diff(np.interp(marks, edges, total), axis=1), time, out=means, where=time >= settling / slots / 2)
    spread = np.full(ends.size, np.nan)
    enough = np.count_nonzero(~np.isnan(means), axis=1) >= 2
    spread[enough] = np.nanmax(means[enough], axis=1) - np.nanmin(means[enough], axis=1)
    return spread


def _spread(value: Floats, low: Ints, high: Ints) -> Floats:
    """Largest minus smallest of value[low:high], NaN where that is empty."""
    spread = np.full(low.size, np.nan)
    has = low < high
    if not has.any():
        return spread
    padded = np.append(value, value[-1])
    pairs = np.column_stack([low[has], high[has]]).ravel()
    spread[has] = np.maximum.reduceat(padded, pairs)[::2] - np.minimum.reduceat(padded, pairs)[::2]
    return spread
