"""Whether a trial on the plant could tell a gain from luck: what nobody could prove is not proposed."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from workbench.models.surrogates.surrogate import Surrogate

__all__ = ["WEEKS_TRIED", "trial_error", "trial_weeks"]

WEEKS_TRIED = 8.0  # length of the trial that is thought of [weeks]; own assumption
BLOCKS = tuple(timedelta(days=days) for days in (1, 2, 4))  # lengths of its blocks, the best of which counts; own assumption
PERIODS_LEAST = 2  # [periods] a block has at least this many, the first half of them washout
PAIRS_LEAST = 6  # [pairs] of neighbouring blocks with results that the history must hold to tell; own assumption
POWER_Z = 2.49  # 1.645 + 0.842: one-sided 5 % test, 80 % power


def trial_error(surrogate: Surrogate, period: timedelta | None) -> float | None:
    """Return the standard error with which a switchback trial of eight weeks would measure a gain [unit of the objective].

    Blocks of one, two or four days are laid over the history, the first half of each being washout. What the model leaves
    unexplained differs between neighbouring blocks, and a trial averages such differences over its pairs of blocks: the root of
    their mean square over the root of the number of pairs. Pairs of blocks that were run but hold no results count for nothing,
    in the trial as in the history. The block length with the smallest error counts.

    None for batches, and for a history that holds too few pairs of blocks with results.
    """
    if period is None:
        return None
    rows, residuals = surrogate.rows["@objective"], surrogate.responses["@objective"].residuals
    positions = surrogate.grid.positions
    errors = []
    for length in sorted({max(round(block / period), PERIODS_LEAST) for block in BLOCKS}):
        block, n_blocks = positions // length, int(positions[-1]) // length + 1
        counts = positions[rows] % length >= length // 2
        block_of_result = block[rows][counts]
        results = np.bincount(block_of_result, minlength=n_blocks)
        sums = np.bincount(block_of_result, weights=residuals[counts], minlength=n_blocks)
        known, run = (_neighbours(counted) for counted in (results, np.bincount(block, minlength=n_blocks)))
        pairs = float(timedelta(weeks=WEEKS_TRIED) / (2 * length * period)) * float(known.sum() / max(run.sum(), 1))
        if known.sum() < PAIRS_LEAST or pairs < 1.0:
            continue
        means = sums / np.maximum(results, 1)
        errors.append(float(np.sqrt(np.mean((means[1:] - means[:-1])[known] ** 2) / pairs)))
    return min(errors, default=None)


def _neighbours(counted: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which blocks hold something, and the next one, too."""
    return (counted[1:] > 0) & (counted[:-1] > 0)


def trial_weeks(error: float | None, gain: float) -> float | None:
    """Return how long a trial would take to show `gain` in 80 % of the cases at one-sided 5 % [weeks].

    `error` is what eight weeks leave (`trial_error`). None where that is not known, and for a gain that is not above zero.

    Examples
    --------
    >>> round(trial_weeks(1.0, 2.49), 1)
    8.0
    """
    if error is None or gain <= 0.0:
        return None
    return WEEKS_TRIED * (POWER_Z * error / gain) ** 2
