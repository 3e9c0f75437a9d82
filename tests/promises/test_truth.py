"""Plants, their truth and the judge: what always holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy.signal import lfilter

from tests.benchmarks.promises.adapter import case_of, prepare
from tests.benchmarks.promises.best_point import best_point
from tests.benchmarks.promises.development import DEVELOPMENT
from tests.benchmarks.promises.feedback import Operators
from tests.benchmarks.promises.held_out import HELD_OUT
from tests.benchmarks.promises.judge import judge_plant
from tests.benchmarks.promises.noise import Noise
from tests.benchmarks.promises.plant import Family
from tests.benchmarks.promises.shapes import bowl, roof, stages
from tests.benchmarks.promises.shapes_held_out import reactor
from tests.benchmarks.promises.trial_error import trial_error
from tests.benchmarks.promises.world import Response, World, WorldTruth, build

QUICK = [family for family in (*DEVELOPMENT, *HELD_OUT) if family.name not in {"phosphoric_acid", "outsider"}]
BY_NAME = {family.name: family for family in QUICK}


def test_enough_families() -> None:
    assert len(DEVELOPMENT) >= 4
    assert len(HELD_OUT) >= 4
    assert not {f.name for f in DEVELOPMENT} & {f.name for f in HELD_OUT}
    placebo = sum(20 * f.weight for f in (*DEVELOPMENT, *HELD_OUT) if f.name.startswith("placebo"))
    assert placebo >= 200


@pytest.mark.parametrize("family", QUICK, ids=lambda f: f.name)
def test_a_plant_is_a_function_of_its_seed_and_runs_inside_its_bounds(family: Family) -> None:
    first, again = family.make(3), family.make(3)
    assert first.sheet_text == again.sheet_text
    assert first.frame.equals(again.frame)
    case = case_of(first)
    assert np.all(case.low <= case.now)
    assert np.all(case.now <= case.high)
    assert 3 <= len(case.settings) <= 12
    assert 1 <= len(case.conditions) <= 6
    assert first.frame["y"].null_count() > 0 or family.group == "scarce"
    assert first.trial_error > 0.0


def test_another_seed_is_another_plant() -> None:
    assert BY_NAME["bowl"].make(0).sheet_text != BY_NAME["bowl"].make(1).sheet_text


def test_history_is_what_was_recorded() -> None:
    plant = BY_NAME["bowl"].make(0)
    _, history = prepare(plant)
    case = case_of(plant)
    assert history.usable.height == plant.frame.filter(pl.col("y").is_not_null()).height
    for name in (*case.settings, "y"):
        recorded = plant.frame[name].to_numpy()[case.rows]
        np.testing.assert_allclose(case.usable[name].to_numpy(), recorded, rtol=1e-8)


@pytest.mark.parametrize("name", ["placebo_feedback", "placebo_drift", "placebo_hidden", "placebo_curved", "placebo_lots"])
def test_placebo_has_nothing_to_gain(name: str) -> None:
    (found,) = judge_plant(BY_NAME[name], 0, ["oracle"])
    assert found.attainable == 0.0
    assert found.real == 0.0


@pytest.mark.parametrize("name", ["optimum_bowl", "optimum_dome", "flat"])
def test_nothing_worth_a_trial_at_the_optimum(name: str) -> None:
    for seed in range(2):
        (found,) = judge_plant(BY_NAME[name], seed, ["quadratic"])
        assert 0.0 <= found.attainable < found.trial_error


@pytest.mark.parametrize("name", ["saturating", "ridge", "bottleneck"])
def test_nobody_gains_more_than_is_attainable_inside_the_limits(name: str) -> None:
    for found in judge_plant(BY_NAME[name], 1, ["oracle", "quadratic"]):
        kept = found.held_then >= min(found.held_now, 0.95) - 1e-9
        assert found.attainable >= found.real - 1e-12 or not kept


def test_a_plant_without_a_truth_at_its_present_settings_is_left_out_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    family = BY_NAME["scarce_bowl"]

    class Nowhere:
        def objective(self, settings: np.ndarray, rows: np.ndarray) -> np.ndarray:
            return np.full(len(settings), -np.inf)

        def held(self, settings: np.ndarray, rows: np.ndarray) -> np.ndarray:
            return np.zeros((len(settings), 1))

    without = replace(family, make=lambda seed: replace(family.make(seed), truth=Nowhere()))
    assert judge_plant(without, 0, ["ours"]) == []
    assert "left out scarce_bowl 0: no steady state at its present settings" in capsys.readouterr().out


def test_share_held_is_what_single_periods_do() -> None:
    case = case_of(BY_NAME["ridge"].make(0))
    truth = case.plant.truth
    assert isinstance(truth, WorldTruth)
    side = truth.world.side
    assert side is not None
    z = truth.standard(case.now[None])
    mean = side.form(side.theta, z[:, None, :], truth.surroundings(case.recent)[None])[0] + truth.x_slow[case.recent]
    noise = side.noise.fast(np.random.default_rng(0), 400_000).reshape(-1, 1)
    simulated = float(np.mean(mean[np.newaxis, :20] + noise <= truth.x_limit))
    assert truth.held(case.now[None], case.recent[:20])[0, 0] == pytest.approx(simulated, abs=0.01)


def test_best_point_by_hand() -> None:
    # the highest of -(a - 2)^2 - (b - 1)^2 where a + b <= 1, inside 0..1.5: on the line, at (1, 0)
    best = best_point(
        lambda s: -((s[:, 0] - 2.0) ** 2) - (s[:, 1] - 1.0) ** 2,
        lambda s: s.sum(axis=1) <= 1.0,
        np.array([0.2, 0.2]),
        np.zeros(2),
        np.full(2, 1.5),
    )
    np.testing.assert_allclose(best, [1.0, 0.0], atol=0.02)


def test_best_point_stays_where_nothing_is_better() -> None:
    now = np.array([0.4, 0.6])
    best = best_point(lambda s: -np.abs(s - now).sum(axis=1), lambda s: np.ones(len(s), bool), now, np.zeros(2), np.ones(2))
    np.testing.assert_array_equal(best, now)


def test_trial_error_of_white_noise() -> None:
    # days: blocks of two, the second counts; eight weeks hold 28 blocks, 14 pairs, each difference with variance 2
    found = trial_error(lambda rng, n: rng.normal(size=n), 24.0, np.random.default_rng(0))
    assert found == pytest.approx(np.sqrt(2.0 / 14.0), rel=0.15)


def test_slow_settings_are_felt_slowly() -> None:
    rng = np.random.default_rng(0)
    n, still = 60, Noise(0.0, 1e-9, 0.0, 0.0)
    gain = Response(lambda theta, z, c: z[..., 0] + 0.0 * c[..., 0], np.zeros(1), np.zeros(1), np.ones(1), still)
    operators = Operators(campaign=10.0)
    world = World(1.0, np.zeros((n, 1)), np.zeros(n), gain, None, operators, np.full(1, 3.0), np.ones(1), memory=0.8)
    plant = build(world, rng, "slow")
    assert isinstance(plant.truth, WorldTruth)
    z = plant.truth.standard(plant.frame.select("s1").to_numpy())[:, 0]
    felt = lfilter([0.2], [1.0, -0.8], z, zi=[0.8 * z[0]])[0]
    y = plant.frame["y"].to_numpy()
    known = ~np.isnan(y)
    np.testing.assert_allclose((y[known] - 80.0) / plant.truth.y_scale, felt[known], atol=1e-3)
    # the truth is what comes in the end
    at = plant.truth.centre + plant.truth.spread * np.array([[0.0], [2.0]])
    np.testing.assert_allclose(np.diff(plant.truth.objective(at, np.arange(n))), 2.0 * plant.truth.y_scale)


def test_shapes_by_hand() -> None:
    c = np.array([0.0, 1.0])
    # bends 0.1 and 0.2, optima 1 and -1, no conditions: -(0.1 * 1 + 0.2 * 4) at (0, 1)
    theta = np.array([0.1, 0.2, 1.0, -1.0, 0.0, 0.0, 0.0])
    assert bowl(theta, np.array([0.0, 1.0]), c) == pytest.approx(-0.9)
    # one stage of two loses 0.5 where its sigmoid stands at its middle, the other, far along, nothing
    assert stages(np.array([1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]), np.array([0.0, 50.0]), c) == pytest.approx(4.0)
    # three kinks across the first setting, slopes 1, at 0, 1 and 2: 3 + 2 + 1 below them at 3
    theta = np.array([1.0, 0.0] * 3 + [1.0] * 3 + [0.0, 1.0, 2.0] + [0.0] * 4)
    assert roof(theta, np.array([3.0, 7.0]), c) == pytest.approx(-6.0)
    # k1 = k2 = 1, time 1: the limit of Levenspiel's yield is exp(-1)
    theta = np.array([0.0, 0.5, 0.0, 0.9, 0.3, 1.0, 0.0, 0.0, 0.0, 0.0])
    assert reactor(theta, np.zeros(3), c) == pytest.approx(np.exp(-1.0), rel=1e-5)
