"""The limits during a trial, by arm, and whether a stop rule of the plan was met."""

from __future__ import annotations

from typing import Literal

import numpy as np
import polars as pl

from workbench.plant import Sheet
from workbench.switchback import excursions, period_numbers
from workbench.trial_records import Deviation, StopRule, TrialLimit

__all__ = ["limits_by_arm", "stops_met"]


def limits_by_arm(
    sheet: Sheet, inside: pl.DataFrame, period_hours: float, stop_rules: tuple[StopRule, ...] = ()
) -> tuple[TrialLimit, ...]:
    """Return every limit of the sheet with the share of counted periods within it, for each arm.

    Parameters
    ----------
    sheet : Sheet
        Outcomes with low and high, and limits over formulas.
    inside : polars.DataFrame
        Periods of the trial with `arm`, `is_window` and `aside`; outcomes and `@limit:NAME`.
    period_hours : float
        Length of a period [h].
    stop_rules : tuple of StopRule
        Of the plan; their periods are those of the sheet.

    Returns
    -------
    tuple of TrialLimit
        `stopped` where the limit was outside its bound for as long as a stop rule says, washout included, while the plant ran
        at the proposed settings without a break.
    """
    sheet_hours = sheet.period.total_seconds() / 3600 if sheet.period is not None else period_hours
    rules = {(rule.limit, rule.bound): rule for rule in stop_rules}
    out = []
    for name, column, unit, low, high in _limits(sheet):
        for bound, value in _bounds(low, high):
            if value is None:
                continue
            held = {arm: _held(inside, column, bound, value, arm) for arm in ("present", "proposed")}
            rule = rules.get((name, bound))
            stopped = (
                rule is not None and _longest(sheet, inside, column, bound, value, period_hours) >= rule.periods * sheet_hours
            )
            out.append(
                TrialLimit(
                    name=name,
                    bound=bound,
                    value=value,
                    unit=unit,
                    held_present=held["present"],
                    held_proposed=held["proposed"],
                    stopped=stopped,
                )
            )
    return tuple(out)


def stops_met(limits: tuple[TrialLimit, ...]) -> tuple[Deviation, ...]:
    """Return a deviation for each limit that was broken for as long as the plan's stop rule says."""
    return tuple(
        Deviation(
            block=None,
            kind="stop rule",
            text=f"at the proposed settings the {limit.bound} limit of {limit.name} was broken for as long as a stop rule of"
            " the plan allows: the trial was to go back to the present settings",
        )
        for limit in limits
        if limit.stopped
    )


def _limits(sheet: Sheet) -> list[tuple[str, str, str, float | None, float | None]]:
    """Name, column, unit and bounds of every limit."""
    own = [(name, name, o.unit, o.low, o.high) for name, o in sheet.outcomes.items() if o.choices is None]
    return own + [(limit.name, f"@limit:{limit.name}", limit.unit, limit.low, limit.high) for limit in sheet.limits]


def _bounds(low: float | None, high: float | None) -> list[tuple[Literal["low", "high"], float | None]]:
    return [("low", low), ("high", high)]


def _within(column: str, bound: str, value: float) -> pl.Expr:
    return pl.col(column) >= value if bound == "low" else pl.col(column) <= value


def _held(inside: pl.DataFrame, column: str, bound: str, value: float, arm: str) -> float | None:
    rows = inside.filter(pl.col("is_window") & pl.col("aside").is_null() & (pl.col("arm") == arm)).drop_nulls(column)
    return float(rows.select(_within(column, bound, value).cast(pl.Float64).mean()).item()) if rows.height else None


def _longest(sheet: Sheet, inside: pl.DataFrame, column: str, bound: str, value: float, period_hours: float) -> float:
    """How long the bound was broken at most while the proposed settings ran without a break [h]."""
    rows = inside.sort("time").with_columns(
        ((pl.col("arm") == "proposed") & pl.col("is_on").fill_null(False)).alias("runs"),
        (~_within(column, bound, value)).cast(pl.Float64).fill_null(float("nan")).alias("outside"),
    )
    if rows.is_empty():
        return 0.0
    position = np.arange(rows.height) if sheet.period is None else period_numbers(rows["time"], period_hours)
    runs, stretch = rows["runs"].to_numpy(), rows["runs"].rle_id().to_numpy().astype(np.int64)
    lengths = excursions(rows["outside"].to_numpy(), position, stretch, runs)
    return float(lengths.max(initial=0)) * period_hours
