"""Batches: one row a batch, in the order of the source.

There is no time between batches: `delay`, `lag`, `settling`, `max_gap` and `stamp` have no meaning here, every batch is steady,
and nothing is held from one batch to the next. Where a batch has several readings of a tag (at different times), they are
averaged with the same weight, or put together as the variable's `aggregate` says. A row without a time is no batch where
others have one: its readings are counted as having none. A batch of which nothing was known yet at the moment that was asked
for is no batch: its rows are counted, and the history ends before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from workbench.prepare.census import reason_of_row, take_census
from workbench.prepare.choices import NO_CHOICE, choice_finding, code_of_word, state_findings
from workbench.prepare.columns import MEAN, Column
from workbench.prepare.counters import count_increments
from workbench.prepare.disqualify import unusable_findings
from workbench.prepare.fault_codes import FAULT_CODE, fault_finding, find_fault_codes, is_aside, is_screened
from workbench.prepare.readings import word_of_row
from workbench.records import Finding, Records, RowLedger
from workbench.set_aside import DUPLICATE, NO_BATCH, NOT_YET_KNOWN
from workbench.wording import counted

__all__ = ["BatchTable", "batch_table"]


@dataclass(frozen=True)
class BatchTable:
    """Batches in the order of the source.

    Parameters
    ----------
    frame : polars.DataFrame
        `time` (first stamp of the batch, null without a clock), `batch`, one column a variable.
    ledger : RowLedger
        The source's rows.
    findings : tuple of Finding
    """

    frame: pl.DataFrame
    ledger: RowLedger
    findings: tuple[Finding, ...]


def batch_table(columns: Sequence[Column], records: Records) -> BatchTable:
    """Return one row a batch from records with `batch`; the last row counts where a batch has two of the same tag and stamp."""
    tags = list(dict.fromkeys(column.tag for column in columns))
    textual = [tag for tag in tags if any(column.tag == tag and column.is_textual for column in columns)]
    census = take_census(records.frame, records.rows_elsewhere, textual, tags, has_clock=False)
    rows = (
        records.frame.select(
            "row",
            "time",
            "batch",
            pl.col("tag").cast(pl.String),
            "value",
            word_of_row().alias("word"),
            reason_of_row(textual, has_clock=False).alias("why"),
        )
        .collect(engine="streaming")
        .sort("row", "tag", maintain_order=True)
    )
    batches = (
        rows.filter(pl.col("batch").is_not_null() & pl.col("why").ne_missing(NOT_YET_KNOWN))
        .group_by("batch", maintain_order=True)
        .agg(pl.col("time").min().alias("time"))
        .select("time", "batch")
    )
    if batches["time"].null_count() < batches.height:  # beside batches with a time a row without one is a total or a remark
        batches = batches.filter(pl.col("time").is_not_null())
    good = rows.filter(pl.col("why").is_null() & pl.col("tag").is_in(tags))
    findings = unusable_findings(list(columns), census.counts, census.bad, census.ledger.rows_in)
    lost: dict[str, int] = {NO_BATCH: good["batch"].null_count()}
    good = good.filter(pl.col("batch").is_not_null())
    good, lost[NO_CHOICE], choice_findings = _screen(columns, good)
    good, lost[FAULT_CODE], fault_findings = _without_codes(columns, good)
    kept = good.unique(["batch", "tag", "time"], keep="last", maintain_order=True)
    lost[DUPLICATE] = good.height - kept.height
    frame = batches
    for column in columns:
        frame = frame.join(_cells(column, kept), on="batch", how="left", maintain_order="left")
    ledger = census.ledger + RowLedger(0, {reason: n for reason, n in lost.items() if n})
    return BatchTable(frame, ledger, (*findings, *choice_findings, *fault_findings, *_conflicts(good)))


def _screen(columns: Sequence[Column], good: pl.DataFrame) -> tuple[pl.DataFrame, int, list[Finding]]:
    """Set aside texts that are no choice."""
    findings, before = [], good.height
    for column in columns:
        if column.state is not None:
            findings += state_findings(column, good.filter(pl.col("tag") == column.tag)["word"].drop_nulls().to_list())
        if column.choices is None:
            continue
        codes = {choice: code for code, choice in enumerate(column.choices)}
        its = good.filter(pl.col("tag") == column.tag)
        wrong = [word for word in its["word"].unique().to_list() if code_of_word(word, codes) < 0]
        is_wrong = (pl.col("tag") == column.tag) & pl.col("word").is_in(wrong)
        words = its.filter(pl.col("word").is_in(wrong))["word"].to_list()
        if words:
            findings.append(choice_finding(column, words, its.height))
            good = good.filter(~is_wrong)
    return good, before - good.height, findings


def _without_codes(columns: Sequence[Column], good: pl.DataFrame) -> tuple[pl.DataFrame, int, list[Finding]]:
    """Set aside codes of a fault such as 9999, however many batches have them."""
    findings, before = [], good.height
    for tag in dict.fromkeys(column.tag for column in columns):
        its = [column for column in columns if column.tag == tag]
        readings = good.filter(pl.col("tag") == tag)
        if not is_screened(its) or readings["value"].null_count():
            continue
        found = find_fault_codes(readings["value"].to_numpy())
        if not found.size:
            continue
        first = f"; the first in batch {readings['batch'][int(found[0])]}"
        findings.append(fault_finding(its, readings["value"].to_numpy()[found], readings.height, first))
        if is_aside(its):
            good = good.join(readings[found].select("row", "tag"), on=["row", "tag"], how="anti", maintain_order="left")
    return good, before - good.height, findings


def _cells(column: Column, kept: pl.DataFrame) -> pl.DataFrame:
    """The column's cell of each batch that has one."""
    its = kept.filter(pl.col("tag") == column.tag).sort("time", "row", maintain_order=True)
    value = pl.col("value")
    if column.choices is not None:
        codes = {choice: code for code, choice in enumerate(column.choices)}
        words = its["word"].unique().to_list()
        names = {word: column.choices[code_of_word(word, codes)] for word in words}
        its = its.with_columns(pl.col("word").replace_strict(names, return_dtype=pl.Enum(list(column.choices))))
        # the mode; of two equally frequent texts the one that the sheet names first
        cell = pl.col("word").last() if column.aggregate == "last" else pl.col("word").mode().min()
        return its.group_by("batch").agg(cell.cast(pl.String).alias(column.name))
    if column.state is not None:
        holds = [word for word in its["word"].unique().to_list() if code_of_word(word, {column.state: 0}) == 0]
        return its.group_by("batch").agg(pl.col("word").is_in(holds).cast(pl.Float64).mean().alias(column.name))
    if column.aggregate == "counter":
        counts = [
            (batch, float(count_increments(part["value"].to_numpy())[0].sum()) if part.height > 1 else None)
            for (batch,), part in its.partition_by("batch", as_dict=True, maintain_order=True).items()
        ]
        return pl.DataFrame(counts, schema={"batch": pl.String, column.name: pl.Float64}, orient="row")
    cell = {
        MEAN: value.mean(),
        "sum": value.sum(),
        "last": value.last(),
        "min": value.min(),
        "max": value.max(),
        "quantile": value.quantile(0.5 if column.level is None else column.level, "equiprobable"),
    }[column.aggregate]
    return its.group_by("batch").agg(cell.alias(column.name))


def _conflicts(good: pl.DataFrame) -> list[Finding]:
    """Findings on batches with two different readings of one tag and stamp."""
    twice = (
        good.group_by("tag", "batch", "time")
        .agg(pl.struct("value", "word").n_unique().alias("n"))
        .filter(pl.col("n") > 1)
        .group_by("tag")
        .len()
        .sort("tag")
    )
    return [
        Finding(code="D111", tag=tag, text=f"{counted(n, 'batch')} with two different values: the last row is used")
        for tag, n in twice.iter_rows()
    ]
