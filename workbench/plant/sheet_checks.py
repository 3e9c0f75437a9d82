"""Checks across the keys of a sheet: what no key can know alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from workbench.errors import closest_hint
from workbench.plant import units
from workbench.plant.formula import Formula
from workbench.plant.parts import fault
from workbench.plant.spans import format_duration

if TYPE_CHECKING:
    from workbench.plant.sheet import Sheet
    from workbench.plant.variables import Variable

__all__ = ["check_sheet"]

_LONGEST_YEAR = 8784  # [h] hours of a leap year
_LONGEST_PERIOD = timedelta(days=366)


def check_sheet(sheet: Sheet) -> None:
    """Raise the first fault among keys that must fit together; its keys are counted from the sheet's top."""
    _check_grain(sheet)
    _check_names(sheet)
    _check_tags(sheet)
    _check_formulas(sheet)
    _check_objective_unit(sheet)
    _check_money(sheet)
    _check_effects(sheet)
    _check_model_name(sheet)
    _check_simulator(sheet)


def _check_grain(sheet: Sheet) -> None:
    if not sheet.settings:
        raise fault("is empty: list at least one setting that you may change", "settings")
    if sheet.period is not None and sheet.batch is not None:
        raise fault("stands beside period: a plant runs in periods or in batches, remove one", "batch")
    if sheet.period is None and sheet.batch is None and sheet.model.kind != "simulator":
        raise fault("is missing: write the grain of operation, such as period: 4h, or batch: COLUMN", "period")
    if sheet.period is not None and not timedelta(0) < sheet.period <= _LONGEST_PERIOD:
        raise fault(f"'{format_duration(sheet.period)}' must be above 0 and at most a year", "period")
    if sheet.batch is not None and not sheet.batch.strip():
        raise fault("is empty: name the column of the batches", "batch")
    if sheet.batch is not None and isinstance(sheet.recent, timedelta):
        raise fault("must be a number of batches, such as 60, where the sheet has batch", "recent")
    if sheet.hours_per_year is not None and not 0 < sheet.hours_per_year <= _LONGEST_YEAR:
        raise fault(f"{sheet.hours_per_year:g} is outside 0 .. {_LONGEST_YEAR} hours", "hours_per_year")
    if sheet.running is not None and not sheet.running.is_boolean:
        raise fault(f"'{sheet.running}' is no comparison: write for instance '{sheet.running} > 20'", "running")


def _check_names(sheet: Sheet) -> None:
    seen: dict[str, str] = {}
    for section in ("settings", "conditions", "outcomes"):
        for name in getattr(sheet, section):
            if name in seen:
                raise fault(f"'{name}' is the name of one of the {seen[name]} too: a name stands once", section, name)
            seen[name] = section
    limits: set[str] = set()
    for at, limit in enumerate(sheet.limits):
        if limit.name in seen:
            raise fault(f"'{limit.name}' is the name of one of the {seen[limit.name]}: choose another", "limits", at, "name")
        if limit.name in limits:
            raise fault(f"'{limit.name}' is the name of another limit: choose another", "limits", at, "name")
        limits.add(limit.name)


def _check_tags(sheet: Sheet) -> None:
    """One tag may serve several variables when it is read in different ways (its mean and its maximum)."""
    taken: dict[str, str] = {}
    readings: dict[tuple[str, str], str] = {}
    for name, setting in sheet.settings.items():
        for key in ("tag", "measured"):
            tag = getattr(setting, key)
            if tag is None:
                continue
            if key == "measured" and tag == setting.tag:
                raise fault(f"'{tag}' is the setting's own tag: remove measured", "settings", name, key)
            if tag in taken:
                raise fault(f"'{tag}' is already the tag of {taken[tag]}: each setting has its own", "settings", name, key)
            taken[tag] = name
            readings[(tag, setting.reading[1])] = name
    for section in ("conditions", "outcomes"):
        variables: dict[str, Variable] = getattr(sheet, section)
        for name, variable in variables.items():
            other = readings.setdefault(variable.reading, name)
            if other != name:
                raise fault(
                    f"'{variable.tag}' is already the tag of {other}: remove one, or give it another aggregate",
                    section, name, "tag",
                )  # fmt: skip


