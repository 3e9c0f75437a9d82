from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import workbench.run.lab
from workbench.run.lab import lab_command, notebooks_here, serve_lab

ECHO = Path(__file__).parent / "notebooks" / "echo.ipynb"


def test_lab_stays_on_this_machine(tmp_path: Path) -> None:
    command = lab_command(tmp_path, 8890, browser=False)
    assert "--ServerApp.ip=127.0.0.1" in command
    assert "--LabApp.news_url=None" in command
    assert "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate" in command
    assert "--LabApp.extension_manager=readonly" in command
    assert not [word for word in command if "token" in word or "password" in word]  # the token stays on


def test_lab_gets_the_store_of_this_folder_and_asks_for_no_news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_STORE", raising=False)
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "mine")
    seen: dict[str, str] = {}
    monkeypatch.setattr(workbench.run.lab, "serve", lambda command, environment: seen.update(environment))
    serve_lab(browser=False, say=lambda line: None)
    assert seen["WORKBENCH_STORE"] == str(tmp_path / "mlruns")  # a kernel runs in notebooks/, the store stays here
    settings, mine = seen["JUPYTER_CONFIG_PATH"].split(os.pathsep)
    assert mine == "mine"
    overrides = json.loads((Path(settings) / "labconfig" / "default_setting_overrides.json").read_text())
    assert overrides["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"


def test_notebooks_are_copied_once_and_edits_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(workbench.run.lab, "shipped_notebooks", lambda: {"echo": ECHO})
    said: list[str] = []
    folder = notebooks_here(said.append)
    assert folder == tmp_path / "notebooks"
    assert said == [f"Copied to {folder}: echo"]
    (folder / "echo.ipynb").write_text("mine")
    assert notebooks_here(said.append) == folder
    assert (folder / "echo.ipynb").read_text() == "mine"
    assert len(said) == 1
