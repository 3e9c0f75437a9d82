"""How moves become terms of a response: lines, bends, products, and kinks where a setting was run.

A kink is a change of slope at a place that was run, so that the response between such places may have any shape. At the lowest
and the highest place the slope may change more than it does inside: nothing is known of it there, and what lies beyond is the
less sure the farther it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

__all__ = ["JUMP_WIDTH", "Basis"]

# All own assumptions: prior widths as a share of that of a line, which is the straight effect of one small move.
BEND_SHARE = 0.3
KINK_SHARE = 2.0  # of slopes that lie one move apart; the slope wanders, so it grows with the root of the distance
BEYOND_SHARE = 2.0  # of the slope beyond the border of what was run against that inside it
KINK_SPACE = 0.4  # [moves] places that are closer share a kink
PLACES_MOST = 14  # of one setting, borders included
CROSS_MOST = 6  # settings: with more of them products are left out
# Of how far one standard deviation of a condition changes the effect of a whole number or a choice, in standard deviations of
# the outcome. Fixed, not learned: what other settings do tells nothing of a pump that never ran alone at full load.
JUMP_WIDTH = 0.5

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Basis:
    """How moves become terms: lines, choices, bends, products where settings are few, and kinks.

    A kink is max(side (x - place), 0). With normal changes of slope whose variance is the distance between their places, kinks
    are the integrated random walk whose posterior is a smoothing spline (Wahba, Journal of the Royal Statistical Society B 40
    (1978) 364), here of slopes that wander outwards from the median place; the wider prior at the border is an own assumption.

    A setting with choices has a column for each choice but that of the origin, and a term for their sum: with both each of its
    choices has the same prior, that of the origin too.

    Parameters
    ----------
    choices : tuple of (int or None)
        For each column of moves: which setting with choices it belongs to, None for a numeric setting.
    kinks : tuple of tuple of (float, float, float)
        For each column: place [moves], side (1 or -1), and prior width against that of a line, above 0 [-]; the outermost
        places are the borders of what was run. Choices have none.
    whole : tuple of int
        Columns that take whole numbers only.
    n_conditions : int
        Columns of conditions after those of the settings: the effect of each setting may change with each of them, and that of
        a whole number or a choice in another way at each of its values.
    jump : float
        Prior width of that other way [standard deviations of the noise].
    centres : tuple of tuple of float
        For each condition where each of its products is 0: for a number or choice the mean of the periods in which it was run.
    """

    choices: tuple[int | None, ...]
    kinks: tuple[tuple[tuple[float, float, float], ...], ...]
    whole: tuple[int, ...] = ()
    n_conditions: int = 0
    jump: float = JUMP_WIDTH
    centres: tuple[tuple[float, ...], ...] = ()

    @classmethod
    def of(cls, moves: Floats, choices: Sequence[int | None] | None = None, whole: Sequence[int] = ()) -> Basis:
        """Return the terms for what was run, `moves` of shape (periods, columns); by default all columns are numeric settings.

        Columns beyond those of `choices` are conditions.
        """
        which = tuple([None] * moves.shape[1] if choices is None else choices)
        kinks = tuple(_kinks(column) if of is None else () for column, of in zip(moves.T, which, strict=False))
        basis = cls(which, kinks, tuple(whole), moves.shape[1] - len(which))
        weights = np.abs(basis._steered(moves))
        weights[:, [at for at, of in enumerate(which) if of is None]] = 0.0
        total = np.maximum(weights.sum(axis=0), 1e-300)
        return replace(basis, centres=tuple(tuple((z @ weights / total).tolist()) for z in moves[:, len(which) :].T))

    @property
    def owners(self) -> tuple[int, ...]:
        """For each column which width it has: a numeric setting its own, choices all the same, which comes last."""
        n_numeric = self.choices.count(None)
        return tuple(n_numeric if of is not None else self.choices[:at].count(None) for at, of in enumerate(self.choices))

    def widths(self, sizes: Floats) -> Floats:
        """Return the prior width of each term, given that of a line for each owner, choices last."""
        each = sizes[list(self.owners)]
        each = np.where(self._is_choice, each * math.sqrt(0.5), each)
        sums = [each[list(at)].max() for at in self._settings]
        products = [BEND_SHARE * math.sqrt(each[a] * each[b]) for a, b in self._pairs]
        kinks = [size * share for size, kinks in zip(each, self.kinks, strict=True) for _, _, share in kinks]
        slopes = np.where(self._is_choice, self.jump, BEND_SHARE * each)
        jumps = np.full(len(sums) + sum(len(self.kinks[at]) for at in self.whole), self.jump)
        under = np.tile(np.concatenate([slopes, jumps]), self.n_conditions)
        return np.concatenate([each, sums, BEND_SHARE * each[~self._is_choice], products, kinks, under])

    def terms(self, moves: Floats) -> Floats:
        """Return the terms of rows of `moves`, a column each; first those of the settings themselves.

        Rows without columns of conditions stand at the mean of each: a term is straight in a condition, so that this is also
        the mean over all rows that were learned from.
        """
        moves, conditions = moves[:, : len(self.choices)], moves[:, len(self.choices) :]
        conditions = conditions if conditions.shape[1] else np.zeros((len(moves), self.n_conditions))
        columns = [moves, *(moves[:, list(at)].sum(axis=1, keepdims=True) for at in self._settings)]
        columns.append(moves[:, ~self._is_choice] ** 2)
        columns += [moves[:, [a]] * moves[:, [b]] for a, b in self._pairs]
        columns += [column for at in range(len(self.kinks)) for column in self._bends(at, moves)]
        if self.n_conditions:
            steered = self._steered(moves)
            columns += [steered * (z[:, None] - centre) for z, centre in zip(conditions.T, self.centres, strict=True)]
        return np.concatenate(columns, axis=1)

    def _bends(self, at: int, moves: Floats) -> list[Floats]:
        return [np.maximum(side * (moves[:, [at]] - place), 0.0) for place, side, _ in self.kinks[at]]

    def _steered(self, moves: Floats) -> Floats:
        """What changes with conditions: lines and choices, and each value of a whole number."""
        moves = moves[:, : len(self.choices)]
        sums = [moves[:, list(at)].sum(axis=1, keepdims=True) for at in self._settings]
        return np.concatenate([moves, *sums, *(bend for at in self.whole for bend in self._bends(at, moves))], axis=1)

    @property
    def _is_choice(self) -> NDArray[np.bool_]:
        return np.array([of is not None for of in self.choices], dtype=bool)

    @property
    def _settings(self) -> list[tuple[int, ...]]:
        """Columns of each setting with choices."""
        return [
            tuple(at for at, of in enumerate(self.choices) if of == which)
            for which in sorted({of for of in self.choices if of is not None})
        ]

    @property
    def _pairs(self) -> list[tuple[int, int]]:
        """Columns whose product is a term: of two settings, where these are few."""
        if self.choices.count(None) + len(self._settings) > CROSS_MOST:
            return []
        columns = range(len(self.choices))
        return [(a, b) for a, b in combinations(columns, 2) if self.choices[a] is None or self.choices[a] != self.choices[b]]


def _kinks(column: Floats) -> tuple[tuple[float, float, float], ...]:
    """Places where the slope may change, to which side of each, and by how much."""
    places = _places(column)
    middle = float(np.median(column))
    kinks = [(places[0], -1.0, BEYOND_SHARE), (places[-1], 1.0, BEYOND_SHARE)]
    for at in range(1, len(places) - 1):
        apart = (places[at + 1] - places[at - 1]) / 2.0
        sides = [side for side in (-1.0, 1.0) if side * (places[at] - middle) >= -KINK_SPACE / 2.0]
        kinks += [(places[at], side, KINK_SHARE * math.sqrt(apart)) for side in sides]
    return tuple(kinks)


def _places(column: Floats) -> list[float]:
    """Different places that were run, at most 14; the first and the last are the lowest and the highest."""
    values: list[float] = np.unique(column).tolist()
    kept = values[:1]
    for value in values[1:-1]:
        if value - kept[-1] >= KINK_SPACE and values[-1] - value >= KINK_SPACE:
            kept.append(value)
    kept.append(values[-1])
    if len(kept) <= PLACES_MOST:
        return kept
    return [kept[at] for at in np.linspace(0, len(kept) - 1, PLACES_MOST).round().astype(int)]
