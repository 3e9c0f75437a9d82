from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.made import made_proposal
from workbench.cli import main
from workbench.errors import InputError
from workbench.plant import read_sheet
from workbench.records import Gain, Money, SettingLine
from workbench.track import Store, track_promise, track_study
from workbench.track.review import state_of
from workbench.verify.log import Log

SHEET = """
name: acid_line_1
period: 1h
four_eyes: false
settings: {free_sulfate: {unit: g/L, low: 20, high: 40, max_step: 3}}
outcomes: {recovery: {unit: "%"}}
objective: {maximize: recovery, unit: "%"}
"""
RECORD = made_proposal(
    "acid_line_1",
    (SettingLine(name="free_sulfate", tag="S", unit="g/L", now=27.1, proposed=29.4, low=20, high=40, max_step=3),),
    Gain(objective="recovery", unit="%", expected=0.61, low=0.22, high=0.98, level=0.9),
    created="2026-01-12T06:00:00Z",
    title="Acid, line 1",
    value_per_year=Money(currency="CNY", expected=3.05e6, low=1.1e6, high=4.9e6),
).identified("20260112T0600Z")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "mlruns"
    store = Store.open(create=True, folder=folder)
    run = track_study(store, RECORD, started=datetime.now(UTC), description="**Proposed**: more")
    track_promise(store, run, RECORD, read_sheet(SHEET))
    return folder


@pytest.fixture
def here(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(made, tmp_path / "mlruns")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_STORE", raising=False)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], typed: str, code: int = 0) -> str:
    words = [word.replace("_", " ") if word.startswith("=") else word for word in typed.split()]
    assert main([word.removeprefix("=") for word in words]) == code
    captured = capsys.readouterr()
    return captured.out if code == 0 else captured.err


@pytest.mark.parametrize("typed", ["review", "review list"])
def test_list_names_the_store_and_each_recommendation(here: Path, capsys: pytest.CaptureFixture[str], typed: str) -> None:
    lines = said(capsys, typed).splitlines()
    assert lines[0] == f"Store: {here / 'mlruns'}"
    assert lines[2].split() == ["recommendation", "state", "until", "promised", "approved", "by", "last", "step", "by"]
    assert lines[4].startswith(f"{RECORD.id}  proposed  ")
    assert lines[4].endswith("3.1 M CNY/year")
    assert len(lines) == 5  # no word of differences where there are none


def test_reading_makes_no_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_STORE", raising=False)
    for typed in ("review list", "review show x", "review sync", "review approve x --by a --why b", "ledger", "ledger check"):
        assert "there is no store at" in said(capsys, typed, code=2)
    for typed in ("ledger cost acid licence 1 euro", "ledger import nowhere", "ledger restore nowhere"):
        assert said(capsys, typed, code=2).count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_approve_then_show(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, f"review approve {RECORD.id[-6:]} --by =Li_Wei --why =as_in_May")
    assert out.startswith(f"{RECORD.id} is approved, until ")
    out = said(capsys, f"review show {RECORD.id}")
    assert "State:    approved until " in out
    assert "free_sulfate  27.1      29.4    +2.3  g/L" in out
    assert "proposed -> approved  Li Wei (" in out
    assert "Why:\n  2  as in May\n" in out
    assert "SHA-256 " in out


def test_a_cost_is_shown_on_the_page_at_once(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, f"review reject {RECORD.id[-6:]} --by Li --why no")
    said(capsys, f"ledger cost {RECORD.id[-6:]} trial 1,234,567.5 CNY")
    said(capsys, f"ledger cost {RECORD.id[-6:]} hours 300 EUR")
    out = said(capsys, f"ledger cost {RECORD.id[-6:]} trial -234,567.5 CNY")
    assert out == f"Row 5 of the ledger in {here / 'mlruns'}: trial -234,567.5 CNY for {RECORD.id}\n"
    store = Store.open()
    shown = store.client().get_run(state_of(store, RECORD.id).run_id).data
    assert {name: shown.metrics[name] for name in shown.metrics if name.startswith("cost")} == {
        "cost CNY": 1_000_000.0,
        "cost EUR": 300.0,
    }
    assert shown.tags["ledger_head"] == Log.open(store.folder).head
    assert shown.tags["state"] == "rejected"


def test_a_cost_that_mlflow_cannot_show_stands_in_the_ledger(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise InputError("the disk is full")

    monkeypatch.setattr("workbench.track.review.mirror_states", refuse)
    assert said(capsys, f"ledger cost {RECORD.id} trial 100 CNY", code=2) == (
        "workbench: row 2 stands in the ledger, but MLflow's page does not show it yet (the disk is full):"
        " run `workbench review sync` later\n"
    )
    assert Log.open(here / "mlruns").rows()[-1].payload["amount"] == 100.0
    monkeypatch.undo()
    monkeypatch.chdir(here)
    said(capsys, "review sync")
    store = Store.open()
    assert store.client().get_run(state_of(store, RECORD.id).run_id).data.metrics["cost CNY"] == 100.0


def test_reject_and_withdraw(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "is rejected: it must not be tried" in said(capsys, f"review reject {RECORD.id} --by Li --why no")
    assert "is rejected and cannot become withdrawn" in said(capsys, f"review withdraw {RECORD.id} --by Li --why no", code=2)


def test_a_tag_changed_by_hand_is_said_and_mended(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store.open()
    store.client().set_tag(state_of(store, RECORD.id).run_id, "state", "approved")
    for typed in ("review list", f"review show {RECORD.id}"):
        out = said(capsys, typed)
        assert "MLflow's page says 'approved', but the ledger says proposed: no such decision is recorded" in out
        assert "`workbench review sync` puts the pages right." in out
    assert "- mended: " in said(capsys, "review sync")
    assert "MLflow's pages say what the ledger says." in said(capsys, "review sync")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("review show zebra", "there is no recommendation 'zebra'"),
        (f"review show {RECORD.id[:-1]}x", f"(did you mean '{RECORD.id}'?)"),
        (f"review approve {RECORD.id} --why x", "the following arguments are required: --by"),
        (f"review approve {RECORD.id} --by Li --why =", "--why is empty"),
        ("review aprove x", "aprove"),
    ],
)
def test_mistakes_are_one_sentence(here: Path, capsys: pytest.CaptureFixture[str], typed: str, sentence: str) -> None:
    err = said(capsys, typed, code=2)
    assert sentence in err
    assert err.count("\n") == 1


def test_a_changed_past_row_ends_every_command(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import sqlite3

    said(capsys, f"review approve {RECORD.id} --by Li --why x")
    connection = sqlite3.connect(here / "mlruns" / "ledger.db")
    connection.execute("DROP TRIGGER log_no_update")
    connection.execute("UPDATE log SET actor = 'Eve' WHERE seq = 2")
    connection.commit()
    connection.close()
    for typed in ("review list", "ledger", "ledger check", "ledger export out"):
        assert "cannot be trusted" in said(capsys, typed, code=2)
    assert main(["ledger", "check"]) == 2
    assert "- row 2 (review, acid_line_1, " in capsys.readouterr().out
