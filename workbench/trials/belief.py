"""What all records so far say about small moves: a Bayesian response to settings and conditions under noise with a memory.

How moves become a response is told by `Basis`. How large its effects may be differs from setting to setting: each numeric one
has its own prior width, and choices have one. Which widths, memory and settling the records speak for is learned with the rest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize, special

from workbench.trials.basis import Basis
from workbench.trials.grid_walk import walk_grid

__all__ = ["Belief", "learn_belief"]

# All own assumptions: prior widths of a straight effect of one small move, and of one choice against another, in standard
# deviations of the noise; of conditions (one standard deviation of them); memory of the noise from period to period.
WIDTHS = (0.1, 0.3, 1.0, 3.0)
CHOICE_WIDTHS = (1.0, 3.0, 10.0)  # a choice may change much at once; where it is narrow, one never run is thought harmless
CONDITION_WIDTH = 2.0
INTERCEPT_WIDTH = 100.0
MEMORIES = (0.0, 0.5, 0.8, 0.95, 0.99)
START = 2  # place in MEMORIES and WIDTHS where the search begins
CAUTION = 1.0  # on the belief's standard deviation for limits: 1 is what it says itself
FAR = 1e4  # [widths] beyond which no quantile lies
WEIGHT_LEAST = 1e-3  # of the weightiest point of the grid: lighter ones are left out
NOISE_SHAPE = 1.0  # weight of the prior on the noise's variance, which is that of the data [periods / 2]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Belief:
    """Posterior of the response, a mixture over widths of the effects, memories of the noise and settling times.

    Parameters
    ----------
    weights : ndarray of shape (points,)
        Share of belief in each point of the grid [-].
    means : ndarray of shape (points, terms)
        Posterior mean of the settings' terms [unit of the outcome].
    roots : ndarray of shape (points, terms, coefficients)
        Roots of their posterior scale: covariance = root root' for a noise variance of one.
    shapes, scales : ndarray of shape (points,)
        Inverse gamma posterior of the noise's innovation variance.
    levels : ndarray of shape (points,)
        Posterior mean at the origin under mean conditions [unit of the outcome].
    period_sds : ndarray of shape (points,)
        Standard deviation of a single period around the response [unit of the outcome].
    basis : Basis
        How moves become terms.
    """

    weights: Floats
    means: Floats
    roots: Floats
    shapes: Floats
    scales: Floats
    levels: Floats
    period_sds: Floats
    basis: Basis

    def change(self, moves: Floats, origin: Floats) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of the response at rows of `moves` less that at `origin`."""
        terms = self.basis.terms(moves) - self.basis.terms(origin[None, :])
        each = terms @ self.means.T  # rows, points
        mean = each @ self.weights
        variance = self.weights * self.scales / np.maximum(self.shapes - 1.0, 0.5)
        within = np.einsum("p,pik,pjk->ij", variance, self.roots, self.roots, optimize=True)
        second = ((terms @ within) * terms).sum(axis=1) + each**2 @ self.weights
        return mean, np.sqrt(np.maximum(second - mean**2, 0.0))

    def quantiles(self, move: Floats, origin: Floats, shares: Sequence[float]) -> list[float]:
        """Return quantiles of the response at a single `move` less that at `origin`."""
        place, width = self._each(move, origin)
        if not (width > 0.0).any():
            return [0.0] * len(shares)
        ends = float((place - FAR * width).min()), float((place + FAR * width).max())
        return [
            float(optimize.brentq(lambda value, wanted=share: self._below(value, place, width) - wanted, *ends))
            for share in shares
        ]

    def probability_better(self, move: Floats, origin: Floats) -> float:
        """Return the chance that the response at a single `move` is above that at `origin` [-]."""
        place, width = self._each(move, origin)
        return 1.0 - self._below(0.0, place, width) if (width > 0.0).any() else 0.5

    def _each(self, move: Floats, origin: Floats) -> tuple[Floats, Floats]:
        """Middle and width of the response's change for each point of the grid, distributed by Student's t."""
        [terms] = self.basis.terms(move[None, :]) - self.basis.terms(origin[None, :])
        return self.means @ terms, np.sqrt(((terms @ self.roots) ** 2).sum(axis=1) * self.scales / self.shapes)

    def _below(self, value: float, place: Floats, width: Floats) -> float:
        away = (value - place) / np.maximum(width, 1e-300)
        return float(special.stdtr(2.0 * self.shapes, away) @ self.weights)

    def draw(self, moves: Floats, rng: np.random.Generator) -> Floats:
        """Return the response at rows of `moves` of one plant drawn from the belief (Thompson sampling [1]_).

        References
        ----------
        .. [1] W. R. Thompson, On the likelihood that one unknown probability exceeds another, Biometrika 25 (1933) 285.
        """
        point = int(rng.choice(len(self.weights), p=self.weights))
        variance = self.scales[point] / rng.gamma(self.shapes[point])
        terms = self.means[point] + math.sqrt(variance) * self.roots[point] @ rng.standard_normal(self.roots.shape[2])
        return np.asarray(self.basis.terms(moves) @ terms)

    def held(self, moves: Floats, bound: float, *, is_high: bool) -> Floats:
        """Return the chance that a single period at each row of `moves` lies within a bound, under mean conditions [-]."""
        mean, sd = self.change(moves, np.zeros(len(self.basis.kinks)))
        level = float(self.levels @ self.weights)
        noise = float(np.sqrt(self.period_sds**2 @ self.weights))
        spread = np.maximum(np.hypot(CAUTION * sd, noise), 1e-300)
        z = (bound - level - mean) / spread * (1.0 if is_high else -1.0)
        return np.array([0.5 * math.erfc(-value / math.sqrt(2.0)) for value in z])


