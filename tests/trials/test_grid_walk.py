"""Points of a grid that carry a posterior are found without going over the grid."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.trials.grid_walk import walk_grid


def test_it_finds_nearly_all_of_what_the_grid_carries():
    sizes = (5, 5, 5, 5)
    log = -2.0 * ((np.indices(sizes).T - np.array([3, 1, 4, 0])) ** 2).sum(axis=-1).T.astype(float)
    asked = []

    def evidence(point):
        asked.append(point)
        return float(log[point])

    found = walk_grid(sizes, (0, 0, 0, 0), evidence)
    assert len(asked) == len(set(asked)) == len(found) < 5**4 / 2
    assert max(found, key=lambda point: found[point]) == (3, 1, 4, 0)
    assert np.exp(list(found.values())).sum() == pytest.approx(np.exp(log).sum(), rel=0.05)


def test_the_same_evidence_gives_the_same_points():
    first, again = (walk_grid((4, 4), (0, 0), lambda point: -float(sum(point))) for _ in range(2))
    assert first == again
