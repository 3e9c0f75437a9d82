"""How a trial is read: no period set aside for being unsteady, no setting filtered, and as finely as its results allow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import polars as pl

from workbench.plant import Sheet
from workbench.prepare.history import prepare_history
from workbench.records import History, Records

__all__ = ["FINE", "GRAINS", "KEPT", "finest_history", "may_be_finer", "measuring_sheet"]

FINE = timedelta(hours=1)
GRAINS = (FINE, timedelta(hours=4), timedelta(hours=12))  # tried where the sheet's periods are longer; own assumption
KEPT = 0.8  # share of the most hours with a result that a finer grain must keep; own assumption
WHOLE = {"time-weighted", "mean", "last"}  # aggregates that mean the same over a shorter period
HOUR = timedelta(hours=1)


def finest_history(
    sheet: Sheet, records: Records, known_hours: Callable[[pl.DataFrame, float], float] | None = None
) -> tuple[History, float]:
    """Return the history at the finest grain that its results allow, and the length of its periods.

    Tried are hours, four and twelve hours and the sheet's own period; a grain is allowed when at least 80 % of the most hours
    with a result that any of them gives keep one, and when no variable means something else over a shorter period (a sum,
    a counter, an extreme). So a change that is two hours late costs two hours and not a day. Own assumption. Where no grain
    gives a result, as before a trial has begun, it is the sheet's own.

    Parameters
    ----------
    sheet : Sheet
        Of the plant.
    records : Records
        Its readings.
    known_hours : callable, optional
        Hours with a result, from a frame of periods and their length [h]; default: usable periods times their length.

    Returns
    -------
    History, float
        At a grain whose length is given [h]; 0 for batches.
    """
    own = prepare_history(measuring_sheet(sheet, sheet.period), records)
    if sheet.period is None:
        return own, 0.0
    own_hours = sheet.period / HOUR
    if not may_be_finer(sheet):
        return own, own_hours
    known = known_hours or _usable_hours
    tried = [
        (prepare_history(measuring_sheet(sheet, grain), records), grain / HOUR) for grain in GRAINS if grain < sheet.period
    ]
    tried.append((own, own_hours))
    hours = [known(history.frame, length) for history, length in tried]
    if not max(hours):
        return tried[-1]
    return next(one for one, found in zip(tried, hours, strict=True) if found >= KEPT * max(hours))


def measuring_sheet(sheet: Sheet, period: timedelta | None) -> Sheet:
    """Return the sheet at another grain, and without settling times: the washout of a trial does what they are for."""
    still = {"settling": timedelta(0)}
    return sheet.model_copy(
        update={
            "period": period,
            "settings": {name: setting.model_copy(update=still) for name, setting in sheet.settings.items()},
            "outcomes": {name: outcome.model_copy(update=still) for name, outcome in sheet.outcomes.items()},
        }
    )


def may_be_finer(sheet: Sheet) -> bool:
    """Return whether a trial may be read hour by hour: periods are longer, and every variable means the same over an hour."""
    long = sheet.period is not None and sheet.period > FINE
    return long and all(variable.aggregate in WHOLE for variable in sheet.variables.values())


def _usable_hours(frame: pl.DataFrame, period_hours: float) -> float:
    return frame["reason"].null_count() * period_hours
