"""How things are said everywhere: one of a thing or many, units, shares and moments."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

__all__ = [
    "DECIMAL_COMMA",
    "LOOKS_COUNTED",
    "RUNNING_COSTS",
    "TAKEN_AS_READ",
    "block_span",
    "chance_text",
    "counted",
    "many",
    "moment_text",
    "percent_text",
    "rounded_text",
    "shown_unit",
    "unit_of_change",
    "verb_for",
]

TAKEN_AS_READ = "; the values were taken as they are"  # of a tag whose unit cannot become the sheet's
LOOKS_COUNTED = "counting the plan's looks"  # said of a p that has the chances of earlier looks in it
RUNNING_COSTS = "running costs"  # what the sheet's costs are called among the outcomes

DECIMAL_COMMA = r"^[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+),\d+$"
"""A text that is a number with a decimal comma, as `311,1` or `1.234,5` (a pattern for `re` and for polars)."""

_HISSING = ("s", "x", "ch", "sh")  # after these the plural is a syllable of its own


def counted(number: int, noun: str) -> str:
    """Return how many of a thing there are.

    Parameters
    ----------
    number : int
        0 or more.
    noun : str
        For one of them, regular in its plural.

    Examples
    --------
    >>> counted(1, "outcome"), counted(2, "usable batch"), counted(0, "reading")
    ('1 outcome', '2 usable batches', '0 readings')
    """
    return f"{number:,} {noun if number == 1 else many(noun)}"


def many(noun: str) -> str:
    """Return a regular noun's plural.

    Examples
    --------
    >>> many("batch"), many("period")
    ('batches', 'periods')
    """
    return f"{noun}es" if noun.endswith(_HISSING) else f"{noun}s"


def chance_text(chance: float) -> str:
    """Return a chance in per cent; a very small one is never said to be none.

    Examples
    --------
    >>> chance_text(0.065), chance_text(0.0002)
    ('6.5 %', 'less than 0.1 %')
    """
    return "less than 0.1 %" if chance < 0.001 else f"{100 * chance:.1f} %"


def verb_for(number: int, one: str, more: str) -> str:
    """Return the verb that goes with a number of things.

    Examples
    --------
    >>> verb_for(1, "was", "were"), verb_for(3, "was", "were")
    ('was', 'were')
    """
    return one if number == 1 else more


def shown_unit(unit: str) -> str:
    """Return a unit as it stands behind a number: nothing for plain numbers, whose `1` would read as another number.

    Examples
    --------
    >>> shown_unit("1"), shown_unit("-"), shown_unit("t/h")
    ('', '', 't/h')
    """
    return "" if unit in {"-", "1"} else unit


def unit_of_change(unit: str) -> str:
    """Return the unit of a difference: `%-points` for `%` (one unit of % is one point), else as `shown_unit`.

    Examples
    --------
    >>> unit_of_change("%"), unit_of_change("-"), unit_of_change("t/h")
    ('%-points', '', 't/h')
    """
    return "%-points" if unit == "%" else shown_unit(unit)


def block_span(least: float, most: float) -> str:
    """Return how long blocks are, days from two on.

    Parameters
    ----------
    least, most : float
        Shortest and longest block [h]. An hour more or less is a change of the clock, and not said.

    Examples
    --------
    >>> block_span(8.0, 8.0), block_span(8.0, 16.0), block_span(23.0, 24.0), block_span(48.0, 96.0)
    ('8 h', '8 to 16 h', '23 h', '2 to 4 d')
    """
    unit, hours = ("d", 24.0) if least >= 48 else ("h", 1.0)
    upper = f" to {most / hours:.3g}" if most - least > 1.0 else ""
    return f"{least / hours:.3g}{upper} {unit}"


def percent_text(share: float) -> str:
    """Return a share in per cent; what rounds to 100 % or 0 % without being it is said so.

    Parameters
    ----------
    share : float
        Finite, as a rule 0 to 1 [-].

    Examples
    --------
    >>> percent_text(0.41), percent_text(0.904), percent_text(0.9999)
    ('41 %', '90.4 %', '>99.9 %')
    """
    if 0.999 < share < 1:
        return ">99.9 %"
    if 0 < share < 0.001:
        return "<0.1 %"
    percent = share * 100
    fine = percent > 90 or percent < 10
    return f"{rounded_text(percent, 1 if fine else 0).removesuffix('.0')} %"


def rounded_text(value: float, places: int) -> str:
    """Return a number with so many decimals; halves go up, as people round.

    Examples
    --------
    >>> rounded_text(1234.565, 2)  # the shortest decimal of the float counts, not its binary tail
    '1,234.57'
    """
    exact = Decimal(repr(float(f"{value:.12g}")))
    return f"{exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP):,f}"


def moment_text(moment: datetime, timezone: str) -> str:
    """Return a moment as people write it, in plant time.

    Parameters
    ----------
    moment : datetime
        With a timezone.
    timezone : str
        Of the plant.

    Examples
    --------
    >>> moment_text(datetime.fromisoformat("2026-01-25T03:00+00:00"), "Europe/Berlin")
    '25 Jan 2026 04:00 Europe/Berlin'
    """
    local = moment.astimezone(ZoneInfo(timezone))
    return f"{local.day} {local:%b %Y %H:%M} {timezone}"
