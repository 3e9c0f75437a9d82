"""What is learned from moves: effects, their uncertainty, and noise with a memory."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.trials.belief import learn_belief


def _plant(memory, seed, n=400, slope=0.5, bend=0.0, phi=0.9, sd=1.0):
    rng = np.random.default_rng(seed)
    moves = np.repeat(rng.integers(-1, 2, n // 4).astype(float), 4)[:, None]
    condition = memory(rng, n, 0.95)
    outcome = 10.0 + slope * moves[:, 0] + bend * moves[:, 0] ** 2 + condition + memory(rng, n, phi, sd)
    return moves, condition[:, None], outcome, np.ones(n, dtype=np.int64)


def test_a_slope_is_found_and_its_interval_holds(memory):
    inside = 0
    for seed in range(40):
        mean, sd = learn_belief(*_plant(memory, seed)).change(np.array([[1.0]]), np.array([0.0]))
        inside += abs(mean[0] - 0.5) <= 1.645 * sd[0]
    assert 30 <= inside <= 40  # 36 expected; binomial 99.9 % from 30 on


def test_the_top_of_a_hill_is_found(memory):
    belief = learn_belief(*_plant(memory, 1, n=800, slope=0.0, bend=-0.8, phi=0.5))
    grid = np.linspace(-1, 1, 21)[:, None]
    assert abs(float(grid[np.argmax(belief.change(grid, np.array([0.0]))[0]), 0])) <= 0.3


def test_no_effect_is_believed_to_be_small(memory):
    means = [learn_belief(*_plant(memory, s, slope=0.0)).change(np.array([[1.0]]), np.array([0.0]))[0][0] for s in range(10)]
    assert np.abs(means).mean() < 0.15


def test_forgetting_the_memory_would_be_too_sure(memory):
    """A slow disturbance and a setting that moved once: the interval must be wide."""
    rng = np.random.default_rng(5)
    n = 200
    moves = np.where(np.arange(n) < n // 2, 0.0, 1.0)[:, None]
    outcome = memory(rng, n, 0.97)
    belief = learn_belief(moves, np.empty((n, 0)), outcome, np.ones(n, dtype=np.int64))
    _, sd = belief.change(np.array([[1.0]]), np.array([0.0]))
    white = np.std(outcome) * np.sqrt(4 / n)
    assert sd[0] > 1.4 * white


def test_draws_have_the_beliefs_mean_and_spread(memory):
    belief = learn_belief(*_plant(memory, 2))
    mean, sd = belief.change(np.array([[1.0]]), np.array([0.0]))
    rng = np.random.default_rng(0)
    draws = np.array([belief.draw(np.array([[1.0], [0.0]]), rng) for _ in range(3000)])
    apart = draws[:, 0] - draws[:, 1]
    assert apart.mean() == pytest.approx(mean[0], abs=4 * sd[0] / np.sqrt(3000))
    assert apart.std() == pytest.approx(sd[0], rel=0.1)


def test_a_limit_that_is_far_holds_and_one_at_the_mean_holds_half_the_time(memory):
    belief = learn_belief(*_plant(memory, 3, slope=0.0))
    here = np.zeros((1, 1))
    assert belief.held(here, 10.0, is_high=True)[0] == pytest.approx(0.5, abs=0.2)
    assert belief.held(here, 20.0, is_high=True)[0] > 0.999
    assert belief.held(here, 20.0, is_high=False)[0] < 0.001


def test_gaps_weaken_the_memory_and_missing_conditions_count_as_the_mean(memory):
    moves, conditions, outcome, gaps = _plant(memory, 4)
    conditions[::7] = np.nan
    gaps[::10] = 50
    mean, sd = learn_belief(moves, conditions, outcome, gaps).change(np.array([[1.0]]), np.array([0.0]))
    assert abs(mean[0] - 0.5) < 3 * sd[0]
