"""The effect of the proposed settings in a switchback: estimate, re-randomisation test, interval by test inversion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.errors import InputError
from workbench.switchback.orders import sign_flips

__all__ = ["TIE", "Effect", "Pairs", "make_pairs", "p_value_of", "switchback_effect"]

TUNING = 2.0  # [scales] differences beyond are pulled in (Huber 1964); own assumption: see the benchmark of trials
PULLED_MOST = 0.1  # share of the pairs that are pulled in at most; own assumption
SCALE_OF_MEDIAN = 1.4826  # median absolute value to standard deviation, for the normal distribution
TIE = 1e-9  # relative: sums that differ by less are the same sum in another order
STEPS = 60  # halvings of a bracket

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Effect:
    """What proposed settings did, against present ones, in the outcome's unit; the outcome is one where more is better.

    Parameters
    ----------
    estimate : float
        Effect; nan where no pair of blocks is complete.
    low, high : float
        Ends of the two-sided interval; infinite where there are too few orders for the level.
    p_value : float
        One-sided: share of the orders that would have looked at least as good, the observed one among them (0, 1].
    n_orders : int
        Orders looked at.
    blocks_used : int
        Blocks of complete pairs.
    level : float
        Of the interval (0, 1).
    """

    estimate: float
    low: float
    high: float
    p_value: float
    n_orders: int
    blocks_used: int
    level: float = 0.9


@dataclass(frozen=True)
class Pairs:
    """Differences within the complete pairs of a trial, proposed less present, made free of covariates.

    Parameters
    ----------
    difference : ndarray of shape (pairs,)
        What is left of the outcome's differences.
    unit : ndarray of shape (pairs,)
        What is left of an effect of one: subtracting `effect * unit` from `difference` takes an effect out.
    is_complete : ndarray of bool, shape (all pairs,)
        Which pairs of the trial are complete.
    """

    difference: Floats
    unit: Floats
    is_complete: NDArray[np.bool_]

    def scores(self, effect: float) -> Floats:
        """Return each pair's say on whether the true effect is larger than `effect`, bounded where a pair is an outlier."""
        left, scale = self.difference - effect * self.unit, self.scale(effect)
        return np.asarray(np.clip(left / scale, -TUNING, TUNING)) if scale > 0.0 else left

    def scale(self, effect: float) -> float:
        """Return the usual size of what is left where `effect` is taken out, 0 where most pairs hold no difference at all.

        Differences that many pairs have are no outliers: events of one block in ten are what a trial is about. The scale hangs
        on sizes alone, never on signs, so that the test stays exact.
        """
        size = np.abs(self.difference - effect * self.unit)
        usual = float(np.quantile(size, 1.0 - PULLED_MOST, method="lower"))
        return max(SCALE_OF_MEDIAN * float(np.median(size)), usual / TUNING)


def make_pairs(outcome: Floats, arms: NDArray[np.bool_], covariates: Floats | None = None) -> Pairs:
    """Return the differences within pairs; see `switchback_effect` for the parameters.

    Under the hypothesis that the effect is some number, outcomes less that effect are the same whatever the order was; so are
    covariates. Their regression is therefore free of the order, and what is left of it may be re-randomised exactly
    (Freedman and Lane 1983). The regression is shrunk (ridge) as if all covariates together explained half of the variance
    (own assumption), so that many covariates on few pairs cost little.
    """
    outcome, arms = np.asarray(outcome, dtype=np.float64), np.asarray(arms, dtype=bool)
    n = len(outcome) // 2
    if len(arms) != len(outcome):
        raise InputError(f"{len(outcome)} outcomes and {len(arms)} arms: a trial has one of each a block")
    first, second = arms[0 : 2 * n : 2], arms[1 : 2 * n : 2]
    twice = np.flatnonzero(first == second)
    if len(twice):
        raise InputError(
            f"blocks {2 * twice[0] + 1} and {2 * twice[0] + 2} have the same settings: of each two blocks one is proposed"
        )
    difference = outcome[0 : 2 * n : 2] - outcome[1 : 2 * n : 2]
    is_complete = np.isfinite(difference)
    sign = np.where(first, 1.0, -1.0)[is_complete]
    difference = difference[is_complete]
    left, unit = difference, sign
    if covariates is not None and covariates.size and len(sign):
        moved = np.asarray(covariates, dtype=np.float64)
        moved = (moved[0 : 2 * n : 2] - moved[1 : 2 * n : 2])[is_complete]
        moved = np.where(np.isfinite(moved), moved, 0.0)
        size = np.sqrt((moved**2).mean(axis=0))
        moved = moved[:, size > 0.0] / size[size > 0.0]
        k = moved.shape[1]
        if k:
            hat = moved @ np.linalg.solve(moved.T @ moved + k * np.eye(k), moved.T)
            left, unit = left - hat @ left, unit - hat @ unit
    return Pairs(sign * left, sign * unit, is_complete)


