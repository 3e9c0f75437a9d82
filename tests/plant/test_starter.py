"""A starter sheet: readable as it is, and a plant sheet once it is filled in."""

from __future__ import annotations

import keyword
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from workbench.errors import InputError
from workbench.plant import new_sheet, read_sheet
from workbench.plant.formula_check import FUNCTIONS
from workbench.plant.parts import name_fault
from workbench.plant.sheet import RESERVED
from workbench.plant.sheet_findings import sheet_findings
from workbench.plant.yaml_text import read_yaml

TAGS = pl.DataFrame(
    {
        "tag": ["Building Load (RT)", "Local Time", "#1 pump", "TI-7", "time", "Größe", "on", "水", "ti 7"],
        "unit": ["RT", None, "foo", "degC", "-", "%", None, None, "degC"],
        "first": [datetime(2020, 1, 1, tzinfo=UTC)] * 9,
        "last": [datetime(2021, 1, 1, tzinfo=UTC)] * 9,
        "readings": [17569] * 9,
        "min": [1.0, None, *[0.0] * 7],
        "max": [480.25, None, *[3.5] * 7],
    }
)


def test_it_lists_every_tag_with_what_is_known():
    text = new_sheet("chiller", TAGS, source="hvac energy.csv")
    assert (
        '#  building_load: {tag: "Building Load (RT)", unit: RT}   # 17,569 readings, 2020-01-01 to 2021-01-01, 1 to 480.25'
        in text
    )
    assert (
        '#  local_time: {tag: "Local Time"}   # 17,569 readings, 2020-01-01 to 2021-01-01, no numbers: give it choices' in text
    )
    assert "#  x1_pump: {tag: \"#1 pump\"}   # unit 'foo' is not known: write it another way, 17,569 readings" in text
    assert '#  time_value: {tag: time, unit: "-"}' in text
    assert '#  groesse: {tag: "Größe", unit: "%"}' in text
    assert '#  on_value: {tag: "on"}' in text
    assert '#  tag_8: {tag: "水"}' in text
    assert '#  ti_7_2: {tag: "ti 7", unit: degC}' in text
    assert (
        'source: {file: "hvac energy.csv"}   # records of several files go into one, as rows of time, tag and value\n' in text
    )


def test_it_says_how_periods_follow_the_shifts():
    text = new_sheet("mill", TAGS)
    assert '\n# day_starts: "06:00"             # local time from which periods count, such as the begin' in text


def test_a_tag_of_whole_numbers_is_offered_as_one():
    whole = pl.DataFrame({"tag": ["PUMPS", "TI-7", "MODE"], "min": [1.0, 60.5, None], "max": [6.0, 71.0, None]})
    pumps, level, mode = new_sheet("mill", whole.with_columns(whole=pl.Series([True, False, None]))).splitlines()[-3:]
    assert pumps == "#  pumps: {tag: PUMPS}   # 1 to 6, whole numbers"
    assert level == '#  ti_7: {tag: "TI-7"}   # 60.5 to 71'
    assert "whole" not in mode


def test_a_tag_of_few_words_is_offered_with_them():
    words = [["steel", "yes", "a, b", "7"], ["only"], [f"lot {n}" for n in range(12)], []]
    tags = pl.DataFrame({"tag": ["MAT", "ONE", "LOT", "NOTE"], "min": [None] * 4, "max": [None] * 4, "words": words})
    material, *others = new_sheet("mill", tags).splitlines()[-4:]
    assert material == '#  mat: {tag: MAT, choices: [steel, "yes", "a, b", "7"]}'
    many = "12 different words: leave it out where they name lots or orders, else give it choices"
    few = "no numbers: give it choices"
    assert [line.partition("   # ")[2] for line in others] == [few, many, few]
    tree = read_yaml(material.removeprefix("#"), "x").tree
    assert tree["mat"]["choices"] == words[0]


def test_a_name_that_several_columns_bear_is_said():
    tags = pl.DataFrame({"tag": ["FAN", "GAS"], "readings": [9, 9], "columns": [2, 1]})
    fan, gas = new_sheet("oven", tags).splitlines()[-2:]
    assert fan == "#  fan: {tag: FAN}   # 9 readings, 2 columns bear this name: give each its own"
    assert gas == "#  gas: {tag: GAS}   # 9 readings"


def test_names_of_lots_and_orders_are_no_choices():
    words = [["L-77", "L-78", "L-79", "L-80"], [f"lot {n}" for n in range(12)], ["steel", "brass"]]
    tags = pl.DataFrame(
        {
            "tag": ["ORDER", "LOT", "MAT"],
            "readings": [4, 600, 600],
            "min": [None] * 3,
            "max": [None] * 3,
            "words": words,
            "different": [4, 75, 2],
        }
    )
    order, lot, material = new_sheet("mill", tags).splitlines()[-3:]
    assert (
        order == "#  order: {tag: ORDER}   # 4 readings, a word of its own in each reading: a name, not a setting; leave it out"
    )
    assert lot == (
        "#  lot: {tag: LOT}   # 600 readings, 75 different words: leave it out where they name lots or orders,"
        " else give it choices"
    )
    assert material == "#  mat: {tag: MAT, choices: [steel, brass]}   # 600 readings"


def test_a_few_words_among_numbers_are_no_choices():
    tags = pl.DataFrame({"tag": ["HV"], "readings": [90], "min": [1476.0], "max": [1769.0], "words": [["defekt", "pause"]]})
    assert "choices: [defekt" not in new_sheet("line", tags)


