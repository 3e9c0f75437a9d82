"""How moves become terms of a response: lines, bends, products, and kinks where a setting was run.

A kink is a change of slope at a place that was run, so that the response between such places may have any shape. At the lowest
and the highest place the slope may change more than it does inside: nothing is known of it there, and what lies beyond is the
less sure the farther it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Basis"]

# All own assumptions: prior widths as a share of that of a line, which is the straight effect of one small move.
BEND_SHARE = 0.3
KINK_SHARE = 2.0  # of slopes that lie one move apart; the slope wanders, so it grows with the root of the distance
BEYOND_SHARE = 2.0  # of the slope beyond the border of what was run against that inside it
KINK_SPACE = 0.4  # [moves] places that are closer share a kink
PLACES_MOST = 14  # of one setting, borders included
CROSS_MOST = 6  # settings: with more of them products are left out

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
    """

    choices: tuple[int | None, ...]
    kinks: tuple[tuple[tuple[float, float, float], ...], ...]

    @classmethod
    def of(cls, moves: Floats, choices: Sequence[int | None] | None = None) -> Basis:
        """Return the terms for what was run, `moves` of shape (periods, columns); by default all columns are numeric."""
        which = tuple([None] * moves.shape[1] if choices is None else choices)
        return cls(which, tuple(_kinks(column) if of is None else () for column, of in zip(moves.T, which, strict=True)))

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
        return np.concatenate([each, sums, BEND_SHARE * each[~self._is_choice], products, kinks])

    def terms(self, moves: Floats) -> Floats:
        """Return the terms of rows of `moves`, a column each; first `moves` themselves."""
        columns = [moves, *(moves[:, list(at)].sum(axis=1, keepdims=True) for at in self._settings)]
        columns.append(moves[:, ~self._is_choice] ** 2)
        columns += [moves[:, [a]] * moves[:, [b]] for a, b in self._pairs]
        for at, kinks in enumerate(self.kinks):
            columns += [np.maximum(side * (moves[:, [at]] - place), 0.0) for place, side, _ in kinks]
        return np.concatenate(columns, axis=1)

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
