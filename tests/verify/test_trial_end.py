"""When a trial is judged: results that come late, stop rules that are met."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from workbench.prepare.usable import OBJECTIVE_MISSING
from workbench.switchback import stamp

from .conftest import Trialled
from .test_trial import LOOKS, kinds


def test_a_stop_rule_that_was_met_lowers_the_grade_and_is_said(run_trial):
    trial = run_trial(effect=0.0, seed=1, looks=LOOKS)
    broken = trial.edit("loss", 5.0, trial.rows(trial.block_of("proposed"), 12, 18))
    verdict = broken.verdict(hours=15 * 24)
    assert (verdict.grade, kinds(verdict)) == ("B", {"stop rule": [None]})
    assert verdict.reasons[0].endswith("A stop rule of the plan is met: go back to the present settings")
    late = trial.edit("loss", 5.0, trial.rows(trial.block_of("proposed", 16), 2, 8))  # after the look: seen all the same
    assert late.verdict(hours=14 * 24).limits[0].stopped is False
    assert late.verdict(hours=19 * 24).limits[0].stopped


def test_a_limit_of_rare_results_stops_by_their_time(run_trial):
    """A result every 8 h: one of them outside stands for 8 h, beyond the 6 h of the rule."""
    trial = run_trial()
    rare = trial.edit("loss", None, pl.col("time").dt.hour() % 8 != 0)
    assert not rare.verdict().limits[0].stopped
    number = trial.block_of("proposed")
    assert rare.edit("loss", 5.0, trial.rows(number, 8, 9)).verdict().limits[0].stopped


@pytest.mark.parametrize("reason", ["not running", "excluded: repair"])
def test_a_plant_that_stands_meets_no_stop_rule(run_trial, reason):
    """Twelve hours of a proposed block, in which the meter reads nonsense: the limit is not broken while nothing runs."""
    trial = run_trial()
    number = trial.block_of("proposed")
    stood = trial.edit("loss", 9.0, trial.rows(number, 6, 18)).edit("reason", reason, trial.rows(number, 6, 18))
    assert not stood.verdict().limits[0].stopped


def test_a_stop_is_no_part_of_what_was_broken_and_no_end_of_it(run_trial):
    """Before and after ten hours of a stop the limit was broken for so many hours: six of them together meet the rule."""
    trial = run_trial()
    number = trial.block_of("proposed")
    for before, is_met in ((3, True), (2, False)):
        broken = trial.edit("loss", 9.0, trial.rows(number, 6 - before, 19))
        broken = broken.edit("loss", None, trial.rows(number, 6, 16)).edit("reason", "not running", trial.rows(number, 6, 16))
        assert broken.verdict().limits[0].stopped is is_met


def test_what_lies_apart_is_not_added_up(run_trial):
    """Three hours at the end of one proposed block and three at the start of a later one are no six hours running."""
    trial = run_trial()
    first = trial.block_of("proposed")
    first = first if trial.plan.blocks[first].arm == "present" else first + 1  # ends before a present block
    later = trial.block_of("proposed", first + 2)
    apart = trial.edit("loss", 5.0, trial.rows(first, 21, 24)).edit("loss", 5.0, trial.rows(later, 0, 3))
    assert not apart.verdict().limits[0].stopped


def without_results(trial: Trialled, where: pl.Expr) -> Trialled:
    """As preparation writes periods whose result is not there."""
    return trial.edit("@objective", None, where).edit("recovery", None, where).edit("reason", OBJECTIVE_MISSING, where)


def test_a_limit_broken_in_the_block_that_runs_is_said_at_once(run_trial):
    trial = run_trial(effect=0.0, seed=1, looks=LOOKS)
    number = trial.block_of("proposed", 16)
    broken = trial.edit("loss", 5.0, trial.rows(number, 2, 8))
    verdict = broken.verdict(hours=(number - 1) * 24 + 10)
    assert verdict.limits[0].stopped
    assert verdict.reasons[0].endswith("A stop rule of the plan is met: go back to the present settings")


def test_one_result_a_block_stands_for_the_time_between_results_not_between_proposed_blocks(run_trial):
    """A result a day, 24 h blocks: one outside is 24 h, and a rule of 30 h is not met by it."""
    trial = run_trial()
    rules = (trial.plan.stop_rules[0].model_copy(update={"periods": 30}),)
    trial = replace(trial, plan=trial.plan.model_copy(update={"stop_rules": rules}))
    daily = trial.edit("loss", None, pl.col("time").dt.hour() != 16)
    assert not daily.edit("loss", 5.0, trial.rows(trial.block_of("proposed"), 16, 17)).verdict().limits[0].stopped


def in_block(trial: Trialled, periods: int) -> Trialled:
    """The same trial whose stop rule also counts the periods of a block."""
    rules = (trial.plan.stop_rules[0].model_copy(update={"in_block": periods}),)
    return replace(trial, plan=trial.plan.model_copy(update={"stop_rules": rules}))


@pytest.mark.parametrize(("arm", "periods", "is_met"), [("proposed", 8, True), ("proposed", 9, False), ("present", 8, False)])
def test_a_limit_broken_often_but_briefly_meets_the_rule_of_its_block(run_trial, arm, periods, is_met):
    """Every third hour of a block of 24 h: never two running, eight in all."""
    trial = in_block(run_trial(), periods)
    broken = trial.edit("loss", 5.0, trial.rows(trial.block_of(arm)) & (pl.col("time").dt.hour() % 3 == 0))
    assert broken.verdict().limits[0].stopped is is_met


def test_the_periods_of_two_blocks_are_not_added_up(run_trial):
    trial = in_block(run_trial(), 9)
    broken = trial.edit("loss", 5.0, pl.col("time").dt.hour() % 3 == 0)
    assert not broken.verdict().limits[0].stopped


@pytest.mark.parametrize(
    ("arm", "periods", "is_met"), [("proposed", 80, True), ("proposed", 81, False), ("present", 80, False)]
)
def test_the_periods_of_all_proposed_blocks_meet_the_rule_of_the_trial(run_trial, arm, periods, is_met):
    """Every third hour of ten blocks of 24 h: eight in each, eighty in all."""
    trial = run_trial()
    rules = (trial.plan.stop_rules[0].model_copy(update={"in_trial": periods}),)
    trial = replace(trial, plan=trial.plan.model_copy(update={"stop_rules": rules}))
    at = (pl.col("temperature") > 72.0) if arm == "proposed" else (pl.col("temperature") < 72.0)
    broken = trial.edit("loss", 2.0, pl.lit(True)).edit("loss", 5.0, at & (pl.col("time").dt.hour() % 3 == 0))
    assert broken.verdict().limits[0].stopped is is_met


@pytest.mark.parametrize(("results", "is_met"), [(1, False), (2, True)])
def test_rare_results_are_counted_as_the_rule_says_them(run_trial, results, is_met):
    """A rule of 30 h for a result a day says two results; ten-hourly ones of the trial would reach 30 h with three."""
    trial = run_trial()
    rules = (trial.plan.stop_rules[0].model_copy(update={"periods": 30, "apart": 24}),)
    trial = replace(trial, plan=trial.plan.model_copy(update={"stop_rules": rules}))
    rare = trial.edit("loss", 2.0, pl.lit(True)).edit("loss", None, pl.col("time").dt.hour() % 10 != 2)
    broken = rare.edit("loss", 5.0, rare.rows(rare.block_of("proposed"), 2, 2 + 10 * (results - 1) + 1))
    assert broken.verdict().limits[0].stopped is is_met


def test_hours_are_put_together_to_the_sheet_s_periods(run_trial, line_text):
    """Half of the hours of each period of 4 h far outside put its mean outside, a little outside not: six periods a block."""
    trial = in_block(run_trial(text=line_text.replace("period: 1h", "period: 4h")), 6)
    every = trial.rows(trial.block_of("proposed")) & (pl.col("time").dt.hour() % 2 == 0)
    assert trial.edit("loss", 9.0, every).verdict().limits[0].stopped
    assert not trial.edit("loss", 5.0, every).verdict().limits[0].stopped


def test_a_last_block_without_its_results_is_waited_for(run_trial):
    trial = run_trial()
    late = without_results(trial, trial.rows(20))
    early = late.verdict()
    assert (early.status, early.final, early.effect) == (None, False, None)
    assert "results until the end of block 20 are still to come (so far until 21 Mar 2026 00:00 UTC)" in early.reasons[0]
    assert "records until 29 Mar 2026 00:00 UTC" in early.reasons[0]
    whole = trial.verdict()
    assert (whole.status, whole.final) == ("verified", True)


def test_moments_are_told_in_plant_time(run_trial):
    trial = run_trial()
    abroad = replace(trial, plan=trial.plan.model_copy(update={"timezone": "Asia/Shanghai"}))
    assert "the records end 3 Mar 2026 08:00 Asia/Shanghai, the plan's first look" in abroad.verdict(hours=24).reasons[0]


def test_results_that_never_come_are_waited_for_a_week(run_trial):
    trial = run_trial()
    late = without_results(trial, trial.rows(20))
    last = late.frame.tail(1)
    after = [last.with_columns(pl.col("time") + timedelta(hours=hours)) for hours in range(1, 7 * 24 + 1)]
    verdict = replace(late, frame=pl.concat([late.frame, *after])).verdict()
    assert (verdict.final, verdict.blocks_used) == (True, 18)


def test_rare_results_are_in_when_the_next_would_come_after_the_block(run_trial):
    rare = without_results(run_trial(), pl.col("time").dt.hour() % 8 != 0)
    assert "no pair of blocks" in rare.verdict().reasons[0]  # one hour in eight of a block: nothing more is waited for
    short = rare.frame.filter(pl.col("time") < stamp(rare.plan.end) - timedelta(hours=8))
    assert "no look yet" in replace(rare, frame=short).verdict().reasons[0]


def test_limits_are_judged_over_the_sheet_s_periods_though_hours_are_read(run_trial, line_text):
    """One hour in four outside, the mean of the four inside: every period of 4 h holds the limit, as it was promised to."""
    trial = run_trial(text=line_text.replace("period: 1h", "period: 4h")).edit("loss", 2.0, pl.lit(True))
    noisy = trial.edit("loss", 5.0, (pl.col("temperature") > 72.0) & (pl.col("time").dt.hour() % 4 == 1))
    verdict = noisy.verdict()
    assert (verdict.status, [d.kind for d in verdict.deviations]) == ("verified", [])
    assert [(limit.held_present, limit.held_proposed, limit.broken) for limit in verdict.limits] == [(1.0, 1.0, False)]


def test_a_stop_rule_is_met_by_periods_outside_though_single_hours_of_them_are_inside(run_trial, line_text):
    """Six periods of 4 h whose means are outside are what the rule says: a good hour in each ends nothing."""
    trial = run_trial(text=line_text.replace("period: 1h", "period: 4h")).edit("loss", 2.0, pl.lit(True))
    rows = trial.rows(trial.block_of("proposed"))
    broken = trial.edit("loss", 6.0, rows & (pl.col("time").dt.hour() % 4 != 1))
    assert broken.verdict().limits[0].stopped
    assert not trial.edit("loss", 6.0, rows & (pl.col("time").dt.hour() % 4 == 1)).verdict().limits[0].stopped


def test_values_at_the_bound_hold_it_when_they_are_put_together(run_trial, line_text):
    """The mean of three times 0.1 is 0.1 and a digit more in a double."""
    text = line_text.replace("period: 1h", "period: 3h").replace("high: 4", "high: 0.1")
    trial = run_trial(text=text).edit("loss", 0.1, pl.lit(True))
    rules = (trial.plan.stop_rules[0].model_copy(update={"value": 0.1}),)
    [limit] = replace(trial, plan=trial.plan.model_copy(update={"stop_rules": rules})).verdict().limits
    assert (limit.held_present, limit.held_proposed, limit.stopped) == (1.0, 1.0, False)
