"""Plants whose settings leap and also follow a cause that nobody records, which moves the objective or does not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from workbench.show.evidence import hidden_sentence
from workbench.tuning import Tuned, tune
from workbench.tuning.sudden import SuddenMoves, sudden_moves

PERIODS = 1500


@pytest.fixture(scope="module")
def tuned_with(line: Callable[..., Any], plant_of: Callable[..., Any], memory: Callable[..., Any]) -> Callable[..., Tuned]:
    """Temperature leaps with campaigns of 20 periods and follows a cause; recovery does `effect` a degree, and the cause's."""

    def make(seed: int, effect: float = 0.0, to_recovery: float = 0.0, leaps: float = 2.0, sd: float = 0.7) -> Tuned:
        rng, cause = np.random.default_rng(seed), memory(50 + seed, PERIODS, phi=0.95)
        campaigns = leaps * np.repeat(rng.normal(size=PERIODS // 20), 20)
        columns = {
            "temperature": 72 + campaigns + 1.5 * cause + 0.1 * leaps * rng.normal(size=PERIODS),
            "flow": 15 + np.repeat(rng.normal(size=PERIODS // 10), 10),
            "feed": 30 + rng.normal(size=PERIODS),
        }
        recovery = effect * (columns["temperature"] - 72) + 0.4 * (columns["feed"] - 30) + to_recovery * cause
        plant = plant_of(line(), columns | {"recovery": recovery + memory(seed, PERIODS, sd=sd)})
        return tune(plant.sheet, plant.surrogate, n_trials=3)

    return make


def asked(tuned: Tuned) -> SuddenMoves | None:
    """What sudden moves say of the proposed settings."""
    rows = tuned.judge.present.now.with_columns(**{s.name: s.proposed for s in tuned.settings})
    return sudden_moves(tuned.judge, tuned.judge.shifts(rows)[0])


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_gain_that_only_gradual_moves_speak_for_is_warned_of(seed: int, tuned_with: Callable[..., Tuned]) -> None:
    """Temperature does nothing, but a cause of both makes it look as if it did, to slow and to quick moves alike."""
    tuned = tuned_with(seed, to_recovery=1.0)
    assert tuned.proposed
    assert not any(f.code == "T106" for f in tuned.findings)
    (finding,) = [f for f in tuned.findings if f.code == "T109"]
    assert finding.tag == "temperature"
    assert tuned.hidden is not None
    assert tuned.hidden.sudden_setting == "temperature"
    assert "WARNING: gradual moves of temperature look as if there were one (T109)" in hidden_sentence(tuned.hidden)
    numbers = re.search(r"would give (\S+) %-points less \(90 % interval (\S+) to (\S+) %-points\)", finding.text)
    assert numbers is not None
    less, low, high = (float(n) for n in numbers.groups())
    assert 0.0 < low < less < high
    assert "above all of temperature" in finding.text
    assert tuned.gain is not None
    assert f"{tuned.gain.expected:.3g} %-points are promised" in finding.text
    assert tuned.gain.expected < high  # sudden moves gain nothing, all moves lie between them and gradual ones


def test_where_nothing_is_proposed_the_cause_is_asked_for(tuned_with: Callable[..., Tuned]) -> None:
    """The temperature loses 0.25 a degree, which the cause hides from gradual moves: no promise is left to be warned of."""
    tuned = tuned_with(2, effect=-0.25, to_recovery=1.0, sd=0.9)
    assert not tuned.proposed
    assert not any(f.code == "T109" for f in tuned.findings)
    assert tuned.hidden is None or tuned.hidden.sudden_setting is None
    assert tuned.why.next_move is not None
    assert tuned.why.next_move.measure is None
    assert tuned.why.next_move.why == "something gradual that no tag shows moves with temperature: find and record it"


def test_a_gain_of_the_settings_own_is_rarely_warned_of(tuned_with: Callable[..., Tuned]) -> None:
    """At 5 % each, two or more of five would be warned of once in 44 times; the cause moves the temperature alone."""
    tuned = [tuned_with(seed, effect=0.3) for seed in range(5)]
    assert all(t.proposed for t in tuned)
    assert sum(any(f.code == "T109" for f in t.findings) for t in tuned) <= 1


def test_sudden_and_gradual_moves_agree_on_an_effect(tuned_with: Callable[..., Tuned]) -> None:
    sudden = asked(tuned_with(0, effect=0.3))
    assert sudden is not None
    assert sudden.less == pytest.approx(0.0, abs=3.0 * sudden.sd)
    assert sudden.sd > 0.0


def test_settings_that_never_leap_tell_nothing(tuned_with: Callable[..., Tuned]) -> None:
    tuned = tuned_with(0, effect=0.3, leaps=0.0)
    moved = tuned.judge.present.now.with_columns(temperature=tuned.judge.present.now["temperature"] + 1.0)
    assert sudden_moves(tuned.judge, tuned.judge.shifts(moved)[0]) is None


def test_suspect_from_one_in_twenty_on() -> None:
    """1.645 standard deviations: 5 % of a normal distribution lie above."""
    assert not SuddenMoves(1.64, 1.0, "temperature").is_suspect
    assert SuddenMoves(1.65, 1.0, "temperature").is_suspect
    assert not SuddenMoves(-3.0, 1.0, "temperature").is_suspect
