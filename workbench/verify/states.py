"""Where each recommendation stands, read from the log alone: which changes of state there are, and what each means."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

from workbench.errors import InputError
from workbench.records import Recommendation
from workbench.trial_records import TrialPlan
from workbench.verify.chain import LogRow
from workbench.verify.log import Log, account_name
from workbench.verify.log_faults import UnwritableLogError

__all__ = [
    "EXPIRES_AFTER",
    "MEANINGS",
    "ROLLED_BACK",
    "TRANSITIONS",
    "ReviewState",
    "change_state",
    "day_words",
    "expire_due",
    "read_states",
    "rows_at",
]

EXPIRES_AFTER = timedelta(days=90)  # [d] a proposal waits, and an approval holds, this long; own assumption: about a season
TRANSITIONS: dict[str, tuple[str, ...]] = {
    "proposed": ("approved", "rejected", "withdrawn", "expired", "superseded"),
    "approved": ("on_trial", "withdrawn", "expired"),
    "on_trial": ("verified", "not_verified", "withdrawn"),
    "rejected": (),
    "withdrawn": (),
    "verified": (),
    "not_verified": (),
    "expired": (),
    "superseded": (),
}
MEANINGS = {
    "proposed": "it waits for a decision",
    "approved": "it may go on trial on the plant, as recorded and no further",
    "rejected": "it must not be tried",
    "withdrawn": "it is taken back; the plant stays at, or goes back to, the settings before it",
    "expired": "nobody acted on it in time; tune again on newer records",
    "superseded": "a newer answer takes its place",
    "on_trial": "it runs on the plant as its plan says",
    "verified": "a trial proved its gain",
    "not_verified": "its trial did not prove a gain",
}
ROLLED_BACK = "rolled back"  # no state of its own: a verified gain stays verified, and is not in use any more
_MEANING_ROLLED_BACK = "a trial proved its gain; the plant goes back to the settings before it, and it earns no more"
_CLERK = "workbench"  # who writes down what has expired
_EXPIRING = ("proposed", "approved")
_REOPENED = ("proposed", "expired", "superseded")  # what the same answer, given again, opens anew


@dataclass(frozen=True)
class ReviewState:
    """One recommendation and where it stands.

    Parameters
    ----------
    record_text : str
        Exact text of its recommendation.json.
    record_sha256 : str
        Of that text; an approval and a trial are bound to it.
    state : str
        A key of `TRANSITIONS`.
    expires : str or None
        ISO 8601; None where it does not expire in this state.
    rows : tuple of LogRow
        All rows about it, in their order.
    sheet : str
        Path of the sheet, or name of a bundled plant.
    source : str or None
        Path of the file of records; None where the sheet names it.
    run_id : str or None
        MLflow's run of the record.
    provider : str
        Who gave the advice.
    author, account : str
        Who made it: the name, and the account of the operating system.
    four_eyes : bool
        Whether somebody else must approve it.
    runs : tuple of (str, str)
        All its MLflow runs, each with the hash of the text promised there.
    """

    record_text: str
    record_sha256: str
    state: str
    expires: str | None
    rows: tuple[LogRow, ...]
    sheet: str
    source: str | None
    run_id: str | None
    provider: str
    author: str
    account: str
    four_eyes: bool
    runs: tuple[tuple[str, str], ...] = ()

    @cached_property
    def recommendation(self) -> Recommendation:
        """The record as promised."""
        return Recommendation.from_json(self.record_text)

    @cached_property
    def plan(self) -> TrialPlan | None:
        """The plan that it was put on trial by, None where there is none."""
        row = next((row for row in reversed(self.rows) if row.kind == "plan"), None)
        return None if row is None else TrialPlan.from_json(row.payload["text"])

    @property
    def id(self) -> str:
        """The recommendation's id."""
        return str(self.rows[0].recommendation)

    @property
    def plant(self) -> str:
        """Name of the plant."""
        return self.rows[0].plant

    @property
    def decision(self) -> LogRow | None:
        """The last change of its state, or its rollback after the verdict; None where there was none."""
        return self._rollback or next((row for row in reversed(self.rows) if row.kind == "review"), None)

    @property
    def approval(self) -> LogRow | None:
        """The approval that counts; None where it waits for one, was never approved or was promised anew since."""
        reviews = [row for row in self.rows if row.kind in {"review", "promise"}]
        for row in reversed(reviews):
            if row.kind == "promise" or row.payload["to"] == "approved":
                return row if row.kind == "review" else None
        return None

    @property
    def rolled_back(self) -> datetime | None:
        """When a verified one was rolled back; None where it was not, or is not verified."""
        return self._rollback.time if self._rollback else None

    @property
    def doubt(self) -> str | None:
        """Id of a later answer of ours that supports no change, while it is approved or on trial; None where there is none."""
        row = next((row for row in reversed(self.rows) if row.kind in {"answer", "promise"}), None)
        if row is None or row.kind == "promise" or row.payload["supports"] or self.state not in {"approved", "on_trial"}:
            return None
        return str(row.payload["answer"])

    @property
    def words(self) -> str:
        """The state as people say it, such as `not verified`, or `verified, rolled back 3 Mar 2026`."""
        back = f", {ROLLED_BACK} {day_words(self.rolled_back)}" if self.rolled_back else ""
        return f"{self.state.replace('_', ' ')}{back}"

    @property
    def tag(self) -> str:
        """The state as MLflow's tag holds it: a key of `TRANSITIONS`, or `verified, rolled back`."""
        return f"{self.state}, {ROLLED_BACK}" if self.rolled_back else self.state

    @property
    def meaning(self) -> str:
        """What the state means."""
        return _MEANING_ROLLED_BACK if self.rolled_back else MEANINGS[self.state]

    @property
    def _rollback(self) -> LogRow | None:
        """The first rollback of a verified one: what was rolled back on trial is withdrawn."""
        return next((row for row in self.rows if row.kind == "rollback"), None) if self.state == "verified" else None

    def due(self, at: datetime) -> bool:
        """Whether it has expired at that moment and nobody has written it down yet."""
        return self.expires is not None and self.state in _EXPIRING and datetime.fromisoformat(self.expires) <= at


