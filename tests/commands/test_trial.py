"""`workbench trial` as people type it."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from workbench import planning
from workbench.cli import main
from workbench.track import Store

SHEET = """\
name: desk
batch: lot
settings:
  temp: {unit: degC, low: 60, high: 90, max_step: 4, base: 70}
  mode: {choices: [slow, fast, turbo], base: slow}
outcomes:
  gained: {unit: "%"}
objective: {maximize: gained}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_STORE", raising=False)
    (tmp_path / "desk.yaml").write_text(SHEET, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("action", ["plan", "schedule", "next"])
def test_every_action_has_help(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trial", action, "--help"]) == 0
    assert f"usage: workbench trial {action}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (["trial"], "the following arguments are required: ACTION"),
        (["trial", "pln", "x"], "invalid choice: 'pln'"),
        (["trial", "plan", "x"], "there is no store at"),
        (["trial", "plan", "x", "--seed", "-1"], "'-1' is not a whole number of 0 or more"),
        (["trial", "plan", "x", "--seed", "one"], "'one' is not a whole number of 0 or more"),
        (["trial", "next", "nowhere.yaml"], "nowhere.yaml"),
        (["trial", "next", "desk.yaml", "--source", "gone.csv"], "gone.csv"),
    ],
)
def test_users_mistakes_are_one_sentence(
    typed: list[str], sentence: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(typed) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert sentence in said.err
    assert said.err.startswith("workbench: ")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("more", [["--start", "2026-03-02"], ["--seed", "0"], ["--start", "2026-03-02", "--seed", "0"]])
def test_a_plan_holds_its_own_start_and_order(more: list[str], here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trial", "schedule", "x", "--plan", "plan.json", *more]) == 2
    said = capsys.readouterr().err
    told = " and ".join(name for name in more if name.startswith("--"))
    assert f"{told} cannot be given with --plan, for a plan holds its own start and order: leave {told} away" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("action", ["plan", "schedule"])
def test_the_folder_is_tried_before_anything_is_written(
    action: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("the folder cannot be written")

    monkeypatch.setattr(Store, "open", lambda: SimpleNamespace(folder=here))
    monkeypatch.setattr(planning, "consider_trials", never)
    monkeypatch.setattr(planning, "schedule_trial", never)
    for out in ("desk.yaml", "/proc/none"):
        assert main(["trial", action, "x", "--out", out]) == 2
        said = capsys.readouterr().err
        assert f"the folder {out} cannot be made or written (" in said
        assert said.count("\n") == 1


@pytest.mark.parametrize("text", ["[1]", "3", "null", '"plan"', "", "{}", '{"id": 3}'])
def test_every_file_that_is_no_plan_is_one_sentence(
    text: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Store, "open", lambda: SimpleNamespace(folder=here))
    (here / "plan.json").write_text(text, encoding="utf-8")
    assert main(["trial", "schedule", "x", "--plan", "plan.json"]) == 2
    said = capsys.readouterr().err
    assert "--plan plan.json is no plan: name a plan.json that `workbench trial plan` wrote" in said
    assert said.count("\n") == 1


def test_a_plan_that_is_none_is_said(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(Store, "open", lambda: SimpleNamespace(folder=here))
    (here / "plan.json").write_text('{"id": 3}', encoding="utf-8")
    assert main(["trial", "schedule", "x", "--plan", "plan.json"]) == 2
    assert "--plan plan.json is no plan: name a plan.json that `workbench trial plan` wrote" in capsys.readouterr().err
    assert main(["trial", "schedule", "x", "--plan", "gone.json"]) == 2
    assert "--plan gone.json cannot be read (No such file or directory)" in capsys.readouterr().err


def test_options_reach_the_planner(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked = {}

    def consider(store, recommendation_id, seed, start, progress):
        asked.update(id=recommendation_id, seed=seed, start=start)
        raise planning.InputError("enough: that was all")

    monkeypatch.setattr(Store, "open", lambda: SimpleNamespace(folder=here))
    monkeypatch.setattr(planning, "consider_trials", consider)
    assert main(["trial", "plan", "3fa9c1", "--seed", "5"]) == 2
    assert asked == {"id": "3fa9c1", "seed": 5, "start": None}
    assert capsys.readouterr().err == "workbench: enough: that was all\n"


def test_next_tries_the_folder_first(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trial", "next", "desk.yaml", "--out", "/proc/none/next.json"]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("workbench: the folder /proc/none cannot be made or written (")
    assert (said.out, said.err.count("\n")) == ("", 1)


def test_next_without_records_prints_the_first_move_and_writes_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trial", "next", "desk.yaml", "--out", "next.json"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("desk: move 1 of 5 of the first moves")
    assert "70.00" in said
    assert "Wrote next.json" in said
    written = json.loads((here / "next.json").read_text(encoding="utf-8"))
    assert (written["stage"], written["move"], written["moves"]) == ("first_moves", 1, 5)
    assert [s["next"] for s in written["settings"]] == [70.0, "slow"]


def test_next_from_a_file_of_batches(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "lots.csv").write_text(
        "lot,temp,mode,gained\n1,70,slow,60\n2,72,fast,63\n3,72,slow,61.5\n4,68,slow,\n", encoding="utf-8"
    )
    assert main(["trial", "next", "desk.yaml", "--source", "lots.csv"]) == 0
    said = capsys.readouterr().out
    assert "Learned from 3 results, 1 more without a result yet." in said
    assert "fast" in said
