"""How a trial is read: no period set aside for being unsteady, no setting filtered, hour by hour where that is possible."""

from __future__ import annotations

from datetime import timedelta

from workbench.plant import Sheet

__all__ = ["FINE", "KEPT", "may_be_finer", "measuring_sheet"]

FINE = timedelta(hours=1)  # grain at which a trial is read where its variables allow; own assumption
KEPT = 0.8  # share of the hours with a result that the fine grain must keep; own assumption
WHOLE = {"time-weighted", "mean", "last"}  # aggregates that mean the same over a shorter period


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
