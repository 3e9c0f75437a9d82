"""An objective over settings and conditions alone: the formula says what a change gains, and no cause can hide in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from workbench.tuning import Tuned, tune

OBJECTIVE = 'objective: {maximize: recovery, unit: "%"}'
COMPUTED = 'objective: {maximize: "24*flow - 2*temperature", unit: kg/h}'
LIMITED = 'recovery: {unit: "%"}'


@pytest.fixture(scope="module", params=range(3))
def computed(
    request: pytest.FixtureRequest,
    line: Callable[..., Any],
    plant_of: Callable[..., Any],
    moves: Callable[..., Any],
    memory: Callable[..., Any],
) -> Tuned:
    """More flow pays as far as recovery stays above its limit."""
    seed = request.param
    columns = moves(seed)
    recovery = 90.0 - 2.0 * (columns["flow"] - 15.0) + 0.3 * (columns["temperature"] - 72.0) + memory(seed, 400, sd=0.7)
    plant = plant_of(line(OBJECTIVE, COMPUTED, LIMITED, 'recovery: {unit: "%", low: 87}'), columns | {"recovery": recovery})
    return tune(plant.sheet, plant.surrogate, n_trials=20)


def test_gain_is_what_the_formula_says(computed: Tuned) -> None:
    assert computed.gain is not None
    move = {s.name: float(s.proposed) - float(s.now) for s in computed.settings}
    gain = 24.0 * move["flow"] - 2.0 * move["temperature"]
    assert computed.gain.expected == pytest.approx(gain, rel=1e-3)
    assert computed.gain.low <= gain + 1e-6 * gain
    assert computed.gain.high >= gain - 1e-6 * gain


def test_no_cause_is_said_to_hide_in_it(computed: Tuned) -> None:
    assert computed.hidden is None
    assert not {"T106", "T107", "T109", "T110"} & {f.code for f in computed.findings}


@pytest.mark.parametrize(("cost", "most"), [("0.1*flow", 1.0), ("0.1*recovery", 0.9)])
def test_savings_that_follow_an_outcome_are_learned_and_not_promised_whole(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], cost: str, most: float
) -> None:
    priced = f'{COMPUTED[:-1]}, value_per_unit: 8000, costs: [{{formula: "{cost}", unit: EUR/h}}]}}'
    columns = moves()
    plant = plant_of(line(OBJECTIVE, f"currency: EUR\nhours_per_year: 8000\n{priced}"), columns | {"recovery": columns["feed"]})
    assert tune(plant.sheet, plant.surrogate, n_trials=3).judge.promise_most == most
