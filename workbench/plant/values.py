"""Values of a sheet as pydantic types: each turns text into what it means, or refuses it in one sentence."""

from __future__ import annotations

import math
import re
import zoneinfo
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationInfo, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from workbench.errors import InputError, closest_hint
from workbench.plant import spans, units
from workbench.plant.formula import Formula

__all__ = [
    "Aggregate",
    "Choices",
    "Currency",
    "Day",
    "Duration",
    "Flag",
    "Name",
    "Number",
    "PlantFormula",
    "Ramp",
    "Recent",
    "SheetPart",
    "Stamp",
    "StampMark",
    "Text",
    "UnitText",
    "Whole",
    "Zone",
    "fault",
    "name_fault",
    "read_number",
    "shown",
    "word",
]

Result = TypeVar("Result")

_NUMBER = re.compile(r"[+-]?(?:\d[\d_]*\.?[\d_]*|\.\d+)(?:[eE][+-]?\d+)?")
_TRUE, _FALSE = frozenset({"true", "yes", "on"}), frozenset({"false", "no", "off"})
_PLAIN_AGGREGATES = ("time-weighted", "mean", "sum", "last", "min", "max", "counter")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def fault(sentence: str, *keys: str | int) -> PydanticCustomError:
    """Return the error that becomes one sentence about the key reached from here by `keys`."""
    return PydanticCustomError("plant_sheet", "{sentence}", {"sentence": sentence, "keys": keys})


