from __future__ import annotations

from typing import Any

import pytest

from workbench.errors import InputError
from workbench.verify.costs import record_cost


def test_a_cost_takes_plant_and_provider_from_its_recommendation(book: Any) -> None:
    name = book.promise("acid_1", "2025-01-10", provider="ACME")
    row = record_cost(book.log, "another", "trial", 1200.0, "CNY", "lab", recommendation=name)
    assert (row.plant, row.recommendation) == ("acid_1", name)
    assert row.payload == {"category": "trial", "amount": 1200.0, "currency": "CNY", "note": "lab", "provider": "ACME"}


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"category": "licenses"}, r"'licenses' is no kind of cost \(did you mean 'licence'\?\): use licence, hours"),
        ({"amount": 0.0}, "a cost of 0 is none"),
        ({"amount": 1e308}, r"a cost of 1e\+308 is beyond 1e\+15, and no plant has so much: write the amount spent"),
        ({"amount": -1.1e15}, r"a cost of -1.1e\+15 is beyond 1e\+15"),
        ({"amount": float("nan")}, "a cost of nan is none"),
        ({"currency": "euro"}, "'euro' is no currency: write three capital letters"),
        ({"recommendation": "acid-9"}, "there is no recommendation 'acid-9' in the ledger"),
    ],
)
def test_mistakes_are_one_sentence(book: Any, changed: dict[str, Any], sentence: str) -> None:
    asked = {"plant": "acid_1", "category": "licence", "amount": 1.0, "currency": "EUR"} | changed
    with pytest.raises(InputError, match=sentence):
        record_cost(book.log, **asked)
    assert book.rows == []


@pytest.mark.parametrize(
    "other", [{"provider": "Other"}, {"provider": None}, {"currency": "CNY"}, {"plant": "mill_1"}, {"recommendation": "own"}]
)
def test_only_a_cost_of_the_same_place_is_taken_back(book: Any, other: dict[str, Any]) -> None:
    own = book.promise("acid_1", "2025-01-10", provider="ACME")
    asked = {"plant": "acid_1", "category": "licence", "amount": 100.1, "currency": "EUR", "provider": "ACME"}
    record_cost(book.log, **asked)
    record_cost(book.log, **asked | {"amount": 200.2})
    elsewhere = asked | other | ({"recommendation": own} if "recommendation" in other else {})
    with pytest.raises(InputError, match=r"cannot be taken back: the costs written for \S+ and .* come to 0 "):
        record_cost(book.log, **elsewhere | {"amount": -0.01})
    record_cost(book.log, **asked | {"amount": -300.3, "category": "other"})  # all of it, whatever it was called
    with pytest.raises(InputError, match="and provider ACME come to 0 EUR; name"):
        record_cost(book.log, **asked | {"amount": -0.01})
