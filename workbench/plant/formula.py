"""Formulas of a sheet: Python's expression grammar, checked against a whitelist of its syntax and never run as Python."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.plant.formula_check import FORMULA_LENGTH, FUNCTIONS, check_formula, parse_formula

if TYPE_CHECKING:
    import polars as pl

__all__ = ["FORMULA_LENGTH", "FUNCTIONS", "Formula"]


class Formula:
    """A formula over variables, such as ``wash_water - 1.2*cake``.

    Allowed are ``+ - * / **``, comparisons, ``and or not``, ``a if c else b``, row-wise ``min`` and ``max`` of two or more,
    ``abs sqrt log log10 exp``, numbers, variable names, and text compared with a variable's choices by ``==`` and ``!=``.

    Parameters
    ----------
    text : str
        At most 500 characters.
    variables : mapping of str to (sequence of str or None), optional
        Known variables with their choices, None for numbers. Without it every name is taken, as a number unless it is compared
        with text.

    Raises
    ------
    InputError
        If the text is not such a formula, names an unknown variable, or compares with a text that is no choice.

    Examples
    --------
    >>> formula = Formula("max(a, 2) + b", {"a": None, "b": None})
    >>> sorted(formula.names)
    ['a', 'b']
    >>> import polars as pl
    >>> pl.DataFrame({"a": [1, 3], "b": [10, None]}).select(formula.expr().alias("x"))["x"].to_list()
    [12.0, None]
    """

    __slots__ = ("_checked", "_text", "_tree", "_variables")

    def __init__(self, text: str, variables: Mapping[str, Sequence[str] | None] | None = None) -> None:
        self._text = " ".join(text.splitlines()).strip()
        self._tree = parse_formula(self._text)
        self._checked = check_formula(self._tree, variables)
        self._variables = None if variables is None else {name: variables[name] for name in self._checked.names}

    @property
    def text(self) -> str:
        """The formula as written."""
        return self._text

    @property
    def names(self) -> frozenset[str]:
        """Variables that it names."""
        return self._checked.names

    @property
    def text_names(self) -> frozenset[str]:
        """Those of its variables that hold text."""
        return self._checked.texts

    @property
    def is_boolean(self) -> bool:
        """Whether it gives true or false, as `running` does."""
        return self._checked.is_truth

    @property
    def tree(self) -> ast.expr:
        """Its checked syntax, for translators."""
        return self._tree

    def expr(self) -> pl.Expr:
        """Return the formula over columns named like the variables.

        Returns
        -------
        polars.Expr
            Float64, or Boolean where `is_boolean`; null where a variable is null; a result that is not finite stays so.
        """
        from workbench.plant.formula_polars import translate

        return translate(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Formula) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return f"Formula({self._text!r})"

    def __str__(self) -> str:
        return self._text

    def __reduce__(self) -> tuple[type[Formula], tuple[Any, ...]]:
        return Formula, (self._text, self._variables)
