"""What a trial's records say about themselves: findings to tell beside a verdict, and units that allow none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import polars as pl

from workbench.errors import InputError
from workbench.loaders.unit_match import MISFIT, misfit_words
from workbench.plant import Formula, Sheet
from workbench.records import Finding, History, RowLedger
from workbench.trial_records import TrialPlan
from workbench.verify.arms import changed_settings

__all__ = [
    "check_units",
    "frozen_counts",
    "frozen_months",
    "gain_uses",
    "limit_uses",
    "moved_uses",
    "plan_uses",
    "telling_findings",
    "with_frozen_aside",
]

FROZEN = " frozen"  # behind the name of a reading: why a period is set aside
LEARNING = {"D105", "D110", "D201", "D202"}  # of records that are learned from: a trial's blocks tell more than these


def telling_findings(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings that concern a measured gain; none disqualifies the data, for nothing is learned from them.

    Examples
    --------
    >>> [f.code for f in telling_findings([Finding(code="D105", text="x"), Finding(code="L103", text="y")])]
    ['L103']
    """
    return tuple(f.model_copy(update={"refuses": False}) for f in findings if f.code not in LEARNING)


def with_frozen_aside(sheet: Sheet, history: History) -> History:
    """Return a history with the periods set aside in which a reading that the objective is counted from stood still.

    A meter that stands still (D104) says nothing of the settings of that time: counted, it would carry the value from before
    over into another block or month.

    Parameters
    ----------
    sheet : Sheet
        Of the plant.
    history : History
        Of its records.
    """
    frame = history.frame
    for name in sorted(sheet.objective.formula.names & set(history.frozen)):
        is_new = history.frozen[name] & frame["reason"].is_null()
        why = pl.lit(f"{name}{FROZEN}")
        frame = frame.with_columns(pl.when(is_new).then(why).otherwise(pl.col("reason")).alias("reason"))
    counts = frame.filter(pl.col("reason").is_not_null()).group_by("reason").len().sort("reason")
    return replace(history, frame=frame, periods=RowLedger(frame.height, dict(counts.iter_rows())))


def frozen_counts(sheet: Sheet, frame: pl.DataFrame) -> dict[str, int]:
    """Return how many periods of a frame are set aside for each reading of the objective that stood still, by reason.

    Parameters
    ----------
    sheet : Sheet
        Of the plant.
    frame : polars.DataFrame
        Some periods of what `with_frozen_aside` returns; its `reason` is looked at.
    """
    counts = frame.filter(_is_frozen(sheet)).group_by("reason").len().sort("reason")
    return dict(counts.iter_rows())


def frozen_months(sheet: Sheet, frame: pl.DataFrame) -> dict[str, int]:
    """Return the periods set aside for readings of the objective that stood still, by month (`2026-02`, UTC).

    Parameters
    ----------
    sheet, frame
        As for `frozen_counts`; `time` is looked at too.
    """
    frozen = frame.filter(_is_frozen(sheet), pl.col("time").is_not_null())
    month = pl.col("time").dt.strftime("%Y-%m").alias("month")
    return dict(frozen.group_by(month).len().sort("month").iter_rows())


def _is_frozen(sheet: Sheet) -> pl.Expr:
    return pl.col("reason").is_in([f"{name}{FROZEN}" for name in sorted(sheet.objective.formula.names)])


def gain_uses(sheet: Sheet) -> dict[str, str]:
    """Return the variables that a gain is counted from, each with what needs it in words."""
    uses = dict.fromkeys(sorted(sheet.objective.formula.names), "the objective")
    costs = (name for cost in sheet.objective.costs for name in sorted(cost.formula.names))
    running = sorted(sheet.running.names) if sheet.running is not None else ()
    return dict.fromkeys(running, "`running`") | dict.fromkeys(costs, "a cost of the objective") | uses


def limit_uses(sheet: Sheet, plan: TrialPlan | None = None) -> dict[str, str]:
    """Return the variables that the limits of sheet and plan are about, each with the limit in words."""
    formulas = [(limit.name, limit.formula) for limit in sheet.limits]
    formulas += [(r.limit, Formula(r.formula)) for r in (plan.stop_rules if plan is not None else ()) if r.formula is not None]
    by_formula = {name: f"the limit {limit}" for limit, formula in formulas for name in sorted(formula.names)}
    own = {name: f"the limit of {name}" for name, o in sheet.outcomes.items() if o.low is not None or o.high is not None}
    return by_formula | own


def moved_uses(names: Iterable[str]) -> dict[str, str]:
    """Return settings that were changed, each with what needs it in words."""
    return dict.fromkeys(names, "telling when it was changed")


def plan_uses(plan: TrialPlan) -> dict[str, str]:
    """Return the settings that a trial moves and the conditions that its analysis compares with, each with what needs it."""
    foretelling = (name.partition("=")[0] for name in plan.prognosis)
    conditions = dict.fromkeys((*plan.covariates, *foretelling), "the comparison of the trial")
    return conditions | moved_uses(setting.name for setting in changed_settings(plan.settings))


def check_units(sheet: Sheet, findings: Iterable[Finding], uses: Mapping[str, str]) -> None:
    """Refuse records whose unit of a variable that is needed cannot become the sheet's: its numbers mean something else.

    Parameters
    ----------
    sheet : Sheet
        Of the plant.
    findings : iterable of Finding
        Of its records.
    uses : mapping of str to str
        Variables that are needed, and by what; those that the sheet has not are passed over.

    Raises
    ------
    InputError
        If a unit does not fit; names tag, unit found and unit wanted.
    """
    needed: dict[str, str] = {}
    for name, why in uses.items():
        if name not in sheet.variables:
            continue
        variable = sheet.variables[name]
        for tag in (variable.tag, getattr(variable, "measured", None)):
            if tag:
                needed.setdefault(tag.strip(), why)
    for finding in findings:
        if finding.code == MISFIT and finding.tag in needed:
            raise InputError(
                f"{misfit_words(finding)}; {needed[finding.tag]} needs it, so nothing is measured:"
                " correct the unit in the sheet or in the source, and ask again"
            )
