"""A stop rule for each limit, long enough that the past's own excursions would not have ended the trial."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from workbench.records import LimitLine
from workbench.trials.stops import stop_rules


def _line(name="loss", bound="high", value=4.0):
    return LimitLine(name=name, bound=bound, value=value, predicted=None, probability_held=None, now=None, unit="%")


def _frame(loss, hours=1.0):
    values = np.asarray(loss, dtype=float)
    start = datetime(2025, 1, 1, tzinfo=UTC)
    time = [start + k * timedelta(hours=hours) for k in range(len(values))]
    return pl.DataFrame({"time": time, "loss": values, "reason": pl.Series([None] * len(values), dtype=pl.String)})


def test_a_limit_that_never_broke_stops_after_four_hours(line):
    [rule] = stop_rules(line(), _frame(np.zeros(1000)), [_line()], 1.0, 100.0, 24.0)
    assert (rule.limit, rule.bound, rule.value, rule.unit, rule.periods, rule.hours) == ("loss", "high", 4.0, "%", 4, 4.0)


def test_long_periods_stop_after_one(line):
    [rule] = stop_rules(line(), _frame(np.zeros(100), 24.0), [_line()], 24.0, 1000.0, 24.0)
    assert (rule.periods, rule.hours) == (1, 24.0)


def test_excursions_of_the_past_make_it_wait_longer(line):
    loss = np.zeros(1000)  # ten trials of 100 h: one false stop is one in ten
    loss[100:107] = loss[500:505] = 9.0
    [rule] = stop_rules(line(), _frame(loss), [_line()], 1.0, 100.0, 24.0)
    assert rule.periods == 6
    [rule] = stop_rules(line(), _frame(loss), [_line()], 1.0, 500.0, 24.0)  # two trials: none may be stopped
    assert rule.periods == 8


def test_a_result_a_day_is_a_day(line):
    """Four results of a year outside, each alone: a day each, so two days stop none of thirteen trials."""
    time = pl.datetime_range(datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 12, 30, 23, tzinfo=UTC), "1h", eager=True)
    loss = pl.Series([0.0 if hour % 24 == 0 else None for hour in range(len(time))], dtype=pl.Float64)
    loss = loss.scatter([24 * 10, 24 * 90, 24 * 170, 24 * 250], 9.0)
    frame = pl.DataFrame({"time": time, "loss": loss, "reason": pl.Series([None] * len(time), dtype=pl.String)})
    [rule] = stop_rules(line(), frame, [_line()], 1.0, 4 * 168.0, 24.0)
    assert rule.periods == 25


def test_a_low_limit_counts_what_is_below(line):
    loss = np.full(1000, 5.0)
    loss[10:30] = 1.0
    [rule] = stop_rules(line(), _frame(loss), [_line(bound="low")], 1.0, 1000.0, 24.0)
    assert rule.periods == 21


@pytest.mark.parametrize("formula", ["flow", "temperature - 4*flow"])
def test_limits_over_settings_alone_need_no_rule(line, formula):
    sheet = line("objective:", f"limits: [{{name: pump, formula: '{formula}', high: 20}}]\nobjective:")
    frame = _frame([0.0, 0.0]).with_columns(pl.Series("@limit:pump", [1.0, 2.0]))
    assert stop_rules(sheet, frame, [_line("pump", value=20.0)], 1.0, 100.0, 24.0) == ()


def test_a_rule_keeps_the_formula_of_its_limit(line):
    sheet = line("objective:", "limits: [{name: double, formula: '2*loss', high: 9}]\nobjective:")
    frame = _frame(np.zeros(100)).with_columns(pl.Series("@limit:double", np.zeros(100)))
    rules = stop_rules(sheet, frame, [_line(), _line("double", value=9.0)], 1.0, 100.0, 24.0)
    assert [(rule.limit, rule.formula) for rule in rules] == [("loss", None), ("double", "2*loss")]


def test_batches_have_no_hours(line):
    [rule] = stop_rules(line("period: 1h", "batch: lot"), _frame(np.zeros(50)), [_line()], 8.0, 500.0, 24.0)
    assert (rule.periods, rule.hours) == (1, None)


def test_a_stop_of_the_plant_is_no_part_of_an_excursion(line):
    """Ten weeks, a result at 00:00 and 12:00, Sundays stopped; Saturday's last and Monday's first result are outside.

    Each stands for 12 h: 24 h while the plant ran, not 48 h by the clock.
    """
    n = 10 * 168
    hour = np.arange(n)
    loss = np.where(hour % 12 == 0, 2.0, np.nan)
    saturday, monday = 5 * 24 + 12, 7 * 24
    for week in range(9):
        loss[[week * 168 + saturday, week * 168 + monday]] = 9.0
    stopped = hour % 168 >= 6 * 24
    frame = _frame(loss).with_columns(
        pl.when(pl.Series(stopped)).then(pl.lit("not running")).alias("reason"),
        time=pl.Series([datetime(2025, 1, 6, tzinfo=UTC) + timedelta(hours=k) for k in range(n)]),
    )
    [rule] = stop_rules(line(), frame, [_line()], 1.0, 168.0, 24.0)
    assert rule.periods == 25


def test_periods_set_aside_tell_nothing_but_those_without_the_objective_do(line):
    loss = np.full(1000, 2.0)
    loss[100:120], loss[500:510] = 9.0, 9.0
    frame = _frame(loss)
    reason = pl.Series(["excluded: repair" if 100 <= k < 120 else "objective missing" for k in range(1000)])
    [rule] = stop_rules(line(), frame.with_columns(reason=reason), [_line()], 1.0, 1000.0, 24.0)
    assert rule.periods == 11


def test_a_limit_that_is_broken_often_but_briefly_stops_within_a_block(line):
    """Hours outside that stand alone never last four hours running; a day of the past never has more of them than these."""
    for every, in_block in ((20, 5), (4, 7), (2, 13)):  # 2 of 24 h are fewer than a run of 4 h that stops a trial by itself
        loss = np.full(1000, 2.0)
        loss[::every] = 9.0
        [rule] = stop_rules(line(), _frame(loss), [_line()], 1.0, 100.0, 24.0)
        assert (rule.periods, rule.in_block) == (4, in_block)
    [rule] = stop_rules(line(), _frame(np.full(1000, 9.0)), [_line()], 1.0, 100.0, 24.0)
    assert rule.in_block is None  # always outside: no block tells anything


def test_one_block_in_so_many_of_the_past_may_be_as_bad(line):
    """A past of 40 trials of 100 h may stop four. Every other hour of 20 is outside: of windows of 20 h 18 hold six of them or
    more, 14 seven and 10 eight, and each block is one window in 20. Four such times: 4 * 18 / 20. Six: 6 * 10 / 20, and seven
    hours would be 6 * 14 / 20.
    """
    loss = np.full(4000, 2.0)
    for times, in_block in ((4, 6), (6, 8)):
        for start in range(200, 200 * times + 1, 200):
            loss[start : start + 20 : 2] = 9.0
        [rule] = stop_rules(line(), _frame(loss), [_line()], 1.0, 100.0, 20.0)
        assert rule.in_block == in_block


def test_results_that_are_rare_stand_for_their_time_in_a_block_too(line):
    """A result in 8 h: two of three outside in a day are 16 h, running or not; a third would be more."""
    loss = np.full(960, np.nan)
    loss[::8] = 2.0
    loss[::24], loss[8::24] = 9.0, 9.0
    [rule] = stop_rules(line(), _frame(loss), [_line()], 1.0, 96.0, 24.0)
    assert (rule.periods, rule.in_block) == (17, 18)


def test_where_no_short_block_lasts_as_long_a_number_over_the_trial_is_given(line):
    """Runs of 9 h, in 24 trials one in eight: 10 h are needed, which blocks of 8 h never reach. Of twelve hours in the proposed
    blocks of 96 h a past with one run in eight trials makes no more than nine.
    """
    loss = np.full(24 * 96, 2.0)
    for start in (300, 1100, 1900):
        loss[start : start + 9] = 9.0
    [rule] = stop_rules(line(), _frame(loss), [_line()], 1.0, 96.0, 16.0, 8.0)
    assert (rule.periods, rule.in_block, rule.in_trial) == (10, 11, 12)
    [rule] = stop_rules(line(), _frame(loss), [_line()], 1.0, 96.0, 16.0, 12.0)
    assert rule.in_trial is None  # a block holds a run of ten


def test_what_the_past_often_had_is_more_in_a_trial_too(line):
    """A run of 12 h every 48 h, blocks of 16 h in trials of 96 h: every trial has one, in two or three of its blocks."""
    loss = np.where(np.arange(96 * 24) % 48 < 12, 9.0, 2.0)
    [rule] = stop_rules(line(), _frame(loss), [_line()], 1.0, 96.0, 16.0, 8.0)
    outside = np.concatenate([[0.0], np.cumsum(loss > 4.0)])
    proposed = [np.sum([outside[k + b + 16] - outside[k + b] for b in (0, 32, 64)]) for k in range(96 * 23)]
    assert (rule.periods, rule.in_block) == (13, 14)
    assert rule.in_trial == max(15, int(np.quantile(proposed, 0.9)) + 1)


def test_results_apart_are_counted_and_said_as_results(line):
    """A result a day and an excursion of three, Friday to Monday with no result between: three results, not four days."""
    loss = np.full(24 * 364, np.nan)
    days = np.arange(364)
    loss[24 * days[days % 7 < 5]] = 2.0
    for week in (5, 15, 25, 35):  # of 13 trials of four weeks one may be stopped
        loss[[24 * (7 * week + 3), 24 * (7 * week + 4), 24 * (7 * week + 7)]] = 9.0
    [rule] = stop_rules(line(), _frame(loss), [_line()], 1.0, 4 * 168.0, 24.0)
    assert (rule.apart, rule.periods) == (24, 3 * 24 + 1)
    [rule] = stop_rules(line(), _frame(np.zeros(1000)), [_line()], 1.0, 100.0, 24.0)
    assert rule.apart is None
