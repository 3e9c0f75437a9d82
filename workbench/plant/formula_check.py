"""What a formula may say: the whitelist of its syntax, and what each part gives (a number, true or false, text)."""

from __future__ import annotations

import ast
import itertools
import math
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.errors import InputError, closest_hint

__all__ = ["FORMULA_LENGTH", "FUNCTIONS", "Checked", "check_formula", "parse_formula"]

FORMULA_LENGTH = 500  # [characters] longest formula
FUNCTIONS = {"abs": 1, "sqrt": 1, "log": 1, "log10": 1, "exp": 1, "min": 2, "max": 2}  # name: arguments, min and max take more
_DEPTH = 60  # [levels] deepest nesting

_NUMBER, _TRUTH, _TEXT = "number", "truth", "text"
_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
_COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_REFUSED = {
    ast.Attribute: "a dot between names",
    ast.Subscript: "square brackets",
    ast.Lambda: "lambda",
    ast.ListComp: "a list",
    ast.SetComp: "a set",
    ast.DictComp: "a dictionary",
    ast.GeneratorExp: "a loop",
    ast.List: "a list",
    ast.Tuple: "a comma outside a function's brackets",
    ast.Set: "a set",
    ast.Dict: "a dictionary",
    ast.JoinedStr: "an f-string",
    ast.NamedExpr: "an assignment",
    ast.Starred: "a star before a name",
    ast.Await: "await",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
}
_SIGNS = {
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.MatMult: "@",
    ast.BitAnd: "& (write 'and')",
    ast.BitOr: "| (write 'or')",
    ast.BitXor: "^ (write ** for a power)",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.Invert: "~ (write 'not')",
    ast.In: "in (write name == 'A' or name == 'B')",
    ast.NotIn: "not in (write name != 'A' and name != 'B')",
    ast.Is: "is (write ==)",
    ast.IsNot: "is not (write !=)",
}


@dataclass(frozen=True)
class Checked:
    """What a formula reads and gives: its names, those that hold text, and whether it is true or false."""

    names: frozenset[str]
    texts: frozenset[str]
    is_truth: bool


def check_formula(tree: ast.expr, variables: Mapping[str, Sequence[str] | None] | None) -> Checked:
    """Return what a formula reads and gives; `variables` as in `Formula`.

    Raises
    ------
    InputError
        If it uses anything that is not allowed, or a name that is not known.
    """
    checker = _Checker(variables, tree)
    kind = checker.kind(tree, 0)
    if kind == _TEXT:
        raise InputError("a formula gives a number or a comparison, not text")
    return Checked(frozenset(checker.names), frozenset(checker.texts), kind == _TRUTH)


def parse_formula(text: str) -> ast.expr:
    """Return the syntax of a formula's text.

    Raises
    ------
    InputError
        If it is empty, longer than 500 characters or no expression.
    """
    if not text:
        raise InputError("the formula is empty")
    if len(text) > FORMULA_LENGTH:
        raise InputError(f"the formula has {len(text)} characters, {FORMULA_LENGTH} are allowed")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python warns of what the checker refuses in words
            return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        at = f" near character {error.offset}" if error.offset else ""
        hint = _syntax_hint(text)
        raise InputError(f"{text!r} is not a formula{at}{hint}") from None
    except (ValueError, RecursionError, MemoryError):
        raise InputError("the formula holds a character that cannot be read, or too many brackets") from None


def _syntax_hint(text: str) -> str:
    if "=" in text.replace("==", "").replace("<=", "").replace(">=", "").replace("!=", ""):
        return ": write == to compare"
    if "&&" in text or "||" in text:
        return ": write 'and', 'or'"
    return ""


