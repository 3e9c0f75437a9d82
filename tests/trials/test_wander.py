"""What older results have of their own, at each step back in time."""

from __future__ import annotations

import numpy as np

from workbench.trials.wander import older_columns


def test_steps_lie_where_the_newest_half_and_quarter_begin():
    found = older_columns(np.full((32, 1), 3.0))  # steps at 16 and at 8 from the end: a slope and a level for each
    assert found.shape == (32, 4)
    assert (found[:, [0, 2]] > 0.0).sum(axis=0).tolist() == [16, 24]
    assert found[0].tolist() == [3.0, 1.0, 3.0, 1.0]
    assert found[-1].tolist() == [0.0, 0.0, 0.0, 0.0]


def test_few_results_have_no_steps():
    assert older_columns(np.ones((15, 2))).shape == (15, 0)
