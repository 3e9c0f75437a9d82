"""What to say beside a plan: that its recommendation is on trial or was tried already, or that its start has passed."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from workbench.show.schedule_page import plan_dates
from workbench.switchback import stamp
from workbench.trial_records import TrialPlan
from workbench.verify.states import ReviewState

__all__ = ["standing_sentences"]


def standing_sentences(plan: TrialPlan, state: ReviewState, at: datetime, later: str) -> tuple[str, ...]:
    """Return what a reader of a plan must know before he follows it; nothing for the plan that the trial itself follows.

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
    if followed is not None and followed.id == plan.id and state.state == "on_trial":
        return ()
    out = []
    if followed is not None and state.state == "on_trial":
        out.append(f"{state.id} is on trial already, {plan_dates(followed)}, by plan {followed.id}: this is another plan.")
    elif followed is not None:
        out.append(f"A trial of {state.id} was planned before, {plan_dates(followed)}; the recommendation is {state.words}.")
    begins = stamp(plan.start)
    if begins < at:
        day = begins.astimezone(ZoneInfo(plan.timezone))
        out.append(f"It would begin on {day.day} {day:%b %Y}, which is past: {later} plans it for later.")
    return tuple(out)
