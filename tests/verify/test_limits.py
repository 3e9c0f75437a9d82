"""Limits of a trial are judged as approved, whatever the sheet says since."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from workbench.errors import InputError
from workbench.plant import read_sheet
from workbench.trial_records import StopRule

from .conftest import Trialled

LOSS = 'loss: {unit: "%", high: 4}'


@pytest.fixture
def lossy(run_trial) -> Trialled:
    """A trial whose proposed settings keep the loss at 6 %, above its approved limit of 4 %, and the present ones at 2 %."""
    trial = run_trial()
    return trial.edit("loss", 2.0, pl.lit(True)).edit("loss", 6.0, pl.col("temperature") > 72.0)


def with_sheet(trial: Trialled, text: str) -> Trialled:
    return replace(trial, sheet=read_sheet(text, "line.yaml"))


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        ('loss: {unit: "%", high: 40}', "is 40 % in today's sheet, and 4 % in the plan: the plan's is judged by"),
        ('loss: {unit: "%", high: 3}', "is 3 % in today's sheet, and 4 % in the plan: the plan's is judged by"),
        ('loss: {unit: "%"}', "is none in today's sheet, and 4 % in the plan: the plan's is judged by"),
    ],
)
def test_another_bound_than_the_plan_s_is_a_deviation_and_the_plan_s_is_judged_by(
    lossy: Trialled, line_text: str, loss: str, said: str
):
    verdict = with_sheet(lossy, line_text.replace(LOSS, loss)).verdict()
    assert verdict.limits == lossy.verdict().limits
    [limit] = verdict.limits
    assert (limit.value, limit.held_present, limit.held_proposed, limit.stopped) == (4.0, 1.0, 0.0, True)
    assert [d.kind for d in verdict.deviations] == ["changed limit", "stop rule"]
    assert verdict.deviations[0].text == f"the high limit of loss {said}"


def test_a_raised_limit_lowers_the_grade_even_where_the_approved_one_was_held(run_trial, line_text: str):
    trial = run_trial()
    assert trial.verdict().grade == "A"
    assert with_sheet(trial, line_text.replace(LOSS, 'loss: {unit: "%", high: 40}')).verdict().grade == "B"


def test_a_limit_of_what_the_sheet_has_no_more_is_said(lossy: Trialled, line_text: str):
    verdict = with_sheet(lossy, line_text.replace(f"  {LOSS}\n", "")).verdict()
    [limit] = verdict.limits
    assert (limit.name, limit.value, limit.held_present, limit.held_proposed) == ("loss", 4.0, None, None)
    assert [d.text for d in verdict.deviations] == [
        "the high limit of loss is 4 % in the plan, and today's sheet has no loss any more: it cannot be judged"
    ]


def test_a_limit_in_another_unit_is_refused(lossy: Trialled, line_text: str):
    with pytest.raises(InputError, match=r"loss is in \[g/L\] in the sheet, and a stop rule of the plan has it in \[%\]: put"):
        with_sheet(lossy, line_text.replace(LOSS, 'loss: {unit: "g/L", high: 4}')).verdict()


def test_a_bound_with_more_digits_than_a_plan_holds_is_the_same(run_trial, line_text: str):
    """The plan is written with six significant digits: the sheet's own are judged by."""
    trial = with_sheet(run_trial(), line_text.replace(LOSS, 'loss: {unit: "%", high: 4.0000004}'))
    verdict = trial.verdict()
    assert (verdict.grade, verdict.limits[0].value) == ("A", 4.0000004)


def test_a_limit_that_the_plan_does_not_have_is_the_sheet_s(run_trial, line_text: str):
    trial = with_sheet(run_trial(), line_text.replace('recovery: {unit: "%"}', 'recovery: {unit: "%", low: 10}'))
    verdict = trial.verdict()
    assert [(limit.name, limit.value) for limit in verdict.limits] == [("recovery", 10.0), ("loss", 4.0)]
    assert verdict.deviations == ()


