"""The verdict in a terminal: what it says first, and what it never shows."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from workbench.proof import tell_verdict
from workbench.records import Gain, Money
from workbench.show.verdict_table import estimate_texts, verdict_table, verdict_words
from workbench.trial_records import Deviation, Estimate, TrialLimit, TrialLineage, Verdict
from workbench.verify.grade import GRADES, trial_grade


@pytest.fixture
def verdict() -> Verdict:
    return Verdict(
        id="line-20260220T0000Z-abcdef-1",
        created="",
        recommendation="line-20260220T0000Z-abcdef",
        plan="line-20260220T0000Z-abcdef-123456",
        plant="line",
        grade="B",
        status="verified",
        final=True,
        reasons=("after block 16 of 16: p = 0.0039, at most 0.05 as the plan asks for",),
        effect=Estimate(name="recovery", unit="%", estimate=0.71, low=0.35, high=1.02, level=0.9),
        promised=Gain(objective="recovery", unit="%", expected=1.0, low=0.4, high=1.6, level=0.9),
        others=(Estimate(name="loss", unit="%", estimate=-0.1, low=None, high=None, level=0.9),),
        p_value=0.0039,
        n_orders=256,
        blocks_used=16,
        adherence=0.973,
        deviations=(Deviation(block=3, kind="late change", text="the proposed settings were set 3.0 h late", hours=3.0),),
        limits=(
            TrialLimit(name="loss", bound="high", value=4.0, unit="%", held_present=1.0, held_proposed=None, stopped=True),
        ),
        value_per_year=Money(currency="EUR", expected=71_000.0, low=35_000.0, high=102_000.0),
        lineage=TrialLineage(
            sheet_sha256="",
            source_sha256="",
            records_read=0,
            records_used=0,
            periods_in=384,
            periods_counted=189,
            periods_set_aside={"washout": 192, "not at the planned settings": 3},
            code="",
        ),
    )


def test_the_objective_has_one_effect(verdict):
    recovery = Estimate(name="recovery", unit="%", estimate=0.71, low=0.35, high=1.02, level=0.9)
    assert verdict_table(verdict.model_copy(update={"others": (recovery, *verdict.others)})) == verdict_table(verdict)
    assert "What else changed" not in verdict_table(verdict.model_copy(update={"others": (recovery,)}))


def test_everything_that_a_reader_needs_is_there(verdict):
    text = verdict_table(verdict)
    lines = text.splitlines()
    assert lines[1] == "VERIFIED, grade B: randomised trial, with deviations from the plan"
    assert "Measured improvement in recovery: +0.71 %-points  (90 % interval +0.35 to +1.02 %-points)" in lines
    assert "Promised: 1.0 %-points  (90 % interval 0.4 to 1.6 %-points)" in lines
    assert "Worth: 71.0 k EUR/year  (90 % interval 35 to 102 k EUR/year)" in lines
    assert "Test: one-sided p = 0.0039, counting the plan's looks, 256 orders of 16 blocks" in lines
    assert "Periods: 189 of 384 count; set aside: 192 washout, 3 not at the planned settings" in lines
    hourly = verdict.model_copy(update={"lineage": verdict.lineage.model_copy(update={"period_hours": 1.0})})
    assert "Periods of 1 h: 189 of 384 count; set aside" in verdict_table(hourly)
    assert hourly.identified().id != verdict.identified().id
    assert "never to be added to the money" in text
    assert "stop rule met" in text
    assert "too few blocks for an interval" in text
    assert text.isascii()
    assert all(len(line) <= 100 for line in lines)
    assert "None" not in text
    assert "nan" not in text


def test_a_limit_that_nothing_was_counted_for_is_said_to_be_unjudged(verdict):
    """A laboratory that samples where blocks begin: every result falls into the washout."""
    [limit] = verdict.limits
    text = verdict_table(verdict.model_copy(update={"limits": (limit.model_copy(update={"stopped": False}),)}))
    assert "not judged: no result counts" in text
    assert "not judged" not in verdict_table(verdict)
    held = limit.model_copy(update={"stopped": False, "held_proposed": 0.9})
    assert "not judged" not in verdict_table(verdict.model_copy(update={"limits": (held,)}))


def test_the_plant_has_its_title_and_what_is_left_out_a_place(verdict):
    assert verdict_table(verdict, "Line 1, wash").splitlines()[0] == f"Line 1, wash  ({verdict.id})"
    assert verdict_table(verdict).splitlines()[0] == f"line  ({verdict.id})"
    state = SimpleNamespace(recommendation=SimpleNamespace(title="Line 1, wash", lineage=SimpleNamespace(row="period")))
    assert tell_verdict(verdict, state).lstrip().startswith("Line 1, wash  (")
    many = verdict.model_copy(update={"deviations": verdict.deviations * 32})
    assert "\nand 20 more in the record (--out DIR writes it as verdict.json)\n" in verdict_table(
        many, more_in="the record (--out DIR writes it as verdict.json)"
    )


def test_a_share_reads_alike_in_every_line(verdict):
    _, why = trial_grade(verdict.deviations[:0], 0.904, 16, 256, is_randomised=True)
    text = verdict_table(verdict.model_copy(update={"adherence": 0.904, "reasons": (why,)}))
    assert text.count("90.4 %") == 2
    assert "90%" not in text


def test_an_effect_without_an_interval_is_not_blamed_on_the_sheet(verdict):
    wide = verdict.effect.model_copy(update={"low": None, "high": None})
    text = verdict_table(verdict.model_copy(update={"effect": wide, "value_per_year": None}))
    assert "Worth: No money: the effect has no interval." in text.splitlines()
    assert "Not priced" not in text
    bare = verdict_table(verdict.model_copy(update={"value_per_year": None}))
    assert "Worth: Not priced: the plant sheet gives no yearly money value for this objective." in bare.splitlines()


def test_nothing_measured_says_so(verdict):
    bare = verdict.model_copy(
        update={
            "status": None,
            "grade": "E",
            "final": False,
            "effect": None,
            "value_per_year": None,
            "others": (),
            "limits": (),
            "deviations": (),
            "p_value": None,
            "n_orders": None,
            "adherence": None,
        }
    )
    text = verdict_table(bare)
    assert "NOT DECIDED YET, grade E: promise only, nothing measured" in text
    assert "Deviations from the plan: none" in text
    assert "None" not in text
    assert verdict_words(bare.model_copy(update={"plan": None})) == "NOT VERIFIED: there was no trial"


def test_without_a_plan_there_is_nothing_to_deviate_from(verdict):
    unplanned = verdict.model_copy(update={"plan": None, "status": None})
    text = verdict_table(unplanned)
    assert "from the plan" not in text.partition("Deviations")[2]
    assert "the proposed settings were set 3.0 h late" in text
    assert "Deviations" not in verdict_table(unplanned.model_copy(update={"deviations": ()}))


def test_the_wolf_is_named(verdict):
    text = verdict_table(verdict.model_copy(update={"plan": None, "status": None, "n_orders": None, "placebo_rate": 0.31}))
    assert "Cries wolf: the usual test found a gain at 31 % of past dates without a change" in text
    assert "Rank among past dates without a change: p = 0.0039, one-sided" in text


def test_a_unit_of_percent_changes_in_points():
    assert estimate_texts(Estimate(name="x", unit="%", estimate=1.0, low=0.5, high=1.5, level=0.96))[1].startswith(
        "96 % interval"
    )


def test_what_is_measured_above_is_not_said_again_below(verdict):
    """The objective stood among what else changed, and the grade's words stood twice."""
    own = verdict.effect.model_copy()
    text = verdict_table(verdict.model_copy(update={"others": (own, *verdict.others), "reasons": (GRADES["B"],)}))
    assert "+0.71 %-points" in text
    assert not [line for line in text.splitlines() if line.startswith("recovery ")]
    assert [line for line in text.splitlines() if line.startswith("loss ")]
    assert text.count(GRADES["B"]) == 1
    alone = verdict_table(verdict.model_copy(update={"others": (own,)}))
    assert "What else changed" not in alone


def test_a_trial_of_batches_counts_batches(verdict):
    limit = TrialLimit(name="ash", bound="high", value=0.55, unit="%", held_present=1.0, held_proposed=1.0)
    text = verdict_table(verdict.model_copy(update={"limits": (limit,)}), noun="batch")
    assert "Limits, share of the batches within" in text
    assert [line for line in text.splitlines() if line.startswith("Batches")]
    assert "eriods" not in text
