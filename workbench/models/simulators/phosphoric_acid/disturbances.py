"""What the plant cannot choose: rock lots, lime that wanders, feeder, meter drift, weather, an ageing filter cloth, stops.

Ranges and time constants are own assumptions of the specification unless a line says otherwise.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.models.simulators.phosphoric_acid.constants import CONSTANTS
from workbench.models.simulators.phosphoric_acid.inputs import Array

__all__ = [
    "ASSAYS",
    "HISTORY_START",
    "STEPS_PER_DAY",
    "STEP_HOURS",
    "Disturbances",
    "Stop",
    "draw_disturbances",
    "stamps",
    "wandering",
]

STEP_HOURS = 1.0 / 6.0  # [h] states are integrated every 10 minutes
STEPS_PER_DAY = 144
HISTORY_START = dt.datetime(2023, 12, 31, 16, 0, tzinfo=dt.UTC)  # 2024-01-01 00:00 in Shanghai

# lowest and highest of a lot [t/t dry rock]
ASSAYS: dict[str, tuple[float, float]] = {
    "rock_p2o5": (0.285, 0.315),
    "rock_cao": (0.425, 0.455),
    "rock_mgo": (0.005, 0.018),
    "rock_al2o3": (0.006, 0.013),
    "rock_fe2o3": (0.006, 0.013),
    "rock_sio2": (0.12, 0.165),
    "rock_co2": (0.03, 0.05),
}
ASSAY_SUM_MOST = 0.985  # [t/t] a lot that would add up to more is drawn again
LOT_DAYS = (2.0, 5.0)
LOT_BLEND_STEPS = 48  # [10 min] the reclaimer mixes the old pile into the new for 8 h
STOPS_PER_60_DAYS = 1.0  # 2-4 in a history of 180 days
STOP_HOURS = (8.0, 30.0)
_BY_STEP = ("feeder", "acid_meter", "temperature", "solids", "wash", "vacuum", "ambient", "cloth_age")


@dataclass(frozen=True)
class Stop:
    """A shutdown: first and last step [10 min], and why."""

    start: int
    end: int
    why: str


@dataclass(frozen=True)
class Disturbances:
    """Arrays over the 10-minute steps; factors are relative errors, additions are in the unit of what they move.

    `assay` holds what the rock really is, `lot` the lot's number, `lot_start` its first step, `lot_assay` its mean assay.
    """

    assay: dict[str, Array]
    lot: npt.NDArray[np.intp]
    lot_start: npt.NDArray[np.intp]
    lot_assay: dict[str, Array]
    feeder: Array
    acid_meter: Array
    temperature: Array
    solids: Array
    wash: Array
    vacuum: Array
    ambient: Array
    cloth_age: Array
    running: npt.NDArray[np.bool_]
    stops: tuple[Stop, ...]

    def until(self, step: int) -> Disturbances:
        """Return the first `step` steps: what varies from step to step is cut, lots and stops are all kept."""
        cut = {name: getattr(self, name)[:step] for name in (*_BY_STEP, "running")}
        return replace(self, assay={name: values[:step] for name, values in self.assay.items()}, lot=self.lot[:step], **cut)


def wandering(rng: np.random.Generator, steps: int, sd: float, hours: float) -> Array:
    """AR(1) noise with that standard deviation and time constant [h], stationary from the first step."""
    from scipy.signal import lfilter

    keep = float(np.exp(-STEP_HOURS / hours))
    kicks = rng.normal(size=steps) * sd * np.sqrt(1.0 - keep**2)
    start = rng.normal() * sd
    moved, _ = lfilter([1.0], [1.0, -keep], kicks, zi=np.array([keep * start]))
    return np.asarray(moved, dtype=np.float64)


def _lots(rng: np.random.Generator, steps: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], dict[str, Array]]:
    """Lot number of each step, first step of each lot, assays of each lot."""
    starts: list[int] = [0]
    while starts[-1] < steps:
        starts.append(starts[-1] + int(rng.uniform(*LOT_DAYS) * STEPS_PER_DAY))
    assays: dict[str, list[float]] = {name: [] for name in ASSAYS}
    for _ in starts:
        lot = {name: rng.uniform(*span) for name, span in ASSAYS.items()}
        while sum(lot.values()) > ASSAY_SUM_MOST:
            lot = {name: rng.uniform(*span) for name, span in ASSAYS.items()}
        for name, value in lot.items():
            assays[name].append(value)
    first = np.array(starts, dtype=np.intp)
    number = np.searchsorted(first, np.arange(steps), side="right") - 1
    return number.astype(np.intp), first, {name: np.array(values) for name, values in assays.items()}


def _blended(lot: npt.NDArray[np.intp], values: Array) -> Array:
    """Lot values as they reach the mill: a ramp from one lot to the next."""
    raw = values[lot]
    padded = np.concatenate([np.full(LOT_BLEND_STEPS - 1, raw[0]), raw])
    sums = np.cumsum(np.concatenate([[0.0], padded]))
    return np.asarray((sums[LOT_BLEND_STEPS:] - sums[:-LOT_BLEND_STEPS]) / LOT_BLEND_STEPS)


def _stops(rng: np.random.Generator, days: int) -> tuple[Stop, ...]:
    """Shutdowns, at least 10 days apart and none in the first 5 days."""
    wanted = int(np.clip(round(days / 60.0 * STOPS_PER_60_DAYS), 0, 4))
    made: list[Stop] = []
    reasons = ("tank wash and scale removal", "power dip", "filter drive repair", "sulfuric acid plant down")
    for number in range(wanted):
        span = (days - 8.0) / wanted
        start = int((5.0 + number * span + rng.uniform(0.1, 0.6) * span) * STEPS_PER_DAY)
        made.append(Stop(start, start + int(rng.uniform(*STOP_HOURS) / STEP_HOURS), reasons[number % len(reasons)]))
    return tuple(stop for stop in made if stop.end < days * STEPS_PER_DAY)


def _cloth(rng: np.random.Generator, steps: int, stops: tuple[Stop, ...], life_days: float) -> Array:
    """Cloth age [d]; the cloth is changed at the end of its life, or in a stop when more than half is gone."""
    age = np.empty(steps)
    ends = {stop.end for stop in stops}
    now, life = rng.uniform(0.0, 0.8) * life_days, life_days
    for step in range(steps):
        if now >= life or (step in ends and now > 0.5 * life_days):
            now, life = 0.0, life_days + rng.normal() * 1.0
        age[step] = now
        now += 1.0 / STEPS_PER_DAY
    return age


def draw_disturbances(days: int, seed: int) -> Disturbances:
    """Return the disturbances of a history; each kind draws from its own stream of the seed."""
    steps = days * STEPS_PER_DAY

    def stream(number: int) -> np.random.Generator:
        return np.random.default_rng([seed, 100 + number])

    lot, lot_start, lot_assay = _lots(stream(0), steps)
    assay = {name: _blended(lot, values) for name, values in lot_assay.items()}
    assay["rock_cao"] = assay["rock_cao"] * (1.0 + wandering(stream(1), steps, 0.004, 10.0))
    stops = _stops(stream(2), days)
    running = np.ones(steps, dtype=np.bool_)
    for stop in stops:
        running[stop.start : stop.end] = False
    hours = np.arange(steps) * STEP_HOURS
    season = -12.0 * np.cos(2 * np.pi * (hours / 24.0 - 20.0) / 365.25)  # coldest around 20 January
    daily = 4.0 * np.sin(2 * np.pi * (hours - 9.0) / 24.0)
    age = _cloth(stream(3), steps, stops, CONSTANTS.cloth_life)
    return Disturbances(
        assay=assay,
        lot=lot,
        lot_start=lot_start,
        lot_assay=lot_assay,
        feeder=wandering(stream(4), steps, 0.01, 0.5),
        acid_meter=wandering(stream(5), steps, 0.003, 6.0),
        temperature=wandering(stream(6), steps, 1.5, 3.0),
        solids=wandering(stream(7), steps, 0.5, 3.0),
        wash=wandering(stream(8), steps, 0.006, 4.0),
        vacuum=wandering(stream(9), steps, 0.7, 2.0),
        ambient=16.0 + season + daily + wandering(stream(10), steps, 2.5, 48.0),
        cloth_age=age,
        running=running,
        stops=stops,
    )


def stamps(steps: npt.NDArray[np.intp] | npt.NDArray[np.float64], hours: float = STEP_HOURS) -> pl.Series:
    """Times in UTC of step numbers (fractions allowed) from the start of the history."""
    micro = np.round(np.asarray(steps, dtype=np.float64) * hours * 3.6e9).astype(np.int64)
    return pl.Series("time", micro + int(HISTORY_START.timestamp() * 1_000_000)).cast(pl.Datetime("us", "UTC"))
