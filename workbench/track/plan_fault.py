"""A plan that is to be followed against the recommendation that was approved, and against itself as it was written."""

from __future__ import annotations

import itertools

from workbench.records import SettingLine, grid_of
from workbench.switchback.orders import admissible_orders, draw_order
from workbench.trial_records import PlanSetting, TrialPlan
from workbench.trials.looks import alpha_spent
from workbench.verify.states import ReviewState
from workbench.wording import shown_unit

__all__ = ["plan_fault"]

WHOLE = 1.0  # grid of settings that have whole numbers alone
DIGITS = 1e-6  # [-] plans are written with six significant digits


def plan_fault(plan: TrialPlan, state: ReviewState) -> str:
    """Return in words what of a plan is not as approved, or not as the planner wrote it; empty where all is.

    Parameters
    ----------
    plan : TrialPlan
        Of the record in `state`.
    state : ReviewState
        Of its recommendation.
    """
    fault = _setting_fault(plan, state) or _objective_fault(plan, state) or _test_fault(plan)
    if fault:
        return fault
    if plan.promise != state.recommendation.gain:
        return "the promise in it is not the one that was approved"
    if plan.identified().id != plan.id:
        return "it does not fit its id any more, so it was changed after it was written, or written by another version"
    return ""


def _setting_fault(plan: TrialPlan, state: ReviewState) -> str:
    lines = {s.name: s for s in state.recommendation.settings if None not in (s.now, s.proposed) and s.now != s.proposed}
    tried = {setting.name: setting for setting in plan.settings}
    for name in [*lines, *tried]:
        if name not in tried:
            return f"it leaves {name} out, which was approved with the others"
        if name not in lines:
            return f"it moves {name}, and nobody approved of that"
    for name, line in lines.items():
        setting = tried[name]
        if not _same(setting.proposed, line.proposed, 0.0):
            return f"it tries {name} at {_said(setting.proposed, setting)}, and approved was {_said(line.proposed, setting)}"
        if not _same(setting.present, line.now, _present_slack(line, setting)):
            return (
                f"it compares with {name} at {_said(setting.present, setting)},"
                f" and the recommendation starts from {_said(line.now, setting)}"
            )
    back = {setting.name: setting.present for setting in plan.rollback}
    if back != {name: setting.present for name, setting in tried.items()}:
        return "the settings to go back to are not the present ones"
    return ""


def _objective_fault(plan: TrialPlan, state: ReviewState) -> str:
    """Records of older versions do not say which way is better."""
    approved = state.recommendation.objective
    if approved is None or plan.maximize == approved.maximize:
        return ""
    tried, wanted = ("maximize", "minimize") if plan.maximize else ("minimize", "maximize")
    return f"it is a trial to {tried} {plan.objective}, and approved was to {wanted} it"


def _test_fault(plan: TrialPlan) -> str:
    n = len(plan.blocks)
    if n < 2 or n % 2:
        return f"its {n} blocks make no pairs"
    if [block.arm == "proposed" for block in plan.blocks] != draw_order(n, plan.seed).tolist():
        return f"its blocks are not in the order that seed {plan.seed} draws"
    if plan.n_orders != admissible_orders(n):
        return f"it counts {plan.n_orders:,} orders, and {n} blocks have {admissible_orders(n):,}"
    after = [look.after_block for look in plan.looks]
    if after[-1:] != [n] or any(a >= b for a, b in itertools.pairwise([0, *after])):
        return f"its looks, after {' and '.join(map(str, after)) or 'no'} of {n} blocks, do not rise to its end"
    for look in plan.looks:
        right = alpha_spent(look.after_block / n)
        if abs(look.alpha_spent - right) > DIGITS:
            return (
                f"its look after block {look.after_block} may spend an error rate of {look.alpha_spent:g},"
                f" and {right:.6g} is what it may"
            )
    return ""


def _present_slack(line: SettingLine, setting: PlanSetting) -> float:
    """How far the planner rounds a present value, to what people can set."""
    if line.max_step is None:
        return 0.0
    whole = all(isinstance(value, float) and value.is_integer() for value in (setting.present, setting.proposed))
    return max(grid_of(line.max_step), WHOLE if whole else 0.0) / 2


def _same(one: float | str | None, other: float | str | None, slack: float) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= slack + DIGITS * max(abs(one), abs(other))
    return one == other


def _said(value: float | str | None, setting: PlanSetting) -> str:
    return f"{value:.6g} {shown_unit(setting.unit)}".rstrip() if isinstance(value, float) else str(value)
