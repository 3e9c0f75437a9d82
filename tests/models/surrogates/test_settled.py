"""Formulas of settings, which count at once, and outcomes, which follow them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from workbench.models.surrogates.basis import Basis
from workbench.models.surrogates.lag import lagged
from workbench.models.surrogates.settled import SettledFormula
from workbench.models.surrogates.surrogate import fit_surrogate, variable_specs
from workbench.plant import Sheet, read_sheet

SHEET = """\
name: kiln
period: 1h
timezone: UTC
settings:
  fuel: {unit: t/h, low: 7, high: 12, max_step: 0.5}
  feed: {unit: t/h, low: 100, high: 180, max_step: 5}
conditions:
  price: {unit: "1"}
outcomes:
  clinker: {unit: t/h}
objective: {maximize: "FORMULA", unit: "1"}
"""
MEMORY = 0.6


def made(formula: str, history_of: Callable[..., Any], n: int = 3000) -> tuple[Sheet, Any]:
    """Settings held for some hours; clinker follows the feed alone, and wanders for days."""
    rng = np.random.default_rng(1)
    fuel, feed = (np.repeat(rng.normal(size=n // 10), 10) for _ in range(2))
    wander, steps = np.zeros(n), rng.normal(size=n)
    for i in range(1, n):
        wander[i] = 0.95 * wander[i - 1] + 0.1 * steps[i]
    fuel, feed = 9.5 + 0.3 * fuel, 138 + 4 * feed
    clinker = 0.6 * lagged(feed[:, None], np.arange(n), MEMORY)[:, 0] + wander
    sheet = read_sheet(SHEET.replace("FORMULA", formula), "kiln.yaml")
    columns = {"fuel": fuel, "feed": feed, "price": 1 + 0.01 * rng.normal(size=n), "clinker": clinker}
    return sheet, history_of(sheet, columns)


def effect_of(surrogate: Any, name: str, start: float, end: float) -> float:
    frame = surrogate.frame.head(1).select("fuel", "feed", "price")
    before, after = (frame.with_columns(**{name: np.array([at])}) for at in (start, end))
    rows = [surrogate.basis.design(f) for f in (before, after)]
    return float(surrogate.responses["@objective"].change(rows[1] - rows[0])[0][0])


@pytest.mark.parametrize(
    ("formula", "of_fuel", "of_feed"),
    [("40*clinker - 95*fuel", -95.0, 24.0), ("40*clinker - 1.2*fuel*clinker", -1.2 * 82.8, 0.6 * (40 - 1.2 * 9.5))],
)
def test_what_a_formula_says_of_settings_is_learned_as_it_says(
    formula: str, of_fuel: float, of_feed: float, history_of: Callable[..., Any]
) -> None:
    """The fuel counts at once, the clinker late: no lag of all settings at once fits both."""
    surrogate = fit_surrogate(*made(formula, history_of))
    assert surrogate.memories["@objective"][:2] == (MEMORY, MEMORY)
    assert effect_of(surrogate, "fuel", 9.3, 9.7) / 0.4 == pytest.approx(of_fuel, rel=0.03)
    assert effect_of(surrogate, "feed", 136, 140) / 4 == pytest.approx(of_feed, rel=0.03)


def test_only_formulas_of_outcomes_and_others_are_moved(history_of: Callable[..., Any]) -> None:
    for formula, is_moved in (("2*clinker", False), ("clinker - 2*fuel", True)):
        sheet, history = made(formula, history_of, n=200)
        basis = Basis.fit(variable_specs(sheet), history.usable)
        settled = SettledFormula.of(sheet, "@objective", basis, history.usable, np.arange(200))
        assert not settled.shift((0.0, 0.0, 0.0)).any()
        late = settled.shift((MEMORY, MEMORY, 0.0))
        fuel = history.usable["fuel"].to_numpy()
        expected = -2 * (lagged(fuel[:, None], np.arange(200), MEMORY)[:, 0] - fuel) if is_moved else np.zeros(200)
        assert late == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("formula", "of_fuel", "of_fuel_at_high_price"),
    [
        ("40*clinker - 95*fuel", -95.0, -95.0),
        ("40*clinker - 95*fuel*price", -95.0, -97.85),
        ("clinker*(40 - fuel)", "clinker", "clinker"),  # the outcome counts with its mean
        ("40*clinker", 0.0, 0.0),
        ("price - 95*fuel", 0.0, 0.0),  # no outcome: nothing is to be learned beside it
    ],
)
def test_a_formula_states_what_settings_do_by_themselves(
    formula: str, of_fuel: float | str, of_fuel_at_high_price: float | str, history_of: Callable[..., Any]
) -> None:
    sheet, history = made(formula, history_of, n=400)
    frame = history.usable
    basis = Basis.fit(variable_specs(sheet), frame)
    stated = SettledFormula.of(sheet, "@objective", basis, frame, np.arange(400)).stated(basis)
    for price, expected in ((1.0, of_fuel), (1.03, of_fuel_at_high_price)):
        ends = frame.head(2).with_columns(fuel=np.array([9.0, 10.0]), feed=138.0, price=price)
        moved = np.diff(basis.design(ends), axis=0)[0]
        mean = -float(frame["clinker"].to_numpy().mean())
        assert moved @ stated == pytest.approx(mean if expected == "clinker" else expected, rel=1e-3, abs=1e-6)


def test_what_costs_state_of_settings_is_taken_as_said(history_of: Callable[..., Any]) -> None:
    """Two costs in different units: 8 CNY/h of fuel a t/h, and 2 CNY of clinker."""
    sheet = read_sheet(
        SHEET.replace("timezone: UTC", "timezone: UTC\ncurrency: CNY\nhours_per_year: 8000").replace(
            'objective: {maximize: "FORMULA", unit: "1"}',
            "objective:\n  maximize: clinker\n  unit: t/h\n  value_per_unit: 100000\n"
            '  costs: [{formula: "8*fuel + 2*clinker", unit: CNY/h}, {formula: "0.002*feed", unit: kCNY/h}]',
        )
    )
    frame = made("40*clinker", history_of, n=400)[1].usable
    basis = Basis.fit(variable_specs(sheet), frame)
    stated = SettledFormula.of(sheet, "@cost", basis, frame, np.arange(400)).stated(basis)
    ends = frame.head(2).with_columns(fuel=np.array([9.0, 10.0]), feed=np.array([130.0, 140.0]), price=1.0)
    assert np.diff(basis.design(ends), axis=0)[0] @ stated == pytest.approx(8.0 + 2.0 * 10.0, rel=1e-3)


def test_fit_and_residuals_make_up_the_objective_that_states_a_price(history_of: Callable[..., Any]) -> None:
    sheet, history = made("40*clinker - 95*fuel", history_of, n=400)
    surrogate = fit_surrogate(sheet, history)
    response, rows = surrogate.responses["@objective"], surrogate.rows["@objective"]
    settled = SettledFormula.of(sheet, "@objective", surrogate.basis, surrogate.frame, surrogate.grid.positions)
    target = surrogate.frame["@objective"].to_numpy()[rows] + settled.shift(surrogate.memories["@objective"])[rows]
    assert response.n_outliers == 0
    assert response.fitted(response.design) + response.residuals == pytest.approx(target)
    assert response.coefficients == pytest.approx((response.mean + response.stated)[1 : 1 + response.n_terms] * response.scale)
    assert np.abs(response.stated).max() > 0.1
