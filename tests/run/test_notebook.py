from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import workbench.run.notebook
from workbench.errors import InputError
from workbench.run import NotebookError, run_notebook

ECHO = Path(__file__).parent / "notebooks" / "echo.ipynb"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.filterwarnings("default")
def test_parameters_arrive_and_the_output_stands(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = run_notebook(ECHO, {"plant": "plants/line_1.yaml", "track": False, "source": "h.csv", "fix": ["a"], "share": 1})
    assert out == Path("out/plants/echo-line_1.ipynb")
    assert json.loads((here / "told.json").read_text()) == {
        "plant": "plants/line_1.yaml",
        "n_trials": 10,
        "share": 1,
        "track": False,
        "fix": ["a"],
        "source": "h.csv",
        "as_of": None,
    }
    assert names(here / "out" / "plants") == ["echo-line_1.ipynb"]
    assert "unknown parameter" not in capfd.readouterr().err


@pytest.mark.filterwarnings("default")
def test_runs_about_two_recommendations_do_not_replace_each_other(here: Path) -> None:
    cells = json.loads(ECHO.read_text(encoding="utf-8"))
    cells["cells"] = [cell for cell in cells["cells"] if "parameters" in cell["metadata"].get("tags", [])]
    cells["cells"][0]["source"] = ['recommendation: str = ""']
    (here / "verify.ipynb").write_text(json.dumps(cells), encoding="utf-8")
    asked: list[dict[str, object]] = [{"recommendation": "line_1-20260112T0600Z-3fa9c1"}, {"recommendation": "b7"}, {}]
    names_of = [run_notebook("verify", one).name for one in asked]
    assert names_of == ["verify-line_1-20260112T0600Z-3fa9c1.ipynb", "verify-b7.ipynb", "verify.ipynb"]
    assert names(here / "out") == sorted(names_of)


@pytest.mark.filterwarnings("default")
def test_runs_about_two_sheets_of_one_name_do_not_replace_each_other(here: Path) -> None:
    cells = json.loads(ECHO.read_text(encoding="utf-8"))
    cells["cells"] = [cell for cell in cells["cells"] if "parameters" in cell["metadata"].get("tags", [])]
    cells["cells"][0]["source"] = ['plant: str = ""']
    (here / "tune.ipynb").write_text(json.dumps(cells), encoding="utf-8")
    elsewhere = here.parent / "line.yaml"
    sheets = ["line.yaml", "a/line.yaml", "b/line.yaml", str(here / "b" / "line.yaml"), "./b/../a/line.yaml", "../line.yaml"]
    outs = [run_notebook("tune", {"plant": sheet}) for sheet in sheets]
    first, a, b = Path("out/tune-line.ipynb"), Path("out/a/tune-line.ipynb"), Path("out/b/tune-line.ipynb")
    assert outs == [first, a, b, b, a, Path("out", *elsewhere.parent.parts[1:], "tune-line.ipynb")]
    assert all(out.is_file() for out in outs)


@pytest.mark.filterwarnings("default")
def test_what_a_killed_run_left_is_swept_away_and_a_living_one_is_left_alone(here: Path) -> None:
    (here / "out").mkdir()
    dead, alive, other = (here / "out" / f".{name}.part.ipynb" for name in ("echo.71", "echo.72", "echo-b.71"))
    for part in (dead, alive, other):
        part.write_text("{}")
    for part in (dead, other):
        os.utime(part, (time.time() - 90_000, time.time() - 90_000))
    run_notebook(ECHO)
    assert names(here / "out") == [".echo-b.71.part.ipynb", ".echo.72.part.ipynb", "echo.ipynb"]


@pytest.mark.filterwarnings("default")
def test_failed_cell_is_said_and_kept_under_another_name(here: Path) -> None:
    with pytest.raises(
        NotebookError,
        match=r"^cell 3 of echo\.ipynb failed with RuntimeError: the pump is hot; the notebook as far as .*x\.failed\.ipynb$",
    ) as caught:
        run_notebook(ECHO, {"raises": "fault"}, here / "o {1}" / "x.ipynb")
    assert caught.value.exit_code == 1
    assert names(here / "o {1}") == ["x.failed.ipynb"]
    assert run_notebook(ECHO, {}, here / "o {1}" / "x.ipynb").exists()
    assert names(here / "o {1}") == ["x.ipynb"]


@pytest.mark.filterwarnings("default")
def test_users_mistake_inside_a_cell_stays_the_users(here: Path) -> None:
    with pytest.raises(
        InputError, match=r"^no tag TI-7 in history\.csv \(echo\.ipynb, cell 3\); the notebook as far"
    ) as caught:
        run_notebook(ECHO, {"raises": "mistake"})
    assert caught.value.exit_code == 2


@pytest.mark.filterwarnings("default")
def test_a_mistake_that_the_code_tells_from_others_is_the_users_too(here: Path) -> None:
    with pytest.raises(InputError, match=r"^history\.csv has no time column \(echo\.ipynb, cell 3\); the notebook") as caught:
        run_notebook(ECHO, {"raises": "finer mistake"})
    assert caught.value.exit_code == 2


@pytest.mark.filterwarnings("default")
def test_killed_kernel_is_never_taken_for_success(here: Path) -> None:
    with pytest.raises(NotebookError, match=r"the kernel of echo\.ipynb died while it ran"):
        run_notebook(ECHO, {"raises": "dies"}, "out/x.ipynb")
    assert names(here / "out") == ["x.failed.ipynb"]


def test_parameters_are_checked_before_anything_runs(here: Path) -> None:
    with pytest.raises(InputError, match="has no parameter 'plnt'"):
        run_notebook(ECHO, {"plnt": "x"})
    assert names(here) == []


def test_source_is_never_replaced(here: Path) -> None:
    shutil.copy(ECHO, here / "mine.ipynb")
    before = (here / "mine.ipynb").read_bytes()
    for source in (here / "mine.ipynb", ECHO):
        with pytest.raises(InputError, match=r"mine\.ipynb is a notebook that no run wrote: name another with --out"):
            run_notebook(source, {}, here / "mine.ipynb")
    assert (here / "mine.ipynb").read_bytes() == before


def test_output_must_be_a_notebook(here: Path) -> None:
    with pytest.raises(InputError, match=r"--out x\.html does not end in \.ipynb"):
        run_notebook(ECHO, {}, "x.html")
    (here / "d.ipynb").mkdir()
    with pytest.raises(InputError, match=r"--out d\.ipynb is a folder"):
        run_notebook(ECHO, {}, "d.ipynb")


def test_full_disk_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(workbench.run.notebook, "execute", refuse)
    with pytest.raises(InputError, match=r"the disk is full while writing out/echo\.ipynb: make room"):
        run_notebook(ECHO)


def test_file_in_the_place_of_a_folder(here: Path) -> None:
    (here / "out").write_text("")
    with pytest.raises(InputError, match=r"out/echo\.ipynb cannot be written .*: name another place with --out"):
        run_notebook(ECHO)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("pressed", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "a scheduler's stop"])
