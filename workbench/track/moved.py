"""A store that was moved or copied: MLflow keeps absolute addresses of artifacts, so they follow the folder."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

__all__ = ["address_here", "follow_move"]

_ADDRESSES = (("experiments", "artifact_location"), ("runs", "artifact_uri"))  # table and column of MLflow's schema


def follow_move(database: Path, artifacts: Path) -> int:
    """Return how many plants' artifacts were found under another folder's address and now point to `artifacts`.

    Without this a copy of a store shows empty artifacts, and a study tracked into a renamed folder writes to the old place.

    Parameters
    ----------
    database : Path
        `mlflow.db` of the store as it lies now.
    artifacts : Path
        Absolute path of `artifacts/` beside it.

    Returns
    -------
    int
        Experiments whose address was changed, 0 or more [experiments].
    """
    here = artifacts.as_uri()
    with contextlib.closing(sqlite3.connect(database, timeout=20.0)) as connection:
        rows = connection.execute("SELECT experiment_id, artifact_location FROM experiments").fetchall()
        moved = [(number, at.rpartition("/")[0]) for number, at in rows if at and _elsewhere(at, here)]
        if not moved:
            return 0
        with connection:  # one transaction: all addresses or none
            for number, there in moved:
                for table, column in _ADDRESSES:
                    connection.execute(
                        f"UPDATE {table} SET {column} = ? || substr({column}, ?)"
                        f" WHERE experiment_id = ? AND substr({column}, 1, ?) = ?",
                        (here, len(there) + 1, number, len(there) + 1, f"{there}/"),
                    )
        return len(moved)


def address_here(address: str, of_plant: str, here: str) -> str:
    """Return where a run's files lie now, also in a moved store whose addresses could not be changed.

    Parameters
    ----------
    address, of_plant : str
        Address of the run's artifacts, and of its plant's, as MLflow holds them.
    here : str
        Address of `artifacts/` of the store as it lies now.

    Examples
    --------
    >>> address_here("file:///old/artifacts/acid/1f/artifacts", "file:///old/artifacts/acid", "file:///new/artifacts")
    'file:///new/artifacts/acid/1f/artifacts'
    """
    there = of_plant.rpartition("/")[0]
    return here + address.removeprefix(there) if _elsewhere(of_plant, here) and address.startswith(f"{there}/") else address


def _elsewhere(address: str, here: str) -> bool:
    """Whether a plant's artifacts have the shape that this room gives them (.../artifacts/PLANT), but under another folder."""
    there = address.rpartition("/")[0]
    return there != here and there.startswith("file:") and there.endswith("/artifacts")
