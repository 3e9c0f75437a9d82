"""What a change is predicted to do to each outcome, beside what it does to the objective."""

from __future__ import annotations

import polars as pl

from workbench.plant import Sheet
from workbench.plant.spans import format_duration
from workbench.records import OutcomeLine
from workbench.tuning.at_now import at_now_of
from workbench.tuning.ends import ends_of, within_ends
from workbench.tuning.judge import LEVEL, Judge
from workbench.tuning.replay import Replays
from workbench.wording import RUNNING_COSTS

__all__ = ["outcome_lines"]


def outcome_lines(judge: Judge, chosen: pl.DataFrame | None, replays: Replays) -> tuple[OutcomeLine, ...]:
    """Return each outcome over recent conditions at the present settings, and what the change does to it; costs likewise.

    Parameters
    ----------
    judge : Judge
        Of the plant.
    chosen : polars.DataFrame or None
        The settings considered, one row; None where there are none.
    replays : Replays
        What intervals and promises are widened and cut by.
    """
    sheet, responses = judge.sheet, judge.surrogate.responses
    # the outcome that is the objective is learned as the objective is, and shows the same number as the promise
    learned = {name: "@objective" if name == sheet.objective.text else name for name in sheet.outcomes}
    wanted = [(name, _unit_of(sheet, name), learned[name]) for name, o in sheet.outcomes.items() if learned[name] in responses]
    if "@cost" in responses and sheet.currency is not None:
        wanted.append((RUNNING_COSTS, f"{sheet.currency}/h", "@cost"))
    lines = []
    for name, unit, target in wanted:
        now = float(at_now_of(judge.surrogate, judge.present, target).results.mean())
        change = low = high = None
        if chosen is not None:
            shifts = judge.shifts(chosen)
            response = responses[target]
            mean, sd = response.change(shifts)
            is_cut = target == "@objective" and judge.sign * mean[0] > 0
            half = replays.z * max(float(sd[0]), float(response.change_sd_by_stretches(shifts)[0]))
            ends = ends_of(judge.surrogate.frame, name) if name in sheet.outcomes else None
            within = None if ends is None else (ends[0] - now, ends[1] - now)
            change, low, high = within_ends((replays.promise_share if is_cut else 1.0) * float(mean[0]), half, within)
        lines.append(
            OutcomeLine(
                name=name,
                unit=unit,
                now=now,
                proposed=None if change is None else now + change,
                change=change,
                low=low,
                high=high,
                level=LEVEL,
            )
        )
    return tuple(lines)


def _unit_of(sheet: Sheet, outcome: str) -> str:
    """Unit of an outcome's cells: what is summed or counted is so much per period."""
    line = sheet.outcomes[outcome]
    if line.aggregate not in {"sum", "counter"} or not line.unit or sheet.period is None:
        return line.unit
    return f"{line.unit} per {format_duration(sheet.period)}"
