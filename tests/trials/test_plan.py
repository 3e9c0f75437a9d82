"""Whole plans on plants whose noise is known."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import NormalDist
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from workbench.errors import InputError
from workbench.models.surrogates.surrogate import fit_surrogate
from workbench.records import Finding
from workbench.switchback import admissible_orders, draw_order, stamp
from workbench.trial_records import TrialPlan
from workbench.trials import candidates, candidates_frame, past_of, plan_switchback, schedule_csv, schedule_frame
from workbench.trials import plan as plan_module
from workbench.trials.later import later_notes
from workbench.tuning.provable import trial_error, trial_weeks

BERLIN = ZoneInfo("Europe/Berlin")
RULES = "objective:", "trial: {start_hours: ['08:00'], weekends: false}\nobjective:"


@pytest.fixture(autouse=True, scope="module")
def fewer_runs():
    """Rehearsals enough for a test: the figures are rougher, nothing else changes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidates, "RUNS", 80)
        patch.setattr(candidates, "RUNS_COVARIATES", 40)
        patch.setattr(plan_module, "RUNS", 300)
        patch.setattr(candidates, "BLOCK_HOURS", (8, 12, 24, 48))
        yield


@pytest.fixture(scope="module")
def planned(line, quiet_columns, history_of, recommended):
    made = {}

    def plan(gain=0.6, changes=(), low=0.2, **more):
        key = (gain, changes, low, tuple(sorted(more.items())))
        if key not in made:
            sheet = line(*changes)
            history = history_of(sheet, quiet_columns())
            surrogate = fit_surrogate(sheet, history)
            recommendation = recommended(gain)
            promise = recommendation.gain.model_copy(update={"low": low * gain})
            recommendation = recommendation.model_copy(update={"gain": promise})
            now = {s.name: s.now for s in recommendation.settings}
            past = past_of(sheet, history, surrogate, now)
            created = "2026-07-07T00:00:00+00:00"
            made[key] = plan_switchback(sheet, history, past, recommendation, record_sha256="f" * 64, created=created, **more)
        return made[key]

    return plan


def test_results_that_follow_slowly_without_a_settling_time_are_said(line, quiet_columns, history_of, recommended):
    sheet = line(", settling: 6h", "")
    history, slow = history_of(sheet, quiet_columns()), Finding(code="M105", text="follow over several periods: the objective")
    surrogate = fit_surrogate(sheet, history)
    said, washouts = [], []
    for findings in ((), (slow,)):
        recommendation = recommended(0.6).model_copy(update={"findings": findings})
        past = past_of(sheet, history, surrogate, {s.name: s.now for s in recommendation.settings})
        made = plan_switchback(sheet, history, past, recommendation, record_sha256="f" * 64, created="")
        said.append([note for note in made.notes if note.startswith("The sheet gives no settling time")])
        washouts.append(made.plan.washout_hours)
    [[quick], [warned]] = said
    assert washouts[0] == 2.0  # the ramp of 2 degC at 1 per 1h
    assert quick.endswith("the effect is taken to be there at once, and in full after the first 2 h of a block.")
    assert "follow their settings over several periods (M105): part of the effect would be lost." in warned
    assert warned.endswith("Write the `settling` of the outcome into the sheet and plan again: that gives a washout.")


def test_a_settling_time_of_another_outcome_than_the_objective_s_is_said(line, quiet_columns, history_of, recommended):
    sheet = line(", settling: 6h", "", "high: 4}", "high: 4, settling: 2h}")
    history, slow = (
        history_of(sheet, quiet_columns()),
        Finding(code="M105", tag=None, text="follow over periods: the objective"),
    )
    surrogate = fit_surrogate(sheet, history)
    other = slow.model_copy(update={"text": "follow over periods: loss"})
    said = []
    for of, findings in ((sheet, (slow,)), (sheet, (other,)), (sheet, ()), (line(), (slow,))):
        recommendation = recommended(0.6).model_copy(update={"findings": findings})
        past = past_of(of, history, surrogate, {s.name: s.now for s in recommendation.settings})
        made = plan_switchback(of, history, past, recommendation, record_sha256="f" * 64, created="")
        said.append([note for note in made.notes if note.startswith("The effect is taken to settle in")])
    [note] = said[0]
    assert said[1:] == [[], [], []]
    assert note.startswith("The effect is taken to settle in 2 h, the longest `settling` in the sheet; but the records show")
    assert "(M105), and recovery, which it is made of, has none." in note


