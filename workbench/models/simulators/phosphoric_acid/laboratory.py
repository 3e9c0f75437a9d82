"""What the laboratory reports, later than it sampled: sulfate, acid, solids, composites, rock lots and what it computes."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from workbench.models.simulators.phosphoric_acid.constants import CONSTANTS
from workbench.models.simulators.phosphoric_acid.disturbances import STEPS_PER_DAY, Disturbances
from workbench.models.simulators.phosphoric_acid.dynamics import Trajectory
from workbench.models.simulators.phosphoric_acid.inputs import Array

__all__ = [
    "LAB_UNITS",
    "LabResult",
    "Miskey",
    "RockReport",
    "extraction_rate",
    "report_rock",
    "results",
    "swap_digits",
    "wash_rate",
]

STREAM = 500
MISKEYED = 0.01  # share of results keyed wrong
SHIFT_STEPS = 48
MINUTES_PER_STEP = 10
MECHANICAL = 100.0 * CONSTANTS.mechanical_loss  # [points] that the laboratory takes off for spills

LAB_UNITS: dict[str, str] = {
    "LAB.S": "%",
    "LAB.P2O5": "%",
    "LAB.SOLIDS": "%",
    "LAB.GYP.P2O5": "%",
    "LAB.GYP.P2O5.WS": "%",
    "LAB.GYP.CAO": "%",
    "LAB.X": "%",
    "LAB.W": "%",
    "LAB.ETA": "%",
    "LAB.ROCK.P2O5": "%",
    "LAB.ROCK.CAO": "%",
    "LAB.ROCK.MGO": "%",
    "LAB.ROCK.AL2O3": "%",
    "LAB.ROCK.FE2O3": "%",
    "LAB.ROCK.SIO2": "%",
    "LAB.ROCK.CO2": "%",
    "LAB.P80": "um",
}
# [% abs]; those of P2O5 and CaO as specified, the others own assumption
ROCK_SD: dict[str, float] = {
    "rock_p2o5": 0.20,
    "rock_cao": 0.25,
    "rock_mgo": 0.02,
    "rock_al2o3": 0.02,
    "rock_fe2o3": 0.02,
    "rock_sio2": 0.20,
    "rock_co2": 0.10,
}
GYPSUM_CAO_SD = 0.15  # [% abs] own assumption


@dataclass(frozen=True)
class LabResult:
    """One result: tag, minute of the stamp (sampling, or end of a composite), value, minute when it was known."""

    tag: str
    minute: float
    value: float
    known: float


@dataclass(frozen=True)
class Miskey:
    """A result keyed with two digits swapped, and what it should have been."""

    tag: str
    minute: float
    right: float
    wrong: float


@dataclass
class RockReport:
    """Assays as reported: one value a lot in %, and the step when it was known."""

    values: dict[str, Array]
    known_step: Array
    miskeys: list[Miskey] = field(default_factory=list)

    def known_by_step(self, name: str, steps: int) -> Array:
        """Assay [t/t] that the plant knew at each step; the first lot's was known from the start."""
        lot = np.maximum(np.searchsorted(self.known_step, np.arange(steps), side="right") - 1, 0)
        return np.asarray(self.values[name][lot] / 100.0)


def extraction_rate(p_insoluble: Array, cao_gypsum: Array, cao_rock: Array, p2o5_rock: Array) -> Array:
    """Extraction rate X [%]: lime ties the gypsum to its rock, so no flow is needed.

    Parameters
    ----------
    p_insoluble : array
        Total minus water-soluble P2O5 of the dry gypsum [%].
    cao_gypsum, cao_rock, p2o5_rock : array
        Assays [%].
    """
    rate: Array = 100.0 * (1.0 - p_insoluble / cao_gypsum * (cao_rock / p2o5_rock))
    return rate


