"""Results belong to the periods that they speak of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.prepare.results import assign_composites, own_readings, result_stretches

BOUNDS = np.array([0, 4, 8, 12, 16])


@pytest.mark.parametrize(
    ("start", "end", "periods"),
    [
        (0, 8, [0, 1]),  # the whole of two periods
        (2, 10, [1]),  # half of two, the whole of one
        (1, 9, [0, 1]),  # three quarters of the first
        (3, 5, [0]),  # an hour of each: the earlier
        (3, 6, [1]),  # most of it in the second
        (5, 6, [1]),
        (-6, 2, [0]),  # begins before the first period
        (14, 22, [3]),
        (20, 28, []),  # outside
    ],
)
def test_where_a_composite_goes(start, end, periods):
    assert assign_composites(np.array([start]), np.array([end]), BOUNDS).period.tolist() == periods


def test_two_composites_share_a_period_by_overlap():
    served = assign_composites(np.array([0, 3]), np.array([3, 4]), BOUNDS)
    assert (served.period.tolist(), served.reading.tolist(), served.length.tolist()) == ([0, 0], [0, 1], [3.0, 1.0])


@given(starts=st.lists(st.integers(-5, 20), max_size=10).map(sorted), covers=st.integers(1, 12))
def test_no_result_serves_two_periods_on_the_strength_of_their_edges(starts, covers):
    start = np.array(starts, dtype=np.int64)
    served = assign_composites(start, start + covers, BOUNDS)
    assert (np.diff(served.period) >= 0).all()
    for k in range(start.size):
        its = served.length[served.reading == k]
        assert (its > 0).all()
        assert its.size <= 1 or (its > 2).all()


def test_own_readings_and_result_stretches():
    start = np.array([-1, 0, 3, 9, 16])
    assert own_readings(start, BOUNDS).tolist() == [2, 0, 1, 0]
    cut = result_stretches(start, np.arange(5), BOUNDS)
    assert (cut.period.tolist(), cut.reading.tolist()) == ([0, 0, 2], [1, 2, 3])
