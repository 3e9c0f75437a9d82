"""The plant sheet: everything a person tells the workbench about a plant."""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from datetime import UTC, time
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

from pydantic import Field, PrivateAttr, ValidationInfo, field_validator, model_validator

from workbench.plant import units
from workbench.plant.economics import Effect, FormulaLimit, Objective
from workbench.plant.formula import Formula
from workbench.plant.formula_check import FUNCTIONS
from workbench.plant.parts import SheetPart, fault, name_fault, shown
from workbench.plant.sheet_checks import check_sheet
from workbench.plant.source import ModelChoice, Source
from workbench.plant.trial_rules import TrialRules
from workbench.plant.values import Currency, Day, Duration, Flag, LargeNumber, Name, PlantFormula, Recent, Stamp, Text, Zone
from workbench.plant.variables import Condition, Outcome, Setting, Variable
from workbench.records import CostLine, Finding, ObjectiveLine

__all__ = ["RESERVED", "Exclusion", "Sheet"]

RESERVED = frozenset(
    {"time", "batch", "steady", "reason", "row", "block", "arm", "start_local", "start_utc", "end_utc", "washout_until_utc"}
)
"""Columns of the history and of a trial's schedule, which no variable may take."""


class Exclusion(SheetPart):
    """A time that is not learned from: `from_` to `to`, the end not included [UTC]."""

    OWNER = "an entry of exclude"

    from_: Stamp = Field(alias="from", description="First moment that is left out; a bare date is local midnight.")
    to: Stamp = Field(description="First moment that counts again; a bare date is local midnight.")
    why: Text = Field(default="", description="Reason, in words.")

    @model_validator(mode="after")
    def _check_order(self, info: ValidationInfo) -> Self:
        if self.from_ >= self.to:
            zone = (info.context or {}).get("zone", UTC)
            start, end = (stamp.astimezone(zone).strftime("%Y-%m-%d %H:%M") for stamp in (self.from_, self.to))
            raise fault(f"from {start} is not before to {end}: the end is the first moment that counts again", "from")
        return self


