"""How long a reading stands, and how periods cut it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.prepare.columns import Column
from workbench.prepare.holding import cut_stretches, max_gap_of, shift_of, stand_of
from workbench.prepare.readings import Readings, usual_interval


def column(**given_):
    known = {
        "name": "c", "variable": "c", "tag": "C", "role": "condition", "aggregate": "mean", "state": None, "level": None,
        "choices": None, "delay": 0, "lag": 0, "covers": 0, "max_gap": None, "stamp": "instant", "is_set": False,
    }  # fmt: skip
    return Column(**(known | given_))


def readings(times, bad=()):
    time = np.array(times, dtype=np.int64)
    good = np.array([t not in bad for t in times], dtype=bool)
    return Readings("C", time, np.where(good, time, np.nan).astype(float), good, None, 0, 0, usual_interval(time))


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, 0),
        ({"delay": 5}, -5),
        ({"delay": 5, "lag": 3}, -8),
        ({"covers": 8}, -8),
        ({"covers": 8, "stamp": "end"}, -8),
        ({"covers": 8, "stamp": "start"}, 0),
        ({"stamp": "end"}, -60),
        ({"stamp": "end", "aggregate": "counter"}, 0),
    ],
)
def test_what_is_added_to_a_stamp(keys, expected):
    assert shift_of(column(**keys), interval=60) == expected


def test_default_max_gap_is_three_usual_intervals():
    assert max_gap_of(column(), interval=60, period=3600) == 180
    assert max_gap_of(column(), interval=0, period=3600) == 3 * 3600
    assert max_gap_of(column(max_gap=77), interval=60, period=3600) == 77


def test_a_reading_stands_until_the_next_or_the_longest_gap():
    start, end, index = stand_of(column(), readings([0, 10, 20, 100, 110]), period=50, data_end=110)
    assert start.tolist() == [0, 10, 20, 100, 110]
    assert end.tolist() == [10, 20, 50, 110, 120]
    assert index.tolist() == [0, 1, 2, 3, 4]


def test_a_bad_reading_ends_the_one_before_and_does_not_stand_itself():
    start, end, index = stand_of(column(), readings([0, 10, 20, 30], bad=(10,)), period=50, data_end=30)
    assert (start.tolist(), end.tolist(), index.tolist()) == ([0, 20, 30], [10, 30, 40], [0, 2, 3])


def test_the_last_reading_stands_to_the_end_of_all_records_and_one_interval_at_least():
    assert stand_of(column(max_gap=1000), readings([0, 10]), 50, data_end=300)[1].tolist() == [10, 300]
    assert stand_of(column(max_gap=1000), readings([0, 10]), 50, data_end=10)[1].tolist() == [10, 20]


stretches = st.lists(st.integers(-50, 250), min_size=2, max_size=20, unique=True).map(sorted)


@given(marks=stretches)
def test_cutting_keeps_every_moment_inside_the_bounds(marks):
    start, end = np.array(marks[:-1]), np.array(marks[1:])
    keep = np.arange(start.size) % 2 == 0
    start, end = start[keep], end[keep]
    bounds = np.array([0, 30, 100, 101, 200])
    cut = cut_stretches(start, end, np.arange(start.size), bounds)
    inside = np.minimum(end, 200) - np.maximum(start, 0)
    assert cut.length.sum() == inside[inside > 0].sum()
    assert (np.diff(cut.period) >= 0).all()
    assert (cut.length > 0).all()
    for k in range(4):
        both = np.minimum(end, bounds[k + 1]) - np.maximum(start, bounds[k])
        assert cut.length[cut.period == k].sum() == both[both > 0].sum()
