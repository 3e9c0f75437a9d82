"""Isolated readings far off."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.prepare import prepare_history
from workbench.prepare.spikes import find_spikes


def wave(n=400):
    return 50 + np.sin(np.arange(n) / 5.0) + 0.01 * np.cos(np.arange(n) * 7.0)


def test_a_spike_is_far_off_both_neighbours():
    value = wave()
    value[100] += 5.0  # more than the usual range of 2.8, less than two of them
    value[200] -= 50.0  # unphysical
    value[300:302] += 50.0  # two readings are no spike
    spikes, unphysical = find_spikes(value)
    assert spikes.tolist() == [100, 200]
    assert unphysical.tolist() == [200]


def test_results_keyed_wrong_do_not_hide_each_other():
    # two wrong ones in a hundred results of a laboratory: a rock of 30 % P2O5 keyed with its digits swapped, low and high
    value = np.random.default_rng(3).normal(29.8, 0.9, 106)
    value[[20, 70]] = [3.09, 92.7]
    spikes, unphysical = find_spikes(value)
    assert spikes.tolist() == unphysical.tolist() == [20, 70]


def test_short_pulses_of_a_tag_that_stands_still_are_no_spikes():
    value = np.zeros(4000)
    value[50::80] = 1.0  # one reading in eighty: 98 % of them hold pulses
    assert find_spikes(value)[1].size == 0


def test_steps_noise_and_constants_have_no_spikes():
    rng = np.random.default_rng(0)
    for value in (rng.normal(size=5000), np.full(500, 3.0), np.repeat([1.0, 9.0], 200), rng.integers(0, 2, 500).astype(float)):
        assert find_spikes(value)[0].size == 0


def test_many_spikes_are_the_nature_of_the_tag():
    value = wave()
    value[::20] += 500.0
    assert find_spikes(value)[1].size == 0


def test_few_readings_say_nothing():
    assert find_spikes(np.array([1.0, 2.0, 900.0, 1.0]))[0].size == 0


@given(scale=st.floats(0.01, 100), shift=st.floats(-100, 100))
def test_spikes_do_not_hang_on_the_unit(scale, shift):
    value = wave()
    value[[50, 250]] += [30.0, -40.0]
    assert find_spikes(value * scale + shift)[1].tolist() == [50, 250]


@pytest.mark.parametrize(("aggregate", "aside"), [("mean", 1), ("max", 0), ("q0.99", 0)])
def test_a_spike_is_set_aside_and_counted_where_a_mean_is_wanted(sheet_of, records, aggregate, aside):
    value = wave(400)
    value[101] = 9998.0  # not a code of a fault
    rows = [(k / 10, "c", v) for k, v in enumerate(value)] + [(k / 2, t, 1.0 + k % 2) for k in range(80) for t in ("x", "y")]
    history = prepare_history(sheet_of(conditions=f"c: {{aggregate: {aggregate}}}"), records(rows))
    assert history.ledger.set_aside == ({"isolated spike": 1} if aside else {})
    assert (history.frame["c"][10] > 1000) == (not aside)
    (finding,) = (f for f in history.findings if f.code == "D103")
    fate = "1 set aside as unphysical" if aside else "all used"
    assert finding.text == f"1 of 400 readings far off their neighbours ({fate}); the farthest is 9998 at 2025-01-01 10:06 UTC"
