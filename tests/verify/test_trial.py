"""Verdicts of trials whose true effect is known: as planned, spoilt, unfinished, and tampered with."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from workbench.errors import InputError
from workbench.plant import read_sheet
from workbench.switchback import stamp
from workbench.trial_records import Look, TrialPlan, Verdict
from workbench.verify.picture import trial_picture
from workbench.verify.trial import trial_verdict

from .conftest import Trialled

LOOKS = (Look(after_block=14, alpha_spent=0.02), Look(after_block=20, alpha_spent=0.05))


def kinds(verdict: Verdict) -> dict[str, list[int | None]]:
    found: dict[str, list[int | None]] = {}
    for deviation in verdict.deviations:
        found.setdefault(deviation.kind, []).append(deviation.block)
    return found


def test_a_trial_as_planned_is_verified_with_grade_a(run_trial):
    verdict = run_trial(effect=1.0).verdict()
    assert (verdict.grade, verdict.status, verdict.final) == ("A", "verified", True)
    assert verdict.deviations == ()
    assert verdict.adherence == 1.0
    assert verdict.blocks_used == 20
    assert verdict.n_orders == 1024
    assert verdict.effect.low < 1.0 < verdict.effect.high
    assert verdict.p_value <= 0.05
    assert verdict.id.startswith(verdict.plan)


def test_no_effect_is_not_verified(run_trial):
    verdict = run_trial(effect=0.0, seed=1).verdict()
    assert (verdict.grade, verdict.status, verdict.final) == ("A", "not_verified", True)
    assert verdict.effect.low < 0.0 < verdict.effect.high
    assert " (counting the plan's looks), above 0.05" in verdict.reasons[0]


def test_a_proven_loss_is_called_a_loss(run_trial):
    verdict = run_trial(effect=-1.0).verdict()
    assert (verdict.status, verdict.final) == ("not_verified", True)
    assert verdict.effect.high < 0.0
    assert verdict.reasons[0].endswith("above 0.05: the proposed settings lose, even at the high end of the 90 % interval")


def test_a_proven_loss_at_a_look_goes_back(run_trial):
    verdict = run_trial(effect=-1.0, looks=LOOKS).verdict(hours=15 * 24)
    assert verdict.status is None
    assert verdict.reasons[0].endswith(
        "the proposed settings lose, even at the high end of the 96 % interval: go back to the present settings"
    )


def test_an_objective_to_minimise_is_better_when_it_falls(run_trial, line_text):
    verdict = run_trial(effect=1.0, text=line_text.replace("maximize: recovery", "minimize: recovery")).verdict()
    assert verdict.status == "verified"
    assert verdict.effect.low < 1.0 < verdict.effect.high
    recovery = next(other for other in verdict.others if other.name == "recovery")
    assert recovery.estimate == pytest.approx(-verdict.effect.estimate)  # others are plain changes


def test_the_direction_is_the_plan_s(run_trial, line_text):
    trial = run_trial(effect=-1.0)
    turned = replace(trial, sheet=read_sheet(line_text.replace("maximize: recovery", "minimize: recovery"), "line.yaml"))
    assert turned.verdict().effect == trial.verdict().effect
    assert turned.verdict().value_per_year == trial.verdict().value_per_year
    shown, right = (trial_picture(one.sheet, one.plan, one.evidence).blocks for one in (turned, trial))
    assert shown.equals(right)


def test_money_is_the_effect_times_its_worth(run_trial):
    verdict = run_trial().verdict()
    assert verdict.value_per_year.expected == pytest.approx(100_000 * verdict.effect.estimate)
    assert verdict.value_per_year.low == pytest.approx(100_000 * verdict.effect.low)


def test_costs_are_taken_off_the_money_and_not_off_the_effect(run_trial, line_text):
    text = line_text.replace(
        "value_per_unit: 100000}", 'value_per_unit: 100000, costs: [{formula: "5*(temperature-70)", unit: EUR/h}]}'
    )
    trial = run_trial(text=text)
    trial = replace(trial, frame=trial.frame.with_columns((5.0 * (pl.col("temperature") - 70.0)).alias("@cost")))
    verdict = trial.verdict()
    costs = next(other for other in verdict.others if other.name == "costs")
    assert costs.estimate == pytest.approx(20.0)
    assert verdict.value_per_year.expected == pytest.approx(100_000 * verdict.effect.estimate - 20.0 * 8000, rel=1e-6)


def test_nothing_is_priced_without_a_price(run_trial, line_text):
    verdict = run_trial(text=line_text.replace(", value_per_unit: 100000", "")).verdict()
    assert verdict.value_per_year is None
    assert verdict.status == "verified"


def test_a_late_change_is_seen_costs_its_hours_and_lowers_the_grade(run_trial):
    trial = run_trial()
    number = trial.block_of("proposed")
    late = trial.edit("temperature", 70.0, trial.rows(number, 0, 6))
    verdict = late.verdict()
    assert (verdict.grade, verdict.status) == ("B", "verified")
    assert kinds(verdict) == {"late change": [number]}
    deviation = verdict.deviations[0]
    assert "set about 6 h (as told by periods of 1 h) late" in deviation.text
    assert deviation.hours == pytest.approx(6.0, abs=1.0)  # the washout begins anew at the real change
    assert verdict.lineage.periods_counted == pytest.approx(20 * 12 - 6, abs=1)


def test_half_an_hour_s_grace_is_as_planned(run_trial):
    trial = run_trial()
    number = trial.block_of("proposed")
    verdict = trial.edit("temperature", 70.0, trial.rows(number, 0, 1)).verdict()
    assert verdict.grade == "A"


def test_an_aborted_block_is_lost_with_its_pair(run_trial):
    trial = run_trial()
    number = trial.block_of("proposed")
    verdict = trial.edit("temperature", 70.0, trial.rows(number, 10, 24)).verdict()
    assert (verdict.grade, verdict.status) == ("B", "verified")
    assert kinds(verdict) == {"aborted": [number], "lost block": [number]}
    assert "left about 14 h (as told by periods of 1 h) before the block's end" in verdict.deviations[0].text
    assert verdict.blocks_used == 18
    assert verdict.n_orders == 512


def test_a_block_never_run_is_said(run_trial):
    trial = run_trial()
    number = trial.block_of("proposed")
    verdict = trial.edit("temperature", 70.0, trial.rows(number)).verdict()
    assert kinds(verdict)["not run"] == [number]
    assert verdict.blocks_used == 18
    assert verdict.adherence == pytest.approx(19 / 20)


def test_an_interruption_costs_its_hours_and_the_time_to_follow(run_trial):
    trial = run_trial()
    number = trial.block_of("proposed")
    verdict = trial.edit("temperature", 70.0, trial.rows(number, 13, 16)).verdict()
    assert kinds(verdict)["interrupted"] == [number]
    assert verdict.grade == "B"


def test_a_broken_sensor_costs_the_hours_without_a_result(run_trial):
    trial = run_trial()
    where = trial.rows(7, 14, 17)
    broken = trial.edit("@objective", None, where).edit("reason", "objective missing", where)
    verdict = broken.verdict()
    assert kinds(verdict) == {"no result": [7]}
    assert "3.0 h of 12.0 h that should count: objective missing" in verdict.deviations[0].text
    assert (verdict.grade, verdict.blocks_used) == ("B", 20)
    longer = trial.edit("reason", "objective missing", trial.rows(7, 13, 24)).verdict()
    assert kinds(longer)["lost block"] == [7]
    assert longer.blocks_used == 18


def test_missing_records_are_said(run_trial):
    trial = run_trial()
    verdict = replace(trial, frame=trial.frame.filter(~trial.rows(5))).verdict()
    assert "no records" in next(d.text for d in verdict.deviations if d.kind == "no result")
    assert kinds(verdict)["lost block"] == [5]


def test_one_hour_lost_is_as_planned_but_counted(run_trial):
    trial = run_trial()
    verdict = trial.edit("reason", "objective missing", trial.rows(7, 14, 15)).verdict()
    assert verdict.grade == "A"
    assert verdict.lineage.periods_set_aside["objective missing"] == 1
    aside = sum(verdict.lineage.periods_set_aside.values())
    assert verdict.lineage.periods_in == verdict.lineage.periods_counted + aside == 20 * 24


def test_half_a_change_is_measured_as_what_it_was(run_trial):
    trial = run_trial()
    verdict = trial.edit("temperature", 72.6, pl.col("temperature") == 74.0).verdict()
    assert kinds(verdict) == {"partial change": [None]}
    assert verdict.deviations[0].text.startswith("temperature: the arms were 65 % of the planned difference apart")
    assert verdict.grade == "B"


def test_a_trifle_that_was_not_kept_is_no_partial_change(run_trial):
    """A twentieth of a step is no move that anybody could measure."""
    trial = run_trial()
    flow = trial.plan.settings[0].model_copy(update={"name": "flow", "tag": "FIC", "present": 15.0, "proposed": 15.1})
    plan = trial.plan.model_copy(update={"settings": (*trial.plan.settings, flow)})
    verdict = replace(trial, plan=plan).verdict()
    assert verdict.grade == "A"
    assert not verdict.deviations


def test_another_setting_that_moves_with_the_arm_is_said(run_trial):
    trial = run_trial()
    verdict = trial.edit("flow", 16.0, pl.col("temperature") == 74.0).verdict()
    assert kinds(verdict) == {"other setting": [None]}
    assert "flow should stand still" in verdict.deviations[0].text


def test_a_condition_of_the_plan_that_is_hardly_known_is_said(run_trial):
    """Its analyser failed: the plan's power counted on it."""
    trial = run_trial()
    known = pl.int_range(pl.len()) % 3 == 0
    failed = replace(trial, frame=trial.frame.with_columns(pl.when(known).then(pl.col("feed")).alias("feed")))
    verdict = failed.verdict()
    assert kinds(verdict) == {"unknown condition": [None]}
    assert "feed, which the plan compares with, is known in 33 % of the periods" in verdict.deviations[0].text
    assert verdict.grade == "B"


