"""What the disk or a database of another MLflow may refuse, said in one sentence; everything else goes on as it is."""

from __future__ import annotations

import contextlib
import errno
import importlib.metadata
import importlib.util
import re
import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import InputError

__all__ = ["demand_version", "is_unwritable", "store_faults"]

_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_NO_FOLDER = {errno.ENOTDIR, errno.EEXIST}
# What SQLite says through SQLAlchemy and MLflow, and which of our sentences it means.
_SQLITE_SAYS = {
    "database or disk is full": "full",
    "disk I/O error": "failing",
    "readonly database": "forbidden",
    "unable to open database file": "forbidden",
    "permission denied": "forbidden",
    "database is locked": "busy",
    "out-of-date database schema": "old",
    "file is not a database": "foreign",
    "database disk image is malformed": "foreign",
    "Can't locate revision": "newer",
    "no such table: alembic_version": "foreign",
}
# What a migration of MLflow's database says of itself: its own version and the one before it.
_REVISION = re.compile(r"""^(down_)?revision\b[^=\n]*=\s*\(?\s*["'](\w+)["']""", re.MULTILINE)


@contextmanager
def store_faults(folder: Path) -> Iterator[None]:
    """Turn a refusal of the disk or the database under `folder` into one InputError; other errors pass through.

    Parameters
    ----------
    folder : Path
        Folder of the store, named in the sentence.

    Raises
    ------
    InputError
        When the disk is full, the folder may not be written, or the database is busy, foreign or of another MLflow version.
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        kind = _kind(error)
        if kind is None:
            raise
        raise InputError(_sentence(kind, folder)) from error


def is_unwritable(error: Exception) -> bool:
    """Return whether an error says that the disk or the database may not be written, which may still be read."""
    return _kind(error) in {"forbidden", "full"}


def demand_version(database: Path) -> None:
    """Refuse a database of another MLflow before anything is done for it; MLflow itself, slow to import, is not asked.

    MLflow would begin to migrate some older databases unasked, and takes an unknown version for an older one.

    Parameters
    ----------
    database : Path
        An existing `mlflow.db`.

    Raises
    ------
    InputError
        If its version is not that of the installed MLflow, or it has none.
    """
    folder = database.parent
    with store_faults(folder), contextlib.closing(sqlite3.connect(database, timeout=20.0)) as connection:
        found = {str(version) for (version,) in connection.execute("SELECT version_num FROM alembic_version")}
    known, heads = _known_versions()
    if not found:
        raise InputError(_sentence("foreign", folder))
    if known and found != heads:  # none known: MLflow keeps its migrations elsewhere, and says itself what it thinks
        raise InputError(_sentence("old" if found <= known else "newer", folder))


def _known_versions() -> tuple[set[str], set[str]]:
    """Versions that the installed MLflow can migrate from, and the newest, from its migrations' files."""
    spec = importlib.util.find_spec("mlflow")
    places = (spec.submodule_search_locations if spec else None) or []
    known: set[str] = set()
    before: set[str] = set()
    for place in places:
        for file in (Path(place) / "store" / "db_migrations" / "versions").glob("*.py"):
            for is_before, version in _REVISION.findall(file.read_text(encoding="utf-8")):
                (before if is_before else known).add(version)
    return known, known - before


def _kind(error: BaseException) -> str | None:
    """Which of our sentences fits the error or one of its causes; None where none does."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in _FULL:
            return "full"
        if isinstance(seen, OSError) and seen.errno in _FORBIDDEN:
            return "forbidden"
        if isinstance(seen, OSError) and seen.errno in _NO_FOLDER:
            return "no folder"
        said = str(seen)
        for words, kind in _SQLITE_SAYS.items():
            if words in said:
                return "newer" if kind == "old" and _is_unknown(said) else kind
        seen = seen.__cause__ or seen.__context__
    return None


def _is_unknown(said: str) -> bool:
    """Whether the version that MLflow calls out of date is none of those before its own."""
    found = re.search(r"found version (\w+)", said)
    return found is not None and found[1] not in _known_versions()[0]


def _sentence(kind: str, folder: Path) -> str:
    other = "or set WORKBENCH_STORE to another folder"
    database = (folder / "mlflow.db").as_posix()
    return {
        "full": f"the disk that holds the store {folder} is full: make room on it, {other}",
        "failing": f"the disk that holds the store {folder} fails while writing: make room on it or check it, {other}",
        "forbidden": f"the store {folder} cannot be written: give yourself the right to write there, {other}",
        "no folder": f"the store {folder} cannot be made, a file stands where a folder should: move the file away, {other}",
        "busy": f"the store {folder} stayed locked by another program: try again when it has finished, {other}",
        "old": (
            f"the store {folder} was made by an older MLflow: back it up (copy its folder), then run"
            f" `mlflow db upgrade {shlex.quote(f'sqlite:///{database}')}`, {other}"
        ),
        "newer": (
            f"the store {folder} was written by a newer MLflow than the one installed here,"
            f" {importlib.metadata.version('mlflow')}: install that version, {other}"
        ),
        "foreign": f"{database} is not a database of MLflow, or it is damaged: move it away, {other}",
    }[kind]
