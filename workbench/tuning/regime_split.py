"""Regimes: recent periods parted by the levels or the range of one condition."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.models.surrogates.basis import CROSS_SC
from workbench.plant import Sheet
from workbench.tuning.judge import Floats, Judge

__all__ = ["PERIODS_MIN", "Parted", "Regime", "parted_by_condition", "regimes_of"]

PERIODS_MIN = 20  # [periods] recent ones that a regime needs, to be judged by; own assumption
PERIODS_THIRD = 60  # [periods] recent ones in each of three ranges, else there are two; own assumption
REGIMES_MAX = 4  # of a categorical condition, the most frequent levels


@dataclass(frozen=True)
class Regime:
    """Periods in which one condition has one level, or lies from `low` to below `high` (None where open), in its unit."""

    condition: str
    choice: str | None = None
    low: float | None = None
    high: float | None = None

    def holds(self, frame: pl.DataFrame) -> NDArray[np.bool_]:
        """Return which periods of `frame` belong to the regime; never one whose condition is not known."""
        value = pl.col(self.condition)
        if self.choice is not None:
            inside = value == self.choice
        else:
            inside = value.is_not_null()
            inside = inside if self.low is None else inside & (value >= self.low)
            inside = inside if self.high is None else inside & (value < self.high)
        return frame.select(inside.fill_null(value=False).alias("x"))["x"].to_numpy()


@dataclass(frozen=True)
class Parted:
    """One condition that parts the recent periods.

    Parameters
    ----------
    condition : str
    regimes : tuple of Regime
    members : tuple of polars.DataFrame
        Recent periods of each regime.
    shares : array of float
        Their shares of all recent periods, together at most 1 [-].
    products : array of bool
        Which of the settings' terms are products with this condition.
    """

    condition: str
    regimes: tuple[Regime, ...]
    members: tuple[pl.DataFrame, ...]
    shares: Floats
    products: Floats


def regimes_of(sheet: Sheet, name: str, recent: pl.DataFrame) -> list[Regime]:
    """Return two to four regimes of a condition, in the sheet's order or from low to high; none where it parts nothing.

    A numeric condition is parted into thirds where each holds 60 recent periods, else into halves; a categorical one into its
    most frequent levels. Every regime holds 20 recent periods or more.

    Parameters
    ----------
    sheet : Sheet
        Knows the condition's choices.
    name : str
        One of its conditions.
    recent : polars.DataFrame
        A row a recent period, a column a condition.
    """
    values = recent[name].drop_nulls()
    choices = sheet.conditions[name].choices
    if choices is not None:
        counts = {c: int((values == c).sum()) for c in choices}
        most = sorted((c for c in choices if counts[c] >= PERIODS_MIN), key=lambda c: -counts[c])[:REGIMES_MAX]
        found = [Regime(name, choice=c) for c in choices if c in most]
    else:
        parts = 3 if len(values) >= 3 * PERIODS_THIRD else 2
        edges: list[float | None] = [None, *_edges(values, parts), None]
        found = [Regime(name, low=a, high=b) for a, b in pairwise(edges)]
    whole = len(found) >= 2 and all(int(r.holds(recent).sum()) >= PERIODS_MIN for r in found)
    return found if whole else []


def parted_by_condition(judge: Judge) -> list[Parted]:
    """Return every condition of the sheet that parts the recent periods and has products with settings."""
    basis, recent = judge.surrogate.basis, judge.present.recent
    places = judge.surrogate.responses["@objective"].setting_terms
    out = []
    for name in judge.sheet.conditions:
        products = np.zeros(len(places))
        for at, place in enumerate(places):
            variables = {basis.variables[basis.columns[c].variable].name for c in basis.terms[place]}
            products[at] = float(basis.groups[place] == CROSS_SC and name in variables)
        regimes = regimes_of(judge.sheet, name, recent) if products.any() else []
        if regimes:
            members = tuple(recent.filter(pl.Series(r.holds(recent))) for r in regimes)
            shares = np.array([m.height / recent.height for m in members])
            out.append(Parted(name, tuple(regimes), members, shares, products))
    return out


def _edges(values: pl.Series, parts: int) -> list[float]:
    """Quantiles between the parts, as round as a twentieth of the spread allows: a person compares with them."""
    if len(values) < 2:
        return []
    numbers = values.cast(pl.Float64).to_numpy()
    spread = float(numbers.std())
    if spread <= 1e-12 * max(1.0, abs(float(numbers.mean()))):
        return []
    grain = 10.0 ** math.floor(math.log10(spread / 5.0))
    between = [float(np.quantile(numbers, k / parts)) for k in range(1, parts)]
    return sorted({float(f"{round(edge / grain) * grain:.12g}") for edge in between})
