"""What all records so far say about small moves: a Bayesian response to settings and conditions under noise with a memory.

How moves become a response is told by `Basis`. How large its effects may be differs from setting to setting: each numeric one
has its own prior width, and choices have one. Which widths, memory and settling the records speak for is learned with the rest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from workbench.trials.basis import JUMP_WIDTH, Basis
from workbench.trials.evidence import ResponseModel
from workbench.trials.grid_walk import walk_grid

__all__ = ["Belief", "learn_belief", "standardized"]

SPREAD_MOST = 30.0  # of an outcome against its noise: above, records are too few to tell; own assumption
FAR = 1e4  # [widths] beyond which no quantile lies
RESULTS_PER_TERM = 10  # from which on conditions have products: with fewer they would explain what settings do; own assumption
WEIGHT_LEAST = 1e-3  # of the weightiest point of the grid: lighter ones are left out

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Belief:
    """Posterior of the response, a mixture over widths of the effects, memories and mixes of the noise, and settling times.

    Parameters
    ----------
    weights : ndarray of shape (points,)
        Share of belief in each point of the grid [-].
    means : ndarray of shape (points, terms)
        Posterior mean of the settings' terms [unit of the outcome].
    roots : ndarray of shape (points, terms, coefficients)
        Roots of their posterior scale: covariance = root root' for a noise variance of one.
    shapes, scales : ndarray of shape (points,)
        Inverse gamma posterior of the variance of a period's noise.
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
    period_sds: Floats
    basis: Basis

    @property
    def period_sd(self) -> float:
        """Standard deviation of a single period around the response [unit of the outcome]."""
        return float(np.sqrt(self.period_sds**2 @ self.weights))

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

    def root(self) -> Floats:
        """Return a root of the settings' terms' covariance over the whole mixture: covariance = root root'."""
        variance = self.weights * self.scales / np.maximum(self.shapes - 1.0, 0.5)
        away = (self.means - self.weights @ self.means) * np.sqrt(self.weights)[:, None]
        within = np.einsum("p,pik,pjk->ij", variance, self.roots, self.roots, optimize=True)
        values, vectors = np.linalg.eigh(within + away.T @ away)
        return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


def learn_belief(
    moves: Floats,
    conditions: Floats,
    outcome: Floats,
    gaps: NDArray[np.int64],
    *,
    otherwise: Sequence[Floats] = (),
    choices: Sequence[int | None] | None = None,
    whole: Sequence[int] = (),
    tied: bool = False,
) -> Belief:
    """Return what the periods with a result say.

    The outcome is a constant, the terms of the settings (`Basis`), lines, bends and products of the conditions, and noise: a
    level with a memory from period to period, and scatter without. Rows are freed of the memory; coefficients and the noise's
    variance then have their conjugate posterior, and each prior width, noise and settling time counts by its marginal
    likelihood (Gelman and others, Bayesian Data Analysis, ch. 14).

    Parameters
    ----------
    moves : ndarray of shape (periods, axes)
        Settings as the process feels them, in moves from the origin; columns beyond those of `choices` are conditions that may
        change the settings' effects, in standard deviations from their mean.
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
    whole : sequence of int
        Axes that take whole numbers only.
    tied : bool
        True to take the effects of all settings for about as large, and the response for one that stands still: what was run
        then tells of what was not. Own assumption for limits, which forbid every move that is hardly known.
    """
    scale = float(np.std(outcome)) or 1.0
    middle = float(np.mean(outcome))
    basis, columns = Basis.of(moves, choices, whole), _condition_terms(standardized(conditions))
    if basis.n_conditions:
        basis = replace(basis, jump=JUMP_WIDTH * _times_noise(basis.terms(moves), columns, outcome))
    model = ResponseModel(basis, (moves, *otherwise), columns, (outcome - middle) / scale, gaps, tied=tied)
    found = walk_grid(model.sizes, model.start, model.evidence)
    most = max(found.values())
    kept = {at: log - most for at, log in found.items() if log >= most + math.log(WEIGHT_LEAST)}
    points = [model.posterior(at) for at in kept]
    weights = np.exp(list(kept.values()))
    t = basis.terms(moves[:1]).shape[1]
    shapes, scales = np.array([p.shape for p in points]), np.array([p.rate for p in points])
    return Belief(
        weights=weights / weights.sum(),
        means=np.array([p.mean[:t] for p in points]) * scale,
        roots=np.array([p.root for p in points]) * scale,
        shapes=shapes,
        scales=scales,
        period_sds=np.sqrt(scales / np.maximum(shapes - 1.0, 0.5)) * scale,
        basis=basis,
    )


def _times_noise(terms: Floats, conditions: Floats, outcome: Floats) -> float:
    """Spread of the outcome in standard deviations of what no straight line in terms and conditions explains, 1 to 30."""
    design = np.column_stack([terms, conditions, np.ones(len(outcome))])
    fitted, _, rank, _ = np.linalg.lstsq(design, outcome, rcond=None)
    left = float(np.sum((outcome - design @ fitted) ** 2)) / max(len(outcome) - int(rank), 1)
    return float(np.clip(np.std(outcome) / max(math.sqrt(left), 1e-300), 1.0, SPREAD_MOST)) if left > 0.0 else 1.0


def _condition_terms(conditions: Floats) -> Floats:
    """Return lines and bends of conditions, and their products where results are many, in standard deviations of each.

    A price times a demand is a product; where people set by the hour, what is left of it would be credited to the settings.
    """
    n_results, k = conditions.shape
    columns = [conditions, conditions**2]
    if n_results >= RESULTS_PER_TERM * (k * (k + 3) // 2):
        columns += [conditions[:, [a]] * conditions[:, [b]] for a, b in combinations(range(k), 2)]
    return standardized(np.column_stack(columns))


def standardized(conditions: Floats) -> Floats:
    """Return conditions in standard deviations from their mean, nan as 0; those that never move are left out."""
    known = np.isfinite(conditions)
    filled = np.where(known, conditions, 0.0)
    count = np.maximum(known.sum(axis=0), 1)
    centre = filled.sum(axis=0) / count
    filled = np.where(known, conditions - centre, 0.0)
    size = np.sqrt((filled**2).sum(axis=0) / count)
    return np.asarray(filled[:, size > 0] / size[size > 0])
