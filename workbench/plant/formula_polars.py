"""Formulas as Polars expressions: everything Float64, and unknown in, unknown out.

A comparison with what is no number (log of a negative one, 0/0) is unknown too: Polars would call it greater than all.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from workbench.plant.formula import Formula

__all__ = ["translate"]

_Pair = Callable[[pl.Expr, pl.Expr], pl.Expr]


def _log10(a: pl.Expr) -> pl.Expr:
    """The logarithm, exact at powers of ten, where Polars gives 2.9999999999999996 for 1000."""
    near = a.log10().round()
    return pl.when(pl.lit(10.0).pow(near) == a).then(near).otherwise(a.log10())


_ARITHMETIC: dict[type[ast.operator], _Pair] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a.pow(b),
}
_COMPARISONS: dict[type[ast.cmpop], _Pair] = {
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
}
_FUNCTIONS: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "abs": lambda a: a.abs(),
    "sqrt": lambda a: a.sqrt(),
    "log": lambda a: a.log(),
    "log10": _log10,
    "exp": lambda a: a.exp(),
}


def translate(formula: Formula) -> pl.Expr:
    """Return the Polars expression of a checked formula: null where any of its variables is null.

    Examples
    --------
    >>> from workbench.plant.formula import Formula
    >>> pl.DataFrame({"a": [1.0, None]}).select(translate(Formula("a > 0 or a < 5")))["a"].to_list()
    [True, None]
    """
    reader = _Translator(formula)
    result = reader.read(formula.tree)
    if not formula.is_boolean:
        result = result.cast(pl.Float64)
    if not formula.names:
        return result
    unknown = pl.any_horizontal(pl.col(name).is_null() for name in sorted(formula.names))
    return pl.when(~unknown).then(result)


class _Translator:
    def __init__(self, formula: Formula) -> None:
        self.formula = formula

    def read(self, node: ast.expr) -> pl.Expr:
        match node:
            case ast.Constant(value=str() as text):
                return pl.lit(text)
            case ast.Constant(value=int() | float() as number):
                return pl.lit(float(number), dtype=pl.Float64)
            case ast.Name(id=name):
                return pl.col(name).cast(pl.String if name in self.formula.text_names else pl.Float64)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return ~self.read(operand)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self.number(operand)
            case ast.UnaryOp(operand=operand):
                return self.number(operand)
            case ast.BinOp(left=left, op=sign, right=right):
                return _ARITHMETIC[type(sign)](self.number(left), self.number(right))
            case ast.BoolOp(op=word, values=values):
                return functools.reduce(_both if isinstance(word, ast.And) else _either, map(self.read, values))
            case ast.Compare():
                return self.comparison(node)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self.choice(test, body, orelse)
            case ast.Call(func=ast.Name(id=name), args=args):
                arguments = [self.number(argument) for argument in args]
                if name in _FUNCTIONS:
                    return _FUNCTIONS[name](arguments[0])
                return functools.reduce(_smaller if name == "min" else _larger, arguments)
        raise AssertionError(f"the checker let through {ast.dump(node)}")

    def number(self, node: ast.expr) -> pl.Expr:
        return self.read(node).cast(pl.Float64)

    def comparison(self, node: ast.Compare) -> pl.Expr:
        sides = [node.left, *node.comparators]
        pairs = []
        for sign, left, right in zip(node.ops, sides, sides[1:], strict=False):
            if self.is_text(left) or self.is_text(right):
                pairs.append(_COMPARISONS[type(sign)](self.read(left), self.read(right)))
            else:
                a, b = self.number(left), self.number(right)
                pairs.append(pl.when(~(a.is_nan() | b.is_nan())).then(_COMPARISONS[type(sign)](a, b)))
        return functools.reduce(_both, pairs)

    def choice(self, test: ast.expr, body: ast.expr, orelse: ast.expr) -> pl.Expr:
        condition, chosen, other = self.read(test), self.read(body), self.read(orelse)
        return pl.when(condition).then(chosen).when(~condition).then(other)

    def is_text(self, node: ast.expr) -> bool:
        return (isinstance(node, ast.Constant) and isinstance(node.value, str)) or (
            isinstance(node, ast.Name) and node.id in self.formula.text_names
        )


def _both(a: pl.Expr, b: pl.Expr) -> pl.Expr:
    return pl.when(a.is_not_null() & b.is_not_null()).then(a & b)


def _either(a: pl.Expr, b: pl.Expr) -> pl.Expr:
    return pl.when(a.is_not_null() & b.is_not_null()).then(a | b)


def _smaller(a: pl.Expr, b: pl.Expr) -> pl.Expr:
    known = a.is_not_null() & b.is_not_null()
    return pl.when(known & (a.is_nan() | (~b.is_nan() & (a <= b)))).then(a).when(known).then(b)


def _larger(a: pl.Expr, b: pl.Expr) -> pl.Expr:
    known = a.is_not_null() & b.is_not_null()
    return pl.when(known & (a.is_nan() | (~b.is_nan() & (a >= b)))).then(a).when(known).then(b)