def test_a_condition_that_the_settings_move_is_said(run_trial):
    """Adjusting for it would take part of the effect away: a person must know."""
    trial = run_trial()
    moved = replace(trial, frame=trial.frame.with_columns(pl.col("feed") + pl.col("temperature") - 70.0))
    verdict = moved.verdict()
    assert kinds(verdict) == {"moved condition": [None]}
    assert "the condition feed differs between the arms" in verdict.deviations[0].text
    assert verdict.grade == "B"


def test_batches_count_by_their_own_time(run_trial):
    """Batches every two hours, with one left out: none was due."""
    trial = run_trial()
    rows = trial.frame.gather_every(2).filter(~trial.rows(7, 14, 17))
    batches = trial.sheet.model_copy(update={"period": None, "batch": "batch"})
    evidence = replace(trial.evidence, frame=rows, period_hours=2.0)
    verdict = trial_verdict(batches, trial.plan, evidence, "2026-06-01T00:00:00+00:00")
    assert (verdict.grade, verdict.status, verdict.blocks_used) == ("A", "verified", 20)


@pytest.mark.parametrize("every", [4, 7])
def test_every_batch_that_starts_in_the_trial_is_counted_or_set_aside(run_trial, every: int):
    """Every seven hours many run across the end of a block, every four one starts at it: each is in one block."""
    trial = run_trial()
    rows = trial.frame.gather_every(every)
    batches = trial.sheet.model_copy(update={"period": None, "batch": "batch"})
    evidence = replace(trial.evidence, frame=rows, period_hours=float(every))
    verdict = trial_verdict(batches, trial.plan, evidence, "2026-06-01T00:00:00+00:00")
    started = rows.filter(pl.col("time") >= stamp(trial.plan.start), pl.col("time") < stamp(trial.plan.end)).height
    lineage = verdict.lineage
    assert lineage.periods_in == started
    assert lineage.periods_counted + sum(lineage.periods_set_aside.values()) == started
    assert set(lineage.periods_set_aside) <= {"washout", "still settling"}
    assert verdict.status == "verified"


