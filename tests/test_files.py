from __future__ import annotations

import errno
from pathlib import Path

import pytest

from workbench.files import write_all, write_whole


def test_folder_is_made_and_lines_end_alike(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "record.json"
    write_whole(path, "a\nµ\n")
    assert path.read_bytes() == b"a\n\xc2\xb5\n"
    assert [p.name for p in path.parent.iterdir()] == ["record.json"]


def test_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "record.json"
    write_whole(path, "old")

    def full(self: Path, text: str, **_: object) -> int:
        with self.open("w", encoding="utf-8") as file:
            file.write(text[:1])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", full)
        with pytest.raises(OSError, match="No space left"):
            write_whole(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["record.json"]


def test_disk_that_is_full_at_the_second_file_leaves_both_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record, card = tmp_path / "record.json", tmp_path / "card.html"
    write_all({record: "old", card: "old"})
    write = Path.write_text

    def full(self: Path, text: str, **more: str) -> int:
        if card.name in self.name:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(self, text, **more)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", full)
        with pytest.raises(OSError, match="No space left"):
            write_all({record: "new", card: "new"})
    assert [p.read_text(encoding="utf-8") for p in (record, card)] == ["old", "old"]
    assert len(list(tmp_path.iterdir())) == 2
