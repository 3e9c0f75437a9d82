"""Whether a sheet still says what was promised and put on trial: what is measured is what was promised."""

from __future__ import annotations

import math

from workbench.errors import InputError
from workbench.plant import Sheet
from workbench.trial_records import TrialPlan
from workbench.verify.states import ReviewState

__all__ = ["check_same"]

SAME_WORTH = 1e-4  # [-] records hold six significant digits


def check_same(sheet: Sheet, state: ReviewState, plan: TrialPlan | None) -> None:
    """Refuse a sheet by which something else would be measured than was promised and put on trial.

    Parameters
    ----------
    sheet : Sheet
        Of the plant, as it is today.
    state : ReviewState
        Of a recommendation that promises a gain.
    plan : TrialPlan or None
        Of its trial; only a plan holds the direction of the objective.

    Raises
    ------
    InputError
        If the sheet's objective, its unit, its direction or its worth in money is another one, or a setting is gone.
    """
    record, objective = state.recommendation, sheet.objective
    assert record.gain is not None  # a promise has one
    back = f"put the sheet back as it was when {record.id} was made"
    if (objective.text, objective.unit) != (record.gain.objective, record.gain.unit):
        raise InputError(
            f"{state.sheet}: its objective is {objective.text} [{objective.unit}], promised was {record.gain.objective}"
            f" [{record.gain.unit}]: {back}"
        )
    if plan is not None and objective.maximize != plan.maximize:
        raise InputError(
            f"{state.sheet}: its objective is to {_verb(objective.maximize)} {objective.text}, and plan {plan.id} is a trial to"
            f" {_verb(plan.maximize)} it: {back}"
        )
    _check_worth(sheet, state, back)
    lost = [s.name for s in record.settings if s.proposed is not None and s.name not in sheet.settings]
    if lost:
        raise InputError(f"{state.sheet}: the setting {lost[0]} of {record.id} is gone: {back}")


def _check_worth(sheet: Sheet, state: ReviewState, back: str) -> None:
    """Money promised and money measured are counted at the same prices."""
    gain, promised = state.recommendation.gain, state.recommendation.value_per_year
    if promised is None or gain is None or gain.expected == 0.0:
        return
    worth, was = sheet.value_per_unit_year, promised.expected / gain.expected
    same = worth is not None and (bool(sheet.objective.costs) or math.isclose(worth, was, rel_tol=SAME_WORTH))
    if not same or sheet.currency != promised.currency:
        now = "nothing" if worth is None else f"{worth:,.6g} {sheet.currency}"
        raise InputError(
            f"{state.sheet}: a {gain.unit or 'unit'} of gain held for a year is worth {now} there, promised was"
            f" {was:,.6g} {promised.currency}: {back}"
        )


def _verb(maximize: bool) -> str:
    return "maximize" if maximize else "minimize"
