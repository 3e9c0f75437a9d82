"""Reasons in sentences: why nothing is proposed, and what would settle it."""

from __future__ import annotations

from math import ceil

from workbench.switchback.lengths import LEAST_BLOCKS
from workbench.wording import counted

__all__ = ["number", "possible_sentence", "trial_sentence"]

WEEKS_YEAR = 52.18  # 365.25 days
YEARS_LIFE = 10  # [a] a longer trial is only said to be longer
WEEKS_SEASON = 26.0  # a trial longer than half a year is called out of reach; own assumption
WEEKS_LONG = 156.0  # three years: from here on years are said
# how weeks are counted
COUNTED = " (blocks of a day or more, half of each left out)"
COUNTED_WHOLE = " (blocks of a day or more; nothing of them is left out, as the sheet gives neither settling time nor washout)"


def number(value: float) -> str:
    """Return a value with three significant digits, thousands marked.

    Examples
    --------
    >>> number(1234.5), number(0.01234)
    ('1,230', '0.0123')
    """
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 100 else f"{rounded:g}"


def trial_sentence(weeks: float | None, *, is_shortest: bool = False, is_washed: bool = True) -> str:
    """Return what a trial would take, in words; `is_shortest` where a shorter one would show as much, but none is planned.

    Else it says how weeks are counted (`provable.trial_error`): a planner that knows a shorter settling time may need fewer.
    `is_washed` says that the blocks have a washout.

    Examples
    --------
    >>> trial_sentence(6.2)
    'A randomised trial of about 7 weeks would settle it (blocks of a day or more, half of each left out).'
    """
    if weeks is None:
        return "A randomised trial of present against changed settings would settle it."
    how = COUNTED if is_washed else COUNTED_WHOLE
    if weeks > WEEKS_SEASON:
        start = f"A randomised trial would need {_span(weeks)} to show it"
        return f"{start}: more than a season, so it is not worth one as it is{how}."
    how = "" if is_shortest else how
    return f"A randomised trial of {_span(weeks)}{_shortest(is_shortest)} would settle it{how}."


def possible_sentence(most: str, weeks: float | None, *, is_shortest: bool = False) -> str:
    """Return what a trial would take where a gain of `most` (with its unit) is the most that its interval allows, in words.

    Examples
    --------
    >>> possible_sentence("0.14 %-points", 6.2)
    'If the gain were at the upper end of its interval, 0.14 %-points, a randomised trial of about 7 weeks would show it.'
    >>> possible_sentence("0.14 %-points", 20676.0).split(", ", 2)[2]
    'a randomised trial would need more than 10 years to show it: more than a season, so it is not worth one as it is.'
    """
    start = f"If the gain were at the upper end of its interval, {most}, a randomised trial"
    if weeks is None:
        return f"{start} of present against changed settings would show it."
    if weeks > WEEKS_SEASON:
        return f"{start} would need {_span(weeks)} to show it: more than a season, so it is not worth one as it is."
    return f"{start} of {_span(weeks)}{_shortest(is_shortest)} would show it."


def _shortest(is_shortest: bool) -> str:
    return f", the shortest that is planned ({LEAST_BLOCKS} blocks)," if is_shortest else ""


def _span(weeks: float) -> str:
    """`about 7 weeks`, `about 3 years`, `more than 10 years`."""
    if weeks > YEARS_LIFE * WEEKS_YEAR:
        return f"more than {YEARS_LIFE} years"
    if weeks > WEEKS_LONG:
        return f"about {counted(round(weeks / WEEKS_YEAR), 'year')}"
    return f"about {counted(max(1, ceil(weeks) if weeks <= WEEKS_SEASON else round(weeks)), 'week')}"
