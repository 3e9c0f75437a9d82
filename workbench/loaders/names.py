"""Which header is a sheet's tag: with or without the unit behind it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from workbench.errors import InputError, closest_hint
from workbench.loaders.table import SourceTable
from workbench.loaders.wanted import Wanted
from workbench.plant import units

__all__ = ["match_names", "require", "unit_in"]

_BRACKETS = re.compile(r"(.+?)\s*[\(\[][^\(\)\[\]]*[\)\]]$")


def match_names(wanted: Sequence[Wanted], names: Iterable[str], label: str) -> dict[str, str]:
    """Return the source's name of each wanted tag that the source has.

    The exact name wins; else a name that is the same without a unit in brackets or behind a comma.

    Raises
    ------
    InputError
        If several names fit a tag equally well.

    Examples
    --------
    >>> match_names([Wanted("Building Load", "conditions.load")], ["Building Load (RT)", "Humidity (%)"], "x.csv")
    {'Building Load': 'Building Load (RT)'}
    """
    exact = {name.strip(): name for name in names}
    bare: dict[str, list[str]] = {}
    for name in exact.values():
        for form in _forms(name):
            bare.setdefault(form, []).append(name)
    found: dict[str, str] = {}
    for one in wanted:
        if one.tag in exact:
            found[one.tag] = exact[one.tag]
            continue
        fitting = list(dict.fromkeys(name for form in _forms(one.tag) for name in bare.get(form, ())))
        if len(fitting) > 1:
            listed = " and ".join(f"'{name}'" for name in fitting[:3])
            raise InputError(f"tag '{one.tag}' ({one.place}) fits {listed} in {label}: write the tag as the source does")
        if fitting:
            found[one.tag] = fitting[0]
    return found


def require(wanted: Sequence[Wanted], found: Mapping[str, str], names: Sequence[str], table: SourceTable, sheet: str) -> None:
    """Refuse a source that lacks a tag without which the sheet makes no sense.

    `found` holds the source's name of each tag that it has; `names` all that it knows.

    Raises
    ------
    InputError
        Naming the first such tag, the closest name in the source that is no other tag's, and how many more are missing.
    """
    missing = [one for one in wanted if one.tag not in found]
    if not missing:
        return
    one = missing[0]
    more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    absent = f"tag '{one.tag}' ({one.place}){more} not found in {table.label}"
    if any(finding.code == "L101" for finding in table.findings) and not all(one.tag.isascii() for one in missing):
        raise InputError(
            f"{absent}, which is not UTF-8 and was read as Windows-1252: save it as UTF-8, which Excel calls CSV UTF-8,"
            f" or name its tags in {sheet} as they were read"
        )
    free = {form: name for name in names if name not in found.values() for form in _forms(name)}
    raise InputError(
        f"{absent}{closest_hint(one.tag, free)}: name a tag of the source in {sheet}, or read a source that has it"
    )


def unit_in(name: str) -> str | None:
    """Return the unit that a name carries, None where there is none of the known ones."""
    return units.split_header(name)[1]


def _forms(name: str) -> tuple[str, ...]:
    """A name as it is, and without what looks like a unit behind it."""
    text = name.strip()
    forms = [text, units.split_header(text)[0]]
    bracketed = _BRACKETS.fullmatch(text)
    if bracketed:
        forms.append(bracketed[1].strip())
    return tuple(dict.fromkeys(forms))
