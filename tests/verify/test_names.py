"""A plant may call its variables as it likes: no name of a column that verification makes for itself gets in the way."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from workbench.plant import read_sheet
from workbench.trial_records import StopRule
from workbench.verify.change import change_verdict
from workbench.verify.picture import trial_picture
from workbench.verify.trial import Evidence

from .test_change import LINEAGE, history, recommended

OWN = ("is_on", "is_window", "aside", "way", "on_present", "on_proposed", "share_present", "share_proposed", "why", "runs")
OWN += ("outside", "gain", "money", "month", "y", "q", "hours_counted", "is_lost", "objective", "cost", "prognosis", "number")


@pytest.mark.parametrize("name", OWN)
def test_an_outcome_of_any_name_has_its_effect_its_limit_and_its_stop_rule(run_trial, line_text, name):
    trial = run_trial()
    sheet = read_sheet(line_text.replace("  loss:", f'  {name}: {{unit: "%", high: 4}}\n  loss:'), "line.yaml")
    frame = trial.frame.with_columns(pl.when(pl.col("temperature") > 72.0).then(6.0).otherwise(2.0).alias(name))
    rule = StopRule(limit=name, bound="high", value=4.0, unit="%", periods=6)
    plan = trial.plan.model_copy(update={"stop_rules": (rule,)})
    verdict = replace(trial, sheet=sheet, plan=plan, frame=frame).verdict()
    limit = next(limit for limit in verdict.limits if limit.name == name)
    assert (limit.held_present, limit.held_proposed, limit.stopped) == (1.0, 0.0, True)
    assert next(other for other in verdict.others if other.name == name).estimate == pytest.approx(4.0)
    assert "stop rule" in {deviation.kind for deviation in verdict.deviations}
    assert (verdict.adherence, verdict.blocks_used) == (1.0, 20)
    assert verdict.effect == trial.verdict().effect


def test_the_conditions_of_a_plan_may_have_any_names(run_trial, line_text):
    trial = run_trial()
    usual = trial.verdict()
    for name in OWN:
        sheet = read_sheet(line_text.replace("  feed:", f"  {name}:"), "line.yaml")
        plan = trial.plan.model_copy(update={"covariates": (name,)})
        renamed = replace(trial, sheet=sheet, plan=plan, frame=trial.frame.rename({"feed": name}))
        verdict = renamed.verdict()
        assert (name, verdict.effect, verdict.deviations) == (name, usual.effect, usual.deviations)
        picture = trial_picture(sheet, plan, renamed.evidence)
        assert picture.orders.tolist() == trial_picture(trial.sheet, trial.plan, trial.evidence).orders.tolist()


def test_a_change_without_a_trial_may_move_anything(line_text):
    frame = history(effect=8.0)
    sheet = read_sheet(line_text, "line.yaml")
    usual = change_verdict(sheet, recommended(sheet), Evidence(frame, 1.0, LINEAGE), "2026-06-01T00:00:00+00:00")
    for name in ("is_on", "is_window", "aside", "way", "on_proposed"):
        sheet = read_sheet(line_text.replace("  loss:", f"  {name}:"), "line.yaml")
        evidence = Evidence(frame.rename({"loss": name}), 1.0, LINEAGE)
        verdict = change_verdict(sheet, recommended(sheet), evidence, "2026-06-01T00:00:00+00:00")
        assert verdict.effect == usual.effect
        assert [(limit.held_present, limit.held_proposed) for limit in verdict.limits] == [(1.0, 1.0)]
