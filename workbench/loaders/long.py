"""Long sources: one row a reading, its tag in a column."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from workbench.errors import InputError
from workbench.loaders.assembled import Assembled
from workbench.loaders.clock import read_clock
from workbench.loaders.layout import Layout
from workbench.loaders.long_cells import read_long_cells
from workbench.loaders.names import match_names, require
from workbench.loaders.percent_cells import percents_of_tags
from workbench.loaders.quality import QualityReading, finding_of, quality_meanings
from workbench.loaders.rows import NO_TAG, RowReading, TagReading, as_records
from workbench.loaders.stored_time import as_text
from workbench.loaders.table import SourceColumn, SourceTable
from workbench.loaders.time_column import TimeColumns
from workbench.loaders.wanted import Request, Wanted
from workbench.records import Finding, RowLedger
from workbench.set_aside import NOT_IN_SHEET

__all__ = ["assemble_long"]


def assemble_long(table: SourceTable, layout: Layout, request: Request) -> Assembled:
    """Return the records of a long source.

    The filter on the tag stands next to the scan, so that asking for some tags reads no more of the others than their names.

    Parameters
    ----------
    table : SourceTable
        The source.
    layout : Layout
        What its columns mean.
    request : Request
        What is asked for.

    Raises
    ------
    InputError
        If a tag that is needed does not occur.
    """
    if layout.tag is None or layout.value is None or layout.time is None:
        raise InputError(f"{table.label} has no columns of time, tag and value")
    census = _census(table, layout)
    names = [name for name in census["tag"].unique(maintain_order=True).to_list() if name is not None and name.strip()]
    if request.wanted is None:
        wanted = tuple(Wanted(name, "") for name in names)
        found = {name: name for name in names}
    else:
        wanted = request.wanted
        found = match_names(wanted, names, table.label)
        require(wanted, found, names, table, request.sheet)
    used = [one for one in wanted if one.tag in found]
    table, census = percents_of_tags(table, layout, [found[one.tag] for one in used if not one.is_text], census)
    frame = table.frame.filter(pl.col(layout.tag.key).is_in(list(found.values())))
    findings: list[Finding] = []
    cells = read_long_cells(table, layout, used, found, census)
    findings += cells.findings
    needed = replace(table, frame=frame)
    clock = read_clock(needed, layout.time, request.zone, layout.tag.key)
    frame = cells.number.add(clock.add(frame))
    if layout.known_at is not None:
        known = read_clock(needed, TimeColumns((layout.known_at,)), request.zone, layout.tag.key)
        frame = known.add(frame, time="@known", why=None)
    quality = QualityReading({})
    quality_column = pl.lit(None, dtype=pl.String)
    if layout.quality is not None:
        seen = census.filter(pl.col("tag").is_in(list(found.values())))["quality"]
        quality, quality_column = (
            quality_meanings(seen, layout.quality.name),
            as_text(pl.col(layout.quality.key), layout.quality.dtype),
        )
        findings += [f for f in (finding_of(quality),) if f]
    source_tag = pl.col(layout.tag.key)
    known_at = None if layout.known_at is None else pl.col("@known")
    rows = RowReading(pl.col("@time"), pl.col("@why"), known_at, overflow=table.overflow, as_of=request.as_of)
    delays = [(source_tag == found[one.tag], one.known_after) for one in used if one.known_after]
    records = as_records(
        frame, rows, TagReading(_sheet_tag(layout.tag, found), cells.meaning, quality.expr(quality_column), tuple(delays))
    )
    return Assembled(
        frame=records,
        tags=tuple(one.tag for one in used),
        elsewhere=_elsewhere(census, set(found.values())),
        units=cells.units,
        findings=(*clock.findings, *findings),
        has_words=cells.meaning.has_words,
    )


def _census(table: SourceTable, layout: Layout) -> pl.DataFrame:
    """Rows by tag, unit and quality as written, and whether some of them hold a percent sign."""
    columns = {"tag": layout.tag, "unit": layout.unit, "quality": layout.quality}
    keys = [
        (pl.lit(None, dtype=pl.String) if column is None else as_text(pl.col(column.key), column.dtype)).alias(name)
        for name, column in columns.items()
    ]
    signs = pl.lit(value=False)
    if layout.value is not None and layout.value.dtype == pl.String:
        signs = pl.col(layout.value.key).str.contains_any(["%", "\uff05"]).any()
    facts = (pl.col("row").min().alias("first"), pl.len().alias("rows"), signs.alias("signs"))
    counted = table.frame.group_by(keys).agg(facts)
    return counted.collect(engine="streaming").sort("first", "tag", "unit", "quality", nulls_last=True)


def _elsewhere(census: pl.DataFrame, used: set[str]) -> RowLedger:
    rest = census.filter(pl.col("tag").is_null() | ~pl.col("tag").is_in(list(used)))
    is_blank = pl.col("tag").is_null() | (pl.col("tag").str.strip_chars() == "")
    counts = {NO_TAG: int(rest.filter(is_blank)["rows"].sum()), NOT_IN_SHEET: int(rest.filter(~is_blank)["rows"].sum())}
    set_aside = {reason: rows for reason, rows in counts.items() if rows}
    return RowLedger(sum(set_aside.values()), set_aside)


def _sheet_tag(column: SourceColumn, found: dict[str, str]) -> pl.Expr:
    """The tag as the sheet writes it; a plain column where the source writes it so too, for the filter's sake."""
    tag = pl.col(column.key)
    if column.dtype != pl.String:
        tag = tag.cast(pl.String)
    if all(name == one for one, name in found.items()):
        return tag
    return tag.replace_strict(list(found.values()), list(found), default=None, return_dtype=pl.String)
