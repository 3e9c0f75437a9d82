"""Settings by regime on terminal, card and markdown."""

from __future__ import annotations

import pytest

from workbench.records import Gain, Money, Placebo, RegimeLine, RegimeTable, Support
from workbench.show import card_html, recommendation_markdown, recommendation_table
from workbench.show.regimes import regime_label, regime_texts

SUPPORT = Support(nearest_periods=40, inside=True)


def gain(expected: float, low: float, high: float) -> Gain:
    return Gain(objective="recovery", unit="%", expected=expected, low=low, high=high, level=0.9)


@pytest.fixture
def by_grade(make):
    """A proposal with a table over two ranges of rock grade."""
    one = make.proposed()
    other = tuple(s.model_copy(update={"proposed": s.now}) if s.name == "wash_water" else s for s in one.settings)
    table = RegimeTable(
        condition="rock_grade",
        unit="%",
        lines=(
            RegimeLine(
                high=31.5, periods=55, share=0.55, settings=one.settings, gain=gain(0.9, 0.4, 1.4),
                limits=one.limits, support=SUPPORT
            ),
            RegimeLine(
                low=31.5, periods=45, share=0.45, settings=other, gain=gain(0.7, 0.1, 1.3), limits=one.limits, support=SUPPORT
            ),
        ),
        gain=gain(0.81, 0.4, 1.2),
        beyond=gain(0.2, 0.05, 0.35),
        beyond_per_year=Money(currency="CNY", expected=1_000_000, low=250_000, high=1_750_000),
        placebo=Placebo(false_alarms=2, runs=100, rate=0.02, high=0.0616),
    )  # fmt: skip
    return one.model_copy(update={"regimes": (table,)})


def test_settings_stand_down_and_regimes_across(by_grade):
    (texts,) = regime_texts(by_grade)
    assert texts.title == "Settings by regime: rock grade"
    assert texts.heads == ["now", "for all", "below 31.5 %", "31.5 % or more"]
    rows = dict(texts.rows)
    assert rows["share of recent periods"] == ["", "100 %", "55 %", "45 %"]
    assert rows["free sulfate [g/L]"] == ["27.1", "29.4", "29.4", "29.4"]
    assert rows["wash water [m3/h]"][-1] == "as now"
    assert "recirculation [m3/h]" not in rows  # stays everywhere
    assert rows["improvement in recovery [%-points]"] == ["", "0.61", "0.90", "0.70"]
    assert rows["90 % interval"] == ["", "0.22 to 0.98", "0.40 to 1.40", "0.10 to 1.30"]
    assert rows["limit held least"][1:] == ["93.1 % steam"] * 3
    assert texts.sentences[0] == (
        "Following rock grade gives 0.20 %-points more than one setting for all (90 % interval 0.05 to 0.35 %-points), "
        "worth 1.0 M CNY/year (90 % interval 0.3 to 1.8 M CNY/year)."
    )
    assert texts.sentences[1].endswith("in 2 of 100 runs (at most 6.2 %).")
    assert texts.sentences[2:] == ["What is approved and put on trial is one setting for all, not this table."]


def test_without_one_setting_for_all_the_present_ones_stand_beside(by_grade, make):
    (texts,) = regime_texts(make.no_change(regimes=by_grade.regimes))
    assert texts.heads == ["now", "below 31.5 %", "31.5 % or more"]
    assert "more than the present settings" in texts.sentences[0]
    assert len(texts.sentences) == 2  # the next step says that no such table can be approved


def test_every_reader_sees_the_table(by_grade, proposed):
    for shown in (card_html, recommendation_markdown, recommendation_table):
        assert "Settings by regime: rock grade" in shown(by_grade)
        assert "Settings by regime" not in shown(proposed)


def test_a_level_of_a_condition_is_its_name(by_grade):
    line = by_grade.regimes[0].lines[0]
    assert regime_label(line.model_copy(update={"choice": "<b>oxide</b>", "high": None}), "") == "<b>oxide</b>"
    named = by_grade.regimes[0].model_copy(update={"lines": (line.model_copy(update={"choice": "<b>oxide</b>"}),)})
    page = card_html(by_grade.model_copy(update={"regimes": (named,)}))
    assert "<b>oxide</b>" not in page
    assert "&lt;b&gt;oxide" in page


def test_the_record_keeps_the_table(by_grade):
    assert type(by_grade).from_json(by_grade.to_json()) == by_grade


def test_no_change_for_all_beside_a_table_does_not_say_that_nothing_is_to_be_had(make, by_grade):
    """The table promises something that can be neither approved nor tried: headline and next step say so."""
    r = make.no_change(regimes=by_grade.regimes)
    for text in (recommendation_table(r, terminal=False), card_html(r), recommendation_markdown(r)):
        flat = " ".join(text.replace("\\_", "_").split())
        assert "settings that follow rock grade may pay, see the table." in flat
        assert "cannot be approved or put on trial from here." in flat
        assert "Nothing to do on the plant" not in flat
        assert "keep the settings as they are" not in flat
    assert "One setting for all: no change" in recommendation_table(r, terminal=False)
    assert recommendation_markdown(r).startswith("**No change** of one setting for all. ")
    assert "Nothing to do on the plant" in recommendation_table(make.no_change(), terminal=False)
