"""Which moves keep the plant's limits, as far as the records so far tell, and whether the plant keeps them now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from workbench.plant import Sheet
from workbench.records import HELD_SHARE
from workbench.trials.holding import CAUTION, Holding, holding_of
from workbench.trials.moves import Settings, coded, settings_frame
from workbench.trials.seen import Seen

__all__ = ["Limit", "Limits", "has_limits", "limits_of"]

SLACK = 0.02  # by which a limit may hold less surely than now where it holds less often; own assumption
RESULTS_LEAST = 4  # since the last move, that tell a limit to be broken; own assumption
CHANCE_LEAST = 0.05  # of so few that hold where the limit holds as often as it must: below, it is broken; own assumption
LEFT_MOST = 2  # settings that a run of the design leaves at its centre to keep the limits; own assumption

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Limit:
    """One bound of a plant, and what is known of it.

    Parameters
    ----------
    name : str
        Of the outcome or of the limit.
    column : str
        Of the history.
    unit : str
    bound : float
        [unit of the outcome].
    is_high : bool
    holding : Holding or None
        What was learned of it; None where nothing is known, or it follows from the settings alone.
    n_latest, n_held : int
        Results since the last move, and how many of them keep the bound.
    usual : float
        Share of all results of the window that keep it, 1 without any [-].
    """

    name: str
    column: str
    unit: str
    bound: float
    is_high: bool
    holding: Holding | None
    n_latest: int
    n_held: int
    usual: float

    @property
    def is_broken(self) -> bool:
        """Whether the latest results keep it more seldom than chance would have it."""
        asked = min(HELD_SHARE, self.usual)
        return self.n_latest >= RESULTS_LEAST and bool(binom.cdf(self.n_held, self.n_latest, asked) < CHANCE_LEAST)


@dataclass(frozen=True)
class Limits:
    """Every limit of a plant, judged from where it stands, over the conditions of all periods that are learned from."""

    seen: Seen
    now: Settings
    each: tuple[Limit, ...]

    @property
    def broken(self) -> tuple[Limit, ...]:
        """Those that the latest results break."""
        return tuple(limit for limit in self.each if limit.is_broken)

    def held(self, limit: Limit, rows: Sequence[Settings], caution: float = CAUTION) -> Floats | None:
        """Return the share of periods in which a limit is expected to hold at each row; None where nothing is known of it."""
        formula = next((f.formula for f in self.seen.sheet.limits if f"@limit:{f.name}" == limit.column), None)
        if formula is not None and formula.names <= set(self.seen.sheet.settings):  # exact: no need to learn it
            values = settings_frame(self.seen.axes, rows).select(formula.expr().alias("v"))["v"].to_numpy()
            return np.asarray(values <= limit.bound if limit.is_high else values >= limit.bound, dtype=np.float64)
        if limit.holding is None:
            return None
        return limit.holding.shares(coded(self.seen.axes, rows, self.now), limit.bound, is_high=limit.is_high, caution=caution)

    def keep(self, candidates: Sequence[Settings], caution: float = CAUTION) -> list[Settings]:
        """Return the candidates that keep every limit in 95 % of periods, or hardly less surely than now or before the moves.

        Of these two the surer one counts: against now alone every move could hold a limit a little less surely than the one
        before, and a limit that is broken now would bind no more. Where no candidate does, those that come nearest. A limit of
        which nothing is known yet excludes none.
        """
        rows = [self.now, self.seen.stand, *candidates]
        shortfall = np.zeros(len(candidates))
        for limit in self.each:
            held = self.held(limit, rows, caution)
            if held is not None:
                shortfall = np.maximum(shortfall, min(HELD_SHARE, float(held[:2].max()) - SLACK) - held[2:])
        is_kept = shortfall <= max(0.0, float(shortfall.min()))
        return [candidate for candidate, kept in zip(candidates, is_kept, strict=True) if kept]

    def pulled(self, run: Settings, centre: Settings) -> Settings:
        """Return a run of the design with as few settings as it takes left at the centre; the centre where two are too few.

        A run is made to find out what is not known, so that this forbids none: a limit must hold by what the records do tell,
        without the caution of other moves (own assumption).
        """
        moved = [name for name, value in run.items() if value != centre[name]]
        for n_left in range(LEFT_MOST + 1):
            tries = [{**run, **{name: centre[name] for name in left}} for left in combinations(moved, n_left)]
            kept = [one for one in self.keep([centre, *tries], caution=0.0) if one != centre]
            if kept:
                return kept[0]
        return centre

    def back(self, candidates: Sequence[Settings]) -> list[Settings]:
        """Return the candidates that hold the broken limits best, and each of them more surely than where the plant stands."""
        found = [held for limit in self.broken if (held := self.held(limit, [self.now, *candidates])) is not None]
        if not found:
            return []
        better, least = np.all([h[1:] > h[0] for h in found], axis=0), np.min([h[1:] for h in found], axis=0).round(2)
        most = least[better].max() if better.any() else np.inf
        return [c for c, ok, share in zip(candidates, better, least, strict=True) if ok and share >= most]


def has_limits(sheet: Sheet) -> bool:
    """Return whether the sheet has any limit."""
    return bool(_bounds(sheet))


def limits_of(seen: Seen, now: Settings) -> Limits:
    """Return every limit of the plant with what the records say of it, asked from where the plant stands."""
    learned: dict[str, Holding | None] = {}
    moved = seen.last_change() or 0
    each = []
    for name, column, unit, bound, is_high in _bounds(seen.sheet):
        values = seen.results_of(column)
        if column not in learned:
            learned[column] = holding_of(seen, values, now)
        here = seen.learned(values)
        held = values[here] <= bound if is_high else values[here] >= bound
        latest = held[here >= moved]
        usual = float(held.mean()) if len(held) else 1.0
        each.append(Limit(name, column, unit, bound, is_high, learned[column], len(latest), int(latest.sum()), usual))
    return Limits(seen, now, tuple(each))


def _bounds(sheet: Sheet) -> list[tuple[str, str, str, float, bool]]:
    """Every limit as name, column of the history, unit, bound, and whether it is a high one."""
    limits = [(name, name, o.unit, o.low, o.high) for name, o in sheet.outcomes.items() if o.choices is None]
    limits += [(f.name, f"@limit:{f.name}", f.unit, f.low, f.high) for f in sheet.limits]
    return [(n, c, u, b, high) for n, c, u, low, top in limits for b, high in ((low, False), (top, True)) if b is not None]