def _formulas(sheet: Sheet) -> Iterable[tuple[Formula, tuple[str | int, ...]]]:
    if sheet.running is not None:
        yield sheet.running, ("running",)
    yield sheet.objective.formula, ("objective", "maximize" if sheet.objective.maximize else "minimize")
    for at, cost in enumerate(sheet.objective.costs):
        yield cost.formula, ("objective", "costs", at, "formula")
    for at, limit in enumerate(sheet.limits):
        yield limit.formula, ("limits", at, "formula")


def _check_formulas(sheet: Sheet) -> None:
    variables = sheet.variables
    for formula, keys in _formulas(sheet):
        for name in sorted(formula.names):
            if name not in variables:
                raise fault(f"'{name}' is not a variable of this sheet{closest_hint(name, variables)}", *keys)


def _check_objective_unit(sheet: Sheet) -> None:
    """Where the objective is one variable, its unit is the variable's."""
    name = sheet.objective.text
    variable = sheet.variables.get(name)
    if variable is None or not sheet.objective.unit or not variable.unit or variable.unit == sheet.objective.unit:
        return
    try:
        same = units.conversion(variable.unit, sheet.objective.unit) == (1.0, 0.0)
    except units.UnitMismatch:
        same = False
    if not same:
        raise fault(
            f"'{sheet.objective.unit}' is not the unit of {name}, '{variable.unit}': write the same", "objective", "unit"
        )


def _check_money(sheet: Sheet) -> None:
    objective, currency = sheet.objective, sheet.currency
    needed = "value_per_unit" if objective.value_per_unit is not None else "costs" if objective.costs else None
    priced = units.is_money_per_time(objective.unit)
    if currency is None and (needed or priced):
        what = "the unit of the objective" if priced else f"objective.{needed}"
        raise fault(
            f"is missing: {what} is money, write for instance currency: {units.currency_of(objective.unit) or 'EUR'}",
            "currency",
        )
    if currency is None:
        return
    if priced and units.currency_of(objective.unit) != currency:
        raise fault(f"'{objective.unit}' is not in the sheet's currency {currency}", "objective", "unit")
    for at, cost in enumerate(objective.costs):
        if units.currency_of(cost.unit) != currency:
            raise fault(f"'{cost.unit}' is not in the sheet's currency {currency}", "objective", "costs", at, "unit")


def _check_effects(sheet: Sheet) -> None:
    seen: dict[tuple[str, str], str] = {}
    for at, effect in enumerate(sheet.effects):
        for key, name, known in (("setting", effect.setting, sheet.settings), ("outcome", effect.outcome, sheet.outcomes)):
            if name not in known:
                raise fault(f"'{name}' is none of the {key}s{closest_hint(name, known)}", "effects", at, key)
        if sheet.settings[effect.setting].is_categorical:
            raise fault(f"'{effect.setting}' has choices, which have no direction: remove the effect", "effects", at, "setting")
        pair = (effect.setting, effect.outcome)
        if pair in seen:
            also = "the same" if seen[pair] == effect.direction else "the opposite"
            raise fault(f"{effect.setting} on {effect.outcome} is given twice, {also} before: remove one", "effects", at)
        seen[pair] = effect.direction


def _check_model_name(sheet: Sheet) -> None:
    """A surrogate has no name: beside one it is the simulator's whose history is learned from."""
    is_simulated = sheet.source is not None and sheet.source.kind == "simulated"
    if sheet.model.kind == "surrogate" and sheet.model.name is not None and not is_simulated:
        raise fault(
            f"'{sheet.model.name}' would name a simulator, but neither model nor source is one: remove it", "model", "name"
        )


def _check_simulator(sheet: Sheet) -> None:
    """Without a history, `now` is the base of every setting."""
    if sheet.model.kind != "simulator" or sheet.source is not None:
        return
    for name, setting in sheet.settings.items():
        if setting.base is None:
            raise fault(
                "is missing: with kind simulator and no source it is where the plant stands today", "settings", name, "base"
            )
