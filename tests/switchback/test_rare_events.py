"""The effect of a change that makes rare events rarer."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.switchback.effect import make_pairs, switchback_effect


def trial(seed, n_pairs, present, proposed):
    """Blocks of a trial in which events cost one each, beside a little noise; more is better."""
    rng = np.random.default_rng(seed)
    first = rng.random(n_pairs) < 0.5
    arms = np.column_stack([first, ~first]).ravel()
    return 0.02 * rng.normal(size=2 * n_pairs) - rng.poisson(np.where(arms, proposed, present)), arms


def test_events_of_one_block_in_five_are_no_outliers():
    effects = [switchback_effect(*trial(seed, 41, 0.2, 0.05), seed=seed) for seed in range(60)]
    assert np.mean([e.estimate for e in effects]) == pytest.approx(0.15, abs=0.03)
    assert np.mean([e.low <= 0.15 <= e.high for e in effects]) >= 0.8


def test_one_disturbed_pair_of_eight_is_pulled_in():
    rng = np.random.default_rng(4)
    arms = np.array([True, False] * 8)
    outcome = rng.normal(size=16) + arms
    plain = make_pairs(outcome, arms)
    outcome[6] += 1000.0
    wild = make_pairs(outcome, arms)
    assert wild.scale(0.0) <= 2.0 * plain.scale(0.0)
    assert abs(wild.scores(0.0)).max() == 2.0


def test_a_change_that_did_nothing_to_events_measures_exactly_nothing():
    outcome = np.zeros(40)
    outcome[[0, 3]] = -1.0  # one event at either settings
    effect = switchback_effect(outcome, np.array([True, False] * 20))
    assert 0.0 in {effect.estimate, effect.low, effect.high}
    assert all(end == 0.0 or abs(end) > 1e-6 for end in (effect.estimate, effect.low, effect.high))
