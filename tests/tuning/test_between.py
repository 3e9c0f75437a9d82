"""A whole number that follows the feed: the gain counts from one of its values, and what was run instead is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from workbench.tuning import Tuned, tune

FLOW = "  flow: {unit: m3/h, low: 10, high: 20, max_step: 2}\n"
N = 600
LOST = 0.8  # [%] recovery that one more pump costs, and that `strip` costs


@pytest.fixture(scope="module")
def tuned_with(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> Callable[..., Tuned]:
    """Pumps or mode as `values` says; the last seven days are 42 periods."""

    def make(setting: str, values: list[Any], cost: np.ndarray, beside: dict[str, Any] | None = None) -> Tuned:
        columns = moves(0, N)
        recovery = 80 + 0.3 * (columns["temperature"] - 72) - cost + memory(0, N, sd=0.3)
        sheet = line(FLOW, f"{FLOW}  {setting}\n")
        name = setting.partition(":")[0]
        plant = plant_of(sheet, columns | {name: values, "recovery": recovery} | (beside or {}))
        return tune(plant.sheet, plant.surrogate, n_trials=20)

    return make


def told(tuned: Tuned) -> list[str]:
    return [f.text for f in tuned.findings if f.code == "T113"]


def test_what_was_run_instead_is_told_with_what_it_is_worth(
    tuned_with: Callable[..., Tuned], moves: Callable[..., Any]
) -> None:
    """Three pumps where the feed is above its middle, two where it is below: three all the time lose half of `LOST`."""
    pumps = np.where(moves(0, N)["feed"] > 30.0, 3, 2)
    last = pumps[-42:]
    tuned = tuned_with("pumps: {low: 1, high: 4, integer: true, max_step: 1}", pumps.tolist(), LOST * pumps)
    [text] = told(tuned)
    now = tuned.judge.present.now["pumps"][0]
    assert now == round(last.mean())
    worth, low, high = re.search(r"is worth (\S+) %-points \(90 % interval (\S+) to (\S+)\)", text).groups()
    true = LOST * float((now - pumps[-360:]).mean())  # over 60 days, as the gain is
    assert float(worth) == pytest.approx(true, abs=0.12)
    assert text.endswith(f"so that a change of pumps gains so much {'less' if true > 0.0 else 'more'} over it")
    assert float(low) <= true <= float(high)
    assert f"counts from {now:g} held all the time" in text
    assert f"{100 * (last == 3).mean():.0f} %" in text


def test_a_choice_that_people_switch_is_told_too(tuned_with: Callable[..., Tuned]) -> None:
    modes = np.random.default_rng(5).choice(["keep", "strip"], N, p=[0.6, 0.4])
    [text] = told(tuned_with("mode: {choices: [keep, strip]}", modes.tolist(), LOST * (modes == "strip")))
    assert text.startswith("mode was not held at one value in the last 7 days of usable periods: keep (")
    assert "against that, what was run of late is worth -" in text
    assert text.endswith("so that a change of mode gains so much more over it")
    assert len(text) < 320  # a finding is read at a glance


def test_what_was_run_is_judged_over_the_periods_that_the_gain_is_judged_by(tuned_with: Callable[..., Tuned]) -> None:
    """Two pumps mostly, and three mostly in the last week: over 60 days more is lost by three than over that week."""
    pumps = np.random.default_rng(7).choice([2, 3], N, p=[0.7, 0.3])
    pumps[-42:] = np.tile([3, 3, 2], 14)
    [text] = told(tuned_with("pumps: {low: 1, high: 4, integer: true, max_step: 1}", pumps.tolist(), LOST * pumps))
    true = LOST * float((3 - pumps[-360:]).mean())
    assert true > LOST / 3.0 + 0.15
    worth, low, high = re.search(r"is worth \+(\S+) %-points \(90 % interval (\S+) to (\S+)\)", text).groups()
    assert float(worth) == pytest.approx(true, abs=0.12)
    assert float(low) <= true <= float(high)


def test_a_number_that_was_held_is_no_finding(tuned_with: Callable[..., Tuned], moves: Callable[..., Any]) -> None:
    pumps = np.where(moves(0, N)["feed"] > 30.0, 3, 2)
    pumps[-42:] = 2
    pumps[-3:] = 3
    assert told(tuned_with("pumps: {low: 1, high: 4, integer: true, max_step: 1}", pumps.tolist(), LOST * pumps)) == []


def test_what_was_set_tells_not_what_a_meter_reads(tuned_with: Callable[..., Tuned], moves: Callable[..., Any]) -> None:
    """Held at 3 throughout the last days; the meter reads 2.9 to 3.1, and one mean of a period is 2.6."""
    pumps = np.where(moves(0, N)["feed"] > 30.0, 3.0, 2.0)
    pumps[-42:] = 3.0
    pumps[-5] = 2.6
    read = pumps + np.random.default_rng(3).uniform(-0.1, 0.1, N)
    plain = "pumps: {low: 1, high: 4, integer: true, max_step: 1}"
    assert told(tuned_with(plain, pumps.tolist(), LOST * pumps)) == []
    measured = "pumps: {tag: P.SP, measured: P.PV, low: 1, high: 4, integer: true, max_step: 1}"
    assert told(tuned_with(measured, read.tolist(), LOST * pumps, {"pumps.set": pumps.tolist()})) == []
