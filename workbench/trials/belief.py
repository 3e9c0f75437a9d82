"""What all records so far say about small moves: a Bayesian response to settings and conditions under noise with a memory."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

__all__ = ["Belief", "learn_belief"]

# All own assumptions: widths of the prior of a straight effect of one small move, in standard deviations of the noise; of bends
# and products as a share of that; of conditions (one standard deviation of them); memory of the noise from period to period.
WIDTHS = (0.03, 0.1, 0.3, 1.0, 3.0)
BEND_SHARE = 0.3
CONDITION_WIDTH = 2.0
INTERCEPT_WIDTH = 100.0
MEMORIES = (0.0, 0.5, 0.8, 0.95, 0.99)
CROSS_MOST = 6  # settings: with more of them products are left out
CAUTION = 2.0  # on the belief's standard deviation for limits: of many moves the one that flatters itself most is chosen
NOISE_SHAPE = 1.0  # weight of the prior on the noise's variance, which is that of the data [periods / 2]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Belief:
    """Posterior of the response, a mixture over widths of the effects and memories of the noise.

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
    n_axes : int
        Columns of settings, in moves.
    """

    weights: Floats
    means: Floats
    roots: Floats
    shapes: Floats
    scales: Floats
    levels: Floats
    period_sds: Floats
    n_axes: int

    def change(self, moves: Floats, origin: Floats) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of the response at rows of `moves` less that at `origin`."""
        terms = setting_terms(moves) - setting_terms(origin[None, :])
        each = terms @ self.means.T  # rows, points
        mean = each @ self.weights
        spread = np.einsum("rt,gts->grs", terms, self.roots)
        variance = (spread**2).sum(axis=2).T * (self.scales / np.maximum(self.shapes - 1.0, 0.5))
        second = (variance + each**2) @ self.weights
        return mean, np.sqrt(np.maximum(second - mean**2, 0.0))

    def probability_better(self, moves: Floats, origin: Floats) -> Floats:
        """Return the chance that the response at each row of `moves` is above that at `origin` [-]."""
        mean, sd = self.change(moves, origin)
        return np.array([0.5 * math.erfc(-m / s / math.sqrt(2.0)) if s > 0 else 0.5 for m, s in zip(mean, sd, strict=True)])

    def draw(self, moves: Floats, rng: np.random.Generator) -> Floats:
        """Return the response at rows of `moves` of one plant drawn from the belief (Thompson sampling [1]_).

        References
        ----------
        .. [1] W. R. Thompson, On the likelihood that one unknown probability exceeds another, Biometrika 25 (1933) 285.
        """
        point = int(rng.choice(len(self.weights), p=self.weights))
        variance = self.scales[point] / rng.gamma(self.shapes[point])
        terms = self.means[point] + math.sqrt(variance) * self.roots[point] @ rng.standard_normal(self.roots.shape[2])
        return np.asarray(setting_terms(moves) @ terms)

    def held(self, moves: Floats, bound: float, *, is_high: bool) -> Floats:
        """Return the chance that a single period at each row of `moves` lies within a bound, under mean conditions [-]."""
        mean, sd = self.change(moves, np.zeros(self.n_axes))
        level = float(self.levels @ self.weights)
        noise = float(np.sqrt(self.period_sds**2 @ self.weights))
        spread = np.maximum(np.hypot(CAUTION * sd, noise), 1e-300)
        z = (bound - level - mean) / spread * (1.0 if is_high else -1.0)
        return np.array([0.5 * math.erfc(-value / math.sqrt(2.0)) for value in z])


