"""Values of a sheet as pydantic types: each turns text into what it means, or refuses it in one sentence."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema

from workbench.errors import InputError, closest_hint
from workbench.plant import spans, units
from workbench.plant.formula import Formula
from workbench.plant.parts import LONGEST_NAME, NAME_PATTERN, fault, name_fault, read_large_number, read_number, shown

__all__ = [
    "Aggregate",
    "Choices",
    "Currency",
    "Day",
    "Duration",
    "Flag",
    "LargeNumber",
    "Name",
    "Number",
    "PlantFormula",
    "Ramp",
    "Recent",
    "Stamp",
    "StampMark",
    "Text",
    "UnitText",
    "Whole",
    "Zone",
    "word",
]

Result = TypeVar("Result")

_TRUE, _FALSE = frozenset({"true", "yes", "on"}), frozenset({"false", "no", "off"})
_PLAIN_AGGREGATES = ("time-weighted", "mean", "sum", "last", "min", "max", "counter")


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
_NAME_SCHEMA = {"type": "string", "pattern": f"^{NAME_PATTERN}$", "maxLength": LONGEST_NAME}
Name = Annotated[str, BeforeValidator(_name), WithJsonSchema(_NAME_SCHEMA)]
Number = Annotated[float, BeforeValidator(read_number), WithJsonSchema(_NUMBER_SCHEMA)]
LargeNumber = Annotated[float, BeforeValidator(read_large_number), WithJsonSchema(_NUMBER_SCHEMA)]
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
