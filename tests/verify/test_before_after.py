"""Before and after: by hand, matched on conditions, and how often it cries wolf."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from workbench.verify.before_after import cry_wolf, difference_after


def halves(n: int) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(n) < n // 2, np.arange(n) >= n // 2


def remembering(n: int, memory: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.asarray(lfilter([1.0], [1.0, -memory], rng.normal(size=n) * np.sqrt(1 - memory**2)))


def test_plain_means_are_compared_without_conditions():
    outcome = np.array([1.0, 2.0] * 10 + [3.0, 4.0] * 10)
    found = difference_after(outcome, np.empty((40, 0)), *halves(40))
    assert found.estimate == pytest.approx(2.0)
    assert not found.is_matched


def test_the_standard_error_of_independent_hours_is_the_textbook_one():
    """sd 1, 4,000 hours on each side: sqrt(2/4000) = 0.0224."""
    outcome = np.random.default_rng(0).normal(size=8000)
    found = difference_after(outcome, np.empty((8000, 0)), *halves(8000))
    assert found.standard_error == pytest.approx(0.0224, rel=0.1)


def test_matching_takes_out_what_the_condition_did():
    rng = np.random.default_rng(1)
    feed = rng.normal(size=2000) + 0.8 * (np.arange(2000) >= 1000)
    outcome = 2.0 * feed + 0.1 * rng.normal(size=2000) + 0.5 * (np.arange(2000) >= 1000)
    plain = difference_after(outcome, np.empty((2000, 0)), *halves(2000))
    matched = difference_after(outcome, feed[:, None], *halves(2000))
    assert plain.estimate == pytest.approx(2.1, abs=0.3)
    assert matched.is_matched
    assert matched.estimate == pytest.approx(0.5, abs=0.05)


def test_conditions_that_never_were_before_cannot_be_matched():
    feed = np.concatenate([np.random.default_rng(2).normal(size=50), 40.0 + np.random.default_rng(3).normal(size=50)])
    found = difference_after(feed, feed[:, None], *halves(100))
    assert not found.is_matched


def test_too_few_results_are_no_comparison():
    outcome = np.full(40, np.nan)
    outcome[:30] = 1.0
    assert difference_after(outcome[:38], np.empty((38, 0)), np.arange(38) < 20, np.arange(38) >= 25) is None


def test_it_cries_wolf_on_a_past_that_remembers_and_not_on_one_that_does_not():
    nothing = np.empty((6000, 0))
    quiet = cry_wolf(remembering(6000, 0.0, 1), nothing, 6000, 500, 500)
    loud = cry_wolf(remembering(6000, 0.97, 1), nothing, 6000, 500, 500)
    assert len(loud.estimates) == 200
    assert quiet.rate < 0.15
    assert loud.rate > 0.25
    assert loud.standard_error(0.05) == pytest.approx(np.sqrt(np.mean(loud.estimates**2)))


def test_only_dates_before_the_change_are_tried():
    outcome = np.zeros(1000)
    outcome[700:] = 100.0  # the change itself
    wolf = cry_wolf(outcome + 1e-3 * remembering(1000, 0.5, 2), np.empty((1000, 0)), 700, 100, 100)
    assert len(wolf.estimates) == 200
    assert np.abs(wolf.estimates).max() < 1.0
    assert wolf.p_value(100.0) == pytest.approx(1 / 201)


def test_a_short_past_says_nothing():
    wolf = cry_wolf(np.zeros(200), np.empty((200, 0)), 150, 100, 100)
    assert wolf.rate is None
    assert wolf.p_value(1.0) is None
    assert wolf.standard_error(0.3) == 0.3
