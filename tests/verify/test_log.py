from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.verify.chain import GENESIS, KEY, chain_faults, clock_steps, row_hash
from workbench.verify.log import FILE, FORMAT, Log, account_name

AT = datetime(2026, 1, 12, 6, 0, tzinfo=UTC)

# Appends pairs of rows; counts the statements that SQLite is given, and kills itself before or after one of them.
KILLED = """
import os, signal, sqlite3, sys
from pathlib import Path
import workbench.verify.log as module
folder, at, when = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
seen = 0
class Counting(sqlite3.Connection):
    def execute(self, *asked):
        global seen
        seen += 1
        if seen == at and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        done = super().execute(*asked)
        if seen == at and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return done
plain = sqlite3.connect
sqlite3.connect = lambda *asked, **more: plain(*asked, factory=Counting, **more)
log = module.Log.open(folder, create=True)
for n in range(2):
    with log.transaction():
        log.append("plan", "acid", f"r{n}", {"text": "{}"})
        log.append("review", "acid", f"r{n}", {"to": "on_trial"})
    print(n, flush=True)
print(seen, flush=True)
"""
APPENDING = """
import sys
from pathlib import Path
from workbench.verify.log import Log
log = Log.open(Path(sys.argv[1]), create=True)
n = 0
while n < int(sys.argv[3]):
    log.append("cost", f"plant_{sys.argv[2]}", None, {"n": n, "ballast": "x" * 20000})
    print(n, flush=True)
    n += 1
"""


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY, raising=False)
    monkeypatch.delenv("WORKBENCH_ACTOR", raising=False)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    log = Log.open(tmp_path, create=True)
    for n in range(5):
        log.append("cost", "acid", "r1" if n % 2 else None, {"amount": float(n), "note": "größer"}, actor="Ann", at=AT)
    return log


def change(log: Log, *statements: str) -> None:
    """Change the file behind the log's back, as somebody with an editor would."""
    connection = sqlite3.connect(log.path)
    for name in ("log_no_update", "log_no_delete"):
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    from workbench.verify.log import _TRIGGERS

    for statement in _TRIGGERS.values():
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_row_holds_what_was_appended(log: Log) -> None:
    row = log.rows()[1]
    assert (row.seq, row.kind, row.plant, row.recommendation, row.actor) == (2, "cost", "acid", "r1", "Ann")
    assert (row.time, row.account, row.payload) == (AT, account_name(), {"amount": 1.0, "note": "größer"})
    assert row.prev_hash == log.rows()[0].hash
    assert log.rows()[0].prev_hash == GENESIS
    assert log.head == log.rows()[-1].hash


def test_rows_are_found_by_kind_plant_and_recommendation(log: Log) -> None:
    log.append("rollback", "mill", "r9", {})
    assert [r.seq for r in log.rows(recommendation="r1")] == [2, 4]
    assert [r.seq for r in log.rows(plant="mill")] == [r.seq for r in log.rows(kind="rollback")] == [6]
    assert log.rows(kind="cost", plant="mill") == []


