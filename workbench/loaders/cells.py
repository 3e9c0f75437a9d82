"""From a cell as the source holds it to a number or a word, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from workbench.errors import InputError
from workbench.loaders.point_marks import EITHER, UNCLEAR_POINT
from workbench.loaders.stored_time import as_text
from workbench.loaders.table import NumberStyle, SourceColumn

__all__ = ["Cell", "number_of_text", "read_choice", "read_number", "read_word"]

_NO_WORDS = ("", "nan", "null", "none", "n/a", "na", "#n/a", "#nv", "k.a.", "-", "--", "\u2013", "\u2014", "\u65e0")
NOTHING = sorted(
    {form(word) for word in _NO_WORDS for form in (str.lower, str.upper, str.title)} | {"NaN", "k.A.", "k. A."}
)  # an empty cell in words
_POINTS_PART_THOUSANDS = r"^[+-]?\d{1,3}(?:\.\d{3})+(?:,\d+)?$"
_POINTS_SURELY_PART_THOUSANDS = r"^[+-]?\d{1,3}(?:\.\d{3})+,\d+$|^[+-]?\d{1,3}(?:\.\d{3}){2,}$"
_TRUE, _FALSE = ["true", "True", "TRUE"], ["false", "False", "FALSE"]


@dataclass(frozen=True)
class Cell:
    """One column's cells as expressions.

    Parameters
    ----------
    value : polars.Expr
        Float64: the number; null where there is none.
    word : polars.Expr
        String: what stands there and is no number; null where nothing stands.
    is_empty : polars.Expr
        Boolean: nothing stands there (null, NaN, blank, 'n/a').
    has_words : bool
        False where the column's type leaves no room for words.
    steps : tuple of tuples of polars.Expr
        Columns that `add` adds, step by step, before `value` and `word` can be used.
    """

    value: pl.Expr
    word: pl.Expr
    is_empty: pl.Expr
    has_words: bool = False
    steps: tuple[tuple[pl.Expr, ...], ...] = ()

    def add(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """Return the frame with the columns that `value` and `word` look at: text is parsed once, not at every mention."""
        for step in self.steps:
            frame = frame.with_columns(step)
        return frame


def read_number(column: SourceColumn, style: NumberStyle, label: str) -> Cell:
    """Return the cells of a column that is to hold numbers.

    Yes-no columns become 1 and 0. A number that is not finite has no value, no word, and is not empty.

    Raises
    ------
    InputError
        If the column holds lists or the like.
    """
    raw = pl.col(column.key)
    no_word = pl.lit(None, dtype=pl.String)
    if column.dtype.is_nested() or column.dtype in (pl.Binary, pl.Object):
        raise InputError(
            f"column '{column.name}' of {label} holds neither numbers nor text ({column.dtype}): export plain columns"
        )
    if column.dtype.is_float():
        value = raw.cast(pl.Float64)
        return Cell(pl.when(value.is_finite()).then(value), no_word, raw.is_null() | raw.is_nan())
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        return Cell(raw.cast(pl.Float64), no_word, raw.is_null())
    if column.dtype == pl.Null:
        return Cell(pl.lit(None, dtype=pl.Float64), no_word, pl.lit(True))
    text = as_text(raw, column.dtype).str.strip_chars()
    is_empty = text.is_null() | text.is_in(NOTHING)
    bare, number = pl.col("@text"), pl.col("@number")
    yes_no = pl.when(bare.is_in(_TRUE)).then(1.0).when(bare.is_in(_FALSE)).then(0.0)
    steps: tuple[tuple[pl.Expr, ...], ...] = (
        (text.alias("@text"),),
        (number_of_text(bare, style).alias("@number"), bare.is_in(NOTHING).alias("@nothing")),
        (pl.coalesce(number, yes_no).alias("@number"),),
    )
    word = pl.when(number.is_null() & ~pl.col("@nothing")).then(bare)
    return Cell(pl.when(number.is_finite()).then(number), word, is_empty, has_words=True, steps=steps)


def read_word(column: SourceColumn, label: str) -> Cell:
    """Return the cells of a column that is to hold words; numbers are written as people do, `12` and not `12.0`."""
    raw = pl.col(column.key)
    no_value = pl.lit(None, dtype=pl.Float64)
    if column.dtype.is_nested() or column.dtype in (pl.Binary, pl.Object):
        raise InputError(
            f"column '{column.name}' of {label} holds neither numbers nor text ({column.dtype}): export plain columns"
        )
    if column.dtype.is_float():
        whole = raw.is_finite() & (raw == raw.round(0)) & (raw.abs() < 1e15)
        text = pl.when(whole).then(raw.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(raw.cast(pl.String))
        is_empty = raw.is_null() | raw.is_nan()
        return Cell(no_value, pl.when(~is_empty).then(text), is_empty, has_words=True)
    text = as_text(raw, column.dtype).str.strip_chars()
    is_empty = text.is_null() | (text == "")
    return Cell(no_value, pl.when(~is_empty).then(text), is_empty, has_words=True)


def number_of_text(text: pl.Expr, style: NumberStyle) -> pl.Expr:
    """Return the number that a text is (Float64), null where it is none."""
    if style.decimal == ",":
        bare = text.str.replace(",", ".", literal=True)
        is_grouped = text.str.contains(_POINTS_PART_THOUSANDS if style.thousands == "." else _POINTS_SURELY_PART_THOUSANDS)
        whole = text.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
        number = pl.when(is_grouped).then(whole).otherwise(bare).cast(pl.Float64, strict=False)
        return pl.when(~text.str.contains(UNCLEAR_POINT)).then(number) if style.thousands == EITHER else number
    if style.thousands is None:
        return text.cast(pl.Float64, strict=False)
    is_grouped = text.str.contains(r"^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$")
    return pl.when(is_grouped).then(text.str.replace_all(",", "", literal=True)).otherwise(text).cast(pl.Float64, strict=False)


def read_choice(word: pl.Expr, choices: Sequence[str]) -> pl.Expr:
    """Return the choice that a word means: as written, else in other case, else the same number; null where it is none.

    Examples
    --------
    >>> pl.select(read_choice(pl.lit("Strip"), ["strip", "keep"])).item()
    'strip'
    """
    known = {choice: choice for choice in choices}
    for form in (str.casefold, _plain_number):
        forms: dict[str, list[str]] = {}
        for choice in choices:
            forms.setdefault(form(choice), []).append(choice)
        for key, found in forms.items():
            if key and len(found) == 1:
                known.setdefault(key, found[0])
    exact = word.replace_strict(list(choices), list(choices), default=None, return_dtype=pl.String)
    loose = word.str.to_lowercase().str.replace(r"^([+-]?\d+)\.0+$", "${1}")
    return pl.coalesce(exact, loose.replace_strict(list(known), list(known.values()), default=None, return_dtype=pl.String))


def _plain_number(text: str) -> str:
    """A choice such as `1.0` as `1`; empty where it is no whole number or has leading zeros."""
    bare = text.strip()
    head, _, tail = bare.partition(".")
    return head if head.lstrip("+-").isdigit() and not tail.strip("0") and str(int(head)) == head else ""
