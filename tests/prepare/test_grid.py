"""Periods counted from the plant's local day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.prepare.grid import DAY, day_start, period_bounds

HOUR = 3_600_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def us(*stamp):
    return (datetime(*stamp, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)


def hours(bounds):
    return (np.diff(bounds) / HOUR).tolist()


def test_shanghai_shifts_start_at_8_and_16_local_time():
    bounds = period_bounds(us(2025, 1, 1, 0), us(2025, 1, 1, 1), 8 * HOUR, "Asia/Shanghai", time(0))
    assert bounds.tolist() == [us(2025, 1, 1, 0), us(2025, 1, 1, 8)]  # 08:00 to 16:00 local time


def test_day_starts_at_six_in_the_morning():
    bounds = period_bounds(us(2025, 1, 1, 3), us(2025, 1, 1, 7), DAY, "UTC", time(6))
    assert bounds.tolist() == [us(2024, 12, 31, 6), us(2025, 1, 1, 6), us(2025, 1, 2, 6)]


@pytest.mark.parametrize(
    ("length", "day", "expected"),
    [
        (4, date(2025, 3, 30), [4, 4, 4, 4, 4, 3]),  # 23 h: 5.75 periods, rounded to 6
        (4, date(2025, 10, 26), [4, 4, 4, 4, 4, 5]),  # 25 h: 6.25 periods, rounded to 6
        (1, date(2025, 3, 30), [1] * 23),
        (1, date(2025, 10, 26), [1] * 25),
        (8, date(2025, 3, 30), [8, 8, 7]),
        (12, date(2025, 10, 26), [12, 13]),
        (24, date(2025, 3, 30), [23]),
        (24, date(2025, 10, 26), [25]),
        (5, date(2025, 6, 1), [5, 5, 5, 5, 4]),
    ],
)
def test_a_day_is_cut_from_local_midnight(length, day, expected):
    zone = ZoneInfo("Europe/Berlin")
    start, end = day_start(day, zone, time(0)), day_start(day + timedelta(days=1), zone, time(0))
    assert hours(period_bounds(start, end - 1, length * HOUR, "Europe/Berlin", time(0))) == expected


def test_a_local_time_that_does_not_exist_or_exists_twice():
    zone = ZoneInfo("Europe/Berlin")
    # 02:30 does not exist on 30 March 2025 (the clock jumps at 01:00Z); on 26 October the first 02:30 is at 00:30Z
    assert day_start(date(2025, 3, 30), zone, time(2, 30)) == us(2025, 3, 30, 1, 30)
    assert day_start(date(2025, 10, 26), zone, time(2, 30)) == us(2025, 10, 26, 0, 30)


def test_days_that_start_in_a_skipped_hour_cover_it_whole():
    """30 March 2025 begins at 03:30, 02:30 being skipped: the day before has its 24 hours, and that day one less."""
    bounds = period_bounds(us(2025, 3, 28, 12), us(2025, 3, 31, 12), DAY, "Europe/Berlin", time(2, 30))
    assert bounds.tolist() == [us(2025, 3, 28, 1, 30), us(2025, 3, 29, 1, 30), us(2025, 3, 30, 1, 30), us(2025, 3, 31, 0, 30),
                               us(2025, 4, 1, 0, 30)]  # fmt: skip
    halves = period_bounds(us(2025, 3, 29, 12), us(2025, 3, 30, 20), DAY // 2, "Europe/Berlin", time(2, 30))
    assert hours(halves) == [12, 12, 12, 11]  # from 01:30Z on both days to 00:30Z
    autumn = period_bounds(us(2025, 10, 25, 12), us(2025, 10, 26, 12), DAY, "Europe/Berlin", time(2, 30))
    assert autumn.tolist() == [us(2025, 10, 25, 0, 30), us(2025, 10, 26, 0, 30), us(2025, 10, 27, 1, 30)]


@pytest.mark.parametrize("length", [DAY, 4 * HOUR])
def test_a_day_that_never_was_has_no_period(length):
    """Samoa went from 29 to 31 December 2011."""
    bounds = period_bounds(us(2011, 12, 28), us(2012, 1, 2), length, "Pacific/Apia", time(0))
    assert set(hours(bounds)) == {length / HOUR}


def test_weeks_start_on_monday():
    bounds = period_bounds(us(2025, 1, 1), us(2025, 1, 7), 7 * DAY, "UTC", time(0))
    assert bounds.tolist() == [us(2024, 12, 30), us(2025, 1, 6), us(2025, 1, 13)]


def test_a_day_and_a_half_runs_on_in_utc():
    bounds = period_bounds(us(2025, 1, 2), us(2025, 1, 5), 36 * HOUR, "UTC", time(0))
    assert set(hours(bounds)) == {36.0}
    assert bounds[0] <= us(2025, 1, 2)
    assert bounds[-1] > us(2025, 1, 5)


@given(
    first=st.integers(us(2020, 1, 1), us(2030, 1, 1)),
    span=st.integers(0, 40 * DAY),
    length=st.sampled_from([HOUR // 2, HOUR, 4 * HOUR, 5 * HOUR, 8 * HOUR, DAY, 36 * HOUR, 7 * DAY]),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    starts=st.times(),
)
def test_the_periods_cover_the_records_and_nothing_more(first, span, length, zone, starts):
    bounds = period_bounds(first, first + span, length, zone, starts)
    lengths = np.diff(bounds)
    assert (lengths > 0).all()
    assert bounds[0] <= first < bounds[1]
    assert bounds[-2] <= first + span < bounds[-1]
    if length <= DAY:
        assert lengths.max() <= 1.5 * length + 2 * HOUR
