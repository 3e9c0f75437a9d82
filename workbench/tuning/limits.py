"""Limits as chances: the share of single periods within each limit at any settings, under recent conditions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.counts import edge_of, share_within
from workbench.models.surrogates.surrogate import Surrogate, from_quick_moves
from workbench.plant import Formula, Sheet
from workbench.records import HELD_SHARE, LimitLine
from workbench.tuning.at_now import RESULTS_FEW, AtNow, at_now_in, at_now_of, under_formula
from workbench.tuning.present import Present
from workbench.tuning.scale import Scale, scaled

__all__ = ["HELD_SHARE", "LOSS", "LimitCheck", "limit_checks"]

CAUTION, CAUTION_FEW = 1.5, 2.0  # standard deviations of its change that an outcome is taken closer to its limit: where it has
# many recent results, and where it has few, which tell the model's own error less well; own assumptions
LOSS = 0.02  # [-] of today's share that a limit broken today may lose there in the cautious case; own assumption
NONE = 1e-9  # [-] a smaller share is no period at all
SMOOTH = 1.06  # width of the normal kernel that such shares are smoothed with, times sd n^(-1/5) (Silverman 1986, eq. 3.28) [-]
LOSS_WIDTH = 0.05  # [sd of a period] the move that loses `LOSS` where a normal distribution is densest, 0.02 / 0.399
TODAY_MARGIN = 0.01  # [-] about the standard error of today's share over the recent periods; own assumption

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LimitCheck:
    """One limit and how to judge settings by it.

    A learned limit moves the recent periods, as they were, by the model's change from their settings to the ones asked for; a
    formula over settings and conditions alone is exact. Where an outcome is likelier on another `scale`, its shares are those
    of `scaled`, the same limit there. Where slow and quick moves of the settings speak of different effects on the outcome,
    `quick` is the same limit learned from quick moves alone: it has to hold by either, and holds as often as the worse says.
    """

    name: str
    bound: Literal["low", "high"]
    value: float
    unit: str
    target: str
    formula: Formula | None
    surrogate: Surrogate
    now: pl.DataFrame
    at_now: AtNow
    inflation: float
    scale: Scale | None = None
    scaled: LimitCheck | None = None
    quick: LimitCheck | None = None

    def held(self, settings: pl.DataFrame) -> Floats:
        """Return the share of recent periods within the limit at each row of `settings`, model uncertainty included [-]."""
        share = self._held(settings)
        return share if self.quick is None else np.minimum(share, self.quick.held(settings))

    def _held(self, settings: pl.DataFrame) -> Floats:
        """What `held` is by all moves."""
        if self.formula is not None:
            sign = 1.0 if self.bound == "high" else -1.0
            slack = sign * (self.value - self._exact(settings))
            return np.asarray(np.mean(slack >= -1e-9 * max(1.0, abs(self.value)), axis=1))
        if self.scaled is not None:
            return self.scaled.held(settings)
        return self._share(self._moved(settings), self.change_sd(settings))

    def held_now(self) -> float:
        """Return the share of recent periods within the limit at the present settings [-]."""
        return float(self._held(self.now)[0])

    def is_kept(self, settings: pl.DataFrame) -> NDArray[np.bool_]:
        """Return which rows hold the limit in 95 % of periods, or as often as today where that is less.

        In the cautious case a limit that is broken today may lose `LOSS` of its share; one that hardly any period holds must
        not be broken further.
        """
        return self.shortfall(settings) <= 0.0

    def shortfall(self, settings: pl.DataFrame) -> Floats:
        """Return by how much each row of `settings` misses the share that it needs; 0 or less where it is kept [-].

        Of a limit that hardly any period holds: how much further beyond it the row lies, see `_further`.
        """
        missed = self._shortfall(settings)
        missed = np.maximum(missed, self._further(settings)) if self._today < LOSS else missed
        return missed if self.quick is None else np.maximum(missed, self.quick.shortfall(settings))

    def _shortfall(self, settings: pl.DataFrame) -> Floats:
        """What `shortfall` is by shares alone."""
        if self.scaled is not None:
            return self.scaled._shortfall(settings)
        today = self._today
        if self.formula is not None:
            return np.asarray(min(HELD_SHARE, today) - self._held(settings) - 1e-9)
        moved, sd = self._moved(settings), self.change_sd(settings)
        missed = min(HELD_SHARE, today) - self._share(moved, sd)
        # a chance that the model may be wrong about is not taken at its mean
        sign = 1.0 if self.bound == "high" else -1.0
        cautious = moved + sign * (CAUTION_FEW if self.is_told_by_few else CAUTION) * sd[:, None]
        if today < HELD_SHARE or self.is_told_by_few:  # the few in the tail tell little of it: shares are asked for smoothed
            width = SMOOTH * float(self.at_now.results.std()) * len(self.at_now.results) ** -0.2
            smooth = np.full_like(sd, max(width, 1e-9 * self.surrogate.responses[self.target].scale))
            smooth_now, smooth_then = self._alike(smooth), self._share(cautious, smooth)
            wanted = smooth_now - LOSS if today < HELD_SHARE else np.minimum(HELD_SHARE, smooth_now - TODAY_MARGIN)
            return np.asarray(np.maximum(missed, wanted - smooth_then) - 1e-9)
        # a share is known no finer than one of its periods; blurred as much, the present one may lie lower
        known = self._share(cautious, np.full_like(sd, 1e-9 * self.surrogate.responses[self.target].scale))
        wanted = np.clip(self._alike(sd), HELD_SHARE - TODAY_MARGIN, HELD_SHARE) - 1.0 / self.at_now.recent.height
        return np.asarray(np.maximum(missed, wanted - known) - 1e-9)

    def _further(self, settings: pl.DataFrame) -> Floats:
        """By how much each row moves the mean further beyond the limit [sd of a period, or share of the limit's value].

        A limit that hardly any period holds today would hold as seldom anywhere beyond: shares tell no worse from as bad.
        """
        sign = 1.0 if self.bound == "high" else -1.0
        width = max(1.0, abs(self.value)) if self.formula is not None else float(self.at_now.results.std())
        further = sign * (self.predicted(settings) - self.predicted(self.now)) / max(width, 1e-12)
        if self.formula is None:  # what the model may be wrong about is not taken at its mean, as for shares
            unsure = (CAUTION_FEW if self.is_told_by_few else CAUTION) * self.change_sd(settings) / max(width, 1e-12)
            further = np.maximum(further, further + unsure - LOSS_WIDTH)
        return np.where(further > 1e-9, further, -1e-9)  # a formula without a value today asks for nothing

    def over(self, settings: pl.DataFrame) -> Floats:
        """Return by how much each row fails, as something that changes little by little: what a climb can follow.

        The shortfall of a learned limit does [-]. The share of a formula goes by steps: there it is how far beyond the limit
        the period lies that has to hold it [share of the limit's value].
        """
        if self.formula is None:
            return self.shortfall(settings)
        sign = 1.0 if self.bound == "high" else -1.0
        beyond = sign * (self._exact(settings) - self.value) / max(1.0, abs(self.value))
        return np.asarray(np.quantile(beyond, min(HELD_SHARE, self._today), axis=1, method="lower"))

    @property
    def is_told_by_few(self) -> bool:
        """Whether fewer than `RESULTS_FEW` recent results tell of it, or counts, of which few are in the tail."""
        return len(self.at_now.results) < RESULTS_FEW * self.at_now.times or self._edge[1] > 0.0

    @cached_property
    def _today(self) -> float:
        return self.held_now()

    def _alike(self, sd: Floats) -> Floats:
        """Today's share blurred as much as each move's: only what the move itself does to a share is then compared."""
        return self._share(np.broadcast_to(self.at_now.results, (len(sd), len(self.at_now.results))), sd)

    def _moved(self, settings: pl.DataFrame) -> Floats:
        """Each recent period's outcome, moved by the model's change from now to each row of `settings`."""
        weights = self.surrogate.responses[self.target].coefficients
        return self.at_now.moved(self.surrogate.basis.shift_per_period(settings, self.now, self._base, weights))

    @cached_property
    def _base(self) -> Floats:
        """The periods' conditions as the model sees them, worked out once."""
        return self.surrogate.basis.base_columns(self.at_now.recent)

    def _share(self, values: Floats, sd: Floats) -> Floats:
        sign = 1.0 if self.bound == "high" else -1.0
        edge, width = self._edge
        share = share_within(sign * (edge - values), sd[:, None], width)
        return np.where(share < NONE, 0.0, share)

    @cached_property
    def _edge(self) -> tuple[float, float]:
        results = self.surrogate.frame[self.target].cast(pl.Float64).fill_nan(None).drop_nulls().to_numpy()
        return edge_of(results, self.value, self.bound)

    def predicted(self, settings: pl.DataFrame) -> Floats:
        """Return the mean over recent periods at each row of `settings` [unit of the limit]."""
        if self.formula is not None:
            return np.asarray(self._exact(settings).mean(axis=1))
        response = self.surrogate.responses[self.target]
        change = response.change(self.surrogate.basis.shift(settings, self.now, self._base))[0]
        return np.asarray(self.at_now.results.mean() + change)

    def change_sd(self, settings: pl.DataFrame) -> Floats:
        """Return the standard deviation of the change from now to each row of `settings`: 0 where exact [unit of the limit].

        The larger of what the model says, inflated, and of what stretches of the history say.
        """
        if self.formula is not None:
            return np.zeros(settings.height)
        response = self.surrogate.responses[self.target]
        shifts = self.surrogate.basis.shift(settings, self.now, self._base)
        sd = np.maximum(self.inflation * response.change(shifts)[1], response.change_sd_by_stretches(shifts))
        return np.asarray(np.maximum(sd, 1e-9 * response.scale))

    def line(self, settings: pl.DataFrame | None) -> LimitLine:
        """Return the limit at the proposed settings (one row), or at the present ones alone."""
        if settings is not None and self.quick is not None and self.quick.held(settings)[0] < self._held(settings)[0]:
            return self.quick.line(settings)
        at = self.now if settings is None else settings
        return LimitLine(
            name=self.name,
            bound=self.bound,
            value=self.value,
            unit=self.unit,
            predicted=float(self.predicted(at)[0]),
            probability_held=None if settings is None else float(self.held(settings)[0]),
            now=self._today if settings is None else self._now_beside(settings),
        )

    def _now_beside(self, settings: pl.DataFrame) -> float:
        """Today's share, told as little surely as that at `settings` (one row)."""
        if self.scaled is not None:
            return self.scaled._now_beside(settings)
        return self._today if self.formula is not None else float(self._alike(self.change_sd(settings))[0])

    def asking(self, value: float) -> LimitCheck:
        """Return the same limit at another value [its unit]."""
        quick = self.quick and self.quick.asking(value)
        if self.scale is None or self.scaled is None:
            return replace(self, value=value, quick=quick)
        return replace(self, value=value, scaled=self.scaled.asking(float(self.scale.of(np.array(value)))), quick=quick)

    def within(self, inside: NDArray[np.bool_]) -> LimitCheck:
        """Return the same limit over those of its periods that are marked."""
        scaled, quick = (x and x.within(inside) for x in (self.scaled, self.quick))
        return replace(self, at_now=self.at_now.only(inside), scaled=scaled, quick=quick)

    def among(self, results: NDArray[np.int64]) -> LimitCheck:
        """Return the same learned limit over other results of its outcome, by their places."""
        there = at_now_in(self.surrogate, self.now, self.target, results)
        scaled, quick = (x and x.among(results) for x in (self.scaled, self.quick))
        return replace(self, at_now=there, scaled=scaled, quick=quick)

    def _exact(self, settings: pl.DataFrame) -> Floats:
        assert self.formula is not None
        conditions = [c for c in self.at_now.recent.columns if c in self.formula.names and c not in settings.columns]
        if not conditions:
            return settings.select(self.formula.expr().alias("x"))["x"].cast(pl.Float64).to_numpy()[:, None]
        rows = []
        for i in range(settings.height):
            frame = self.at_now.recent.select(conditions).with_columns(
                pl.lit(settings[name][i], dtype=settings.schema[name]).alias(name) for name in settings.columns
            )
            rows.append(frame.select(self.formula.expr().alias("x"))["x"].cast(pl.Float64).drop_nulls().to_numpy())
        return np.array(rows)


def limit_checks(
    sheet: Sheet, surrogate: Surrogate, present: Present, inflation: float, quick: Surrogate | None = None
) -> list[LimitCheck]:
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
    quick : Surrogate, optional
        Has learned, from quick moves alone, the outcomes that slow and quick moves of the settings speak differently of.
    """
    wanted: list[tuple[str, str, float | None, float | None, str, Formula | None]] = [
        (name, name, o.low, o.high, o.unit, None) for name, o in sheet.outcomes.items()
    ]
    known = set(sheet.settings) | set(sheet.conditions)
    told = {effect.outcome for effect in sheet.effects}  # learned within what the sheet says of them, on their own scale
    for limit in sheet.limits:
        exact = limit.formula if limit.formula.names <= known else None
        wanted.append((limit.name, f"@limit:{limit.name}", limit.low, limit.high, limit.unit, exact))
    out = []
    for name, target, low, high, unit, formula in wanted:
        if formula is None and target not in surrogate.responses:
            continue
        if formula is None:
            at_now = at_now_of(surrogate, present, target)
        else:
            at_now = under_formula(formula, present.now, (present.recent, surrogate.frame))
        if at_now.recent.is_empty():  # a condition of the formula has never been known: the missing check is said as a finding
            continue
        asked: list[tuple[Literal["low", "high"], float]] = []
        asked += [("low", low)] if low is not None else []
        asked += [("high", high)] if high is not None else []
        likelier = None
        if asked and target in sheet.outcomes and target not in told:
            likelier = scaled(surrogate, target, unit, [value for _, value in asked])
        for bound, value in asked:
            check = LimitCheck(name, bound, value, unit, target, formula, surrogate, present.now, at_now, inflation)
            if likelier is not None:
                scale, learned = likelier
                there = replace(check, surrogate=learned, at_now=at_now_of(learned, present, target))
                check = replace(check, scale=scale, scaled=there.asking(float(scale.of(np.array(value)))))
            if quick is not None and target in quick.responses:
                check = replace(check, quick=_by_quick_moves(check, quick, present))
            out.append(check)
    return out


def _by_quick_moves(check: LimitCheck, quick: Surrogate, present: Present) -> LimitCheck:
    """The same limit by a surrogate that has learned its outcome from quick moves alone; likewise on its other scale."""
    by_quick = replace(check, surrogate=quick, at_now=at_now_of(quick, present, check.target))
    if check.scaled is None:
        return by_quick
    there = from_quick_moves(check.scaled.surrogate, [check.target])
    return replace(by_quick, scaled=_by_quick_moves(check.scaled, there, present))
