"""What goes in and what comes out, component by component, added up from the streams: the model's own audit."""

from __future__ import annotations

from workbench.models.simulators.phosphoric_acid.constants import CONSTANTS, Constants
from workbench.models.simulators.phosphoric_acid.inputs import Array
from workbench.models.simulators.phosphoric_acid.lattice import replaced_share
from workbench.models.simulators.phosphoric_acid.steady import Steady

__all__ = ["component_flows", "unassayed_share"]


def component_flows(state: Steady, c: Constants = CONSTANTS) -> dict[str, tuple[Array, Array]]:
    """Return (in, out) of each component and of the total mass [t/h] at steady state.

    Components are oxides; `fluorine` is net of the oxygen that its lime is counted with, `other` is what the assay does not
    explain: it leaves with the insolubles and the unattacked rock, the rest with the off-gas as loss on ignition.

    Examples
    --------
    >>> import numpy as np
    >>> from workbench.models.simulators.phosphoric_acid.inputs import Inputs
    >>> from workbench.models.simulators.phosphoric_acid.steady import solve
    >>> flow_in, flow_out = component_flows(solve(Inputs.of({})))["SO3"]
    >>> bool(np.all(abs(flow_in - flow_out) < 1e-9 * flow_in))
    True
    """
    run, f = state.inputs, state.flows
    rate, u = run.rock_rate, f.tank.unattacked
    p, free = state.strength / 100.0, run.free_sulfate / 100.0
    so3 = c.mw_h2so4 - c.mw_water
    lime = rate * run.rock_cao * (1.0 - u) / c.mw_cao
    replaced = replaced_share(f.tank.lattice, c)
    cake_liquor = f.p2o5_unwashed / p
    spilt = f.p2o5_mechanical / p
    liquor = f.product + cake_liquor + spilt
    added_water = f.dry_cake * f.filter.moisture - cake_liquor
    metals = rate * (run.rock_mgo + run.rock_al2o3 + run.rock_fe2o3)
    fluorine = rate * c.rock_fluorine * (1.0 - c.oxygen_per_fluorine)
    silica_away = rate * c.rock_fluorine * c.fluorine_bound * c.silica_per_fluorine
    silica_cake = rate * run.rock_sio2 - silica_away
    water_share = 1.0 - p - free * so3 / c.mw_h2so4 - f.impurities / liquor
    assayed = rate * (run.rock_p2o5 + run.rock_cao + run.rock_sio2 + run.rock_co2) + metals + fluorine
    other = rate - assayed
    unattacked = u * (rate * (run.rock_p2o5 + run.rock_cao + run.rock_co2) + metals)
    other_cake = f.dry_cake - f.gypsum - silica_cake - unattacked - fluorine * (1.0 - c.fluorine_bound)
    ignited = other - other_cake
    carbonic = rate * run.rock_co2 * (1.0 - u)
    gypsum_water = lime * (2.0 + 0.5 * replaced) * c.mw_water
    return {
        "P2O5": (rate * run.rock_p2o5, liquor * p + lime * replaced * c.mw_half_p2o5 + u * rate * run.rock_p2o5),
        "CaO": (rate * run.rock_cao, lime * c.mw_cao + u * rate * run.rock_cao),
        "SO3": (f.acid * so3 / c.mw_h2so4, lime * (1.0 - replaced) * so3 + liquor * free * so3 / c.mw_h2so4),
        "H2O": (
            f.wash + f.acid * (c.acid_water + c.mw_water / c.mw_h2so4) + rate * c.rock_moisture,
            gypsum_water + added_water + f.evaporated + liquor * water_share,
        ),
        "metals": (metals, f.impurities - silica_away - fluorine * c.fluorine_bound + u * metals),
        "SiO2": (rate * run.rock_sio2, silica_cake + silica_away),
        "CO2": (rate * run.rock_co2, carbonic + u * rate * run.rock_co2),
        "other": (other, other_cake + ignited),
        "total": (
            rate * (1.0 + c.rock_moisture) + f.acid * (1.0 + c.acid_water) + f.wash,
            liquor + f.dry_cake + added_water + f.evaporated + carbonic + ignited,
        ),
    }


def unassayed_share(state: Steady) -> Array:
    """Share of the total input that the rock's assay does not explain [-]."""
    made = component_flows(state)
    share: Array = made["other"][0] / made["total"][0]
    return share
