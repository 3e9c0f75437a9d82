"""Cells of the history from the stretches of known time: the aggregates of settings, states and sensors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.prepare.columns import MEAN
from workbench.prepare.holding import Stretches

__all__ = ["GOOD_SHARE", "aggregate_stretches", "known_time", "mode_of_stretches", "quantile_of_stretches"]

GOOD_SHARE = 0.5  # a cell with less known time than this share of its period is null

Floats = NDArray[np.float64]


def known_time(cut: Stretches, n: int) -> Floats:
    """Return the known time in each of `n` periods [us]."""
    return np.bincount(cut.period, weights=cut.length, minlength=n).astype(np.float64)


def aggregate_stretches(cut: Stretches, value: Floats, aggregate: str, level: float | None, n: int) -> Floats:
    """Return one number a period from the values that stand in it; NaN where none does.

    Parameters
    ----------
    cut : Stretches
        What stands in which period, and for how long.
    value : numpy.ndarray of float64
        Value of each reading, in its own unit; for a share 1 where the state holds and 0 elsewhere.
    aggregate : {"mean", "share", "sum", "last", "min", "max", "quantile"}
        Mean and share are exact time-weighted means: the integral of the held value over the known time. A sum adds each
        stretch once: it is meant for results, which are not cut.
    level : float or None
        The level of a quantile [-].
    n : int
        Number of periods.
    """
    cells = np.full(n, np.nan)
    if cut.period.size == 0:
        return cells
    values = value[cut.reading]
    known = known_time(cut, n)
    if aggregate == "sum":
        return np.where(known > 0, np.bincount(cut.period, weights=values, minlength=n), np.nan)
    if aggregate in {MEAN, "share"}:
        total = np.bincount(cut.period, weights=cut.length * values, minlength=n)
        np.divide(total, known, out=cells, where=known > 0)
        return cells
    if aggregate == "quantile":
        return quantile_of_stretches(cut, values, 0.5 if level is None else level, n)
    begins = np.flatnonzero(np.diff(cut.period, prepend=-1))
    at = cut.period[begins]
    if aggregate == "min":
        cells[at] = np.minimum.reduceat(values, begins)
    elif aggregate == "max":
        cells[at] = np.maximum.reduceat(values, begins)
    else:
        cells[at] = values[np.append(begins[1:], values.size) - 1]
    return cells


def quantile_of_stretches(cut: Stretches, values: Floats, level: float, n: int) -> Floats:
    """Return the time-weighted quantile of each period: the smallest value at or below which the share `level` of time goes.

    `values` are those of the stretches, NaN-free; `level` is above 0 and below 1 [-].
    """
    cells = np.full(n, np.nan)
    order = np.lexsort((values, cut.period))
    period, value, length = cut.period[order], values[order], cut.length[order]
    run = np.cumsum(length)
    begins = np.flatnonzero(np.diff(period, prepend=-1))
    before = np.append(0.0, run)[begins]
    total = np.diff(np.append(before, run[-1]))
    at = np.searchsorted(run, before + level * total, side="left")
    ends = np.append(begins[1:], value.size) - 1
    cells[period[begins]] = value[np.clip(at, begins, ends)]
    return cells


def mode_of_stretches(cut: Stretches, code: NDArray[np.int64], n_codes: int, n: int) -> NDArray[np.int64]:
    """Return the code that stands longest in each period, -1 where none does; the smaller code wins a tie.

    `code` is that of each reading, 0 .. `n_codes` - 1.
    """
    weight = np.stack(
        [np.bincount(cut.period, weights=cut.length * (code[cut.reading] == c), minlength=n) for c in range(n_codes)]
    )
    return np.where(weight.sum(axis=0) > 0, np.argmax(weight, axis=0), -1)
