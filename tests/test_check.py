from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from workbench.check import check_report, ledger_lines
from workbench.plant import read_sheet
from workbench.prepare import DeadTime
from workbench.records import Finding, History, RowLedger

SHEET = read_sheet(
    """
name: mill
title: Mill 2
period: 1h
settings: {speed: {unit: "-", low: 0, high: 10, max_step: 1}}
conditions: {grade: {choices: [A, B]}}
outcomes: {dust: {unit: "%", high: 5}}
objective: {minimize: dust, unit: "%"}
""",
    "mill.yaml",
)
FRAME = pl.DataFrame(
    {
        "time": [datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in range(4)],
        "batch": pl.Series([None] * 4, dtype=pl.String),
        "speed": [4.0, 5.0, 5.0, 6.0],
        "grade": ["A", "A", "B", "A"],
        "dust": [3.0, None, 2.0, 1.0],
        "@objective": [3.0, None, 2.0, 1.0],
        "@cost": pl.Series([None] * 4, dtype=pl.Float64),
        "steady": [True] * 4,
        "reason": pl.Series([None] * 4, dtype=pl.String),
    }
)


def report(*findings: Finding) -> str:
    ledger = RowLedger(1234, {"bad quality": 4, "not in the sheet": 1000, "never": 0})
    return check_report(SHEET, History(FRAME, ledger, RowLedger(4), findings, "ab", "mill.csv"))


def test_every_reading_and_period_is_accounted_for() -> None:
    said = report().splitlines()
    at = said.index("Readings: 1,234 = 230 used + 1,004 set aside")
    assert said[at + 1 : at + 4] == [
        "    1,000  not in the sheet",
        "        4  bad quality",
        "Periods: 4 = 4 used + 0 set aside",
    ]


def test_the_last_line_names_what_is_left_alone_and_units_that_do_not_fit() -> None:
    apart = Finding(code="D102", tag="speed", text="never near low..high: 4000 to 6000 in all of 4 usable periods")
    misfit = Finding(code="L111", tag="speed", text="the unit of 'speed' does not fit")
    assert report().endswith("These data can be tuned on.\n")
    assert report(Finding(code="D102", tag="speed", text="outside low..high in 2")).endswith("These data can be tuned on.\n")
    assert report(apart).endswith("These data can be tuned on, but speed is left alone (D102).\n")
    assert report(misfit).endswith("These data can be tuned on, correct the units first (L111).\n")
    assert report(apart, misfit).endswith("but speed is left alone (D102); correct the units first (L111).\n")


def test_what_moved_is_shown_in_its_unit() -> None:
    lines = [line.split() for line in report().splitlines()]
    # mean (4+5+5+6)/4, two moves by more than 20 % of max_step, in 4 h = 1/42 week
    assert ["speed", "-", "5", "4", "6", "2", "84", "0", "%"] in lines
    assert ["dust", "%", "2", "1", "3", "-", "-", "25", "%"] in lines
    assert ["grade", "-", "-", "-", "-", "2", "84", "0", "%"] in lines


def test_a_few_missing_periods_are_not_said_to_be_none() -> None:
    hours = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(2000)]
    long = pl.concat([FRAME] * 500).with_columns(time=pl.Series(hours), dust=pl.Series([None, *[1.0] * 1999]))
    said = check_report(SHEET, History(long, RowLedger(2000), RowLedger(2000), (), "ab", "mill.csv"))
    assert next(line for line in said.splitlines() if line.split()[:1] == ["dust"]).endswith("<0.1 %")


def test_header_counts_in_words_and_in_the_sheets_units() -> None:
    assert report().startswith("Mill 2: 1 setting, 1 condition, 1 outcome, periods of 1h, stamps in UTC\n")


def test_the_span_is_told_in_plant_time() -> None:
    east = SHEET.model_copy(update={"timezone": "Asia/Shanghai"})
    said = check_report(east, History(FRAME, RowLedger(4), RowLedger(4), (), "ab", "mill.csv"))
    assert "From 2026-01-01 08:00 to 2026-01-01 11:00 Asia/Shanghai (starts of periods)\n" in said


def test_dead_time_that_cannot_be_told_is_said() -> None:
    said = report().splitlines()
    at = said.index("Dead time, settings to outcomes")
    assert said[at + 1] == "  dust  cannot be told: 1 change from one period to the next: at least 100 are needed"


def test_dead_time_is_printed_with_its_interval_and_as_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.check.dead_times", lambda *_: [DeadTime("dust", 4.0, 2.0, 6.0)])
    said = report()
    assert "  dust  4 h (95 % interval 2 h to 6 h)\n" in said
    assert "| D119 |" in said
    monkeypatch.setattr("workbench.check.dead_times", lambda *_: [DeadTime("dust", 0.0, 0.0, 0.5)])
    assert "  dust  0 h (95 % interval 0 h to 30 min)\n" in report()
    assert "D119" not in report()
    monkeypatch.setattr("workbench.check.dead_times", lambda *_: [DeadTime("dust", 1.5, is_given=True)])
    assert "  dust  1.5 h, given in the sheet\n" in report()


def test_findings_of_sheet_and_data_stand_once() -> None:
    said = report(*SHEET.findings, Finding(code="D104", tag="speed", text="unchanged for 6.5 h"))
    assert said.count("S102") == 1
    assert "unchanged for 6.5 h" in said
    assert said.endswith("These data can be tuned on.\n")


def test_refusal_is_said() -> None:
    said = report(Finding(code="D202", text="no setting has moved", refuses=True))
    assert said.endswith("These data cannot be tuned on (D202): `workbench tune` would answer 'refused'.\n")


def test_ledger_without_reasons() -> None:
    assert ledger_lines("Readings", RowLedger()) == ["Readings: 0 = 0 used + 0 set aside"]
