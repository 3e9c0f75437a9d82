"""Wide sources: one row a moment (or a batch), a column a tag; and pairs of columns, a time beside each tag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from workbench.loaders.assembled import Assembled
from workbench.loaders.cells import Cell, read_number, read_word
from workbench.loaders.clock import Clock, read_clock
from workbench.loaders.layout import Layout
from workbench.loaders.names import require, unit_in
from workbench.loaders.quality import finding_of, quality_meanings
from workbench.loaders.rows import EMPTY_CELL, RowReading, TagReading, as_records, meaning_of
from workbench.loaders.table import SourceColumn, SourceTable
from workbench.loaders.time_column import TimeColumns
from workbench.loaders.unit_match import match_unit
from workbench.loaders.wanted import Request, Wanted
from workbench.records import Finding, RowLedger

__all__ = ["assemble_wide"]

_NEVER = Clock(pl.lit(None, dtype=pl.Datetime("us", "UTC")), pl.lit(None, dtype=pl.String))


@dataclass(frozen=True)
class _Column:
    """A tag's column with its readings and quality."""

    one: Wanted
    source: SourceColumn
    number: Cell
    word: Cell
    quality: pl.Expr

    @property
    def is_empty(self) -> pl.Expr:
        return self.word.is_empty if self.one.is_text else self.number.is_empty


def assemble_wide(table: SourceTable, layout: Layout, request: Request) -> Assembled:
    """Return the records of a wide, pairs or batch source.

    A row of N needed cells counts as N readings. An empty cell is no reading at all - lab values stand in a few rows of an
    hourly table - so it is counted with `EMPTY_CELL` among the rows elsewhere and ends no hold; a batch keeps its empty cells.

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
        If a tag that is needed has no column.
    """
    findings: list[Finding] = []
    if request.wanted is None:
        wanted = tuple(Wanted(name, "") for name in layout.cells)
    else:
        wanted = request.wanted
        require(wanted, layout.cells, [c.name for c in table.columns], table.label, request.sheet)
    columns = [_column(table, layout, one, layout.cells[one.tag], findings) for one in wanted if one.tag in layout.cells]
    clocks, base = _clocked(table, layout, columns, request.zone, findings)
    units: dict[str, str] = {}
    parts, has_words = [], False
    batch = None
    if layout.batch is not None:
        name = read_word(layout.batch, table.label).word
        batch = pl.when(name.str.len_chars() > 0).then(name)
        if request.as_of is not None and layout.time is None:
            sentence = f"{table.label} has no time column: as_of cannot hold any batch back"
            findings.append(Finding(code="L115", text=sentence))
    for column in columns:
        one = column.one
        unit = column.source.unit or unit_in(column.source.name)
        if unit is not None and not one.is_text:
            units[one.tag] = unit
        scale, finding = match_unit(one, unit, table.label)
        findings += [finding] if finding else []
        meaning = meaning_of(one, scale, column.number, column.word)
        has_words |= meaning.has_words
        clock = clocks[layout.times[one.tag].keys if layout.kind == "pairs" else ()]
        rows = RowReading(clock.time, clock.reason, _known_at(layout), batch, table.overflow, request.as_of)
        cells = base if layout.kind == "batch" else base.filter(~column.is_empty)
        parts.append(as_records(cells, rows, TagReading(pl.lit(one.tag), meaning, column.quality, ((None, one.known_after),))))
    elsewhere = RowLedger() if layout.kind == "batch" else _empties(base, columns)
    return Assembled(pl.concat(parts), tuple(c.one.tag for c in columns), elsewhere, units, tuple(findings), has_words)


def _column(table: SourceTable, layout: Layout, one: Wanted, source: SourceColumn, findings: list[Finding]) -> _Column:
    beside = layout.qualities.get(one.tag)
    quality = quality_meanings(pl.Series([], dtype=pl.String), "")
    expr = pl.lit(None, dtype=pl.String)
    if beside is not None:
        seen = table.frame.select(pl.col(beside.key).unique()).collect(engine="streaming").to_series()
        quality, expr = quality_meanings(seen.sort(), beside.name, one.tag), pl.col(beside.key)
        findings += [f for f in (finding_of(quality, one.tag),) if f]
    return _Column(
        one, source, read_number(source, table.style, table.label), read_word(source, table.label), quality.expr(expr)
    )


def _clocked(
    table: SourceTable, layout: Layout, columns: Sequence[_Column], zone: str, findings: list[Finding]
) -> tuple[Mapping[tuple[str, ...], Clock], pl.LazyFrame]:
    """The clock of each time column, and the needed columns with times read once for all tags.

    Clocks are keyed by their columns for pairs, by nothing else.
    """
    keys = {"row", *(c.source.key for c in columns), *(q.key for q in layout.qualities.values())}
    keys |= {table.overflow} if table.overflow else set()
    keys |= {layout.batch.key} if layout.batch else set()
    added: dict[str, pl.Expr] = {}
    clocks: dict[tuple[str, ...], Clock] = {}
    times: dict[tuple[str, ...], TimeColumns] = {t.keys: t for t in layout.times.values()} if layout.times else {}
    if layout.time is not None:
        times[()] = layout.time
    for i, (key, time) in enumerate(times.items()):
        clock = read_clock(table.frame, time, zone, table.label)
        findings += clock.findings
        added |= {f"@time{i}": clock.time, f"@why{i}": clock.reason}
        clocks[key] = Clock(pl.col(f"@time{i}"), pl.col(f"@why{i}"))
    if layout.known_at is not None:
        added["@known"] = read_clock(table.frame, TimeColumns((layout.known_at,)), zone, table.label).time
    clocks.setdefault((), _NEVER)
    return clocks, table.frame.select(*sorted(keys), **added)


def _known_at(layout: Layout) -> pl.Expr | None:
    return None if layout.known_at is None else pl.col("@known")


def _empties(base: pl.LazyFrame, columns: Sequence[_Column]) -> RowLedger:
    """Empty cells among those needed."""
    if not columns:
        return RowLedger()
    counts = base.select(column.is_empty.sum().alias(f"{i}") for i, column in enumerate(columns)).collect(engine="streaming")
    empties = sum(int(count) for count in counts.row(0))
    return RowLedger(empties, {EMPTY_CELL: empties} if empties else {})
