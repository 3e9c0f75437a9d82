"""A recommendation in full: what was measured of it, and each row about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.verify.ledger.conftest import Book, day
from workbench.cli import main
from workbench.show.review_table import review_table, review_text
from workbench.track import Store
from workbench.verify.states import change_state, read_states


def test_a_final_verdict_takes_the_place_of_the_looks_before_it(tmp_path: Path) -> None:
    book = Book(tmp_path)
    name = book.promise("acid_1", "2025-01-01")
    book.start(name, "2025-01-02")
    book.verdict(name, "2025-01-10", None, None, status=None, final=False, grade="E")
    book.verdict(name, "2025-01-17", None, None, status=None, final=False, grade="E")
    assert review_text(read_states(book.rows)[name]).count("Measured: nothing, grade E, interim\n") == 1
    book.verdict(name, "2025-01-24", (0.4, None, None), None, status=None, final=False)
    text = review_text(read_states(book.rows)[name])
    assert [line for line in text.splitlines() if line.startswith("Measured:")] == ["Measured: +0.4 %-points, grade A, interim"]
    book.verdict(name, "2025-01-31", (0.5, 0.25, 0.75), (3.65e6, 1.0e6, 6.3e6))
    text = review_text(read_states(book.rows)[name])
    assert [line for line in text.splitlines() if line.startswith("Measured:")] == [
        "Measured: +0.50 %-points (+0.25 to +0.75), grade A"
    ]
    assert "verdict: nothing, grade E, interim" in text
    assert "verdict: +0.50 %-points (+0.25 to +0.75), grade A" in text


def test_the_list_names_who_approved_and_who_took_the_last_step(tmp_path: Path) -> None:
    book = Book(tmp_path)
    waits, tried = (book.promise("acid_1", "2025-01-01"), book.promise("acid_2", "2025-01-01"))
    book.decide(tried, "approved", "2025-01-02")
    state = read_states(book.rows)[tried]
    change_state(book.log, state, "on_trial", reason="its plan", actor="root", at=day("2025-01-03"))
    states = read_states(book.rows)
    lines = review_table([states[waits], states[tried]]).splitlines()
    assert lines[0].split() == ["recommendation", "state", "until", "promised", "approved", "by", "last", "step", "by"]
    assert lines[2].rstrip().endswith("CNY/year")
    assert lines[3].split()[-2:] == ["Bo", "root"]
    assert states[waits].approval is None


def test_the_list_says_that_a_gain_fades(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store.open(create=True, folder=tmp_path / "mlruns")
    book = Book(store.folder)
    name = book.promise("acid_1", "2025-01-01")
    book.start(name, "2025-01-02")
    book.verdict(name, "2025-01-31", (0.5, 0.25, 0.75), (3.65e6, 1.0e6, 6.3e6))
    for month in ("2025-03", "2025-04"):
        book.decay(name, month, 0.4, below=True, at="2025-05-02")
    monkeypatch.setenv("WORKBENCH_STORE", str(store.folder))
    assert main(["review", "list"]) == 0
    [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith(name)]
    assert "  verified, fading  " in line
