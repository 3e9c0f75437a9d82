"""Rows of the log and the chain of their hashes: a changed, replaced or missing past row is found and named."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

__all__ = ["COLUMNS", "GENESIS", "KEY", "SIGNED", "LogRow", "chain_faults", "clock_steps", "row_hash"]

COLUMNS = ("seq", "time_utc", "kind", "plant", "recommendation", "actor", "account", "payload_json", "prev_hash", "hash")
GENESIS = "0" * 64  # `prev_hash` of the first row
KEY = "WORKBENCH_LEDGER_KEY"  # environment variable: with it the chain is an HMAC
SIGNED = "hmac:"  # before the hash of a row written with a key
CLOCKS_DIFFER = timedelta(hours=1)  # two machines that write to one store may be so far apart; own assumption


@dataclass(frozen=True)
class LogRow:
    """One row: what happened, to which plant and recommendation, who said so, and the hashes that chain it.

    Parameters
    ----------
    seq : int
        1, 2, 3 ... without a gap.
    time_utc : str
        ISO 8601 with offset.
    kind : str
        One of `KINDS`.
    plant : str
    recommendation : str or None
        Its id; None for what concerns the plant as a whole, such as a licence.
    actor, account : str
        The name a person gave, and the account of the operating system.
    payload_json : str
        The payload as stored; `payload` reads it.
    prev_hash, hash : str
        64 hex digits, with `hmac:` before them where a key was set.
    """

    seq: int
    time_utc: str
    kind: str
    plant: str
    recommendation: str | None
    actor: str
    account: str
    payload_json: str
    prev_hash: str
    hash: str

    @property
    def payload(self) -> dict[str, Any]:
        """What the row says beside its columns."""
        read: dict[str, Any] = json.loads(self.payload_json)
        return read

    @property
    def time(self) -> datetime:
        """`time_utc` as a moment."""
        return datetime.fromisoformat(self.time_utc)


def row_hash(row: LogRow, key: str | None) -> str:
    """Return the hash over all other columns as canonical JSON: SHA-256, or with a key HMAC-SHA256 (RFC 2104)."""
    body = {column: value for column, value in vars(row).items() if column != "hash"}
    text = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    if key is None:
        return hashlib.sha256(text).hexdigest()
    return SIGNED + hmac.new(key.encode(), text, hashlib.sha256).hexdigest()


def chain_faults(rows: Sequence[LogRow], key: str | None, first: bool = True) -> tuple[str, ...]:
    """Return what does not fit in the chain; `first` False where the rows do not start at the first."""
    faults: list[str] = []
    before: LogRow | None = None
    for row in rows:
        name = f"row {row.seq} ({row.kind}, {row.plant}, {row.time_utc[:10]})"
        signed = row.hash.startswith(SIGNED)
        if before is not None and row.seq != before.seq + 1:
            faults.append(f"between row {before.seq} and row {row.seq} rows are missing")
        elif first and before is None and row.seq != 1:
            faults.append(f"the rows before row {row.seq} are missing")
        elif first and row.prev_hash != (before.hash if before else GENESIS):
            faults.append(f"{name} does not follow from the row before it: one of the two was replaced")
        if signed and key is None:
            faults.append(f"{name} is signed with a key: set {KEY} to check it")
            break  # so are all rows after it
        if not signed and before is not None and before.hash.startswith(SIGNED):
            faults.append(f"{name} is not signed, though the row before it is")
        if not hmac.compare_digest(row.hash.encode(), row_hash(row, key if signed else None).encode()):
            other = f", or {KEY} is not the key it was written with" if signed else ""
            faults.append(f"{name} was changed after it was written{other}")
        before = row
    return tuple(faults)


def clock_steps(rows: Sequence[LogRow]) -> tuple[str, ...]:
    """Return which rows are dated before the row that they follow, a sentence each: what a gain earns counts by these dates."""
    return tuple(
        f"row {row.seq} ({row.kind}, {row.plant}) is dated {row.time:%Y-%m-%d %H:%M} UTC, before row {before.seq} of"
        f" {before.time:%Y-%m-%d %H:%M} UTC, which it follows: the clock stood wrong at one of the two, and what was earned"
        " counts by it"
        for before, row in pairwise(rows)
        if before.time - row.time > CLOCKS_DIFFER
    )
