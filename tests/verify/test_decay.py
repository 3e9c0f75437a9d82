from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from workbench.errors import InputError
from workbench.plant import read_sheet
from workbench.records import Gain, Money
from workbench.trial_records import Block, Estimate, PlanSetting, TrialLineage, TrialPlan, Verdict
from workbench.verify.decay import MonthGain, monthly_gains, record_decay
from workbench.verify.ledger_lines import held_months
from workbench.verify.ledger_months import Other
from workbench.verify.log import Log

SHEET = read_sheet(
    """\
name: acid
period: 4h
settings: {sulfate: {tag: S, unit: g/L, low: 20, high: 40, max_step: 5}}
outcomes: {y: {unit: "%"}}
objective: {maximize: y}
""",
    "acid.yaml",
)
START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS_OF_TRIAL, EFFECT = 28, 0.5
NOW, PROPOSED = 27.0, 29.0
LATER = (Other(datetime(2026, 4, 20, tzinfo=UTC), None, "the trial of another one began on 20 Apr 2026"),)


def block(number: int, arm: str) -> Block:
    start = START + timedelta(days=number)
    stamps = (start, start + timedelta(hours=8), start + timedelta(days=1))
    begin, washed, end = (s.isoformat() for s in stamps)
    return Block(number=number, start=begin, washout_until=washed, end=end, arm=arm)


def trial(maximize: bool = True) -> tuple[TrialPlan, Verdict]:
    blocks = tuple(block(n, "proposed" if n % 2 else "present") for n in range(DAYS_OF_TRIAL))
    plan = TrialPlan(
        id="acid-plan",
        created="",
        recommendation="acid",
        recommendation_sha256="",
        plant="acid",
        timezone="UTC",
        objective="recovery",
        unit="%",
        maximize=maximize,
        seed=0,
        block_hours=24,
        washout_hours=8,
        order_rule="pairs",
        n_orders=256,
        start=blocks[0].start,
        end=blocks[-1].end,
        blocks=blocks,
        looks=(),
        stop_rules=(),
        rollback=(),
        settings=(PlanSetting(name="sulfate", tag="S", unit="g/L", present=NOW, proposed=PROPOSED),),
        covariates=("feed",),
        promise=Gain(objective="recovery", unit="%", expected=0.6, low=0.2, high=1.0, level=0.9),
        power=(),
        carry_over=0.0,
        cost={"currency": None, "expected": None, "high": None, "note": ""},
        answer="",
        provable=True,
    )
    verdict = Verdict(
        id="acid-verdict",
        created="",
        recommendation="acid",
        plan="acid-plan",
        plant="acid",
        grade="A",
        status="verified",
        final=True,
        reasons=(),
        effect=Estimate(name="recovery", unit="%", estimate=EFFECT, low=0.3, high=0.7, level=0.9),
        promised=None,
        p_value=0.01,
        n_orders=256,
        blocks_used=28,
        adherence=1.0,
        deviations=(),
        limits=(),
        value_per_year=None,
        lineage=TrialLineage(
            sheet_sha256="", source_sha256="", records_read=0, records_used=0, periods_in=0, periods_counted=0, code=""
        ),
    )
    return plan, verdict


def history(left: dict[int, float], seed: int = 0, sign: float = 1.0, memory: float = 0.0, feed_later: float = 1.5) -> Any:
    """Hourly records of the trial and the months after it: `left` of the effect by month, other feed than in the trial."""
    rng = np.random.default_rng(seed)
    times = [START + timedelta(hours=h) for h in range(24 * 180)]
    noise = rng.normal(size=len(times))
    for at in range(1, len(times)):
        noise[at] = memory * noise[at - 1] + np.sqrt(1 - memory**2) * noise[at]
    feed = rng.normal(size=len(times)) + np.array([0.0 if t.month == 1 else feed_later for t in times])
    on = np.array([t.month > 1 or (t - START).days % 2 == 1 for t in times])
    share = np.array([left.get(t.month, 1.0) for t in times])
    better = 80.0 + sign * EFFECT * share * on + 2.0 * feed + 0.3 * noise
    sulfate = np.where(on, PROPOSED, NOW)
    return pl.DataFrame({"time": times, "@objective": better, "feed": feed, "sulfate": sulfate}).with_columns(
        pl.col("time").dt.cast_time_unit("us")
    )


