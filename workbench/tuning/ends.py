"""Outcomes of two values, such as a defect or none: their share has ends that no promise can lead beyond."""

from __future__ import annotations

from itertools import product

import numpy as np
import polars as pl
from scipy import stats

from workbench.tuning.at_now import at_now_of
from workbench.tuning.judge import LEVEL, Judge

__all__ = ["ends_of", "improvement_ends", "within_ends"]


def ends_of(frame: pl.DataFrame, outcome: str) -> tuple[float, float] | None:
    """Return the two values that all results of an outcome have; None where they have others, or one."""
    values = frame[outcome].drop_nulls().unique()
    return (float(values.min()), float(values.max())) if len(values) == 2 else None  # type: ignore[arg-type]


def improvement_ends(judge: Judge, chosen: pl.DataFrame) -> tuple[float, float] | None:
    """Return the smallest and the largest improvement that any share of such outcomes could bring at the `chosen` settings.

    The objective's formula says so where it names outcomes of two values and no others; None elsewhere.

    Parameters
    ----------
    judge : Judge
        Of the recent conditions.
    chosen : polars.DataFrame
        The settings, one row.
    """
    sheet, frame = judge.sheet, judge.surrogate.frame
    formula = sheet.objective.formula
    outcomes = [name for name in sheet.outcomes if name in formula.names]
    ends = [found for name in outcomes if (found := ends_of(frame, name)) is not None]
    if not outcomes or len(ends) < len(outcomes):
        return None
    there = judge.present.recent.with_columns(
        pl.lit(chosen[name][0], dtype=judge.present.recent.schema[name]).alias(name) for name in chosen.columns
    )
    values = [
        there.with_columns(pl.lit(value).alias(name) for name, value in zip(outcomes, at, strict=True))
        .select(formula.expr().cast(pl.Float64))
        .to_series()
        .to_numpy()
        for at in product(*ends)
    ]
    known = judge.sign * np.array(values)[:, np.isfinite(values).all(axis=0)]
    if not known.size:
        return None
    now = judge.sign * float(at_now_of(judge.surrogate, judge.present, "@objective").results.mean())
    return float(known.min(axis=0).mean()) - now, float(known.max(axis=0).mean()) - now


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
