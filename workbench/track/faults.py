"""What the disk may refuse, said in one sentence; everything else goes on as it is."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import InputError

__all__ = ["store_faults"]

_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_NO_FOLDER = {errno.ENOTDIR, errno.EEXIST}
# What SQLite says through SQLAlchemy and MLflow, and which of our sentences it means.
_SQLITE_SAYS = {
    "database or disk is full": "full",
    "readonly database": "forbidden",
    "unable to open database file": "forbidden",
    "permission denied": "forbidden",
    "database is locked": "busy",
    "out-of-date database schema": "old",
    "file is not a database": "foreign",
    "database disk image is malformed": "foreign",
    "Can't locate revision": "newer",
}


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
                return kind
        seen = seen.__cause__ or seen.__context__
    return None


def _sentence(kind: str, folder: Path) -> str:
    other = "or set WORKBENCH_STORE to another folder"
    return {
        "full": f"the disk that holds the store {folder} is full: make room on it, {other}",
        "forbidden": f"the store {folder} cannot be written: give yourself the right to write there, {other}",
        "no folder": f"the store {folder} cannot be made, a file stands where a folder should: move the file away, {other}",
        "busy": f"the store {folder} stayed locked by another program: try again when it has finished, {other}",
        "old": (
            f"the store {folder} was made by an older MLflow: copy it, then run"
            f" `mlflow db upgrade sqlite:///{folder / 'mlflow.db'}`, {other}"
        ),
        "newer": f"the store {folder} was made by a newer MLflow than this one: update the workbench, {other}",
        "foreign": f"{folder / 'mlflow.db'} is not a database of MLflow, or it is damaged: move it away, {other}",
    }[kind]
