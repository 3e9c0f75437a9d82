from __future__ import annotations

import errno
import json
import math
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from workbench.errors import InputError
from workbench.records import Recommendation
from workbench.track import Store, metric_name, track_study

STARTED = datetime(2026, 1, 12, 6, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store.open(create=True, folder=tmp_path_factory.mktemp("store") / "mlruns")


def track(store: Store, recommendation: Recommendation | None, **more: Any) -> Any:
    run = track_study(store, recommendation, started=STARTED, **more)
    return run, store.client().get_run(run.run_id)


def test_one_run_holds_the_study(store: Store, recommendation: Recommendation) -> None:
    trials = pl.DataFrame({"trial": [0, 1], "free_sulfate [g/L]": [27.1, 29.4]})
    run, seen = track(
        store,
        recommendation,
        params={"n_trials": 2},
        metrics={metric_name("free_sulfate", "g/L"): 29.4},
        artifacts={"card.html": "<p>card</p>", "trials.csv": trials, "frames/trials.parquet": trials, "note.bin": b"\x00"},
        description="**+0.61 %**",
    )
    assert seen.info.run_name == recommendation.id == run.name
    assert seen.info.status == "FINISHED"
    assert seen.info.start_time == STARTED.timestamp() * 1000
    assert seen.data.tags["plant"] == "acid_line_1"
    assert seen.data.tags["status"] == seen.data.tags["state"] == "proposed"
    assert seen.data.tags["mlflow.note.content"] == "**+0.61 %**"
    assert seen.data.params["n_trials"] == "2"
    assert seen.data.params["sheet_sha256"] == "ab" * 32
    assert seen.data.params["source_sha256"] == "cd" * 32
    assert seen.data.params["model"] == "surrogate"
    assert seen.data.params["held"] == "cooling, flow"
    assert seen.data.metrics["gain expected percent"] == 0.61
    assert seen.data.metrics["value expected CNY per year"] == 3_050_000
    assert seen.data.metrics["free_sulfate proposed g per L"] == 29.4
    assert seen.data.metrics["cake_loss high held probability"] == 0.99
    told = {
        name: seen.data.metrics[name] for name in ("readings in source", "readings used", "periods in history", "periods used")
    }
    assert list(told.values()) == [1000, 990, 403, 400]  # a long source has a row a reading, and many to a period
    assert not [name for name in seen.data.metrics if name.startswith("rows")]
    assert seen.inputs.dataset_inputs[0].dataset.name == "history.csv"
    folder = store.artifacts / "acid_line_1" / run.run_id / "artifacts"
    kept = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    assert kept == ["card.html", "frames/trials.parquet", "note.bin", "recommendation.json", "trials.csv"]
    assert (folder / "recommendation.json").read_text() == recommendation.to_json()
    assert (folder / "trials.csv").read_text() == "trial,free_sulfate [g/L]\n0,27.1\n1,29.4\n"
    assert json.loads((folder / "recommendation.json").read_text())["id"] == recommendation.id


def test_plants_have_one_experiment_each(store: Store, recommendation: Recommendation) -> None:
    first, _ = track(store, recommendation)
    second, _ = track(store, recommendation)
    other, _ = track(store, recommendation.model_copy(update={"plant": "acid_line_2"}))
    assert first.experiment_id == second.experiment_id != other.experiment_id
    assert first.url == (
        f"http://127.0.0.1:5000/#/experiments/{first.experiment_id}/runs/{first.run_id}?workflowType=machine_learning"
    )


def test_no_change_has_no_review_state(store: Store, recommendation: Recommendation) -> None:
    _, seen = track(store, recommendation.model_copy(update={"status": "no_change", "gain": None, "value_per_year": None}))
    assert seen.data.tags["status"] == "no_change"
    assert "state" not in seen.data.tags
    assert not [name for name in seen.data.metrics if name.startswith(("gain", "value"))]


def test_interrupted_study_keeps_its_trials_and_recommends_nothing(store: Store) -> None:
    run, seen = track(store, None, plant="acid_line_1", status="KILLED", artifacts={"trials.csv": pl.DataFrame({"trial": [0]})})
    assert seen.info.status == "KILLED"
    assert seen.info.run_name == "acid_line_1-20260112T060000Z-interrupted"
    assert [f.path for f in store.client().list_artifacts(run.run_id)] == ["trials.csv"]


def test_interrupted_study_needs_its_plant(store: Store) -> None:
    with pytest.raises(ValueError, match="needs the plant's name"):
        track_study(store, None, started=STARTED)


def test_more_numbers_than_one_batch_takes(store: Store, recommendation: Recommendation) -> None:
    _, seen = track(
        store,
        recommendation,
        params={f"p{n}": n for n in range(150)},
        metrics={f"m{n}": float(n) for n in range(1600)}
        | {"readings": 14_106_069, "share": 0.12345678, "none": None, "nan": math.nan},
        tags={"long": "x" * 9000},
    )
    assert {f"p{n}" for n in range(150)} <= set(seen.data.params)
    assert {f"m{n}" for n in range(1600)} <= set(seen.data.metrics)
    assert seen.data.metrics["readings"] == 14_106_069  # a count is no measurement
    assert seen.data.metrics["share"] == 0.123457
    assert not {"none", "nan"} & set(seen.data.metrics)
    assert len(seen.data.tags["long"]) == 8000


def test_deleted_experiment_comes_back_with_a_new_study(store: Store, recommendation: Recommendation) -> None:
    moved = recommendation.model_copy(update={"plant": "tool_room"})
    run, _ = track(store, moved)
    store.client().delete_experiment(run.experiment_id)
    again, _ = track(store, moved)
    assert again.experiment_id == run.experiment_id


@pytest.mark.parametrize(
    ("number", "sentence"),
    [(errno.ENOSPC, "is full: make room on it"), (errno.EROFS, "cannot be written: give yourself the right")],
)
def test_disk_that_refuses_is_one_sentence(
    store: Store, recommendation: Recommendation, monkeypatch: pytest.MonkeyPatch, number: int, sentence: str
) -> None:
    from mlflow import MlflowClient

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, "refused")

    monkeypatch.setattr(MlflowClient, "log_artifacts", refuse)
    with pytest.raises(InputError, match=sentence):
        track(store, recommendation)
    [newest] = store.client().search_runs(["1"], max_results=1, order_by=["attributes.end_time DESC"])
    assert newest.info.status == "FAILED"  # a half-written run never looks finished


