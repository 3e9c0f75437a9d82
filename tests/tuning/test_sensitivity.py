"""How strong a hidden cause would have to be, against published numbers, and plants with and without such a cause."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from workbench.models.surrogates.response import quick_beside
from workbench.show.evidence import hidden_sentence
from workbench.tuning import Tuned, tune
from workbench.tuning.search import SearchStoppedError
from workbench.tuning.sensitivity import SlowSwings, _robustness, _times, hidden_findings

PERIODS = 1200


@pytest.fixture(scope="module")
def confounded(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> Callable[..., Any]:
    """Temperature helps; a slow cause moves it by `to_setting` and the recovery by `to_recovery`."""

    def make(seed: int, to_setting: float = 0.0, to_recovery: float = 0.0, feed: float = 0.4) -> Any:
        columns = moves(seed, n=PERIODS)
        hidden = memory(50 + seed, PERIODS, phi=0.995)
        columns["temperature"] = columns["temperature"] + to_setting * hidden + 1.5 * (columns["feed"] - 30)
        noise = memory(seed, PERIODS, sd=0.7)
        recovery = 0.3 * (columns["temperature"] - 72) + feed * (columns["feed"] - 30) + to_recovery * hidden + noise
        return plant_of(line(), columns | {"recovery": recovery})

    return make


@pytest.fixture(scope="module")
def tuned_with(confounded: Callable[..., Any]) -> Callable[..., Tuned]:
    """What is tuned on such a plant."""

    def make(seed: int, to_setting: float = 0.0, to_recovery: float = 0.0, feed: float = 0.4) -> Tuned:
        plant = confounded(seed, to_setting, to_recovery, feed)
        return tune(plant.sheet, plant.surrogate, n_trials=3)

    return make


def test_robustness_as_published() -> None:
    """Darfur: t = 4.18 with 783 degrees of freedom (Cinelli and Hazlett 2020, table 1)."""
    assert _robustness(4.184 / np.sqrt(783)) == pytest.approx(0.139, abs=0.0005)


def test_times_as_published() -> None:
    """Darfur: a cause three times as strong as `female` moves 0.0973 (se 0.0233) to 0.0304 (Cinelli and Hazlett 2020, 5.1)."""
    bias = (0.09732 - 0.0304) / (0.02326 * np.sqrt(783))
    assert _times(with_move=0.00908, with_objective=0.1090, wanted=bias) == pytest.approx(3.0, abs=0.02)


def test_a_cause_of_both_is_warned_of(tuned_with: Callable[..., Tuned]) -> None:
    tuned = tuned_with(0, to_setting=2.0, to_recovery=2.0)
    assert tuned.hidden is not None
    assert tuned.hidden.slow_setting == "temperature"
    (finding,) = [f for f in tuned.findings if f.code == "T106"]
    assert finding.tag == "temperature"
    assert "slow and quick moves of temperature" in finding.text
    assert "learned from quick moves alone. Find and record" in finding.text
    assert tuned.gain is not None
    (outcome,) = [line for line in tuned.outcomes if line.name == "recovery"]
    assert (outcome.change, outcome.low) == pytest.approx((tuned.gain.expected, tuned.gain.low))  # the outcome is the objective


def test_a_stop_in_the_second_look_keeps_the_trials_of_the_first(confounded: Callable[..., Any]) -> None:
    plant = confounded(0, to_setting=2.0, to_recovery=2.0)

    def stop_late(what: str, done: int, _of: int) -> None:
        if "once more" in what and done == 2:
            raise KeyboardInterrupt

    with pytest.raises(SearchStoppedError) as stopped:
        tune(plant.sheet, plant.surrogate, n_trials=3, progress=stop_late)
    assert stopped.value.trials.filter(pl.col("origin") != "polish").height == 3


@pytest.mark.parametrize("seed", [50, 51, 52])
def test_quick_moves_take_a_slow_cause_out_of_an_effect_in_part(
    seed: int, line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> None:
    """The truth is 0.3 a degree; a slow cause that raises temperature and recovery together makes it look like more."""
    columns, hidden = moves(0, n=PERIODS), memory(seed, PERIODS, phi=0.995)
    campaigns = np.repeat(np.random.default_rng(7).normal(size=PERIODS // 10), 10)  # of 10 periods each
    columns["temperature"] = 72 + campaigns + hidden
    recovery = 0.3 * (columns["temperature"] - 72) + hidden + memory(0, PERIODS, sd=0.7)
    plant = plant_of(line(), columns | {"recovery": recovery})
    basis, response = plant.surrogate.basis, plant.surrogate.responses["@objective"]
    now = plant.surrogate.frame.select("temperature", "flow").mean()
    shift = basis.shift(now.with_columns(pl.col("temperature") + 1.0), now, plant.surrogate.frame)
    (all_moves, _), (quick, sd) = response.change(shift), response.blind_to(quick_beside(len(response.target))).change(shift)
    assert all_moves[0] > 0.4
    assert quick[0] == pytest.approx(0.3, abs=3 * sd[0])
    assert abs(quick[0] - 0.3) < 0.75 * abs(all_moves[0] - 0.3)


def test_quick_moves_of_noise_without_memory(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any]
) -> None:
    """Without memory the intercept is itself a slow wave and nothing of it is left: the rest is learned as well as before."""
    columns = moves(4, n=PERIODS)
    recovery = 0.3 * (columns["temperature"] - 72) + np.random.default_rng(4).normal(size=PERIODS)
    response = plant_of(line(), columns | {"recovery": recovery}).surrogate.responses["@objective"]
    assert response.noise.order == 0
    quick = response.blind_to(quick_beside(len(response.target)))
    terms = response.posterior.terms
    assert quick.mean[terms] == pytest.approx(response.mean[terms], abs=0.05)
    assert quick.residuals.mean() == pytest.approx(0.0, abs=0.1)


def test_slow_causes_of_one_alone_are_rarely_warned_of(tuned_with: Callable[..., Tuned]) -> None:
    """At 10 % each, three or more of ten would be warned of once in fourteen times."""
    warned = 0
    for seed in range(5):
        for to_setting, to_recovery in ((2.0, 0.0), (0.0, 2.0)):
            warned += any(f.code == "T106" for f in tuned_with(seed, to_setting, to_recovery).findings)
    assert warned <= 2


def test_strengths_are_shares_and_grow_with_the_gain(tuned_with: Callable[..., Tuned]) -> None:
    hidden = tuned_with(1).hidden
    assert hidden is not None
    assert 0.0 < hidden.robustness_low < hidden.robustness < 1.0
    assert hidden.condition == "feed"
    assert hidden.condition_with_move is not None
    assert 0.05 < hidden.condition_with_move < 0.9


def test_a_condition_that_does_nothing_is_no_measure(tuned_with: Callable[..., Tuned]) -> None:
    """A cause many times as strong as a condition without an effect is needed; few times one with a large effect."""
    idle, busy = tuned_with(2, feed=0.0).hidden, tuned_with(2, feed=2.0).hidden
    assert idle is not None
    assert busy is not None
    assert idle.times is not None
    assert busy.times is not None
    assert idle.times > 2.0 * busy.times


def test_what_a_weak_cause_could_do_is_said_as_the_worst(tuned_with: Callable[..., Tuned]) -> None:
    """Cinelli and Hazlett bound the bias of a cause of such strength: a twin of a condition may do far less."""
    tuned = tuned_with(2, feed=2.0)
    assert tuned.hidden is not None
    weak = tuned.hidden.model_copy(update={"times": 0.5, "condition_with_move": 0.1, "condition_with_objective": 0.2})
    (finding,) = hidden_findings(tuned.judge, weak, SlowSwings(None, None), is_quick=False)
    assert finding.text == (
        "a cause that nobody records, 0.5 times as strong as feed, could at worst erase the gain; feed tells 10 % of this move "
        "as the history holds it, and 20 % of the objective"
    )
    assert hidden_sentence(weak) == (
        "A cause that nobody measured, 0.5 times as strong as feed on move and objective, could at worst erase the gain."
    )
    alone = weak.model_copy(update={"times": None, "condition": None, "robustness": 0.14})
    assert hidden_sentence(alone) == (
        "A cause that nobody measured that explains 14 % of what is left of both, move and objective, could at worst erase the "
        "gain."
    )


def test_nothing_to_gain_nothing_to_erase(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> None:
    columns = moves(3)
    plant = plant_of(line(), columns | {"recovery": 0.4 * (columns["feed"] - 30) + memory(3, 400)})
    tuned = tune(plant.sheet, plant.surrogate, n_trials=3)
    assert not tuned.proposed
    assert not any(f.code == "T107" for f in tuned.findings)
