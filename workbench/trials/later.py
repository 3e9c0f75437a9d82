"""Whether a gain can be followed month by month after its trial: what a plan says beforehand."""

from __future__ import annotations

from workbench.switchback.later import least_present, present_periods
from workbench.trial_records import TrialPlan

__all__ = ["later_notes"]


def later_notes(plan: TrialPlan, period_hours: float) -> tuple[str, ...]:
    """Return a sentence where too few present periods would be left for later months to be compared with; else nothing.

    Parameters
    ----------
    plan : TrialPlan
        With its blocks.
    period_hours : float
        Length of the sheet's periods, or the usual time from batch to batch, above 0 [h].
    """
    left, least = present_periods(plan.blocks, period_hours), least_present(plan.covariates)
    if left >= least:
        return ()
    finer = "" if plan.batches else ", or a shorter `period` where results come that often,"
    return (
        f"Once verified, the gain cannot be followed month by month: the trial leaves {left} periods at the present settings"
        f" and a month is compared with {least} or more. Longer blocks (`trial: start_hours` in the sheet){finer} would leave"
        " enough.",
    )
