"""The project's own simulator of a phosphoric acid line as a plant of the benchmark: one year of records a seed, slow."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.errors import WorkbenchError
from workbench.loaders import records_from_frame
from workbench.models.simulators.phosphoric_acid.plant import PhosphoricAcid
from workbench.plant import Sheet, library, read_sheet
from workbench.prepare import prepare_history

from .plant import Floats, Plant
from .trial_error import error_of_path

__all__ = ["AcidTruth", "make_acid"]

NAME = "phosphoric_acid"
FIRST_SEED = 5001  # histories that nothing else in the project was looked at with
DAYS = 365
SCATTER_SEED = 9101  # of the truth's own scatter: no history uses it
SEARCH_ROWS = 8  # recent days that the search for the best settings looks at
PLANT = PhosphoricAcid()


@dataclass(frozen=True)
class AcidTruth:
    """The simulator's answers at recent conditions, without laboratory or instruments."""

    sheet: Sheet
    conditions: pl.DataFrame
    memory: dict[bytes, tuple[Floats, Floats]] = field(default_factory=dict)

    def objective(self, settings: Floats, rows: NDArray[np.int64]) -> Floats:
        """Mean objective; minus infinity where the plant has no steady state."""
        return self._both(settings, rows)[0]

    def held(self, settings: Floats, rows: NDArray[np.int64]) -> Floats:
        """Share of single days within each limit."""
        return self._both(settings, rows)[1]

    def _both(self, settings: Floats, rows: NDArray[np.int64]) -> tuple[Floats, Floats]:
        key = settings.tobytes() + rows.tobytes()
        if key not in self.memory:
            if len(self.memory) > 8:
                self.memory.clear()
            self.memory[key] = self._evaluate(settings, rows)
        return self.memory[key]

    def _evaluate(self, settings: Floats, rows: NDArray[np.int64]) -> tuple[Floats, Floats]:
        surroundings = self.conditions[rows].drop_nulls()
        names = list(self.sheet.settings)
        asked = pl.concat(
            [
                surroundings.with_columns(pl.lit(v).alias(n) for n, v in zip(names, row, strict=True))
                for row in settings.tolist()
            ]
        )
        try:
            truth = PLANT.evaluate(asked, SCATTER_SEED)
        except WorkbenchError:  # some candidate has no steady state: find out which
            if len(settings) == 1:
                return np.array([-np.inf]), np.zeros((1, len(self._limits())))
            half = len(settings) // 2
            parts = [self._evaluate(part, rows) for part in (settings[:half], settings[half:])]
            return np.concatenate([p[0] for p in parts]), np.vstack([p[1] for p in parts])
        both = asked.with_columns(truth.get_columns())
        shape = (len(settings), surroundings.height)
        objective = both.select(self.sheet.objective.formula.expr().alias("x"))["x"].to_numpy().reshape(shape).mean(axis=1)
        shares = []
        for expression, low, high in self._limits():
            value = both.select(expression.alias("x"))["x"].to_numpy().reshape(shape)
            ok = np.ones(shape, dtype=bool)
            ok &= value >= low if low is not None else True
            ok &= value <= high if high is not None else True
            shares.append(ok.mean(axis=1))
        return objective, np.column_stack(shares)

    def _limits(self) -> list[tuple[pl.Expr, float | None, float | None]]:
        outcomes = [(pl.col(n), o.low, o.high) for n, o in self.sheet.outcomes.items() if (o.low, o.high) != (None, None)]
        return outcomes + [(limit.formula.expr(), limit.low, limit.high) for limit in self.sheet.limits]


def make_acid(seed: int) -> Plant:
    """Return one simulated year; no oracle: there is no response family to fit."""
    lines = library()[NAME].read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("source:"))  # a simulated source would ask the referee
    sheet = read_sheet(text)
    records = PLANT.history_truth(DAYS, FIRST_SEED + seed, {}).records
    history = prepare_history(sheet, records_from_frame(sheet, records, f"seed {FIRST_SEED + seed}"))
    frame = history.frame.select("time", *sheet.conditions)
    path = _unexplained(history.usable, [*sheet.settings, *sheet.conditions])
    return Plant(
        sheet_text=text,
        frame=frame,
        truth=AcidTruth(sheet, frame.drop("time")),
        unit=float(path.std()),
        trial_error=error_of_path(path, 24.0),
        search_rows=SEARCH_ROWS,
        records=records,
    )


def _unexplained(usable: pl.DataFrame, names: list[str]) -> Floats:
    """The objective less what is linear in settings and conditions: what a trial would have to see a gain against."""
    x = usable.select(pl.col(names).cast(pl.Float64)).to_numpy().astype(float)
    x = np.column_stack([np.ones(len(x)), np.nan_to_num(x - np.nanmean(x, axis=0))])
    y = usable["@objective"].to_numpy().astype(float)
    return np.asarray(y - x @ np.linalg.lstsq(x, y, rcond=None)[0])