def test_a_formula_that_is_gone_is_said(run_trial):
    trial = run_trial()
    rule = StopRule(limit="wash_ratio", bound="low", value=0.5, unit="-", periods=6)
    verdict = replace(trial, plan=trial.plan.model_copy(update={"stop_rules": (rule,)})).verdict()
    assert [limit.name for limit in verdict.limits] == ["loss", "wash_ratio"]
    assert [d.text for d in verdict.deviations] == [
        "the low limit of wash_ratio is 0.5 in the plan, and today's sheet has no wash_ratio any more: it cannot be judged"
    ]


def with_formula(trial: Trialled, text: str, today: str, planned: str | None = "2*loss", high: float = 8.0) -> Trialled:
    """The same trial of a sheet whose limit `double` is on `today`, and was on `planned` when it was planned."""
    sheet = f"{text}limits: [{{name: double, formula: '{today}', high: {high}, unit: '%'}}]\n" if today else text
    rule = StopRule(limit="double", bound="high", value=8.0, unit="%", periods=6, formula=planned)
    plan = trial.plan.model_copy(update={"stop_rules": (*trial.plan.stop_rules, rule)})
    made = with_sheet(replace(trial, plan=plan), sheet)
    columns = [limit.formula.expr().alias(f"@limit:{limit.name}") for limit in made.sheet.limits]
    return replace(made, frame=trial.frame.with_columns(columns))


def test_another_formula_than_the_plan_s_is_a_deviation_and_the_plan_s_is_judged_by(lossy: Trialled, line_text: str):
    """By today's formula the limit would have been held, and no stop rule met."""
    verdict = with_formula(lossy, line_text, "loss").verdict()
    as_planned = with_formula(lossy, line_text, "2*loss").verdict()
    assert verdict.limits == as_planned.limits
    [limit] = [limit for limit in verdict.limits if limit.name == "double"]
    assert (limit.value, limit.held_present, limit.held_proposed, limit.stopped) == (8.0, 1.0, 0.0, True)
    assert [d.text for d in verdict.deviations if d not in as_planned.deviations] == [
        "the limit double is on loss in today's sheet, and on 2*loss in the plan: the plan's is judged by"
    ]


def test_another_formula_lowers_the_grade_even_where_the_approved_one_was_held(run_trial, line_text: str):
    assert with_formula(run_trial(), line_text, "2*loss").verdict().grade == "A"
    assert with_formula(run_trial(), line_text, "(2 * loss)").verdict().grade == "A"  # the same, written otherwise
    assert with_formula(run_trial(), line_text, "loss", None).verdict().grade == "A"  # a plan of an older version
    verdict = with_formula(run_trial(), line_text, "loss").verdict()
    assert (verdict.grade, [d.kind for d in verdict.deviations]) == ("B", ["changed limit"])


def test_formula_and_bound_that_changed_are_both_said(run_trial, line_text: str):
    verdict = with_formula(run_trial(), line_text, "loss", high=7.0).verdict()
    assert [d.text.partition(" in today")[0] for d in verdict.deviations] == [
        "the limit double is on loss",
        "the high limit of double is 7 %",
    ]
    [limit] = [limit for limit in verdict.limits if limit.name == "double"]
    assert (limit.value, limit.held_proposed) == (8.0, 1.0)


def test_a_formula_of_the_plan_is_judged_by_though_the_limit_is_gone(lossy: Trialled, line_text: str):
    verdict = with_formula(lossy, line_text, "").verdict()
    [limit] = [limit for limit in verdict.limits if limit.name == "double"]
    assert (limit.held_present, limit.held_proposed, limit.stopped) == (1.0, 0.0, True)
    assert "the high limit of double is none in today's sheet, and 8 % in the plan: the plan's is judged by" in [
        d.text for d in verdict.deviations
    ]


def test_a_formula_of_the_plan_that_cannot_be_counted_any_more_is_said(run_trial, line_text: str):
    verdict = with_formula(run_trial(), line_text, "loss", "2*slip", high=7.0).verdict()
    assert [d.text for d in verdict.deviations] == [
        "the limit double is on loss in today's sheet, and on 2*slip in the plan, which today's variables no longer give: it"
        " cannot be judged"
    ]
    [limit] = [limit for limit in verdict.limits if limit.name == "double"]
    assert (limit.held_present, limit.held_proposed, limit.stopped) == (None, None, False)
