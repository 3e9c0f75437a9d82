"""How an effect on an outcome reads in the objective: a number times the outcome, plus what settings and conditions add."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.plant import Formula, Sheet
from workbench.tuning.present import Present

__all__ = ["Part", "part_of_objective"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Part:
    """One outcome's part of something learned.

    Parameters
    ----------
    factor : float
        What one unit of the outcome adds, not 0 [unit of what is learned per unit of the outcome].
    exact : array of float
        What the settings themselves add at each move asked for, from now [unit of what is learned].
    """

    factor: float
    exact: Floats


def part_of_objective(sheet: Sheet, frame: pl.DataFrame, present: Present, outcome: str, moved: pl.DataFrame) -> Part | None:
    """Return the outcome's part of the objective, or None where that is not a number times it plus settings and conditions.

    Whether it is, is asked of the recorded periods: with another period's outcome in each, the objective must move in step.

    Parameters
    ----------
    sheet : Sheet
        Knows the objective.
    frame : polars.DataFrame
        The usable periods.
    present : Present
        Settings now, and the recent conditions over which what settings add is averaged.
    outcome : str
        The one that an effect speaks of.
    moved : polars.DataFrame
        Settings, a row each, at which to say what they themselves add.
    """
    formula = sheet.objective.formula
    if formula.names & set(sheet.outcomes) != {outcome}:
        return None
    known = _known(formula, frame)
    other = known.with_columns(pl.col(outcome).reverse())
    step = (other[outcome] - known[outcome]).cast(pl.Float64).to_numpy()
    rise = _values(formula, other) - _values(formula, known)
    finite = np.isfinite(rise) & np.isfinite(step)
    step, rise = step[finite], rise[finite]
    if not step.any():
        return None
    factor = float(step @ rise / (step @ step))
    if factor == 0.0 or not np.allclose(rise, factor * step, rtol=1e-6, atol=1e-6 * abs(factor) * float(np.abs(step).max())):
        return None
    recent = _known(formula, present.recent)
    recent = known if recent.is_empty() else recent
    added = [_added(formula, recent, place) for place in (present.now, *moved.iter_slices(1))]
    exact = np.array(added[1:]) - added[0]
    return Part(factor, exact) if np.isfinite(exact).all() else None


def _known(formula: Formula, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(sorted(formula.names)).with_columns(pl.col(pl.Float64).fill_nan(None)).drop_nulls()


def _added(formula: Formula, recent: pl.DataFrame, settings: pl.DataFrame) -> float:
    """Mean of the formula over recent periods with these settings, the outcomes as they were."""
    held = [
        pl.lit(settings[name][0], dtype=settings.schema[name]).alias(name)
        for name in settings.columns
        if name in recent.columns
    ]
    return float(np.mean(_values(formula, recent.with_columns(held))))


def _values(formula: Formula, frame: pl.DataFrame) -> Floats:
    return frame.select(formula.expr().alias("x"))["x"].cast(pl.Float64).to_numpy()
