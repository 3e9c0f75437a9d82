from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from workbench.models.surrogates.basis import BEND_S, CROSS_SC, CROSS_SS, LINEAR_C, LINEAR_S
from workbench.models.surrogates.evidence import FLAT, Moments, fit_by_evidence
from workbench.models.surrogates.posterior import (
    BEND_SHARES,
    CROSS_SHARES,
    PRIOR_NO_EFFECT,
    WIDTH_NONE,
    WIDTHS,
    SettingsPosterior,
)

GROUPS = np.array([FLAT, LINEAR_S, LINEAR_S, BEND_S, CROSS_SS, CROSS_SC, LINEAR_C, LINEAR_C])
IS_SETTING = np.array([False, True, True, True, True, True, False, False])


def case(seed: int, n: int, effect: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Design, target and weights; conditions drive the settings a little, as operators do."""
    rng = np.random.default_rng(seed)
    c = rng.normal(size=(n, 2))
    s = rng.normal(size=(n, 5)) + 0.5 * c[:, :1]
    design = np.concatenate([np.ones((n, 1)), s, c], axis=1)
    target = effect * (0.8 * s[:, 0] - 0.4 * s[:, 1] + 0.2 * s[:, 2]) + 0.5 * c[:, 0] + rng.normal(size=n)
    return design, target - target.mean(), np.where(np.arange(n) < n // 3, 0.2, 1.0)


def prepared(design: np.ndarray, target: np.ndarray, weights: np.ndarray) -> tuple[SettingsPosterior, np.ndarray, np.ndarray]:
    fit = fit_by_evidence(Moments.of(design, target, weights), GROUPS)
    posterior = SettingsPosterior.of(design, weights, GROUPS, fit)
    return posterior, posterior.cleaned.T @ (weights * target), np.maximum(fit.precision, 1e-9)


def grid() -> list[tuple[np.ndarray, float]]:
    """Prior width of each settings' term and the prior belief in it, written out from the module's constants."""
    points = [(np.full(5, WIDTH_NONE), PRIOR_NO_EFFECT)]
    combinations = list(product(WIDTHS, BEND_SHARES, CROSS_SHARES, CROSS_SHARES))
    for w, bend, pair, with_condition in combinations:
        points.append((w * np.array([1, 1, bend, pair, with_condition]), (1 - PRIOR_NO_EFFECT) / len(combinations)))
    return points


def directly(
    design: np.ndarray, target: np.ndarray, weights: np.ndarray, precision: np.ndarray, noise: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, covariance and grid weights from the whole regression at every grid point, nothing taken out beforehand."""
    gram, cross = (design * weights[:, None]).T @ design / noise, (design * weights[:, None]).T @ target / noise
    means, covariances, logs = [], [], []
    for widths, belief in grid():
        p = precision.copy()
        p[IS_SETTING] = 1.0 / widths**2
        covariance = np.linalg.inv(gram + np.diag(p))
        mean = covariance @ cross
        logs.append(np.log(belief) + 0.5 * (np.log(p).sum() + np.linalg.slogdet(covariance)[1] + cross @ covariance @ cross))
        means.append(mean[IS_SETTING])
        covariances.append(covariance[np.ix_(IS_SETTING, IS_SETTING)])
    w = np.exp(np.array(logs) - max(logs))
    w /= w.sum()
    mean = w @ np.array(means)
    apart = np.array(means) - mean
    return mean, np.tensordot(w, np.array(covariances), axes=1) + (apart * w[:, None]).T @ apart, w


@pytest.mark.parametrize("effect", [0.0, 0.15, 1.0])
def test_equals_the_whole_regression_averaged_over_the_grid(effect: float) -> None:
    design, target, weights = case(0, 60, effect)
    posterior, pull, precision = prepared(design, target, weights)
    mean, covariance, belief = directly(design, target, weights, precision, posterior.noise_variance)
    means, grid_weights = posterior.means(pull[:, None])
    assert posterior.terms.tolist() == [1, 2, 3, 4, 5]
    assert means[:, 0] == pytest.approx(mean, rel=1e-6, abs=1e-9)
    assert grid_weights[:, 0] == pytest.approx(belief, rel=1e-5, abs=1e-9)
    assert posterior.covariance(pull) == pytest.approx(covariance, rel=1e-6, abs=1e-10)


def test_many_targets_at_once_are_each_alone() -> None:
    design, target, weights = case(1, 80, 0.3)
    posterior, pull, _ = prepared(design, target, weights)
    pulls = np.stack([pull, -2 * pull, 0 * pull], axis=1)
    means, grid_weights = posterior.means(pulls)
    for i in range(3):
        assert means[:, i] == pytest.approx(posterior.means(pulls[:, [i]])[0][:, 0])
    shifts = np.array([[1.0, 0, 0, 0, 0], [0.5, -1, 0.2, 0, 0.1], [0, 1, 1, 1, 1]])
    changes, sd = posterior.changes(shifts, pulls)
    assert changes == pytest.approx(shifts @ means, rel=1e-4, abs=1e-6)
    for i, d in enumerate(shifts):
        for k in range(3):
            assert sd[i, k] ** 2 == pytest.approx(d @ posterior.covariance(pulls[:, k]) @ d, rel=1e-3)
    assert grid_weights.sum(axis=0) == pytest.approx(1.0)
    assert means[:, 2] == pytest.approx(0.0, abs=1e-12)


def test_placebo_data_say_almost_nothing() -> None:
    sizes, beliefs = [], []
    for seed in range(30):
        design, target, weights = case(seed, 300, 0.0)
        posterior, pull, _ = prepared(design, target, weights)
        means, grid_weights = posterior.means(pull[:, None])
        sizes.append(float(np.sqrt(np.mean(means**2))))
        beliefs.append(float(grid_weights[0, 0]))
    assert np.mean(beliefs) > PRIOR_NO_EFFECT
    # least squares on 220 effective rows is off by 1/sqrt(220) = 0.067 a coefficient
    assert np.mean(sizes) < 0.067 / 3


def test_strong_effects_are_believed() -> None:
    design, target, weights = case(3, 600, 1.0)
    posterior, pull, _ = prepared(design, target, weights)
    means, grid_weights = posterior.means(pull[:, None])
    assert means[:3, 0] == pytest.approx([0.8, -0.4, 0.2], abs=0.15)
    assert grid_weights[0, 0] < 1e-6
