"""Verified gains that cannot be followed month by month: their trials left too few periods at the present settings."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from workbench.records import Lineage
from workbench.switchback import stamp
from workbench.switchback.later import least_present, present_hours, present_periods
from workbench.trial_records import TrialPlan, Verdict
from workbench.verify.ended import use_of
from workbench.verify.ledger_lines import held_months, last_verdict
from workbench.verify.states import ReviewState

__all__ = ["TooFew", "too_few_present", "unfollowed_gains"]


@dataclass(frozen=True)
class TooFew:
    """A verified gain whose trial is too short for the months after it to be compared with.

    Parameters
    ----------
    recommendation, plant : str
    periods, least : int
        At the present settings in the trial, at most, and how many it takes.
    """

    recommendation: str
    plant: str
    periods: int
    least: int


def too_few_present(state: ReviewState) -> TooFew | None:
    """Return that a verified gain cannot be followed; None where it may be, or a month of it was estimated already.

    The ledger alone is asked, not the records: of the periods that the verdict counted those of the present blocks, or as many
    as begin in these by the period that the recommendation was learned at, whichever are fewer (own assumption). Where too few
    are left all the same, `monthly_gains` refuses.

    Parameters
    ----------
    state : ReviewState
        Any one.
    """
    verdict, _ = last_verdict(state.rows)
    plan = state.plan
    if state.state != "verified" or verdict is None or plan is None or not plan.blocks or held_months(state.rows):
        return None
    bounds = [_counted_present(plan, verdict), _begun_present(plan, state.recommendation.lineage)]
    periods = min((bound for bound in bounds if bound is not None), default=None)
    least = least_present(plan.covariates)
    return None if periods is None or periods >= least else TooFew(state.id, state.plant, periods, least)


def unfollowed_gains(states: Iterable[ReviewState]) -> tuple[TooFew, ...]:
    """Return the verified gains in use that cannot be followed month by month.

    Parameters
    ----------
    states : iterable of ReviewState
        All of the ledger.
    """
    every = tuple(states)
    in_use = [state for state in every if (spans := use_of(state, every).spans) and spans[-1][1] is None]
    return tuple(few for few in map(too_few_present, in_use) if few is not None)


def _counted_present(plan: TrialPlan, verdict: Verdict) -> int | None:
    """Periods of the present blocks among those that the verdict counted; None in verdicts of versions that kept none."""
    if not verdict.lineage.periods_counted:
        return None
    lost = {one.block for one in verdict.deviations if one.kind == "lost block" and one.hours <= 0.0}
    kept = [block for block in plan.blocks if block.number not in lost]
    other_way = [block.model_copy(update={"arm": "present"}) for block in kept]
    hours = present_hours(other_way)
    return math.ceil(verdict.lineage.periods_counted * present_hours(kept) / hours - 1e-9) if hours > 0.0 else None


def _begun_present(plan: TrialPlan, lineage: Lineage) -> int | None:
    """Periods that begin in the present blocks; None for batches, and where the record does not tell how long a period is."""
    n_periods = lineage.periods_used + sum(lineage.periods_set_aside.values())
    if plan.batches or lineage.from_ is None or lineage.to is None or n_periods < 2:
        return None
    span = stamp(lineage.to) - stamp(lineage.from_)
    hours = span.total_seconds() / 3600.0 / (n_periods - 1)
    return present_periods(plan.blocks, hours) if hours > 0.0 else None
