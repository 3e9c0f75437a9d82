"""Small moves: how settings are counted in them, which ones may come next, and the design of the first ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.plant import Sheet
from workbench.records import grid_of

__all__ = [
    "Axis",
    "Settings",
    "axes_of",
    "candidates_around",
    "coded",
    "coded_choices",
    "first_moves",
    "settings_frame",
    "share_name",
    "whole_columns",
]

MOVE_SHARE = 0.5  # of max_step: the size of a small move, so that one from -1 to +1 is one step; own assumption
CANDIDATES_MOST = 1000  # moves looked at; own assumption
MOVED_MOST = 3  # settings that a move changes against the place it starts from; own assumption
SAME = 0.25  # of a move: settings that are closer are the same; own assumption

Floats = NDArray[np.float64]
Settings = dict[str, float | str]


@dataclass(frozen=True)
class Axis:
    """One setting, counted in small moves from an origin.

    Parameters
    ----------
    name : str
    low, high : float
        Range [unit of the setting].
    move : float
        Size of a small move [unit of the setting].
    max_step : float
        Largest change at once [unit of the setting].
    resolution : float
        Values are multiples of this [unit of the setting].
    choices : tuple of str or None
        For settings with choices, which have no range and no size.
    is_whole : bool
        Whether nothing between whole numbers can be set.
    """

    name: str
    low: float = 0.0
    high: float = 0.0
    move: float = 1.0
    max_step: float = 1.0
    resolution: float = 1.0
    choices: tuple[str, ...] | None = None
    is_whole: bool = False

    def standing(self, value: float | str) -> float | str:
        """Return what was set where the records hold this value: a period with 3 pumps, then 4, has a mean that is neither."""
        return float(round(value)) if self.is_whole and not isinstance(value, str) else value

    def towards(self, now: float | str, wanted: float | str) -> float | str:
        """Return the wanted value, or as far towards it as one step goes."""
        if self.is_step(now, wanted):
            return wanted
        step = math.floor(self.max_step) if self.is_whole else self.max_step
        return float(f"{float(now) + math.copysign(step, float(wanted) - float(now)):.12g}")

    def moved(self, value: float | str, moves: float) -> float | str:
        """Return the value so many moves away, inside the range and on the grid; a move of choices goes to the next one."""
        if self.choices is not None:
            at = self.choices.index(str(value)) if value in self.choices else 0
            return self.choices[(at + round(moves)) % len(self.choices)]
        wanted = min(max(float(value) + moves * self.move, self.low), self.high)
        return value if moves == 0.0 and wanted == value == self.standing(value) else self._snapped(wanted)

    def is_same(self, a: float | str, b: float | str) -> bool:
        """Return whether two values are the same for the plant's people."""
        if isinstance(a, str) or isinstance(b, str):
            return a == b
        return abs(a - b) <= SAME * self.move

    def is_step(self, a: float | str, b: float | str) -> bool:
        """Return whether one may go from `a` to `b` at once."""
        return isinstance(a, str) or isinstance(b, str) or abs(b - a) <= self.max_step * (1.0 + 1e-9)

    def _snapped(self, value: float) -> float:
        lowest, highest = math.ceil(self.low / self.resolution - 1e-9), math.floor(self.high / self.resolution + 1e-9)
        if lowest > highest:
            return value
        return float(f"{min(max(round(value / self.resolution), lowest), highest) * self.resolution:.12g}")


def axes_of(sheet: Sheet) -> tuple[Axis, ...]:
    """Return the sheet's settings as axes."""
    axes = []
    for name, s in sheet.settings.items():
        if s.choices is not None:
            axes.append(Axis(name, choices=s.choices))
            continue
        assert s.low is not None and s.high is not None and s.max_step is not None  # noqa: PT018  the sheet sees to it
        move = max(1.0, round(MOVE_SHARE * s.max_step)) if s.integer else MOVE_SHARE * s.max_step
        resolution = 1.0 if s.integer else grid_of(s.max_step)
        axes.append(Axis(name, s.low, s.high, move, s.max_step, resolution, is_whole=s.integer))
    return tuple(axes)


def coded(axes: Sequence[Axis], settings: pl.DataFrame | Sequence[Settings], origin: Mapping[str, float | str]) -> Floats:
    """Return settings in moves from `origin`: one column for a numeric setting, one for each choice but the origin's.

    A frame may hold shares of choices in columns named by `share_name`, as a process feels them while it settles.
    """
    frame = settings if isinstance(settings, pl.DataFrame) else settings_frame(axes, settings)
    columns: list[Floats] = []
    for axis in axes:
        if axis.choices is None:
            columns.append((frame[axis.name].cast(pl.Float64).to_numpy() - float(origin[axis.name])) / axis.move)
        else:
            rest = [choice for choice in axis.choices if choice != origin[axis.name]]
            columns += [_share(frame, axis.name, choice) for choice in rest]
    return np.column_stack(columns)


