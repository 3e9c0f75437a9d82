"""The verdict of a planned trial: from the history at a fine grain and the plan to effect, grade, limits and money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.plant import Sheet
from workbench.prepare.usable import OBJECTIVE_MISSING
from workbench.records import Finding, Money
from workbench.switchback import Effect, block_means, draw_order, stamp, switchback_effect
from workbench.switchback.effect import make_pairs, p_value_of
from workbench.switchback.looks import look_p_value
from workbench.trial_records import Deviation, Estimate, Grade, Look, TrialLineage, TrialPlan, Verdict
from workbench.verify.counted import Counted, count_periods
from workbench.verify.grade import PROVING, trial_grade
from workbench.verify.held import limits_broken, not_held_words, verified_but_words
from workbench.verify.limits import changed_limits, limits_by_arm, stops_met
from workbench.verify.series import (
    Known,
    Quantity,
    as_array,
    as_estimate,
    gain_column,
    money_column,
    outcome_quantities,
    with_known,
    with_quantities,
)
from workbench.verify.steps import changed_steps
from workbench.wording import LOOKS_COUNTED, moment_text, percent_text

__all__ = ["LEVEL", "Evidence", "blocks_looked_at", "trial_verdict"]

LEVEL = 0.9  # of the intervals at the planned end [-]
MOVED_ALPHA = 0.01  # two-sided, over all covariates, at which a condition is said to be moved by the settings; own assumption
KNOWN_LEAST = 0.5  # share of the periods in which a condition of the plan must be known; own assumption
RESULTS_LATE = timedelta(days=7)  # results that come later than this after a block are not waited for; own assumption
GAIN, MONEY = "@gain", "@money"
Status = Literal["verified", "not_verified"] | None

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """The plant's records as verification reads them.

    Parameters
    ----------
    frame : polars.DataFrame
        History, one row a period in time order: `time`, variables, computed columns, `reason`.
    period_hours : float
        Length of its periods [h].
    lineage : TrialLineage
        Periods are counted in by `trial_verdict`.
    deviations : tuple of Deviation
        Known beforehand, such as a record that is not the one that was approved.
    quantities : tuple of Quantity
        To be reported beside the outcomes.
    findings : tuple of Finding or None
        Of sheet and records, see `telling_findings`; None where nobody looked.
    """

    frame: pl.DataFrame
    period_hours: float
    lineage: TrialLineage
    deviations: tuple[Deviation, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    findings: tuple[Finding, ...] | None = None

    @property
    def end(self) -> datetime | None:
        """End of the last period."""
        return self._end_of(self.frame)

    @property
    def complete_until(self) -> datetime | None:
        """Until when results are in: to the last one, and on for as long as results usually are apart.

        What a laboratory has not sent within `RESULTS_LATE` will not come any more.
        """
        end = self.end
        is_set_aside = pl.col("reason").is_not_null() & (pl.col("reason") != OBJECTIVE_MISSING)
        told = self.frame.filter(pl.col("@objective").is_not_null() | is_set_aside)
        last = self._end_of(told)
        if end is None:
            return None
        if last is None:
            return end - RESULTS_LATE
        usual = told["time"].diff().median() or timedelta(0)
        assert isinstance(usual, timedelta)
        return min(end, max(end - RESULTS_LATE, last + max(timedelta(0), usual - timedelta(hours=self.period_hours))))

    def _end_of(self, rows: pl.DataFrame) -> datetime | None:
        if rows.is_empty():
            return None
        last: datetime = rows["time"].max()  # type: ignore[assignment]
        return last + timedelta(hours=self.period_hours)


@dataclass(frozen=True)
class _Look:
    """What is decided on: the looks up to now, and whether the last of them is the planned end."""

    looks: tuple[Look, ...]
    final: bool

    @property
    def level(self) -> float:
        """Of the intervals: at an interim look as wide as the error rate spent so far asks for."""
        return LEVEL if self.final else 1.0 - 2.0 * self.looks[-1].alpha_spent


@dataclass(frozen=True)
class _Measured:
    """What the blocks say."""

    gain: Effect
    money: Money | None
    others: tuple[Estimate, ...]
    p_value: float
    found: tuple[Deviation, ...]


def trial_verdict(sheet: Sheet, plan: TrialPlan, evidence: Evidence, created: str) -> Verdict:
    """Return what the trial measured so far.

    A block is over when its results are in, or a week after its end. At the planned end the trial is `verified` or
    `not_verified`, but undecided where no pair of blocks was measured; before, it looks at the blocks up to the last look that
    the plan has reached, and decides only if the error rate spent by then allows it; the trial is then over. Only grades A and
    B verify; a gain that is verified while a limit was not held says that first. Before the first look nothing is measured,
    only what was set and which limits held.

    Parameters
    ----------
    sheet : Sheet
        Of the plant.
    plan : TrialPlan
        As it was put on trial.
    evidence : Evidence
        Records of the trial.
    created : str
        Moment of writing.
    """
    looked = _looks_reached(plan, evidence.complete_until)
    ended = [block for block in plan.blocks if evidence.end is not None and stamp(block.end) <= evidence.end]
    begun = [block for block in plan.blocks if evidence.end is not None and stamp(block.start) < evidence.end]
    so_far = count_periods(sheet, plan, evidence.frame, evidence.period_hours, begun)
    limits = limits_by_arm(sheet, so_far.frame, plan.stop_rules)
    blocks = ended[: looked.looks[-1].after_block] if looked.looks else ended
    counted = count_periods(sheet, plan, evidence.frame, evidence.period_hours, blocks) if len(blocks) < len(begun) else so_far
    changed = (*changed_limits(sheet, plan.stop_rules), *changed_steps(sheet, plan))
    deviations = (*evidence.deviations, *changed, *counted.deviations, *stops_met(limits), *limits_broken(limits))
    measured = _measure(sheet, plan, evidence, looked, counted) if looked.looks else None
    if measured is not None and not measured.gain.blocks_used:
        measured = None
    deviations += measured.found if measured else ()
    used, orders = (measured.gain.blocks_used, measured.gain.n_orders) if measured else (0, 0)
    grade, why = trial_grade(deviations, counted.adherence, used, orders, is_randomised=_is_drawn(plan))
    status, said = _status(plan, looked, grade, measured, evidence)
    if status is None and any(limit.stopped for limit in limits):
        said += ". A stop rule of the plan is met: go back to the present settings"
    elif status is None and (missed := not_held_words(limits)):
        said += f". {missed}"
    verdict = Verdict(
        id="",
        created=created,
        recommendation=plan.recommendation,
        plan=plan.id,
        plant=plan.plant,
        grade=grade,
        status=status,
        final=(looked.final and measured is not None) or status == "verified",
        reasons=(said, why) if _tells_more(looked, measured) else (said,),
        effect=as_estimate(plan.objective, plan.unit, measured.gain) if measured else None,
        promised=plan.promise,
        others=measured.others if measured else (),
        p_value=measured.p_value if measured else None,
        n_orders=orders or None,
        blocks_used=used,
        adherence=counted.adherence,
        deviations=deviations,
        limits=limits,
        value_per_year=measured.money if measured else None,
        findings=evidence.findings,
        lineage=_lineage(evidence.lineage, counted),
    )
    first = verified_but_words(verdict)
    return verdict.model_copy(update={"reasons": (first, *verdict.reasons)} if first else {}).identified()


def blocks_looked_at(plan: TrialPlan, evidence: Evidence) -> int:
    """Return how many of the plan's blocks its last look so far takes in; 0 before the first look.

    Parameters
    ----------
    plan : TrialPlan
        As it was put on trial.
    evidence : Evidence
        Records of the trial.
    """
    looked = _looks_reached(plan, evidence.complete_until)
    return looked.looks[-1].after_block if looked.looks else 0


def _measure(sheet: Sheet, plan: TrialPlan, evidence: Evidence, looked: _Look, counted: Counted) -> _Measured:
    """Effects on gain, money and everything else, over the blocks looked at."""
    blocks = plan.blocks[: looked.looks[-1].after_block]
    table, quantities, known = _block_table(sheet, plan, evidence, counted)
    arms = np.array([block.arm == "proposed" for block in blocks], dtype=bool)
    lost = np.array([block.number in counted.lost for block in blocks], dtype=bool)
    of_objective, of_others = (as_array(table, names) if names else None for names in (known.of_objective, known.of_others))

    def effect_on(column: str) -> Effect:
        values = np.where(lost, np.nan, as_array(table, [column])[:, 0])
        covariates = of_objective if column in (GAIN, MONEY) or _is_objective(table, column) else of_others
        return switchback_effect(values, arms, covariates, level=looked.level, seed=plan.seed)

    outcome = np.where(lost, np.nan, as_array(table, [GAIN])[:, 0])
    steps = [(look.after_block, look.alpha_spent) for look in looked.looks]
    others = [as_estimate(q.name, q.unit, effect_on(f"@q:{q.name}")) for q in quantities]
    return _Measured(
        gain=effect_on(GAIN),
        money=_money(sheet, effect_on(MONEY)) if MONEY in table.columns else None,
        others=tuple(other for other in others if np.isfinite(other.estimate)),
        p_value=look_p_value(outcome, arms, of_objective, steps, plan.seed),
        found=(
            *_unknown_conditions(counted.counts, known.conditions),
            *_moved_conditions(table, known.conditions, arms, lost, plan.seed),
        ),
    )


def _is_objective(table: pl.DataFrame, column: str) -> bool:
    """Whether a quantity is the objective itself under another name, which must not have two effects."""
    objective, values = as_array(table, [GAIN, column]).T
    return any(np.allclose(values, sign * objective, rtol=1e-9, atol=0.0, equal_nan=True) for sign in (1.0, -1.0))


def _unknown_conditions(counts: pl.DataFrame, conditions: Sequence[str]) -> tuple[Deviation, ...]:
    """Conditions that the plan compares with and that are hardly known: the trial shows less than was planned."""
    out = []
    for name in dict.fromkeys(column.partition("=")[0] for column in conditions):
        share = counts[name].count() / max(1, counts.height)
        if share < KNOWN_LEAST:
            text = (
                f"the condition {name}, which the plan compares with, is known in {percent_text(share)} of the periods"
                " that count: the interval is wider than planned"
            )
            out.append(Deviation(block=None, kind="unknown condition", text=text))
    return tuple(out)


def _moved_conditions(
    table: pl.DataFrame, conditions: Sequence[str], arms: NDArray[np.bool_], lost: NDArray[np.bool_], seed: int
) -> tuple[Deviation, ...]:
    """Conditions that differ between the arms: adjusting for what the settings move takes part of their effect away."""
    out = []
    for name in conditions:
        values = np.where(lost, np.nan, as_array(table, [name])[:, 0])
        p_values = [p_value_of(make_pairs(sign * values, arms), seed) for sign in (1.0, -1.0)]
        p_value = min(1.0, 2.0 * min(p_values))
        if p_value <= MOVED_ALPHA / len(conditions):
            text = (
                f"the condition {name} differs between the arms (p = {p_value:.2g}): the settings seem to move it, and what"
                " they do through it is not counted"
            )
            out.append(Deviation(block=None, kind="moved condition", text=text))
    return tuple(out)


def _tells_more(looked: _Look, measured: _Measured | None) -> bool:
    """Whether the grade's reason is another than the status's: before a look, or with no pair at the end, it is not."""
    return bool(looked.looks) and not (looked.final and measured is None)


def _looks_reached(plan: TrialPlan, end: datetime | None) -> _Look:
    """The looks whose blocks are all over in the records; the last of the plan's is the planned end."""
    done = sum(end is not None and stamp(block.end) <= end for block in plan.blocks)
    reached = tuple(look for look in plan.looks if look.after_block <= done)
    return _Look(reached, bool(reached) and reached[-1] == plan.looks[-1])


