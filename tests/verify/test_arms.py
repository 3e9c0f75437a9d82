"""Which arm the plant was on: tolerance, choices, ramps, unknown values, and how far the process has followed."""

from __future__ import annotations

import polars as pl
import pytest

from workbench.plant import Sheet, read_sheet
from workbench.trial_records import PlanSetting
from workbench.verify.arms import arms_set, changed_settings, ramp_hours

TEXT = """\
name: line
period: 1h
settings:
  temperature: {tag: T.SP, measured: T.PV, unit: degC, low: 60, high: 90, max_step: 5}
  mode: {choices: [strip, keep]}
outcomes:
  recovery: {unit: "%"}
objective: {maximize: recovery, unit: "%"}
"""
WARMER = PlanSetting(name="temperature", tag="T.SP", unit="degC", present=70.0, proposed=74.0, max_rate="1 per 2h")
KEEP = PlanSetting(name="mode", tag="mode", unit="", present="strip", proposed="keep")
STILL = PlanSetting(name="mode", tag="mode", unit="", present="strip", proposed="strip")


@pytest.fixture
def sheet() -> Sheet:
    return read_sheet(TEXT, "line.yaml")


def frame(values: list[float | None], modes: list[str | None] | None = None) -> pl.DataFrame:
    n = len(values)
    return pl.DataFrame(
        {"temperature": [0.0] * n, "temperature.set": values, "mode": modes or ["strip"] * n},
        schema={"temperature": pl.Float64, "temperature.set": pl.Float64, "mode": pl.String},
    )


def test_nearer_than_half_the_difference_is_on_the_arm_and_what_was_set_counts(sheet):
    table = arms_set(frame([70.0, 71.9, 72.1, 74.0, 75.9, 76.1, None]), sheet, (WARMER,), 1.0, 0.0)
    assert table["@on_present"].to_list() == [True, True, False, False, False, False, None]
    assert table["@on_proposed"].to_list() == [False, False, True, True, True, False, None]


def test_every_setting_that_differs_must_be_there(sheet):
    table = arms_set(frame([74.0, 74.0, 70.0], ["keep", "strip", "strip"]), sheet, (WARMER, KEEP), 1.0, 0.0)
    assert table["@on_proposed"].to_list() == [True, False, False]
    assert table["@on_present"].to_list() == [False, False, True]


def test_a_setting_that_stays_says_nothing(sheet):
    assert changed_settings((WARMER, STILL)) == [WARMER]
    assert arms_set(frame([74.0], ["keep"]), sheet, (WARMER, STILL), 1.0, 0.0)["@on_proposed"].to_list() == [True]


def test_a_small_difference_has_a_tolerance_of_a_tenth_of_max_step(sheet):
    little = WARMER.model_copy(update={"proposed": 70.2})
    assert arms_set(frame([70.3]), sheet, (little,), 1.0, 0.0)["@on_present"].to_list() == [True]


def test_the_process_has_followed_by_nine_tenths_after_the_time_to_settle(sheet):
    table = arms_set(frame([74.0] * 13), sheet, (WARMER,), 1.0, 4.0)
    share = table["@share_proposed"].to_list()
    assert share[0] == 0.0
    assert share[4] == pytest.approx(0.9)
    assert share[8] == pytest.approx(0.99)
    assert table["@share_present"].to_list()[4] == pytest.approx(0.1)


def test_what_is_not_known_changes_nothing(sheet):
    share = arms_set(frame([74.0] * 4 + [None] * 3), sheet, (WARMER,), 1.0, 4.0)["@share_proposed"].to_list()
    assert share[4:] == pytest.approx([0.9] * 3)


def test_a_single_reading_that_is_off_is_no_departure_where_the_washout_is_long(sheet):
    values = [74.0] * 10 + [70.0] + [74.0] * 5
    assert all(arms_set(frame(values), sheet, (WARMER,), 1.0, 6.0)["@on_proposed"].to_list())
    assert not all(arms_set(frame(values), sheet, (WARMER,), 1.0, 5.0)["@on_proposed"].to_list())


def test_the_slowest_ramp_counts():
    assert ramp_hours((WARMER, KEEP)) == 8.0
    assert ramp_hours((KEEP, STILL)) == 0.0
