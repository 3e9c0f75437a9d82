"""The operators' hand on the rock at steady state: where the filter is overloaded they cut the feed until it copes."""

from __future__ import annotations

import numpy as np

from workbench.models.simulators.phosphoric_acid.balance import equilibrium, flows
from workbench.models.simulators.phosphoric_acid.constants import CONSTANTS, Constants
from workbench.models.simulators.phosphoric_acid.inputs import Array, Inputs
from workbench.models.simulators.phosphoric_acid.operator import LOAD_FINE, LOAD_TOO_HIGH, ROCK_RATE, ROCK_RATE_LEAST
from workbench.models.simulators.phosphoric_acid.steady import Steady, solve

__all__ = ["LOAD_KEPT", "watched"]

LOAD_KEPT = (LOAD_FINE + LOAD_TOO_HIGH) / 2.0  # [-] utilisation about which the hand holds an overloaded filter
LEAST_SHARE = ROCK_RATE_LEAST / ROCK_RATE  # [-] of the rock asked for; the hand cuts no further while the filter is merely slow
N_ROUNDS = 8  # close the water balance to 1e-9 t/h wherever the cut can close it
SHARE_STEP, STRENGTH_STEP = 1e-6, 1e-5  # [-], [% P2O5] over which slopes are taken
SHARE_MOVE, STRENGTH_MOVE = 0.05, 1.0  # [-], [% P2O5] that a round moves at most
WATER_CLOSED = 1e-6  # [t/h]; moments that no cut closes stay as `steady.solve` forces them down


def watched(inputs: Inputs, c: Constants = CONSTANTS) -> Steady:
    """Return steady moments with rock cut where the filter is overloaded, as `operator.RockHand` does in the moving plant.

    Without that hand an overloaded filter would lose wash water and P2O5 as no plant does that somebody watches.

    Parameters
    ----------
    inputs : Inputs
        Settings and conditions, with the rock rate asked for.
    c : Constants
        Constants of the model.

    Raises
    ------
    WorkbenchError
        If even a twentieth of the rock rate finds no steady state.
    """
    state = solve(inputs, c)
    over = np.flatnonzero((state.flows.filter.utilisation > LOAD_KEPT) | (state.forced_down < 1.0))
    if over.size == 0:
        return state
    part = inputs.take(over)
    share, strength = _cut(part, np.maximum(state.forced_down[over], LEAST_SHARE), state.strength[over], c)
    cut = part.replaced(rock_rate=part.rock_rate * share)
    closed = np.abs(flows(cut, strength, equilibrium(cut, strength, c), c).water_open) < WATER_CLOSED
    cut_rows = over[closed]
    state.strength[cut_rows], state.forced_down[cut_rows] = strength[closed], share[closed]
    run = inputs.replaced(rock_rate=inputs.rock_rate * state.forced_down)
    return Steady(run, state.strength, flows(run, state.strength, equilibrium(run, state.strength, c), c), state.forced_down)


def _cut(part: Inputs, share: Array, strength: Array, c: Constants) -> tuple[Array, Array]:
    """Share of the rock asked for that the filter copes with [-], and the acid strength that goes with it [% P2O5].

    Newton's rule on utilisation and water balance together; where the share ends at one of its bounds, on the balance alone.
    """

    def asked(share: Array, strength: Array) -> tuple[Array, Array]:
        run = part.replaced(rock_rate=part.rock_rate * share)
        made = flows(run, strength, equilibrium(run, strength, c), c)
        return made.filter.utilisation - LOAD_KEPT, made.water_open

    for _ in range(N_ROUNDS):
        load, water = asked(share, strength)
        load_up, water_up = asked(share + SHARE_STEP, strength)
        load_s, water_s = (load_up - load) / SHARE_STEP, (water_up - water) / SHARE_STEP
        load_up, water_up = asked(share, strength + STRENGTH_STEP)
        load_p, water_p = (load_up - load) / STRENGTH_STEP, (water_up - water) / STRENGTH_STEP
        determinant = load_s * water_p - load_p * water_s
        wanted = (load_p * water - load * water_p) / np.where(np.abs(determinant) > 1e-12, determinant, 1e-12)
        moved = np.clip(share + np.clip(wanted, -SHARE_MOVE, SHARE_MOVE), LEAST_SHARE, 1.0)
        step = -(water + water_s * (moved - share)) / np.where(water_p > 1e-9, water_p, 1e-9)
        share, strength = moved, strength + np.clip(step, -STRENGTH_MOVE, STRENGTH_MOVE)
    return share, strength
