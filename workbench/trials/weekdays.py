"""Days of the week on which a plant hardly ever counts."""

from __future__ import annotations

import numpy as np

from workbench.trials.layout import middles, weekdays
from workbench.trials.past import DAY_HOURS, WEEK_HOURS, Past

__all__ = ["idle_days"]

HARDLY = 0.1  # of a day's periods usable, or of the busiest day's batches [-]: with fewer hardly any are; own assumption
OFTEN = 0.5  # of the other days' periods usable [-]: with fewer the days say nothing of their own; own assumption
LEAST_WEEKS = 4  # [weeks] a shorter past knows no day of the week; own assumption


def idle_days(past: Past) -> tuple[int, ...]:
    """Return the days of the week (Monday is 0) with hardly a usable period, where the others hold many.

    Parameters
    ----------
    past : Past
        What trials are rehearsed on; of periods longer than a day no day of the week is known, nor of so few batches that the
        busiest day has less than ten.
    """
    if past.start is None or past.hours < LEAST_WEEKS * WEEK_HOURS:
        return ()
    if past.times is not None:
        began = np.bincount(weekdays(past.start, past.times[np.isfinite(past.outcome)]), minlength=7)
        hardly = HARDLY * began.max()
        return tuple(np.flatnonzero(began < hardly).tolist()) if hardly >= 1.0 else ()
    if past.period_hours > DAY_HOURS:
        return ()
    days, counts = weekdays(past.start, middles(past.period_hours, len(past.outcome))), np.isfinite(past.outcome)
    shares = np.array([counts[days == day].mean() for day in range(7)])
    idle = np.flatnonzero(shares < HARDLY)
    is_other = ~np.isin(days, idle)
    return tuple(idle.tolist()) if is_other.any() and counts[is_other].mean() >= OFTEN else ()
