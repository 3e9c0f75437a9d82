"""The moving plant: tank inventory, slow states and the old operator's hand on the acid, every 10 minutes (equation 8)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.models.simulators.phosphoric_acid.balance import Flows, Tank, equilibrium, flows, residence_time
from workbench.models.simulators.phosphoric_acid.constants import CONSTANTS, Constants
from workbench.models.simulators.phosphoric_acid.disturbances import STEP_HOURS, Disturbances
from workbench.models.simulators.phosphoric_acid.inputs import Array, Inputs

__all__ = ["AcidHand", "Trajectory", "run"]

STREAM = 300
ROCK_RATE = 64.0  # [t/h] fixed
ROCK_RATE_LEAST = 50.0  # [t/h] the operator cuts no further
RATE_MOVE = 2.0  # [t/h per h]
START_MOVE = 16.0  # [t/h per h] feed after a stop
START_RATE = 8.0  # [t/h] of the first minutes
LOAD_TOO_HIGH, LOAD_FINE = 1.06, 1.00  # [-] filter utilisation at which the operator cuts the rock, and gives it back
TEMPERATURE_HOURS, SOLIDS_HOURS = 1.5, 3.0  # [h] eq. 8
COOLING_HOURS, COLD_TANK = 16.0, 50.0  # [h], [C] of a stopped tank, own assumption
STRENGTH_SPAN = (18.0, 36.0)  # [% P2O5] of the integration, never reached in normal running
SULFATE_SPAN = (0.35, 6.0)  # [% w/w]

SAMPLE_STEPS, RESULT_STEPS = 12, 5  # [10 min] a sample every 2 h, its result 45-50 min later
SAMPLE_SD = 0.08  # [% w/w]
DEAD_BAND = 0.25  # [% w/w] the operator lets smaller deviations be
CORRECTION = 0.014  # [relative acid per % w/w] the full steady-state correction
CORRECTION_MOST = 0.012  # [relative acid]
NIGHT_STEPS = 48  # [10 min] midnight to 8 o'clock local
NIGHT_ACTS = 0.6  # share of the night's results that are acted on
START_ERROR = 0.015  # [relative acid] sd of the dosing error in the first hours after a stop
START_ERROR_STEPS = 36


@dataclass
class AcidHand:
    """The old operator at the acid valve.

    Acts on each late sulfate result that is more than `DEAD_BAND` off, with the full correction, and again on the next one:
    a slow tank answers with swings. A new rock assay resets the ratio to the rock's lime.
    """

    trim: float = 0.0
    known_lime: float = 0.44

    def result(self, deviation: float) -> None:
        """Move the trim for a sulfate result minus its set-point [% w/w]."""
        if abs(deviation) > DEAD_BAND:
            self.trim -= float(np.clip(CORRECTION * deviation, -CORRECTION_MOST, CORRECTION_MOST))

    def ratio(self, lime: float, sulfate: float) -> float:
        """Acid wanted for a rock [t H2SO4/t dry rock], from the lime last reported [t/t] and the sulfate set-point [% w/w]."""
        if lime != self.known_lime:
            self.trim, self.known_lime = 0.0, lime
        # 0.977: what is neither attacked nor replaced by phosphate; 1.03 t of liquor leave per t of rock
        return (1.749 * 0.977 * lime + sulfate / 100.0 * 1.03) * (1.0 + self.trim)


@dataclass(frozen=True)
class Trajectory:
    """What really happened, arrays over the 10-minute steps.

    `inputs` are true values, `strength` [% P2O5], `flows` with the states as they were; `acid` and `rock_wanted` [t/h] are true
    acid and the rock set-point; `ratio` [t/t] the acid set-point; `sulfate_samples` are (step, result [% w/w]) of the laboratory.
    """

    inputs: Inputs
    strength: Array
    flows: Flows
    acid: Array
    rock_wanted: Array
    ratio: Array
    liquor_out: Array
    sulfate_samples: tuple[tuple[int, float], ...]
    running: npt.NDArray[np.bool_]


def _start(setpoints: dict[str, Array], known_lime: Array) -> AcidHand:
    """The operator as the history finds him: the last assay is already in the ratio."""
    return AcidHand(known_lime=float(known_lime[0]))


def run(
    setpoints: dict[str, Array], known_lime: Array, world: Disturbances, seed: int, c: Constants = CONSTANTS
) -> Trajectory:
    """Return the plant's path under the old operator.

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
    """
    rng = np.random.default_rng([seed, STREAM])
    steps = known_lime.size
    sp = {name: values.tolist() for name, values in setpoints.items()}
    columns = _true_columns(setpoints, world)
    rows = {name: values.reshape(-1, 1) for name, values in columns.items()}
    lime_known, running = known_lime.tolist(), world.running.tolist()
    hand = _start(setpoints, known_lime)
    restarts = {stop.end for stop in world.stops}

    store = {name: np.empty(steps) for name in ("s", "p", "t", "x", "u", "lat", "al", "tau", "lim", "rate", "want", "acid", "ratio", "out")}
    sulfate, strength = np.array([sp["free_sulfate"][0]]), np.array([28.0])
    temperature, solids = np.array([sp["temperature"][0]]), np.array([sp["solids"][0]])
    slow: tuple[Array, Array, Array] | None = None
    wanted, rate, error, error_left = ROCK_RATE, ROCK_RATE, 0.0, 0
    samples: list[tuple[int, float]] = []
    waiting: deque[tuple[int, float]] = deque()
    last: Tank | None = None
    for step in range(steps):
        if running[step]:
            if step in restarts:
                rate, error, error_left = START_RATE, float(rng.normal() * START_ERROR), START_ERROR_STEPS
            rate = min(rate + START_MOVE * STEP_HOURS, wanted)
            temperature = temperature + (sp["temperature"][step] + world.temperature[step] - temperature) * STEP_HOURS / TEMPERATURE_HOURS
        else:
            rate = 0.0
            temperature = temperature + (COLD_TANK - temperature) * STEP_HOURS / COOLING_HOURS
        solids = solids + (sp["solids"][step] + world.solids[step] - solids) * STEP_HOURS / SOLIDS_HOURS
        ratio = hand.ratio(lime_known[step], sp["free_sulfate"][step])
        true_rate = rate * (1.0 + float(world.feeder[step]))
        acid, out = 0.0, 0.0
        now = Inputs(
            free_sulfate=sulfate, temperature=temperature, solids=solids, rock_rate=np.array([max(true_rate, START_RATE)]),
            **{name: values[step] for name, values in rows.items()},
        )  # fmt: skip
        tank = equilibrium(now, strength, c, None if slow is None else slow[0])
        slow = (tank.unattacked, tank.lattice, tank.alpha) if slow is None else slow
        if running[step]:
            share = STEP_HOURS / tank.residence
            slow = (
                slow[0] + (tank.unattacked - slow[0]) * share,
                slow[1] + (tank.lattice - slow[1]) * share,
                slow[2] + (tank.alpha - slow[2]) * share,
            )
            last = Tank(slow[0], slow[1], slow[2], tank.residence, tank.stable_limit)
            f = flows(now, strength, last, c)
            dosing = error if error_left > 0 else 0.0
            error_left -= 1
            acid = rate * ratio * (1.0 + float(world.acid_meter[step]) + dosing)
            inventory = residence_time(f.dry_cake, solids, c)
            liquor_mass = inventory[0] * inventory[1]
            # level control: surplus water leaves as more product, at the strength of the tank
            leaving = np.maximum(f.liquor + f.water_open, 0.0)
            sulfate = sulfate + (100.0 * (acid - f.reacted_acid) - sulfate * leaving) / liquor_mass * STEP_HOURS
            strength = strength - strength * f.water_open / liquor_mass * STEP_HOURS
            sulfate, strength = np.clip(sulfate, *SULFATE_SPAN), np.clip(strength, *STRENGTH_SPAN)
            out = float(leaving[0])
            wanted = _rock_wanted(wanted, float(f.filter.utilisation[0]))
            if step % SAMPLE_STEPS == 0:
                samples.append((step, float(sulfate[0] + rng.normal() * SAMPLE_SD)))
                waiting.append(samples[-1])
        while waiting and waiting[0][0] + RESULT_STEPS <= step:
            _, seen = waiting.popleft()
            is_night = step % (3 * NIGHT_STEPS) < NIGHT_STEPS
            if not is_night or rng.uniform() < NIGHT_ACTS:
                hand.result(seen - sp["free_sulfate"][step])
        for name, value in (("s", sulfate), ("p", strength), ("t", temperature), ("x", solids), ("u", slow[0]), ("lat", slow[1]),
                            ("al", slow[2]), ("tau", tank.residence), ("lim", tank.stable_limit)):  # fmt: skip
            store[name][step] = value[0]
        store["rate"][step], store["want"][step], store["acid"][step] = true_rate, wanted, acid
        store["ratio"][step], store["out"][step] = ratio, out

    inputs = Inputs(
        free_sulfate=store["s"], temperature=store["t"], solids=store["x"], rock_rate=np.maximum(store["rate"], START_RATE), **columns
    )
    tank = Tank(store["u"], store["lat"], store["al"], store["tau"], store["lim"])
    return Trajectory(
        inputs, store["p"], flows(inputs, store["p"], tank, c), store["acid"], store["want"], store["ratio"], store["out"],
        tuple(samples), world.running,
    )  # fmt: skip


def _true_columns(setpoints: dict[str, Array], world: Disturbances) -> dict[str, Array]:
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


def _rock_wanted(wanted: float, load: float) -> float:
    """Rock set-point [t/h]: cut while the filter cannot cope, given back when it can."""
    if load > LOAD_TOO_HIGH:
        return max(wanted - RATE_MOVE * STEP_HOURS, ROCK_RATE_LEAST)
    return min(wanted + RATE_MOVE * STEP_HOURS, ROCK_RATE) if load < LOAD_FINE else wanted
