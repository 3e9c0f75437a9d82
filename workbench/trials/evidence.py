"""How well each assumption about the response and its noise foretells the results, and what the results say if it is right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from workbench.trials.basis import Basis
from workbench.trials.wander import older_columns

__all__ = ["Posterior", "ResponseModel"]

# All own assumptions: prior widths of a straight effect of one small move, and of one choice against another, in standard
# deviations of the noise; of conditions (one standard deviation of them); memory of the noise from period to period.
WIDTHS = (0.1, 0.3, 1.0, 3.0)
CHOICE_WIDTHS = (1.0, 3.0, 10.0)  # a choice may change much at once; if narrow, one that never ran would be thought harmless
TIED_WIDTHS = (0.03, 0.1, 0.3, 1.0, 3.0)  # of all settings alike
CONDITION_WIDTH = 2.0
INTERCEPT_WIDTH = 100.0
MEMORIES = (0.0, 0.5, 0.8, 0.95, 0.99)
# Share of the noise's variance that has no memory: readings scatter beside a level that drifts slowly. Own assumption.
WHITE_SHARES = (0.0, 0.4, 0.8)
# How far the response wanders in each step back in time, against its widths (the level: against one standard deviation of the
# noise), and how credible that is beforehand. Own assumption.
WANDERS = (0.0, 0.3, 1.0)
WANDER_SHARES = (0.8, 0.1, 0.1)
NOISE_SHAPE = 1.0  # weight of the prior on the noise's variance, which is that of the data [periods / 2]

Floats = NDArray[np.float64]
Point = tuple[int, ...]


@dataclass(frozen=True)
class Posterior:
    """What the results say if one point of the grid is right.

    Parameters
    ----------
    mean : ndarray of shape (coefficients,)
        The settings' terms first, then the constant.
    root : ndarray of shape (terms, terms)
        Root of the scale of the settings' terms: covariance = root root' for a noise variance of one.
    shape, rate : float
        Inverse gamma posterior of the variance of a period's noise.
    """

    mean: Floats
    root: Floats
    shape: float
    rate: float


@dataclass(frozen=True)
class _Freed:
    """Results freed of the noise's memory: products of the columns, of columns and outcome, and of the outcome."""

    gram: Floats
    along: Floats
    total: float
    known: float  # log evidence of the spread of what is new in each result, that no width changes


@dataclass(frozen=True)
class _Solved:
    """Linear algebra of one point."""

    widths: Floats
    factor: Floats
    pull: Floats
    rate: float
    evidence: float


