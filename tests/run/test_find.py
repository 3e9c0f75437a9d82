from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import workbench.run.find
from workbench.errors import InputError
from workbench.run import find_notebook, shipped_notebooks

ECHO = Path(__file__).parent / "notebooks" / "echo.ipynb"
CHECKOUT = Path(__file__).parents[2] / "notebooks"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(workbench.run.find, "shipped_notebooks", lambda: {"echo": ECHO})
    return tmp_path


def test_the_package_has_the_checkouts_notebooks() -> None:
    assert sorted(shipped_notebooks()) == sorted(path.stem for path in CHECKOUT.glob("*.ipynb"))


def test_current_folder_before_the_package(here: Path) -> None:
    assert find_notebook("echo") == find_notebook("echo.ipynb") == ECHO
    (here / "notebooks").mkdir()
    shutil.copy(ECHO, here / "notebooks")
    assert find_notebook("echo") == find_notebook("echo.ipynb") == Path("notebooks/echo.ipynb")
    shutil.copy(ECHO, here)
    assert find_notebook("echo") == find_notebook("echo.ipynb") == Path("echo.ipynb")


def test_path(here: Path) -> None:
    assert find_notebook(ECHO) == ECHO
    assert find_notebook(ECHO.with_suffix("")) == ECHO
    with pytest.raises(InputError, match="there is no notebook other/echo"):
        find_notebook("other/echo")


def test_unknown_name_gets_the_closest(here: Path) -> None:
    with pytest.raises(InputError, match=r"there is no notebook ecko \(did you mean 'echo'\?\): there are echo"):
        find_notebook("ecko")


def test_pipelines_come_later(here: Path) -> None:
    with pytest.raises(InputError, match="pipelines are not available yet"):
        find_notebook("nightly.yaml")


def test_other_files_are_no_notebooks(here: Path) -> None:
    (here / "history.csv").write_text("time\n")
    with pytest.raises(InputError, match=r"history\.csv is not a notebook"):
        find_notebook("history.csv")
