"""Formulas as objects."""

from __future__ import annotations

import copy
import pickle

from workbench.plant import Formula


def test_names_and_text():
    formula = Formula("wash_water - 1.2*cake", {"wash_water": None, "cake": None})
    assert formula.text == "wash_water - 1.2*cake"
    assert formula.names == frozenset({"wash_water", "cake"})
    assert not formula.is_boolean


def test_formulas_with_the_same_text_are_equal():
    assert Formula("a + b") == Formula("a + b")
    assert len({Formula("a"), Formula("a"), Formula("b")}) == 2
    assert Formula("a") != "a"


def test_a_formula_survives_pickle_and_copy():
    formula = Formula("grade == other", {"grade": ("A", "B"), "other": ("A", "C"), "unused": None})
    for again in (pickle.loads(pickle.dumps(formula)), copy.deepcopy(formula)):
        assert again == formula
        assert again.text_names == frozenset({"grade", "other"})


def test_without_variables_text_beside_a_name_makes_it_text():
    assert Formula("grade == 'A' and x > 1").text_names == frozenset({"grade"})


def test_a_folded_line_is_one_formula():
    assert Formula("a +\n b").text == "a +  b"
