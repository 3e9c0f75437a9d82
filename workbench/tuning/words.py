"""Reasons in sentences: why nothing is proposed, and what would settle it."""

from __future__ import annotations

from math import ceil

from workbench.switchback.lengths import LEAST_BLOCKS
from workbench.wording import counted

__all__ = ["number", "trial_sentence"]

WEEKS_LIFE = 520.0  # ten years
WEEKS_SEASON = 26.0  # a trial longer than half a year is called out of reach; own assumption
COUNTED = " (blocks of a day or more, half of each left out)"  # how weeks are counted


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

    Else it says how weeks are counted (`provable.trial_error`): a planner that knows a shorter settling time may need fewer.

    Examples
    --------
    >>> trial_sentence(6.2)
    'A randomised trial of about 7 weeks would settle it (blocks of a day or more, half of each left out).'
    """
    if weeks is None:
        return "A randomised trial of present against changed settings would settle it."
    if weeks > WEEKS_LIFE:
        return "No trial of a practical length would show so small an effect."
    if weeks > WEEKS_SEASON:
        return (
            f"A randomised trial would need about {weeks:.0f} weeks to show it: "
            f"more than a season, so it is not worth one as it is{COUNTED}."
        )
    about = f"A randomised trial of about {counted(max(1, ceil(weeks)), 'week')}"
    if is_shortest:
        return f"{about}, the shortest that is planned ({LEAST_BLOCKS} blocks), would settle it."
    return f"{about} would settle it{COUNTED}."
