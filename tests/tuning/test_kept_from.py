"""A value that people keep from some conditions is not proposed for all of them: no record tells what it does there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from workbench.tuning import Tuned, tune

FLOW = "  flow: {unit: m3/h, low: 10, high: 20, max_step: 2}\n"
PUMPS = "  pumps: {low: 1, high: 4, integer: true, max_step: 1}\n"
MODE = "  mode: {choices: [keep, strip]}\n"
GRADE = "  grade: {choices: [a, b]}\n"
N = 600
LOST = 0.8  # [%] recovery that one more pump, or `strip`, costs


@pytest.fixture(scope="module")
def tuned_with(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> Callable[..., Tuned]:
    """A whole number or a choice with its values and what they cost; `changes` of the sheet and columns beside."""

    def make(setting: str, values: list[Any], cost: np.ndarray, *changes: str, **beside: Any) -> Tuned:
        columns = moves(0, N)
        recovery = 80 + 0.3 * (columns["temperature"] - 72) - cost + memory(0, N, sd=0.3)
        sheet = line(FLOW, f"{FLOW}{setting}", *changes)
        name = setting.partition(":")[0].strip()
        plant = plant_of(sheet, columns | {name: values, "recovery": recovery} | beside)
        return tune(plant.sheet, plant.surrogate, n_trials=20)

    return make


def proposed(tuned: Tuned, name: str) -> Any:
    """What stands for it in the change considered, proposed or not."""
    lines = tuned.candidate.settings if tuned.candidate is not None else tuned.settings
    return next(line.proposed for line in lines if line.name == name)


def told(tuned: Tuned) -> list[str]:
    return [f.text for f in tuned.findings if f.code == "T115"]


def three_where_feed_is_high(feed: np.ndarray, edge: float) -> np.ndarray:
    """Always three pumps where the feed is above `edge`, below it mostly three, too."""
    return np.where((feed > edge) | (np.random.default_rng(3).random(len(feed)) < 0.6), 3, 2)


def test_two_pumps_are_not_proposed_for_a_feed_that_always_had_three(
    tuned_with: Callable[..., Tuned], moves: Callable[..., Any]
) -> None:
    pumps = three_where_feed_is_high(moves(0, N)["feed"], 30.8)
    tuned = tuned_with(PUMPS, pumps.tolist(), LOST * pumps)
    assert tuned.judge.present.now["pumps"][0] == 3.0
    assert proposed(tuned, "pumps") == 3.0
    (kept,) = tuned.judge.kept_from
    feed = tuned.judge.present.recent["feed"].to_numpy()
    assert (kept.value, kept.condition, kept.side) == (2.0, "feed", "above")
    assert float(kept.edge) == pytest.approx(30.8, abs=0.1)
    assert kept.share == pytest.approx(float((feed > float(kept.edge)).mean()))
    (text,) = told(tuned)
    assert "2 with feed above 30." in text
    assert f"({100 * kept.share:.0f} % of recent periods)" in text


def test_pumps_that_were_switched_whatever_the_feed_are_proposed(
    tuned_with: Callable[..., Tuned], moves: Callable[..., Any]
) -> None:
    pumps = np.random.default_rng(3).choice([2, 3], N, p=[0.3, 0.7])
    tuned = tuned_with(PUMPS, pumps.tolist(), LOST * pumps)
    assert proposed(tuned, "pumps") == 2.0
    assert not told(tuned)


def test_a_choice_whose_few_long_campaigns_missed_a_feed_by_chance_is_proposed(
    tuned_with: Callable[..., Tuned], moves: Callable[..., Any]
) -> None:
    """Two campaigns of 50 periods in twelve; the feed changes as slowly, and was never high in them."""
    is_keep = np.isin(np.arange(N) // 50, [2, 7])
    rng = np.random.default_rng(6)
    feed = 30.0 + rng.normal(size=N) * 0.3 + np.repeat([0, 0, 0, 1.5, 0, 0, 0, 0, 1.5, 0, 0, 0], 50)
    modes = np.where(is_keep, "keep", "strip")
    tuned = tuned_with(MODE, modes.tolist(), LOST * ~is_keep, feed=feed)
    assert not tuned.judge.kept_from


def test_a_choice_kept_from_a_grade_is_not_proposed_for_all_grades(
    tuned_with: Callable[..., Tuned],
) -> None:
    rng = np.random.default_rng(4)
    grade = rng.choice(["a", "b"], N, p=[0.7, 0.3])
    is_keep = (grade == "a") & (rng.random(N) < 0.4)
    modes = np.where(is_keep, "keep", "strip")
    changes = ('  feed: {unit: "%"}\n', '  feed: {unit: "%"}\n' + GRADE)
    tuned = tuned_with(MODE, modes.tolist(), LOST * ~is_keep, *changes, grade=grade.tolist())
    assert proposed(tuned, "mode") == "strip"
    (text,) = told(tuned)
    assert "keep with grade b (" in text
