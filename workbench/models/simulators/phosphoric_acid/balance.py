"""All flows of attack tank and filter at a given acid strength, component by component (equations 3, 4 and 6).

Components are oxides: water is everything that is H2O in that language, also the water of sulfuric acid and of gypsum. What
the rock's assay does not explain is carried as `other`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.models.simulators.phosphoric_acid.attack import blinding, unattacked_share
from workbench.models.simulators.phosphoric_acid.cake import FilterState, cake_resistance, filter_state, viscosity
from workbench.models.simulators.phosphoric_acid.constants import Constants
from workbench.models.simulators.phosphoric_acid.inputs import Array, Inputs
from workbench.models.simulators.phosphoric_acid.lattice import lattice_p2o5, replaced_share
from workbench.models.simulators.phosphoric_acid.phase import hemihydrate_share, stable_temperature

__all__ = ["Flows", "Tank", "equilibrium", "flows", "residence_time"]

MINUTES_PER_HOUR = 60.0
START_UNATTACKED = 0.007  # [t/t] where the iteration for u starts; the result does not depend on it


@dataclass(frozen=True)
class Tank:
    """What the tank's slow states are: unattacked [t/t], lattice P2O5 [% of gypsum], resistance [m/kg]; and at what limit.

    `residence` [h]; `stable_limit` is the dihydrate limit [C].
    """

    unattacked: Array
    lattice: Array
    alpha: Array
    residence: Array
    stable_limit: Array


@dataclass(frozen=True)
class Flows:
    """Flows in t/h; `water_open` is water in minus water out, zero at steady state.

    `liquor` is what leaves the circuit at full strength: product, spills and the unwashed share of the cake's liquor.
    """

    tank: Tank
    filter: FilterState
    gypsum: Array
    dry_cake: Array
    acid: Array
    reacted_acid: Array
    wash: Array
    evaporated: Array
    p2o5_product: Array
    p2o5_unattacked: Array
    p2o5_lattice: Array
    p2o5_unwashed: Array
    p2o5_mechanical: Array
    product: Array
    liquor: Array
    impurities: Array
    water_open: Array


def _dry_cake(inputs: Inputs, unattacked: Array, replaced: Array, c: Constants) -> tuple[Array, Array]:
    """Gypsum and dry cake [t/h]; insolubles and unattacked rock ride with the gypsum (equation 3)."""
    lime = inputs.rock_rate * inputs.rock_cao * (1.0 - unattacked) / c.mw_cao  # kmol/h / 1000
    sulfate = c.mw_h2so4 - c.mw_water
    mole = c.mw_cao + (1.0 - replaced) * sulfate + replaced * c.mw_half_p2o5 + (2.0 + 0.5 * replaced) * c.mw_water
    gypsum = lime * mole
    silica_away = c.fluorine_bound * c.silica_per_fluorine * c.rock_fluorine
    insolubles = inputs.rock_rate * (inputs.rock_sio2 - silica_away + c.insoluble_other)
    return gypsum, gypsum + insolubles + c.unattacked_mass * unattacked * inputs.rock_rate


def residence_time(dry_cake: Array, solids: Array, c: Constants) -> tuple[Array, Array]:
    """Mean residence time in the tank [h] and the liquor that leaves with the slurry [t/h]."""
    share = solids / 100.0
    volume = dry_cake / share * (share / c.solid_density + (1.0 - share) / c.liquor_density)
    return c.tank_volume / volume, dry_cake * (1.0 / share - 1.0)


def equilibrium(inputs: Inputs, strength: Array, c: Constants, unattacked_start: Array | None = None) -> Tank:
    """Return the tank states that settle at a P2O5 strength [% w/w].

    u and the residence time depend on each other weakly: each pass shrinks the error by about 300. Three passes are exact to
    1e-9; from a start that is close (`unattacked_start`) one is enough.
    """
    mu = viscosity(strength, inputs.temperature, inputs, c)
    burden = c.mw_h2so4 / c.mw_cao * inputs.rock_rate * inputs.rock_cao
    unattacked = np.full_like(strength, START_UNATTACKED) if unattacked_start is None else unattacked_start
    replaced = np.zeros_like(strength)
    for _ in range(3 if unattacked_start is None else 1):
        _, dry = _dry_cake(inputs, unattacked, replaced, c)
        residence, slurry_liquor = residence_time(dry, inputs.solids, c)
        blind = blinding(inputs.free_sulfate, burden, slurry_liquor, c)
        unattacked = unattacked_share(inputs.rock_p80, inputs.temperature, mu, blind=blind, residence=residence, c=c)
    lattice = lattice_p2o5(strength, inputs.free_sulfate, inputs.temperature, residence, c)
    limit = stable_temperature(strength, inputs.free_sulfate, residence * MINUTES_PER_HOUR, c)
    alpha = cake_resistance(strength, residence, hemihydrate_share(inputs.temperature, limit, c), inputs, c)
    return Tank(unattacked, lattice, alpha, residence, limit)


def flows(inputs: Inputs, strength: Array, tank: Tank, c: Constants) -> Flows:
    """Return every flow at a P2O5 strength [% w/w] with the tank states as they are.

    P2O5, lime and sulfate close by construction; water closes only at the strength that `steady.solve` finds.
    """
    p = strength / 100.0
    rate, u = inputs.rock_rate, tank.unattacked
    replaced = replaced_share(tank.lattice, c)
    gypsum, dry = _dry_cake(inputs, u, replaced, c)
    lime = rate * inputs.rock_cao * (1.0 - u) / c.mw_cao
    state = filter_state(dry, tank.alpha, strength, inputs, c)

    p2o5 = rate * inputs.rock_p2o5
    lattice = lime * replaced * c.mw_half_p2o5
    washed = state.unwashed * (state.moisture / c.cake_liquor) ** c.moisture_power
    cake_liquor = dry * c.cake_liquor * washed
    unwashed = cake_liquor * p
    mechanical = c.mechanical_loss * p2o5
    in_product = p2o5 * (1.0 - u) - lattice - unwashed - mechanical
    product = in_product / p
    liquor = product + cake_liquor + mechanical / p

    reacted = lime * (1.0 - replaced) * c.mw_h2so4
    free = inputs.free_sulfate / 100.0
    acid = reacted + free * liquor
    fluorine = c.rock_fluorine * c.fluorine_bound * (1.0 - c.oxygen_per_fluorine + c.silica_per_fluorine)
    impurities = rate * ((inputs.rock_mgo + inputs.rock_al2o3 + inputs.rock_fe2o3) * (1.0 - u) + fluorine)
    water_share = 1.0 - p - free * (c.mw_h2so4 - c.mw_water) / c.mw_h2so4 - impurities / liquor

    wash = inputs.wash_ratio * dry
    warm = inputs.temperature - c.heat_reference
    carried = c.heat_capacity * (product + dry * (1.0 + state.moisture)) * warm
    evaporated = (c.heat_of_attack * acid - carried) / c.heat_of_evaporation
    water_in = wash + acid * (c.acid_water + c.mw_water / c.mw_h2so4) + rate * c.rock_moisture
    water_out = (
        lime * (2.0 + 0.5 * replaced) * c.mw_water
        + dry * state.moisture
        - cake_liquor * (1.0 - water_share)
        + evaporated
        + (product + mechanical / p) * water_share
    )
    return Flows(
        tank=tank, filter=state, gypsum=gypsum, dry_cake=dry, acid=acid, reacted_acid=reacted, wash=wash, evaporated=evaporated,
        p2o5_product=in_product, p2o5_unattacked=p2o5 * u, p2o5_lattice=lattice, p2o5_unwashed=unwashed,
        p2o5_mechanical=mechanical, product=product, liquor=liquor, impurities=impurities, water_open=water_in - water_out,
    )  # fmt: skip
