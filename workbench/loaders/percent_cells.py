"""Cells that carry a percent sign, as spreadsheets show shares: '6 %' is the number 6 in %, and 0.06 of a unit without any."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import polars as pl

from workbench.loaders.layout import Layout
from workbench.loaders.names import unit_in
from workbench.loaders.table import SourceTable

__all__ = ["percents_of_columns", "percents_of_tags"]

_SIGN = r"\s*[%\uFF05]$"
_NUMBER = r"^[+-]?[\d.,]*\d(?:[eE][+-]?\d+)?"
_MARKED, _PLAIN = _NUMBER + _SIGN, _NUMBER + "$"
_INSTEAD = {None: "", "%": "", "1": "e-2", "-": "e-2"}  # of the sign, by the unit that the source gives
_KINDS = {"marked": _MARKED, "plain": _PLAIN}


def percents_of_columns(table: SourceTable, layout: Layout, tags: Collection[str]) -> tuple[SourceTable, Layout]:
    """Return the table without the percent signs of the tags' cells, and the layout with % as the unit of these columns.

    Columns with another unit in their header keep them, and so do columns without a unit that hold numbers without the sign,
    too: 0.06 beside 6 % is not told from it.

    Parameters
    ----------
    table, layout
        Of a wide source.
    tags : collection of str
        Those that are to hold numbers.
    """
    cells = {cell.key: cell for cell in (layout.cells[tag] for tag in tags) if isinstance(cell.dtype, pl.String)}
    said = {key: cell.unit or unit_in(cell.name) for key, cell in cells.items()}
    keys = [key for key in cells if said[key] in _INSTEAD]
    # a laboratory's results may begin long after the first rows: where these hold no number, all rows are looked at
    first = _kinds(table.frame.head(1000), keys)
    kinds = _kinds(table.frame, [key for key, (is_marked, is_plain) in first.items() if is_marked or not is_plain])
    keys = [key for key, (is_marked, is_plain) in kinds.items() if is_marked and (said[key] or not is_plain)]
    bare = [_without_sign(key, _INSTEAD[said[key]]) for key in keys]
    of_percents = {tag: replace(cell, unit=said[cell.key] or "%") for tag, cell in layout.cells.items() if cell.key in keys}
    return replace(table, frame=table.frame.with_columns(bare)), replace(layout, cells={**layout.cells, **of_percents})


def percents_of_tags(
    table: SourceTable, layout: Layout, names: Collection[str], census: pl.DataFrame
) -> tuple[SourceTable, pl.DataFrame]:
    """Return the table without the percent signs of the tags' cells, and the census with % as the unit of these tags.

    Tags with another unit, with several, or with none and numbers without the sign, too, keep them.

    Parameters
    ----------
    table, layout
        Of a long source.
    names : collection of str
        The source's names of tags that are to hold numbers.
    census : polars.DataFrame
        Columns `tag`, `unit` as written, and `signs`: whether a cell has a percent sign.
    """
    signed = census.filter(pl.col("signs") & pl.col("tag").is_in(list(names)))["tag"].unique().to_list()
    if layout.tag is None or layout.value is None or not signed:
        return table, census
    tag, value = pl.col(layout.tag.key), layout.value.key
    text = pl.col(value).str.strip_chars()
    kinds = table.frame.filter(tag.is_in(signed)).group_by(tag.cast(pl.String).alias("tag")).agg(_held(text))
    unit = pl.col("unit").str.strip_chars().replace("", None)
    units = census.filter(pl.col("tag").is_in(signed)).group_by("tag").agg(unit.drop_nulls().unique())
    known = kinds.collect(engine="streaming").join(units, on="tag").sort("tag")
    instead: dict[str, list[str]] = {}
    of_percents = []
    for name, is_marked, is_plain, written in known.select("tag", *_KINDS, "unit").iter_rows():
        said = written[0] if len(written) == 1 else None if written else unit_in(name)
        if not is_marked or len(written) > 1 or said not in _INSTEAD or (said is None and is_plain):
            continue
        instead.setdefault(_INSTEAD[said], []).append(name)
        of_percents += [name] if said is None else []
    bare = pl.col(value)
    for ending, those in instead.items():
        bare = pl.when(tag.is_in(those)).then(_without_sign(value, ending)).otherwise(bare)
    named = pl.when(pl.col("tag").is_in(of_percents)).then(pl.lit("%")).otherwise("unit").alias("unit")
    return replace(table, frame=table.frame.with_columns(bare)), census.with_columns(named)


def _without_sign(key: str, instead: str) -> pl.Expr:
    text = pl.col(key).str.strip_chars()
    return pl.when(text.str.contains(_MARKED)).then(text.str.replace(_SIGN, instead)).otherwise(text).alias(key)


def _kinds(frame: pl.LazyFrame, keys: Sequence[str]) -> dict[str, tuple[bool, bool]]:
    """Of each column whether it has numbers with a percent sign, and whether it has numbers without."""
    if not keys:
        return {}
    row = frame.select(pl.struct(_held(pl.col(key).str.strip_chars())).alias(key) for key in keys)
    return {key: (held["marked"], held["plain"]) for key, held in row.collect(engine="streaming").row(0, named=True).items()}


def _held(text: pl.Expr) -> list[pl.Expr]:
    return [text.str.contains(kind).any().alias(name) for name, kind in _KINDS.items()]