def test_the_gain_is_found_again_under_other_conditions() -> None:
    plan, verdict = trial()
    months = monthly_gains(SHEET, history({}), plan, verdict)
    assert [m.month for m in months] == ["2026-02", "2026-03", "2026-04", "2026-05"]  # June's records break off
    for month in months:
        assert month.gain == pytest.approx(EFFECT, abs=0.1)
        assert month.low < month.gain < month.high
        assert month.share == pytest.approx(month.gain / EFFECT)
        assert month.adherence == 1.0


def test_what_is_to_be_minimised_counts_downwards() -> None:
    plan, verdict = trial(maximize=False)
    assert monthly_gains(SHEET, history({}, sign=-1.0), plan, verdict)[0].gain == pytest.approx(EFFECT, abs=0.1)


def test_a_fading_gain_is_seen() -> None:
    plan, verdict = trial()
    months = monthly_gains(SHEET, history({3: 0.5, 4: 0.2, 5: 0.0}), plan, verdict)
    assert [m.share for m in months] == pytest.approx([1.0, 0.5, 0.2, 0.0], abs=0.2)
    assert [m.below for m in months] == [False, True, True, True]


@pytest.mark.parametrize(
    ("low", "level", "below"),
    [
        (0.48, 0.9, [False, True, True, True]),
        (0.30, 0.9, [False, False, True, True]),  # what is missing in March is within the error of what was verified
        (0.10, 0.9, [False, False, False, True]),
        (0.10, 0.99, [False, False, True, True]),  # at 90 % that interval begins at 0.245
        (None, 0.9, [False, False, False, False]),
    ],
)
def test_a_month_is_below_only_by_more_than_both_errors(low: float | None, level: float, below: list[bool]) -> None:
    """Some 0.13 are missing in March, 0.3 in April and all 0.5 in May; a month's own half width is about 0.05."""
    plan, verdict = trial()
    effect = Estimate(name="recovery", unit="%", estimate=EFFECT, low=low, high=0.7, level=level)
    frame = history({3: 0.75, 4: 0.4, 5: 0.0}, feed_later=0.0)
    months = monthly_gains(SHEET, frame, plan, verdict.model_copy(update={"effect": effect}))
    assert [m.below for m in months] == below


def test_a_constant_gain_is_seldom_below_a_verified_one_that_is_itself_an_estimate() -> None:
    """The verified gain errs as its interval says, here more than a month does: 5 % by the normal distribution, and chance."""
    plan, verdict = trial()
    below = []
    for seed in range(100):
        drawn = EFFECT + 0.2 / 1.645 * float(np.random.default_rng(500 + seed).normal())
        effect = Estimate(name="recovery", unit="%", estimate=drawn, low=drawn - 0.2, high=drawn + 0.2, level=0.9)
        months = monthly_gains(SHEET, history({}, seed, feed_later=0.0), plan, verdict.model_copy(update={"effect": effect}))
        below.append(months[0].below)
    assert np.mean(below) <= 0.05 + 1.645 * np.sqrt(0.05 * 0.95 / 100)


def test_a_month_judged_otherwise_from_as_many_records_is_written_again(tmp_path: Any) -> None:
    plan, verdict = trial()
    log = Log.open(tmp_path, create=True)
    months = monthly_gains(SHEET, history({}), plan, verdict)
    record_decay(log, verdict, [replace(months[0], below=True), *months[1:]])
    assert [row.payload["month"] for row in record_decay(log, verdict, months)] == ["2026-02"]
    assert held_months(log.rows())["2026-02"]["below"] is False
    assert record_decay(log, verdict, months) == []


