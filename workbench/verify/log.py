"""The log behind review and ledger: rows are appended in one transaction, chained by their hashes, and never changed."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench.errors import InputError
from workbench.verify.chain import COLUMNS, GENESIS, KEY, SIGNED, LogRow, chain_faults, row_hash
from workbench.verify.log_faults import log_faults

__all__ = ["FILE", "FORMAT", "GENESIS", "KINDS", "Log", "LogRow", "account_name", "storable"]

FILE = "ledger.db"
FORMAT = 1  # `PRAGMA user_version`; a newer one is refused
KINDS = ("promise", "review", "plan", "schedule", "verdict", "cost", "decay", "rollback", "answer")
ACTOR = "WORKBENCH_ACTOR"  # environment variable
_PATHS = ("sheet", "source")  # of a payload: they lead back to a file, and stay byte for byte as its name is
_PATIENCE = 30.0  # [s] how long one writer waits for the others

_TABLES = "SELECT count(*) FROM sqlite_master"
_TABLE = """
CREATE TABLE log (seq INTEGER PRIMARY KEY, time_utc TEXT NOT NULL, kind TEXT NOT NULL, plant TEXT NOT NULL,
 recommendation TEXT, actor TEXT NOT NULL, account TEXT NOT NULL, payload_json TEXT NOT NULL, prev_hash TEXT NOT NULL,
 hash TEXT NOT NULL UNIQUE)"""
_TRIGGERS = {
    "log_no_update": "CREATE TRIGGER log_no_update BEFORE UPDATE ON log"
    " BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END",
    "log_no_delete": "CREATE TRIGGER log_no_delete BEFORE DELETE ON log"
    " BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END",
}


class Log:
    """The log of one store; open it with `Log.open`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     log = Log.open(Path(folder), create=True)
    ...     row = log.append("cost", "acid_line_1", None, {"category": "licence", "amount": 1000.0, "currency": "CNY"})
    ...     (row.seq, row.prev_hash == GENESIS, log.head == row.hash, log.check())
    (1, True, True, ())
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._held: sqlite3.Connection | None = None

    @classmethod
    def open(cls, folder: Path, create: bool = False, check: bool = True) -> Log:
        """Return the log of a store's folder, its chain checked.

        Parameters
        ----------
        folder : Path
            The store's folder, which exists.
        create : bool
            Whether to make the log where there is none.
        check : bool
            False to look at a broken one.

        Raises
        ------
        InputError
            If there is no log, it is of a newer format or no log at all, or a past row was changed.
        """
        path = Path(folder).absolute() / FILE
        if create:
            log = cls(path)
            log._make()
        else:
            found = cls.find(folder)
            if found is None:
                raise InputError(f"there is no ledger at {path}: nothing has been promised or decided in this store yet")
            log = found
        with log._connection() as connection:
            log._check_format(connection)
        if check:
            log.demand_whole()
        return log

    @classmethod
    def at(cls, file: Path) -> Log:
        """Return the log in a file that exists, such as a backup; checked, and refused, as by `open`."""
        log = cls(Path(file).absolute())
        with log._connection() as connection:
            log._check_format(connection)
        log.demand_whole()
        return log

    @staticmethod
    def key() -> str | None:
        """Return the key that signs the chain, from the environment; None where there is none."""
        return _key()

    @classmethod
    def find(cls, folder: Path) -> Log | None:
        """Return the log of a folder without looking into it; None where none was made, or its maker was killed.

        Raises
        ------
        InputError
            If the file cannot be read.
        """
        log = cls(Path(folder).absolute() / FILE)
        if not log.path.is_file():
            return None
        with log._connection() as connection:
            return log if connection.execute(_TABLES).fetchone() != (0,) else None

    @property
    def head(self) -> str:
        """Hash of the last row; `GENESIS` where there is none."""
        rows = self._read("ORDER BY seq DESC LIMIT 1")
        return rows[0].hash if rows else GENESIS

    def rows(self, kind: str | None = None, plant: str | None = None, recommendation: str | None = None) -> list[LogRow]:
        """Return the rows in their order, those of one kind, plant or recommendation where given."""
        wanted = {"kind": kind, "plant": plant, "recommendation": recommendation}
        asked = {column: value for column, value in wanted.items() if value is not None}
        where = f"WHERE {' AND '.join(f'{column} = ?' for column in asked)} " if asked else ""
        return self._read(f"{where}ORDER BY seq", tuple(asked.values()))

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Log]:
        """Hold the log for this process: rows read stay true, and rows appended are written together or not at all."""
        if self._held is not None:  # already inside one: the outer one commits
            yield self
            return
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            self._held = connection
            try:
                yield self
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            finally:
                self._held = None

    def append(
        self,
        kind: str,
        plant: str,
        recommendation: str | None,
        payload: Mapping[str, Any],
        actor: str | None = None,
        at: datetime | None = None,
    ) -> LogRow:
        """Append one row and return it; it is on the disk when this returns, or never was.

        Parameters
        ----------
        kind : str
            One of `KINDS`.
        plant : str
            Name on its sheet.
        recommendation : str or None
            Its id.
        payload : mapping
            Anything JSON can hold, without nan; its texts are stored as by `storable`.
        actor : str, optional
            Name of the person; default $WORKBENCH_ACTOR, else the account's name.
        at : datetime, optional
            With a timezone; default now.

        Raises
        ------
        InputError
            If the disk refuses, or the key does not fit the chain.
        """
        if kind not in KINDS:
            raise ValueError(f"'{kind}' is no kind of row: {', '.join(KINDS)}")
        account = account_name()
        moment = (at or datetime.now(UTC)).astimezone(UTC)
        with self.transaction():
            last = self._read("ORDER BY seq DESC LIMIT 1")
            self._check_key(last)
            row = LogRow(
                seq=last[0].seq + 1 if last else 1,
                time_utc=moment.isoformat(timespec="milliseconds"),
                kind=kind,
                plant=plant,
                recommendation=recommendation,
                actor=storable(actor or os.environ.get(ACTOR, "").strip() or account),
                account=account,
                payload_json=json.dumps(_cleaned(dict(payload)), sort_keys=True, separators=(",", ":"), allow_nan=False),
                prev_hash=last[0].hash if last else GENESIS,
                hash="",
            )
            row = LogRow(**vars(row) | {"hash": row_hash(row, _key())})
            self._insert(row)
        return row

    def take_over(self, rows: Sequence[LogRow]) -> None:
        """Write the rows of another log, as they are, into this empty one."""
        with self.transaction():
            if self._read("LIMIT 1"):
                raise ValueError("only an empty log takes over the rows of another")
            for row in rows:
                self._insert(row)

    def check(self) -> tuple[str, ...]:
        """Return what is wrong with the chain, a sentence each, in the order of the rows; empty where it is whole."""
        with self._connection() as connection:
            found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        missing = sorted(set(_TRIGGERS) - {name for (name,) in found})
        guards = (f"the trigger {', '.join(missing)} that keeps rows as they are is missing",) if missing else ()
        return (*guards, *chain_faults(self._read("ORDER BY seq"), _key()))

    def demand_whole(self) -> None:
        """Raise InputError with the first fault of the chain, where there is one."""
        faults = self.check()
        if faults:
            raise InputError(
                f"the ledger {self.path} cannot be trusted: {faults[0]}; see `workbench ledger check`, and restore a backup"
                " with `workbench ledger restore FILE`"
            )

    def _make(self) -> None:
        with log_faults(self.path), contextlib.closing(_connect(self.path, create=True)) as connection:
            if connection.execute(_TABLES).fetchone() != (0,):
                return
            connection.execute("BEGIN IMMEDIATE")  # one maker at a time; killed in here, the file stays empty
            if connection.execute(_TABLES).fetchone() == (0,):
                connection.execute(_TABLE)
                for statement in _TRIGGERS.values():
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {FORMAT}")
            connection.execute("COMMIT")

    def _check_format(self, connection: sqlite3.Connection) -> None:
        [version] = connection.execute("PRAGMA user_version").fetchone()
        if version > FORMAT:
            raise InputError(
                f"the ledger {self.path} has format {version}, written by a newer workbench; this one reads format {FORMAT}:"
                " update the workbench"
            )
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if version < 1 or "log" not in tables:
            raise InputError(f"{self.path} is not a ledger of the workbench: move it away, or set WORKBENCH_STORE elsewhere")

    def _check_key(self, last: Sequence[LogRow]) -> None:
        """Refuse to go on from a row that this key cannot confirm, or without the key that the rows before have."""
        faults = chain_faults(last, _key(), first=False)
        if faults:
            raise InputError(f"nothing was written to the ledger {self.path}: {faults[0]}")
        if last and last[0].hash.startswith(SIGNED) and not _key():
            raise InputError(f"the ledger {self.path} is signed with a key: set {KEY} to write to it")

    def _insert(self, row: LogRow) -> None:
        assert self._held is not None
        self._held.execute(f"INSERT INTO log VALUES ({', '.join('?' * len(COLUMNS))})", tuple(vars(row).values()))

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        if self._held is not None:
            yield self._held
            return
        with log_faults(self.path), contextlib.closing(_connect(self.path)) as connection:
            yield connection

    def _read(self, rest: str, values: Sequence[str] = ()) -> list[LogRow]:
        with self._connection() as connection:
            found = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM log {rest}", tuple(values)).fetchall()
        return [LogRow(*cells) for cells in found]


def account_name() -> str:
    """Return the account of the operating system: by the process's owner, which no environment variable changes."""
    if sys.platform == "win32":
        import getpass

        return getpass.getuser()
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user without a name
        return f"uid {os.getuid()}"


def storable(text: str) -> str:
    r"""Return a text with what a terminal could not decode replaced by ?, so that it can be stored, hashed and exported.

    Examples
    --------
    >>> storable("caf\udce9")
    'caf?'
    """
    return text.encode("utf-8", "replace").decode("utf-8")


def _cleaned(value: Any) -> Any:
    """A payload, or a part of it, whose texts can be exported."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {key: inner if key in _PATHS else _cleaned(inner) for key, inner in value.items()}
    return [_cleaned(inner) for inner in value] if isinstance(value, list | tuple) else value


def _key() -> str | None:
    return os.environ.get(KEY) or None


def _connect(path: Path, create: bool = False) -> sqlite3.Connection:
    """A connection for writing, also to read: only such a one can roll back what a killed process left half done."""
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode={'rwc' if create else 'rw'}", uri=True, timeout=_PATIENCE, isolation_level=None
    )
    connection.execute("PRAGMA synchronous = FULL")
    return connection
