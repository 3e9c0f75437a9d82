"""Counters with resets, gaps and bad readings."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.prepare.counters import count_increments, counted

GOOD = np.ones(4, dtype=bool)


def test_a_reset_counts_from_zero_and_a_small_step_back_is_a_correction():
    increments, resets = count_increments(np.array([100.0, 40.0, 50.0, 49.0]))
    assert (increments.tolist(), resets) == ([40.0, 10.0, -1.0], 1)


def test_the_count_is_spread_over_the_periods_between_two_readings():
    total, known, _ = counted(np.array([0, 100]), np.array([0.0, 50.0]), GOOD[:2], 1000, np.array([0, 30, 100]))
    assert (total.tolist(), known.tolist()) == ([15.0, 35.0], [30.0, 70.0])


def test_over_a_long_gap_or_a_bad_reading_nothing_is_known():
    time, value = np.array([0, 10, 50, 60]), np.array([0.0, 1.0, 5.0, 6.0])
    total, known, _ = counted(time, value, GOOD, 20, np.array([0, 20, 40, 60]))
    assert known.tolist() == [10.0, 0.0, 10.0]
    assert total[0] == 1.0
    assert np.isnan(total[1])
    bad = np.array([True, False, True, True])
    assert counted(time, value, bad, 1000, np.array([0, 50, 60]))[1].tolist() == [0.0, 10.0]


@given(steps=st.lists(st.floats(0, 1e3), min_size=1, max_size=30), edges=st.lists(st.integers(1, 299), unique=True, max_size=5))
def test_what_is_counted_is_shared_out_and_never_lost(steps, edges):
    value = np.cumsum([0.0, *steps])
    time = 10 * np.arange(value.size)
    bounds = np.array([0, *sorted(edges), 300 + 1])
    total, _, _ = counted(time, value, np.ones(value.size, dtype=bool), 10, bounds)
    assert np.isclose(np.nansum(total), value[-1])