def switchback_effect(
    outcome: Floats,
    arms: NDArray[np.bool_],
    covariates: Floats | None = None,
    level: float = 0.9,
    seed: int = 0,
) -> Effect:
    """Return the effect of the proposed settings, its one-sided p and its interval.

    Within each pair of blocks one has the proposed settings by the toss of a coin. The test takes an effect out of the
    outcomes, and asks in how many of the admissible orders the rest would have spoken for a larger effect as loudly as it did
    (re-randomisation; Fisher 1935). It is exact for any autocorrelation, drift, cycle or step, because only the coin is random.
    Differences that are far outside the others are pulled in (Huber 1964), so that one disturbed pair does not decide.
    The estimate is where as much speaks for more as for less; the interval holds the effects that are not rejected.

    Parameters
    ----------
    outcome : ndarray of shape (n_blocks,)
        Mean of each block after its washout, more is better; nan where the block is lost: its pair is then left out.
    arms : ndarray of bool, shape (n_blocks,)
        True where a block has the proposed settings; of each two in turn one.
    covariates : ndarray of shape (n_blocks, k), optional
        Means of conditions that the settings do not move; nan where not known.
    level : float
        Of the two-sided interval (0, 1).
    seed : int
        Draws orders where there are more than 4096.

    Returns
    -------
    Effect

    Raises
    ------
    InputError
        If arms do not fit the outcomes, or a pair has the same settings twice.

    Examples
    --------
    >>> arms = np.array([True, False] * 7)
    >>> noise = np.array([0.1, 0.0, 0.2, 0.1, 0.0, 0.1, 0.1, 0.1, 0.0, 0.2, 0.1, 0.0, 0.1, 0.2])
    >>> effect = switchback_effect(noise + 1.0 * arms, arms)
    >>> effect.p_value == 1 / 128 and effect.low < 1.0 < effect.high
    True
    """
    pairs = make_pairs(outcome, arms, covariates)
    n = len(pairs.difference)
    if n == 0:
        return Effect(float("nan"), -np.inf, np.inf, 1.0, 1, 0, level)
    flips = sign_flips(n, seed)
    total = float(pairs.unit.sum())
    centre = float(pairs.difference.sum()) / total
    reach = 4.0 * float(np.abs(pairs.difference - centre * pairs.unit).max()) * n / total
    estimate = _crossing(lambda effect: float(pairs.scores(effect).sum()) > 0.0, centre - reach, centre + reach)
    alpha = (1.0 - level) / 2.0
    low, high = -np.inf, np.inf
    if 1.0 / len(flips) <= alpha:
        low = _end(lambda effect: _p_value(pairs.scores(effect), flips) <= alpha, estimate, -max(reach, TIE))
        high = _end(lambda effect: _p_value(-pairs.scores(effect), flips) <= alpha, estimate, max(reach, TIE))
    estimate, low, high = (0.0 if abs(end) <= TIE * reach else end for end in (estimate, low, high))  # halving stops short of 0
    return Effect(estimate, low, high, _p_value(pairs.scores(0.0), flips), len(flips), 2 * n, level)


def p_value_of(pairs: Pairs, seed: int = 0) -> float:
    """Return the one-sided p of no effect alone: quicker than the whole effect where only the test is asked for (0, 1]."""
    n = len(pairs.difference)
    return _p_value(pairs.scores(0.0), sign_flips(n, seed)) if n else 1.0


def _p_value(scores: Floats, flips: Floats) -> float:
    """Share of the orders whose sum is at least the observed one; the observed one, first, is among them."""
    sums = flips @ scores
    return float(np.mean(sums >= sums[0] - TIE * np.abs(scores).sum()))


def _end(is_rejected: Callable[[float], bool], estimate: float, step: float) -> float:
    """Return the end of the effects that are not rejected, from the estimate in the direction of `step`."""
    while not is_rejected(estimate + step):
        step *= 2.0
        if not np.isfinite(step):
            return step
    return _crossing(lambda effect: is_rejected(effect) == (step < 0), *sorted((estimate, estimate + step)))


def _crossing(is_below: Callable[[float], bool], low: float, high: float) -> float:
    """Return where `is_below`, true at `low`, becomes false."""
    for _ in range(STEPS):
        middle = 0.5 * (low + high)
        if is_below(middle):
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)
