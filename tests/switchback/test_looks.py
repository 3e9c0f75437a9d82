"""Interim looks: over all orders the trial says yes no more often than the plan allows."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from workbench.switchback.effect import make_pairs, p_value_of
from workbench.switchback.looks import look_p_value

LOOKS = [(10, 0.01), (16, 0.025), (20, 0.05)]  # after block, error rate spent


def all_orders(n_pairs: int) -> list[np.ndarray]:
    firsts = itertools.product([True, False], repeat=n_pairs)
    return [np.array([arm for one in first for arm in (one, not one)]) for first in firsts]


def test_one_look_is_the_plain_test():
    rng = np.random.default_rng(0)
    arms, outcome = all_orders(7)[37], rng.normal(size=14)
    assert look_p_value(outcome, arms, None, [(14, 0.05)]) == p_value_of(make_pairs(outcome, arms))


@pytest.mark.parametrize("k", [0, 1])
def test_the_error_rate_is_spent_as_planned(k):
    """1,024 orders of 10 pairs: yes at a look, or at any earlier one, in at most the share spent by then, and in nearly it."""
    rng = np.random.default_rng(1)
    outcome = np.cumsum(rng.normal(size=20))
    known = rng.normal(size=(20, k)) if k else None
    said = np.zeros(len(LOOKS))
    for arms in all_orders(10):
        for nth, (blocks, spent) in enumerate(LOOKS):
            seen = None if known is None else known[:blocks]
            if look_p_value(outcome[:blocks], arms[:blocks], seen, LOOKS[: nth + 1]) <= spent:
                said[nth:] += 1
                break
    shares = said / 1024
    for (_, spent), share in zip(LOOKS, shares, strict=True):
        assert share <= spent
    assert shares[-1] > 0.035


def test_lost_pairs_and_empty_looks_are_no_trouble():
    arms = all_orders(10)[5]
    outcome = np.random.default_rng(2).normal(size=20) + 9.0 * arms
    outcome[:10] = np.nan
    assert look_p_value(outcome, arms, None, LOOKS) == pytest.approx(1 / 32)
    assert look_p_value(np.full(20, np.nan), arms, None, LOOKS) == 1.0


def test_a_clear_gain_is_seen_early():
    arms = all_orders(10)[700]
    outcome = np.random.default_rng(3).normal(size=20) + 9.0 * arms
    assert look_p_value(outcome[:16], arms[:16], None, LOOKS[:2]) <= 0.025
