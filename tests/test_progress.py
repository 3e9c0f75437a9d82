from __future__ import annotations

import io
import sys
from typing import Any

import pytest

import workbench.progress
from workbench.progress import ProgressLine


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_line_is_gone_from_the_terminal_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with ProgressLine() as progress:
        progress("reading records", 0, 0)
        progress("searching settings", 50, 200)
    said = terminal.getvalue()
    assert "\rsearching settings █████░░░░░░░░░░░░░░░ 50 of 200" in said
    assert said.endswith("\r")
    assert said.rsplit("\r", 2)[1].strip() == ""


def test_nothing_is_shown_elsewhere(capfd: pytest.CaptureFixture[str]) -> None:
    with ProgressLine() as progress:
        progress("reading records")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("stopped", "last"), [(False, r"reading 0 s, searching 0 s"), (True, "searching: stopped")])
def test_notebook_keeps_one_line(monkeypatch: pytest.MonkeyPatch, stopped: bool, last: str) -> None:
    lines: list[str] = []

    class Handle:
        def update(self, text: dict[str, str], raw: bool) -> None:
            lines.append(text["text/plain"])

    def display(text: dict[str, str], raw: bool, display_id: bool) -> Handle:
        lines.append(text["text/plain"])
        return Handle()

    monkeypatch.setattr(workbench.progress, "_place", lambda: "notebook")
    monkeypatch.setattr("IPython.display.display", display)

    def work(progress: Any) -> None:
        progress("reading", 0, 0)
        for i in range(1000):
            progress("searching", i, 1000)
        if stopped:
            raise KeyboardInterrupt

    try:
        with ProgressLine() as progress:
            work(progress)
    except KeyboardInterrupt:
        assert stopped
    assert lines[0] == "reading …"
    assert lines[-1] == last
    assert len(lines) < 10  # a line for every trial would choke a browser
