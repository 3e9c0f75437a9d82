from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.errors import InputError
from workbench.track import Store, serve_ui
from workbench.track.drift import sync
from workbench.track.faults import _known_versions, store_faults
from workbench.track.pages import read_pages

RACER = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from workbench.track import Store, track_study
import mlflow
Path(sys.argv[2]).touch()                       # here
while not Path(sys.argv[1]).exists():           # and all go at once
    time.sleep(0.005)
run = track_study(Store.open(create=True), None, plant="acid", started=datetime.now(UTC), status="KILLED")
print(run.run_id)
"""


def test_store_is_mlruns_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORKBENCH_STORE", raising=False)
    monkeypatch.chdir(tmp_path)
    assert Store.locate() == tmp_path / "mlruns"


def test_environment_names_another_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_STORE", str(tmp_path / "elsewhere"))
    assert Store.locate() == tmp_path / "elsewhere"


def test_reading_never_makes_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORKBENCH_STORE", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"there is no store at .*mlruns: track a study first \(`workbench tune PLANT`\)"):
        Store.open()
    assert list(tmp_path.iterdir()) == []


def test_made_once_then_opened(tmp_path: Path) -> None:
    folder = tmp_path / "a folder with blanks"
    made = Store.open(create=True, folder=folder)
    assert made.exists
    before = made.database.stat().st_mtime_ns
    assert Store.open(create=True, folder=folder) == made == Store.open(folder=folder)
    assert made.database.stat().st_mtime_ns == before
    assert not [p for p in folder.iterdir() if p.name.startswith(".making")]
    assert made.client().search_experiments() == []  # no empty "Default" beside the plants


def test_nothing_is_written_into_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    store = Store.open(create=True, folder=tmp_path / "there")
    store.client().search_experiments()
    assert list((tmp_path / "here").iterdir()) == []


def test_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "mlruns").write_text("")
    with pytest.raises(InputError, match="a file stands where a folder should"):
        Store.open(create=True, folder=tmp_path / "mlruns")


@pytest.mark.parametrize(("name", "seen"), [("what?", r"\?"), ("a%20b", "%20")])
def test_path_that_mlflow_would_misread(tmp_path: Path, name: str, seen: str) -> None:
    store = Store(tmp_path / name)
    for step in (store.demand_version, lambda: Store.open(create=True, folder=store.folder)):
        with pytest.raises(InputError, match=rf"has '{seen}' in its path, which MLflow reads as something else: rename"):
            step()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root and Windows write everywhere")
def test_no_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match=r"cannot be written: give yourself the right to write there, or set WORKBENCH_STORE"):
        Store.open(create=True, folder=tmp_path / "mlruns")


def test_telemetry_is_off(tmp_path: Path) -> None:
    Store.open(create=True, folder=tmp_path).client()
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert os.environ["DO_NOT_TRACK"] == "true"


def test_artifacts_follow_a_moved_store(tmp_path: Path) -> None:
    old = Store.open(create=True, folder=tmp_path / "old place" / "mlruns")
    client = old.client()
    experiment = client.create_experiment("acid", artifact_location=f"{old.artifacts.as_uri()}/acid")
    run = client.create_run(experiment)
    client.log_text(run.info.run_id, "the card", "card.html")
    shutil.copytree(tmp_path / "old place", tmp_path / "new")
    shutil.rmtree(tmp_path / "old place")

    new = Store.open(folder=tmp_path / "new" / "mlruns")
    moved = new.client().get_run(run.info.run_id)
    assert moved.info.artifact_uri.startswith(new.artifacts.as_uri())
    assert [f.path for f in new.client().list_artifacts(run.info.run_id)] == ["card.html"]


def test_a_moved_store_that_cannot_be_written_is_read(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    old = Store.open(create=True, folder=tmp_path / "old" / "mlruns")
    client = old.client()
    run = client.create_run(client.create_experiment("acid", artifact_location=f"{old.artifacts.as_uri()}/acid"))
    client.log_text(run.info.run_id, "the card", "card.html")
    (tmp_path / "old").rename(tmp_path / "new")
    folder = tmp_path / "new" / "mlruns"
    content = (folder / "mlflow.db").read_bytes()
    request.getfixturevalue("no_writing")
    new = Store.open(folder=folder)
    page = read_pages(new)[run.info.run_id]
    assert page.artifacts.is_relative_to(new.artifacts)
    assert page.text("card.html") == "the card"
    for write in (lambda: Store.open(create=True, folder=folder), new.client, lambda: sync(new), lambda: serve_ui(new)):
        with pytest.raises(
            InputError, match=r"cannot be written: give yourself the right to write there, or set WORKBENCH_STORE"
        ):
            write()
    assert (folder / "mlflow.db").read_bytes() == content
    assert not (tmp_path / "old").exists()


def test_artifacts_kept_elsewhere_on_purpose_stay_there(tmp_path: Path) -> None:
    store = Store.open(create=True, folder=tmp_path / "mlruns")
    store.client().create_experiment("mine", artifact_location=(tmp_path / "shared").as_uri())
    Store.open(folder=tmp_path / "mlruns")
    with sqlite3.connect(store.database) as connection:
        rows = connection.execute("SELECT artifact_location FROM experiments WHERE name = 'mine'").fetchall()
    assert rows == [((tmp_path / "shared").as_uri(),)]


def set_version(store: Store, version: str | None) -> None:
    with contextlib.closing(sqlite3.connect(store.database)) as connection:
        connection.execute("DELETE FROM alembic_version")
        if version is not None:
            connection.execute("INSERT INTO alembic_version VALUES (?)", (version,))
        connection.commit()


def test_known_versions_are_those_of_alembic() -> None:
    import mlflow
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(Path(mlflow.__file__).parent / "store" / "db_migrations"))
    revisions = {revision.revision for revision in script.walk_revisions()}
    assert _known_versions() == (revisions, set(script.get_heads()))


def test_a_database_of_a_newer_mlflow_is_refused_with_what_to_install(store: Store) -> None:
    set_version(store, "f00dfeedbeef")
    for act in (store.client, lambda: sync(store)):
        with pytest.raises(
            InputError, match=r"was written by a newer MLflow than the one installed here, 3\.\S+: install that"
        ):
            act()


def test_what_mlflow_calls_out_of_date_is_newer_where_it_is_unknown(store: Store) -> None:
    from mlflow import MlflowClient

    set_version(store, "f00dfeedbeef")
    with pytest.raises(InputError, match="was written by a newer MLflow"), store_faults(store.folder):
        MlflowClient(tracking_uri=store.database_uri)


def test_a_database_of_an_older_mlflow_is_refused_and_left_as_it_is(store: Store) -> None:
    """Without the newest tables, MLflow would migrate it unasked."""
    set_version(store, "451aebb31d03")
    with contextlib.closing(sqlite3.connect(store.database)) as connection:
        connection.execute("DROP TABLE budget_policies")
        connection.commit()
    before = store.database.read_bytes()
    address = f"sqlite:///{store.database}"
    for act in (store.client, lambda: sync(store)):
        with pytest.raises(
            InputError, match=rf"by an older MLflow: back it up \(copy its folder\), then run `mlflow db upgrade {address}`"
        ):
            act()
    assert store.database.read_bytes() == before


def test_a_database_without_a_version_is_none_of_mlflow(store: Store) -> None:
    set_version(store, None)
    with pytest.raises(InputError, match=r"mlflow\.db is not a database of MLflow, or it is damaged"):
        store.client()
    with contextlib.closing(sqlite3.connect(store.database)) as connection:
        connection.execute("DROP TABLE alembic_version")
        connection.commit()
    with pytest.raises(InputError, match=r"mlflow\.db is not a database of MLflow, or it is damaged"):
        store.client()


@pytest.mark.slow
def test_six_processes_starting_together_share_one_store(tmp_path: Path) -> None:
    environment = os.environ | {"WORKBENCH_STORE": str(tmp_path / "mlruns")}
    start = tmp_path / "start"
    ready = [tmp_path / f"ready-{n}" for n in range(6)]
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(start), str(at)], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for at in ready
    ]
    while not all(at.exists() for at in ready):
        assert all(racer.poll() is None for racer in racers)
    start.touch()
    said = [racer.communicate(timeout=120) for racer in racers]
    assert [racer.returncode for racer in racers] == [0] * 6, said
    assert len({out.strip() for out, _ in said}) == 6
    client = Store.open(folder=tmp_path / "mlruns").client()
    assert [e.name for e in client.search_experiments()] == ["acid"]
    assert len(client.search_runs([e.experiment_id for e in client.search_experiments()])) == 6
