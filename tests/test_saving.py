"""Stopped by a person: wherever the study stands, a killed run is left, and never a recommendation."""

from __future__ import annotations

import contextlib
import hashlib
import json
import signal
import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import workbench.loaders
import workbench.models.surrogates
import workbench.prepare
import workbench.saving
import workbench.show
import workbench.study
from workbench.cli import main
from workbench.errors import InputError
from workbench.plant import load_sheet
from workbench.records import Recommendation
from workbench.saving import save_study, stops_tracked, trials_kept
from workbench.study import read_history, recommend
from workbench.track import Store
from workbench.track.review import approve, list_reviews
from workbench.tuning import SearchStoppedError

if TYPE_CHECKING:
    from conftest import SmallPlant

KEPT = pl.DataFrame({"trial": [0, 1]})


def press(*_: object, **__: object) -> None:
    """Ctrl-C as the operating system gives it."""
    signal.raise_signal(signal.SIGINT)


def run_of(store: Store) -> Any:
    client = store.client()
    (experiment,) = client.search_experiments()
    (run,) = client.search_runs([experiment.experiment_id])
    return run


def written(plant: SmallPlant) -> set[str]:
    return {p.name for p in plant.folder.rglob("*") if p.name in {"recommendation.json", "card.html", "trials.csv"}}


