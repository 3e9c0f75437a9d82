from __future__ import annotations

import errno
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import workbench.show
from workbench.cli import main
from workbench.errors import InputError
from workbench.plant import library
from workbench.progress import ProgressLine

ECHO = Path(__file__).parent / "run" / "notebooks" / "echo.ipynb"
PLANT = "phosphoric_acid"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_STORE", raising=False)
    return tmp_path


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A study that only notes what it was asked, or fails as told."""
    seen = SimpleNamespace(asked=None, fails=None)

    def run_study(plant: str, **asked: Any) -> SimpleNamespace:
        seen.asked = {"plant": plant} | asked
        if seen.fails is not None:
            raise seen.fails
        return SimpleNamespace(
            recommendation="r",
            card_path="out/card.html",
            run_url="http://127.0.0.1:5000/#/x",
            store_path="mlruns",
            study=SimpleNamespace(trade_off=None),
            unsupported=(),
            doubted=(),
            standing=None,
        )

    module = ModuleType("workbench.study")
    module.run_study = run_study  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "workbench.study", module)
    monkeypatch.setattr(workbench.show, "recommendation_table", lambda recommendation, card: f"{recommendation} {card}\n")
    return seen


def test_help_is_quick_to_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == main([]) == 0
    said = capsys.readouterr().out
    assert "workbench tune phosphoric_acid" in said
    assert "verify" in said.split()
    assert "trade-off" not in said.split()


@pytest.mark.parametrize("command", ["tune", "plants", "check", "schema", "new", "run", "lab", "ui"])
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert f"usage: workbench {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (["tun", PLANT], "there is no command 'tun' (did you mean 'tune'?): the commands are tune, plants, check"),
        (["tune", PLANT, "--trals", "3"], "workbench tune takes no option '--trals' (did you mean '--trials'?)"),
        (["tune", PLANT, "--seed", "one"], "argument --seed: 'one' is not a whole number of 0 or more"),
        (["tune", PLANT, "--trials", "0"], "argument --trials: '0' is not a whole number of 1 or more"),
        (["tune"], "the following arguments are required: PLANT"),
        (["tune", PLANT, "--date", "yesterday"], "--date 'yesterday' is not a date: write 2026-01-12"),
        (["tune", PLANT, "--date", ""], "--date is empty: write 2026-01-12"),
        (["tune", "phosphoric_acit", "--date", "2026-01-12"], "phosphoric_acit"),
        (["plants", "all"], "workbench plants takes no further word 'all'"),
        (["run", "nightly.yaml"], "pipelines are not available yet"),
        (["run", str(ECHO), "-p", "plnt=x"], "echo.ipynb has no parameter 'plnt' (did you mean 'plant'?)"),
        (["new", "2nd line"], "2nd line"),
        (
            ["new", "line_2", "--from", "a.csv", "--from", "b.csv"],
            "--from takes one file, not a.csv and b.csv: records of several",
        ),
        (["tune", PLANT, "--source", "a.csv", "--source", "b.csv"], "--source takes one file, not a.csv and b.csv"),
        (["ui"], "there is no store at"),
        (["ui", "--port", "0"], "argument --port: '0' is not a whole number of 1 or more"),
    ],
)
def test_users_mistakes_are_one_sentence(
    typed: list[str], sentence: str, capsys: pytest.CaptureFixture[str], here: Path, study: SimpleNamespace
) -> None:
    assert main(typed) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("workbench: ")
    assert sentence in said.err
    assert said.err.count("\n") == 1
    assert list(here.iterdir()) == []


def test_tune_asks_the_study(study: SimpleNamespace, capsys: pytest.CaptureFixture[str]) -> None:
    typed = f"tune {PLANT} --source h.csv --date 2026-01-12T06:00Z --trials 50 --seed 3 --fix a b --fix c --out o --no-track"
    assert main(typed.split()) == 0
    assert isinstance(study.asked.pop("progress"), ProgressLine)
    assert study.asked == {
        "plant": PLANT,
        "source": "h.csv",
        "as_of": datetime(2026, 1, 12, 6, tzinfo=UTC),
        "n_trials": 50,
        "seed": 3,
        "fix": ("a", "b", "c"),
        "weigh": (),
        "out": Path("o"),
        "track": False,
    }
    said = capsys.readouterr().out
    assert said.startswith("r out/card.html\n")
    assert "`workbench ui` shows it" in said


def test_tune_defaults(study: SimpleNamespace) -> None:
    assert main(["tune", PLANT]) == 0
    asked = study.asked
    assert (asked["as_of"], asked["n_trials"], asked["seed"], asked["fix"], asked["out"]) == (None, None, 0, (), None)
    assert asked["track"] is True


def test_date_is_the_plants_time(study: SimpleNamespace, here: Path) -> None:
    from workbench.plant import library

    text = library()[PLANT].read_text(encoding="utf-8")
    zone = next(line for line in text.splitlines() if line.startswith("timezone:"))
    (here / "line.yaml").write_text(text.replace(zone, "timezone: Asia/Shanghai"), encoding="utf-8")
    assert main(["tune", "line.yaml", "--date", "2026-01-12"]) == 0
    assert study.asked["as_of"] == datetime(2026, 1, 11, 16, tzinfo=UTC)  # midnight in Shanghai, UTC+8


@pytest.mark.parametrize(
    ("fails", "code", "sentence"),
    [
        (InputError("no tag TI-7 in h.csv: name it"), 2, "workbench: no tag TI-7 in h.csv: name it\n"),
        (KeyboardInterrupt(), 130, "workbench: stopped\n"),
        (KeyboardInterrupt("stopped after 4 of 9 trials"), 130, "workbench: stopped after 4 of 9 trials\n"),
        (OSError(errno.ENOSPC, "No space left on device", "o/card.html"), 2, "the disk is full (o/card.html): make room"),
        (PermissionError(errno.EACCES, "Permission denied", "o/card.html"), 2, "no permission (o/card.html)"),
        (OSError(errno.EROFS, "Read-only file system", "o"), 2, "Read-only file system (o): name another place"),
        (OSError(errno.EISDIR, "Is a directory", "o/card.html"), 2, "Is a directory (o/card.html): name another place"),
    ],
)
def test_failures_have_their_exit_code(
    study: SimpleNamespace, capsys: pytest.CaptureFixture[str], fails: BaseException, code: int, sentence: str
) -> None:
    study.fails = fails
    assert main(["tune", PLANT]) == code
    said = capsys.readouterr().err
    assert sentence in said
    assert "Traceback" not in said


def test_fault_of_ours_shows_where(study: SimpleNamespace, capsys: pytest.CaptureFixture[str]) -> None:
    study.fails = ZeroDivisionError("division by zero")
    assert main(["tune", PLANT]) == 1
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert said.endswith(
        "workbench: this is a fault of the workbench, not yours (ZeroDivisionError): please report the lines above\n"
    )


def test_out_is_refused_before_the_study_runs(study: SimpleNamespace, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "answer").write_text("a file")
    assert main(["tune", PLANT, "--out", "answer"]) == 2
    assert "the folder answer cannot be made or written (File exists): name another one" in capsys.readouterr().err
    assert study.asked is None


def test_plants(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plants"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(PLANT) or f"\n{PLANT}" in said


def test_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["properties"]["settings"]


def test_new_writes_once(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "line_1"]) == 0
    assert "Wrote line_1.yaml. Fill in what it asks for, then run `workbench check line_1.yaml`." in capsys.readouterr().out
    (here / "line_1.yaml").write_text("mine")
    assert main(["new", "line_1"]) == 2
    assert "line_1.yaml exists: choose another name" in capsys.readouterr().err
    assert (here / "line_1.yaml").read_text() == "mine"


def test_new_from_a_row_a_batch_says_so(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "lots.csv").write_text("lot,speed,yield\nL1,10,80.5\nL2,12,81.5\n")
    assert main(["new", "cell", "--from", "lots.csv"]) == 0
    said = capsys.readouterr().out
    assert "Wrote cell.yaml with 2 tags of lots.csv. It has no stamps: each row is taken for a batch, named by lot." in said
    assert "\nbatch: lot " in (here / "cell.yaml").read_text()


@pytest.mark.filterwarnings("default")
def test_run(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(ECHO, here)
    assert main(["run", "echo", "-p", "plant=acid", "-p", "n_trials=3", "--out", "answer.ipynb"]) == 0
    assert capsys.readouterr().out == "Wrote answer.ipynb\n"
    assert json.loads((here / "told.json").read_text())["n_trials"] == 3


@pytest.mark.skipif(importlib.util.find_spec("workbench.study") is None, reason="needs the study")
def test_check_accounts_for_every_reading(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundled = library()[PLANT].read_text(encoding="utf-8")
    assert "days: 730" in bundled
    (here / "season.yaml").write_text(bundled.replace("days: 730", "days: 120"), encoding="utf-8")
    assert main(["check", "season.yaml"]) == 0
    said = capsys.readouterr().out
    assert "Readings: " in said
    assert "Settings\n" in said
    assert "These data can be tuned on." in said


@pytest.mark.skipif(os.name == "nt", reason="pipes of POSIX")
def test_reader_that_leaves(here: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m workbench.cli schema | head -1", shell=True, capture_output=True, text=True, check=False
    )
    assert done.stdout == "{\n"
    assert "Traceback" not in done.stderr
