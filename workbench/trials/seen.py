"""A plant's records in small moves: what was set, what the process felt, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.models.surrogates.time import TimeGrid
from workbench.plant import Sheet
from workbench.prepare import prepare_history
from workbench.prepare.measuring import measuring_sheet
from workbench.prepare.steady import filter_first_order, settling_of
from workbench.prepare.usable import OBJECTIVE_MISSING
from workbench.records import Records
from workbench.trials.belief import Belief, learn_belief
from workbench.trials.moves import Axis, Settings, coded

__all__ = ["Seen", "read_seen"]

PERIODS_MOST = 1000  # most recent periods that are learned from; own assumption
LONG_RECORD = 100  # [rows] from where on the moves of a first design no longer shift the median; own assumption
MICROSECOND = timedelta(microseconds=1)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Seen:
    """The last records of a plant, oldest first.

    Parameters
    ----------
    sheet : Sheet
    axes : tuple of Axis
    frame : polars.DataFrame
        History as it was measured.
    settings, felt : polars.DataFrame
        What was set in each row, a column a setting, and the same through the plant's settling.
    outcome : ndarray of shape (rows,)
        Improvement net of costs, nan where there is none [unit of the objective].
    positions : ndarray of int, shape (rows,)
        Place of each row on the grid of periods.
    """

    sheet: Sheet
    axes: tuple[Axis, ...]
    frame: pl.DataFrame
    settings: pl.DataFrame
    felt: pl.DataFrame
    outcome: Floats
    positions: NDArray[np.int64]

    @property
    def has_result(self) -> NDArray[np.bool_]:
        """Which rows can be learned from."""
        return np.isfinite(self.outcome)

    @property
    def pending(self) -> int:
        """Rows after the last result."""
        at = np.flatnonzero(self.has_result)
        return len(self.outcome) - 1 - int(at[-1]) if len(at) else len(self.outcome)

    @property
    def stand(self) -> dict[str, float | str]:
        """Where the plant stood before the moves: the first row, of a longer record its median (mode for choices)."""
        if self.settings.height < LONG_RECORD:
            return self.settings.row(0, named=True)
        middle = self.settings.select(
            pl.col(axis.name).mode().sort().first() if axis.choices is not None else pl.col(axis.name).median()
            for axis in self.axes
        )
        return middle.row(0, named=True)

    @property
    def last(self) -> dict[str, float | str]:
        """Settings of the last row: where the plant stands."""
        return self.settings.row(-1, named=True)

    def was_at(self, settings: Settings) -> bool:
        """Return whether the plant has stood there, with a result or without one yet."""
        same = np.ones(self.settings.height, dtype=bool)
        for axis in self.axes:
            same &= np.array([axis.is_same(v, settings[axis.name]) for v in self.settings[axis.name].to_list()], dtype=bool)
        return bool(same.any())

    def places(self) -> list[Settings]:
        """Return different settings that the plant has stood at, on the grid of what people set, the latest first."""
        found: dict[tuple[float | str, ...], Settings] = {}
        for row in reversed(self.settings.unique(maintain_order=True, keep="last").to_dicts()):
            place = {axis.name: axis.moved(row[axis.name], 0) for axis in self.axes}
            found.setdefault(tuple(place.values()), place)
        return list(found.values())

    def last_change(self) -> int | None:
        """Return the row in which a setting last moved, None where none did."""
        rows = self.settings.to_dicts()
        for at in range(len(rows) - 1, 0, -1):
            if not all(axis.is_same(rows[at][axis.name], rows[at - 1][axis.name]) for axis in self.axes):
                return at
        return None

    def results_of(self, column: str) -> Floats:
        """Return an outcome or a limit's formula, nan where it is not known or the period is set aside for something else."""
        counts = pl.col("reason").is_null() | (pl.col("reason") == OBJECTIVE_MISSING)
        values = self.frame.select(pl.when(counts).then(pl.col(column)).cast(pl.Float64).alias("v"))["v"]
        return values.fill_null(float("nan")).to_numpy()

    def belief(self, outcome: Floats, origin: Settings) -> Belief | None:
        """Return what the rows with a result say, settings counted from `origin`; None with fewer than two."""
        here = np.flatnonzero(np.isfinite(outcome))
        if len(here) < 2:
            return None
        moves = coded(self.axes, self.felt[here], origin)
        gaps = np.diff(self.positions[here], prepend=self.positions[here[0]] - 1)
        return learn_belief(moves, _conditions(self.sheet, self.frame[here]), outcome[here], gaps)


def read_seen(sheet: Sheet, axes: Sequence[Axis], records: Records) -> Seen | None:
    """Return the last 1,000 periods (or batches) in which every setting is known; None where there is none."""
    frame = prepare_history(measuring_sheet(sheet, sheet.period), records).frame
    names = {name: f"{name}.set" if f"{name}.set" in frame.columns else name for name in sheet.settings}
    frame = frame.filter(pl.all_horizontal(pl.col(column).is_not_null() for column in names.values())).tail(PERIODS_MOST)
    if frame.is_empty():
        return None
    settings = frame.select(pl.col(column).alias(name) for name, column in names.items())
    sign = 1.0 if sheet.objective.maximize else -1.0
    improvement = sign * pl.col("@objective") - _cost_weight(sheet) * pl.col("@cost").fill_null(0.0)
    values = frame.select(pl.when(pl.col("reason").is_null()).then(improvement).cast(pl.Float64).alias("y"))["y"]
    positions = TimeGrid.of(frame, sheet).positions
    felt = _felt(sheet, frame, settings)
    return Seen(sheet, tuple(axes), frame, settings, felt, values.fill_null(float("nan")).to_numpy(), positions)


def _cost_weight(sheet: Sheet) -> float:
    """Units of the objective that one currency per hour of cost takes back."""
    value = sheet.value_per_unit_year
    return sheet.hours_per_year / value if sheet.objective.costs and value and sheet.hours_per_year else 0.0


def _felt(sheet: Sheet, frame: pl.DataFrame, settings: pl.DataFrame) -> pl.DataFrame:
    """Settings as the process feels them in each period."""
    if sheet.period is None:
        return settings
    starts = frame["time"].dt.epoch("us").to_numpy()
    bounds = np.append(starts, starts[-1] + sheet.period // MICROSECOND)
    columns = []
    for name, setting in sheet.settings.items():
        settling = settling_of(sheet, name)
        if settling and setting.choices is None:
            columns.append(pl.Series(name, filter_first_order(settings[name].cast(pl.Float64).to_numpy(), bounds, settling)))
    return settings.with_columns(columns)


def _conditions(sheet: Sheet, frame: pl.DataFrame) -> Floats:
    """Conditions as numbers, choices as shares of all but the first."""
    columns = []
    for name, condition in sheet.conditions.items():
        if condition.choices is None:
            columns.append(frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy())
        else:
            columns += [(frame[name] == c).cast(pl.Float64).fill_null(float("nan")).to_numpy() for c in condition.choices[1:]]
    return np.column_stack(columns) if columns else np.empty((frame.height, 0))
