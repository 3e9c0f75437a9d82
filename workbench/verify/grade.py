"""How good the evidence is: A randomised as planned, B with deviations, C matched, D plain before/after, E promise only."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.trial_records import Deviation, Grade
from workbench.wording import percent_text

__all__ = ["GRADES", "LEAST_BLOCKS", "LEAST_ORDERS", "PROVING", "trial_grade"]

LEAST_BLOCKS = 8  # blocks of a trial that can verify
LEAST_ORDERS = 100  # orders of a trial that can verify: its smallest p is then at most 0.01
FULL_ADHERENCE = 0.95  # share of hours at the planned settings from which a trial was run as planned; own assumption
LEAST_ADHERENCE = 0.5  # below, the proposed settings were not really tried; own assumption
PROVING: tuple[Grade, ...] = ("A", "B")  # grades that can verify

GRADES: dict[Grade, str] = {
    "A": "randomised trial, run as planned",
    "B": "randomised trial, with deviations from the plan",
    "C": "compared under like conditions, without a randomised test",
    "D": "plain before and after",
    "E": "promise only, nothing measured",
}


def trial_grade(
    deviations: Sequence[Deviation], adherence: float | None, blocks_used: int, n_orders: int, *, is_randomised: bool
) -> tuple[Grade, str]:
    """Return the grade of a trial's evidence, and why.

    Parameters
    ----------
    deviations : sequence of Deviation
        All that were found.
    adherence : float or None
        Share of hours at the planned settings [-]; None where nothing is known.
    blocks_used : int
        Blocks of complete pairs.
    n_orders : int
        Orders that these admit.
    is_randomised : bool
        Whether the plan's order is the one that its seed draws.

    Examples
    --------
    >>> trial_grade((), 0.99, 14, 128, is_randomised=True)[0]
    'A'
    """
    if adherence is None or blocks_used == 0:
        return "E", "no pair of blocks has both settings and results in the records"
    if adherence < LEAST_ADHERENCE:
        share = percent_text(adherence)
        return "E", f"the plant was at the planned settings in {share} of the hours only: they were not really tried"
    if not is_randomised:
        return "C", "the order of the blocks is not the one that the plan's seed draws: the blocks are compared as found"
    if blocks_used < LEAST_BLOCKS or n_orders < LEAST_ORDERS:
        return "C", f"{blocks_used} blocks are left, too few to be tested by re-randomisation: the blocks are compared as found"
    if deviations:
        return "B", f"randomised trial with {len(deviations)} deviation{'s' if len(deviations) > 1 else ''} from the plan"
    if adherence < FULL_ADHERENCE:
        return "B", f"randomised trial, at the planned settings in {percent_text(adherence)} of the hours"
    return "A", "randomised trial, run as planned"