def test_actor_is_named_by_the_environment_or_the_account(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    assert log.append("cost", "acid", None, {}).actor == account_name()
    monkeypatch.setenv("WORKBENCH_ACTOR", "Bo")
    assert log.append("cost", "acid", None, {}).actor == "Bo"


def test_unknown_kind_is_our_fault(log: Log) -> None:
    with pytest.raises(ValueError, match="'promis' is no kind of row"):
        log.append("promis", "acid", None, {})


def test_what_json_cannot_hold_leaves_nothing(log: Log) -> None:
    with pytest.raises(ValueError, match="JSON"):
        log.append("cost", "acid", None, {"amount": float("nan")})
    assert len(log.rows()) == 5
    assert log.check() == ()


def test_what_a_terminal_could_not_decode_is_replaced_in_every_text(log: Log) -> None:
    said = {"note": "caf\udce9", "deep": [{"why": "\udcff"}, 1.0, None], "whole": "größer 😀", "sheet": "/caf\udce9/line.yaml"}
    row = log.append("cost", "acid", None, said, actor="Ren\udce9")
    cleaned = {"note": "caf?", "deep": [{"why": "?"}, 1.0, None], "whole": "größer 😀"}
    assert row.payload == cleaned | {"sheet": "/caf\udce9/line.yaml"}  # a path goes on leading to its file
    assert (row.actor, log.rows()[-1]) == ("Ren?", row)
    assert log.check() == ()


@pytest.mark.parametrize("statement", ["UPDATE log SET actor = 'Eve'", "DELETE FROM log"])
def test_the_file_itself_refuses_changes(log: Log, statement: str) -> None:
    connection = sqlite3.connect(log.path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize("column", ["time_utc", "kind", "plant", "recommendation", "actor", "account", "payload_json"])
def test_a_changed_past_row_is_found_and_named(log: Log, column: str) -> None:
    change(log, f"UPDATE log SET {column} = '{{\"amount\":9.0}}' WHERE seq = 4")
    [fault] = log.check()
    assert fault.startswith("row 4 (")
    assert fault.endswith("was changed after it was written")
    with pytest.raises(InputError, match=r"cannot be trusted: row 4 .* see `workbench ledger check`, and restore a backup"):
        Log.open(log.path.parent)
    assert len(Log.open(log.path.parent, check=False).rows()) == 5


def test_a_changed_row_with_a_mended_hash_breaks_the_next(log: Log) -> None:
    row = log.rows()[2]
    forged = type(row)(**vars(row) | {"actor": "Eve"})
    change(log, f"UPDATE log SET actor = 'Eve', hash = '{row_hash(forged, None)}' WHERE seq = 3")
    [fault] = log.check()
    assert fault.startswith("row 4 (cost, acid, 2026-01-12) does not follow from the row before it")


@pytest.mark.parametrize(
    ("gone", "sentence"), [(3, "between row 2 and row 4 rows are missing"), (1, "the rows before row 2 are missing")]
)
def test_a_missing_row_is_found(log: Log, gone: int, sentence: str) -> None:
    change(log, f"DELETE FROM log WHERE seq = {gone}")
    assert sentence in log.check()


def test_a_clock_that_was_set_back_is_told_and_breaks_no_chain(tmp_path: Path) -> None:
    log = Log.open(tmp_path, create=True)
    for moment in ("2026-03-10T08:00", "2026-03-10T07:30", "2026-03-01T09:00", "2026-03-02T09:00"):
        log.append("cost", "line", None, {}, actor="Li", at=datetime.fromisoformat(f"{moment}+00:00"))
    assert log.check() == ()
    [said] = clock_steps(log.rows())
    assert said.startswith("row 3 (cost, line) is dated 2026-03-01 09:00 UTC, before row 2 of 2026-03-10 07:30 UTC")


def test_missing_guards_are_found(log: Log) -> None:
    connection = sqlite3.connect(log.path)
    connection.execute("DROP TRIGGER log_no_delete")
    connection.commit()
    connection.close()
    assert log.check() == ("the trigger log_no_delete that keeps rows as they are is missing",)


def test_nothing_is_appended_after_a_changed_last_row(log: Log) -> None:
    change(log, "UPDATE log SET plant = 'mill' WHERE seq = 5")
    with pytest.raises(InputError, match=r"nothing was written to the ledger .*: row 5 .* was changed"):
        log.append("cost", "acid", None, {})


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 4),
    st.sampled_from(["time_utc", "kind", "plant", "recommendation", "actor", "account", "payload_json", "prev_hash"]),
    st.text(),
)
def test_no_change_to_any_column_passes(tmp_path_factory: pytest.TempPathFactory, at: int, column: str, text: str) -> None:
    rows = chain(tmp_path_factory)
    if text == getattr(rows[at], column):
        return
    rows[at] = type(rows[at])(**vars(rows[at]) | {column: text})
    assert chain_faults(rows, None)


def chain(factory: pytest.TempPathFactory) -> list:
    global _CHAIN  # noqa: PLW0603  built once: hypothesis asks for it sixty times
    if _CHAIN is None:
        log = Log.open(factory.mktemp("chain"), create=True)
        for n in range(5):
            log.append("cost", "acid", f"r{n}", {"amount": n}, at=AT)
        _CHAIN = log.rows()
    return list(_CHAIN)


_CHAIN: list | None = None


def test_with_a_key_the_chain_cannot_be_forged_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = Log.open(tmp_path, create=True)
    log.append("cost", "acid", None, {"amount": 1})
    monkeypatch.setenv(KEY, "secret")
    signed = log.append("cost", "acid", None, {"amount": 2})
    assert signed.hash.startswith("hmac:")
    assert log.check() == ()
    monkeypatch.delenv(KEY)
    assert f"is signed with a key: set {KEY} to check it" in log.check()[0]
    with pytest.raises(InputError, match=f"is signed with a key: set {KEY}"):
        log.append("cost", "acid", None, {"amount": 3})
    monkeypatch.setenv(KEY, "guess")
    assert f"or {KEY} is not the key it was written with" in log.check()[0]
    with pytest.raises(InputError, match="nothing was written"):
        log.append("cost", "acid", None, {"amount": 3})