def test_ctrl_c_lets_the_cell_tidy_up(here: Path, pressed: signal.Signals) -> None:
    command = f"from workbench.cli import main\nraise SystemExit(main(['run', {str(ECHO)!r}, '-p', 'raises=slow']))"
    run = subprocess.Popen([sys.executable, "-c", command], stderr=subprocess.PIPE, text=True)
    for _ in range(600):
        if (here / "running").exists():
            break
        time.sleep(0.05)
    run.send_signal(pressed)
    _, said = run.communicate(timeout=30)
    assert run.returncode == 130, said
    assert (here / "tidied").exists()
    assert names(here / "out") == []


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("reached", ["early", "starting"], ids=["no kernel yet", "kernel starting"])
def test_ctrl_c_before_the_first_cell_runs_none(here: Path, reached: str) -> None:
    command = f"""
from jupyter_client.manager import AsyncKernelManager
import os, signal, time, workbench.run.execute
from workbench.run import run_notebook
run, start = workbench.run.execute._papermill, AsyncKernelManager.start_kernel
def press():
    time.sleep(0.5)  # until the main thread waits
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.5)
def early(*given):
    press()
    run(*given)
async def starting(self, **given):
    await start(self, **given)
    press()
if {reached == "early"}:
    workbench.run.execute._papermill = early
else:
    AsyncKernelManager.start_kernel = starting
run_notebook({str(ECHO)!r})
"""
    run = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode in {130, -signal.SIGINT}, run.stderr
    assert not (here / "told.json").exists()
    assert names(here / "out") == []
