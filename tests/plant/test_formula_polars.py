"""Formulas against a plain-Python evaluation of the same text, row by row."""

from __future__ import annotations

import ast
import math

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from workbench.plant import Formula

VARIABLES = {"a": None, "b": None, "c": None, "grade": ("A", "B")}
VALUES = st.sampled_from([None, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0])
INEXACT = ("sqrt", "log", "exp", "**", "/")


@st.composite
def _numbers(draw: st.DrawFn, depth: int = 3) -> str:
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from(["a", "b", "c", "a", "1", "2.5", "0", "1e3"]))
    deeper = _numbers(depth - 1)
    match draw(st.integers(0, 5)):
        case 0 | 1:
            return f"({draw(deeper)} {draw(st.sampled_from(['+', '-', '*', '/', '**']))} {draw(deeper)})"
        case 2:
            return f"{draw(st.sampled_from(['abs', 'sqrt', 'log', 'log10', 'exp']))}({draw(deeper)})"
        case 3:
            return f"{draw(st.sampled_from(['min', 'max']))}({', '.join(draw(st.lists(deeper, min_size=2, max_size=3)))})"
        case 4:
            return f"(-{draw(deeper)})"
    return f"({draw(deeper)} if {draw(_truths(depth - 1))} else {draw(deeper)})"


@st.composite
def _truths(draw: st.DrawFn, depth: int = 3) -> str:
    if depth > 0 and draw(st.booleans()):
        if draw(st.booleans()):
            return f"(not {draw(_truths(depth - 1))})"
        return f"({draw(_truths(depth - 1))} {draw(st.sampled_from(['and', 'or']))} {draw(_truths(depth - 1))})"
    if draw(st.integers(0, 3)) == 0:
        return f"grade {draw(st.sampled_from(['==', '!=']))} {draw(st.sampled_from(['A', 'B']))!r}"
    sides = draw(st.lists(_numbers(min(depth, 2)), min_size=2, max_size=3))
    return sides[0] + "".join(f" {draw(st.sampled_from(['<', '<=', '>', '>=', '==', '!=']))} {side}" for side in sides[1:])


FORMULAS = st.one_of(_numbers(), _truths()).filter(lambda text: len(text) <= 500)
ROWS = st.lists(
    st.fixed_dictionaries({"a": VALUES, "b": VALUES, "c": VALUES, "grade": st.sampled_from([None, "A", "B"])}),
    min_size=1,
    max_size=4,
)


def _evaluate(text: str, row: dict[str, float | str | None]) -> float | bool | None:
    """The formula in plain Python; None is unknown, arithmetic as IEEE 754 has it."""
    tree = ast.parse(text, mode="eval").body
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & set(row)
    if any(row[name] is None for name in names):
        return None
    return _value(tree, row)


def _value(node, row):
    match node:
        case ast.Constant(value=value):
            return value if isinstance(value, str) else float(value)
        case ast.Name(id=name):
            return row[name]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = _value(operand, row)
            return None if inner is None else not inner
        case ast.UnaryOp(operand=operand):
            inner = _value(operand, row)
            return None if inner is None else -float(inner)
        case ast.BinOp(left=left, op=sign, right=right):
            return _known(lambda x, y: _arithmetic(sign, float(x), float(y)), _value(left, row), _value(right, row))
        case ast.BoolOp(op=word, values=values):
            parts = [_value(v, row) for v in values]
            if None in parts:
                return None
            return all(parts) if isinstance(word, ast.And) else any(parts)
        case ast.Compare(left=left, ops=signs, comparators=comparators):
            sides = [left, *comparators]
            results = [_compare(s, x, y, row) for s, x, y in zip(signs, sides, sides[1:], strict=False)]
            return None if None in results else all(results)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            chosen = _value(test, row)
            if chosen is None:
                return None
            return _value(body if chosen else orelse, row)
        case ast.Call(func=ast.Name(id=name), args=args):
            return _known(lambda *x: _function(name, [float(v) for v in x]), *[_value(v, row) for v in args])
    raise AssertionError(ast.dump(node))


def _known(function, *values):
    return None if any(v is None for v in values) else function(*values)


def _arithmetic(sign: ast.operator, x: float, y: float) -> float:
    match sign:
        case ast.Add():
            return x + y
        case ast.Sub():
            return x - y
        case ast.Mult():
            return x * y
        case ast.Div():
            if y == 0:
                return math.nan if x == 0 or math.isnan(x) else math.copysign(math.inf, x) * math.copysign(1, y)
            return x / y
        case ast.Pow():
            try:
                return math.pow(x, y)
            except OverflowError:
                return -math.inf if x < 0 and y % 2 == 1 else math.inf
            except ValueError:
                return math.nan if x != 0 else math.copysign(math.inf, x) if y % 2 == 1 else math.inf
    raise AssertionError(sign)


def _compare(sign: ast.cmpop, left, right, row) -> bool | None:
    x, y = _value(left, row), _value(right, row)
    if x is None or y is None:
        return None
    if isinstance(x, str):
        return (x == y) == isinstance(sign, ast.Eq)
    x, y = float(x), float(y)
    if math.isnan(x) or math.isnan(y):
        return None
    if any(word in ast.unparse(part) for part in (left, right) for word in INEXACT):
        assume(not math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-12) or (math.isinf(x) and math.isinf(y)))
    return {ast.Eq: x == y, ast.NotEq: x != y, ast.Lt: x < y, ast.LtE: x <= y, ast.Gt: x > y, ast.GtE: x >= y}[type(sign)]


