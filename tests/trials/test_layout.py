"""Which periods count, and how much of a first-order effect is in them; numbers by hand from 1 - exp(-t / tau)."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.trials.layout import lay_out, response_between

DAY = datetime(2026, 1, 5)  # noqa: DTZ001  plant time
AT_ONCE = [(0.0, 1.0)]


def _layout(n=4, block=24, settling=0.0, washout=0.0, period=1.0, start=DAY, ramp=AT_ONCE):
    moments = [start + timedelta(hours=k * block) for k in range(n + 1)]
    return lay_out(moments, DAY, period, settling_hours=settling, washout_hours=washout, ramp=ramp)


def test_periods_count_that_lie_wholly_after_the_washout():
    layout = _layout(washout=5.5)
    assert (layout.first[:2].tolist(), layout.last[:2].tolist()) == ([6, 30], [24, 48])


def test_a_start_inside_a_period_costs_its_ends():
    layout = _layout(n=2, block=48, period=24.0, start=DAY + timedelta(hours=8))
    assert (layout.first.tolist(), layout.last.tolist()) == ([1, 3], [2, 4])
    assert _layout(n=2, block=24, period=24.0, start=DAY + timedelta(hours=8)).is_possible is False


def test_an_effect_at_once_loses_nothing():
    layout = _layout()
    assert np.allclose(layout.kept, np.eye(4))
    assert layout.bias() == pytest.approx(0.0)


def test_the_mean_of_a_first_order_response():
    tau, t = 2.0, 24.0
    expected = 1.0 - tau / t * (1.0 - math.exp(-t / tau))
    got = response_between(np.array(0.0), np.array(t), np.array(0.0), 3.0 * tau, AT_ONCE)
    assert float(got) == pytest.approx(expected)
    assert float(response_between(np.array(0.0), np.array(1.0), np.array(5.0), 6.0, AT_ONCE)) == 0.0


def test_carry_over_of_a_pair_by_hand():
    """Block of 24 h, tau 2 h: the proposed block lacks m = tau/T (1 - e^-12); what it leaves in the next one is as much."""
    m = 2.0 / 24.0 * (1.0 - math.exp(-12.0))
    first_way, other_way = (1.0 - m) - m, (1.0 - m) - 0.0
    assert _layout(settling=6.0).bias() == pytest.approx(1.0 - 0.5 * (first_way + other_way), abs=1e-6)


def test_bias_is_what_simulated_orders_lose():
    layout = _layout(n=14, block=12, settling=9.0)
    rng = np.random.default_rng(0)
    means = []
    for _ in range(4000):
        first = rng.integers(0, 2, 7).astype(bool)
        order = np.column_stack([first, ~first]).ravel()
        effect = layout.kept @ order
        differences = (effect[0::2] - effect[1::2]) * np.where(first, 1, -1)
        means.append(differences.mean())
    assert layout.bias() == pytest.approx(1.0 - np.mean(means), abs=0.005)


def first_order(order: np.ndarray, lengths: list[int], tau: float) -> np.ndarray:
    """Mean in each block of an effect of 1 that follows the order with time constant `tau` [h], stepped through in minutes."""
    level, means = 0.0, []
    for is_proposed, hours in zip(order, lengths, strict=True):
        values = []
        for _ in range(60 * hours):
            level += (is_proposed - level) * (1.0 - math.exp(-1.0 / 60.0 / tau))
            values.append(level)
        means.append(np.mean(values))
    return np.array(means)


def test_blocks_of_unequal_length_lose_what_a_simulated_response_does():
    """Days of 8 h and nights of 16 h: the mean over all orders is the bias, and each order loses its own share."""
    lengths, tau = [8, 16] * 4, 1 / 3
    moments = [DAY + timedelta(hours=float(h)) for h in np.cumsum([0, *lengths])]
    layout = lay_out(moments, DAY, 1.0, settling_hours=3.0 * tau, washout_hours=0.0, ramp=AT_ONCE)
    shares = []
    for number in range(2**4):
        first = np.array([number >> k & 1 for k in range(4)], dtype=bool)
        order = np.column_stack([first, ~first]).ravel()
        means = first_order(order, lengths, tau)
        shares.append(1.0 - float(means[order].mean() - means[~order].mean()))
        assert layout.lost_in(order.tolist()) == pytest.approx(shares[-1], abs=0.002)
    assert layout.bias() == pytest.approx(np.mean(shares), abs=0.002)
    assert layout.bias() == pytest.approx(0.5 * (tau / 8 + 2 * tau / 16), abs=1e-3)  # 4.2 %
    assert max(shares) > 0.058  # changing at every block, as much as tau / 8 + tau / 16 but for the first


def test_a_ramp_delays_the_effect():
    ramp = [(0.0, 0.5), (4.0, 0.5)]
    assert _layout(ramp=ramp).kept[0, 0] == pytest.approx(1.0 - 0.5 * 4.0 / 24.0)


@given(settling=st.floats(0.0, 48.0), washout=st.integers(0, 22), block=st.sampled_from([24, 48, 72]))
def test_a_longer_washout_never_loses_more(settling, washout, block):
    short, long = (_layout(block=block, settling=settling, washout=float(w)).bias() for w in (washout, washout + 1))
    assert -1e-9 <= long <= short + 1e-9 <= 1.0 + 1e-9


def test_cut_keeps_the_first_blocks():
    layout = _layout(n=6).cut(2)
    assert layout.n_blocks == 2
    assert layout.kept.shape == (2, 2)
