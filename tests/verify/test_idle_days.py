"""Days of the week on which no result is due, as the plan says: a block that lasts over them misses nothing."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from workbench.prepare.usable import OBJECTIVE_MISSING
from workbench.switchback import stamp
from workbench.trial_records import TrialPlan
from workbench.verify.counted import count_periods

SATURDAY, SUNDAY = 5, 6


@pytest.fixture
def over_a_weekend(run_trial):
    """Friday's block, lasting until Monday's; at the weekend nothing is measured."""
    trial = run_trial()
    friday = trial.plan.blocks[4]
    assert stamp(friday.start).weekday() == 4
    until = stamp(friday.end) + timedelta(days=2)
    block = friday.model_copy(update={"end": until.isoformat()})
    at_weekend = pl.col("time").is_between(stamp(friday.end), until, closed="left")
    frame = trial.frame.with_columns(
        pl.when(at_weekend)
        .then(pl.lit({"present": 70.0, "proposed": 74.0}[block.arm]))
        .otherwise("temperature")
        .alias("temperature"),
        pl.when(at_weekend).then(pl.lit(OBJECTIVE_MISSING)).otherwise("reason").alias("reason"),
    )

    def counted(idle_days, rows=frame, stood="temperature"):
        plan = trial.plan.model_copy(update={"idle_days": idle_days})
        return count_periods(trial.sheet, plan, rows.with_columns(stood), 1.0, [block])

    return counted, frame.filter(~at_weekend)


def test_idle_days_are_not_missed(over_a_weekend):
    counted, without = over_a_weekend
    missed, known = counted(()), counted((SATURDAY, SUNDAY))
    assert missed.lost == {5}
    assert {d.kind for d in missed.deviations} == {"no result", "lost block"}
    for one in (known, counted((SATURDAY, SUNDAY), without)):  # whether the records have rows for these days or none
        assert one.lost == set()
        assert one.deviations == ()
        assert (one.hours_planned, one.hours_counted) == ({5: 12.0}, {5: 12.0})


def test_a_gap_on_a_day_that_counts_is_missed_all_the_same(over_a_weekend):
    counted, without = over_a_weekend
    first = without.filter(pl.col("time") < without["time"][0] + timedelta(days=4, hours=15))  # three hours after the washout
    assert counted((SATURDAY, SUNDAY), first).lost == {5}


@pytest.mark.parametrize("stood_at", [0.0, None], ids=["shut down", "not recorded"])
def test_what_is_set_on_idle_days_is_no_departure_from_the_plan(over_a_weekend, stood_at):
    """A plant that is shut down from Friday night to Monday morning was run as planned."""
    counted, without = over_a_weekend
    idle = counted((SATURDAY, SUNDAY)).frame.filter(pl.col("time").dt.weekday() > SATURDAY)["time"].implode()
    stood = pl.when(pl.col("time").is_in(idle)).then(pl.lit(stood_at)).otherwise("temperature").alias("temperature")
    known = counted((SATURDAY, SUNDAY), stood=stood)
    assert known.frame.height == 72
    assert (known.deviations, known.lost, known.adherence) == ((), set(), counted((), without).adherence)


def _by_batch(trial):
    return trial.sheet.model_copy(update={"period": None, "batch": "lot"})


@pytest.mark.parametrize("is_batch", [False, True])
def test_a_block_that_lies_on_idle_days_altogether_is_lost_as_planned(run_trial, is_batch):
    trial = run_trial()
    [block] = [one for one in trial.plan.blocks if stamp(one.start).weekday() == SUNDAY and stamp(one.start).hour == 0][:1]
    sheet = _by_batch(trial) if is_batch else trial.sheet
    plan = trial.plan.model_copy(update={"idle_days": (SUNDAY,)})
    for rows in (trial.frame, trial.frame.filter(pl.col("time").dt.weekday() <= SUNDAY)):
        counted = count_periods(sheet, plan, rows, 1.0, [block])
        assert (counted.lost, counted.foreseen, counted.deviations) == ({block.number}, {block.number}, ())


def test_a_block_without_a_batch_on_a_day_that_counts_is_a_deviation(run_trial):
    trial = run_trial()
    block = trial.plan.blocks[4]
    plan = trial.plan.model_copy(update={"idle_days": (SUNDAY,)})
    none = trial.frame.filter(~pl.col("time").is_between(stamp(block.start), stamp(block.end)))
    counted = count_periods(_by_batch(trial), plan, none, 1.0, [block])
    assert counted.foreseen == frozenset()
    assert [d.text for d in counted.deviations] == ["nothing came that could count: its pair is out"]


def test_plans_keep_their_ids(run_trial):
    plan = run_trial().plan
    old = plan.to_json().replace(' "idle_days": [],\n', "")
    assert old != plan.to_json()
    assert TrialPlan.from_json(old).identified().id == plan.id
    assert plan.model_copy(update={"idle_days": (SUNDAY,)}).identified().id != plan.id
