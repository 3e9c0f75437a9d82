"""Every number of the plant model with its unit, mark and source.

Marks: S read in the public source named beside it; B from a book or paper, by memory; M mathematics or molar masses;
O own assumption - never to be shown as literature. A constant can be replaced (`dataclasses.replace`) to see how much of a
result rests on it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import polars as pl

__all__ = ["CONSTANTS", "Constants", "constants_table"]


def _c(value: float, unit: str, mark: str, source: str) -> float:
    """Return a dataclass field with its provenance (typed as the float that it holds)."""
    made: float = field(default=value, metadata={"unit": unit, "mark": mark, "source": source})
    return made


_ATTACK = "Brahim, Mgaidi, Elmaaoui 1999, doi 10.1002/cjce.5450770123; model of van der Sluis"
_LATTICE = "own number; sign and mechanism: Abutayeh & Campbell, AIChE 2008, 190a; Messnaoui et al. 2012, Procedia Eng. 46:134"
_STABLE = "Negishi, Okura, Sekiya 2007, J. Soc. Inorg. Mat. Japan 14:294"
_STABLE_TIME = "Negishi 1983, Nippon Kagaku Kaishi 1983(4):507"
_KOZENY = "own number; 0.2-0.8e9 m/kg is what Kozeny-Carman gives for 20-40 um crystals"


@dataclass(frozen=True)
class Constants:
    """The constants of the model; `constants_table` lists unit, mark and source of each."""

    # molar masses; SO3 is taken as H2SO4 minus H2O so that every balance closes exactly
    mw_cao: float = _c(56.08, "g/mol", "M", "atomic masses")
    mw_h2so4: float = _c(98.08, "g/mol", "M", "atomic masses")
    mw_water: float = _c(18.015, "g/mol", "M", "atomic masses")
    mw_half_p2o5: float = _c(70.97, "g/mol", "M", "atomic masses, half a P2O5")
    silica_per_fluorine: float = _c(0.527, "t SiO2/t F", "M", "SiF6: 60.08/(6*19.00)")
    oxygen_per_fluorine: float = _c(0.4211, "t O/t F", "M", "16.00/(2*19.00): oxide assays count CaF2 as CaO")
    # plant
    tank_volume: float = _c(900.0, "m3", "O", "single attack tank")
    filter_area: float = _c(125.0, "m2", "O", "tilting pan; 3.5 t P2O5/m2/d")
    recirculation: float = _c(30.0, "x feed", "O", "slurry recirculation")
    solid_density: float = _c(2.32, "t/m3", "B", "gypsum")
    liquor_density: float = _c(1.27, "t/m3", "O", "28 % P2O5 filtrate")
    rock_moisture: float = _c(0.025, "t/t dry rock", "O", "with it the base case makes 28 % P2O5")
    acid_water: float = _c(0.0204, "t/t H2SO4", "M", "98 % acid: 0.02/0.98")
    rock_fluorine: float = _c(0.030, "t/t rock", "O", "test assay sums to 0.965 with it")
    # attack
    particle_spread: float = _c(1.1, "-", "O", "Rosin-Rammler exponent of the ground rock")
    attack_minutes: float = _c(9.0, "min", "O", "time to dissolve a 160 um grain at 75 C, no blinding")
    attack_energy: float = _c(14.0, "kJ/mol", "S", _ATTACK)
    blinding_sulfate: float = _c(3.3, "% w/w", "O", "own number; sign: Becker 1983/89 (book, by memory)")
    blinding_power: float = _c(4.0, "-", "O", "own number; sign: Becker 1983/89 (book, by memory)")
    # lattice loss
    lattice_p2o5: float = _c(0.50, "% P2O5 in gypsum", "O", _LATTICE)
    lattice_sulfate_power: float = _c(-0.8, "-", "O", _LATTICE)
    lattice_temperature: float = _c(0.012, "1/K", "O", _LATTICE)
    lattice_residence: float = _c(0.1, "-", "O", _LATTICE)
    # filter
    alpha_base: float = _c(0.66e9, "m/kg", "O", _KOZENY)
    alpha_sulfate: float = _c(0.40, "1/(% w/w)^2", "O", "own assumption")
    sulfate_best: float = _c(2.2, "% w/w", "O", "sulfate of the best crystals at 1 % MgO")
    sulfate_best_magnesia: float = _c(40.0, "% w/w per t/t", "O", "makes the best sulfate depend on the rock")
    alpha_temperature: float = _c(-0.025, "1/K", "O", "own assumption")
    alpha_strength: float = _c(0.08, "1/% P2O5", "O", "own assumption")
    alpha_solids: float = _c(0.06, "1/% solids", "O", "own assumption")
    alpha_residence: float = _c(0.35, "-", "O", "own assumption")
    alpha_magnesia: float = _c(20.0, "1/(t/t)", "O", "own assumption")
    alpha_hemihydrate: float = _c(6.0, "-", "O", "own assumption")
    alpha_grain: float = _c(0.25, "-", "O", "own assumption")
    cloth_rise: float = _c(0.15, "-", "O", "rise of the resistance over one cloth life")
    cloth_life: float = _c(20.0, "d", "O", "own assumption")
    viscosity_base: float = _c(2.4e-3, "Pa s", "O", "28 % P2O5, 75 C; Moroccan acid rheology: Indian Chem. Eng. 2022")
    viscosity_strength: float = _c(0.055, "1/% P2O5", "O", "own assumption")
    viscosity_temperature: float = _c(-0.018, "1/K", "O", "own assumption")
    viscosity_magnesia: float = _c(12.0, "1/(t/t)", "O", "own assumption")
    viscosity_sesquioxides: float = _c(4.0, "1/(t/t)", "O", "own assumption")
    filter_cooling: float = _c(12.0, "K", "O", "slurry on the filter is that much colder than the tank at 20 C outside")
    filter_ambient: float = _c(0.10, "K/K", "O", "share of the outside temperature seen on the filter")
    cycle_share: float = _c(0.8, "-", "O", "share of a filter turn under vacuum")
    cycle_dead: float = _c(8.0, "s", "O", "switching time of a turn")
    cake_liquor: float = _c(0.52, "kg/kg dry cake", "O", "liquor held by the cake before washing")
    feed_hold: float = _c(1.55, "kg/kg dry cake", "O", "solids and held liquor, not filtered while the cake forms")
    wash_efficiency: float = _c(0.86, "-", "O", "own number; form: Choudhury & Dahlstrom 1957 (by memory)")
    wash_thickness: float = _c(9.0, "kg/m2", "O", "thin cakes crack")
    overload_wash: float = _c(0.25, "-", "O", "own assumption")
    overload_width: float = _c(0.07, "-", "O", "softness of the overload")
    moisture_base: float = _c(0.33, "kg/kg dry cake", "O", "final cake moisture")
    moisture_alpha: float = _c(0.03, "kg/kg dry cake", "O", "per doubling of the resistance above alpha_base")
    moisture_overload: float = _c(0.10, "kg/kg dry cake", "O", "per unit of utilisation above 1")
    moisture_power: float = _c(0.3, "-", "O", "own assumption")
    mechanical_loss: float = _c(0.004, "t/t P2O5 in rock", "O", "spills, scale, entrainment")
    # cake and heat
    unattacked_mass: float = _c(0.92, "t/t rock", "O", "mass of unattacked rock beside its insolubles")
    insoluble_other: float = _c(0.012, "t/t rock", "O", "insolubles that are not silica")
    fluorine_bound: float = _c(0.5, "t/t F", "O", "share of the fluorine that carries silica as SiF6")
    heat_of_attack: float = _c(1.02, "GJ/t H2SO4", "O", "own assumption")
    heat_capacity: float = _c(0.0030, "GJ/(t K)", "O", "own assumption")
    heat_reference: float = _c(45.0, "C", "O", "own assumption")
    heat_of_evaporation: float = _c(2.35, "GJ/t", "B", "water at 75-80 C")
    # phase limit
    stable_intercept: float = _c(112.4, "C", "S", _STABLE)
    stable_factor: float = _c(4.314, "C", "S", _STABLE)
    stable_exponent: float = _c(0.04601, "1/% P2O5", "S", _STABLE)
    stable_time_factor: float = _c(1.362e-10, "-", "S", _STABLE_TIME)
    stable_time_power: float = _c(5.093, "-", "S", _STABLE_TIME)
    stable_time_offset: float = _c(0.0141, "-", "S", _STABLE_TIME)
    stable_sulfate: float = _c(1.08, "% P2O5 per % H2SO4", "O", "ratio of the exponents; mixed acid is our extrapolation")
    hemihydrate_width: float = _c(1.2, "K", "O", "own assumption")


CONSTANTS = Constants()


def constants_table() -> pl.DataFrame:
    """Constants as a table: `name`, `value`, `unit`, `mark`, `source`, one row each."""
    rows = [{"name": f.name, "value": getattr(CONSTANTS, f.name), **dict(f.metadata)} for f in fields(Constants)]
    words = ("unit", "mark", "source")
    return pl.DataFrame(rows, schema={"name": pl.String(), "value": pl.Float64(), **dict.fromkeys(words, pl.String())})
