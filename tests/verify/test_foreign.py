"""Promises of other providers: what they become, and what is no promise."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from workbench.errors import InputError
from workbench.plant import read_sheet
from workbench.records import Gain, LimitLine, Money, ObjectiveLine, Recommendation
from workbench.verify.foreign import foreign_promise

SHEET = """\
name: line
period: 1h
timezone: UTC
currency: EUR
settings:
  temperature: {unit: degC, tag: TIC.SP, low: 60, high: 90, max_step: 5}
  pumps: {unit: "-", low: 1, high: 4, max_step: 2, integer: true}
  mode: {choices: [slow, fast]}
outcomes:
  recovery: {unit: "%"}
  loss: {unit: "%", high: 4}
limits:
  - {name: heat, formula: temperature * 2, unit: degC, low: 100, high: 185}
objective: {maximize: recovery, unit: "%", value_per_unit: 100000}
"""
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
MOVE = ("temperature", "70", "74")


def promised(*moves: tuple[str, str, str], text: str = SHEET, **more: Any) -> Recommendation:
    given: dict[str, Any] = {"provider": "ACME", "expected": 0.8, "low": 0.3, "high": 1.3, "at": AT}
    return foreign_promise(read_sheet(text, "line.yaml"), moves=moves or (MOVE,), **(given | more))


def test_what_a_terminal_could_not_decode_is_replaced() -> None:
    record = promised(provider="Caf\udce9", what="hotter\udcff")
    assert (record.model.name, record.reasons) == ("Caf?", ("promised by Caf?: hotter?",))


def test_a_promise_is_a_recommendation_with_the_sheets_limits_and_prices() -> None:
    record = promised(("temperature", "70", "74"), ("mode", "slow", "fast"), what="  run it\nhotter ")
    assert record.id.startswith("line-20260301T1200Z-")
    assert (record.status, record.reasons) == ("proposed", ("promised by ACME: run it hotter",))
    hot, mode = record.settings
    assert (hot.name, hot.tag, hot.unit, hot.now, hot.proposed, hot.low, hot.high, hot.max_step) == (
        "temperature", "TIC.SP", "degC", 70.0, 74.0, 60.0, 90.0, 5.0,
    )  # fmt: skip
    assert (mode.now, mode.proposed) == ("slow", "fast")
    assert record.gain == Gain(objective="recovery", unit="%", expected=0.8, low=0.3, high=1.3, level=0.9)
    assert record.value_per_year == Money(currency="EUR", expected=80_000.0, low=30_000.0, high=130_000.0)
    assert record.objective == ObjectiveLine(
        maximize=True, formula="recovery", unit="%", value_per_unit=100_000.0, currency="EUR", hours_per_year=None
    )
    nothing = {"predicted": None, "probability_held": None, "now": None}
    assert record.limits == (
        LimitLine(name="loss", bound="high", value=4.0, unit="%", **nothing),
        LimitLine(name="heat", bound="low", value=100.0, unit="degC", **nothing),
        LimitLine(name="heat", bound="high", value=185.0, unit="degC", **nothing),
    )
    assert record.lineage.to == "2026-03-01T12:00:00+00:00"
    assert Recommendation.from_json(record.to_json()).to_json() == record.to_json()


def test_money_a_year_is_a_gain_at_the_sheets_price() -> None:
    record = promised(expected=80_000.0, low=30_000.0, high=130_000.0, in_money=True)
    assert (record.gain.expected, record.gain.low, record.gain.high) == (0.8, 0.3, 1.3)
    assert record.value_per_year.expected == pytest.approx(80_000.0)


def test_a_promise_without_an_interval_is_taken_at_its_word() -> None:
    gain = promised(low=None, high=None).gain
    assert (gain.low, gain.expected, gain.high) == (0.8, 0.8, 0.8)


def test_the_same_promise_of_two_providers_is_two() -> None:
    assert promised(provider="ACME").id != promised(provider="Other").id


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"provider": " "}, "--provider is empty: write who made the promise"),
        ({"provider": "Workbench"}, "'Workbench' is the workbench itself, whose promises come from `workbench tune`"),
        ({"high": None}, "--low and --high belong together"),
        ({"expected": 0.0, "low": -1.0}, "a gain of 0 is no promise: write by how much the objective gets better, above 0"),
        ({"expected": float("nan")}, "a gain of nan is no promise"),
        (
            {"expected": 1e308, "high": 1e308},
            "a promise of 1e+308, as a gain or in money a year, is beyond 1e+15, and no plant",
        ),
        ({"low": -1e16}, "a promise of -1e+16, as"),
        ({"expected": 1e11, "high": 1e11}, "a promise of 1e+16, as"),  # in money, 100,000 EUR a unit and year
        ({"expected": 1e308, "high": 1e308, "in_money": True}, "a promise of 1e+308, as"),
        ({"low": 0.9}, "0.8 does not lie within 0.9 to 1.3: put --low and --high around the promise"),
        (
            {"in_money": True, "text": SHEET.replace(", value_per_unit: 100000", "")},
            "line: its sheet has no price of recovery, so money cannot be measured: promise --gain in %, or write",
        ),
    ],
)
def test_what_is_no_promise_is_refused(more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError) as refused:
        promised(**more)
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize(
    ("moves", "sentence"),
    [
        ((), "a promise without a move cannot be measured: write --move SETTING NOW ADVISED, once a setting"),
        ((("temprature", "70", "74"),), "line has no setting 'temprature' (did you mean 'temperature'?): its settings are"),
        ((MOVE, MOVE), "--move names temperature twice: write each setting once"),
        ((("temperature", "70", "hot"),), "'hot' is no value of temperature: write --move temperature NOW ADVISED with two"),
        ((("temperature", "70", "nan"),), "'nan' is no value of temperature"),
        ((("temperature", "70", "70.0"),), "--move temperature from 70 to 70.0 is no change"),
        ((("temperature", "89", "92"),), "temperature 92 degC is outside its range 60 to 90 in the sheet of line: advise a"),
        ((("temperature", "70", "78"),), "temperature 70 to 78 degC is more than its largest step 5 in the sheet of line"),
        ((("pumps", "2", "2.5"),), "pumps has whole numbers alone, and 2.5 is none: advise a whole number"),
        ((("mode", "slow", "fst"),), "mode cannot be 'fst' (did you mean 'fast'?): its choices are slow, fast"),
    ],
)
def test_a_move_that_cannot_be_tried_is_refused(moves: tuple[tuple[str, str, str], ...], sentence: str) -> None:
    with pytest.raises(InputError) as refused:
        foreign_promise(read_sheet(SHEET, "line.yaml"), "ACME", moves, 0.8, at=AT)
    assert str(refused.value).startswith(sentence)


def test_advice_that_breaks_a_limit_over_its_settings_is_refused() -> None:
    with pytest.raises(
        InputError, match=r"limit heat of line: temperature \* 2 would be 148, its bounds are low 100 and high 146"
    ):
        promised(text=SHEET.replace("high: 185", "high: 146"))


def test_money_is_no_gain_where_the_objective_has_costs() -> None:
    costs = 'value_per_unit: 100000, costs: [{formula: "temperature", unit: EUR/h}]}'
    costly = SHEET.replace("value_per_unit: 100000}", costs)
    costly = costly.replace("currency: EUR", "currency: EUR\nhours_per_year: 8000")
    assert promised(text=costly).value_per_year is None
    with pytest.raises(InputError, match="its objective has costs"):
        promised(text=costly, in_money=True)
