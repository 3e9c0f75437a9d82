"""Which settings may be proposed: inside low..high, within one step of now, on a grid that people can set."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import qmc

from workbench.errors import InputError, closest_hint
from workbench.plant import Sheet
from workbench.records import grid_of

__all__ = ["Dimension", "Space", "space_of"]

N_SPREAD = 1024  # candidates spread evenly over the space
N_CORNERS = 512  # candidates with every setting at an end of its step, or left alone
SHARES = (0.15, 0.3, 0.5, 0.75, 1.0)  # of the step, for single moves and for moves along one direction

Floats = NDArray[np.float64]
Settings = dict[str, float | str]


@dataclass(frozen=True)
class Dimension:
    """One setting that may move: its range within this step, and its grid.

    Parameters
    ----------
    low, high : float
        Smallest and largest value that may be proposed [unit of the setting].
    resolution : float
        Values are multiples of this: a fortieth to a hundredth of the largest step, 1 for integers [unit of the setting].
    choices : tuple of str or None
        Choices that may be proposed, for categories.
    """

    name: str
    now: float | str
    low: float = 0.0
    high: float = 0.0
    resolution: float = 1.0
    choices: tuple[str, ...] | None = None

    def snap(self, value: float) -> float:
        """Return the nearest value of the grid inside the range; the present value stays as it is."""
        if value == self.now and self.low <= value <= self.high:
            return value
        steps = round(value / self.resolution)
        lowest, highest = math.ceil(self.low / self.resolution - 1e-9), math.floor(self.high / self.resolution + 1e-9)
        if lowest > highest:  # the range is narrower than the grid
            return min(max(value, self.low), self.high)
        return float(f"{min(max(steps, lowest), highest) * self.resolution:.12g}")


@dataclass(frozen=True)
class Space:
    """All settings that may be proposed, and those that stay.

    Parameters
    ----------
    dimensions : tuple of Dimension
        Settings that may move.
    held : dict of str to value
        Settings that stay at their present value.
    now : polars.DataFrame
        One row, every setting.
    """

    dimensions: tuple[Dimension, ...]
    held: Settings
    now: pl.DataFrame

    def frame(self, candidates: Sequence[Settings]) -> pl.DataFrame:
        """Return candidates as a frame, a row each, a column a setting in the sheet's order."""
        return pl.DataFrame([{**self.held, **c} for c in candidates], schema=self.now.schema)

    def present(self) -> Settings:
        """The present settings, moved into the range where they stand outside it."""
        return {d.name: d.now if d.choices is not None else d.snap(float(d.now)) for d in self.dimensions}

    def single_steps(self) -> list[tuple[str, float | str]]:
        """Return every change of one setting alone by a whole step, down and up, or to another choice: name and value."""
        present = self.present()
        return [
            (d.name, value)
            for d in self.dimensions
            for value in (d.choices if d.choices is not None else (d.snap(d.low), d.snap(d.high)))
            if value != present[d.name]
        ]

    def holding(self, names: Sequence[str]) -> Space:
        """Return the same space in which these settings stay at their present value."""
        present = self.present()
        free = tuple(d for d in self.dimensions if d.name not in names)
        return Space(free, {**self.held, **{name: present[name] for name in names}}, self.now)

    def leaving(self, names: Sequence[str]) -> Space:
        """Return the same space in which these settings are left alone, outside their range, too, where they stand there."""
        free = tuple(d for d in self.dimensions if d.name not in names)
        left = {d.name: d.now for d in self.dimensions if d.name in names}
        return Space(free, {**self.held, **left}, self.now) if left else self

    def pool(self, seed: int) -> list[Settings]:
        """Return candidates that cover the space: evenly spread, at its corners, and single moves."""
        rng = np.random.default_rng(seed)
        out = [self.present()]
        if not self.dimensions:
            return out
        spread = qmc.Sobol(len(self.dimensions), seed=rng).random(N_SPREAD)
        # many settings at the end of their steps at once lie outside what any plant did: most candidates go part of the way
        out += [self._part(row, float(share)) for row, share in zip(spread, rng.choice(SHARES, N_SPREAD), strict=True)]
        corners = rng.choice([0.0, 0.5, 1.0], size=(N_CORNERS, len(self.dimensions)))
        out += [self._part(row, float(share)) for row, share in zip(corners, rng.choice(SHARES, N_CORNERS), strict=True)]
        for d in self.dimensions:
            moved = d.choices if d.choices is not None else [d.snap(v) for v in self._ends(d)]
            out += [{**self.present(), d.name: value} for value in moved]
        return out

    def along(self, direction: Floats) -> list[Settings]:
        """Return candidates from now towards `direction` (one number a dimension, 1 = its whole step; categories stay)."""
        out = []
        for share in SHARES:
            move = np.clip(direction * share, -1.0, 1.0)
            out.append(
                {
                    d.name: d.now if d.choices is not None else d.snap(_towards(d, float(m)))
                    for d, m in zip(self.dimensions, move, strict=True)
                }
            )
        return out

    def between(self, start: Settings, end: Settings) -> list[Settings]:
        """Return candidates on the straight way from `start` to `end`; categories as at the end."""
        out = []
        for share in np.linspace(0.1, 0.9, 9):
            at: Settings = {}
            for d in self.dimensions:
                a, b = start[d.name], end[d.name]
                at[d.name] = b if isinstance(a, str) or isinstance(b, str) else d.snap(a + float(share) * (b - a))
            out.append(at)
        return out

    def _at(self, shares: Floats) -> Settings:
        out: Settings = {}
        for d, share in zip(self.dimensions, shares, strict=True):
            if d.choices is not None:
                out[d.name] = d.choices[min(int(share * len(d.choices)), len(d.choices) - 1)]
            else:
                out[d.name] = d.snap(d.low + share * (d.high - d.low))
        return out

    def _part(self, shares: Floats, part: float) -> Settings:
        """A share of the way from the present settings to a place in the space (0.5 stays as it is); categories move whole."""
        at = self._at(shares)
        out: Settings = {}
        for d, share in zip(self.dimensions, shares, strict=True):
            if d.choices is not None:
                out[d.name] = d.now if share == 0.5 else at[d.name]
            else:
                out[d.name] = d.snap(_towards(d, part * (2.0 * float(share) - 1.0)))
        return out

    def _ends(self, d: Dimension) -> list[float]:
        return [_towards(d, sign * share) for sign in (-1.0, 1.0) for share in SHARES]


