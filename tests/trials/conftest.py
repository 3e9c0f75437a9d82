"""Small plants whose noise is known, and records of a plant that somebody moves by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.signal import lfilter

from workbench.loaders import records_from_frame
from workbench.plant import Sheet, read_sheet
from workbench.records import Gain, LimitLine, Lineage, ModelLine, Money, Recommendation, Records, SettingLine

SHEET = """\
name: line
period: 1h
timezone: Europe/Berlin
currency: EUR
hours_per_year: 8000
settings:
  temperature: {tag: TIC.SP, unit: degC, low: 60, high: 90, max_step: 4, max_rate: 1 per 1h}
  flow: {unit: m3/h, low: 10, high: 20, max_step: 2}
conditions:
  feed: {unit: "%"}
outcomes:
  recovery: {unit: "%", settling: 6h}
  loss: {unit: "%", high: 4}
objective: {maximize: recovery, unit: "%", value_per_unit: 100000}
"""
START = datetime(2025, 1, 6, tzinfo=UTC)  # a Monday


@pytest.fixture(scope="session")
def line() -> Callable[..., Sheet]:
    """The sheet with texts replaced: old, new, old, new ..."""

    def changed(*changes: str) -> Sheet:
        text = SHEET
        for old, new in zip(changes[::2], changes[1::2], strict=True):
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        return read_sheet(text, "line.yaml")

    return changed


@pytest.fixture(scope="session")
def memory() -> Callable[..., np.ndarray]:
    """AR(1) noise of a standard deviation."""
    return _memory


def _memory(rng: np.random.Generator, n: int, phi: float, sd: float = 1.0) -> np.ndarray:
    """AR(1) noise of standard deviation `sd`."""
    steps = rng.normal(size=n + 300) * sd * np.sqrt(1.0 - phi**2)
    return np.asarray(lfilter([1.0], [1.0, -phi], steps)[300:])


@pytest.fixture(scope="session")
def quiet_columns() -> Callable[..., dict[str, np.ndarray]]:
    """Columns of the line, settings moved a little, `share` of the variance in the feed."""

    def columns(seed: int = 0, n: int = 24 * 7 * 26, phi: float = 0.9, share: float = 0.6) -> dict[str, np.ndarray]:
        rng = np.random.default_rng(seed)
        feed = _memory(rng, n, 0.98)
        rest = _memory(rng, n, phi)
        temperature = 75.0 + np.repeat(rng.normal(size=n // 48 + 1), 48)[:n].round(1)
        flow = 15.0 + np.repeat(0.5 * rng.normal(size=n // 36 + 1), 36)[:n].round(1)
        recovery = 80.0 + 0.2 * (temperature - 75.0) + np.sqrt(share) * feed + np.sqrt(1.0 - share) * rest
        loss = 2.0 + 0.5 * _memory(rng, n, 0.9)
        return {"temperature": temperature, "flow": flow, "feed": 30.0 + feed, "recovery": recovery, "loss": loss}

    return columns


@pytest.fixture(scope="session")
def recommended() -> Callable[..., Recommendation]:
    """A recommendation for the line that promises `gain` for two degrees more."""

    def made(gain: float = 0.5, status: str = "proposed") -> Recommendation:
        lineage = Lineage(
            sheet_sha256="",
            source_sha256="",
            records_read=0,
            records_used=0,
            periods_used=0,
            from_=None,
            to=None,
            seed=0,
            code="",
        )
        return Recommendation(
            id="line-20250706T2200Z-abc123",
            created="2025-07-07T00:00:00+00:00",
            as_of=None,
            plant="line",
            status=status,
            reasons=(),
            settings=(
                SettingLine(
                    name="temperature", tag="TIC.SP", unit="degC", now=75.03, proposed=77.0, low=60, high=90, max_step=4
                ),
                SettingLine(name="flow", tag="flow", unit="m3/h", now=15.1, proposed=15.1, low=10, high=20, max_step=2),
            ),
            gain=Gain(objective="recovery", unit="%", expected=gain, low=0.2 * gain, high=1.8 * gain, level=0.9),
            value_per_year=Money(currency="EUR", expected=1e5 * gain, low=2e4 * gain, high=1.8e5 * gain),
            limits=(LimitLine(name="loss", bound="high", value=4.0, predicted=2.0, probability_held=0.99, now=0.99, unit="%"),),
            support=None,
            candidate=None,
            findings=(),
            model=ModelLine(kind="surrogate"),
            placebo=None,
            lineage=lineage,
        )

    return made


@pytest.fixture(scope="session")
def records_of() -> Callable[[Sheet, Sequence[Mapping[str, Any]]], Records]:
    """Records from rows, one a period from START (or one a batch), a missing value where a row has None."""

    def made(sheet: Sheet, rows: Sequence[Mapping[str, Any]]) -> Records:
        frame = pl.DataFrame(rows, infer_schema_length=None)
        key = sheet.batch or "time"
        stamps = [START + at * (sheet.period or timedelta(hours=1)) for at in range(len(rows))]
        places = [f"B{at:04}" for at in range(len(rows))] if sheet.batch else stamps
        wide = frame.select(
            pl.Series(key, places), *(pl.col(name).alias(sheet.variables[name].tag).cast(pl.Float64) for name in frame.columns)
        )
        return records_from_frame(sheet, wide, "by hand")

    return made
