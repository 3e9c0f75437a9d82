"""When a trial goes back to the present settings at once: a rule for each limit, from how it was broken in the past."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.plant import Sheet
from workbench.prepare.usable import NOT_RUNNING, OBJECTIVE_MISSING
from workbench.records import LimitLine
from workbench.switchback import excursions, period_numbers, usual_distance
from workbench.trial_records import StopRule

__all__ = ["stop_rules"]

FALSE_STOPS = 0.1  # stops that the past's own excursions would cause in one trial [-]; own assumption
LEAST_HOURS = 4.0  # [h] an excursion shorter than this stops nothing; own assumption

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class _Past:
    """Rows of the past as numbers of periods, without the plant's stops and by the clock; how many `trials` it holds.

    `trial`, `block` and `shortest` are the lengths of the trial, its longest and its shortest block [periods].
    """

    position: Whole
    by_clock: Whole
    trials: float
    trial: int
    block: int
    shortest: int


def stop_rules(
    sheet: Sheet,
    frame: pl.DataFrame,
    limits: Sequence[LimitLine],
    period_hours: float,
    trial_hours: float,
    block_hours: float,
    shortest_hours: float | None = None,
) -> tuple[StopRule, ...]:
    """Return one rule for each limit over outcomes: outside for so many periods running, or in one block, the trial stops.

    The number of periods is the smallest with which the plant's past, at the proposed settings, would have stopped at most one
    trial of this length in ten: a limit that is often broken today would else end every trial, whatever it did.
    So is the number of periods within one block, running or not: it finds a limit that is broken often, but briefly. Where the
    shortest block is over before so many run on, the number over all proposed blocks is found as well, taking every other
    block as one (own assumption).
    A result counts until the next one, and for as long as results usually are apart where they are rare; time in which the
    plant stood counts for nothing. Limits over settings alone are kept by the settings of both arms and need none.

    Parameters
    ----------
    sheet : Sheet
        Of the plant.
    frame : polars.DataFrame
        History, in time order, its limits at the proposed settings (`limits_at`). Periods that are set aside tell nothing, but
        for those that only lack the objective.
    limits : sequence of LimitLine
        Of the recommendation.
    period_hours, trial_hours, block_hours : float
        Length of a period, of the trial and of its longest block, above 0 [h].
    shortest_hours : float, optional
        Length of its shortest block, above 0 [h]; default that of the longest.
    """
    is_usual = frame["reason"].is_null() | (frame["reason"] == OBJECTIVE_MISSING)
    usable = frame.filter(is_usual)
    if usable.is_empty():
        return ()
    position = last = np.arange(usable.height)
    if sheet.period is not None:
        stood = (frame["reason"] == NOT_RUNNING).fill_null(value=False).to_numpy()
        position = period_numbers(frame["time"], period_hours, stood)[is_usual.to_numpy()]
        last = period_numbers(usable["time"], period_hours)
    lengths = (trial_hours, block_hours, block_hours if shortest_hours is None else shortest_hours)
    trial, block, shortest = (round(hours / period_hours) for hours in lengths)
    past = _Past(position, last, (float(last[-1]) + 1.0) * period_hours / trial_hours, trial, block, shortest)
    least = max(1, math.ceil(LEAST_HOURS / period_hours))
    formulas = {limit.name: limit.formula for limit in sheet.limits}
    rules: list[StopRule] = []
    for line in limits:
        column = line.name if line.name in sheet.outcomes else f"@limit:{line.name}"
        formula = formulas.get(line.name)
        names = {line.name} if formula is None else formula.names
        if column not in usable.columns or names <= set(sheet.settings):
            continue
        values = usable[column].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        is_outside = values > line.value if line.bound == "high" else values < line.value
        numbers = _numbers(np.where(np.isfinite(values), is_outside, np.nan), past, least)
        rules.append(
            StopRule(
                limit=line.name,
                bound=line.bound,
                value=line.value,
                unit=line.unit,
                hours=None if sheet.period is None else numbers["periods"] * period_hours,
                **numbers,
                formula=None if formula is None else formula.text,
            )
        )
    return tuple(rules)


class _Numbers(TypedDict):
    """What a stop rule says in numbers, as its record has them."""

    periods: int
    in_block: int | None
    in_trial: int | None
    apart: int | None


def _numbers(outside: Floats, past: _Past, least: int) -> _Numbers:
    """The smallest numbers, `least` running or more, that the past would seldom have met."""
    distance = usual_distance(past.position[np.isfinite(outside)])
    apart = distance if distance > 1 else None
    runs = excursions(outside, past.position, apart=apart)
    periods = least
    while np.sum(runs >= periods) > FALSE_STOPS * past.trials:
        periods += 1
    in_block = _in_block(outside, past, periods)
    in_trial = None
    if distance < periods and math.ceil(periods / distance) * distance > past.shortest:
        in_trial = _in_trial(outside, past, max(periods, in_block or 0) + 1)
    return _Numbers(periods=periods, in_block=in_block, in_trial=in_trial, apart=apart)


def _in_block(outside: Floats, past: _Past, running: int) -> int | None:
    """Periods outside in one block that would have stopped at most one trial in ten; None where no block holds so many.

    Blocks are laid over the past from every period on: of windows as long as a block, each block is one in that length.
    """
    windows = _windows(outside, past)
    if windows is None:
        return None
    periods = running + 1  # fewer stop a trial by running on
    while np.sum(windows >= periods) / past.block > FALSE_STOPS * past.trials:
        periods += 1
    return periods if periods <= past.block else None


def _in_trial(outside: Floats, past: _Past, least: int) -> int | None:
    """Periods outside in the proposed blocks, at least `least`, that one trial in ten at most would have met; None where none.

    The trial is laid over the past from every period on, every other block a proposed one.
    """
    one_block = _windows(outside, past)
    starts = np.arange(0, past.trial, 2 * past.block).tolist()
    if one_block is None or len(one_block) <= starts[-1]:
        return None
    n_windows = len(one_block) - starts[-1]
    in_all = np.sum([one_block[start : start + n_windows] for start in starts], axis=0)
    periods = least
    while np.mean(in_all >= periods) > FALSE_STOPS:
        periods += 1
    return periods if periods <= past.block * len(starts) else None


def _windows(outside: Floats, past: _Past) -> Floats | None:
    """Periods outside in each stretch of the past as long as a block, one from every period on; None where it is shorter."""
    known = np.flatnonzero(np.isfinite(outside))
    n = int(past.by_clock[-1]) + 2
    if not len(known) or n - past.block < 1:
        return None
    here = np.zeros(n)
    np.add.at(here, past.by_clock[known] + 1, outside[known])
    total = np.cumsum(here)
    counted: Floats = (total[past.block :] - total[: -past.block]) * usual_distance(past.position[known])
    return counted
