"""Records -> history: the front door of this room."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from workbench.errors import InputError
from workbench.plant import Sheet
from workbench.prepare.apart import with_values_seen
from workbench.prepare.batches import batch_table
from workbench.prepare.codes import number, span
from workbench.prepare.collect import Collected, collect
from workbench.prepare.columns import UNFILTERED, columns_of
from workbench.prepare.disqualify import history_findings
from workbench.prepare.frozen import frozen_findings, frozen_periods
from workbench.prepare.rounding import round_frame
from workbench.prepare.steady import (
    MOVE_SHARE,
    STEADY_PERIODS,
    STEADY_SHARE,
    felt_settling_of,
    filter_first_order,
    has_enough_steady,
)
from workbench.prepare.usable import EXCLUDED, NOT_RUNNING, UNSTEADY, add_computed, mark_periods, period_ledger
from workbench.records import Finding, History, Records, RowLedger
from workbench.wording import counted

__all__ = ["order_findings", "prepare_history"]


def prepare_history(sheet: Sheet, records: Records) -> History:
    """Return the aligned table: one row a period (or batch), one column a variable.

    Parameters
    ----------
    sheet : Sheet
        The plant's sheet.
    records : Records
        Readings, lazily; they are read group by group of tags, so that a source larger than memory is no trouble.

    Returns
    -------
    History
        Equal for equal records, whatever their order. Bad data are findings, not exceptions.

    Raises
    ------
    InputError
        If the records' source was written to since they were read, or the sheet excludes times of batches that carry none.
    """
    with records.demand_unchanged():
        return _prepared(sheet, records)


def _prepared(sheet: Sheet, records: Records) -> History:
    columns = columns_of(sheet)
    if sheet.batch is not None:
        table = batch_table(columns, records)
        _demand_clock(sheet, records, table.frame)
        frame = mark_periods(_computed(sheet, table.frame), sheet, None)
        frame = frame.with_columns(pl.lit(True).alias("steady"))
        return _finish(sheet, records, frame, table.ledger, [*records.findings, *table.findings])
    collected = collect(sheet, columns, records)
    bounds, frame = collected.bounds, collected.frame(columns)
    frame = _computed(sheet, frame)
    ends = pl.Series("@end", bounds[1:]).cast(pl.Datetime("us", "UTC"))
    frame = mark_periods(frame, sheet, ends)
    findings = [*records.findings, *collected.findings]
    reasons = frame["reason"].fill_null("")
    # what a person has excluded needs no finding again
    counts = ((reasons != NOT_RUNNING) & ~reasons.str.starts_with(EXCLUDED)).to_numpy()
    findings += frozen_findings(collected.runs, bounds, counts, sheet.timezone)
    frame, steady_findings = _apply_steady(sheet, frame, collected)
    history = _finish(sheet, records, frame, collected.ledger, findings + steady_findings)
    frozen = {name: frozen_periods(still, bounds, counts) for name, still in collected.still.items()}
    return replace(history, frozen={name: pl.Series(name, mask, pl.Boolean) for name, mask in frozen.items()})


def _demand_clock(sheet: Sheet, records: Records, batches: pl.DataFrame) -> None:
    if sheet.exclude and batches.height and batches["time"].null_count() == batches.height:
        raise InputError(
            f"{sheet.label}, exclude: the batches of {records.source} carry no time, so it cannot be told which of them lie in"
            " the times left out: give the source a column of their time, or take their rows out of it"
        )


def _computed(sheet: Sheet, frame: pl.DataFrame) -> pl.DataFrame:
    """Round the cells, then compute from them: whoever recomputes a formula from the written history gets the same."""
    return add_computed(round_frame(frame), sheet)


def _apply_steady(sheet: Sheet, frame: pl.DataFrame, collected: Collected) -> tuple[pl.DataFrame, list[Finding]]:
    """Add `steady`, set unsteady periods aside, or let the settings enter through a filter where that would leave too few."""
    is_steady = np.ones(frame.height, dtype=bool)
    for name in sheet.settings:
        is_steady &= collected.unmoved.get(name, np.ones(frame.height, dtype=bool))
    frame = frame.with_columns(pl.Series("steady", is_steady, pl.Boolean))
    is_usable = frame["reason"].is_null().to_numpy()
    if has_enough_steady(is_steady, is_usable):
        reason = pl.when(pl.col("reason").is_null() & ~pl.col("steady")).then(pl.lit(UNSTEADY)).otherwise(pl.col("reason"))
        return frame.with_columns(reason.alias("reason")), []
    filtered, spans = [], set()
    for name, setting in sheet.settings.items():
        settling = felt_settling_of(sheet, name)
        if settling and setting.choices is None:
            cells = frame[name].fill_null(float("nan")).to_numpy()
            filtered.append(pl.Series(name, filter_first_order(cells, collected.bounds, settling), nan_to_null=True))
            spans.add(settling)
            if setting.measured is None:
                filtered.append(frame[name].alias(f"{name}{UNFILTERED}"))
    steady, usable = int((is_steady & is_usable).sum()), int(is_usable.sum())
    text = (
        f"steady in {steady:,} of {counted(usable, 'usable period')} (no setting moved by more than {number(100 * MOVE_SHARE)}"
        f" % of its max_step within its settling time before the period's end), fewer than {STEADY_PERIODS} or"
        f" {100 * STEADY_SHARE:.0f} %: none is set aside, the settings enter through a first-order filter that settles in"
        f" {_listed(spans)}"
    )
    return frame.with_columns(filtered), [Finding(code="D110", text=text)]


def _finish(sheet: Sheet, records: Records, frame: pl.DataFrame, ledger: RowLedger, findings: list[Finding]) -> History:
    """Order the columns, round, count the periods and add what the finished history says about itself."""
    tail = ["steady", "reason"]
    frame = round_frame(frame.select([*(name for name in frame.columns if name not in tail), *tail]))
    periods = period_ledger(frame)
    if frame.height or not any(finding.refuses for finding in findings):
        findings = findings + history_findings(frame, sheet, periods)
    findings = with_values_seen(findings, sheet, frame)
    return History(frame, ledger, periods, order_findings(findings), records.sha256, records.source, records.path)


def order_findings(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return the findings in reading order: those that refuse first, then by code, tag and text."""
    return tuple(sorted(findings, key=lambda f: (not f.refuses, f.code, f.tag or "", f.text)))


def _listed(spans: set[int]) -> str:
    return ", ".join(span(length) for length in sorted(spans))
