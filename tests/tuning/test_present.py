from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from workbench.errors import InputError
from workbench.plant import Sheet
from workbench.tuning.present import Present, check_recent, present_of

FLOW = "  flow: {unit: m3/h, low: 10, high: 20, max_step: 2}"
MODE = (FLOW, "  mode: {choices: [strip, keep]}\n  n: {low: 1, high: 6, integer: true, max_step: 1}")


def history(periods: int, step: timedelta, **columns: Any) -> pl.DataFrame:
    start = datetime(2026, 1, 5, tzinfo=UTC)
    times = pl.Series([start + i * step for i in range(periods)], dtype=pl.Datetime("us", "UTC"))
    plain: dict[str, Any] = {"temperature": [70.0] * periods, "flow": [15.0] * periods, "feed": [30.0] * periods}
    return pl.DataFrame({"time": times, **plain, **columns})


def test_now_is_the_mean_of_the_last_seven_days(line: Callable[..., Sheet]) -> None:
    # 4 h periods: 42 in 7 days; the period that starts 7 days before the last one is out
    n, day = 400, 6
    temperature = [60.0] * (n - 7 * day) + [70.0] * (3 * day) + [77.0] * (4 * day)
    present = present_of(line(), history(n, timedelta(hours=4), temperature=temperature))
    assert present.now["temperature"][0] == pytest.approx((3 * 70 + 4 * 77) / 7)
    assert present.now.columns == ["temperature", "flow"]
    assert present.now.height == 1


def test_now_is_at_least_twenty_periods(line: Callable[..., Sheet]) -> None:
    temperature = [60.0] * 100 + [80.0] * 20
    present = present_of(line("period: 4h", "period: 1d"), history(120, timedelta(days=1), temperature=temperature))
    assert present.now["temperature"][0] == 80.0


def test_now_counts_from_the_last_record(line: Callable[..., Sheet]) -> None:
    """The history may end years before anybody looks at it, and have a hole before its end."""
    frame = history(400, timedelta(hours=4), temperature=[65.0] * 358 + [75.0] * 42)
    assert present_of(line(), frame).now["temperature"][0] == 75.0
    assert present_of(line(), frame.head(358)).now["temperature"][0] == 65.0


def test_recent_is_the_last_sixty_days(line: Callable[..., Sheet]) -> None:
    frame = history(600, timedelta(hours=4))
    present = present_of(line(), frame)
    assert present.recent.height == 360
    assert present.recent["time"][-1] == frame["time"][-1]


def test_recent_is_everything_where_sixty_days_hold_too_little(line: Callable[..., Sheet]) -> None:
    assert present_of(line("period: 4h", "period: 1d"), history(120, timedelta(days=1))).recent.height == 120


@pytest.mark.parametrize(("recent", "rows"), [("30d", 180), ("50", 50), ("300", 300)])
def test_recent_as_the_sheet_says(recent: str, rows: int, line: Callable[..., Sheet]) -> None:
    sheet = line("timezone: UTC", f"timezone: UTC\nrecent: {recent}")
    assert present_of(sheet, history(600, timedelta(hours=4))).recent.height == rows


def test_recent_as_the_sheet_says_though_it_holds_few_periods(line: Callable[..., Sheet]) -> None:
    """Sixty days of a daily plant are sixty periods: what a person wrote is not passed over for the whole history."""
    sheet = line("timezone: UTC", "timezone: UTC\nrecent: 60d", "period: 4h", "period: 1d")
    present = present_of(sheet, history(900, timedelta(days=1)))
    assert present.recent.height == 60
    check_recent(sheet, present)


@pytest.mark.parametrize(("written", "n"), [("19d", 19), ("12", 12)])
def test_too_few_periods_to_judge_by_are_refused(written: str, n: int, line: Callable[..., Sheet]) -> None:
    sheet = line("timezone: UTC", f"timezone: UTC\nrecent: {written}", "period: 4h", "period: 1d")
    present = present_of(sheet, history(900, timedelta(days=1)))
    with pytest.raises(InputError) as error:
        check_recent(sheet, present)
    assert str(error.value) == (
        f"the sheet line, recent: {written} holds {n} usable periods, at least 20 are needed to judge gain and limits by: "
        "write more, or leave recent out"
    )


