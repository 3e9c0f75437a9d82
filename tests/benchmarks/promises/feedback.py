"""How operators move settings: campaigns, replies to conditions, to past outcomes, to alarms and to what nobody records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .noise import campaigns

__all__ = ["Operators", "operate"]

Floats = NDArray[np.float64]

REVIEW = 8  # [periods] between two looks at the outcome
SLACK = 0.6  # [sd] the outcome may fall this far below its long mean before they act
TRIM = 0.4  # [sd of the setting] size of one act
FORGET = 0.985  # share of the acts that is left after a period


@dataclass(frozen=True)
class Operators:
    """Habits, in standard units of the settings.

    Parameters
    ----------
    campaign : float
        Mean length of a campaign [periods]; settings change at times of their own.
    spread : float
        Standard deviation of the campaigns' levels.
    to_conditions : array (conditions, settings)
        Reply to measured conditions.
    to_hidden : array (settings,)
        Reply to the cause that nobody records (operators see the rock, the historian does not).
    to_outcome : float
        Probability that they act when the objective's outcome is low.
    believed : array (settings,)
        Direction in which they move then.
    to_alarm : float
        Probability that they act when the limited outcome is above `alarm`.
    alarm : float
    relief : array (settings,)
        Direction that brings the limited outcome down.
    deadband : float
        Setpoints stay until the wish is further away than this.
    jitter : float
        Scatter of the value around its setpoint.
    base : array (settings,) or None
        Where they run on the whole; None for 0.
    settled : int
        The last so many periods are run at `base` (plants at their optimum), 0 for none.
    own : array (n, settings) or None
        Further wishes, period by period.
    """

    campaign: float = 40.0
    spread: float = 0.7
    to_conditions: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    to_hidden: Floats = field(default_factory=lambda: np.zeros(0))
    to_outcome: float = 0.0
    believed: Floats = field(default_factory=lambda: np.zeros(0))
    to_alarm: float = 0.0
    alarm: float = np.inf
    relief: Floats = field(default_factory=lambda: np.zeros(0))
    deadband: float = 0.2
    jitter: float = 0.12
    base: Floats | None = None
    settled: int = 0
    own: Floats | None = None


def operate(
    rng: np.random.Generator,
    habits: Operators,
    conditions: Floats,
    hidden: Floats,
    low: Floats,
    high: Floats,
    outcome: Callable[[int, Floats], tuple[float, float]],
) -> Floats:
    """Return the settings of every period, as operators made them.

    Parameters
    ----------
    conditions : array (n, k)
    hidden : array (n,)
    low, high : array (m,)
        The sheet's bounds, which operators keep.
    outcome : callable
        (period, settings) -> (objective's outcome, limited outcome; nan where there is none), noise included.
    """
    n, m = len(conditions), len(low)
    wish = np.stack([campaigns(rng, n, habits.campaign * rng.uniform(0.6, 1.6), habits.spread) for _ in range(m)], axis=1)
    wish += conditions @ habits.to_conditions if habits.to_conditions.size else 0.0
    wish += hidden[:, None] * habits.to_hidden if habits.to_hidden.size else 0.0
    wish += habits.own if habits.own is not None else 0.0
    if habits.settled:
        wish[-habits.settled :] = 0.0
    wish += habits.base if habits.base is not None else 0.0
    values, seen = np.zeros((n, m)), np.zeros(n)
    setpoint, trim = wish[0].copy(), np.zeros(m)
    scatter, luck = habits.jitter * rng.normal(size=(n, m)), rng.random((n, 2))
    whose = rng.integers(0, m, size=n)
    mean, square = 0.0, 1.0
    for t in range(n):
        trim *= FORGET
        if habits.settled and t >= n - habits.settled:
            trim[:] = 0.0
        target = wish[t] + trim
        moves = np.abs(target - setpoint) > habits.deadband
        setpoint = np.where(moves, target, setpoint)
        values[t] = np.clip(setpoint + scatter[t], low, high)
        seen[t], limited = outcome(t, values[t])
        mean += (seen[t] - mean) / min(t + 1, 400)
        square += ((seen[t] - mean) ** 2 - square) / min(t + 1, 400)
        j = whose[t]
        if habits.to_outcome and t % REVIEW == REVIEW - 1:
            lately = float(seen[t - REVIEW + 1 : t + 1].mean())
            if lately < mean - SLACK * np.sqrt(square) and luck[t, 0] < habits.to_outcome:
                trim[j] += TRIM * habits.believed[j]
        if habits.to_alarm and limited > habits.alarm and luck[t, 1] < habits.to_alarm:
            trim[j] += TRIM * habits.relief[j]
    return values
