"""Records -> history: the front door of this room."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.plant import Sheet
from workbench.prepare.align import Aligned, align
from workbench.prepare.batches import batch_table
from workbench.prepare.census import Census, take_census
from workbench.prepare.choices import NO_CHOICE, screen_choices
from workbench.prepare.codes import number, span
from workbench.prepare.columns import Column, columns_of, microseconds
from workbench.prepare.disqualify import history_findings, unusable_findings
from workbench.prepare.frozen import Run, find_frozen, frozen_findings
from workbench.prepare.gaps import gap_findings
from workbench.prepare.grid import period_bounds
from workbench.prepare.readings import Readings, read_tags
from workbench.prepare.rounding import round_frame
from workbench.prepare.spikes import SPIKE, screen_spikes
from workbench.prepare.steady import MOVE_SHARE, filter_first_order, has_enough_steady, is_unmoved, settling_of
from workbench.prepare.usable import NOT_RUNNING, UNSTEADY, add_computed, mark_periods, period_ledger
from workbench.records import Finding, History, Records, RowLedger

__all__ = ["prepare_history"]

DUPLICATE = "duplicate"
STUCK_SHARE = 0.01  # share of a tag's readings that share a stamp from which on its clock is said to stand still [-]
STUCK_READINGS = 10


def prepare_history(sheet: Sheet, records: Records) -> History:
    """Return the aligned table: one row a period (or batch), one column a variable.

    Parameters
    ----------
    sheet : Sheet
    records : Records
        Readings, lazily; they are read group by group of tags, so that a source larger than memory is no trouble.

    Returns
    -------
    History
        Equal for equal records, whatever their order. Bad data are findings, not exceptions.
    """
    columns = columns_of(sheet)
    if sheet.batch is not None:
        table = batch_table(columns, records)
        frame = mark_periods(_computed(sheet, table.frame), sheet, None)
        frame = frame.with_columns(pl.lit(True).alias("steady"))
        return _finish(sheet, records, frame, table.ledger, [*records.findings, *table.findings])
    collected = _collect(sheet, columns, records)
    bounds, frame = collected.bounds, collected.frame(columns)
    frame = _computed(sheet, frame)
    ends = pl.Series("@end", bounds[1:]).cast(pl.Datetime("us", "UTC"))
    frame = mark_periods(frame, sheet, ends)
    findings = [*records.findings, *collected.findings]
    is_running = (frame["reason"].fill_null("") != NOT_RUNNING).to_numpy()
    findings += frozen_findings(collected.runs, bounds, is_running)
    frame, steady_findings = _apply_steady(sheet, frame, collected)
    return _finish(sheet, records, frame, collected.ledger, findings + steady_findings)


def _computed(sheet: Sheet, frame: pl.DataFrame) -> pl.DataFrame:
    """Round the cells, then compute from the rounded ones: whoever recomputes a formula from the written history gets the same."""
    return add_computed(round_frame(frame), sheet)


@dataclass
class _Collected:
    """What the passes over the records leave behind."""

    bounds: NDArray[np.int64]
    ledger: RowLedger
    cells: dict[str, NDArray[np.float64] | NDArray[np.object_]] = field(default_factory=dict)
    unmoved: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def frame(self, columns: list[Column]) -> pl.DataFrame:
        """The cells as a frame, with time and batch; a column without readings is null."""
        n = self.bounds.size - 1
        time = pl.Series("time", self.bounds[:-1]).cast(pl.Datetime("us", "UTC"))
        table = [time, pl.Series("batch", [None] * n, pl.String)]
        for column in columns:
            kind = pl.String if column.choices is not None else pl.Float64
            cells = self.cells.get(column.name)
            table.append(pl.Series(column.name, [None] * n if cells is None else cells.tolist(), kind, strict=False))
        return pl.DataFrame(table)

    def trim(self) -> None:
        """Drop periods at both ends of which nothing at all is known."""
        known = np.zeros(self.bounds.size - 1, dtype=bool)
        for cells in self.cells.values():
            known |= np.array([cell is not None for cell in cells]) if cells.dtype == object else ~np.isnan(cells.astype(float))
        inside = np.flatnonzero(known)
        keep = slice(int(inside[0]), int(inside[-1]) + 1) if inside.size else slice(0, 0)
        self.bounds = self.bounds[keep.start : keep.stop + 1]
        self.cells = {name: cells[keep] for name, cells in self.cells.items()}
        self.unmoved = {name: mask[keep] for name, mask in self.unmoved.items()}


def _collect(sheet: Sheet, columns: list[Column], records: Records) -> _Collected:
    """Read all tags and align them to the periods."""
    by_tag: dict[str, list[Column]] = {}
    for column in columns:
        by_tag.setdefault(column.tag, []).append(column)
    textual = [tag for tag, its in by_tag.items() if any(column.is_textual for column in its)]
    numeric = [tag for tag in by_tag if tag not in textual]
    census = take_census(records.frame, records.rows_elsewhere, textual, by_tag, has_clock=True)
    findings = unusable_findings(columns, census.counts, census.bad, census.ledger.rows_in) + _census_findings(census)
    assert sheet.period is not None  # a sheet has either a period or batches
    period = microseconds(sheet.period)
    if census.first is None or census.last is None:
        return _Collected(np.zeros(1, dtype=np.int64), census.ledger, findings=findings)
    reach = max(column.delay + column.lag + column.covers for column in columns) + period
    ahead = max((column.covers for column in columns if column.stamp == "start"), default=0)
    bounds = period_bounds(census.first - reach, census.last + ahead, period, sheet.timezone, sheet.day_starts)
    out = _Collected(bounds, census.ledger, findings=findings)
    for readings in read_tags(records.frame, census, textual, numeric):
        _take_tag(sheet, by_tag[readings.tag], readings, period, census.last, out)
    out.trim()
    return out


def _take_tag(sheet: Sheet, columns: list[Column], readings: Readings, period: int, data_end: int, out: _Collected) -> None:
    """Screen one tag's readings, align its columns and note what was seen."""
    readings, no_choice, choice_findings = screen_choices(columns, readings)
    readings, spikes, spike_findings = screen_spikes(columns, readings)
    aside = {DUPLICATE: readings.duplicates, NO_CHOICE: no_choice, SPIKE: spikes}
    out.ledger += RowLedger(0, {reason: rows for reason, rows in aside.items() if rows})
    out.findings += [*_stamp_findings(readings), *choice_findings, *spike_findings]
    if any(column.is_measured for column in columns):
        out.runs += find_frozen(readings)
    for nth, column in enumerate(columns):
        aligned = align(column, readings, out.bounds, period, data_end)
        out.cells[column.name] = aligned.cells
        if nth == 0:
            out.findings += gap_findings(aligned, readings, period, data_end)
        if aligned.resets:
            text = f"started again from zero {aligned.resets} times: counted on from there"
            out.findings.append(Finding(code="D114", tag=column.tag, text=text))
        if column.is_set:
            out.unmoved[column.variable] = _unmoved(sheet, aligned, readings, out.bounds)


