"""From which bytes, rows and code an answer comes."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

import polars as pl

from workbench import __version__
from workbench.plant import Sheet
from workbench.records import Finding, History, Lineage

__all__ = ["data_end", "findings_of", "lineage_of", "with_recent"]


def lineage_of(sheet: Sheet, history: History, seed: int) -> Lineage:
    """Return where an answer from this history comes from.

    Parameters
    ----------
    sheet : Sheet
        Of the plant.
    history : History
        Its history.
    seed : int
        Of everything random in the answer.
    """
    times = _times(history)
    return Lineage(
        sheet_sha256=sheet.sha256,
        source_sha256=history.sha256,
        source=history.source,
        records_read=history.ledger.rows_in,
        records_used=history.ledger.rows_used,
        set_aside=dict(sorted(history.ledger.set_aside.items())),
        periods_used=history.periods.rows_used,
        periods_set_aside=dict(sorted(history.periods.set_aside.items())),
        from_=times[0].isoformat() if len(times) else None,
        to=times[-1].isoformat() if len(times) else None,
        seed=seed,
        timezone=sheet.timezone,
        batches=sheet.row == "batch",
        code=_code_version(),
    )


def with_recent(lineage: Lineage, sheet: Sheet, recent: pl.DataFrame) -> Lineage:
    """Return the lineage with the periods whose conditions the answer is judged under, first and last in plant time."""
    times = recent["time"].drop_nulls().dt.convert_time_zone(str(sheet.timezone))
    ends = (times[0].isoformat(), times[-1].isoformat()) if len(times) else (None, None)
    return lineage.model_copy(update={"recent_from": ends[0], "recent_to": ends[1], "recent_periods": recent.height})


def findings_of(sheet: Sheet, history: History) -> tuple[Finding, ...]:
    """Return what was seen in sheet, source and data, in this order, each once."""
    return (*sheet.findings, *(f for f in history.findings if f not in sheet.findings))


def data_end(history: History) -> datetime | str:
    """Return the start of the last period, or a word with the number of batches where they have no clock."""
    times = _times(history)
    if len(times):
        last: datetime = times[-1]
        return last
    return f"batch{history.frame.height}"


def _times(history: History) -> pl.Series:
    return history.frame["time"].drop_nulls() if "time" in history.frame.columns else pl.Series([])


def _code_version() -> str:
    """Version, and a hash of the package's own code: the same numbers come from the same code."""
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.suffix in {".py", ".yaml", ".j2"}):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return f"{__version__}+{digest.hexdigest()[:8]}"
