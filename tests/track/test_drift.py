from __future__ import annotations

import shutil
import sqlite3
from datetime import timedelta
from typing import Any

import pytest

from workbench.errors import InputError
from workbench.records import Recommendation
from workbench.track import Store, track_study
from workbench.track.drift import Difference, differences, sync, told
from workbench.track.pages import read_pages
from workbench.track.review import approve, list_reviews, state_of, withdraw
from workbench.verify.log import FILE, Log


def test_a_changed_record_is_said_and_not_approved(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    path = desk.page(name).artifacts / "recommendation.json"
    path.write_text(path.read_text().replace("29.4", "39.4"))
    [found] = differences(store)
    assert found.kind == "record"
    assert "was changed after the promise" in found.text
    with pytest.raises(InputError, match=r"is not approved: recommendation\.json on its page in MLflow was changed"):
        approve(store, name, by="Li Wei", why="try")
    mended, lost = sync(store)
    assert (mended, lost) == ([found], [])
    assert path.read_text() == recommendation.to_json()
    assert approve(store, name, by="Li Wei", why="try").state == "approved"


def test_a_tag_changed_by_hand_is_found_and_mended(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    run_id = desk.page(name).run_id
    store.client().set_tag(run_id, "state", "approved")
    [found] = differences(store)
    assert found.text == f"{name}: MLflow's page says 'approved', but the ledger says proposed: no such decision is recorded"
    assert differences(store, [state_of(store, name)]) == [found]
    assert sync(store) == ([found], [])
    assert desk.page(name).tags["state"] == "proposed"
    assert differences(store) == []
    store.client().delete_tag(run_id, "state")
    assert "says nothing of a state" in differences(store)[0].text


def test_a_page_that_is_behind_is_not_taken_for_a_false_decision(
    store: Store, desk: Any, recommendation: Recommendation
) -> None:
    name = desk.promised(recommendation)
    run_id = desk.page(name).run_id
    list_reviews(store, at=desk.NOW + timedelta(days=100))  # expired, and no command has told the page
    [found] = differences(store)
    assert (
        found.text
        == f"{name}: MLflow's page says 'proposed', but the ledger says expired: the page still shows an earlier state"
    )
    store.client().set_tag(run_id, "state", "approved")
    [found] = differences(store)
    assert found.text.endswith("the ledger says expired: no such decision is recorded")


def test_many_lost_runs_are_one_sentence() -> None:
    lost = [Difference("gone", f"line-{number}", "", f"line-{number}: MLflow has no run of it") for number in range(12)]
    state = Difference("state", "line-1", "", "line-1: MLflow's page says 'approved'")
    assert told([*lost[:3], state]) == [*(one.text for one in lost[:3]), state.text]
    [first, many] = told([*lost, state])
    assert first == state.text
    assert many.startswith(
        "MLflow has no run of line-0 and 11 other recommendations (deleted there, or the ledger was imported)"
    )


def test_a_first_line_changed_by_hand_is_found(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    client, run_id = store.client(), desk.page(name).run_id
    note = desk.page(name).tags["mlflow.note.content"]
    client.set_tag(run_id, "mlflow.note.content", note + "\nWang: ask the lab first")
    assert differences(store) == []
    client.set_tag(
        run_id, "mlflow.note.content", "State: **approved** by the boss  \n" + note.partition("\n")[2] + "\nWang: wait"
    )
    assert [d.kind for d in differences(store)] == ["description"]
    sync(store)
    assert desk.page(name).tags["mlflow.note.content"] == note + "\nWang: wait"


def test_a_page_without_a_promise_enters_the_log_as_proposed(store: Store, desk: Any, recommendation: Recommendation) -> None:
    """As after a kill between tracking and promising."""
    run = track_study(store, recommendation, started=desk.NOW)
    store.client().set_tag(run.run_id, "state", "approved")
    [found] = differences(store)
    assert found.text == f"{recommendation.id}: MLflow's page says 'approved', but the ledger holds no promise of this run"
    assert sync(store) == ([found], [])
    assert state_of(store, recommendation.id).state == desk.page(recommendation.id).tags["state"] == "proposed"


def test_a_state_on_a_page_that_proposes_nothing_is_taken_off(store: Store, desk: Any, recommendation: Recommendation) -> None:
    desk.promised(recommendation)
    run = track_study(store, None, plant="acid_line_1", started=desk.NOW, status="KILLED", tags={"state": "verified"})
    [found] = differences(store)
    assert found.text.endswith("MLflow's page says 'verified', but the run holds no recommendation")
    sync(store)
    assert "state" not in read_pages(store)[run.run_id].tags


def test_removed_rows_and_runs_are_said_and_not_covered_up(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    shutil.copyfile(store.folder / FILE, store.folder / "older.db")
    approve(store, name, by="Li Wei", why="try")
    shutil.copyfile(store.folder / "older.db", store.folder / FILE)  # the decision is gone, the chain is whole
    assert Log.open(store.folder).check() == ()
    kinds = [d.kind for d in differences(store)]
    assert kinds == ["state", "head"]
    for _ in range(2):
        _, lost = sync(store)
        assert "which the ledger does not hold: rows were removed, or an older backup was restored" in lost[0].text
    assert desk.page(name).tags["state"] == "proposed"
    store.client().delete_run(desk.page(name).run_id)
    [gone] = differences(store)
    assert gone.kind == "gone"
    assert sync(store) == ([], [gone])


def test_a_registered_model_carries_the_state_as_alias(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    client, seen = store.client(), desk.page(name)
    client.create_registered_model("acid_line_1")
    client.create_model_version("acid_line_1", source=seen.artifacts.as_uri(), run_id=seen.run_id)
    approve(store, name, by="Li Wei", why="try")
    assert client.get_registered_model("acid_line_1").aliases == {"approved": 1}
    withdraw(store, name, by="Li Wei", why="no")
    assert client.get_registered_model("acid_line_1").aliases == {"withdrawn": 1}


def test_a_changed_past_row_stops_every_decision(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    approve(store, name, by="Li Wei", why="try")
    connection = sqlite3.connect(store.folder / FILE)
    connection.execute("DROP TRIGGER log_no_update")
    connection.execute("UPDATE log SET payload_json = replace(payload_json, '29.4', '39.4') WHERE seq = 1")
    connection.commit()
    connection.close()
    for act in (lambda: withdraw(store, name, by="Li Wei", why="x"), lambda: list_reviews(store)):
        with pytest.raises(InputError, match="cannot be trusted: "):
            act()


def test_the_decision_stands_where_the_page_cannot_be_written(
    store: Store, desk: Any, recommendation: Recommendation, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = desk.promised(recommendation)
    from mlflow import MlflowClient

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(MlflowClient, "set_tag", refuse)
    with pytest.raises(InputError, match=r"is approved in the ledger, but MLflow's page does not show it yet .* is full"):
        approve(store, name, by="Li Wei", why="try")
    monkeypatch.undo()
    assert state_of(store, name).state == "approved"
    assert [d.kind for d in sync(store)[0]] == ["state"]
