"""The simulator as referee: what a change of settings is really worth, beside what was promised."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from scipy import stats

from workbench.errors import WorkbenchError
from workbench.models.simulators.contract import Simulator
from workbench.plant import Sheet
from workbench.records import Gain, OutcomeLine, RefereeRow

__all__ = ["referee_rows", "true_change"]

SEEDS = range(9001, 9011)  # far from the seeds of bundled histories, so that the referee never meets the data that chose
OBJECTIVE = "@objective"
RESULT = {"name": pl.String, "unit": pl.String} | dict.fromkeys(("now", "proposed", "change", "low", "high"), pl.Float64)


def true_change(
    simulator: Simulator, sheet: Sheet, now: pl.DataFrame, proposed: pl.DataFrame, conditions: pl.DataFrame, level: float = 0.9
) -> pl.DataFrame:
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
    level : float
        Level of the two-sided interval over seeds (Student's t) [-].

    Returns
    -------
    polars.DataFrame
        Columns `name` (outcomes of the simulator, and `@objective` by the sheet's formula), `unit`, `now`, `proposed`,
        `change`, `low`, `high`; `change` is proposed minus now. Empty where the simulator finds no steady state.
    """
    frame = conditions.select([c for c in sheet.conditions if c in conditions.columns]).drop_nulls()
    before_all, after_all = [], []
    for seed in SEEDS:
        pair = _means_of_pair(simulator, sheet, frame, now, proposed, seed)
        if pair is not None:
            before_all.append(pair[0])
            after_all.append(pair[1])
    if len(before_all) < 2:
        return pl.DataFrame(schema=RESULT)
    units = {**simulator.outcomes, OBJECTIVE: sheet.objective.unit}
    t = float(stats.t.ppf(0.5 + level / 2.0, len(before_all) - 1))
    rows = []
    for name in before_all[0]:
        before = np.array([means[name] for means in before_all])
        after = np.array([means[name] for means in after_all])
        change = after - before
        half = t * float(change.std(ddof=1)) / np.sqrt(len(change))
        mean = float(change.mean())
        rows.append((name, units[name], float(before.mean()), float(after.mean()), mean, mean - half, mean + half))
    return pl.DataFrame(rows, schema=RESULT, orient="row")


def _means_of_pair(
    simulator: Simulator, sheet: Sheet, frame: pl.DataFrame, now: pl.DataFrame, proposed: pl.DataFrame, seed: int
) -> tuple[dict[str, float], dict[str, float]] | None:
    """Mean outcomes at present and at proposed settings, over the conditions under which both have a steady state."""
    try:
        return _means(simulator, sheet, frame, now, seed), _means(simulator, sheet, frame, proposed, seed)
    except WorkbenchError:
        kept = []
        for row in frame.iter_slices(1):
            try:
                _means(simulator, sheet, row, now, seed)
                _means(simulator, sheet, row, proposed, seed)
            except WorkbenchError:  # such conditions have no steady state at one of the two: neither side is counted
                continue
            kept.append(row)
        if not kept:
            return None
        rest = pl.concat(kept)
        try:
            return _means(simulator, sheet, rest, now, seed), _means(simulator, sheet, rest, proposed, seed)
        except WorkbenchError:  # the scatter's draws go by row, and another place in the frame is another draw
            return None


def _means(simulator: Simulator, sheet: Sheet, frame: pl.DataFrame, settings: pl.DataFrame, seed: int) -> dict[str, float]:
    asked = frame.with_columns(pl.lit(settings[c][0], dtype=settings.schema[c]).alias(c) for c in settings.columns)
    truth = simulator.evaluate(asked, seed)
    # what the plant really did overrides what was asked for: a rate that the filter does not let through earns nothing
    both = asked.with_columns(truth.get_columns())
    means = {c: float(truth[c].cast(pl.Float64).to_numpy().mean()) for c in simulator.outcomes if c in truth.columns}
    means[OBJECTIVE] = float(both.select(sheet.objective.formula.expr().alias("x"))["x"].to_numpy().mean())
    return means


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
    now, proposed, recent : polars.DataFrame
        As in `true_change`.
    gain : Gain
        The promise.
    promised : mapping of str to OutcomeLine
        Promised changes of outcomes.
    """
    truth = {row["name"]: row for row in true_change(simulator, sheet, now, proposed, recent, gain.level).to_dicts()}
    if not truth:
        missing = "the simulator finds no steady state at these settings under recent conditions"
        return (*simulator.published(), RefereeRow(label="simulated truth", values={}, note=missing), *simulator.chain())
    sign = 1.0 if sheet.objective.maximize else -1.0
    gain_label = f"gain [{gain.unit}]"
    names = [name for name in simulator.headline if name in promised and promised[name].change is not None]
    labels = {name: f"{name} [{sheet.outcomes[name].unit}]" for name in names}
    promise = {gain_label: _interval(gain.expected, gain.low, gain.high)}
    promise |= {labels[n]: _interval(promised[n].change, promised[n].low, promised[n].high) for n in names}
    real = truth[OBJECTIVE]
    ends = sorted((sign * real["low"], sign * real["high"]))
    true = {gain_label: _interval(sign * real["change"], *ends)}
    true |= {labels[n]: _interval(truth[n]["change"], truth[n]["low"], truth[n]["high"]) for n in names if n in truth}
    value = sheet.value_per_unit_year
    if value is not None and sheet.currency is not None:
        money = f"money [M {sheet.currency}/year]"
        promise[money] = _interval(*(v * value / 1e6 for v in (gain.expected, gain.low, gain.high)))
        true[money] = _interval(*(v * value / 1e6 for v in (sign * real["change"], *ends)))
    level = f"{gain.level:.0%}"
    return (
        *simulator.published(),
        RefereeRow(label="promised here", values=promise, note=f"learned from the records alone; {level} interval"),
        RefereeRow(
            label="simulated truth",
            values=true,
            note=f"the same change, {len(SEEDS)} fresh seeds; {level} interval",
        ),
        *simulator.chain(),
    )


def _interval(middle: float | None, low: float | None, high: float | None) -> str:
    if middle is None or low is None or high is None:
        return ""
    return f"{_short(middle)} ({_short(low)} to {_short(high)})"


def _short(value: float) -> str:
    return f"{value:+,.0f}" if abs(value) >= 100 else f"{value:+.2f}"
