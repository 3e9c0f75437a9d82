"""First pass over the records: how many readings each tag has, which are set aside and why, and which stamps are far off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from workbench.prepare.grid import DAY
from workbench.records import RowLedger
from workbench.set_aside import BAD_QUALITY, NO_TIME, NO_VALUE, NOT_IN_SHEET, TEXT_STATE

__all__ = ["Census", "is_bad_row", "reason_of_row", "take_census"]

FAR_OFF = "stamp far off the records"

# A stamp is far off when it lies more than five times the span of the middle 98 % of all readings, and more than 30 days,
# away from it: a logger's clock that restarted in 1970, a typing error in the year. Own assumption.
FAR_SPANS = 5
FAR_DAYS = 30


@dataclass(frozen=True)
class Census:
    """What the records hold, tag by tag.

    Parameters
    ----------
    counts : mapping of str to int
        Readings to be read, by tag [rows].
    uncertain : mapping of str to int
        Of these, readings of uncertain quality, by tag [rows].
    bad : mapping of str to int
        Readings that say nothing (bad, empty, or a text where a number belongs), by tag [rows].
    ledger : RowLedger
        All rows of the source, with what is set aside so far.
    first, last : int or None
        Range of the stamps to be read, since 1970-01-01 UTC; None without a clock [us].
    earliest, latest : int or None
        The window of plausible stamps; None where nothing is far off [us].
    far_off : mapping of str to int
        Readings with a stamp far off, by tag [rows].
    """

    counts: Mapping[str, int]
    uncertain: Mapping[str, int]
    bad: Mapping[str, int]
    ledger: RowLedger
    first: int | None
    last: int | None
    earliest: int | None
    latest: int | None
    far_off: Mapping[str, int]


def is_bad_row(textual: Iterable[str]) -> pl.Expr:
    """True where the source itself says that nothing is known: bad quality, no value, or text where a number belongs.

    Such a row ends the hold of the reading before it. `textual` names the tags that are read as text.
    """
    tags = list(textual)
    says_nothing = pl.col("value").is_null() | ~pl.col("value").is_finite()
    if tags:
        says_nothing &= ~(pl.col("tag").is_in(tags) & pl.col("text").is_not_null())
    return (pl.col("quality") == "bad").fill_null(False) | says_nothing


def reason_of_row(textual: Iterable[str], *, has_clock: bool) -> pl.Expr:
    """Return why a row of the records is set aside (String, null = used): the loader's reason, or ours.

    `textual` names the tags that are read as text; `has_clock` is True unless the sheet has batches.
    """
    ours = (
        pl.when(~is_bad_row(textual))
        .then(None)
        .when(pl.col("quality") == "bad")
        .then(pl.lit(BAD_QUALITY))
        .when(pl.col("text").is_not_null())
        .then(pl.lit(TEXT_STATE))
        .otherwise(pl.lit(NO_VALUE))
    )
    if has_clock:
        ours = pl.when(pl.col("time").is_null()).then(pl.lit(NO_TIME)).otherwise(ours)
    return pl.coalesce(pl.col("reason"), ours)


def take_census(
    frame: pl.LazyFrame, elsewhere: RowLedger, textual: Iterable[str], known: Iterable[str], *, has_clock: bool
) -> Census:
    """Return the census of `frame` in one pass that holds no reading in memory.

    Parameters
    ----------
    frame : polars.LazyFrame
        Records, as in `workbench.records.Records`.
    elsewhere : RowLedger
        Rows of the source that are not in `frame`.
    textual, known : iterable of str
        Tags read as text; all tags that the sheet names.
    has_clock : bool
        False for batches, whose rows have no time.
    """
    stamp = pl.col("time").dt.epoch("us")
    table = (
        frame.group_by(
            "tag",
            reason_of_row(textual, has_clock=has_clock).alias("why"),
            is_bad_row(textual).alias("is_bad"),
            (stamp // DAY).alias("day"),
        )
        .agg(
            pl.len().cast(pl.Int64).alias("rows"),
            (pl.col("quality") == "uncertain").sum().cast(pl.Int64).alias("uncertain"),
            stamp.min().alias("first"),
            stamp.max().alias("last"),
        )
        .collect(engine="streaming")
        .with_columns(pl.col("tag").cast(pl.String))
        .sort("tag", "why", "is_bad", "day", nulls_last=True)
    )
    names = list(known)
    foreign = pl.col("why").is_null() & ~pl.col("tag").is_in(names)
    table = table.with_columns(pl.when(foreign).then(pl.lit(NOT_IN_SHEET)).otherwise(pl.col("why")).alias("why"))
    window = _plausible_days(table) if has_clock else None
    if window is not None:
        outside = pl.col("why").is_null() & ~pl.col("day").is_between(*window)
        table = table.with_columns(pl.when(outside).then(pl.lit(FAR_OFF)).otherwise(pl.col("why")).alias("why"))
    used = table.filter(pl.col("why").is_null())
    aside = table.filter(pl.col("why").is_not_null())
    ledger = RowLedger(int(table["rows"].sum()), _by(aside, "why", "rows"))
    return Census(
        counts=_by(used, "tag", "rows"),
        uncertain=_by(used.filter(pl.col("uncertain") > 0), "tag", "uncertain"),
        bad=_by(aside.filter("is_bad"), "tag", "rows"),
        ledger=elsewhere + ledger,
        first=_instant(used["first"].min()),
        last=_instant(used["last"].max()),
        earliest=None if window is None else window[0] * DAY,
        latest=None if window is None else (window[1] + 1) * DAY - 1,
        far_off=_by(aside.filter(pl.col("why") == FAR_OFF), "tag", "rows"),
    )


def _plausible_days(table: pl.DataFrame) -> tuple[int, int] | None:
    """First and last day (since 1970) of plausible stamps; None where no reading is outside."""
    used = table.filter(pl.col("why").is_null() & pl.col("day").is_not_null())
    days = used.group_by("day").agg(pl.col("rows").sum()).sort("day")
    if days.height < 3:
        return None
    share = days["rows"].cum_sum() / days["rows"].sum()
    low = int(days["day"][int((share >= 0.01).arg_max() or 0)])
    high = int(days["day"][int((share >= 0.99).arg_max() or 0)])
    reach = max(FAR_DAYS, FAR_SPANS * (high - low + 1))
    window = (low - reach, high + reach)
    inside = days["day"].is_between(*window).all()
    return None if inside else window


def _by(table: pl.DataFrame, key: str, value: str) -> dict[str, int]:
    """Sums of `value` by `key`, in the key's order."""
    sums = table.group_by(key).agg(pl.col(value).sum()).sort(key)
    return dict(zip(sums[key].to_list(), sums[value].to_list(), strict=True))


def _instant(value: object) -> int | None:
    return int(value) if isinstance(value, int) else None
