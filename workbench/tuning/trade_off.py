"""The front between two goals: feasible settings of which none gives more of one goal without giving up some of the other.

Each point is the best settings for one weighing of the two goals, found with the same search, support, limits and steps as a
recommendation. Goals are weighed by their worth (expected improvement less `CAUTION` standard deviations), so that a setting
whose effect is hardly known stays where it is. Between the two ends the search comes as near as it can to both ends' best at
once (compromise programming [1]_), which also finds points that no weighted sum finds.

References
----------
.. [1] M. Zeleny, Compromise programming, in: Multiple Criteria Decision Making, Univ. of South Carolina Press (1973) 262-301.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.errors import InputError
from workbench.records import SettingLine
from workbench.tuning.at_now import at_now_of
from workbench.tuning.goals import Goal
from workbench.tuning.judge import CAUTION, LEVEL, Floats, Judge
from workbench.tuning.search import Progress, SearchStoppedError, search
from workbench.tuning.space import Settings, Space
from workbench.tuning.tune import Tuned

__all__ = ["TradeOff", "trade_off"]

N_BETWEEN = 9  # weighings between the two ends
N_TRIALS = 10  # of each search: its good starts, and the last descent from the best
N_POINTS = 13  # most points of a front; own assumption, what a person still reads
POWER = 4.0  # of the distance to both best values: the larger, the more the worse-off goal counts; own assumption
LITTLE = 0.02  # weight of the other goal at an end of the front, so that nothing is given away for nothing [-]
APART = 0.04  # share of the front's length that two points lie apart at least [-]


@dataclass(frozen=True)
class TradeOff:
    """A front between two goals.

    Parameters
    ----------
    goals : tuple of two Goal
    points : polars.DataFrame
        Columns `@point` (place on the front from 1, null for points that are shown beside it), `@kind` (`front`, `present`, and
        `proposed` or `considered` for what was recommended), a column a setting (its unit), and for each goal NAME the columns
        `NAME.now`, `NAME.change`, `NAME.low`, `NAME.high` (unit of the goal, not turned: a fall is negative). The front is
        sorted from the best of the second goal to the best of the first.
    level : float
        Of the intervals [-].
    """

    goals: tuple[Goal, Goal]
    points: pl.DataFrame
    level: float


@dataclass(frozen=True)
class _Weighing(Judge):
    """The judge with a score of the two goals' worths in place of the gain."""

    goals: tuple[Goal, Goal]
    score: Callable[[Floats, Floats], Floats]

    def worths(self, shifts: Floats) -> tuple[Floats, Floats]:
        """Return each goal's expected improvement less its doubt, in units of the outcome's standard deviation."""
        out = []
        for goal in self.goals:
            response = self.surrogate.responses[goal.target]
            mean, sd = response.change(shifts)
            doubt = np.maximum(sd, response.change_sd_by_stretches(shifts))
            out.append((goal.sign * mean - CAUTION * doubt) / response.scale)
        return out[0], out[1]

    def worth(self, shifts: Floats) -> Floats:
        return self.score(*self.worths(shifts))

    def net(self, shifts: Floats) -> tuple[Floats, Floats]:
        worth = self.worth(shifts)
        return worth, np.zeros_like(worth)


def trade_off(tuned: Tuned, goals: tuple[Goal, Goal], seed: int = 0, progress: Progress | None = None) -> TradeOff:
    """Return the front between two goals, from the judge and the space of a recommendation.

    Parameters
    ----------
    tuned : Tuned
        What tuning found; it stays as it is.
    goals : tuple of two Goal
        From `goals_of`.
    seed : int
        Of the search.
    progress : callable, optional
        Told what is being done, weighings done and weighings in all.

    Raises
    ------
    InputError
        If a goal has too few results to be learned.
    SearchStoppedError
        On Ctrl-C, with the trials of the recommendation.
    """
    judge, space = tuned.judge, tuned.space
    for goal in goals:
        if goal.target not in judge.surrogate.responses:
            raise InputError(
                f"--trade-off {goal.name}: it has too few results in the history to be learned, take another outcome"
            )
    lines = tuned.candidate.settings if tuned.candidate is not None else tuned.settings
    try:
        front = _front(judge, space, goals, seed, lines, progress)
    except (KeyboardInterrupt, SearchStoppedError) as stop:
        raise SearchStoppedError(tuned.trials, tuned.trials.height) from stop
    now = judge.present.now
    shown = [space.frame(front), now]
    kinds = ["front"] * len(front) + ["present"]
    if any(s.proposed != s.now for s in lines):
        shown.append(pl.DataFrame({s.name: [s.proposed] for s in lines}, schema=now.schema))
        kinds.append("proposed" if tuned.proposed else "considered")
    settings = pl.concat(shown)
    places = [k + 1 if kind == "front" else None for k, kind in enumerate(kinds)]
    columns: dict[str, Any] = {"@point": pl.Series(places, dtype=pl.Int64), "@kind": kinds}
    columns |= {name: settings[name] for name in settings.columns}
    for goal in goals:
        columns |= _changes(tuned, goal, settings)
    points = pl.DataFrame(columns)
    return TradeOff(goals, points, LEVEL)