class Sheet(SheetPart):
    """A plant as its people describe it; `load_sheet` reads one.

    Attributes
    ----------
    settings, conditions, outcomes : dict of str to Setting, Condition, Outcome
    objective : Objective
    limits : tuple of FormulaLimit
    period : timedelta or None
        Grain of the history; None where `batch` names the column of batches.
    hours_per_year : float or None
        Above 0 up to 8784 [h].
    """

    OWNER = "the top of the sheet"

    name: Name = Field(description="ASCII name of the plant, used in files and answers.")
    title: Text = Field(default="", description="Name as people say it.")
    path: tuple[Text, ...] = Field(default=(), description="Equipment hierarchy from the site down (ISA-95).")
    timezone: Zone = Field(default="UTC", description="For stamps without an offset and for day boundaries.")
    currency: Currency | None = Field(default=None, description="The sheet's one money unit, such as EUR.")
    hours_per_year: LargeNumber | None = Field(default=None, description="Hours a year that the plant runs.")
    period: Duration | None = Field(default=None, description="Grain of operation, such as 4h; one row of the history.")
    batch: Text | None = Field(default=None, description="Column that names the batch, instead of period.")
    day_starts: Day = Field(default=time(0, 0), description='Local time from which periods count, such as "06:00".')
    running: PlantFormula | None = Field(default=None, description="Comparison that is true while the plant runs.")
    exclude: tuple[Exclusion, ...] = Field(default=(), description="Times that are not learned from.")
    settings: dict[str, Setting] = Field(description="What you may change.")
    conditions: dict[str, Condition] = Field(default={}, description="Measured, matters, not yours to change.")
    outcomes: dict[str, Outcome] = Field(default={}, description="What you get.")
    effects: tuple[Effect, ...] = Field(default=(), description="Process knowledge: which way a setting moves an outcome.")
    objective: Objective = Field(description="What to improve.")
    limits: tuple[FormulaLimit, ...] = Field(default=(), description="Formulas that must hold.")
    model: ModelChoice = Field(default=ModelChoice(), description="Which process model predicts.")
    source: Source | None = Field(default=None, description="Where the records are.")
    recent: Recent | None = Field(
        default=None,
        description="Conditions that gain and limits are judged under: a duration such as 365d, or a number of batches.",
    )
    trial: TrialRules = Field(default=TrialRules(), description="What the control room allows a trial to do.")
    four_eyes: Flag = Field(default=True, description="Whether an author may not approve his own recommendation.")

    _file: Path | None = PrivateAttr(default=None)
    _sha256: str = PrivateAttr(default="")
    _data: bytes = PrivateAttr(default=b"")
    _findings: tuple[Finding, ...] = PrivateAttr(default=())

    @property
    def variables(self) -> dict[str, Variable]:
        """All variables: settings, conditions, outcomes, in the sheet's order."""
        return {**self.settings, **self.conditions, **self.outcomes}

    @property
    def row(self) -> str:
        """What a row of the history is: `batch` or `period`."""
        return "batch" if self.period is None else "period"

    @property
    def zone(self) -> ZoneInfo:
        """The sheet's timezone."""
        return ZoneInfo(self.timezone)

    @property
    def value_per_unit_year(self) -> float | None:
        """Worth of one unit of the objective held a whole year [currency/year]; None where the sheet does not say."""
        per_hour = self.objective.money_per_hour
        if per_hour is None:
            return self.objective.value_per_unit
        return None if self.hours_per_year is None else self.hours_per_year * per_hour

    @property
    def costs_per_hour(self) -> list[tuple[Formula, float]]:
        """Each cost's formula, and the factor that makes its value the sheet's currency per hour (1 without a currency)."""
        return [
            (cost.formula, 1.0 if self.currency is None else units.conversion(cost.unit, f"{self.currency}/h")[0])
            for cost in self.objective.costs
        ]

    @property
    def is_objective_computed(self) -> bool:
        """Whether the objective names settings and conditions only: what a change gains then follows from the formula alone."""
        return self.objective.formula.names <= set(self.settings) | set(self.conditions)

    @property
    def objective_line(self) -> ObjectiveLine:
        """What the sheet wants and at which price, as an answer keeps it."""
        wanted = self.objective
        return ObjectiveLine(
            maximize=wanted.maximize,
            formula=wanted.text,
            unit=wanted.unit,
            value_per_unit=self.value_per_unit_year,
            currency=self.currency,
            hours_per_year=self.hours_per_year,
            costs=tuple(CostLine(formula=cost.formula.text, unit=cost.unit) for cost in wanted.costs),
        )

    @property
    def simulator(self) -> str:
        """Name of the simulator that a simulated source or model asks for: the one `model` names, else the plant's own name."""
        return self.model.name or self.name

    @property
    def file(self) -> Path | None:
        """The file it was read from; None where it was not."""
        return self._file

    @property
    def label(self) -> str:
        """What messages call it: the name of its file, or the sheet's own where there is none."""
        return self.file.name if self.file is not None else f"the sheet {self.name}"

    @property
    def sha256(self) -> str:
        """Hash of the file's bytes, 64 hex digits."""
        return self._sha256

    @property
    def data(self) -> bytes:
        """The bytes that `sha256` is of, as they were read: the file may change while a study runs."""
        return self._data

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is worth saying about the sheet, though it can be read as it is."""
        return self._findings

    @field_validator("settings", "conditions", "outcomes", mode="before")
    @classmethod
    def _name_variables(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            raise fault(f"needs a name and its keys for each variable below it, not {shown(given)}")
        named = {}
        for name, written in given.items():
            why = _variable_name_fault(str(name))
            if why:
                raise fault(why, str(name))
            spec = {} if written is None else written
            if isinstance(spec, Mapping) and "name" in spec:
                raise fault("unknown key: the variable's name is the key above it", str(name), "name")
            own = {"name": name, "tag": name}
            named[name] = (  # a key without a value stays, so that one that nobody knows is refused
                own | {key: value for key, value in spec.items() if value is not None or key not in own}
                if isinstance(spec, Mapping)
                else spec
            )
        return named

    @field_validator("objective", mode="before")
    @classmethod
    def _unit_of_outcome(cls, given: Any, info: ValidationInfo) -> Any:
        """An objective that is one variable has its unit where it gives none."""
        if not isinstance(given, Mapping) or given.get("unit") is not None:
            return given
        name = str(given.get("maximize") or given.get("minimize"))
        for section in ("settings", "conditions", "outcomes"):
            variable = info.data.get(section, {}).get(name)
            if variable is not None:
                return {**given, "unit": variable.unit}
        return given

    @field_validator("path", "exclude", "effects", "limits", mode="before")
    @classmethod
    def _need_list(cls, given: Any) -> Any:
        if not isinstance(given, list | tuple):
            raise fault(f"needs a list, not {shown(given)}")
        return given

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        check_sheet(self)
        return self


def _variable_name_fault(name: str) -> str | None:
    why = name_fault(name)
    if why:
        return why
    if keyword.iskeyword(name) or name in FUNCTIONS:
        return f"'{name}' is a word of formulas: choose another name"
    if name in RESERVED:
        return f"'{name}' is a column of the history or of a trial: choose another name, such as '{name}_value'"
    return None
