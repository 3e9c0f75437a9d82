"""What recent periods would have been at the present settings: where promises and limits start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.counts import is_count
from workbench.models.surrogates.surrogate import Surrogate
from workbench.plant import Formula
from workbench.tuning.present import Present
from workbench.tuning.scatter import EVEN, Scatter

__all__ = ["RESULTS_FEW", "RESULTS_MIN", "AtNow", "at_now_in", "at_now_of", "thinned", "under_formula"]

RESULTS_MIN, RESULTS_LAST = 20, 100  # [periods] with fewer recent results than the first, the last ones of the history count
RESULTS_FEW = 150  # [results] with fewer, shares near 95 % are asked smoothed, too: 5 % are a handful; own assumption
TIMES_COUNT = 5  # how often a period stands there whose result is a count, of which hardly any are in the tail; own assumption
GOLDEN = 0.6180339887498949  # [-] of the way between two quantiles that each period starts further: the most even sequence
PERIODS_MAX = 500  # [periods] recent conditions are thinned evenly to at most this many

Floats = NDArray[np.float64]
Periods = TypeVar("Periods", pl.DataFrame, NDArray[np.int64])


@dataclass(frozen=True)
class AtNow:
    """Periods, and what one outcome would have been in each at the present settings.

    Where few results tell of it, or few of the values of a count, each period stands there several times, with what the whole
    history left unexplained spread over them.

    Parameters
    ----------
    recent : polars.DataFrame
        The periods.
    results : array of float
        The outcome of each at the present settings, in its unit; empty for a formula that needs no model.
    level : array of float
        What the model expects of each there, in the same unit; `results` lie as far off it as what is left unexplained.
    times : int
        How often each period stands there.
    scatter : Scatter
        How far results lie off their level.
    """

    recent: pl.DataFrame
    results: Floats
    level: Floats
    times: int = 1
    scatter: Scatter = EVEN

    def only(self, inside: NDArray[np.bool_]) -> AtNow:
        """Return those of the periods that are marked."""
        results, level = (x[inside] if len(x) else x for x in (self.results, self.level))
        return replace(self, recent=self.recent.filter(pl.Series(inside)), results=results, level=level)

    def moved(self, shift: Floats) -> Floats:
        """Return the results where the level of each is `shift` (settings, periods) higher, with the scatter it has there."""
        moved = self.results + shift
        if self.scatter.growth:
            left = self.results - self.level
            moved += (left - left.mean()) * (self.scatter.ratio(self.level + shift, self.level) - 1.0)
        return np.asarray(moved)


def at_now_of(surrogate: Surrogate, present: Present, target: str) -> AtNow:
    """Return the recent results of `target`, a column that was learned; those of the last 100 where hardly any are recent."""
    rows = surrogate.rows[target]
    chosen = np.flatnonzero(rows >= surrogate.frame.height - present.recent.height)
    if len(chosen) < RESULTS_MIN:
        chosen = np.arange(max(0, len(rows) - RESULTS_LAST), len(rows))
    chosen = thinned(chosen)
    results = surrogate.frame[target].cast(pl.Float64).fill_nan(None).drop_nulls().to_numpy()
    often = TIMES_COUNT if is_count(results) else 1
    times = max(often, PERIODS_MAX // len(chosen)) if len(chosen) < RESULTS_FEW else often
    return at_now_in(surrogate, present.now, target, chosen, times)


def at_now_in(surrogate: Surrogate, now: pl.DataFrame, target: str, chosen: NDArray[np.int64], times: int = 1) -> AtNow:
    """Return the `chosen` results of `target`, each standing there `times` times, at the settings `now` (one row)."""
    response, rows = surrogate.responses[target], surrogate.rows[target]
    scatter, fitted = Scatter.of(response), response.fitted(response.design)
    left = response.residuals[chosen]
    if times > 1:
        middle = np.full_like(fitted, scatter.middle)
        alike = _spread_alike(response.residuals * scatter.ratio(middle, fitted), len(chosen), times)
        chosen = np.repeat(chosen, times)
        left = left.mean() + alike * scatter.ratio(fitted[chosen], middle[chosen])
    always_now = surrogate.frame.with_columns(pl.lit(now[c][0], dtype=now.schema[c]).alias(c) for c in now.columns)
    shift = (surrogate.felt(target, always_now) - surrogate.felt(target, surrogate.frame))[rows[chosen]] @ response.coefficients
    here = AtNow(surrogate.frame[rows[chosen]], fitted[chosen] + left, fitted[chosen], times, scatter)
    return replace(here, results=here.moved(shift), level=here.level + shift)


def under_formula(formula: Formula, now: pl.DataFrame, frames: Sequence[pl.DataFrame]) -> AtNow:
    """Return the periods in which a formula over settings and conditions can be worked out.

    Those of the first frame, or the last 100 of the second where the first has hardly any; `now` holds the present settings.
    """
    recent, whole = frames
    conditions = sorted(formula.names - set(now.columns))
    if conditions:
        recent = recent.drop_nulls(conditions)
        if recent.height < RESULTS_MIN:
            recent = whole.drop_nulls(conditions).tail(RESULTS_LAST)
    return AtNow(thinned(recent), np.zeros(0), np.zeros(0))


def thinned(periods: Periods) -> Periods:
    """Return the periods, or their places, thinned evenly to at most 500."""
    return periods[:: max(1, -(-len(periods) // PERIODS_MAX))]


def _spread_alike(residuals: Floats, n: int, times: int) -> Floats:
    """For each of `n` periods, `times` quantiles of the residuals around their mean, evenly spread in and between periods."""
    start = np.arange(n) * GOLDEN % 1.0
    shares = (np.arange(times) + start[:, None]) / times
    return np.asarray(np.quantile(residuals - residuals.mean(), shares.ravel()))
