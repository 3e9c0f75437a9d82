"""The past at present settings: the settings' own moves are gone, everything else is there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from workbench.errors import InputError
from workbench.models.surrogates.surrogate import fit_surrogate
from workbench.records import Finding
from workbench.trials.past import limits_at, past_of
from workbench.trials.stops import stop_rules

NOW = {"temperature": 75.0, "flow": 15.0}


def test_what_the_settings_did_is_taken_out(line, quiet_columns, history_of):
    sheet = line("settling: 6h", "settling: 0h")
    columns = quiet_columns()
    history = history_of(sheet, columns)
    past = past_of(sheet, history, fit_surrogate(sheet, history), NOW)
    rest = columns["recovery"] - 0.2 * (columns["temperature"] - 75.0)
    moved = columns["recovery"] - past.outcome
    assert past.names == ("feed",)
    assert past.period_hours == 1.0
    assert np.corrcoef(moved, columns["temperature"])[0, 1] > 0.95
    assert np.std(past.outcome - rest) < 0.3 * np.std(columns["recovery"] - rest)


def test_a_gain_that_follows_a_condition_comes_unevenly(line, quiet_columns, history_of, recommended):
    sheet = line("settling: 6h", "settling: 0h")
    columns = quiet_columns(share=0.1)
    feed = columns["feed"] - 30.0
    columns["recovery"] = columns["recovery"] + 0.2 * feed * (columns["temperature"] - 75.0)
    history = history_of(sheet, columns)
    surrogate = fit_surrogate(sheet, history)
    past = past_of(sheet, history, surrogate, NOW, recommendation=recommended(gain=0.4))
    wanted = 0.2 * feed * 2.0 / 0.4
    assert np.nanmean(past.uneven) == pytest.approx(1.0, abs=0.01)
    assert np.corrcoef(past.uneven, wanted[-len(past.uneven) :])[0, 1] > 0.9
    assert 0.7 * np.std(wanted) < np.std(past.uneven) < 1.2 * np.std(wanted)
    down = line("settling: 6h", "settling: 0h", "maximize", "minimize")  # what was a gain on rich feed is a loss
    turned = past_of(down, history, surrogate, NOW, recommendation=recommended(gain=0.4))
    assert np.corrcoef(turned.uneven, past.uneven)[0, 1] == pytest.approx(-1.0)
    small = past_of(sheet, history, surrogate, NOW, recommendation=recommended(gain=0.01))  # the surrogate's own gain is more
    assert np.std(small.uneven) < 1.2 * np.std(past.uneven) * 0.4 / 0.3
    assert np.all(past_of(sheet, history, surrogate, NOW).uneven == 1.0)


def test_a_minimised_objective_is_turned_round(line, quiet_columns, history_of):
    up, down = line(), line("maximize", "minimize")
    history = history_of(up, quiet_columns(n=24 * 60))
    surrogate = fit_surrogate(up, history)
    assert np.allclose(past_of(up, history, surrogate, NOW).outcome, -past_of(down, history, surrogate, NOW).outcome)


def test_a_past_knows_when_it_begins_in_plant_time(line, quiet_columns, history_of):
    """26 weeks less two days, from Monday 01:00 in Berlin on: whole weeks are kept, of which the last ends in summer time."""
    sheet = line()
    history = history_of(sheet, quiet_columns(n=24 * 7 * 26 - 48))
    past = past_of(sheet, history, fit_surrogate(sheet, history), NOW)
    last = history.frame["time"].max().astimezone(sheet.zone).replace(tzinfo=None)
    assert last.utcoffset() is None
    assert past.start + timedelta(hours=len(past.outcome) - 1) == last
    assert (past.start.weekday(), past.start.hour) == (5, 2)  # Saturday


def test_periods_set_aside_do_not_count(line, quiet_columns, history_of):
    sheet = line()
    history = history_of(sheet, quiet_columns(n=24 * 60))
    surrogate = fit_surrogate(sheet, history)
    spoiled = history.frame.with_row_index("at").with_columns(
        pl.when(pl.col("at").is_between(480, 489)).then(pl.lit("not running")).alias("reason")
    )
    past = past_of(sheet, replace(history, frame=spoiled.drop("at")), surrogate, NOW)
    shift = 24 * 60 - len(past.outcome)  # whole weeks: the oldest days are left out
    assert np.flatnonzero(np.isnan(past.outcome)).tolist() == [k - shift for k in range(480, 490)]
    assert len(past.outcome) == 24 * 7 * 8


def test_gaps_in_the_grid_are_unknown(line, quiet_columns, history_of):
    sheet = line()
    history = history_of(sheet, quiet_columns(n=24 * 20))
    surrogate = fit_surrogate(sheet, history)
    holed = replace(history, frame=history.frame.filter(~pl.col("time").dt.day().eq(10)))
    past = past_of(sheet, holed, surrogate, NOW)
    assert len(past.outcome) == 24 * 20
    assert int(np.isnan(past.outcome).sum()) == 24


def test_choices_become_shares_and_still_conditions_are_left_out(line, quiet_columns, history_of):
    sheet = line('feed: {unit: "%"}', "feed: {choices: [A, B, C]}\n  still: {}")
    columns = quiet_columns(n=24 * 60)
    feed = np.array(["A", "B", "C"])[np.arange(24 * 60) // 48 % 3]
    history = history_of(sheet, {**columns, "feed": feed, "still": np.ones(24 * 60)})
    past = past_of(sheet, history, fit_surrogate(sheet, history), NOW)
    assert past.names == ("feed=B", "feed=C")
    assert past.conditions == ("feed",)
    assert past.with_conditions(()).covariates.shape == (len(past.outcome), 0)


def test_batches_without_a_clock_cannot_be_laid_out(line, quiet_columns, history_of):
    sheet = line("period: 1h", "batch: lot")
    history = history_of(sheet, quiet_columns(n=200))
    surrogate = fit_surrogate(sheet, history)
    said = "line: the batches carry no time, so blocks of a trial cannot be laid out: "
    with pytest.raises(InputError, match=f"{said}give the source a time column"):
        past_of(sheet, history, surrogate, NOW)
    unclear = Finding(code="L115", text="call it 'time' there, if it is one of 'Begin', 'End'")
    with pytest.raises(InputError, match=said + unclear.text):
        past_of(sheet, replace(history, findings=(unclear,)), surrogate, NOW)


def test_batches_of_which_some_have_no_time_are_counted(line, quiet_columns, history_of):
    clocked, sheet = line(), line("period: 1h", "batch: lot")
    history = history_of(clocked, quiet_columns(n=200))
    holed = replace(history, frame=history.frame.with_columns(pl.when(pl.int_range(pl.len()) >= 3).then(pl.col("time"))))
    with pytest.raises(InputError, match="line: 3 of 200 batches carry no time that can be read, so blocks of a trial"):
        past_of(sheet, holed, fit_surrogate(sheet, history), NOW)


def test_batches_with_a_clock_stand_one_after_the_other(line, quiet_columns, history_of):
    clocked, sheet = line(), line("period: 1h", "batch: lot")
    history = history_of(clocked, quiet_columns(n=200))
    later = history.frame.with_columns(pl.col("time") + pl.int_range(pl.len()) * timedelta(hours=2))
    past = past_of(sheet, replace(history, frame=later), fit_surrogate(sheet, replace(history, frame=later)), NOW)
    assert past.period_hours == 3.0
    assert len(past.outcome) == 200


def test_batches_of_one_shift_come_as_often_as_they_came(line, quiet_columns, history_of):
    """Eight batches a day, an hour apart: a block of a day holds eight, not the 24 that the usual hour between them says."""
    clocked, sheet = line(), line("period: 1h", "batch: lot")
    history = history_of(clocked, quiet_columns(n=200))
    at = pl.int_range(pl.len())
    shifts = history.frame.with_columns(pl.col("time").first() + at // 8 * timedelta(days=1) + at % 8 * timedelta(hours=1))
    past = past_of(sheet, replace(history, frame=shifts), fit_surrogate(sheet, replace(history, frame=shifts)), NOW)
    assert past.period_hours == pytest.approx(3.0, abs=0.1)
    assert past.hours == 25 * 24.0
    assert np.bincount(past.times.astype(int) // 24).tolist() == [8] * 25


def test_limits_are_as_long_broken_as_at_the_proposed_settings(line, quiet_columns, history_of, recommended):
    """Hot campaigns broke the limit for days; at 75 degC it is broken by what the plant does by itself."""
    sheet, columns = line(), quiet_columns(n=24 * 7 * 20)
    columns["loss"] = columns["loss"] + 1.2 * (columns["temperature"] - 75.0)
    history = history_of(sheet, columns)
    moved = limits_at(sheet, history, fit_surrogate(sheet, history), {"temperature": 75.0, "flow": 15.0})
    itself = columns["loss"] + 1.2 * (75.0 - columns["temperature"])
    assert np.sqrt(np.mean((moved.frame["loss"].to_numpy() - itself) ** 2)) < 0.3 * np.std(columns["loss"])
    assert moved.frame.drop("loss").equals(history.frame.drop("loss"))
    limits = recommended(0.6).limits
    hot, mild = (stop_rules(sheet, h.frame, limits, 1.0, 24.0 * 28, 24.0)[0] for h in (history, moved))
    assert mild.periods < 0.5 * hot.periods


def test_a_limit_that_was_not_learned_stays_as_it_was(line, quiet_columns, history_of):
    sheet, columns = line(), quiet_columns(n=24 * 60)
    columns["loss"] = np.full(len(columns["loss"]), 2.0)  # never moved: nothing to learn
    history = history_of(sheet, columns)
    moved = limits_at(sheet, history, fit_surrogate(sheet, history), {"temperature": 77.0})
    assert moved.frame["loss"].equals(history.frame["loss"])
