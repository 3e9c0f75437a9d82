"""Rehearsals: the same block means and the same test as verification has, and no more false alarms than promised."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom, norm

from workbench.switchback import block_means, switchback_effect
from workbench.switchback.looks import look_p_value
from workbench.trial_records import Block, Look
from workbench.trials.layout import lay_out
from workbench.trials.past import Past
from workbench.trials.power import rehearse

DAY = datetime(2026, 1, 5)  # noqa: DTZ001  plant time


def _layout(n=20, block=24, washout=6.0, settling=0.0):
    moments = [DAY + timedelta(hours=k * block) for k in range(n + 1)]
    return lay_out(moments, DAY, 1.0, settling_hours=settling, washout_hours=washout, ramp=[(0.0, 1.0)])


@pytest.fixture
def past_of_noise(memory):
    def made(seed=0, days=350, phi=0.9, share=0.6):
        rng = np.random.default_rng(seed)
        feed = memory(rng, 24 * days, 0.98)
        rest = memory(rng, 24 * days, phi)
        return Past(np.sqrt(share) * feed + np.sqrt(1 - share) * rest, feed[:, None], ("feed",), 1.0)

    return made


def test_block_means_are_those_of_verification(past_of_noise):
    past, layout = past_of_noise(), _layout()
    past.outcome[100:130] = np.nan
    rehearsal = rehearse(past, layout, 1, seed=0)
    start = datetime(2026, 1, 5, tzinfo=UTC)
    times = [start + timedelta(hours=k) for k in range(len(past.outcome))]
    frame = pl.DataFrame({"time": times, "y": past.outcome, "feed": past.covariates[:, 0]}).with_columns(
        pl.col("time").cast(pl.Datetime("us", "UTC")), pl.col("y").fill_nan(None)
    )
    blocks = [
        Block(
            number=k + 1,
            start=(start + timedelta(hours=24 * k)).isoformat(),
            washout_until=(start + timedelta(hours=24 * k + 6)).isoformat(),
            end=(start + timedelta(hours=24 * k + 24)).isoformat(),
            arm="present",
        )
        for k in range(20)
    ]
    expected = block_means(frame, blocks, 1.0, ["y", "feed"])
    lost = np.isnan(rehearsal.outcomes[0])
    assert lost.sum() == 1  # the block of which fewer than half of the hours are left
    assert np.allclose(rehearsal.outcomes[0][~lost], expected["y"].to_numpy()[~lost])
    assert np.allclose(rehearsal.covariates[0][:, 0], expected["feed"].to_numpy())


def test_power_counts_what_switchback_effect_finds(past_of_noise):
    rehearsal = rehearse(past_of_noise(), _layout(settling=6.0), 40, seed=3)
    found = 0
    for outcome, known, order in zip(rehearsal.outcomes, rehearsal.covariates, rehearsal.orders, strict=True):
        shifted = outcome + 0.4 * rehearsal.layout.kept @ order
        found += switchback_effect(shifted, order, known).p_value <= 0.05
    assert rehearsal.power(0.4) == found / 40
    assert 0 < found < 40


def test_an_uneven_effect_comes_by_block(past_of_noise):
    past = past_of_noise(phi=0.5)
    uneven = 1.0 + np.sign(np.sin(2 * np.pi * np.arange(len(past.outcome)) / (24 * 14)))  # a week of twice, a week of nothing
    uneven[50] = np.nan
    even, other = (rehearse(one, _layout(), 60, seed=3) for one in (past, replace(past, uneven=uneven)))
    assert np.all(even.uneven == 1.0)
    assert set(np.round(other.uneven[0][:14], 6)) == {0.0, 2.0}
    found = 0
    for outcome, known, order, share in zip(other.outcomes, other.covariates, other.orders, other.uneven, strict=True):
        shifted = outcome + 0.3 * share * (other.layout.kept @ order)
        found += switchback_effect(shifted, order, known).p_value <= 0.05
    assert other.power(0.3) == found / 60 < even.power(0.3)


def test_without_an_effect_it_cries_wolf_as_often_as_it_may(past_of_noise):
    runs = 600
    share = rehearse(past_of_noise(phi=0.97), _layout(), runs, seed=1).power(0.0)
    low, high = binom.interval(0.999, runs, 0.05)
    assert low / runs <= share <= high / runs


def test_power_grows_with_the_effect_and_with_covariates(past_of_noise):
    rehearsal = rehearse(past_of_noise(share=0.8), _layout(), 200, seed=0)
    powers = [rehearsal.power(effect) for effect in (0.0, 0.2, 0.5, 1.0)]
    assert powers == sorted(powers)
    assert rehearsal.power(0.3) > rehearsal.power(0.3, covariates=False) + 0.2
    assert rehearsal.noise < 0.7 * rehearsal.noise_without


def test_assurance_is_power_over_all_effects_that_may_be(past_of_noise):
    rehearsal = rehearse(past_of_noise(), _layout(), 400, seed=2)
    effect, spread = 0.5, 0.25
    effects = effect + spread * norm.ppf((np.arange(20) + 0.5) / 20)
    over_all = np.mean([rehearsal.power(each) for each in effects])
    assert rehearsal.power(effect, spread=spread) == pytest.approx(over_all, abs=0.04)
    assert over_all < rehearsal.power(effect) - 0.04


def test_looks_say_when_a_trial_is_over(past_of_noise):
    rehearsal = rehearse(past_of_noise(), _layout(), 60, seed=2)
    looks = [Look(after_block=n, alpha_spent=spent) for n, spent in ((20, 0.01), (28, 0.05))]
    counts = np.zeros(2)
    for outcome, known, order in zip(rehearsal.outcomes, rehearsal.covariates, rehearsal.orders, strict=True):
        shifted = outcome + 0.5 * rehearsal.layout.kept @ order
        is_early = look_p_value(shifted[:20], order[:20], known[:20], [(20, 0.01)]) <= 0.01
        counts += is_early, is_early or switchback_effect(shifted, order, known).p_value <= 0.045
    early, end = rehearsal.over_by(0.5, looks)
    assert early == counts[0] / 60 > 0.0
    assert counts[1] / 60 <= end <= rehearsal.power(0.5) + early
    assert rehearsal.over_by(0.5, looks[1:]) == (rehearsal.power(0.5),)


def test_the_past_is_gone_through_in_whole_days_or_weeks():
    past = Past(np.arange(24.0 * 7 * 10) % 24, np.empty((24 * 7 * 10, 0)), (), 1.0)
    for weekly in (False, True):
        outcomes = rehearse(past, _layout(n=14), 25, seed=0, weekly=weekly).outcomes
        assert np.allclose(outcomes, 14.5)  # mean of hours 6 to 23: every start is at midnight


@pytest.mark.parametrize("late", [0, 9, 24 * 3 + 9])
def test_blocks_keep_their_time_of_day_and_of_the_week_wherever_the_past_begins(late):
    """Daily blocks from a Monday's midnight; the past begins some hours after one."""
    hours = np.arange(24.0 * 7 * 10) + late
    for rhythm, weekly in ((24, False), (24 * 7, True)):
        past = Past(hours % rhythm, np.empty((len(hours), 0)), (), 1.0, start=DAY + timedelta(weeks=-20, hours=late))
        outcomes = rehearse(past, _layout(n=14), 25, seed=0, weekly=weekly).outcomes
        assert np.allclose(outcomes, (np.arange(14) * 24 + 14.5) % rhythm)  # mean of hours 6 to 23 of the day


def test_a_past_shorter_than_the_trial_is_gone_round():
    past = Past(np.arange(24.0 * 3), np.empty((72, 0)), (), 1.0)
    outcomes = rehearse(past, _layout(n=6, washout=0.0), 1, seed=0).outcomes[0]
    assert outcomes.tolist() == pytest.approx([11.5, 35.5, 59.5] * 2)
