"""From an approved recommendation to a plan, a schedule and, on the plant's records of it, a verdict."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.signal import lfilter

from tests.made import made_proposal
from tests.threads import one_thread_at
from workbench.cli import main
from workbench.errors import InputError
from workbench.planning import consider_trials, next_step, plan_trial, save_plan, schedule_trial
from workbench.plant import load_sheet
from workbench.proof import tell_plan
from workbench.proving import verify_trial
from workbench.records import Gain, Recommendation, SettingLine
from workbench.show.markdown_table import escaped
from workbench.show.schedule_page import plan_dates
from workbench.switchback import stamp
from workbench.track import Store
from workbench.track.review import approve, state_of, withdraw
from workbench.trial_records import TrialPlan
from workbench.trials import candidates
from workbench.trials import plan as plan_module
from workbench.verify.foreign import foreign_promise
from workbench.verify.log import Log
from workbench.verify.promise import record_promise
from workbench.verify.states import day_words

SHEET = """\
name: line
period: 4h
timezone: Europe/Berlin
currency: EUR
four_eyes: false
settings:
  temperature: {unit: degC, low: 60, high: 90, max_step: 5, base: 70}
conditions:
  feed: {unit: "%"}
outcomes:
  recovery: {unit: "%", settling: 6h}
objective: {maximize: recovery, unit: "%", value_per_unit: 100000}
trial: {start_hours: ["08:00"], weekends: false}
"""
BEFORE = datetime(2025, 9, 1, tzinfo=UTC)
DAYS, EFFECT = 120, 0.8
HOUR = timedelta(hours=1)


def recommended() -> Recommendation:
    line = SettingLine(name="temperature", tag="temperature", unit="degC", now=70.0, proposed=74.0, low=60, high=90, max_step=5)
    gain = Gain(objective="recovery", unit="%", expected=EFFECT, low=0.3, high=1.3, level=0.9)
    return made_proposal("line", (line,), gain).identified(BEFORE)


def records(until: datetime, plan: TrialPlan | None = None) -> pl.DataFrame:
    """Hourly readings since BEFORE: operators move a little before the trial, and follow its plan afterwards."""
    n = int((until - BEFORE) / HOUR)
    rng = np.random.default_rng(0)
    temperature = 70.0 + np.repeat(rng.integers(-1, 2, n // 60 + 1), 60)[:n].astype(float)
    for block in plan.blocks if plan else ():
        first, last = (int((stamp(text) - BEFORE) / HOUR) for text in (block.start, block.end))
        temperature[first:last] = 74.0 if block.arm == "proposed" else 70.0
    feed = lfilter([np.sqrt(1 - 0.98**2)], [1, -0.98], rng.normal(size=n))
    noise = lfilter([np.sqrt(1 - 0.9**2)], [1, -0.9], rng.normal(size=n))
    felt = lfilter([1 - np.exp(-0.5)], [1, -np.exp(-0.5)], temperature - 70.0)
    recovery = 80.0 + EFFECT / 4.0 * felt + feed + 0.6 * noise
    times = [f"{BEFORE + i * HOUR:%Y-%m-%d %H:%M}+00:00" for i in range(n)]
    wide = {"time": times, "temperature": temperature, "feed": (30.0 + feed).round(3), "recovery": recovery.round(3)}
    return pl.DataFrame(wide)


@dataclass(frozen=True)
class Desk:
    store: Store
    id: str
    sheet: Path
    source: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one proposed recommendation, beside its sheet and records."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "line.yaml").write_text(SHEET, encoding="utf-8")
    records(BEFORE + timedelta(days=DAYS)).write_csv(folder / "line.csv")
    Store.open(create=True, folder=folder / "mlruns")
    return folder


@pytest.fixture
def desk(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_STORE", raising=False)
    store, record = Store.open(), recommended()
    sheet, source = tmp_path / "line.yaml", tmp_path / "line.csv"
    log = Log.open(store.folder, create=True)
    record_promise(log, record.to_json(), sheet=str(sheet), source=str(source), four_eyes=False)
    return Desk(store, record.id, sheet, source)


@pytest.fixture(autouse=True, scope="module")
def fewer_runs():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidates, "RUNS", 60)
        patch.setattr(candidates, "RUNS_COVARIATES", 30)
        patch.setattr(candidates, "BLOCK_HOURS", (24, 48))
        patch.setattr(plan_module, "RUNS", 200)
        yield


@pytest.fixture(scope="module")
def plan(made: Path, fewer_runs: None) -> TrialPlan:
    """The plan that every desk would get, made once."""
    folder = made / "again"
    shutil.copytree(made / "mlruns", folder / "mlruns")
    store, record = Store.open(folder=folder / "mlruns"), recommended()
    log = Log.open(store.folder, create=True)
    sheet, source = made / "line.yaml", made / "line.csv"
    record_promise(log, record.to_json(), sheet=str(sheet), source=str(source), four_eyes=False)
    return plan_trial(store, record.id)


def test_planning_decides_nothing_and_writes_nothing(desk: Desk, plan: TrialPlan):
    before = Log.open(desk.store.folder).head
    planned = consider_trials(desk.store, desk.id)
    assert planned.plan.provable
    assert planned.plan.recommendation_sha256 == state_of(desk.store, desk.id).record_sha256
    assert planned.plan.covariates == ("feed",)
    assert planned.plan.id == plan.id
    assert Log.open(desk.store.folder).head == before
    assert state_of(desk.store, desk.id).state == "proposed"


def test_stop_rules_ask_the_past_at_the_proposed_settings(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    asked: dict[str, float | str] = {}
    monkeypatch.setattr("workbench.trials.limits_at", lambda _sheet, past, _model, settings: asked.update(settings) or past)
    plan_trial(desk.store, desk.id)
    assert asked == {line.name: line.proposed for line in recommended().settings}


def test_a_plan_that_would_begin_in_the_past_says_so(desk: Desk, capsys: pytest.CaptureFixture[str]):
    past = "which is past: --start DATE plans it for later.\n"
    assert main(["trial", "plan", desk.id]) == 0
    assert past in capsys.readouterr().out
    assert main(["trial", "plan", desk.id, "--start", "2091-01-08"]) == 0
    assert past not in capsys.readouterr().out


def test_a_notebook_says_beside_a_plan_what_the_command_line_says(
    desk: Desk, plan: TrialPlan, capsys: pytest.CaptureFixture[str]
):
    past = "which is past: the parameter start plans it for later."
    assert past in tell_plan(plan, state_of(desk.store, desk.id))
    east = plan.model_copy(update={"timezone": "Asia/Shanghai", "start": "2026-05-31T16:00:00+00:00"})
    assert f"This plan would begin on 1 Jun 2026, {past}" in tell_plan(east, state_of(desk.store, desk.id))  # the day there
    assert past not in tell_plan(plan)
    later = plan_trial(desk.store, desk.id, start=datetime(2091, 1, 8, tzinfo=UTC))
    assert past not in tell_plan(later, state_of(desk.store, desk.id))
    approve(desk.store, desk.id, by="Li Wei", why="try it")
    schedule_trial(desk.store, desk.id, plan)
    on_trial = state_of(desk.store, desk.id)
    assert "on trial already" not in tell_plan(plan, on_trial)  # its own
    assert past not in tell_plan(plan, on_trial)
    late = "after its first block began on "
    assert late in tell_plan(plan, on_trial)  # half of its blocks may be gone: who puts it on trial must know
    assert f"`workbench review withdraw {desk.id} --by NAME --why TEXT`" in tell_plan(plan, on_trial)
    capsys.readouterr()
    assert main(["trial", "schedule", desk.id]) == 0
    assert late in capsys.readouterr().out
    running = f"{desk.id} is on trial already, {plan_dates(plan)}, by plan {plan.id}: this is another plan."
    assert escaped(running) in tell_plan(later, on_trial)
    assert main(["trial", "plan", desk.id, "--start", "2091-01-08"]) == 0
    assert running in capsys.readouterr().out
    withdraw(desk.store, desk.id, by="Li Wei", why="pump repair")
    held = f"A trial of {desk.id} was planned before, {plan_dates(plan)}; the recommendation is withdrawn."
    assert escaped(held) in tell_plan(plan, state_of(desk.store, desk.id))


def test_the_days_of_a_plan_are_the_plant_s(plan: TrialPlan):
    """From 00:00 on 1 June in Tokyo is still 31 May in UTC: the ledger's reason told the day before."""
    ends = {"start": "2026-05-31T15:00:00+00:00", "end": "2026-06-05T23:00:00+00:00"}
    assert plan.model_copy(update={"timezone": "Asia/Tokyo", **ends}).days == "2026-06-01 to 2026-06-06"


