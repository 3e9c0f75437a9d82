"""The sheet's `trial:` key: what it says, and how slips are answered."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from workbench.plant import Sheet, read_sheet
from workbench.plant.trial_rules import is_night

SMALL = """
name: line_1
period: 1h
settings:
  speed: {unit: rpm, low: 10, high: 20, max_step: 2}
outcomes:
  waste: {unit: "%"}
objective: {minimize: waste}
"""


def _with(trial: str) -> Sheet:
    return read_sheet(f"{SMALL}trial: {trial}\n", "line_1.yaml")


def test_without_the_key_changes_may_be_made_at_any_time():
    rules = read_sheet(SMALL, "line_1.yaml").trial
    assert (rules.start_hours, rules.weekends, rules.nights, rules.washout) == ((), True, True, None)
    assert rules.longest == timedelta(weeks=13)


def test_every_key_is_read():
    rules = _with("{start_hours: [08:00, 16:30], weekends: no, nights: false, max_weeks: 6, washout: 1h30min}").trial
    assert rules.start_hours == (time(8), time(16, 30))
    assert (rules.weekends, rules.nights, rules.max_weeks, rules.washout) == (False, False, 6.0, timedelta(minutes=90))


@pytest.mark.parametrize(
    ("trial", "sentence"),
    [
        ("{start_hour: [08:00]}", "trial.start_hour: unknown key (did you mean 'start_hours'?)"),
        ("{weekend: false}", "trial.weekend: unknown key (did you mean 'weekends'?)"),
        ("{start_hours: 08:00}", 'trial.start_hours: needs a list such as ["06:00", "14:00"], not \'08:00\''),
        ("{start_hours: [8 o'clock]}", "trial.start_hours[0]: '8 o'clock' is not a time of day"),
        ("{start_hours: [08:00, 08:00]}", "'08:00' is given twice"),
        ("{start_hours: [23:00], nights: false}", "lie all between 22:00 and 06:00, and nights is false: add an hour by day"),
        ("{max_weeks: 0}", "trial.max_weeks: 0 is outside 0 .. 104 weeks"),
        ("{max_weeks: long}", "trial.max_weeks: 'long' is not a number"),
        ("{washout: 6}", "trial.washout: '6' is a duration without its unit"),
        ("{nights: never}", "trial.nights: 'never' is neither true nor false"),
        ("[08:00]", "trial: needs keys and values below it, not a list"),
    ],
)
def test_slips_are_one_sentence(fault_of_text, trial, sentence):
    assert sentence in fault_of_text(f"{SMALL}trial: {trial}\n")


def test_a_key_of_a_trial_elsewhere_is_sent_home(fault_of_text):
    assert "unknown key: it belongs to trial" in fault_of_text(f"{SMALL}max_weeks: 6\n")


def test_the_night_shift():
    assert [is_night(time(h)) for h in (21, 22, 0, 5, 6)] == [False, True, True, True, False]
