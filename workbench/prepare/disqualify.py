"""What the finished history says about itself: settings that never moved, missing cells, and data that refuse an answer."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from workbench.plant import Sheet
from workbench.plant.variables import Setting
from workbench.prepare.apart import apart_findings, apart_settings
from workbench.prepare.codes import number
from workbench.prepare.columns import UNFILTERED, Column, set_column
from workbench.prepare.usable import OBJECTIVE
from workbench.records import Finding, RowLedger
from workbench.wording import counted, many

__all__ = ["MIN_PERIODS", "history_findings", "unusable_findings"]

MIN_PERIODS = 50  # usable periods or batches below which the data are refused
# A setting has not moved when its usable cells span less than this share of its max_step: nothing can be learned from so
# little. Own assumption.
UNMOVED_SHARE = 0.05
MANY_ASIDE = 0.5  # share of periods set aside from which on it is said [-]


def history_findings(frame: pl.DataFrame, sheet: Sheet, periods: RowLedger) -> list[Finding]:
    """Return findings on the finished history, in the sheet's order; those that disqualify the data carry `refuses`.

    Parameters
    ----------
    frame : polars.DataFrame
        History with `reason`.
    sheet : Sheet
        Limits, steps and formulas.
    periods : RowLedger
        Where every period went.
    """
    row = sheet.row
    usable = frame.filter(pl.col("reason").is_null())
    findings = [
        *_setting_findings(usable, sheet, row),
        *_missing_findings(usable, sheet, row),
        *_formula_findings(periods, row),
    ]
    if periods.rows_in and sum(periods.set_aside.values()) >= MANY_ASIDE * periods.rows_in:
        by_size = sorted(periods.set_aside.items(), key=lambda item: (-item[1], item[0]))
        reasons = "; ".join(f"{n} {reason}" for reason, n in by_size)
        text = f"{periods.rows_in - periods.rows_used} of {periods.rows_in} {many(row)} set aside: {reasons}"
        findings.append(Finding(code="D115", text=text))
    return findings + _refusals(frame, usable, sheet, row)


def unusable_findings(columns: list[Column], counts: Mapping[str, int], bad: Mapping[str, int], rows_in: int) -> list[Finding]:
    """Return findings on tags without any reading that can be used; all of them without one refuses the data.

    Parameters
    ----------
    columns : list of Column
        The columns of the history.
    counts, bad : mapping of str to int
        Good and bad readings by tag [rows].
    rows_in : int
        Readings of the source [rows].
    """
    tags = list(dict.fromkeys(column.tag for column in columns))
    if not any(counts.get(tag) for tag in tags):
        n = sum(bad.get(tag, 0) for tag in tags)
        what = (
            f"none of {counted(n, 'reading')} is good"
            if n
            else f"none of the source's {counted(rows_in, 'reading')} is of the sheet's tags"
        )
        text = f"{what}: check quality, columns and tags of the source"
        return [Finding(code="D204", text=text, refuses=True)]
    findings = []
    for tag in tags:
        if not counts.get(tag):
            names = ", ".join(column.name for column in columns if column.tag == tag)
            what = f"none of {counted(bad[tag], 'reading')} is good" if bad.get(tag) else "the source has no reading of it"
            findings.append(Finding(code="D112", tag=tag, text=f"{what}: {names} is missing in every period"))
    return findings


def _setting_findings(usable: pl.DataFrame, sheet: Sheet, row: str) -> list[Finding]:
    findings = []
    outside: dict[str, str] = {}
    apart = apart_settings(sheet, usable)
    for name, setting in sheet.settings.items():
        if usable.height and _is_unmoved(usable, name, setting.max_step):
            findings.append(Finding(code="D105", tag=name, text=_unmoved_text(usable[name], setting, row)))
        if setting.low is None or setting.high is None or name in apart:
            continue
        cells = usable[set_column(usable.columns, name)]
        slack = 1e-9 * max(abs(setting.low), abs(setting.high))
        n = int(((cells < setting.low - slack) | (cells > setting.high + slack)).sum())
        if n:
            outside[name] = f"in {n:,} ({number(setting.low)}..{number(setting.high, setting.unit)})"
    if outside:
        one = next(iter(outside)) if len(outside) == 1 else None
        where = ", ".join(f"{name} {text}" if one is None else text for name, text in outside.items())
        text = f"outside low..high{' ' if one else ': '}{where} of {counted(usable.height, f'usable {row}')}"
        findings.append(Finding(code="D102", tag=one, text=text))
    unmoved = [finding.tag for finding in findings if finding.code == "D105" and finding.tag is not None]
    return findings + apart_findings(sheet, usable, row, unmoved)


def _missing_findings(usable: pl.DataFrame, sheet: Sheet, row: str) -> list[Finding]:
    findings = []
    for code, names in (("D106", sheet.conditions), ("D107", sheet.outcomes)):
        for name in names:
            n = usable[name].null_count()
            if n:
                word = "missing" if code == "D106" else "without a result"
                text = f"{word} in {n:,} of {counted(usable.height, f'usable {row}')}: left empty there, not filled"
                findings.append(Finding(code=code, tag=name, text=text))
    return findings


def _formula_findings(periods: RowLedger, row: str) -> list[Finding]:
    return [
        Finding(
            code="D117", text=f"{reason.removeprefix('not finite: ')} gave no finite number in {counted(n, row)}: set aside"
        )
        for reason, n in sorted(periods.set_aside.items())
        if reason.startswith("not finite: ")
    ]


def _refusals(frame: pl.DataFrame, usable: pl.DataFrame, sheet: Sheet, row: str) -> list[Finding]:
    findings = []
    if usable.height < MIN_PERIODS:
        text = f"{counted(usable.height, f'usable {row}')} of {frame.height:,}: at least {MIN_PERIODS} are needed"
        findings.append(Finding(code="D201", text=text, refuses=True))
    if usable.height and all(_is_unmoved(usable, name, setting.max_step) for name, setting in sheet.settings.items()):
        text = f"no setting has moved in {counted(usable.height, f'usable {row}')}: nothing can be learned about moving one"
        findings.append(Finding(code="D202", text=text, refuses=True))
    needed = {name for limit in sheet.limits for name in limit.formula.names} | sheet.objective.formula.names
    for name, outcome in sheet.outcomes.items():
        has_limit = outcome.low is not None or outcome.high is not None
        if frame.height and (has_limit or name in needed) and frame[name].null_count() == frame.height:
            text = f"no value in any of {counted(frame.height, row)}, and {'its limit' if has_limit else 'a formula'} needs it"
            findings.append(Finding(code="D203", tag=name, text=text, refuses=True))
    if frame.height and frame[OBJECTIVE].null_count() == frame.height and not any(f.code == "D203" for f in findings):
        text = f"{sheet.objective.text} has no value in any of {counted(frame.height, row)}"
        findings.append(Finding(code="D203", tag=OBJECTIVE, text=text, refuses=True))
    return findings


def _is_unmoved(usable: pl.DataFrame, name: str, max_step: float | None) -> bool:
    """True where neither the cells show a move nor, of a setting that enters through a filter, what was set."""
    columns = [column for column in (name, f"{name}{UNFILTERED}") if column in usable.columns]
    return all(_shows_no_move(usable[column], max_step) for column in columns)


def _shows_no_move(cells: pl.Series, max_step: float | None) -> bool:
    """True where the cells show no move; an empty column shows none."""
    if cells.dtype == pl.String or max_step is None:
        return cells.drop_nulls().n_unique() < 2
    low, high = cells.min(), cells.max()
    if not isinstance(low, float) or not isinstance(high, float):
        return True
    return high - low < UNMOVED_SHARE * max_step


def _unmoved_text(cells: pl.Series, setting: Setting, row: str) -> str:
    known = cells.drop_nulls()
    if known.is_empty():
        return f"has no value in any usable {row}"
    first, unit, rows = known[0], setting.unit, counted(known.len(), f"usable {row}")
    if not isinstance(first, str) and setting.max_step is not None:
        low, high = (number(float(end), unit) for end in (known.min(), known.max()))  # type: ignore[arg-type]
        if low != high:
            step = f"less than {100 * UNMOVED_SHARE:.0f} % of its max_step {number(setting.max_step, unit)}"
            return f"went only from {low} to {high} in {rows}, {step}: nothing can be learned about moving it"
    where = f"at {first!r}" if isinstance(first, str) else f"at {number(float(first), unit)}"
    return f"has not moved in {rows} ({where}): nothing can be learned about moving it"
