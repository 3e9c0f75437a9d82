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

__all__ = ["FLAT", "EvidenceFit", "Moments", "factor_of", "fit_by_evidence", "inverse_of"]

FLAT = -1  # group of terms without a prior: the intercept
N_ROUNDS = 80  # rounds of the fixed-point search; it has settled after 10 to 40 in all cases tried
SETTLED = 1e-3  # largest relative change of a prior width that counts as settled [-]
SHARE_MIN, SHARE_MAX = 1e-8, 1e3  # prior variance of one coefficient as a share of the outcome's variance [-]

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
            return cls(design.T @ design, design.T @ target, float(target @ target), float(len(target)))
        weighted = design * weights[:, None]
        return cls(weighted.T @ design, weighted.T @ target, float((weights * target) @ target), float(weights.sum()))


@dataclass(frozen=True)
class EvidenceFit:
    """Posterior of the coefficients: `mean` (p), `covariance` (p, p), the noise variance and each term's prior precision."""

    mean: Floats
    covariance: Floats
    noise_variance: float
    precision: Floats
    log_evidence: float


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
        Prior precision of each term to start from.
    n_rounds : int
        Most rounds of the search.

    Returns
    -------
    EvidenceFit
    """
    p = len(groups)
    variance = max(moments.square / max(moments.rows, 1.0), 1e-100)  # the floor keeps a target of zeros finite
    low, high = 1.0 / (SHARE_MAX * variance), 1.0 / (SHARE_MIN * variance)
    members = [np.flatnonzero(groups == g) for g in np.unique(groups) if g != FLAT]
    n_flat = int((groups == FLAT).sum())
    precision = np.full(p, 1e-9 / variance)
    for terms in members:
        precision[terms] = len(terms) / (0.3 * variance)
    if start is not None:
        precision = np.clip(start, 1e-9 / variance, high)
    noise = variance
    for _ in range(n_rounds):
        mean, spread = _mean_and_spread(moments, precision, noise)
        before = precision.copy()
        n_determined = float(n_flat)
        for terms in members:
            determined = len(terms) - precision[terms[0]] * float(spread[terms].sum())
            determined = max(determined, 1e-9)
            n_determined += determined
            power = max(float(mean[terms] @ mean[terms]), 1e-300)
            precision[terms] = float(np.clip(determined / power, low, high))
        residual = moments.square - 2.0 * float(mean @ moments.cross) + float(mean @ moments.gram @ mean)
        noise = max(residual, 1e-9 * variance * moments.rows) / max(moments.rows - n_determined, 0.2 * moments.rows, 1.0)
        if np.max(np.abs(np.log(precision / before)), initial=0.0) < SETTLED:
            break
    mean, covariance, log_determinant = _posterior(moments, precision, noise)
    residual = moments.square - 2.0 * float(mean @ moments.cross) + float(mean @ moments.gram @ mean)
    prior = np.concatenate(members) if members else np.zeros(0, dtype=int)
    log_evidence = 0.5 * (
        float(np.log(precision[prior]).sum())
        - log_determinant
        - moments.rows * np.log(2.0 * np.pi * noise)
        - residual / noise
        - float(mean[prior] @ (precision[prior] * mean[prior]))
    )
    return EvidenceFit(mean, covariance, float(noise), precision, float(log_evidence))


def _scaled(moments: Moments, precision: Floats, noise: float) -> tuple[Floats, Floats]:
    """The posterior precision in units in which its diagonal is 1, and those units."""
    # unit prior scale keeps the matrix well conditioned where a group is switched off (precision 1e8 times the data's)
    scale = 1.0 / np.sqrt(precision + np.diag(moments.gram) / noise)
    a = moments.gram * (scale / noise)[:, None]
    a *= scale
    a[np.diag_indices_from(a)] += precision * scale**2
    return a, scale


def _mean_and_spread(moments: Moments, precision: Floats, noise: float) -> tuple[Floats, Floats]:
    """Posterior mean and variances alone: the inverse of the factor L tells both, (LL')^-1 = L^-1' L^-1."""
    a, scale = _scaled(moments, precision, noise)
    if a.size == 0:
        return scale, scale
    half = linalg.lapack.dtrtri(factor_of(a)[0], lower=1)[0]
    mean = scale * (half.T @ (half @ (scale * moments.cross))) / noise
    return mean, scale**2 * np.einsum("ij,ij->j", half, half)


def _posterior(moments: Moments, precision: Floats, noise: float) -> tuple[Floats, Floats, float]:
    """Mean, covariance and log determinant of the posterior precision, by Cholesky."""
    a, scale = _scaled(moments, precision, noise)
    factor, half_log_determinant = factor_of(a)
    inverse = inverse_of(factor)
    covariance = inverse * scale[:, None] * scale[None, :]
    mean = covariance @ moments.cross / noise
    return mean, covariance, 2.0 * (half_log_determinant - float(np.log(scale).sum()))


def factor_of(a: Floats) -> tuple[Floats, float]:
    """Lower Cholesky factor of a positive definite matrix, zeros above it, and half the logarithm of its determinant."""
    factor, failed = linalg.lapack.dpotrf(a, lower=1)
    if failed:
        raise linalg.LinAlgError(f"the matrix is not positive definite (leading minor {failed})")
    return factor, float(np.log(np.diag(factor)).sum())


def inverse_of(factor: Floats) -> Floats:
    """Inverse of a positive definite matrix from its lower Cholesky factor."""
    if factor.size == 0:
        return factor  # LAPACK prints a complaint
    lower = linalg.lapack.dpotri(factor, lower=1)[0]  # above the diagonal, the factor and this hold zeros
    inverse = lower + lower.T
    inverse[np.diag_indices_from(inverse)] *= 0.5
    return np.asarray(inverse)
