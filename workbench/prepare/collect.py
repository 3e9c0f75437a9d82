"""The passes over the records: every tag is read, screened and aligned once, group by group."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.plant import Sheet
from workbench.prepare.align import Aligned, align
from workbench.prepare.census import Census, take_census
from workbench.prepare.choices import NO_CHOICE, screen_choices
from workbench.prepare.columns import Column, microseconds
from workbench.prepare.disqualify import unusable_findings
from workbench.prepare.fault_codes import FAULT_CODE, screen_fault_codes
from workbench.prepare.frozen import Run, Still, find_frozen
from workbench.prepare.gaps import Gap, early_end_findings, find_gap, gap_findings
from workbench.prepare.grid import period_bounds
from workbench.prepare.holding import shift_of
from workbench.prepare.readings import Readings, read_tags
from workbench.prepare.spikes import SPIKE, screen_spikes
from workbench.prepare.steady import is_unmoved, settling_of
from workbench.records import Finding, Records, RowLedger
from workbench.set_aside import DUPLICATE
from workbench.wording import counted

__all__ = ["Collected", "collect"]

STUCK_SHARE = 0.01  # share of a tag's readings that share a stamp from which on its clock is said to stand still [-]
STUCK_READINGS = 10


@dataclass
class Collected:
    """What the passes over the records leave behind.

    Parameters
    ----------
    bounds : numpy.ndarray of int64
        Period boundaries, since 1970-01-01 UTC [us].
    period : int
        The usual length of a period [us].
    data_end : int
        The last stamp of all records [us].
    ledger : RowLedger
        Where the source's rows went.
    cells : dict
        One array of cells a column.
    unmoved : dict
        For each setting whether it stayed put before the period's end.
    runs : list of Run
        Stretches in which a tag's value stood still.
    still : dict
        The same for each measured column that has such stretches, with the time that its readings speak of.
    gaps : list of Gap
        The longest time in which nothing is known of a tag, where worth saying.
    findings : list of Finding
    """

    bounds: NDArray[np.int64]
    period: int
    data_end: int
    ledger: RowLedger
    cells: dict[str, NDArray[np.float64] | NDArray[np.object_]] = field(default_factory=dict)
    unmoved: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    still: dict[str, Still] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def frame(self, columns: list[Column]) -> pl.DataFrame:
        """The cells as a frame, with time and batch; a column without readings is null."""
        n = self.bounds.size - 1
        time = pl.Series("time", self.bounds[:-1]).cast(pl.Datetime("us", "UTC"))
        table = [time, pl.Series("batch", [None] * n, pl.String)]
        for column in columns:
            kind = pl.String if column.choices is not None else pl.Float64
            cells = self.cells.get(column.name)
            if cells is None or cells.dtype == object:  # polars takes an object array that begins with None for objects
                table.append(pl.Series(column.name, [None] * n if cells is None else cells.tolist(), kind))
            else:
                table.append(pl.Series(column.name, cells, kind, nan_to_null=kind == pl.Float64))
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


def collect(sheet: Sheet, columns: list[Column], records: Records) -> Collected:
    """Read all tags group by group and align them to the periods."""
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
        return Collected(np.zeros(1, dtype=np.int64), period, 0, census.ledger, findings=findings)
    reach = max(column.delay + column.lag + column.covers for column in columns) + period
    ahead = max((column.covers for column in columns if column.stamp == "start"), default=0)
    bounds = period_bounds(census.first - reach, census.last + ahead, period, sheet.timezone, sheet.day_starts)
    out = Collected(bounds, period, census.last, census.ledger, findings=findings)
    for readings in read_tags(records.frame, census, textual, numeric):
        _take_tag(sheet, by_tag[readings.tag], readings, out)
    out.findings += gap_findings(out.gaps, sheet.timezone)
    out.trim()
    return out


def _take_tag(sheet: Sheet, columns: list[Column], readings: Readings, out: Collected) -> None:
    """Screen one tag's readings, align its columns and note what was seen."""
    readings, no_choice, choice_findings = screen_choices(columns, readings)
    readings, faults, fault_findings = screen_fault_codes(columns, readings, sheet.timezone)
    readings, spikes, spike_findings = screen_spikes(columns, readings, sheet.timezone)
    aside = {DUPLICATE: readings.duplicates, NO_CHOICE: no_choice, FAULT_CODE: faults, SPIKE: spikes}
    out.ledger += RowLedger(0, {reason: rows for reason, rows in aside.items() if rows})
    out.findings += [*_stamp_findings(readings), *choice_findings, *fault_findings, *spike_findings]
    runs = find_frozen(readings) if any(column.is_measured for column in columns) else []
    out.runs += runs
    for nth, column in enumerate(columns):
        aligned = align(column, readings, out.bounds, out.period, out.data_end)
        out.cells[column.name] = aligned.cells
        if runs and column.is_measured:
            shift = shift_of(column, readings.interval or out.period)
            out.still[column.name] = Still(runs, shift, column.covers or readings.interval)
        if nth == 0:
            gap = find_gap(aligned, readings, out.period)
            out.gaps += [gap] if gap else []
            out.findings += early_end_findings(aligned, readings, out.period, out.data_end, sheet.timezone)
        if aligned.resets:
            text = f"started again from zero {counted(aligned.resets, 'time')}: counted on from there"
            out.findings.append(Finding(code="D114", tag=column.tag, text=text))
        if column.is_set:
            out.unmoved[column.variable] = _unmoved(sheet, aligned, readings, out.bounds)


def _unmoved(sheet: Sheet, aligned: Aligned, readings: Readings, bounds: NDArray[np.int64]) -> NDArray[np.bool_]:
    name = aligned.column.variable
    return is_unmoved(aligned, readings, settling_of(sheet, name), sheet.settings[name].max_step, bounds)


def _census_findings(census: Census) -> list[Finding]:
    """Findings that need no reading: uncertain quality, stamps far off."""
    findings = []
    for tag, n in census.uncertain.items():
        text = f"{n:,} of {census.counts[tag]:,} readings of uncertain quality: used"
        findings.append(Finding(code="D108", tag=tag, text=text))
    for tag, n in census.far_off.items():
        text = f"{counted(n, 'reading')} with a stamp far off all others: set aside; check the clock of the source"
        findings.append(Finding(code="D109", tag=tag, text=text))
    return findings


def _stamp_findings(readings: Readings) -> list[Finding]:
    """Findings on readings that share a stamp."""
    findings = []
    n = readings.time.size + readings.duplicates
    if readings.conflicts:
        text = f"{counted(readings.conflicts, 'stamp')} with two different values: the last row is used"
        findings.append(Finding(code="D111", tag=readings.tag, text=text))
    if readings.duplicates >= max(STUCK_READINGS, STUCK_SHARE * n) and readings.conflicts > readings.duplicates / 2:
        text = f"{readings.duplicates:,} of {n:,} readings share a stamp: the clock of the source stands still at times"
        findings.append(Finding(code="D118", tag=readings.tag, text=text))
    return findings
