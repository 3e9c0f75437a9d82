"""Outcomes that scatter in proportion to themselves: how often a limit holds elsewhere is told on a logarithm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from workbench.models.surrogates.surrogate import fit_surrogate
from workbench.tuning.limits import LimitCheck, limit_checks
from workbench.tuning.present import present_of
from workbench.tuning.scale import Scale

N = 1500
SLOPE = 0.16  # of the logarithm that a degree adds
SPREAD = 0.3  # of the logarithm from period to period
FLOW = -2 * SLOPE  # of the logarithm that a unit of flow adds


def lime_at(temperature: Any, flow: Any, noise: Any) -> Any:
    return np.exp(SLOPE * (temperature - 72.0) + FLOW * (flow - 15.0) + SPREAD * noise)


@pytest.fixture(scope="module")
def check_of(line: Callable[..., Any], history_of: Callable[..., Any], moves: Callable[..., Any]) -> Callable[..., LimitCheck]:
    """A limit on `lime`, made by `values`: people raise the flow with the temperature, so that its level hardly ever moves."""

    def make(values: Callable[[Any, Any, Any], Any], limit: str, seed: int = 0, unit: str = "%") -> LimitCheck:
        columns, rng = moves(seed, N), np.random.default_rng(50 + seed)
        own = np.repeat(rng.normal(size=N // 2), 2)
        columns["flow"] = 15.0 - SLOPE / FLOW * (columns["temperature"] - 72.0) + 0.3 * own
        lime = values(columns["temperature"], columns["flow"], rng.normal(size=N))
        sheet = line("  recovery: {unit:", f'  lime: {{unit: "{unit}", {limit}}}\n  recovery: {{unit:')
        history = history_of(sheet, columns | {"lime": lime, "recovery": 80.0 + columns["feed"]})
        surrogate = fit_surrogate(sheet, history)
        (check,) = limit_checks(sheet, surrogate, present_of(sheet, surrogate.frame), 1.3)
        return check

    return make


def hotter(check: LimitCheck, degrees: float) -> tuple[float, float]:
    """What is said and what is true of the share of periods with at most 1.8 of lime, hotter by so much at the same flow."""
    temperature, flow = (float(check.now[name][0]) for name in ("temperature", "flow"))
    there = check.now.with_columns(temperature=pl.lit(temperature + degrees))
    noise = np.random.default_rng(1).normal(size=100_000)
    return float(check.held(there)[0]), float(np.mean(lime_at(temperature + degrees, flow, noise) <= 1.8))


@pytest.mark.parametrize("seed", range(3))
def test_the_tail_beyond_the_band_that_was_run_is_told(check_of: Callable[..., LimitCheck], seed: int) -> None:
    check = check_of(lime_at, "high: 1.8", seed)
    assert check.scale == Scale(0.0, 1.0)
    for degrees in (0.0, 1.0, 2.0):
        said, true = hotter(check, degrees)
        assert said == pytest.approx(true, abs=0.05), degrees
    straight, true = hotter(replace(check, scaled=None), 3.0)
    assert straight > true + 0.08
    assert hotter(check, 3.0)[0] < straight - 0.05


def test_what_is_missing_to_the_whole_may_scatter_so(check_of: Callable[..., LimitCheck]) -> None:
    def purity(*at: Any) -> Any:
        return 100.0 - lime_at(*at)

    check = check_of(purity, "low: 98.2")
    assert check.scale == Scale(100.0, -1.0)
    said, true = hotter(check, 2.0)
    assert said == pytest.approx(true, abs=0.05)
    relaxed = check.asking(97.5)
    assert relaxed.value == 97.5
    assert hotter(relaxed, 2.0)[0] > said + 0.05
    assert hotter(check.asking(100.5), 2.0)[0] == 0.0
    assert check_of(purity, "low: 98.2", unit="g").scale is None


@pytest.mark.parametrize(
    "values",
    [
        lambda temperature, flow, noise: 5.0 + SLOPE * (temperature - 72.0) + SPREAD * noise,  # scatters evenly
        lambda *at: lime_at(*at) - 0.6,  # not above zero everywhere
        lambda *at: np.random.default_rng(0).poisson(lime_at(*at)) + 1.0,  # a count
    ],
)
def test_other_outcomes_are_judged_as_they_are(
    check_of: Callable[..., LimitCheck], values: Callable[[Any, Any, Any], Any]
) -> None:
    check = check_of(values, "high: 6")
    assert check.scale is None
    assert check.scaled is None


def test_a_scale_rises_and_takes_what_is_beyond_its_end_as_next_to_it() -> None:
    for scale, values in ((Scale(0.0, 1.0), [-1.0, 0.5, 2.0]), (Scale(100.0, -1.0), [0.0, 99.0, 101.0])):
        assert np.all(np.diff(scale.of(np.array(values))) > 0.0)
        assert not scale.holds(np.array(values))
    values = np.array([0.5, 2.0, 7.0])
    slope = (Scale(0.0, 1.0).of(values + 1e-6) - Scale(0.0, 1.0).of(values - 1e-6)) / 2e-6
    assert Scale(0.0, 1.0).log_slope(values) == pytest.approx(float(np.log(slope).sum()), rel=1e-6)
