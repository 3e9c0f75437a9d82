"""What to say beside a plan: that it is on trial or was tried already, that its start has passed, or that it cannot prove."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from workbench.show.review_table import doubt_words
from workbench.show.schedule_page import plan_dates
from workbench.switchback import stamp
from workbench.trial_records import TrialPlan
from workbench.verify.states import ReviewState

__all__ = ["standing_sentences", "unproved_sentences"]

UNPROVED = (
    "The card proposes the change all the same, and both hold: a proposal needs a gain that the records show and that is larger"
    " than luck alone moves a trial's result by (one standard error); a proof needs a trial that finds it in 80 % of the cases,"
    " which takes longer.",
    "You may let a trial last longer (`trial: {max_weeks: ...}` in the sheet, up to 104, then plan again), run this one and"
    " know how often it finds nothing, or reject the proposal and tune again when there are new records.",
)


def unproved_sentences(plan: TrialPlan) -> tuple[str, ...]:
    """Return why a change is proposed that the plan cannot prove, and what one may do; nothing for a plan that can.

    Parameters
    ----------
    plan : TrialPlan
        Of any trial.
    """
    return () if plan.provable else UNPROVED


def standing_sentences(plan: TrialPlan, state: ReviewState, at: datetime, later: str) -> tuple[str, ...]:
    """Return what a reader of a plan must know before he follows it.

    Of the plan that the trial itself follows, that it was put on trial after it had begun; of every plan, that a later answer
    speaks against the recommendation.

    Parameters
    ----------
    plan : TrialPlan
        The one that is shown.
    state : ReviewState
        Where its recommendation stands.
    at : datetime
        Now, with a timezone.
    later : str
        How a later start is asked for, such as `--start DATE`.
    """
    followed = state.plan
    begins = stamp(plan.start)
    out = [] if state.doubt is None else [f"{state.id} is {state.words}, and {doubt_words(state.doubt)}."]
    if followed is not None and followed.id == plan.id and state.state == "on_trial":
        put = next(row.time for row in reversed(state.rows) if row.kind == "plan")
        if put <= begins:
            return tuple(out)
        return (
            *out,
            f"It was put on trial on {_day(put, plan)}, after its first block began on {_day(begins, plan)}: of what is past"
            f" only blocks that were run by it count. For a later start: `workbench review withdraw {state.id} --by NAME"
            " --why TEXT`, then plan again.",
        )
    if followed is not None and state.state == "on_trial":
        out.append(f"{state.id} is on trial already, {plan_dates(followed)}, by plan {followed.id}: this is another plan.")
    elif followed is not None:
        out.append(f"A trial of {state.id} was planned before, {plan_dates(followed)}; the recommendation is {state.words}.")
    if begins < at:
        out.append(f"This plan would begin on {_day(begins, plan)}, which is past: {later} plans it for later.")
    return tuple(out)


def _day(moment: datetime, plan: TrialPlan) -> str:
    local = moment.astimezone(ZoneInfo(plan.timezone))
    return f"{local.day} {local:%b %Y}"