def _function(name: str, x: list[float]) -> float:
    if name in ("min", "max"):
        return math.nan if any(map(math.isnan, x)) else (min if name == "min" else max)(x)
    value = x[0]
    if math.isnan(value):
        return math.nan
    if name == "abs":
        return abs(value)
    if name == "exp":
        return math.inf if value > 709.8 else math.exp(value)
    if value < 0:
        return math.nan
    if name == "sqrt":
        return math.sqrt(value)
    if value == 0:
        return -math.inf
    return math.log(value) if name == "log" else math.log10(value)


@settings(max_examples=300, deadline=None)
@given(FORMULAS, ROWS)
def test_a_formula_gives_what_python_gives(text, rows):
    formula = Formula(text, VARIABLES)
    frame = pl.DataFrame(rows, schema={"a": pl.Float64, "b": pl.Float64, "c": pl.Float64, "grade": pl.String})
    result = frame.with_columns(formula.expr().alias("x"))["x"]
    assert result.dtype == (pl.Boolean if formula.is_boolean else pl.Float64)
    for row, got in zip(rows, result.to_list(), strict=True):
        wanted = _evaluate(text, row)
        if wanted is None:
            assert got is None, (text, row)
        elif formula.is_boolean:
            assert got == wanted, (text, row)
        else:
            assert got == pytest.approx(float(wanted), rel=1e-9, abs=1e-12, nan_ok=True), (text, row)


def test_log10_is_exact_at_powers_of_ten():
    powers = range(-22, 23)
    frame = pl.DataFrame({"a": [float(f"1e{n}") for n in powers] + [999.9999999999999, 0.0, -1.0, None]})
    got = frame.select(Formula("log10(a)", {"a": None}).expr())["a"].to_list()
    assert got[:-4] == [float(n) for n in powers]
    assert got[-4] < 3.0
    assert (got[-3], got[-1]) == (-math.inf, None)
    assert math.isnan(got[-2])


@settings(max_examples=100, deadline=None)
@given(FORMULAS, ROWS)
def test_unknown_in_gives_unknown_out(text, rows):
    formula = Formula(text, VARIABLES)
    frame = pl.DataFrame(rows, schema={"a": pl.Float64, "b": pl.Float64, "c": pl.Float64, "grade": pl.String})
    result = frame.with_columns(formula.expr().alias("x"))["x"].to_list()
    for row, got in zip(rows, result, strict=True):
        if any(row[name] is None for name in formula.names):
            assert got is None


def _one(text: str, **values: object) -> object:
    frame = pl.DataFrame({name: [value] for name, value in values.items()} or {"z": [0]})
    return frame.select(Formula(text).expr().alias("x"))["x"].to_list()[0]


def test_whole_numbers_do_not_overflow():
    assert _one("10**20 * n", n=3) == 3e20
    assert _one("n * n", n=2**62) == pytest.approx(2.0**124)


def test_division_of_whole_numbers_is_exact():
    assert _one("n / 2", n=1) == 0.5


@pytest.mark.parametrize(("text", "wanted"), [("-2**2", -4.0), ("2**3**2", 512.0), ("1 - 2 - 3", -4.0), ("2 + 3*4", 14.0)])
def test_operators_bind_as_in_python(text, wanted):
    assert _one(text) == wanted


@pytest.mark.parametrize(
    "text", ["a > 0 and b > 0", "a > 0 or b > 0", "1 if a > 0 else b", "min(a, b)", "max(a, b)", "not b > 0"]
)
def test_one_unknown_makes_the_result_unknown(text):
    frame = pl.DataFrame({"a": [1.0], "b": [None]}, schema={"a": pl.Float64, "b": pl.Float64})
    assert frame.select(Formula(text).expr().alias("x"))["x"].to_list() == [None]


def test_min_and_max_are_row_wise():
    frame = pl.DataFrame({"a": [1.0, 9.0], "b": [5.0, 2.0]})
    assert frame.select(Formula("min(a, b)").expr().alias("x"))["x"].to_list() == [1.0, 2.0]


def test_a_result_that_is_not_finite_stays_so():
    assert _one("1 / a", a=0.0) == math.inf
    assert math.isnan(_one("log(a)", a=-1.0))


def test_a_comparison_with_no_number_is_unknown():
    assert _one("log(a) > 1", a=-1.0) is None
    assert _one("5 if log(a) > 1 else 6", a=-1.0) is None


def test_text_is_compared_with_categories():
    frame = pl.DataFrame({"grade": ["A", "B", None]}, schema={"grade": pl.Enum(["A", "B"])})
    formula = Formula("grade == 'A'", {"grade": ("A", "B")})
    assert frame.select(formula.expr().alias("x"))["x"].to_list() == [True, False, None]


def test_a_truth_counts_as_one_in_arithmetic():
    assert _one("100 * (a > 2)", a=3.0) == 100.0


def test_a_formula_works_lazily():
    assert pl.LazyFrame({"a": [4.0]}).select(Formula("sqrt(a)").expr().alias("x")).collect()["x"].to_list() == [2.0]