class ResponseModel:
    """A grid of assumptions: settling, the noise's memory and share without, wandering of the response, a width for each owner.

    Columns are the terms of the settings, a constant, conditions, and last what older results have of their own.

    Parameters
    ----------
    basis : Basis
    felts : sequence of ndarray of shape (results, columns)
        Settings as the process feels them, for each settling time that is credible; conditions that steer them after those.
    conditions : ndarray of shape (results, k)
        In standard deviations from their mean.
    outcome : ndarray of shape (results,)
        In standard deviations from its mean.
    gaps : ndarray of int, shape (results,)
        Periods since the result before.
    tied : bool
        True for one width of all owners, and a response that stands still.
    """

    def __init__(
        self,
        basis: Basis,
        felts: Sequence[Floats],
        conditions: Floats,
        outcome: Floats,
        gaps: NDArray[np.int64],
        *,
        tied: bool = False,
    ) -> None:
        self._basis, self._outcome, self._gaps, self._tied = basis, outcome, gaps, tied
        n_settings = len(basis.choices)
        steady = [np.column_stack([basis.terms(felt), np.ones(len(outcome)), conditions]) for felt in felts]
        older = [np.empty((len(outcome), 0)) if tied else older_columns(felt[:, :n_settings]) for felt in felts]
        self._designs = [np.column_stack([x, rest]) for x, rest in zip(steady, older, strict=True)]
        self._n_conditions = conditions.shape[1]
        self._n_steps = (self._designs[0].shape[1] - steady[0].shape[1]) // (n_settings + 1)
        self._owners = sorted(set(basis.owners))
        grids = [CHOICE_WIDTHS if owner == basis.choices.count(None) else WIDTHS for owner in self._owners]
        self._grids = [TIED_WIDTHS] if tied else grids
        self._shape = NOISE_SHAPE + len(outcome) / 2.0
        self._freed_at: dict[tuple[int, int, int], _Freed] = {}

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of values of each coordinate of the grid."""
        n_wanders = len(WANDERS) if self._n_steps else 1
        return len(self._designs), len(MEMORIES), len(WHITE_SHARES), n_wanders, *(len(grid) for grid in self._grids)

    @property
    def start(self) -> Point:
        """A point to begin at: the sheet's settling, a response that stands still, and the middle of the rest."""
        return 0, len(MEMORIES) // 2, 0, 0, *(len(grid) // 2 for grid in self._grids)

    def evidence(self, at: Point) -> float:
        """Return the log of a point's prior and marginal likelihood, up to a constant."""
        return self._solved(at).evidence + math.log(WANDER_SHARES[at[3]])

    def posterior(self, at: Point) -> Posterior:
        """Return what the results say if the point is right."""
        solved = self._solved(at)
        mean = linalg.solve_triangular(solved.factor.T, solved.pull, lower=False, check_finite=False) * solved.widths
        inverse = linalg.solve_triangular(solved.factor, np.diag(solved.widths), lower=True, check_finite=False)
        n_terms = len(self._basis.widths(np.ones(len(self._owners))))
        upper = linalg.qr(inverse[:, :n_terms], mode="economic", check_finite=False)[1]
        return Posterior(mean, upper.T, self._shape, solved.rate)

    def _solved(self, at: Point) -> _Solved:
        data, wander = self._freed(*at[:3]), WANDERS[at[3]]
        sizes = np.array([grid[place] for grid, place in zip(self._grids, at[4:], strict=True)])
        sizes = np.repeat(sizes, len(self._owners)) if self._tied else sizes
        widths = np.concatenate([self._basis.widths(sizes), [INTERCEPT_WIDTH], np.full(self._n_conditions, CONDITION_WIDTH)])
        if wander > 0.0:
            step = wander * np.append(sizes[list(self._basis.owners)], 1.0)
            widths = np.concatenate([widths, np.tile(step, self._n_steps)])
        p = len(widths)
        inner = data.gram[:p, :p] * np.outer(widths, widths) + np.eye(p)
        factor = linalg.cholesky(inner, lower=True, check_finite=False)
        pull = linalg.solve_triangular(factor, data.along[:p] * widths, lower=True, check_finite=False)
        rate = NOISE_SHAPE + 0.5 * max(data.total - float(pull @ pull), 0.0)
        evidence = data.known - float(np.log(np.diag(factor)).sum()) - self._shape * math.log(rate)
        return _Solved(widths, factor, pull, rate, evidence)

    def _freed(self, felt: int, memory: int, white: int) -> _Freed:
        """Rows less what the noise of those before foretells of them, in standard deviations of what is new."""
        at = felt, memory, white
        if at not in self._freed_at:
            rows = np.column_stack([self._designs[felt], self._outcome])
            new, variances = _innovations(rows, self._gaps, MEMORIES[memory], WHITE_SHARES[white])
            new /= np.sqrt(variances)[:, None]
            x, z = new[:, :-1], new[:, -1]
            self._freed_at[at] = _Freed(x.T @ x, x.T @ z, float(z @ z), -0.5 * float(np.log(variances).sum()))
        return self._freed_at[at]


def _innovations(rows: Floats, gaps: NDArray[np.int64], memory: float, white: float) -> tuple[Floats, Floats]:
    """What is new in each row, and its variance where the noise of a period has a variance of one.

    The noise is a level with a memory and a share `white` without, of which a Kalman filter knows the level so far [1]_.

    References
    ----------
    .. [1] R. E. Kalman, A new approach to linear filtering and prediction problems, Journal of Basic Engineering 82 (1960) 35.
    """
    new, variances = rows.copy(), np.empty(len(rows))
    kept = memory ** gaps.astype(np.float64)
    level, spread = np.zeros(rows.shape[1]), 1.0 - white
    for i, share in enumerate(kept):
        if i:
            level *= share
            spread = share**2 * spread + (1.0 - share**2) * (1.0 - white)
            new[i] -= level
        variances[i] = spread + white
        gain = spread / variances[i]
        level += gain * new[i]
        spread *= 1.0 - gain
    return new, variances
