"""What all records so far say about small moves: a Bayesian response to settings and conditions under noise with a memory.

The response of a setting is a line, a bend, and kinks where it was run: a change of slope at each of those places, so that the
response between them may have any shape. At the lowest and the highest place the slope may change more than it does inside:
nothing is known of it there, and what lies beyond is the less sure the farther it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

__all__ = ["Basis", "Belief", "learn_belief"]

# All own assumptions: widths of the prior of a straight effect of one small move, in standard deviations of the noise; of bends
# and products as a share of that; of conditions (one standard deviation of them); memory of the noise from period to period.
WIDTHS = (0.03, 0.1, 0.3, 1.0, 3.0)
BEND_SHARE = 0.3
KINK_SHARE = 2.0  # of slopes that lie one move apart; the slope wanders, so it grows with the root of the distance
BEYOND_SHARE = 2.0  # of the slope beyond the border of what was run against that inside it
KINK_SPACE = 0.4  # [moves] places that are closer share a kink
PLACES_MOST = 14  # of one setting, borders included
CONDITION_WIDTH = 2.0
INTERCEPT_WIDTH = 100.0
MEMORIES = (0.0, 0.5, 0.8, 0.95, 0.99)
CROSS_MOST = 6  # settings: with more of them products are left out
CAUTION = 2.0  # on the belief's standard deviation for limits: of many moves the one that flatters itself most is chosen
WEIGHT_LEAST = 1e-4  # of the weightiest point of the grid: lighter ones are left out
NOISE_SHAPE = 1.0  # weight of the prior on the noise's variance, which is that of the data [periods / 2]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Basis:
    """How moves become terms: lines, bends, products where settings are few, and kinks.

    A kink is max(side (x - place), 0). With normal changes of slope whose variance is the distance between their places, kinks
    are the integrated random walk whose posterior is a smoothing spline (Wahba, Journal of the Royal Statistical Society B 40
    (1978) 364), here of slopes that wander outwards from the median place; the wider prior at the border is an own assumption.

    Parameters
    ----------
    kinks : tuple of tuple of (float, float, float)
        For each column: place [moves], side (1 or -1), and prior width against that of a line, above 0 [-]; the outermost
        places are the borders of what was run.
    """

    kinks: tuple[tuple[tuple[float, float, float], ...], ...]

    @classmethod
    def of(cls, moves: Floats, is_ordered: Sequence[bool] | None = None) -> Basis:
        """Return the terms for what was run, `moves` of shape (periods, axes); columns that are not ordered have no kinks."""
        ordered = [True] * moves.shape[1] if is_ordered is None else is_ordered
        return cls(tuple(_kinks(column) if has else () for column, has in zip(moves.T, ordered, strict=True)))

    @property
    def widths(self) -> Floats:
        """Prior width of each term as a share of that of a line [-]."""
        n_lines = len(self.kinks)
        n_smooth = _smooth_terms(np.zeros((1, n_lines))).shape[1]
        smooth = np.where(np.arange(n_smooth) < n_lines, 1.0, BEND_SHARE)
        return np.concatenate([smooth, [width for kinks in self.kinks for _, _, width in kinks]])

    def terms(self, moves: Floats) -> Floats:
        """Return the terms of rows of `moves`, a column each."""
        columns = [_smooth_terms(moves)]
        for at, kinks in enumerate(self.kinks):
            columns += [np.maximum(side * (moves[:, [at]] - place), 0.0) for place, side, _ in kinks]
        return np.concatenate(columns, axis=1)


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
        variance = ((terms @ self.roots) ** 2).sum(axis=2).T * (self.scales / np.maximum(self.shapes - 1.0, 0.5))
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
    is_ordered: Sequence[bool] | None = None,
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
    is_ordered : sequence of bool, optional
        For each axis whether values between those that were run mean something; default all.
    """
    filled = _filled(conditions)
    scale = float(np.std(outcome)) or 1.0
    middle = float(np.mean(outcome))
    y = (outcome - middle) / scale
    basis = Basis.of(moves, is_ordered)
    widths = basis.widths
    points: list[_Point] = []
    for felt in (moves, *otherwise):
        design = np.column_stack([basis.terms(felt), np.ones(len(y)), filled])
        points += [point for rho in MEMORIES for point in _fits(design, y, gaps, rho, widths)]
    most = max(point.evidence for point in points)
    points = [point for point in points if point.evidence >= most + math.log(WEIGHT_LEAST)]
    weights = np.exp([point.evidence - most for point in points])
    t = len(widths)
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
    """Posterior for one point of the grid; evidence up to a constant, `root` of the settings' terms alone."""

    memory: float
    evidence: float
    mean: Floats
    root: Floats
    shape: float
    rate: float


