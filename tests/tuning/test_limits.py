from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm

from workbench.tuning.limits import LimitCheck, limit_checks
from workbench.tuning.present import present_of

INFLATION = 1.5


def checks(plant: Any) -> dict[str, LimitCheck]:
    found = limit_checks(plant.sheet, plant.surrogate, present_of(plant.sheet, plant.surrogate.frame), INFLATION)
    return {f"{c.name} {c.bound}": c for c in found}


def at(temperature: list[float], flow: list[float] | None = None) -> pl.DataFrame:
    return pl.DataFrame({"temperature": temperature, "flow": flow or [15.0] * len(temperature)})


def test_formula_over_settings_alone_is_exact(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any]
) -> None:
    limits = 'limits: [{name: load, formula: "temperature + 2*flow", low: 90, high: 110}]'
    columns = moves()
    sheet = line('objective: {maximize: recovery, unit: "%"}', f'objective: {{maximize: recovery, unit: "%"}}\n{limits}')
    found = checks(plant_of(sheet, columns | {"recovery": columns["temperature"]}))
    asked = at([79.9, 80.0, 80.1, 60.0, 59.9])  # loads 109.9, 110, 110.1, 90, 89.9
    assert found["load high"].held(asked).tolist() == [1, 1, 0, 1, 1]
    assert found["load low"].held(asked).tolist() == [1, 1, 1, 1, 0]
    assert found["load high"].predicted(asked) == pytest.approx([109.9, 110, 110.1, 90, 89.9])


def test_formula_with_a_condition_is_the_share_of_recent_periods(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any]
) -> None:
    limits = 'limits: [{name: load, formula: "temperature + 10*feed", high: 380}]'
    columns = moves(n=300)
    sheet = line('objective: {maximize: recovery, unit: "%"}', f'objective: {{maximize: recovery, unit: "%"}}\n{limits}')
    found = checks(plant_of(sheet, columns | {"recovery": columns["temperature"]}))["load high"]
    for temperature in (72.0, 80.0, 85.0):  # 300 periods of 4 h: the last 60 days are all of them
        assert found.held(at([temperature]))[0] == pytest.approx(np.mean(temperature + 10 * columns["feed"] <= 380))


def test_probability_held_of_a_normal_outcome(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any]
) -> None:
    """Loss = 3 + 0.5 (temperature - 72) + noise of 0.4: the share within 4 is Phi((4 - mean) / 0.4), model spread included."""
    columns = moves(n=2000)
    loss = 3 + 0.5 * (columns["temperature"] - 72) + 0.4 * np.random.default_rng(5).normal(size=2000)
    sheet = line('  recovery: {unit: "%"}', '  recovery: {unit: "%"}\n  loss: {unit: "%", high: 4, low: 2.5}')
    plant = plant_of(sheet, columns | {"recovery": columns["feed"] + columns["temperature"], "loss": loss})
    found = checks(plant)
    asked = at([70.0, 72.0, 73.0, 74.0])
    means = 3 + 0.5 * (asked["temperature"].to_numpy() - 72)
    # 360 recent periods are a sample of the noise: three standard errors of a share are at most 0.08
    assert found["loss high"].held(asked) == pytest.approx(norm.cdf((4 - means) / 0.4), abs=0.08)
    assert found["loss low"].held(asked) == pytest.approx(norm.cdf((means - 2.5) / 0.4), abs=0.08)
    assert found["loss high"].predicted(asked) == pytest.approx(means, abs=0.1)


def test_probability_held_by_hand(line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any]) -> None:
    """Every recent period, moved by the model's change at that period, blurred by the model's inflated spread."""
    columns = moves(n=300)
    loss = 3 + 0.5 * (columns["temperature"] - 72) + np.random.default_rng(5).normal(size=300)
    sheet = line('  recovery: {unit: "%"}', '  recovery: {unit: "%"}\n  loss: {unit: "%", high: 4}')
    plant = plant_of(sheet, columns | {"recovery": columns["temperature"], "loss": loss})
    check, basis = checks(plant)["loss high"], plant.surrogate.basis
    response, asked = plant.surrogate.responses["loss"], at([73.5])
    frame = plant.surrogate.frame
    moved = basis.design(frame.with_columns(temperature=pl.lit(73.5), flow=pl.lit(15.0))) - basis.design(frame)
    there = loss + moved @ response.coefficients
    sd = INFLATION * response.change(basis.shift(asked, check.now, frame))[1][0]
    assert check.held(asked)[0] == pytest.approx(norm.cdf((4 - there) / sd).mean(), abs=1e-6)


