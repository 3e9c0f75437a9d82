"""The limits during a trial, by arm and as approved, and whether a stop rule of the plan was met."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

import numpy as np
import polars as pl

from workbench.errors import InputError
from workbench.plant import Formula, Sheet
from workbench.prepare.rounding import round_frame
from workbench.prepare.usable import EXCLUDED, NOT_RUNNING
from workbench.records import round_significant
from workbench.switchback import excursions, usual_distance
from workbench.trial_records import Deviation, StopRule, TrialLimit
from workbench.verify.held import is_broken

__all__ = ["changed_limits", "limits_by_arm", "stops_met"]

PLANNED = "@planned:"  # before a limit's name: the column of the plan's formula, where today's sheet has another one
Side = Literal["low", "high"]


@dataclass(frozen=True)
class _Limit:
    """One bound of the sheet, of a stop rule, or of both; `column` is None where today's sheet has nothing to judge by.

    `about` is what the sheet limits today, in words, None where it has no such limit; `formula` is the plan's, where that is
    another one and can be counted from today's variables.
    """

    name: str
    bound: Side
    unit: str
    column: str | None
    today: float | None
    rule: StopRule | None
    about: str | None = None
    formula: Formula | None = None

    @property
    def is_other(self) -> bool:
        """Whether the sheet limits something else today than the plan does."""
        return self.about is not None and (self.formula is not None or self.column is None)

    @property
    def is_changed(self) -> bool:
        """Whether today's bound is another one than the plan's, at the digits that a plan holds."""
        return self.rule is not None and (
            self.today is None or self.column is None or round_significant(self.today) != round_significant(self.rule.value)
        )

    @property
    def value(self) -> float | None:
        """What is judged by: what was approved, where the plan has it."""
        return self.rule.value if self.rule is not None and self.is_changed else self.today


def limits_by_arm(sheet: Sheet, inside: pl.DataFrame, stop_rules: tuple[StopRule, ...] = ()) -> tuple[TrialLimit, ...]:
    """Return every limit with the share of counted periods within it, for each arm.

    A limit with a stop rule is judged by bound and formula of that rule, as it was approved, whatever today's sheet says; the
    others are judged by the sheet. Finer records are put together to the sheet's periods first, which limits are promised for.

    Parameters
    ----------
    sheet : Sheet
        Outcomes with low and high, and limits over formulas.
    inside : polars.DataFrame
        Periods of the trial with `arm`, `@is_window`, `@is_on`, `@aside` and `reason`; outcomes and `@limit:NAME`. Without
        `block` nothing is `broken`.
    stop_rules : tuple of StopRule
        Of the plan; their periods are those of the sheet.

    Returns
    -------
    tuple of TrialLimit
        `stopped` where the limit was outside its bound for as long as a stop rule says, washout included, while the plant ran
        at the proposed settings without a break, or as often in one of their blocks, or in all of them; `broken` as by
        `is_broken`. Nothing is held where the sheet has lost what a rule is about.

    Raises
    ------
    InputError
        If the sheet has what a stop rule is about in another unit.
    """
    inside = inside.sort("time", maintain_order=True).with_columns(_period_number(sheet.period))
    out = []
    for limit in _limits(sheet, stop_rules):
        column, value, rule = limit.column, limit.value, limit.rule
        if value is None:
            continue
        held: dict[str, float | None] = {"present": None, "proposed": None}
        stopped = broken = False
        if limit.formula is not None:
            counted = limit.formula.expr().cast(pl.Float64)
            inside = inside.with_columns(pl.when(counted.is_finite()).then(counted).alias(PLANNED + limit.name))
        if column is not None:
            held = {arm: _held(inside, column, limit.bound, value, arm) for arm in held}
            broken = "block" in inside.columns and is_broken(_block_shares(inside, column, limit.bound, value))
            stopped = rule is not None and (
                _longest(sheet, inside, column, limit.bound, value, rule.apart) >= rule.periods
                or _is_met_in_all(inside, column, limit.bound, value, rule)
            )
        out.append(
            TrialLimit(
                name=limit.name,
                bound=limit.bound,
                value=value,
                unit=limit.unit,
                held_present=held["present"],
                held_proposed=held["proposed"],
                stopped=stopped,
                broken=broken,
            )
        )
    return tuple(out)


def changed_limits(sheet: Sheet, stop_rules: tuple[StopRule, ...]) -> tuple[Deviation, ...]:
    """Return a deviation for each limit of which today's sheet has another bound or formula than the plan's stop rule, or none.

    Parameters
    ----------
    sheet, stop_rules
        As for `limits_by_arm`.

    Raises
    ------
    InputError
        As for `limits_by_arm`.
    """
    texts: list[str] = []
    for limit in _limits(sheet, stop_rules):
        if limit.rule is None:
            continue
        if limit.is_other:
            texts.append(_other_words(limit, limit.rule))
        if limit.is_changed and (limit.column is not None or limit.about is None):
            texts.append(_changed_words(limit, limit.rule))
    return tuple(Deviation(block=None, kind="changed limit", text=text) for text in dict.fromkeys(texts))


def stops_met(limits: tuple[TrialLimit, ...]) -> tuple[Deviation, ...]:
    """Return a deviation for each limit that was broken for as long, or as often, as the plan's stop rule says."""
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


