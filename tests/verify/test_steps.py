"""Whether a setting stands where it should is told by the plan's largest steps, whatever the sheet says since."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from workbench.plant import read_sheet
from workbench.verify.decay import _adherence
from workbench.verify.steps import changed_steps, with_steps

from .conftest import Trialled

STEPS = {"temperature": 5.0, "flow": 2.0}


def stepped(trial: Trialled, text: str, steps: dict[str, float] = STEPS) -> Trialled:
    """The same trial with a plan that keeps the steps, and another sheet."""
    return replace(trial, plan=trial.plan.model_copy(update={"max_steps": steps}), sheet=read_sheet(text, "line.yaml"))


def test_a_larger_step_does_not_hide_a_setting_that_moved(run_trial, line_text: str):
    """Of the plan's 2 m3/h a flow that stands still may differ by 0.4 between the arms; of today's 20 by 4."""
    trial = run_trial().edit("flow", 16.0, pl.col("temperature") > 72.0)
    larger = line_text.replace("max_step: 2", "max_step: 20")
    assert "other setting" not in [d.kind for d in stepped(trial, larger, {}).verdict().deviations]  # an older plan
    verdict = stepped(trial, larger).verdict()
    assert [d.kind for d in verdict.deviations] == ["changed step", "other setting"]
    assert verdict.deviations[0].text == (
        "max_step of flow is 20 m3/h in today's sheet, and 2 m3/h in the plan: the plan's is judged by"
    )


def test_another_step_lowers_the_grade_and_the_same_does_not(run_trial, line_text: str):
    trial = run_trial()
    assert stepped(trial, line_text).verdict().grade == "A"
    assert stepped(trial, line_text.replace("max_step: 2", "max_step: 2.0000001")).verdict().grade == "A"
    verdict = stepped(trial, line_text.replace("max_step: 5", "max_step: 50")).verdict()
    assert (verdict.grade, [d.kind for d in verdict.deviations]) == ("B", ["changed step"])
    assert verdict.adherence == trial.verdict().adherence


def test_settings_that_only_one_of_both_has_are_left_alone(run_trial, line_text: str):
    trial = stepped(run_trial(), line_text, {"temperature": 5.0, "speed": 1.0})
    assert changed_steps(trial.sheet, trial.plan) == ()
    assert with_steps(trial.sheet, trial.plan) is trial.sheet


def test_months_after_a_trial_are_held_by_the_plan_s_steps_too(run_trial, line_text: str):
    """78 degC is no 74 degC by a tolerance of 2, though today's step of 50 would give 5."""
    trial = stepped(run_trial(), line_text.replace("max_step: 5", "max_step: 50"))
    rows = trial.frame.with_columns(pl.lit(78.0).alias("temperature"))
    assert _adherence(rows, trial.sheet, trial.plan) == 0.0
