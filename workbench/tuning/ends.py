"""Outcomes of few values, such as a defect or none, or stops in a shift: no promise leads their mean beyond all of them."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from workbench.counts import is_count
from workbench.tuning.at_now import at_now_of
from workbench.tuning.judge import LEVEL, Judge

__all__ = ["ends_of", "improvement_ends", "within_ends"]

MIXES_MOST = 200  # of values of all such outcomes that are asked for; own assumption

Floats = NDArray[np.float64]


def ends_of(frame: pl.DataFrame, outcome: str) -> tuple[float, float] | None:
    """Return the least and the largest value of an outcome of few values (`counts.is_count`); None for others."""
    values = _values(frame, outcome)
    return (float(values[0]), float(values[-1])) if len(values) else None


def improvement_ends(judge: Judge, chosen: pl.DataFrame) -> tuple[float, float] | None:
    """Return the smallest and the largest improvement that any mix of such outcomes could bring at the `chosen` settings.

    The objective's formula says so where it names outcomes of few values and no others; None elsewhere, and where they have
    too many values together to ask for each mix.

    Parameters
    ----------
    judge : Judge
        Of the recent conditions.
    chosen : polars.DataFrame
        The settings, one row.
    """
    sheet, frame = judge.sheet, judge.surrogate.frame
    formula = sheet.objective.formula
    values = {name: _values(frame, name) for name in sheet.outcomes if name in formula.names}
    if not 0 < math.prod(len(v) for v in values.values()) <= MIXES_MOST or not values:
        return None
    there = judge.present.recent.with_columns(
        pl.lit(chosen[name][0], dtype=judge.present.recent.schema[name]).alias(name) for name in chosen.columns
    )
    mixes = [
        there.with_columns(pl.lit(value).alias(name) for name, value in zip(values, at, strict=True))
        .select(formula.expr().cast(pl.Float64))
        .to_series()
        .to_numpy()
        for at in product(*values.values())
    ]
    known = judge.sign * np.array(mixes)[:, np.isfinite(mixes).all(axis=0)]
    if not known.size:
        return None
    now = judge.sign * float(at_now_of(judge.surrogate, judge.present, "@objective").results.mean())
    return float(known.min(axis=0).mean()) - now, float(known.max(axis=0).mean()) - now


def _values(frame: pl.DataFrame, outcome: str) -> Floats:
    """The values of an outcome, rising; none where they are not few."""
    results = frame[outcome].cast(pl.Float64).fill_nan(None).drop_nulls().to_numpy()
    return np.unique(results) if is_count(results) else np.zeros(0)


def within_ends(expected: float, half: float, ends: tuple[float, float] | None) -> tuple[float, float, float]:
    """Return a change with the ends of its interval, given that it lies within `ends`: a normal distribution cut there.

    Examples
    --------
    >>> within_ends(2.0, 1.0, None)
    (2.0, 1.0, 3.0)
    >>> [round(x, 3) for x in within_ends(2.0, 1.6448536269514722, (-5.0, 2.0))]
    [1.202, 0.04, 1.937]
    """
    if ends is None or not ends[0] < ends[1]:
        return expected, expected - half, expected + half
    if half <= 0.0:
        at = min(max(expected, ends[0]), ends[1])
        return at, at, at
    sd = half / float(stats.norm.ppf(0.5 + LEVEL / 2.0))
    cut = stats.truncnorm((ends[0] - expected) / sd, (ends[1] - expected) / sd, loc=expected, scale=sd)
    low, high = (float(cut.ppf(0.5 + sign * LEVEL / 2.0)) for sign in (-1.0, 1.0))
    return float(cut.mean()), low, high
