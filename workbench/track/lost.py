"""A ledger that is gone, or empty, while MLflow's pages still tell what it said: no first start, but a loss."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.errors import InputError
from workbench.track.mirror import HEAD_TAG, STATE_TAG
from workbench.track.pages import Page, read_pages
from workbench.track.store import Store
from workbench.verify.chain import LogRow
from workbench.verify.log import FILE, Log
from workbench.wording import counted

__all__ = ["demand_ledger", "open_ledger"]


def open_ledger(store: Store) -> Log | None:
    """Return the log of a store, None where nothing was ever decided.

    Raises
    ------
    InputError
        If a past row was changed, or the ledger is lost, see `demand_ledger`.
    """
    log = None if Log.find(store.folder) is None else Log.open(store.folder)
    demand_ledger(store, log.rows() if log else [])
    return log


def demand_ledger(store: Store, rows: Sequence[LogRow]) -> None:
    """Refuse to go on from no rows where pages show decisions that were mirrored from a ledger.

    Parameters
    ----------
    store : Store
        An existing store.
    rows : sequence of LogRow
        Of its ledger; none where there is no ledger.

    Raises
    ------
    InputError
        If there are none, and the page of some run names a state other than proposed and the head of a ledger.
    """
    if rows:
        return
    told = [page for page in read_pages(store).values() if _tells_decision(page)]
    if told:
        what = "is empty" if (store.folder / FILE).is_file() else "is missing"
        raise InputError(
            f"the ledger {store.folder / FILE} {what}, but what it said still stands on {counted(len(told), 'page')} of MLflow,"
            f" such as '{told[0].tags[STATE_TAG]}': restore a backup with `workbench ledger restore FILE`"
        )


def _tells_decision(page: Page) -> bool:
    return HEAD_TAG in page.tags and page.tags.get(STATE_TAG, "proposed") != "proposed"
