"""What was put in: licences, hours, downtime, trials, training; each amount a row of the log."""

from __future__ import annotations

import math
import re
from datetime import datetime

from workbench.errors import InputError, closest_hint
from workbench.verify.chain import LogRow
from workbench.verify.log import Log
from workbench.verify.states import read_states

__all__ = ["CATEGORIES", "check_cost", "record_cost"]

CATEGORIES = ("licence", "hours", "downtime", "trial", "training", "other")


def record_cost(
    log: Log,
    plant: str,
    category: str,
    amount: float,
    currency: str,
    note: str = "",
    *,
    recommendation: str | None = None,
    provider: str | None = None,
    actor: str | None = None,
    at: datetime | None = None,
) -> LogRow:
    """Append a cost and return its row; a wrong one is put right by a second one with the opposite sign.

    Parameters
    ----------
    log : Log
        Opened with `create=True`.
    plant : str
        Name of the plant; of its recommendation where one is given.
    category : str
        One of `CATEGORIES`.
    amount : float
        Any number but 0 [currency]; below 0 takes an earlier one back.
    currency : str
        Three capital letters.
    note : str
        What it was, in words.
    recommendation : str, optional
        Its id, where the cost is for one.
    provider : str, optional
        Whom it went to, or whose advice it was for; default the recommendation's.
    actor, at
        As `Log.append`.

    Raises
    ------
    InputError
        If category, amount, currency or recommendation is not one.
    """
    check_cost(category, amount, currency)
    state = read_states(log.rows(recommendation=recommendation)).get(recommendation) if recommendation else None
    if recommendation and state is None:
        raise InputError(f"there is no recommendation '{recommendation}' in the ledger: `workbench review list` names them")
    payload = {
        "category": category,
        "amount": float(amount),
        "currency": currency,
        "note": note,
        "provider": provider or (state.provider if state else None),
    }
    return log.append("cost", state.plant if state else plant, recommendation, payload, actor=actor, at=at)


def check_cost(category: str, amount: float, currency: str) -> None:
    """Raise InputError where a category, an amount or a currency is not one."""
    if category not in CATEGORIES:
        raise InputError(f"'{category}' is no kind of cost{closest_hint(category, CATEGORIES)}: use {', '.join(CATEGORIES)}")
    if not math.isfinite(amount) or amount == 0:
        raise InputError(f"a cost of {amount:g} is none: write a number, below 0 to take an earlier cost back")
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise InputError(f"'{currency}' is no currency: write three capital letters, such as EUR")
