"""Which periods of a trial count, and where it was not run as planned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.plant import Sheet
from workbench.prepare.grid import period_bounds
from workbench.switchback import stamp
from workbench.trial_records import Block, Deviation, TrialPlan
from workbench.verify.arms import LEAST_TOLERANCE, SETTLED, arms_set, changed_settings, ramp_hours, set_column
from workbench.verify.steps import with_steps
from workbench.wording import percent_text

__all__ = ["Counted", "count_periods"]

FINE_HOURS = 1.0  # [h] shorter periods tell a length of time to a tenth of an hour or so
SLACK_HOURS = 1.0  # [h] a change this much late, or a block this much short, is as planned; own assumption
HALF = 0.5  # of a period: from then on its mean stands nearer to the other arm, so that a period off is at least as late [-]
SLACK_SHARE = 0.1  # of a block's hours that should count: a smaller loss is as planned; own assumption
LOST_SHARE = 0.5  # of them: a block with fewer left is lost; own assumption
MOVED_SHARE = 0.2  # of max_step: what a setting that should stand still may differ between the arms (as for steady periods)
PARTIAL = 0.1  # of the planned difference: how much the arms may be closer or further apart than planned; own assumption

MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

OFF, SETTLING, UNKNOWN = "not at the planned settings", "still settling", "what was set is not known"
IDLE = "a day of the week that hardly ever counts"


@dataclass(frozen=True)
class Counted:
    """The periods of a trial, block by block.

    Parameters
    ----------
    frame : polars.DataFrame
        The history's rows inside the blocks, with `block`, `arm` (as planned), `@end` (of the period; of a batch just after its
        start), `@is_window` (after the planned washout), `@is_on` (at the planned settings, null where not known), and `@aside`
        (why a period of the window does not count; null where it does): no variable can have such a name. Periods on the
        plan's idle days do not count, and are not missed, nor is what was set on them.
    hours_planned, hours_counted : dict of int to float
        By block: hours of its window, and those that count [h].
    deviations : tuple of Deviation
    adherence : float or None
        Share of the windows' hours at the planned settings, of those where it is known [-].
    foreseen : frozenset of int
        Blocks whose window lies on the plan's idle days altogether: they are lost, but as planned.
    """

    frame: pl.DataFrame
    hours_planned: dict[int, float]
    hours_counted: dict[int, float]
    deviations: tuple[Deviation, ...]
    adherence: float | None
    foreseen: frozenset[int] = frozenset()

    @property
    def counts(self) -> pl.DataFrame:
        """The periods that count."""
        return self.frame.filter(pl.col("@is_window") & pl.col("@aside").is_null())

    @property
    def lost(self) -> set[int]:
        """Blocks with less than half of their hours left."""
        return {b for b, hours in self.hours_counted.items() if hours < LOST_SHARE * self.hours_planned[b] or hours <= 0.0}


def count_periods(sheet: Sheet, plan: TrialPlan, frame: pl.DataFrame, period_hours: float, blocks: Sequence[Block]) -> Counted:
    """Return which periods of the blocks count, and every deviation from the plan.

    Parameters
    ----------
    sheet : Sheet
        Of the plant.
    plan : TrialPlan
        As it was put on trial.
    frame : polars.DataFrame
        History at the grain of verification, in time order: `time`, settings, computed columns and `reason`.
    period_hours : float
        That grain [h].
    blocks : sequence of Block
        Those looked at: all of the plan's, or the first ones at an interim look.
    """
    sheet = with_steps(sheet, plan)
    ramp = ramp_hours(plan.settings)
    settle = max(0.0, plan.washout_hours - ramp)
    bounds = _bounds(sheet, blocks, period_hours)
    is_due = None if bounds is None else ~_are_idle(bounds, plan)
    traced = _with_ends(frame.hstack(arms_set(frame, sheet, plan.settings, period_hours, settle)), bounds, period_hours)
    parts, deviations = [], []
    planned, counted, foreseen = {}, {}, set()
    nothing = {"block": pl.Int32, "arm": pl.String, "@is_window": pl.Boolean, "@is_on": pl.Boolean, "@aside": pl.String}
    parts.append(traced.clear().with_columns(pl.lit(None, kind).alias(name) for name, kind in nothing.items()))
    for block in blocks:
        start, opens, end = stamp(block.start), stamp(block.washout_until), stamp(block.end)
        own = traced.filter(pl.col("time") >= start, pl.col("@end") <= end)
        is_window = pl.col("time") >= opens
        is_on, share = pl.col(f"@on_{block.arm}"), pl.col(f"@share_{block.arm}")
        aside = (
            pl.when(_on_day(pl.col("time"), pl.col("@end"), plan).is_in(plan.idle_days))
            .then(pl.lit(IDLE))
            .when(is_on.is_null())
            .then(pl.lit(UNKNOWN))
            .when(~is_on)
            .then(pl.lit(OFF))
            .when(share < SETTLED - 1e-6)
            .then(pl.lit(SETTLING))
            .otherwise(pl.col("reason"))
        )
        own = own.with_columns(
            pl.lit(block.number, pl.Int32).alias("block"),
            pl.lit(block.arm).alias("arm"),
            is_window.alias("@is_window"),
            is_on.alias("@is_on"),
            aside.alias("@aside"),
        )
        parts.append(own)
        due_rows = own.filter(pl.col("@aside").ne_missing(IDLE))
        # batches come as they come: those that came are those that should count
        if bounds is None or is_due is None:
            due = due_rows.filter("@is_window").height
            is_foreseen = _lies_on_idle_days(opens, end, plan)
        else:
            due = _periods_due(bounds, is_due, opens, end)
            is_foreseen = due == 0
        foreseen |= {block.number} if is_foreseen else set()
        planned[block.number] = due * period_hours
        counted[block.number] = own.filter(pl.col("@is_window") & pl.col("@aside").is_null()).height * period_hours
        slack = max(SLACK_HOURS, period_hours if bounds is None else HALF * period_hours)
        deviations += _block_deviations(block, due_rows, period_hours, ramp, planned[block.number], slack)
    inside = pl.concat(parts)
    known = inside.filter(pl.col("@is_window") & pl.col("@is_on").is_not_null() & pl.col("@aside").ne_missing(IDLE))
    adherence = float(known["@is_on"].cast(pl.Float64).mean()) if known.height else None  # type: ignore[arg-type]
    result = Counted(inside, planned, counted, tuple(deviations), adherence, frozenset(foreseen))
    return replace(result, deviations=(*deviations, *_lost_deviations(result), *_arm_deviations(sheet, plan, result)))


def _bounds(sheet: Sheet, blocks: Sequence[Block], period_hours: float) -> NDArray[np.int64] | None:
    """Where the periods of the trial begin and end [us]; None for batches, which have no grid."""
    if sheet.period is None or not blocks:
        return None
    first, last = _instant(stamp(blocks[0].start)), _instant(stamp(blocks[-1].end))
    return period_bounds(first, last, timedelta(hours=period_hours) // MICROSECOND, sheet.timezone, sheet.day_starts)


def _with_ends(frame: pl.DataFrame, bounds: NDArray[np.int64] | None, period_hours: float) -> pl.DataFrame:
    """Add `@end`: a day of a clock change may end with a shorter or longer period.

    A batch keeps the recipe that it began with, however long it runs: it is in the block in which it starts, so that its end is
    set to just after its start.
    """
    if bounds is None:
        return frame.with_columns((pl.col("time") + MICROSECOND).alias("@end"))
    usual = pl.col("time") + timedelta(hours=period_hours)
    ends = pl.Series(bounds[1:]).cast(pl.Datetime("us", "UTC"))
    starts = pl.Series(bounds[:-1]).cast(pl.Datetime("us", "UTC"))
    return frame.with_columns(pl.coalesce(pl.col("time").replace_strict(starts, ends, default=None), usual).alias("@end"))


def _on_day(start: pl.Expr, end: pl.Expr, plan: TrialPlan) -> pl.Expr:
    """Day of the week (Monday is 0) of the middle of a period, plant time."""
    return (start + (end - start) / 2).dt.convert_time_zone(plan.timezone).dt.weekday() - 1


def _are_idle(bounds: NDArray[np.int64], plan: TrialPlan) -> NDArray[np.bool_]:
    """Which periods lie on a day of the week on which no result is due."""
    ends = pl.DataFrame({"end": bounds}).with_columns(pl.col("end").cast(pl.Datetime("us", "UTC")))
    days = ends.select(_on_day(pl.col("end").shift(1), pl.col("end"), plan)).to_series()[1:]
    return np.asarray(days.is_in(plan.idle_days).to_numpy(), dtype=np.bool_)


def _lies_on_idle_days(opens: datetime, end: datetime, plan: TrialPlan) -> bool:
    """Whether every hour of a window lies on a day of the week on which no result is due."""
    hours = pl.DataFrame({"start": pl.datetime_range(opens, end, "1h", closed="left", eager=True)})
    days = hours.select(_on_day(pl.col("start"), pl.col("start") + timedelta(hours=1), plan)).to_series()
    return bool(days.is_in(plan.idle_days).all())


def _periods_due(bounds: NDArray[np.int64], is_due: NDArray[np.bool_], opens: datetime, end: datetime) -> int:
    """Periods that lie wholly between two moments, and in which a result is due."""
    first, last = np.searchsorted(bounds, _instant(opens), "left"), np.searchsorted(bounds, _instant(end), "right") - 1
    return int(is_due[first : max(first, last)].sum())


def _instant(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND


def _block_deviations(
    block: Block, own: pl.DataFrame, period_hours: float, ramp: float, planned: float, slack: float
) -> list[Deviation]:
    """Late or abandoned by more than `slack`, interrupted or not run at all; and what the records of days that count lack."""
    window = own.filter("@is_window")
    hours = {why: n * period_hours for why, n in window.group_by("@aside").len().iter_rows() if why is not None}
    off = hours.pop(OFF, 0.0) + hours.pop(SETTLING, 0.0)
    out = []
    is_on = own.filter(pl.col("@is_on"))
    known = own.filter(pl.col("@is_on").is_not_null())
    if known.height and not is_on.height:
        out.append(Deviation(block=block.number, kind="not run", text=f"the {block.arm} settings were never set", hours=off))
    elif known.height:
        start, end = stamp(block.start), stamp(block.end)
        late = (is_on["time"][0] - start) / timedelta(hours=1) - ramp / 2.0  # half-way there
        early = (end - is_on["time"][-1]) / timedelta(hours=1) - period_hours
        first_known = (known["time"][0] - start) / timedelta(hours=1)
        last_known = (end - known["time"][-1]) / timedelta(hours=1) - period_hours
        if late > slack and late - first_known > -ramp / 2.0:
            text = f"the {block.arm} settings were set {_hours_told(late, period_hours)} late"
            out.append(Deviation(block=block.number, kind="late change", text=text, hours=off))
            off = 0.0
        if early - last_known > slack:
            text = f"the {block.arm} settings were left {_hours_told(early, period_hours)} before the block's end"
            out.append(Deviation(block=block.number, kind="aborted", text=text, hours=off))
            off = 0.0
        if off > SLACK_SHARE * planned:
            text = f"{off:.1f} h of those that should count were not at the {block.arm} settings, or settling after that"
            out.append(Deviation(block=block.number, kind="interrupted", text=text, hours=off))
    absent = planned - window.height * period_hours
    if absent > period_hours / 2:
        hours["no records"] = absent
    for why, lost in sorted(hours.items()):
        if lost > SLACK_SHARE * planned:
            text = f"{lost:.1f} h of {planned:.1f} h that should count: {why}"
            out.append(Deviation(block=block.number, kind="no result", text=text, hours=lost))
    return out


def _hours_told(hours: float, period_hours: float) -> str:
    """Hours as exactly as the periods tell them: half a period more or less."""
    return (
        f"{hours:.1f} h" if period_hours < FINE_HOURS else f"about {hours:.0f} h (as told by periods of {period_hours:.3g} h)"
    )


def _lost_deviations(counted: Counted) -> list[Deviation]:
    """Blocks that are lost though the plan counts with them."""
    return [
        Deviation(
            block=block,
            kind="lost block",
            text=f"{_left_of(counted.hours_counted[block], counted.hours_planned[block])}: its pair is out",
            hours=counted.hours_counted[block],
        )
        for block in sorted(counted.lost - counted.foreseen)
    ]


def _left_of(counted: float, planned: float) -> str:
    return f"{counted:.1f} of {planned:.1f} h are left" if planned else "nothing came that could count"


def _arm_deviations(sheet: Sheet, plan: TrialPlan, counted: Counted) -> list[Deviation]:
    """Settings whose arms were closer together or further apart than planned, or that moved though they should not have."""
    out = []
    planned = {
        s.name: s.proposed - s.present
        for s in changed_settings(plan.settings)
        if isinstance(s.present, float) and isinstance(s.proposed, float)
    }
    for name, setting in sheet.settings.items():
        moved = _moved(counted.counts, name) if setting.choices is None else None
        if moved is None:
            continue
        if name in planned:
            slack = max(PARTIAL * abs(planned[name]), LEAST_TOLERANCE * (setting.max_step or 0.0))
            if abs(moved - planned[name]) > slack:
                share = percent_text(moved / planned[name])
                text = (
                    f"{name}: the arms were {share} of the planned difference apart: the effect is that of what was really set"
                )
                out.append(Deviation(block=None, kind="partial change", text=text))
        elif setting.max_step is not None and abs(moved) > MOVED_SHARE * setting.max_step:
            text = f"{name} should stand still, but was {moved:+.4g} {setting.unit} in the blocks of the proposed settings"
            out.append(Deviation(block=None, kind="other setting", text=text))
    return out


def _moved(rows: pl.DataFrame, name: str) -> float | None:
    """By how much a setting differed between the arms; None where one of them is not known."""
    present, proposed = (rows.filter(pl.col("arm") == arm)[set_column(rows, name)].mean() for arm in ("present", "proposed"))
    return proposed - present if isinstance(present, float) and isinstance(proposed, float) else None
