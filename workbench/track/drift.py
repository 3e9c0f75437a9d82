"""Where MLflow's pages say something else than the log, and mending them: the log is the truth, the pages its mirror."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from workbench.records import Recommendation
from workbench.track.artifact import RECORD, record_fault
from workbench.track.faults import store_faults
from workbench.track.lost import open_ledger
from workbench.track.mirror import HEAD_TAG, LOST_TAG, NOTE_TAG, STATE_TAG, described, mirror_states
from workbench.track.pages import Page, read_pages
from workbench.track.store import Store
from workbench.verify.log import Log
from workbench.verify.promise import record_promise
from workbench.verify.states import ReviewState, expire_due, read_states
from workbench.wording import counted

__all__ = ["Difference", "differences", "sync", "told"]

Kind = Literal["state", "description", "record", "unknown", "foreign", "gone", "head"]
_LOST = ("gone", "head")
_MOST_GONE = 3  # lost runs told one by one: an imported ledger has lost every one of them


@dataclass(frozen=True)
class Difference:
    """One page that says something else than the log.

    Parameters
    ----------
    kind : str
        What differs: state, description, record; unknown (a page whose promise is not in the log), foreign (a page with a
        state that proposes nothing); gone (its run was deleted), head (of a chain that the log does not hold).
    recommendation : str
        Its id, as far as known.
    run_id : str
    text : str
        One sentence.
    """

    kind: Kind
    recommendation: str
    run_id: str
    text: str

    @property
    def mendable(self) -> bool:
        """Whether `sync` puts it right; rows or runs that somebody removed do not come back."""
        return self.kind not in _LOST


def differences(store: Store, states: Sequence[ReviewState] | None = None) -> list[Difference]:
    """Return every difference between MLflow's pages and the log, in the order of the recommendations.

    Parameters
    ----------
    store : Store
        An existing store.
    states : sequence of ReviewState, optional
        Look at these alone; default all, and the pages whose promise is not in the log.

    Raises
    ------
    InputError
        If log or database cannot be read, or the log is gone and the pages still tell of it.
    """
    log = open_ledger(store)
    rows = log.rows() if log else []
    every = read_states(rows)
    pages = read_pages(store)
    known = {row.hash for row in rows}
    found = [d for state in (states if states is not None else every.values()) for d in _of_state(state, pages, known)]
    if states is None:
        told = {run_id for state in every.values() for run_id, _ in state.runs}
        found += [_unknown(page) for page in pages.values() if page.run_id not in told and _shows_state(page)]
    return found


def told(found: Sequence[Difference]) -> list[str]:
    """Return a sentence a difference, and one for all runs that MLflow has no more, where these are many."""
    gone = [one for one in found if one.kind == "gone"]
    if len(gone) <= _MOST_GONE:
        return [one.text for one in found]
    first, *others = dict.fromkeys(one.recommendation for one in gone)
    more = f" and {counted(len(others), 'other recommendation')}" if others else ""
    lost = (
        f"MLflow has no run of {first}{more} (deleted there, or the ledger was imported);"
        " the ledger still holds each record, and decisions stand in the ledger alone"
    )
    return [*(one.text for one in found if one.kind != "gone"), lost]


def sync(store: Store, at: datetime | None = None) -> tuple[list[Difference], list[Difference]]:
    """Make MLflow's pages say what the log says; return what was mended, and what nobody can mend.

    A page that shows a proposal whose promise never reached the log, as after a kill at that moment, enters the log as
    `proposed`, whatever its tag says.

    Parameters
    ----------
    store : Store
        An existing store.
    at : datetime, optional
        The moment that expiry is judged by; default now.

    Raises
    ------
    InputError
        If log or store cannot be read or written, the log is gone and the pages still tell of it, or the store is of another
        MLflow; nothing is changed then.
    """
    store.demand_version()  # before anything enters the log
    store.demand_place()
    found = differences(store)
    log = Log.open(store.folder, create=any(d.kind == "unknown" for d in found))
    pages = read_pages(store)
    for one in found:
        if one.kind == "unknown":
            _enter(log, pages[one.run_id])
    expire_due(log, at or datetime.now(UTC))
    states = read_states(log.rows())
    with store_faults(store.folder):
        client = store.client()
        for one in found:
            if one.kind == "record":
                client.log_text(one.run_id, _text_of(states[one.recommendation], one.run_id), RECORD)
            elif one.kind == "foreign":
                client.delete_tag(one.run_id, STATE_TAG)
    mirror_states(store, log, list(states.values()))
    return [d for d in found if d.mendable], [d for d in found if not d.mendable]


def _of_state(state: ReviewState, pages: Mapping[str, Page], known: set[str]) -> list[Difference]:
    found: list[Difference] = []

    def say(kind: Kind, run_id: str, text: str) -> None:
        found.append(Difference(kind, state.id, run_id, f"{state.id}: {text}"))

    for run_id, promised in state.runs:
        page = pages.get(run_id)
        if page is None or page.deleted:
            say(
                "gone",
                run_id,
                "MLflow has no run of it (deleted there, or the ledger was imported); the ledger still holds the record",
            )
            continue
        tag = page.tags.get(STATE_TAG)
        if tag != state.tag:
            shown = f"MLflow's page says '{tag}'" if tag else "MLflow's page says nothing of a state"
            say("state", run_id, f"{shown}, but the ledger says {state.words}: {_why(tag, state)}")
        elif described(page.tags.get(NOTE_TAG, ""), state) != page.tags.get(NOTE_TAG, "") and page.tags.get(HEAD_TAG):
            say("description", run_id, "the first line of its description on MLflow's page is not what the ledger says")
        fault = record_fault(page, promised)
        if fault:
            say("record", run_id, fault)
        for head in (page.tags.get(HEAD_TAG), page.tags.get(LOST_TAG)):
            if head and head not in known:
                say(
                    "head",
                    run_id,
                    f"its page names the ledger's head {head[:12]}, which the ledger does not hold: rows were removed,"
                    " or an older backup was restored",
                )
    return found


def _why(tag: str | None, state: ReviewState) -> str:
    """Why a page says another state: it is behind, or somebody wrote what nobody decided."""
    if tag == state.state:
        return "its rollback is not shown there"
    was = {row.payload[side] for row in state.rows if row.kind == "review" for side in ("from", "to")}
    return "the page still shows an earlier state" if tag in was else "no such decision is recorded"


def _shows_state(page: Page) -> bool:
    return not page.deleted and STATE_TAG in page.tags


def _unknown(page: Page) -> Difference:
    """A page that shows a state, and no row of the log names it."""
    said = f"MLflow's page says '{page.tags[STATE_TAG]}'"
    record = _record(page)
    if record is None:
        name = page.tags.get("mlflow.runName", page.run_id)
        return Difference("foreign", name, page.run_id, f"{name}: {said}, but the run holds no recommendation")
    if record.status != "proposed":
        return Difference("foreign", record.id, page.run_id, f"{record.id}: {said}, but its study proposes nothing")
    return Difference("unknown", record.id, page.run_id, f"{record.id}: {said}, but the ledger holds no promise of this run")


def _record(page: Page) -> Recommendation | None:
    """The page's record; None where there is none, or it cannot be read."""
    text = page.text(RECORD)
    if text is None:
        return None
    try:
        return Recommendation.from_json(text)
    except (ValueError, KeyError, AttributeError, TypeError):  # somebody's own file of this name
        return None


def _enter(log: Log, page: Page) -> None:
    record = _record(page)
    assert record is not None
    sheet = page.artifacts / f"{record.plant}.yaml"
    record_promise(log, page.text(RECORD) or "", sheet=str(sheet) if sheet.is_file() else record.plant, run_id=page.run_id)


def _text_of(state: ReviewState, run_id: str) -> str:
    promises = [row.payload for row in state.rows if row.kind == "promise"]
    return str(next(said["text"] for said in promises if said.get("run_id") == run_id))
