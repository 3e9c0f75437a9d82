"""Whether a sheet still says what was promised and put on trial: what is measured is what was promised."""

from __future__ import annotations

import math

from workbench.errors import InputError
from workbench.plant import Sheet
from workbench.records import CostLine, ObjectiveLine, Recommendation, round_significant
from workbench.trial_records import TrialPlan
from workbench.verify.states import ReviewState

__all__ = ["check_same"]

SAME_WORTH = 1e-4  # [-] records hold six significant digits


def check_same(sheet: Sheet, state: ReviewState, plan: TrialPlan | None) -> None:
    """Refuse a sheet by which something else would be tried or measured than was promised and put on trial.

    Parameters
    ----------
    sheet : Sheet
        Of the plant, as it is today.
    state : ReviewState
        Of a recommendation that promises a gain. A record without its `objective`, of an older version, says nothing of
        direction and costs, and of the price only what its money tells.
    plan : TrialPlan or None
        Of its trial, where there is one; it holds the direction too.

    Raises
    ------
    InputError
        If the sheet's objective, its unit, its direction, its worth in money or its costs are other ones, or a setting is gone.
    """
    record, objective = state.recommendation, sheet.objective
    assert record.gain is not None  # a promise has one
    back = f"put the sheet back as it was when {record.id} was made"
    if (objective.text, objective.unit) != (record.gain.objective, record.gain.unit):
        raise InputError(
            f"{state.sheet}: its objective is {objective.text} [{objective.unit}], promised was {record.gain.objective}"
            f" [{record.gain.unit}]: {back}"
        )
    now = f"{state.sheet}: its objective is to {_verb(objective.maximize)} {objective.text}"
    if record.objective is not None and objective.maximize != record.objective.maximize:
        raise InputError(f"{now}, promised was to {_verb(record.objective.maximize)} it: {back}")
    if plan is not None and objective.maximize != plan.maximize:
        raise InputError(f"{now}, and plan {plan.id} is a trial to {_verb(plan.maximize)} it: {back}")
    _check_worth(sheet, record, state.sheet, back)
    if record.objective is not None:
        _check_costs(sheet.objective_line, record.objective, state.sheet, back)
    lost = [s.name for s in record.settings if s.proposed is not None and s.name not in sheet.settings]
    if lost:
        raise InputError(f"{state.sheet}: the setting {lost[0]} of {record.id} is gone: {back}")


def _check_worth(sheet: Sheet, record: Recommendation, where: str, back: str) -> None:
    """Money promised and money measured are counted at the same price."""
    gain, money, was = record.gain, record.value_per_year, record.objective
    worth, currency = sheet.value_per_unit_year, sheet.currency
    if was is not None:
        promised = _worth_words(was.value_per_unit, was.currency)
        same = round_significant(worth) == round_significant(was.value_per_unit) and (worth is None or currency == was.currency)
    elif money is None or gain is None or gain.expected == 0.0:
        return
    else:
        per_unit = money.expected / gain.expected
        promised = _worth_words(per_unit, money.currency)
        is_near = worth is not None and (bool(sheet.objective.costs) or math.isclose(worth, per_unit, rel_tol=SAME_WORTH))
        same = is_near and currency == money.currency
    if not same:
        unit = sheet.objective.unit or "unit"
        raise InputError(
            f"{where}: a {unit} of gain held for a year is worth {_worth_words(worth, currency)} there,"
            f" promised was {promised}: {back}"
        )


def _check_costs(now: ObjectiveLine, was: ObjectiveLine, where: str, back: str) -> None:
    """What is taken off the money is what was promised to be taken off it, over as many hours."""
    if now.costs != was.costs:
        raise InputError(
            f"{where}: the costs of its objective are {_cost_words(now.costs)}, promised was with {_cost_words(was.costs)}:"
            f" {back}"
        )
    if was.costs and round_significant(now.hours_per_year) != round_significant(was.hours_per_year):
        raise InputError(
            f"{where}: the costs of its objective run for {_hour_words(now.hours_per_year)} a year, promised was with"
            f" {_hour_words(was.hours_per_year)}: {back}"
        )


def _verb(maximize: bool) -> str:
    return "maximize" if maximize else "minimize"


def _worth_words(worth: float | None, currency: str | None) -> str:
    return "nothing" if worth is None else f"{worth:,.6g} {currency or ''}".rstrip()


def _cost_words(costs: tuple[CostLine, ...]) -> str:
    return " and ".join(f"{cost.formula} [{cost.unit}]" for cost in costs) or "none"


def _hour_words(hours: float | None) -> str:
    return "no stated hours" if hours is None else f"{hours:g} h"