def _towards(d: Dimension, move: float) -> float:
    """Value at a share of the way from now to one end of the range: -1 to 1."""
    now = min(max(float(d.now), d.low), d.high)
    return now + move * (d.high - now) if move >= 0 else now + move * (now - d.low)


def space_of(sheet: Sheet, now: pl.DataFrame, fix: Sequence[str] = (), frozen: Sequence[str] = ()) -> Space:
    """Return the space of one recommendation.

    Parameters
    ----------
    sheet : Sheet
        Ranges and steps of the settings.
    now : polars.DataFrame
        One row, every setting.
    fix : sequence of str
        Settings that a person wants held.
    frozen : sequence of str
        Settings that never moved, so that nothing is known of them.

    Raises
    ------
    InputError
        If a name in `fix` is not a setting, or every setting is held.
    """
    for name in fix:
        if name not in sheet.settings:
            raise InputError(
                f"--fix {name}: no such setting in {sheet.name}{closest_hint(name, sheet.settings)}; "
                f"settings are {', '.join(sheet.settings)}"
            )
    if set(fix) >= set(sheet.settings):
        raise InputError(f"--fix holds every setting of {sheet.name}, so nothing is left to tune: leave at least one free")
    dimensions: list[Dimension] = []
    held: Settings = {}
    for name, s in sheet.settings.items():
        value = now[name][0]
        if name in fix or name in frozen:
            held[name] = value
        elif s.choices is not None:
            dimensions.append(Dimension(name, value, choices=s.choices))
        else:
            assert s.low is not None
            assert s.high is not None
            assert s.max_step is not None
            low, high = max(s.low, _rounded(value - s.max_step)), min(s.high, _rounded(value + s.max_step))
            if low > high:  # further outside than one step: the whole step, towards the range
                low = high = _rounded(value - s.max_step if value > s.high else value + s.max_step)
            resolution = 1.0 if s.integer else grid_of(s.max_step)
            dimensions.append(Dimension(name, value, low, high, resolution))
    return Space(tuple(dimensions), held, now)


def _rounded(value: float) -> float:
    """12 digits: 493.7, not 493.70000000000005."""
    return float(f"{value:.12g}")
