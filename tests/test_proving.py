"""From a store and a file of records to a verdict in the ledger."""

from __future__ import annotations

import itertools
import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.made import made_proposal
from tests.threads import one_thread_at
from workbench.cli import main
from workbench.errors import InputError
from workbench.models import simulator
from workbench.plant import load_sheet, read_sheet
from workbench.proving import read_evidence, verify_trial
from workbench.records import Gain, Money, Recommendation, SettingLine
from workbench.switchback import draw_order, stamp
from workbench.track import Store
from workbench.track.review import approve, put_on_trial, state_of
from workbench.trial_records import TrialPlan, Verdict
from workbench.verify.log import Log
from workbench.verify.promise import record_promise
from workbench.wording import moment_text

SHEET = """\
name: line
period: 4h
timezone: UTC
currency: EUR
four_eyes: false
settings:
  temperature: {unit: degC, low: 60, high: 90, max_step: 5, settling: 12h}
conditions:
  feed: {unit: "%"}
outcomes:
  recovery: {unit: "%"}
objective: {maximize: recovery, unit: "%", value_per_unit: 100000}
"""
BEFORE = datetime(2026, 2, 20, tzinfo=UTC)
START = datetime(2026, 3, 2, tzinfo=UTC)
N_BLOCKS, BLOCK, WASHOUT, EFFECT = 16, 24, 12, 1.0
HOUR = timedelta(hours=1)


def recommended() -> Recommendation:
    line = SettingLine(name="temperature", tag="temperature", unit="degC", now=70.0, proposed=74.0, low=60, high=90, max_step=5)
    gain = Gain(objective="recovery", unit="%", expected=1.0, low=0.4, high=1.6, level=0.9)
    money = Money(currency="EUR", expected=100_000.0, low=40_000.0, high=160_000.0)
    return made_proposal("line", (line,), gain, to=BEFORE.isoformat(), value_per_year=money).identified(BEFORE)


def planned(record: Recommendation, sha256: str) -> TrialPlan:
    setting = {"name": "temperature", "tag": "temperature", "unit": "degC", "present": 70.0, "proposed": 74.0}
    moments = [START + k * BLOCK * HOUR for k in range(N_BLOCKS + 1)]
    blocks = [
        {
            "number": k + 1,
            "start": moments[k].isoformat(),
            "washout_until": (moments[k] + WASHOUT * HOUR).isoformat(),
            "end": moments[k + 1].isoformat(),
            "arm": "proposed" if is_proposed else "present",
        }
        for k, is_proposed in enumerate(draw_order(N_BLOCKS, 3).tolist())
    ]
    body = {
        "id": "",
        "created": "2026-02-21T00:00:00+00:00",
        "recommendation": record.id,
        "recommendation_sha256": sha256,
        "plant": "line",
        "timezone": "UTC",
        "objective": "recovery",
        "unit": "%",
        "maximize": True,
        "seed": 3,
        "block_hours": BLOCK,
        "washout_hours": WASHOUT,
        "order_rule": "pairs",
        "n_orders": 256,
        "start": moments[0].isoformat(),
        "end": moments[-1].isoformat(),
        "blocks": blocks,
        "looks": [{"after_block": N_BLOCKS, "alpha_spent": 0.05}],
        "stop_rules": [],
        "rollback": [setting],
        "settings": [setting],
        "covariates": ["feed"],
        "promise": record.gain.model_dump(),
        "power": [],
        "carry_over": 0.1,
        "cost": {"currency": None, "expected": None, "high": None, "note": ""},
        "answer": "",
        "provable": True,
    }
    return TrialPlan.model_validate(body).identified()


def records(plan: TrialPlan, late: int = 0) -> pl.DataFrame:
    """Hourly readings from ten days before the trial to its end; one proposed block is begun `late` hours late."""
    rng = np.random.default_rng(0)
    proposed = np.repeat([block.arm == "proposed" for block in plan.blocks], BLOCK).astype(float)
    if late:
        number = next(b.number for a, b in itertools.pairwise(plan.blocks) if (a.arm, b.arm) == ("present", "proposed"))
        proposed[(number - 1) * BLOCK : (number - 1) * BLOCK + late] = 0.0
    before = int((START - BEFORE) / HOUR)
    proposed = np.concatenate([np.zeros(before), proposed])
    feed = rng.normal(size=proposed.size)
    recovery = 80.0 + feed + 0.3 * rng.normal(size=proposed.size) + EFFECT * proposed
    times = [f"{BEFORE + i * HOUR:%Y-%m-%d %H:%M}" for i in range(proposed.size)]
    return pl.DataFrame(
        {"time": times, "temperature": 70.0 + 4.0 * proposed, "feed": (30 + feed).round(3), "recovery": recovery.round(3)}
    )


