"""Periods that lie far off the model."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from workbench.models.surrogates import fit_surrogate
from workbench.models.surrogates.basis import BEND_S, LINEAR_S
from workbench.models.surrogates.outliers import OUTLIER, far_from_model
from workbench.models.surrogates.response import fit_response

QUIET = np.random.default_rng(1).normal(size=1000)


def far(residuals: Any) -> float:
    """Of an outcome without any pattern."""
    return far_from_model(residuals, residuals)


def test_faults_are_drawn_in_where_they_are_few_or_pull_to_both_sides() -> None:
    usual = far(QUIET)
    assert usual == pytest.approx(OUTLIER, rel=0.1)
    assert far(np.append(QUIET, [80.0] * 5)) == pytest.approx(usual, rel=0.02)
    assert far(np.append(QUIET, [80.0, -80.0] * 20)) == pytest.approx(usual, rel=0.05)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_what_pulls_to_one_side_again_and_again_is_believed(sign: float) -> None:
    costly = np.append(QUIET, np.full(70, 20.0))
    costly[-1] = 500.0  # and one fault among them
    assert far(sign * costly) == 20.0


def test_quiet_periods_barely_beyond_the_other_side_change_nothing() -> None:
    """Where most periods hold no event, the days without one lie on both sides, and the spread is tiny."""
    residuals = np.concatenate([0.01 * QUIET, np.full(60, -0.08), np.full(60, 3.0)])
    assert far(residuals) == 3.0


def test_the_mean_of_rare_events_is_learned_whole(plant: Any) -> None:
    """A stock-out on one day in fifteen costs 300: the model says 20 a day beside the rest, not a part of it."""
    rng = np.random.default_rng(5)
    n = plant.history.frame.height
    cost = 300.0 * (rng.random(n) < 1 / 15) + rng.normal(0.0, 1.0, n)
    frame = plant.history.frame.with_columns(pl.Series(name, cost) for name in ("recovery", "@objective"))
    learned = fit_surrogate(plant.sheet, type(plant.history)(**{**vars(plant.history), "frame": frame}))
    response = learned.responses["recovery"]
    believed = response.design @ response.mean * response.scale + response.centre
    assert believed.mean() == pytest.approx(cost[learned.rows["recovery"]].mean(), rel=0.1)
    assert response.n_outliers <= 0.01 * n


@pytest.mark.parametrize("seed", range(3))
def test_counts_whose_usual_value_is_met_almost_exactly_are_learned_whole(seed: int) -> None:
    """Most shifts have no stop, and the fit hardly moves: how little says nothing about how far a stop lies off."""
    rng = np.random.default_rng(seed)
    setting, stops = np.repeat(rng.normal(size=(100, 1)), 10, axis=0), rng.poisson(0.05, 1000).astype(float)
    terms = np.hstack([setting, setting**2 - 1.0])
    response = fit_response(terms, np.zeros((1000, 0)), np.array([LINEAR_S, BEND_S]), stops, np.arange(1000))
    assert response.fitted(response.design).mean() == pytest.approx(stops.mean(), rel=0.05)
    assert response.noise_sd == pytest.approx(stops.std(), rel=0.1)
    assert response.n_outliers <= 10


def test_of_two_values_neither_is_a_fault() -> None:
    rare = np.append(np.zeros(995), np.ones(5))
    assert far_from_model(rare - rare.mean() + 1e-4 * np.append(QUIET[:995], np.zeros(5)), rare) == np.inf
