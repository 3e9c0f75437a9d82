"""Read a source into records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from workbench.errors import InputError, written_to
from workbench.loaders.assembled import Assembled
from workbench.loaders.frame_hash import frame_sha256
from workbench.loaders.layout import Layout, recognise_layout
from workbench.loaders.long import assemble_long
from workbench.loaders.parquet_table import read_parquet_table
from workbench.loaders.report import word_findings
from workbench.loaders.rows import REASONS
from workbench.loaders.source import SourceFile, is_unchanged, locate, read_source_file
from workbench.loaders.spreadsheet import read_spreadsheet
from workbench.loaders.table import SourceColumn, SourceTable
from workbench.loaders.text_table import read_text_table
from workbench.loaders.wanted import Request, Wanted, wanted_tags
from workbench.loaders.wide import assemble_wide
from workbench.records import Records

if TYPE_CHECKING:
    from workbench.plant import Sheet, Source

__all__ = ["assemble", "damage_said", "read_assembled", "read_records", "read_table", "records_from_frame"]

_READINGS = 3  # of a file that is written to meanwhile: rows added now and then leave it at rest between; own assumption


def read_records(sheet: Sheet, source: str | Path | Source | None = None, as_of: datetime | None = None) -> Records:
    """Return the records of a source, as the sheet needs them.

    Long (`time, tag, value[, quality]`) and wide (`time`, a column a tag) are told apart, in csv, parquet and xlsx. Parquet
    stays lazy: a filter on `tag` reaches the file. Nothing is sorted and no duplicate is taken out; `row` keeps the source's
    order.

    Rows in = rows used + rows set aside by reason: those in `frame` with a `reason`, and those of `rows_elsewhere`. A wide row
    of N needed cells counts as N readings; columns that the sheet does not name are not counted.

    Parameters
    ----------
    sheet : Sheet
        Which tags are needed, in which units, and the timezone of stamps without an offset.
    source : str, Path, Source or None
        Default: the sheet's own, relative to its file; a path here is relative to the current folder.
    as_of : datetime, optional
        Rows known later are set aside as 'not yet known'; without a zone, the sheet's.

    Raises
    ------
    InputError
        If the source cannot be read as meant, is written to whenever it is read, lacks the time or a tag, nothing in it was
        known by `as_of`, or its batches have no time to tell that by.
    """
    path, wanted = locate(sheet, source), wanted_tags(sheet)
    for _ in range(_READINGS):
        file = read_source_file(path)
        with damage_said(file.label):
            table = read_table(file, [one.tag for one in wanted])
            records = _records(sheet, wanted, table, file.sha256, as_of)
        if is_unchanged(file):
            if file.kind == "parquet":  # it is read when somebody asks
                records = replace(records, is_unchanged=partial(is_unchanged, file))
            return replace(records, path=file.path.absolute()) if source is not None else records
    raise written_to(file.label)


def records_from_frame(sheet: Sheet, frame: pl.DataFrame | pl.LazyFrame, label: str, as_of: datetime | None = None) -> Records:
    """Return records made from a frame in memory, such as a simulated history.

    Parameters
    ----------
    sheet : Sheet
        As for `read_records`.
    frame : polars.DataFrame or polars.LazyFrame
        Long (time, tag, value[, quality, known_at]) or wide, read like a file of the same columns.
    label : str
        What it is, for messages and lineage.
    as_of : datetime, optional
        As `read_records`.
    """
    rows = frame.collect() if isinstance(frame, pl.LazyFrame) else frame
    if rows.is_empty():
        raise InputError(f"{label} has no rows")
    keys = {name: f"c{i}" for i, name in enumerate(rows.columns)}
    columns = tuple(SourceColumn(keys[name], name.strip(), dtype) for name, dtype in rows.schema.items())
    table = SourceTable(rows.rename(keys).with_row_index("row").lazy(), columns, label)
    return _records(sheet, wanted_tags(sheet), table, frame_sha256(rows), as_of)


def read_table(file: SourceFile, tags: Sequence[str] = ()) -> SourceTable:
    """Return a file as a table, by its kind."""
    if file.kind == "parquet":
        return read_parquet_table(file)
    return read_spreadsheet(file, tags) if file.kind == "xlsx" else read_text_table(file, tags)


def read_assembled(table: SourceTable, request: Request) -> Assembled:
    """Return a table's records, whatever its layout."""
    return assemble(table, recognise_layout(table, request.wanted, request.batch), request)


def assemble(table: SourceTable, layout: Layout, request: Request) -> Assembled:
    """Return a table's records by its layout."""
    return (assemble_long if layout.kind == "long" else assemble_wide)(table, layout, request)


@contextmanager
def damage_said(label: str) -> Iterator[None]:
    """Turn what Polars says about broken bytes into one sentence."""
    try:
        yield
    except pl.exceptions.ComputeError as error:
        raise InputError(f"{label} breaks off or is damaged and cannot be read to its end: export it again") from error


def _records(sheet: Sheet, wanted: tuple[Wanted, ...], table: SourceTable, sha256: str, as_of: datetime | None) -> Records:
    moment = None if as_of is None else (as_of if as_of.tzinfo else as_of.replace(tzinfo=sheet.zone)).astimezone(UTC)
    assembled = read_assembled(table, Request(wanted, sheet.timezone, sheet.label, sheet.batch, moment))
    frame = _kept(assembled) if table.is_costly else assembled.frame
    if moment is not None:
        _demand_known(frame, moment, sheet, table.label)
    findings = [*table.findings, *assembled.findings]
    if assembled.has_words:
        findings += word_findings(frame, wanted)
    return Records(frame, assembled.elsewhere, assembled.units, tuple(findings), sha256, table.label)


def _demand_known(frame: pl.LazyFrame, moment: datetime, sheet: Sheet, label: str) -> None:
    """Refuse a moment before the first reading was known: such a source is as good as empty, and its data are not to blame."""
    known = pl.col("known_at")
    first, is_used = frame.select(known.min(), pl.col("reason").is_null().any()).collect(engine="streaming").row(0)
    if first is None or is_used or first <= moment:
        return
    asked, since = (stamp.astimezone(sheet.zone).strftime("%Y-%m-%d %H:%M") for stamp in (moment, first))
    raise InputError(
        f"{label}: no reading was known by {asked} ({sheet.timezone}), the first one at {since}: ask for a date from then on"
    )


def _kept(assembled: Assembled) -> pl.LazyFrame:
    """The records of a text source, parsed once and kept in memory as small as they go."""
    schema = assembled.frame.collect_schema()
    slim = assembled.frame.with_columns(
        pl.col("tag").cast(pl.Enum(list(assembled.tags))),
        pl.col("reason").cast(pl.Enum(list(REASONS))),
        pl.col("text").cast(pl.Categorical),
    )
    rows = slim.collect(engine="streaming")
    lean = [name for name in ("batch", "text", "reason") if rows[name].null_count() == rows.height]
    kept = rows.drop(lean).lazy()
    return kept.with_columns(
        pl.lit(None, dtype=pl.String).alias(name) if name in lean else pl.col(name).cast(pl.String)
        for name in ("batch", "text", "reason")
    ).select(schema.names())
