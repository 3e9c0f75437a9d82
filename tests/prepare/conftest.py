"""Sheets and records by hand for the tests of this room."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from workbench.plant import Sheet, read_sheet
from workbench.records import Records, RowLedger

QUALITY = pl.Enum(["good", "uncertain", "bad"])
START = datetime(2025, 1, 1, tzinfo=UTC)

SCHEMA: dict[str, Any] = {
    "row": pl.UInt32,
    "time": pl.Datetime("us", "UTC"),
    "batch": pl.String,
    "tag": pl.String,
    "value": pl.Float64,
    "text": pl.String,
    "quality": QUALITY,
    "known_at": pl.Datetime("us", "UTC"),
    "reason": pl.String,
}


def at(hours: float) -> datetime:
    """Hours after midnight of 1 January 2025 UTC."""
    return START + timedelta(hours=hours)


def row_of(given: tuple[Any, ...]) -> dict[str, Any]:
    """One record from (time or hours, tag, value or text[, quality[, reason]])."""
    time, tag, reading, *rest = given
    stamp = at(time) if isinstance(time, int | float) else time
    is_text = isinstance(reading, str)
    return {
        "time": stamp,
        "batch": None,
        "tag": tag,
        "value": None if is_text or reading is None else float(reading),
        "text": reading if is_text else None,
        "quality": rest[0] if rest else "good",
        "known_at": stamp,
        "reason": rest[1] if len(rest) > 1 else None,
    }


def frame_of(rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame([{"row": n, **row} for n, row in enumerate(rows)], schema=SCHEMA, orient="row")


@pytest.fixture
def records() -> Callable[..., Records]:
    """Build records from rows (hours or time, tag, value or text[, quality[, reason]])."""

    def build(rows: Iterable[tuple[Any, ...]], elsewhere: RowLedger | None = None) -> Records:
        frame = frame_of(row_of(row) for row in rows).lazy()
        return Records(frame, elsewhere or RowLedger(), {}, (), "0" * 64, "by hand")

    return build


@pytest.fixture
def batch_records() -> Callable[..., Records]:
    """Build records from rows (batch, tag, value or text[, quality])."""

    def build(rows: Iterable[tuple[Any, ...]]) -> Records:
        frame = frame_of(row_of((None, *row[1:])) | {"batch": row[0]} for row in rows).lazy()
        return Records(frame, RowLedger(), {}, (), "0" * 64, "by hand")

    return build


@pytest.fixture
def sheet_of() -> Callable[..., Sheet]:
    """Build a sheet from the YAML of its variables; by default a setting `x`, an outcome `y` and hourly periods."""

    def build(
        settings: str = "x: {low: 0, high: 100, max_step: 10}",
        conditions: str = "",
        outcomes: str = "y:",
        objective: str = "{maximize: y}",
        more: str = "period: 1h",
    ) -> Sheet:
        parts = [f"name: line_1\n{more}\n"]
        for key, body in (("settings", settings), ("conditions", conditions), ("outcomes", outcomes)):
            if body:
                parts.append(f"{key}:\n" + "".join(f"  {line}\n" for line in body.strip().splitlines()))
        return read_sheet("".join(parts) + f"objective: {objective}\n")

    return build