def test_the_trial_notebook_hands_the_state_of_the_moment_to_the_plan():
    cells = json.loads((Path(__file__).parents[1] / "notebooks" / "trial.ipynb").read_text(encoding="utf-8"))["cells"]
    told = [line for cell in cells for line in cell["source"] if "tell_plan" in line]
    assert told == ["wb.tell_plan(plan, wb.find_recommendation(opened, state.id))"]


def test_only_what_was_approved_goes_on_trial(desk: Desk):
    with pytest.raises(InputError, match="is proposed, and only an approved recommendation goes on trial: `workbench review"):
        schedule_trial(desk.store, desk.id)
    approve(desk.store, desk.id, by="Li Wei", why="try it")
    plan = schedule_trial(desk.store, desk.id, seed=4)
    state = state_of(desk.store, desk.id)
    assert state.state == "on_trial"
    assert state.plan == plan
    assert plan.seed == 4


def test_a_trial_keeps_its_plan(desk: Desk, plan: TrialPlan, capsys: pytest.CaptureFixture[str]):
    approve(desk.store, desk.id, by="Li Wei", why="try it")
    assert schedule_trial(desk.store, desk.id, plan) == plan
    other = plan.model_copy(update={"seed": 9}).identified()
    assert schedule_trial(desk.store, desk.id) == plan
    with pytest.raises(InputError, match=f"is on trial by plan {plan.id}: withdraw it before another plan, {other.id}, begins"):
        schedule_trial(desk.store, desk.id, other)
    edited = plan.model_copy(update={"seed": 9})
    with pytest.raises(InputError, match="the plan given was changed after it was written: leave --plan away"):
        schedule_trial(desk.store, desk.id, edited)
    for told in (["--start", "2026-03-02"], ["--seed", "0"]):
        assert main(["trial", "schedule", desk.id, *told]) == 2
        said = capsys.readouterr().err
        assert f"{desk.id} is on trial by plan {plan.id}, which holds its own start and order: leave {told[0]} away" in said
        assert f"`workbench review withdraw {desk.id} --by NAME --why TEXT`" in said
        assert said.count("\n") == 1
    withdraw(desk.store, desk.id, by="Li Wei", why="pump repair")
    with pytest.raises(
        InputError,
        match=r"is withdrawn, and only an approved .*: it is taken back; .*; approve a newer one$",
    ):
        schedule_trial(desk.store, desk.id)
    assert main(["verify", desk.id]) == 2
    said = capsys.readouterr().err
    assert f"workbench: {desk.id} was withdrawn on {day_words(datetime.now(UTC))}, so its trial is over and decides" in said
    assert f"`workbench review show {desk.id}` says by whom and why" in said
    assert not [row for row in state_of(desk.store, desk.id).rows if row.kind == "verdict"]


