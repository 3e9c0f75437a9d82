"""What plants do by themselves: noise with memory, slow wandering, campaigns, missing values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

__all__ = ["Noise", "autoregressive", "campaigns", "gaps"]

Floats = NDArray[np.float64]

WANDER_MEMORY = 0.998  # correlation of slow wandering from one period to the next [-]
N_SHIFTS, N_RENEWALS = 3, 4  # changes of level, and renewals, in a history


def autoregressive(rng: np.random.Generator, n: int, memory: float, sd: float = 1.0) -> Floats:
    """Return a stationary normal AR(1) path: `memory` is its correlation from one period to the next, `sd` its spread."""
    start = rng.normal()
    steps = rng.normal(size=n) * np.sqrt(1.0 - memory**2)
    path, _ = lfilter([1.0], [1.0, -memory], steps, zi=[memory * start])
    return np.asarray(sd * path)


def campaigns(rng: np.random.Generator, n: int, mean_length: float, sd: float = 1.0) -> Floats:
    """Return levels that are held for random lengths (geometric, `mean_length` periods) and then drawn anew."""
    changes = np.cumsum(rng.random(n) < 1.0 / mean_length)
    return np.asarray(sd * rng.normal(size=changes[-1] + 1)[changes])


def gaps(rng: np.random.Generator, n: int, single: float, runs: float = 0.0, run_length: int = 12) -> NDArray[np.bool_]:
    """Return which periods have no record: single ones, and runs of about `run_length`; both as shares of the periods."""
    missing = rng.random(n) < single
    starts = np.flatnonzero(rng.random(n) < runs / max(run_length, 1))
    for start in starts:
        missing[start : start + 1 + rng.poisson(run_length)] = True
    return np.asarray(missing)


@dataclass(frozen=True)
class Noise:
    """Of one outcome, in its standard units.

    Parameters
    ----------
    memory, sd_memory : float
        Of the part with memory (AR(1)).
    sd_white : float
        Of the part without memory (sampling, laboratory).
    sd_wander : float
        Of the slow part (AR(1) with 0.998), such as fouling or instruments that drift.
    season : float
        Amplitude of one slow wave with a period of a third of the history.
    shifts : float
        Spread of the level's changes at a few unannounced moments (a repair, another instrument).
    saw : float
        Height of a slow decline that renewals (a fresh catalyst, a cleaned bed) undo a few times.
    tails : bool
        Whether the white part has heavy tails (Student's t with 3 degrees of freedom, same spread).
    """

    memory: float = 0.8
    sd_memory: float = 1.0
    sd_white: float = 0.5
    sd_wander: float = 0.0
    season: float = 0.0
    shifts: float = 0.0
    saw: float = 0.0
    tails: bool = False

    @property
    def sd_fast(self) -> float:
        """Standard deviation of a single period around the slow part."""
        return float(np.hypot(self.sd_memory, self.sd_white))

    def fast(self, rng: np.random.Generator, n: int) -> Floats:
        """Return memory and white part."""
        white = rng.standard_t(3, size=n) / np.sqrt(3.0) if self.tails else rng.normal(size=n)
        return autoregressive(rng, n, self.memory, self.sd_memory) + self.sd_white * white

    def slow(self, rng: np.random.Generator, n: int) -> Floats:
        """Return wandering, season, shifts and renewals."""
        place = np.arange(n) / n
        path = autoregressive(rng, n, WANDER_MEMORY, self.sd_wander)
        path += self.season * np.sin(6.0 * np.pi * place + rng.uniform(0, 2 * np.pi))
        if self.shifts:
            levels = np.cumsum(np.append(0.0, self.shifts * rng.normal(size=N_SHIFTS)))
            path += levels[np.searchsorted(np.sort(rng.random(N_SHIFTS)), place)]
        if self.saw:
            renewed = np.sort(np.append(0.0, rng.random(N_RENEWALS)))
            age = place - renewed[np.searchsorted(renewed, place, side="right") - 1]
            path -= self.saw * age * (N_RENEWALS + 1)
        return path
