"""What a trial costs if its promise is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.records import Money
from workbench.trials.cost import trial_cost

MONEY = Money(currency="EUR", expected=800_000.0, low=100_000.0, high=1_500_000.0)


def test_minus_the_promise_by_hand():
    cost = trial_cost(MONEY, 8000.0, proposed_hours=240.0)
    assert cost.high == pytest.approx(800_000 / 8000 * 240)
    assert cost.currency == "EUR"


def test_the_mean_loss_where_the_gain_is_below_zero():
    """By numerical integration of the normal distribution with the promise's mean and interval."""
    import numpy as np

    sd = 1_400_000 / (2 * 1.6448536269514722)
    x = np.linspace(-3e6, 0.0, 300_001)
    density = np.exp(-0.5 * ((x - 800_000) / sd) ** 2)
    mean_loss = -float((x * density).sum() / density.sum())
    assert trial_cost(MONEY, 8000.0, 240.0).expected == pytest.approx(mean_loss / 8000 * 240, rel=1e-3)


def test_without_money_there_is_no_figure():
    cost = trial_cost(None, 8000.0, 240.0)
    assert (cost.currency, cost.expected, cost.high) == (None, None, None)
    assert "does not say what a unit of the objective is worth" in cost.note


@given(hours=st.floats(0, 2000), factor=st.floats(0.1, 10))
def test_cost_is_linear_in_hours_and_price(hours, factor):
    one = trial_cost(MONEY, 8000.0, hours)
    money = Money(currency="EUR", expected=8e5 * factor, low=1e5 * factor, high=1.5e6 * factor)
    many = trial_cost(money, 8000.0, 2 * hours)
    assert many.high == pytest.approx(2 * factor * one.high)
    assert many.expected == pytest.approx(2 * factor * one.expected, rel=1e-6)
