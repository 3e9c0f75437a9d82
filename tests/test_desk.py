"""Decisions from a notebook: the same as on the command line, four eyes included, in the words of a notebook."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import workbench as wb
from tests.made import made_proposal
from workbench.errors import InputError
from workbench.records import Gain, SettingLine
from workbench.track import Store
from workbench.track.review import state_of
from workbench.verify.log import Log, account_name
from workbench.verify.promise import record_promise

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "trial.ipynb"


@dataclass(frozen=True)
class Shelf:
    """A store with one proposal, made by this account."""

    store: Store
    id: str


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Store.open(create=True, folder=tmp_path_factory.mktemp("empty") / "mlruns").folder


@pytest.fixture
def shelf(empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], Shelf]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_STORE", raising=False)
    shutil.copytree(empty, tmp_path / "mlruns")

    def made(four_eyes: bool = False) -> Shelf:
        line = SettingLine(name="t", tag="t", unit="degC", now=70.0, proposed=74.0, low=60, high=90, max_step=5)
        gain = Gain(objective="recovery", unit="%", expected=0.8, low=0.3, high=1.3, level=0.9)
        record = made_proposal("line", (line,), gain).identified("20260220T0000Z")
        store = wb.open_store()
        record_promise(Log.open(store.folder, create=True), record.to_json(), sheet="line.yaml", four_eyes=four_eyes)
        return Shelf(store, record.id)

    return made


def test_a_notebook_approves_and_withdraws(shelf: Callable[..., Shelf]) -> None:
    one = shelf()
    assert wb.approve(one.store, one.id, by="Li Wei", why="ran so in May").state == "approved"
    state = wb.withdraw(one.store, one.id[-6:], by="Bo", why="pump repair")
    assert state == state_of(one.store, one.id)
    assert (state.state, state.decision.actor, state.decision.payload["reason"]) == ("withdrawn", "Bo", "pump repair")


def test_a_notebook_rejects(shelf: Callable[..., Shelf]) -> None:
    one = shelf()
    assert wb.reject(one.store, one.id, by="Li Wei", why="not in winter").state == "rejected"
    with pytest.raises(InputError, match="is rejected and cannot become approved: that is its end"):
        wb.approve(one.store, one.id, by="Li Wei", why="in spring")


def test_an_author_does_not_approve_his_own_in_a_notebook_either(shelf: Callable[..., Shelf]) -> None:
    one = shelf(four_eyes=True)
    with pytest.raises(InputError, match=f"account {account_name()} made it, and an author does not approve his own"):
        wb.approve(one.store, one.id, by="Li Wei", why="mine")
    assert state_of(one.store, one.id).state == "proposed"


@pytest.mark.parametrize("does", [wb.approve, wb.reject, wb.withdraw])
@pytest.mark.parametrize(
    ("name", "by", "why", "sentence"),
    [
        (" ", "Li Wei", "x", "recommendation is empty: name the one that is decided about"),
        ("line", " ", "x", "by is empty: write the name of who decides"),
        ("line", "Li Wei", "\n", "why is empty: write the reason in words"),
    ],
)
def test_a_decision_needs_what_who_and_why(
    shelf: Callable[..., Shelf], does: Callable[..., object], name: str, by: str, why: str, sentence: str
) -> None:
    one = shelf()
    with pytest.raises(InputError, match=sentence):
        does(one.store, name, by=by, why=why)
    assert state_of(one.store, one.id).state == "proposed"


def test_what_sync_mended_is_said(shelf: Callable[..., Shelf], monkeypatch: pytest.MonkeyPatch) -> None:
    from workbench.track import drift
    from workbench.track.drift import Difference

    one = shelf()
    assert wb.sync(one.store) == ()
    wrong = (
        Difference("state", "a", "1", "a: MLflow's page says 'approved'"),
        Difference("gone", "b", "2", "b: its run is gone"),
    )
    monkeypatch.setattr(drift, "sync", lambda store: ([wrong[0]], [wrong[1]]))
    assert wb.sync(one.store) == ("mended: a: MLflow's page says 'approved'", "cannot be mended: b: its run is gone")


def test_a_state_that_waits_says_how_and_by_whom_it_is_approved(shelf: Callable[..., Shelf]) -> None:
    one = shelf(four_eyes=True)
    said = wb.tell_decision(wb.find_recommendation(one.store))
    assert f"{one.id} is proposed, until " in said
    assert f"workbench review approve {one.id} --by NAME --why TEXT" in said
    assert f"under another account than {account_name()}: an author does not approve his own recommendation." in said
    done = wb.tell_decision(wb.reject(one.store, one.id, by="Li Wei", why="no"))
    assert done.strip() == f"{one.id} is rejected: it must not be tried."


@pytest.mark.parametrize(("by", "state"), [("", "proposed"), ("Li Wei", "approved")])
def test_the_trial_notebook_approves_only_where_somebody_is_named(shelf: Callable[..., Shelf], by: str, state: str) -> None:
    """Its cells up to the decision; the whole notebook runs in test_notebooks_proof.py."""
    one = shelf()
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    code = {cell["id"]: "".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"}
    names: dict[str, object] = {}
    exec(code["c01"], names)
    names |= {"recommendation": one.id, "approve_by": by, "why": "try it"}
    exec(code["c03"], names)
    for _ in range(2):  # run again, it decides nothing anew
        exec(code["tell-decision"], names)
    assert state_of(one.store, one.id).state == state
    assert len(state_of(one.store, one.id).rows) == (2 if by else 1)


def test_a_number_that_papermill_made_of_an_id_is_said(shelf: Callable[..., Shelf]) -> None:
    one = shelf()
    number: Any = 255046
    sentence = "is 255046, no text: write it in quotes, or give it to papermill with -r instead of -p"
    for name, ask in (
        ("recommendation", lambda: wb.find_recommendation(one.store, number)),
        ("recommendation", lambda: wb.approve(one.store, number, by="Li Wei", why="ran so")),
        ("date", lambda: wb.read_ledger(one.store, number)),
        ("start", lambda: wb.read_start(state_of(one.store, one.id), number, "start")),
    ):
        with pytest.raises(InputError, match=f"^{name} {sentence}$"):
            ask()
