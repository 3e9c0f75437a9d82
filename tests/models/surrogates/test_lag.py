"""Outcomes that follow their settings slowly, and settings that do not lie where they were set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.benchmarks.promises.adapter import case_of
from tests.benchmarks.promises.families import families_of
from workbench.models.surrogates.lag import lagged
from workbench.models.surrogates.surrogate import fit_surrogate
from workbench.plant import read_sheet

SHEET = """\
name: tank
period: 24h
timezone: UTC
settings:
  acid: {tag: A.SP, unit: "%", low: 0, high: 4, max_step: 0.5}
outcomes:
  strength: {unit: "%"}
objective: {maximize: strength, unit: "%"}
"""


def slow(settings: np.ndarray, memory: float) -> np.ndarray:
    """A first-order lag written out, settled at the start."""
    felt = settings.astype(float)
    for i in range(1, len(felt)):
        felt[i] = memory * felt[i - 1] + (1 - memory) * settings[i]
    return felt


def moved(rng: np.random.Generator, n: int, every: int = 2) -> np.ndarray:
    return 2 + 0.4 * np.repeat(rng.normal(size=n // every + 1), every)[:n]


@pytest.mark.parametrize("memory", [0.0, 0.3, 0.8])
def test_lag_by_hand(memory: float) -> None:
    rows = np.random.default_rng(0).normal(size=(40, 2))
    told = lagged(rows, np.arange(40) + 7, memory)
    assert told == pytest.approx(np.stack([slow(rows[:, 0], memory), slow(rows[:, 1], memory)], axis=1))


def test_lag_goes_on_through_a_gap() -> None:
    """Place 0, then 4: the first row counts for the places 1 to 3, where it has settled already."""
    told = lagged(np.array([[1.0], [3.0], [3.0]]), np.array([0, 4, 5]), 0.5)
    assert told.ravel().tolist() == [1.0, 2.0, 2.5]


def test_a_slow_outcome_is_learned_at_its_full_size(history_of: Callable[..., Any]) -> None:
    rng = np.random.default_rng(1)
    acid = moved(rng, 400)
    strength = 28 - 0.8 * (slow(acid, 0.6) - 2) + 0.1 * rng.normal(size=400)
    sheet = read_sheet(SHEET, "tank.yaml")
    surrogate = fit_surrogate(sheet, history_of(sheet, {"acid": acid, "strength": strength}))
    assert surrogate.memories["strength"][0] == 0.6
    now = pl.DataFrame({"acid": [2.0]})
    shift = surrogate.basis.shift(pl.DataFrame({"acid": [2.5]}), now, surrogate.frame)
    change, sd = surrogate.responses["strength"].change(shift)
    assert change[0] == pytest.approx(-0.4, abs=3 * sd[0])
    assert sd[0] < 0.05


def test_an_outcome_that_follows_at_once_has_no_memory(history_of: Callable[..., Any]) -> None:
    sheet = read_sheet(SHEET, "tank.yaml")
    for seed in range(5):
        rng = np.random.default_rng(seed)
        acid = moved(rng, 300)
        columns = {"acid": acid, "strength": 28 - 0.8 * (acid - 2) + slow(rng.normal(size=300), 0.7)}
        assert fit_surrogate(sheet, history_of(sheet, columns)).memories["strength"] == (0.0,)


def test_what_pushes_a_setting_off_its_set_value_is_not_credited_to_it(history_of: Callable[..., Any]) -> None:
    """Set values do nothing here; an unmeasured push moves both the measured setting and the outcome."""
    rng = np.random.default_rng(2)
    set_value, push = moved(rng, 600), rng.normal(size=600)
    columns = {
        "acid": set_value + 0.3 * push,
        "acid.set": set_value,
        "strength": 28 + 0.5 * push + 0.3 * rng.normal(size=600),
    }
    change = {}
    for name, line in (("beside", "tag: A.SP, measured: A.PV,"), ("alone", "tag: A.PV,")):
        sheet = read_sheet(SHEET.replace("tag: A.SP,", line), "tank.yaml")
        surrogate = fit_surrogate(sheet, history_of(sheet, columns))
        shift = surrogate.basis.shift(pl.DataFrame({"acid": [2.5]}), pl.DataFrame({"acid": [2.0]}), surrogate.frame)
        assert ("acid (off its set value)" in surrogate.frame.columns) == (name == "beside")
        change[name] = float(surrogate.responses["strength"].change(shift)[0][0])
    assert change["alone"] > 0.15
    assert change["beside"] == pytest.approx(0.0, abs=0.06)


@pytest.mark.parametrize("memory", [0.6, 0.8, 0.9])
def test_settings_that_act_slowly_beside_a_feed_that_acts_at_once(memory: float, history_of: Callable[..., Any]) -> None:
    """One lag for all would lose what the feed does at once: far more than the acid, whose moves last 20 periods, wins."""
    sheet = read_sheet(SHEET.replace("outcomes:", 'conditions:\n  feed: {unit: "%"}\noutcomes:'), "tank.yaml")
    for seed in range(3):
        rng = np.random.default_rng(seed)
        acid, feed = 2.0 + 0.5 * np.repeat(rng.normal(size=50), 20), rng.normal(size=1000)
        noise = slow(rng.normal(size=1000), 0.8)
        strength = 28 + 1.0 * slow(acid, memory) + 0.6 * feed + 0.5 * noise
        surrogate = fit_surrogate(sheet, history_of(sheet, {"acid": acid, "feed": 30 + feed, "strength": strength}))
        assert surrogate.memories["@objective"] == (memory, 0.0)
        shift = surrogate.basis.shift(pl.DataFrame({"acid": [2.5]}), pl.DataFrame({"acid": [2.0]}), surrogate.frame)
        mean, sd = surrogate.responses["@objective"].change(shift)
        assert abs(mean[0] - 0.5) < 3 * sd[0]
        assert sd[0] < 0.15  # it is known, not given up


@pytest.mark.parametrize("seed", range(4))
def test_settings_that_answer_the_outcome_are_not_taken_for_slow_ones(seed: int, history_of: Callable[..., Any]) -> None:
    """The acid does nothing; people add some when the strength, which wanders by itself, was low in the five periods before."""
    sheet = read_sheet(SHEET, "tank.yaml")
    rng = np.random.default_rng(seed)
    strength, acid = slow(rng.normal(size=1000), 0.8), np.zeros(1000)
    for i in range(5, 1000, 5):
        acid[i : i + 5] = 2.0 - 0.8 * strength[i - 5 : i].mean() + 0.4 * rng.normal()
    surrogate = fit_surrogate(sheet, history_of(sheet, {"acid": acid, "strength": 28 + strength}))
    assert surrogate.memories["@objective"] == (0.0,)


def test_settings_that_act_slowly_and_do_little_beside_the_noise(history_of: Callable[..., Any]) -> None:
    """Two thousand results and a hundred moves, each worth less than the noise scatters: a lag wins 20 to 40 nats."""
    sheet = read_sheet(SHEET.replace("outcomes:", 'conditions:\n  feed: {unit: "%"}\noutcomes:'), "tank.yaml")
    for seed in range(4):
        rng = np.random.default_rng(seed)
        acid, feed = 2.0 + 0.5 * np.repeat(rng.normal(size=100), 20), rng.normal(size=2000)
        strength = 28 + 0.25 * slow(acid, 0.8) + 0.6 * feed + 0.5 * slow(rng.normal(size=2000), 0.8)
        surrogate = fit_surrogate(sheet, history_of(sheet, {"acid": acid, "feed": 30 + feed, "strength": strength}))
        told = surrogate.memories["@objective"]
        assert told[0] in (0.6, 0.8, 0.9)
        assert told[1] == 0.0


def test_a_lag_does_not_take_the_place_of_slow_swings(history_of: Callable[..., Any]) -> None:
    """The acid does nothing; people set it by the feed of two days ago. Beside a swing that nobody records a lag of both wins
    30 nats where the noise is told by what the fit leaves, and hardly any where it is the likeliest noise.
    """
    sheet = read_sheet(SHEET.replace("outcomes:", 'conditions:\n  feed: {unit: "%"}\noutcomes:'), "tank.yaml")
    rng, n = np.random.default_rng(2), 180

    def swing(memory: float) -> np.ndarray:
        return slow(rng.normal(size=n), memory) * np.sqrt((1 + memory) / (1 - memory))

    feed = swing(0.967)
    acid = 2 + 0.3 * np.r_[feed[:2], feed[:-2]] + 0.3 * np.repeat(rng.normal(size=n // 12 + 1), 12)[:n]
    strength = 28 + feed + 1.8 * swing(0.95) + 0.8 * swing(0.85) + 0.7 * rng.normal(size=n)
    surrogate = fit_surrogate(sheet, history_of(sheet, {"acid": acid, "feed": 30 + feed, "strength": strength}))
    assert not any(surrogate.memories["@objective"])


@pytest.mark.parametrize(("family", "seed"), [("placebo_drift", 2133), ("placebo_feedback", 2136), ("flat", 2132)])
def test_a_lag_that_forecasts_nothing_is_not_believed(family: str, seed: int) -> None:
    """Settings that do next to nothing, beside swings that nobody records: lagged, they fit these better by 10 to 60 nats."""
    case = case_of(families_of("development", [family])[0].make(seed))
    surrogate = fit_surrogate(case.sheet, case.history)
    assert not any(surrogate.memories["@objective"])
