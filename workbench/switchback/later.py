"""Whether a trial leaves enough present periods for the months after it to be compared with."""

from __future__ import annotations

import math
from collections.abc import Sequence

from workbench.switchback.blocks import stamp
from workbench.trial_records import Block

__all__ = ["LEAST_PERIODS", "least_present", "present_hours", "present_periods"]

LEAST_PERIODS = 10  # a month with fewer usable periods, or a trial with fewer at one of its settings, is not judged
SPARE = 1e-9  # of a period: stamps are whole seconds, and their quotients are not [-]


def least_present(covariates: Sequence[str]) -> int:
    """Return the fewest usable periods at the present settings that a month after a trial can be compared with.

    Ten, and two for each weight that is learned from them: the mean's, and one a covariate. Own assumption.

    Parameters
    ----------
    covariates : sequence of str
        Of the plan; shares of choices, such as `grade=A`, are not among what a month is compared by.

    Examples
    --------
    >>> least_present(["feed"]), least_present(["a", "b", "c", "d", "e"])
    (10, 12)
    """
    return max(LEAST_PERIODS, 2 * (sum("=" not in name for name in covariates) + 1))


def present_hours(blocks: Sequence[Block]) -> float:
    """Return the hours of the present blocks after their washout [h]."""
    return math.fsum(_hours(block) for block in blocks if block.arm == "present")


def present_periods(blocks: Sequence[Block], period_hours: float) -> int:
    """Return how many periods can begin in the present blocks after their washout, at most.

    Parameters
    ----------
    blocks : sequence of Block
        Of a trial.
    period_hours : float
        Length of a period, above 0 [h].

    Examples
    --------
    >>> eight_hours = Block(
    ...     number=1,
    ...     start="2026-01-12T00:00Z",
    ...     washout_until="2026-01-12T04:00Z",
    ...     end="2026-01-12T08:00Z",
    ...     arm="present",
    ... )
    >>> present_periods([eight_hours] * 3, 4.0)
    3
    """
    return sum(math.ceil(_hours(block) / period_hours - SPARE) for block in blocks if block.arm == "present")


def _hours(block: Block) -> float:
    return (stamp(block.end) - stamp(block.washout_until)).total_seconds() / 3600.0
