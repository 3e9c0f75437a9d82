"""Values that stood still."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from workbench.prepare import prepare_history
from workbench.prepare.frozen import find_frozen
from workbench.prepare.readings import Readings


def readings(value):
    time = 60 * np.arange(len(value), dtype=np.int64)
    return Readings("T", time, np.asarray(value, dtype=float), np.ones(len(value), dtype=bool), None, 0, 0, 60)


def test_a_run_much_longer_than_usual():
    value = np.sin(np.arange(500.0))
    value[100:160] = value[100]
    (run,) = find_frozen(readings(value))
    assert (run.start, run.end) == (6000, 159 * 60)


def test_what_is_usual_for_the_tag_is_no_freeze():
    assert find_frozen(readings(np.repeat(np.arange(20), 40))) == []  # it changes every 40 readings
    assert find_frozen(readings(np.full(500, 1.0))) == []  # it never changes
    assert find_frozen(readings(np.sin(np.arange(500.0)))) == []


def solar_power(n_days):
    """Quarter hours of a plant that gives nothing at night, from 18:00 to 06:00, and never the same twice by day."""
    quarters = np.arange(96 * n_days)
    of_day = quarters % 96
    return np.where((of_day < 24) | (of_day >= 72), 0.0, 50.0 + np.sin(quarters * 0.7))


def test_a_value_that_a_tag_rests_at_again_and_again_is_no_freeze():
    assert find_frozen(readings(solar_power(30))) == []


def test_a_meter_that_is_dead_for_days_at_the_value_of_its_nights_is_found():
    value = solar_power(60)
    value[96 * 20 : 96 * 24] = 0.0
    (run,) = find_frozen(readings(value))
    assert (run.start, run.end) == (60 * (96 * 20 - 24), 60 * (96 * 24 + 23))


def test_a_meter_that_froze_by_day_is_found_beside_its_nights():
    value = solar_power(60)
    value[96 * 20 + 30 : 96 * 20 + 60] = value[96 * 20 + 30]
    (run,) = find_frozen(readings(value))
    assert (run.start, run.end) == (60 * (96 * 20 + 30), 60 * (96 * 20 + 59))


def test_it_is_said_only_where_the_plant_ran(sheet_of, records):
    value = 50 + np.sin(np.arange(60 * 60) / 3.0)
    value[600:990] = value[600]  # 10:00 to 16:30 while running
    value[2400:3000] = value[2400]  # 40:00 to 50:00 in a shutdown
    rows = [(k / 60, "c", v) for k, v in enumerate(value)]
    rows += [(k, "x", 0 if 40 <= k < 50 else 5 + k % 2) for k in range(60)] + [(k + 0.5, "y", 1.0) for k in range(60)]
    history = prepare_history(sheet_of(conditions="c:", more='period: 1h\nrunning: "x > 0"'), records(rows))
    assert [(f.tag, f.text) for f in history.findings if f.code == "D104"] == [
        (
            "c",
            "unchanged for 6.48 h from 2025-01-01 10:00 UTC while the plant ran: tune uses these readings, and so"
            " does verify but for results of the objective; where the instrument was dead, leave that time out (`exclude`),"
            " or the tag",
        )
    ]


def test_what_a_person_has_excluded_is_not_said_again(sheet_of, records):
    value = 50 + np.sin(np.arange(60 * 60) / 3.0)
    value[600:990] = value[600]  # 10:00 to 16:30
    rows = [(k / 60, "c", v) for k, v in enumerate(value)]
    rows += [(k, "x", 5 + k % 2) for k in range(60)] + [(k + 0.5, "y", 1.0) for k in range(60)]
    excluded = 'exclude: [{from: "2025-01-01 10:00", to: "2025-01-01 17:00", why: stuck}]'
    for more, n in (("period: 1h", 1), (f"period: 1h\n{excluded}", 0)):
        history = prepare_history(sheet_of(conditions="c:", more=more), records(rows))
        assert sum(f.code == "D104" for f in history.findings) == n


def weeks_with_idle_days(n_weeks=6):
    """Pieces an hour of a plant that stands from Saturday 18:00 to Monday 06:00: never twice the same, or 0."""
    hours = np.arange(24 * 7 * n_weeks)
    of_week = (hours + 24 * 2) % (24 * 7)  # 1 January 2025 is a Wednesday
    stands = (of_week >= 24 * 5 + 18) | (of_week < 6)
    return hours, np.where(stands, 0.0, 100.0 + hours % 7), stands


@pytest.mark.parametrize("period", ["1h", "4h", "8h", "1d"])
@pytest.mark.parametrize("aggregate", ["sum", "mean"])
def test_a_count_of_zero_while_the_plant_stands_is_no_freeze(sheet_of, records, period, aggregate):
    """Of the days on which it stops and starts again a part is 0 too, and they count as running."""
    hours, pieces, stands = weeks_with_idle_days()
    rows = [(k, tag, v) for k, v in zip(hours.tolist(), pieces, strict=True) for tag in ("y", "run")]
    rows += [(k, "x", 5 + k % 2) for k in hours.tolist()]
    sheet = sheet_of(outcomes=f"y: {{aggregate: {aggregate}}}", conditions="run:", more=f'period: {period}\nrunning: "run > 0"')
    history = prepare_history(sheet, records(rows))
    assert not [f.text for f in history.findings if f.code == "D104"]
    assert not any(mask.any() for mask in history.frozen.values())
    assert history.frame.filter(pl.col("reason") == "not running").height > 0
    assert stands.mean() > 0.2


def test_a_meter_that_froze_before_a_stop_is_said_with_the_time_that_the_plant_ran(sheet_of, records):
    """It stands still from Friday 00:00, 42 h before the stop, and over it; the periods that it fills while the plant ran."""
    hours, pieces, _ = weeks_with_idle_days()
    meter = 50.0 + np.sin(hours / 3.0)
    friday, monday = 24 * 2 + 24 * 7, 24 * 5 + 24 * 7 + 6
    meter[friday:monday] = meter[friday]
    rows = [(k, tag, v) for tag, values in (("y", meter), ("run", pieces)) for k, v in zip(hours.tolist(), values, strict=True)]
    rows += [(k, "x", 5 + k % 2) for k in hours.tolist()]
    history = prepare_history(sheet_of(outcomes="y:", conditions="run:", more='period: 1h\nrunning: "run > 0"'), records(rows))
    [finding] = [f for f in history.findings if f.code == "D104"]
    assert finding.tag == "y"
    assert finding.text.startswith("unchanged for 42 h from 2025-01-10 00:00 UTC while the plant ran: tune uses these readings")
    frozen = history.frame["time"].filter(history.frozen["y"])
    assert (frozen.len(), frozen.min(), frozen.max()) == (
        42,
        datetime(2025, 1, 10, tzinfo=UTC),
        datetime(2025, 1, 11, 17, tzinfo=UTC),
    )
