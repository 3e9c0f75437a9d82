"""The attack tank in time: inventory of liquor, sulfate and P2O5, and the states that follow slowly (equation 8)."""

from __future__ import annotations

import numpy as np

from workbench.models.simulators.phosphoric_acid.balance import Flows, Tank, equilibrium, flows, residence_time
from workbench.models.simulators.phosphoric_acid.constants import Constants
from workbench.models.simulators.phosphoric_acid.inputs import Array, Inputs

__all__ = ["COOLING_HOURS", "MovingTank"]

TEMPERATURE_HOURS, SOLIDS_HOURS = 1.5, 3.0  # [h]
COOLING_HOURS, COLD_TANK = 16.0, 50.0  # [h], [C] of a stopped tank, own assumption
STRENGTH_SPAN = (18.0, 36.0)  # [% P2O5] of the integration, never reached in normal running
SULFATE_SPAN = (0.35, 6.0)  # [% w/w]


class MovingTank:
    """States of one tank, arrays of one element: `sulfate` and `strength` [% w/w], `temperature` [C], `solids` [%].

    `slow` holds unattacked share, lattice P2O5 and cake resistance as they are; they follow their equilibrium with the
    residence time. `leaving` is the liquor that left at full strength [t/h].
    """

    def __init__(self, sulfate: float, strength: float, temperature: float, solids: float, c: Constants) -> None:
        self.sulfate, self.strength = np.array([sulfate]), np.array([strength])
        self.temperature, self.solids = np.array([temperature]), np.array([solids])
        self.slow: Tank | None = None
        self.leaving = 0.0
        self._c = c

    def inputs(self, rock_rate: float, others: dict[str, Array]) -> Inputs:
        """The tank's states beside the rest of the inputs."""
        return Inputs(
            free_sulfate=self.sulfate,
            temperature=self.temperature,
            solids=self.solids,
            rock_rate=np.array([rock_rate]),
            **others,
        )

    def settle(self, now: Inputs) -> Tank:
        """Return the slow states, put at their equilibrium where the history begins."""
        if self.slow is None:
            self.slow = equilibrium(now, self.strength, self._c)
        return self.slow

    def advance(self, now: Inputs, acid: float, hours: float) -> Flows:
        """Move sulfate, strength and the slow states by `hours`; return the flows at the start of the step.

        Parameters
        ----------
        now : Inputs
            Of `inputs`.
        acid : float
            H2SO4 that really flows [t/h].
        hours : float
            Length of the step, well below the residence time [h].
        """
        slow = self.settle(now)
        goal = equilibrium(now, self.strength, self._c, slow.unattacked)
        share = hours / goal.residence
        self.slow = Tank(
            slow.unattacked + (goal.unattacked - slow.unattacked) * share,
            slow.lattice + (goal.lattice - slow.lattice) * share,
            slow.alpha + (goal.alpha - slow.alpha) * share,
            goal.residence,
            goal.stable_limit,
        )
        f = flows(now, self.strength, self.slow, self._c)
        residence, slurry_liquor = residence_time(f.dry_cake, now.solids, self._c)
        inventory = residence * slurry_liquor
        # level control: surplus water leaves as more product, at the strength of the tank
        leaving = np.maximum(f.liquor + f.water_open, 0.0)
        sulfate = self.sulfate + (100.0 * (acid - f.reacted_acid) - self.sulfate * leaving) / inventory * hours
        strength = self.strength - self.strength * f.water_open / inventory * hours
        self.sulfate, self.strength = np.clip(sulfate, *SULFATE_SPAN), np.clip(strength, *STRENGTH_SPAN)
        self.leaving = float(leaving[0])
        return f

    def hold(self, temperature: float, solids: float, hours: float) -> None:
        """Let temperature [C] and solids [%] follow what is asked of them."""
        self.temperature = self.temperature + (temperature - self.temperature) * hours / TEMPERATURE_HOURS
        self.solids = self.solids + (solids - self.solids) * hours / SOLIDS_HOURS

    def cool(self, hours: float) -> None:
        """Let a stopped tank cool."""
        self.temperature = self.temperature + (COLD_TANK - self.temperature) * hours / COOLING_HOURS
