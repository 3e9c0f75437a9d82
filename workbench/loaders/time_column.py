"""Which column of a source is its time: by name, made sure of by content; or date and time of day side by side."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import time

import polars as pl

from workbench.loaders.stamp_format import formats_of, is_clock_text, looks_like_stamps
from workbench.loaders.table import SourceColumn, SourceTable, folded_name

__all__ = [
    "TimeColumns",
    "epoch_unit",
    "find_span",
    "find_stamps",
    "find_time_columns",
    "holds_stamps",
    "is_day_number",
    "is_time_name",
]

_STRONG = {
    "time", "timestamp", "timestamps", "datetime", "date", "datetimestamp", "dateandtime", "localtime", "utctime", "timeutc",
    "measuredon", "measuredat", "recordedat", "sampledat", "sampletime", "timestamputc", "ts", "utc",
    "zeit", "zeitstempel", "datum", "datumzeit", "datumuhrzeit", "时间", "时间戳", "日期", "采样时间",
}  # fmt: skip
_WEAK = re.compile(r"time|date|zeit|datum|stamp|时间|日期", re.IGNORECASE)
_BEGIN = re.compile(r"^(start|begin)|^开始", re.IGNORECASE)
_END = re.compile(r"^(end|finish|stop)|^结束", re.IGNORECASE)
_NOT_TIME = re.compile(r"known|loaded|resulted|available|reported|validated|entered", re.IGNORECASE)
_CLOCK_NAMES = re.compile(r"time|zeit|uhr|hour|clock|时间|时刻", re.IGNORECASE)
_EPOCHS = (("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9))
_EPOCH_FROM, _EPOCH_TO = 315_532_800, 4_102_444_800  # [s] 1980-01-01 to 2100-01-01
_SERIAL_FROM, _SERIAL_TO = 29_221, 73_051  # [d] the same days since 1899-12-30


@dataclass(frozen=True)
class TimeColumns:
    """One column of stamps, or one of dates and one of times of day."""

    columns: tuple[SourceColumn, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the columns."""
        return tuple(column.key for column in self.columns)

    @property
    def name(self) -> str:
        """Headers, for messages."""
        return " + ".join(column.name or "(no name)" for column in self.columns)


def find_time_columns(
    table: SourceTable, sample: pl.DataFrame, taken: Collection[str], by_name_only: bool = False
) -> TimeColumns | None:
    """Return the time of a source, None where there is none.

    A column counts when its content is time; a well-known name goes before a name with 'time' or 'date' in it, and that before
    content alone; among equals the leftmost.

    Parameters
    ----------
    table : SourceTable
        The source.
    sample : polars.DataFrame
        Its first rows.
    taken : collection of str
        Keys of columns that are something else.
    by_name_only : bool
        True to leave out columns whose name does not speak of time.
    """
    best: tuple[int, SourceColumn] | None = None
    for column in table.columns:
        name = folded_name(column.name)
        if column.key in taken or _NOT_TIME.search(name):
            continue
        rank = 0 if is_time_name(column) else 1 if _WEAK.search(name) else 2
        if rank == 2 and (by_name_only or column.dtype.is_numeric()):
            continue
        if (best is None or rank < best[0]) and holds_stamps(
            column, sample, may_be_number=rank < 2, share=0.5 if rank == 0 else 0.8
        ):
            best = (rank, column)
    if best is None:
        return None
    return _with_clock(table, sample, best[1], taken)


def is_time_name(column: SourceColumn) -> bool:
    """Return True when a column has a well-known name of time, whatever it holds."""
    name = folded_name(column.name)
    return name in _STRONG or name.startswith("localtime")


def find_span(
    table: SourceTable, sample: pl.DataFrame, taken: Collection[str]
) -> tuple[TimeColumns | None, TimeColumns | None]:
    """Return the begin and the end of a source's batches by the names of columns; None where not just one column is it.

    A column of numbers needs a name that speaks of time, too: the meter's reading at the start of a batch is no day.

    Parameters
    ----------
    table, sample, taken
        As for `find_time_columns`.
    """

    def only(named: re.Pattern[str]) -> TimeColumns | None:
        names = {c.key: folded_name(c.name) for c in table.columns if c.key not in taken}
        found = [
            column
            for column in table.columns
            if named.search(names.get(column.key, ""))
            and not _NOT_TIME.search(names[column.key])
            and sample[column.key].count()
            and holds_stamps(column, sample, may_be_number=_WEAK.search(names[column.key]) is not None)
        ]
        return _with_clock(table, sample, found[0], taken) if len(found) == 1 else None

    return only(_BEGIN), only(_END)