def _block_table(
    sheet: Sheet, plan: TrialPlan, evidence: Evidence, counted: Counted
) -> tuple[pl.DataFrame, list[Quantity], Known]:
    """Block means of gain, money, other quantities and covariates over the periods that count."""
    quantities = [*outcome_quantities(sheet), *evidence.quantities]
    frame, known = with_known(sheet, with_quantities(counted.counts, quantities), plan)
    frame = frame.with_columns(gain_column(plan.maximize).alias(GAIN))
    money = money_column(sheet, plan.maximize)
    if money is not None:
        frame = frame.with_columns(money.alias(MONEY))
    columns = [GAIN, *([MONEY] if money is not None else []), *(f"@q:{q.name}" for q in quantities), *known.all]
    blocks = [block for block in plan.blocks if block.number in counted.hours_planned]
    return block_means(frame, blocks, evidence.period_hours, columns), quantities, known


def _is_drawn(plan: TrialPlan) -> bool:
    """Whether the plan's arms are those that its seed draws: an order that somebody chose proves nothing."""
    drawn: list[bool] = draw_order(len(plan.blocks), plan.seed).tolist()
    return [block.arm == "proposed" for block in plan.blocks] == drawn


def _status(plan: TrialPlan, looked: _Look, grade: Grade, measured: _Measured | None, evidence: Evidence) -> tuple[Status, str]:
    """Verified, not verified, or not decided yet; and the sentence that says so."""
    p_value, gain = (measured.p_value, measured.gain) if measured else (None, None)
    n_blocks = len(plan.blocks)
    waiting = _waiting(plan, looked, evidence)
    if not looked.looks:
        first = plan.looks[0].after_block
        until = moment_text(evidence.end, plan.timezone) if evidence.end else "never"
        return (
            None,
            waiting or f"no look yet: the records end {until}, the plan's first look is after block {first} of {n_blocks}",
        )
    spent = looked.looks[-1].alpha_spent
    after = looked.looks[-1].after_block
    is_small = p_value is not None and p_value <= spent
    shown = "no pair to test" if p_value is None else f"p = {p_value:.3g} ({LOOKS_COUNTED})"
    if is_small and grade in PROVING:
        return "verified", f"after block {after} of {n_blocks}: {shown}, at most {spent:.3g} as the plan asks for"
    if looked.final and p_value is None:
        return None, (
            "no pair of blocks has both the planned settings and results in the records, so nothing is decided: check that they"
            " hold the trial's weeks by the sheet's clock, and ask again; or withdraw the recommendation"
        )
    if is_small:
        shown = f"{shown}, but evidence of grade {grade} does not verify"
    elif p_value is not None:
        shown = f"{shown}, above {spent:.3g}"
    if looked.final:
        return "not_verified", shown if is_small else f"at the planned end: {shown}: {_short_of_gain(gain)}"
    so_far = f"interim look after block {after} of {n_blocks}: {shown}"
    if gain is not None and gain.high < 0.0:
        return None, f"{so_far}: {_short_of_gain(gain)}: go back to the present settings"
    following = plan.looks[len(looked.looks)].after_block
    on = (
        f"go on as planned; the records end {moment_text(evidence.end, plan.timezone)}, block {following} of the next look ends"
        f" {moment_text(stamp(plan.blocks[following - 1].end), plan.timezone)}"
        if evidence.end is not None
        else "go on as planned"
    )
    return None, f"{so_far}: {waiting or on}"


