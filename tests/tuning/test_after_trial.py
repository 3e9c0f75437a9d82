"""Settings that were switched to and fro, and where they stand afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from workbench.plant import Sheet
from workbench.tuning.after_trial import rows_since_switching
from workbench.tuning.present import present_of

BLOCKS = (70.0, 73.0) * 8  # sixteen blocks, as the shortest trial has
PERIOD = timedelta(hours=4)


def history(temperature: Any, **columns: Any) -> pl.DataFrame:
    n = len(temperature)
    start = datetime(2026, 1, 5, tzinfo=UTC)
    times = pl.Series([start + i * PERIOD for i in range(n)], dtype=pl.Datetime("us", "UTC"))
    return pl.DataFrame({"time": times, "temperature": temperature, "flow": [15.0] * n, "feed": [30.0] * n, **columns})


def trial(kept: float, after: int) -> list[float]:
    """A hundred periods at 70 degC, blocks of a day at 70 and 73 by turns, then so many periods at the arm that was kept."""
    return [70.0] * 100 + [t for block in BLOCKS for t in [block] * 6] + [kept] * after


@pytest.mark.parametrize("kept", [70.0, 73.0])
def test_now_that_mixes_both_arms_is_said(line: Callable[..., Sheet], kept: float) -> None:
    """Twelve periods after the trial the last seven days hold 30 of its periods still: 24 of one arm, or 12."""
    present = present_of(line(), history(trial(kept, 12)))
    assert present.now["temperature"][0] == pytest.approx(np.mean(trial(kept, 12)[-42:]))
    [finding] = present.findings
    assert finding.code == "T112"
    assert f"stands at {kept:g} degC since: now is the mean of them, {present.now['temperature'][0]:.4g}" in finding.text
    assert "within the last 7 days of usable periods" in finding.text


def test_where_periods_are_days_now_is_said_to_reach_further_back(line: Callable[..., Sheet]) -> None:
    """Seven days hold seven periods, and `now` is the mean of twenty: nine since the trial, eleven of it."""
    days = history([70.0] * 100 + [t for block in BLOCKS for t in [block] * 2] + [70.0] * 9)
    start = datetime(2026, 1, 5, tzinfo=UTC)
    days = days.with_columns(time=pl.Series([start + timedelta(days=i) for i in range(days.height)], dtype=days["time"].dtype))
    [finding] = [f for f in present_of(line("period: 4h", "period: 1d"), days).findings if f.code == "T112"]
    assert "within the last 20 usable periods, and stands at 70 degC since" in finding.text


def test_after_seven_days_nothing_is_mixed_any_more(line: Callable[..., Sheet]) -> None:
    present = present_of(line(), history(trial(73.0, 43)))
    assert (present.now["temperature"][0], present.findings) == (73.0, ())


def test_a_choice_that_was_on_trial_is_said(line: Callable[..., Sheet]) -> None:
    sheet = line("  flow: {", "  mode: {choices: [strip, keep]}\n  flow: {")
    mode = ["keep"] * 100 + [m for block in ("keep", "strip") * 8 for m in [block] * 3] + ["keep"] * 22 + ["strip"] * 12
    present = present_of(sheet, history([70.0] * len(mode), mode=mode))
    assert present.now["mode"][0] == "keep"
    assert ["stands at strip since: now is what it was most often, keep" in f.text for f in present.findings] == [True]


def test_what_was_not_on_trial_is_not_said(line: Callable[..., Sheet]) -> None:
    """Seven days are 42 periods: flow moved once, 12 periods ago, from 15 to 16."""
    temperature = trial(73.0, 12)
    flow = [15.0] * (len(temperature) - 12) + [16.0] * 12
    present = present_of(line(), history(temperature, flow=flow))
    assert present.now["flow"][0] == pytest.approx(15 + 12 / 42)
    assert [f.tag for f in present.findings] == [line().settings["temperature"].tag]


def test_changes_that_fall_into_a_period_and_readings_that_scatter_do_not_matter() -> None:
    """Each block begins halfway through a period, and what was set is read with 0.1 degC of noise."""
    levels = np.array(trial(73.0, 12))
    levels[1:] = np.where(np.diff(levels) != 0.0, (levels[1:] + levels[:-1]) / 2, levels[1:])
    read = levels + np.random.default_rng(0).uniform(-0.1, 0.1, len(levels))
    assert rows_since_switching(read.tolist(), None, 5.0) == 17  # the last block is at 73 degC as well


def test_too_few_changes_are_no_trial() -> None:
    """Eight changes are those of eight pairs; a step that stays, or seven changes, are somebody's way of running."""
    for changes, rows in ((1, None), (7, None), (8, 20)):
        values = [float(k % 2) for k in range(changes) for _ in range(6)] + [float(changes % 2)] * 20
        assert rows_since_switching(values, None, 1.0) == rows


def test_a_third_value_is_no_trial() -> None:
    assert rows_since_switching([v for v in [1.0, 2.0, 3.0] * 6 for _ in range(4)], None, 1.0) is None


def test_within_the_day_of_a_change_nothing_is_known_yet() -> None:
    values = trial(70.0, 6)
    times = [datetime(2026, 1, 5, tzinfo=UTC) + i * PERIOD for i in range(len(values))]
    assert rows_since_switching(values, times, 5.0) is None
    assert rows_since_switching([*values, 70.0], [*times, times[-1] + PERIOD], 5.0) == 7


@pytest.mark.parametrize("values", [[], [1.0], [1.0] * 50, ["a"] * 50])
def test_what_never_moved_was_not_on_trial(values: list[float | str]) -> None:
    assert rows_since_switching(values, None, 1.0) is None


def test_a_setting_that_has_left_now_is_said(line: Callable[..., Sheet]) -> None:
    """A plant of one result a day: now is the mean of its last 20 results, four weeks of working days, not of seven days."""

    def daily(*values: float) -> pl.DataFrame:
        days = pl.datetime(2026, 1, 5, time_zone="UTC") + pl.duration(days=pl.int_range(pl.len()))
        return history(list(values)).with_columns(time=days)

    present = present_of(line(), daily(*[66.0] * 60, *[70.0] * 4))
    [finding] = present.findings
    assert (present.now["temperature"][0], finding.code) == (66.8, "T114")
    assert finding.text.startswith(
        "temperature has stood at 70 degC for the last 4 usable periods, but now is 66.8 degC, the mean of the last 20: "
    )
    for still in ([66.0] * 60 + [70.0] * 2, [66.0] * 60 + [67.0] * 4, [66.0] * 44 + [70.0] * 20):  # too short or too near
        assert present_of(line(), daily(*still)).findings == ()
    assert present_of(line(), history([66.0] * 60 + [70.0] * 4)).findings == ()  # results of seven days are enough
