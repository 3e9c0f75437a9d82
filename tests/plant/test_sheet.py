"""What a sheet may say beside the base sheet of the design."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from workbench.errors import InputError
from workbench.plant import Sheet, read_sheet

SMALL = """
name: line_1
{more}
settings:
  speed: {{unit: rpm, low: 10, high: 20, max_step: 2}}
outcomes:
  waste: {{unit: "%"}}
objective: {objective}
"""


def _small(more: str = "period: 1h", objective: str = '{minimize: waste, unit: "%"}') -> Sheet:
    return read_sheet(SMALL.format(more=more, objective=objective))


def test_defaults():
    sheet = _small()
    assert (sheet.title, sheet.path, sheet.timezone, sheet.currency, sheet.hours_per_year) == ("", (), "UTC", None, None)
    assert (sheet.day_starts, sheet.running, sheet.exclude, sheet.conditions, sheet.effects) == (time(0, 0), None, (), {}, ())
    assert (sheet.limits, sheet.source, sheet.recent, sheet.four_eyes) == ((), None, None, True)
    assert (sheet.model.kind, sheet.model.name) == ("surrogate", None)
    assert sheet.settings["speed"].tag == "speed"
    assert (sheet.objective.maximize, sheet.objective.costs, sheet.value_per_unit_year) == (False, (), None)
    assert sheet.zone.key == "UTC"


def test_batches():
    sheet = _small("batch: rownames\nrecent: 60")
    assert (sheet.period, sheet.batch, sheet.recent) == (None, "rownames", 60)


def test_recent_is_a_duration_or_a_count():
    assert _small("period: 1h\nrecent: 60d").recent == timedelta(days=60)
    assert _small("period: 1h\nrecent: 200").recent == 200


def test_an_objective_takes_the_unit_of_its_outcome():
    assert _small(objective="{minimize: waste}").objective.unit == "%"


def test_money_per_hour_becomes_money_per_year_by_the_hours():
    sheet = _small("period: 1h\ncurrency: EUR\nhours_per_year: 8000", "{maximize: 900*speed - waste, unit: EUR/h}")
    assert sheet.objective.money_per_hour == 1.0
    assert sheet.value_per_unit_year == 8000.0


@pytest.mark.parametrize(
    ("unit", "worth"), [("EUR/d", 8760 / 24), ("kEUR/d", 365e3), ("kEUR/h", 8760e3), ("EUR/min", 8760 * 60)]
)
def test_money_per_any_time_becomes_money_per_year(unit, worth):
    """365 days of 24 hours; a sheet of days is naturally in money per day."""
    money = "period: 1d\ncurrency: EUR\nhours_per_year: 8760"
    sheet = _small(money, f"{{maximize: 900*speed - waste, unit: {unit}}}")
    assert sheet.value_per_unit_year == pytest.approx(worth, rel=1e-12)
    assert sheet.objective_line.value_per_unit == sheet.value_per_unit_year


def test_money_per_day_without_the_hours_has_no_worth_and_says_so():
    sheet = _small("period: 1d\ncurrency: EUR", "{maximize: 900*speed - waste, unit: EUR/d}")
    assert sheet.value_per_unit_year is None
    assert "the sheet has no hours_per_year: the gain stays without its worth in money per year" in [
        f.text for f in sheet.findings
    ]


@pytest.mark.parametrize("word", ["false", "no", "off", "False"])
def test_four_eyes_may_be_switched_off(word):
    assert _small(f"period: 1h\nfour_eyes: {word}").four_eyes is False


def test_a_simulator_needs_no_period(sheet_with):
    sheet = sheet_with(
        "kind: surrogate",
        "kind: simulator, name: line",
        "source: {file: history.csv}",
        "",
        "period: 4h",
        "",
        "family]}",
        "family], base: keep}",
    )
    assert (sheet.period, sheet.model.kind, sheet.model.name, sheet.source) == (None, "simulator", "line", None)


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("{file: a b.csv}", "file"),
        ("{simulated: {days: 90, seed: 3}}", "simulated"),
        ('{sql: "${ACID_DB}", query: SELECT 1}', "sql"),
        ('{opcua: "opc.tcp://127.0.0.1:4840"}', "opcua"),
    ],
)
def test_every_kind_of_source_is_read(written, kind):
    source = _small(f"period: 1h\nsource: {written}").source
    assert source is not None
    assert source.kind == kind


def test_a_simulated_source_has_days_and_a_seed():
    source = _small("period: 1h\nsource: {simulated: {}}").source
    assert source is not None
    assert source.simulated is not None
    assert (source.simulated.days, source.simulated.seed) == (180, 1)


@pytest.mark.parametrize(
    ("written", "aggregate"),
    [
        ("mean", "mean"),
        ("{share: RUN}", "share: RUN"),
        ('"share: RUN"', "share: RUN"),
        ("q0.001", "q0.001"),
        ("counter", "counter"),
    ],
)
def test_every_aggregate_is_read(sheet_with, written, aggregate):
    assert sheet_with("known_after: 12h", f"aggregate: {written}").conditions["rock_p2o5"].aggregate == aggregate


def test_one_tag_may_be_read_in_two_ways(sheet_with):
    sheet = sheet_with("tag: LAB.CAKE", "tag: LAB.REC, aggregate: max")
    assert sheet.outcomes["cake_loss"].tag == sheet.outcomes["recovery"].tag


def test_mean_and_time_weighted_are_the_same_reading(fault_of):
    assert "is already the tag of recovery" in fault_of("tag: LAB.CAKE", "tag: LAB.REC, aggregate: mean")


def test_a_step_may_be_as_wide_as_the_range(sheet_with):
    sheet = sheet_with("max_step: 3 ", "max_step: 50 ")
    assert sheet.settings["free_sulfate"].max_step == 50.0
    assert sheet.findings == ()


def test_whole_number_settings():
    sheet = read_sheet(
        SMALL.format(more="period: 1h", objective="{minimize: waste}").replace(
            "max_step: 2", "max_step: 2, integer: true, base: 12"
        )
    )
    assert sheet.settings["speed"].integer
    assert sheet.settings["speed"].base == 12.0


def test_choices_that_yaml_would_turn_into_something_else():
    text = SMALL.format(more="period: 1h", objective="{minimize: waste}").replace(
        "outcomes:", "  mode: {choices: [on, off, no, 22:30, 012, null]}\noutcomes:"
    )
    assert read_sheet(text).settings["mode"].choices == ("on", "off", "no", "22:30", "012", "null")


def test_numbers_may_be_quoted_or_grouped(sheet_with):
    sheet = sheet_with("low: 20", 'low: "20"', "value_per_unit: 5000000", "value_per_unit: 5_000_000")
    assert sheet.settings["free_sulfate"].low == 20.0
    assert sheet.objective.value_per_unit == 5e6


def test_findings_are_said(sheet_with):
    def said(*changes: str) -> list[tuple[str, str]]:
        return [(finding.code, finding.text) for finding in sheet_with(*changes).findings]

    assert said("high: 0.6}", "}", "limits:", "#", "  - {name: wash_ratio", "#") == [
        ("S101", "the sheet has no limit: give an outcome low or high where something must hold")
    ]
    assert said("  value_per_unit: 5000000", "") == [
        ("S102", "the sheet has no value_per_unit: the gain stays without its worth in money per year")
    ]
    money = (
        "maximize: recovery",
        "maximize: 5*recovery",
        '  unit: "%"\n',
        "  unit: CNY/h\n",
        "  value_per_unit: 5000000",
        "",
        "hours_per_year: 7920",
        "",
    )
    assert said(*money) == [("S102", "the sheet has no hours_per_year: the gain stays without its worth in money per year")]
    assert said("unit: g/L", "unit: NUT") == [
        ("S103", "unit 'NUT' of free_sulfate is read as the currency NUT, which is not the sheet's (did you mean 'NTU'?)")
    ]
    priced = ("maximize: recovery", "maximize: 5*recovery", '  unit: "%"\n', "  unit: EUR/t\n", "  costs:", "  #")
    assert said(*priced) == [("S103", "unit 'EUR/t' of the objective is read as the currency EUR, which is not the sheet's")]
    assert said("unit: g/L", "#") == [
        ("S104", 'no unit is given for free_sulfate: nothing is converted (write "-" for plain numbers)')
    ]
    assert said("maximize: recovery", "maximize: 2*free_sulfate") == [
        ("S105", "the objective names settings only: it is computed, nothing about it is learned from records")
    ]
    assert said("timezone: Asia/Shanghai", "#") == [("S106", "no timezone is given: stamps without an offset are read as UTC")]
    assert all(not finding.refuses for finding in sheet_with("unit: g/L", "#").findings)


def test_keys_about_time_say_nothing_of_batches(sheet_with):
    found = sheet_with("period: 4h", "batch: B").findings
    assert [(finding.code, finding.tag, finding.text) for finding in found] == [
        ("S107", "recovery", "delay and covers of recovery are not read: rows belong to their batch")
    ]
    assert "S107" not in {finding.code for finding in sheet_with().findings}


def test_a_comma_in_a_description_needs_no_quotes_inside_braces(sheet_with):
    sheet = sheet_with("delay: 4h, covers: 8h}", "delay: 4h, covers: 8h, description: Recovery, as the lab has it, 28 degC}")
    assert sheet.outcomes["recovery"].description == "Recovery, as the lab has it, 28 degC"
    with pytest.raises(InputError, match=r"outcomes.recovery.lagg: unknown key"):
        sheet_with("delay: 4h, covers: 8h}", "delay: 4h, lagg, description: Recovery}")
