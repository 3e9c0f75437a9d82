"""How often a trial would find an effect, by running it on the plant's own past with the analysis that will judge it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from workbench.switchback.effect import make_pairs, p_value_of
from workbench.switchback.lengths import LEAST_PAIRS
from workbench.switchback.looks import first_yes
from workbench.switchback.orders import draw_order
from workbench.switchback.reckoned import ALPHA
from workbench.trial_records import Look
from workbench.trials.layout import Layout
from workbench.trials.past import DAY_HOURS, WEEK_HOURS, Past

__all__ = ["Rehearsal", "rehearse"]

LEAST_KNOWN = 0.5  # of a block's periods in which a result is due: with fewer the block is lost, as verification has it [-]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Rehearsal:
    """A trial run many times on the past, without any effect: block means, conditions and orders.

    Parameters
    ----------
    layout : Layout
    outcomes : ndarray of shape (runs, n_blocks)
        Mean of each block at present settings; nan where the block is lost.
    covariates : ndarray of shape (runs, n_blocks, k)
    orders : ndarray of bool, shape (runs, n_blocks)
    uneven : ndarray of shape (runs, n_blocks)
        Share of the mean effect that comes under the conditions of each block [-].
    draws : ndarray of shape (runs,)
        Standard normal quantiles, spread evenly and in an order drawn at random: where each run's effect lies.
    """

    layout: Layout
    outcomes: Floats
    covariates: Floats
    orders: NDArray[np.bool_]
    uneven: Floats
    draws: Floats

    def power(self, effect: float, *, spread: float = 0.0, covariates: bool = True) -> float:
        """Return the share of runs in which the test at the end finds proposed settings better at one-sided 5 % [-].

        With fewer than `LEAST_PAIRS` pairs left it finds nothing, as a verdict has it.

        They are better by `effect` in the mean block; in each it comes as its conditions let it (`Past.uneven`). With a
        `spread` each run has an effect of its own, normal around `effect` with this standard deviation: the share is then the
        assurance of the trial (O'Hagan, Stevens and Campbell, Pharmaceutical Statistics 4 (2005) 187).
        """
        found = 0
        for outcome, known, order in self._with(effect, spread):
            pairs = make_pairs(outcome, order, known if covariates else None)
            found += len(pairs.difference) >= LEAST_PAIRS and p_value_of(pairs) <= ALPHA
        return found / len(self.orders)

    def over_by(self, effect: float, looks: Sequence[Look]) -> tuple[float, ...]:
        """Return for each look of a plan the share of runs in which it has found the effect by then [-]."""
        steps = [(look.after_block, look.alpha_spent) for look in looks]
        first = [first_yes(outcome, order, known, steps) for outcome, known, order in self._with(effect, 0.0)]
        return tuple(sum(at is not None and at <= nth for at in first) / len(first) for nth in range(len(steps)))

    def _with(self, effect: float, spread: float) -> Iterator[tuple[Floats, Floats, NDArray[np.bool_]]]:
        """Outcomes with the effect in them, conditions and order of each run."""
        effects = effect + spread * self.draws
        shifts = effects[:, None] * self.uneven * (self.orders @ self.layout.kept.T)
        return zip(self.outcomes + shifts, self.covariates, self.orders, strict=True)

    @cached_property
    def noise(self) -> float:
        """Standard deviation of the estimate without effect, covariates used (that of least squares) [unit of the outcome]."""
        return self._noise(self.covariates)

    @cached_property
    def noise_without(self) -> float:
        """The same without covariates."""
        return self._noise(None)

    def _noise(self, covariates: Floats | None) -> float:
        estimates = []
        for run, (outcome, order) in enumerate(zip(self.outcomes, self.orders, strict=True)):
            pairs = make_pairs(outcome, order, None if covariates is None else covariates[run])
            if len(pairs.difference):
                estimates.append(float(pairs.difference @ pairs.unit) / float(pairs.unit @ pairs.unit))
        return float(np.sqrt(np.mean(np.square(estimates)))) if estimates else float("inf")


def rehearse(past: Past, layout: Layout, runs: int, seed: int, *, weekly: bool = False) -> Rehearsal:
    """Lay the trial over the past `runs` times, moving through it in a circle, each time with an order drawn anew.

    Starts are spread evenly over the past in whole days (whole weeks where days of the week differ), so that time of day and
    day of the week stay what they are; the past's own autocorrelation, drift, cycles and gaps are thus in the figures. A past
    shorter than the trial is gone round more than once (own assumption).

    Parameters
    ----------
    past : Past
        What is gone through.
    layout : Layout
        Possible (`Layout.is_possible`).
    runs : int
        1 or more.
    seed : int
        Of the orders.
    weekly : bool
        Whether blocks keep their day of the week, as they do anyhow where no result is due on some days of it.
    """
    n = round(past.hours / past.grain_hours)
    step = _step(past, n, weekly or bool(np.any(layout.due < layout.last - layout.first)))
    first_offset = _lead(past, layout, step)
    offsets = (first_offset + np.linspace(0, max(n // step, 1), runs, endpoint=False).astype(np.int64) * step) % max(n, 1)
    rng = np.random.default_rng(seed)
    orders = np.array([draw_order(layout.n_blocks, int(s)) for s in rng.integers(0, 2**62, runs)])
    first, last = (past.begun_by(offsets[:, None] + edge[None, :]) for edge in (layout.first, layout.last))
    due = layout.due if past.times is None else last - first  # batches come as they come: those that came are due
    outcomes = _means(past.outcome, first, last, due)
    outcomes[:, layout.is_idle] = np.nan  # what a verdict finds on idle days does not count
    covariates = [_means(column, first, last, due) for column in past.covariates.T]
    stacked = np.stack(covariates, axis=2) if covariates else np.empty((runs, layout.n_blocks, 0))
    uneven = np.ones(outcomes.shape) if past.uneven is None else _means(past.uneven, first, last, due)
    return Rehearsal(layout, outcomes, stacked, orders, uneven, ndtri(rng.permutation((np.arange(runs) + 0.5) / runs)))


def _step(past: Past, n: int, weekly: bool) -> int:
    """Grains between two starts: a whole week, a whole day, or one grain where that is longer."""
    each = (WEEK_HOURS if weekly else DAY_HOURS) / past.grain_hours
    return round(each) if each >= 1.0 and abs(each - round(each)) < 1e-9 and round(each) <= n else 1


def _lead(past: Past, layout: Layout, step: int) -> int:
    """Grains from the past's start to the first with the time of day (or of the week) at which the trial starts."""
    return 0 if past.start is None else round((layout.start - past.start) / timedelta(hours=past.grain_hours)) % step


def _means(values: Floats, first: Ints, last: Ints, due: Ints) -> Floats:
    """Mean of values[first:last] going round in a circle, nan where too few are known."""
    known = np.isfinite(values)
    centre = float(values[known].mean()) if known.any() else 0.0  # keeps the running sums small
    turns = int(last.max(initial=0)) // max(len(values), 1) + 1
    total = np.concatenate([[0.0], np.cumsum(np.tile(np.where(known, values - centre, 0.0), turns))])
    count = np.concatenate([[0], np.cumsum(np.tile(known, turns))])
    n = count[last] - count[first]
    out = np.full(n.shape, np.nan)
    np.divide(total[last] - total[first], n, out=out, where=(n > 0) & (n >= LEAST_KNOWN * due))
    return out + centre
