from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter

from workbench.models.surrogates.noise import ArNoise, places_of, usual_step

PHI = (0.6, 0.25)  # stationary: roots of 1 - 0.6 z - 0.25 z^2 lie outside the unit circle


def ar2(n: int, seed: int) -> np.ndarray:
    """An AR(2) series with innovations of variance 1, its start forgotten."""
    steps = np.random.default_rng(seed).normal(size=n + 500)
    series = np.zeros(n + 500)
    for i in range(2, n + 500):
        series[i] = PHI[0] * series[i - 1] + PHI[1] * series[i - 2] + steps[i]
    return series[500:]


def autoregressive(n: int, memory: float, seed: int) -> np.ndarray:
    """An AR(1) series of variance 1."""
    steps = np.random.default_rng(seed).normal(size=n) * np.sqrt(1 - memory**2)
    steps[0] /= np.sqrt(1 - memory**2)
    return np.asarray(lfilter([1.0], [1.0, -memory], steps))


@pytest.mark.parametrize(
    ("positions", "step", "places"),
    [
        ([], 1, []),
        ([7], 1, [0]),
        ([3, 4, 5, 6], 1, [0, 1, 2, 3]),
        ([0, 1, 2, 5, 6, 9, 10, 11], 1, [0, 1, 2, 5, 6, 9, 10, 11]),
        ([0, 2, 4, 8], 2, [0, 1, 2, 4]),
        ([0, 6, 11, 24, 30, 32, 38], 6, [0, 1, 2, 4, 5, 6, 7]),  # a result that comes early still has a place of its own
    ],
)
def test_places_by_hand(positions: list[int], step: int, places: list[int]) -> None:
    at = np.array(positions, dtype=np.int64)
    assert usual_step(at) == step
    assert places_of(at).tolist() == places


@given(st.lists(st.integers(1, 30), min_size=1, max_size=40))
def test_every_result_has_a_place_of_its_own_in_time_order(steps: list[int]) -> None:
    places = places_of(np.cumsum(steps))
    assert len(places) == len(steps)
    assert (np.diff(places) >= 1).all()


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


@pytest.mark.parametrize("missing", [0.15, 0.6])
@pytest.mark.parametrize("seed", range(3))
def test_known_memory_is_found_across_gaps(seed: int, missing: float) -> None:
    kept = np.flatnonzero(np.random.default_rng(seed).random(60_000) > missing)
    noise = ArNoise.fit(ar2(60_000, seed)[kept], kept)
    assert noise.predictors[-1][:2] == pytest.approx(PHI, abs=0.05)


def test_memory_of_rare_results_is_that_from_one_to_the_next() -> None:
    memory, every = 0.98, 6
    series = autoregressive(60_000, memory, 3)
    kept = np.flatnonzero(np.arange(60_000) % every == 2)
    noise = ArNoise.fit(series[kept], places_of(kept))
    assert noise.predictors[1] == pytest.approx([memory**every], abs=0.03)


@pytest.mark.parametrize("missing", [0.0, 0.2, 0.6, 0.9])
def test_whitening_leaves_white_rows_of_one_variance(missing: float) -> None:
    n = 60_000
    series = ar2(n, 1)
    kept = np.flatnonzero(np.random.default_rng(2).random(n) > missing)
    # from 90 % missing on the memory is told by too few pairs: there it is that of the whole series
    learned = ArNoise.fit(series[kept], kept) if missing < 0.9 else ArNoise.fit(series, np.arange(n))
    white = learned.whiten(series[kept], kept)
    since = np.diff(kept, prepend=-1)
    for rows in (since == 1, since == 2, since >= 3):
        if rows.sum() > 100:
            # relative standard error of a variance is sqrt(2 / rows)
            assert white[rows].var() == pytest.approx(1.0, abs=5 * np.sqrt(2 / rows.sum()) + 0.02)
    for lag in (1, 2, 3, 4):
        assert abs(np.mean(white[lag:] * white[:-lag])) < 5 / np.sqrt(len(white)) + 0.01


def test_whitening_by_hand() -> None:
    noise = ArNoise((np.zeros(0), np.array([0.5])), (1.0, 0.75))
    places = np.array([0, 1, 2, 4, 5])
    rows = np.array([[2.0], [4.0], [1.0], [6.0], [3.0]])
    first = np.sqrt(0.75)  # a row without a predecessor has the whole variance: scaled to the innovation's
    through = np.sqrt(0.75 / (1 - 0.25**2))  # two places on 0.5^2 of the last result is left
    assert noise.whiten(rows, places)[:, 0] == pytest.approx([2 * first, 4 - 1, 1 - 2, (6 - 0.25) * through, 3 - 3])
    assert noise.log_determinant(places) == pytest.approx(np.log(first * through))
    assert noise.correlations[:4] == pytest.approx([1.0, 0.5, 0.25, 0.125])


def test_gaps_cost_no_more_than_they_must() -> None:
    """The likelihood of rows with gaps is the exact one where the noise remembers one place: by the normal density itself."""
    kept = np.array([0, 1, 3, 4, 9, 10, 13])
    noise = ArNoise((np.zeros(0), np.array([0.8])), (1.0, 0.36))
    rows = autoregressive(14, 0.8, 5)[kept]
    covariance = 0.8 ** np.abs(kept[:, None] - kept[None, :])
    white = noise.whiten(rows, kept)
    assert white @ white / 0.36 == pytest.approx(rows @ np.linalg.solve(covariance, rows))
    exact = -0.5 * np.linalg.slogdet(covariance)[1] + 0.5 * len(kept) * np.log(0.36)
    assert noise.log_determinant(kept) == pytest.approx(exact)


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


@pytest.mark.parametrize(("density", "n", "most"), [(0.05, 400, 20), (0.1, 300, 20), (0.4, 300, 9)])
def test_rare_results_of_white_noise_seldom_get_a_memory(density: float, n: int, most: int) -> None:
    orders = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        places = np.cumsum(rng.geometric(density, size=n))
        orders.append(ArNoise.fit(rng.normal(size=n), places).order)
    # a lag told by m = n x density pairs is taken with p = P(chi2 > ln m); one of six: 1 - (1 - p)^6 = 0.41, 0.33, 0.16
    assert sum(order > 0 for order in orders) <= most
