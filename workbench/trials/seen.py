"""A plant's records in small moves: what was set, what the process felt, and what came of it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.models.surrogates.time import TimeGrid
from workbench.plant import Sheet
from workbench.prepare import prepare_history
from workbench.prepare.measuring import measuring_sheet
from workbench.prepare.steady import filter_first_order, settling_of
from workbench.prepare.usable import EXCLUDED, NOT_RUNNING, OBJECTIVE_MISSING
from workbench.records import Records
from workbench.trials.belief import Belief, learn_belief, standardized
from workbench.trials.moves import Axis, Settings, coded, coded_choices, share_name, whole_columns

__all__ = ["Seen", "read_seen"]

PERIODS_MOST = 4000  # most recent periods that are learned from; own assumption
LONG_RECORD = 100  # [rows] from where on the moves of a first design no longer shift the median; own assumption
# Settling times of so many times the sheet's are as credible as that: few know theirs well, and the first periods after a move,
# in which it counts, weigh most where noise is slow. Where the sheet names none, one period takes its place. Own assumption.
SETTLINGS = (0.5, 2.0, 4.0)
SETTLED_LEAST = 0.5  # of the results: with fewer after the settling time of a move the others count, too; own assumption
RESULTS_LEAST = 2  # with fewer nothing is learned
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
        What was set in each row, a column a setting, and the same through the plant's settling: of choices their shares, too.
    felt_otherwise : tuple of polars.DataFrame
        The same through settling times that are other than the sheet's.
    outcome : ndarray of shape (rows,)
        Improvement net of costs, nan where there is none [unit of the objective].
    positions : ndarray of int, shape (rows,)
        Place of each row on the grid of periods.
    last : dict
        Where the plant stands: what was set at the end of the last row.
    """

    sheet: Sheet
    axes: tuple[Axis, ...]
    frame: pl.DataFrame
    settings: pl.DataFrame
    felt: pl.DataFrame
    felt_otherwise: tuple[pl.DataFrame, ...]
    outcome: Floats
    positions: NDArray[np.int64]
    last: Settings

    @property
    def has_result(self) -> NDArray[np.bool_]:
        """Which rows can be learned from."""
        return np.isfinite(self.outcome)

    @property
    def is_settled(self) -> NDArray[np.bool_]:
        """Which rows begin a settling time or more after the last move; a period after it where the sheet names none."""
        settled = np.ones(self.settings.height, dtype=bool)
        if self.sheet.period is None:
            return settled
        starts = self.frame["time"].dt.epoch("us").to_numpy()
        for axis in self.axes:
            values = self.settings[axis.name].to_list()
            is_move = [False, *(not axis.is_same(a, b) for a, b in itertools.pairwise(values))]
            last = np.maximum.accumulate(np.where(is_move, np.arange(len(values)), -1))
            settling = settling_of(self.sheet, axis.name) or self.sheet.period // MICROSECOND
            settled &= (last < 0) | (starts - starts[last] >= settling)
        return settled

    def learned(self, outcome: Floats) -> NDArray[np.int64]:
        """Return the rows of an outcome that are learned from: where half of its results or more are settled, those alone."""
        known = np.isfinite(outcome)
        settled = known & self.is_settled
        return np.flatnonzero(settled if settled.sum() >= max(RESULTS_LEAST, SETTLED_LEAST * known.sum()) else known)

    @property
    def pending(self) -> int:
        """Rows after the last result in which the plant ran: of a stop or an excluded time none is awaited."""
        at = np.flatnonzero(self.has_result)
        return int(self.has_run[int(at[-1]) + 1 if len(at) else 0 :].sum())

    @property
    def has_run(self) -> NDArray[np.bool_]:
        """Rows in which the plant ran, at a time that the sheet does not exclude."""
        reason = pl.col("reason")
        is_idle = (reason == NOT_RUNNING) | reason.str.starts_with(EXCLUDED)
        return self.frame.select(~is_idle.fill_null(value=False))["reason"].to_numpy()

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

    def was_at(self, settings: Settings) -> bool:
        """Return whether the plant has run there, with a result or without one yet."""
        same = self.has_run.copy()
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

    def belief(self, outcome: Floats, origin: Settings, *, tied: bool = False) -> Belief | None:
        """Return what the rows with a result say, settings counted from `origin`; None with fewer than two.

        What a setting does may change with the conditions: a pump that pays at full load and loses at half is run at full load,
        and one slope for all would be that of the hours in which people moved it. A move is judged over all rows alike.
        """
        here = self.learned(outcome)
        if len(here) < RESULTS_LEAST:
            return None
        moves, *otherwise = self.felt_under(here, origin)
        return learn_belief(
            moves,
            self.conditions(here),
            outcome[here],
            self.gaps(here),
            otherwise=otherwise,
            choices=coded_choices(self.axes, origin),
            whole=whole_columns(self.axes, origin),
            tied=tied,
        )

    def felt_under(self, rows: NDArray[np.int64], origin: Settings) -> list[Floats]:
        """Return settings as they are felt, in moves from `origin`, and conditions, for each settling time that is credible."""
        conditions = standardized(self.conditions(rows))
        return [np.column_stack([coded(self.axes, f[rows], origin), conditions]) for f in (self.felt, *self.felt_otherwise)]

    def gaps(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the periods from each of these rows to the one before."""
        return np.diff(self.positions[rows], prepend=self.positions[rows[0]] - 1)

    def conditions(self, rows: NDArray[np.int64]) -> Floats:
        """Return conditions in these rows as numbers, choices as shares of all but the first."""
        return _conditions(self.sheet, self.frame[rows])


def read_seen(sheet: Sheet, axes: Sequence[Axis], records: Records) -> Seen | None:
    """Return the last 4,000 periods (or batches) in which every setting is known; None where there is none."""
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
    others = tuple(_felt(sheet, frame, settings, times) for times in SETTLINGS) if sheet.period else ()
    last = _last_set(sheet, axes, records, frame, names)
    return Seen(sheet, tuple(axes), frame, settings, felt, others, values.fill_null(float("nan")).to_numpy(), positions, last)


def _last_set(sheet: Sheet, axes: Sequence[Axis], records: Records, frame: pl.DataFrame, names: Mapping[str, str]) -> Settings:
    """What was set when the last row ended: where a setting moved within it, its mean is a value that was never set."""
    row = frame.row(-1, named=True)
    stands = {name: row[column] for name, column in names.items()}
    if sheet.period is not None:
        ends = {name: setting.model_copy(update={"aggregate": "last"}) for name, setting in sheet.settings.items()}
        late = measuring_sheet(sheet.model_copy(update={"settings": ends}), sheet.period)
        recent = records.frame.filter(pl.col("time") >= row["time"] - sheet.period)
        found = prepare_history(late, replace(records, frame=recent)).frame.filter(pl.col("time") == row["time"])
        for name, column in names.items() if found.height else ():
            stands[name] = stands[name] if found[column][0] is None else found[column][0]
    return {axis.name: axis.standing(stands[axis.name]) for axis in axes}


def _cost_weight(sheet: Sheet) -> float:
    """Units of the objective that one currency per hour of cost takes back."""
    value = sheet.value_per_unit_year
    return sheet.hours_per_year / value if sheet.objective.costs and value and sheet.hours_per_year else 0.0


def _felt(sheet: Sheet, frame: pl.DataFrame, settings: pl.DataFrame, times: float | None = None) -> pl.DataFrame:
    """Settings as the process feels them in each period, or would by a settling that is so many times as long."""
    if sheet.period is None:
        return settings
    starts = frame["time"].dt.epoch("us").to_numpy()
    bounds = np.append(starts, starts[-1] + sheet.period // MICROSECOND)
    columns = []
    for name, setting in sheet.settings.items():
        settling = settling_of(sheet, name)
        if times is not None:
            settling = round(times * (settling or sheet.period // MICROSECOND))
        if not settling:
            continue
        found = {name: settings[name]}
        if setting.choices is not None:
            found = {share_name(name, choice): settings[name] == choice for choice in setting.choices}
        for column, values in found.items():
            columns.append(pl.Series(column, filter_first_order(values.cast(pl.Float64).to_numpy(), bounds, settling)))
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