def read_states(rows: Iterable[LogRow]) -> dict[str, ReviewState]:
    """Return where every promised recommendation stands, by id, in the order of their first promise.

    Parameters
    ----------
    rows : iterable of LogRow
        In their order.
    """
    states: dict[str, ReviewState] = {}
    for row in rows:
        if row.recommendation is None:
            continue
        known = states.get(row.recommendation)
        if row.kind == "promise":
            states[row.recommendation] = _promised(row, known)
        elif known is not None:
            changed = {"rows": (*known.rows, row)}
            if row.kind == "review":
                said = row.payload
                changed |= {"state": said["to"], "expires": said["expires"]}
            states[row.recommendation] = replace(known, **changed)  # type: ignore[arg-type]
    return states


def change_state(
    log: Log,
    state: ReviewState,
    to: str,
    *,
    reason: str,
    actor: str | None = None,
    at: datetime | None = None,
) -> LogRow:
    """Append a change of state, checked against `TRANSITIONS`, and return its row; the caller holds the log.

    Raises
    ------
    InputError
        If this state cannot become that one.
    """
    allowed = TRANSITIONS[state.state]
    if state.rolled_back and to == "withdrawn":
        raise InputError(f"{state.id} was rolled back on {day_words(state.rolled_back)} already")
    if to == state.state:
        raise InputError(f"{state.id} is {state.words} already")
    if to not in allowed:
        ends = f"that is its end ({state.meaning})"
        may = f"it can become {' or '.join(w.replace('_', ' ') for w in allowed)}" if allowed else ends
        raise InputError(f"{state.id} is {state.words} and cannot become {to.replace('_', ' ')}: {may}")
    moment = at or datetime.now(UTC)
    payload = _change(state, to, reason, moment)
    return log.append("review", state.plant, state.id, payload, actor=actor, at=moment)


def expire_due(log: Log, at: datetime) -> list[str]:
    """Write down what has expired by that moment, and return the ids."""
    if not any(state.due(at) for state in read_states(log.rows()).values()):
        return []
    with log.transaction():  # read again: another process may have seen it first
        due = [state for state in read_states(log.rows()).values() if state.due(at)]
        for state in due:
            change_state(log, state, "expired", reason=_lapsed(state), actor=_CLERK, at=at)
    return [state.id for state in due]


def rows_at(log: Log, at: datetime) -> list[LogRow]:
    """Return the rows of a log, what has expired by a moment among them, for those who read.

    It is written down first, as by `expire_due`. Where the log cannot be written, it is judged in memory alone: such rows come
    last, say so in their reason, and have no hash.
    """
    try:
        expire_due(log, at)
    except UnwritableLogError:
        rows = log.rows()
        due = [state for state in read_states(rows).values() if state.due(at)]
        return rows + [_unwritten(state, len(rows) + number, at) for number, state in enumerate(due, start=1)]
    return log.rows()


def day_words(moment: datetime) -> str:
    """Return a day in UTC as people write it.

    Examples
    --------
    >>> day_words(datetime(2026, 3, 3, tzinfo=UTC))
    '3 Mar 2026'
    """
    day = moment.astimezone(UTC)
    return f"{day.day} {day:%b %Y}"


def _promised(row: LogRow, known: ReviewState | None) -> ReviewState:
    """The state after a promise: a new one, the same answer given again, or one more run of what is decided already."""
    said = row.payload
    run = said.get("run_id")
    runs = ((str(run), str(said["record_sha256"])),) if run else ()
    if known is not None and known.state not in _REOPENED:
        return replace(known, rows=(*known.rows, row), runs=known.runs + runs)
    return ReviewState(
        record_text=said["text"],
        record_sha256=said["record_sha256"],
        state="proposed",
        expires=_expiry("proposed", row.time),
        rows=(*(known.rows if known else ()), row),
        sheet=said["sheet"],
        source=said["source"],
        run_id=run,
        provider=said["provider"],
        author=row.actor,
        account=row.account,
        four_eyes=bool(said.get("four_eyes", True)),
        runs=(known.runs if known else ()) + runs,
    )


def _change(state: ReviewState, to: str, reason: str, at: datetime) -> dict[str, str | None]:
    """Payload of a change of state."""
    return {
        "from": state.state,
        "to": to,
        "meaning": MEANINGS[to],
        "reason": reason,
        "record_sha256": state.record_sha256,
        "expires": _expiry(to, at),
    }


def _lapsed(state: ReviewState) -> str:
    return f"nobody acted on it by {str(state.expires)[:10]}"


def _unwritten(state: ReviewState, seq: int, at: datetime) -> LogRow:
    """The row that says that a recommendation has expired, as it would be written."""
    reason = f"{_lapsed(state)}; not written down, for the ledger cannot be written"
    payload = _change(state, "expired", reason, at)
    return LogRow(
        seq=seq,
        time_utc=at.astimezone(UTC).isoformat(timespec="milliseconds"),
        kind="review",
        plant=state.plant,
        recommendation=state.id,
        actor=_CLERK,
        account=account_name(),
        payload_json=json.dumps(payload),
        prev_hash="",
        hash="",
    )


def _expiry(state: str, since: datetime) -> str | None:
    return (since + EXPIRES_AFTER).astimezone(UTC).isoformat(timespec="seconds") if state in _EXPIRING else None
