"""The shape of records, and why a row of them is set aside, for every layout alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from workbench.loaders.cells import Cell, read_choice
from workbench.loaders.clock import REPEATED, SKIPPED, UNREADABLE
from workbench.loaders.quality import BAD, QUALITY
from workbench.loaders.unit_match import Scale
from workbench.loaders.wanted import Wanted
from workbench.set_aside import BAD_QUALITY, NO_BATCH, NO_TIME, NO_VALUE, NOT_IN_SHEET, NOT_YET_KNOWN, TEXT_STATE

__all__ = [
    "EMPTY_CELL",
    "NOT_IN_SHEET",
    "NO_TAG",
    "REASONS",
    "TEXT_STATE",
    "UNKNOWN_CHOICE",
    "Meaning",
    "RowReading",
    "TagReading",
    "as_records",
    "meaning_of",
    "meaning_where",
]

EMPTY_CELL = "empty cell"  # a wide row that says nothing of a tag: no reading, so it ends no hold; counted outside the frame
NO_TAG = "no tag"
TOO_MANY_CELLS = "row with too many cells"
UNKNOWN_CHOICE = "unknown choice"
REASONS = (
    NOT_YET_KNOWN, TOO_MANY_CELLS, NO_BATCH, NO_TIME, UNREADABLE, SKIPPED, REPEATED, BAD_QUALITY, TEXT_STATE, UNKNOWN_CHOICE,
    NO_VALUE,
)  # fmt: skip
"""Reasons of rows within the frame, the first that holds counts."""

_STAMP = pl.Datetime("us", "UTC")


@dataclass(frozen=True)
class RowReading:
    """Expressions over a source's row, the same for all its tags.

    Parameters
    ----------
    time, time_reason : polars.Expr
        Columns that a clock added; both null for batches without one.
    known_at : polars.Expr or None
        A column that says when a row was known.
    ended : polars.Expr or None
        A column that says before when it was not, whatever else says so: the end of its batch.
    batch : polars.Expr or None
        Name of the batch.
    overflow : str or None
        Key of a column that is filled where a row has more cells than the header.
    as_of : datetime or None
        Rows known later are set aside.
    """

    time: pl.Expr
    time_reason: pl.Expr
    known_at: pl.Expr | None = None
    ended: pl.Expr | None = None
    batch: pl.Expr | None = None
    overflow: str | None = None
    as_of: datetime | None = None


@dataclass(frozen=True)
class Meaning:
    """What a cell is once its tag is known.

    Parameters
    ----------
    value : polars.Expr
        Float64 in the sheet's unit.
    text : polars.Expr
        String: the word, where it is no number.
    fault : polars.Expr
        String: why the cell cannot be used; null where it can.
    has_words : bool
        False where there is never a word.
    """

    value: pl.Expr
    text: pl.Expr
    fault: pl.Expr
    has_words: bool


@dataclass(frozen=True)
class TagReading:
    """Expressions that depend on the tag.

    Parameters
    ----------
    tag : polars.Expr
        As the sheet writes it.
    meaning : Meaning
        Of the cell.
    quality : polars.Expr
        As the source says it.
    delays : tuple of (polars.Expr or None, timedelta)
        Where (None: everywhere) readings are known only so long after their stamp.
    """

    tag: pl.Expr
    meaning: Meaning
    quality: pl.Expr
    delays: tuple[tuple[pl.Expr | None, timedelta], ...] = ()


def meaning_of(one: Wanted, scale: Scale, number: Cell, word: Cell) -> Meaning:
    """Return what a tag's cells mean; `number` and `word` are the same cell read as either."""
    if not one.is_text:
        fault: pl.Expr = pl.when(number.value.is_null()).then(pl.lit(NO_VALUE))
        if number.has_words:
            fault = pl.when(number.word.is_not_null()).then(pl.lit(TEXT_STATE)).otherwise(fault)
        return Meaning(scale.expr(number.value), number.word, fault, number.has_words)
    no_word = pl.when(word.word.is_null()).then(pl.lit(NO_VALUE))
    if one.choices is None:
        return Meaning(word.value, word.word, no_word, True)
    choice = read_choice(word.word, one.choices)
    fault = pl.when(word.word.is_not_null() & choice.is_null()).then(pl.lit(UNKNOWN_CHOICE)).otherwise(no_word)
    return Meaning(word.value, pl.coalesce(choice, word.word), fault, True)