def _short_of_gain(gain: Effect | None) -> str:
    """What a p above the error rate says: a whole interval below zero is a loss."""
    if gain is not None and gain.high < 0.0:
        return f"the proposed settings lose, even at the high end of the {100 * gain.level:.3g} % interval"
    return "the gain may be none"


def _waiting(plan: TrialPlan, looked: _Look, evidence: Evidence) -> str | None:
    """The sentence for a next look whose blocks are over while results are still to come; None where there is none."""
    following = [look for look in plan.looks if look not in looked.looks]
    known, end = evidence.complete_until, evidence.end
    if not following or known is None or end is None:
        return None
    over = stamp(plan.blocks[following[0].after_block - 1].end)
    if end < over:
        return None
    until = moment_text(known, plan.timezone)
    return (
        f"results until the end of block {following[0].after_block} are still to come (so far until {until}): ask again when"
        f" they are in, at the latest with records until {moment_text(over + RESULTS_LATE, plan.timezone)}"
    )


def _money(sheet: Sheet, effect: Effect) -> Money | None:
    if sheet.currency is None or not np.isfinite([effect.low, effect.high]).all():
        return None
    return Money(currency=sheet.currency, expected=effect.estimate, low=effect.low, high=effect.high)


def _lineage(lineage: TrialLineage, counted: Counted) -> TrialLineage:
    """The lineage with the trial's periods: in = counted + set aside by reason."""
    aside = counted.frame.with_columns(
        pl.when(~pl.col("@is_window")).then(pl.lit("washout")).otherwise(pl.col("@aside")).alias("@why")
    )
    counts = aside.filter(pl.col("@why").is_not_null()).group_by("@why").len().sort("@why")
    return lineage.model_copy(
        update={
            "periods_in": counted.frame.height,
            "periods_counted": counted.counts.height,
            "periods_set_aside": dict(counts.iter_rows()),
        }
    )
