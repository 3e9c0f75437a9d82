"""What the sheet wants and what must hold: objective, costs, limits over formulas, and known effects."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from workbench.plant import units
from workbench.plant.formula import Formula
from workbench.plant.parts import SheetPart, fault
from workbench.plant.values import LargeNumber, Name, Number, PlantFormula, Text, UnitText, word

__all__ = ["Cost", "Effect", "FormulaLimit", "Objective"]


class Cost(SheetPart):
    """Money beside a physical objective.

    Parameters
    ----------
    formula : Formula
        What it costs [`unit`].
    unit : str
        Currency per time, such as ``CNY/h``.
    """

    OWNER = "a cost"

    formula: PlantFormula = Field(description="What it costs, as a formula over the variables.")
    unit: UnitText = Field(description="Currency per time, such as CNY/h.")

    @model_validator(mode="after")
    def _check_unit(self) -> Self:
        if not units.is_money_per_time(self.unit):
            raise fault(f"'{self.unit}' is not money per time: write a unit such as CNY/h", "unit")
        return self


class Objective(SheetPart):
    """What to improve: `maximize` or `minimize` an outcome or a formula.

    Parameters
    ----------
    unit : str
        Unit of the formula's value.
    value_per_unit : float or None
        Worth of one unit of improvement held a whole year, above 0 [currency/year].
    costs : tuple of Cost
    """

    OWNER = "the objective"

    maximize_: PlantFormula | None = Field(
        default=None, alias="maximize", description="Outcome or formula to make as large as possible."
    )
    minimize_: PlantFormula | None = Field(
        default=None, alias="minimize", description="Outcome or formula to make as small as possible."
    )
    unit: UnitText = Field(default="", description="Unit of the formula's value.")
    value_per_unit: LargeNumber | None = Field(
        default=None, description="Currency per year for one unit of improvement held a whole year; not with money per time."
    )
    costs: tuple[Cost, ...] = Field(default=(), description="Money beside a physical objective.")

    @property
    def formula(self) -> Formula:
        """What is maximised or minimised [`unit`]."""
        chosen = self.maximize_ if self.maximize_ is not None else self.minimize_
        assert chosen is not None  # the validator saw to it
        return chosen

    @property
    def maximize(self) -> bool:
        """Whether more is better."""
        return self.maximize_ is not None

    @property
    def text(self) -> str:
        """The formula as written."""
        return self.formula.text

    @property
    def money_per_hour(self) -> float | None:
        """Money per hour in one unit of it, so that hours_per_year makes it money per year; None where it is no money per time.

        A day is 24 hours that the plant runs: CNY/d with 7920 hours a year counts 330 days.
        """
        if not units.is_money_per_time(self.unit):
            return None
        scale, _ = units.conversion(self.unit, f"{units.currency_of(self.unit)}/h")
        return scale

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        if (self.maximize_ is None) == (self.minimize_ is None):
            both = (
                "both maximize and minimize: remove one"
                if self.maximize_ is not None
                else "neither maximize nor minimize: add one"
            )
            raise fault(f"has {both}")
        key = "maximize" if self.maximize else "minimize"
        if self.formula.is_boolean:
            raise fault(f"'{self.text}' is true or false: write '1 if {self.text} else 0' for a share", key)
        if not self.formula.names:
            raise fault(f"'{self.text}' names no variable", key)
        if self.value_per_unit is not None and units.is_money_per_time(self.unit):
            raise fault(
                f"the objective is money already ({self.unit}): remove value_per_unit, hours_per_year gives the year",
                "value_per_unit",
            )
        if self.value_per_unit is not None and self.value_per_unit <= 0:
            raise fault(
                f"{self.value_per_unit:g} must be above 0: it is the worth of one unit of improvement, minimise or maximise",
                "value_per_unit",
            )
        return self


class FormulaLimit(SheetPart):
    """A limit on a formula, beside the outcomes' own low and high.

    Parameters
    ----------
    name : str
    formula : Formula
        What is limited [`unit`].
    low, high : float or None
        Limits, at least one [`unit`].
    unit : str
    """

    OWNER = "a limit"

    name: Name = Field(description="ASCII name, used in the answer.")
    formula: PlantFormula = Field(description="What is limited, as a formula over the variables.")
    low: Number | None = Field(default=None, description="It must not fall below this.")
    high: Number | None = Field(default=None, description="It must not rise above this.")
    unit: UnitText = Field(default="", description="Unit of the formula's value.")

    @model_validator(mode="after")
    def _check_limits(self) -> Self:
        if self.low is None and self.high is None:
            raise fault("is a limit without low or high: add one")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise fault(f"low {self.low:g} is above high {self.high:g}", "low")
        if self.formula.is_boolean:
            raise fault(f"'{self.formula}' is true or false: write the number and give it low or high", "formula")
        if not self.formula.names:
            raise fault(f"'{self.formula}' names no variable", "formula")
        return self


class Effect(SheetPart):
    """Process knowledge: raising the setting moves the outcome up or down."""

    OWNER = "an effect"

    setting: Text = Field(description="A setting with numbers.")
    outcome: Text = Field(description="An outcome.")
    direction: Annotated[Literal["up", "down"], word("up", "down")] = Field(
        description="Where the outcome goes when the setting rises."
    )
