"""The climb from good settings to better ones along the limits: a linear programme a step, whose answer is tried first."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.tuning.judge import Judge
from workbench.tuning.space import Dimension, Settings, Space

__all__ = ["polish", "silent_terminal"]

N_ROUNDS = 60  # steps of one climb at most
FIRST, LAST = 0.25, 0.004  # [-] of a setting's range that it moves in one step: the largest and about the smallest tried
N_TRIES = 3  # answers of one step: each next one keeps away from limits by what the one before broke
N_NODES = 200  # of the branch and bound of one answer: a good answer will do

Floats = NDArray[np.float64]
Score = Callable[[Floats], Floats]


def polish(judge: Judge, space: Space, start: Settings, score: Score) -> Settings:
    """Return where climbing `score` (of term shifts) ends.

    A step moves every setting alone, takes what that does to score, support and limits as linear, and goes to the place of the
    grid where this allows most: along a limit that several settings share, no single move leads on. Only settings that are
    better and hold everything are ever taken; where none are, the next step is half as long. (Sequential linear programming
    within a trust region: Fletcher and Sainz de la Maza 1989, Mathematical Programming 43, 235.)
    """
    best = start
    best_score = float(score(judge.shifts(space.frame([best])))[0])
    share = FIRST
    for _ in range(N_ROUNDS):
        alone = [(d, v) for d in space.dimensions for v in _near(d, best[d.name], share)]
        if not alone:
            break
        near = [{**best, d.name: v} for d, v in alone]
        gained = score(judge.shifts(space.frame(near))) - best_score
        near += _together(judge, space, best, alone, gained)
        scores = score(judge.shifts(space.frame(near)))
        better = np.flatnonzero(scores > best_score + 1e-9 * abs(best_score))
        better = better[np.argsort(-scores[better], kind="stable")]
        chosen = next((int(i) for i in better if _is_allowed(judge, space.frame([near[i]]))), None)
        if chosen is not None:
            best, best_score = near[chosen], float(scores[chosen])
        elif share < LAST:
            break
        else:
            share /= 2.0
    return best


def _is_allowed(judge: Judge, frame: pl.DataFrame) -> bool:
    return bool(judge.inside(frame)[0]) and bool(judge.holds(frame)[0])


def _together(
    judge: Judge, space: Space, best: Settings, alone: list[tuple[Dimension, float | str]], gained: Floats
) -> list[Settings]:
    """Places of the grid where the linear programme leads from `best`; empty where it moves nothing.

    Its unknowns are how many grid values each single move goes along, and whether it goes at all: from a present value
    between two grid values, the first step is shorter.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    numbers = [i for i, (d, _) in enumerate(alone) if d.choices is None]
    if not numbers:
        return []
    most = float(np.abs(gained[numbers]).max())
    if most == 0.0 or not np.isfinite(most):
        return []
    lacking = judge.lacking(space.frame([best, *({**best, alone[i][0].name: alone[i][1]} for i in numbers)]))
    room = -np.minimum(lacking[0], 0.0)
    steps = [_grid_steps(d, float(best[d.name]), float(value)) for d, value in (alone[i] for i in numbers)]
    count, each, first = (np.array(column) for column in zip(*steps, strict=True))
    share = np.hstack([np.diag(each), np.diag(first)])  # of its single move that each one goes
    n, eye = len(numbers), np.eye(len(numbers))
    names = [alone[i][0].name for i in numbers]
    same = np.array([[float(name == other) for name in names] for other in dict.fromkeys(names)])
    goes = [
        LinearConstraint(np.vstack([np.hstack([eye, -eye]), np.hstack([-eye, np.diag(count)])]), 0.0, np.inf),
        LinearConstraint(np.hstack([0.0 * same, same]), -np.inf, 1.0),  # up or down, not both
    ]
    out: list[Settings] = []
    for _ in range(N_TRIES):
        with silent_terminal():
            answer = milp(
                -gained[numbers] / most @ share,
                integrality=np.ones(2 * n),
                bounds=Bounds(0.0, np.concatenate([count, np.ones(n)])),
                constraints=[*goes, LinearConstraint((lacking[1:] - lacking[0]).T @ share, -np.inf, room)],
                options={"node_limit": N_NODES, "mip_rel_gap": 0.01, "presolve": False},
            )
        if answer.x is None:
            break
        moved = dict(best)
        for part, i in zip(share @ np.round(answer.x), numbers, strict=True):
            d, value = alone[i]
            moved[d.name] = float(moved[d.name]) + float(part) * (float(value) - float(best[d.name]))
        place = {d.name: moved[d.name] if d.choices is not None else d.snap(float(moved[d.name])) for d in space.dimensions}
        if place == best or place in out:
            break
        out.append(place)
        broken = np.maximum(judge.lacking(space.frame([place]))[0], 0.0)
        if not broken.any():
            break
        room = room - 1.2 * broken
    return out


@contextmanager
def silent_terminal() -> Iterator[None]:
    """Keep standard output quiet at the level of the operating system: the solver prints remarks past Python now and then."""
    try:
        kept = os.dup(1)
    except OSError:  # there is no standard output to keep quiet
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _grid_steps(d: Dimension, start: float, end: float) -> tuple[float, float, float]:
    """How many grid values lie from `start` (left out) to `end`; the share of the way from each to the next, and what the first
    one is shorter by (0 or less).
    """
    way, step = abs(end - start), d.resolution
    count = max(1.0, np.ceil(way / step - 1e-6))
    each = min(1.0, step / way)
    return count, each, min(0.0, 1.0 - count * each)


def _near(d: Dimension, value: float | str, share: float) -> list[float | str]:
    if d.choices is not None:
        return [c for c in d.choices if c != value]
    move = max(share * (d.high - d.low), d.resolution)
    return sorted({d.snap(float(value) - move), d.snap(float(value) + move)} - {float(value)})
