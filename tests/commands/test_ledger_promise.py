"""Another provider's promise from the command line to its verdict and its place on the score card."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.test_proving import BEFORE, SHEET, planned, records
from workbench.cli import main
from workbench.planning import consider_trials
from workbench.plant import load_sheet
from workbench.proving import verify_trial
from workbench.track import Store, track_study
from workbench.track.drift import differences
from workbench.track.review import approve, list_reviews, put_on_trial
from workbench.trials import candidates, plan
from workbench.verify.foreign import foreign_promise
from workbench.verify.log import Log
from workbench.verify.promise import record_promise, same_settings, sheet_address

PROMISE = "ledger promise line.yaml --provider ACME --move temperature 70 74 --gain 1.0 --low 0.4 --high 1.6 --source trial.csv"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Store.open(create=True, folder=tmp_path_factory.mktemp("made") / "mlruns").folder


@pytest.fixture
def store(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    shutil.copytree(made, tmp_path / "mlruns")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_STORE", raising=False)
    (tmp_path / "line.yaml").write_text(SHEET, encoding="utf-8")
    (tmp_path / "trial.csv").write_text("time,temperature,recovery\n2026-03-02 00:00,70,80\n", encoding="utf-8")
    return Store.open()


def said(capsys: pytest.CaptureFixture[str], typed: str, code: int = 0) -> str:
    assert main(typed.split()) == code
    captured = capsys.readouterr()
    return captured.out if code == 0 else captured.err


def test_a_foreign_promise_waits_for_a_decision_like_any_other(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, f"{PROMISE} --by Ann")
    [state] = list_reviews(store)
    assert (state.state, state.provider, state.author, state.four_eyes) == ("proposed", "ACME", "Ann", False)
    assert (state.sheet, state.source) == (str(Path("line.yaml").absolute()), str(Path("trial.csv").absolute()))
    assert out.startswith(f"{state.id} stands in the ledger in {store.folder}: ACME promises 1.0 %-points, 100 k EUR/year.\n")
    assert f"`workbench review approve {state.id} --by NAME --why TEXT`" in out
    assert "ACME" in said(capsys, "ledger scores")
    assert Log.open(store.folder).check() == ()
    assert differences(store) == []


@pytest.mark.parametrize("moved", [False, True])
def test_an_old_promise_in_a_store_that_cannot_be_written_is_shown_as_expired(
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
    moved: bool,
) -> None:
    track_study(store, None, plant="line", started=BEFORE, status="KILLED")  # so that there is an address to follow
    record = foreign_promise(load_sheet("line.yaml"), "ACME", [("temperature", "70", "74")], 1.0, at=BEFORE)
    old = datetime.now(UTC) - timedelta(days=91)
    record_promise(Log.open(store.folder, create=True), record.to_json(), sheet="line.yaml", provider="ACME", at=old)
    if moved:
        shutil.copytree(store.folder, tmp_path / "copy")
        monkeypatch.setenv("WORKBENCH_STORE", str(tmp_path / "copy"))
    content = (Store.locate() / "ledger.db").read_bytes()
    request.getfixturevalue("no_writing")
    for typed in ("ledger", "review list", f"review show {record.id}"):
        assert "expired" in said(capsys, typed)
    assert "ACME" in said(capsys, "ledger scores")
    assert "1 row, none of them signed" in said(capsys, "ledger check")
    writing = (f"ledger cost {record.id} trial 1 EUR", f"review withdraw {record.id} --by Bo --why so", "review sync", PROMISE)
    for typed in writing:
        err = said(capsys, typed, code=2)
        assert "cannot be written: give yourself the right to write there" in err
        assert err.count("\n") == 1
    assert (Store.locate() / "ledger.db").read_bytes() == content
    monkeypatch.undo()


def test_a_provider_replaces_its_own_promise_alone(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, PROMISE)
    said(capsys, PROMISE.replace("ACME", "Other"))
    assert {s.provider: s.state for s in list_reviews(store)} == {"ACME": "proposed", "Other": "proposed"}
    first = next(s.id for s in list_reviews(store) if s.provider == "ACME")
    assert f"It takes the place of {first}.\n" in said(capsys, PROMISE.replace("70 74", "70 75"))
    assert sorted((s.provider, s.state) for s in list_reviews(store)) == [
        ("ACME", "proposed"), ("ACME", "superseded"), ("Other", "proposed"),
    ]  # fmt: skip


def test_the_same_settings_as_on_trial_are_nothing_new(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, PROMISE)
    [state] = list_reviews(store)
    approve(store, state.id, by="Li Wei", why="try it")
    assert "so there is nothing new to decide.\n" in said(capsys, PROMISE.replace("ACME", "Other"))


def test_a_setting_that_only_one_names_stays_where_it_is(store: Store) -> None:
    sheet = load_sheet("line.yaml")
    alone = foreign_promise(sheet, "ACME", [("temperature", "70", "74")], 1.0)
    [line] = alone.settings
    idle = line.model_copy(update={"name": "flow", "proposed": line.now})
    whole = alone.model_copy(update={"id": "line-20260101T0000Z-abcdef", "settings": (line, idle)})
    log = Log.open(store.folder, create=True)
    for record, provider in ((alone, "ACME"), (whole, "Other")):
        record_promise(log, record.to_json(), sheet=sheet_address(sheet), four_eyes=False, provider=provider)
    one, other = list_reviews(store)
    assert same_settings(one, other)
    assert same_settings(other, one)


def test_a_promise_that_names_only_some_settings_can_be_planned(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for place, name, runs in ((candidates, "RUNS", 40), (candidates, "RUNS_COVARIATES", 20), (plan, "RUNS", 40)):
        monkeypatch.setattr(place, name, runs)
    monkeypatch.setattr(candidates, "BLOCK_HOURS", (24,))
    flow = "  flow: {unit: m3/h, low: 10, high: 20, max_step: 2}\nconditions:"
    Path("line.yaml").write_text(SHEET.replace("conditions:", flow), encoding="utf-8")
    sheet = load_sheet("line.yaml")
    record = foreign_promise(sheet, "ACME", [("temperature", "70", "74")], 1.0)
    made = records(planned(record, "0" * 64))
    idle = 15.0 + pl.int_range(pl.len()).mod(5) / 10
    made.with_columns(idle.alias("flow")).write_csv("trial.csv")
    record_promise(
        Log.open(store.folder, create=True), record.to_json(), sheet=sheet_address(sheet), source="trial.csv", provider="ACME"
    )
    assert [s.name for s in consider_trials(store, record.id).plan.settings] == ["temperature"]


def test_a_foreign_promise_is_verified_by_a_trial_and_scored(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, PROMISE)
    [state] = list_reviews(store)
    plan = planned(state.recommendation, state.record_sha256)
    records(plan).write_csv("trial.csv")
    approve(store, state.id, by="Li Wei", why="try it")
    put_on_trial(store, state.id, plan)
    verdict = verify_trial(store, state.id)
    assert (verdict.grade, verdict.status) == ("A", "verified")
    [row] = [line for line in said(capsys, "ledger scores").splitlines() if "ACME" in line]
    assert "1 of 1" in row
    assert verdict.effect is not None
    assert f"{verdict.effect.estimate:.2f}" in row


def test_a_foreign_promise_without_a_trial_is_compared_and_scores_nobody(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = load_sheet("line.yaml")
    record = foreign_promise(sheet, "ACME", [("temperature", "70", "74")], 1.0, at=BEFORE)
    promise = {"sheet": sheet_address(sheet), "source": "trial.csv", "four_eyes": False, "provider": "ACME"}
    record_promise(Log.open(store.folder, create=True), record.to_json(), **promise)
    wide = records(planned(record, ""))
    changed = pl.when(pl.col("time") >= "2026-03-02").then(74.0).otherwise(70.0).alias("temperature")
    wide.with_columns(changed).write_csv("trial.csv")
    approve(store, record.id, by="Li Wei", why="try it")
    assert verify_trial(store, record.id).grade == "C"
    [row] = [line for line in said(capsys, "ledger scores").splitlines() if "ACME" in line]
    assert "0 of 1" in row


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (PROMISE.replace("line.yaml", "phosphoric_acit"), "(did you mean 'phosphoric_acid'?)"),
        (PROMISE.replace("temperature", "temprature"), "(did you mean 'temperature'?)"),
        (PROMISE.replace("--gain 1.0", "--gain much"), "'much' is not an amount"),
        (PROMISE.replace("--gain 1.0", "--gain 1.0 --value 3"), "not allowed with argument"),
        (PROMISE.replace("--provider ACME", ""), "--provider"),
        (PROMISE.replace("70 74", "70 79"), "more than its largest step 5"),
        (PROMISE, "trial.csv does not exist"),
    ],
)
def test_mistakes_are_one_sentence_and_make_no_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_STORE", raising=False)
    Path("line.yaml").write_text(SHEET, encoding="utf-8")
    err = said(capsys, typed, code=2)
    assert sentence in err
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["line.yaml"]
