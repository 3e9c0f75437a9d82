"""Whether a verified gain is still there: its months estimated again from later records, and what the ledger now says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from workbench.errors import InputError
from workbench.trial_records import TrialPlan, Verdict
from workbench.verify.decay import MonthGain, monthly_gains, record_decay
from workbench.verify.ended import Ended
from workbench.verify.ledger import read_ledger
from workbench.verify.ledger_lines import held_months, last_verdict
from workbench.verify.ledger_months import Other, other_use
from workbench.verify.log import Log
from workbench.verify.readings import frozen_months
from workbench.verify.states import ReviewState, read_states

if TYPE_CHECKING:
    from workbench.plant import Sheet
    from workbench.records import History

__all__ = ["Fading", "demand_verified", "estimate_again"]


@dataclass(frozen=True)
class Fading:
    """What later records say of a verified gain.

    Parameters
    ----------
    state : ReviewState
        Of its recommendation, before these months were written.
    plan : TrialPlan
        Of its trial.
    months : tuple of MonthGain
        As estimated now, in their order.
    held : mapping of str to dict
        Payload of each month that the ledger held before, by month (`2026-02`, UTC).
    new : tuple of dict
        Payloads of the months written now.
    frozen, left : mapping of str to int
        Periods set aside of a month, as a reading of the objective stood still, and those that are left of it [periods].
    others : tuple of Other
        Times in which the plant does not tell of this gain alone.
    ended : tuple of Ended
        What ended the gain.
    is_fading : bool
        Whether the ledger now flags it.
    """

    state: ReviewState
    plan: TrialPlan
    months: tuple[MonthGain, ...]
    held: Mapping[str, dict[str, Any]]
    new: tuple[dict[str, Any], ...]
    frozen: Mapping[str, int]
    left: Mapping[str, int]
    others: tuple[Other, ...]
    ended: tuple[Ended, ...]
    is_fading: bool


def demand_verified(state: ReviewState) -> tuple[Verdict, TrialPlan]:
    """Return the verdict and the plan of the trial that verified a gain.

    Raises
    ------
    InputError
        If it is not verified, or the ledger holds no plan of its trial.
    """
    verdict, _ = last_verdict(state.rows)
    if verdict is None or state.state != "verified":
        raise InputError(f"{state.id} is {state.words}: only a verified gain can fade")
    if state.plan is None:
        raise InputError(f"{state.id} has no plan of a trial in the ledger: there is nothing to compare a month with")
    return verdict, state.plan


def estimate_again(log: Log, state: ReviewState, sheet: Sheet, history: History) -> Fading:
    """Estimate the months of a verified gain again, write the new and the corrected ones down, and return them all.

    Parameters
    ----------
    log : Log
        Of the store.
    state : ReviewState
        Of a recommendation as `demand_verified` wants it.
    sheet : Sheet
        Of the plant, with what was promised in it.
    history : History
        Of the plant, with the trial and the months after it.

    Raises
    ------
    InputError
        As `demand_verified`.
    """
    verdict, plan = demand_verified(state)
    others, held = other_use(state, read_states(log.rows()).values()), held_months(state.rows)
    usable, frozen = history.usable, frozen_months(sheet, history.frame)
    months = monthly_gains(sheet, usable, plan, verdict, others, frozen)
    new = record_decay(log, verdict, months, others, frozen=frozen)
    ledger = read_ledger(log.rows())
    [line] = [line for line in ledger.lines if line.recommendation == state.id]
    return Fading(
        state=state,
        plan=plan,
        months=tuple(months),
        held=held,
        new=tuple(row.payload for row in new),
        frozen=frozen,
        left={month: usable.filter(pl.col("time").dt.strftime("%Y-%m") == month).height for month in frozen},
        others=tuple(others),
        ended=tuple(one for one in ledger.ended if one.recommendation == state.id),
        is_fading=line.fading,
    )
