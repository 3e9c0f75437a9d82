"""Steady periods and what the process feels of a setting."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.prepare import prepare_history
from workbench.prepare.steady import filter_first_order, has_enough_steady


def stepped(n, step_at, low=1.0, high=3.0, every=0.5):
    """A set point that steps once, recorded all the time, and a result an hour."""
    times = [k * every for k in range(int(n / every))]
    return [(t, "x", low if t < step_at else high) for t in times] + [(k + 0.5, "y", 1.0 + k % 3) for k in range(n)]


def test_a_step_makes_the_periods_that_end_within_settling_unsteady(sheet_of, records):
    # settling 3 h, step at 10:00: [8, 11), [9, 12) and [10, 13) hold it, but in the last one the setting did not move any more
    sheet = sheet_of(settings="x: {low: 0, high: 100, max_step: 10, settling: 3h}")
    history = prepare_history(sheet, records(stepped(300, 10)))
    assert np.flatnonzero(~history.frame["steady"].to_numpy()).tolist() == []  # 2 is exactly 20 % of 10: no move
    history = prepare_history(sheet, records(stepped(300, 10, high=3.1)))
    assert np.flatnonzero(~history.frame["steady"].to_numpy()).tolist() == [10, 11]
    assert history.periods.set_aside == {"unsteady": 2}


def test_a_step_inside_a_period_counts_for_that_period(sheet_of, records):
    sheet = sheet_of(settings="x: {low: 0, high: 100, max_step: 10, settling: 30min}")
    history = prepare_history(sheet, records(stepped(300, 10.75, high=9.0, every=0.25)))
    assert np.flatnonzero(~history.frame["steady"].to_numpy()).tolist() == [10]
    history = prepare_history(sheet, records(stepped(300, 10.25, high=9.0, every=0.25)))
    assert history.frame["steady"].all()


def test_settling_of_an_outcome_and_a_change_of_text(sheet_of, records):
    sheet = sheet_of(settings="x: {choices: [strip, keep]}", outcomes="y: {settling: 2h}")
    rows = [(k, "x", "strip" if k < 50 else "keep") for k in range(300)] + [(k + 0.5, "y", 1.0) for k in range(300)]
    history = prepare_history(sheet, records(rows))
    assert np.flatnonzero(~history.frame["steady"].to_numpy()).tolist() == [50]


def test_too_few_steady_periods_and_the_settings_enter_through_a_filter(sheet_of, records):
    # 148 of 150 are steady: fewer than 200, so none is set aside
    sheet = sheet_of(settings="x: {low: 0, high: 100, max_step: 10, settling: 3h}", objective="{maximize: y + x}")
    history = prepare_history(sheet, records(stepped(150, 10, high=9.0)))
    assert history.periods.set_aside == {}
    assert [f.code for f in history.findings if not f.refuses] == ["D110"]
    assert "steady in 148 of 150 usable periods" in history.findings[-1].text
    # tau is 1 h: in the hour of the step the mean felt is 1 + 8 (1 - (1 - e^-1)) = 1 + 8/e, in the next 9 - 8/e (1 - 1/e)
    felt = history.frame["x"].to_list()
    assert felt[9:12] == pytest.approx([1.0, 9 - 8 * (1 - math.exp(-1)), 9 - 8 * math.exp(-1) * (1 - math.exp(-1))], rel=1e-8)
    # money and limits are about what was really set
    objective = history.frame["@objective"] - history.frame["y"]
    assert objective.to_list()[9:12] == [1.0, 9.0, 9.0]


def test_a_setting_that_moved_too_briefly_to_be_felt_has_moved_and_left_its_range(sheet_of, records):
    # an hour at 101 and back, felt with a time constant of 320 h: 0.3 % of the way, less than 5 % of max_step
    sheet = sheet_of(settings="x: {low: 0, high: 100, max_step: 10, settling: 40d}")
    rows = [(k, "x", 101.0 if k == 60 else 90.0) for k in range(100)] + [(k + 0.5, "y", 1.0 + k % 3) for k in range(100)]
    history = prepare_history(sheet, records(rows))
    assert {"D102", "D110"} <= {finding.code for finding in history.findings}
    assert not {"D105", "D202"} & {finding.code for finding in history.findings}
    assert history.frame["x.unfiltered"].to_list()[59:62] == [90.0, 101.0, 90.0]
    assert history.frame["x"].max() < 90.1


def test_what_was_measured_is_filtered_by_the_outcomes_settling_alone(sheet_of, records):
    # the tank takes 6 h to follow its set value, which the measurement shows; the outcome then takes 3 h to follow the tank
    rows = [*stepped(150, 10, high=9.0), *((t, "x.pv", v) for t, tag, v in stepped(150, 10, high=9.0) if tag == "x")]
    settings = "x: {measured: x.pv, low: 0, high: 100, max_step: 10, settling: 6h}"
    sheet = sheet_of(settings=settings, outcomes="y: {settling: 3h}")
    felt = prepare_history(sheet, records(rows)).frame["x"].to_list()
    assert felt[9:11] == pytest.approx([1.0, 9 - 8 * (1 - math.exp(-1))], rel=1e-8)  # tau is 1 h, not 2 h
    assert prepare_history(sheet_of(settings=settings), records(rows)).frame["x"].to_list()[9:11] == [1.0, 9.0]


def test_enough_steady():
    usable = np.ones(1000, dtype=bool)
    assert has_enough_steady(np.arange(1000) < 300, usable)
    assert not has_enough_steady(np.arange(1000) < 299, usable)
    assert not has_enough_steady(np.arange(1000) < 199, np.arange(1000) < 220)
    assert has_enough_steady(np.arange(1000) < 20, np.arange(1000) < 20)


def test_noise_of_a_measured_setting_is_no_move(sheet_of, records):
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 0.4, 300 * 30)
    rows = [(k / 30, "x", 50 + (5 if k >= 150 * 30 else 0) + noise[k]) for k in range(noise.size)]
    rows += [(k + 0.5, "y", 1.0) for k in range(300)]
    sheet = sheet_of(settings="x: {low: 0, high: 100, max_step: 10, settling: 6h}")
    history = prepare_history(sheet, records(rows))
    assert np.flatnonzero(~history.frame["steady"].to_numpy()).tolist() == [150, 151, 152, 153, 154]


def test_the_filter_reaches_95_percent_within_the_settling_time():
    u = np.append(0.0, np.ones(400))
    bounds = np.arange(402) * 10
    felt = filter_first_order(u, bounds, settling=1000)
    assert felt[100] == pytest.approx(1 - math.exp(-3), abs=0.002)


@given(u=st.lists(st.one_of(st.floats(-1e3, 1e3), st.just(math.nan)), min_size=1, max_size=30), settling=st.integers(1, 10_000))
def test_the_filter_stays_within_what_was_set(u, settling):
    value = np.array(u)
    felt = filter_first_order(value, np.arange(value.size + 1) * 60, settling)
    assert np.array_equal(np.isnan(felt), np.isnan(value))
    known = value[~np.isnan(value)]
    if known.size:
        slack = 1e-9 * (1 + np.abs(known).max())
        assert np.nanmin(felt) >= known.min() - slack
        assert np.nanmax(felt) <= known.max() + slack