def share_name(setting: str, choice: str) -> str:
    """Return the name of the column that holds the share of a choice."""
    return f"{setting}={choice}"


def _share(frame: pl.DataFrame, setting: str, choice: str) -> Floats:
    name = share_name(setting, choice)
    return (frame[name] if name in frame.columns else frame[setting] == choice).cast(pl.Float64).fill_null(0.0).to_numpy()


def coded_choices(axes: Sequence[Axis], origin: Mapping[str, float | str]) -> list[int | None]:
    """Return for each column of `coded` which setting with choices it belongs to, None for a numeric one."""
    found: list[int | None] = []
    for at, axis in enumerate(axes):
        n_rest = 1 if axis.choices is None else sum(choice != origin[axis.name] for choice in axis.choices)
        found += [None if axis.choices is None else at] * n_rest
    return found


def whole_columns(axes: Sequence[Axis], origin: Mapping[str, float | str]) -> list[int]:
    """Return which columns of `coded` take whole numbers only."""
    counts = [len(coded_choices([axis], origin)) for axis in axes]
    return [sum(counts[:at]) for at, axis in enumerate(axes) if axis.is_whole]


def settings_frame(axes: Sequence[Axis], settings: Sequence[Settings]) -> pl.DataFrame:
    """Return settings as a frame, a row each."""
    return pl.DataFrame({axis.name: [s[axis.name] for s in settings] for axis in axes})


def candidates_around(axes: Sequence[Axis], anchor: Settings, now: Settings, rng: np.random.Generator) -> list[Settings]:
    """Return settings at most one small move from `anchor` on each axis and one step from `now`; the first moves nothing.

    At most three settings move against the anchor; where there are more than a thousand such moves, some are drawn.
    """
    moves = [(-1, 1) if axis.choices is None else tuple(range(1, len(axis.choices))) for axis in axes]
    rows = [(0,) * len(axes)]
    for n in range(1, min(MOVED_MOST, len(axes)) + 1):
        for which in combinations(range(len(axes)), n):
            for steps in product(*(moves[at] for at in which)):
                moved = dict(zip(which, steps, strict=True))
                rows.append(tuple(moved.get(at, 0) for at in range(len(axes))))
    if len(rows) > CANDIDATES_MOST:
        rows = [rows[0], *(rows[at] for at in sorted(1 + rng.permutation(len(rows) - 1)[:CANDIDATES_MOST]))]
    found: dict[tuple[float | str, ...], Settings] = {}
    for row in rows:
        settings = {
            axis.name: axis.towards(now[axis.name], axis.moved(anchor[axis.name], step))
            for axis, step in zip(axes, row, strict=True)
        }
        found.setdefault(tuple(settings.values()), settings)
    return list(found.values())


def first_moves(axes: Sequence[Axis], centre: Settings, seed: int) -> list[Settings]:
    """Return the design of the first moves: the centre, then a two-level fractional factorial around it in random order.

    The smallest regular design in which no two settings are confounded (resolution III; Box, Hunter and Hunter, Statistics for
    Experimenters, ch. 6): with m basic columns up to 2**m - 1 settings in 2**m runs. Where a setting has no room on one side,
    its two levels are the centre and a move to the other.

    Parameters
    ----------
    axes : sequence of Axis
        Settings that may move.
    centre : dict
        Where the plant stands.
    seed : int
        Of the order, the same at every call.
    """
    k = len(axes)
    m = max(2, math.ceil(math.log2(k + 1)))
    signs = np.array(list(product((-1, 1), repeat=m)))
    words = sorted(range(1, 2**m), key=lambda word: (word.bit_count(), word))
    columns = [np.prod(signs[:, [b for b in range(m) if word >> b & 1]], axis=1) for word in words[:k]]
    order = np.random.default_rng(seed).permutation(len(signs))
    runs = [dict(centre)]
    for row in order:
        runs.append(
            {axis.name: _level(axis, centre[axis.name], int(column[row])) for axis, column in zip(axes, columns, strict=True)}
        )
    return runs


def _level(axis: Axis, centre: float | str, sign: int) -> float | str:
    if axis.choices is not None:
        return centre if sign < 0 else axis.moved(centre, 1)
    value = float(centre)
    if value + axis.move > axis.high + 1e-9:
        return axis.moved(value, -1) if sign < 0 else axis.moved(value, 0)
    if value - axis.move < axis.low - 1e-9:
        return axis.moved(value, 0) if sign < 0 else axis.moved(value, 1)
    return axis.moved(value, sign)
