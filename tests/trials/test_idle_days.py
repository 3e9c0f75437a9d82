"""Days of the week on which the plant never runs: said in the plan, with what `weekends: false` would change."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from workbench.models.surrogates.surrogate import fit_surrogate
from workbench.switchback import draw_order, switchback_effect
from workbench.trial_records import Look
from workbench.trials import candidates, past_of, plan_switchback
from workbench.trials import plan as plan_module
from workbench.trials.calendar import ShiftCalendar
from workbench.trials.candidates import Question, consider
from workbench.trials.idle_days import idle_days, idle_notes
from workbench.trials.layout import lay_out
from workbench.trials.past import Past
from workbench.trials.power import rehearse

MONDAY = datetime(2026, 1, 5)  # noqa: DTZ001  plant time
DAYS = np.arange(24 * 7 * 26) // 24
WEDNESDAY, FRIDAY, SATURDAY, SUNDAY = 2, 4, 5, 6
PLAIN = {"settling_hours": 0.0, "washout_hours": 0.0, "ramp": [(0.0, 1.0)]}


@pytest.fixture
def past_with_idle(memory):
    """Half a year from a weekday (0: Monday) on, in which the plant stands on some days."""

    def made(idle, seed=0, begins=3):
        outcome = memory(np.random.default_rng(seed), len(DAYS), 0.95)
        outcome[np.isin((DAYS + begins) % 7, idle)] = np.nan
        return Past(outcome, np.empty((len(DAYS), 0)), (), 1.0, start=MONDAY + timedelta(days=begins - 210))

    return made


@pytest.mark.parametrize("begins", range(7))
def test_days_are_those_of_the_calendar(past_with_idle, begins):
    assert idle_days(past_with_idle([SUNDAY], begins=begins)) == (SUNDAY,)
    assert idle_days(past_with_idle([WEDNESDAY, SATURDAY], begins=begins)) == (WEDNESDAY, SATURDAY)
    assert idle_days(past_with_idle([], begins=begins)) == ()


def test_a_day_that_starts_in_the_evening_is_the_one_that_it_holds_most_of():
    outcome = np.where(np.arange(7 * 26) % 7 == SUNDAY, np.nan, 0.0)
    start = MONDAY - timedelta(hours=2)  # periods of a day from 22:00 on
    assert idle_days(Past(outcome, np.empty((len(outcome), 0)), (), 24.0, start=start)) == (SUNDAY,)


def test_where_no_day_of_the_week_is_known_none_is_idle(past_with_idle):
    past = past_with_idle([SUNDAY])
    assert idle_days(replace(past, start=None)) == ()
    assert idle_days(replace(past, outcome=past.outcome[: 24 * 20])) == ()
    assert idle_days(past_with_idle(range(7))) == ()  # nothing counts at all: another matter


def _notes(past, block, monkeypatch, weekends=True):
    monkeypatch.setattr(candidates, "BLOCK_HOURS", (block,))
    monkeypatch.setattr(candidates, "RUNS", 80)
    calendar = ShiftCalendar(ZoneInfo("UTC"), (time(0),), weekends, nights=True, period=timedelta(hours=1))
    question = Question(0.45, 0.0, 4.0, 4.0, [(0.0, 1.0)], 0.0, MONDAY, timedelta(weeks=10), MONDAY, 0)
    [chosen] = consider(past, calendar, question)
    return idle_notes(past, calendar, question, chosen, chosen.power, 300), chosen


def test_blocks_on_idle_days_are_counted(past_with_idle, monkeypatch):
    [said], chosen = _notes(past_with_idle([WEDNESDAY]), 24, monkeypatch)
    lost = sum(moment.weekday() == WEDNESDAY for moment in chosen.boundaries[:-1])
    hours = lost / chosen.n_blocks
    assert said == (
        "Wednesdays hold hardly any usable periods in the past (the plant not running, or no result): they take "
        f"{100 * hours:.0f} % of the planned hours, and {lost} of its {chosen.n_blocks} blocks fall mostly on them and yield"
        " no result; the power counts with that."
    )


def test_rules_that_keep_off_the_day_already_lose_no_block(past_with_idle, monkeypatch):
    [said], _ = _notes(past_with_idle([SUNDAY]), 24, monkeypatch, weekends=False)
    assert said.startswith("Sundays hold hardly any")
    assert "they take 14" in said
    assert "no block is lost so" in said


def _found(seeds, memory, boundaries, effect, idle=(SUNDAY,)):
    """Share of trials on plants of their own, idle on some days, in which the verdict's test finds the effect."""
    found = 0
    for seed in seeds:
        rng = np.random.default_rng(seed)
        noise, hours = memory(rng, 24 * 7 * 11, 0.95), [int((m - MONDAY) / timedelta(hours=1)) for m in boundaries]
        order, means = draw_order(len(hours) - 1, seed), []
        for is_proposed, start, end in zip(order, hours[:-1], hours[1:], strict=True):
            at = np.arange(start + 4, end)
            runs = ~np.isin(at // 24 % 7, idle)
            means.append(noise[at[runs]].mean() + effect * is_proposed if runs.any() else np.nan)
        found += switchback_effect(np.array(means), order).p_value <= 0.05
    return found / len(seeds)


@pytest.mark.parametrize(("idle", "block", "advised"), [((SATURDAY, SUNDAY), 24, True), ((SUNDAY,), 24, False)])
def test_the_advice_holds_on_plants_that_did_not_give_it(past_with_idle, memory, monkeypatch, idle, block, advised):
    """Of daily blocks those that keep off two idle days find more; off one, so many fewer are left that they find less."""
    notes, chosen = _notes(past_with_idle(idle), block, monkeypatch)
    assert len(notes) == 2
    assert notes[1].startswith(
        "Write `trial: {weekends: false}`" if advised else "`trial: {weekends: false}` in the sheet would"
    )
    n, before = int(re.search(r"hold (\d+) blocks, none", notes[1])[1]), len(chosen.boundaries) - 1
    calendar = ShiftCalendar(ZoneInfo("UTC"), (time(0),), weekends=False, nights=True, period=timedelta(hours=1))
    other = calendar.boundaries(MONDAY, timedelta(hours=block), n)
    assert n < before
    assert other[-1] <= chosen.boundaries[-1]
    now, then = (_found(range(400), memory, moments, 0.45, idle) for moments in (chosen.boundaries, other))
    assert (then > now) is advised


def test_a_plan_says_it(line, quiet_columns, history_of, recommended, monkeypatch):
    monkeypatch.setattr(candidates, "BLOCK_HOURS", (24,))
    monkeypatch.setattr(plan_module, "RUNS", 100)
    sheet = line("objective:", "trial: {start_hours: ['00:00']}\nobjective:")
    history = history_of(sheet, quiet_columns())
    is_sunday = pl.col("time").dt.convert_time_zone("Europe/Berlin").dt.weekday() == 7
    reason = pl.when(is_sunday).then(pl.lit("not running")).otherwise(pl.col("reason")).alias("reason")
    stands = replace(history, frame=history.frame.with_columns(reason))
    recommendation, said = recommended(0.6), []
    for one in (history, stands):
        past = past_of(sheet, one, fit_surrogate(sheet, one), {s.name: s.now for s in recommendation.settings})
        made = plan_switchback(sheet, one, past, recommendation, record_sha256="f" * 64, created="")
        said.append([note[:32] for note in made.notes if "usable periods" in note or "weekends: false" in note])
    assert said[0] == []
    assert said[1][0] == "Sundays hold hardly any usable p"
    assert len(said[1]) == 2


@pytest.mark.parametrize("weekends", [True, False])
def test_a_block_that_an_idle_day_shortens_is_not_lost(past_with_idle, monkeypatch, weekends):
    """Friday's block over a weekend at which nothing runs has all the results that are due: those of Friday."""
    past = past_with_idle([SATURDAY, SUNDAY])
    [said, *_], chosen = _notes(past, 24 if not weekends else 72, monkeypatch, weekends=weekends)
    layout, starts = chosen.layout, [moment.weekday() for moment in chosen.boundaries[:-1]]
    assert "no block is lost so" in said or weekends
    assert {int(layout.due[k]) for k, day in enumerate(starts) if day == FRIDAY} == {20}  # the first four are washed out
    whole = rehearse(past, layout, 50, 0)
    assert np.isfinite(whole.outcomes[:, [k for k, day in enumerate(starts) if day == FRIDAY]]).all()


def test_a_rehearsal_with_too_few_pairs_for_a_verdict_finds_nothing(past_with_idle):
    """Eight pairs of which two are lost have 64 orders: a verdict that asks for 100 would say nothing."""
    past = past_with_idle([SUNDAY])
    moments = [MONDAY + timedelta(days=k) for k in range(17)]
    lost = rehearse(past, lay_out(moments, MONDAY, 1.0, **PLAIN, idle=[SUNDAY]), 50, 0)
    assert lost.power(100.0) == 0.0
    looks = [Look(after_block=14, alpha_spent=0.03), Look(after_block=16, alpha_spent=0.05)]
    assert lost.over_by(100.0, looks) == (0.0, 0.0)
    moments = [moment + timedelta(days=(moment - MONDAY).days // 6) for moment in moments]  # Saturday's lasts over Sunday
    kept = rehearse(past, lay_out(moments, MONDAY, 1.0, **PLAIN, idle=[SUNDAY]), 50, 0)
    assert kept.power(100.0) == 1.0
    assert kept.over_by(100.0, looks) == (1.0, 1.0)


def _batches(rng, days, per_day, idle):
    """When batches begin that come at random on the days on which a plant runs [h from a Monday on]."""
    runs = [day for day in range(days) if day % 7 not in idle]
    return np.concatenate([24.0 * day + np.sort(rng.uniform(0.0, 24.0, per_day)) for day in runs])


def _of_batches(memory, per_day, idle, weeks=52):
    rng = np.random.default_rng(5)
    times = _batches(rng, 7 * weeks, per_day, idle)
    start = MONDAY - timedelta(weeks=weeks)
    apart = 168.0 * weeks / len(times)
    return Past(memory(rng, len(times), 0.7), np.empty((len(times), 0)), (), apart, start=start, times=times)


def test_batches_know_their_idle_days(memory, monkeypatch):
    """The blocks of the day on which none comes are lost in rehearsal, too."""
    past = _of_batches(memory, 6, [SUNDAY])
    assert idle_days(past) == (SUNDAY,)
    said, chosen = _notes(past, 24, monkeypatch)
    assert said[0].startswith("Sundays hold hardly any usable batches in the past")
    lost = [moment.weekday() == SUNDAY for moment in chosen.boundaries[:-1]]
    assert f"{sum(lost)} of its {chosen.n_blocks} blocks fall mostly on them" in said[0]
    assert np.isnan(rehearse(past, chosen.layout, 20, 0).outcomes).all(axis=0).tolist() == lost


def test_a_day_with_some_batches_is_not_idle_nor_are_days_of_a_few_batches_in_all(memory):
    assert idle_days(_of_batches(memory, 1, [SATURDAY, SUNDAY])) == (SATURDAY, SUNDAY)  # 34 h from one to the next
    assert idle_days(_of_batches(memory, 1, [SATURDAY, SUNDAY], weeks=9)) == ()
    past = _of_batches(memory, 1, [])
    is_kept = (past.times // 24 % 7 < SUNDAY) | (past.times // 168 < 8)  # on 8 of 52 Sundays
    assert idle_days(replace(past, outcome=past.outcome[is_kept], times=past.times[is_kept])) == ()


@pytest.mark.parametrize(
    ("idle", "per_day", "block", "n", "effect"),
    [((SATURDAY, SUNDAY), 2, 12, 56, 0.56), ((SATURDAY, SUNDAY), 2, 72, 28, 0.7), ((4, SATURDAY, SUNDAY), 1, 48, 34, 0.9)],
)
def test_the_power_of_batches_is_that_of_trials_on_other_plants(memory, idle, per_day, block, n, effect):
    """Blocks wholly on idle days, partly, and such as no batch happens to begin in."""
    moments = [MONDAY + timedelta(hours=block * k) for k in range(n + 1)]
    past = _of_batches(memory, per_day, idle, weeks=1040)  # so long that it does not differ by luck
    layout = lay_out(moments, MONDAY, past.grain_hours, **PLAIN, idle=idle_days(past))
    assert layout.is_possible
    said, found = rehearse(past, layout, 400, 0).power(effect), 0
    for seed in range(300):
        rng, order = np.random.default_rng(seed), draw_order(n, seed)
        times = _batches(rng, block * n // 24 + 1, per_day, idle)
        own, means = np.digitize(times, block * np.arange(n + 1)) - 1, np.full(n, np.nan)
        noise = memory(rng, len(times), 0.7)
        for k in set(own[own < n]):
            means[k] = noise[own == k].mean() + effect * order[k]
        measured = switchback_effect(means, order)
        found += measured.blocks_used >= 14 and measured.p_value <= 0.05
    assert said == pytest.approx(found / 300, abs=0.08)
