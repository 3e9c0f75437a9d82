"""What a point before three digits means: `20.000` is twenty thousand or twenty, and its column has to tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from workbench.loaders.table import NumberStyle, SourceColumn, SourceTable
from workbench.records import Finding
from workbench.wording import counted, verb_for

__all__ = ["EITHER", "UNCLEAR_POINT", "doubtful_points", "point_styles"]

EITHER = "?"  # as `thousands` of a style: a point before three digits parts thousands or decimals, so the cell is no number
UNCLEAR_POINT = r"^[+-]?[1-9]\d{0,2}\.\d{3}$"  # 20.000; what begins with 0 has decimals
NEARER = 1000.0**0.5  # others larger than this, times the cell as a decimal, are nearer to it as thousands; own assumption [-]
_MARKS = {
    "unclear": UNCLEAR_POINT,
    "commas": r"^[+-]?(?:\d{1,3}(?:\.\d{3})+|\d*),\d+(?:[eE][+-]?\d+)?$|^[+-]?\d{1,3}(?:\.\d{3}){2,}$",  # 1,5 or 1.234.567
    "points": r"^[+-]?\d*\.\d+(?:[eE][+-]?\d+)?$",  # 19.5 and the unclear ones
    "plain": r"^[+-]?\d{4,}(?:,\d+)?$",  # 1500: thousands without a mark
}


@dataclass(frozen=True)
class _Marks:
    """Cells of a column by what they tell [cells], and the first that is unclear."""

    unclear: int
    commas: int
    points: int
    plain: int
    example: str

    @property
    def has_decimal_points(self) -> bool:
        return self.points > 0 and not self.commas


def point_styles(
    frame: pl.LazyFrame, columns: Sequence[SourceColumn], style: NumberStyle, label: str
) -> tuple[dict[str, NumberStyle], list[Finding]]:
    """Return how numbers are written in each column of a text source, by its key, and what had to be assumed.

    In a file of decimal points it is the file's own style. With decimal commas a point before three digits is a thousands mark
    where the column, or else the file, has a number that proves it (1,5 or 1.234,5), and a decimal point where the column has
    other decimals behind points (19.5) and no comma. It is neither, so that the cell is set aside, where the column has both or
    thousands without a mark (1500), or where nothing in it tells and another column has decimal points. Where nothing at all
    tells, the file's decimal comma decides (own assumption), and a finding says so.

    Parameters
    ----------
    frame : polars.LazyFrame
        The rows that are needed.
    columns : sequence of SourceColumn
        Those that are to hold numbers.
    style : NumberStyle
        Of the file.
    label : str
        Name of the source for messages.
    """
    texts = {column.key: column for column in columns if isinstance(column.dtype, pl.String)}
    if style.decimal != "," or not texts:
        return dict.fromkeys((column.key for column in columns), style), []
    marks = _marks(frame, list(texts))
    is_mixed = any(one.has_decimal_points for one in marks.values())
    styles, findings = {column.key: style for column in columns}, []
    for key, one in marks.items():
        thousands = _thousands(one, style, is_mixed)
        styles[key] = replace(style, thousands=thousands)
        is_assumed = thousands == "." and style.thousands is None and not one.commas
        if one.unclear and (thousands == EITHER or is_assumed):
            findings.append(Finding(code="L117", text=_sentence(one, texts[key].name, label, is_assumed=is_assumed)))
    return styles, findings


def doubtful_points(
    table: SourceTable, frame: pl.LazyFrame, columns: Sequence[SourceColumn], tag: str | None = None
) -> list[Finding]:
    """Return what is read with decimal points though they may part thousands as well, a finding a column, or a tag.

    In a text file of decimal points any number that shows one (19.5) tells for all of it. In a workbook, where true numbers
    stand beside texts and show a point in any case, each column has to tell: by numbers that are nearer to twenty than to
    twenty thousand.

    Parameters
    ----------
    table : SourceTable
        The source; one of decimal commas in text is left to `point_styles`.
    frame : polars.LazyFrame
        The rows that are needed.
    columns : sequence of SourceColumn
        Those that are to hold numbers.
    tag : str, optional
        Key of the column of tags, where one column holds the values of all.
    """
    texts = {column.key: column.name for column in columns if isinstance(column.dtype, pl.String)}
    if not texts or (table.is_costly and table.style != NumberStyle()):
        return []
    if tag is None:
        row = frame.select(_sizes(key).alias(key) for key in texts).collect(engine="streaming").row(0, named=True)
        found = {f"column '{name}'": row[key] for key, name in texts.items()}
    else:
        sizes = frame.group_by(tag).agg(_sizes(next(iter(texts))).alias("sizes")).collect(engine="streaming")
        found = {f"tag '{name}'": one for name, one in sizes.with_columns(pl.col(tag).cast(pl.String)).sort(tag).iter_rows()}
    if table.is_costly and any(one["points"] > one["unclear"] for one in found.values()):
        return []
    return [
        Finding(code="L117", text=_doubt(one, place, table.label))
        for place, one in found.items()
        if one["unclear"] and (one["others"] is None or one["others"] > NEARER * one["size"])
    ]


def _sizes(key: str) -> pl.Expr:
    """Cells of a column whose point is unclear, how large they are as decimals, and how large its other numbers."""
    text = pl.col(key).str.strip_chars()
    number = text.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False).abs()
    is_unclear = text.str.contains(UNCLEAR_POINT)
    return pl.struct(
        unclear=is_unclear.sum(),
        points=text.str.contains(_MARKS["points"]).sum(),
        example=text.filter(is_unclear).first(),
        size=number.filter(is_unclear).median(),
        others=number.filter(~is_unclear & (number > 0.0)).median(),
    )


def _doubt(one: Mapping[str, Any], place: str, label: str) -> str:
    was, example = verb_for(one["unclear"], "was", "were"), one["example"]
    small, large = f"{float(example):g}", example.replace(".", "")
    return (
        f"{counted(one['unclear'], 'number')} in {place} of {label} such as '{example}' {was} read with a decimal point, as"
        f" {small}, though nothing tells that it does not mean {large}: export numbers without thousands marks"
    )


def _thousands(one: _Marks, style: NumberStyle, is_mixed: bool) -> str | None:
    if not one.unclear or one.has_decimal_points:
        return None
    if one.points or one.plain:
        return EITHER
    if one.commas or style.thousands or not is_mixed:
        return "."
    return EITHER


def _sentence(one: _Marks, name: str, label: str, is_assumed: bool) -> str:
    many = f"{counted(one.unclear, 'number')} in column '{name}' of {label} such as '{one.example}'"
    if is_assumed:
        was = verb_for(one.unclear, "was", "were")
        why = f"{was} read with the point as a thousands mark, since the file writes decimals with a comma"
    else:
        why = "set aside: the file writes decimals with a comma, and nothing tells whether this point parts thousands"
    return f"{many} {why}: export numbers without thousands marks"


def _marks(frame: pl.LazyFrame, keys: Sequence[str]) -> Mapping[str, _Marks]:
    """Of each column, in one pass over the rows."""
    looked = []
    for i, key in enumerate(keys):
        text = pl.col(key).str.strip_chars()
        looked += [text.str.contains(pattern).sum().alias(f"{i}:{name}") for name, pattern in _MARKS.items()]
        looked.append(text.filter(text.str.contains(UNCLEAR_POINT)).first().alias(f"{i}:example"))
    row = frame.select(looked).collect(engine="streaming").row(0, named=True)
    found = {}
    for i, key in enumerate(keys):
        count = {name: int(row[f"{i}:{name}"]) for name in _MARKS}
        found[key] = _Marks(**count | {"points": count["points"] - count["unclear"]}, example=row[f"{i}:example"] or "")
    return found
