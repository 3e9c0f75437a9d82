"""Wide sources: one row a moment (or a batch), a column a tag; and pairs of columns, a time beside each tag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from workbench.errors import InputError
from workbench.loaders.assembled import Assembled
from workbench.loaders.cells import Cell, number_of_text, read_number, read_word
from workbench.loaders.clock import read_clock
from workbench.loaders.layout import Layout
from workbench.loaders.names import require, unit_in
from workbench.loaders.percent_cells import percents_of_columns
from workbench.loaders.point_marks import doubtful_points, point_styles
from workbench.loaders.quality import finding_of, quality_meanings
from workbench.loaders.rows import EMPTY_CELL, RowReading, TagReading, as_records, meaning_of
from workbench.loaders.stored_time import as_text
from workbench.loaders.table import NumberStyle, SourceColumn, SourceTable
from workbench.loaders.time_column import TimeColumns
from workbench.loaders.unit_match import match_unit
from workbench.loaders.wanted import Request, Wanted
from workbench.records import Finding, RowLedger

__all__ = ["assemble_wide"]

_NEVER = (pl.lit(None, dtype=pl.Datetime("us", "UTC")), pl.lit(None, dtype=pl.String))


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
    table, layout, request
        As for `assemble_long`.

    Raises
    ------
    InputError
        If a tag that is needed has no column, or what was known by a date is asked of batches without a time.
    """
    findings: list[Finding] = []
    if request.wanted is None:
        wanted = tuple(Wanted(name, "") for name in layout.cells)
    else:
        wanted = request.wanted
        found = {tag: cell.name for tag, cell in layout.cells.items()}
        require(wanted, found, [c.name for c in table.columns], table, request.sheet)
    present = [one for one in wanted if one.tag in layout.cells]
    words = {one.tag for one in present if one.is_text}
    table, layout = percents_of_columns(table, layout, {one.tag for one in present} - words)
    times, base = _timed(table, layout, [layout.cells[one.tag].key for one in present], request.zone, findings)
    held: dict[str, pl.Series] = {}
    numbers: dict[str, SourceColumn] = {}
    styles: dict[str, NumberStyle] = {}
    cells = [layout.cells[one.tag] for one in present if not one.is_text]
    if table.is_costly:  # every tag looks at the same text: parse it once
        held, numbers, styles = _parsed_once(table, base, cells, findings)
        base = pl.LazyFrame(list(held.values()))
    else:
        findings += doubtful_points(table, base, cells)
    if request.wanted is None and not held:  # every column is looked at: read them together
        held = {column.name: column for column in base.collect(engine="streaming").iter_columns()}
        base = pl.LazyFrame(list(held.values()))
    columns = [_column(table, layout, one, numbers, styles, findings) for one in present]
    units: dict[str, str] = {}
    parts, has_words = [], False
    batch = None
    if layout.batch is not None:
        name = read_word(layout.batch, table.label).word
        batch = pl.when(name.str.len_chars() > 0).then(name)
        if layout.time is None:
            findings += _timeless(table, layout, request)
    for column in columns:
        one = column.one
        unit = column.source.unit or unit_in(column.source.name)
        if unit is not None and not one.is_text:
            units[one.tag] = unit
        scale, finding = match_unit(one, unit, table.label)
        findings += [finding] if finding else []
        meaning = meaning_of(one, scale, column.number, column.word)
        has_words |= meaning.has_words
        time, why = times[layout.times[one.tag].keys if layout.kind == "pairs" else ()]
        rows = RowReading(time, why, _known_at(layout), _ended(layout), batch, table.overflow, request.as_of)
        own = _own(base, held, column, rows)
        said = own if layout.kind == "batch" else own.filter(~column.is_empty)
        parts.append(
            as_records(
                column.number.add(said), rows, TagReading(pl.lit(one.tag), meaning, column.quality, ((None, one.known_after),))
            )
        )
    elsewhere = RowLedger() if layout.kind == "batch" else _empties(base, columns)
    return Assembled(pl.concat(parts), tuple(c.one.tag for c in columns), elsewhere, units, tuple(findings), has_words)


def _timeless(table: SourceTable, layout: Layout, request: Request) -> list[Finding]:
    """The finding on batches without a time whose source has columns that may be it; with a date they are refused."""
    names = ", ".join(f"'{time.name}'" for time in layout.maybe_times)
    among = f"it is {'one of ' if len(layout.maybe_times) > 1 else ''}{names}"
    unclear = f"no column of {table.label} is plainly the time of the batches: call it 'time' there, if {among}"
    if request.as_of is not None:
        why = unclear if names else f"{table.label} has no column with their time: call it 'time', or ask without a date"
        raise InputError(f"the batches carry no time, so it cannot be told which of them were known by a date: {why}")
    return [Finding(code="L115", text=unclear)] if names else []


