"""What is compared between the arms: the objective as an improvement, money, the other outcomes, covariates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.errors import InputError
from workbench.plant import Sheet
from workbench.switchback import Effect
from workbench.trial_records import PROGNOSIS, Estimate, TrialPlan

__all__ = [
    "Known",
    "Quantity",
    "as_array",
    "as_estimate",
    "gain_column",
    "money_column",
    "outcome_quantities",
    "with_known",
    "with_quantities",
]


@dataclass(frozen=True)
class Quantity:
    """Something else to report, of which the change proposed less present is estimated on its own.

    Parameters
    ----------
    name, unit : str
    expr : polars.Expr
        Its value in a period, over the history's columns.
    """

    name: str
    unit: str
    expr: pl.Expr


@dataclass(frozen=True)
class Known:
    """Columns of what is known of the conditions: all of them, what the objective is compared with, and what the others are."""

    conditions: Sequence[str]
    of_objective: Sequence[str]
    of_others: Sequence[str]

    @property
    def all(self) -> list[str]:
        """Every column, once."""
        return list(dict.fromkeys([*self.conditions, *self.of_objective]))


def gain_column(maximize: bool) -> pl.Expr:
    """The objective of a period, more is better, in its unit; a trial's direction is that of its plan."""
    return (1.0 if maximize else -1.0) * pl.col("@objective")


def money_column(sheet: Sheet, maximize: bool) -> pl.Expr | None:
    """Money of a period held for a year, costs taken off [currency/year]; None where the sheet prices nothing."""
    value = sheet.value_per_unit_year
    if value is None or sheet.currency is None:
        return None
    money = value * gain_column(maximize)
    return money - pl.col("@cost") * sheet.hours_per_year if sheet.objective.costs and sheet.hours_per_year else money


def outcome_quantities(sheet: Sheet) -> list[Quantity]:
    """The sheet's numeric outcomes, and the costs where it has some."""
    out = [Quantity(name, o.unit, pl.col(name)) for name, o in sheet.outcomes.items() if o.choices is None]
    if sheet.objective.costs and sheet.currency is not None:
        out.append(Quantity("costs", f"{sheet.currency}/h", pl.col("@cost")))
    return out


def with_quantities(frame: pl.DataFrame, quantities: Sequence[Quantity]) -> pl.DataFrame:
    """Return the frame with a column `@q:NAME` for each quantity; what is not finite is null."""
    columns = [quantity.expr.cast(pl.Float64).alias(f"@q:{quantity.name}") for quantity in quantities]
    out = frame.with_columns(columns)
    return out.with_columns(pl.when(pl.col(c).is_finite()).then(pl.col(c)) for c in out.columns if c.startswith("@q:"))


def _covariates_of(sheet: Sheet, frame: pl.DataFrame, names: Sequence[str]) -> tuple[pl.DataFrame, list[str]]:
    """Return the frame with a column for each covariate, and their names: choices are shares, all but one."""
    columns: list[str] = []
    extra: list[pl.Expr] = []
    for name in names:
        choices = sheet.conditions[name].choices if name in sheet.conditions else None
        if choices is None:
            columns.append(name)
            continue
        for choice in choices[1:]:
            columns.append(f"{name}={choice}")
            extra.append((pl.col(name) == choice).cast(pl.Float64).alias(f"{name}={choice}"))
    return frame.with_columns(extra), columns


def with_known(sheet: Sheet, frame: pl.DataFrame, plan: TrialPlan) -> tuple[pl.DataFrame, Known]:
    """Return the frame with all that the plan's analysis takes into account, and the names of those columns.

    Raises
    ------
    InputError
        If the sheet has lost a condition that the plan names.
    """
    foretelling = dict.fromkeys(name.partition("=")[0] for name in plan.prognosis)
    names = list(dict.fromkeys([*plan.covariates, *foretelling]))
    gone = [name for name in names if name not in sheet.conditions]
    if gone:
        raise InputError(
            f"plan {plan.id} compares with {', '.join(gone)}, which the sheet no longer has: put it back to verify"
        )
    frame, columns = _covariates_of(sheet, frame, names)
    covariates = [c for c in columns if c.partition("=")[0] in plan.covariates]
    if not plan.prognosis:
        return frame, Known(columns, covariates, covariates)
    foretold = pl.sum_horizontal(w * _apart(name).fill_null(0.0) for name, w in plan.prognosis.items())
    return frame.with_columns(foretold.alias(PROGNOSIS)), Known(columns, [PROGNOSIS], covariates)


def _apart(name: str) -> pl.Expr:
    """How far a condition, or the share of one choice, lies from its mean: unknown periods then foretell nothing."""
    condition, _, choice = name.partition("=")
    column = (pl.col(condition) == choice if choice else pl.col(condition)).cast(pl.Float64)
    return column - column.mean()


def as_estimate(name: str, unit: str, effect: Effect) -> Estimate:
    """Return an effect as an estimate; an end that is not finite is null."""
    low, high = (float(end) for end in (effect.low, effect.high))
    return Estimate(
        name=name,
        unit=unit,
        estimate=float(effect.estimate),
        low=low if np.isfinite(low) else None,
        high=high if np.isfinite(high) else None,
        level=effect.level,
    )


def as_array(table: pl.DataFrame, names: Sequence[str]) -> NDArray[np.float64]:
    """Return columns as an array, nulls as nan."""
    return table.select(names).fill_null(float("nan")).to_numpy().astype(np.float64)