def _front(
    judge: Judge, space: Space, goals: tuple[Goal, Goal], seed: int, found: Sequence[SettingLine], progress: Progress | None
) -> list[Settings]:
    """Points of the front in order: ends, weighings between them, one setting of one with the rest of another, ways between.

    `found` is what was proposed, or considered: no point may be worse than that in both.
    """
    present = space.present()
    weigh = _Weighing(judge.sheet, judge.surrogate, judge.present, judge.support, judge.limits, goals, lambda a, b: a + b)

    def best(score: Callable[[Floats, Floats], Floats], done: int) -> Settings:
        found = search(replace(weigh, score=score), space, N_TRIALS, seed).best
        if progress is not None:
            progress(f"weighing {goals[0].name} against {goals[1].name}", done, N_BETWEEN + 2)
        return present if found is None else found

    ends = [best(lambda a, b: a + LITTLE * b, 1), best(lambda a, b: LITTLE * a + b, 2)]
    a, b = weigh.worths(judge.shifts(space.frame(ends)))
    tops, ranges = np.array([a[0], b[1]]), np.array([a[0] - a[1], b[1] - b[0]])
    candidates = [present, *ends]
    if np.all(ranges > 1e-9):
        for k, weight in enumerate(np.linspace(0.0, 1.0, N_BETWEEN + 2)[1:-1]):
            candidates.append(best(_nearness(tops, ranges, float(weight)), k + 3))
    front = _undominated(weigh, space, _feasible(judge, space, candidates) or [present])
    mixed = [{**one, d.name: two[d.name]} for one in front for two in front for d in space.dimensions if one is not two]
    ways = [way for one, two in pairwise(front) for way in space.between(one, two)]
    front = _undominated(weigh, space, _feasible(judge, space, _differing([*front, *mixed, *ways])))
    moved = {line.name: line.proposed for line in found if line.proposed is not None}
    front += _feasible(judge, space, [{**present, **{d.name: moved[d.name] for d in space.dimensions if d.name in moved}}])
    return _thinned(judge, space, goals, _undominated(weigh, space, front, expected=True))


def _differing(candidates: list[Settings]) -> list[Settings]:
    return list({tuple(c.items()): c for c in candidates}.values())


def _nearness(tops: Floats, ranges: Floats, weight: float) -> Callable[[Floats, Floats], Floats]:
    """Score that is largest where both goals are near their best, the first `weight`, the second 1 - `weight` as dear."""

    def score(a: Floats, b: Floats) -> Floats:
        short = [np.maximum((top - x) / span, 0.0) for x, top, span in zip((a, b), tops, ranges, strict=True)]
        far = ((weight * short[0]) ** POWER + ((1.0 - weight) * short[1]) ** POWER) ** (1.0 / POWER)
        return np.asarray(1.0 - far + LITTLE * (1.0 - (short[0] + short[1]) / 2.0))

    return score


def _feasible(judge: Judge, space: Space, candidates: list[Settings]) -> list[Settings]:
    if not candidates:
        return []
    frame = space.frame(candidates)
    ok = judge.inside(frame)
    ok[ok] = judge.holds(frame.filter(pl.Series(ok)))
    return [c for c, keep in zip(candidates, ok, strict=True) if keep]


def _undominated(weigh: _Weighing, space: Space, candidates: list[Settings], expected: bool = False) -> list[Settings]:
    """Those that no other betters in both goals' worths (or `expected` changes), from the second goal's best to the first's."""
    if expected:
        first, second = _improvements(weigh, space, weigh.goals, candidates)
    else:
        first, second = weigh.worths(weigh.shifts(space.frame(candidates)))
    kept: list[int] = []
    for i in np.lexsort((-second, -first)):  # the first goal falls along the way: a point stays only where the second rises
        if not kept or second[i] > second[kept[-1]] + 1e-9 * max(1.0, abs(second[kept[-1]])):
            kept.append(int(i))
    return [candidates[i] for i in reversed(kept)]


def _thinned(judge: Judge, space: Space, goals: Sequence[Goal], front: list[Settings]) -> list[Settings]:
    """At most `N_POINTS` points, evenly along the front, both ends among them."""
    places = np.stack(_improvements(judge, space, goals, front), axis=1)
    spans = np.maximum(np.ptp(places, axis=0), 1e-12)
    way = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(places / spans, axis=0), axis=1))])
    wanted = np.linspace(0.0, way[-1], min(N_POINTS, len(front)))
    chosen = sorted({int(np.argmin(np.abs(way - w))) for w in wanted})
    out: list[int] = []
    for i in chosen:
        if not out or way[i] - way[out[-1]] >= APART * way[-1]:
            out.append(i)
    return [front[i] for i in out]


def _improvements(judge: Judge, space: Space, goals: Sequence[Goal], candidates: list[Settings]) -> list[NDArray[np.float64]]:
    shifts = judge.shifts(space.frame(candidates))
    return [goal.sign * judge.surrogate.responses[goal.target].change(shifts)[0] for goal in goals]


def _changes(tuned: Tuned, goal: Goal, settings: pl.DataFrame) -> dict[str, Floats]:
    """Level now, expected change and its interval; the objective's improvement is freed of optimism, as its promise is."""
    surrogate, replays = tuned.judge.surrogate, tuned.replays
    response = surrogate.responses[goal.target]
    known = at_now_of(surrogate, tuned.judge.present, goal.target).results
    shifts = tuned.judge.shifts(settings)
    mean, sd = response.change(shifts)
    if goal.is_objective:
        mean = np.where(goal.sign * mean > 0.0, replays.promise_share * mean, mean)
    half = replays.z * np.maximum(sd, response.change_sd_by_stretches(shifts))
    now = np.full(len(mean), known.mean())
    return {
        f"{goal.name}.now": now,
        f"{goal.name}.change": mean,
        f"{goal.name}.low": mean - half,
        f"{goal.name}.high": mean + half,
    }
