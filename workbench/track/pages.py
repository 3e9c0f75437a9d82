"""What MLflow's database says about runs, read without MLflow: its import takes seconds, and a list should not wait."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from workbench.track.faults import store_faults
from workbench.track.moved import address_here
from workbench.track.store import Store

__all__ = ["Page", "read_pages"]

_RUNS = """\
SELECT run_uuid, runs.lifecycle_stage, artifact_uri, artifact_location
 FROM runs LEFT JOIN experiments USING (experiment_id) ORDER BY start_time"""


@dataclass(frozen=True)
class Page:
    """A run as a reviewer sees it.

    Parameters
    ----------
    run_id : str
        32 hex digits.
    deleted : bool
        Whether somebody deleted it in MLflow.
    artifacts : Path
        Folder of its files.
    tags : mapping of str to str
    """

    run_id: str
    deleted: bool
    artifacts: Path
    tags: Mapping[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """Return the text of one of its files; None where it is not there."""
        path = self.artifacts / name
        return path.read_bytes().decode("utf-8", "replace") if path.is_file() else None


def read_pages(store: Store) -> dict[str, Page]:
    """Return all runs of a store by their id.

    Raises
    ------
    InputError
        If the database cannot be read.
    """
    with store_faults(store.folder), contextlib.closing(sqlite3.connect(store.database, timeout=20.0)) as connection:
        runs = connection.execute(_RUNS).fetchall()
        tags = connection.execute("SELECT run_uuid, key, value FROM tags").fetchall()
    here = store.artifacts.as_uri()
    of_run: dict[str, dict[str, str]] = {}
    for run_id, key, value in tags:
        of_run.setdefault(run_id, {})[key] = value or ""
    return {
        run_id: Page(
            run_id, stage == "deleted", _folder(address_here(address or "", of_plant or "", here)), of_run.get(run_id, {})
        )
        for run_id, stage, address, of_plant in runs
    }


def _folder(address: str) -> Path:
    """The folder that a file: address means; MLflow writes no other here."""
    from urllib.request import url2pathname

    return Path(url2pathname(urlsplit(address).path))
