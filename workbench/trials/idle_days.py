"""Days of the week on which a plant hardly ever counts: what a plan says of the blocks that fall on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np

from workbench.switchback.lengths import LEAST_BLOCKS
from workbench.trials.calendar import FRIDAY, ShiftCalendar
from workbench.trials.candidates import Candidate, Question
from workbench.trials.layout import Layout, lay_out, middles, weekdays
from workbench.trials.past import Past
from workbench.trials.power import rehearse
from workbench.trials.weekdays import idle_days
from workbench.wording import percent_text, verb_for

__all__ = ["idle_days", "idle_notes"]

DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
# A power this much lower is as good [-]: it is known to two points, and fewer changes are a gain of their own; own assumption.
AS_GOOD = 0.02


def idle_notes(
    past: Past, calendar: ShiftCalendar, question: Question, chosen: Candidate, power: float, runs: int
) -> tuple[str, ...]:
    """Return a sentence on days of the week that hold hardly a usable period, and one on what `weekends: false` would change.

    Parameters
    ----------
    past, calendar, question, chosen
        Of the plan.
    power : float
        Share of its rehearsals that find the promise [-].
    runs : int
        Rehearsals to tell the power of the other schedule by.
    """
    idle = idle_days(past)
    if not idle:
        return ()
    days, lost = _joined([DAYS[day] for day in idle]), int(chosen.layout.is_idle.sum())
    falls = verb_for(lost, "falls mostly on them and yields", "fall mostly on them and yield")
    blocks = f"{lost} of its {chosen.n_blocks} blocks {falls} no result" if lost else "no block is lost so"
    noun = "batches" if past.times is not None else "periods"
    share = percent_text(_share(chosen.layout, past.grain_hours, idle))
    said = (
        f"{days} hold hardly any usable {noun} in the past (the plant not running, or no result): they take {share} of the"
        f" planned hours, and {blocks}; the power counts with that."
    )
    is_of_weekend = calendar.weekends and min(idle) > FRIDAY
    return (
        (said, *_without_weekends(past, calendar, question, chosen, idle, power, runs)) if lost and is_of_weekend else (said,)
    )


def _without_weekends(
    past: Past, calendar: ShiftCalendar, question: Question, chosen: Candidate, idle: Sequence[int], power: float, runs: int
) -> tuple[str, ...]:
    """What no changes at weekends do to a trial of such blocks and as many weeks; nothing where none can be laid out."""
    other = replace(calendar, weekends=False)
    moments = other.boundaries(question.start, timedelta(hours=chosen.block_hours), chosen.n_blocks)
    length = chosen.boundaries[-1] - chosen.boundaries[0]
    while len(moments) > 1 and (moments[-1] - moments[0] > length or len(moments) % 2 == 0):
        moments.pop()
    if len(moments) <= LEAST_BLOCKS:
        return ()
    layout = lay_out(
        moments,
        question.grid,
        past.grain_hours,
        settling_hours=question.settling_hours,
        washout_hours=chosen.washout_hours,
        ramp=question.ramp,
        idle=idle,
    )
    if not layout.is_possible:
        return ()
    found = rehearse(chosen.known_of(past), layout, runs, question.seed + 1, weekly=True).power(question.effect)
    lost = int(layout.is_idle.sum())
    trial = f"as many weeks then hold {layout.n_blocks} blocks, {lost or 'none'} of them lost so, and find the promise in"
    figures = f"{percent_text(round(found, 2))} of the cases instead of {percent_text(round(power, 2))}"
    if found >= power - AS_GOOD:
        return (f"Write `trial: {{weekends: false}}` into the sheet and plan again: {trial} {figures}.",)
    return (f"`trial: {{weekends: false}}` in the sheet would not help: {trial} {figures}.",)


def _share(layout: Layout, period_hours: float, idle: Sequence[int]) -> float:
    """Share of a trial's hours on some days of the week [-]."""
    first, last = round(layout.starts[0] / period_hours), round(layout.ends[-1] / period_hours)
    days = weekdays(layout.start, middles(period_hours, int(np.ceil(layout.ends[-1] / period_hours)) + 1))
    return float(np.isin(days, idle)[first:last].mean())


def _joined(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
