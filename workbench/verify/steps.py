"""The largest steps of settings in a trial: tolerances are counted from those of the plan, not from today's sheet."""

from __future__ import annotations

from workbench.plant import Sheet
from workbench.records import round_significant
from workbench.trial_records import Deviation, TrialPlan
from workbench.wording import shown_unit

__all__ = ["changed_steps", "with_steps"]


def with_steps(sheet: Sheet, plan: TrialPlan) -> Sheet:
    """Return the sheet with the plan's largest steps; as it is where the plan, of an older version, keeps none."""
    changed = _changed(sheet, plan)
    if not changed:
        return sheet
    settings = {
        name: setting.model_copy(update={"max_step": plan.max_steps[name]}) if name in changed else setting
        for name, setting in sheet.settings.items()
    }
    return sheet.model_copy(update={"settings": settings})


def changed_steps(sheet: Sheet, plan: TrialPlan) -> tuple[Deviation, ...]:
    """Return a deviation for each setting whose `max_step` in today's sheet is another one than when the trial was planned."""
    return tuple(
        Deviation(
            block=None,
            kind="changed step",
            text=f"max_step of {name} is {_said(sheet, name, sheet.settings[name].max_step)} in today's sheet, and"
            f" {_said(sheet, name, plan.max_steps[name])} in the plan: the plan's is judged by",
        )
        for name in _changed(sheet, plan)
    )


def _changed(sheet: Sheet, plan: TrialPlan) -> list[str]:
    """Numeric settings of both whose steps differ, at the digits that a plan holds."""
    return [
        name
        for name, step in plan.max_steps.items()
        if name in sheet.settings
        and not sheet.settings[name].is_categorical
        and round_significant(sheet.settings[name].max_step) != round_significant(step)
    ]


def _said(sheet: Sheet, name: str, step: float | None) -> str:
    return "none" if step is None else f"{step:.6g} {shown_unit(sheet.settings[name].unit)}".rstrip()
