"""Which tags the sheet asks for, and how the readings of each are to be understood."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from workbench.errors import InputError

if TYPE_CHECKING:
    from workbench.plant import Sheet

__all__ = ["Request", "Wanted", "wanted_tags"]


@dataclass(frozen=True)
class Wanted:
    """One tag that somebody asks for.

    Parameters
    ----------
    tag : str
        As the sheet writes it.
    place : str
        Where the sheet names it, such as ``settings.temperature``.
    unit : str
        Unit its values are wanted in; empty for as they are.
    is_text : bool
        True when its readings are words (choices, states), not numbers.
    choices : tuple of str or None
        Words that are known; None for any.
    known_after : timedelta
        From the stamp until the reading is known.
    """

    tag: str
    place: str
    unit: str = ""
    is_text: bool = False
    choices: tuple[str, ...] | None = None
    known_after: timedelta = timedelta(0)


@dataclass(frozen=True)
class Request:
    """What is asked of a source.

    Parameters
    ----------
    wanted : tuple of Wanted or None
        Tags; None for all that it holds.
    zone : str
        Timezone of stamps without an offset.
    sheet : str
        Name of the sheet, for messages.
    batch : str or None
        Column of the batches: one row a batch.
    as_of : datetime or None
        Rows known later than this instant (UTC) are set aside.
    """

    wanted: tuple[Wanted, ...] | None
    zone: str = "UTC"
    sheet: str = "the sheet"
    batch: str | None = None
    as_of: datetime | None = None


def wanted_tags(sheet: Sheet) -> tuple[Wanted, ...]:
    """Return the tags that a sheet names, each once, in the sheet's order.

    Where several variables share a tag, the longest `known_after` counts: nothing is used before it is known.

    Raises
    ------
    InputError
        If variables share a tag but not its unit, or one wants numbers and the other words.
    """
    found: dict[str, Wanted] = {}
    for one in _named(sheet):
        earlier = found.get(one.tag)
        found[one.tag] = one if earlier is None else _merged(earlier, one, sheet.label)
    return tuple(found.values())


def _named(sheet: Sheet) -> Iterator[Wanted]:
    parts = (("settings", sheet.settings), ("conditions", sheet.conditions), ("outcomes", sheet.outcomes))
    for part, variables in parts:
        for name, variable in variables.items():
            aggregate = str(variable.aggregate).strip().casefold()
            is_share = aggregate.startswith("share")
            is_text = variable.is_categorical or is_share
            one = Wanted(
                tag=variable.tag.strip(),
                place=f"{part}.{name}",
                unit="" if is_text else variable.unit,
                is_text=is_text,
                choices=None if is_share else variable.choices,
                known_after=variable.known_after,
            )
            yield one
            measured = getattr(variable, "measured", None)
            if measured:
                yield replace(one, tag=measured.strip(), place=f"{one.place}.measured")


def _merged(first: Wanted, second: Wanted, file: str) -> Wanted:
    places = f"{first.place} and {second.place} of {file}"
    if first.is_text != second.is_text:
        raise InputError(
            f"tag '{first.tag}' is read as text by one and as a number by the other of {places}: change one of them"
        )
    if first.unit != second.unit:
        raise InputError(
            f"tag '{first.tag}' has unit '{first.unit}' in one and '{second.unit}' in the other of {places}: write one unit"
        )
    choices = None
    if first.choices is not None and second.choices is not None:
        choices = tuple(dict.fromkeys((*first.choices, *second.choices)))
    return replace(first, choices=choices, known_after=max(first.known_after, second.known_after))
