"""Linear regression that lets the evidence decide how much each group of terms may say (empirical Bayes).

Every group of coefficients has one normal prior around zero; its width is found by maximising the evidence of the data
[1]_ [2]_.
Where the data show no effect of a group, its width goes to zero and the model says nothing about it: the optimiser's
optimism is taken out at its root.

References
----------
.. [1] D. J. C. MacKay, Bayesian interpolation, Neural Computation 4 (1992) 415-447.
.. [2] M. E. Tipping, Sparse Bayesian learning and the relevance vector machine, JMLR 1 (2001) 211-244.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

__all__ = ["FLAT", "EvidenceFit", "Moments", "factor_of", "fit_by_evidence", "gram_of", "inverse_of"]

FLAT = -1  # group of terms without a prior: the intercept
N_ROUNDS = 80  # rounds of the fixed-point search; it has settled after 10 to 40 in all cases tried
SETTLED = 1e-3  # largest relative change of a prior width that counts as settled [-]
SHARE_MIN, SHARE_MAX = 1e-8, 1e3  # prior variance of one coefficient as a share of the outcome's variance [-]
BLOCK = 128  # terms up to which a triangular matrix is inverted at once

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """What a regression needs of its rows: products of the (whitened) design `G = X'X`, `b = X'y`, `yy = y'y`, row count."""

    gram: Floats
    cross: Floats
    square: float
    rows: float

    @classmethod
    def of(cls, design: Floats, target: Floats, weights: Floats | None = None) -> Moments:
        """Sum the products over the rows, each counted with its weight (1 where none is given)."""
        if weights is None:
            weights = np.ones(len(target))
        weighted = weights * target
        return cls(gram_of(design, weights), design.T @ weighted, float(weighted @ target), float(weights.sum()))


def gram_of(design: Floats, weights: Floats) -> Floats:
    """Return the products of all columns, summed over the rows, each counted with its weight."""
    if np.all(weights == 1.0):
        return np.asarray(design.T @ design)  # one and the same matrix twice takes half the time
    return np.asarray((design * weights[:, None]).T @ design)


@dataclass(frozen=True)
class EvidenceFit:
    """Posterior mean of the coefficients, the noise variance and each term's prior precision."""

    mean: Floats
    noise_variance: float
    precision: Floats
    log_evidence: float

    def sd(self, moments: Moments, terms: NDArray[np.int64]) -> Floats:
        """Return the posterior standard deviation of some coefficients, given what they were fitted to."""
        scale = 1.0 / np.sqrt(self.precision + np.diag(moments.gram) / self.noise_variance)
        inner = moments.gram * scale / self.noise_variance * scale[:, None]
        inner[np.diag_indices_from(inner)] += self.precision * scale**2
        asked = np.zeros((len(scale), len(terms)))
        asked[terms, np.arange(len(terms))] = scale[terms]
        half = linalg.solve_triangular(factor_of(inner)[0], asked, lower=True)
        return np.asarray(np.linalg.norm(half, axis=0))


def fit_by_evidence(
    moments: Moments, groups: NDArray[np.int64], start: Floats | None = None, n_rounds: int = N_ROUNDS
) -> EvidenceFit:
    """Fit the coefficients and one prior width per group.

    Parameters
    ----------
    moments : Moments
        Products of the whitened rows.
    groups : array of int
        Group of each term; `FLAT` for terms without a prior.
    start : array of float, optional
        Prior precision of each term to start from, the same for all of a group.
    n_rounds : int
        Most rounds of the search.

    Returns
    -------
    EvidenceFit
    """
    variance = max(moments.square / max(moments.rows, 1.0), 1e-100)  # the floor keeps a target of zeros finite
    low, high = 1.0 / (SHARE_MAX * variance), 1.0 / (SHARE_MIN * variance)
    turned = _Turned.of(moments, groups)
    groups = groups[turned.order]
    members = [np.flatnonzero(groups == g) for g in np.unique(groups) if g != FLAT]
    n_flat = int((groups == FLAT).sum())
    precision = np.full(len(groups), 1e-9 / variance)
    for terms in members:
        precision[terms] = len(terms) / (0.3 * variance)
    if start is not None:
        precision = np.clip(start[turned.order], 1e-9 / variance, high)
    noise = variance
    for _ in range(n_rounds):
        mean, spread, _ = turned.posterior(precision, noise)
        before = precision.copy()
        n_determined = float(n_flat)
        for terms in members:
            determined = len(terms) - precision[terms[0]] * float(spread[terms].sum())
            determined = max(determined, 1e-9)
            n_determined += determined
            power = max(float(mean[terms] @ mean[terms]), 1e-300)
            precision[terms] = float(np.clip(determined / power, low, high))
        residual = turned.residual(mean)
        noise = max(residual, 1e-9 * variance * moments.rows) / max(moments.rows - n_determined, 0.2 * moments.rows, 1.0)
        if np.max(np.abs(np.log(precision / before)), initial=0.0) < SETTLED:
            break
    mean, _, log_determinant = turned.posterior(precision, noise)
    residual = turned.residual(mean)
    prior = np.concatenate(members) if members else np.zeros(0, dtype=int)
    log_evidence = 0.5 * (
        float(np.log(precision[prior]).sum())
        - log_determinant
        - moments.rows * np.log(2.0 * np.pi * noise)
        - residual / noise
        - float(mean[prior] @ (precision[prior] * mean[prior]))
    )
    return EvidenceFit(turned.back(mean), float(noise), precision[np.argsort(turned.order)], float(log_evidence))


