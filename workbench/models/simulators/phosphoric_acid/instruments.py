"""What the control system writes: 13 tags a minute, a computed filter load, set-points on change and every hour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.models.simulators.phosphoric_acid.cake import FILTRATE_DENSITY
from workbench.models.simulators.phosphoric_acid.disturbances import Disturbances, wandering
from workbench.models.simulators.phosphoric_acid.dynamics import Trajectory
from workbench.models.simulators.phosphoric_acid.inputs import Array
from workbench.models.simulators.phosphoric_acid.period import ACID_DENSITY, ACID_STRENGTH

__all__ = ["ONLINE", "SETPOINT_TAGS", "SLOW_UNITS", "Instrument", "Reading", "minute_readings", "slow_readings"]

STREAM = 400
MINUTES_PER_STEP = 10
BIAS_SPAN_SHARE = (0.005, 0.01)  # of the span, random walk per month
MONTH_MINUTES = 30 * 1440
CALIBRATION_DAYS = (60.0, 100.0)
RETURN_DENSITY = 1.24  # [t/m3] own assumption


@dataclass(frozen=True)
class Instrument:
    """Unit, noise (standard deviation in the unit, or relative), span and resolution of a tag."""

    unit: str
    noise: float
    relative: bool
    span: float
    decimals: int


ONLINE: dict[str, Instrument] = {
    "WIC.ROCK.PV": Instrument("t/h", 0.01, True, 80.0, 2),
    "FIC.ACID.PV": Instrument("m3/h", 0.005, True, 40.0, 3),
    "FIC.RETURN.PV": Instrument("m3/h", 0.01, True, 250.0, 1),
    "FIC.WASH.PV": Instrument("m3/h", 0.01, True, 150.0, 2),
    "TIC.ATTACK.PV": Instrument("degC", 0.3, False, 50.0, 2),
    "DIC.SLURRY.PV": Instrument("kg/m3", 8.0, False, 600.0, 0),
    "PIC.VACUUM.PV": Instrument("kPa", 0.7, False, 80.0, 1),
    "SIC.FILTER.PV": Instrument("rpm", 0.002, False, 0.5, 4),
    "DI.FILTRATE.PV": Instrument("kg/m3", 3.0, False, 400.0, 1),
    "FI.FEED.PV": Instrument("m3/h", 0.01, True, 300.0, 1),
    "LIC.ATTACK.PV": Instrument("%", 0.3, False, 100.0, 1),
    "II.AGITATOR.PV": Instrument("A", 1.5, False, 300.0, 1),
    "PI.FLASH.PV": Instrument("kPa", 0.4, False, 80.0, 1),
}

SETPOINT_TAGS: dict[str, str] = {
    "free_sulfate": "AIC.S.SP",
    "temperature": "TIC.ATTACK.SP",
    "solids": "DIC.SOLIDS.SP",
    "wash_ratio": "FFIC.WASH.SP",
    "filter_speed": "SIC.FILTER.SP",
    "vacuum": "PIC.VACUUM.SP",
    "rock_p80": "AIC.P80.SP",
}

# tags that are written less often than once a minute, with their units
SLOW_UNITS: dict[str, str] = {
    "KI.FILTER.LOAD": "-",
    "KI.CLOTH.AGE": "d",
    "TI.AMBIENT.PV": "degC",
    "WIC.ROCK.SP": "t/h",
    "FFIC.ACID.SP": "t/t",
}
LOAD_NOISE, AMBIENT_NOISE = 0.02, 0.2
STEPS_PER_HOUR = 6


@dataclass(frozen=True)
class Reading:
    """Readings of one tag: minutes from the start of the history, values; `calibrated` are the minutes of bias resets."""

    tag: str
    minutes: npt.NDArray[np.int64]
    values: Array
    calibrated: tuple[int, ...] = ()


def _true_tags(path: Trajectory, world: Disturbances, rng: np.random.Generator) -> dict[str, Array]:
    """What ideal instruments would show, over the 10-minute steps; zero flows in a stop."""
    run, f, on = path.inputs, path.flows, path.running
    share = run.solids / 100.0
    liquor = (FILTRATE_DENSITY + 10.0 * (path.strength - 28.0) + 6.0 * (run.free_sulfate - 2.0)) / 1000.0
    slurry = 1.0 / (share / 2.32 + (1.0 - share) / liquor)
    feed = f.dry_cake / share
    back = feed - run.rock_rate * 1.025 - path.acid / ACID_STRENGTH + f.evaporated
    level = 78.0 + wandering(rng, on.size, 1.5, 6.0)
    shown = {
        "WIC.ROCK.PV": run.rock_rate / (1.0 + world.feeder),
        "FIC.ACID.PV": path.acid / (ACID_DENSITY * ACID_STRENGTH) / (1.0 + world.acid_meter),
        "FIC.RETURN.PV": back / RETURN_DENSITY,
        "FIC.WASH.PV": f.wash,
        "PIC.VACUUM.PV": run.vacuum,
        "SIC.FILTER.PV": run.filter_speed,
        "FI.FEED.PV": feed / slurry,
    }
    shown = {tag: np.where(on, values, 0.0) for tag, values in shown.items()}
    return shown | {
        "TIC.ATTACK.PV": run.temperature,
        "DIC.SLURRY.PV": 1000.0 * slurry,
        "DI.FILTRATE.PV": 1000.0 * liquor,
        "LIC.ATTACK.PV": level,
        "II.AGITATOR.PV": 180.0 + 0.15 * (1000.0 * slurry - 1490.0) + 1.2 * (level - 78.0),
        "PI.FLASH.PV": np.where(on, 46.0 + 1.1 * (78.0 - run.temperature), 5.0),
    }


def _bias(rng: np.random.Generator, minutes: int, span: float) -> tuple[Array, tuple[int, ...]]:
    """Slow bias of an instrument: a random walk that each calibration takes away."""
    monthly = rng.uniform(*BIAS_SPAN_SHARE) * span
    walk = np.cumsum(rng.normal(size=minutes) * monthly / np.sqrt(MONTH_MINUTES))
    resets: list[int] = []
    at = int(rng.uniform(10.0, CALIBRATION_DAYS[1]) * 1440)
    while at < minutes:
        resets.append(at)
        walk[at:] -= walk[at]
        at += int(rng.uniform(*CALIBRATION_DAYS) * 1440)
    return walk, tuple(resets)


def minute_readings(path: Trajectory, world: Disturbances, seed: int) -> Iterator[Reading]:
    """Yield the 13 minute tags, noisy and biased but without defects, one at a time to keep memory modest."""
    steps = path.running.size
    minutes = np.arange(steps * MINUTES_PER_STEP, dtype=np.int64)
    true = _true_tags(path, world, np.random.default_rng([seed, STREAM]))
    at = np.arange(steps) * float(MINUTES_PER_STEP)
    for number, (tag, instrument) in enumerate(ONLINE.items()):
        rng = np.random.default_rng([seed, STREAM + 1, number])
        values = np.interp(minutes, at, true[tag])
        noise = rng.normal(size=minutes.size) * instrument.noise
        bias, resets = _bias(rng, minutes.size, instrument.span)
        if instrument.relative:  # flow meters: the error is a share of the flow, and nothing flows in a stop
            values = values * (1.0 + noise + bias / instrument.span)
        else:
            values = values + noise + np.where(values == 0.0, 0.0, bias)
        yield Reading(tag, minutes, np.round(values, instrument.decimals), resets)


def slow_readings(path: Trajectory, setpoints: dict[str, Array], world: Disturbances, seed: int) -> Iterator[Reading]:
    """Yield set-points (on change and every hour), the computed filter load, cloth age and ambient temperature."""
    rng = np.random.default_rng([seed, STREAM + 2])
    steps = np.arange(path.running.size)
    hourly = steps % STEPS_PER_HOUR == 0

    def on_change(tag: str, values: Array) -> Reading:
        moved = np.concatenate([[True], np.diff(values) != 0.0]) | hourly
        return Reading(tag, steps[moved].astype(np.int64) * MINUTES_PER_STEP, values[moved])

    for name, tag in SETPOINT_TAGS.items():
        yield on_change(tag, setpoints[name])
    yield on_change("WIC.ROCK.SP", np.where(path.running, np.round(path.rock_wanted, 1), np.zeros(steps.size)))
    yield on_change("FFIC.ACID.SP", np.round(path.ratio, 4))
    on = path.running
    load = path.flows.filter.utilisation + rng.normal(size=steps.size) * LOAD_NOISE
    yield Reading("KI.FILTER.LOAD", steps[on].astype(np.int64) * MINUTES_PER_STEP, np.round(load[on], 3))
    yield Reading("KI.CLOTH.AGE", steps[hourly].astype(np.int64) * MINUTES_PER_STEP, np.round(world.cloth_age[hourly], 2))
    ambient = np.round(world.ambient + rng.normal(size=steps.size) * AMBIENT_NOISE, 1)
    yield Reading("TI.AMBIENT.PV", steps.astype(np.int64) * MINUTES_PER_STEP, ambient)
