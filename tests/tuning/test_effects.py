"""Process knowledge as a constraint: cut normals; plants where it helps, where it adds nothing, where it is contradicted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from workbench.tuning import tune
from workbench.tuning.effect_part import part_of_objective
from workbench.tuning.effects import truncated_moments, with_effects
from workbench.tuning.present import present_of

OUTCOME = '  recovery: {unit: "%"}\n'
LIMITED = OUTCOME + '  loss: {unit: "%", high: 3}\n'


def knowing(direction: str, outcome: str = "loss") -> str:
    return f"{LIMITED}effects: [{{setting: temperature, outcome: {outcome}, direction: {direction}}}]\n"


@pytest.fixture(scope="module")
def plant(plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]) -> Callable[..., Any]:
    """Recovery rises with temperature, loss by `slope` per degC."""

    def make(sheet: Any, slope: float, n: int = 400, noise: float = 0.3) -> Any:
        columns = moves(0, n=n)
        step = columns["temperature"] - 72
        recovery = 0.5 * step + 0.4 * (columns["feed"] - 30) + memory(0, n, sd=0.7)
        return plant_of(sheet, columns | {"recovery": recovery, "loss": 2.0 + slope * step + memory(9, n, sd=noise)})

    return make


@given(st.floats(-6, 6), st.floats(0.01, 10))
def test_moments_of_a_cut_normal(mean: float, sd: float) -> None:
    cut = stats.truncnorm(-mean / sd, np.inf, loc=mean, scale=sd)
    got = truncated_moments(mean, sd)
    if mean / sd > -20:
        assert got[0] == pytest.approx(cut.mean(), rel=1e-5, abs=1e-9)
        assert got[1] == pytest.approx(cut.std(), rel=1e-3, abs=1e-9)
    assert got[0] >= 0.0
    assert got[1] <= sd


def step_up(plant: Any, sheet: Any) -> tuple[Any, Any, Any]:
    """Effect of one step up on the loss, before and after; and the findings."""
    present = present_of(sheet, plant.surrogate.frame)
    told, findings = with_effects(sheet, plant.surrogate, present)
    up = present.now.with_columns(present.now["temperature"] + 5.0)
    shifts = plant.surrogate.basis.shift(up, present.now, present.recent)
    return plant.surrogate.responses["loss"].change(shifts), told.responses["loss"].change(shifts), findings


def test_knowledge_moves_an_effect_that_is_hardly_known(line: Callable[..., Any], plant: Callable[..., Any]) -> None:
    sheet = line(OUTCOME, knowing("up"))
    (mean, sd), (told, told_sd), findings = step_up(plant(sheet, slope=0.0), sheet)
    assert told[0] > max(mean[0], 0.0)
    assert told_sd[0] < sd[0]
    assert findings == ()


def test_knowledge_that_the_records_share_changes_nothing(line: Callable[..., Any], plant: Callable[..., Any]) -> None:
    sheet = line(OUTCOME, knowing("up"))
    (mean, sd), (told, told_sd), findings = step_up(plant(sheet, slope=0.3), sheet)
    assert told[0] == pytest.approx(mean[0], rel=0.01)
    assert told_sd[0] == pytest.approx(sd[0], rel=0.05)
    assert findings == ()


def test_contradicted_knowledge_is_said_and_neither_is_believed(line: Callable[..., Any], plant: Callable[..., Any]) -> None:
    sheet = line(OUTCOME, knowing("down"))
    (mean, sd), (told, told_sd), (finding,) = step_up(plant(sheet, slope=0.3), sheet)
    assert finding.code == "T108"
    assert finding.tag == "temperature"
    assert finding.text.startswith("the sheet says that loss goes down when temperature rises, the records say the opposite: ")
    assert "90 % interval" in finding.text
    assert abs(told[0]) < 0.1 * mean[0]
    assert told_sd[0] > sd[0]
    assert told_sd[0] == pytest.approx(mean[0], rel=0.2)


def test_fit_and_residuals_stay_the_outcome(line: Callable[..., Any], plant: Callable[..., Any]) -> None:
    """What the model no longer says is left to the residuals: their sum is the outcome as it was."""
    sheet = line(OUTCOME, knowing("down"))
    made = plant(sheet, slope=0.3)
    told, _ = with_effects(sheet, made.surrogate, present_of(sheet, made.surrogate.frame))
    for name in ("loss", "@objective"):
        before, after = made.surrogate.responses[name], told.responses[name]
        whole = before.fitted(before.design) + before.residuals
        np.testing.assert_allclose(after.fitted(after.design) + after.residuals, whole, atol=1e-9)
        assert np.linalg.eigvalsh(after.covariance).min() > -1e-9


def test_the_objective_that_is_the_outcome_is_constrained_too(line: Callable[..., Any], plant: Callable[..., Any]) -> None:
    """Who knows that temperature lowers recovery is not told to raise it."""
    free = plant(line(OUTCOME, LIMITED), slope=0.0)
    tuned = tune(free.sheet, free.surrogate, n_trials=5)
    assert {s.name: s.proposed > s.now for s in tuned.settings}["temperature"]
    sheet = line(OUTCOME, knowing("down", "recovery"))
    told = tune(sheet, plant(sheet, slope=0.0).surrogate, n_trials=5)
    assert {s.name: s.proposed == s.now for s in told.settings}["temperature"]
    assert [f.code for f in told.findings if f.tag == "temperature"] == ["T108"]
    assert not told.proposed
    assert told.reasons[-1] == (
        "What the sheet says under effects of temperature contradicts the records (T108): neither is believed, so correct what "
        "is wrong."
    )


def test_without_effects_nothing_changes(line: Callable[..., Any], plant: Callable[..., Any]) -> None:
    sheet = line(OUTCOME, LIMITED)
    made = plant(sheet, slope=0.3)
    told, findings = with_effects(sheet, made.surrogate, present_of(sheet, made.surrogate.frame))
    assert findings == ()
    assert dict(told.responses) == dict(made.surrogate.responses)


FORMULAS = [("2*recovery + 0*flow", 2.0, 0.0), ("0.3*temperature**2 - 2*recovery", -2.0, 0.3), ("recovery - 4*feed", 1.0, 0.0)]


@pytest.mark.parametrize(("formula", "factor", "square"), FORMULAS)
def test_a_formula_that_is_linear_in_the_outcome_is_constrained_too(
    formula: str, factor: float, square: float, line: Callable[..., Any], plant: Callable[..., Any]
) -> None:
    """What is known of recovery holds for the formula less what the settings add, which is exact."""
    objective = ("objective: {maximize: recovery", f'objective: {{maximize: "{formula}"')
    sheet = line(OUTCOME, knowing("down", "recovery").replace("temperature", "flow"), *objective)
    surrogate = plant(sheet, slope=0.0).surrogate
    present = present_of(sheet, surrogate.frame)
    up = present.now.with_columns(present.now["flow"] + 2.0)
    shifts = surrogate.basis.shift(up, present.now, present.recent)
    told, findings = with_effects(sheet, surrogate, present)
    assert findings == ()
    moved = pl.concat([up, present.now.with_columns(present.now["temperature"] + 5.0)])
    part = part_of_objective(sheet, surrogate.frame, present, "recovery", moved)
    assert part is not None
    now = present.now["temperature"][0]
    assert part.factor == pytest.approx(factor)
    assert part.exact == pytest.approx([0.0, square * ((now + 5.0) ** 2 - now**2)])
    (before,), (after,) = (s.responses["@objective"].change(shifts)[0] for s in (surrogate, told))
    assert after / factor <= 0.0
    assert after / factor < before / factor
    if formula.startswith("2*recovery"):
        plain = line(OUTCOME, knowing("down", "recovery").replace("temperature", "flow"))
        alone = with_effects(plain, plant(plain, slope=0.0).surrogate, present)[0].responses["@objective"]
        assert after == pytest.approx(2.0 * alone.change(shifts)[0][0], rel=1e-6)


@pytest.mark.parametrize("formula", ["recovery*flow", "recovery**2", "recovery - loss", "3*loss"])
def test_no_part_of_a_formula_that_is_not_linear_in_the_outcome_alone(
    formula: str, line: Callable[..., Any], plant: Callable[..., Any]
) -> None:
    sheet = line(OUTCOME, LIMITED, "objective: {maximize: recovery", f'objective: {{maximize: "{formula}"')
    frame = plant(sheet, slope=0.3).surrogate.frame
    present = present_of(sheet, frame)
    assert part_of_objective(sheet, frame, present, "recovery", present.now) is None


def test_it_is_said_where_the_promise_goes_by_the_records_still(line: Callable[..., Any], plant: Callable[..., Any]) -> None:
    sheet = line(OUTCOME, knowing("down", "recovery"), "objective: {maximize: recovery", "objective: {maximize: recovery*flow")
    surrogate = plant(sheet, slope=0.3).surrogate
    told, (finding,) = with_effects(sheet, surrogate, present_of(sheet, surrogate.frame))
    assert told.responses["@objective"] is surrogate.responses["@objective"]
    assert finding.text.endswith(
        "Neither is believed (the promise still goes by the records: the objective is not linear in recovery alone), and "
        "temperature is left alone: check the sheet, or look for what moved both"
    )


def test_knowledge_moves_what_stretches_of_the_history_say(line: Callable[..., Any], plant: Callable[..., Any]) -> None:
    """Stretches that say the opposite of what is known no longer widen the interval; where they agree, nothing changes."""
    for slope, few in ((0.0, True), (0.3, False)):
        sheet = line(OUTCOME, knowing("up"))
        surrogate = plant(sheet, slope=slope).surrogate
        present = present_of(sheet, surrogate.frame)
        told, _ = with_effects(sheet, surrogate, present)
        up = present.now.with_columns(present.now["temperature"] + 5.0)
        shifts = surrogate.basis.shift(up, present.now, present.recent)
        before, after = (s.responses["loss"].change_sd_by_stretches(shifts)[0] for s in (surrogate, told))
        each = told.responses["loss"].without_stretch @ shifts[0, told.responses["loss"].setting_terms]
        assert (each >= 0.0).all()
        assert after < 0.8 * before if few else after == pytest.approx(before, rel=0.05)


def test_what_is_contradicted_stays_though_others_move_with_it(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> None:
    """Flow goes with temperature in the history; the sheet's wrong word on temperature alone moves neither way."""
    for seed in range(3):
        columns = moves(seed)
        step = columns["temperature"] - 72
        columns["flow"] = 15 + 0.35 * step + 0.35 * (columns["flow"] - 15)
        recovery = 0.5 * step + 0.5 * (columns["flow"] - 15) + memory(seed, 400, sd=0.7)
        sheet = line(OUTCOME, f"{OUTCOME}effects: [{{setting: temperature, outcome: recovery, direction: down}}]\n")
        told = tune(sheet, plant_of(sheet, columns | {"recovery": recovery}).surrogate, n_trials=5)
        assert "T108" in {f.code for f in told.findings}
        for lines in (told.settings, told.candidate.settings if told.candidate else ()):
            assert all(s.proposed == s.now for s in lines if s.name == "temperature")
        assert [d.name for d in told.space.dimensions] == ["flow"]


def test_every_setting_contradicted_is_an_answer_too(line: Callable[..., Any], plant: Callable[..., Any]) -> None:
    both = knowing("down").replace("]", ", {setting: flow, outcome: loss, direction: up}]")
    sheet = line(OUTCOME, both)
    made = plant(sheet, slope=0.3)
    told = tune(sheet, made.surrogate, n_trials=5, fix=["flow"])
    assert not told.proposed
    assert told.space.dimensions == ()
    assert told.reasons[-1].startswith("What the sheet says under effects of temperature contradicts the records (T108)")