class SheetPart(BaseModel):
    """A part of the sheet: frozen, and a key that it does not know is refused with the closest one."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, populate_by_name=False)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            raise fault(f"needs keys and values below it, not {shown(given)}")
        known = {info.alias or name for name, info in cls.model_fields.items()}
        for key in given:
            if key not in known:
                raise fault(f"unknown key{closest_hint(str(key), sorted(known))}", str(key))
        return {key: value for key, value in given.items() if value is not None}


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
    if _NAME.fullmatch(name):
        return None
    better = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_").lower()
    if better and better[0].isdigit():
        better = "x" + better
    hint = f" (such as '{better}')" if better else ""
    return f"'{name}' is not a name: use ASCII letters, digits and _{hint}"


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


def _number_hint(text: str) -> str:
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        return f": write {text.replace(',', '')}"
    if re.fullmatch(r"[+-]?\d+,\d+", text):
        return f": write {text.replace(',', '.')}"
    if re.match(r"[+-]?[\d.]+ *[^\d\s]", text):
        return ": write the number alone, its unit belongs to `unit`"
    return ""


def _whole(value: Any) -> int:
    number = read_number(value)
    if number != int(number):
        raise fault(f"{shown(value)} is not a whole number")
    return int(number)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise fault(f"needs one text, not {shown(value)}")


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _TRUE | _FALSE:
        return value.lower() in _TRUE
    raise fault(f"{shown(value)} is neither true nor false")


def _name(value: Any) -> str:
    text = _text(value)
    why = name_fault(text)
    if why:
        raise fault(why)
    return text


def _read_by(reader: Callable[[str], Result]) -> Callable[[Any], Result]:
    """Read text by a function of ours whose InputError becomes a fault."""

    def read(value: Any) -> Result:
        try:
            return reader(_text(value))
        except InputError as error:
            raise fault(str(error)) from None

    return read


def _duration(value: Any) -> timedelta:
    return value if isinstance(value, timedelta) else _read_by(spans.parse_duration)(value)


def _stamp(value: Any, info: ValidationInfo) -> datetime:
    zone = (info.context or {}).get("zone", zoneinfo.ZoneInfo("UTC"))
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
    return _read_by(lambda text: spans.parse_stamp(text, zone))(value)


def _formula(value: Any, info: ValidationInfo) -> Formula:
    if isinstance(value, Formula):
        return value
    return _read_by(lambda text: Formula(text, (info.context or {}).get("variables")))(value)


def _zone(text: str) -> str:
    spans.parse_zone(text)
    return text


def _ramp(text: str) -> str:
    spans.parse_ramp(text)
    return text


def _unit(text: str) -> str:
    units.check_unit(text)
    return text.strip()


def _currency(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", text):
        raise InputError(f"'{text}' is not a currency: write its code of three capitals, such as EUR or CNY")
    return text


def _recent(value: Any) -> timedelta | int:
    if isinstance(value, timedelta | int):
        found: timedelta | int = value
    else:
        text = _text(value).strip()
        found = int(text) if text.isdigit() else _duration(text)
    if not found:
        raise fault("must be above 0: write for instance 60d, or a number of batches")
    return found


def _aggregate(value: Any) -> str:
    if isinstance(value, Mapping):
        if set(value) != {"share"}:
            raise fault("only `share: TEXT` may stand here as a mapping")
        return f"share: {_text(value['share'])}"
    text = _text(value).strip()
    if text in _PLAIN_AGGREGATES:
        return text
    share = re.fullmatch(r"share:\s*(\S.*)", text)
    if share:
        return f"share: {share[1]}"
    quantile = re.fullmatch(r"q(\d*\.\d+)", text)
    if quantile and 0 < float(quantile[1]) < 1:
        return text
    raise fault(
        f"{shown(value)} is none of {', '.join(_PLAIN_AGGREGATES)}, share: TEXT, or a quantile such as q0.95"
        + closest_hint(text, _PLAIN_AGGREGATES)
    )


def _choices(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise fault(f"needs a list such as [A, B], not {shown(value)}")
    for at, entry in enumerate(value):
        if not isinstance(entry, str) or not entry.strip():
            raise fault(f"entry {at + 1} is {shown(entry)}: a choice is a text")
    if len(value) < 2:
        raise fault(f"needs two entries or more, {len(value)} given")
    for at, entry in enumerate(value):
        if entry in value[:at]:
            raise fault(f"'{entry}' is given twice")
    return tuple(value)


def word(*allowed: str) -> BeforeValidator:
    """Return a validator that takes one of a few words, and tells the closest one."""

    def read(value: Any) -> str:
        if value not in allowed:
            raise fault(f"{shown(value)} is none of {', '.join(allowed)}{closest_hint(str(value), allowed)}")
        return str(value)

    return BeforeValidator(read)


_DURATION_SCHEMA = {
    "type": ["string", "integer"],
    "pattern": spans.DURATION_PATTERN,
    "examples": ["4h", "30 min", "1h30min", "2d"],
}
_NUMBER_SCHEMA = {"type": "number"}
_DATE_SCHEMA = {
    "type": "string",
    "pattern": r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?$",
    "examples": ["2025-03-01", "2025-03-01 06:30"],
}

Text = Annotated[str, BeforeValidator(_text)]
Name = Annotated[str, BeforeValidator(_name), WithJsonSchema({"type": "string", "pattern": f"^{_NAME.pattern}$"})]
Number = Annotated[float, BeforeValidator(read_number), WithJsonSchema(_NUMBER_SCHEMA)]
Whole = Annotated[int, BeforeValidator(_whole), WithJsonSchema({"type": "integer"})]
Flag = Annotated[bool, BeforeValidator(_flag), WithJsonSchema({"type": "boolean"})]
Duration = Annotated[timedelta, BeforeValidator(_duration), WithJsonSchema(_DURATION_SCHEMA)]
Stamp = Annotated[datetime, BeforeValidator(_stamp), WithJsonSchema(_DATE_SCHEMA)]
Day = Annotated[
    time, BeforeValidator(_read_by(spans.parse_time_of_day)), WithJsonSchema({"type": "string", "pattern": r"^\d{1,2}:\d{2}$"})
]
Zone = Annotated[
    str, BeforeValidator(_read_by(_zone)), WithJsonSchema({"type": "string", "examples": ["Asia/Shanghai", "UTC"]})
]
Ramp = Annotated[
    str,
    BeforeValidator(_read_by(_ramp)),
    WithJsonSchema({"type": "string", "pattern": r"^.+(per|/).+$", "examples": ["0.5 per 4h"]}),
]
UnitText = Annotated[
    str, BeforeValidator(_read_by(_unit)), WithJsonSchema({"type": "string", "examples": ["degC", "m3/h", "bar(g)", "%"]})
]
Currency = Annotated[str, BeforeValidator(_read_by(_currency)), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$"})]
Recent = Annotated[timedelta | int, BeforeValidator(_recent), WithJsonSchema(_DURATION_SCHEMA)]
Aggregate = Annotated[
    str,
    BeforeValidator(_aggregate),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": list(_PLAIN_AGGREGATES)},
                {"type": "string", "pattern": r"^(q\d*\.\d+|share: *\S.*)$"},
                {
                    "type": "object",
                    "properties": {"share": {"type": "string"}},
                    "required": ["share"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
Choices = Annotated[
    tuple[str, ...],
    BeforeValidator(_choices),
    WithJsonSchema({"type": "array", "items": {"type": ["string", "number", "boolean"]}, "minItems": 2, "uniqueItems": True}),
]
PlantFormula = Annotated[
    Formula,
    BeforeValidator(_formula),
    WithJsonSchema({"type": ["string", "number"], "maxLength": 500, "examples": ["a - 1.2*b"]}),
]
StampMark = Annotated[Literal["start", "end", "instant"], word("start", "end", "instant")]