def test_settings_that_went_back_are_seen() -> None:
    plan, verdict = trial()
    frame = history({5: 0.0}).with_columns(
        pl.when(pl.col("time").dt.month() == 5).then(NOW).otherwise("sulfate").alias("sulfate")
    )
    months = monthly_gains(SHEET, frame, plan, verdict)
    assert [m.adherence for m in months] == [1.0, 1.0, 1.0, 0.0]
    assert [m.aside for m in months[:3]] == [None] * 3
    assert months[3].aside == "the verified settings were held in 0 % of its periods, less than 80 %"


def test_months_of_a_later_trial_are_not_estimated() -> None:
    """Half a year's records; a later trial, whose gain comes on top, begins on 20 April."""
    plan, verdict = trial()
    frame = history({4: 1.5, 5: 2.5})
    assert [m.month for m in monthly_gains(SHEET, frame, plan, verdict, LATER)] == ["2026-02", "2026-03"]
    over = (Other(LATER[0].start, datetime(2026, 4, 29, tzinfo=UTC), "it was withdrawn"),)
    assert [m.month for m in monthly_gains(SHEET, frame, plan, verdict, over)] == ["2026-02", "2026-03", "2026-05"]


def test_too_little_of_the_trial_is_said() -> None:
    plan, verdict = trial()
    frame = history({}).filter(pl.col("time") >= START + timedelta(days=27))
    with pytest.raises(InputError, match=r"the records hold 0 usable periods of the trial's present blocks \(2026-01-01 to"):
        monthly_gains(SHEET, frame, plan, verdict)
    with pytest.raises(InputError, match=r"a month can be compared with 10 or more: .* only a new trial tells"):
        monthly_gains(SHEET, frame, plan, verdict)


def test_records_of_another_plant_are_refused() -> None:
    """They have the same tags and the same times, but another setting stood there during the trial."""
    plan, verdict = trial()
    with pytest.raises(InputError, match=r"stood at the trial's present settings in only 0 of them: .* of another plant"):
        monthly_gains(SHEET, history({}).with_columns(pl.lit(35.0).alias("sulfate")), plan, verdict)


def test_a_present_block_that_was_not_set_is_no_reference() -> None:
    plan, verdict = trial()
    frame = history({})
    stayed = pl.col("time").is_between(START, START + timedelta(days=13))  # seven of the fourteen present blocks
    frame = frame.with_columns(
        pl.when(stayed & (pl.col("sulfate") == NOW)).then(pl.col("@objective") + EFFECT).otherwise("@objective"),
        pl.when(stayed).then(PROPOSED).otherwise("sulfate").alias("sulfate"),
    )
    assert [m.gain for m in monthly_gains(SHEET, frame, plan, verdict)] == pytest.approx([EFFECT] * 4, abs=0.1)


def test_no_gain_cannot_fade() -> None:
    plan, verdict = trial()
    lost = verdict.model_copy(update={"effect": None})
    with pytest.raises(InputError, match="found no gain that could fade"):
        monthly_gains(SHEET, history({}), plan, lost)


def test_each_month_is_written_once(tmp_path: Any) -> None:
    plan, verdict = trial()
    log = Log.open(tmp_path, create=True)
    months = monthly_gains(SHEET, history({}), plan, verdict)
    assert [row.payload["month"] for row in record_decay(log, verdict, months[:2])] == ["2026-02", "2026-03"]
    assert [row.payload["month"] for row in record_decay(log, verdict, months)] == ["2026-04", "2026-05"]
    assert log.rows(kind="decay")[0].payload == months[0].payload()
    assert record_decay(log, verdict, months) == []


def test_a_month_is_corrected_from_more_records_and_never_from_fewer(tmp_path: Any) -> None:
    plan, verdict = trial()
    log = Log.open(tmp_path, create=True)
    whole = history({})
    gaps = whole.filter((pl.col("time").dt.month() != 3) | (pl.col("time").dt.day() > 9))  # March's results are late
    record_decay(log, verdict, monthly_gains(SHEET, gaps, plan, verdict))
    [again] = record_decay(log, verdict, monthly_gains(SHEET, whole, plan, verdict))
    assert (again.payload["month"], again.payload["periods"]) == ("2026-03", 31 * 24)
    assert record_decay(log, verdict, monthly_gains(SHEET, gaps, plan, verdict)) == []
    assert held_months(log.rows())["2026-03"] == again.payload


