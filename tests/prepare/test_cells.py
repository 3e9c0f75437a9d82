"""Aggregates of stretches of known time."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.prepare.cells import aggregate_stretches, mode_of_stretches, quantile_of_stretches
from workbench.prepare.holding import Stretches

# period 0: 4 for 30, 1 for 10, 9 for 20; period 2: 9 for 60; period 1 has nothing
CUT = Stretches(np.array([0, 0, 0, 2]), np.array([0, 1, 2, 2]), np.array([30.0, 10.0, 20.0, 60.0]))
VALUE = np.array([4.0, 1.0, 9.0])


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [("mean", (4 * 30 + 10 + 9 * 20) / 60), ("sum", 14.0), ("min", 1.0), ("max", 9.0), ("last", 9.0)],
)
def test_aggregates(aggregate, expected):
    cells = aggregate_stretches(CUT, VALUE, aggregate, None, 3)
    assert cells[0] == pytest.approx(expected)
    assert np.isnan(cells[1])
    assert cells[2] == 9.0


@pytest.mark.parametrize(
    ("level", "expected"), [(0.001, 1.0), (0.16, 1.0), (0.17, 4.0), (0.66, 4.0), (0.67, 9.0), (0.999, 9.0)]
)
def test_time_weighted_quantile(level, expected):
    # 1 for 10 of 60, then 4 up to 40 of 60, then 9
    assert quantile_of_stretches(CUT, VALUE[CUT.reading], level, 3)[0] == expected


def test_mode_by_time_and_its_ties():
    code = np.array([1, 0, 0])
    assert mode_of_stretches(CUT, code, 2, 3).tolist() == [0, -1, 0]  # 30 against 30: the first choice wins
    assert mode_of_stretches(CUT, np.array([1, 0, 2]), 3, 3).tolist() == [1, -1, 2]


def test_nothing_known():
    nothing = Stretches(np.zeros(0, dtype=int), np.zeros(0, dtype=int), np.zeros(0))
    assert np.isnan(aggregate_stretches(nothing, VALUE, "min", None, 2)).all()
