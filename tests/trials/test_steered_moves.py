"""A gain that changes with conditions, where people choose by them: what the hours did is not credited to the choice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from workbench.loaders import records_from_frame
from workbench.plant import read_sheet
from workbench.trials.moves import axes_of, coded
from workbench.trials.seen import read_seen

STATION = """\
name: station
period: 1h
settings:
  pumps: {choices: [one, two]}
  pressure: {unit: bar, low: 6, high: 8, max_step: 0.4}
conditions:
  demand: {unit: m3/min}
  price: {unit: EUR/kWh}
outcomes:
  power: {unit: kW}
objective: {minimize: power*price}
"""
NOW = {"pumps": "two", "pressure": 7.0}


def _power(demand, is_two, pressure):
    """Two pumps save by day and waste by night."""
    return 60.0 + 4.0 * demand + 0.05 * demand**2 + is_two * (40.0 - 1.5 * demand) + 30.0 * (pressure - 7.0)


@pytest.mark.parametrize("seed", range(3))
def test_the_interval_holds_where_a_choice_follows_the_hour(seed):
    """Two pumps run mostly by day, when demand and price are high; the price of power is a product."""
    rng = np.random.default_rng(seed)
    n = 2400
    is_day = (np.arange(n) % 24 >= 8) & (np.arange(n) % 24 < 20)
    demand, price = np.where(is_day, 50.0, 20.0) * np.exp(0.15 * rng.normal(size=n)), np.where(is_day, 0.24, 0.13)
    is_two = np.repeat(rng.random(n // 8) < np.where(is_day[::8], 0.7, 0.3), 8)
    pressure = 7.0 + 0.2 * np.repeat(rng.integers(-1, 2, size=n // 48), 48)
    power = _power(demand, is_two, pressure) + 5.0 * rng.normal(size=n)
    sheet = read_sheet(STATION, "station.yaml")
    frame = pl.DataFrame(
        {
            "time": [datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=at) for at in range(n)],
            "pumps": np.where(is_two, "two", "one"),
            "pressure": pressure,
            "demand": demand,
            "price": price,
            "power": power,
        }
    )
    axes = axes_of(sheet)
    seen = read_seen(sheet, axes, records_from_frame(sheet, frame, "by hand"))
    belief = seen.belief(seen.outcome, NOW)
    [origin] = coded(axes, [NOW], NOW)
    for there in ({"pumps": "one"}, {"pressure": 6.8}, {"pumps": "one", "pressure": 7.2}):
        then = NOW | there
        [move] = coded(axes, [then], NOW)
        low, high = belief.quantiles(move, origin, [0.005, 0.995])
        saved = _power(demand, 1.0, NOW["pressure"]) - _power(demand, then["pumps"] == "two", then["pressure"])
        assert low <= float(np.mean(price * saved)) <= high, there
