"""Small moves stay inside low..high and max_step; the first design tells every setting's effect apart."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.trials.moves import Axis, axes_of, candidates_around, coded, coded_choices, first_moves

AXES = tuple(Axis(f"x{k}", 0.0, 10.0, 0.5, 1.0, 0.05) for k in range(7))
CENTRE = {axis.name: 5.0 for axis in AXES}


def test_axes_of_a_sheet(line):
    sheet = line("flow: {unit: m3/h, low: 10, high: 20, max_step: 2}", "flow: {low: 1, high: 9, integer: true, max_step: 1}")
    temperature, flow = axes_of(sheet)
    assert (temperature.low, temperature.high, temperature.move, temperature.max_step, temperature.resolution) == (
        60,
        90,
        2,
        4,
        0.1,
    )
    assert (flow.move, flow.resolution) == (1.0, 1.0)


def test_choices_go_round():
    mode = Axis("mode", choices=("slow", "fast", "turbo"))
    assert [mode.moved("fast", k) for k in (0, 1, 2)] == ["fast", "turbo", "slow"]


@pytest.mark.parametrize("k", range(1, 8))
def test_no_two_settings_are_confounded(k):
    centre = {axis.name: 5.0 for axis in AXES[:k]}
    runs = first_moves(AXES[:k], centre, seed=0)
    moves = coded(AXES[:k], runs, CENTRE)
    assert runs[0] == centre
    design = moves[1:]
    assert len(design) == {1: 4, 2: 4, 3: 4, 4: 8, 5: 8, 6: 8, 7: 8}[k]
    assert np.allclose(design.T @ design, len(design) * np.eye(k))  # two levels, orthogonal
    assert np.allclose(design.sum(axis=0), 0.0)


def test_a_setting_at_its_end_moves_to_one_side_only():
    levels = {run["x0"] for run in first_moves(AXES[:1], {"x0": 10.0}, 0)}
    assert levels == {9.5, 10.0}


def test_the_order_of_the_first_moves_is_drawn_by_seed():
    assert first_moves(AXES, CENTRE, 1) == first_moves(AXES, CENTRE, 1) != first_moves(AXES, CENTRE, 2)


def test_coded_counts_in_moves_and_choices():
    axes = (AXES[0], Axis("mode", choices=("slow", "fast", "turbo")))
    rows = [{"x0": 6.0, "mode": "turbo"}, {"x0": 4.5, "mode": "slow"}]
    assert coded(axes, rows, {"x0": 5.0, "mode": "slow"}).tolist() == [[2.0, 0.0, 1.0], [-1.0, 0.0, 0.0]]
    assert coded_choices(axes, {"x0": 5.0, "mode": "slow"}) == [None, 1, 1]


def test_shares_of_choices_count_as_they_are_felt():
    axes = (Axis("mode", choices=("slow", "fast")),)
    frame = pl.DataFrame({"mode": ["fast"], "mode=slow": [0.4], "mode=fast": [0.6]})
    assert coded(axes, frame, {"mode": "slow"}).tolist() == [[0.6]]


@given(
    k=st.integers(1, 7),
    now=st.lists(st.floats(-2.0, 12.0), min_size=7, max_size=7),
    anchor=st.lists(st.floats(0.0, 10.0), min_size=7, max_size=7),
)
def test_no_candidate_leaves_the_step_and_all_lie_inside_or_on_the_way_there(k, now, anchor):
    axes = AXES[:k]
    at = {axis.name: value for axis, value in zip(axes, now, strict=False)}
    best = {axis.name: value for axis, value in zip(axes, anchor, strict=False)}
    for candidate in candidates_around(axes, best, at, np.random.default_rng(0)):
        for axis in axes:
            here, there = float(at[axis.name]), float(candidate[axis.name])
            assert abs(there - here) <= axis.max_step * (1 + 1e-9)
            outside = max(axis.low - there, there - axis.high)
            assert outside <= max(axis.low - here, here - axis.high, 0.0) + 1e-9


def test_at_most_three_settings_move_at_once():
    candidates = candidates_around(AXES, CENTRE, CENTRE, np.random.default_rng(0))
    moved = [sum(c[a.name] != 5.0 for a in AXES) for c in candidates]
    assert moved[0] == 0
    assert (max(moved), len(candidates)) == (3, 1 + 7 * 2 + 21 * 4 + 35 * 8)
