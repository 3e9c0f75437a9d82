"""The variables of a sheet: settings you may change, conditions that are not yours, outcomes that you get."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from workbench.plant.parts import SheetPart, fault, read_number
from workbench.plant.values import Aggregate, Choices, Duration, Flag, Number, Ramp, StampMark, Text, UnitText

__all__ = ["Condition", "Outcome", "Setting", "Variable"]

_TEXT_AGGREGATES = ("time-weighted", "mean", "last")
_DELAY = (
    "Stamp minus the time that the value speaks of; 0 where the stamp is the sampling time. With `covers`: stamp minus the end"
    " of the span (its start where `stamp: start`), so the laboratory's delay alone and no part of the span."
)
_COVERS = (
    "Time span of a composite sample, which ends `delay` before the stamp (with `stamp: start` it begins there). An outcome's"
    " result counts for each period of which the span holds more than half, else for the one it overlaps most: with delay 4h"
    " and covers 8h a result stamped 12:00 speaks of 00:00 to 08:00."
)


class Variable(SheetPart):
    """What all variables share: where they are read from, and how."""

    name: Text = Field(default="", description="Its key in the sheet.")
    tag: Text = Field(default="", description="Tag or column in the records; default: the variable's own name.")
    unit: UnitText = Field(default="", description="Unit in which the sheet writes it; the records are converted to it.")
    aggregate: Aggregate = Field(default="time-weighted", description="How the readings of one period become one value.")
    stamp: StampMark = Field(default="instant", description="What a stamp of the source marks: start, end or instant.")
    delay: Duration = Field(default=timedelta(0), description=_DELAY)
    known_after: Duration = Field(default=timedelta(0), description="From the stamp to when the value can be known.")
    lag: Duration | None = Field(default=None, description="Process dead time to this outcome; estimated where not given.")
    settling: Duration = Field(default=timedelta(0), description="Time after a move until outcomes speak for it.")
    covers: Duration = Field(default=timedelta(0), description=_COVERS)
    max_gap: Duration | None = Field(default=None, description="How long a reading holds; default: 3 usual intervals.")
    choices: Choices | None = Field(default=None, description="Its texts, two or more, where it is no number.")
    description: Text = Field(default="", description="What it is, in words.")

    @property
    def is_categorical(self) -> bool:
        """Whether it is one of a few texts."""
        return self.choices is not None

    @property
    def reading(self) -> tuple[str, str]:
        """Tag and aggregate; two variables with the same reading would be the same column."""
        return self.tag, "time-weighted" if self.aggregate == "mean" else self.aggregate

    @model_validator(mode="after")
    def _check_reading(self) -> Self:
        if not self.tag.strip():
            raise fault("is empty: name the tag or leave the key out", "tag")
        if self.max_gap is not None and not self.max_gap:
            raise fault("must be above 0", "max_gap")
        if self.choices is not None:
            if self.aggregate not in _TEXT_AGGREGATES:
                raise fault(
                    f"'{self.aggregate}' needs numbers, this variable has choices: use last or time-weighted", "aggregate"
                )
            if self.unit:
                raise fault("a variable with choices has no unit: remove it", "unit")
        return self


class Setting(Variable):
    """What you may change.

    Parameters
    ----------
    measured : str or None
        Tag of what it really was; models learn from it.
    low, high : float or None
        Range of proposals, None for choices [`unit`].
    max_step : float or None
        Largest change of one recommendation, above 0, None for choices [`unit`].
    max_rate : str or None
        Ramp such as ``0.5 per 4h`` [`unit`].
    base : float or str or None
        Present value where there is no history [`unit`].
    integer : bool
        Whether only whole numbers are possible.
    """

    OWNER = "a setting"

    measured: Text | None = Field(default=None, description="Tag of what it really was; models learn from it.")
    low: Number | None = Field(default=None, description="Lowest value that may be proposed.")
    high: Number | None = Field(default=None, description="Highest value that may be proposed.")
    max_step: Number | None = Field(default=None, description="Largest change of one recommendation; required for numbers.")
    max_rate: Ramp | None = Field(default=None, description="How fast operators may ramp, such as 0.5 per 4h.")
    base: float | str | None = Field(default=None, description="Present value where there is no history.")
    integer: Flag = Field(default=False, description="Whether only whole numbers are possible.")

    @model_validator(mode="before")
    @classmethod
    def _read_base(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and given.get("base") is not None and given.get("choices") is None:
            try:
                return {**given, "base": read_number(given["base"])}
            except PydanticCustomError as error:
                raise fault(error.message(), "base") from None
        return given

    @model_validator(mode="after")
    def _check_range(self) -> Self:
        if self.choices is None:
            self._check_numbers()
        else:
            for key in ("low", "high", "max_step", "max_rate"):
                if getattr(self, key) is not None:
                    raise fault("a setting with choices has no range: remove it, or remove choices", key)
            if self.integer:
                raise fault("a setting with choices holds text: remove it, or give low and high instead of choices", "integer")
            if self.base is not None and self.base not in self.choices:
                raise fault(f"'{self.base}' is not one of the choices ({', '.join(self.choices)})", "base")
        return self

    def _check_numbers(self) -> None:
        if self.low is None or self.high is None:
            missing = "low" if self.low is None else "high"
            raise fault("is missing: a setting needs low and high, or choices", missing)
        if self.low >= self.high:
            raise fault(f"low {self.low:g} is not below high {self.high:g}: a setting needs room to move", "low")
        if self.max_step is None:
            raise fault("is missing: give the largest change of one recommendation", "max_step")
        if self.max_step <= 0:
            raise fault(f"{self.max_step:g} must be above 0", "max_step")
        if isinstance(self.base, float) and not self.low <= self.base <= self.high:
            raise fault(f"{self.base:g} is outside low {self.low:g} .. high {self.high:g}", "base")
        if self.integer:
            for key in ("low", "high", "max_step", "base"):
                value = getattr(self, key)
                if value is not None and value != int(value):
                    raise fault(f"{value:g} is not a whole number, and integer is true", key)


class Condition(Variable):
    """What is measured and matters, and is not yours to change."""

    OWNER = "a condition"


class Outcome(Variable):
    """What you get.

    Parameters
    ----------
    low, high : float or None
        Limits that must hold, None where there is none [`unit`].
    """

    OWNER = "an outcome"

    low: Number | None = Field(default=None, description="Limit: it must not fall below this.")
    high: Number | None = Field(default=None, description="Limit: it must not rise above this.")

    @model_validator(mode="after")
    def _check_limits(self) -> Self:
        if self.choices is not None:
            for key in ("low", "high"):
                if getattr(self, key) is not None:
                    raise fault("an outcome with choices has no limit: remove it, or remove choices", key)
        if self.low is not None and self.high is not None and self.low > self.high:
            raise fault(f"low {self.low:g} is above high {self.high:g}", "low")
        return self
