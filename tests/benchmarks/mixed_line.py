"""A simulated line with a temperature, a whole number and a choice: people wander, then they follow the advice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from workbench.loaders import records_from_frame
from workbench.plant import read_sheet
from workbench.trials import NextStep, next_move

__all__ = ["MixedLine"]

SHEET = """\
name: mixed
period: 4h
settings:
  temperature: {unit: degC, low: 60, high: 90, max_step: 4}
  pumps: {low: 1, high: 6, integer: true, max_step: 1}
  feedstock: {choices: [east, west, north]}
conditions:
  feed: {unit: "%"}
outcomes:
  recovery: {unit: "%", settling: 3h}
objective: {maximize: recovery}
"""
CHOICES = ("east", "west", "north")
PERIODS_A_DAY = 6
HOLD = 6  # periods that people leave the settings alone
CHANGE = 0.1  # of the times when they move: they change the choice, too
LATE = 12  # periods until a result is known
MEMORY, NOISE = 0.7, 0.6  # of recovery from period to period [-], [%]
SLOW, FEED = 0.97, 0.4  # memory of the feed [-], its standard deviation [%]
QUICK = 0.85  # share of a move that is felt in its first period
SEED = 4127

Settings = dict[str, float | str]


class MixedLine:
    """A line drawn by its seed: where its hill lies, how steep it is, and what each choice does; own assumptions.

    In half of the lines the third choice was never run.
    """

    def __init__(self, days: int, seed: int) -> None:
        self._rng = np.random.default_rng([SEED, seed, days])
        draw = self._rng
        self.top = {"temperature": draw.uniform(66.0, 84.0), "pumps": draw.integers(1, 7)}
        self.bend = {"temperature": draw.uniform(0.01, 0.05), "pumps": draw.uniform(0.15, 0.75)}
        self.effect = dict(zip(CHOICES, draw.normal(0.0, 1.2, 3), strict=True))
        self.slope = dict(zip(CHOICES, draw.normal(0.0, 0.05, 3), strict=True))  # [%/degC] more than the hill's
        self.sheet = read_sheet(SHEET, "mixed.yaml")
        self._noise, self._feed, self._felt = 0.0, 0.0, 0.0
        self._rows: list[dict[str, object]] = []
        self._wander(days * PERIODS_A_DAY, 3 if seed % 8 else 2)

    def response(self, at: Settings) -> float:
        """Recovery in steady state at mean feed without noise [%]."""
        hill = 80.0 - sum(self.bend[name] * (float(at[name]) - self.top[name]) ** 2 for name in self.bend)
        choice = str(at["feedstock"])
        return hill + self.effect[choice] + self.slope[choice] * (float(at["temperature"]) - 75.0)

    def advised(self, seed: int) -> NextStep:
        """Return the next move that the records speak for; the latest results are not known yet."""
        late = len(self._rows) - LATE
        rows = [{**row, "recovery": None} if at >= late else row for at, row in enumerate(self._rows)]
        times = [datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=4 * at) for at in range(len(rows))]
        frame = pl.DataFrame(rows, infer_schema_length=None).with_columns(
            pl.Series("time", times).cast(pl.Datetime("us", "UTC")), pl.col("recovery").cast(pl.Float64)
        )
        return next_move(self.sheet, records_from_frame(self.sheet, frame, "mixed.csv"), seed)

    def run(self, at: Settings, periods: int) -> None:
        """Leave the settings there for so many periods."""
        draw = self._rng
        for _ in range(periods):
            self._noise = MEMORY * self._noise + np.sqrt(1.0 - MEMORY**2) * draw.normal()
            self._feed = SLOW * self._feed + np.sqrt(1.0 - SLOW**2) * draw.normal()
            there = self.response(at)
            seen = QUICK * there + (1.0 - QUICK) * (self._felt if self._rows else there)
            self._felt = there
            self._rows.append({**at, "feed": 30.0 + self._feed, "recovery": seen + NOISE * self._noise + FEED * self._feed})

    def _wander(self, periods: int, n_choices: int) -> None:
        draw = self._rng
        middle, pumps, choice = float(draw.integers(68, 73)), float(draw.integers(2, 5)), CHOICES[0]
        for _ in range(0, periods, HOLD):
            if draw.random() < CHANGE:
                choice = CHOICES[draw.integers(n_choices)]
            moved = float(draw.integers(-2, 3)), float(draw.choice([-1, 0, 0, 0, 1]))
            self.run({"temperature": middle + moved[0], "pumps": pumps + moved[1], "feedstock": choice}, HOLD)
