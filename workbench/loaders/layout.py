"""What the columns of a source mean: long, wide, pairs of time and value, or a row a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import polars as pl

from workbench.errors import InputError, closest_hint
from workbench.loaders.names import match_names
from workbench.loaders.quality import is_quality
from workbench.loaders.stamp_format import looks_like_stamps
from workbench.loaders.stored_time import as_text
from workbench.loaders.table import SourceColumn, SourceTable, folded_name
from workbench.loaders.time_column import TimeColumns, find_span, find_stamps, find_time_columns, holds_stamps, is_time_name
from workbench.loaders.wanted import Wanted

__all__ = ["Layout", "NoTimeError", "recognise_layout"]

Kind = Literal["long", "wide", "pairs", "batch"]

TAG_NAMES = {
    "tag", "tagname", "tagid", "tags", "name", "point", "pointname", "pointid", "signal", "signalname", "signalid", "variable",
    "variablename", "parameter", "parametername", "sensor", "sensorid", "sensorname", "item", "itemid", "itemname", "nodeid",
    "channel", "measurement", "metric", "series", "seriesid", "attribute", "messstelle", "kanal", "messgrösse",
    "bezeichnung", "标签", "位号", "测点", "名称", "变量", "参数",
}  # fmt: skip
VALUE_NAMES = {
    "value", "values", "val", "reading", "readings", "wert", "werte", "messwert", "messwerte", "result", "pointvalue",
    "tagvalue", "数值", "值", "测量值", "实测值",
}  # fmt: skip
QUALITY_NAMES = {
    "quality", "qualitycode", "opcquality", "status", "statuscode", "qual", "isgood", "good", "valid", "isvalid", "质量",
}  # fmt: skip
UNIT_NAMES = {"unit", "units", "uom", "engunit", "engunits", "engineeringunit", "engineeringunits", "eu", "einheit", "单位"}
KNOWN_NAMES = {"knownat", "knowntime", "loadedat", "resultedat", "resulttime", "availableat", "reportedat", "validatedat"}
_QUALITY_ENDINGS = ("quality", "status", "statuscode")


@dataclass(frozen=True)
class Layout:
    """The meaning of a source's columns.

    Parameters
    ----------
    kind : {"long", "wide", "pairs", "batch"}
    time : TimeColumns or None
        One column, or date and time of day; None for batches without a clock and for pairs.
    tag, value, quality, unit : SourceColumn or None
        Of a long source.
    known_at : SourceColumn or None
        When a row was known.
    ended : TimeColumns or None
        When each batch ended, beside the begin that is its time: no reading of it was known before.
    batch : SourceColumn or None
        Of a batch source.
    cells : mapping of str to SourceColumn
        Column of each tag found, of a wide, pairs or batch source.
    qualities : mapping of str to SourceColumn
        Column of quality beside a tag.
    times : mapping of str to TimeColumns
        Time column of each tag, of pairs.
    maybe_times : tuple of TimeColumns
        Columns of dates of a batch source, where none of them is plainly its time.
    """

    kind: Kind
    time: TimeColumns | None = None
    tag: SourceColumn | None = None
    value: SourceColumn | None = None
    quality: SourceColumn | None = None
    unit: SourceColumn | None = None
    known_at: SourceColumn | None = None
    ended: TimeColumns | None = None
    batch: SourceColumn | None = None
    cells: Mapping[str, SourceColumn] = field(default_factory=dict)
    qualities: Mapping[str, SourceColumn] = field(default_factory=dict)
    times: Mapping[str, TimeColumns] = field(default_factory=dict)
    maybe_times: tuple[TimeColumns, ...] = ()

    def of_tags(self, tags: Sequence[str]) -> Layout:
        """Return the layout of some of its tags alone, of a wide, pairs or batch source."""
        return replace(
            self,
            cells={tag: self.cells[tag] for tag in tags},
            qualities={tag: self.qualities[tag] for tag in tags if tag in self.qualities},
            times={tag: self.times[tag] for tag in tags if tag in self.times},
        )


def recognise_layout(table: SourceTable, wanted: Sequence[Wanted] | None, batch: str | None = None) -> Layout:
    """Return what the columns mean.

    Parameters
    ----------
    table : SourceTable
        The source.
    wanted : sequence of Wanted or None
        Tags that are asked for; None for all columns but time and quality.
    batch : str or None
        The sheet's batch column: one row a batch.

    Raises
    ------
    InputError
        If there is no time column (or batch column), or a long source has no column of values.
    """
    sample = table.sample()
    if batch is not None:
        return _batch_layout(table, wanted, batch, sample)
    long = _long_layout(table, wanted, sample)
    if long is not None:
        return long
    return _wide_layout(table, wanted, sample)


def _batch_layout(table: SourceTable, wanted: Sequence[Wanted] | None, batch: str, sample: pl.DataFrame) -> Layout:
    column = table.column_named(batch)
    if column is None:
        hint = closest_hint(batch, [c.name for c in table.columns])
        raise InputError(
            f"the batch column '{batch}' is not in {table.label}{hint}: "
            "name the column that tells the batches apart under `batch:`"
        )
    cells = _cells(table, wanted, {column.key})
    taken = {column.key, *(cell.key for cell in cells.values())} if wanted is not None else {column.key}
    time, ended = _batch_times(table, sample, taken)
    maybe: tuple[TimeColumns, ...] = ()
    if time is None:
        time, maybe = find_stamps(table, sample, taken)
    if wanted is None and time is not None:
        cells = {name: cell for name, cell in cells.items() if cell.key not in time.keys}
    known_at = _first_named(table, KNOWN_NAMES, taken | set(time.keys if time else ()))
    return Layout(
        "batch",
        time,
        known_at=known_at,
        ended=ended,
        batch=column,
        cells=cells,
        qualities=_qualities(table, cells, sample),
        maybe_times=() if time else maybe,
    )


def _batch_times(table: SourceTable, sample: pl.DataFrame, taken: set[str]) -> tuple[TimeColumns | None, TimeColumns | None]:
    """Time and end of batches: of a begin and an end the begin is the time, unless a column is called so."""
    time = find_time_columns(table, sample, taken, by_name_only=True)
    begin, end = find_span(table, sample, taken)
    if begin is None or (time is not None and is_time_name(time.columns[0])):
        return time, None
    return begin, end


def _long_layout(table: SourceTable, wanted: Sequence[Wanted] | None, sample: pl.DataFrame) -> Layout | None:
    """The long layout when names or contents say so, else None."""
    value = _first_named(table, VALUE_NAMES)
    tag = _first_named(table, TAG_NAMES)
    if tag is not None and not _is_textual(tag):
        tag = None
    names = {one.tag for one in wanted or ()}
    if tag is None or value is None:
        if len(table.columns) > 8 or not names:
            return None
        tag = next((c for c in table.columns if _is_textual(c) and _holds(sample[c.key], wanted or (), table.label)), None)
        if tag is None:
            return None
    elif (
        names
        and match_names(wanted or (), [c.name for c in table.columns], table.label)
        and not _column_holds(table, tag, wanted or ())
    ):
        return None  # a wide source that happens to have columns of these names
    time = find_time_columns(table, sample, {tag.key, *([value.key] if value else [])})
    taken = {tag.key, *(time.keys if time else ())}
    quality, unit, known_at = (_first_named(table, known, taken) for known in (QUALITY_NAMES, UNIT_NAMES, KNOWN_NAMES))
    taken |= {c.key for c in (quality, unit, known_at) if c}
    if value is None:
        rest = [c for c in table.columns if c.key not in taken and c.name]
        if len(rest) != 1:
            raise InputError(
                f"{table.label} lists tags in column '{tag.name}', but which column holds their values is not clear: "
                "call it 'value'"
            )
        value = rest[0]
    if time is None:
        raise no_time(table, sample)
    return Layout("long", time=time, tag=tag, value=value, quality=quality, unit=unit, known_at=known_at)


def _wide_layout(table: SourceTable, wanted: Sequence[Wanted] | None, sample: pl.DataFrame) -> Layout:
    cells = _cells(table, wanted, set())
    times = _pairs(table, cells, sample) if wanted is not None else {}
    if times:
        return Layout("pairs", cells=cells, times=times, qualities=_qualities(table, cells, sample))
    taken = {cell.key for cell in cells.values()} if wanted is not None else set()
    time = find_time_columns(table, sample, taken)
    if time is None:
        raise no_time(table, sample)
    if wanted is None:
        cells = {name: cell for name, cell in cells.items() if cell.key not in time.keys}
    known_at = _first_named(table, KNOWN_NAMES, taken | set(time.keys))
    return Layout("wide", time=time, known_at=known_at, cells=cells, qualities=_qualities(table, cells, sample))


class NoTimeError(InputError):
    """A source without a column of stamps."""


def no_time(table: SourceTable, sample: pl.DataFrame) -> NoTimeError:
    """Return the error for a source without a time column, naming a column that only sounds like one."""
    named = [c.name for c in table.columns if folded_name(c.name) in {"time", "timestamp", "date", "datetime"}]
    if named:
        seen = _texts(sample, next(c for c in table.columns if c.name == named[0])).drop_nulls().head(1).to_list()
        example = f" (such as '{seen[0]}')" if seen else ""
        return NoTimeError(
            f"column '{named[0]}' of {table.label} holds no stamps that can be read{example}: "
            "write them like 2024-03-31 14:05, or give the sheet `batch: COLUMN` where a row is a batch"
        )
    return NoTimeError(
        f"{table.label} has no time column: call it 'time', or give the sheet `batch: COLUMN` where a row is a batch"
    )


def _cells(table: SourceTable, wanted: Sequence[Wanted] | None, taken: set[str]) -> dict[str, SourceColumn]:
    """Column of each tag: those asked for, or all with a name."""
    if wanted is None:
        return {c.name: c for c in table.columns if c.name and c.key not in taken}
    found = match_names(wanted, [c.name for c in table.columns if c.name], table.label)
    cells: dict[str, SourceColumn] = {}
    for tag, name in found.items():
        column = table.column_named(name)
        if column is not None:
            cells[tag] = column
    return cells


def _qualities(table: SourceTable, cells: Mapping[str, SourceColumn], sample: pl.DataFrame) -> dict[str, SourceColumn]:
    """Columns such as `TI-7.quality` or `TI-7 status` beside their tags; a status counts when it holds qualities."""
    by_form = {c.name.casefold(): c for c in table.columns}
    keys = {cell.key for cell in cells.values()}
    found: dict[str, SourceColumn] = {}
    for tag, cell in cells.items():
        for ending in _QUALITY_ENDINGS:
            for mark in (".", "_", " ", ":", "/"):
                column = by_form.get(f"{cell.name}{mark}{ending}".casefold()) or by_form.get(f"{tag}{mark}{ending}".casefold())
                if column is None or column.key in keys:
                    continue
                if ending == "quality" or is_quality(_texts(sample, column)):
                    found.setdefault(tag, column)
    return found


def _pairs(table: SourceTable, cells: Mapping[str, SourceColumn], sample: pl.DataFrame) -> dict[str, TimeColumns]:
    """The time column left of each tag, where every tag has its own."""
    place = {c.key: i for i, c in enumerate(table.columns)}
    times: dict[str, TimeColumns] = {}
    for tag, cell in cells.items():
        i = place[cell.key]
        if i == 0 or not holds_stamps(table.columns[i - 1], sample):
            return {}
        times[tag] = TimeColumns((table.columns[i - 1],))
    return times if len({t.keys for t in times.values()}) > 1 else {}


def _first_named(table: SourceTable, known: set[str], taken: set[str] | None = None) -> SourceColumn | None:
    return next((c for c in table.columns if folded_name(c.name) in known and c.key not in (taken or set())), None)


def _texts(sample: pl.DataFrame, column: SourceColumn) -> pl.Series:
    return sample.select(as_text(pl.col(column.key), column.dtype)).to_series()


def _is_textual(column: SourceColumn) -> bool:
    return isinstance(column.dtype, pl.String | pl.Categorical | pl.Enum)


def _holds(values: pl.Series, wanted: Sequence[Wanted], label: str) -> bool:
    seen = values.cast(pl.String).drop_nulls().unique().to_list()
    return bool(seen) and not looks_like_stamps(seen[:50]) and bool(match_names(wanted, seen, label))


def _column_holds(table: SourceTable, column: SourceColumn, wanted: Sequence[Wanted]) -> bool:
    """True when a tag that is asked for stands in the column, anywhere in the source."""
    seen = table.frame.select(pl.col(column.key).cast(pl.String).unique()).collect(engine="streaming")
    return _holds(seen.to_series(), wanted, table.label)
