"""The JSON Schema accepts what the sheet accepts and refuses the common slips."""

from __future__ import annotations

import re

import jsonschema
import pytest
import yaml

from workbench.plant import json_schema, library

VALIDATOR = jsonschema.Draft202012Validator(json_schema())


class _EditorLoader(yaml.SafeLoader):
    """As an editor reads YAML 1.2: numbers and booleans are told, dates are text."""


_EditorLoader.yaml_implicit_resolvers = {
    first: [(tag, rule) for tag, rule in rules if not tag.endswith(("timestamp", "bool"))]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_EditorLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|false)$"), list("tf"))


def _faults(text: str) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(yaml.load(text, _EditorLoader))]


def test_it_is_a_json_schema():
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_the_sheet_of_the_design_fits(acid_text):
    assert _faults(acid_text) == []


def test_the_bundled_sheets_fit():
    for path in library().values():
        assert _faults(path.read_text(encoding="utf-8")) == [], path


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("max_step: 3 ", "max_stp: 3 "),
        ("    max_step: 3 ", "    #"),
        ("period: 4h", "period: 4x"),
        ("maximize: recovery", "maximise: recovery"),
        ("direction: down", "direction: dwn"),
        ("choices: [A, B]", "choices: [A]"),
        ("high: 0,", ""),
        ("{file: history.csv}", "{file: x, opcua: y}"),
        ("low: 20", "low: twenty"),
        ("cake: {", "rock cake: {"),
        ("unit: g/L", "stamp: begin"),
        ("unit: g/L", "aggregate: avg"),
        ("period: 4h", "batch: B\nperiod: 4h"),
        ("currency: CNY", "currency: yuan"),
    ],
)
def test_common_slips_are_seen(acid_text, old, new):
    assert old in acid_text
    assert _faults(acid_text.replace(old, new, 1))


def test_every_key_is_described():
    schema = json_schema()
    parts = {"Sheet": schema, **schema["$defs"]}
    for part, body in parts.items():
        assert body["description"]
        for key, value in body["properties"].items():
            assert value.get("description"), f"{part}.{key}"


def test_no_part_shows_what_is_ours_alone():
    for name in ("Setting", "Condition", "Outcome"):
        assert "name" not in json_schema()["$defs"][name]["properties"]
    assert set(json_schema()["$defs"]["Objective"]["properties"]) == {"maximize", "minimize", "unit", "value_per_unit", "costs"}
