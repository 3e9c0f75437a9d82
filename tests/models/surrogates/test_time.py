"""Columns of time, by hand: the grid, drift, the time of day, and effects that were others before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from workbench.models.surrogates.basis import DRIFT_C, DRIFT_S, SLOW
from workbench.models.surrogates.surrogate import Surrogate, fit_surrogate
from workbench.models.surrogates.time import TimeColumns, TimeGrid, drift_columns, slow_columns, time_columns
from workbench.prepare.grid import period_bounds


def test_time_grid_counts_gaps(made: Callable[..., Any]) -> None:
    plant = made(n=20)
    frame = plant.history.frame[[0, 1, 2, 6, 7, 19]]
    grid = TimeGrid.of(frame, plant.sheet)
    assert grid.positions.tolist() == [0, 1, 2, 6, 7, 19]
    assert grid.length == 20
    assert grid.hours is not None
    assert grid.hours.tolist() == [0, 4, 8, 0, 4, 4]


@pytest.mark.parametrize("hours", [1, 2, 4, 8, 24])
@pytest.mark.parametrize(("first", "last"), [("2025-03-25", "2025-04-05"), ("2025-10-20", "2025-11-02")])
def test_clock_change_leaves_periods_adjacent(hours: int, first: str, last: str, plant: Any) -> None:
    start, end = (int(datetime.fromisoformat(f"{day}T00:00+00:00").timestamp() * 1e6) for day in (first, last))
    bounds = period_bounds(start, end, hours * 3_600_000_000, "Europe/Berlin", time(0))[:-1]
    frame = pl.DataFrame({"time": pl.Series(bounds).cast(pl.Datetime("us", "UTC"))})
    sheet = plant.sheet.model_copy(update={"period": timedelta(hours=hours), "timezone": "Europe/Berlin"})
    assert TimeGrid.of(frame, sheet).positions.tolist() == list(range(frame.height))


def columns_of_time(surrogate: Surrogate) -> TimeColumns:
    return time_columns(surrogate.basis, surrogate.basis.base_of(surrogate.frame), surrogate.grid)


def test_time_columns_by_hand(plant: Any, learned: Surrogate) -> None:
    """400 periods of 4 h: 13 waves and 4 columns for the time of day; one wave of drift for each variable and each choice."""
    time = columns_of_time(learned)
    columns, groups = time.columns, time.groups
    assert columns.shape == (400, len(groups))
    assert [int((groups == g).sum()) for g in (SLOW, DRIFT_S, DRIFT_C)] == [17, 4, 1]
    frame = plant.history.frame
    wave = np.cos(np.pi * (1 - (np.arange(400) + 0.5) / 400)) - 1
    for name, column in (("temperature", columns[:, groups == DRIFT_S][:, 0]), ("feed", columns[:, groups == DRIFT_C][:, 0])):
        x = frame[name].to_numpy()
        assert column == pytest.approx((x - x.mean()) / x.std() * wave)
    keep = (frame["mode"] == "keep").to_numpy()
    assert columns[:, groups == DRIFT_S][:, 3] == pytest.approx((keep - keep.mean()) / keep.std() * wave)
    assert np.abs(columns[-1, groups != SLOW]).max() < 1e-4


def test_ends_take_each_effect_from_the_middle_to_the_end(learned: Surrogate) -> None:
    """An effect b + d (wave - mean) is b in the middle; term and drift column make it b + d (0 - mean) where the wave is 0.

    So over the history, a line with its end at b - mean d and a drift column of d are on average those of a constant b.
    """
    time = columns_of_time(learned)
    design = learned.basis.design(learned.frame)
    assert time.ends.shape == (design.shape[1], time.columns.shape[1])
    assert (time.ends[:, time.groups == SLOW] == 0.0).all()
    drifting = np.flatnonzero(time.groups != SLOW)
    assert (np.count_nonzero(time.ends[:, drifting], axis=0) == 1).all()  # each moves its own line alone
    wave = np.cos(np.pi * (1 - (np.arange(400) + 0.5) / 400)) - 1
    for k in drifting:
        line = int(np.flatnonzero(time.ends[:, k])[0])
        assert len(learned.basis.terms[line]) == 1
        effect = time.columns[:, k] + time.ends[line, k] * design[:, line]  # of d = 1 alone
        assert effect == pytest.approx(design[:, line] * (wave - wave.mean()))


def test_history_too_short_for_drift_has_columns_of_time_alone(made: Callable[..., Any]) -> None:
    short = made(n=299)
    time = columns_of_time(fit_surrogate(short.sheet, short.history))
    assert set(time.groups.tolist()) == {SLOW}
    assert not time.ends.any()


def test_slow_columns_by_hand() -> None:
    slow = slow_columns(np.arange(60.0), 60, None)
    assert slow.shape == (60, 2)  # a half wave of drift holds at least 30 periods
    assert slow[0] == pytest.approx([np.sqrt(2) * np.cos(np.pi / 120), np.sqrt(2) * np.cos(2 * np.pi / 120) / 2])
    assert slow.T @ slow / 60 == pytest.approx(np.diag([1.0, 0.25]), abs=1e-9)
    assert slow_columns(np.arange(20.0), 20, None).shape == (20, 0)
    day = slow_columns(np.arange(24.0), 24, np.arange(24.0))
    assert day[6] == pytest.approx([1, 0, 0, -1], abs=1e-12)
    assert slow_columns(np.arange(10_000.0), 10_000, None).shape[1] == 20


def test_drift_columns_by_hand() -> None:
    variables = np.stack([np.full(601, 3.0), np.linspace(-1.0, 1.0, 601)], axis=1)
    drift, means = drift_columns(variables, np.arange(601.0), 601)
    assert drift.shape == (601, 4)  # two waves, each with both variables
    # as many periods lie above as below the middle of a cosine: -1 and -1/2 are left
    assert means == pytest.approx([-1.0, -1.0, -0.5, -0.5], abs=1e-9)
    # the middle period has half the history before it: cos(pi/2) - 1 and (cos(pi) - 1) / 2
    assert drift[300] == pytest.approx([-3.0, 0.0, -3.0, 0.0], abs=1e-9)
    # the first: cos(pi) - 1 and (cos(2 pi) - 1) / 2, half a period less
    assert drift[0] == pytest.approx([-6.0, 2.0, 0.0, 0.0], abs=1e-4)
    assert drift[:, [1, 3]] == pytest.approx(drift[:, [0, 2]] / 3.0 * variables[:, [1]])


@pytest.mark.parametrize("n", [300, 700, 5000])
def test_drift_ends_at_nothing(n: int) -> None:
    """Half a period before the end 1 - cos(pi k / 2n) is left, under (pi k / 2n)^2 / 2: 1.4e-5 for the slowest of 300."""
    drift, _ = drift_columns(np.full((n, 1), 2.0), np.arange(float(n)), n)
    assert np.abs(drift[-1]).max() < 2.0 * 3 * (np.pi / (2 * n)) ** 2 / 2
    assert np.abs(drift[: n // 2]).max() > 1.9
    assert (np.abs(drift[-n // 100 :]) < 0.01).all()


@pytest.mark.parametrize(("n", "n_waves"), [(0, 0), (30, 0), (299, 0), (300, 1), (599, 1), (600, 2), (900, 3), (20_000, 3)])
def test_only_a_long_history_offers_drifting_effects(n: int, n_waves: int) -> None:
    drift, means = drift_columns(np.ones((n, 5)), np.arange(float(n)), n)
    assert drift.shape == (n, 5 * n_waves)
    assert means.shape == (5 * n_waves,)


def test_drift_goes_by_the_grid_not_by_the_rows() -> None:
    whole, _ = drift_columns(np.ones((800, 1)), np.arange(800.0), 800)
    here = np.r_[0:100, 650:800]
    told, means = drift_columns(np.ones((250, 1)), here.astype(float), 800)
    assert told == pytest.approx(whole[here])
    assert means == pytest.approx(told.mean(axis=0))  # the middle is that of the periods that there are