def test_texts_with_a_decimal_comma_are_no_choices():
    tags = pl.DataFrame({"tag": ["MAT", "P"], "min": [None, 5.0], "max": [None, 7.0], "words": [["1,5", "-0,25"], ["6,5"]]})
    material, pressure = new_sheet("mill", tags).splitlines()[-2:]
    said = "have a decimal comma, this source a point: export all with the same mark"
    assert material == f"#  mat: {{tag: MAT}}   # texts such as '1,5' {said}"
    assert pressure == f"#  p: {{tag: P}}   # 5 to 7, texts such as '6,5' {said}"


def test_the_setting_of_whole_numbers_that_it_shows_can_be_written():
    (line,) = (line for line in new_sheet("mill").splitlines() if line.startswith("  # pumps: "))
    text = f"name: mill\nperiod: 1h\nsettings:\n{line.replace('# ', '', 1)}\noutcomes: {{y: {{unit: t/h}}}}\n"
    sheet = read_sheet(f"{text}objective: {{maximize: y, unit: t/h}}\n")
    assert sheet.settings["pumps"].integer


def test_a_row_a_batch_names_its_column():
    text = new_sheet("cell", TAGS, source="lots.csv", batch="Lot No")
    tree = read_yaml(text, "x").tree
    assert tree["batch"] == "Lot No"
    assert "period" not in tree


def test_it_is_yaml_and_says_what_is_missing():
    text = new_sheet("chiller", TAGS)
    assert read_yaml(text, "x").tree["name"] == "chiller"
    with pytest.raises(
        InputError, match=r"^chiller.yaml line \d+, settings: is missing: list at least one setting that you may change$"
    ):
        read_sheet(text, "chiller.yaml")


def test_it_loads_once_it_is_filled_in():
    lines = new_sheet("chiller", TAGS, source="history.csv").splitlines()
    found = [line.removeprefix("#") for line in lines if line.startswith("#  ") and "{tag:" in line]
    assert len(found) == TAGS.height
    rest = [line for line in lines if line not in {f"#{f}" for f in found}]
    at = rest.index("conditions:")
    filled = "\n".join([*rest[: at + 1], *found, *rest[at + 1 :]])
    filled = filled.replace(
        '# objective:\n#   maximize: recovery\n#   unit: "%"', 'objective:\n  maximize: recovery\n  unit: "%"'
    )
    for line in ("feed_temperature:", "recovery:"):
        filled = filled.replace(f"  # {line}", f"  {line}")
    sheet = read_sheet(filled)
    assert {variable.tag for variable in sheet.conditions.values()} == set(TAGS["tag"])
    assert list(sheet.settings) == ["feed_temperature"]
    assert "S106" in {finding.code for finding in sheet_findings(sheet)}  # nobody has named a timezone yet
    named = read_sheet(filled.replace("# timezone: Asia/Shanghai ", "timezone: Asia/Shanghai "))
    assert named.timezone == "Asia/Shanghai"
    assert "S106" not in {finding.code for finding in sheet_findings(named)}


@pytest.mark.parametrize("word", [*keyword.kwlist, *sorted(FUNCTIONS), *sorted(RESERVED), "yield [%]"])
def test_every_name_that_it_writes_can_be_used(word):
    line = new_sheet("mill", pl.DataFrame({"tag": [word]})).splitlines()[-1]
    name = line.removeprefix("#  ").partition(":")[0]
    text = f"name: mill\nperiod: 1h\nsettings: {{s: {{low: 0, high: 1, max_step: 1}}}}\noutcomes:\n  {name}: {{unit: t/h}}\n"
    sheet = read_sheet(f"{text}objective: {{maximize: {name}, unit: t/h}}\n")
    assert list(sheet.outcomes) == [name]


@pytest.mark.parametrize(
    ("minutes", "period"), [(30, "1h"), (62, "1h"), (90, "2h"), (240, "4h"), (490, "8h"), (1440, "1d"), (26353, "1d")]
)
def test_the_period_holds_a_reading(minutes, period):
    tags = TAGS.head(1).with_columns(interval=pl.lit(timedelta(minutes=minutes)))
    assert f"\nperiod: {period} " in new_sheet("x", tags)


def test_the_conditions_that_it_is_judged_under_can_be_written():
    """The commented line is one that a sheet takes."""
    (line,) = (line for line in new_sheet("mill").splitlines() if line.startswith("# recent: "))
    text = "name: mill\nperiod: 1h\nsettings: {s: {low: 0, high: 1, max_step: 1}}\noutcomes: {y: {unit: t/h}}\n"
    sheet = read_sheet(f"{text}objective: {{maximize: y, unit: t/h}}\n{line.removeprefix('# ')}\n")
    assert sheet.recent == timedelta(days=365)


def test_without_a_source_it_has_no_list():
    text = new_sheet("mill_2")
    assert "tags of the source" not in text
    assert "# source: {file: history.csv}" in text


def test_only_tags_are_needed():
    assert "#  a_1: {tag: A-1}" in new_sheet("x", pl.DataFrame({"tag": ["A-1"]})).replace('"A-1"', "A-1")


def test_a_name_that_is_none_is_refused():
    with pytest.raises(InputError, match=r"^'mill 2' is not a name: use ASCII letters, digits and _ \(such as 'mill_2'\)$"):
        new_sheet("mill 2")


def test_a_long_header_becomes_a_name_that_a_sheet_takes():
    (line,) = (line for line in new_sheet("x", pl.DataFrame({"tag": ["Flow " * 80]})).splitlines() if "Flow" in line)
    name = line.split(":")[0].strip("# ")
    assert name.startswith("flow_flow_")
    assert name_fault(name) is None
    assert name_fault("f" * 200) is None
    assert name_fault("f" * 201) is not None
