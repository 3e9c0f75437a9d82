"""Changes made without a trial: graded C or D, never verified, with the warning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from scipy.signal import lfilter

from tests.made import made_proposal
from workbench.plant import Sheet, read_sheet
from workbench.records import Gain, Recommendation, SettingLine
from workbench.show.verdict_table import verdict_table
from workbench.trial_records import TrialLineage, Verdict
from workbench.verify.change import change_verdict
from workbench.verify.trial import Evidence
from workbench.wording import percent_text

START = datetime(2025, 6, 2, tzinfo=UTC)
BEFORE, AFTER = 4000, 500
LINEAGE = TrialLineage(
    sheet_sha256="a" * 64, source_sha256="b" * 64, records_read=0, records_used=0, periods_in=0, periods_counted=0, code="0"
)


def recommended(sheet: Sheet) -> Recommendation:
    line = SettingLine(name="temperature", tag="temperature", unit="degC", now=70.0, proposed=74.0, low=60, high=90, max_step=5)
    other = SettingLine(name="flow", tag="flow", unit="m3/h", now=15.0, proposed=15.0, low=10, high=20, max_step=2)
    gain = Gain(objective="recovery", unit="%", expected=1.0, low=0.4, high=1.6, level=0.9)
    until = START + timedelta(hours=BEFORE - 200)
    return made_proposal(
        sheet.name, (line, other), gain, id="line-20250101T0000Z-aaaaaa", from_=START.isoformat(), to=until.isoformat()
    )


def history(effect: float, memory: float = 0.97, seed: int = 0, feed_after: float = 0.0) -> pl.DataFrame:
    n = BEFORE + AFTER
    rng = np.random.default_rng(seed)
    after = np.arange(n) >= BEFORE
    noise = np.asarray(lfilter([1.0], [1.0, -memory], rng.normal(size=n) * np.sqrt(1 - memory**2)))
    feed = rng.normal(size=n) + feed_after * after
    recovery = 80.0 + noise + feed + effect * after
    return pl.DataFrame(
        {
            "time": pl.Series([START + timedelta(hours=i) for i in range(n)], dtype=pl.Datetime("us", "UTC")),
            "temperature": 70.0 + 4.0 * after,
            "flow": np.full(n, 15.0),
            "feed": feed,
            "recovery": recovery,
            "loss": np.full(n, 2.0),
            "@objective": recovery,
            "reason": pl.Series([None] * n, dtype=pl.String),
        }
    )


def judged(frame: pl.DataFrame, text: str) -> Verdict:
    sheet = read_sheet(text, "line.yaml")
    return change_verdict(sheet, recommended(sheet), Evidence(frame, 1.0, LINEAGE), "2026-06-01T00:00:00+00:00")


def test_a_matched_comparison_is_grade_c_and_never_verified(line_text):
    verdict = judged(history(effect=8.0), line_text)
    assert (verdict.grade, verdict.status, verdict.final, verdict.plan) == ("C", None, False, None)
    assert verdict.effect.low < 8.0 < verdict.effect.high
    assert verdict.adherence == 1.0
    assert "never verifies" in verdict.reasons[0]
    assert [d.kind for d in verdict.deviations] == ["no trial"]


def test_the_warning_counts_this_plant_s_own_past(line_text):
    verdict = judged(history(effect=0.0), line_text)
    assert verdict.placebo_rate > 0.2  # autocorrelation 0.97: the usual test is wrong far more often than in 5 %
    assert f"({percent_text(verdict.placebo_rate)}); it promises 5 %" in verdict.reasons[1]


def test_the_interval_is_as_wide_as_the_past_strays(line_text):
    """Of twelve plants without an effect the interval misses zero on at most four (more has a chance of 1 in 200 at 10 %)."""
    verdicts = [judged(history(effect=0.0, seed=seed), line_text) for seed in range(12)]
    assert sum(not v.effect.low <= 0.0 <= v.effect.high for v in verdicts) <= 4


def test_a_plant_without_conditions_gets_grade_d(line_text):
    text = line_text.replace('conditions:\n  feed: {unit: "%"}\n', "")
    verdict = judged(history(effect=5.0), text)
    assert verdict.grade == "D"
    assert verdict.value_per_year.expected == pytest.approx(100_000 * verdict.effect.estimate)


def with_costs(text: str) -> str:
    costs = 'costs: [{formula: "25*flow", unit: EUR/h}]'
    return text.replace("value_per_unit: 100000}", f"value_per_unit: 100000, {costs}}}")


def test_money_after_costs_is_compared_as_the_objective_is(line_text):
    """1.25 EUR/h more over 8000 h are 10,000 EUR a year, whatever the gain."""
    frame = history(effect=5.0).with_columns(pl.lit(375.0).alias("@cost"))
    plain, level = judged(frame, line_text), judged(frame, with_costs(line_text))
    assert level.value_per_year.expected == pytest.approx(plain.value_per_year.expected)
    assert level.value_per_year.low == pytest.approx(plain.value_per_year.low)
    dearer = frame.with_columns(pl.when(pl.col("temperature") > 72).then(376.25).otherwise(375.0).alias("@cost"))
    verdict = judged(dearer, with_costs(line_text))
    assert verdict.effect == plain.effect
    assert verdict.value_per_year.expected == pytest.approx(plain.value_per_year.expected - 10_000.0)
    assert verdict.value_per_year.high == pytest.approx(plain.value_per_year.high - 10_000.0)
    assert "Not priced" not in verdict_table(verdict)


def test_costs_that_are_not_known_are_said_not_to_be(line_text):
    frame = history(effect=5.0).with_columns(pl.lit(None, pl.Float64).alias("@cost"))
    verdict = judged(frame, with_costs(line_text))
    assert verdict.value_per_year is None
    assert [d.kind for d in verdict.deviations] == ["no trial", "not priced"]
    said = " ".join(verdict_table(verdict).split())
    assert "Worth: Not priced: the costs are known in too few periods to compare money before and after the change." in said
    assert "gives no yearly money value" not in said


def test_a_change_that_was_never_made_is_a_promise_only(line_text):
    frame = history(effect=0.0).with_columns(pl.lit(70.0).alias("temperature"))
    verdict = judged(frame, line_text)
    assert (verdict.grade, verdict.effect) == ("E", None)
    assert "nowhere show that the proposed settings were set" in verdict.reasons[0]


def test_a_change_from_before_the_recommendation_is_not_its_own(line_text):
    frame = history(effect=0.0).with_columns(
        pl.when(pl.int_range(pl.len()) < BEFORE - 1000).then(74.0).otherwise(70.0).alias("temperature")
    )
    assert judged(frame, line_text).grade == "E"


def test_a_short_time_after_is_too_little(line_text):
    frame = history(effect=0.0).head(BEFORE + 5)
    verdict = judged(frame, line_text)
    assert verdict.grade == "E"
    assert "too few periods" in verdict.reasons[0]


def test_limits_are_given_before_and_after(line_text):
    frame = history(effect=0.0).with_columns(pl.when(pl.col("temperature") > 72).then(5.0).otherwise(2.0).alias("loss"))
    limit = judged(frame, line_text).limits[0]
    assert (limit.held_present, limit.held_proposed) == (1.0, 0.0)


def test_what_comes_back_is_written_as_it_is_read(line_text):
    verdict = judged(history(effect=1.0), line_text)
    assert Verdict.from_json(verdict.to_json()).to_json() == verdict.to_json()
    assert Evidence(history(0.0), 1.0, LINEAGE).end == START + timedelta(hours=BEFORE + AFTER)


def test_periods_of_a_meter_that_stood_still_are_set_aside_and_counted(line_text):
    """It repeats 90 % for 100 periods after the change, which raises recovery by 2: counted, they would add two more."""
    frame = history(effect=2.0, memory=0.0)
    at = pl.int_range(pl.len())
    dead = (at >= BEFORE + 200) & (at < BEFORE + 300)
    frame = frame.with_columns(pl.when(dead).then(90.0).otherwise(c).alias(c) for c in ("recovery", "@objective"))
    counted = judged(frame, line_text)
    aside = judged(frame.with_columns(pl.when(dead).then(pl.lit("recovery frozen")).alias("reason")), line_text)
    assert counted.effect.estimate > 3.0
    assert aside.effect.estimate == pytest.approx(2.0, abs=0.3)
    assert aside.lineage.periods_set_aside == {"no result or not at the settings": 0, "recovery frozen": 100}
    assert aside.lineage.periods_in == aside.lineage.periods_counted + 100
    assert "periods before and after set aside because a meter stood still: 100 (recovery frozen)" in aside.reasons
    assert not any("stood still" in reason for reason in counted.reasons)
