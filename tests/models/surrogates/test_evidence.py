from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from workbench.models.surrogates.evidence import FLAT, Moments, fit_by_evidence


def rows(seed: int, n: int, p: int) -> tuple[np.ndarray, np.random.Generator]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, p)), rng


def marginal(design: np.ndarray, target: np.ndarray, precision: np.ndarray, noise: float) -> float:
    """Log evidence straight from its meaning: the target is normal with the prior's spread in its covariance."""
    covariance = noise * np.eye(len(target)) + design / precision @ design.T
    return float(stats.multivariate_normal(np.zeros(len(target)), covariance).logpdf(target))


def test_moments_by_hand() -> None:
    design, target = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([5.0, 6.0])
    plain = Moments.of(design, target)
    assert plain.gram.tolist() == [[10, 14], [14, 20]]
    assert plain.cross.tolist() == [23, 34]
    assert (plain.square, plain.rows) == (61, 2)
    weighted = Moments.of(design, target, np.array([1.0, 0.5]))
    assert weighted.gram.tolist() == [[5.5, 8], [8, 12]]
    assert (weighted.square, weighted.rows) == (43, 1.5)


def test_fixed_precision_is_ridge_regression() -> None:
    design, rng = rows(0, 60, 3)
    target = design @ [1.0, -0.5, 0.2] + rng.normal(size=60)
    precision = np.array([0.5, 0.5, 2.0])
    fit = fit_by_evidence(Moments.of(design, target), np.array([0, 0, 1]), start=precision, n_rounds=0)
    noise = float(target @ target) / 60
    inverse = np.linalg.inv(design.T @ design / noise + np.diag(precision))
    assert fit.noise_variance == pytest.approx(noise)
    assert fit.mean == pytest.approx(inverse @ design.T @ target / noise)
    assert fit.log_evidence == pytest.approx(marginal(design, target, precision, noise))


@pytest.mark.parametrize("sizes", [(1, 2, 3), (1, 7, 150, 20, 30), (0, 4), (2,)])
def test_rounds_are_those_of_the_whole_inverse(sizes: tuple[int, ...]) -> None:
    """Every round again with the posterior covariance written out (MacKay 1992): no group is eliminated or turned."""
    groups = np.repeat(np.arange(len(sizes)) - 1, sizes)
    rng = np.random.default_rng(len(groups))
    groups = rng.permutation(groups)  # groups need not stand together
    design = rng.normal(size=(400, len(groups))) + rng.normal(size=(400, 1))
    target = design @ (rng.normal(size=len(groups)) * 0.3 ** (1 + groups)) + rng.normal(size=400)
    moments = Moments.of(design, target)
    variance = noise = moments.square / moments.rows
    counts = np.array([np.sum(groups == g) for g in groups])
    precision = np.where(groups == FLAT, 1e-9, counts / 0.3) / variance
    for _ in range(3):  # before any of these settles
        covariance = np.linalg.inv(moments.gram / noise + np.diag(precision))
        mean = covariance @ moments.cross / noise
        free = float(np.sum(groups == FLAT))
        for g in set(groups[groups != FLAT].tolist()):
            terms = np.flatnonzero(groups == g)
            determined = len(terms) - precision[terms[0]] * np.trace(covariance[np.ix_(terms, terms)])
            precision[terms] = determined / float(mean[terms] @ mean[terms])
            free += determined
        noise = float(np.sum((target - design @ mean) ** 2)) / (moments.rows - free)
    fit = fit_by_evidence(moments, groups, n_rounds=3)
    mean = np.linalg.solve(moments.gram / noise + np.diag(precision), moments.cross / noise)
    assert fit.mean == pytest.approx(mean, rel=1e-8, abs=1e-8 * np.abs(mean).max())
    assert fit.noise_variance == pytest.approx(noise, rel=1e-9)
    assert fit.precision == pytest.approx(precision, rel=1e-8)


def test_widths_and_noise_maximise_the_evidence() -> None:
    design, rng = rows(1, 80, 5)
    groups = np.array([0, 0, 0, 1, 1])
    target = design @ [1.0, -0.7, 0.5, 0.1, -0.2] + 0.5 * rng.normal(size=80)
    fit = fit_by_evidence(Moments.of(design, target), groups)
    best = marginal(design, target, fit.precision, fit.noise_variance)
    assert fit.log_evidence == pytest.approx(best)
    for factor in (0.8, 0.95, 1.05, 1.25):
        for group in (0, 1):
            other = np.where(groups == group, fit.precision * factor, fit.precision)
            assert marginal(design, target, other, fit.noise_variance) <= best + 1e-3
        assert marginal(design, target, fit.precision, fit.noise_variance * factor) <= best + 1e-3


def test_strong_effects_are_kept_and_the_intercept_is_free() -> None:
    design, rng = rows(2, 400, 2)
    design = np.concatenate([np.ones((400, 1)), design], axis=1)
    target = design @ [30.0, 2.0, -1.0] + 0.1 * rng.normal(size=400)
    fit = fit_by_evidence(Moments.of(design, target), np.array([FLAT, 0, 0]))
    assert fit.mean == pytest.approx([30.0, 2.0, -1.0], abs=0.02)
    assert fit.noise_variance == pytest.approx(0.01, rel=0.3)


def test_pure_noise_is_shrunk_to_almost_nothing() -> None:
    """Least squares fits 20 of 400 degrees of freedom of pure noise; the evidence takes a small share of that."""
    taken, least_squares = [], []
    for seed in range(20):
        design, rng = rows(seed, 400, 20)
        target = rng.normal(size=400)
        moments = Moments.of(design, target)
        mean = fit_by_evidence(moments, np.zeros(20, dtype=np.int64)).mean
        plain = np.linalg.solve(moments.gram, moments.cross)
        taken.append(mean @ moments.gram @ mean)
        least_squares.append(plain @ moments.gram @ plain)
    assert np.mean(least_squares) == pytest.approx(20, rel=0.2)
    assert np.mean(taken) < 0.1 * np.mean(least_squares)
    assert np.median(taken) < 0.02 * np.median(least_squares)


@pytest.mark.parametrize("target", [np.zeros(50), np.full(50, 1e-12)])
def test_nothing_to_explain_stays_finite(target: np.ndarray) -> None:
    design, _ = rows(3, 50, 4)
    fit = fit_by_evidence(Moments.of(design, target), np.zeros(4, dtype=np.int64))
    assert np.isfinite(fit.mean).all()
    assert np.isfinite([fit.noise_variance, fit.log_evidence]).all()
    assert np.isfinite(fit.precision).all()
    assert np.abs(fit.mean).max() < 1e-6
