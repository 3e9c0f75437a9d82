"""What a simulated plant is to this benchmark: a sheet, a history as a historian exports it, and the truth behind both."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = ["Estimate", "Family", "Floats", "Plant", "Truth", "rng_of"]

Floats = NDArray[np.float64]


class Truth(Protocol):
    """What really happens, free of noise; nobody but the judge asks it.

    `settings` is one row a candidate, in the sheet's units and order; `rows` are row numbers of `Plant.frame` whose conditions
    (and hidden causes) count, under the behaviour that the plant has at the end of its history.
    """

    def objective(self, settings: Floats, rows: NDArray[np.int64]) -> Floats:
        """Return the mean of the objective for each candidate, signed so that more is better."""

    def held(self, settings: Floats, rows: NDArray[np.int64]) -> Floats:
        """Return the share of single periods within each limit, period noise included: (candidates, limits)."""


class Estimate(Protocol):
    """A fitted response: like the truth, but learned; of the oracle."""

    def objective(self, settings: Floats, rows: NDArray[np.int64]) -> Floats:
        """Return the fitted mean of the objective, signed so that more is better."""

    def held(self, settings: Floats, rows: NDArray[np.int64]) -> Floats:
        """Return the fitted share of single periods within each limit."""


@dataclass(frozen=True)
class Plant:
    """One random plant of a family.

    Parameters
    ----------
    sheet_text : str
        The plant sheet, as a user writes it.
    frame : polars.DataFrame
        `time` and one column a tag, null where nothing was recorded.
    truth : Truth
    unit : float
        Standard deviation of what a period of the objective scatters by itself; gains are reported in it.
    trial_error : float
        Standard error of the gain that a switchback trial of eight weeks would show [unit of the objective].
    fit : callable or None
        Fits the true response family to the usable rows: the oracle. None where there is no such family.
    search_rows : int
        Recent periods that the search for the best true settings looks at; fewer where the truth is slow.
    records : polars.DataFrame or None
        Long table of records where the plant gives them itself; else they are made from `frame`.
    """

    sheet_text: str
    frame: pl.DataFrame
    truth: Truth
    unit: float
    trial_error: float
    fit: Callable[[pl.DataFrame, NDArray[np.int64]], Estimate] | None = None
    search_rows: int = 240
    records: pl.DataFrame | None = None


@dataclass(frozen=True)
class Family:
    """Plants of one kind.

    Parameters
    ----------
    name, about : str
        `about` says in one line what is special.
    split : str
        `development` or `held-out`.
    group : str
        Which target it is judged by: `long` (1,500 periods and more), `scarce`, `changed`, `hidden` (unmeasured causes),
        `nothing` (placebo, flat, at the optimum), `nothing hidden` (the same with unmeasured causes).
    make : callable
        Seed -> Plant.
    weight : float
        Plants made for each plant asked for: placebo families make more, slow ones fewer.
    absent : callable
        Returns a sentence where the family cannot be made here (a package is missing), else None.
    """

    name: str
    about: str
    split: str
    group: str
    make: Callable[[int], Plant]
    weight: float = 1.0
    absent: Callable[[], str | None] = lambda: None


def rng_of(family: str, seed: int) -> np.random.Generator:
    """Return the generator of one plant: the same on every machine, different for each family and seed."""
    return np.random.default_rng([zlib.crc32(family.encode()), seed])