def test_settings_never_tried_decide_nothing(run_trial):
    """They may be the records of other weeks, or of a clock that is off: what decides must have been measured."""
    trial = run_trial()
    verdict = trial.edit("temperature", 70.0, pl.lit(True)).verdict()
    assert (verdict.grade, verdict.status, verdict.final) == ("E", None, False)
    assert "so nothing is decided: check that they hold the trial's weeks by the sheet's clock" in verdict.reasons[0]
    assert len(verdict.reasons) == 1  # the grade's reason is the same
    assert verdict.effect is None
    assert verdict.adherence == pytest.approx(0.5)


def test_set_values_that_nobody_recorded_count_for_nothing(run_trial):
    verdict = run_trial().edit("temperature", None, pl.lit(True)).verdict()
    assert (verdict.grade, verdict.adherence, verdict.effect) == ("E", None, None)


def test_too_few_pairs_are_no_randomised_test(run_trial):
    verdict = run_trial(effect=5.0, n_blocks=12).verdict()
    assert (verdict.grade, verdict.status) == ("C", "not_verified")
    assert "grade C does not verify" in verdict.reasons[0]
    assert verdict.effect.estimate == pytest.approx(5.0, abs=0.7)
    looks = (Look(after_block=8, alpha_spent=0.3), Look(after_block=12, alpha_spent=0.5))
    early = run_trial(effect=5.0, n_blocks=12, looks=looks).verdict(hours=9 * 24)
    assert "but evidence of grade C does not verify: go on" in early.reasons[0]


