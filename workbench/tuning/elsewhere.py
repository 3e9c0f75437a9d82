"""A proposal under other conditions of the history than the recent ones: where a limit, or the gain, would not hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import polars as pl

from workbench.plant import Sheet
from workbench.records import HELD_SHARE, Finding
from workbench.tuning.at_now import RESULTS_MIN, thinned
from workbench.tuning.judge import LEVEL, Judge
from workbench.tuning.limits import LimitCheck
from workbench.tuning.words import number
from workbench.wording import many, shown_unit, unit_of_change

__all__ = ["elsewhere_findings"]

CLEARLY = 0.05  # [-] a share that is so much lower is clearly lower: twice as many periods beyond as 95 % allow; own assumption
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class _Stretch:
    """Usable periods `start` to before `end` of the history, as many as the recent ones."""

    start: int
    end: int


def elsewhere_findings(judge: Judge, chosen: pl.DataFrame) -> tuple[Finding, ...]:
    """Return T111 for each limit that a proposal would hold clearly less often under other conditions of the history.

    And for a gain that would be a loss there. They warn: neither choice nor promise knows of them.

    Own assumptions: the other conditions are those of the history before the recent ones, in stretches of as many usable
    periods. Clearly less is by 5 % of the periods, both than asked (95 % or, where lower, today's share) and than at the
    present settings in that stretch: a limit that is broken there anyway is not the proposal's doing. The worst is named.

    Parameters
    ----------
    judge : Judge
        Of the recent conditions.
    chosen : polars.DataFrame
        The proposed settings, one row.
    """
    stretches = _stretches(judge)
    found = [_limit_finding(judge, check, chosen, stretches) for check in judge.limits]
    return tuple(f for f in (*found, _gain_finding(judge, chosen, stretches)) if f is not None)


def _stretches(judge: Judge) -> list[_Stretch]:
    """The history before the recent periods, from its end on, in stretches as long as these."""
    n, whole = judge.present.recent.height, judge.surrogate.frame.height
    return [_Stretch(end - n, end) for end in range(whole - n, n - 1, -n)]


def _limit_finding(judge: Judge, check: LimitCheck, chosen: pl.DataFrame, stretches: list[_Stretch]) -> Finding | None:
    asked = min(HELD_SHARE, check.held_now())
    worst: tuple[float, float, _Stretch] | None = None
    for stretch in stretches:
        there = _check_there(judge, check, stretch)
        line = None if there is None else there.line(chosen)
        if line is None or line.probability_held is None or line.now is None:
            continue
        held = line.probability_held
        if held < min(asked, line.now) - CLEARLY and (worst is None or held < worst[0]):
            worst = (held, line.now, stretch)
    if worst is None:
        return None
    held, now, stretch = worst
    unit = f" {shown_unit(check.unit)}".rstrip()
    text = (
        f"under the conditions of {_when(judge, stretch)} the {check.bound} limit of {check.name}, {check.value:g}{unit}, "
        f"would hold in only {100 * held:.0f} % of {many(judge.sheet.row)} at the proposed settings ({100 * now:.0f} % at the"
        f" present ones), not in {100 * asked:.0f} % as asked: {_advice(judge, stretch)}"
    )
    return Finding(code="T111", tag=check.name, text=text)


def _check_there(judge: Judge, check: LimitCheck, stretch: _Stretch) -> LimitCheck | None:
    """The same check under the conditions of one stretch; None where that tells too little, or nothing else."""
    surrogate = judge.surrogate
    if check.formula is not None:
        conditions = sorted(check.formula.names - set(judge.present.now.columns))
        if not conditions:
            return None  # over settings alone: the same everywhere
        known = surrogate.frame[stretch.start : stretch.end].drop_nulls(conditions)
        if known.height < RESULTS_MIN:
            return None
        return replace(check, at_now=replace(check.at_now, recent=thinned(known)))
    rows = surrogate.rows[check.target]
    results = np.flatnonzero((rows >= stretch.start) & (rows < stretch.end))
    if len(results) < RESULTS_MIN:
        return None
    return check.among(thinned(results))


def _gain_finding(judge: Judge, chosen: pl.DataFrame, stretches: list[_Stretch]) -> Finding | None:
    worst: tuple[float, float, _Stretch] | None = None
    for stretch in stretches:
        members = judge.surrogate.frame[stretch.start : stretch.end]
        there = replace(judge, present=replace(judge.present, recent=members, findings=()))
        shifts = there.shifts(chosen)
        gain, sd = min((float(mean[0]), float(sd[0])) for mean, sd in (there.gain(shifts), there.net(shifts)))
        if gain < 0.0 and (worst is None or gain < worst[0]):
            worst = (gain, judge.z * sd, stretch)
    if worst is None:
        return None
    gain, half, stretch = worst
    unit = f" {unit_of_change(judge.sheet.objective.unit)}".rstrip()
    text = (
        f"under the conditions of {_when(judge, stretch)} the proposed settings are expected to lose {number(-gain)}{unit} "
        f"({LEVEL * 100:.0f} % interval {number(-gain - half)} to {number(-gain + half)}{unit}): {_advice(judge, stretch)}"
    )
    return Finding(code="T111", text=text)


def _when(judge: Judge, stretch: _Stretch) -> str:
    """The days of a stretch in plant time; batches without a clock are counted from the last one."""
    frame, zone = judge.surrogate.frame, judge.sheet.timezone
    times = frame["time"][stretch.start : stretch.end].drop_nulls().dt.convert_time_zone(zone)
    if times.is_empty():
        return f"the batches {frame.height - stretch.end + 1} to {frame.height - stretch.start} from the last"
    return f"{times[0].day} {times[0]:%b %Y} to {times[-1].day} {times[-1]:%b %Y}"


def _advice(judge: Judge, stretch: _Stretch) -> str:
    span = _span_to(judge.sheet, judge.surrogate.frame, stretch, judge.present.recent)
    return f"set `recent: {span}` in the sheet to judge under {'a year' if span == '365d' else 'these conditions, too'}"


def _span_to(sheet: Sheet, frame: pl.DataFrame, stretch: _Stretch, recent: pl.DataFrame) -> str:
    """What `recent` has to be for the stretch to count: a year where that reaches it, a number for batches."""
    times = frame["time"]
    if sheet.batch is not None or isinstance(sheet.recent, int) or times.null_count():
        return str(frame.height - stretch.start)
    # where more than half a year counts already, a year would hardly tell more
    back = times[-1] - times[stretch.start]
    days = back // timedelta(days=1) + 1
    return "365d" if back < YEAR and times[-1] - recent["time"][0] < YEAR / 2 else f"{days}d"