def test_a_plan_of_batches_says_so(line, quiet_columns, history_of, recommended):
    sheet, history = line("period: 1h", "batch: lot"), history_of(line(), quiet_columns())  # a batch an hour
    recommendation = recommended(0.6)
    past = past_of(sheet, history, fit_surrogate(line(), history), {s.name: s.now for s in recommendation.settings})
    made = plan_switchback(sheet, history, past, recommendation, record_sha256="f" * 64, created="")
    assert made.plan.batches


def test_a_provable_promise_gets_a_complete_plan(planned):
    plan = planned().plan
    assert plan.provable
    assert plan.answer.startswith("This plant needs ")
    assert "%-points in " in plan.answer  # 0.68 % of 78 % would be half a point
    assert plan.power[0].with_covariates >= 0.75
    assert plan.power[0].with_covariates > plan.power[1].with_covariates
    assert plan.power[1].effect == pytest.approx(0.3)
    assert plan.covariates == ("feed",)
    assert plan.carry_over > 0.05
    assert plan.n_orders == admissible_orders(len(plan.blocks)) >= 256
    assert [b.arm == "proposed" for b in plan.blocks] == draw_order(len(plan.blocks), 0).tolist()
    assert plan.looks[-1].after_block == len(plan.blocks)
    assert [(r.limit, r.bound) for r in plan.stop_rules] == [("loss", "high")]
    assert plan.max_steps == {"temperature": 4.0, "flow": 2.0}
    assert not plan.batches
    [setting] = plan.settings
    assert (setting.name, setting.tag, setting.present, setting.proposed, setting.max_rate) == (
        "temperature", "TIC.SP", 75.0, 77.0, "1 per 1h",
    )  # fmt: skip
    assert plan.rollback == plan.settings
    assert plan.recommendation_sha256 == "f" * 64
    assert TrialPlan.from_json(plan.to_json()).to_json() == plan.to_json()


