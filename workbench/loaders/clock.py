"""From a source's stamps to instants in UTC: offsets, the sheet's timezone, the clock change, epoch and Excel days."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from workbench.loaders.clock_change import Change, Resolution, changes_between, resolve_repeats
from workbench.loaders.clock_facts import clock_facts
from workbench.loaders.clock_findings import change_findings, header_findings
from workbench.loaders.stamp_text import EARLIEST, LATEST, StampReading, read_stamps
from workbench.loaders.stored_time import as_text, within_calendar
from workbench.loaders.table import SourceTable
from workbench.loaders.time_column import TimeColumns, epoch_unit, is_day_number
from workbench.records import Finding
from workbench.set_aside import NO_TIME
from workbench.wording import counted, verb_for

__all__ = ["REPEATED", "SKIPPED", "UNREADABLE", "Clock", "read_clock"]

UNREADABLE = "time not understood"
SKIPPED = "time skipped by the clock change"
REPEATED = "time repeated by the clock change"

_MICROSECONDS = {"s": 1_000_000.0, "ms": 1000.0, "us": 1.0, "ns": 0.001}
_EXCEL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  day 0 of Excel's 1900 system
_MOST_STRETCHES = 16  # changes of offset that are written out, eight years of them
_STAMP = pl.Datetime("us", "UTC")
_LOCAL, _AWARE, _MISSING = pl.col("@local"), pl.col("@aware"), pl.col("@missing")


@dataclass(frozen=True)
class Clock:
    """How to read the time of each row.

    Parameters
    ----------
    reading : StampReading
        The stamps as local or absolute time.
    time : polars.Expr
        Datetime[us, UTC] by the columns `@local` and `@aware`; null where the row has none.
    is_skipped, is_repeated : polars.Expr
        True at local times that do not exist, or cannot be told apart.
    findings : tuple of Finding
    """

    reading: StampReading
    time: pl.Expr
    is_skipped: pl.Expr
    is_repeated: pl.Expr
    findings: tuple[Finding, ...] = ()

    def add(self, frame: pl.LazyFrame, time: str = "@time", why: str | None = "@why") -> pl.LazyFrame:
        """Return the frame with a column of times and, where `why` is a name, one that says why there is none.

        The stamps are read once, in a step of their own: everything else looks at the result.
        """
        parsed = frame.with_columns(_parsed(self.reading)).with_columns(self.time.alias(time))
        if why is not None:
            reason = (
                pl.when(_MISSING)
                .then(pl.lit(NO_TIME))
                .when(self.is_skipped)
                .then(pl.lit(SKIPPED))
                .when(self.is_repeated)
                .then(pl.lit(REPEATED))
                .when(pl.col(time).is_null())
                .then(pl.lit(UNREADABLE))
            )
            parsed = parsed.with_columns(reason.alias(why))
        return parsed.drop("@local", "@aware", "@missing")


def read_clock(table: SourceTable, columns: TimeColumns, zone: str, tag: str | None = None) -> Clock:
    """Return how to read the time of each row, decided from the whole column.

    Parameters
    ----------
    table : SourceTable
        The rows that are needed.
    columns : TimeColumns
        One column of stamps, or date and time of day.
    zone : str
        Timezone of stamps without an offset, an IANA name.
    tag : str, optional
        Key of the column of tags of a long source: repeated local times are told apart tag by tag.
    """
    label = table.label
    reading = _reading(table.frame, columns, zone, label)
    name = pl.lit(None, dtype=pl.String) if tag is None else pl.col(tag).cast(pl.String)
    stamps = table.frame.select("row", name.alias("@tag"), *_parsed(reading))
    if table.is_costly:
        stamps = stamps.with_columns(pl.col("@tag").cast(pl.Categorical)).collect(engine="streaming").lazy()
    facts = clock_facts(stamps, is_long=tag is not None)
    findings = list(reading.findings)
    if facts.unreadable:
        of_all = f"{facts.unreadable:,} of {counted(facts.stamps, 'stamp')} in column '{columns.name}' of {label}"
        were = verb_for(facts.unreadable, "was", "were")
        sentence = f"{of_all} {were} not understood, such as {_example(table.frame, columns, reading)}"
        findings.append(Finding(code="L104", text=sentence))
    time: pl.Expr = _AWARE
    is_skipped, is_repeated = pl.lit(False), pl.lit(False)
    changes: tuple[Change, ...] = ()
    if facts.first is not None and facts.last is not None:
        changes = changes_between(zone, facts.first, facts.last)
        told = _told(stamps, changes, is_descending=facts.is_descending)
        local = _in_utc(_LOCAL, zone, changes, told, facts.first)
        time = local if reading.aware is None else pl.coalesce(_AWARE, local)
        is_skipped = _during(_LOCAL, [c for c in changes if not c.repeats])
        is_repeated = pl.col("row").is_in(list(told.unresolved)) if told.unresolved else pl.lit(False)
        findings += change_findings(_skipped(stamps, is_skipped, changes), told, zone, label)
        if facts.aware and facts.local:
            sentence = (
                f"stamps of {label} come with an offset ({facts.aware}) and without ({facts.local}): "
                f"the latter were read in the sheet's timezone {zone}"
            )
            findings.append(Finding(code="L106", text=sentence))
        findings += header_findings(columns.name, zone, facts.first, label)
    steps_back = facts.long_steps_back if any(change.repeats for change in changes) else facts.steps_back
    if steps_back:
        sentence = f"rows of {label} are not in time order ({counted(steps_back, 'step')} back): they were sorted"
        findings.append(Finding(code="L105", text=sentence))
    return Clock(reading, time, is_skipped, is_repeated, tuple(findings))


def _parsed(reading: StampReading) -> list[pl.Expr]:
    """The columns `@local`, `@aware` and `@missing`."""
    local = pl.lit(None, dtype=pl.Datetime("us")) if reading.local is None else reading.local
    aware = pl.lit(None, dtype=_STAMP) if reading.aware is None else reading.aware
    return [local.alias("@local"), aware.alias("@aware"), reading.is_missing.alias("@missing")]


def _reading(frame: pl.LazyFrame, columns: TimeColumns, zone: str, label: str) -> StampReading:
    """Local or absolute time of each row by the column's type."""
    first = columns.columns[0]
    column = pl.col(first.key)
    if len(columns.columns) == 2:
        return _bounded(_date_and_time(frame, columns, zone, label))
    if isinstance(first.dtype, pl.Datetime):
        stamp = within_calendar(column, first.dtype).dt.cast_time_unit("us")
        if first.dtype.time_zone is None:
            return _bounded(StampReading(stamp, None, column.is_null()))
        return _bounded(StampReading(None, stamp.dt.convert_time_zone("UTC"), column.is_null()))
    if first.dtype == pl.Date:
        day = within_calendar(column, first.dtype).cast(pl.Datetime("us"))
        return _bounded(StampReading(day, None, column.is_null()))
    if first.dtype.is_numeric():
        return _numbers(frame, column, column.is_null())
    text = as_text(column, first.dtype).str.strip_chars()
    is_missing = text.is_null() | (text == "")
    number = text.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    sample = frame.filter(~is_missing).select(number.alias("number")).head(1000).collect().to_series()
    if sample.null_count() < 0.2 * len(sample) and (epoch_unit(sample) or is_day_number(sample)):
        return _numbers(frame, number, is_missing)
    return read_stamps(frame, text, columns.name, zone, label)


