"""Blocks begin where the control room allows it, in plant time."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.plant.trial_rules import is_night
from workbench.prepare.grid import period_bounds
from workbench.trials.calendar import ShiftCalendar, calendar_of

MONDAY = datetime(2026, 1, 5)  # noqa: DTZ001  plant time
RULES = "objective:", "trial: {start_hours: ['08:00', '16:00'], weekends: false}\nobjective:"


def test_without_rules_a_block_may_begin_with_any_period(line):
    calendar = calendar_of(line())
    assert calendar.hours == tuple(time(h) for h in range(24))
    assert calendar.next_free(MONDAY + timedelta(minutes=1)) == MONDAY + timedelta(hours=1)


def test_daily_periods_begin_where_the_day_does(line):
    calendar = calendar_of(line("period: 1h", "period: 24h\nday_starts: '06:00'"))
    assert calendar.next_free(MONDAY) == MONDAY + timedelta(hours=6)


def test_start_hours_and_weekends(line):
    calendar = calendar_of(line(*RULES))
    friday_evening = MONDAY + timedelta(days=4, hours=17)
    assert calendar.next_free(MONDAY) == MONDAY + timedelta(hours=8)
    assert calendar.next_free(friday_evening) == MONDAY + timedelta(days=7, hours=8)
    starts = calendar.boundaries(MONDAY, timedelta(days=1), 6)
    assert [(s - MONDAY).days for s in starts] == [0, 1, 2, 3, 4, 7, 8]  # Friday's block lasts over the weekend


def test_no_changes_at_night(line):
    calendar = calendar_of(line("objective:", "trial: {nights: false}\nobjective:"))
    assert calendar.next_free(MONDAY + timedelta(hours=21)) == MONDAY + timedelta(hours=21)
    assert calendar.next_free(MONDAY + timedelta(hours=22)) == MONDAY + timedelta(hours=30)


def test_rules_without_a_free_moment_are_refused(line):
    sheet = line("period: 1h", "period: 24h\ntrial: {nights: false}")
    with pytest.raises(
        InputError, match="no moment of the week is free for a change: allow nights, weekends or other start_hours"
    ):
        calendar_of(sheet)


def test_a_clock_change_does_not_move_the_hour(line):
    calendar = calendar_of(line(*RULES))
    before = calendar.to_utc(datetime(2026, 3, 27, 8))  # noqa: DTZ001  Friday before the clocks go forward
    after = calendar.to_utc(datetime(2026, 3, 30, 8))  # noqa: DTZ001
    assert (before, after) == (datetime(2026, 3, 27, 7, tzinfo=UTC), datetime(2026, 3, 30, 6, tzinfo=UTC))
    assert calendar.to_local(after) == datetime(2026, 3, 30, 8)  # noqa: DTZ001


@given(
    hours=st.sets(st.integers(0, 23), min_size=1),
    weekends=st.booleans(),
    nights=st.booleans(),
    block=st.integers(1, 200),
    start=st.integers(0, 24 * 400),
)
def test_every_boundary_is_free_and_no_block_is_shorter_than_asked(hours, weekends, nights, block, start):
    if not nights and all(h >= 22 or h < 6 for h in hours):
        return
    calendar = ShiftCalendar(ZoneInfo("UTC"), tuple(time(h) for h in sorted(hours)), weekends, nights)
    moments = calendar.boundaries(MONDAY + timedelta(hours=start), timedelta(hours=block), 8)
    assert all(calendar.is_free(moment) for moment in moments)
    assert all(b - a >= timedelta(hours=block) for a, b in itertools.pairwise(moments))


BERLIN = ZoneInfo("Europe/Berlin")
SPRING, AUTUMN = datetime(2026, 3, 29), datetime(2026, 10, 25)  # noqa: DTZ001  plant time


def of_periods(hours: int, **rules: Any) -> ShiftCalendar:
    rules = {"weekends": True, "nights": True, "period": timedelta(hours=hours)} | rules
    return ShiftCalendar(BERLIN, tuple(time(h) for h in range(0, 24, hours)), **rules)


def real(calendar: ShiftCalendar, moments: list[datetime]) -> list[str]:
    return [f"{calendar.to_utc(moment).astimezone(BERLIN):%d %H}" for moment in moments]


def test_blocks_keep_to_the_periods_of_a_day_of_23_or_25_hours():
    calendar = of_periods(4)
    spring = calendar.boundaries(SPRING, timedelta(hours=4), 7)
    assert real(calendar, spring) == ["29 00", "29 05", "29 09", "29 13", "29 17", "29 21", "30 00", "30 04"]
    autumn = calendar.boundaries(AUTUMN, timedelta(hours=8), 4)
    assert real(calendar, autumn) == ["25 00", "25 07", "25 15", "26 00", "26 08"]


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
@pytest.mark.parametrize("hours", [1, 2, 3, 4, 6, 8, 12, 24])
@pytest.mark.parametrize("day_starts", [time(0), time(6)])
def test_every_boundary_is_one_of_the_history_s(day, hours, day_starts):
    starts = tuple(sorted((datetime.combine(day, day_starts) + k * timedelta(hours=hours)).time() for k in range(24 // hours)))
    calendar = ShiftCalendar(BERLIN, starts, True, True, timedelta(hours=hours), day_starts)
    moments = calendar.boundaries(day - timedelta(days=2), timedelta(hours=max(4, hours)), 24)
    stamps = [round(calendar.to_utc(moment).timestamp() * 1e6) for moment in moments]
    bounds = period_bounds(stamps[0], stamps[-1], hours * 3_600_000_000, "Europe/Berlin", day_starts)
    assert set(stamps) <= set(bounds.tolist())
    assert stamps == sorted(set(stamps))
    assert [calendar.to_local(calendar.to_utc(moment)) for moment in moments] == moments


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
@pytest.mark.parametrize("hours", [1, 2, 3])
def test_no_change_falls_into_the_night_of_a_clock_change(day, hours):
    calendar = of_periods(hours, nights=False)
    moments = calendar.boundaries(day - timedelta(days=1), timedelta(hours=4), 16)
    assert not any(is_night(calendar.to_utc(moment).astimezone(BERLIN).time()) for moment in moments)


def test_a_moment_within_a_period_is_never_free_before_it_came():
    calendar = of_periods(4)
    for day in (SPRING, AUTUMN):
        for quarter in range(4 * 26):
            moment = calendar.to_utc(day) + timedelta(minutes=15 * quarter)
            free = calendar.to_utc(calendar.next_free(calendar.to_local(moment)))
            assert moment <= free <= moment + timedelta(hours=5)
