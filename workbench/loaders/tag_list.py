"""What tags a source holds, for writing a sheet from it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from workbench.errors import InputError
from workbench.loaders.assembled import Assembled
from workbench.loaders.layout import Layout, NoTimeError, recognise_layout
from workbench.loaders.read import assemble, damage_said, read_table
from workbench.loaders.source import locate, read_source_file
from workbench.loaders.table import SourceTable
from workbench.loaders.wanted import Request
from workbench.set_aside import TEXT_STATE

if TYPE_CHECKING:
    from workbench.plant import Sheet, Source

__all__ = ["list_new", "list_tags"]

_PARTS = r"^[+-]?\d*[.,]\d+$"  # a number with a part after the point
MOST_COLUMNS, MOST_CELLS = 100, 5_000_000  # of a wide source, read together: more take long and much memory; own assumption
MOST_WORDS = 12  # words listed for a tag; with more it is not a choice


def list_tags(path: str | Path | Source, sheet: Sheet | None = None) -> pl.DataFrame:
    """Return the tags of a source, one row a tag, in the source's order.

    Parameters
    ----------
    path : str, Path or Source
        A csv, parquet or xlsx file, long or wide.
    sheet : Sheet, optional
        For its timezone and its batch column; without it stamps without an offset count as UTC.

    Returns
    -------
    polars.DataFrame
        Columns `tag`, `unit` (String, null where the source says none), `first`, `last` (Datetime[us, UTC], null without a
        clock), `interval` (Duration, between readings on a usual day, null for fewer than two), `readings` (UInt32, cells
        with a number or a word), `min`, `max` (Float64, null for words), `whole` (Boolean, whether all numbers are whole; null
        for words), `words` (List of String, at most 12, sorted by how often they occur; null for numbers), `different` (UInt32,
        how many different words there are; null for numbers), `columns` (UInt32, how many columns of the header bear this
        name; 1 where tags stand in rows).

    Raises
    ------
    InputError
        If the source cannot be read.
    """
    file = read_source_file(locate(sheet, path))
    with damage_said(file.label):
        return _listed(read_table(file), Request(None) if sheet is None else Request(None, sheet.timezone, batch=sheet.batch))


def list_new(path: str | Path) -> tuple[pl.DataFrame, str | None]:
    """Return the tags of a source that has no sheet yet, and the column that names its batches, None where it has stamps.

    A source without stamps is taken for a row a batch, if a column has a word or a whole number of its own in each row (own
    assumption: the leftmost one names the batches). Tags are those of `list_tags`.

    Parameters
    ----------
    path : str or Path
        As for `list_tags`.

    Raises
    ------
    InputError
        If the source cannot be read, or has neither stamps nor such a column.
    """
    file = read_source_file(locate(None, path))
    with damage_said(file.label):
        table = read_table(file)
        try:
            return _listed(table, Request(None)), None
        except NoTimeError as error:
            batch = _batch_column(table)
            if batch is None:
                raise InputError(
                    f"{error}; no column has a word or a whole number of its own in each row, by which a batch could be named"
                ) from error
            return _listed(table, Request(None, batch=batch)), batch


def _batch_column(table: SourceTable) -> str | None:
    """The leftmost column whose cells all differ and are words or whole numbers; None where there is none."""
    named = [c for c in table.columns if c.name and (c.dtype.is_integer() or isinstance(c.dtype, pl.String))]
    cells = {c.key: pl.col(c.key) if c.dtype.is_integer() else pl.col(c.key).str.strip_chars().replace("", None) for c in named}
    facts = [
        pl.struct(
            known=cell.count(),
            different=cell.drop_nulls().n_unique(),
            parts=pl.lit(0) if column.dtype.is_integer() else cell.str.contains(_PARTS).sum(),
        ).alias(column.key)
        for column, cell in zip(named, cells.values(), strict=True)
    ]
    found = table.frame.select(pl.len().alias("row"), *facts).collect(engine="streaming").row(0, named=True)
    told = [c.name for c in named if found[c.key] == {"known": found["row"], "different": found["row"], "parts": 0}]
    return next((name for name in told if [c.name for c in table.columns].count(name) == 1), None)


def _listed(table: SourceTable, request: Request) -> pl.DataFrame:
    """The tags of a source; a wide one is read some columns at a time, and need not fit in memory."""
    layout = recognise_layout(table, request.wanted, request.batch)
    listed = pl.concat(_facts(assemble(table, part, request)) for part in _parts(table, layout))
    named = Counter(column.name for column in table.columns) if layout.cells else Counter[str]()
    counts = [max(1, named[tag]) for tag in listed["tag"]]
    return listed.with_columns(pl.Series("columns", counts, dtype=pl.UInt32))


def _parts(table: SourceTable, layout: Layout) -> list[Layout]:
    """The layout cut into some of its tags each."""
    if layout.kind == "long" or table.is_costly:
        return [layout]
    rows, tags = int(table.frame.select(pl.len()).collect(engine="streaming").item()), list(layout.cells)
    size = max(1, min(MOST_COLUMNS, MOST_CELLS // rows))
    return [layout.of_tags(tags[first : first + size]) for first in range(0, len(tags), size)]


def _facts(assembled: Assembled) -> pl.DataFrame:
    is_word = pl.col("reason") == TEXT_STATE
    frame = assembled.frame.with_columns(pl.col("tag").cast(pl.String))
    said = frame.filter(pl.col("value").is_not_null() | pl.col("text").is_not_null())
    days = (
        said.group_by("tag", pl.col("time").dt.truncate("1d").alias("day"))
        .agg(
            pl.col("time").min().alias("first"),
            pl.col("time").max().alias("last"),
            pl.len().alias("readings"),
            pl.col("value").min().alias("min"),
            pl.col("value").max().alias("max"),
            pl.when(pl.col("value").count() > 0).then((pl.col("value").round() == pl.col("value")).all()).alias("whole"),
        )
        .collect(engine="streaming")
    )
    between = pl.col("last") - pl.col("first")
    numbers = (
        days.with_columns(pl.when(pl.col("readings") > 1).then(between / (pl.col("readings") - 1)).alias("interval"))
        .group_by("tag")
        .agg(
            pl.col("first", "min").min(),
            pl.col("last", "max").max(),
            pl.col("interval").median(),
            pl.col("readings").sum(),
            pl.when(pl.col("whole").count() > 0).then(pl.col("whole").all()).alias("whole"),
        )
        .with_columns(pl.col("interval").fill_null(between / (pl.col("readings") - 1)))
    )
    names = pl.DataFrame({"tag": list(assembled.tags)}, schema={"tag": pl.String})
    units = pl.DataFrame(
        {"tag": list(assembled.units), "unit": list(assembled.units.values())}, schema={"tag": pl.String, "unit": pl.String}
    )
    listed = names.join(units, on="tag", how="left", maintain_order="left").join(
        numbers, on="tag", how="left", maintain_order="left"
    )
    words = (
        said.filter(is_word)
        .group_by("tag", "text")
        .len()
        .collect(engine="streaming")
        .sort(["tag", "len", "text"], descending=[False, True, False])
        .group_by("tag", maintain_order=True)
        .agg(pl.col("text").head(MOST_WORDS).alias("words"), pl.len().alias("different"))
    )
    return listed.join(words, on="tag", how="left", maintain_order="left").select(
        "tag", "unit", "first", "last", "interval", pl.col("readings").fill_null(0), "min", "max", "whole", "words", "different"
    )
