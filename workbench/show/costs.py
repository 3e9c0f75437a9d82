"""What running costs take back: money is net of them, a promised improvement is not."""

from __future__ import annotations

from workbench.records import Recommendation
from workbench.show.digits import decimals_for, number_text
from workbench.show.words import one_line
from workbench.wording import RUNNING_COSTS

__all__ = ["net_sentence"]


def net_sentence(recommendation: Recommendation) -> str:
    """Return what the yearly value is net of; empty where the sheet has no costs, or nothing is worth money.

    Parameters
    ----------
    recommendation : Recommendation
        Of any status.
    """
    r = recommendation
    if r.gain is None or r.value_per_year is None:
        return ""
    for line in r.outcomes:
        if line.name == RUNNING_COSTS and line.change is not None:
            more = number_text(line.change, decimals_for(line.change), sign=True)
            return f"It is net of running costs, which change by {more} {one_line(line.unit)}."
    return ""