def _column(
    table: SourceTable,
    layout: Layout,
    one: Wanted,
    numbers: Mapping[str, SourceColumn],
    styles: Mapping[str, NumberStyle],
    findings: list[Finding],
) -> _Column:
    source = layout.cells[one.tag]
    style = styles.get(source.key, table.style)
    source = numbers.get(source.key, source)
    beside = layout.qualities.get(one.tag)
    quality = quality_meanings(pl.Series([], dtype=pl.String), "")
    expr = pl.lit(None, dtype=pl.String)
    if beside is not None:
        expr = as_text(pl.col(beside.key), beside.dtype)
        seen = table.frame.select(expr.unique()).collect(engine="streaming").to_series()
        quality = quality_meanings(seen.sort(), beside.name, one.tag)
        findings += [f for f in (finding_of(quality, one.tag),) if f]
    return _Column(one, source, read_number(source, style, table.label), read_word(source, table.label), quality.expr(expr))


def _timed(
    table: SourceTable, layout: Layout, cells: Sequence[str], zone: str, findings: list[Finding]
) -> tuple[Mapping[tuple[str, ...], tuple[pl.Expr, pl.Expr]], pl.LazyFrame]:
    """Time and reason by time column, and the needed columns with the times read once for all tags.

    For pairs they are keyed by their columns, else by nothing.
    """
    keys = {"row", *cells, *(q.key for q in layout.qualities.values())}
    keys |= {table.overflow} if table.overflow else set()
    keys |= {layout.batch.key} if layout.batch else set()
    clocks: dict[tuple[str, ...], TimeColumns] = {t.keys: t for t in layout.times.values()}
    if layout.time is not None:
        clocks[()] = layout.time
    base = table.frame
    added: dict[tuple[str, ...], tuple[pl.Expr, pl.Expr]] = {} if clocks else {(): _NEVER}
    for i, (key, time) in enumerate(clocks.items()):
        clock = read_clock(table, time, zone)
        findings += clock.findings
        base = clock.add(base, f"@time{i}", f"@why{i}")
        added[key] = (pl.col(f"@time{i}"), pl.col(f"@why{i}"))
        keys |= {f"@time{i}", f"@why{i}"}
    if layout.known_at is not None:
        base = read_clock(table, TimeColumns((layout.known_at,)), zone).add(base, "@known", None)
        keys |= {"@known"}
    if layout.ended is not None:
        base = read_clock(table, layout.ended, zone).add(base, "@ended", None)
        keys |= {"@ended"}
    return added, base.select(sorted(keys))


def _parsed_once(
    table: SourceTable, base: pl.LazyFrame, cells: Sequence[SourceColumn], findings: list[Finding]
) -> tuple[dict[str, pl.Series], dict[str, SourceColumn], dict[str, NumberStyle]]:
    """The columns in memory, those of nothing but numbers as such; these columns and the styles by their keys."""
    rows = base.collect(engine="streaming")
    cells = list({cell.key: cell for cell in cells}.values())
    styles, said = point_styles(rows.lazy(), cells, table.style, table.label)
    findings += [*said, *doubtful_points(table, rows.lazy(), cells)]
    parsed = rows.select(number_of_text(pl.col(cell.key), styles[cell.key]) for cell in cells)
    clean = [column for column in parsed.iter_columns() if column.null_count() == rows[column.name].null_count()]
    keys = {column.name for column in clean}
    numbers = {cell.key: replace(cell, dtype=pl.Float64()) for cell in cells if cell.key in keys}
    return {column.name: column for column in rows.with_columns(clean).iter_columns()}, numbers, styles


def _own(base: pl.LazyFrame, held: Mapping[str, pl.Series], column: _Column, rows: RowReading) -> pl.LazyFrame:
    """The columns that one tag looks at: with all of them in each tag's frame, memory grows by the square of their number."""
    looks = (rows.time, rows.time_reason, rows.known_at, rows.ended, rows.batch, column.quality)
    names = {name for expr in looks if expr is not None for name in expr.meta.root_names()}
    names |= {"row", column.source.key} | ({rows.overflow} if rows.overflow else set())
    return pl.LazyFrame([held[name] for name in sorted(names)]) if held else base.select(sorted(names))


def _known_at(layout: Layout) -> pl.Expr | None:
    return None if layout.known_at is None else pl.col("@known")


def _ended(layout: Layout) -> pl.Expr | None:
    return None if layout.ended is None else pl.col("@ended")


def _empties(base: pl.LazyFrame, columns: Sequence[_Column]) -> RowLedger:
    """Empty cells among those needed."""
    if not columns:
        return RowLedger()
    counts = base.select(column.is_empty.sum().alias(f"{i}") for i, column in enumerate(columns)).collect(engine="streaming")
    empties = sum(int(count) for count in counts.row(0))
    return RowLedger(empties, {EMPTY_CELL: empties} if empties else {})
