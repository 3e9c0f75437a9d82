"""Durations, zones, dates, times of day and ramps."""

# ruff: noqa: E501  (tables: one case a line)
from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.plant import spans


@pytest.mark.parametrize(
    ("text", "hours"),
    [("4h", 4), ("30 min", 0.5), ("2d", 48), ("8 h", 8), ("1h30min", 1.5), ("1 h 30 min", 1.5), ("0", 0), ("90s", 0.025), ("1.5h", 1.5),
     ("2 weeks", 336), ("1 Day", 24), ("4 hours", 4)],
)  # fmt: skip
def test_a_duration_is_read(text, hours):
    assert spans.parse_duration(text) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("4", "'4' is a duration without its unit: write for instance 4h"),
        ("4m", "'4m' is not a duration: 'm' is none of s, min, h, d, w (did you mean 'min'?)"),
        ("4 huors", "'4 huors' is not a duration: 'huors' is none of s, min, h, d, w (did you mean 'hours'?)"),
        ("-4h", "'-4h' is not a duration: write for instance 4h, 30 min or 1h30min"),
        ("soon", "'soon' is not a duration: write for instance 4h, 30 min or 1h30min"),
        ("1:30", "'1:30' is not a duration: write for instance 4h, 30 min or 1h30min"),
        ("", "'' is not a duration up to 100 years: write for instance 4h"),
        ("9" * 30 + "d", f"'{'9' * 30}d' is not a duration up to 100 years: write for instance 4h"),
    ],
)
def test_what_is_no_duration_is_refused(text, sentence):
    with pytest.raises(InputError) as caught:
        spans.parse_duration(text)
    assert str(caught.value) == sentence


@given(st.integers(0, 10**8))
def test_a_duration_survives_writing_and_reading(seconds):
    span = timedelta(seconds=seconds)
    assert spans.parse_duration(spans.format_duration(span)) == span


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Asia/Shangai", "'Asia/Shangai' is not a time zone (did you mean 'Asia/Shanghai'?): write its IANA name, such as Europe/Berlin or UTC"),
        ("singapore", "'singapore' is not a time zone (did you mean 'Asia/Singapore'?): write its IANA name, such as Europe/Berlin or UTC"),
        (
            "UTC+8",
            "'UTC+8' is not a time zone: write a city such as Asia/Singapore, or Etc/GMT-8 (its sign is reversed by convention)",
        ),
        ("../../etc/passwd", "'../../etc/passwd' is not a time zone: write its IANA name, such as Europe/Berlin or UTC"),
    ],
)  # fmt: skip
def test_an_unknown_zone_is_refused(text, sentence):
    with pytest.raises(InputError) as caught:
        spans.parse_zone(text)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2025-03-01", datetime(2025, 2, 28, 16, tzinfo=UTC)),
        ("2025-03-01 06:30", datetime(2025, 2, 28, 22, 30, tzinfo=UTC)),
        ("2025-03-01T06:30:00Z", datetime(2025, 3, 1, 6, 30, tzinfo=UTC)),
        ("2025-03-01T06:30+02:00", datetime(2025, 3, 1, 4, 30, tzinfo=UTC)),
    ],
)
def test_a_stamp_is_local_unless_it_says_otherwise(text, wanted):
    assert spans.parse_stamp(text, ZoneInfo("Asia/Shanghai")) == wanted


def test_local_midnight_follows_summer_time():
    zone = ZoneInfo("Europe/Berlin")
    assert spans.parse_stamp("2025-01-01", zone) == datetime(2024, 12, 31, 23, tzinfo=UTC)
    assert spans.parse_stamp("2025-07-01", zone) == datetime(2025, 6, 30, 22, tzinfo=UTC)


def test_what_is_no_date_is_refused():
    with pytest.raises(InputError, match=r"^'01.03.2025' is not a date: write for instance 2025-03-01 or 2025-03-01 06:30$"):
        spans.parse_stamp("01.03.2025", ZoneInfo("UTC"))


def test_a_time_of_day():
    assert spans.parse_time_of_day("22:30") == time(22, 30)
    with pytest.raises(InputError, match=r"^'25:00' is not a time of day: write for instance \"06:00\"$"):
        spans.parse_time_of_day("25:00")


@pytest.mark.parametrize(
    ("text", "change", "hours"), [("0.5 per 4h", 0.5, 4), ("2 per h", 2, 1), ("15 per d", 15, 24), ("1/2h", 1, 2)]
)
def test_a_ramp_is_read(text, change, hours):
    assert spans.parse_ramp(text) == (change, timedelta(hours=hours))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("0.5", "'0.5' is not a ramp: write for instance 0.5 per 4h"),
        ("0 per 4h", "'0 per 4h' is not a ramp: both its numbers must be above 0"),
        ("1 per 0h", "'1 per 0h' is not a ramp: both its numbers must be above 0"),
        ("1 per 4x", "'4x' is not a duration: 'x' is none of s, min, h, d, w"),
    ],
)
def test_what_is_no_ramp_is_refused(text, sentence):
    with pytest.raises(InputError) as caught:
        spans.parse_ramp(text)
    assert str(caught.value) == sentence