@pytest.mark.parametrize(
    ("room", "step", "kept"),
    [
        (workbench.loaders, "read_records", set()),
        (workbench.prepare, "prepare_history", set()),
        (workbench.models.surrogates, "learn", set()),
        (workbench.study, "_referee", {"trials.csv"}),
        (workbench.show, "card_html", {"trials.csv"}),
    ],
    ids=["loading", "preparing", "learning", "after the search", "drawing the card"],
)
def test_ctrl_c_leaves_a_killed_run(
    room: object,
    step: str,
    kept: set[str],
    plant: SmallPlant,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(room, step, press)
    assert main(["tune", "small.yaml", "--trials", "10", "--out", "answer"]) == 130
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("workbench: stopped")
    assert said.err.endswith(f"; tracked without a recommendation in {plant.folder / 'mlruns'}\n")
    assert said.err.count("\n") == 1
    assert written(plant) == kept
    run = run_of(Store.open())
    assert run.info.status == "KILLED"
    assert run.data.tags["status"] == "interrupted"
    assert run.data.params["seed"] == "0"


def test_ctrl_c_while_the_store_opens(plant: SmallPlant, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Store.open
    presses = [press]

    def open_slowly(*arguments: Any, **more: Any) -> Store:
        if presses:
            presses.pop()()
        return opened(*arguments, **more)

    monkeypatch.setattr(Store, "open", open_slowly)
    assert main(["tune", "small.yaml", "--trials", "10", "--out", "answer"]) == 130
    assert written(plant) == {"trials.csv"}
    assert run_of(Store.open()).info.status == "KILLED"


def test_ctrl_c_while_the_answer_is_written_comes_too_late(
    plant: SmallPlant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write = workbench.saving.write_all

    def write_slowly(texts: Mapping[Path, str]) -> None:
        press()
        write(texts)

    monkeypatch.setattr(workbench.saving, "write_all", write_slowly)
    assert main(["tune", "small.yaml", "--trials", "10", "--out", "answer"]) == 0
    assert written(plant) == {"recommendation.json", "card.html", "trials.csv"}
    assert run_of(Store.open()).info.status == "FINISHED"
    assert "Tracked in" in capsys.readouterr().out


@pytest.mark.parametrize("change", ["edited", "removed"])
def test_the_sheet_of_the_study_is_tracked_whatever_became_of_its_file(change: str, plant: SmallPlant) -> None:
    before = plant.sheet.read_bytes().replace(b"\n", b"\r\n")
    plant.sheet.write_bytes(before)
    sheet = load_sheet(plant.sheet)
    study = recommend(sheet, read_history(sheet), n_trials=10)
    if change == "edited":
        plant.sheet.write_bytes(before.replace(b"max_step: 5", b"max_step: 9"))
    else:
        plant.sheet.unlink()
    save_study(study)
    (kept,) = (plant.folder / "mlruns").rglob("small.yaml")
    assert kept.read_bytes() == before
    assert hashlib.sha256(before).hexdigest() == study.recommendation.lineage.sheet_sha256


def test_untracked_study_leaves_nothing(
    plant: SmallPlant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(workbench.prepare, "prepare_history", press)
    assert main(["tune", "small.yaml", "--no-track"]) == 130
    assert capsys.readouterr().err == "workbench: stopped\n"
    assert not (plant.folder / "mlruns").exists()


def test_store_that_cannot_be_written_is_said(plant: SmallPlant, monkeypatch: pytest.MonkeyPatch) -> None:
    (plant.folder / "mlruns").write_text("a file", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt, match="stopped, and not tracked: "), stops_tracked(load_sheet(plant.sheet)):
        raise KeyboardInterrupt


def test_a_store_of_another_mlflow_is_refused_before_the_study(
    plant: SmallPlant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store.open(create=True)
    with contextlib.closing(sqlite3.connect(store.database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'f00dfeedbeef'")
        connection.commit()
    monkeypatch.setattr(workbench.loaders, "read_records", None)  # not reached
    assert main(["tune", "small.yaml", "--trials", "10"]) == 2
    said = capsys.readouterr().err
    assert "was written by a newer MLflow than the one installed here" in said
    assert said.count("\n") == 1


def test_nothing_is_tracked_where_nothing_stops(plant: SmallPlant) -> None:
    with stops_tracked(load_sheet(plant.sheet)):
        pass
    assert not (plant.folder / "mlruns").exists()


def test_trials_go_with_the_stop() -> None:
    with pytest.raises(SearchStoppedError, match="stopped after 2 of 2 trials") as stop, trials_kept(KEPT):
        raise KeyboardInterrupt
    assert stop.value.trials is KEPT
    with pytest.raises(KeyboardInterrupt), trials_kept(None):
        raise KeyboardInterrupt


def test_second_ctrl_c_waits_until_the_killed_run_is_written(plant: SmallPlant, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Store.open
    monkeypatch.setattr(Store, "open", lambda *a, **k: (press(), opened(*a, **k))[1])
    with pytest.raises(KeyboardInterrupt, match="tracked without a recommendation"), stops_tracked(load_sheet(plant.sheet)):
        press()
    monkeypatch.setattr(Store, "open", opened)
    assert run_of(Store.open()).info.status == "KILLED"


def test_folder_may_be_a_text(plant: SmallPlant, small_answer: Callable[[], Any]) -> None:
    result = save_study(small_answer(), "answer", track=False)
    assert result.card_path == Path("answer/card.html")
    assert json.loads(Path("answer/recommendation.json").read_text(encoding="utf-8"))["plant"] == "small"


def test_card_says_considered_where_nothing_is_proposed(plant: SmallPlant, small_answer: Callable[[], Any]) -> None:
    study = small_answer()
    for status, word in (("proposed", "proposed"), ("no_change", "considered")):
        shown = workbench.saving._figures(
            type(study)(**{**vars(study), "recommendation": study.recommendation.model_copy(update={"status": status})})
        )
        assert word in {trace.name for trace in shown[0].data}


@pytest.fixture
def small_answer(plant: SmallPlant) -> Callable[[], Any]:
    """The study of the small plant, quickly."""

    def answer() -> Any:
        sheet = load_sheet(plant.sheet)
        return recommend(sheet, read_history(sheet), n_trials=10)

    return answer


def test_what_the_sheet_wanted_is_in_the_record(plant: SmallPlant) -> None:
    sheet = load_sheet(plant.sheet)
    record = recommend(sheet, read_history(sheet), n_trials=10).recommendation
    assert record.objective == sheet.objective_line
    assert (record.objective.formula, record.objective.maximize) == (sheet.objective.text, sheet.objective.maximize)
    older = json.loads(record.to_json())
    older.pop("objective")
    assert Recommendation.from_json(json.dumps(older)).objective is None


def test_the_conditions_that_it_is_judged_under_are_in_the_record(plant: SmallPlant) -> None:
    """First and last of the recent periods, in plant time; the last is the last of the history."""
    sheet = load_sheet(plant.sheet)
    study = recommend(sheet, read_history(sheet), n_trials=10)
    lineage, recent = study.recommendation.lineage, study.tuned.judge.present.recent  # type: ignore[union-attr]
    assert lineage.recent_periods == recent.height > 0
    assert lineage.timezone == sheet.timezone
    ends = [datetime.fromisoformat(str(stamp)) for stamp in (lineage.recent_from, lineage.recent_to)]
    assert ends == [recent["time"][0], recent["time"][-1]]
    assert ends[1] == datetime.fromisoformat(str(lineage.to))


def test_settings_that_were_held_are_in_the_record(plant: SmallPlant) -> None:
    sheet = load_sheet(plant.sheet)
    assert recommend(sheet, read_history(sheet), n_trials=10, fix=["flow"]).recommendation.lineage.held == ("flow",)


def test_settings_that_are_approved_already_are_said_to_be_nothing_new(
    plant: SmallPlant, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = ["tune", "small.yaml", "--trials", "10"]
    plant.change_sheet("name: small\n", "name: small\nfour_eyes: false\n")
    assert main(typed) == 0
    assert "nothing new" not in capsys.readouterr().out
    [first] = list_reviews(Store.open())
    approve(Store.open(), first.id, by="Li Wei", why="try it")
    history = pl.read_csv(plant.history)
    plant.write_history(history.head(history.height - 1))  # another record of the same settings
    assert main([*typed, "--out", "answer"]) == 0
    said = capsys.readouterr().out
    assert f"it proposes the same settings as {first.id}, which is approved: nothing new to decide.\n" in said
    assert "Go on with that one, or withdraw it (`workbench review withdraw ID --by NAME --why TEXT`) and tune again.\n" in said
    assert json.loads((plant.folder / "answer" / "recommendation.json").read_text())["status"] == "proposed"


def test_a_notebook_that_asks_for_no_settings_is_refused_as_the_command_is(plant: SmallPlant) -> None:
    sheet = load_sheet(plant.sheet)
    with pytest.raises(InputError, match=r"^n_trials is 0: the number of settings to look at must be 1 or more$"):
        recommend(sheet, read_history(sheet), n_trials=0)
