"""How much each variable moves."""

from __future__ import annotations

import polars as pl
import pytest

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


def test_an_empty_history(sheet_of, records):
    table = movement_data(prepare_history(sheet_of(), records([])), sheet_of())
    assert table["mean"].to_list() == [None, None]
    assert table["share_missing"].to_list() == [None, None]
