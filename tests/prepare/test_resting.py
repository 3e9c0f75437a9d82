"""The value that a tag rests at between rare events."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.prepare.frozen import find_frozen
from workbench.prepare.readings import Readings
from workbench.prepare.resting import resting_value
from workbench.prepare.spikes import find_spikes


def stock_outs(n=500, share=0.07, seed=0):
    """Parts short a day: none on most days, seldom 1 to 6."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random(n) < share, rng.integers(1, 7, n), 0).astype(float)


def readings(value):
    return Readings("T", 60 * np.arange(len(value), dtype=np.int64), value, np.ones(len(value), dtype=bool), None, 0, 0, 60)


def test_it_is_left_for_a_short_time_only():
    assert resting_value(stock_outs()) == 0.0
    assert resting_value(7.0 - stock_outs()) == 7.0  # it need not be zero
    assert resting_value(np.full(30, 2.0)) == 2.0
    assert resting_value(np.tile(np.repeat([0.0, 5.0], [16, 8]), 20)) is None  # two shifts off, one on
    assert resting_value(np.tile([0.0, 1.0], 50)) is None  # half of them is not most
    assert resting_value(np.zeros(0)) is None


@pytest.mark.parametrize("seed", range(5))
def test_rare_events_are_no_spikes(seed):
    """Set aside, the days that cost most would be missing from the promise."""
    value = stock_outs(seed=seed)
    assert find_spikes(value)[1].size == 0
    few = np.where(np.arange(500) % 60 == 30, 5.0, 0.0) + np.where(np.arange(500) == 250, 4.0, 0.0)
    assert find_spikes(few)[1].size == 0


def test_a_reading_far_off_all_events_is_still_unphysical():
    value = stock_outs()
    value[250] = 400.0
    assert find_spikes(value)[1].tolist() == [250]


def test_a_long_time_without_an_event_is_no_freeze():
    """The better a change, the longer it lasts: left out of a trial's blocks, the good days would be missing."""
    value = stock_outs()
    value[200:420] = 0.0
    assert find_frozen(readings(value)) == []


def test_another_value_that_it_stands_at_is_still_a_freeze():
    value = stock_outs(2000)
    value[200:600] = 4.0
    (run,) = find_frozen(readings(value))
    assert (run.start, run.end) == (200 * 60, 599 * 60)


@pytest.mark.parametrize("seed", range(3))
def test_a_coarse_meter_that_scatters_to_both_sides_does_not_rest(seed):
    """A well-held temperature in whole degrees stands at one value most of the time, and may freeze there."""
    value = 78.0 + np.random.default_rng(seed).choice([-1.0, 0.0, 1.0], 2000, p=[0.15, 0.7, 0.15])
    assert resting_value(value) is None
    value[800:1200] = 78.0
    (run,) = find_frozen(readings(value))
    assert run.start <= 800 * 60
    assert run.end >= 1199 * 60
