"""The filter: liquor viscosity, cake resistance, how full a turn is, what the wash leaves behind (equation 5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.models.simulators.phosphoric_acid.constants import Constants
from workbench.models.simulators.phosphoric_acid.inputs import Array, Inputs
from workbench.models.simulators.phosphoric_acid.lattice import REFERENCE_RESIDENCE

__all__ = ["FilterState", "cake_resistance", "filter_state", "filter_temperature", "viscosity"]

FILTRATE_DENSITY = 1270.0  # [kg/m3] own assumption, equation 5
SECONDS_PER_MINUTE = 60.0


@dataclass(frozen=True)
class FilterState:
    """Dry cake load [kg/m2], utilisation of a turn [-], share of the cake liquor left by the wash [-], moisture [kg/kg]."""

    load: Array
    utilisation: Array
    unwashed: Array
    moisture: Array


def filter_temperature(inputs: Inputs, c: Constants) -> Array:
    """Slurry temperature on the filter [C], own assumption."""
    cold: Array = inputs.temperature - c.filter_cooling + c.filter_ambient * (inputs.ambient - 20.0)
    return cold


def viscosity(strength: Array, temperature: Array, inputs: Inputs, c: Constants) -> Array:
    """Viscosity of the liquor [Pa s], own assumption.

    Parameters
    ----------
    strength : array
        P2O5 in the liquor [% w/w].
    temperature : array
        Of the liquor where it flows [C].
    inputs : Inputs
        Settings and conditions.
    c : Constants
        Constants of the model.
    """
    clean = c.viscosity_base * np.exp(c.viscosity_strength * (strength - 28.0) + c.viscosity_temperature * (temperature - 75.0))
    impure = (
        1.0
        + c.viscosity_magnesia * (inputs.rock_mgo - 0.010)
        + c.viscosity_sesquioxides * (inputs.rock_al2o3 + inputs.rock_fe2o3 - 0.018)
    )
    result: Array = clean * impure
    return result


def cake_resistance(strength: Array, residence: Array, hemihydrate: Array, inputs: Inputs, c: Constants) -> Array:
    """Specific resistance of the crystals as they grow, cloth apart [m/kg], own assumption.

    Parameters
    ----------
    strength : array
        P2O5 in the liquor [% w/w].
    residence : array
        Mean residence time [h].
    hemihydrate : array
        Share of hemihydrate in the gypsum [-].
    inputs : Inputs
        Settings and conditions.
    c : Constants
        Constants of the model.
    """
    best = c.sulfate_best + c.sulfate_best_magnesia * (inputs.rock_mgo - 0.010)
    alpha: Array = (
        c.alpha_base
        * (1.0 + c.alpha_sulfate * (inputs.free_sulfate - best) ** 2)
        * np.exp(
            c.alpha_temperature * (inputs.temperature - 75.0)
            + c.alpha_strength * (strength - 28.0)
            + c.alpha_solids * (inputs.solids - 31.0)
        )
        * (REFERENCE_RESIDENCE / residence) ** c.alpha_residence
        * (1.0 + c.alpha_magnesia * np.maximum(inputs.rock_mgo - 0.010, 0.0))
        * (1.0 + c.alpha_hemihydrate * hemihydrate)
        * (160.0 / inputs.rock_p80) ** c.alpha_grain
    )
    return alpha


def filter_state(dry_cake: Array, alpha: Array, strength: Array, inputs: Inputs, c: Constants) -> FilterState:
    """Return how the filter copes with the cake: Ruth's law for forming and washing, exponential wash curve.

    Parameters
    ----------
    dry_cake : array
        Dry cake made [t/h].
    alpha : array
        Resistance of the crystals [m/kg]; the ageing cloth adds to it.
    strength : array
        P2O5 in the liquor [% w/w].
    inputs : Inputs
        Settings and conditions.
    c : Constants
        Constants of the model.
    """
    resistance = alpha * (1.0 + c.cloth_rise * (inputs.cloth_age / c.cloth_life - 0.5))  # alpha_base is a cloth at mid-life
    mu = viscosity(strength, filter_temperature(inputs, c), inputs, c)
    load = dry_cake * 1000.0 / 60.0 / (c.filter_area * inputs.filter_speed)
    drag = mu * resistance * load / (inputs.vacuum * 1000.0)
    t_form = drag * 0.5 * load * (100.0 / inputs.solids - c.feed_hold) / FILTRATE_DENSITY
    t_wash = drag * load * inputs.wash_ratio / 1000.0
    turn = c.cycle_share * SECONDS_PER_MINUTE / inputs.filter_speed
    utilisation = (t_form + t_wash + c.cycle_dead) / turn
    overload = c.overload_width * np.logaddexp(0.0, (utilisation - 1.0) / c.overload_width)
    efficiency = c.wash_efficiency * (1.0 - np.exp(-load / c.wash_thickness)) * np.exp(-c.overload_wash * overload)
    unwashed = (1.0 - efficiency) ** (inputs.wash_ratio / c.cake_liquor)
    moisture = c.moisture_base + c.moisture_alpha * np.log2(resistance / c.alpha_base) + c.moisture_overload * overload
    return FilterState(load, utilisation, unwashed, moisture)
