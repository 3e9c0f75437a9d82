"""What small moves may still gain: nothing, little or something that is known."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.trials.belief import learn_belief
from workbench.trials.outlook import WORTH, outlook_of


def _outlook(memory, slope, n):
    rng = np.random.default_rng(n)
    moves = rng.integers(-1, 2, (n, 1)).astype(float)
    outcome = slope * moves[:, 0] + memory(rng, n, 0.5)
    belief = learn_belief(moves, np.empty((n, 0)), outcome, np.ones(n, dtype=np.int64))
    return outlook_of(belief, np.array([[-1.0], [0.0], [1.0]]), np.zeros(1))


def test_a_flat_response_leaves_the_less_room_the_more_is_known(memory):
    few, many = _outlook(memory, 0.0, 30), _outlook(memory, 0.0, 1500)
    assert not many.is_known
    assert many.expected <= many.room < many.worth < few.room
    assert many.worth == pytest.approx(WORTH, rel=0.15)  # noise of 1


def test_a_slope_is_known_to_gain_and_where_nothing_is_left_the_gain_is_0(memory):
    found = _outlook(memory, 0.5, 600)
    assert found.is_known
    assert found.expected == pytest.approx(0.5, abs=0.2)
    belief = learn_belief(np.zeros((8, 1)), np.empty((8, 0)), np.arange(8.0), np.ones(8, dtype=np.int64))
    assert outlook_of(belief, np.zeros((1, 1)), np.zeros(1)).room == 0.0
