"""How wide a gain's interval is: by the number of results, and by whether settings did the same all along."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from workbench.tuning import tune
from workbench.tuning.judge import Z, inflation_of


@pytest.fixture(scope="module")
def learned(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> Callable[..., Any]:
    """The objective of `n` periods in which temperature does `before` [%/degC], and 0.5 from a share of the history on."""

    def response(n: int, before: float, share: float) -> Any:
        columns = moves(0, n)
        slope = np.where(np.arange(n) < share * n, before, 0.5)
        columns["recovery"] = 80 + slope * (columns["temperature"] - 72) + memory(0, n, sd=0.5)
        return plant_of(line(), columns).surrogate

    return response


@pytest.mark.parametrize(("n", "factor"), [(100, np.sqrt(1 + (1.3**2 - 1) / 4)), (400, 1.3), (900, 1.3)])
def test_many_results_do_not_make_a_model_right(n: int, factor: float, learned: Callable[..., Any]) -> None:
    assert inflation_of(learned(n, 0.5, 0.5).responses["@objective"]) == pytest.approx(factor)


def test_an_interval_is_wider_where_the_behaviour_changed(learned: Callable[..., Any]) -> None:
    """The slope turns from -0.5 to 0.5 halfway; the record says so, and the same doubt counts 1.7 times instead of 1.3."""
    surrogate = learned(900, -0.5, 0.5)
    assert {f.code for f in surrogate.findings} & {"M103", "M106"}
    assert inflation_of(surrogate.responses["@objective"]) == pytest.approx(1.7)


def test_a_drift_alone_widens_it_too(line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any]) -> None:
    """The slope goes steadily from -0.5 to 0.5."""
    columns, n = moves(0, 900), 900
    slope = np.linspace(-0.5, 0.5, n)
    columns["recovery"] = 80 + slope * (columns["temperature"] - 72) + 0.3 * np.random.default_rng(1).normal(size=n)
    surrogate = plant_of(line(), columns).surrogate
    assert "M106" in {f.code for f in surrogate.findings}
    assert inflation_of(surrogate.responses["@objective"]) == pytest.approx(1.7)


def test_the_interval_of_a_promise_has_that_factor(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any]
) -> None:
    columns = moves(0, 400)
    columns["recovery"] = 80 + 0.5 * (columns["temperature"] - 72) + 0.3 * np.random.default_rng(1).normal(size=400)
    plant = plant_of(line(), columns)
    judge = tune(plant.sheet, plant.surrogate, n_trials=20).judge
    assert judge.z == pytest.approx(1.3 * Z)
