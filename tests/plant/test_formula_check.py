"""Every sentence with which a formula is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.plant import Formula

VARIABLES = {"a": None, "b": None, "rock_feed": None, "grade": ("A", "B"), "lane": ("1", "2")}

REFUSED = [
    ("", "the formula is empty"),
    ("a" * 501, "the formula has 501 characters, 500 are allowed"),
    ("rock_fed > 20", "'rock_fed' is not a variable of this sheet (did you mean 'rock_feed'?)"),
    ("min", "'min' is a function: write min(...)"),
    ("a.b", "a dot between names ('a.b') is not allowed in a formula"),
    ("a[0]", "square brackets ('a[0]') is not allowed in a formula"),
    ("__import__('os').system('x')", "a dot between names (\"__import__('os').system\") is not allowed in a formula"),
    ("open('x')", "'open(...)' is not a function of formulas, which are abs, sqrt, log, log10, exp, min, max"),
    (
        "sqr(a)",
        "'sqr(...)' is not a function of formulas, which are abs, sqrt, log, log10, exp, min, max (did you mean 'sqrt'?)",
    ),
    ("lambda: 1", "lambda ('lambda: 1') is not allowed in a formula"),
    ("[a for a in b]", "a list ('[a for a in b]') is not allowed in a formula"),
    ("f'{a}'", "an f-string (\"f'{a}'\") is not allowed in a formula"),
    ("(a := 3)", "an assignment ('(a := 3)') is not allowed in a formula"),
    ("a, b", "a comma outside a function's brackets ('(a, b)') is not allowed in a formula"),
    ("0,28*a", "a comma outside a function's brackets ('(0, 28 * a)'; a decimal has a point) is not allowed in a formula"),
    ("a % 2", "the sign % is not allowed in a formula"),
    ("a // 2", "the sign // is not allowed in a formula"),
    ("a ^ 2", "the sign ^ (write ** for a power) is not allowed in a formula"),
    ("a > 1 & b > 1", "the sign & (write 'and') is not allowed in a formula"),
    ("~a", "the sign ~ (write 'not') is not allowed in a formula"),
    ("grade in ('A', 'B')", "in (write name == 'A' or name == 'B') is not allowed in a formula"),
    ("a is b", "is (write ==) is not allowed in a formula"),
    ("min(a)", "min(...) compares two or more values of one row, 1 given"),
    ("abs(a, b)", "abs(...) takes one value, 2 given"),
    ("max(a, key=b)", "max(...) takes no named arguments, 'key=' is not allowed"),
    ("max(*a, b)", "a star before a name ('*a') is not allowed in a formula"),
    ("a and b", "'and' needs a comparison, 'a' is none: write for instance a > 0"),
    ("not a", "'not' needs a comparison, 'a' is none: write for instance a > 0"),
    ("a if b else 1", "'if' needs a comparison, 'b' is none: write for instance b > 0"),
    ("a = 3", "'a = 3' is not a formula near character 3: write == to compare"),
    ("a && b", "'a && b' is not a formula near character 4: write 'and', 'or'"),
    ("True", "'True' is not allowed in a formula: write a comparison"),
    ("1j", "1j is not allowed in a formula"),
    ("1e400", "a number in the formula is too large: 1e308 is the limit"),
    ("10" * 200, "a number in the formula is too large: 1e308 is the limit"),
    ("grade", "a formula gives a number or a comparison, not text"),
    ("grade == 'C'", "'C' is not one of the choices of grade (A, B)"),
    ("'a' == grade", "'a' is not one of the choices of grade (A, B) (did you mean 'A'?)"),
    ("grade < 'B'", "text has no order: compare 'grade' and 'B' with == or !="),
    ("lane == 1", "lane holds text: write lane == '1' with quotes"),
    ("a == 'A'", "'A' is text and 'a' a number: they cannot be compared"),
    ("'a' == 'b'", "'a' is compared with 'b': name a variable"),
    ("a + grade", "'grade' is text, arithmetic needs numbers: compare it with == first"),
    ("sqrt(grade)", "'grade' is text, sqrt(...) needs numbers: compare it with == first"),
    ("'x' if a > 0 else 'y'", "'if ... else' chooses between numbers, not text"),
    ("-" * 400 + "a", "the formula is nested more than 60 deep: split it"),
    ("a\0b", "'a\\x00b' is not a formula"),
]


@pytest.mark.parametrize(("text", "sentence"), REFUSED)
def test_what_is_no_formula_is_refused(text, sentence):
    with pytest.raises(InputError) as caught:
        Formula(text, VARIABLES)
    assert str(caught.value) == sentence


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab01.+-*/()[]{}<>=!'\",:;@ifelsandortlbmx_ \\\n\t", max_size=40))
def test_any_text_is_a_formula_or_refused_in_one_sentence(text):
    try:
        names = Formula(text, VARIABLES).names
    except InputError as error:
        names, sentence = frozenset(), str(error)
    else:
        sentence = "accepted"
    assert names <= set(VARIABLES)
    assert sentence
    assert "\n" not in sentence