def _limits(sheet: Sheet, stop_rules: tuple[StopRule, ...]) -> Iterator[_Limit]:
    """Both bounds of everything that the sheet can limit, then what only a stop rule knows."""
    rules = {(rule.limit, rule.bound): rule for rule in stop_rules}
    own: list[tuple[str, str, str, float | None, float | None, str]] = [
        (name, name, o.unit, o.low, o.high, name) for name, o in sheet.outcomes.items() if o.choices is None
    ]
    own += [(x.name, f"@limit:{x.name}", x.unit, x.low, x.high, x.formula.text) for x in sheet.limits]
    sides: tuple[Side, Side] = ("low", "high")
    for name, column, unit, low, high, about in own:
        for bound, today in zip(sides, (low, high), strict=True):
            rule = rules.pop((name, bound), None)
            if rule is not None and rule.unit not in {"", unit}:  # older records leave the unit out
                raise InputError(
                    f"{name} is in [{unit}] in the sheet, and a stop rule of the plan has it in [{rule.unit}]: put the unit"
                    " back to verify"
                )
            yield _limit(sheet, _Limit(name, bound, unit, column, today, rule, about))
    for rule in rules.values():
        yield _limit(sheet, _Limit(rule.limit, rule.bound, rule.unit, None, None, rule))


def _limit(sheet: Sheet, limit: _Limit) -> _Limit:
    """The limit by the plan's formula, where that is another one than today's; by nothing where it cannot be counted."""
    text = limit.rule.formula if limit.rule is not None else None
    if text is None or (limit.about is not None and _reads_same(text, limit.about)):
        return limit
    try:
        formula = Formula(text, {name: variable.choices for name, variable in sheet.variables.items()})
    except InputError:  # today's sheet has lost a variable of it
        return replace(limit, column=None)
    return replace(limit, column=PLANNED + limit.name, formula=formula)


def _reads_same(one: str, other: str) -> bool:
    """Whether two formulas are the same but for spaces and brackets."""
    return one == other or ast.dump(Formula(one).tree) == ast.dump(Formula(other).tree)


def _other_words(limit: _Limit, rule: StopRule) -> str:
    what = f"the limit {limit.name} is on {limit.about} in today's sheet, and on {rule.formula} in the plan"
    if limit.formula is None:
        return f"{what}, which today's variables no longer give: it cannot be judged"
    return f"{what}: the plan's is judged by"


def _changed_words(limit: _Limit, rule: StopRule) -> str:
    what = f"the {limit.bound} limit of {limit.name}"
    approved = f"{rule.value:.6g} {rule.unit}".rstrip(" -")
    if limit.column is None:
        return f"{what} is {approved} in the plan, and today's sheet has no {limit.name} any more: it cannot be judged"
    today = "none" if limit.today is None else f"{limit.today:.6g} {limit.unit}".rstrip(" -")
    return f"{what} is {today} in today's sheet, and {approved} in the plan: the plan's is judged by"


def _within(column: str, bound: str, value: float) -> pl.Expr:
    return pl.col(column) >= value if bound == "low" else pl.col(column) <= value