def test_a_month_of_corrected_results_is_written_again_and_counts(tmp_path: Any) -> None:
    """March's results were half a point too low, and are put right: as many periods, another gain."""
    plan, verdict = trial()
    log = Log.open(tmp_path, create=True)
    right = history({})
    wrong = right.with_columns(pl.col("@objective") - 0.5 * (pl.col("time").dt.month() == 3))
    record_decay(log, verdict, monthly_gains(SHEET, wrong, plan, verdict))
    was = held_months(log.rows())["2026-03"]
    months = monthly_gains(SHEET, right, plan, verdict)
    [again] = record_decay(log, verdict, months)
    assert (again.payload["month"], again.payload["periods"]) == ("2026-03", was["periods"])
    assert again.payload["gain"] - was["gain"] == pytest.approx(0.5, abs=1e-5)
    assert held_months(log.rows())["2026-03"] == again.payload
    assert [row.payload["month"] for row in log.rows(kind="decay")].count("2026-03") == 2
    assert record_decay(log, verdict, months) == []


def test_a_month_that_differs_past_the_stored_digits_is_the_same(tmp_path: Any) -> None:
    """A sum's last digits hang on the machine; a row of before holds all of them."""
    _, verdict = trial()
    log = Log.open(tmp_path, create=True)
    month = MonthGain("2026-03", 0.4, 0.3, 0.5, 0.8, below=False, adherence=1.0, periods=744)
    log.append("decay", "acid", "acid", dict(vars(month)) | {"gain": 0.4 + 1e-9, "share": 0.8 + 1e-9})
    assert record_decay(log, verdict, [month]) == []
    assert len(record_decay(log, verdict, [replace(month, low=0.30001)])) == 1


def test_a_month_of_a_later_trial_that_was_held_is_taken_back_once(tmp_path: Any) -> None:
    plan, verdict = trial()
    log = Log.open(tmp_path, create=True)
    frame = history({4: 1.5, 5: 2.5})
    record_decay(log, verdict, monthly_gains(SHEET, frame, plan, verdict))
    for taken in (["2026-04", "2026-05"], []):
        rows = record_decay(log, verdict, monthly_gains(SHEET, frame, plan, verdict, LATER), LATER)
        assert [row.payload["month"] for row in rows] == taken
    assert [m["aside"] for m in held_months(log.rows()).values()] == [None, None, LATER[0].why, LATER[0].why]


def test_a_small_move_is_held_by_the_tolerance_of_the_verdict() -> None:
    """A move of 0.1 read with noise of 0.1: 10 % of the largest step of 5 are no departure."""
    plan, verdict = trial()
    small = plan.model_copy(update={"settings": (plan.settings[0].model_copy(update={"proposed": NOW + 0.1}),)})
    frame = history({})
    noise = 0.1 * np.random.default_rng(1).normal(size=frame.height)
    frame = frame.with_columns(pl.Series("sulfate", np.where(frame["sulfate"] > NOW, NOW + 0.1, NOW) + noise))
    assert [m.adherence for m in monthly_gains(SHEET, frame, small, verdict)] == [1.0] * 4


COSTLY = """\
name: acid
period: 4h
currency: EUR
hours_per_year: 8000
settings: {sulfate: {tag: S, unit: g/L, low: 20, high: 40, max_step: 5}}
outcomes: {y: {unit: "%"}}
objective: {maximize: y, unit: "%", value_per_unit: 100000, costs: [{formula: "1*sulfate", unit: EUR/h}]}
"""


