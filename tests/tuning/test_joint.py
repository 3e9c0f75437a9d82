"""Plants whose two settings answer lots that nobody records, which move the objective or do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from workbench.show.evidence import hidden_sentence
from workbench.tuning import Tuned, tune
from workbench.tuning.joint import JointMoves, joint_moves

PERIODS = 1500


def held(rng: np.random.Generator, length: float) -> np.ndarray:
    """Levels held for random lengths of about `length` periods."""
    starts = np.cumsum(rng.random(PERIODS) < 1.0 / length)
    return np.asarray(rng.normal(size=starts[-1] + 1)[starts])


@pytest.fixture(scope="module")
def plant_with(line: Callable[..., Any], plant_of: Callable[..., Any], memory: Callable[..., Any]) -> Callable[..., Any]:
    """Both settings run campaigns of their own and answer lots; recovery does `effect` a degree, and `of_lots` a lot."""

    def make(seed: int, effect: float = 0.0, of_lots: float = 0.0, answer: float = 1.5, lot: float = 75.0) -> Any:
        rng = np.random.default_rng(seed)
        lots, jitter = held(rng, lot), rng.normal(size=(2, PERIODS))
        columns = {
            "temperature": 72 + 1.5 * held(rng, 40.0) + answer * lots + 0.2 * jitter[0],
            "flow": 15 + held(rng, 40.0) - 0.7 * answer * lots + 0.1 * jitter[1],
            "feed": 30 + rng.normal(size=PERIODS),
        }
        recovery = effect * (columns["temperature"] - 72) + 0.4 * (columns["feed"] - 30) + of_lots * lots
        return plant_of(line(), columns | {"recovery": recovery + memory(seed, PERIODS, sd=0.7)})

    return make


def tuned(plant: Any) -> Tuned:
    return tune(plant.sheet, plant.surrogate, n_trials=3)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_lots_that_move_the_objective_are_found_and_promise_nothing(seed: int, plant_with: Callable[..., Any]) -> None:
    """The settings do nothing; learned from all moves they seem to."""
    plant = plant_with(seed, of_lots=1.0)
    assert joint_moves(plant.surrogate).is_suspect
    answer = tuned(plant)
    (finding,) = [f for f in answer.findings if f.code == "T110"]
    assert finding.tag in {"temperature", "flow"}
    assert "learned between such moves alone" in finding.text
    assert not answer.proposed
    assert not any(f.code == "T109" for f in answer.findings)
    assert answer.why.next_move is not None
    assert answer.why.next_move.measure is None
    name = next(n for n, s in plant.sheet.settings.items() if s.tag == finding.tag)
    said = answer.why.next_move.why or ""
    assert f"something that leaps and that no tag shows moves with {name} and other settings at once: record the" in said
    assert "number of the lot, order or recipe in use" in said


def test_between_joint_moves_the_effect_is_the_settings_own(plant_with: Callable[..., Any]) -> None:
    """A move as a lot makes it (1.5 degC up, flow 1.05 down) gives 0.45; learned from all moves it looks like more."""
    off_all, off_within = [], []
    for seed in range(4):
        plant = plant_with(seed, effect=0.3, of_lots=1.0)
        answer = tuned(plant)
        now = plant.surrogate.frame.select("temperature", "flow").mean()
        as_a_lot = now.with_columns(temperature=now["temperature"] + 1.5, flow=now["flow"] - 1.05)
        learned, again = plant.surrogate.responses["@objective"], answer.judge.surrogate.responses["@objective"]
        shift = plant.surrogate.basis.shift(as_a_lot, now, plant.surrogate.frame)
        (all_moves, _), (within, sd) = learned.change(shift), again.change(shift)
        assert all_moves[0] > 0.6
        assert within[0] == pytest.approx(0.45, abs=3 * sd[0])
        off_all.append(abs(all_moves[0] - 0.45))
        off_within.append(abs(within[0] - 0.45))
        assert answer.hidden is not None
        assert answer.hidden.joint_setting in {"temperature", "flow"}
        assert "together with others look as if there were one (T110)" in hidden_sentence(answer.hidden)
    assert np.mean(off_within) < 0.5 * np.mean(off_all)


def test_joint_moves_for_no_reason_are_rarely_warned_of(plant_with: Callable[..., Any]) -> None:
    """At 5 % each, three or more of ten would be warned of once in 87 times; the lots move the settings alone."""
    found = [joint_moves(plant_with(seed, effect=0.3).surrogate) for seed in range(10)]
    assert all(joint.chance is not None for joint in found)
    assert sum(joint.is_suspect for joint in found) <= 2


def test_settings_that_move_together_too_often_or_never_tell_nothing(plant_with: Callable[..., Any]) -> None:
    assert joint_moves(plant_with(0, of_lots=1.0, lot=8.0).surrogate).chance is None
    apart = joint_moves(plant_with(0, of_lots=1.0, answer=0.0).surrogate)
    assert apart.chance is None
    assert apart.count == 0


def test_suspect_from_one_in_twenty_on() -> None:
    stretch = np.arange(6)
    assert JointMoves(0.05, "flow", stretch).is_suspect
    assert not JointMoves(0.051, "flow", stretch).is_suspect
    assert not JointMoves(None, None, stretch).is_suspect
