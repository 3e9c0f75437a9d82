"""The picture of a trial agrees with its verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from workbench.switchback import stamp
from workbench.trial_records import Look
from workbench.verify.picture import trial_picture


@pytest.mark.parametrize(("effect", "seed"), [(1.0, 0), (0.0, 1), (0.2, 2)])
def test_the_share_of_orders_that_look_as_good_is_the_verdict_s_p(run_trial, effect, seed):
    trial = run_trial(effect=effect, seed=seed)
    picture, verdict = trial_picture(trial.sheet, trial.plan, trial.evidence), trial.verdict()
    assert picture.orders.size == verdict.n_orders
    assert np.mean(picture.orders >= picture.orders[0] - 1e-9) == pytest.approx(verdict.p_value)
    assert picture.orders.mean() == pytest.approx(0.0, abs=1e-9)  # each pair goes either way as often


def test_the_real_order_shows_about_the_effect(run_trial):
    trial = run_trial(effect=1.0)
    picture = trial_picture(trial.sheet, trial.plan, trial.evidence)
    assert picture.orders[0] == pytest.approx(trial.verdict().effect.estimate, abs=0.2)


def test_blocks_are_those_that_are_over_and_lost_ones_are_marked(run_trial):
    trial = run_trial()
    spoilt = trial.edit("recovery", None, trial.rows(5)).edit("@objective", None, trial.rows(5))
    spoilt = spoilt.edit("reason", "objective missing", trial.rows(5))
    evidence = spoilt.evidence
    end = stamp(trial.plan.start) + timedelta(hours=24 * 7)
    evidence = replace(evidence, frame=evidence.frame.filter(pl.col("time") < end))
    blocks = trial_picture(trial.sheet, trial.plan, evidence).blocks
    assert blocks["block"].to_list() == [1, 2, 3, 4, 5, 6, 7]
    assert blocks.filter("is_lost")["block"].to_list() == [5]
    assert blocks["gain"].null_count() == 1
    assert blocks["arm"].to_list() == [block.arm for block in trial.plan.blocks[:7]]


def test_before_the_first_block_is_over_there_is_nothing_to_see(run_trial):
    trial = run_trial()
    evidence = replace(trial.evidence, frame=trial.frame.filter(pl.col("time") < stamp(trial.plan.start)))
    picture = trial_picture(trial.sheet, trial.plan, evidence)
    assert picture.blocks.is_empty()
    assert picture.orders.size == 0


def test_orders_are_those_of_the_plan_s_looks_alone(run_trial):
    """The verdict measures nothing between two looks, so the picture must not either."""
    trial = run_trial(effect=1.0)
    n = len(trial.plan.blocks)
    early = Look(after_block=n // 2, alpha_spent=0.006)
    plan = trial.plan.model_copy(update={"looks": (early, trial.plan.looks[-1])})

    def orders_after(blocks: int) -> int:
        frame = trial.evidence.frame.filter(pl.col("time") < stamp(plan.blocks[blocks - 1].end))
        return trial_picture(trial.sheet, plan, replace(trial.evidence, frame=frame)).orders.size

    assert orders_after(n // 2 - 2) == 0
    assert orders_after(n // 2) == orders_after(n - 2) == 2 ** (n // 4)
    assert orders_after(n) > 2 ** (n // 4)
