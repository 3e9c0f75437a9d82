"""Aligned cells against a slow reference that walks through every minute."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.prepare.align import align
from workbench.prepare.columns import Column
from workbench.prepare.readings import Readings, usual_interval

BOUNDS = np.array([0, 60, 120, 150, 240])
END = 240


def column(role="condition", aggregate="mean", max_gap=None, stamp="instant"):
    return Column("c", "c", "C", role, aggregate, None, None, None, 0, 0, 0, max_gap, stamp, False)


def readings(rows):
    time = np.array([t for t, _, _ in rows], dtype=np.int64)
    good = np.array([is_good for _, _, is_good in rows], dtype=bool)
    value = np.where(good, np.array([v for _, v, _ in rows], dtype=float), np.nan)
    return Readings("C", time, value, good, None, 0, 0, usual_interval(time))


def minute_by_minute(rows, gap):
    """What is known in each minute of the bounds: the last row's value, if it is good and not older than the gap."""
    known = []
    for minute in range(END):
        past = [row for row in rows if row[0] <= minute]
        time, value, is_good = past[-1] if past else (0, 0.0, False)
        known.append(value if is_good and minute - time < gap else None)
    return known


rows_of_a_tag = st.lists(
    st.tuples(st.integers(-30, END), st.floats(-100, 100), st.sampled_from([True, True, True, False])),
    min_size=2,
    max_size=40,
    unique_by=lambda row: row[0],
).map(sorted)


@given(rows=rows_of_a_tag, gap=st.integers(1, 300), aggregate=st.sampled_from(["mean", "min", "max", "last"]))
def test_held_cells(rows, gap, aggregate):
    cells = align(column(aggregate=aggregate, max_gap=gap), readings(rows), BOUNDS, 60, data_end=END + 300).cells
    known = minute_by_minute(rows, gap)
    for k, (a, b) in enumerate(itertools.pairwise(BOUNDS)):
        inside = [value for value in known[a:b] if value is not None]
        if 2 * len(inside) < b - a:
            assert math.isnan(cells[k])
        else:
            last = next(value for value in reversed(known[a:b]) if value is not None)
            wanted = {"mean": math.fsum(inside) / len(inside), "min": min(inside), "max": max(inside), "last": last}
            assert cells[k] == pytest.approx(wanted[aggregate], rel=1e-9, abs=1e-9)


@given(rows=rows_of_a_tag, gap=st.one_of(st.none(), st.integers(1, 300)), stamp=st.sampled_from(["instant", "end", "start"]))
def test_an_outcome_has_a_cell_only_where_a_good_reading_speaks_of_the_period(rows, gap, stamp):
    its = readings(rows)
    aligned = align(column(role="outcome", max_gap=gap, stamp=stamp), its, BOUNDS, 60, data_end=END + 300)
    shift = its.interval if stamp == "end" else 0
    speaks = its.time[its.is_good] - shift
    for k, (a, b) in enumerate(itertools.pairwise(BOUNDS)):
        if not ((speaks >= a) & (speaks < b)).any():
            assert math.isnan(aligned.cells[k])


def test_a_sum_of_events_knows_the_last_period_only_as_far_as_the_records_go():
    events = readings([(t, 1.0, True) for t in (3, 9, 31, 64, 70, 100, 121, 128, 143, 152)])  # nothing regular about them
    orders = column(role="outcome", aggregate="sum")
    cut = align(orders, events, BOUNDS, 60, data_end=190).cells  # the last period is [150, 240): 40 of 90 minutes are known
    assert cut[:3].tolist() == [3.0, 3.0, 3.0]
    assert math.isnan(cut[3])
    assert align(orders, events, BOUNDS, 60, data_end=200).cells.tolist() == [3.0, 3.0, 3.0, 1.0]