def _bounded(reading: StampReading) -> StampReading:
    """The same with times that cannot be meant as null."""
    local, aware = reading.local, reading.aware
    if local is not None:
        local = pl.when(local.is_between(EARLIEST, LATEST)).then(local)
    if aware is not None:
        aware = pl.when(aware.dt.replace_time_zone(None).is_between(EARLIEST, LATEST)).then(aware)
    return replace(reading, local=local, aware=aware)


def _date_and_time(frame: pl.LazyFrame, columns: TimeColumns, zone: str, label: str) -> StampReading:
    date, clock = columns.columns
    day, hour = pl.col(date.key), pl.col(clock.key)
    day = _day_text(day, date.dtype) if date.dtype.is_temporal() else day.cast(pl.String).str.strip_chars()
    hour = hour.dt.strftime("%H:%M:%S%.f") if clock.dtype.is_temporal() else hour.cast(pl.String).str.strip_chars()
    return read_stamps(frame, pl.concat_str([day, hour], separator=" "), columns.name, zone, label)


def _day_text(day: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """The day alone; what no calendar has as a text that is no stamp."""
    return pl.coalesce(within_calendar(day, dtype).dt.strftime("%Y-%m-%d"), as_text(day, dtype))


def _numbers(frame: pl.LazyFrame, number: pl.Expr, is_missing: pl.Expr) -> StampReading:
    """Seconds (or ms, us, ns) since 1970 in UTC, or Excel's local days, rounded to the second."""
    sample = frame.select(number.alias("number")).filter(pl.col("number").is_not_null()).head(100_000).collect().to_series()
    unit = epoch_unit(sample)
    finite = pl.when(number.cast(pl.Float64).is_finite()).then(number)
    if unit is not None:
        stamp = (finite * _MICROSECONDS[unit]).round(0).cast(pl.Int64, strict=False).cast(pl.Datetime("us"))
        stamp = pl.when(stamp.is_between(EARLIEST, LATEST)).then(stamp)
        return StampReading(None, stamp.dt.replace_time_zone("UTC"), is_missing)
    seconds = (finite.cast(pl.Float64) * 86_400).round(0)
    stamp = pl.lit(_EXCEL_ZERO) + pl.duration(seconds=pl.when(seconds.is_between(0, 9.5e9)).then(seconds).cast(pl.Int64))
    return _bounded(StampReading(stamp.cast(pl.Datetime("us")), None, is_missing))


def _example(frame: pl.LazyFrame, columns: TimeColumns, reading: StampReading) -> str:
    """A stamp that was not understood, as written."""
    found = [part for part in (reading.local, reading.aware) if part is not None]
    is_null = pl.all_horizontal(part.is_null() for part in found) if found else pl.lit(True)
    written = pl.concat_str([as_text(pl.col(one.key), one.dtype) for one in columns.columns], separator=" ")
    seen = frame.filter(is_null & ~reading.is_missing).select(written.alias("stamp")).head(1).collect().to_series()
    return f"'{seen[0]}'"


def _told(stamps: pl.LazyFrame, changes: tuple[Change, ...], is_descending: bool) -> Resolution:
    """Which pass each row at a repeated time belongs to."""
    repeating = [change for change in changes if change.repeats]
    if not repeating:
        return Resolution({}, (), 0)
    rows = stamps.filter(_during(_LOCAL, repeating)).select(
        "row", pl.col("@tag").cast(pl.String).alias("tag"), _LOCAL.alias("local")
    )
    return resolve_repeats(rows.collect(engine="streaming"), repeating, is_descending)


def _during(local: pl.Expr, changes: list[Change]) -> pl.Expr:
    if not changes:
        return pl.lit(False)
    return pl.any_horizontal(local.is_between(c.start, c.end, closed="left").fill_null(False) for c in changes)


def _in_utc(local: pl.Expr, zone: str, changes: tuple[Change, ...], told: Resolution, first: datetime) -> pl.Expr:
    """Local time as an instant: the zone's offset in each stretch between two changes, the first pass where times repeat."""
    if not changes:
        offset = first.replace(tzinfo=ZoneInfo(zone)).utcoffset() or timedelta(0)
        return (local - offset).dt.replace_time_zone("UTC")
    if len(changes) <= _MOST_STRETCHES:  # three times as fast as the zone's table
        offset_of_row = pl.lit(changes[-1].after)
        for change in reversed(changes):
            boundary = change.end if change.repeats else change.start
            offset_of_row = pl.when(local < boundary).then(pl.lit(change.before)).otherwise(offset_of_row)
        is_real = ~_during(local, [c for c in changes if not c.repeats])
        time = pl.when(is_real).then(local - offset_of_row).dt.replace_time_zone("UTC")
    else:
        time = local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")
    for move, rows in told.second.items():
        time = pl.when(pl.col("row").is_in(list(rows))).then(time + move).otherwise(time)
    if told.unresolved:
        time = pl.when(~pl.col("row").is_in(list(told.unresolved))).then(time)
    return time


def _skipped(frame: pl.LazyFrame, is_skipped: pl.Expr, changes: tuple[Change, ...]) -> int:
    """Rows at times that do not exist."""
    if all(change.repeats for change in changes):
        return 0
    return int(frame.select(is_skipped.sum()).collect(engine="streaming").item())