def meaning_where(cases: Sequence[tuple[pl.Expr, Meaning]], other: Meaning) -> Meaning:
    """Return the meaning by the first case that holds, else `other`."""
    value: pl.Expr = other.value
    text, fault, has_words = other.text, other.fault, other.has_words
    for condition, meaning in reversed(cases):
        value = pl.when(condition).then(meaning.value).otherwise(value)
        text = pl.when(condition).then(meaning.text).otherwise(text)
        fault = pl.when(condition).then(meaning.fault).otherwise(fault)
        has_words = has_words or meaning.has_words
    return Meaning(value, text, fault, has_words)


def as_records(frame: pl.LazyFrame, rows: RowReading, tags: TagReading) -> pl.LazyFrame:
    """Return a source's rows in the shape of `Records.frame`.

    Parameters
    ----------
    frame : polars.LazyFrame
        The source's rows with `row`.
    rows : RowReading
        What holds for a row whatever its tag.
    tags : TagReading
        What depends on the tag.
    """
    meaning = tags.meaning
    time = rows.time
    known = _known_after(time, tags.delays)
    if rows.known_at is not None:
        known = pl.coalesce(rows.known_at, known)
    if rows.ended is not None:
        known = pl.max_horizontal(known, rows.ended)
    nothing = pl.lit(None, dtype=pl.String)
    read = frame.select(
        "row",
        time=time,
        batch=nothing if rows.batch is None else rows.batch,
        tag=tags.tag,
        value=meaning.value,
        text=meaning.text,
        quality=tags.quality,
        known_at=known,
        _clock=rows.time_reason,
        _fault=meaning.fault,
        _overfull=pl.lit(False) if rows.overflow is None else pl.col(rows.overflow).is_not_null(),
    )
    fault = pl.col("_fault")
    if meaning.has_words:
        said_nothing = fault.is_in([TEXT_STATE, UNKNOWN_CHOICE]).fill_null(False)
        marked = pl.when(said_nothing).then(pl.lit(BAD, dtype=QUALITY)).otherwise("quality")
    else:
        marked = pl.col("quality")
    return read.select(
        "row", "time", "batch", "tag", "value", "text", marked.alias("quality"), "known_at", _reason(rows).alias("reason")
    )


def _known_after(time: pl.Expr, delays: Sequence[tuple[pl.Expr | None, timedelta]]) -> pl.Expr:
    """When a reading was known: its time plus the delay of the first case that holds (None: always)."""
    known = time
    for condition, delay in reversed([case for case in delays if case[1]]):
        known = time + delay if condition is None else pl.when(condition).then(time + delay).otherwise(known)
    return known


def _reason(rows: RowReading) -> pl.Expr:
    """The first reason that holds."""
    cases: list[tuple[pl.Expr, pl.Expr]] = []
    if rows.as_of is not None:  # before all else: a row that nobody had seen yet was not faulty either
        cases.append(((pl.col("known_at") > pl.lit(rows.as_of, dtype=_STAMP)).fill_null(False), pl.lit(NOT_YET_KNOWN)))
    if rows.overflow is not None:
        cases.append((pl.col("_overfull"), pl.lit(TOO_MANY_CELLS)))
    if rows.batch is not None:
        cases.append((pl.col("batch").is_null(), pl.lit(NO_BATCH)))
    cases.append((pl.col("_clock").is_not_null(), pl.col("_clock")))
    cases.append((pl.col("quality") == pl.lit(BAD, dtype=QUALITY), pl.lit(BAD_QUALITY)))
    reason = pl.col("_fault")
    for condition, why in reversed(cases):
        reason = pl.when(condition).then(why).otherwise(reason)
    return reason
