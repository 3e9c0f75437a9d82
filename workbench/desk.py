"""What the notebooks of the proof ask for: the store, recommendations and decisions, a trial to see, the ledger, a record."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import InputError
from workbench.files import write_whole
from workbench.progress import ProgressLine
from workbench.records import round_all
from workbench.trial_records import TrialPlan, Verdict

if TYPE_CHECKING:
    from workbench.track import Store
    from workbench.verify.ledger import Ledger
    from workbench.verify.log import LogRow
    from workbench.verify.picture import TrialPicture
    from workbench.verify.providers import Score
    from workbench.verify.states import ReviewState

__all__ = [
    "Book",
    "approve",
    "find_recommendation",
    "open_store",
    "read_ledger",
    "read_start",
    "reject",
    "save_record",
    "see_trial",
    "sync",
    "withdraw",
]

Progress = Callable[[str, int, int], None]

_MIRROR = "writing to the ledger and MLflow"


@dataclass(frozen=True)
class Book:
    """A store's ledger at a moment, with the rows it was read from.

    Parameters
    ----------
    ledger : Ledger
    scores : tuple of Score
        Of those who give advice.
    rows : tuple of LogRow
    head : str
        Hash of the last row; empty without any.
    """

    ledger: Ledger
    scores: tuple[Score, ...]
    rows: tuple[LogRow, ...]
    head: str


def open_store(folder: str | None = None) -> Store:
    """Return the store in a folder, else the one that WORKBENCH_STORE names, else `mlruns` in the current folder.

    Raises
    ------
    InputError
        If there is none.
    """
    from workbench.track import Store

    return Store.open(folder=None if folder is None else Path(folder))


def find_recommendation(store: Store, recommendation: str = "") -> ReviewState:
    """Return where a recommendation stands, by its id or so much of it as fits no other; the newest where none is named.

    Raises
    ------
    InputError
        If there is none.
    """
    from workbench.track.review import list_reviews, state_of

    _demand_text("recommendation", recommendation)
    if recommendation:
        return state_of(store, recommendation)
    newest = list_reviews(store)
    if not newest:
        raise InputError(f"nothing has been proposed in {store.folder} yet: `workbench tune PLANT` proposes")
    return newest[0]


def approve(store: Store, recommendation: str, by: str, why: str) -> ReviewState:
    """Approve a recommendation for a trial, and return where it stands then; as `workbench review approve`.

    Parameters
    ----------
    store : Store
        From `open_store`.
    recommendation : str
        Its id, or so much of its start or end as fits no other.
    by : str
        Name of the person who decides; the account of the operating system is written beside it.
    why : str
        The reason, in words.

    Raises
    ------
    InputError
        If there is no such recommendation, an argument is empty, it cannot be approved in its state, its record in MLflow was
        changed, another one of the plant is approved or on trial, or who decides is who made it, by name or by account, unless
        the sheet says `four_eyes: false`.
    """
    from workbench.track import review

    return _decide(review.approve, store, recommendation, by, why)


def reject(store: Store, recommendation: str, by: str, why: str) -> ReviewState:
    """Say that a recommendation must not be tried, and return where it stands then; as `workbench review reject`.

    Parameters
    ----------
    store, recommendation, by, why
        As for `approve`.

    Raises
    ------
    InputError
        If there is no such recommendation, an argument is empty, or it is decided already.
    """
    from workbench.track import review

    return _decide(review.reject, store, recommendation, by, why)


def withdraw(store: Store, recommendation: str, by: str, why: str) -> ReviewState:
    """Take a recommendation back, and return where it stands then; as `workbench review withdraw`.

    On trial, or after a gain was verified, this is a rollback: `tell_decision` names the settings to go back to.

    Parameters
    ----------
    store, recommendation, by, why
        As for `approve`.

    Raises
    ------
    InputError
        If there is no such recommendation, an argument is empty, or it cannot be withdrawn in its state.
    """
    from workbench.track import review

    return _decide(review.withdraw, store, recommendation, by, why)


def sync(store: Store) -> tuple[str, ...]:
    """Make MLflow's pages say what the ledger says, and return what differed; as `workbench review sync`.

    Parameters
    ----------
    store : Store
        From `open_store`.

    Returns
    -------
    tuple of str
        A sentence each, those mended first; empty where nothing differed.

    Raises
    ------
    InputError
        If ledger or store cannot be read or written, or the store is of another MLflow.
    """
    from workbench.track import drift

    with ProgressLine() as progress:
        progress(_MIRROR)
        mended, lost = drift.sync(store)
    return (*(f"mended: {one.text}" for one in mended), *(f"cannot be mended: {text}" for text in drift.told(lost)))


def read_start(state: ReviewState, text: str | None, name: str) -> datetime | None:
    """Return the moment that a parameter means, in plant time where it has no offset; None where it is not given.

    Raises
    ------
    InputError
        If it is no moment.
    """
    from workbench.plant import load_sheet, read_moment

    _demand_text(name, text)
    return None if text is None else read_moment(load_sheet(state.sheet), text, name)


def see_trial(
    store: Store,
    recommendation: str,
    source: str | None = None,
    as_of: datetime | None = None,
    progress: Progress | None = None,
) -> TrialPicture | None:
    """Return blocks and orders of a recommendation's trial as its verdict sees them; None where there was no trial.

    Parameters
    ----------
    store, recommendation, source, as_of, progress
        As for `proving.verify_trial`.

    Raises
    ------
    InputError
        If the records cannot be read as meant.
    """
    from workbench.plant import load_sheet
    from workbench.proving import read_evidence
    from workbench.track.review import state_of
    from workbench.verify.picture import trial_picture

    state = state_of(store, recommendation)
    plan = state.plan
    if plan is None:
        return None
    sheet = load_sheet(state.sheet)
    return trial_picture(sheet, plan, read_evidence(sheet, plan, source or state.source, as_of, progress=progress))


def read_ledger(store: Store, date: str | None = None) -> Book:
    """Return the ledger of a store as it stood, or will stand if all runs on, at a day (end of it, UTC); default now.

    Raises
    ------
    InputError
        If the date is none, or a past row was changed.
    """
    from workbench.track.lost import open_ledger
    from workbench.verify.ledger import read_ledger as read
    from workbench.verify.providers import score_card

    _demand_text("date", date)
    at = None if date is None else _end_of_day(date)
    log = open_ledger(store)
    rows = tuple(log.rows()) if log else ()
    ledger = read(rows, at)
    return Book(ledger, tuple(score_card(ledger)), rows, log.head if log and rows else "")


def save_record(record: TrialPlan | Verdict | Book, out: str | None) -> Path | None:
    """Write a plan with what the control room needs, a verdict, or the ledger's totals to a folder; None writes nothing.

    Returns
    -------
    Path or None
        Of `plan.json`, `verdict.json` or `portfolio.json`.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    from workbench.planning import save_plan
    from workbench.proving import save_verdict

    if out is None:
        return None
    folder = Path(out)
    if isinstance(record, TrialPlan):
        return save_plan(record, folder)["plan.json"]
    if isinstance(record, Verdict):
        return save_verdict(record, folder)
    ledger = record.ledger
    body = {
        "at": ledger.at.isoformat(timespec="seconds"),
        "head": record.head,
        "totals": [asdict(total) for total in ledger.totals],
        "lines": json.loads(json.dumps([asdict(line) for line in ledger.lines], default=str)),
        "costs": [asdict(cost) for cost in ledger.costs],
    }
    write_whole(folder / "portfolio.json", json.dumps(round_all(body), indent=1, ensure_ascii=False) + "\n")
    return folder / "portfolio.json"


def _decide(does: Callable[..., ReviewState], store: Store, recommendation: str, by: str, why: str) -> ReviewState:
    """Decide; an empty argument is named as a notebook knows it, and nothing is decided about whichever is the newest."""
    for name, given in (("recommendation", recommendation), ("by", by), ("why", why)):
        _demand_text(name, given)
    if not recommendation.strip():
        raise InputError("recommendation is empty: name the one that is decided about, by its id or the start or end of it")
    if not by.strip():
        raise InputError("by is empty: write the name of who decides")
    if not why.strip():
        raise InputError("why is empty: write the reason in words")
    with ProgressLine() as progress:
        progress(_MIRROR)
        return does(store, recommendation, by, why)


def _demand_text(name: str, given: object) -> None:
    """Refuse what papermill's own command line makes of an id such as 255046, or a year: a number."""
    if given is not None and not isinstance(given, str):
        raise InputError(f"{name} is {given!r}, no text: write it in quotes, or give it to papermill with -r instead of -p")


def _end_of_day(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InputError(f"date '{text}' is no day: write for instance 2026-12-31") from None
    if len(text.strip()) == len("2026-12-31"):
        moment = moment.replace(hour=23, minute=59, second=59)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
