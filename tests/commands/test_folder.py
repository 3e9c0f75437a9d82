from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from workbench import proving
from workbench.cli import main
from workbench.commands.folder import demand_folder
from workbench.errors import InputError
from workbench.track import Store, review


def test_a_folder_is_made_and_left_empty(tmp_path: Path) -> None:
    demand_folder(tmp_path / "deep" / "folder")
    assert list((tmp_path / "deep" / "folder").iterdir()) == []


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/none"])
def test_one_that_cannot_be_made_is_one_sentence(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("kept", encoding="utf-8")
    folder = tmp_path / place
    with pytest.raises(InputError, match=rf"the folder {folder} cannot be made or written \(.+\): name another one"):
        demand_folder(folder)
    assert (tmp_path / "file").read_text(encoding="utf-8") == "kept"


def test_a_verdict_is_not_written_before_its_folder_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("the folder cannot be written")

    monkeypatch.setattr(Store, "open", lambda: SimpleNamespace(folder=tmp_path))
    monkeypatch.setattr(review, "state_of", lambda *_: SimpleNamespace(state="approved", rows=()))
    monkeypatch.setattr(proving, "verify_trial", never)
    assert main(["verify", "x", "--out", "/proc/none"]) == 2
    assert capsys.readouterr().err.startswith("workbench: the folder /proc/none cannot be made or written (")
