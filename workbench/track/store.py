"""Where studies are kept: a folder with `mlflow.db` and `artifacts/`, made once and safely, never by a command that reads."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import InputError
from workbench.track.faults import demand_version, is_unwritable, store_faults
from workbench.track.moved import follow_move

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["Store", "quiet_environment"]

DATABASE = "mlflow.db"
_ENVIRONMENT = "WORKBENCH_STORE"
_MISREAD = re.compile(r"\?|%[0-9A-Fa-f]{2}")  # in a path, which MLflow and SQLAlchemy both take for a part of an address


def quiet_environment() -> dict[str, str]:
    """Return the variables that keep MLflow from reporting to anybody and from starting job processes."""
    return {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}


@dataclass(frozen=True)
class Store:
    """A folder that MLflow keeps its runs in.

    Parameters
    ----------
    folder : Path
        Absolute path; holds `mlflow.db` and `artifacts/`.

    Examples
    --------
    >>> Store(Path("/srv/acid/mlruns")).database_uri
    'sqlite:////srv/acid/mlruns/mlflow.db'
    """

    folder: Path

    @staticmethod
    def locate() -> Path:
        """Return the folder that WORKBENCH_STORE names, else `mlruns` in the current folder; nothing is made."""
        named = os.environ.get(_ENVIRONMENT, "").strip()
        return Path(named or "mlruns").expanduser().absolute()

    @classmethod
    def open(cls, create: bool = False, folder: Path | None = None) -> Store:
        """Return the store; made first where `create` says so, by one process only when several start together.

        MLflow's addresses follow a store that was moved. One that cannot be written is read with the addresses as they are.

        Parameters
        ----------
        create : bool
            True for commands that write; those that read never make a store.
        folder : Path, optional
            Instead of what `locate` finds.

        Raises
        ------
        InputError
            If there is no store to read, or it cannot be made, or its path holds a character that MLflow would misread.
        """
        store = cls((folder or cls.locate()).absolute())
        store._demand_path()
        if store.exists:
            store._follow(create)
            return store
        if not create:
            raise InputError(
                f"there is no store at {store.folder}: track a study first (`workbench tune PLANT`),"
                f" go to the folder that holds mlruns, or set {_ENVIRONMENT}"
            )
        with store_faults(store.folder):
            store.folder.mkdir(parents=True, exist_ok=True)
            with _locked(store.folder / ".lock"):
                if not store.exists:  # another process may have made it while this one waited
                    store._make()
        return store

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / DATABASE

    @property
    def artifacts(self) -> Path:
        """The folder of the runs' artifacts."""
        return self.folder / "artifacts"

    @property
    def database_uri(self) -> str:
        """The database as MLflow wants it named."""
        return f"sqlite:///{self.database.as_posix()}"

    @property
    def exists(self) -> bool:
        """Whether the database has been made."""
        return self.database.is_file()

    def client(self) -> MlflowClient:
        """Return MLflow's client on this store, with reports to the outside switched off.

        Raises
        ------
        InputError
            If the database is of another MLflow than the installed one, or cannot be opened, or the store was moved and
            cannot be written: MLflow would write to where it was.
        """
        self.demand_version()
        self.demand_place()
        with store_faults(self.folder):
            _import_mlflow()
            from mlflow import MlflowClient

            return MlflowClient(tracking_uri=self.database_uri)

    def demand_place(self) -> None:
        """Raise InputError where the store was moved, and cannot be written so that MLflow's addresses follow."""
        if self.exists:
            self._follow(demand=True)

    def demand_version(self) -> None:
        """Raise InputError where the database is of another MLflow than the installed one, or its path would be misread."""
        self._demand_path()
        if self.exists:
            demand_version(self.database)

    def _demand_path(self) -> None:
        misread = _MISREAD.search(str(self.folder))
        if misread is not None:
            raise InputError(
                f"the store {self.folder} has '{misread[0]}' in its path, which MLflow reads as something else:"
                f" rename that folder, or set {_ENVIRONMENT} to another"
            )

    def _follow(self, demand: bool) -> None:
        """Let MLflow's addresses follow a moved store; `demand` False for those who can do without."""
        with store_faults(self.folder):
            try:
                follow_move(self.database, self.artifacts)
            except sqlite3.Error as error:
                if demand or not is_unwritable(error):
                    raise

    def _make(self) -> None:
        """Build the database beside its place, then rename: nobody ever meets a half-made one."""
        _import_mlflow()
        from mlflow import MlflowClient
        from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

        self.artifacts.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".making-") as place:
            made = Path(place) / DATABASE
            uri = f"sqlite:///{made.as_posix()}"
            tables = SqlAlchemyStore(uri, self.artifacts.as_uri())
            MlflowClient(tracking_uri=uri).delete_experiment("0")  # MLflow's empty "Default": a reviewer need not see it
            tables.engine.dispose()
            made.replace(self.database)


def _import_mlflow() -> None:
    """Import mlflow with its reports off and its notes about database migrations silent."""
    os.environ.update(quiet_environment())
    import mlflow  # noqa: F401

    for name in ("mlflow.store.db.utils", "alembic", "alembic.runtime.migration", "alembic.runtime.plugins"):
        logging.getLogger(name).setLevel(logging.WARNING)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock on a file; the operating system drops it with the process, however that ends."""
    with path.open("a+b") as handle:
        if sys.platform == "win32":
            import msvcrt

            handle.seek(0)
            msvcrt.locking(handle.fileno(), msvcrt.LK_LOCK, 1)
            try:
                yield
            finally:
                handle.seek(0)
                msvcrt.locking(handle.fileno(), msvcrt.LK_UNLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(handle, fcntl.LOCK_UN)