def learn_belief(moves: Floats, conditions: Floats, outcome: Floats, gaps: NDArray[np.int64]) -> Belief:
    """Return what the periods with a result say.

    The outcome is a constant, straight lines, bends and products of the settings, straight lines of the conditions, and noise
    with memory rho from period to period. Rows are freed of the memory (each less rho**gap times the one before); coefficients
    and the noise's variance then have their conjugate posterior, and each pair of prior width and memory counts by its marginal
    likelihood (Gelman and others, Bayesian Data Analysis, ch. 14).

    Parameters
    ----------
    moves : ndarray of shape (periods, axes)
        Settings in moves from the origin.
    conditions : ndarray of shape (periods, k)
        Nan counts as the mean.
    outcome : ndarray of shape (periods,)
        Finite.
    gaps : ndarray of int, shape (periods,)
        Periods since the one before, 1 or more; the first counts as the start of the memory.
    """
    n_axes = moves.shape[1]
    known = np.isfinite(conditions)
    filled = np.where(known, conditions, 0.0)
    count = np.maximum(known.sum(axis=0), 1)
    centre = filled.sum(axis=0) / count
    filled = np.where(known, conditions - centre, 0.0)
    size = np.sqrt((filled**2).sum(axis=0) / count)
    filled = filled[:, size > 0] / size[size > 0]
    terms = setting_terms(moves)
    design = np.column_stack([terms, np.ones(len(outcome)), filled])
    scale = float(np.std(outcome)) or 1.0
    middle = float(np.mean(outcome))
    y = (outcome - middle) / scale
    groups = _widths(n_axes, terms.shape[1])
    points = [_fit(design, y, gaps, rho, width, groups, filled.shape[1]) for rho in MEMORIES for width in WIDTHS]
    log_weights = np.array([point[0] for point in points])
    weights = np.exp(log_weights - log_weights.max())
    t = terms.shape[1]
    marginal = 1.0 - np.repeat(MEMORIES, len(WIDTHS)) ** 2  # of the noise's variance from period to period
    shapes, scales = np.array([p[3] for p in points]), np.array([p[4] for p in points])
    return Belief(
        weights=weights / weights.sum(),
        means=np.array([p[1][:t] for p in points]) * scale,
        roots=np.array([p[2] for p in points]) * scale,
        shapes=shapes,
        scales=scales,
        levels=np.array([p[1][t] for p in points]) * scale + middle,
        period_sds=np.sqrt(scales / np.maximum(shapes - 1.0, 0.5) / marginal) * scale,
        n_axes=n_axes,
    )


def setting_terms(moves: Floats) -> Floats:
    """Return lines, bends and, for few settings, products of the columns of `moves`."""
    columns = [moves, moves**2]
    k = moves.shape[1]
    if 1 < k <= CROSS_MOST:
        a, b = np.triu_indices(k, 1)
        columns.append(moves[:, a] * moves[:, b])
    return np.concatenate(columns, axis=1)


def _widths(n_axes: int, n_terms: int) -> Floats:
    """Prior width of each term as a share of that of a line."""
    return np.where(np.arange(n_terms) < n_axes, 1.0, BEND_SHARE)


def _fit(
    design: Floats, y: Floats, gaps: NDArray[np.int64], rho: float, width: float, groups: Floats, n_conditions: int
) -> tuple[float, Floats, Floats, float, float]:
    """Log evidence, posterior mean, root of the settings' scale, shape and scale of the noise, for one point of the grid."""
    share = rho ** gaps.astype(np.float64)
    share[0] = 0.0
    variance = (1.0 - share**2) / (1.0 - rho**2)
    x = design.copy()
    x[1:] -= share[1:, None] * design[:-1]
    z = y.copy()
    z[1:] -= share[1:] * y[:-1]
    x, z = x / np.sqrt(variance)[:, None], z / np.sqrt(variance)
    # widths are in standard deviations of a period; the noise's variance is that of an innovation
    widths = np.concatenate([groups * width, [INTERCEPT_WIDTH], np.full(n_conditions, CONDITION_WIDTH)]) / math.sqrt(
        1.0 - rho**2
    )
    scaled = x * widths
    inner = scaled.T @ scaled + np.eye(x.shape[1])
    factor = linalg.cholesky(inner, lower=True, check_finite=False)
    pull = linalg.solve_triangular(factor, scaled.T @ z, lower=True, check_finite=False)
    mean = linalg.solve_triangular(factor.T, pull, lower=False, check_finite=False) * widths
    shape = NOISE_SHAPE + len(y) / 2.0
    rate = NOISE_SHAPE * (1.0 - rho**2) + 0.5 * max(float(z @ z - pull @ pull), 0.0)
    evidence = (
        NOISE_SHAPE * math.log(1.0 - rho**2)
        - float(np.log(np.diag(factor)).sum())
        - shape * math.log(rate)
        - 0.5 * float(np.log(variance).sum())
    )
    t = len(groups)
    inverse = linalg.solve_triangular(factor, np.eye(len(inner)), lower=True, check_finite=False) * widths
    return evidence, mean, inverse[:, :t].T, shape, rate