def test_now_holds_as_often_as_it_holds(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any]
) -> None:
    columns = moves(n=300)
    loss = 3 + np.random.default_rng(5).normal(size=300)  # no setting matters: the record itself is the answer
    sheet = line('  recovery: {unit: "%"}', '  recovery: {unit: "%"}\n  loss: {unit: "%", high: 4}')
    check = checks(plant_of(sheet, columns | {"recovery": columns["temperature"], "loss": loss}))["loss high"]
    told = check.line(None)
    assert told.now == pytest.approx(np.mean(loss <= 4), abs=0.03)
    assert told.probability_held is None
    assert told.predicted == pytest.approx(loss.mean(), abs=0.1)
    assert (told.name, told.bound, told.value, told.unit) == ("loss", "high", 4, "%")


def test_present_settings_are_always_kept(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any]
) -> None:
    """A limit broken today must not forbid to stay where the plant is."""
    columns = moves(n=300)
    loss = 3 + 0.5 * (columns["temperature"] - 72) + np.random.default_rng(5).normal(size=300)
    sheet = line('  recovery: {unit: "%"}', '  recovery: {unit: "%"}\n  loss: {unit: "%", high: 3}')
    plant = plant_of(sheet, columns | {"recovery": columns["temperature"], "loss": loss})
    check = checks(plant)["loss high"]
    now = present_of(plant.sheet, plant.surrogate.frame).now
    assert check.held(now)[0] < 0.95
    assert check.is_kept(now).tolist() == [True]
    warmer, cooler = now.with_columns(pl.col("temperature") + 3), now.with_columns(pl.col("temperature") - 3)
    assert check.is_kept(warmer).tolist() == [False]
    assert check.is_kept(cooler).tolist() == [True]


def test_limit_without_results_is_left_out(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any]
) -> None:
    columns = moves(n=300)
    sheet = line('  recovery: {unit: "%"}', '  recovery: {unit: "%"}\n  loss: {unit: "%", high: 4}')
    loss = [3.0] * 10 + [None] * 290
    assert checks(plant_of(sheet, columns | {"recovery": columns["temperature"], "loss": loss})) == {}


@pytest.mark.parametrize("known", [0, 5, 40, 400])
def test_formula_whose_condition_is_not_known_of_late(
    known: int, line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any]
) -> None:
    """The last periods that know the condition count; where none does, there is nothing to judge by, and no made-up answer."""
    limits = 'limits: [{name: load, formula: "temperature + 10*feed", high: 380}]'
    columns = moves()
    feed = np.where(np.arange(400) < known, columns["feed"], np.nan)
    sheet = line('objective: {maximize: recovery, unit: "%"}', f'objective: {{maximize: recovery, unit: "%"}}\n{limits}')
    frame = columns | {"recovery": columns["temperature"], "feed": pl.Series(feed).fill_nan(None)}
    found = checks(plant_of(sheet, frame))
    if known == 0:
        assert found == {}
        return
    told = found["load high"].line(at([78.0]))
    counted = feed[:known][-100:] if known < 400 else feed[40:]  # 60 days are 360 periods
    assert told.probability_held == pytest.approx(np.mean(78 + 10 * counted <= 380))
    assert told.predicted == pytest.approx(np.mean(78 + 10 * counted))


def test_a_limit_broken_today_is_not_left_to_the_mean_of_an_unsure_change(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any]
) -> None:
    """The history hardly tells what flow does to the loss: no change is expected, much is possible; half the periods break."""
    columns = moves(n=120)
    columns["flow"] = 15 + 0.02 * (columns["flow"] - 15)
    loss = 3 + 0.5 * (columns["temperature"] - 72) + np.random.default_rng(5).normal(size=120)
    sheet = line('  recovery: {unit: "%"}', '  recovery: {unit: "%"}\n  loss: {unit: "%", high: 3}')
    check = checks(plant_of(sheet, columns | {"recovery": columns["temperature"], "loss": loss}))["loss high"]
    far = at([float(check.now["temperature"][0])], [17.0])
    assert check.held(far, 1.5)[0] < check.held_now()[0] - 0.05
    assert check.is_kept(far).tolist() == [False]
