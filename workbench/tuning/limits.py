"""Limits as chances: the share of single periods within each limit at any settings, under recent conditions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import ndtr

from workbench.models.surrogates.surrogate import Surrogate
from workbench.plant import Formula, Sheet
from workbench.records import LimitLine
from workbench.tuning.present import Present

__all__ = ["HELD_SHARE", "LimitCheck", "limit_checks"]

HELD_SHARE = 0.95  # share of single periods that must hold a limit, unless today's share is lower [-]
CAUTION = 1.5  # standard deviations of its change that an outcome is taken closer to its limit; own assumption
CAUTION_MARGIN = 0.01  # [-] that the share may fall short by there; own assumption
TODAY_MARGIN = 0.02  # [-] about the standard error of today's share over the recent periods; own assumption
RESULTS_MIN, RESULTS_LAST = 20, 100  # [periods] with fewer recent results than the first, the last ones of the history count
PERIODS_MAX = 500  # [periods] recent conditions are thinned evenly to at most this many

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LimitCheck:
    """One limit and how to judge settings by it.

    A learned limit moves the recent periods, as they were, by the model's change from their settings to the ones asked for; a
    formula over settings and conditions alone is exact.
    """

    name: str
    bound: Literal["low", "high"]
    value: float
    unit: str
    target: str
    formula: Formula | None
    surrogate: Surrogate
    now: pl.DataFrame
    recent: pl.DataFrame
    at_now: Floats
    inflation: float

    def held(self, settings: pl.DataFrame, caution: float = 0.0) -> Floats:
        """Return the share of recent periods within the limit at each row of `settings`, model uncertainty included [-].

        With `caution` the outcome is taken that many of its standard deviations closer to the limit, and known for sure there.
        """
        if self.formula is not None:
            sign = 1.0 if self.bound == "high" else -1.0
            slack = sign * (self.value - self._exact(settings))
            return np.asarray(np.mean(slack >= -1e-9 * max(1.0, abs(self.value)), axis=1))
        response = self.surrogate.responses[self.target]
        shifts = self.surrogate.basis.shift_per_period(settings, self.now, self.recent, response.coefficients)
        sd = self._sd(settings)
        if caution:
            sign = 1.0 if self.bound == "high" else -1.0
            shifts, sd = shifts + sign * caution * sd[:, None], np.full_like(sd, 1e-9 * response.scale)
        return self._share(self.at_now[None, :] + shifts, sd)

    def held_now(self, settings: pl.DataFrame | None = None) -> Floats:
        """Return the share of recent periods within the limit at the present settings [-].

        With `settings`, seen with the uncertainty of each of those moves: promise and present are then blurred alike, and only
        what the move itself does to the share is compared.
        """
        if self.formula is not None or settings is None:
            return self.held(self.now)
        return self._share(np.broadcast_to(self.at_now, (settings.height, len(self.at_now))), self._sd(settings))

    def is_kept(self, settings: pl.DataFrame) -> NDArray[np.bool_]:
        """Return which rows hold the limit in 95 % of periods or, where today's share is lower, no less often than today."""
        return self.shortfall(settings) <= 0.0

    def shortfall(self, settings: pl.DataFrame) -> Floats:
        """Return by how much each row of `settings` misses the share that it needs; 0 or less where it is kept [-]."""
        held, today = self.held(settings), float(self.held_now()[0])
        if self.formula is None:  # a chance that the model may be wrong about is not taken at its mean
            held = np.minimum(held, self.held(settings, CAUTION) + CAUTION_MARGIN)
        alike = np.minimum(HELD_SHARE, self.held_now(settings))
        # blurring must not hide a loss: beside what blurs alike, today's plain share less its own uncertainty is needed
        plain = min(HELD_SHARE, today) - (0.0 if self.formula is not None else TODAY_MARGIN)
        # where today already breaks the limit, a share is known no finer than one of the periods it was counted over
        resolution = 1.0 / self.recent.height if self.formula is None and today < HELD_SHARE else 0.0
        return np.asarray(np.maximum(alike - resolution, plain) - held - 1e-9)

    def _sd(self, settings: pl.DataFrame) -> Floats:
        response = self.surrogate.responses[self.target]
        shifts = self.surrogate.basis.shift(settings, self.now, self.recent)
        sd = np.maximum(self.inflation * response.change(shifts)[1], response.change_sd_by_stretches(shifts))
        return np.asarray(np.maximum(sd, 1e-9 * response.scale))

    def _share(self, values: Floats, sd: Floats) -> Floats:
        sign = 1.0 if self.bound == "high" else -1.0
        return np.asarray(ndtr(sign * (self.value - values) / sd[:, None]).mean(axis=1))

    def predicted(self, settings: pl.DataFrame) -> Floats:
        """Return the mean over recent periods at each row of `settings` [unit of the limit]."""
        if self.formula is not None:
            return np.asarray(self._exact(settings).mean(axis=1))
        response = self.surrogate.responses[self.target]
        change = response.change(self.surrogate.basis.shift(settings, self.now, self.recent))[0]
        return np.asarray(self.at_now.mean() + change)

    def line(self, settings: pl.DataFrame | None) -> LimitLine:
        """Return the limit at the proposed settings (one row), or at the present ones alone."""
        at = self.now if settings is None else settings
        return LimitLine(
            name=self.name,
            bound=self.bound,
            value=self.value,
            unit=self.unit,
            predicted=float(self.predicted(at)[0]),
            probability_held=None if settings is None else float(self.held(settings)[0]),
            now=float(self.held_now(settings)[0]),
        )

    def _exact(self, settings: pl.DataFrame) -> Floats:
        assert self.formula is not None
        conditions = [c for c in self.recent.columns if c in self.formula.names and c not in settings.columns]
        if not conditions:
            return settings.select(self.formula.expr().alias("x"))["x"].cast(pl.Float64).to_numpy()[:, None]
        rows = []
        for i in range(settings.height):
            frame = self.recent.select(conditions).with_columns(
                pl.lit(settings[name][i], dtype=settings.schema[name]).alias(name) for name in settings.columns
            )
            rows.append(frame.select(self.formula.expr().alias("x"))["x"].cast(pl.Float64).drop_nulls().to_numpy())
        return np.array(rows)