@dataclass(frozen=True)
class _Turned:
    """Products of rows with the largest group of terms last, and turned so that they are orthogonal: its block is diagonal.

    Terms of one group share one prior width, which a turn leaves alone, and with it lengths and sums of variances within the
    group. What is left to factorise in every round is the block of the other terms.

    Parameters
    ----------
    order : array of int
        The terms' own places: the others, then the largest group.
    turn : array of float, shape (largest, largest)
        Each column one of the orthogonal terms.
    gram : array of float, shape (others, others)
    between : array of float, shape (others, largest)
    diagonal : array of float
        Blocks and diagonal of the gram matrix.
    cross : array of float
    square : float
    """

    order: NDArray[np.int64]
    turn: Floats
    gram: Floats
    between: Floats
    diagonal: Floats
    cross: Floats
    square: float

    @classmethod
    def of(cls, moments: Moments, groups: NDArray[np.int64]) -> _Turned:
        """Turn the terms of the largest group that has a prior."""
        found, sizes = np.unique(groups[groups != FLAT], return_counts=True)
        is_largest = groups == found[sizes.argmax()] if len(found) else np.zeros(len(groups), dtype=bool)
        order, k = np.argsort(is_largest, kind="stable"), int((~is_largest).sum())
        others, largest, cross = order[:k], order[k:], moments.cross[order]
        own, turn = np.linalg.eigh(moments.gram[np.ix_(largest, largest)])
        gram, between = moments.gram[np.ix_(others, others)], moments.gram[np.ix_(others, largest)] @ turn
        cross[k:] = turn.T @ cross[k:]
        return cls(order, turn, gram, between, np.append(np.diag(gram), np.maximum(own, 0.0)), cross, moments.square)

    def back(self, mean: Floats) -> Floats:
        """Return coefficients of the turned terms as those of the terms themselves, in their own places."""
        k, out = len(self.gram), np.empty_like(mean)
        out[self.order] = np.append(mean[:k], self.turn @ mean[k:])
        return out

    def residual(self, mean: Floats) -> float:
        """Return the sum of squares that coefficients of the turned terms leave."""
        k = len(self.gram)
        others, largest = mean[:k], mean[k:]
        explained = others @ (self.gram @ others + 2.0 * (self.between @ largest)) + largest @ (self.diagonal[k:] * largest)
        return float(self.square - 2.0 * (mean @ self.cross) + explained)

    def posterior(self, precision: Floats, noise: float) -> tuple[Floats, Floats, float]:
        """Return mean and variance of each turned term's coefficient, and the log determinant of the posterior precision.

        The largest group is eliminated first (Schur complement). Of the inverse factor L^-1 of what is left, squares tell the
        variances: (LL')^-1 = L^-1' L^-1.
        """
        k = len(self.gram)
        # unit prior scale keeps the matrix well conditioned where a group is switched off (precision 1e8 times the data's)
        scale = 1.0 / np.sqrt(precision + self.diagonal / noise)
        rows = (scale[:k] / noise)[:, None]
        between = self.between * rows
        between *= scale[k:]
        left = self.gram * rows
        left *= scale[:k]
        left[np.diag_indices(k)] += precision[:k] * scale[:k] ** 2
        left -= between @ between.T
        half, half_log_determinant = factor_of(left)
        _invert(half)
        told = scale * self.cross / noise
        others = half.T @ (half @ (told[:k] - between @ told[k:]))
        mean = scale * np.append(others, told[k:] - others @ between)
        carried = linalg.blas.dtrmm(1.0, half, between.T, side=1, lower=1, trans_a=1) if between.size else between.T
        of_others, of_largest = np.einsum("ij,ij->j", half, half), np.einsum("ij,ij->i", carried, carried)
        spread = scale**2 * np.append(of_others, 1.0 + of_largest)
        return mean, spread, 2.0 * (half_log_determinant - float(np.log(scale).sum()))


def factor_of(a: Floats) -> tuple[Floats, float]:
    """Lower Cholesky factor of a positive definite matrix, zeros above it, and half the logarithm of its determinant."""
    factor, failed = linalg.lapack.dpotrf(a, lower=1)
    if failed:
        raise linalg.LinAlgError(f"the matrix is not positive definite (leading minor {failed})")
    return factor, float(np.log(np.diag(factor)).sum())


def _invert(factor: Floats) -> None:
    """Invert a lower Cholesky factor in its place, by halves: products of matrices take less time than LAPACK's inversion."""
    if len(factor) > BLOCK:
        k = len(factor) // 2
        _invert(factor[:k, :k])
        _invert(factor[k:, k:])
        factor[k:, :k] = -factor[k:, k:] @ (factor[k:, :k] @ factor[:k, :k])
    elif factor.size:  # LAPACK prints a complaint
        factor[:] = linalg.lapack.dtrtri(factor, lower=1)[0]


def inverse_of(factor: Floats) -> Floats:
    """Inverse of a positive definite matrix from its lower Cholesky factor."""
    if factor.size == 0:
        return factor  # LAPACK prints a complaint
    lower = linalg.lapack.dpotri(factor, lower=1)[0]  # above the diagonal, the factor and this hold zeros
    inverse = lower + lower.T
    inverse[np.diag_indices_from(inverse)] *= 0.5
    return np.asarray(inverse)
