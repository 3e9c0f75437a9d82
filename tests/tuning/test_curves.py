"""Frames of curves: limits along each change, and the periods behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from workbench.tuning import limit_responses_frame, seen_frame, tune

OUTCOME = '  recovery: {unit: "%"}\n'
LIMITED = OUTCOME + '  loss: {unit: "%", low: 0, high: 9}\n'


def test_limits_and_periods_along_the_changes(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> None:
    """Loss rises by 0.3 per degC from 2.5 at 72 degC, and recovery by 0.5: temperature goes up."""
    columns = moves(0)
    up = columns["temperature"] - 72
    outcomes = {"recovery": 0.5 * up + memory(0, 400, sd=0.5), "loss": 2.5 + 0.3 * up + 0.3 * memory(3, 400)}
    plant = plant_of(line(OUTCOME, LIMITED), columns | outcomes)
    tuned = tune(plant.sheet, plant.surrogate, n_trials=5)
    frame = limit_responses_frame(tuned)
    changed = {s.name for s in tuned.settings if s.proposed != s.now}
    assert set(frame["setting"]) == changed
    assert set(frame["bound"]) == {"low", "high"}
    one = frame.filter((frame["setting"] == "temperature") & (frame["bound"] == "high"))
    assert set(one["limit_value"]) == {9.0}
    slope = np.polyfit(one["value"].to_numpy(), one["predicted"].to_numpy(), 1)[0]
    assert slope == pytest.approx(0.3, rel=0.1)
    assert (one["low"] <= one["predicted"]).all()
    assert (one["predicted"] <= one["high"]).all()
    seen = seen_frame(tuned)
    values = seen.filter(seen["setting"] == "temperature")["value"]
    assert len(values) == 300
    assert (values.min(), values.max()) == (columns["temperature"].min(), columns["temperature"].max())
