"""A small healthy plant for tests that go the whole way, and histories by hand for those that do not."""

from __future__ import annotations

import os
import sqlite3

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: as the commands do, so that workers are in nobody's way
os.environ.setdefault("OMP_NUM_THREADS", "1")

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import polars as pl
import pytest

from workbench.plant import Sheet
from workbench.records import History, RowLedger

hypothesis.settings.register_profile("unhurried", deadline=None)  # a busy machine is no fault
hypothesis.settings.load_profile("unhurried")

SHEET = """\
name: small
period: 1h
timezone: UTC
hours_per_year: 8000
currency: EUR
settings:
  temperature: {unit: degC, low: 60, high: 90, max_step: 5}
  flow: {unit: m3/h, low: 10, high: 20, max_step: 2}
conditions:
  feed: {unit: "%"}
outcomes:
  recovery: {unit: "%"}
objective: {maximize: recovery, unit: "%", value_per_unit: 100000}
source: {file: history.csv}
"""
HOURS = 300
TEMPERATURE_BEST, FLOW_BEST = 78.0, 16.0  # the optimum that is built in, [degC] and [m3/h]


def true_recovery(temperature: float, flow: float) -> float:
    """Recovery without noise at the mean feed [%]."""
    return 80.0 - 0.05 * (temperature - TEMPERATURE_BEST) ** 2 - 0.5 * (flow - FLOW_BEST) ** 2


def small_history(seed: int = 0, hours: int = HOURS) -> pl.DataFrame:
    """A wide table as an export would hold it; settings move every five or six hours, below the optimum."""
    rng = np.random.default_rng(seed)
    temperature = 70.0 + 3.0 * np.repeat(rng.normal(size=hours // 6 + 1), 6)[:hours]
    flow = 15.0 + np.repeat(rng.normal(size=hours // 5 + 1), 5)[:hours]
    feed = 30.0 + rng.normal(size=hours)
    best = 80.0 - 0.05 * (temperature - TEMPERATURE_BEST) ** 2 - 0.5 * (flow - FLOW_BEST) ** 2
    recovery = best + 0.5 * (feed - 30.0) + 0.5 * rng.normal(size=hours)
    times = [datetime(2026, 1, 5) + timedelta(hours=i) for i in range(hours)]  # noqa: DTZ001  as a file says it
    return pl.DataFrame(
        {
            "time": [f"{t:%Y-%m-%d %H:%M}" for t in times],
            "temperature": temperature.round(2),
            "flow": flow.round(3),
            "feed": feed.round(2),
            "recovery": recovery.round(3),
        }
    )


@dataclass
class SmallPlant:
    """The plant's folder: `small.yaml`, and `history.csv` beside it."""

    folder: Path

    @property
    def sheet(self) -> Path:
        return self.folder / "small.yaml"

    @property
    def history(self) -> Path:
        return self.folder / "history.csv"

    def change_sheet(self, old: str, new: str) -> None:
        text = self.sheet.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} does not stand once in the sheet"
        self.sheet.write_text(text.replace(old, new), encoding="utf-8")

    def write_history(self, frame: pl.DataFrame) -> None:
        frame.write_csv(self.history)


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallPlant:
    """The small plant in a folder of its own, which is the current one; no store is named."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_STORE", raising=False)
    made = SmallPlant(tmp_path)
    made.sheet.write_text(SHEET, encoding="utf-8")
    made.write_history(small_history())
    return made


def make_history(sheet: Sheet, columns: Mapping[str, Any]) -> History:
    """A history without gaps from the variables' columns: a row a period from 5 January 2026, or a row a batch."""
    frame = pl.DataFrame(columns)
    n = frame.height
    start = datetime(2026, 1, 5, tzinfo=UTC)
    if sheet.period is None:
        key = {"time": pl.Series([None] * n, dtype=pl.Datetime("us", "UTC")), "batch": pl.Series([f"B{i}" for i in range(n)])}
    else:
        times = pl.Series([start + i * sheet.period for i in range(n)], dtype=pl.Datetime("us", "UTC"))
        key = {"time": times, "batch": pl.Series([None] * n, dtype=pl.String)}
    frame = pl.DataFrame({**key, **{name: frame[name] for name in frame.columns}})
    costs = sheet.objective.costs
    cost = sum((c.formula.expr() for c in costs[1:]), costs[0].formula.expr()) if costs else pl.lit(None, pl.Float64)
    frame = frame.with_columns(
        sheet.objective.formula.expr().alias("@objective"),
        cost.cast(pl.Float64).alias("@cost"),
        *(limit.formula.expr().alias(f"@limit:{limit.name}") for limit in sheet.limits),
        pl.lit(True).alias("steady"),
        pl.lit(None, pl.String).alias("reason"),
    )
    rows = RowLedger(n)
    return History(frame, rows, rows, (), "0" * 64, "by hand")


@pytest.fixture(scope="session")
def history_of() -> Callable[[Sheet, Mapping[str, Any]], History]:
    """Build a history from a sheet and its variables' columns, nothing set aside."""
    return make_history


@pytest.fixture
def no_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Databases open as in a folder without the right to write; root, who runs many a test, has it everywhere."""
    opened = sqlite3.connect

    def connect(place: str | Path, **more: Any) -> sqlite3.Connection:
        address = str(place) if more.pop("uri", False) else Path(place).as_uri()
        return opened(f"{address.partition('?')[0]}?mode=ro", uri=True, **more)

    monkeypatch.setattr(sqlite3, "connect", connect)