def wash_rate(p_soluble: Array, cao_gypsum: Array, cao_rock: Array, p2o5_rock: Array, extraction: Array) -> Array:
    """Wash rate W [%]: share of the dissolved P2O5 that the filter does not leave in the cake as water-soluble.

    Assays and `extraction` in %.
    """
    lost = 100.0 * p_soluble / cao_gypsum * (cao_rock / p2o5_rock)
    rate: Array = 100.0 * (1.0 - lost / extraction)
    return rate


def swap_digits(value: float, decimals: int, rng: np.random.Generator) -> float:
    """The value with two neighbouring unequal digits swapped, as a tired hand keys it; unchanged where all are equal."""
    text = f"{value:.{decimals}f}"
    pairs = [i for i in range(len(text)) if text[i].isdigit()]
    swaps = [(i, j) for i, j in itertools.pairwise(pairs) if text[i] != text[j]]
    if not swaps:
        return value
    i, j = swaps[int(rng.integers(len(swaps)))]
    digits = list(text)
    digits[i], digits[j] = digits[j], digits[i]
    return float("".join(digits))


class _Desk:
    """Keys results: rounds, delays, skews the clock, and now and then swaps digits."""

    def __init__(self, rng: np.random.Generator, skew: Array) -> None:
        self.rng, self.skew = rng, skew
        self.results: list[LabResult] = []
        self.miskeys: list[Miskey] = []

    def key(self, tag: str, minute: float, value: float, decimals: int, *, delay: tuple[float, float]) -> LabResult:
        """Write down one result; `delay` is the span of hours until it is known."""
        shown = round(value, decimals)
        wrong = shown
        if self.rng.uniform() < MISKEYED:
            wrong = swap_digits(shown, decimals, self.rng)
        stamp = minute + float(self.skew[min(int(minute) // (STEPS_PER_DAY * MINUTES_PER_STEP), self.skew.size - 1)])
        known = minute + 60.0 * float(self.rng.uniform(*delay))
        if wrong != shown:
            self.miskeys.append(Miskey(tag, stamp, shown, wrong))
        self.results.append(LabResult(tag, stamp, wrong, known))
        return self.results[-1]


def report_rock(world: Disturbances, seed: int) -> RockReport:
    """Assays of each lot as the laboratory reports them, 12 to 24 h after the lot came."""
    rng = np.random.default_rng([seed, STREAM])
    lots = world.lot_start.size
    report = RockReport({}, world.lot_start + rng.uniform(12.0, 24.0, size=lots) * 6.0)
    for name, sd in ROCK_SD.items():
        values = np.round(100.0 * world.lot_assay[name] + rng.normal(size=lots) * sd, 2)
        for lot in np.flatnonzero(rng.uniform(size=lots) < MISKEYED):
            wrong = swap_digits(float(values[lot]), 2, rng)
            tag = _rock_tag(name)
            report.miskeys.append(Miskey(tag, float(world.lot_start[lot]) * MINUTES_PER_STEP, float(values[lot]), wrong))
            values[lot] = wrong
        report.values[name] = values
    return report


def _rock_tag(name: str) -> str:
    return "LAB." + name.upper().replace("_", ".")


def results(
    path: Trajectory, world: Disturbances, rock: RockReport, skew: Array, seed: int
) -> tuple[list[LabResult], list[Miskey]]:
    """Return every result of the history and the wrongly keyed ones.

    Parameters
    ----------
    path : Trajectory
        What really happened.
    world : Disturbances
        Lots and their first steps.
    rock : RockReport
        Of `report_rock`.
    skew : array
        Laboratory clock minus plant clock, one value a day, -2 to 2 [min].
    seed : int
        Of the history.
    """
    desk = _Desk(np.random.default_rng([seed, STREAM + 1]), skew)
    steps = path.running.size
    for step, value in path.sulfate_samples:
        desk.key("LAB.S", step * MINUTES_PER_STEP, value, 2, delay=(0.75, 0.80))
    step = 3
    while step < steps:
        if path.running[step]:
            strength = float(path.strength[step] + desk.rng.normal() * 0.25)
            desk.key("LAB.P2O5", step * MINUTES_PER_STEP, strength, 2, delay=(1.0, 1.2))
        step += int(desk.rng.integers(12, 25))
    for step in range(0, steps, SHIFT_STEPS // 2):
        if not path.running[step]:
            continue
        solids = float(path.inputs.solids[step] + desk.rng.normal() * 0.7)
        desk.key("LAB.SOLIDS", step * MINUTES_PER_STEP, solids, 1, delay=(1.0, 1.5))
    for step in range(STEPS_PER_DAY // 3, steps, STEPS_PER_DAY):
        if path.running[step]:
            p80 = float(path.inputs.rock_p80[step] + desk.rng.normal() * 8.0)
            desk.key("LAB.P80", step * MINUTES_PER_STEP, p80, 0, delay=(2.0, 3.0))
    for lot, start in enumerate(world.lot_start.tolist()):
        if start < steps:
            minute, known = float(start) * MINUTES_PER_STEP, float(rock.known_step[lot]) * MINUTES_PER_STEP
            for name in ROCK_SD:
                desk.results.append(LabResult(_rock_tag(name), minute, float(rock.values[name][lot]), known))
    desk.miskeys.extend(m for m in rock.miskeys if m.minute < steps * MINUTES_PER_STEP)
    _composites(path, world, rock, desk)
    return desk.results, desk.miskeys


def _composites(path: Trajectory, world: Disturbances, rock: RockReport, desk: _Desk) -> None:
    """Gypsum of each 8-h shift: analyses, and X, W and recovery as the laboratory's sheet computes them from what was keyed."""
    f, run = path.flows, path.inputs
    rock_lime = run.rock_rate * run.rock_cao
    contents = {
        "LAB.GYP.P2O5": (f.p2o5_lattice + f.p2o5_unattacked + f.p2o5_unwashed, 0.04, 3),
        "LAB.GYP.P2O5.WS": (f.p2o5_unwashed, 0.02, 3),
        "LAB.GYP.CAO": (rock_lime, GYPSUM_CAO_SD, 2),
    }
    for start in range(0, path.running.size - SHIFT_STEPS + 1, SHIFT_STEPS):
        span = slice(start, start + SHIFT_STEPS)
        on: npt.NDArray[np.bool_] = path.running[span]
        if on.sum() < SHIFT_STEPS // 2:
            continue
        end = float(start + SHIFT_STEPS) * MINUTES_PER_STEP
        cake = float(f.dry_cake[span][on].sum())
        hours = float(desk.rng.uniform(4.0, 8.0))
        keyed: dict[str, LabResult] = {}
        for tag, (flow, sd, decimals) in contents.items():
            value = 100.0 * float(flow[span][on].sum()) / cake + float(desk.rng.normal()) * sd
            keyed[tag] = desk.key(tag, end, max(value, 0.001), decimals, delay=(hours, hours))
        lot = int(world.lot[start + SHIFT_STEPS // 2])
        lime, p2o5 = rock.values["rock_cao"][[lot]], rock.values["rock_p2o5"][[lot]]
        total, soluble, gypsum = (np.array([keyed[tag].value]) for tag in contents)
        x = extraction_rate(total - soluble, gypsum, lime, p2o5)
        w = wash_rate(soluble, gypsum, lime, p2o5, x)
        known = max([r.known for r in keyed.values()] + [float(rock.known_step[lot]) * MINUTES_PER_STEP])
        stamp = keyed["LAB.GYP.CAO"].minute
        for tag, computed in (("LAB.X", x), ("LAB.W", w), ("LAB.ETA", x * w / 100.0 - MECHANICAL)):
            desk.results.append(LabResult(tag, stamp, round(float(computed[0]), 3), known))
