from __future__ import annotations

import pytest

from workbench.wording import counted, many, shown_unit, unit_of_change, verb_for


@pytest.mark.parametrize(
    ("number", "noun", "said"),
    [
        (0, "reading", "0 readings"),
        (1, "reading", "1 reading"),
        (2, "batch", "2 batches"),
        (1, "usable batch", "1 usable batch"),
        (12, "pass", "12 passes"),
    ],
)
def test_number_and_noun_agree(number: int, noun: str, said: str) -> None:
    assert counted(number, noun) == said


@pytest.mark.parametrize(("unit", "said"), [("1", ""), ("-", ""), ("", ""), ("1/h", "1/h"), ("g/L", "g/L")])
def test_a_plain_number_has_no_unit_to_read_as_a_number(unit: str, said: str) -> None:
    assert shown_unit(unit) == unit_of_change(unit) == said


def test_plural_without_a_number() -> None:
    assert many("period") == "periods"


@pytest.mark.parametrize(("number", "verb"), [(0, "were"), (1, "was"), (2, "were")])
def test_verb_agrees(number: int, verb: str) -> None:
    assert verb_for(number, "was", "were") == verb