def _period_number(period: timedelta | None) -> pl.Expr:
    """`@at`: the sheet's period that each row lies in, counted from the first row on; a batch is one."""
    if period is None:
        return pl.int_range(pl.len()).cast(pl.Int64).alias("@at")
    seconds = (pl.col("time") - pl.col("time").first()).dt.total_seconds().cast(pl.Float64)
    return (seconds / period.total_seconds()).floor().cast(pl.Int64).alias("@at")


def _by_period(rows: pl.DataFrame, column: str, *also: str) -> pl.DataFrame:
    """The column's mean in each of the sheet's periods, of a block alone: what an hour does often, a day does seldom."""
    keys = ["@at", *(name for name in ("block", "arm") if name in rows.columns), *also]
    means = rows.group_by(keys, maintain_order=True).agg(pl.col(column).cast(pl.Float64).mean())
    return round_frame(means)  # a mean of values at the bound would lie beyond it by its last digit


def _counted(inside: pl.DataFrame, column: str) -> pl.DataFrame:
    return _by_period(inside.filter(pl.col("@is_window") & pl.col("@aside").is_null()).drop_nulls(column), column)


def _block_shares(inside: pl.DataFrame, column: str, bound: str, value: float) -> pl.DataFrame:
    """Each block's share of counted periods within the bound."""
    held = _within(column, bound, value).cast(pl.Float64).mean().alias("held")
    return _counted(inside, column).group_by("block", "arm").agg(held).sort("block")


def _held(inside: pl.DataFrame, column: str, bound: str, value: float, arm: str) -> float | None:
    rows = _counted(inside, column).filter(pl.col("arm") == arm)
    return float(rows.select(_within(column, bound, value).cast(pl.Float64).mean()).item()) if rows.height else None


def _longest(sheet: Sheet, inside: pl.DataFrame, column: str, bound: str, value: float, apart: int | None) -> int:
    """How many of the sheet's periods the bound was broken at most while the proposed settings ran without a break.

    A plant that stands breaks nothing, and what the sheet excludes tells nothing: as in the past that the rule comes from.
    """
    told = inside.with_columns(pl.when(_is_told()).then(pl.col(column)).alias(column), _runs().rle_id().alias("@stretch"))
    rows = _by_period(told.with_columns(_runs().alias("@runs")), column, "@stretch", "@runs")
    if rows.is_empty():
        return 0
    position = rows["@at"].to_numpy()
    if sheet.period is not None:
        stood = inside.group_by("@at").agg((pl.col("reason") == NOT_RUNNING).fill_null(value=False).all()).sort("@at")
        position = position - np.cumsum(stood["reason"].to_numpy())[np.searchsorted(stood["@at"].to_numpy(), position)]
    outside = rows.select((~_within(column, bound, value)).cast(pl.Float64).fill_null(float("nan")))[column].to_numpy()
    stretch = rows["@stretch"].to_numpy().astype(np.int64)
    return int(excursions(outside, position, stretch, rows["@runs"].to_numpy(), apart).max(initial=0))


def _is_met_in_all(inside: pl.DataFrame, column: str, bound: str, value: float, rule: StopRule) -> bool:
    """Whether in one block at the proposed settings, or in all, so many of the sheet's periods lay outside as the rule says."""
    if (rule.in_block is None and rule.in_trial is None) or "block" not in inside.columns or inside.is_empty():
        return False
    told = inside.with_columns(pl.when(_is_told()).then(pl.col(column)).alias(column), _runs().alias("@runs"))
    known = _by_period(told, column, "@runs").drop_nulls(column)
    usual = rule.apart or usual_distance(known["@at"].to_numpy())
    outside = known.filter(pl.col("@runs") & ~_within(column, bound, value)).group_by("block").len()["len"]
    in_block, in_trial = (math.inf if most is None else most for most in (rule.in_block, rule.in_trial))
    return any(count * usual >= in_block for count in outside) or sum(outside) * usual >= in_trial


def _runs() -> pl.Expr:
    return (pl.col("arm") == "proposed") & pl.col("@is_on").fill_null(value=False)


def _is_told() -> pl.Expr:
    """Whether the plant ran, and the sheet does not exclude the period."""
    aside = (pl.col("reason") == NOT_RUNNING) | pl.col("reason").str.starts_with(EXCLUDED)
    return ~aside.fill_null(value=False)
