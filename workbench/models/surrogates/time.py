"""Time beside the terms: slow drift, the time of day, and effects that were others before.

What merely happened at the same time is then not credited to a setting, and an old behaviour is not taken for the present one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.models.surrogates.basis import DRIFT_C, DRIFT_S, SLOW, Basis
from workbench.plant import Sheet

__all__ = ["TimeColumns", "TimeGrid", "drift_columns", "slow_columns", "time_columns"]

N_WAVES_MAX = 20  # slowest waves of drift that are offered; own assumption
PERIODS_PER_WAVE = 30  # [periods] a half wave of drift holds at least this many; own assumption
N_DRIFT_WAVES_MAX = 3  # slowest waves in which an effect may have drifted; own assumption
PERIODS_PER_DRIFT = 300  # [periods] a half wave of a drifting effect holds at least this many; own assumption

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TimeGrid:
    """Place of each usable period on the grid of periods, and its local time of day.

    Parameters
    ----------
    positions : array of int
        Whole periods since the first one [periods].
    length : int
        Periods from the first to the last, both counted [periods].
    hours : array of float or None
        Local time of day [h]; None for batches and for periods of a day or more.
    """

    positions: NDArray[np.int64]
    length: int
    hours: Floats | None

    @classmethod
    def of(cls, frame: pl.DataFrame, sheet: Sheet) -> TimeGrid:
        """Make the grid of `frame` (History.usable)."""
        if sheet.period is None or frame["time"].null_count():
            return cls(np.arange(frame.height), frame.height, None)
        seconds = frame["time"].dt.epoch("s").to_numpy()
        step = sheet.period.total_seconds()
        # from period to period, half a period rounded down: the day of a clock change ends with a longer or shorter one, and
        # counted from the first period all later ones would stand between two places
        steps = np.maximum(np.ceil(np.diff(seconds) / step - 0.5), 1.0).astype(np.int64)
        positions = np.concatenate([np.zeros(min(len(seconds), 1), dtype=np.int64), np.cumsum(steps)])
        hours = None
        if sheet.period < timedelta(days=1):
            local = frame["time"].dt.convert_time_zone(sheet.timezone)
            hours = (local.dt.hour().cast(pl.Float64) + local.dt.minute().cast(pl.Float64) / 60.0).to_numpy()
        return cls(positions, int(positions[-1]) + 1 if len(positions) else 0, hours)

    def slow(self) -> Floats:
        """Columns of drift and time of day for every period."""
        return slow_columns(self.positions.astype(np.float64), self.length, self.hours)


@dataclass(frozen=True)
class TimeColumns:
    """Columns of time beside the terms: drift, time of day, and effects that drifted.

    Parameters
    ----------
    columns : array of float, shape (periods, columns)
        The last row's drifted effects are those of the end of the history, as good as 0.
    groups : array of int
        Group of each column.
    ends : array of float, shape (terms, columns)
        What each column's coefficient adds to each term's effect between the middle of the history, on average, and its end.
    """

    columns: Floats
    groups: NDArray[np.int64]
    ends: Floats


def time_columns(basis: Basis, base: Floats, grid: TimeGrid) -> TimeColumns:
    """Return the columns of time for every period, from the base columns (`Basis.base_of`) as an outcome feels them."""
    slow = grid.slow()
    columns, groups = [slow], [np.full(slow.shape[1], SLOW)]
    ends = [np.zeros((len(basis.terms), slow.shape[1]))]
    for group, is_setting in ((DRIFT_S, True), (DRIFT_C, False)):
        lines = [t for t, column in basis.lines if basis.variables[column.variable].is_setting == is_setting]
        drift, means = drift_columns(basis.lines_of(base, lines), grid.positions.astype(np.float64), grid.length)
        at_end = np.zeros((len(basis.terms), drift.shape[1]))
        for place, line in enumerate(lines * (len(means) // max(len(lines), 1))):
            at_end[line, place] = -means[place]
        columns.append(drift)
        groups.append(np.full(drift.shape[1], group))
        ends.append(at_end)
    return TimeColumns(np.concatenate(columns, axis=1), np.concatenate(groups), np.concatenate(ends, axis=1))


def slow_columns(position: Floats, n_periods: int, hours: Floats | None) -> Floats:
    """Return columns for slow drift and, for periods shorter than a day, for the time of day.

    Parameters
    ----------
    position : array of float
        Place of each period on the time grid, from 0 to `n_periods` - 1 [periods].
    n_periods : int
        Length of the grid [periods].
    hours : array of float or None
        Local time of day of each period [h]; None for batches and for periods of a day or more.
    """
    n_waves = int(min(N_WAVES_MAX, n_periods // PERIODS_PER_WAVE))
    place = (position + 0.5) / max(n_periods, 1)
    # slower waves may be larger, as in a random walk: amplitude 1/k
    waves = [np.sqrt(2.0) * np.cos(np.pi * k * place) / k for k in range(1, n_waves + 1)]
    if hours is not None:
        for k in (1, 2):
            waves += [np.sin(2 * np.pi * k * hours / 24.0), np.cos(2 * np.pi * k * hours / 24.0)]
    return np.stack(waves, axis=1) if waves else np.zeros((len(position), 0))


def drift_columns(variables: Floats, position: Floats, n_periods: int) -> tuple[Floats, Floats]:
    """Return columns for what variables did otherwise before: each times slow waves that end at 0 with the history.

    What is left to the variable itself is then its effect at the end. No column for a history too short to tell.

    Parameters
    ----------
    variables : array of float, shape (periods, variables)
        Centred and scaled: with a mean of its own, a variable's drift could not be told from that of the level.
    position, n_periods
        As for `slow_columns`.

    Returns
    -------
    columns : array of float, shape (periods, waves x variables)
        All variables under one wave, then all under the next.
    means : array of float, shape (waves x variables,)
        Mean of each column's wave over the history [-].
    """
    past = 1.0 - (position + 0.5) / max(n_periods, 1)
    n_waves = int(min(N_DRIFT_WAVES_MAX, n_periods // PERIODS_PER_DRIFT))
    if not n_waves:
        return np.zeros((len(past), 0)), np.zeros(0)
    waves = [(np.cos(np.pi * k * past) - 1.0) / k for k in range(1, n_waves + 1)]
    means = np.repeat([float(wave.mean()) for wave in waves], variables.shape[1])
    return np.concatenate([variables * wave[:, None] for wave in waves], axis=1), means
