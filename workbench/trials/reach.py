"""How far a plant has been run: values that more than one stretch of the records vouch for, under conditions as of now."""

from __future__ import annotations

import numpy as np
import polars as pl

from workbench.trials.moves import Axis, Settings
from workbench.trials.seen import LONG_RECORD, Seen

__all__ = ["is_beyond", "is_strange"]

N_STRETCHES = 12  # of equal length that a long record is cut into, as for the reach of a recommendation; own assumption
LATEST = 24  # [periods] whose conditions are those of now; own assumption
SHARE_LEAST = 0.5  # of them within what a value was run under; own assumption
OUTERMOST = 0.01  # of a value's periods, at either end of a condition, that do not count; own assumption


def is_beyond(seen: Seen, chosen: Settings) -> bool:
    """Return whether a setting goes farther than two separate stretches of a long record did, or to a value not run as of now.

    Of a record of less than 100 rows every row counts: its stretches are a few periods each.
    """
    return is_strange(seen, chosen) or any(_is_out_of_reach(seen, axis, chosen[axis.name]) for axis in seen.axes)


def is_strange(seen: Seen, chosen: Settings) -> bool:
    """Return whether a whole number or choice was run, but under conditions other than most of the latest only.

    Others are a standard deviation of the window or more outside those it was run under: own assumption.
    """
    return any(_is_strange(seen, axis, chosen[axis.name]) for axis in seen.axes)


def _is_out_of_reach(seen: Seen, axis: Axis, value: float | str) -> bool:
    ran = seen.settings[axis.name]
    parts = [part.tolist() for part in np.array_split(ran.to_numpy(), N_STRETCHES)]
    if axis.choices is not None:
        found = [at for at, part in enumerate(parts) if value in part]
        return not found or (len(ran) >= LONG_RECORD and found[-1] - found[0] < 2)
    if len(ran) < LONG_RECORD:
        return not ran.min() <= value <= ran.max()  # type: ignore[operator]
    # one value at least as far out in each of two stretches that are no neighbours
    slack = 0.0 if axis.is_whole else 1e-9 * axis.move
    low = [at for at, part in enumerate(parts) if min(part) <= float(value) + slack]
    high = [at for at, part in enumerate(parts) if max(part) >= float(value) - slack]
    return any(not at or at[-1] - at[0] < 2 for at in (low, high))


def _is_strange(seen: Seen, axis: Axis, value: float | str) -> bool:
    if axis.choices is None and not axis.is_whole:
        return False
    there = seen.settings.select(pl.Series("same", [axis.is_same(v, value) for v in seen.settings[axis.name].to_list()]))
    at = np.flatnonzero(there["same"].to_numpy() & seen.has_run)
    if not len(at):
        return False
    every = seen.conditions(np.arange(seen.frame.height))
    every = every[:, np.isfinite(every[at]).any(axis=0)]  # unknown ones are no others
    if not every.shape[1]:
        return False
    low, high = np.nanquantile(every[at], (OUTERMOST, 1.0 - OUTERMOST), axis=0)
    near, latest = np.nanstd(every, axis=0), every[-LATEST:]
    return bool(((latest < low - near) | (latest > high + near)).mean(axis=0).max() > 1.0 - SHARE_LEAST)
