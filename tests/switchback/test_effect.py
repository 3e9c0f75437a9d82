"""The effect: by hand, what always holds, and that the test is exact."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.switchback.effect import make_pairs, p_value_of, switchback_effect
from workbench.switchback.orders import draw_order


def simulated(seed: int, n_pairs: int = 8, effect: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    arms = draw_order(2 * n_pairs, int(rng.integers(2**31)))
    return rng.normal(size=2 * n_pairs) + effect * arms, arms


def test_by_hand():
    """Differences proposed less present 1, 2, 3 and -1, scale 1.4826 x 1.5, no outlier: sum 5.

    Of the 16 orders three reach a sum of 5: no pair turned, the one of -1 turned (7), those of 1 and -1 turned (5). The
    estimate is the mean, 1.25.
    """
    arms = np.array([True, False, True, False, False, True, True, False])
    outcome = np.array([11.0, 10.0, 12.0, 10.0, 10.0, 13.0, 9.0, 10.0])
    effect = switchback_effect(outcome, arms)
    assert effect.p_value == 3 / 16
    assert effect.estimate == pytest.approx(1.25)
    assert effect.n_orders == 16
    assert effect.blocks_used == 8
    assert effect.low == -np.inf  # 1/16 is above 5 %: no order is rare enough for an interval
    assert effect.high == np.inf


def test_interval_by_hand():
    """Seven equal differences of 1: any effect other than 1 is rejected at 1/128."""
    effect = switchback_effect(np.array([1.0, 0.0] * 7), np.array([True, False] * 7))
    assert effect.p_value == 1 / 128
    assert effect.estimate == pytest.approx(1.0)
    assert effect.low == pytest.approx(1.0)
    assert effect.high == pytest.approx(1.0)


def test_no_difference_at_all_is_no_evidence():
    assert switchback_effect(np.zeros(16), draw_order(16, 0)).p_value == 1.0


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), shift=st.floats(-5, 5), scale=st.floats(0.1, 10), level=st.floats(-100, 100))
def test_an_effect_shifts_the_interval_and_a_unit_scales_it(seed, shift, scale, level):
    outcome, arms = simulated(seed)
    plain = switchback_effect(outcome, arms)
    moved = switchback_effect(scale * (outcome + shift * arms) + level, arms)
    for end in ("low", "estimate", "high"):
        assert getattr(moved, end) == pytest.approx(scale * (getattr(plain, end) + shift), abs=1e-6 * scale * (10 + abs(level)))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_interval_is_what_the_test_does_not_reject(seed):
    outcome, arms = simulated(seed)
    effect = switchback_effect(outcome, arms)
    assert effect.low <= effect.estimate <= effect.high
    bit = 1e-6

    def p_value(effect, sign=1.0):
        return p_value_of(make_pairs(sign * (outcome - effect * arms), arms))

    assert p_value(effect.low - bit) <= 0.05 < p_value(effect.low + bit)
    assert p_value(effect.high + bit, -1.0) <= 0.05 < p_value(effect.high - bit, -1.0)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_turning_the_arms_turns_the_effect(seed):
    outcome, arms = simulated(seed)
    one, other = switchback_effect(outcome, arms), switchback_effect(outcome, ~arms)
    assert other.estimate == pytest.approx(-one.estimate, abs=1e-9)
    assert other.low == pytest.approx(-one.high, abs=1e-9)


@pytest.mark.parametrize("covariates", [None, 2])
def test_the_test_is_exact_over_all_orders(covariates):
    """Whatever the outcomes are: over the 256 orders of 8 pairs p is at most a in at most a of them, in 12 of 256 at 5 %."""
    rng = np.random.default_rng(5)
    outcome = np.cumsum(rng.normal(size=16)) + 8.0 * (np.arange(16) > 6)  # drifting, with a step inside a pair
    known = None if covariates is None else rng.normal(size=(16, covariates))
    p_values = []
    for first in itertools.product([True, False], repeat=8):
        arms = np.array([arm for one in first for arm in (one, not one)])
        p_values.append(p_value_of(make_pairs(outcome, arms, known)))
    for alpha in (1 / 256, 0.01, 0.05, 0.1, 0.5):
        assert np.mean(np.array(p_values) <= alpha) <= alpha
    assert np.sum(np.array(p_values) <= 0.05) == 12


def test_the_estimate_is_unbiased_over_all_orders():
    rng = np.random.default_rng(6)
    outcome = np.cumsum(rng.normal(size=12))
    known = rng.normal(size=(12, 3))
    estimates = []
    for first in itertools.product([True, False], repeat=6):
        arms = np.array([arm for one in first for arm in (one, not one)])
        estimates.append(switchback_effect(outcome + 2.0 * arms, arms, known).estimate)
    assert np.mean(estimates) == pytest.approx(2.0, abs=1e-6)


def test_a_lost_block_takes_its_pair_along():
    outcome, arms = simulated(3)
    lost = outcome.copy()
    lost[5] = np.nan
    kept = [0, 1, 2, 3, *range(6, 16)]
    assert switchback_effect(lost, arms) == switchback_effect(outcome[kept], arms[kept])


def test_nothing_left_is_no_effect():
    effect = switchback_effect(np.full(4, np.nan), np.array([True, False, False, True]))
    assert np.isnan(effect.estimate)
    assert (effect.p_value, effect.blocks_used, effect.low, effect.high) == (1.0, 0, -np.inf, np.inf)


def test_one_disturbed_pair_does_not_decide():
    outcome, arms = simulated(1, effect=2.0)
    quiet = switchback_effect(outcome, arms)
    outcome[6] += 100.0
    assert abs(switchback_effect(outcome, arms).estimate - quiet.estimate) < 1.0


def test_a_covariate_narrows_the_interval():
    rng = np.random.default_rng(2)
    arms = draw_order(24, 2)
    feed = rng.normal(size=24)
    outcome = 3.0 * feed + 0.3 * rng.normal(size=24) + 1.0 * arms
    plain, known = switchback_effect(outcome, arms), switchback_effect(outcome, arms, feed[:, None])
    assert known.high - known.low < 0.4 * (plain.high - plain.low)
    assert known.low < 1.0 < known.high


def test_a_covariate_that_says_nothing_changes_nothing():
    outcome, arms = simulated(4)
    plain = switchback_effect(outcome, arms)
    for useless in (np.full((16, 1), 3.0), np.full((16, 1), np.nan), np.empty((16, 0))):
        assert switchback_effect(outcome, arms, useless) == plain


def test_more_covariates_than_pairs_still_give_an_answer():
    outcome, arms = simulated(7, effect=5.0)
    effect = switchback_effect(outcome, arms, np.random.default_rng(0).normal(size=(16, 20)))
    assert effect.p_value <= 0.05
    assert effect.low < 5.0 < effect.high


def test_a_pair_with_the_same_settings_twice_is_refused():
    with pytest.raises(InputError, match="blocks 3 and 4 have the same settings"):
        switchback_effect(np.zeros(4), np.array([True, False, True, True]))
    with pytest.raises(InputError, match="4 outcomes and 2 arms"):
        switchback_effect(np.zeros(4), np.array([True, False]))
