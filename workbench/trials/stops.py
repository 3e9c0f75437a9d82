"""When a trial goes back to the present settings at once: a rule for each limit, from how it was broken in the past."""

from __future__ import annotations

import math
from collections.abc import Sequence

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


def stop_rules(
    sheet: Sheet,
    frame: pl.DataFrame,
    limits: Sequence[LimitLine],
    period_hours: float,
    trial_hours: float,
    block_hours: float,
) -> tuple[StopRule, ...]:
    """Return one rule for each limit over outcomes: outside for so many periods running, or in one block, the trial stops.

    The number of periods is the smallest with which the plant's past, at its own settings, would have stopped at most one
    trial of this length in ten: a limit that is often broken today would else end every trial, whatever it did.
    So is the number of periods within one block, running or not: it finds a limit that is broken often, but briefly.
    A result counts until the next one; time in which the plant stood counts for nothing. Limits over settings alone are kept by
    the settings of both arms and need none.

    Parameters
    ----------
    sheet : Sheet
        Of the plant.
    frame : polars.DataFrame
        History, in time order. Periods that are set aside tell nothing, but for those that only lack the objective.
    limits : sequence of LimitLine
        Of the recommendation.
    period_hours, trial_hours, block_hours : float
        Length of a period, of the trial and of its longest block, above 0 [h].
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
    trials = (float(last[-1]) + 1.0) * period_hours / trial_hours
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
        outside = np.where(np.isfinite(values), is_outside, np.nan)
        runs = excursions(outside, position)
        periods = least
        while np.sum(runs >= periods) > FALSE_STOPS * trials:
            periods += 1
        hours = None if sheet.period is None else periods * period_hours
        rules.append(
            StopRule(
                limit=line.name,
                bound=line.bound,
                value=line.value,
                unit=line.unit,
                periods=periods,
                hours=hours,
                in_block=_in_block(outside, position, last, round(block_hours / period_hours), periods, trials),
                formula=None if formula is None else formula.text,
            )
        )
    return tuple(rules)


def _in_block(outside: Floats, position: Whole, by_clock: Whole, length: int, running: int, trials: float) -> int | None:
    """Periods outside in one block that would have stopped at most one trial in ten; None where no block holds so many.

    Blocks are laid over the past from every period on: of windows of `length` periods, each block is one in `length`.
    """
    known = np.flatnonzero(np.isfinite(outside))
    n_windows = int(by_clock[-1]) + 2 - length
    if not len(known) or n_windows < 1:
        return None
    here = np.zeros(int(by_clock[-1]) + 2)
    np.add.at(here, by_clock[known] + 1, outside[known])
    total = np.cumsum(here)
    windows = (total[length:] - total[:-length]) * usual_distance(position[known])
    periods = running + 1  # fewer stop a trial by running on
    while np.sum(windows >= periods) / length > FALSE_STOPS * trials:
        periods += 1
    return periods if periods <= length else None
