from __future__ import annotations

import errno
from pathlib import Path

import pytest

from workbench.errors import InputError
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
        with pytest.raises(InputError, match=r"the disk is full \(.*record\.json\): make room"):
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
        with pytest.raises(InputError, match=r"the disk is full \(.*card\.html\): make room"):
            write_all({record: "new", card: "new"})
    assert [p.read_text(encoding="utf-8") for p in (record, card)] == ["old", "old"]
    assert len(list(tmp_path.iterdir())) == 2


def test_text_is_written_as_utf8_with_the_same_line_ends_everywhere(tmp_path: Path) -> None:
    card = tmp_path / "card.html"
    write_all({card: "磷酸装置一号线\n20 µm\n"})
    assert card.read_bytes() == "磷酸装置一号线\n20 µm\n".encode()


def test_place_that_is_refused_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(InputError, match=r"^File exists \(.*out\): name another place$"):
        write_whole(tmp_path / "out" / "record.json", "a")


def test_any_other_fault_of_the_system_is_not_dressed_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object, **__: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "write_text", failing)
    with pytest.raises(OSError, match="Input/output error"):
        write_whole(tmp_path / "record.json", "a")


def test_two_that_write_the_same_file_at_once_leave_one_of_them_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, write = tmp_path / "record.json", Path.write_text

    def meanwhile(self: Path, text: str, **more: str) -> int:
        size = write(self, text, **more)
        monkeypatch.setattr(Path, "write_text", write)
        monkeypatch.setattr("os.getpid", lambda: 7)
        write_whole(path, "other")
        return size

    monkeypatch.setattr(Path, "write_text", meanwhile)
    write_whole(path, "mine")
    assert [(p.name, p.read_text(encoding="utf-8")) for p in tmp_path.iterdir()] == [("record.json", "mine")]