def _unmoved(sheet: Sheet, aligned: Aligned, readings: Readings, bounds: NDArray[np.int64]) -> NDArray[np.bool_]:
    name = aligned.column.variable
    return is_unmoved(aligned, readings, settling_of(sheet, name), sheet.settings[name].max_step, bounds)


def _apply_steady(sheet: Sheet, frame: pl.DataFrame, collected: _Collected) -> tuple[pl.DataFrame, list[Finding]]:
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
        settling = settling_of(sheet, name)
        if settling and setting.choices is None:
            cells = frame[name].fill_null(float("nan")).to_numpy()
            filtered.append(pl.Series(name, filter_first_order(cells, collected.bounds, settling), nan_to_null=True))
            spans.add(settling)
    steady, usable = int((is_steady & is_usable).sum()), int(is_usable.sum())
    text = (
        f"{steady} of {usable} usable periods are steady (no setting moved by more than {number(100 * MOVE_SHARE)} % of its max_step"
        " within its settling time before the period's end), fewer than 200 or 30 %: none is set aside, the settings enter through a"
        f" first-order filter that settles in {', '.join(span(s) for s in sorted(spans))}"
    )
    return frame.with_columns(filtered), [Finding(code="D110", text=text)]


def _finish(sheet: Sheet, records: Records, frame: pl.DataFrame, ledger: RowLedger, findings: list[Finding]) -> History:
    """Order the columns, round, count the periods and add what the finished history says about itself."""
    tail = ["steady", "reason"]
    frame = round_frame(frame.select([*(name for name in frame.columns if name not in tail), *tail]))
    periods = period_ledger(frame)
    if frame.height or not any(finding.refuses for finding in findings):
        findings = findings + history_findings(frame, sheet, periods)
    return History(frame, ledger, periods, order_findings(findings), records.sha256, records.source)


def order_findings(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return the findings in reading order: those that refuse first, then by code, tag and text."""
    return tuple(sorted(findings, key=lambda f: (not f.refuses, f.code, f.tag or "", f.text)))


def _census_findings(census: Census) -> list[Finding]:
    """Findings that need no reading: uncertain quality, stamps far off."""
    findings = []
    for tag, n in census.uncertain.items():
        text = f"{n} of {census.counts[tag]} readings are of uncertain quality: used"
        findings.append(Finding(code="D108", tag=tag, text=text))
    for tag, n in census.far_off.items():
        text = f"{n} readings carry a stamp far off all others: set aside; check the clock of the source"
        findings.append(Finding(code="D109", tag=tag, text=text))
    return findings


def _stamp_findings(readings: Readings) -> list[Finding]:
    """Findings on readings that share a stamp."""
    findings = []
    n = readings.time.size + readings.duplicates
    if readings.conflicts:
        text = f"{readings.conflicts} stamps carry two different values: the last row is used"
        findings.append(Finding(code="D111", tag=readings.tag, text=text))
    if readings.duplicates >= max(STUCK_READINGS, STUCK_SHARE * n) and readings.conflicts > readings.duplicates / 2:
        text = f"{readings.duplicates} of {n} readings share a stamp with another value: the clock of the source stands still at times"
        findings.append(Finding(code="D118", tag=readings.tag, text=text))
    return findings