def test_a_plan_of_another_record_is_refused(desk: Desk, plan: TrialPlan):
    approve(desk.store, desk.id, by="Li Wei", why="try it")
    strange = plan.model_copy(update={"recommendation_sha256": "0" * 64}).identified()
    with pytest.raises(InputError, match=r"is about another record than .* as approved: plan the trial again"):
        schedule_trial(desk.store, desk.id, strange)


def test_another_providers_promise_is_planned_and_goes_on_trial_like_ours(desk: Desk):
    record = foreign_promise(load_sheet(desk.sheet), "ACME", [("temperature", "70", "74")], EFFECT, 0.3, 1.3)
    log = Log.open(desk.store.folder)
    record_promise(log, record.to_json(), sheet=str(desk.sheet), source=str(desk.source), four_eyes=False, provider="ACME")
    approve(desk.store, record.id, by="Li Wei", why="try it")
    plan = schedule_trial(desk.store, record.id)
    assert plan.promise == record.gain
    assert [(s.name, s.present, s.proposed) for s in plan.settings] == [("temperature", 70.0, 74.0)]
    assert state_of(desk.store, record.id).state == "on_trial"


def promised_by(sheet: Path, source: Path, store: Store) -> str:
    """A promise that keeps what the sheet wanted when it was made, approved."""
    record = foreign_promise(load_sheet(sheet), "ACME", [("temperature", "70", "74")], EFFECT, 0.3, 1.3)
    log = Log.open(store.folder)
    record_promise(log, record.to_json(), sheet=str(sheet), source=str(source), four_eyes=False, provider="ACME")
    approve(store, record.id, by="Li Wei", why="try it")
    return record.id


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        ("maximize: recovery", "minimize: recovery", "its objective is to minimize recovery, promised was to maximize it: put"),
        ("maximize: recovery", 'maximize: "2*recovery"', "its objective is 2*recovery [%], promised was recovery [%]: put the"),
        ("100000", "250000", "a % of gain held for a year is worth 250,000 EUR there, promised was 100,000 EUR: put the sheet"),
    ],
    ids=["direction", "formula", "price"],
)
def test_a_sheet_that_wants_something_else_than_was_promised_carries_no_plan(
    desk: Desk, capsys: pytest.CaptureFixture[str], was: str, now: str, says: str
):
    """By a sheet turned round the trial would look for the loss of what was promised."""
    name = promised_by(desk.sheet, desk.source, desk.store)
    assert was in SHEET
    desk.sheet.write_text(SHEET.replace(was, now), encoding="utf-8")
    for command in (["trial", "plan", name], ["trial", "schedule", name], ["verify", name]):
        assert main(command) == 2
        said = capsys.readouterr().err
        assert f"{says}" in said
        assert said.count("\n") == 1
    assert state_of(desk.store, name).state == "approved"


