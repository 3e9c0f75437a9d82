"""Whether a trial on the plant could tell a gain from luck: what nobody could prove is not proposed."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from workbench.models.surrogates.surrogate import Surrogate
from workbench.plant.trial_rules import SEASON_WEEKS, TrialRules
from workbench.switchback.reckoned import noises_wanted

__all__ = ["WEEKS_TRIED", "trial_error", "trial_weeks", "weeks_tried"]

WEEKS_TRIED = 8.0  # length of the trial that is thought of where the longest is a season [weeks]; own assumption
BLOCKS = tuple(timedelta(days=days) for days in (1, 2, 4, 7, 14))  # lengths of its blocks, the best counts; own assumption
PERIODS_LEAST = 2  # [periods] a block has at least this many where the first half of them is washout
OFFSETS = 3  # or so places at which the first block may start: where a rare result falls in its block must not matter
PAIRS_LEAST = 6  # [pairs] of neighbouring blocks with results that the history must hold to tell; own assumption


def trial_error(surrogate: Surrogate, period: timedelta | None, *, is_washed: bool = True) -> float | None:
    """Return the standard error with which a switchback trial of eight weeks would measure a gain [unit of the objective].

    Blocks of 1 to 14 days are laid over the history, the first half of each (half rounded down) being washout. What the model
    leaves unexplained differs between neighbouring blocks, and a trial averages such differences over its pairs of blocks: the
    root of their mean square over the root of the number of pairs. Differences count as much as the periods behind them did in
    learning: less before a change of behaviour. Pairs of blocks that were run but hold no results count for nothing, in the
    trial as in the history. The block length with the smallest error counts.

    With `is_washed` false nothing is left out of a block, as the planner does where neither settling time nor ramp is known: so
    many weeks it plans. What is provable is asked with washout all the same, for few processes have none (own assumption).

    None for batches, and for a history that holds too few pairs of blocks with results.
    """
    if period is None:
        return None
    lengths = sorted({max(round(block / period), PERIODS_LEAST if is_washed else 1) for block in BLOCKS})
    weeks = timedelta(weeks=WEEKS_TRIED)
    errors = [_error_of(surrogate, n, n // 2 if is_washed else 0, weeks / (2 * n * period)) for n in lengths]
    return min((e for e in errors if e is not None), default=None)


def _error_of(surrogate: Surrogate, length: int, washout: int, pairs: float) -> float | None:
    """The error of a trial of so many pairs of blocks of `length` periods, `washout` of them out; None where nothing tells."""
    response, rows = surrogate.responses["@objective"], surrogate.rows["@objective"]
    squares, weights, known, run = 0.0, 0.0, 0, 0
    offsets = range(0, length, max(1, length // OFFSETS))
    for offset in offsets:
        positions = surrogate.grid.positions + offset
        block, n_blocks = positions // length, int(positions[-1]) // length + 1
        counts = positions[rows] % length >= washout
        of_result, weight = block[rows][counts], response.weights[counts]
        results = np.bincount(of_result, minlength=n_blocks)
        means = np.bincount(of_result, response.residuals[counts], n_blocks) / np.maximum(results, 1)
        believed = np.bincount(of_result, weight, n_blocks) / np.maximum(results, 1)
        both = (results[1:] > 0) & (results[:-1] > 0)
        lesser = np.minimum(believed[1:], believed[:-1])[both]
        squares += float(lesser @ np.diff(means)[both] ** 2)
        weights += float(lesser.sum())
        known += int(both.sum())
        ran = np.bincount(block, minlength=n_blocks) > 0
        run += int((ran[1:] & ran[:-1]).sum())
    pairs *= known / max(run, 1)
    if known < PAIRS_LEAST * len(offsets) or pairs < 1.0 or weights <= 0.0:
        return None
    return float(np.sqrt(squares / weights / pairs))


def weeks_tried(rules: TrialRules) -> float:
    """Return the length of the trial that a gain has to show in: 8 weeks, longer in proportion where a trial may last longer.

    Who lets a trial last a year wants to know of gains that take one.

    Examples
    --------
    >>> weeks_tried(TrialRules()), weeks_tried(TrialRules(max_weeks=52))
    (8.0, 32.0)
    """
    return WEEKS_TRIED * max(1.0, rules.max_weeks / SEASON_WEEKS)


def trial_weeks(error: float | None, gain: float, doubt: float = 0.0) -> float | None:
    """Return how long a trial would take to show `gain` in 80 % of the cases at one-sided 5 % [weeks].

    `error` is what eight weeks leave (`trial_error`), `doubt` the standard deviation of what the gain may be instead, in gains
    (see `noises_wanted`). None where the error is not known, and for a gain that is not above zero.

    Examples
    --------
    >>> round(trial_weeks(1.0, 2.49), 1)
    8.0
    """
    if error is None or gain <= 0.0:
        return None
    return WEEKS_TRIED * (noises_wanted(doubt) * error / gain) ** 2
