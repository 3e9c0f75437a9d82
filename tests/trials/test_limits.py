"""Which moves keep a limit that is learned: what was run tells of what was not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from workbench.loaders import records_from_frame
from workbench.plant import read_sheet
from workbench.trials.limits import limits_of
from workbench.trials.moves import axes_of
from workbench.trials.seen import read_seen

SHEET = """\
name: line
period: 4h
settings:
  a: {unit: degC, low: 60, high: 90, max_step: 4}
  mode: {choices: [east, west, north]}
outcomes:
  y: {unit: "%"}
  t: {unit: degC, high: 76}
objective: {maximize: y}
"""
NOW = {"a": 70.0, "mode": "east"}
NORTH, FAR = {**NOW, "mode": "north"}, {**NOW, "a": 78.0}  # neither ever ran


def _kept(slope, seed):
    """The limit lies four standard deviations above what is run now."""
    rng = np.random.default_rng(seed)
    ran = [{"a": 70.0 + 2.0 * rng.integers(-1, 2), "mode": ("east", "west")[n // 6 % 2]} for n in range(120)]
    rows = [{**row, "y": 80.0 + rng.normal(), "t": 72.0 + slope * (row["a"] - 70.0) + rng.normal()} for row in [*ran, NOW]]
    times = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=4 * n) for n in range(len(rows))]
    sheet = read_sheet(SHEET, "line.yaml")
    frame = pl.DataFrame(rows).with_columns(pl.Series("time", times))
    seen = read_seen(sheet, axes_of(sheet), records_from_frame(sheet, frame, "by hand"))
    return limits_of(seen, NOW).keep([NOW, NORTH, FAR])


def test_a_limit_that_nothing_touches_forbids_no_choice_that_never_ran():
    for seed in range(5):
        assert NORTH in _kept(0.0, seed)


def test_a_limit_that_a_setting_breaks_is_kept_where_it_never_ran():
    for seed in range(5):
        kept = _kept(1.0, seed)  # [degC/degC]
        assert NOW in kept
        assert FAR not in kept
