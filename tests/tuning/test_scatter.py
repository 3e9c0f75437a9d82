"""An outcome that scatters more the higher it is: its tail moves further than its mean, and a limit is broken in the tail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from workbench.models.surrogates.surrogate import fit_surrogate
from workbench.tuning.limits import LimitCheck, limit_checks
from workbench.tuning.present import present_of
from workbench.tuning.scatter import EVEN, Scatter

SLOPE = 0.13  # of log CO that a degree adds
SPREAD = 0.35  # of log CO from period to period
N = 1500
CO = ("  recovery: {unit:", "  co: {unit: ppmv, high: 95}\n  recovery: {unit:")


def co_at(temperature: Any, noise: Any) -> Any:
    return np.exp(3.9 + SLOPE * (temperature - 72.0) + noise)


@pytest.fixture(scope="module")
def check_of(line: Callable[..., Any], history_of: Callable[..., Any], moves: Callable[..., Any]) -> Callable[..., LimitCheck]:
    """The limit on `co`, or what else `values` makes of the temperature, after a history that ends at 69 degrees."""

    def make(values: Callable[[Any, Any], Any], seed: int = 0) -> LimitCheck:
        columns = moves(seed, N)
        columns["temperature"][-360:] -= columns["temperature"][-360:].mean() - 69.0
        noise = np.random.default_rng(50 + seed).normal(size=N) * SPREAD
        co = values(columns["temperature"], noise)
        history = history_of(line(*CO), columns | {"co": co, "recovery": 80.0 + 0.3 * (columns["temperature"] - 72.0) + noise})
        surrogate = fit_surrogate(line(*CO), history)
        (check,) = limit_checks(line(*CO), surrogate, present_of(line(*CO), surrogate.frame), 1.3)
        return check

    return make


def held_truly(temperature: float) -> float:
    return float((co_at(temperature, np.random.default_rng(1).normal(size=100_000) * SPREAD) <= 95.0).mean())


@pytest.mark.parametrize("seed", range(3))
def test_the_tail_of_a_higher_level_is_told(check_of: Callable[..., LimitCheck], seed: int) -> None:
    check = check_of(co_at, seed)
    now = float(check.now["temperature"][0])
    for move in (0.0, 2.0, 4.0):
        there = check.now.with_columns(temperature=pl.lit(now + move))
        assert float(check.held(there)[0]) == pytest.approx(held_truly(now + move), abs=0.02), move


def test_a_scatter_that_does_not_follow_the_level_is_even(check_of: Callable[..., LimitCheck]) -> None:
    check = check_of(lambda temperature, noise: 50.0 + 5.0 * (temperature - 72.0) + 40.0 * noise)
    assert check.at_now.scatter == EVEN


def test_a_scatter_that_shrinks_with_the_level_is_learned_too(check_of: Callable[..., LimitCheck]) -> None:
    """A purity: what is missing to 100 % scatters in proportion to itself."""
    check = check_of(lambda temperature, noise: 100.0 - co_at(temperature, noise) / 10.0)
    assert check.at_now.scatter.growth < 0.0


def test_beyond_the_levels_that_were_run_a_scatter_is_as_at_their_end() -> None:
    scatter = Scatter(growth=0.1, middle=10.0, low=5.0, high=15.0)
    assert scatter.ratio(np.array([15.0, 40.0]), np.array([10.0, 10.0])).tolist() == [1.5, 1.5]
    assert scatter.ratio(np.array([5.0, -9.0]), np.array([10.0, 10.0])).tolist() == [0.5, 0.5]