def limit_checks(sheet: Sheet, surrogate: Surrogate, present: Present, inflation: float) -> list[LimitCheck]:
    """Return a check for every limit that can be judged; limits whose outcome was not modelled are left out.

    Parameters
    ----------
    sheet : Sheet
        Limits of outcomes and of formulas.
    surrogate : Surrogate
        Learned from the history.
    present : Present
        Where the plant stands.
    inflation : float
        Factor on the model's standard deviation [-].
    """
    wanted: list[tuple[str, str, float | None, float | None, str, Formula | None]] = [
        (name, name, o.low, o.high, o.unit, None) for name, o in sheet.outcomes.items()
    ]
    known = set(sheet.settings) | set(sheet.conditions)
    for limit in sheet.limits:
        exact = limit.formula if limit.formula.names <= known else None
        wanted.append((limit.name, f"@limit:{limit.name}", limit.low, limit.high, limit.unit, exact))
    out = []
    for name, target, low, high, unit, formula in wanted:
        if formula is None and target not in surrogate.responses:
            continue
        recent, at_now = _recent_at_now(surrogate, present, target, formula)
        if recent.is_empty():  # a condition of the formula has never been known: the missing check is said as a finding
            continue
        bounds: list[tuple[Literal["low", "high"], float | None]] = [("low", low), ("high", high)]
        for bound, value in bounds:
            if value is not None:
                out.append(
                    LimitCheck(name, bound, value, unit, target, formula, surrogate, present.now, recent, at_now, inflation)
                )
    return out


def _recent_at_now(surrogate: Surrogate, present: Present, target: str, formula: Formula | None) -> tuple[pl.DataFrame, Floats]:
    """Recent periods with a result, and what the result would have been at the present settings."""
    if formula is not None:
        conditions = sorted(formula.names - set(present.now.columns))
        recent = present.recent.drop_nulls(conditions) if conditions else present.recent
        if recent.height < RESULTS_MIN:
            recent = surrogate.frame.drop_nulls(conditions).tail(RESULTS_LAST) if conditions else recent
        return recent[:: max(1, -(-recent.height // PERIODS_MAX))], np.zeros(0)
    response, rows = surrogate.responses[target], surrogate.rows[target]
    first = surrogate.frame.height - present.recent.height
    chosen = np.flatnonzero(rows >= first)
    if len(chosen) < RESULTS_MIN:
        chosen = np.arange(max(0, len(rows) - RESULTS_LAST), len(rows))
    chosen = chosen[:: max(1, -(-len(chosen) // PERIODS_MAX))]
    frame = surrogate.frame[rows[chosen]]
    always_now = surrogate.frame.with_columns(
        pl.lit(present.now[c][0], dtype=present.now.schema[c]).alias(c) for c in present.now.columns
    )
    moved = (surrogate.felt(target, always_now) - surrogate.felt(target, surrogate.frame))[rows[chosen]]
    observed = response.fitted(response.design[chosen]) + response.residuals[chosen]
    return frame, observed + moved @ response.coefficients
