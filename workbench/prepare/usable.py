"""Which periods may be learned from, and why the others are set aside; the computed columns of objective, cost and limits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from workbench.plant import Formula, Sheet
from workbench.records import RowLedger

__all__ = ["EXCLUDED", "NOT_RUNNING", "UNSTEADY", "add_computed", "mark_periods", "period_ledger"]

EXCLUDED = "excluded"
NOT_RUNNING = "not running"
RUNNING_UNKNOWN = "running not known"
OBJECTIVE_MISSING = "objective missing"
UNSTEADY = "unsteady"

OBJECTIVE = "@objective"
COST = "@cost"
LIMIT = "@limit:"


def add_computed(frame: pl.DataFrame, sheet: Sheet) -> pl.DataFrame:
    """Return the frame with `@objective`, `@cost` (currency per hour, null without costs) and `@limit:NAME`, not yet checked.

    Costs are added up; a cost in another money unit (kCNY/h, CNY/min) is brought to currency per hour.
    """
    costs = [formula.expr() * factor for formula, factor in sheet.costs_per_hour]
    total = pl.lit(None, pl.Float64)
    for n, cost in enumerate(costs):
        total = cost if n == 0 else total + cost
    return frame.with_columns(
        sheet.objective.formula.expr().cast(pl.Float64).alias(OBJECTIVE),
        total.cast(pl.Float64).alias(COST),
        *(limit.formula.expr().cast(pl.Float64).alias(LIMIT + limit.name) for limit in sheet.limits),
    )


def mark_periods(frame: pl.DataFrame, sheet: Sheet, ends: pl.Series | None) -> pl.DataFrame:
    """Return the frame with `reason`: why a period is set aside, null = usable; computed cells that are not finite become null.

    The first that applies counts: excluded, not running, setting missing, running not known, a formula not finite, objective
    missing. A missing condition or a missing outcome that the objective does not name sets nothing aside.

    Parameters
    ----------
    frame : polars.DataFrame
        History with the computed columns.
    sheet : Sheet
        Running, exclusions and formulas.
    ends : polars.Series or None
        End of each period (Datetime[us, UTC]); None for batches, which `exclude` does not reach without a clock.
    """
    reason = pl.lit(None, pl.String)
    for test, text in reversed(_tests(sheet)):
        reason = pl.when(test).then(pl.lit(text)).otherwise(reason)
    working = frame.with_columns((ends if ends is not None else frame["time"]).alias("@end"))
    for exclusion in reversed(sheet.exclude):
        inside = _overlaps(exclusion.from_, exclusion.to)
        reason = pl.when(inside).then(pl.lit(f"{EXCLUDED}: {exclusion.why}")).otherwise(reason)
    marked = working.with_columns(reason.alias("reason")).drop("@end")
    computed = [name for name in frame.columns if name.startswith("@")]
    return marked.with_columns(pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name) for name in computed)


def period_ledger(frame: pl.DataFrame) -> RowLedger:
    """Return where every period went, by reason."""
    counts = frame.filter(pl.col("reason").is_not_null()).group_by("reason").len().sort("reason")
    return RowLedger(frame.height, dict(zip(counts["reason"].to_list(), counts["len"].to_list(), strict=True)))


def _overlaps(start: datetime, end: datetime) -> pl.Expr:
    """True where the period shares any time with [start, end); a batch counts by its time."""
    return ((pl.col("time") < end) & ((pl.col("@end") > start) | (pl.col("time") >= start))).fill_null(False)


def _tests(sheet: Sheet) -> list[tuple[pl.Expr, str]]:
    """Tests of a period and the reason each gives, the strongest first."""
    tests: list[tuple[pl.Expr, str]] = []
    if sheet.running is not None:
        runs = sheet.running.expr().cast(pl.Float64)
        tests.append((runs.is_not_null() & (runs == 0), NOT_RUNNING))
    tests.extend((pl.col(name).is_null(), f"setting {name} missing") for name in sheet.settings)
    if sheet.running is not None:
        tests.append((sheet.running.expr().is_null(), RUNNING_UNKNOWN))
    tests.append((_is_broken(OBJECTIVE, [sheet.objective.formula]), f"not finite: {_shown(sheet.objective.formula)}"))
    if sheet.objective.costs:
        formulas = [cost.formula for cost in sheet.objective.costs]
        tests.append((_is_broken(COST, formulas), f"not finite: {' + '.join(_shown(f) for f in formulas)}"))
    tests.extend(
        (_is_broken(LIMIT + limit.name, [limit.formula]), f"not finite: {limit.name} = {_shown(limit.formula)}")
        for limit in sheet.limits
    )
    tests.append((pl.col(OBJECTIVE).is_null(), OBJECTIVE_MISSING))
    return tests


def _is_broken(column: str, formulas: Sequence[Formula]) -> pl.Expr:
    """True where everything that the formulas name is known, and the result still is no finite number."""
    names = sorted({name for formula in formulas for name in formula.names})
    known = pl.all_horizontal(pl.col(name).is_not_null() for name in names) if names else pl.lit(True)
    return known & ~pl.col(column).is_finite().fill_null(False)


def _shown(formula: Formula) -> str:
    return formula.text if len(formula.text) <= 60 else formula.text[:57] + "..."
