"""Long sources: one row a reading, its tag in a column."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from workbench.errors import InputError
from workbench.loaders.assembled import Assembled
from workbench.loaders.cells import read_number, read_word
from workbench.loaders.clock import read_clock
from workbench.loaders.layout import Layout
from workbench.loaders.names import match_names, require, unit_in
from workbench.loaders.quality import QualityReading, finding_of, quality_meanings
from workbench.loaders.rows import NO_TAG, NOT_IN_SHEET, Meaning, RowReading, as_records, meaning_of, meaning_where
from workbench.loaders.table import SourceTable
from workbench.loaders.time_column import TimeColumns
from workbench.loaders.unit_match import Scale, match_unit
from workbench.loaders.wanted import Request, Wanted
from workbench.records import Finding, RowLedger

__all__ = ["assemble_long"]


def assemble_long(table: SourceTable, layout: Layout, request: Request) -> Assembled:
    """Return the records of a long source.

    The filter on the tag stands next to the scan, so that asking for some tags reads no more of the others than their names.

    Parameters
    ----------
    table : SourceTable
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
        require(wanted, found, names, table.label, request.sheet)
    used = [one for one in wanted if one.tag in found]
    frame = table.frame.filter(pl.col(layout.tag.key).is_in(list(found.values())))
    findings: list[Finding] = []
    units: dict[str, str] = {}
    meaning = _meaning(table, layout, used, found, census, units, findings)
    clock = read_clock(frame, layout.time, request.zone, table.label, layout.tag.key)
    known_at = None
    if layout.known_at is not None:
        known_at = read_clock(frame, TimeColumns((layout.known_at,)), request.zone, table.label, layout.tag.key).time
    quality = QualityReading({})
    quality_column = pl.lit(None, dtype=pl.String)
    if layout.quality is not None:
        seen = census.filter(pl.col("tag").is_in(list(found.values())))["quality"]
        quality, quality_column = quality_meanings(seen, layout.quality.name), pl.col(layout.quality.key)
        findings += [f for f in (finding_of(quality),) if f]
    source_tag = pl.col(layout.tag.key)
    rows = RowReading(clock.time, clock.reason, known_at, overflow=table.overflow, as_of=request.as_of)
    delays = [(source_tag == found[one.tag], one.known_after) for one in used if one.known_after]
    records = as_records(frame, rows, _sheet_tag(layout, found), meaning, quality.expr(quality_column), delays)
    return Assembled(
        frame=records,
        tags=tuple(one.tag for one in used),
        elsewhere=_elsewhere(census, set(found.values())),
        units=units,
        findings=(*clock.findings, *findings),
        has_words=meaning.has_words,
    )


def _census(table: SourceTable, layout: Layout) -> pl.DataFrame:
    """Rows by tag, unit and quality as written."""
    columns = {"tag": layout.tag, "unit": layout.unit, "quality": layout.quality}
    keys = [
        (pl.lit(None, dtype=pl.String) if column is None else pl.col(column.key).cast(pl.String)).alias(name)
        for name, column in columns.items()
    ]
    counted = table.frame.group_by(keys).agg(pl.col("row").min().alias("first"), pl.len().alias("rows"))
    return counted.collect(engine="streaming").sort("first", "tag", "unit", "quality", nulls_last=True)


def _elsewhere(census: pl.DataFrame, used: set[str]) -> RowLedger:
    rest = census.filter(pl.col("tag").is_null() | ~pl.col("tag").is_in(list(used)))
    is_blank = pl.col("tag").is_null() | (pl.col("tag").str.strip_chars() == "")
    counts = {NO_TAG: int(rest.filter(is_blank)["rows"].sum()), NOT_IN_SHEET: int(rest.filter(~is_blank)["rows"].sum())}
    set_aside = {reason: rows for reason, rows in counts.items() if rows}
    return RowLedger(sum(set_aside.values()), set_aside)


def _sheet_tag(layout: Layout, found: dict[str, str]) -> pl.Expr:
    """The tag as the sheet writes it; a plain column where the source writes it so too, for the filter's sake."""
    assert layout.tag is not None
    tag = pl.col(layout.tag.key)
    if layout.tag.dtype != pl.String:
        tag = tag.cast(pl.String)
    if all(name == one for one, name in found.items()):
        return tag
    return tag.replace_strict(list(found.values()), list(found), default=None, return_dtype=pl.String)


def _meaning(
    table: SourceTable,
    layout: Layout,
    used: Sequence[Wanted],
    found: dict[str, str],
    census: pl.DataFrame,
    units: dict[str, str],
    findings: list[Finding],
) -> Meaning:
    """What each row's cell means, tag by tag and unit by unit; most tags are plain numbers and need no case."""
    assert layout.tag is not None
    assert layout.value is not None
    number, word = read_number(layout.value, table.style, table.label), read_word(layout.value, table.label)
    plain = meaning_of(Wanted("", ""), Scale(), number, word)
    said: dict[str, list[str]] = {}
    for name, unit in census.select("tag", "unit").unique(maintain_order=True).iter_rows():
        if unit is not None and unit.strip():
            said.setdefault(name, []).append(unit)
    cases: list[tuple[pl.Expr, Meaning]] = []
    by_scale: dict[Scale, list[str]] = {}
    for one in used:
        name = found[one.tag]
        is_tag = pl.col(layout.tag.key) == name
        written = said.get(name, [])
        if one.is_text:
            cases.append((is_tag, meaning_of(one, Scale(), number, word)))
            continue
        unit = written[0] if written else unit_in(name)
        if unit is not None:
            units[one.tag] = unit
        if len(written) <= 1:
            scale, finding = match_unit(one, unit, table.label)
            findings += [finding] if finding else []
            if not scale.is_plain:
                by_scale.setdefault(scale, []).append(name)
            continue
        sentence = f"'{one.tag}' comes in {len(written)} units in {table.label} ({', '.join(written[:4])}): each row was converted by its own"
        findings.append(Finding(code="L112", tag=one.tag, text=sentence))
        for unit in written:
            scale, finding = match_unit(one, unit, table.label)
            findings += [finding] if finding else []
            if layout.unit is not None and not scale.is_plain:
                is_unit = pl.col(layout.unit.key).cast(pl.String) == unit
                cases.append((is_tag & is_unit, meaning_of(one, scale, number, word)))
    for scale, names in by_scale.items():
        cases.append((pl.col(layout.tag.key).is_in(names), meaning_of(Wanted("", ""), scale, number, word)))
    return meaning_where(cases, plain)
