"""Best settings inside a box under limits, for any function: dense start, then a descent that shrinks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

__all__ = ["best_point"]

Floats = NDArray[np.float64]

N_SPREAD = 1024  # places spread evenly (Sobol)
N_CORNERS = 384  # corners of the box, some settings left alone
N_STARTS = 4  # best feasible places that are improved
SHARES: Floats = np.asarray(0.3 * 0.6 ** np.arange(13), dtype=np.float64)  # of the box, for the steps of the descent


def best_point(
    objective: Callable[[Floats], Floats],
    is_allowed: Callable[[Floats], NDArray[np.bool_]],
    now: Floats,
    low: Floats,
    high: Floats,
    seed: int = 0,
    is_slow: bool = False,
) -> Floats:
    """Return the allowed settings with the largest objective; `now` where nothing allowed is better.

    Parameters
    ----------
    objective, is_allowed : callable
        Of candidates (p, m).
    now, low, high : array (m,)
    is_slow : bool
        Whether a call costs seconds: a quarter of the places, two starts, wider steps.
    """
    n_spread, n_corners, n_starts = (N_SPREAD // 4, N_CORNERS // 4, 2) if is_slow else (N_SPREAD, N_CORNERS, N_STARTS)
    shares = SHARES[::2] if is_slow else SHARES
    rng = np.random.default_rng(seed)
    m = len(now)
    spread = low + (high - low) * qmc.Sobol(m, seed=rng).random(n_spread)
    sides = rng.choice([0.0, 0.5, 1.0], size=(n_corners, m), p=[0.4, 0.2, 0.4])
    corners = np.where(sides == 0.5, now, low + (high - low) * sides)
    part = rng.choice([0.25, 0.5, 1.0], size=(n_corners, 1))
    pool = np.vstack([now[None], spread, corners, now + part * (corners - now)])
    values = np.where(is_allowed(pool), objective(pool), -np.inf)
    values[0] = objective(now[None])[0]
    order = np.argsort(-values, kind="stable")[:n_starts]
    best, best_value = now, float(values[0])
    for i in order:
        if np.isfinite(values[i]):
            at, value = _climb(objective, is_allowed, pool[i], float(values[i]), low, high, rng, shares)
            if value > best_value:
                best, best_value = at, value
    return best


def _climb(
    objective: Callable[[Floats], Floats],
    is_allowed: Callable[[Floats], NDArray[np.bool_]],
    start: Floats,
    value: float,
    low: Floats,
    high: Floats,
    rng: np.random.Generator,
    shares: Floats,
) -> tuple[Floats, float]:
    at, m = start, len(start)
    axes = np.vstack([np.eye(m), -np.eye(m)])
    heading = np.zeros(m)
    for share in shares:
        for _ in range(6):
            turns = rng.normal(size=(24, m))
            turns /= np.linalg.norm(turns, axis=1, keepdims=True)
            moves = np.vstack([axes, turns, heading[None], 2.0 * heading[None]]) * share * (high - low)
            near = np.clip(at + moves, low, high)
            gains = objective(near)
            better = np.flatnonzero(gains > value + 1e-12 * abs(value))
            better = better[np.argsort(-gains[better], kind="stable")]
            allowed = better[is_allowed(near[better])] if len(better) else better
            if not len(allowed):
                break
            i = int(allowed[0])
            heading = (near[i] - at) / (share * (high - low))
            at, value = near[i], float(gains[i])
    return at, value