@dataclass(frozen=True)
class Desk:
    """A store that holds one approved recommendation, and where its sheet and records are."""

    store: Store
    id: str
    plan: TrialPlan
    source: Path
    sheet: Path


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made_store: Path) -> Desk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_STORE", raising=False)
    sheet, source = tmp_path / "line.yaml", tmp_path / "trial.csv"
    sheet.write_text(SHEET, encoding="utf-8")
    shutil.copytree(made_store, tmp_path / "mlruns")
    store = Store.open()
    record = recommended()
    log = Log.open(store.folder, create=True)
    record_promise(log, record.to_json(), sheet=str(sheet), source=str(source), four_eyes=False)
    approve(store, record.id, by="Li Wei", why="try it")
    plan = planned(record, state_of(store, record.id).record_sha256)
    records(plan).write_csv(source)
    return Desk(store, record.id, plan, source, sheet)


@pytest.fixture(scope="session")
def made_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store, made once: making one takes seconds, copying it none."""
    return Store.open(create=True, folder=tmp_path_factory.mktemp("made") / "mlruns").folder


@pytest.fixture
def on_trial(desk: Desk) -> Desk:
    put_on_trial(desk.store, desk.id, desk.plan)
    return desk


def test_a_trial_is_verified_and_written_into_the_ledger(on_trial: Desk):
    verdict = verify_trial(on_trial.store, on_trial.id)
    assert (verdict.grade, verdict.status, verdict.final) == ("A", "verified", True)
    assert verdict.effect.low < EFFECT < verdict.effect.high
    assert verdict.value_per_year.expected == pytest.approx(100_000 * verdict.effect.estimate)
    state = state_of(on_trial.store, on_trial.id)
    assert state.state == "verified"
    written = [row.payload["text"] for row in state.rows if row.kind == "verdict"]
    assert written == [verdict.to_json()]


def test_a_verdict_counts_on_one_thread(on_trial: Desk):
    with one_thread_at("workbench.verify.trial.trial_verdict"):
        verify_trial(on_trial.store, on_trial.id)


def test_the_same_records_are_judged_once(on_trial: Desk):
    one, other = (verify_trial(on_trial.store, on_trial.id) for _ in range(2))
    assert one == other
    assert sum(row.kind == "verdict" for row in state_of(on_trial.store, on_trial.id).rows) == 1


def test_a_trial_is_read_hour_by_hour_where_the_sheet_has_longer_periods(on_trial: Desk):
    """A change 3 h late costs 3 h of 12 and not a whole period of 4 h more."""
    records(on_trial.plan, late=3).write_csv(on_trial.source)
    verdict = verify_trial(on_trial.store, on_trial.id)
    assert verdict.lineage.period_hours == 1.0
    assert verdict.grade == "B"
    assert "about 3 h (as told by periods of 1 h) late" in verdict.deviations[0].text
    assert verdict.deviations[0].hours == 3.0
    assert verdict.status == "verified"


def test_sums_are_read_at_the_sheet_s_own_period(on_trial: Desk):
    text = SHEET.replace('recovery: {unit: "%"}', 'recovery: {unit: "%", aggregate: sum}')
    evidence = read_evidence(read_sheet(text, "line.yaml"), on_trial.plan, on_trial.source)
    assert evidence.period_hours == 4.0
    fine = read_evidence(read_sheet(SHEET, "line.yaml"), on_trial.plan, on_trial.source)
    assert fine.period_hours == 1.0
    assert fine.frame["reason"].null_count() == fine.frame.height  # settling of 12 h sets nothing aside


def test_a_result_a_day_is_read_at_the_sheet_s_own_period(on_trial: Desk):
    """One laboratory value each 4 h period: hour by hour three of four hours would have none."""
    wide = records(on_trial.plan)
    seldom = pl.when(pl.int_range(pl.len()) % 4 == 0).then(pl.col("recovery"))
    wide.with_columns(seldom.alias("recovery")).write_csv(on_trial.source)
    assert read_evidence(load_sheet(on_trial.sheet), on_trial.plan, on_trial.source).period_hours == 4.0


def test_what_was_not_yet_known_is_not_looked_at(on_trial: Desk):
    early = verify_trial(on_trial.store, on_trial.id, as_of=START + 5 * BLOCK * HOUR)
    assert (early.status, early.final, early.effect) == (None, False, None)
    assert state_of(on_trial.store, on_trial.id).state == "on_trial"
    assert verify_trial(on_trial.store, on_trial.id).status == "verified"


def test_batches_after_the_date_are_as_if_the_file_ended_there(on_trial: Desk):
    """The file holds the whole trial: what is judged is what a file cut at the date holds, and nothing is final."""
    batches = records(on_trial.plan).with_columns(batch=pl.format("B{}", pl.int_range(pl.len())))
    on_trial.sheet.write_text(SHEET.replace("period: 4h", "batch: batch").replace(", settling: 12h", ""), encoding="utf-8")
    batches.write_csv(on_trial.source)
    moment = START + 5 * BLOCK * HOUR
    cut = on_trial.source.with_name("cut.csv")
    batches.filter(pl.col("time") <= f"{moment:%Y-%m-%d %H:%M}").write_csv(cut)
    sheet = load_sheet(on_trial.sheet)
    asked = read_evidence(sheet, on_trial.plan, on_trial.source, moment)
    short = read_evidence(sheet, on_trial.plan, cut)
    assert asked.frame.equals(short.frame)
    assert (asked.end, asked.period_hours) == (moment + HOUR, 1.0)
    early = verify_trial(on_trial.store, on_trial.id, as_of=moment)
    assert (early.status, early.final, early.effect) == (None, False, None)
    assert early.reasons == verify_trial(on_trial.store, on_trial.id, cut).reasons
    assert state_of(on_trial.store, on_trial.id).state == "on_trial"
    last = verify_trial(on_trial.store, on_trial.id)
    assert last.final
    assert last.lineage.period_hours is None


def test_a_change_without_a_trial_is_never_verified(desk: Desk):
    wide = records(desk.plan)
    wide.with_columns(pl.when(pl.col("time") >= "2026-03-02").then(74.0).otherwise(70.0).alias("temperature")).write_csv(
        desk.source
    )
    verdict = verify_trial(desk.store, desk.id)
    assert (verdict.grade, verdict.status, verdict.plan) == ("C", None, None)
    state = state_of(desk.store, desk.id)
    assert state.state == "approved"
    assert state.rows[-1].kind == "verdict"


def test_only_what_was_approved_is_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made_store: Path):
    store = Store.open(folder=made_store)
    record = recommended()
    record_promise(Log.open(store.folder, create=True), record.to_json(), sheet="line.yaml", four_eyes=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "line.yaml").write_text(SHEET, encoding="utf-8")
    with pytest.raises(
        InputError,
        match=r"is proposed: only what was approved is verified: `workbench review approve .* --by NAME --why TEXT`$",
    ):
        verify_trial(store, record.id)


def test_another_objective_than_the_promised_one_is_refused(on_trial: Desk):
    on_trial.sheet.write_text(SHEET.replace("maximize: recovery", 'maximize: "2*recovery"'), encoding="utf-8")
    with pytest.raises(
        InputError, match=r"its objective is 2\*recovery \[%\], promised was recovery \[%\]: put the sheet back"
    ):
        verify_trial(on_trial.store, on_trial.id)


def test_another_direction_than_the_plan_s_is_refused(on_trial: Desk, capsys: pytest.CaptureFixture[str]):
    """By the sheet of today a loss of recovery would be a gain."""
    on_trial.sheet.write_text(SHEET.replace("maximize: recovery", "minimize: recovery"), encoding="utf-8")
    assert main(["verify", on_trial.id, "--source", str(on_trial.source)]) == 2
    said = f"its objective is to minimize recovery, and plan {on_trial.plan.id} is a trial to maximize it: put the sheet back"
    assert said in capsys.readouterr().err
    assert state_of(on_trial.store, on_trial.id).state == "on_trial"


def test_results_that_are_still_to_come_are_waited_for(on_trial: Desk):
    wide = records(on_trial.plan)
    late = wide.with_columns(pl.when(pl.int_range(pl.len()) < wide.height - 24).then(pl.col("recovery")).alias("recovery"))
    late.write_csv(on_trial.source)
    early = verify_trial(on_trial.store, on_trial.id)
    assert (early.status, early.final) == (None, False)
    assert "results until the end of block 16 are still to come" in early.reasons[0]
    wide.write_csv(on_trial.source)
    assert verify_trial(on_trial.store, on_trial.id).status == "verified"


def test_another_price_than_the_promised_one_is_refused(on_trial: Desk):
    on_trial.sheet.write_text(SHEET.replace("value_per_unit: 100000", "value_per_unit: 1000000"), encoding="utf-8")
    with pytest.raises(
        InputError, match=r"held for a year is worth 1e\+06 EUR there, promised was 100,000 EUR: put the sheet back"
    ):
        verify_trial(on_trial.store, on_trial.id)


def test_a_change_without_a_trial_is_priced_after_its_costs(desk: Desk, capsys: pytest.CaptureFixture[str]):
    """1.25 EUR/h for each of the 4 degC more, over 8000 h, are 40,000 EUR a year off what the gain is worth."""
    costs = 'costs: [{formula: "1.25*temperature", unit: EUR/h}]'
    text = SHEET.replace("100000}", f"100000, {costs}}}").replace("currency: EUR", "currency: EUR\nhours_per_year: 8000")
    desk.sheet.write_text(text, encoding="utf-8")
    after = pl.when(pl.col("time") >= "2026-03-02").then(74.0).otherwise(70.0).alias("temperature")
    records(desk.plan).with_columns(after).write_csv(desk.source)
    verdict = verify_trial(desk.store, desk.id)
    assert verdict.plan is None
    assert verdict.value_per_year.expected == pytest.approx(100_000 * verdict.effect.estimate - 40_000, rel=1e-4)
    assert main(["verify", desk.id]) == 0
    assert "Not priced" not in capsys.readouterr().out


def test_a_final_verdict_stands_whatever_is_recorded_later(on_trial: Desk, capsys: pytest.CaptureFixture[str]):
    verdict = verify_trial(on_trial.store, on_trial.id)
    grown = pl.concat([records(on_trial.plan), records(on_trial.plan).tail(1).with_columns(time=pl.lit("2026-03-20 00:00"))])
    grown.write_csv(on_trial.source)
    assert verify_trial(on_trial.store, on_trial.id) == verdict
    assert main(["verify", on_trial.id, "--source", str(on_trial.source)]) == 0
    out = capsys.readouterr().out
    assert "VERIFIED, grade A" in out
    assert f"This verdict of {moment_text(stamp(verdict.created), 'UTC')} is final" in out
    assert sum(row.kind == "verdict" for row in state_of(on_trial.store, on_trial.id).rows) == 1


def test_the_command_prints_the_verdict_and_writes_it(on_trial: Desk, capsys: pytest.CaptureFixture[str]):
    assert main(["verify", on_trial.id[-6:], "--source", str(on_trial.source), "--out", "verdict"]) == 0
    out = capsys.readouterr().out
    assert "VERIFIED, grade A: randomised trial, run as planned" in out
    assert "Promised: 1.0 %-points" in out
    assert "Adherence: at the planned settings in 100 % of the hours" in out
    assert "Deviations from the plan: none" in out
    assert all(len(line) <= 100 for line in out.splitlines() if "Store" not in line and "Wrote" not in line)
    text = Path("verdict/verdict.json").read_text(encoding="utf-8")
    assert json.loads(text)["schema"] == 1
    assert Verdict.from_json(text).status == "verified"


def test_the_command_refuses_an_empty_date(on_trial: Desk, capsys: pytest.CaptureFixture[str]):
    assert main(["verify", on_trial.id, "--date", " "]) == 2
    assert "--date is empty" in capsys.readouterr().err


def test_a_late_change_is_printed(on_trial: Desk, capsys: pytest.CaptureFixture[str]):
    records(on_trial.plan, late=3).write_csv(on_trial.source)
    assert main(["verify", on_trial.id, "--source", str(on_trial.source)]) == 0
    out = capsys.readouterr().out
    assert "VERIFIED, grade B: randomised trial, with deviations from the plan" in out
    assert "late change" in out


def test_rock_and_gypsum_are_worth_what_the_simulator_says():
    """One point of recovery, of 94 to 95: rock 1/94 - 1/95 of what it took; gypsum in the same share."""
    frame = pl.DataFrame(
        {
            "rock_rate": [64.0] * 2,
            "rock_p2o5": [32.0] * 2,
            "rock_cao": [50.0] * 2,
            "rock_sio2": [4.0] * 2,
            "recovery": [94.0, 95.0],
        }
    )
    saved = simulator("phosphoric_acid").saved(frame)
    values = frame.select(**{name: expr for name, (_, expr) in saved.items()})
    yearly = 7520.0 * 64.0 * 0.32 * 0.945
    rock = yearly / 0.32 * (1 / 0.94 - 1 / 0.95)
    assert values["rock_saved"][1] - values["rock_saved"][0] == pytest.approx(rock)
    gypsum = values["gypsum_saved"][1] - values["gypsum_saved"][0]
    assert gypsum == pytest.approx(rock * (3.048 * 50.0 + 4.0 + 1.05) / 100)
    assert simulator("phosphoric_acid").saved(frame.drop("recovery")) == {}
