"""What the disk or SQLite may refuse about the log, said in one sentence."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import InputError

__all__ = ["UnwritableLogError", "log_faults"]

_SQLITE_SAYS = {
    "disk is full": "the disk that holds the ledger {path} is full: make room on it",
    "disk I/O error": "the disk that holds the ledger {path} fails or is full: see to the disk, then try again",
    "readonly database": "the ledger {path} cannot be written: give yourself the right to write there",
    "unable to open": "the ledger {path} cannot be opened: give yourself the right to read and write there",
    "is locked": "the ledger {path} stayed locked by another program: try again when it has finished",
    "not a database": "{path} is not a ledger of the workbench, or it is damaged: restore a backup",
    "malformed": "the ledger {path} is damaged: restore a backup",
    "no such table": "{path} is not a ledger of the workbench: move it away, or set WORKBENCH_STORE elsewhere",
}
_UNWRITABLE = ("disk is full", "readonly database", "unable to open")  # reading may go on where writing cannot


class UnwritableLogError(InputError):
    """A log that cannot be written, or, as the next reading shows, cannot be opened at all."""


@contextmanager
def log_faults(path: Path) -> Iterator[None]:
    """Turn what SQLite says about the file `path` into one InputError; what it does not know passes through.

    Raises
    ------
    InputError
        When the disk is full or refuses, the file is locked, foreign or damaged; `UnwritableLogError` where it may still be
        read.
    """
    try:
        yield
    except sqlite3.Error as error:
        for words, sentence in _SQLITE_SAYS.items():
            if words in str(error):
                kind = UnwritableLogError if words in _UNWRITABLE else InputError
                raise kind(sentence.format(path=path)) from error
        raise