def test_an_order_that_somebody_chose_is_not_randomised(run_trial):
    trial = run_trial()
    verdict = replace(trial, plan=trial.plan.model_copy(update={"seed": 1})).verdict()
    assert (verdict.grade, verdict.status) == ("C", "not_verified")
    assert "not the one that the plan's seed draws" in verdict.reasons[1]


def test_limits_are_given_by_arm_and_a_stop_rule_is_noticed(run_trial):
    trial = run_trial()
    number = trial.block_of("proposed")
    before = trial.verdict().limits
    assert [(limit.name, limit.bound, limit.held_present, limit.held_proposed, limit.stopped) for limit in before] == [
        ("loss", "high", 1.0, 1.0, False)
    ]
    after = trial.edit("loss", 5.0, trial.rows(number, 12, 18)).verdict().limits[0]
    assert after.held_present == 1.0
    assert after.held_proposed == pytest.approx(1.0 - 6 / 120)
    assert after.stopped
    assert not trial.edit("loss", 5.0, trial.rows(number, 12, 17)).verdict().limits[0].stopped


def test_before_the_first_look_nothing_is_decided(run_trial):
    verdict = run_trial(looks=LOOKS).verdict(hours=13 * 24)
    assert (verdict.status, verdict.final, verdict.effect, verdict.p_value) == (None, False, None, None)
    assert verdict.adherence == 1.0
    assert verdict.limits[0].held_proposed == 1.0
    assert "first look is after block 14 of 20" in verdict.reasons[0]


def test_an_interim_look_decides_by_what_the_plan_spends(run_trial):
    clear = run_trial(effect=3.0, looks=LOOKS).verdict(hours=15 * 24)
    assert (clear.status, clear.final, clear.blocks_used) == ("verified", True, 14)  # the trial is over
    assert clear.effect.level == pytest.approx(0.96)
    assert clear.effect.low > 0.0
    unclear = run_trial(effect=0.0, seed=1, looks=LOOKS).verdict(hours=15 * 24)
    assert (unclear.status, unclear.final) == (None, False)
    assert "go on as planned; the records end " in unclear.reasons[0]
    assert "block 20 of the next look ends " in unclear.reasons[0]


def test_blocks_after_the_last_look_are_not_looked_at(run_trial):
    trial = run_trial(looks=LOOKS)
    one, other = trial.verdict(hours=14 * 24), trial.verdict(hours=17 * 24)
    assert one.effect == other.effect
    assert one.p_value == other.p_value


def test_the_end_of_a_trial_with_looks_is_final(run_trial):
    verdict = run_trial(looks=LOOKS).verdict()
    assert (verdict.final, verdict.status, verdict.effect.level) == (True, "verified", 0.9)


def test_the_same_records_give_the_same_verdict_word_for_word(run_trial):
    one, other = run_trial().verdict(), run_trial().verdict()
    assert one.to_json() == other.to_json()
    assert Verdict.from_json(one.to_json()).to_json() == one.to_json()


