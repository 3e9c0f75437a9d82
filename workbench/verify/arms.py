"""Which arm the plant was really on, period by period, and for how long: read back from the records of what was set."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.plant import Sheet
from workbench.plant.spans import parse_ramp
from workbench.trial_records import PlanSetting

__all__ = ["LEAST_TOLERANCE", "SETTLED", "arms_set", "changed_settings", "ramp_hours", "set_column", "tolerance_of"]

LEAST_TOLERANCE = 0.1  # of max_step: a smaller departure is none; own assumption
SETTLED = 0.9  # share of the way to the arm's settings from which a period counts; own assumption
SMOOTHED = 3  # periods whose median tells where a setting stands, where the washout has twice as many; own assumption

Floats = NDArray[np.float64]


def set_column(frame: pl.DataFrame, name: str) -> str:
    """Return the column of what people set: `NAME.set` where the sheet also measures it, else NAME."""
    return f"{name}.set" if f"{name}.set" in frame.columns else name


def changed_settings(settings: Sequence[PlanSetting]) -> list[PlanSetting]:
    """Return the settings that differ between the arms."""
    return [setting for setting in settings if setting.present != setting.proposed]


def ramp_hours(settings: Sequence[PlanSetting]) -> float:
    """Return how long the slowest setting takes from one arm to the other at its `max_rate` [h]; 0 without one."""
    longest = 0.0
    for setting in changed_settings(settings):
        if setting.max_rate and isinstance(setting.present, float) and isinstance(setting.proposed, float):
            change, span = parse_ramp(setting.max_rate)
            longest = max(longest, abs(setting.proposed - setting.present) / change * span.total_seconds() / 3600.0)
    return longest


def arms_set(
    frame: pl.DataFrame, sheet: Sheet, settings: Sequence[PlanSetting], period_hours: float, settle_hours: float
) -> pl.DataFrame:
    """Return where the plant stood in each period.

    A period is on an arm when every setting that differs between the arms stands nearer to this arm's value than half the
    difference (at least 10 % of its max_step: less is no departure). How far the process has followed is told by a first-order
    filter that has gone 90 % of the way after `settle_hours`: so a late change, an interruption and an abandoned block all
    cost the time that the process needs to follow, and a moment's departure costs little (own assumption).

    Parameters
    ----------
    frame : polars.DataFrame
        History of the sheet: `time` and the settings' columns.
    sheet : Sheet
        Of the plant.
    settings : sequence of PlanSetting
        Values of both arms.
    period_hours : float
        Length of a period, above 0 [h].
    settle_hours : float
        The plan's washout without the ramp, 0 or more [h].

    Returns
    -------
    polars.DataFrame
        A row a period: `@on_present`, `@on_proposed` (Boolean, null where what was set is not known), `@share_present`,
        `@share_proposed` (how far the process has followed that arm at the period's start, 0 to 1).
    """
    changed = changed_settings(settings)
    smooth = settle_hours >= 2 * SMOOTHED * period_hours
    on: dict[str, pl.Expr] = {}
    for arm in ("present", "proposed"):
        tests = [_is_at(frame, sheet, setting, getattr(setting, arm), smooth) for setting in changed]
        on[arm] = pl.all_horizontal(tests) if tests else pl.lit(True)
    out = frame.select(on["present"].alias("@on_present"), on["proposed"].alias("@on_proposed"))
    shares = [
        pl.Series(f"@share_{arm}", _followed(out[f"@on_{arm}"], start, period_hours, settle_hours))
        for arm, start in (("present", 1.0), ("proposed", 0.0))
    ]
    return out.with_columns(shares)


def _is_at(frame: pl.DataFrame, sheet: Sheet, setting: PlanSetting, value: float | str, smooth: bool) -> pl.Expr:
    column = pl.col(set_column(frame, setting.name))
    if isinstance(setting.present, str) or isinstance(setting.proposed, str) or isinstance(value, str):
        return column == value
    if smooth:
        median = column.rolling_median(SMOOTHED, center=True, min_samples=1)
        column = pl.when(column.is_null()).then(None).otherwise(median)
    return (column - value).abs() < tolerance_of(sheet, setting)


def tolerance_of(sheet: Sheet, setting: PlanSetting) -> float:
    """Return how far a number may lie off what the plan asks for: half the change, at least 10 % of its max_step."""
    if isinstance(setting.present, str) or isinstance(setting.proposed, str):
        return 0.0
    known = sheet.settings.get(setting.name)
    step = known.max_step if known is not None else None
    return max(abs(setting.proposed - setting.present) / 2.0, LEAST_TOLERANCE * (step or 0.0))


def _followed(on: pl.Series, start: float, period_hours: float, settle_hours: float) -> Floats:
    """How far a first-order process has followed at the start of each period; what is not known changes nothing."""
    if settle_hours <= 0.0:
        return on.fill_null(True).cast(pl.Float64).to_numpy().copy()
    gain = -math.expm1(-period_hours * math.log(1.0 / (1.0 - SETTLED)) / settle_hours)
    out = np.empty(len(on))
    share = start
    for k, is_on in enumerate(on.to_list()):
        out[k] = share
        if is_on is not None:
            share += gain * (float(is_on) - share)
    return out
