"""What is worth saying about a sheet that can be read: findings S101 to S107, none of which refuses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.errors import closest_hint
from workbench.plant import units
from workbench.plant.unit_table import COMMON
from workbench.records import Finding

if TYPE_CHECKING:
    from workbench.plant.sheet import Sheet

__all__ = ["sheet_findings"]

TIME_KEYS = ("delay", "lag", "covers", "max_gap", "stamp")  # of a variable, which place or hold its readings in time


def sheet_findings(sheet: Sheet) -> tuple[Finding, ...]:
    """Return what a person should know about a sheet.

    S101 no limit; S102 no money; S103 a unit read as another currency; S104 no unit; S105 an objective over
    settings alone; S106 no timezone for a file; S107 keys about time on variables of batches.
    """
    found: list[Finding] = []

    def say(code: str, text: str, tag: str | None = None) -> None:
        found.append(Finding(code=code, tag=tag, text=text))

    if not sheet.limits and not any(o.low is not None or o.high is not None for o in sheet.outcomes.values()):
        say("S101", "the sheet has no limit: give an outcome low or high where something must hold")
    if sheet.value_per_unit_year is None:
        key = "hours_per_year" if sheet.objective.money_per_hour is not None else "value_per_unit"
        say("S102", f"the sheet has no {key}: the gain stays without its worth in money per year")
    units_of: list[tuple[str, str, str | None]] = [(name, one.unit, name) for name, one in sheet.variables.items()]
    for what, unit, tag in [*units_of, ("the objective", sheet.objective.unit, None)]:
        money = units.currency_of(unit)
        if money is not None and money != sheet.currency:
            hint = "" if money in COMMON else closest_hint(money, COMMON)
            say("S103", f"unit '{unit}' of {what} is read as the currency {money}, which is not the sheet's{hint}", tag)
    if not sheet.objective.unit:
        say("S104", 'no unit is given for the objective (write "-" for a plain number)')
    bare = [name for name, setting in sheet.settings.items() if not setting.unit and not setting.is_categorical]
    if bare:
        say(
            "S104",
            f'no unit is given for {", ".join(bare)}: nothing is converted (write "-" for plain numbers)',
        )
    if sheet.objective.formula.names <= set(sheet.settings):
        say("S105", "the objective names settings only: it is computed, nothing about it is learned from records")
    if sheet.source is not None and sheet.source.kind == "file" and "timezone" not in sheet.model_fields_set:
        say("S106", "no timezone is given: stamps without an offset are read as UTC")
    if sheet.batch is not None:
        for name, variable in sheet.variables.items():
            unread = [key for key in TIME_KEYS if getattr(variable, key) != type(variable).model_fields[key].default]
            if unread:
                keys = f"{' and '.join(unread)} of {name} {'is' if len(unread) == 1 else 'are'}"
                say("S107", f"{keys} not read: rows belong to their batch", name)
    return tuple(found)
