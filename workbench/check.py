"""What `workbench check` says: the sheet, where every reading and period went, what moved, and the findings."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from workbench.lineage import findings_of
from workbench.plant import Sheet
from workbench.plant.spans import format_duration
from workbench.prepare import DeadTime, dead_time_findings, dead_times, movement_data
from workbench.prepare.apart import but_words
from workbench.prepare.codes import span
from workbench.records import Finding, History, RowLedger
from workbench.show import findings_table
from workbench.wording import counted, percent_text

__all__ = ["check_report", "ledger_lines"]

_UNKNOWN = "-"
_HEADINGS = ("variable", "unit", "mean", "lowest", "highest", "moves", "a week", "missing")
_ROLES = (("setting", "Settings"), ("condition", "Conditions"), ("outcome", "Outcomes"))


def check_report(sheet: Sheet, history: History) -> str:
    """Return the report on a sheet and the history made from its records, as text for a terminal.

    Parameters
    ----------
    sheet : Sheet
        The plant's sheet.
    history : History
        As `prepare_history` makes it; its findings hold those of sheet, source and data.

    Returns
    -------
    str
        Lines with a line break at the end.
    """
    delays = dead_times(history, sheet)
    findings = (*findings_of(sheet, history), *dead_time_findings(delays, sheet))
    grain = f"periods of {format_duration(sheet.period)}" if sheet.period else f"batches by {sheet.batch}"
    variables = {"setting": len(sheet.settings), "condition": len(sheet.conditions), "outcome": len(sheet.outcomes)}
    holds = ", ".join(counted(n, role) for role, n in variables.items())
    lines = [
        f"{sheet.title or sheet.name}: {holds}, {grain}, stamps in {sheet.timezone}",
        f"Source: {history.source}",
        *_span_line(sheet, history),
        "",
        *ledger_lines("Readings", history.ledger),
        *ledger_lines("Batches" if sheet.batch else "Periods", history.periods),
        "",
        *_movement_lines(movement_data(history, sheet)),
        *_delay_lines(delays),
        findings_table(findings).strip("\n"),
        "",
        _last_line(findings),
    ]
    return "\n".join(lines) + "\n"


def ledger_lines(what: str, ledger: RowLedger) -> list[str]:
    """Return one line for all and one for each reason, the most frequent first.

    Examples
    --------
    >>> ledger_lines("Readings", RowLedger(10, {"bad quality": 2}))
    ['Readings: 10 = 8 used + 2 set aside', '    2  bad quality']
    """
    aside = sum(ledger.set_aside.values())
    reasons = sorted(((rows, reason) for reason, rows in ledger.set_aside.items() if rows), key=lambda r: (-r[0], r[1]))
    width = max((len(f"{rows:,}") for rows, _ in reasons), default=0) + 4
    head = f"{what}: {ledger.rows_in:,} = {ledger.rows_used:,} used + {aside:,} set aside"
    return [head, *(f"{rows:>{width},}  {reason}" for rows, reason in reasons)]


def _last_line(findings: Sequence[Finding]) -> str:
    refusing = sorted({finding.code for finding in findings if finding.refuses})
    if refusing:
        return f"These data cannot be tuned on ({', '.join(refusing)}): `workbench tune` would answer 'refused'."
    return f"These data can be tuned on{but_words(findings)}."


def _span_line(sheet: Sheet, history: History) -> list[str]:
    """From when to when, in plant time: a day of it has another date in UTC."""
    times = history.frame["time"].drop_nulls()
    if times.is_empty():
        return []
    first, last = (f"{moment.astimezone(sheet.zone):%Y-%m-%d %H:%M}" for moment in (times.sort()[0], times.sort()[-1]))
    return [f"From {first} to {last} {sheet.timezone} (starts of {'batches' if sheet.batch else 'periods'})"]


def _movement_lines(movement: pl.DataFrame) -> list[str]:
    """A block for settings, conditions and outcomes, the columns aligned over all of them."""
    rows = {role: [_cells(row) for row in movement.filter(pl.col("role") == role).to_dicts()] for role, _ in _ROLES}
    every = [_HEADINGS, *(cells for block in rows.values() for cells in block)]
    widths = [max(len(cells[at]) for cells in every) for at in range(len(_HEADINGS))]
    lines = []
    for role, title in _ROLES:
        if rows[role]:
            lines += [title, _aligned(_HEADINGS, widths), *(_aligned(cells, widths) for cells in rows[role]), ""]
    return lines


def _delay_lines(delays: Sequence[DeadTime]) -> list[str]:
    """When each outcome answers the settings, as the history has it."""
    if not delays:
        return []
    width = max(len(line.outcome) for line in delays)
    return ["Dead time, settings to outcomes", *(f"  {line.outcome:{width}}  {_delay_words(line)}" for line in delays), ""]


def _delay_words(line: DeadTime) -> str:
    if line.is_given:
        return f"{_hours(line.hours)}, given in the sheet"
    if line.hours is None:
        return f"cannot be told: {line.why}"
    return f"{_hours(line.hours)} (95 % interval {_hours(line.low)} to {_hours(line.high)})"


def _hours(hours: float | None) -> str:
    return span(hours * 3.6e9) if hours else "0 h"


def _cells(row: dict[str, object]) -> tuple[str, ...]:
    missing = row["share_missing"]
    return (
        str(row["variable"]),
        str(row["unit"] or _UNKNOWN),
        *(_number(row[key]) for key in ("mean", "min", "max")),
        _UNKNOWN if row["moves"] is None else str(row["moves"]),
        _number(row["moves_per_week"], 2),
        percent_text(missing) if isinstance(missing, float) else _UNKNOWN,
    )


def _number(value: object, digits: int = 4) -> str:
    return f"{value:.{digits}g}" if isinstance(value, float | int) else _UNKNOWN


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    texts = (
        cell.ljust(width) if at < 2 else cell.rjust(width) for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return ("  " + "  ".join(texts)).rstrip()
