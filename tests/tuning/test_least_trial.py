"""The shortest trial that is planned: by hand, and as the planner's own calendar lays it out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from workbench.switchback.lengths import LEAST_BLOCKS
from workbench.trials.calendar import calendar_of
from workbench.tuning.least_trial import shortest_trial

MONDAY = datetime(2026, 1, 5)  # noqa: DTZ001  plant time
ALL = {"temperature": 5.0, "flow": 0.0}


@pytest.mark.parametrize(
    ("rules", "hours", "weeks"),
    [
        ("", 4, 64 / 168),  # blocks of one period
        ('trial: {start_hours: ["06:00", "18:00"]}', 12, 192 / 168),
        ('trial: {start_hours: ["08:00"], weekends: false}', 24, 22 / 7),
        ("trial: {washout: 8h}", 12, 192 / 168),  # two periods of washout and one that counts
        ("trial: {nights: false}", 4, 4.0 / 7),  # four changes a day: 08, 12, 16 and 20
    ],
)
def test_as_the_planner_lays_it_out(line: Callable[..., Any], rules: str, hours: int, weeks: float) -> None:
    sheet = line("settings:", f"{rules}\nsettings:")
    assert shortest_trial(sheet, ALL) == pytest.approx(weeks)
    moments = calendar_of(sheet).boundaries(MONDAY, timedelta(hours=hours), LEAST_BLOCKS)
    assert (moments[-1] - moments[0]) / timedelta(weeks=1) == pytest.approx(weeks)


def test_settling_and_ramp_of_what_moves_are_washed_out(line: Callable[..., Any]) -> None:
    """Settling 20 h and a ramp of 5 degC at 1 degC an hour leave a period of 4 h after 25 h: in two days, not in one."""
    sheet = line("max_step: 5}", "max_step: 5, settling: 20h, max_rate: 1 per h}")
    assert shortest_trial(sheet, {"temperature": 5.0}) == pytest.approx(32 / 7)
    assert shortest_trial(sheet, {"flow": 1.0}) == pytest.approx(64 / 168)


def test_long_periods_take_long_blocks(line: Callable[..., Any]) -> None:
    assert shortest_trial(line("period: 4h", "period: 24h"), ALL) == pytest.approx(16 / 7)


def test_batches_have_none(line: Callable[..., Any]) -> None:
    assert shortest_trial(line("period: 4h", "batch: number"), ALL) is None


def test_a_settling_time_that_no_block_is_long_enough_for_takes_the_longest_blocks(line: Callable[..., Any]) -> None:
    assert shortest_trial(line("max_step: 5}", "max_step: 5, settling: 40d}"), ALL) == pytest.approx(64.0)