@pytest.mark.parametrize(
    ("said", "sentence"),
    [("database or disk is full", "is full: make room on it"), ("disk I/O error", "fails while writing: make room on it")],
)
def test_disk_that_is_full_to_the_end_is_one_sentence(
    store: Store, recommendation: Recommendation, monkeypatch: pytest.MonkeyPatch, said: str, sentence: str
) -> None:
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    def refuse(*_: object, **__: object) -> None:
        raise MlflowException(f"(sqlite3.OperationalError) {said} [SQL: INSERT INTO params]")

    def refuse_mark(*_: object, **__: object) -> None:
        raise MlflowException("(sqlite3.OperationalError) cannot start a transaction [SQL: UPDATE runs]")

    monkeypatch.setattr(MlflowClient, "log_batch", refuse)
    monkeypatch.setattr(MlflowClient, "set_terminated", refuse_mark)
    with pytest.raises(InputError, match=sentence) as caught:
        track(store, recommendation)
    assert "SQL" not in str(caught.value)


def test_failed_run_is_marked_once_its_files_are_gone(
    store: Store, recommendation: Recommendation, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import MlflowClient

    marked = []

    def mark(_: MlflowClient, run_id: str, status: str) -> None:
        marked.append((status, list(store.folder.glob(".run-*"))))

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "refused")

    monkeypatch.setattr(MlflowClient, "log_artifacts", refuse)
    monkeypatch.setattr(MlflowClient, "set_terminated", mark)
    with pytest.raises(InputError, match="is full"):
        track(store, recommendation)
    assert marked == [("FAILED", [])]


def test_unknown_frame_format_leaves_no_run(store: Store, recommendation: Recommendation) -> None:
    fresh = recommendation.model_copy(update={"plant": "never"})
    with pytest.raises(ValueError, match=r"not as trials\.xlsx"):
        track(store, fresh, artifacts={"trials.xlsx": pl.DataFrame({"trial": [0]})})
    assert store.client().get_experiment_by_name("never") is None


@pytest.mark.parametrize(
    ("quantity", "unit", "name"),
    [
        ("gain", "%", "gain percent"),
        ("flow", "Nm3/h", "flow Nm3 per h"),
        ("pressure", "bar(g)", "pressure bar g"),
        ("temperature", "°C", "temperature degC"),
        ("ratio", "-", "ratio"),
        ("count", "", "count"),
    ],
)
def test_metric_names_carry_the_unit(quantity: str, unit: str, name: str) -> None:
    assert metric_name(quantity, unit) == name
