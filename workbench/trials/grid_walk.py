"""Points of a grid that carry most of a posterior, where the grid is too large to go over."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

__all__ = ["walk_grid"]

SWEEPS = 12  # over all coordinates; own assumption
SEED = 0  # the same evidence gives the same points

Point = tuple[int, ...]


def walk_grid(sizes: Sequence[int], start: Point, evidence: Callable[[Point], float]) -> dict[Point, float]:
    """Return log evidence by point, for the points that a Gibbs sampler [1]_ looked at.

    Each coordinate in turn is drawn from its distribution given the others, for which every value of it is looked at. Points
    then count by their evidence, not by how often they were drawn.

    Parameters
    ----------
    sizes : sequence of int
        Number of values of each coordinate.
    start : tuple of int
        A point to begin at.
    evidence : callable
        Log of the posterior of a point, up to a constant; asked once for each point.

    References
    ----------
    .. [1] S. Geman and D. Geman, Stochastic relaxation, Gibbs distributions, and the Bayesian restoration of images, IEEE
       Transactions on Pattern Analysis and Machine Intelligence 6 (1984) 721.
    """
    rng = np.random.default_rng(SEED)
    found: dict[Point, float] = {}
    here = start
    for _ in range(SWEEPS):
        for at, size in enumerate(sizes):
            line = [(*here[:at], value, *here[at + 1 :]) for value in range(size)]
            for point in line:
                if point not in found:
                    found[point] = evidence(point)
            logs = np.array([found[point] for point in line])
            shares = np.exp(logs - logs.max())
            here = line[int(rng.choice(size, p=shares / shares.sum()))]
    return found