def _filled(conditions: Floats) -> Floats:
    """Conditions in standard deviations from their mean; those that never move are left out."""
    known = np.isfinite(conditions)
    filled = np.where(known, conditions, 0.0)
    count = np.maximum(known.sum(axis=0), 1)
    centre = filled.sum(axis=0) / count
    filled = np.where(known, conditions - centre, 0.0)
    size = np.sqrt((filled**2).sum(axis=0) / count)
    return np.asarray(filled[:, size > 0] / size[size > 0])


def _smooth_terms(moves: Floats) -> Floats:
    """Return lines, bends and, for few settings, products of the columns of `moves`."""
    columns = [moves, moves**2]
    k = moves.shape[1]
    if 1 < k <= CROSS_MOST:
        a, b = np.triu_indices(k, 1)
        columns.append(moves[:, a] * moves[:, b])
    return np.concatenate(columns, axis=1)


def _kinks(column: Floats) -> tuple[tuple[float, float, float], ...]:
    """Places where the slope may change, to which side of each, and by how much."""
    places = _places(column)
    middle = float(np.median(column))
    kinks = [(places[0], -1.0, BEYOND_SHARE), (places[-1], 1.0, BEYOND_SHARE)]
    for at in range(1, len(places) - 1):
        apart = (places[at + 1] - places[at - 1]) / 2.0
        sides = [side for side in (-1.0, 1.0) if side * (places[at] - middle) >= -KINK_SPACE / 2.0]
        kinks += [(places[at], side, KINK_SHARE * math.sqrt(apart)) for side in sides]
    return tuple(kinks)


def _places(column: Floats) -> list[float]:
    """Different places that were run, at most 14; the first and the last are the lowest and the highest."""
    values: list[float] = np.unique(column).tolist()
    kept = values[:1]
    for value in values[1:-1]:
        if value - kept[-1] >= KINK_SPACE and values[-1] - value >= KINK_SPACE:
            kept.append(value)
    kept.append(values[-1])
    if len(kept) <= PLACES_MOST:
        return kept
    return [kept[at] for at in np.linspace(0, len(kept) - 1, PLACES_MOST).round().astype(int)]


def _fits(design: Floats, y: Floats, gaps: NDArray[np.int64], rho: float, groups: Floats) -> list[_Point]:
    """Posteriors for one memory, one for each prior width; `groups` are the widths of the settings' terms against a line's."""
    share = rho ** gaps.astype(np.float64)
    share[0] = 0.0
    variance = (1.0 - share**2) / (1.0 - rho**2)
    x = design.copy()
    x[1:] -= share[1:, None] * design[:-1]
    z = y.copy()
    z[1:] -= share[1:] * y[:-1]
    x, z = x / np.sqrt(variance)[:, None], z / np.sqrt(variance)
    gram, along, total = x.T @ x, x.T @ z, float(z @ z)
    t = len(groups)
    shape = NOISE_SHAPE + len(y) / 2.0
    known = NOISE_SHAPE * math.log(1.0 - rho**2) - 0.5 * float(np.log(variance).sum())
    points = []
    for width in WIDTHS:
        # widths are in standard deviations of a period; the noise's variance is that of an innovation
        widths = np.concatenate([groups * width, [INTERCEPT_WIDTH], np.full(x.shape[1] - t - 1, CONDITION_WIDTH)])
        widths /= math.sqrt(1.0 - rho**2)
        inner = gram * np.outer(widths, widths) + np.eye(len(widths))
        factor = linalg.cholesky(inner, lower=True, check_finite=False)
        pull = linalg.solve_triangular(factor, along * widths, lower=True, check_finite=False)
        mean = linalg.solve_triangular(factor.T, pull, lower=False, check_finite=False) * widths
        rate = NOISE_SHAPE * (1.0 - rho**2) + 0.5 * max(total - float(pull @ pull), 0.0)
        evidence = known - float(np.log(np.diag(factor)).sum()) - shape * math.log(rate)
        inverse = linalg.solve_triangular(factor, np.eye(len(inner)), lower=True, check_finite=False) * widths
        points.append(_Point(rho, evidence, mean, inverse[:, :t].T, shape, rate))
    return points
