"""Copies of the log that are whole, and going back to one without losing what came after."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from workbench.errors import InputError
from workbench.verify.chain import LogRow
from workbench.verify.log import FILE, Log
from workbench.verify.log_faults import log_faults

__all__ = ["Restored", "back_up", "read_backup", "restore"]


@dataclass(frozen=True)
class Restored:
    """What going back did.

    Parameters
    ----------
    log : Log
        As it is now.
    kept : Path or None
        Where the log before was kept; None where it was whole and held the backup's rows and no others.
    lost : int
        Its rows that the backup lacks, or holds otherwise; 1 where it cannot be read.
    """

    log: Log
    kept: Path | None
    lost: int


def back_up(log: Log, file: Path) -> int:
    """Copy a whole log to a file while others may go on writing; return its rows.

    Raises
    ------
    InputError
        If the file exists, or the disk refuses.
    """
    if file.exists():
        raise InputError(f"{file} exists: name another file for the backup, or move it away")
    if not file.absolute().parent.is_dir():
        raise InputError(f"there is no folder {file.absolute().parent} for the backup: make it first")
    _copy(log.path, file)
    copy = Log(file.absolute())
    copy.demand_whole()
    return len(copy.rows())


def restore(file: Path, store: Path, at: datetime | None = None) -> Restored:
    """Put a backup in the place of a store's log, and keep the log that stood there beside it where it is not the same.

    A log whose rows were edited, cut off or put in, or whose guards are gone, is evidence: it is kept byte for byte.

    Parameters
    ----------
    file : Path
        Of `back_up`.
    store : Path
        Folder of the store; nothing else may write to its log meanwhile.
    at : datetime, optional
        For the name of the log that is kept; default now.

    Raises
    ------
    InputError
        If the backup is none, is broken or newer, or the disk refuses.
    """
    backup = read_backup(file)
    target = store / FILE
    kept, lost = None, 0
    if target.is_file():
        rows = backup.rows()
        lost = _rows_without(target, rows)
        if lost or not _is_same(target, rows):
            kept = _free_name(store, at or datetime.now(UTC))
            shutil.copyfile(target, kept)  # byte for byte: it may be a broken one
    (store / f"{FILE}-journal").unlink(missing_ok=True)  # of a killed writer; it would be played back into the other log
    _copy(file, target)
    return Restored(Log.open(store), kept, lost)


def read_backup(file: Path) -> Log:
    """Return the log in a backup; InputError where it is none, is broken or newer."""
    if not file.is_file():
        raise InputError(f"there is no file {file}: name the backup")
    return Log.at(file)


def _rows_without(path: Path, rows: Sequence[LogRow]) -> int:
    """How many rows of a log are not among these, whole row by whole row; 1 where it cannot be read: then it is kept too."""
    known = set(rows)  # not by their hashes alone: who edits a row leaves its hash as it was
    try:
        return sum(row not in known for row in Log(path).rows())
    except (InputError, sqlite3.Error):
        return 1


def _is_same(path: Path, rows: Sequence[LogRow]) -> bool:
    """Whether a log holds these rows and no others, and is whole."""
    try:
        return Log(path).rows() == list(rows) and Log.at(path).rows() == list(rows)  # rows first: a check reads them as text
    except (InputError, sqlite3.Error):
        return False


def _free_name(store: Path, at: datetime) -> Path:
    """A name that no log is kept under yet, also where two are kept within a second."""
    stamp = f"ledger-{at:%Y%m%dT%H%M%SZ}"
    names = itertools.chain([f"{stamp}.db"], (f"{stamp}-{number}.db" for number in itertools.count(2)))
    return next(place for name in names if not (place := store / name).exists())


def _copy(source: Path, target: Path) -> None:
    """SQLite's own copy: whole, whatever is being written; beside first, so that a kill leaves no half backup."""
    beside = target.with_name(f".{target.name}.copy")
    beside.unlink(missing_ok=True)
    with (
        log_faults(target),
        contextlib.closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True)) as old,
        contextlib.closing(sqlite3.connect(beside)) as new,
    ):
        old.backup(new)
    beside.replace(target)
