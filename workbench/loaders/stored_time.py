"""Dates, stamps and durations as a file stores them, which may lie far beyond any calendar: kept to it, or as text."""

from __future__ import annotations

import polars as pl

__all__ = ["as_text", "within_calendar"]

_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896  # [d] 0001-01-01 and 9999-12-31 since 1970-01-01
_PER_DAY = {"ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}


def within_calendar(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Return a column of dates or stamps with what lies outside the years 1 to 9999 as null; others as they are.

    A file may hold any 64-bit count since 1970; what no calendar has cannot be converted or written without a fault.
    """
    if isinstance(dtype, pl.Date):
        scale = 1
    elif isinstance(dtype, pl.Datetime):
        scale = _PER_DAY[dtype.time_unit]
    else:
        return column
    if max(-_FIRST_DAY, _LAST_DAY + 1) * scale >= 1 << 63:
        return column  # nanoseconds end within the calendar
    count = column.to_physical()
    return pl.when((count >= _FIRST_DAY * scale) & (count < (_LAST_DAY + 1) * scale)).then(column)


def as_text(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Return a column of plain type as text; dates and stamps outside the years 1 to 9999 as a distance from 1970.

    No text that stands for a time can be taken for a number.

    Examples
    --------
    >>> from datetime import timedelta
    >>> pl.select(as_text(pl.lit(timedelta(minutes=5)), pl.Duration())).item()
    '5m'
    """
    if isinstance(dtype, pl.Duration):
        return column.dt.to_string("polars")
    if isinstance(dtype, pl.Date | pl.Datetime):
        unit = dtype.time_unit if isinstance(dtype, pl.Datetime) else "d"
        return pl.coalesce(
            within_calendar(column, dtype).cast(pl.String), pl.format(f"{{}} {unit} from 1970", column.to_physical())
        )
    return column.cast(pl.String)
