"""Reasons in sentences: why nothing is proposed, and what would settle it."""

from __future__ import annotations

from math import ceil

from workbench.switchback.lengths import LEAST_BLOCKS
from workbench.wording import counted

__all__ = ["number", "trial_sentence"]

WEEKS_LIFE = 520.0  # ten years
WEEKS_SEASON = 26.0  # a trial longer than half a year is called out of reach; own assumption


def number(value: float) -> str:
    """Return a value with three significant digits, thousands marked.

    Examples
    --------
    >>> number(1234.5), number(0.01234)
    ('1,230', '0.0123')
    """
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 100 else f"{rounded:g}"


def trial_sentence(weeks: float | None, *, is_shortest: bool = False) -> str:
    """Return what a trial would take, in words; `is_shortest` where a shorter one would show as much, but none is planned.

    Examples
    --------
    >>> trial_sentence(0.4), trial_sentence(6.2)
    ('A randomised trial of about 1 week would settle it.', 'A randomised trial of about 7 weeks would settle it.')
    """
    if weeks is None:
        return "A randomised trial of present against changed settings would settle it."
    if weeks > WEEKS_LIFE:
        return "No trial of a practical length would show so small an effect."
    if weeks > WEEKS_SEASON:
        return (
            f"A randomised trial would need about {weeks:.0f} weeks to show it: "
            "more than a season, so it is not worth one as it is."
        )
    shortest = f", the shortest that is planned ({LEAST_BLOCKS} blocks)," if is_shortest else ""
    return f"A randomised trial of about {counted(max(1, ceil(weeks)), 'week')}{shortest} would settle it."
