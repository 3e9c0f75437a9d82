"""How much rock leaves the attack tank unattacked: grains that shrink linearly in one stirred tank (equation 1)."""

from __future__ import annotations

import functools
import math

import numpy as np

from workbench.models.simulators.phosphoric_acid.constants import Constants
from workbench.models.simulators.phosphoric_acid.inputs import Array

__all__ = ["blinding", "grain_moments", "unattacked_share", "unattacked_single"]

N_NODES = 40  # equal-mass grain sizes of the Rosin-Rammler distribution
N_TERMS = 10  # of the series; its terms fall like 6 x^k/(k+3)!, 10 are exact to 1e-11 for x up to 0.3, ten times the usual
GRAIN_REFERENCE = 160.0  # [um] grain to which `attack_minutes` belongs
VISCOSITY_REFERENCE = 2.4e-3  # [Pa s] liquor to which `attack_minutes` belongs
GAS_CONSTANT = 0.008314  # [kJ/(mol K)]
KELVIN = 273.15  # [K] at 0 C
TEMPERATURE_REFERENCE = 348.15  # [K] 75 C


def unattacked_single(residence_per_dissolution: Array) -> Array:
    """Unattacked share of one grain size [-], Levenspiel ch. 25 (book, by memory).

    Parameters
    ----------
    residence_per_dissolution : array
        Mean residence time over the time to dissolve the grain, f, above 0 [-].
    """
    f = residence_per_dissolution
    share: Array = 1 - 3 * f + 6 * f**2 - 6 * f**3 * (1 - np.exp(-1 / f))
    return share


@functools.lru_cache(maxsize=8)
def grain_moments(spread: float) -> tuple[float, ...]:
    """Mean of (d/P80)^k over the grains, k = 1..`N_TERMS` [-]; a grain size d has equal mass with each other one."""
    undersize = (np.arange(N_NODES) + 0.5) / N_NODES
    relative = (-np.log1p(-undersize) / math.log(5.0)) ** (1 / spread)  # 80 % pass P80, so R(P80) = 1/5
    return tuple(float(np.mean(relative**k)) for k in range(1, N_TERMS + 1))


def blinding(free_sulfate: Array, sulfate_burden: Array, liquor: Array, c: Constants) -> Array:
    """Factor on the dissolution time by gypsum growing on the grains [-], own assumption.

    Parameters
    ----------
    free_sulfate : array
        Free H2SO4 in the filtrate [% w/w].
    sulfate_burden : array
        H2SO4 that the rock's lime takes [t/h].
    liquor : array
        Liquor that leaves with the slurry [t/h]; recirculation dilutes the acid inlet.
    c : Constants
        Constants of the model.
    """
    local = free_sulfate + 100.0 * sulfate_burden / (liquor * c.recirculation)
    factor: Array = 1.0 + (local / c.blinding_sulfate) ** c.blinding_power
    return factor


def unattacked_share(
    p80: Array, temperature: Array, viscosity: Array, *, blind: Array, residence: Array, c: Constants
) -> Array:
    """Share of the rock that leaves unattacked [t/t].

    Parameters
    ----------
    p80 : array
        80 % of the rock is finer [um].
    temperature : array
        Attack tank [C].
    viscosity : array
        Liquor in the tank [Pa s].
    blind : array
        Factor of `blinding` [-].
    residence : array
        Mean residence time in the tank [h].
    c : Constants
        Constants of the model.
    """
    arrhenius = np.exp(-c.attack_energy / GAS_CONSTANT * (1 / (temperature + KELVIN) - 1 / TEMPERATURE_REFERENCE))
    speed = arrhenius * np.sqrt(VISCOSITY_REFERENCE / viscosity)
    x: Array = c.attack_minutes / 60.0 * (p80 / GRAIN_REFERENCE) * blind / speed / residence
    share: Array = np.zeros_like(x)
    for k, moment in reversed(list(enumerate(grain_moments(c.particle_spread), start=1))):
        share = x * ((-1.0) ** (k + 1) * 6.0 / math.factorial(k + 3) * moment + share)
    return share