def test_an_unsigned_row_after_a_signed_one_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "secret")
    log = Log.open(tmp_path, create=True)
    log.append("cost", "acid", None, {"amount": 1})
    second = log.append("cost", "acid", None, {"amount": 2})
    change(log, f"UPDATE log SET hash = '{row_hash(second, None)}' WHERE seq = 2")
    assert "is not signed, though the row before it is" in log.check()[0]


def test_the_key_is_never_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "quite-a-secret")
    Log.open(tmp_path, create=True).append("cost", "acid", None, {})
    assert b"quite-a-secret" not in (tmp_path / FILE).read_bytes()


def test_reading_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no ledger at .*: nothing has been promised or decided in this store yet"):
        Log.open(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_newer_format_is_refused(log: Log) -> None:
    connection = sqlite3.connect(log.path)
    connection.execute(f"PRAGMA user_version = {FORMAT + 1}")
    connection.close()
    with pytest.raises(
        InputError, match=rf"has format {FORMAT + 1}, written by a newer workbench; this one reads format {FORMAT}"
    ):
        Log.open(log.path.parent)


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\x00" + b"\xff" * 4000])
def test_a_foreign_file_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(InputError, match=r"ledger\.db"):
        Log.open(tmp_path)
    assert (tmp_path / FILE).read_bytes() == content


def test_another_programs_database_is_not_taken(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / FILE)
    connection.execute("CREATE TABLE shopping (item TEXT)")
    connection.close()
    for create in (False, True):
        with pytest.raises(InputError, match="is not a ledger of the workbench"):
            Log.open(tmp_path, create=create)


def test_a_transaction_is_written_whole_or_not_at_all(log: Log) -> None:
    with pytest.raises(ValueError, match="no kind"), log.transaction():  # noqa: PT012  the second row fails, not the first
        log.append("plan", "acid", "r1", {"text": "{}"})
        log.append("nonsense", "acid", "r1", {})
    assert len(log.rows()) == 5
    with log.transaction():
        log.append("plan", "acid", "r1", {"text": "{}"})
        log.append("review", "acid", "r1", {"to": "on_trial"})
        assert len(log.rows()) == 7  # seen from inside
    assert log.check() == ()


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is POSIX")
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_statement_loses_nothing_and_leaves_no_half(tmp_path: Path, when: str) -> None:
    counted = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "."), "0", when], capture_output=True, text=True, check=True
    )
    statements = int(counted.stdout.split()[-1])
    assert statements > 25
    for at in range(1, statements + 1):
        folder = tmp_path / f"{at}"
        folder.mkdir()
        killed = subprocess.run(
            [sys.executable, "-c", KILLED, str(folder), str(at), when], capture_output=True, text=True, check=False
        )
        assert killed.returncode == -signal.SIGKILL
        acknowledged = len(killed.stdout.split())
        log = Log.open(folder, create=True)  # who comes next repairs what is left
        kinds = [row.kind for row in log.rows()]
        assert kinds == ["plan", "review"] * (len(kinds) // 2)  # never one without the other
        assert len(kinds) // 2 >= acknowledged
        log.append("cost", "acid", None, {})
        assert log.check() == ()


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="kill -9 is POSIX")
def test_killed_at_any_moment_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    for turn in range(12):
        child = subprocess.Popen(
            [sys.executable, "-c", APPENDING, str(tmp_path), str(turn), "100000"], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(0.013 * turn)
        child.kill()
        told = child.communicate()[0].split()
        log = Log.open(tmp_path)
        kept = [row.payload["n"] for row in log.rows(plant=f"plant_{turn}")]
        assert kept == list(range(len(kept)))
        assert len(kept) >= len(told) + 1  # a row may be on the disk that its writer did not live to tell of


def test_six_processes_keep_one_chain(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", APPENDING, str(tmp_path), str(n), "12"], stdout=subprocess.PIPE)
        for n in range(6)
    ]
    assert [writer.communicate(timeout=100) and writer.returncode for writer in writers] == [0] * 6
    log = Log.open(tmp_path)
    assert [row.seq for row in log.rows()] == list(range(1, 73))
    assert log.check() == ()
    for n in range(6):
        assert [row.payload["n"] for row in log.rows(plant=f"plant_{n}")] == list(range(12))
