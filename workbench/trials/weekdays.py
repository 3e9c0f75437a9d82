"""Days of the week on which a plant hardly ever counts."""

from __future__ import annotations

import numpy as np

from workbench.trials.layout import weekdays
from workbench.trials.past import WEEK_HOURS, Past

__all__ = ["idle_days"]

HARDLY = 0.1  # of a day's periods usable, or of the busiest day's batches [-]: with fewer hardly any are; own assumption
OFTEN = 0.5  # of the other days' periods usable [-]: with fewer the days say nothing of their own; own assumption
LEAST_WEEKS = 4  # [weeks] a shorter past knows no day of the week; own assumption


def idle_days(past: Past) -> tuple[int, ...]:
    """Return the days of the week (Monday is 0) with hardly a usable period, where the others hold many.

    Parameters
    ----------
    past : Past
        What trials are rehearsed on; of periods or batches further apart than a day no day of the week is known.
    """
    if past.period_hours > 24.0 or past.hours < LEAST_WEEKS * WEEK_HOURS:
        return ()
    if past.batch_days:
        began = np.array(past.batch_days)
        return tuple(np.flatnonzero(began < HARDLY * began.max()).tolist())
    if past.start is None:
        return ()
    days, counts = weekdays(past.start, past.period_hours, len(past.outcome)), np.isfinite(past.outcome)
    shares = np.array([counts[days == day].mean() for day in range(7)])
    idle = np.flatnonzero(shares < HARDLY)
    is_other = ~np.isin(days, idle)
    return tuple(idle.tolist()) if is_other.any() and counts[is_other].mean() >= OFTEN else ()