def test_refused_records_carry_no_plan(desk: Desk):
    records(BEFORE + timedelta(days=3)).write_csv(desk.source)
    with pytest.raises(InputError, match=r"today's records cannot carry a plan: 19 usable periods of 19: at least 50"):
        consider_trials(desk.store, desk.id)


def test_the_files_for_the_control_room(plan: TrialPlan, tmp_path: Path):
    paths = save_plan(plan, tmp_path / "trial")
    assert TrialPlan.from_json(paths["plan.json"].read_text(encoding="utf-8")) == plan
    table = pl.read_csv(paths["schedule.csv"])
    assert table.height == len(plan.blocks)
    assert plan.id in paths["schedule.html"].read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_trial_run_as_planned_is_verified(desk: Desk, plan: TrialPlan):
    approve(desk.store, desk.id, by="Li Wei", why="try it")
    schedule_trial(desk.store, desk.id, plan)
    records(stamp(plan.end), plan).write_csv(desk.source)
    verdict = verify_trial(desk.store, desk.id)
    assert verdict.deviations == ()
    assert (verdict.grade, verdict.final) == ("A", True)
    assert verdict.effect is not None
    assert verdict.effect.low < EFFECT < verdict.effect.high
    assert verdict.blocks_used == len(plan.blocks)


def test_next_step_from_nothing_and_from_records(desk: Desk):
    step = next_step(desk.sheet)
    assert (step.stage, step.move) == ("first_moves", 1)
    assert step.settings[0].next == 70.0
    step = next_step(desk.sheet, desk.source)
    assert step.stage == "climb"
    assert step.results > 600
    assert abs(float(step.settings[0].next) - float(step.settings[0].now)) <= 5.0
    assert step == next_step(desk.sheet, desk.source)


def test_next_step_says_where_tune_takes_the_plant_to_stand(desk: Desk):
    """Of 42 periods the last six are at 73 degC, the first unsteady: 70 + 3 * 5 / 41. Half a degree is the same place."""
    said = "`now` is what the last record holds, from where the move steps. `workbench tune` takes the mean of the last 7 days"
    assert not any("workbench tune" in reason for reason in next_step(desk.sheet).reasons)  # no records, nothing to differ
    for last, is_said in ((73.0, True), (70.5, False)):
        frame = records(BEFORE + timedelta(days=DAYS))
        row = pl.int_range(pl.len())
        held = pl.when(row >= pl.len() - 24).then(last).when(row >= pl.len() - 168).then(70.0).otherwise(pl.col("temperature"))
        frame.with_columns(temperature=held).write_csv(desk.source)
        step = next_step(desk.sheet, desk.source)
        assert step.settings[0].now == last
        assert any(reason.startswith(said) and "temperature 70.37 degC." in reason for reason in step.reasons) == is_said
        assert any("workbench tune" in reason for reason in step.reasons) == is_said


def test_plans_and_moves_count_on_one_thread(desk: Desk):
    with one_thread_at("workbench.trials.plan_switchback"):
        consider_trials(desk.store, desk.id)
    with one_thread_at("workbench.trials.next_move"):
        next_step(desk.sheet, desk.source)
