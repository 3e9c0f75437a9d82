from __future__ import annotations

import shutil
import sqlite3
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
