"""The control room's page: what to set when, escaped, and without a hint at what somebody hopes for."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from workbench.records import Gain
from workbench.show.plan_table import plan_table, schedule_text
from workbench.show.proof_markdown import plan_markdown
from workbench.show.schedule import schedule_data, schedule_figure
from workbench.show.schedule_page import letters_of, schedule_html, schedule_view, stop_sentences
from workbench.trial_records import Block, Cost, Look, PlanSetting, Power, StopRule, TrialPlan

START = datetime(2026, 3, 26, 7, tzinfo=UTC)  # 08:00 in Berlin, three days before the clocks go forward
ARMS = ("proposed", "present", "present", "proposed", "proposed", "present")


@pytest.fixture
def plan() -> TrialPlan:
    blocks = tuple(
        Block(
            number=k + 1,
            start=(START + timedelta(days=k)).isoformat(),
            washout_until=(START + timedelta(days=k, hours=12)).isoformat(),
            end=(START + timedelta(days=k + 1)).isoformat(),
            arm=arm,
        )
        for k, arm in enumerate(ARMS)
    )
    settings = (
        PlanSetting(name="free_acid", tag="A<1>", unit="%", present=1.5, proposed=2.0, max_rate="0.2 per 4h"),
        PlanSetting(name="mode", tag="M", unit="", present="slow", proposed="fast"),
    )
    return TrialPlan(
        id="line-20260301-abc123-00000e",
        created="",
        recommendation="line-20260301-abc123",
        recommendation_sha256="",
        plant="line",
        title="Line <b>1</b>",
        timezone="Europe/Berlin",
        objective="recovery",
        unit="%",
        maximize=True,
        seed=0,
        block_hours=24,
        washout_hours=12,
        order_rule="pairs",
        n_orders=8,
        start=blocks[0].start,
        end=blocks[-1].end,
        blocks=blocks,
        looks=(Look(after_block=4, alpha_spent=0.0056), Look(after_block=6, alpha_spent=0.05)),
        stop_rules=(
            StopRule(limit="cake_loss", bound="high", value=0.6, unit="%", periods=3, hours=12.0),
            StopRule(limit="pH", bound="low", value=2.0, unit="-", periods=2),
        ),
        rollback=settings,
        settings=settings,
        covariates=("feed",),
        promise=Gain(objective="recovery", unit="%", expected=0.6, low=0.2, high=1.0, level=0.9),
        power=(
            Power(effect=0.6, with_covariates=0.83, without_covariates=0.5, runs=1000),
            Power(effect=0.3, with_covariates=0.33, without_covariates=0.2, runs=1000),
        ),
        carry_over=0.2,
        cost=Cost(currency="EUR", expected=1200.0, high=9000.0, note="why"),
        answer="This plant needs 0.9 weeks.",
        provable=True,
    )


def test_every_block_is_there_in_plant_time(plan):
    rows = schedule_view(plan)["rows"]
    assert [row["number"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row["start"] for row in rows][:2] == ["Thu 26 Mar", "Fri 27 Mar"]
    assert [row["time"] for row in rows] == ["08:00"] * 3 + ["09:00"] * 3  # the plan's stamps are UTC
    assert [row["change"] for row in rows] == [True, True, False, True, False, True]
    assert rows[0]["ramp_until"] == "16:00"
    assert rows[0]["counts"] == "20:00"


def test_letters_do_not_always_call_the_present_a(plan):
    assert letters_of(plan) == {"present": "A", "proposed": "B"}
    assert letters_of(plan.model_copy(update={"id": plan.id[:-1] + "f"})) == {"present": "B", "proposed": "A"}


def test_no_word_of_hope(plan):
    text = re.sub(r"<[^>]+>", " ", schedule_html(plan)).lower()
    for word in ("proposed", "present settings", "gain", "improve", "better", "promise"):
        assert word not in text


def test_text_from_sheets_is_escaped_and_nothing_is_loaded(plan):
    page = schedule_html(plan)
    assert "Line &lt;b&gt;1&lt;/b&gt;" in page
    assert "A&lt;1&gt;" in page
    assert "<b>1</b>" not in page
    assert "default-src 'none'" in page
    assert not re.search(r"(src|href)\s*=|@import|url\(", page)


def test_ramps_rules_and_the_way_back_are_said(plan):
    page = schedule_html(plan)
    assert "1.7 at once, 1.9 after 4h, 2.0 after 8h" in page
    assert "1.8 at once, 1.6 after 4h, 1.5 after 8h" in page
    assert "cake loss above 0.6 % for 12 hours running" in page
    assert "pH below 2 for 2 batches running" in page
    assert "Go back to A:" in page
    assert "free acid 1.5 %; mode slow" in page
    assert "Signature" in page


def test_what_a_block_may_hold_in_all_is_said(plan):
    hours, batches = (rule.model_copy(update={"in_block": 7}) for rule in plan.stop_rules)
    said = stop_sentences(plan.model_copy(update={"stop_rules": (hours, batches)}))
    assert said == [
        "cake loss above 0.6 % for 12 hours running, or for 28 hours in all within one block",
        "pH below 2 for 2 batches running, or for 7 batches in all within one block",
    ]


def test_what_all_blocks_may_hold_is_said_where_one_is_too_short(plan):
    rule = plan.stop_rules[0].model_copy(update={"in_block": 4, "in_trial": 7})
    many = plan.model_copy(update={"stop_rules": (rule,)})
    said = "cake loss above 0.6 % for 12 hours running, or for 16 hours in all within one block, or for 28 hours in all over"
    assert stop_sentences(many) == [f"{said} the proposed blocks"]
    assert f"{said} the blocks of {letters_of(many)['proposed']}" in schedule_html(many)


def test_a_rule_of_rare_results_is_said_in_results(plan):
    """Periods of 4 h and a result a day: each counts for six periods."""
    rare = plan.stop_rules[0].model_copy(update={"apart": 6, "in_block": 4})
    rules = (rare, rare.model_copy(update={"periods": 7, "in_block": 8, "in_trial": 13}))
    assert stop_sentences(plan.model_copy(update={"stop_rules": rules})) == [
        "cake loss above 0.6 % in 1 result",
        "cake loss above 0.6 % in 2 results running, or in 3 results in all over the proposed blocks",
    ]


def test_a_plain_number_is_not_followed_by_a_one(plan):
    one = plan.settings[0].model_copy(update={"name": "reflux", "unit": "1", "max_rate": None})
    rule = StopRule(limit="clean", bound="low", value=0.9, unit="1", periods=2)
    page = schedule_html(plan.model_copy(update={"settings": (one,), "rollback": (one,), "stop_rules": (rule,)}))
    assert "clean below 0.9 for 2 batches running" in page
    assert "reflux 1.5</p>" in page.replace(". Write", "</p>")
    assert '<td class="unit"></td>' in page


def test_batches_change_with_the_next_batch(plan):
    asked = "from the first batch that starts after the time given"
    assert asked not in schedule_html(plan)
    assert "within 30 minutes is good" in schedule_html(plan)
    of_batches = plan.model_copy(update={"stop_rules": (), "batches": True, "washout_hours": 0.0})
    older = plan.model_copy(update={"stop_rules": plan.stop_rules[1:]})  # a version that kept `batches` in no plan
    for one in (of_batches, older):
        page = schedule_html(one)
        assert asked in page
        assert "Start on time" not in page
        assert "Each change comes with the first batch that starts after its time." in schedule_text(one)
    assert "of a block do not count" not in schedule_html(of_batches)
    assert "Each change" not in schedule_text(plan)


def test_a_plan_without_batches_keeps_the_id_of_older_versions(plan):
    ours = plan.identified()
    body = json.loads(ours.to_json())
    del body["batches"], body["idle_days"], body["created"], body["id"], body["assurance"]
    for rule in body["stop_rules"]:
        del rule["in_block"], rule["in_trial"], rule["apart"]  # no more than they kept
    for look in body["looks"]:
        del look["over"]
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:6]
    assert ours.id == f"{plan.recommendation}-{digest}"
    assert plan.model_copy(update={"batches": True}).identified().id != ours.id
    rules = tuple(rule.model_copy(update={"in_block": 7}) for rule in plan.stop_rules)
    assert plan.model_copy(update={"stop_rules": rules}).identified().id != ours.id
    assert plan.model_copy(update={"assurance": 0.8}).identified().id != ours.id


def test_data_and_figure_of_the_schedule(plan):
    data = schedule_data(plan)
    assert data.columns == ["block", "arm", "start", "counts_from", "end", "is_look", "timezone"]
    assert data["is_look"].to_list() == [False, False, False, True, False, True]
    assert data["start"][0] == datetime(2026, 3, 26, 8)  # noqa: DTZ001  plant time
    figure = schedule_figure(data, title="Trial")
    assert len(figure.data) == 4
    hours = sum(sum(trace.x) for trace in figure.data) / 3.6e6
    assert hours == pytest.approx(6 * 24 + 1)  # in plant time the day of the clock change is an hour longer
    assert not schedule_figure(data.clear()).data


def test_the_plan_in_a_terminal(plan):
    row = {"block_hours": 24.0, "block_hours_most": 24.0, "washout_hours": 12.0, "blocks": 6, "weeks": 0.857}
    row |= {"power": 0.84, "power_half": 0.3}
    row |= {
        "assurance": 0.8,
        "power_without": 0.5,
        "power_half_without": 0.2,
        "carry_over": 0.2,
        "bias": 0.01,
        "explained": 0.6,
    }
    frame = pl.DataFrame([{**row, "covariates": "feed", "is_foretold": False, "cost": 1200.0, "is_chosen": True}])
    text = plan_table(plan, frame, ("Something was assumed.",))
    [line] = [line for line in text.splitlines() if line.startswith("->")]
    assert line.split() == [
        "->",
        "24",
        "h",
        "12",
        "h",
        "6",
        "0.9",
        "84",
        "%",
        "30",
        "%",
        "80",
        "%",
        "50",
        "%",
        "60",
        "%",
        "1,200",
        "EUR",
    ]
    assert "This plant needs 0.9 weeks." in text
    assert "finds the promise in 83 %" in " ".join(text.split())
    assert "Cost if the promise is wrong: 1,200 to 9,000 EUR" in text
    assert "- Something was assumed." in text
    assert "- stop and go back at once: cake loss above 0.6 % for 12 hours running\n" in text
    assert "at most 0.2 %-points per 4h" in text
    assert "Without a washout 20 % of the effect would be lost, on average over the orders." in " ".join(text.split())
    assert "Without a washout" not in plan_table(plan.model_copy(update={"carry_over": 0.0}), frame)
    assert text.isascii()
    assert plan.id in schedule_text(plan)
    back = f"To go back at any time: `workbench review withdraw {plan.recommendation} --by NAME --why TEXT`.\n"
    assert schedule_text(plan).endswith(back)
    assert "foretell" not in text


def test_blocks_of_unlike_length_are_told_from_the_shortest_to_the_longest(plan):
    row = {"block_hours": 8.0, "block_hours_most": 16.0, "washout_hours": 0.0, "blocks": 6, "weeks": 0.857, "power": 0.84}
    row |= {"power_half": 0.3, "assurance": 0.8, "power_without": 0.5, "explained": 0.6, "cost": 1200.0}
    frame = pl.DataFrame([{**row, "is_foretold": False, "is_chosen": True}])
    first, *others = plan.blocks
    early = first.model_copy(update={"end": (datetime.fromisoformat(first.start) + timedelta(hours=8)).isoformat()})
    uneven = plan.model_copy(update={"blocks": (early, *others), "block_hours": 8})
    text = plan_table(uneven, frame)
    assert "Recommended: 6 blocks of 8 to 24 h, of each two" in " ".join(text.split())
    assert "->  8 to 16 h      0 h" in text
    assert "- 6 blocks of 8 to 24 h; the first" in plan_markdown(uneven)
    assert "- 6 blocks of 24 h; the first" in plan_markdown(plan)
    unwashed = plan.model_copy(update={"washout_hours": 0.0})
    assert "- 6 blocks of 24 h. The order" in plan_markdown(unwashed)
    assert "do not count" not in plan_table(unwashed, frame)


def test_power_without_covariates_is_told_only_where_there_are_some(plan):
    row = {"block_hours": 24.0, "block_hours_most": 24.0, "washout_hours": 12.0, "blocks": 6, "weeks": 0.857, "power": 0.84}
    row |= {"power_half": 0.3, "assurance": 0.8, "power_without": 0.5, "explained": 0.6, "cost": 1200.0}
    frame = pl.DataFrame([{**row, "is_foretold": False, "is_chosen": True}])
    known = plan.model_copy(update={"covariates": ("feed",)})
    assert "(without covariates" in " ".join(plan_table(known, frame).split())
    bare = " ".join(plan_table(plan.model_copy(update={"covariates": ()}), frame).split())
    assert "without covariates" not in bare
    assert "in 83 %, half of it in" in bare


def test_the_terminal_says_which_trials_are_compared_with_a_prognosis(plan):
    row = {"block_hours": 24.0, "block_hours_most": 24.0, "washout_hours": 12.0, "blocks": 6, "weeks": 0.857}
    row |= {"power": 0.84, "power_half": 0.3}
    row |= {"assurance": 0.8, "power_without": 0.5, "explained": 0.6, "cost": 1200.0}
    frame = pl.DataFrame([{**row, "is_foretold": foretold, "is_chosen": foretold} for foretold in (True, False)])
    text = plan_table(plan.model_copy(update={"prognosis": {"feed": 2.0, "ore=hard": -1.0}}), frame)
    assert text.count("60 %*") == 1
    assert "* by what all conditions foretell" in text
    assert "by weights of the past: feed, ore." in " ".join(text.split())


def test_a_plan_that_cannot_prove_says_why_its_change_is_proposed_and_what_to_do(plan):
    row = {"block_hours": 24.0, "block_hours_most": 24.0, "washout_hours": 12.0, "blocks": 6, "weeks": 0.857, "power": 0.84}
    row |= {"power_half": 0.3, "assurance": 0.8, "power_without": 0.5, "explained": 0.6, "cost": 1200.0}
    frame = pl.DataFrame([{**row, "is_foretold": False, "is_chosen": True}])
    for made in (plan, plan.model_copy(update={"provable": False})):
        for text in (plan_table(made, frame), plan_markdown(made)):
            words = " ".join(text.split())
            assert ("The card proposes the change all the same, and both hold: a proposal needs" in words) is not made.provable
            assert ("max_weeks: " in words) is not made.provable
