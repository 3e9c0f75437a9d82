"""A recommendation in full: what was measured of it, and each row about it."""

from __future__ import annotations

from pathlib import Path

from tests.verify.ledger.conftest import Book
from workbench.show.review_table import review_text
from workbench.verify.states import read_states


def test_a_final_verdict_takes_the_place_of_the_looks_before_it(tmp_path: Path) -> None:
    book = Book(tmp_path)
    name = book.promise("acid_1", "2025-01-01")
    book.start(name, "2025-01-02")
    book.verdict(name, "2025-01-10", None, None, status=None, final=False, grade="E")
    book.verdict(name, "2025-01-17", None, None, status=None, final=False, grade="E")
    assert review_text(read_states(book.rows)[name]).count("Measured: nothing, grade E, interim\n") == 1
    book.verdict(name, "2025-01-24", (0.4, None, None), None, status=None, final=False)
    text = review_text(read_states(book.rows)[name])
    assert [line for line in text.splitlines() if line.startswith("Measured:")] == ["Measured: +0.4 %, grade A, interim"]
    book.verdict(name, "2025-01-31", (0.5, 0.25, 0.75), (3.65e6, 1.0e6, 6.3e6))
    text = review_text(read_states(book.rows)[name])
    assert [line for line in text.splitlines() if line.startswith("Measured:")] == [
        "Measured: +0.5 % (+0.25 to +0.75), grade A"
    ]
    assert "verdict: nothing, grade E, interim" in text
    assert "verdict: +0.5 % (+0.25 to +0.75), grade A" in text