def learn_belief(
    moves: Floats,
    conditions: Floats,
    outcome: Floats,
    gaps: NDArray[np.int64],
    *,
    otherwise: Sequence[Floats] = (),
    choices: Sequence[int | None] | None = None,
) -> Belief:
    """Return what the periods with a result say.

    The outcome is a constant, the terms of the settings (`Basis`), straight lines of the conditions, and noise with memory rho
    from period to period. Rows are freed of the memory (each less rho**gap times the one before); coefficients and the noise's
    variance then have their conjugate posterior, and each prior width, memory and settling time counts by its marginal
    likelihood (Gelman and others, Bayesian Data Analysis, ch. 14).

    Parameters
    ----------
    moves : ndarray of shape (periods, axes)
        Settings as the process feels them, in moves from the origin.
    conditions : ndarray of shape (periods, k)
        Nan counts as the mean.
    outcome : ndarray of shape (periods,)
        Finite.
    gaps : ndarray of int, shape (periods,)
        Periods since the one before, 1 or more; the first counts as the start of the memory.
    otherwise : sequence of ndarray of shape (periods, axes)
        The same settings as a quicker or a slower process would feel them; each is as credible beforehand as `moves`.
    choices : sequence of (int or None), optional
        For each axis which setting with choices it belongs to, None for a numeric one; default all numeric.
    """
    scale = float(np.std(outcome)) or 1.0
    middle = float(np.mean(outcome))
    basis = Basis.of(moves, choices)
    model = _Model(basis, (moves, *otherwise), _filled(conditions), (outcome - middle) / scale, gaps)
    found = walk_grid(model.sizes, model.start, model.evidence)
    most = max(found.values())
    kept = {at: log - most for at, log in found.items() if log >= most + math.log(WEIGHT_LEAST)}
    points = [model.posterior(at) for at in kept]
    weights = np.exp(list(kept.values()))
    t = basis.terms(moves[:1]).shape[1]
    here = basis.terms(np.zeros((1, moves.shape[1])))[0]  # kinks that point to the origin from elsewhere are not 0 there
    shapes, scales = np.array([p.shape for p in points]), np.array([p.rate for p in points])
    marginal = np.array([1.0 - p.memory**2 for p in points])  # of the noise's variance from period to period
    return Belief(
        weights=weights / weights.sum(),
        means=np.array([p.mean[:t] for p in points]) * scale,
        roots=np.array([p.root for p in points]) * scale,
        shapes=shapes,
        scales=scales,
        levels=np.array([p.mean[t] + here @ p.mean[:t] for p in points]) * scale + middle,
        period_sds=np.sqrt(scales / np.maximum(shapes - 1.0, 0.5) / marginal) * scale,
        basis=basis,
    )


@dataclass(frozen=True)
class _Point:
    """Posterior for one point of the grid; `root` of the settings' terms alone."""

    memory: float
    mean: Floats
    root: Floats
    shape: float
    rate: float


@dataclass(frozen=True)
class _Whitened:
    """Results freed of the noise's memory: products of the columns, of columns and outcome, and of the outcome."""

    gram: Floats
    along: Floats
    total: float
    known: float  # part of the log evidence that no width changes


