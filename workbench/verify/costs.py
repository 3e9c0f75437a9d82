"""What was put in: licences, hours, downtime, trials, training; each amount a row of the log."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from workbench.errors import InputError, closest_hint
from workbench.verify.chain import LogRow
from workbench.verify.log import Log, storable
from workbench.verify.states import read_states

__all__ = ["AMOUNT_HIGHEST", "CATEGORIES", "check_cost", "counted_amount", "paid_amounts", "record_cost"]

AMOUNT_HIGHEST = 1e15  # [currency] of a cost, or of a gain or value promised; own assumption: no plant has more in any currency
DECIMALS = 6  # of sums of amounts: what lies beyond is left by adding up
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
        Any number but 0, at most `AMOUNT_HIGHEST` either way [currency]; below 0 takes back what was written before for the
        same recommendation (or, without one, the same plant), provider and currency.
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
        If category, amount, currency or recommendation is not one, or more is taken back than was written.
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
        "provider": storable(provider) if provider else state.provider if state else None,
    }
    with log.transaction():
        row_plant = state.plant if state else plant
        if amount < 0:
            _check_covered(log.rows(kind="cost", plant=row_plant), recommendation, row_plant, payload)
        return log.append("cost", row_plant, recommendation, payload, actor=actor, at=at)


def check_cost(category: str, amount: float, currency: str) -> None:
    """Raise InputError where a category, an amount or a currency is not one."""
    if category not in CATEGORIES:
        raise InputError(f"'{category}' is no kind of cost{closest_hint(category, CATEGORIES)}: use {', '.join(CATEGORIES)}")
    if not math.isfinite(amount) or amount == 0:
        raise InputError(f"a cost of {amount:g} is none: write a number, below 0 to take an earlier cost back")
    if abs(amount) > AMOUNT_HIGHEST:
        raise InputError(f"a cost of {amount:g} is beyond {AMOUNT_HIGHEST:g}, and no plant has so much: write the amount spent")
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise InputError(f"'{currency}' is no currency: write three capital letters, such as EUR")


def counted_amount(said: Mapping[str, Any]) -> float:
    """Return what the payload of a cost counts for; 0 where a row of an older version is beyond `AMOUNT_HIGHEST` [currency]."""
    amount = float(said["amount"])
    return amount if abs(amount) <= AMOUNT_HIGHEST else 0.0


def paid_amounts(rows: Sequence[LogRow]) -> dict[str, float]:
    """Return what the costs among the rows add up to in each currency [currency]; 0 where all was taken back."""
    paid: dict[str, float] = {}
    for said in (row.payload for row in rows if row.kind == "cost"):
        paid[said["currency"]] = paid.get(said["currency"], 0.0) + counted_amount(said)
    return paid


def _check_covered(costs: Sequence[LogRow], recommendation: str | None, plant: str, new: Mapping[str, Any]) -> None:
    """Refuse to take back more than was written: the net value would rise out of nothing."""
    provider, currency = new["provider"], new["currency"]
    alike = [row.payload for row in costs if row.recommendation == recommendation]
    written = [counted_amount(said) for said in alike if _provider(said) == provider and said["currency"] == currency]
    before = round(math.fsum(written), DECIMALS) + 0.0  # no -0
    if round(before + new["amount"], DECIMALS) < 0:
        whose = f"{recommendation or plant} and {f'provider {provider}' if provider else 'no provider'}"
        raise InputError(
            f"{-new['amount']:,.15g} {currency} cannot be taken back: the costs written for {whose} come to {before:,.15g}"
            f" {currency}; name recommendation, --provider and currency of the cost to be taken back"
        )


def _provider(said: Mapping[str, Any]) -> str | None:
    """Whom a cost went to; rows of older versions may hold what a terminal could not decode."""
    provider = said.get("provider")
    return storable(provider) if provider else None
