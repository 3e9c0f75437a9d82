from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom

from workbench.tuning.replay import Replays, replay, root_of

Z = 2.5


def replayed(plant: Any, z: float = Z, sign: float = 1.0) -> Replays:
    rng = np.random.default_rng(0)
    frame = plant.surrogate.frame
    now = pl.DataFrame({"temperature": [72.0], "flow": [15.0]})
    asked = pl.DataFrame({"temperature": 72 + rng.uniform(-4, 4, 200), "flow": 15 + rng.uniform(-1.5, 1.5, 200)})
    shifts = plant.surrogate.basis.shift(asked, now, frame)
    return replay(plant.surrogate.responses["@objective"], shifts, sign, z)


@pytest.fixture(scope="module")
def plants(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> dict[str, Any]:
    made = {}
    for name, effect in (("placebo", 0.0), ("strong", 1.0)):
        columns = moves(n=500)
        recovery = effect * (0.5 * (columns["temperature"] - 72) + (columns["flow"] - 15)) + memory(1, 500)
        made[name] = plant_of(line(), columns | {"recovery": recovery})
    return made


@pytest.mark.parametrize("name", ["placebo", "strong"])
def test_rate_and_its_upper_bound(name: str, plants: dict[str, Any]) -> None:
    placebo = replayed(plants[name]).placebo
    assert placebo.runs == 200
    assert placebo.rate == placebo.false_alarms / placebo.runs
    # Clopper and Pearson: at the bound, as few alarms as seen would come in one case of 20
    assert binom.cdf(placebo.false_alarms, placebo.runs, placebo.high) == pytest.approx(0.05, abs=1e-9)
    assert placebo.rate <= 0.06


def test_no_alarm_in_200_runs_bounds_the_rate_at_one_and_a_half_percent(plants: dict[str, Any]) -> None:
    placebo = replayed(plants["placebo"], z=50.0).placebo
    assert placebo.false_alarms == 0
    assert placebo.high == pytest.approx(1 - 0.05 ** (1 / 200))  # 0.0149, by hand


def test_promise_share_is_a_share(plants: dict[str, Any]) -> None:
    shares = {name: replayed(plant).promise_share for name, plant in plants.items()}
    assert 0.0 <= shares["placebo"] <= 1.0
    # where the effects stand far above the noise, hardly any of the promise is the optimiser's luck
    assert 0.85 <= shares["strong"] <= 1.0


def test_stricter_z_never_alarms_more(plants: dict[str, Any]) -> None:
    alarms = [replayed(plants["placebo"], z=z).placebo.false_alarms for z in (0.5, 1.5, 2.5, 4.0)]
    assert alarms == sorted(alarms, reverse=True)


def test_effects_leave_no_trace_in_the_placebo(plants: dict[str, Any]) -> None:
    """Strong effects are taken out before the placebo replays: they propose no more often than without effects."""
    assert replayed(plants["strong"]).placebo.false_alarms <= replayed(plants["placebo"]).placebo.false_alarms + 10


def test_same_data_same_replays(plants: dict[str, Any]) -> None:
    first, again = replayed(plants["strong"]), replayed(plants["strong"])
    assert first.placebo == again.placebo
    assert first.promise_share == again.promise_share


def test_lows_lie_below_gains(plants: dict[str, Any]) -> None:
    found = replayed(plants["placebo"])
    assert (found.lows <= found.gains + 1e-9).all()
    assert np.isfinite(found.gains).all()


def test_weak_effects_are_promised(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> None:
    """Effects of a tenth of the noise are drawn towards none; replays of what is left find nothing."""
    rng = np.random.default_rng(0)
    asked = pl.DataFrame({"temperature": 72 + rng.uniform(-4, 4, 200), "flow": 15 + rng.uniform(-1.5, 1.5, 200)})
    now = pl.DataFrame({"temperature": [72.0], "flow": [15.0]})
    columns = moves(n=300)
    shares, found, real = [], 0.0, 0.0
    for seed in range(10):
        recovery = 0.05 * (columns["temperature"] - 72) + 0.1 * (columns["flow"] - 15) + memory(seed, 300)
        plant = plant_of(line(), columns | {"recovery": recovery})
        response = plant.surrogate.responses["@objective"]
        shifts = plant.surrogate.basis.shift(asked, now, plant.surrogate.frame)
        mean, sd = response.change(shifts)
        best = int((mean - sd).argmax())
        shares.append(replay(response, shifts, 1.0, Z).promise_share)
        found += float(mean[best])
        real += 0.05 * (asked["temperature"][best] - 72) + 0.1 * (asked["flow"][best] - 15)
    assert real / found > 0.9  # what the model finds is there
    assert np.mean(shares) > 0.65


def test_root_of_a_covariance_turns_with_its_order() -> None:
    """The root is one and the same matrix however its terms are ordered, so that rounding cannot turn what is drawn with it."""
    half = np.random.default_rng(3).normal(size=(6, 6))
    covariance, order = half @ half.T, np.array([3, 0, 5, 1, 4, 2])
    root = root_of(covariance)
    np.testing.assert_allclose(root @ root.T, covariance, atol=1e-12)
    np.testing.assert_allclose(root_of(covariance[np.ix_(order, order)]), root[np.ix_(order, order)], atol=1e-10)
