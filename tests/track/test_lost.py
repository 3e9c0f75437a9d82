from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from workbench.cli import main
from workbench.desk import read_ledger
from workbench.errors import InputError
from workbench.records import Recommendation
from workbench.study import run_study
from workbench.track import Store, track_study
from workbench.track.drift import differences, sync
from workbench.track.pages import read_pages
from workbench.track.review import approve, list_reviews, reject
from workbench.verify.log import FILE, Log

SENTENCE = r"but what it said still stands on 1 page of MLflow, such as 'approved': restore a backup with `workbench ledger"


def remove(store: Store) -> None:
    (store.folder / FILE).unlink()


def empty(store: Store) -> None:
    remove(store)
    Log.open(store.folder, create=True)


def truncate(store: Store) -> None:
    (store.folder / FILE).write_bytes(b"")


@pytest.mark.parametrize("lose", [remove, empty, truncate])
def test_a_lost_ledger_is_said_and_the_pages_stay(
    store: Store, desk: Any, recommendation: Recommendation, lose: Callable[[Store], None]
) -> None:
    name = desk.promised(recommendation)
    approve(store, name, by="Li Wei", why="try")
    lose(store)
    before = {run_id: dict(page.tags) for run_id, page in read_pages(store).items()}
    for act in (sync, differences, list_reviews):
        with pytest.raises(InputError, match=SENTENCE):
            act(store)
    with pytest.raises(InputError, match=SENTENCE):
        reject(store, name, by="Li Wei", why="no")
    assert {run_id: dict(page.tags) for run_id, page in read_pages(store).items()} == before
    log = Log.find(store.folder)
    assert log is None or log.rows() == []


@pytest.mark.parametrize(
    "typed",
    ["ledger check", "ledger", "ledger scores", "ledger export out", "review", "review sync", "ledger cost x licence 1 EUR"],
)
def test_every_command_says_it(
    store: Store,
    desk: Any,
    recommendation: Recommendation,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: str,
) -> None:
    monkeypatch.setenv("WORKBENCH_STORE", str(store.folder))
    approve(store, desk.promised(recommendation), by="Li Wei", why="try")
    remove(store)
    assert main(typed.split()) == 2
    said = capsys.readouterr()
    assert f"the ledger {store.folder / FILE} is missing, but what it said still stands on 1 page of MLflow" in said.err
    assert said.err.count("\n") == 1
    assert "othing has been pro" not in said.out
    assert not (store.folder / FILE).exists()


def test_neither_answers_nor_notebooks_begin_a_new_ledger(
    store: Store, desk: Any, recommendation: Recommendation, plant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_STORE", str(store.folder))
    approve(store, desk.promised(recommendation), by="Li Wei", why="try")
    remove(store)
    promise = ["ledger", "promise", "small.yaml", "--provider", "ACME", "--move", "temperature", "70", "74", "--gain", "1"]
    assert main(promise) == 2
    with pytest.raises(InputError, match=SENTENCE):
        run_study("small.yaml", n_trials=5)
    with pytest.raises(InputError, match=SENTENCE):
        read_ledger(store)
    assert not (store.folder / FILE).exists()


def test_a_backup_ends_it(store: Store, desk: Any, recommendation: Recommendation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_STORE", str(store.folder))
    approve(store, desk.promised(recommendation), by="Li Wei", why="try")
    backup = store.folder / "ledger.bak"
    assert main(["ledger", "backup", str(backup)]) == 0
    remove(store)
    assert main(["ledger", "restore", str(backup)]) == 0
    assert main(["ledger", "check"]) == 0
    assert differences(store) == []


def test_rows_that_were_cut_off_end_the_check(
    store: Store,
    desk: Any,
    recommendation: Recommendation,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The chain of what is left is whole; MLflow's page knows of a row that came after."""
    monkeypatch.setenv("WORKBENCH_STORE", str(store.folder))
    name = desk.promised(recommendation)
    older = (store.folder / FILE).read_bytes()
    approve(store, name, by="Li Wei", why="try")
    (store.folder / FILE).write_bytes(older)
    assert main(["ledger", "check"]) == 2
    said = capsys.readouterr()
    assert "which the ledger does not hold: rows were removed, or an older backup was restored" in said.out
    assert said.err == (
        f"workbench: the ledger {store.folder / FILE} lacks rows at its end: see above; `workbench ledger restore FILE` puts a"
        " newer backup there. A loss that is known ends with `workbench review sync`, and the tag ledger_head_lost deleted on"
        " MLflow's page\n"
    )
    sync(store)
    assert main(["ledger", "check"]) == 2  # what was lost is not covered up
    store.client().delete_tag(desk.page(name).run_id, "ledger_head_lost")
    assert main(["ledger", "check"]) == 0


def test_pages_that_no_ledger_wrote_are_no_loss(store: Store, desk: Any, recommendation: Recommendation) -> None:
    """A state put on a page by hand, or by a process that was killed before its promise was written."""
    run = track_study(store, recommendation, started=desk.NOW)
    store.client().set_tag(run.run_id, "state", "approved")
    assert list_reviews(store) == []
    assert [d.kind for d in differences(store)] == ["unknown"]


def test_proposals_of_a_lost_ledger_enter_a_new_one(store: Store, desk: Any, recommendation: Recommendation) -> None:
    desk.promised(recommendation)
    remove(store)
    sync(store)
    assert [state.state for state in list_reviews(store)] == ["proposed"]
