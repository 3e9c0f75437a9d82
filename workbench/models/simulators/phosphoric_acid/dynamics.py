"""The plant's path under the old operators, every 10 minutes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.models.simulators.phosphoric_acid.balance import Flows, Tank, flows
from workbench.models.simulators.phosphoric_acid.constants import CONSTANTS, Constants
from workbench.models.simulators.phosphoric_acid.disturbances import STEP_HOURS, Disturbances
from workbench.models.simulators.phosphoric_acid.inputs import Array, Inputs
from workbench.models.simulators.phosphoric_acid.operator import START_RATE, AcidHand, RockHand
from workbench.models.simulators.phosphoric_acid.tank import MovingTank

__all__ = ["Trajectory", "run"]

STREAM = 300
STRENGTH_START = 28.0  # [% P2O5] of the tank as the history begins
SAMPLE_STEPS = 12  # [10 min] a sulfate sample every 2 h
SAMPLE_SD = 0.08  # [% w/w]
START_ERROR = 0.015  # [relative acid] sd of the dosing error in the first hours after a stop
START_ERROR_STEPS = 36  # [10 min]


@dataclass(frozen=True)
class Trajectory:
    """What really happened, arrays over the 10-minute steps.

    `inputs` are true values, `strength` [% P2O5], `flows` with the states as they were; `acid` [t/h] is the true acid,
    `rock_wanted` [t/h] the rock set-point, `ratio` [t/t] the acid set-point; `sulfate_samples` are (step, result [% w/w]).
    """

    inputs: Inputs
    strength: Array
    flows: Flows
    acid: Array
    rock_wanted: Array
    ratio: Array
    sulfate_samples: tuple[tuple[int, float], ...]
    running: npt.NDArray[np.bool_]


class _Log:
    """Columns that fill step by step."""

    def __init__(self, steps: int) -> None:
        names = ("sulfate", "strength", "temperature", "solids", "unattacked", "lattice", "alpha", "residence", "limit")
        self.columns = {name: np.empty(steps) for name in (*names, "rock", "wanted", "acid", "ratio")}

    def write(self, step: int, tank: MovingTank, slow: Tank, **others: float) -> None:
        states = {
            "sulfate": tank.sulfate,
            "strength": tank.strength,
            "temperature": tank.temperature,
            "solids": tank.solids,
            "unattacked": slow.unattacked,
            "lattice": slow.lattice,
            "alpha": slow.alpha,
            "residence": slow.residence,
            "limit": slow.stable_limit,
        }
        for name, state in states.items():
            self.columns[name][step] = state[0]
        for name, value in others.items():
            self.columns[name][step] = value


def run(setpoints: dict[str, Array], known_lime: Array, world: Disturbances, seed: int, c: Constants = CONSTANTS) -> Trajectory:
    """Return the plant's path under the old operators.

    Parameters
    ----------
    setpoints : dict of str to array
        Of `practice.setpoints`.
    known_lime : array
        CaO that the laboratory had reported by each step [t/t].
    world : Disturbances
        Of the same length.
    seed : int
        Of the history; sample noise and the night shift draw from it.
    c : Constants
        Constants of the model.
    """
    rng = np.random.default_rng([seed, STREAM])
    steps = known_lime.size
    sp = {name: values.tolist() for name, values in setpoints.items()}
    others = _given(setpoints, world)
    rows = {name: values.reshape(-1, 1) for name, values in others.items()}
    limes, starts = known_lime.tolist(), {stop.end for stop in world.stops}

    tank = MovingTank(sp["free_sulfate"][0], STRENGTH_START, sp["temperature"][0], sp["solids"][0], c)
    acid_hand, rock_hand = AcidHand(limes[0], rng), RockHand()
    log, samples = _Log(steps), list[tuple[int, float]]()
    dosing_error, error_ends = 0.0, 0
    for step in range(steps):
        is_running, wanted_sulfate = bool(world.running[step]), sp["free_sulfate"][step]
        if step in starts:
            rock_hand.start()
            dosing_error, error_ends = float(rng.normal() * START_ERROR), step + START_ERROR_STEPS
        rate = rock_hand.feed() if is_running else 0.0
        ratio = acid_hand.ratio(limes[step], wanted_sulfate)
        true_rate = rate * (1.0 + float(world.feeder[step]))
        acid = rate * ratio * (1.0 + float(world.acid_meter[step]) + (dosing_error if step < error_ends else 0.0))
        if is_running:
            tank.hold(sp["temperature"][step] + world.temperature[step], sp["solids"][step] + world.solids[step], STEP_HOURS)
        else:
            tank.cool(STEP_HOURS)
        now = tank.inputs(max(true_rate, START_RATE), {name: values[step] for name, values in rows.items()})
        if is_running:
            rock_hand.watch(float(tank.advance(now, acid, STEP_HOURS).filter.utilisation[0]))
            if step % SAMPLE_STEPS == 0:
                samples.append((step, float(tank.sulfate[0] + rng.normal() * SAMPLE_SD)))
                acid_hand.sampled(*samples[-1])
        acid_hand.look(step, wanted_sulfate)
        log.write(step, tank, tank.settle(now), rock=true_rate, wanted=rock_hand.wanted, acid=acid, ratio=ratio)
    return _trajectory(log.columns, others, tuple(samples), world.running, c)


def _trajectory(
    log: dict[str, Array],
    others: dict[str, Array],
    samples: tuple[tuple[int, float], ...],
    running: npt.NDArray[np.bool_],
    c: Constants,
) -> Trajectory:
    """The logged states with the flows that go with them, computed for all steps at once."""
    inputs = Inputs(
        free_sulfate=log["sulfate"],
        temperature=log["temperature"],
        solids=log["solids"],
        rock_rate=np.maximum(log["rock"], START_RATE),
        **others,
    )
    tank = Tank(log["unattacked"], log["lattice"], log["alpha"], log["residence"], log["limit"])
    made = flows(inputs, log["strength"], tank, c)
    return Trajectory(inputs, log["strength"], made, log["acid"], log["wanted"], log["ratio"], samples, running)


def _given(setpoints: dict[str, Array], world: Disturbances) -> dict[str, Array]:
    """What the plant really gets of everything that needs no integration."""
    return {
        "wash_ratio": setpoints["wash_ratio"] * (1.0 + world.wash),
        "filter_speed": setpoints["filter_speed"],
        "vacuum": setpoints["vacuum"] + world.vacuum,
        "rock_p80": setpoints["rock_p80"],
        **world.assay,
        "cloth_age": world.cloth_age,
        "ambient": world.ambient,
    }
