"""JSON Schema of the plant sheet, for editors that complete and check YAML."""

from __future__ import annotations

from typing import Any

from workbench.plant.parts import LONGEST_NAME, NAME_PATTERN
from workbench.plant.sheet import Sheet

__all__ = ["json_schema"]

_SPEC = "https://json-schema.org/draft/2020-12/schema"
_ANY_TEXT = ["string", "number", "boolean"]  # an editor reads `tag: 012` and `choices: [on]` as number and boolean
_SOURCES = ("file", "simulated", "sql", "opcua")
_EXTRA: dict[str, dict[str, Any]] = {
    "Objective": {"oneOf": [{"required": ["maximize"]}, {"required": ["minimize"]}]},
    "Source": {"oneOf": [{"required": [key]} for key in _SOURCES], "dependentRequired": {"sql": ["query"]}},
    "FormulaLimit": {"anyOf": [{"required": ["low"]}, {"required": ["high"]}]},
    "Setting": {"oneOf": [{"required": ["low", "high", "max_step"]}, {"required": ["choices"]}]},
}
"""What must be given together, which the models check in words."""

_KEPT = ("$ref", "additionalProperties", "anyOf", "enum", "examples", "items", "maxLength", "minItems", "pattern")


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a plant sheet, as ``workbench schema`` prints it.

    What only a whole sheet knows (names in formulas, tags, money) is checked by `load_sheet`.

    Examples
    --------
    >>> json_schema()["properties"]["period"]["examples"]
    ['4h', '30 min', '1h30min', '2d']
    """
    made = Sheet.model_json_schema(by_alias=True, mode="validation")
    definitions = {name: _part(name, body) for name, body in sorted(made["$defs"].items())}
    top = _part("Sheet", made)
    for section, empty in (("settings", False), ("conditions", True), ("outcomes", True)):
        entry = top["properties"][section]
        entry["propertyNames"] = {"pattern": f"^{NAME_PATTERN}$", "maxLength": LONGEST_NAME}
        if empty:  # a variable without keys is read under its own name
            entry["additionalProperties"] = {"anyOf": [entry["additionalProperties"], {"type": "null"}]}
    top["properties"]["settings"]["minProperties"] = 1
    top["not"] = {"required": ["period", "batch"]}
    return {"$schema": _SPEC, "title": "Plant sheet of Process Workbench", **top, "$defs": definitions}


def _part(name: str, body: dict[str, Any]) -> dict[str, Any]:
    written = dict(body["properties"])
    if "tag" in written:  # a variable's name is the key above it
        written.pop("name")
    part: dict[str, Any] = {"type": "object", "description": body["description"].split("\n\n")[0].strip()}
    part["properties"] = {key: _property(value) for key, value in written.items()}
    if body.get("required"):
        part["required"] = body["required"]
    return part | {"additionalProperties": False} | _EXTRA.get(name, {})


def _property(value: dict[str, Any]) -> dict[str, Any]:
    """One key: pydantic's titles, nulls and spelled-out defaults removed."""
    rest = dict(value)
    variants = [variant for variant in rest.pop("anyOf", []) if variant != {"type": "null"}]
    if len(variants) == 1:
        rest = variants[0] | {key: rest[key] for key in ("description", "default") if key in rest}
    elif variants:
        rest["anyOf"] = variants
    kept = {key: rest[key] for key in ("description", "type", *_KEPT) if key in rest}
    if kept.get("type") == "string" and not {"pattern", "enum", "examples"} & set(kept):
        kept["type"] = _ANY_TEXT
    if isinstance(kept.get("items"), dict):
        kept["items"] = _property(kept["items"])
    default = rest.get("default")
    if isinstance(default, str | bool | int | float) and default not in ("", "PT0S", "00:00:00"):
        kept["default"] = default
    return kept
