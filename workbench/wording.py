"""One of a thing or many of them, in words."""

from __future__ import annotations

__all__ = ["RUNNING_COSTS", "counted", "many", "shown_unit", "unit_of_change", "verb_for"]

RUNNING_COSTS = "running costs"  # what the sheet's costs are called among the outcomes

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
    return f"{number} {noun if number == 1 else many(noun)}"


def many(noun: str) -> str:
    """Return a regular noun's plural.

    Examples
    --------
    >>> many("batch"), many("period")
    ('batches', 'periods')
    """
    return f"{noun}es" if noun.endswith(_HISSING) else f"{noun}s"


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