@dataclass(frozen=True)
class _Solved:
    """Linear algebra of one point: its factor, scaled mean, rate of the noise's variance, and log evidence."""

    widths: Floats
    factor: Floats
    pull: Floats
    rate: float
    evidence: float


class _Model:
    """The evidence and the posterior of each point of the grid: settling, memory, and a width for each owner."""

    def __init__(self, basis: Basis, felts: Sequence[Floats], filled: Floats, outcome: Floats, gaps: NDArray[np.int64]) -> None:
        self.basis, self.outcome, self.gaps = basis, outcome, gaps
        self.designs = [np.column_stack([basis.terms(felt), np.ones(len(outcome)), filled]) for felt in felts]
        self.n_conditions = filled.shape[1]
        self.grids = [CHOICE_WIDTHS if owner == basis.choices.count(None) else WIDTHS for owner in sorted(set(basis.owners))]
        self.shape = NOISE_SHAPE + len(outcome) / 2.0
        self._whitened: dict[tuple[int, int], _Whitened] = {}

    @property
    def sizes(self) -> tuple[int, ...]:
        return len(self.designs), len(MEMORIES), *(len(grid) for grid in self.grids)

    @property
    def start(self) -> tuple[int, ...]:
        return 0, START, *(len(grid) // 2 for grid in self.grids)

    def evidence(self, at: tuple[int, ...]) -> float:
        """Return the log marginal likelihood, up to a constant."""
        return self._solved(at).evidence

    def posterior(self, at: tuple[int, ...]) -> _Point:
        """Return what the results say if the point is right."""
        solved = self._solved(at)
        mean = linalg.solve_triangular(solved.factor.T, solved.pull, lower=False, check_finite=False) * solved.widths
        inverse = linalg.solve_triangular(solved.factor, np.diag(solved.widths), lower=True, check_finite=False)
        t = len(mean) - 1 - self.n_conditions
        return _Point(MEMORIES[at[1]], mean, inverse[:, :t].T, self.shape, solved.rate)

    def _solved(self, at: tuple[int, ...]) -> _Solved:
        data, rho = self._freed(at[0], at[1]), MEMORIES[at[1]]
        sizes = np.array([grid[place] for grid, place in zip(self.grids, at[2:], strict=True)])
        # widths are in standard deviations of a period; the noise's variance is that of an innovation
        widths = np.concatenate([self.basis.widths(sizes), [INTERCEPT_WIDTH], np.full(self.n_conditions, CONDITION_WIDTH)])
        widths /= math.sqrt(1.0 - rho**2)
        inner = data.gram * np.outer(widths, widths) + np.eye(len(widths))
        factor = linalg.cholesky(inner, lower=True, check_finite=False)
        pull = linalg.solve_triangular(factor, data.along * widths, lower=True, check_finite=False)
        rate = NOISE_SHAPE * (1.0 - rho**2) + 0.5 * max(data.total - float(pull @ pull), 0.0)
        evidence = data.known - float(np.log(np.diag(factor)).sum()) - self.shape * math.log(rate)
        return _Solved(widths, factor, pull, rate, evidence)

    def _freed(self, felt: int, memory: int) -> _Whitened:
        """Rows less what the noise of the row before leaves of itself."""
        if (felt, memory) not in self._whitened:
            design, y, rho = self.designs[felt], self.outcome, MEMORIES[memory]
            share = rho ** self.gaps.astype(np.float64)
            share[0] = 0.0
            variance = (1.0 - share**2) / (1.0 - rho**2)
            x, z = design.copy(), y.copy()
            x[1:] -= share[1:, None] * design[:-1]
            z[1:] -= share[1:] * y[:-1]
            x, z = x / np.sqrt(variance)[:, None], z / np.sqrt(variance)
            known = NOISE_SHAPE * math.log(1.0 - rho**2) - 0.5 * float(np.log(variance).sum())
            self._whitened[felt, memory] = _Whitened(x.T @ x, x.T @ z, float(z @ z), known)
        return self._whitened[felt, memory]


def _filled(conditions: Floats) -> Floats:
    """Conditions in standard deviations from their mean; those that never move are left out."""
    known = np.isfinite(conditions)
    filled = np.where(known, conditions, 0.0)
    count = np.maximum(known.sum(axis=0), 1)
    centre = filled.sum(axis=0) / count
    filled = np.where(known, conditions - centre, 0.0)
    size = np.sqrt((filled**2).sum(axis=0) / count)
    return np.asarray(filled[:, size > 0] / size[size > 0])
