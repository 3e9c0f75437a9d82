"""How the old practice moved its settings; own assumption, fixed before the first tuning and not changed after.

S by shift bias and monthly campaigns, T by season and shift, solids, wash, P80 with mill wear and re-charging, vacuum; all of
them partly following rock MgO and cloth age, as people do who watch the filter.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from workbench.models.simulators.phosphoric_acid.disturbances import STEPS_PER_DAY, Disturbances
from workbench.models.simulators.phosphoric_acid.inputs import SETTINGS, Array

__all__ = ["RAMPS", "setpoints"]

STREAM = 200
SHIFT_STEPS = 48  # 8 h shifts from local midnight
MONTH_STEPS = 30 * STEPS_PER_DAY
MAGNESIA_MID = 0.0115  # [t/t] of the lots
CLOTH_MID = 10.0  # [d]

# how fast operators ramp: unit of the setting per hour
RAMPS: dict[str, float] = {
    "free_sulfate": 0.2 / 4.0,
    "temperature": 1.0 / 2.0,
    "solids": 1.0 / 4.0,
    "wash_ratio": 0.02 / 2.0,
    "filter_speed": 0.02,
    "vacuum": 3.0,
    "rock_p80": 15.0 / 24.0,
}


def _held(rng: np.random.Generator, steps: int, every: int, draw: tuple[float, float]) -> Array:
    """Normal draws (mean, sd), held for `every` steps each."""
    values = rng.normal(*draw, size=steps // every + 1)
    return np.asarray(np.repeat(values, every)[:steps])


def _ramped(wanted: Array, per_step: float) -> Array:
    """`wanted` followed no faster than the ramp allows."""
    made = np.empty_like(wanted)
    now = float(wanted[0])
    for step, target in enumerate(wanted.tolist()):
        now += min(max(target - now, -per_step), per_step)
        made[step] = now
    return made


def _mill(rng: np.random.Generator, steps: int) -> Array:
    """P80 [um]: coarser as the balls wear, finer after each re-charge, 170 to 215."""
    made = np.empty(steps)
    now, until = rng.uniform(175.0, 200.0), rng.uniform(208.0, 215.0)
    per_step = 45.0 / (rng.uniform(18.0, 28.0) * STEPS_PER_DAY)
    for step in range(steps):
        made[step] = now
        now += per_step
        if now >= until:
            now, until = rng.uniform(170.0, 182.0), rng.uniform(205.0, 215.0)
            per_step = (until - now) / (rng.uniform(15.0, 28.0) * STEPS_PER_DAY)
    return made


def setpoints(
    known_magnesia: Array,
    world: Disturbances,
    seed: int,
    moved: Mapping[str, float | Array] | None = None,
    schedule: Mapping[str, Array] | None = None,
) -> dict[str, Array]:
    """Set-points over the 10-minute steps, in the units of the sheet.

    Parameters
    ----------
    known_magnesia : array
        MgO that the laboratory had reported by then [t/t].
    world : Disturbances
        Cloth age and ambient temperature are taken from it.
    seed : int
        Of the history.
    moved : mapping of str to float or array, optional
        How far the middle of a setting was moved from the old practice's by accepted recommendations, in its unit, for good or
        by step; people go on to move it round the new middle as they did round the old one.
    schedule : mapping of str to array, optional
        What a trial asks for at each step, in the setting's unit; nan where it asks for nothing and the practice goes on.
    """
    steps = world.cloth_age.size

    def stream(number: int) -> np.random.Generator:
        return np.random.default_rng([seed, STREAM + number])

    magnesia = (known_magnesia - MAGNESIA_MID) / 0.0065  # -1..1
    cloth = (world.cloth_age - CLOTH_MID) / CLOTH_MID  # -1..1, at the start of a shift only
    shift_start = (np.arange(steps) // SHIFT_STEPS) * SHIFT_STEPS
    magnesia, cloth = magnesia[shift_start], cloth[shift_start]
    season = -np.cos(2 * np.pi * (np.arange(steps) / STEPS_PER_DAY - 20.0) / 365.25)

    campaign_of: npt.NDArray[np.float64] = stream(0).permuted(np.tile([-0.3, 0.0, 0.3], steps // (3 * MONTH_STEPS) + 1))
    wanted: dict[str, Array] = {
        "free_sulfate": SETTINGS["free_sulfate"].base
        + np.repeat(campaign_of, MONTH_STEPS)[:steps]
        + _held(stream(1), steps, SHIFT_STEPS, (0.0, 0.25))
        + 0.08 * magnesia,
        "temperature": 78.0 - 0.7 * season + _held(stream(2), steps, SHIFT_STEPS, (0.0, 0.7)) + 0.3 * magnesia,
        "solids": 33.0 + _held(stream(3), steps, 3 * SHIFT_STEPS, (0.0, 0.7)) - 0.3 * magnesia - 0.2 * cloth,
        "wash_ratio": 0.995 + _held(stream(4), steps, SHIFT_STEPS, (0.0, 0.013)) - 0.004 * magnesia - 0.003 * cloth,
        "filter_speed": 0.29 + _held(stream(5), steps, SHIFT_STEPS, (0.0, 0.008)) + 0.006 * magnesia + 0.006 * cloth,
        "vacuum": 55.0 + _held(stream(6), steps, 3 * SHIFT_STEPS, (0.0, 1.0)) + 0.8 * magnesia + 0.8 * cloth,
        "rock_p80": _mill(stream(7), steps) + 3.0 * magnesia,
    }
    spans = {
        "free_sulfate": (1.0, 2.2),
        "temperature": (76.0, 80.0),
        "solids": (31.5, 34.5),
        "wash_ratio": (0.965, 1.025),
        "filter_speed": (0.27, 0.31),
        "vacuum": (52.0, 58.0),
        "rock_p80": (170.0, 215.0),
    }
    made: dict[str, Array] = {}
    for name, target in wanted.items():
        shift = (moved or {}).get(name, 0.0)
        clipped = np.clip(target, *spans[name]) + shift
        if schedule is not None and name in schedule:
            clipped = np.where(np.isnan(schedule[name]), clipped, schedule[name])
        # a mill re-charge is a step, the rest is ramped
        ramped = clipped if name == "rock_p80" else _ramped(clipped, RAMPS[name] / 6.0)
        decimals = {"free_sulfate": 2, "wash_ratio": 3, "filter_speed": 3}.get(name, 1)
        made[name] = np.round(ramped, decimals)
    return made
