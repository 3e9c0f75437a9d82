"""Stamps written as text: which formats a column uses, decided from all its rows, and the expressions that read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from workbench.loaders.stamp_format import DAY_FIRST, MONTH_FIRST, PLAIN, StampFormat, formats_of
from workbench.records import Finding

__all__ = ["EARLIEST", "LATEST", "StampReading", "read_stamps"]

EARLIEST, LATEST = datetime(1900, 1, 1), datetime(2200, 1, 1)  # noqa: DTZ001  stamps outside are not understood
_ROUNDS = 3  # times that texts which no format reads are looked at again
_TEXTS = 1000  # [stamps] looked at in each round
_AMERICAS = ("America/", "US/")
_ODDITIES = (
    (r"(:\d\d),(\d{1,9})", "${1}.${2}"),
    (r"\s?(?:UTC|GMT)$", "Z"),
    (r"(:\d\d(?:\.\d+)?)\s+(Z|[+-]\d\d:?(?:\d\d)?)$", "${1}${2}"),
)
_DAY_END = r"([T ])24:00(:00(?:\.0+)?)?($|[^\d:.])"  # the end of a day: the next one's midnight, as ISO 8601 allows
_MIDNIGHT = "${1}00:00${2}${3}"


@dataclass(frozen=True)
class StampReading:
    """How to read a column of stamps.

    Parameters
    ----------
    local : polars.Expr or None
        Local wall time (Datetime without zone), null where a row has none.
    aware : polars.Expr or None
        Instant (Datetime in UTC), null where a row has none.
    is_missing : polars.Expr
        True where the cell is empty.
    findings : tuple of Finding
    """

    local: pl.Expr | None
    aware: pl.Expr | None
    is_missing: pl.Expr
    findings: tuple[Finding, ...] = ()


def read_stamps(frame: pl.LazyFrame, text: pl.Expr, name: str, zone: str, label: str) -> StampReading:
    """Return how to read stamps written as text.

    Whether the day or the month comes first is decided by which of them reads more rows of the whole column. Where both read
    them all, a dotted date is day first; else the reading with the shorter span counts, then the custom of the zone (month
    first in America, day first elsewhere; own assumption), and a finding says so.

    Parameters
    ----------
    frame : polars.LazyFrame
        The rows.
    text : polars.Expr
        The stamps as text.
    name, zone, label : str
        Header of the column, the sheet's timezone, name of the source.
    """
    bare = text.str.strip_chars()
    seen = frame.select(bare.alias("stamp")).filter(pl.col("stamp").is_not_null()).head(_TEXTS).collect().to_series()
    bare = _normalised(bare, seen)
    is_missing = bare.is_null() | (bare == "")
    formats: dict[str, StampFormat] = {}
    unread = frame.filter(~is_missing).select(bare.alias("stamp")).head(_TEXTS).collect().to_series()
    counts: dict[str, int] = {}
    at_day_end = None
    for _ in range(_ROUNDS):
        if at_day_end is None and unread.str.contains(_DAY_END).any():
            at_day_end, bare = bare.str.contains(_DAY_END), bare.str.replace(_DAY_END, _MIDNIGHT)
            unread = unread.str.replace(_DAY_END, _MIDNIGHT)
        added = {f.pattern: f for stamp in unread.unique(maintain_order=True).to_list() for f in formats_of(stamp)}
        if added.keys() <= formats.keys():
            break
        formats |= added
        counts = _counts(frame, bare, is_missing, formats)
        best = max(_orders(formats), key=lambda order: counts[order])
        if counts[best] == counts["stamps"]:
            break
        failing = _coalesced(bare, formats, best, None).is_null() & ~is_missing
        unread = frame.filter(failing).select(bare.alias("stamp")).head(_TEXTS).collect(engine="streaming").to_series()
    order, findings = _order(frame, bare, formats, counts, (name, zone, label))
    used = {p: f for p, f in formats.items() if f.order in (PLAIN, order)}
    has_local = any(not f.has_offset for f in used.values())
    has_aware = any(f.has_offset for f in used.values())
    return StampReading(
        local=_next_day(_coalesced(bare, formats, order, has_offset=False), at_day_end) if has_local else None,
        aware=_next_day(_coalesced(bare, formats, order, has_offset=True), at_day_end) if has_aware else None,
        is_missing=is_missing,
        findings=findings,
    )


def _next_day(stamp: pl.Expr, at_day_end: pl.Expr | None) -> pl.Expr:
    """The stamp, a day later where it was written as the end of its day."""
    return stamp if at_day_end is None else pl.when(at_day_end).then(stamp + timedelta(days=1)).otherwise(stamp)


def _normalised(text: pl.Expr, seen: pl.Series) -> pl.Expr:
    """Decimal comma of seconds to point, names of UTC to Z, blanks before an offset away: each only where it occurs."""
    for pattern, replacement in _ODDITIES:
        if seen.str.contains(pattern).any():
            text = text.str.replace(pattern, replacement)
            seen = seen.str.replace(pattern, replacement)
    return text


def _parsed(text: pl.Expr, one: StampFormat) -> pl.Expr:
    """The stamp by one format, null where it does not fit or the year cannot be meant."""
    stamp = text.str.to_datetime(one.pattern, strict=False, time_unit="us")
    if one.has_offset:
        stamp = stamp.dt.convert_time_zone("UTC")
        return pl.when(stamp.dt.replace_time_zone(None).is_between(EARLIEST, LATEST)).then(stamp)
    return pl.when(stamp.is_between(EARLIEST, LATEST)).then(stamp)


def _coalesced(text: pl.Expr, formats: dict[str, StampFormat], order: str, has_offset: bool | None) -> pl.Expr:
    """The stamp by the first format that fits; `has_offset` None for all, as local time whatever the offset."""
    found = [f for f in formats.values() if f.order in (PLAIN, order) and has_offset in (None, f.has_offset)]
    parsed = [_parsed(text, f) for f in found]
    if has_offset is None:
        parsed = [p.dt.replace_time_zone(None) if f.has_offset else p for p, f in zip(parsed, found, strict=True)]
    if not parsed:
        return pl.lit(None, dtype=pl.Datetime("us"))
    return parsed[0] if len(parsed) == 1 else pl.coalesce(parsed)


def _orders(formats: dict[str, StampFormat]) -> list[str]:
    found = {f.order for f in formats.values()} - {PLAIN}
    return sorted(found) or [PLAIN]


def _counts(frame: pl.LazyFrame, text: pl.Expr, is_missing: pl.Expr, formats: dict[str, StampFormat]) -> dict[str, int]:
    """Stamps in all, and how many each order reads [rows]."""
    read = {order: _coalesced(text, formats, order, None).is_not_null().sum() for order in _orders(formats)}
    row = frame.select((~is_missing).sum().alias("stamps"), **read).collect(engine="streaming").row(0, named=True)
    return {name: int(count) for name, count in row.items()}


def _order(
    frame: pl.LazyFrame, text: pl.Expr, formats: dict[str, StampFormat], counts: dict[str, int], where: tuple[str, str, str]
) -> tuple[str, tuple[Finding, ...]]:
    """Day first or month first, with a finding where the rows do not tell."""
    orders = _orders(formats)
    if len(orders) == 1:
        return orders[0], ()
    if counts[DAY_FIRST] != counts[MONTH_FIRST]:
        return (DAY_FIRST if counts[DAY_FIRST] > counts[MONTH_FIRST] else MONTH_FIRST), ()
    if all("." in f.pattern.split("%Y")[0].split("%y")[0] for f in formats.values() if f.order == DAY_FIRST):
        return DAY_FIRST, ()
    name, zone, label = where
    day, month = (_coalesced(text, formats, order, None) for order in (DAY_FIRST, MONTH_FIRST))
    seen = (
        frame.select(
            (day != month).any().alias("differ"),
            (day.max() - day.min()).alias("day"),
            (month.max() - month.min()).alias("month"),
        )
        .collect(engine="streaming")
        .row(0, named=True)
    )
    if not seen["differ"]:
        return DAY_FIRST, ()
    if seen["day"] != seen["month"]:
        order, why = (DAY_FIRST if seen["day"] < seen["month"] else MONTH_FIRST), "which makes the shorter span of time"
    else:
        order, why = (MONTH_FIRST if zone.startswith(_AMERICAS) else DAY_FIRST), f"as is the custom of {zone}"
    sentence = (
        f"no date in column '{name}' of {label} tells day from month; it was read {order}, {why}: export dates like 2024-03-31"
    )
    return order, (Finding(code="L103", text=sentence),)