@pytest.mark.slow
def test_grade_a_verdicts_say_yes_in_five_percent_where_there_is_nothing(run_trial):
    """200 trials of 14 blocks, the whole verdict: 6 of 128 orders, 4.7 %: 2 to 19 of 200 in 99.8 % of the runs (binomial)."""
    verdicts = [run_trial(effect=0.0, seed=seed, n_blocks=14).verdict() for seed in range(200)]
    assert {verdict.grade for verdict in verdicts} == {"A"}
    assert 2 <= sum(verdict.status == "verified" for verdict in verdicts) <= 19
    assert np.mean([verdict.effect.low < 0.0 < verdict.effect.high for verdict in verdicts]) >= 0.83


def weighed(trial: Trialled, prognosis: dict[str, float]) -> Trialled:
    return replace(trial, plan=trial.plan.model_copy(update={"covariates": (), "prognosis": prognosis}).identified())


def test_what_conditions_foretell_takes_their_part(run_trial, line_text):
    """Ore and feed move recovery far more than the settings do: foretold with the right weights, they are gone."""
    text = line_text.replace('feed: {unit: "%"}', 'feed: {unit: "%"}\n  ore: {choices: [soft, hard]}')
    trial = run_trial(text=text)
    hard = np.random.default_rng(5).random(trial.frame.height // 8 + 1).repeat(8)[: trial.frame.height] < 0.5
    ore = pl.Series("ore", np.where(hard, "hard", "soft"))
    changed = pl.col("recovery") - 6.0 * pl.Series(hard.astype(float))
    frame = trial.frame.with_columns(ore, changed.alias("recovery"), changed.alias("@objective"))
    trial = replace(trial, frame=frame)
    plain, foretold = (weighed(trial, weights).verdict() for weights in ({}, {"feed": 1.0, "ore=hard": -6.0}))
    assert foretold.effect.low < 1.0 < foretold.effect.high
    assert foretold.effect.high - foretold.effect.low < 0.5 * (plain.effect.high - plain.effect.low)
    unweighed = weighed(trial, {"feed": 3.0, "ore=hard": -18.0}).verdict()
    assert unweighed.effect.estimate == pytest.approx(foretold.effect.estimate, abs=1e-9)  # one slope is left to the trial
    recovery = next(other for other in foretold.others if other.name == "recovery")
    assert (recovery.estimate, recovery.low) == (foretold.effect.estimate, foretold.effect.low)  # the objective has one effect


def test_a_condition_that_foretells_is_watched_as_any_other(run_trial):
    trial = weighed(run_trial(), {"feed": 1.0})
    moved = replace(trial, frame=trial.frame.with_columns(pl.col("feed") + pl.col("temperature") - 70.0))
    assert kinds(moved.verdict()) == {"moved condition": [None]}


def test_a_block_whose_conditions_nobody_knows_is_taken_at_the_usual_ones(run_trial):
    trial = weighed(run_trial(), {"feed": 1.0})
    whole, holed = trial.verdict().effect, trial.edit("feed", None, trial.rows(7)).verdict().effect
    assert holed.estimate == pytest.approx(whole.estimate, abs=0.2)
    assert holed.high - holed.low < 2.0 * (whole.high - whole.low)


def test_a_plan_without_a_prognosis_is_read_as_before(run_trial):
    trial = run_trial()
    older = {name: value for name, value in json.loads(trial.plan.to_json()).items() if name != "prognosis"}
    assert replace(trial, plan=TrialPlan.from_json(json.dumps(older))).verdict() == trial.verdict()


def test_a_condition_that_is_gone_from_the_sheet_is_named(run_trial):
    trial = weighed(run_trial(), {"feed": 1.0, "ore=hard": -6.0})
    with pytest.raises(InputError, match="compares with ore, which the sheet no longer has"):
        trial.verdict()


def test_the_picture_shows_what_the_verdict_tests(run_trial):
    """The picture's orders are the verdict's: as many of them reach the observed one as its p says."""
    trial = weighed(run_trial(effect=0.3), {"feed": 1.0})
    picture = trial_picture(trial.sheet, trial.plan, trial.evidence)
    reached = np.mean(picture.orders >= picture.orders[0] - 1e-9)
    assert reached == pytest.approx(trial.verdict().p_value)
