from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from workbench.plant import Sheet
from workbench.prepare.dead_time import DeadTime, dead_time_findings, dead_times
from workbench.records import History

HistoryOf = Callable[[Sheet, Mapping[str, Any]], History]
TWO = """a: {low: 0, high: 100, max_step: 5}
b: {low: 0, high: 100, max_step: 5}"""


def columns(seed: int, lag: int, effect: float = 1.0, n: int = 1000, slow: float = 0.0) -> dict[str, np.ndarray]:
    """Two settings held for some hours, a condition that follows the day, noise that remembers 0.7 of the hour before."""
    rng = np.random.default_rng(seed)
    a, b = np.repeat(rng.normal(size=n // 5 + 1), 5)[:n], np.repeat(rng.normal(size=n // 7 + 1), 7)[:n]
    c = np.sin(2 * np.pi * np.arange(n) / 24) + 0.3 * rng.normal(size=n)
    noise = np.zeros(n)
    for i in range(1, n):
        noise[i] = 0.7 * noise[i - 1] + rng.normal() * np.sqrt(1 - 0.7**2)
    felt = np.concatenate([np.zeros(lag), effect * (a - 0.5 * b)])[:n]
    if slow:
        for i in range(1, n):
            felt[i] = felt[i - 1] + (1 - np.exp(-1 / slow)) * (felt[i] - felt[i - 1])
    return {"a": a, "b": b, "c": c, "y": felt + 0.8 * c + noise}


@pytest.mark.parametrize(("lag", "slow"), [(0, 0.0), (3, 0.0), (0, 3.0), (2, 3.0), (10, 0.0)])
def test_dead_time_that_is_built_in_is_found(sheet_of, history_of: HistoryOf, lag: int, slow: float) -> None:
    sheet = sheet_of(settings=TWO, conditions="c:")
    for seed in range(3):
        (line,) = dead_times(history_of(sheet, columns(seed, lag, slow=slow)), sheet)
        assert line.hours == lag
        assert line.low is not None and line.high is not None  # noqa: PT018
        assert line.low <= lag <= line.high <= lag + 2
        assert [f.code for f in dead_time_findings([line], sheet)] == (["D119"] if lag else [])


def test_no_effect_tells_nothing(sheet_of, history_of: HistoryOf) -> None:
    sheet = sheet_of(settings=TWO, conditions="c:")
    lines = [dead_times(history_of(sheet, columns(seed, 0, effect=0.0)), sheet)[0] for seed in range(20)]
    assert sum(line.hours is not None for line in lines) <= 1  # 1 % of chance each
    assert {line.why for line in lines if line.hours is None} == {"the settings' moves do not show in it clearly enough"}


def test_a_shared_daily_cycle_is_no_answer(sheet_of, history_of: HistoryOf) -> None:
    sheet = sheet_of(settings=TWO, conditions="c:")
    made = columns(0, 0, effect=0.0)
    turns = 2 * np.pi * np.arange(1000) / 24
    (line,) = dead_times(
        history_of(sheet, made | {"b": made["b"] * 0.2 + np.sin(turns - 1), "y": made["y"] + 2 * np.sin(turns)}), sheet
    )
    assert line.hours is None


def test_what_the_sheet_gives_is_not_estimated(sheet_of, history_of: HistoryOf) -> None:
    sheet = sheet_of(settings=TWO, conditions="c:", outcomes="y: {lag: 90min}")
    lines = dead_times(history_of(sheet, columns(0, 3)), sheet)
    assert lines == [DeadTime("y", 1.5, is_given=True)]
    assert dead_time_findings(lines, sheet) == []


def test_periods_set_aside_as_unsteady_count_and_stops_do_not(sheet_of, history_of: HistoryOf) -> None:
    import polars as pl

    sheet = sheet_of(settings=TWO, conditions="c:")
    history = history_of(sheet, columns(0, 3))
    hour = pl.int_range(pl.len())
    for reason, told in (("unsteady", True), ("not running", False), ("excluded: repair", False)):
        marked = history.frame.with_columns(pl.when(hour > 20).then(pl.lit(reason)).alias("reason"))
        (line,) = dead_times(History(**{**vars(history), "frame": marked}), sheet)
        assert (line.hours == 3) is told


def test_too_few_changes_and_no_numeric_setting_are_said(sheet_of, history_of: HistoryOf) -> None:
    sheet = sheet_of(settings=TWO, conditions="c:")
    (line,) = dead_times(history_of(sheet, columns(0, 3, n=90)), sheet)
    assert line.why == "89 changes from one period to the next: at least 100 are needed"
    still = columns(0, 3) | {"a": np.ones(1000), "b": np.ones(1000)}
    assert dead_times(history_of(sheet, still), sheet)[0].why == "no numeric setting has moved"


def test_the_finding_names_what_to_write(sheet_of) -> None:
    sheet = sheet_of(outcomes="y: {tag: LAB.Y}")
    (found,) = dead_time_findings([DeadTime("y", 4.0, 2.0, 6.0)], sheet)
    assert (found.code, found.tag) == ("D119", "LAB.Y")
    assert found.text == (
        "y answers the settings after about 4 h (95 % interval 2 h to 6 h), and the sheet gives no lag: "
        "see whether `lag: 4h` is right"
    )


def test_batches_have_no_clock(sheet_of, history_of: HistoryOf) -> None:
    sheet = sheet_of(settings=TWO, conditions="c:", more="batch: heat")
    assert dead_times(history_of(sheet, columns(0, 3)), sheet) == []


def test_nothing_is_said_of_an_empty_history(sheet_of, history_of: HistoryOf) -> None:
    sheet = sheet_of(settings=TWO, conditions="c:")
    history = history_of(sheet, columns(0, 3))
    assert dead_times(History(**{**vars(history), "frame": history.frame.clear()}), sheet) == []


def test_the_same_history_gives_the_same_lines(sheet_of, history_of: HistoryOf) -> None:
    sheet = sheet_of(settings=TWO, conditions="c:")
    history = history_of(sheet, columns(5, 2))
    assert dead_times(history, sheet) == dead_times(history, sheet)