def test_without_the_key_few_periods_are_not_refused(line: Callable[..., Sheet]) -> None:
    sheet = line("period: 4h", "period: 1d")
    check_recent(sheet, present_of(sheet, history(12, timedelta(days=1))))


def test_batches(line: Callable[..., Sheet]) -> None:
    frame = history(90, timedelta(hours=4), temperature=[60.0] * 70 + [80.0] * 20)
    frame = frame.with_columns(time=pl.lit(None, pl.Datetime("us", "UTC")))
    present = present_of(line("period: 4h", "batch: lot"), frame)
    assert present.now["temperature"][0] == 80.0
    assert present.recent.height == 60


def choices(line: Callable[..., Sheet], mode: list[str], n: list[float]) -> Present:
    return present_of(line(*MODE), history(40, timedelta(hours=4), mode=mode, n=n))


def test_choices_are_the_most_frequent_one(line: Callable[..., Sheet]) -> None:
    assert choices(line, ["strip"] * 25 + ["keep"] * 15, [3.0] * 40).now["mode"][0] == "strip"
    # among equals the one in force last
    assert choices(line, ["keep"] * 20 + ["strip"] * 20, [3.0] * 40).now["mode"][0] == "strip"
    assert choices(line, ["strip"] * 20 + ["keep"] * 20, [3.0] * 40).now["mode"][0] == "keep"


def test_a_setting_with_choices_may_be_called_count(line: Callable[..., Sheet]) -> None:
    sheet = line(FLOW, f"{FLOW}\n  count: {{choices: [strip, keep]}}")
    assert present_of(sheet, history(40, timedelta(hours=4), count=["strip"] * 25 + ["keep"] * 15)).now["count"][0] == "strip"


@pytest.mark.parametrize(("before", "after", "now"), [(3.0, 4.0, 3.0), (4.0, 3.0, 4.0), (5.0, 5.0, 5.0)])
def test_integers_are_the_nearest_whole_number(before: float, after: float, now: float, line: Callable[..., Sheet]) -> None:
    assert choices(line, ["keep"] * 40, [before] * 25 + [after] * 15).now["n"][0] == now


def test_now_outside_the_range_is_said(line: Callable[..., Sheet]) -> None:
    present = present_of(line(), history(100, timedelta(hours=4), temperature=[93.0] * 100))
    assert present.now["temperature"][0] == 93.0
    (finding,) = present.findings
    assert (finding.code, finding.tag) == ("T101", "temperature")
    assert finding.text == (
        "temperature stands at 93 degC, outside its range 60 to 90: a proposal can only move it towards the range"
    )


def test_now_is_what_people_set_not_what_was_measured(line: Callable[..., Sheet]) -> None:
    sheet = line("temperature: {unit", "temperature: {tag: T.SP, measured: T.PV, unit")
    frame = history(100, timedelta(hours=4)).with_columns(pl.lit(71.5).alias("temperature.set"))
    assert present_of(sheet, frame).now["temperature"][0] == 71.5


def test_set_value_not_known_is_said(line: Callable[..., Sheet]) -> None:
    """Without a reading of the set point the measured value stands for it, never a made-up number."""
    sheet = line("temperature: {unit", "temperature: {tag: T.SP, measured: T.PV, unit")
    frame = history(100, timedelta(hours=4)).with_columns(pl.lit(None, pl.Float64).alias("temperature.set"))
    present = present_of(sheet, frame)
    assert present.now["temperature"][0] == 70.0
    (finding,) = present.findings
    assert (finding.code, finding.tag) == ("T105", "T.SP")
    assert finding.text == "T.SP has no reading in the last days: temperature is taken from what was measured, T.PV"
