"""How operators move settings from one arm to the other: in steps no faster than `max_rate`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from workbench.plant.spans import parse_ramp
from workbench.trial_records import PlanSetting

__all__ = ["RampStep", "ramp_hours", "ramp_shares", "ramp_steps"]

HOUR = timedelta(hours=1)
ROUNDING = 1e-9  # a move of 0.6 in steps of 0.2 has three steps, not four


@dataclass(frozen=True)
class RampStep:
    """One step of a ramp: so long after the block's start the setting goes to this value, in its unit."""

    after: timedelta
    value: float | str


def ramp_steps(setting: PlanSetting, start: float | str, end: float | str) -> list[RampStep]:
    """Return the steps from one value of a setting to another; the first is made at once, none where nothing changes.

    Parameters
    ----------
    setting : PlanSetting
        Whose `max_rate` (``0.2 per 4h``) gives the size of a step and the time between two; one step where it is None.
    start, end : float or str
        In the setting's unit.

    Examples
    --------
    >>> setting = PlanSetting(name="s", tag="S", unit="%", present=1.0, proposed=1.5, max_rate="0.2 per 4h")
    >>> [(str(step.after), step.value) for step in ramp_steps(setting, 1.0, 1.5)]
    [('0:00:00', 1.2), ('4:00:00', 1.4), ('8:00:00', 1.5)]
    """
    if start == end:
        return []
    if isinstance(start, str) or isinstance(end, str) or setting.max_rate is None:
        return [RampStep(timedelta(0), end)]
    size, span = parse_ramp(setting.max_rate)
    n = max(1, math.ceil(abs(end - start) / size - ROUNDING))
    sign = math.copysign(size, end - start)
    return [RampStep(k * span, end if k == n - 1 else float(f"{start + (k + 1) * sign:.12g}")) for k in range(n)]


def ramp_hours(settings: Sequence[PlanSetting]) -> float:
    """Return how long the slowest setting takes from one arm to the other at its `max_rate`, 0 where none has one [h].

    The last step of `ramp_steps` is made within this time.
    """
    longest = 0.0
    for setting in settings:
        if setting.max_rate is not None and not isinstance(setting.present, str) and not isinstance(setting.proposed, str):
            size, span = parse_ramp(setting.max_rate)
            longest = max(longest, abs(setting.proposed - setting.present) / size * (span / HOUR))
    return longest


def ramp_shares(settings: Sequence[PlanSetting]) -> list[tuple[float, float]]:
    """Return the ramp of the slowest setting as (hours after the start, share of the way made with that step).

    Own assumption: the effect comes as the slowest setting moves.
    """
    steps = max((ramp_steps(s, s.present, s.proposed) for s in settings), key=lambda each: each[-1].after if each else -HOUR)
    if not steps:
        return [(0.0, 1.0)]
    slowest = next(s for s in settings if ramp_steps(s, s.present, s.proposed) == steps)
    if isinstance(slowest.present, str) or isinstance(slowest.proposed, str):
        return [(0.0, 1.0)]
    way = slowest.proposed - slowest.present
    at, shares = slowest.present, []
    for step in steps:
        assert not isinstance(step.value, str)
        shares.append((step.after / HOUR, (step.value - at) / way))
        at = step.value
    return shares