def test_an_unsure_promise_gets_a_longer_trial_that_may_be_over_sooner(planned):
    """The sure one is known to a tenth; the other, of the same size, may be a fifth as large: 0.2 to 1.8 times."""
    unsure, sure = planned(0.4).plan, planned(0.4, low=0.9).plan
    assert unsure.assurance >= 0.78
    assert sure.assurance >= 0.78
    assert unsure.power[0].with_covariates > sure.power[0].with_covariates + 0.02
    assert len(unsure.blocks) > 1.3 * len(sure.blocks)
    n, chances = len(unsure.blocks), [look.over for look in unsure.looks]
    assert [look.after_block for look in unsure.looks] == [n // 4 * 2, int(0.75 * (n // 2)) * 2, n]
    assert 0.1 < chances[0] < chances[1] < chances[2]
    assert chances[2] == pytest.approx(unsure.power[0].with_covariates, abs=0.03)
    assert f"a gain as unsure as the promise in {100 * unsure.assurance:.0f} %" in unsure.answer


def test_a_short_trial_says_how_many_pairs_it_may_lose(planned):
    short, long = planned(gain=3.0), planned(gain=0.6)
    assert len(short.plan.blocks) == 16
    said = "The trial may lose 1 pair of its 8 pairs of blocks to breaks and missing results: with fewer than 7 left nothing "
    assert any(note.startswith(said) for note in short.notes)
    assert len(long.plan.blocks) > 20
    assert not any("may lose" in note for note in long.notes)


def test_a_plan_says_that_its_gain_could_not_be_followed_month_by_month(planned):
    made = planned(gain=3.0)
    blocks, hours = made.plan.blocks, made.plan.block_hours - made.plan.washout_hours
    assert not any("month by month" in note for note in made.notes)
    assert later_notes(made.plan, hours / 2) == ()
    [note] = later_notes(made.plan, hours)  # one period a block
    assert note.startswith(
        f"Once verified, the gain cannot be followed month by month: the trial leaves {len(blocks) // 2} periods at the present"
        " settings and a month is compared with 10 or more."
    )
    assert "a shorter `period`" in note
    assert "`period`" not in later_notes(made.plan.model_copy(update={"batches": True}), hours)[0]


@pytest.mark.parametrize("gain", [0.6, 1.2, 3.0])
def test_covariates_are_used_only_where_they_find_more(planned, gain):
    found = planned(gain=gain)
    others = [candidate for candidate in found.candidates if candidate is not found.chosen]  # which is rehearsed once more
    assert others
    assert all(candidate.power >= candidate.power_without for candidate in others)


def test_a_plan_says_what_lost_blocks_cost(planned):
    found = planned(gain=0.6)
    pairs, power = len(found.plan.blocks) // 2, found.plan.power[0].with_covariates
    [said] = [note for note in found.notes if note.startswith("In rehearsal no block is lost but to stops")]
    fewer = int(re.search(r"found in (\d+) %", said)[1]) / 100.0
    # the estimate's standard error grows with the root of the pairs that are left, a tenth of them being lost
    z = NormalDist().inv_cdf(power) + NormalDist().inv_cdf(0.95)
    left = (pairs - round(0.1 * pairs)) / pairs
    assert fewer == pytest.approx(NormalDist().cdf(z * left**0.5 - NormalDist().inv_cdf(0.95)), abs=0.04)
    assert fewer < power


def test_a_trial_that_falls_short_when_rehearsed_anew_is_made_longer(planned, monkeypatch):
    honest, seen = plan_module.rehearse, []

    def doubtful(past, layout, runs, seed, **more):
        seen.append(layout.n_blocks)
        made = honest(past, layout, runs, seed, **more)
        return made if len(seen) > 1 else replace(made, outcomes=3.0 * made.outcomes)  # three times the noise

    monkeypatch.setattr(plan_module, "rehearse", doubtful)
    made = planned(seed=3)
    assert seen[1] >= 1.5 * seen[0]  # at most twice as long at once
    assert len(made.plan.blocks) == seen[1]
    assert made.plan.provable
    assert candidates_frame(made).filter("is_chosen")["blocks"].to_list() == [seen[1]]


def test_all_that_the_promise_moves_is_tried(line, recommended):
    """The temperature's present value goes on the grid of a fortieth of its step; a move within the grid starts where it is."""
    recommendation = recommended()
    temperature, flow = recommendation.settings
    trifle = flow.model_copy(update={"proposed": 15.15})
    tried = plan_module.plan_settings(line(), recommendation.model_copy(update={"settings": (temperature, trifle)}))
    assert [(s.name, s.present, s.proposed) for s in tried] == [("temperature", 75.0, 77.0), ("flow", 15.1, 15.15)]


def test_whole_numbers_stay_whole_in_a_trial(line, recommended):
    sheet = line()
    whole = sheet.settings["temperature"].model_copy(update={"integer": True})
    sheet = sheet.model_copy(update={"settings": {**sheet.settings, "temperature": whole}})
    recommendation = recommended()
    temperature = recommendation.settings[0].model_copy(update={"now": 75.3})  # a mean of whole values
    [setting] = plan_module.plan_settings(sheet, recommendation.model_copy(update={"settings": (temperature,)}))
    assert (setting.present, setting.proposed) == (75.0, 77.0)


def test_blocks_join_and_the_washout_covers_the_ramp(planned):
    plan = planned().plan
    edges = [stamp(b.start) for b in plan.blocks] + [stamp(plan.blocks[-1].end)]
    assert [stamp(b.end) for b in plan.blocks] == edges[1:]
    assert all(stamp(b.washout_until) - stamp(b.start) == timedelta(hours=plan.washout_hours) for b in plan.blocks)
    assert plan.washout_hours >= 2.0  # two degrees at one an hour
    assert stamp(plan.start).astimezone(BERLIN).weekday() == 0


def test_the_same_question_has_the_same_answer(planned, line, quiet_columns, history_of, recommended):
    sheet = line()
    history = history_of(sheet, quiet_columns())
    past = past_of(sheet, history, fit_surrogate(sheet, history), {"temperature": 75.03, "flow": 15.1})
    again = plan_switchback(sheet, history, past, recommended(0.6), record_sha256="f" * 64, created="later").plan
    assert again.id == planned().plan.id
    other = plan_switchback(sheet, history, past, recommended(0.6), record_sha256="f" * 64, created="later", seed=7).plan
    assert [b.arm for b in other.blocks] != [b.arm for b in again.blocks]


def test_a_small_promise_cannot_be_proved_in_a_season(planned):
    plan = planned(0.02).plan
    assert not plan.provable
    assert plan.answer.startswith("Cannot be proved in a season of 13 weeks: ")
    assert plan.power[0].with_covariates < 0.5
    assert stamp(plan.end) - stamp(plan.start) <= timedelta(weeks=13)


def test_a_season_too_short_for_sixteen_blocks_is_said(planned):
    plan = planned(0.6, ("objective:", "trial: {max_weeks: 1, start_hours: ['08:00']}\nobjective:")).plan
    assert not plan.provable
    assert "even the shortest trial that could prove anything, 16 blocks of 24 h, takes 2.3 weeks" in plan.answer


def test_the_shift_calendar_binds_every_change(planned):
    plan = planned(0.6, RULES).plan
    starts = [stamp(b.start).astimezone(BERLIN) for b in plan.blocks]
    assert {s.strftime("%H:%M") for s in starts} == {"08:00"}
    assert max(s.weekday() for s in starts) <= 4


def test_a_washout_of_the_sheet_is_kept(planned):
    plan = planned(0.6, ("objective:", "trial: {washout: 9h}\nobjective:")).plan
    assert plan.washout_hours == pytest.approx(11.0)  # ramp of two hours before


def test_cost_follows_the_proposed_hours(planned):
    plan = planned().plan
    hours = sum((stamp(b.end) - stamp(b.start)) / timedelta(hours=1) for b in plan.blocks if b.arm == "proposed")
    assert plan.cost.high == pytest.approx(60_000 / 8000 * hours)
    assert 0 < plan.cost.expected < plan.cost.high


def test_candidates_say_what_was_considered(planned):
    made = planned()
    frame = candidates_frame(made)
    assert frame["is_chosen"].sum() == 1
    assert frame.filter("is_chosen")["blocks"][0] == len(made.plan.blocks)
    assert frame["block_hours"].to_list() == [12.0, 24.0, 48.0]  # in 8 h too little is left after ramp and settling
    assert frame["block_hours_most"].to_list() == [12.0, 24.0, 48.0]
    uneven = planned(0.6, ("objective:", "trial: {start_hours: ['04:00', '18:00']}\nobjective:"))
    shortest = candidates_frame(uneven).row(0, named=True)
    assert (shortest["block_hours"], shortest["block_hours_most"]) == (10.0, 14.0)
    hours = {(stamp(b.end) - stamp(b.start)) / timedelta(hours=1) for b in uneven.plan.blocks}
    assert f"blocks of {min(hours):g} to {max(hours):g} h find the promised" in uneven.plan.answer
    assert (frame["power"] >= frame["power_half"]).all()
    assert (frame["bias"] <= 0.05).all()
    shortest = frame.filter(pl.col("assurance") >= 0.8)["weeks"].min()
    assert frame.filter("is_chosen")["weeks"][0] <= 1.1 * shortest


def test_start_moves_to_the_next_free_moment(planned):
    plan = planned(0.6, RULES, start=datetime(2026, 10, 24, 12, tzinfo=UTC)).plan  # a Saturday; the clocks go back that night
    assert stamp(plan.start) == datetime(2026, 10, 26, 7, tzinfo=UTC)


def test_a_start_before_the_last_record_is_refused(planned):
    with pytest.raises(
        InputError, match=r"--start 2025-02-01 01:00 lies before the last record \(2026-07-06 .*\): a trial begins"
    ):
        planned(start=datetime(2025, 2, 1, tzinfo=UTC))


def test_nothing_to_try_is_said(line, quiet_columns, history_of, recommended):
    sheet = line()
    history = history_of(sheet, quiet_columns(n=24 * 60))
    past = past_of(sheet, history, fit_surrogate(sheet, history), {"temperature": 75.0, "flow": 15.0})
    with pytest.raises(InputError, match=r"proposes no change .status no_change.: there is nothing to try"):
        plan_switchback(sheet, history, past, recommended(status="no_change"), record_sha256="", created="")


def test_the_schedule_has_the_columns_of_the_design(planned):
    plan = planned(0.6, RULES).plan
    frame = schedule_frame(plan)
    assert frame.columns == ["block", "start_local", "start_utc", "end_utc", "arm", "washout_until_utc", "temperature"]
    assert frame.height == len(plan.blocks)
    first = frame.row(0, named=True)
    assert first["start_local"].endswith(("T08:00+02:00", "T08:00+01:00"))
    assert datetime.fromisoformat(first["start_local"]) == datetime.fromisoformat(first["start_utc"]) == stamp(plan.start)
    at = {"present": 75.0, "proposed": 77.0}
    assert frame["temperature"].to_list() == [at[b.arm] for b in plan.blocks]
    text = schedule_csv(plan).splitlines()
    assert text[0] == ",".join(frame.columns)
    assert {line.rpartition(",")[2] for line in text[1:]} == {"75", "77"}  # as people type them


@pytest.mark.parametrize("sense", ["maximize", "minimize"])
def test_many_conditions_are_weighed_before_the_trial(line, quiet_columns, history_of, recommended, sense):
    """Six conditions would cost a short trial six pairs; the past has taught their weights, and the plan holds them."""
    names = [f"ore_{i}" for i in range(6)]
    sheet = line("maximize", sense, 'feed: {unit: "%"}', "\n  ".join(f"{name}: {{}}" for name in names))
    columns = quiet_columns(share=0.0)
    rng = np.random.default_rng(1)
    n = len(columns["recovery"])
    ores = {name: np.repeat(rng.normal(size=n // 9 + 1), 9)[:n] for name in names}
    del columns["feed"]
    columns["recovery"] = columns["recovery"] + sum(ores.values())
    history = history_of(sheet, columns | ores)
    recommendation = recommended(0.6)
    past = past_of(sheet, history, fit_surrogate(sheet, history), {s.name: s.now for s in recommendation.settings})
    created = "2026-07-07T00:00:00+00:00"
    planned = plan_switchback(sheet, history, past, recommendation, record_sha256="f" * 64, created=created)
    assert planned.plan.prognosis == pytest.approx(dict.fromkeys(names, 1.0), rel=0.15)
    assert planned.chosen.power > planned.chosen.power_without + 0.2
    assert TrialPlan.from_json(planned.plan.to_json()) == planned.plan
    assert candidates_frame(planned).filter("is_chosen")["is_foretold"].to_list() == [True]


def test_without_a_settling_time_about_as_many_weeks_are_planned_as_tune_names(line, quiet_columns, history_of, recommended):
    """Neither washes anything out; with half of each block left out tune named three quarters more than were planned."""
    sheet = line(", settling: 6h", "", ", max_rate: 1 per 1h", "")
    history = history_of(sheet, quiet_columns(phi=0.5))
    surrogate, recommendation = fit_surrogate(sheet, history), recommended(0.15)
    past = past_of(sheet, history, surrogate, {s.name: s.now for s in recommendation.settings})
    chosen = plan_switchback(sheet, history, past, recommendation, record_sha256="f" * 64, created="").chosen
    assert chosen.washout_hours == 0.0
    doubt = recommendation.gain.spread / recommendation.gain.expected
    named, with_half = (trial_weeks(trial_error(surrogate, sheet.period, is_washed=w), 0.15, doubt) for w in (False, True))
    assert named == pytest.approx(chosen.weeks, rel=0.3)
    assert with_half > 1.6 * chosen.weeks
