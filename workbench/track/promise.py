"""A tracked answer changes the log: a proposal is a promise, no change ends older ones; MLflow's pages show what changed."""

from __future__ import annotations

from pathlib import Path

from workbench.plant import Sheet
from workbench.records import Recommendation
from workbench.track.mirror import mirror_states
from workbench.track.store import Store
from workbench.track.study import TrackedRun
from workbench.verify.log import Log
from workbench.verify.promise import record_doubts, record_no_change, record_promise, sheet_address
from workbench.verify.states import ReviewState, read_states

__all__ = ["ledger_head", "track_no_change", "track_promise"]


def track_promise(
    store: Store, run: TrackedRun, record: Recommendation, sheet: Sheet, source: Path | None = None
) -> ReviewState | None:
    """Append the promise of a tracked recommendation to the log, and mirror it and the ones it replaces.

    Returns where it stands then. Nothing is promised, and nothing is written, where its status is not `proposed`: then None.

    Parameters
    ----------
    store : Store
        A store opened with `create=True`.
    run : TrackedRun
        Holds the same record.
    record : Recommendation
        As tracked.
    sheet : Sheet
        Of the plant; says whether an author may approve his own recommendation.
    source : Path, optional
        File of records, where one was named instead of the sheet's own.

    Raises
    ------
    InputError
        If the log is broken or cannot be written.
    """
    if record.status != "proposed":
        return None
    log = Log.open(store.folder, create=True)
    replaced = record_promise(
        log,
        record.to_json(),
        sheet=sheet_address(sheet),
        source=None if source is None else str(source),
        run_id=run.run_id,
        unit=" / ".join(sheet.path),
        four_eyes=sheet.four_eyes,
    )
    states = read_states(log.rows(plant=record.plant))
    mirror_states(store, log, [states[name] for name in dict.fromkeys([*replaced, record.id])])
    return states[record.id]


def track_no_change(store: Store, record: Recommendation) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the ids of what an answer without a change speaks of: proposals whose place it takes, and approved ones it doubts.

    The log and MLflow's pages keep it of each. Nothing is written, and none returned, where its status is another, or nothing
    was promised yet.

    Parameters
    ----------
    store : Store
        A store opened with `create=True`.
    record : Recommendation
        As tracked.

    Raises
    ------
    InputError
        If the log is broken or cannot be written.
    """
    log = Log.find(store.folder) if record.status == "no_change" else None
    if log is None:
        return (), ()
    replaced, doubted = record_no_change(log, record), record_doubts(log, record)
    if replaced or doubted:
        states = read_states(log.rows(plant=record.plant))
        mirror_states(store, log, [states[name] for name in (*replaced, *doubted)])
    return tuple(replaced), tuple(doubted)


def ledger_head(folder: Path) -> str | None:
    """Return the head of the log's chain in a store's folder; None where nothing was written yet."""
    log = Log.find(folder)
    return None if log is None else log.head
