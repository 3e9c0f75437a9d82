from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.models.surrogates.noise import ArNoise, adjacency

PHI = (0.6, 0.25)  # stationary: roots of 1 - 0.6 z - 0.25 z^2 lie outside the unit circle


def ar2(n: int, seed: int) -> np.ndarray:
    """An AR(2) series with innovations of variance 1, its start forgotten."""
    steps = np.random.default_rng(seed).normal(size=n + 500)
    series = np.zeros(n + 500)
    for i in range(2, n + 500):
        series[i] = PHI[0] * series[i - 1] + PHI[1] * series[i - 2] + steps[i]
    return series[500:]


@pytest.mark.parametrize(
    ("positions", "run"),
    [
        ([], []),
        ([7], [0]),
        ([0, 1, 2, 3], [0, 1, 2, 3]),
        ([0, 1, 2, 5, 6, 9, 10, 11], [0, 1, 2, 0, 1, 0, 1, 2]),
        ([0, 2, 4], [0, 0, 0]),
    ],
)
def test_adjacency_by_hand(positions: list[int], run: list[int]) -> None:
    assert adjacency(np.array(positions, dtype=np.int64)).tolist() == run


@given(st.lists(st.integers(1, 3), min_size=1, max_size=40))
def test_adjacency_counts_the_steps_without_a_gap(steps: list[int]) -> None:
    positions = np.cumsum(steps)
    run = adjacency(positions)
    for i, before in enumerate(run):
        assert all(positions[i - k] == positions[i] - k for k in range(before + 1))
        assert before == i or positions[i - before - 1] != positions[i] - before - 1


@pytest.mark.parametrize("seed", range(3))
def test_known_memory_is_found(seed: int) -> None:
    # the coefficients' standard error is sqrt((1 - 0.25^2) / 20000) = 0.007: 4 of them allowed
    noise = ArNoise.fit(ar2(20_000, seed), np.arange(20_000))
    assert noise.order == 2
    assert noise.predictors[2] == pytest.approx(PHI, abs=0.028)
    # variance of AR(2) by Yule and Walker: 1 / (1 - phi1 rho1 - phi2 rho2), rho1 = phi1/(1 - phi2), rho2 = phi1 rho1 + phi2
    rho1 = PHI[0] / (1 - PHI[1])
    rho2 = PHI[0] * rho1 + PHI[1]
    assert noise.variances[2] == pytest.approx(1 - PHI[0] * rho1 - PHI[1] * rho2, abs=0.02)
    assert noise.predictors[1] == pytest.approx([rho1], abs=0.02)


@pytest.mark.parametrize("seed", range(3))
def test_known_memory_is_found_across_gaps(seed: int) -> None:
    kept = np.flatnonzero(np.random.default_rng(seed).random(30_000) > 0.15)
    noise = ArNoise.fit(ar2(30_000, seed)[kept], adjacency(kept))
    assert noise.predictors[-1][:2] == pytest.approx(PHI, abs=0.05)


def test_whitening_leaves_white_rows_of_one_variance() -> None:
    n = 20_000
    series = ar2(n, 1)
    kept = np.flatnonzero(np.random.default_rng(2).random(n) > 0.2)
    run = adjacency(kept)
    white = ArNoise.fit(series[kept], run).whiten(series[kept], run)
    for rows in (run == 0, run == 1, run >= 2):
        # relative standard error of a variance is sqrt(2 / rows)
        assert white[rows].var() == pytest.approx(1.0, abs=5 * np.sqrt(2 / rows.sum()) + 0.02)
    for lag in (1, 2, 3, 4):
        later = np.flatnonzero(run >= lag)
        assert abs(np.mean(white[later] * white[later - lag])) < 5 / np.sqrt(len(later)) + 0.01


def test_whitening_by_hand() -> None:
    noise = ArNoise((np.zeros(0), np.array([0.5])), (1.0, 0.75))
    run = adjacency(np.array([0, 1, 2, 7, 8]))
    rows = np.array([[2.0], [4.0], [1.0], [6.0], [3.0]])
    first = np.sqrt(0.75)  # a row without a predecessor has the whole variance: scaled to the innovation's
    assert noise.whiten(rows, run)[:, 0] == pytest.approx([2 * first, 4 - 1, 1 - 2, 6 * first, 3 - 3])
    assert noise.forecast(np.array([1.0, 4.0])) == pytest.approx(2.0)


def test_white_noise_has_no_memory() -> None:
    orders = [ArNoise.fit(np.random.default_rng(s).normal(size=500), np.arange(500)).order for s in range(40)]
    # BIC takes a first lag with P(chi2 > ln 500 = 6.2) = 0.013; higher ones are rarer
    assert sum(order > 0 for order in orders) <= 4


@pytest.mark.parametrize("residuals", [np.zeros(0), np.zeros(100), np.ones(5)])
def test_nothing_to_learn_is_white(residuals: np.ndarray) -> None:
    noise = ArNoise.fit(residuals, np.arange(len(residuals))) if len(residuals) else ArNoise.white()
    assert noise.order == 0
    assert noise.whiten(residuals, np.arange(len(residuals))) == pytest.approx(residuals)


def test_drifting_residuals_stay_stationary() -> None:
    noise = ArNoise.fit(np.linspace(-1.0, 1.0, 400), np.arange(400))
    roots = np.roots(np.concatenate([[1.0], -noise.predictors[-1]]))
    assert np.abs(roots).max() < 1.0
