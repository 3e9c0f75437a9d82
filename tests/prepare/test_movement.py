"""How much each variable moves."""

from __future__ import annotations

import polars as pl
import pytest

import workbench.show
from workbench.prepare import movement_data, prepare_history


def test_moves_means_and_missing_cells(sheet_of, records):
    # a week of hours: x steps by 5 (half of max_step) once a day, and by 1 (a tenth of it) in between
    rows = [(k, "x", 10 + 5 * (k // 24 % 2) + (k % 2)) for k in range(168)] + [(k + 0.5, "y", k) for k in range(168)]
    rows += [(k, "mode", "A" if k < 84 else "B") for k in range(168)] + [(k, "c", 2.0) for k in range(84)]
    sheet = sheet_of(settings="x: {low: 0, high: 100, max_step: 10}\nmode: {choices: [A, B]}", conditions="c: {max_gap: 1h}")
    table = movement_data(prepare_history(sheet, records(rows)), sheet)
    assert table["variable"].to_list() == ["x", "mode", "c", "y"]
    assert table["role"].to_list() == ["setting", "setting", "condition", "outcome"]
    assert table["moves"].to_list() == [6, 1, None, None]
    assert table["moves_per_week"].to_list() == [6.0, 1.0, None, None]
    assert table["share_missing"].to_list() == [0.0, 0.0, 0.5, 0.0]
    assert table.row(0, named=True)["mean"] == pytest.approx((4 * 10 + 3 * 15) / 7 + 0.5)
    assert table.row(1, named=True)["mean"] is None
    assert table.row(3, named=True)["max"] == 167.0
    assert table.schema["mean"] == pl.Float64


def test_a_filters_tail_is_no_move(sheet_of, records):
    # one step of 9 in 100 hours, felt over half a day: the filtered cells go on by more than 0.2 for several hours
    sheet = sheet_of(settings="x: {low: 0, high: 100, max_step: 1, settling: 12h}")
    rows = [(k, "x", 10.0 if k < 50 else 19.0) for k in range(100)] + [(k + 0.5, "y", k) for k in range(100)]
    history = prepare_history(sheet, records(rows))
    assert "D110" in {finding.code for finding in history.findings}
    assert (history.usable["x"].diff().abs() > 0.2).sum() > 5
    assert movement_data(history, sheet)["moves"].to_list()[0] == 1
    shown = workbench.show.movement_data(history, sheet)
    assert shown["moves"].unique().to_list() == [1]
    assert shown.filter(pl.col("periods") > 0)["periods"].to_list() == [50, 50]


def test_what_was_set_of_a_measured_setting_is_what_moves(sheet_of, records):
    # the measured value wanders by 5 every hour around a set value that never moves
    sheet = sheet_of(settings="x: {measured: x.pv, low: 0, high: 100, max_step: 10}")
    rows = [(k, "x", 10.0) for k in range(100)] + [(k, "x.pv", 10.0 + 5 * (k % 2)) for k in range(100)]
    history = prepare_history(sheet, records(rows + [(k + 0.5, "y", k) for k in range(100)]))
    assert movement_data(history, sheet)["moves"].to_list()[0] == 0


def test_an_empty_history(sheet_of, records):
    table = movement_data(prepare_history(sheet_of(), records([])), sheet_of())
    assert table["mean"].to_list() == [None, None]
    assert table["share_missing"].to_list() == [None, None]
