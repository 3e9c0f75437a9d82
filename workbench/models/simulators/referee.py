"""The simulator as referee: what a change of settings is really worth, beside what was promised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from workbench.errors import WorkbenchError
from workbench.models.simulators.contract import Simulator
from workbench.plant import Sheet
from workbench.records import Gain, OutcomeLine, RefereeRow

__all__ = ["TrueChange", "referee_rows", "true_changes"]

SEEDS = range(9001, 9011)  # far from the seeds of bundled histories, so that the referee never meets the data that chose
OBJECTIVE = "@objective"


@dataclass(frozen=True)
class TrueChange:
    """What one quantity really does when the settings change, proposed minus now.

    Parameters
    ----------
    mean : float
        Over fresh seeds [unit of the quantity].
    low, high : float
        From lowest to highest over the simulator's spread: fresh seeds, and its variants.
    now : float or None
        Mean at the present settings; None where only the change has a meaning.
    """

    mean: float
    low: float
    high: float
    now: float | None = None

    def times(self, factor: float) -> TrueChange:
        """Return the same in another unit, or with its sign turned."""
        low, high = sorted((factor * self.low, factor * self.high))
        return TrueChange(factor * self.mean, low, high, None if self.now is None else factor * self.now)


def true_changes(
    simulator: Simulator, sheet: Sheet, now: pl.DataFrame, proposed: pl.DataFrame, conditions: pl.DataFrame
) -> dict[str, TrueChange]:
    """Return what really changes, paired over fresh seeds and the same conditions.

    Parameters
    ----------
    simulator : Simulator
        The referee.
    sheet : Sheet
        Of the plant.
    now, proposed : polars.DataFrame
        One row of settings each.
    conditions : polars.DataFrame
        Conditions of recent periods, a row each; rows with a missing value are left out.

    Returns
    -------
    dict of str to TrueChange
        By outcome of the simulator, `@objective` by the sheet's formula, and each label of `Simulator.yearly`. Empty where the
        simulator finds no steady state.
    """
    frame = conditions.select([c for c in sheet.conditions if c in conditions.columns]).drop_nulls()
    fresh = [pair for seed in SEEDS if (pair := _pair(simulator, sheet, frame, now, proposed, seed)) is not None]
    if len(fresh) < 2:
        return {}
    doubted = [_pair(other, sheet, frame, now, proposed, SEEDS[0]) for other in simulator.variants()]
    changes = [_changes(simulator, *pair) for pair in [*fresh, *(pair for pair in doubted if pair is not None)]]
    before = pl.concat([pair[0] for pair in fresh]).mean()
    out = {}
    for name in changes[0]:
        every = [change[name] for change in changes]
        start = float(before[name][0]) if name in before.columns else None
        out[name] = TrueChange(float(np.mean(every[: len(fresh)])), min(every), max(every), start)
    return out


def _pair(
    simulator: Simulator, sheet: Sheet, frame: pl.DataFrame, now: pl.DataFrame, proposed: pl.DataFrame, seed: int
) -> tuple[pl.DataFrame, pl.DataFrame] | None:
    """The truth at present and at proposed settings, under the conditions that have a steady state at both."""
    try:
        return _at(simulator, sheet, frame, now, seed), _at(simulator, sheet, frame, proposed, seed)
    except WorkbenchError:
        kept = []
        for row in frame.iter_slices(1):
            try:
                _at(simulator, sheet, row, now, seed)
                _at(simulator, sheet, row, proposed, seed)
            except WorkbenchError:  # such conditions have no steady state at one of the two: neither side is counted
                continue
            kept.append(row)
        if not kept:
            return None
        rest = pl.concat(kept)
        try:
            return _at(simulator, sheet, rest, now, seed), _at(simulator, sheet, rest, proposed, seed)
        except WorkbenchError:  # the scatter's draws go by row, and another place in the frame is another draw
            return None


def _at(simulator: Simulator, sheet: Sheet, frame: pl.DataFrame, settings: pl.DataFrame, seed: int) -> pl.DataFrame:
    """The true outcomes at these settings under the given conditions, and the objective."""
    asked = frame.with_columns(pl.lit(settings[c][0], dtype=settings.schema[c]).alias(c) for c in settings.columns)
    truth = simulator.evaluate(asked, seed)
    # what the plant really did overrides what was asked for: a rate that the filter does not let through earns nothing
    both = asked.with_columns(truth.get_columns())
    return truth.with_columns(both.select(sheet.objective.formula.expr().cast(pl.Float64).alias(OBJECTIVE)).get_columns())


def _changes(simulator: Simulator, before: pl.DataFrame, after: pl.DataFrame) -> dict[str, float]:
    means = before.mean(), after.mean()
    return {name: float(means[1][name][0] - means[0][name][0]) for name in before.columns} | simulator.yearly(before, after)


def referee_rows(
    simulator: Simulator,
    sheet: Sheet,
    now: pl.DataFrame,
    proposed: pl.DataFrame,
    recent: pl.DataFrame,
    gain: Gain,
    promised: Mapping[str, OutcomeLine],
) -> tuple[RefereeRow, ...]:
    """Return promise and simulated truth of one recommendation side by side, after what is published of such a plant.

    Parameters
    ----------
    simulator : Simulator
        The referee.
    sheet : Sheet
        Of the plant.
    now, proposed : polars.DataFrame
        As in `true_changes`.
    recent : polars.DataFrame
        Recent periods, conditions and outcomes.
    gain : Gain
        The promise.
    promised : mapping of str to OutcomeLine
        Promised changes of outcomes.
    """
    truth = true_changes(simulator, sheet, now, proposed, recent)
    if not truth:
        missing = "the simulator finds no steady state at these settings under recent conditions"
        return (*simulator.published(), RefereeRow(label="simulated truth", values={}, note=missing), *simulator.chain())
    gain_label = f"gain [{gain.unit}]"
    names = [name for name in simulator.headline if name in promised and promised[name].change is not None]
    labels = {name: f"{name} [{sheet.outcomes[name].unit}]" for name in names}
    real = truth[OBJECTIVE].times(1.0 if sheet.objective.maximize else -1.0)
    promise = {gain_label: _text(gain.expected, gain.low, gain.high)}
    promise |= {labels[n]: _text(promised[n].change, promised[n].low, promised[n].high) for n in names}
    true = {gain_label: _said(real)} | {labels[n]: _said(truth[n]) for n in names if n in truth}
    value = sheet.value_per_unit_year
    if value is not None and sheet.currency is not None:
        money, millions = f"money [M {sheet.currency}/year]", value / 1e6
        promise[money] = _text(gain.expected * millions, gain.low * millions, gain.high * millions)
        true[money] = _said(real.times(millions))
    promise |= _promised_savings(simulator, recent, promised)
    true |= {name: _said(change) for name, change in truth.items() if change.now is None}
    doubts = " and over its weakest assumed numbers, each 25 % down and up" if simulator.variants() else ""
    return (
        *simulator.published(),
        RefereeRow(
            label="promised here", values=promise, note=f"learned from the records alone; {100 * gain.level:.0f} % interval"
        ),
        RefereeRow(
            label="simulated truth",
            values=true,
            note=f"the same change, mean over {len(SEEDS)} fresh seeds; range over these{doubts}{simulator.yearly_note}",
        ),
        *simulator.chain(),
    )


def _promised_savings(simulator: Simulator, recent: pl.DataFrame, promised: Mapping[str, OutcomeLine]) -> dict[str, str]:
    """What the promised outcomes save in a year, by the formulas that a verdict uses."""
    known = {n: (o.now, o.change, o.low, o.high) for n, o in promised.items()}
    reached = {
        n: [now, now + change, now + low, now + high]
        for n, (now, change, low, high) in known.items()
        if now is not None and change is not None and low is not None and high is not None
    }
    frame = pl.DataFrame(reached)
    said = {}
    for name, (unit, formula) in simulator.saved(recent).items():
        if set(formula.meta.root_names()) <= set(reached):
            start, middle, *ends = frame.select(formula.alias("saved"))["saved"].to_list()
            low, high = sorted(end - start for end in ends)
            said[f"{name.replace('_', ' ')} [{unit}]"] = _text(middle - start, low, high)
    return said


def _said(change: TrueChange) -> str:
    return _text(change.mean, change.low, change.high)


def _text(middle: float | None, low: float | None, high: float | None) -> str:
    """An estimate with its ends, all with the decimals that the largest of them needs."""
    if middle is None or low is None or high is None:
        return ""
    largest = max(abs(v) for v in (middle, low, high))
    decimals = 0 if largest >= 100 else 1 if largest >= 10 else 2
    return f"{middle:+,.{decimals}f} ({low:+,.{decimals}f} to {high:+,.{decimals}f})"