class _Checker:
    """Walks the syntax once: what each part gives, and which names it reads."""

    def __init__(self, variables: Mapping[str, Sequence[str] | None] | None, tree: ast.expr) -> None:
        self.variables = variables
        self.names: set[str] = set()
        self.texts: set[str] = _compared_with_text(tree) if variables is None else set()

    def kind(self, node: ast.expr, depth: int) -> str:
        if depth > _DEPTH:
            raise InputError(f"the formula is nested more than {_DEPTH} deep: split it")
        below = depth + 1
        match node:
            case ast.Constant():
                return _constant_kind(node.value)
            case ast.Name():
                return self.name(node.id)
            case ast.UnaryOp(op=ast.Not()):
                self.truth(node.operand, "not", below)
                return _TRUTH
            case ast.UnaryOp(op=ast.UAdd() | ast.USub()):
                return self.number(node.operand, "a sign", below)
            case ast.BinOp() if isinstance(node.op, _ARITHMETIC):
                self.number(node.left, "arithmetic", below)
                return self.number(node.right, "arithmetic", below)
            case ast.BoolOp():
                word = "and" if isinstance(node.op, ast.And) else "or"
                for part in node.values:
                    self.truth(part, word, below)
                return _TRUTH
            case ast.Compare():
                return self.comparison(node, below)
            case ast.IfExp():
                return self.choice(node, below)
            case ast.Call():
                return self.call(node, below)
        raise InputError(f"{_refused(node)} is not allowed in a formula")

    def name(self, name: str) -> str:
        if self.variables is None:
            self.names.add(name)
            return _TEXT if name in self.texts else _NUMBER
        if name not in self.variables:
            if name in FUNCTIONS:
                raise InputError(f"'{name}' is a function: write {name}(...)")
            raise InputError(f"'{name}' is not a variable of this sheet{closest_hint(name, self.variables)}")
        self.names.add(name)
        if self.variables[name] is None:
            return _NUMBER
        self.texts.add(name)
        return _TEXT

    def number(self, node: ast.expr, where: str, depth: int) -> str:
        if self.kind(node, depth) == _TEXT:
            raise InputError(f"{_shown(node)} is text, {where} needs numbers: compare it with == first")
        return _NUMBER

    def truth(self, node: ast.expr, word: str, depth: int) -> None:
        if self.kind(node, depth) != _TRUTH:
            raise InputError(f"'{word}' needs a comparison, {_shown(node)} is none: write for instance {_shown(node, '')} > 0")

    def comparison(self, node: ast.Compare, depth: int) -> str:
        for sign in node.ops:
            if not isinstance(sign, _COMPARISONS):
                raise InputError(f"{_SIGNS[type(sign)]} is not allowed in a formula")
        sides = [node.left, *node.comparators]
        kinds = [self.kind(side, depth) for side in sides]
        for sign, left, right, left_kind, right_kind in zip(node.ops, sides, sides[1:], kinds, kinds[1:], strict=False):
            if _TEXT not in (left_kind, right_kind):
                continue
            if left_kind != right_kind:
                raise InputError(_mixed(left, right) if left_kind == _TEXT else _mixed(right, left))
            if not isinstance(sign, ast.Eq | ast.NotEq):
                raise InputError(f"text has no order: compare {_shown(left)} and {_shown(right)} with == or !=")
            self.among_choices(left, right)
            self.among_choices(right, left)
        return _TRUTH

    def among_choices(self, variable: ast.expr, text: ast.expr) -> None:
        if isinstance(variable, ast.Constant) and isinstance(text, ast.Constant):
            raise InputError(f"{_shown(variable)} is compared with {_shown(text)}: name a variable")
        if not isinstance(variable, ast.Name) or not isinstance(text, ast.Constant) or self.variables is None:
            return
        choices = self.variables[variable.id] or ()
        if text.value not in choices:
            raise InputError(
                f"{_shown(text)} is not one of the choices of {variable.id} ({', '.join(choices)})"
                + closest_hint(str(text.value), choices)
            )

    def choice(self, node: ast.IfExp, depth: int) -> str:
        self.truth(node.test, "if", depth)
        kinds = {self.kind(part, depth) for part in (node.body, node.orelse)}
        if _TEXT in kinds:
            raise InputError("'if ... else' chooses between numbers, not text")
        return kinds.pop() if len(kinds) == 1 else _NUMBER

    def call(self, node: ast.Call, depth: int) -> str:
        if not isinstance(node.func, ast.Name):
            raise InputError(f"{_refused(node.func)} is not allowed in a formula")
        name = node.func.id
        if name not in FUNCTIONS:
            raise InputError(
                f"'{name}(...)' is not a function of formulas, which are {', '.join(FUNCTIONS)}{closest_hint(name, FUNCTIONS)}"
            )
        if node.keywords:
            raise InputError(f"{name}(...) takes no named arguments, '{node.keywords[0].arg}=' is not allowed")
        wanted = FUNCTIONS[name]
        if wanted == 2 and len(node.args) < 2:
            raise InputError(f"{name}(...) compares two or more values of one row, {len(node.args)} given")
        if wanted == 1 and len(node.args) != 1:
            raise InputError(f"{name}(...) takes one value, {len(node.args)} given")
        for argument in node.args:
            self.number(argument, f"{name}(...)", depth)
        return _NUMBER


def _compared_with_text(tree: ast.expr) -> set[str]:
    """Names that stand beside a quoted text in a comparison."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            for left, right in itertools.pairwise(sides):
                for side, other in ((left, right), (right, left)):
                    if isinstance(side, ast.Name) and isinstance(other, ast.Constant) and isinstance(other.value, str):
                        found.add(side.id)
    return found


def _constant_kind(value: object) -> str:
    if isinstance(value, bool) or value is None or value is Ellipsis:
        raise InputError(f"'{value}' is not allowed in a formula: write a comparison")
    if isinstance(value, str):
        return _TEXT
    if isinstance(value, int | float):
        try:
            finite = math.isfinite(float(value))
        except OverflowError:
            finite = False
        if not finite:
            raise InputError("a number in the formula is too large: 1e308 is the limit")
        return _NUMBER
    raise InputError(f"{value!r} is not allowed in a formula")


def _mixed(text: ast.expr, number: ast.expr) -> str:
    if isinstance(text, ast.Name) and isinstance(number, ast.Constant):
        return f"{text.id} holds text: write {text.id} == '{number.value!s}' with quotes"
    return f"{_shown(text)} is text and {_shown(number)} a number: they cannot be compared"


def _refused(node: ast.expr) -> str:
    if isinstance(node, ast.BinOp):
        return f"the sign {_SIGNS[type(node.op)]}"
    if isinstance(node, ast.UnaryOp):
        return f"the sign {_SIGNS[type(node.op)]}"
    point = "; a decimal has a point" if isinstance(node, ast.Tuple) and re.search(r"\d, \d", ast.unparse(node)) else ""
    return f"{_REFUSED.get(type(node), type(node).__name__)} ({ast.unparse(node)!r}{point})"


def _shown(node: ast.expr, quote: str = "'") -> str:
    return f"{quote}{ast.unparse(node)}{quote}" if not (isinstance(node, ast.Constant) and quote) else f"{node.value!r}"
