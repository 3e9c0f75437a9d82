"""The shortest trial that would be planned at all: 16 of the shortest blocks that the control room and the process allow."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise

from workbench.plant import Sheet
from workbench.plant.spans import parse_ramp
from workbench.plant.trial_rules import change_hours, is_night
from workbench.prepare.steady import settling_of
from workbench.switchback.lengths import BLOCK_HOURS, LEAST_BLOCKS

__all__ = ["shortest_trial", "washout_hours"]

HOUR = timedelta(hours=1)
DAY_HOURS, WEEK_HOURS = 24.0, 168.0  # [h]
WORKING_DAYS = 5  # [d] of a week without changes at weekends
ROUNDING = 1e-9  # [periods] a washout of exactly one period has one


def shortest_trial(sheet: Sheet, moves: Mapping[str, float]) -> float | None:
    """Return how long the shortest trial takes, from a Monday on [weeks]; None for batches.

    Own assumption: a block is washed out for the ramp and the whole settling time (or the sheet's `trial.washout`), and one of
    the sheet's periods counts after it. A trial that is read more finely than that may be a little shorter.

    Parameters
    ----------
    sheet : Sheet
        With the rules of its control room.
    moves : mapping of str to float
        Settings that the trial would move, and by how much, 0 or more, in their unit; 0 for choices.
    """
    if sheet.period is None:
        return None
    period = sheet.period / HOUR
    first = math.ceil(washout_hours(sheet, moves) / period - ROUNDING)
    starts = _starts_of_week(sheet)
    for hours in BLOCK_HOURS:
        blocks = _blocks(starts, float(hours))
        if hours >= period and math.floor(min(blocks) / period + ROUNDING) > first:
            return sum(blocks) / WEEK_HOURS
    return LEAST_BLOCKS * BLOCK_HOURS[-1] / WEEK_HOURS


def washout_hours(sheet: Sheet, moves: Mapping[str, float]) -> float:
    """Return the washout of such a trial: ramp, and settling time or the sheet's `trial.washout`; 0 where none is known [h].

    Parameters
    ----------
    sheet, moves
        As for `shortest_trial`.
    """
    ramp = 0.0
    for name, move in moves.items():
        rate = sheet.settings[name].max_rate
        if rate is not None:
            size, span = parse_ramp(rate)
            ramp = max(ramp, move / size * (span / HOUR))
    if sheet.trial.washout is not None:
        return ramp + sheet.trial.washout / HOUR
    return ramp + max((timedelta(microseconds=settling_of(sheet, name)) / HOUR for name in moves), default=0.0)


def _starts_of_week(sheet: Sheet) -> list[float]:
    """Hours of a week, from Monday on, at which settings may be changed."""
    rules = sheet.trial
    hours = [h for h in change_hours(rules, sheet.period, sheet.day_starts) if rules.nights or not is_night(h)]
    days = range(7 if rules.weekends else WORKING_DAYS)
    return [day * DAY_HOURS + h.hour + h.minute / 60.0 for day in days for h in hours]


def _blocks(starts: list[float], hours: float) -> list[float]:
    """Lengths of the blocks of a trial, each at least so long and until settings may be changed [h]."""
    moments = [starts[0]]
    while len(moments) <= LEAST_BLOCKS:
        week, hour = divmod(moments[-1] + hours, WEEK_HOURS)
        later = next((start for start in starts if start >= hour), WEEK_HOURS + starts[0])
        moments.append(week * WEEK_HOURS + later)
    return [end - start for start, end in pairwise(moments)]
