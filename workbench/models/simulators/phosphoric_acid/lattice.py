"""P2O5 that crystallises with the gypsum, HPO4 in the place of SO4 (equation 2)."""

from __future__ import annotations

import numpy as np

from workbench.models.simulators.phosphoric_acid.constants import Constants
from workbench.models.simulators.phosphoric_acid.inputs import Array

__all__ = ["REFERENCE_RESIDENCE", "lattice_p2o5", "replaced_share"]

REFERENCE_RESIDENCE = 4.5  # [h] of the own numbers for lattice and filter cake
SULFATE_FLOOR = 0.3  # [% w/w] below it the plant would have lost its sulfate: the law is not followed further


def lattice_p2o5(strength: Array, free_sulfate: Array, temperature: Array, residence: Array, c: Constants) -> Array:
    """P2O5 in the gypsum lattice [% w/w of gypsum]; own numbers, signs from Abutayeh & Campbell 2008.

    Parameters
    ----------
    strength : array
        P2O5 in the filtrate, 20 to 40 [% w/w].
    free_sulfate : array
        Free H2SO4 in the filtrate, 0.3 to 4 [% w/w].
    temperature : array
        Attack tank [C].
    residence : array
        Mean residence time [h].
    c : Constants
        Constants of the model.
    """
    sulfate = np.maximum(free_sulfate, SULFATE_FLOOR) / 2.0
    warm = np.exp(c.lattice_temperature * (temperature - 75.0))
    slow = 1.0 + c.lattice_residence * (REFERENCE_RESIDENCE / residence - 1.0)
    content: Array = c.lattice_p2o5 * (strength / 28.0) * sulfate**c.lattice_sulfate_power * warm * slow
    return content


def replaced_share(lattice: Array, c: Constants) -> Array:
    """Mole share of the sulfate that phosphate replaces [-], from the P2O5 content of the gypsum [% w/w]."""
    gypsum = c.mw_cao + c.mw_h2so4 + c.mw_water  # CaO + SO3 + 2 H2O
    share: Array = lattice / 100.0 * gypsum / c.mw_half_p2o5
    return share
