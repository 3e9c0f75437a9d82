from __future__ import annotations

import contextlib
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from workbench.errors import InputError
from workbench.verify.backup import back_up, restore
from workbench.verify.log import FILE, FORMAT, Log


def spoil(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("DROP TRIGGER log_no_update")
    connection.execute("UPDATE log SET actor = 'Eve' WHERE seq = 2")
    connection.commit()
    connection.close()


def test_a_backup_brings_everything_back(year: Any, tmp_path: Path) -> None:
    store, rows = year.log.path.parent, year.rows
    assert back_up(year.log, tmp_path / "ledger.bak") == len(rows)
    year.log.path.unlink()
    done = restore(tmp_path / "ledger.bak", store)
    assert (done.log.rows(), done.kept, done.lost) == (rows, None, 0)
    assert done.log.append("cost", "kiln", None, {"amount": 1.0}).seq == len(rows) + 1


def test_rows_after_the_backup_are_kept_beside(year: Any, tmp_path: Path) -> None:
    back_up(year.log, tmp_path / "ledger.bak")
    later = year.log.append("cost", "kiln", None, {"amount": 1.0})
    done = restore(tmp_path / "ledger.bak", year.log.path.parent)
    assert done.lost == 1
    assert done.kept is not None
    assert Log.at(done.kept).rows()[-1] == later
    assert later not in done.log.rows()


def test_a_log_with_an_edited_row_is_kept_as_evidence(year: Any, tmp_path: Path) -> None:
    """Who edits a row leaves its hash, so that the hashes are those of the backup."""
    back_up(year.log, tmp_path / "ledger.bak")
    spoil(year.log.path)
    before = year.log.path.read_bytes()
    done = restore(tmp_path / "ledger.bak", year.log.path.parent)
    assert done.lost == 1
    assert done.kept is not None
    assert done.kept.read_bytes() == before
    assert done.log.check() == ()


@pytest.mark.parametrize(
    "statements",
    [
        ("DROP TRIGGER log_no_delete", "DELETE FROM log WHERE seq > 3"),
        ("DROP TRIGGER log_no_update",),
        ("DROP TRIGGER log_no_update", "UPDATE log SET payload_json = CAST(x'ff' AS TEXT) WHERE seq = 2"),
        ("DROP TRIGGER log_no_update", "UPDATE log SET payload_json = x'00' WHERE seq = 2"),
    ],
    ids=["rows cut off", "a guard taken away", "no text", "bytes"],
)
def test_a_log_that_was_tampered_with_is_kept_as_evidence(year: Any, tmp_path: Path, statements: tuple[str, ...]) -> None:
    rows = year.rows
    back_up(year.log, tmp_path / "ledger.bak")
    with contextlib.closing(sqlite3.connect(year.log.path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    before = year.log.path.read_bytes()
    done = restore(tmp_path / "ledger.bak", year.log.path.parent)
    assert done.kept is not None
    assert done.kept.read_bytes() == before
    assert done.log.rows() == rows


def test_an_equal_log_is_not_kept_twice(year: Any, tmp_path: Path) -> None:
    back_up(year.log, tmp_path / "ledger.bak")
    assert restore(tmp_path / "ledger.bak", year.log.path.parent).kept is None


def test_two_logs_kept_within_a_second_have_two_names(year: Any, tmp_path: Path) -> None:
    store, at = year.log.path.parent, datetime(2026, 1, 1, tzinfo=UTC)
    back_up(year.log, tmp_path / "ledger.bak")
    kept = []
    for _ in range(2):
        spoil(store / FILE)
        kept.append(restore(tmp_path / "ledger.bak", store, at).kept)
    assert [path.name for path in kept if path] == ["ledger-20260101T000000Z.db", "ledger-20260101T000000Z-2.db"]


def test_a_broken_log_is_replaced_and_kept(year: Any, tmp_path: Path) -> None:
    rows = year.rows
    back_up(year.log, tmp_path / "ledger.bak")
    year.log.path.write_bytes(b"no database any more" * 200)
    (year.log.path.parent / f"{FILE}-journal").write_bytes(b"of a writer that was killed")
    done = restore(tmp_path / "ledger.bak", year.log.path.parent)
    assert done.log.rows() == rows
    assert done.kept is not None
    assert done.kept.read_bytes().startswith(b"no database")


def test_only_a_whole_backup_is_taken(year: Any, tmp_path: Path) -> None:
    store, rows = year.log.path.parent, year.rows
    back_up(year.log, tmp_path / "broken.bak")
    spoil(tmp_path / "broken.bak")
    back_up(year.log, tmp_path / "newer.bak")
    connection = sqlite3.connect(tmp_path / "newer.bak")
    connection.execute(f"PRAGMA user_version = {FORMAT + 1}")
    connection.close()
    (tmp_path / "letter.bak").write_text("Dear all, " * 100)
    cases = {
        "broken.bak": "cannot be trusted",
        "newer.bak": "written by a newer workbench",
        "letter.bak": "is not a ledger",
        "none.bak": "there is no file",
    }
    for name, sentence in cases.items():
        with pytest.raises(InputError, match=sentence):
            restore(tmp_path / name, store)
    assert Log.open(store).rows() == rows


def test_a_broken_log_is_not_backed_up_as_whole(year: Any, tmp_path: Path) -> None:
    spoil(year.log.path)
    with pytest.raises(InputError, match="cannot be trusted"):
        back_up(year.log, tmp_path / "ledger.bak")


def test_a_backup_never_replaces_a_file(year: Any, tmp_path: Path) -> None:
    (tmp_path / "ledger.bak").write_text("mine")
    with pytest.raises(InputError, match="exists: name another file"):
        back_up(year.log, tmp_path / "ledger.bak")
    with pytest.raises(InputError, match="there is no folder"):
        back_up(year.log, tmp_path / "nowhere" / "ledger.bak")


def test_a_copied_folder_is_a_backup_too(year: Any, tmp_path: Path) -> None:
    shutil.copytree(year.log.path.parent, tmp_path / "copy")
    assert Log.open(tmp_path / "copy").rows() == year.rows
