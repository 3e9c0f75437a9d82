"""Counters: what was counted in each period, from readings that only grow and now and then start again at zero."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.prepare.holding import cut_stretches

__all__ = ["count_increments", "counted"]

# A reading below half of the one before it is a counter that started again from zero, and all it shows has been counted since;
# a smaller step back is a correction and is subtracted. Own assumption.
RESET_SHARE = 0.5


def count_increments(value: NDArray[np.float64]) -> tuple[NDArray[np.float64], int]:
    """Return what was counted between neighbouring readings, and how often the counter was reset.

    Parameters
    ----------
    value : numpy.ndarray of float64
        Readings in time order.

    Examples
    --------
    >>> increments, resets = count_increments(np.array([100.0, 110.0, 5.0, 15.0]))
    >>> increments.tolist(), resets
    ([10.0, 5.0, 10.0], 1)
    """
    step = np.diff(value)
    is_reset = (step < 0) & (value[1:] < RESET_SHARE * value[:-1])
    return np.where(is_reset, value[1:], step), int(np.count_nonzero(is_reset))


def counted(
    time: NDArray[np.int64], value: NDArray[np.float64], is_good: NDArray[np.bool_], gap: int, bounds: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Return the count and the known time of each period, and the number of resets.

    The count between two good readings is spread evenly over the time between them; over more than `gap` [us], or over a bad
    reading, it is not known when the counting happened, and that time stays unknown.

    Parameters
    ----------
    time, value, is_good : numpy.ndarray
        Readings, sorted by the time they speak of [us].
    gap : int
        Longest distance of two readings that is bridged [us].
    bounds : numpy.ndarray of int64
        Period boundaries [us].
    """
    n = bounds.size - 1
    between = np.flatnonzero(is_good[1:] & is_good[:-1] & (np.diff(time) <= gap))
    increments, _ = count_increments(value)
    _, resets = count_increments(value[is_good])
    cut = cut_stretches(time[between], time[between + 1], between, bounds)
    rate = increments / np.diff(time)
    total = np.bincount(cut.period, weights=cut.length * rate[cut.reading], minlength=n)
    known = np.bincount(cut.period, weights=cut.length, minlength=n).astype(np.float64)
    return np.where(known > 0, total, np.nan), known, resets
