"""Money per hour at a price set (own assumptions, in the order of 2018-20), and what a gain is worth at constant output."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from workbench.models.simulators.phosphoric_acid.inputs import Array

__all__ = [
    "HOURS_PER_YEAR",
    "MAIN",
    "PRICES_NOTE",
    "PRICE_SETS",
    "Prices",
    "Saving",
    "profit_per_hour",
    "profit_rate",
    "saving_at_constant_output",
    "yearly_savings",
]

HOURS_PER_YEAR = 7520.0  # [h] own assumption
STEAM_PER_WATER = 1.15  # [t/t] steam per water boiled off to 48 % P2O5, own assumption
STRENGTH_SOLD = 48.0  # [% P2O5] merchant acid after evaporation
BOND_INDEX = 14.0  # [kWh/t] work index of the rock, own assumption
FEED_P80 = 20000.0  # [um] rock before grinding, own assumption


@dataclass(frozen=True)
class Prices:
    """Prices, all own assumptions.

    Parameters
    ----------
    p2o5, rock, acid, gypsum : float
        P2O5 in acid, dry rock, H2SO4 (as 100 %), handling of dry gypsum [CNY/t].
    steam : float
        [CNY/t].
    power : float
        [CNY/kWh].
    water : float
        [CNY/t].
    """

    p2o5: float
    rock: float
    acid: float
    gypsum: float
    steam: float = 120.0
    power: float = 0.62
    water: float = 2.5


PRICE_SETS: dict[str, Prices] = {
    "main": Prices(3600.0, 480.0, 330.0, 40.0),
    "cheap inputs": Prices(3600.0, 400.0, 200.0, 25.0),
    "dear inputs": Prices(3600.0, 650.0, 500.0, 60.0),
}
MAIN = PRICE_SETS["main"]
PRICES_NOTE = (
    "; tonnes and money are one gain counted in several ways, never to be added; CNY per t of P2O5, rock, acid and gypsum: "
    + ", ".join(f"{name} {p.p2o5:g}/{p.rock:g}/{p.acid:g}/{p.gypsum:g}" for name, p in PRICE_SETS.items())
    + ", all own assumptions"
)


def profit_rate(
    *, p2o5: Array, rock: Array, acid: Array, gypsum: Array, wash: Array, strength: Array, p80: Array, prices: Prices = MAIN
) -> Array:
    """Margin over raw materials, energy and gypsum handling [CNY/h].

    Parameters
    ----------
    p2o5, rock, acid, gypsum, wash : array
        P2O5 in product, dry rock, H2SO4 (as 100 %), dry gypsum, wash water [t/h].
    strength : array
        Product before evaporation [% P2O5].
    p80 : array
        80 % of the ground rock is finer [um]; grinding after Bond 1952 (by memory).
    prices : Prices
        Price set.
    """
    boiled_off = p2o5 * (100.0 / strength - 100.0 / STRENGTH_SOLD)
    grinding = 10.0 * BOND_INDEX * (1.0 / np.sqrt(p80) - 1.0 / np.sqrt(FEED_P80)) * rock
    margin: Array = (
        prices.p2o5 * p2o5
        - prices.rock * rock
        - prices.acid * acid
        - prices.gypsum * gypsum
        - prices.steam * STEAM_PER_WATER * boiled_off
        - prices.power * grinding
        - prices.water * wash
    )
    return margin


def profit_per_hour(outcomes: pl.DataFrame, prices: Prices = MAIN) -> pl.Series:
    """Profit [CNY/h] of each row of `evaluate` at a price set."""
    rate = profit_rate(
        p2o5=outcomes["p2o5_made"].to_numpy(),
        rock=outcomes["rock_used"].to_numpy(),
        acid=outcomes["acid_used"].to_numpy(),
        gypsum=outcomes["gypsum_dry"].to_numpy(),
        wash=outcomes["wash_water"].to_numpy(),
        strength=outcomes["acid_strength"].to_numpy(),
        p80=outcomes["rock_p80_used"].to_numpy(),
        prices=prices,
    )
    return pl.Series("profit", rate)


@dataclass(frozen=True)
class Saving:
    """What `after` needs less than `before` for the same P2O5 of a year [t/y], and what it earns more as run [CNY/y]."""

    rock: float
    gypsum_dry: float
    acid: float
    profit: float


def saving_at_constant_output(before: pl.DataFrame, after: pl.DataFrame, prices: Prices = MAIN) -> Saving:
    """Return the yearly saving of `after` against `before` (both from `evaluate`) at the yearly P2O5 of `before`.

    Rock, gypsum and acid are compared per t of P2O5; profit is the plain difference at the same rock rate, and must not be
    added to the rock's worth: it is the same gain counted in another way.
    """

    def mean(frame: pl.DataFrame, name: str) -> float:
        return float(frame[name].to_numpy().mean())

    yearly = HOURS_PER_YEAR * mean(before, "p2o5_made")

    def saved(name: str) -> float:
        return yearly * (mean(before, name) / mean(before, "p2o5_made") - mean(after, name) / mean(after, "p2o5_made"))

    profit = float(profit_per_hour(after, prices).to_numpy().mean() - profit_per_hour(before, prices).to_numpy().mean())
    return Saving(saved("rock_used"), saved("gypsum_dry"), saved("acid_used"), profit * HOURS_PER_YEAR)


def yearly_savings(before: pl.DataFrame, after: pl.DataFrame) -> dict[str, float]:
    """Return rock and dry gypsum saved at constant output [t/year], and the money of the change as run at the other price sets.

    Parameters
    ----------
    before, after : polars.DataFrame
        Both from `evaluate`.
    """
    saving = saving_at_constant_output(before, after)
    tonnes = {"rock saved [t/year]": saving.rock, "gypsum saved [t/year]": saving.gypsum_dry}
    others = {name: prices for name, prices in PRICE_SETS.items() if prices is not MAIN}
    return tonnes | {
        f"money, {name} [M CNY/year]": saving_at_constant_output(before, after, prices).profit / 1e6
        for name, prices in others.items()
    }