def test_running_costs_do_not_fade_with_the_gain() -> None:
    plan, verdict = trial()
    assert verdict.effect is not None
    sheet = read_sheet(COSTLY, "acid.yaml")
    gross = 100_000.0 * verdict.effect.estimate
    money = Money(currency="EUR", expected=0.4 * gross, low=0.1 * gross, high=0.7 * gross)
    months = monthly_gains(sheet, history({3: 0.5}), plan, verdict.model_copy(update={"value_per_year": money}))
    march = months[1]
    # costs of 0.6 of the gross value go on: what is left of it is share - 0.6, beside 0.4 when all of the gain was there
    assert march.worth == pytest.approx((march.share - 0.6) / 0.4)
    # a euro more or less of gain is one of what is left, which is 0.4 of the gross value
    for name, end in (("worth_low", march.low), ("worth_high", march.high)):
        assert getattr(march, name) == pytest.approx((end / EFFECT - 0.6) / 0.4)
        assert march.payload()[name] == pytest.approx(getattr(march, name), rel=1e-5)
    assert march.payload()["worth"] == pytest.approx(march.worth, rel=1e-5)
    assert not {"worth", "worth_low"} & monthly_gains(SHEET, history({}), plan, verdict)[0].payload().keys()


def test_a_month_held_without_the_interval_of_what_is_left_of_its_money_is_written_again(tmp_path: Any) -> None:
    plan, verdict = trial()
    log = Log.open(tmp_path, create=True)
    money = Money(currency="EUR", expected=20_000.0, low=5_000.0, high=35_000.0)
    costly = verdict.model_copy(update={"value_per_year": money})
    months = monthly_gains(read_sheet(COSTLY, "acid.yaml"), history({}), plan, costly)
    for month in months:  # as an older version wrote them
        held = {name: value for name, value in month.payload().items() if name not in {"worth_low", "worth_high"}}
        log.append("decay", verdict.plant, verdict.recommendation, held)
    assert [row.payload for row in record_decay(log, costly, months)] == [month.payload() for month in months]
    assert record_decay(log, costly, months) == []


def test_periods_of_a_meter_that_stood_still_are_not_lacking(tmp_path: Any) -> None:
    plan, verdict = trial()
    log = Log.open(tmp_path, create=True)
    whole = history({3: 0.2})
    record_decay(log, verdict, monthly_gains(SHEET, whole, plan, verdict))
    still = (pl.col("time").dt.month() == 3) & (pl.col("time").dt.day() < 11)
    less = monthly_gains(SHEET, whole.filter(~still), plan, verdict)
    assert record_decay(log, verdict, less) == []  # so many records less are missing ones
    counts = {"2026-03": 240}
    months = monthly_gains(SHEET, whole.filter(~still), plan, verdict, frozen=counts)
    assert [(m.periods, m.frozen) for m in months[:2]] == [(28 * 24, 0), (31 * 24 - 240, 240)]
    [row] = record_decay(log, verdict, months, frozen=counts)
    assert (row.payload["month"], row.payload["periods"], row.payload["frozen"]) == ("2026-03", 504, 240)
    assert "frozen" not in months[0].payload()
    assert record_decay(log, verdict, months, frozen=counts) == []


def test_a_month_of_nothing_but_a_meter_that_stood_still_counts_no_longer(tmp_path: Any) -> None:
    plan, verdict = trial()
    log = Log.open(tmp_path, create=True)
    whole = history({3: 0.2})
    record_decay(log, verdict, monthly_gains(SHEET, whole, plan, verdict))
    march = pl.col("time").dt.month() == 3
    counts = {"2026-03": 740}
    left = whole.filter(~march | ((pl.col("time").dt.day() == 31) & (pl.col("time").dt.hour() < 4)))
    months = monthly_gains(SHEET, left, plan, verdict, frozen=counts)
    assert "2026-03" not in [m.month for m in months]
    [row] = record_decay(log, verdict, months, frozen=counts)
    assert row.payload["aside"] == "a reading of the objective stood still in 740 of its periods"
    assert held_months(log.rows(kind="decay", recommendation=verdict.recommendation))["2026-03"]["aside"] is not None
    assert record_decay(log, verdict, months, frozen=counts) == []