def find_stamps(
    table: SourceTable, sample: pl.DataFrame, taken: Collection[str]
) -> tuple[TimeColumns | None, tuple[TimeColumns, ...]]:
    """Return the time of a source by what its columns hold, whatever their names, and all columns that hold dates.

    The first is None unless just one column has a time of day with its dates: dates alone may be those of a delivery.

    Parameters
    ----------
    table, sample, taken
        As for `find_time_columns`.
    """
    columns = (c for c in table.columns if c.key not in taken and not _NOT_TIME.search(folded_name(c.name)))
    found = tuple(
        _with_clock(table, sample, column, taken)
        for column in columns
        if not column.dtype.is_numeric() and sample[column.key].count() and holds_stamps(column, sample)
    )
    full = tuple(time for time in found if len(time.columns) > 1 or not _is_dates_only(time.columns[0], sample))
    return (full[0] if len(full) == 1 else None), found


def holds_stamps(column: SourceColumn, sample: pl.DataFrame, may_be_number: bool = False, share: float = 0.8) -> bool:
    """Return True when the content of a column is time: a temporal type, `share` of stamps as text, epoch or Excel days."""
    if isinstance(column.dtype, pl.Datetime | pl.Date):
        values = sample[column.key].drop_nulls()
        return values.is_empty() or not _is_clock_only(values)
    values = sample[column.key].drop_nulls()
    if column.dtype.is_numeric():
        return may_be_number and (epoch_unit(values) is not None or is_day_number(values))
    if not isinstance(column.dtype, pl.String | pl.Categorical | pl.Enum):
        return False
    texts = [text for text in values.cast(pl.String).str.strip_chars().to_list() if text]
    if looks_like_stamps(texts[:200], share):
        return not all(text.isdigit() for text in texts[:200]) or may_be_number
    if not may_be_number:
        return False
    numbers = (
        values.cast(pl.String).str.strip_chars().str.replace(",", ".", literal=True).cast(pl.Float64, strict=False).drop_nulls()
    )
    return len(numbers) >= share * max(1, len(texts)) and (epoch_unit(numbers) is not None or is_day_number(numbers))


def epoch_unit(values: pl.Series) -> str | None:
    """Return ``s``, ``ms``, ``us`` or ``ns`` when numbers count from 1970-01-01 UTC to a day between 1980 and 2100, else None.

    Examples
    --------
    >>> epoch_unit(pl.Series([1_711_900_000_000]))
    'ms'
    """
    middle = values.drop_nulls().median()
    if not isinstance(middle, int | float):
        return None
    return next((unit for unit, scale in _EPOCHS if _EPOCH_FROM * scale <= middle < _EPOCH_TO * scale), None)


def is_day_number(values: pl.Series) -> bool:
    """Return True when numbers are Excel's days since 1899-12-30, between 1980 and 2100.

    Examples
    --------
    >>> is_day_number(pl.Series([45382.5])), is_day_number(pl.Series([3.2]))
    (True, False)
    """
    middle = values.drop_nulls().median()
    return isinstance(middle, int | float) and _SERIAL_FROM <= middle < _SERIAL_TO


def _is_clock_only(values: pl.Series) -> bool:
    """True for times of day that a spreadsheet stores on its day 0."""
    return values.dtype != pl.Date and bool((values.dt.year() <= 1900).all())


def _is_dates_only(column: SourceColumn, sample: pl.DataFrame) -> bool:
    values = sample[column.key].drop_nulls()
    if column.dtype == pl.Date:
        return True
    if isinstance(column.dtype, pl.Datetime):
        values = values.filter(values.dt.year().is_not_null())  # what no calendar has tells nothing
        return bool((values.dt.time() == time(0)).all()) if len(values) else False
    if not isinstance(column.dtype, pl.String):
        return False
    texts = values.str.strip_chars().to_list()[:200]
    return bool(texts) and all(not any(f.has_clock for f in formats_of(text)) for text in texts)


def _with_clock(table: SourceTable, sample: pl.DataFrame, chosen: SourceColumn, taken: Collection[str]) -> TimeColumns:
    """A column of stamps, with the time of day beside it where it has dates only."""
    clock = _clock_beside(table, sample, chosen, taken) if _is_dates_only(chosen, sample) else None
    return TimeColumns((chosen,) if clock is None else (chosen, clock))


def _clock_beside(table: SourceTable, sample: pl.DataFrame, dates: SourceColumn, taken: Collection[str]) -> SourceColumn | None:
    """The column with the time of day, where the dates have none."""
    for column in table.columns:
        if column.key in taken or column.key == dates.key or not _CLOCK_NAMES.search(column.name):
            continue
        values = sample[column.key].drop_nulls()
        if column.dtype == pl.Time or (isinstance(column.dtype, pl.Datetime) and len(values) and _is_clock_only(values)):
            return column
        if isinstance(column.dtype, pl.String):
            texts = [text for text in values.str.strip_chars().to_list() if text][:200]
            if texts and all(is_clock_text(text) for text in texts):
                return column
    return None
