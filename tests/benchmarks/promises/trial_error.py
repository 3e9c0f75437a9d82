"""How well a switchback trial of eight weeks could measure a gain on a plant, from the noise that the plant really has."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["error_of_path", "trial_error"]

Floats = NDArray[np.float64]

WEEKS = 8
BLOCK_HOURS = 24.0  # half of it washout; two periods where a period is longer
N_PATHS = 24  # noise paths that the standard error is averaged over


def trial_error(noise: Callable[[np.random.Generator, int], Floats], hours: float, rng: np.random.Generator) -> float:
    """Return the standard error of the mean difference of neighbouring blocks, one at either arm [unit of the noise].

    Parameters
    ----------
    noise : callable
        (generator, periods) -> a path of everything that neither settings nor conditions explain.
    hours : float
        Length of a period [h].
    """
    per_block, n_blocks = _blocks(hours)
    errors = [error_of_path(noise(rng, n_blocks * per_block), hours) for _ in range(N_PATHS)]
    return float(np.sqrt(np.mean(np.square(errors))))


def error_of_path(path: Floats, hours: float) -> float:
    """Return the same from one path of at least two blocks, such as a whole history: mean square of neighbours' differences."""
    per_block, n_blocks = _blocks(hours)
    pairs = len(path) // (2 * per_block)
    means = path[: pairs * 2 * per_block].reshape(2 * pairs, per_block)[:, per_block // 2 :].mean(axis=1)
    return float(np.sqrt(np.mean((means[0::2] - means[1::2]) ** 2) / (n_blocks // 2)))


def _blocks(hours: float) -> tuple[int, int]:
    """Periods of a block, and blocks of a trial."""
    per_block = max(round(BLOCK_HOURS / hours), 2)
    return per_block, int(WEEKS * 168 / (per_block * hours)) // 2 * 2
