"""How wide the interval of a month's re-estimate is: the trial's few blocks, memory, and conditions that leave the trial."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tests.verify.test_decay import DAYS_OF_TRIAL, EFFECT, SHEET, history, trial
from workbench.plant import read_sheet
from workbench.trial_records import Estimate
from workbench.verify.decay import monthly_gains

WITH_WEATHER = read_sheet(
    """\
name: acid
period: 4h
settings: {sulfate: {tag: S, unit: g/L, low: 20, high: 40, max_step: 5}}
conditions: {feed: {unit: "%"}, air: {unit: degC}, gauge: {unit: bar}}
outcomes: {y: {unit: "%"}}
objective: {maximize: y}
""",
    "acid.yaml",
)


@pytest.mark.parametrize(("memory", "half"), [(0.0, 0.05), (0.9, 0.2)])
def test_intervals_hold_the_true_gain(memory: float, half: float) -> None:
    """90 % of them, within what 60 seeds of 4 months can tell: with memory the months share the trial's luck.

    The verdict's half width is that of such a trial: 1.645 sqrt(2) 0.3 / sqrt(224), and sqrt(19) times that.
    """
    plan, verdict = trial()
    effect = Estimate(name="recovery", unit="%", estimate=EFFECT, low=EFFECT - half, high=EFFECT + half, level=0.9)
    verdict = verdict.model_copy(update={"effect": effect})
    held = [
        m.low <= EFFECT <= m.high
        for seed in range(60)
        for m in monthly_gains(SHEET, history({}, seed, memory=memory, feed_later=0.0), plan, verdict)
    ]
    assert 0.8 <= np.mean(held) <= 0.99


def weather(seed: int, slope: float) -> pl.DataFrame:
    """The trial's January at 6 degC, with days and fronts, and months at -2 degC, for which the plan has no covariate."""
    frame = history({}, seed, memory=0.8, feed_later=0.0)
    noise = np.random.default_rng(1000 + seed).normal(size=frame.height)
    for at in range(1, len(noise)):
        noise[at] = 0.98 * noise[at - 1] + 0.2 * noise[at]
    hours = np.arange(frame.height)
    air = np.where(hours < 24 * 31, 6.0, -2.0) + 3.0 * noise + 2.0 * np.sin(2 * np.pi * hours / 24)
    return frame.with_columns(pl.col("@objective") + slope * air, air=pl.Series(air), gauge=pl.lit(1.0))


@pytest.mark.parametrize("slope", [0.0, 0.06])
def test_conditions_that_leave_the_trial_widen_a_month(slope: float) -> None:
    """Eight degrees colder: at 0.06 a degree all of the gain, which is not lost; 90 % of the intervals hold what is there."""
    plan, verdict = trial()
    effect = Estimate(name="recovery", unit="%", estimate=EFFECT, low=EFFECT - 0.1, high=EFFECT + 0.1, level=0.9)
    verdict = verdict.model_copy(update={"effect": effect})
    runs = [monthly_gains(WITH_WEATHER, weather(seed, slope), plan, verdict) for seed in range(40)]
    assert np.mean([m.low <= EFFECT <= m.high for months in runs for m in months]) >= 0.85
    assert np.mean([months[0].below for months in runs]) <= 0.1
    mild = monthly_gains(SHEET, weather(0, 0.0), plan, verdict)
    assert runs[0][0].high - runs[0][0].low > 1.2 * (mild[0].high - mild[0].low)


def test_a_month_most_of_which_lies_beyond_the_trial_says_so() -> None:
    plan, verdict = trial()
    cold = weather(0, 0.0).with_columns(air=pl.when(pl.col("time").dt.month() == 2).then(-40.0).otherwise("air"))
    february, *_ = months = monthly_gains(WITH_WEATHER, cold, plan, verdict)
    assert february.beyond == "100 % of its periods, most often by air"
    assert february.payload()["beyond"] == february.beyond
    assert february.high - february.low > 2 * (months[1].high - months[1].low)
    assert "beyond" not in monthly_gains(SHEET, history({}, feed_later=0.0), plan, verdict)[0].payload()


def test_a_month_is_no_surer_than_the_verdict_of_its_present_blocks() -> None:
    """One arm has at least the verdict's half width over the square root of two."""
    plan, verdict = trial()
    month = monthly_gains(SHEET, history({}, feed_later=0.0), plan, verdict)[0]
    assert month.high - month.low > 2 * 0.2 / np.sqrt(2)
    assert month.high - month.gain == pytest.approx(month.gain - month.low)


def test_blocks_that_differ_more_than_their_hours_tell_widen_a_month() -> None:
    """Every present block off by its own step, sd 0.3: 14 of them leave 0.08, and a t quantile of 1.77."""
    plan, verdict = trial()
    effect = Estimate(name="recovery", unit="%", estimate=EFFECT, low=EFFECT - 0.01, high=EFFECT + 0.01, level=0.9)
    rng = np.random.default_rng(4)
    frame = history({}, feed_later=0.0)
    steps = np.repeat(np.where(np.arange(180) < DAYS_OF_TRIAL, 0.3 * rng.normal(size=180), 0.0), 24)
    frame = frame.with_columns(pl.col("@objective") + pl.Series(steps + 0.3 * rng.normal(size=len(steps))))
    month = monthly_gains(SHEET, frame, plan, verdict.model_copy(update={"effect": effect}))[0]
    assert (month.high - month.low) / 2 > 0.75 * 1.77 * 0.3 / np.sqrt(14)
