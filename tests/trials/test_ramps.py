"""Ramps keep max_rate: in no stretch of its span does a setting move by more than its size."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.trial_records import PlanSetting
from workbench.trials.ramps import ramp_hours, ramp_shares, ramp_steps


def _setting(present=1.0, proposed=1.5, rate: str | None = "0.2 per 4h") -> PlanSetting:
    return PlanSetting(name="s", tag="S", unit="%", present=present, proposed=proposed, max_rate=rate)


def test_nothing_to_move_has_no_steps():
    assert ramp_steps(_setting(), 1.0, 1.0) == []


def test_without_a_rate_and_for_choices_all_is_done_at_once():
    assert [(s.after, s.value) for s in ramp_steps(_setting(rate=None), 1.0, 1.5)] == [(timedelta(0), 1.5)]
    assert [s.value for s in ramp_steps(_setting("slow", "fast"), "slow", "fast")] == ["fast"]


def test_back_is_as_slow_as_there():
    assert [s.value for s in ramp_steps(_setting(), 1.5, 1.0)] == [1.3, 1.1, 1.0]


def test_the_slowest_setting_counts():
    settings = [_setting(), _setting(present=70.0, proposed=73.0, rate="1 per 1h")]
    assert ramp_hours(settings) == pytest.approx(10.0)  # 0.5 at 0.05 an hour
    assert ramp_shares(settings) == [(0.0, pytest.approx(0.4)), (4.0, pytest.approx(0.4)), (8.0, pytest.approx(0.2))]


@given(
    way=st.floats(-50, 50).filter(lambda w: abs(w) > 1e-3),
    cents=st.integers(1, 1000),
    hours=st.integers(1, 24),
)
def test_no_step_is_larger_than_its_size_and_the_end_is_reached(way, cents, hours):
    size = cents / 100
    setting = _setting(100.0, 100.0 + way, f"{size} per {hours}h")
    steps = ramp_steps(setting, 100.0, 100.0 + way)
    values = [100.0, *(step.value for step in steps)]
    assert values[-1] == 100.0 + way
    assert all(abs(b - a) <= size * (1 + 1e-6) for a, b in itertools.pairwise(values))
    assert all(b.after - a.after == timedelta(hours=hours) for a, b in itertools.pairwise(steps))
    assert steps[-1].after <= timedelta(hours=ramp_hours([setting])) + timedelta(seconds=1)
