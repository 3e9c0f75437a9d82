"""The climb along limits: against the best place of a grid found by trying all of them."""

from __future__ import annotations

import itertools
import os
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from workbench.tuning.climb import _grid_steps, polish, silent_terminal
from workbench.tuning.space import Dimension, Space


class Plain:
    """Two settings: `x` is worth 1, `y` costs 0.2, and slope x - y + bend x^2 has to stay within a corridor."""

    def __init__(self, slope: float, width: float, bend: float = 0.0) -> None:
        self.slope, self.width, self.bend = slope, width, bend

    def shifts(self, settings: pl.DataFrame) -> np.ndarray:
        return settings.select("x", "y").to_numpy()

    def lacking(self, settings: pl.DataFrame) -> np.ndarray:
        x, y = self.shifts(settings).T
        across = self.slope * x - y + self.bend * x**2
        return np.column_stack([np.full(len(x), -0.5), across - self.width, -across - self.width])

    def inside(self, settings: pl.DataFrame) -> np.ndarray:
        return np.ones(settings.height, dtype=bool)

    def holds(self, settings: pl.DataFrame) -> np.ndarray:
        return np.asarray((self.lacking(settings) <= 1e-12).all(axis=1))


def score(shifts: np.ndarray) -> np.ndarray:
    return shifts @ np.array([1.0, -0.2])


def space_at(x: float, y: float) -> Space:
    dimensions = (Dimension("x", x, -1.0, 1.0, 0.01), Dimension("y", y, -1.0, 1.0, 0.05))
    return Space(dimensions, {}, pl.DataFrame({"x": [x], "y": [y]}))


def best_of_all(judge: Any, space: Space) -> float:
    places = [
        {"x": d / 100, "y": e / 20} for d, e in itertools.product(range(-100, 101), range(-20, 21))
    ]  # every place of the grid
    frame = space.frame(places)
    return float(score(judge.shifts(frame))[judge.holds(frame)].max())


@pytest.mark.parametrize("bend", [0.0, 0.15, -0.15])
@pytest.mark.parametrize(("slope", "width"), [(1.5, 0.02), (0.4, 0.015), (-2.0, 0.03)])
def test_it_follows_a_corridor_that_no_single_move_stays_in(slope: float, width: float, bend: float) -> None:
    judge: Any = Plain(slope, width, bend)
    space = space_at(0.0, 0.0)
    present = space.present()
    alone = space.frame([{**present, "x": 0.01 * s} for s in (-5, 5)] + [{**present, "y": 0.05 * s} for s in (-1, 1)])
    assert not judge.holds(alone).any()
    found = polish(judge, space, present, score)
    assert judge.holds(space.frame([found])).all()
    assert float(score(judge.shifts(space.frame([found])))[0]) >= 0.9 * best_of_all(judge, space) > 0.2


def test_from_between_two_values_of_the_grid_it_ends_on_it() -> None:
    judge: Any = Plain(2.0, 0.04)
    space = space_at(0.004, 0.013)
    found = polish(judge, space, space.present(), score)
    assert judge.holds(space.frame([found])).all()
    assert found["x"] == pytest.approx(round(float(found["x"]), 2), abs=1e-12)
    assert float(found["y"]) * 20 == pytest.approx(round(float(found["y"]) * 20), abs=1e-9)
    assert float(found["x"]) > 0.4


def test_what_cannot_be_bettered_stays() -> None:
    judge: Any = Plain(3.0, 0.02)
    space = space_at(0.0, 0.0)
    assert polish(judge, space, space.present(), lambda shifts: -np.abs(shifts).sum(axis=1)) == space.present()


def test_choices_and_whole_numbers_are_climbed_too() -> None:
    judge: Any = SimpleNamespace(
        shifts=lambda s: np.column_stack([s["n"].to_numpy(), (s["kind"] == "b").cast(pl.Float64).to_numpy()]),
        lacking=lambda s: (s["n"].to_numpy() - 7.5)[:, None],
        inside=lambda s: np.ones(s.height, dtype=bool),
        holds=lambda s: s["n"].to_numpy() <= 7,
    )
    now = pl.DataFrame({"n": [3], "kind": ["a"]})
    space = Space((Dimension("n", 3, 1.0, 10.0, 1.0), Dimension("kind", "a", choices=("a", "b"))), {}, now)
    found = polish(judge, space, {"n": 3.0, "kind": "a"}, lambda shifts: shifts @ np.array([1.0, 2.0]))
    assert found == {"n": 7.0, "kind": "b"}


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_the_unit_of_the_score_does_not_matter(unit: float) -> None:
    judge: Any = Plain(1.5, 0.02)
    space = space_at(0.0, 0.0)
    found = polish(judge, space, space.present(), lambda shifts: unit * score(shifts))
    assert found == polish(judge, space, space.present(), score)


def test_up_and_down_of_one_setting_do_not_cancel() -> None:
    judge: Any = Plain(1.5, 0.02)
    space = space_at(0.0, 0.0)
    found = polish(judge, space, space.present(), lambda shifts: shifts[:, 0] ** 2 + 0.01 * shifts[:, 0])
    assert abs(float(found["x"])) > 0.6


@pytest.mark.parametrize(("start", "end"), [(0.0, 0.25), (0.004, 0.05), (0.004, 0.01), (0.0096, 0.01), (0.0, 0.01)])
def test_the_steps_of_a_single_move_make_up_the_whole_of_it(start: float, end: float) -> None:
    count, each, first = _grid_steps(Dimension("x", 0.0, -1.0, 1.0, 0.01), start, end)
    assert count * each + first == pytest.approx(1.0)
    assert start + (each + first) * (end - start) == pytest.approx(min(end, (np.floor(start / 0.01 + 1e-9) + 1) * 0.01))


def test_what_the_solver_prints_past_python_is_not_seen(capfd: pytest.CaptureFixture[str]) -> None:
    with silent_terminal():
        os.write(1, b"a remark of the solver")
    os.write(1, b"after it")
    assert capfd.readouterr().out == "after it"
