"""How often a limit would hold elsewhere, over the periods of the window."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.trials.belief import learn_belief
from workbench.trials.holding import Holding


def _holding(moves, outcome):
    belief = learn_belief(moves, np.empty((len(moves), 0)), outcome, np.ones(len(moves), dtype=np.int64))
    return Holding(belief, moves, outcome)


def test_a_limit_that_is_far_holds_and_one_at_the_mean_holds_half_the_time(memory):
    rng = np.random.default_rng(3)
    moves = rng.integers(-1, 2, (400, 1)).astype(float)
    holding = _holding(moves, 10.0 + memory(rng, 400, 0.5))
    here = np.zeros((1, 1))
    assert holding.shares(here, 10.0, is_high=True)[0] == pytest.approx(0.5, abs=0.2)
    assert holding.shares(here, 20.0, is_high=True)[0] > 0.999
    assert holding.shares(here, 20.0, is_high=False)[0] < 0.001


def test_the_level_is_that_of_the_place_wherever_most_was_run():
    rng = np.random.default_rng(0)
    moves = rng.integers(-12, 1, size=(400, 1)) / 2.0  # the origin is the border of what was run, far from its median
    outcome = 82.0 + 2.0 * moves[:, 0] + 0.7 * rng.normal(size=400)
    [held] = _holding(moves, outcome).shares(np.zeros((1, 1)), 82.0, is_high=True)
    assert held == pytest.approx(0.5, abs=0.25)


def test_a_count_that_may_not_rise_above_its_usual_value_holds_as_often_as_it_was_seen_to():
    """No stop in 95 % of the shifts: those without one lie on the bound, not half beyond it."""
    rng = np.random.default_rng(4)
    moves = rng.integers(-1, 2, (400, 1)).astype(float)
    stops = rng.poisson(0.05, 400).astype(float)
    [high] = _holding(moves, stops).shares(np.zeros((1, 1)), 0.0, is_high=True)
    [low] = _holding(moves, -stops).shares(np.zeros((1, 1)), 0.0, is_high=False)
    assert high == pytest.approx(float(np.mean(stops == 0.0)), abs=0.07)
    assert low == pytest.approx(high)
