"""What the parts of a sheet share: frozen models that refuse unknown keys, faults with their key, names and numbers."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from workbench.errors import closest_hint

__all__ = [
    "LONGEST_NAME",
    "NAME_PATTERN",
    "SheetPart",
    "ascii_name",
    "fault",
    "name_fault",
    "read_large_number",
    "read_number",
    "shown",
]

NAME_PATTERN = "[A-Za-z_][A-Za-z0-9_]*"
"""Names of plants, variables and limits."""

LONGEST_NAME = 200  # [characters] MLflow takes 250 and a file's name 255, and both get words added to the name

FREE_TEXT = "description"  # whose commas people do not quote inside braces
DIGITS_OF_THOUSANDS = 3  # behind a mark that parts thousands
SLIP = 0.9  # likeness of two words from which one is a slip of the other [-]
_NUMBER = re.compile(r"[+-]?(?:\d[\d_]*\.?[\d_]*|\.\d+)(?:[eE][+-]?\d+)?")


def fault(sentence: str, *keys: str | int) -> PydanticCustomError:
    """Return the error that becomes one sentence about the key reached from here by `keys`."""
    return PydanticCustomError("plant_sheet", "{sentence}", {"sentence": sentence, "keys": keys})


class SheetPart(BaseModel):
    """A part of the sheet: frozen, and a key that it does not know is refused with the closest one."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, populate_by_name=False)

    OWNER: ClassVar[str] = ""

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            raise fault(f"needs keys and values below it, not {shown(given)}")
        known = {info.alias or name for name, info in cls.model_fields.items()}
        read: dict[Any, Any] = {}
        before = ""
        for key, value in given.items():
            if key in known:
                read[key], before = value, str(key)
            elif before == FREE_TEXT and value is None:  # `{description: Flow, scaled}` is a key `scaled` to YAML
                read[before] = f"{read[before]}, {key}"
            else:
                _refuse_decimal_comma(given, before, str(key), value)
                raise fault(f"unknown key{_hint(str(key), known)}", str(key))
        return {key: value for key, value in read.items() if value is not None}


def _refuse_decimal_comma(given: Mapping[Any, Any], before: str, key: str, value: Any) -> None:
    """Refuse `{low: 20,5}`, which YAML reads as low 20 and a key 5 without a value."""
    whole = str(given.get(before, ""))
    if value is not None or not key.isdecimal() or not re.fullmatch(r"[+-]?\d+", whole):
        return
    if len(key) == DIGITS_OF_THOUSANDS and whole.lstrip("+-")[0] != "0":
        raise fault(f"'{whole},{key}' may be {whole}{key} or {whole}.{key}: write the one meant, without a comma", before)
    raise fault(f"'{whole},{key}' has a decimal comma: write {whole}.{key}", before)


def _hint(key: str, known: set[str]) -> str:
    """What a key was meant to be: one of this place that it hardly differs from, one of another place, or any of this place."""
    if key.partition(":")[0] in known:
        return f": put a blank after the ':' of '{key}'"
    meant = closest_hint(key, sorted(known))
    return meant if get_close_matches(key, known, n=1, cutoff=SLIP) else _owner_hint(key) or meant


def _owner_hint(key: str) -> str:
    """Where a key belongs that stands in the wrong place."""
    parts, owners = [SheetPart], []
    while parts:
        part = parts.pop()
        parts.extend(part.__subclasses__())
        if part.OWNER and key in {info.alias or name for name, info in part.model_fields.items()}:
            owners.append(part.OWNER)
    return f": it belongs to {' or '.join(sorted(owners))}" if 0 < len(owners) <= 3 else ""


def shown(value: object) -> str:
    """Return a value as a message shows it: short, and a list or mapping by its kind."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None:
        return "nothing"
    text = str(value)
    return f"'{text if len(text) <= 60 else text[:57] + '...'}'"


def name_fault(name: str) -> str | None:
    """Return why a name cannot be used, None where it can.

    Examples
    --------
    >>> name_fault("rock feed")
    "'rock feed' is not a name: use ASCII letters, digits and _ (such as 'rock_feed')"
    """
    if len(name) > LONGEST_NAME:
        return f"{shown(name)} is too long for a name: {len(name)} characters, of {LONGEST_NAME} at most"
    if re.fullmatch(NAME_PATTERN, name):
        return None
    better = ascii_name(name)
    hint = f" (such as '{better}')" if better else ""
    return f"'{name}' is not a name: use ASCII letters, digits and _{hint}"


def ascii_name(text: str) -> str:
    """Return an ASCII name made of a text; empty where it has no letters of ours.

    Examples
    --------
    >>> ascii_name("Kühlwasser (m3/h)"), ascii_name("2nd pass")
    ('kuehlwasser_m3_h', 'x2nd_pass')
    """
    for letter, letters in {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "µ": "u", "°": ""}.items():
        text = text.replace(letter, letters).replace(letter.upper(), letters.title())
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_").lower()
    return "x" + name if name[:1].isdigit() else name


def read_number(value: Any) -> float:
    """Return a number from text or number; ValueError-free: refuses by `fault`."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value)
    elif isinstance(value, str):
        text = value.strip()
        if not _NUMBER.fullmatch(text):
            raise fault(f"{shown(value)} is not a number{_number_hint(text)}")
        number = float(text.replace("_", ""))
    else:
        raise fault(f"needs a number, not {shown(value)}")
    if not math.isfinite(number):
        raise fault(f"{shown(value)} is not a number that a plant can have")
    return number


def read_large_number(value: Any) -> float:
    """Return a number of a year's money or hours, which nobody writes to three decimals: 720.000 may be 720000."""
    number = read_number(value)
    if isinstance(value, str) and re.fullmatch(r"[+-]?[1-9]\d{0,2}\.\d{3}", value.strip()):
        raise fault(f"{shown(value)} may be {number:.10g} or {1000 * number:.0f}: write the one that is meant")
    return number


def _number_hint(text: str) -> str:
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        return f": write {text.replace(',', '')}"
    if re.fullmatch(r"[+-]?\d{1,3}(?:( \d{3})+|(\.\d{3}){2,})", text):
        return f": write {re.sub('[ .]', '', text)}"
    if re.fullmatch(r"[+-]?\d+,\d+", text):
        return f": write {text.replace(',', '.')}"
    if re.match(r"[+-]?\.?\d[\d.]* *[^\d\s]", text):
        return ": write the number alone, its unit belongs to `unit`"
    return ""
