"""The search for the best settings, on the model, with Optuna: present settings first, then good starts, then its own ideas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.records import round_significant
from workbench.tuning.climb import polish
from workbench.tuning.judge import Judge
from workbench.tuning.space import Dimension, Settings, Space

__all__ = ["Found", "Progress", "SearchStoppedError", "leave_alone", "nobody_would_set", "search", "surest"]

N_STARTS = 8  # best candidates of the pool that the search starts from
SHARE_MOVED = 0.05  # of the largest step: a smaller move alone is nothing that a person would notice [-]; own assumption
KEPT = 0.99  # share of what a choice is worth that is kept while settings that add little are put back [-]; own assumption
KEPT_TRIFLES = 0.95  # the same while those that move too little to be noticed are held [-]; own assumption

Progress = Callable[[str, int, int], None]
"""Called with a word on what is being done, trials done and trials in all."""

Floats = NDArray[np.float64]


class SearchStoppedError(Exception):
    """The search was stopped by a person (Ctrl-C); `trials` holds what was done, `n_trials` what was wanted."""

    def __init__(self, trials: pl.DataFrame, n_trials: int) -> None:
        super().__init__(f"stopped after {min(trials.height, n_trials)} of {n_trials} trials")
        self.trials = trials
        self.n_trials = n_trials


@dataclass(frozen=True)
class Found:
    """What a search found.

    Parameters
    ----------
    best : Settings or None
        The feasible settings that are worth most (`Judge.worth`); None where nothing is expected to beat the present ones.
    explored : list of Settings
        All feasible candidates, for the replays and for a surer choice.
    trials : polars.DataFrame
        A row a trial: `trial`, `origin`, `gain`, `violation`, `feasible`, a column a setting.
    """

    best: Settings | None
    explored: list[Settings]
    trials: pl.DataFrame


def search(judge: Judge, space: Space, n_trials: int, seed: int, progress: Progress | None = None) -> Found:
    """Find the feasible settings that are worth most: a large expected gain that is well known.

    Raises
    ------
    SearchStoppedError
        On Ctrl-C, with the trials so far.
    """
    pool = space.pool(seed)
    starts, feasible = _good_starts(judge, space, pool)
    trials, stopped = _ask_and_tell(judge, space, starts, n_trials, seed, progress)
    if stopped:
        raise SearchStoppedError(_trial_frame(space, trials), n_trials)
    explored = feasible + [t["settings"] for t in trials if t["violation"] <= 0.0]
    best: Settings | None = None
    if explored and space.dimensions:
        score: Callable[[Floats], Floats] = judge.worth
        best = _climbed(judge, space, explored, score)
        if float(score(judge.shifts(space.frame([best])))[0]) <= 0.0:
            # where nothing is worth its doubt, the largest expected gain is what a person should hear of
            score = _net_of(judge)
            best = _climbed(judge, space, explored, score)
        best = leave_alone(judge, space, best, score)
        gain, _, violation = _evaluate(judge, space, best)
        trials.append({"origin": "polish", "gain": gain, "violation": violation, "settings": best})
        explored.append(best)
        if gain <= 0.0 or nobody_would_set(judge, space, best):
            best = None
    return Found(best, explored or [space.present()], _trial_frame(space, trials))


def _net_of(judge: Judge) -> Callable[[Floats], Floats]:
    return lambda shifts: judge.net(shifts)[0]


def _climbed(judge: Judge, space: Space, explored: list[Settings], score: Callable[[Floats], Floats]) -> Settings:
    """The better end of two climbs: from the best explored settings, and from the present ones where they are allowed."""
    best, present = explored[int(np.argmax(score(judge.shifts(space.frame(explored)))))], space.present()
    starts = [best] if best == present or present not in explored else [best, present]
    ends = [polish(judge, space, start, score) for start in starts]
    return ends[int(np.argmax(score(judge.shifts(space.frame(ends)))))]


def surest(judge: Judge, space: Space, found: Found, promise_share: float, z: float) -> Settings | None:
    """Return the feasible settings with the highest low end, of those whose gain a trial could show.

    None where no low end is above zero, no such gain is large enough, or nobody would set the moves.

    Climbs the low end from the explored candidate where it is highest, and looks along the way from there to the best expected
    gain. Taking the largest gain whose low end is just above zero instead would pick those that only luck put there.
    """
    if found.best is None:
        return None

    def low_end(shifts: Floats) -> Floats:
        return judge.low_end(shifts, promise_share, z)

    def is_large(frame: pl.DataFrame) -> NDArray[np.bool_]:
        return judge.is_provable(*(promised for promised, _ in judge.promised(judge.shifts(frame), promise_share)))

    frame = space.frame(found.explored)
    sure = polish(judge, space, found.explored[int(np.argmax(low_end(judge.shifts(frame))))], low_end)
    candidates = [*found.explored, sure, *space.between(sure, found.best)]
    frame = space.frame(candidates)
    lows = low_end(judge.shifts(frame))
    ok = (lows > 0.0) & is_large(frame)
    ok[ok] = judge.inside(frame.filter(pl.Series(ok)))
    ok[ok] = judge.holds(frame.filter(pl.Series(ok)))
    if not ok.any():
        return None
    sure = leave_alone(judge, space, candidates[int(np.argmax(np.where(ok, lows, -np.inf)))], low_end)
    return sure if is_large(space.frame([sure]))[0] and not nobody_would_set(judge, space, sure) else None


def leave_alone(judge: Judge, space: Space, settings: Settings, score: Callable[[Floats], Floats]) -> Settings:
    """Return settings with those put back that hardly add to `score`: fewer moves are easier to accept, hold and believe."""
    present = space.present()
    worth = float(score(judge.shifts(space.frame([settings])))[0])
    settings = _without_trifles(judge, space, settings, score, KEPT_TRIFLES * worth)
    enough = KEPT * float(score(judge.shifts(space.frame([settings])))[0])
    while True:
        moved = [d.name for d in space.dimensions if settings[d.name] != present[d.name]]
        if len(moved) < 2:
            return settings
        without = [{**settings, name: present[name]} for name in moved]
        frame = space.frame(without)
        scores = score(judge.shifts(frame))
        ok = (scores >= enough) & judge.inside(frame)
        ok[ok] = judge.holds(frame.filter(pl.Series(ok)))
        if not ok.any():
            return settings
        settings = without[int(np.argmax(np.where(ok, scores, -np.inf)))]


def nobody_would_set(judge: Judge, space: Space, settings: Settings) -> bool:
    """Return whether nothing moves, or all that moves are trifles."""
    return all(settings[d.name] == d.now or _is_trifle(d, settings[d.name], judge) for d in space.dimensions)


def _good_starts(judge: Judge, space: Space, pool: list[Settings]) -> tuple[list[Settings], list[Settings]]:
    """Best feasible candidates of the pool, with moves along the direction that they agree on; and all feasible ones."""
    pool = pool + [c for direction in _directions(judge, space) for c in space.along(direction)]
    frame = space.frame(pool)
    ok = np.flatnonzero(judge.inside(frame))
    ok = ok[judge.holds(frame[ok])] if len(ok) else ok
    gains = judge.worth(judge.shifts(frame[ok])) if len(ok) else np.zeros(0)
    order = np.argsort(-gains, kind="stable")[:N_STARTS]
    return [pool[int(ok[i])] for i in order if gains[i] > 0.0], [pool[int(i)] for i in ok]


def _directions(judge: Judge, space: Space) -> list[Floats]:
    """Directions of steepest gain per share of a step, from single small moves; alone and squared off."""
    if not space.dimensions:
        return []
    singles = []
    for d in space.dimensions:
        up = space.present()
        if d.choices is None:
            up = {**up, d.name: d.now + 0.25 * (d.high - d.low) / 2.0} if not isinstance(d.now, str) else up
        singles.append(up)
    slope = judge.net(judge.shifts(space.frame(singles)))[0]
    largest = float(np.max(np.abs(slope), initial=0.0))
    if largest == 0.0:
        return []
    return [slope / largest, np.sign(slope) * (np.abs(slope) > 0.1 * largest)]


def _ask_and_tell(
    judge: Judge, space: Space, starts: list[Settings], n_trials: int, seed: int, progress: Progress | None
) -> tuple[list[dict[str, Any]], bool]:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=N_STARTS + 1)
    )
    for settings in [space.present(), *starts]:
        study.enqueue_trial(dict(settings))
    n = n_trials if space.dimensions else 1
    trials: list[dict[str, Any]] = []
    try:
        for i in range(n):
            trial = study.ask()
            settings = {d.name: _suggest(trial, d) for d in space.dimensions}
            gain, worth, violation = _evaluate(judge, space, settings)
            trial.set_constraint("support_and_limits", violation)
            study.tell(trial, worth)
            origin = "present" if i == 0 else "start" if i <= len(starts) else "search"
            trials.append({"origin": origin, "gain": gain, "violation": violation, "settings": settings})
            if progress is not None:
                progress("searching settings", i + 1, n)
    except KeyboardInterrupt:
        return trials, True
    return trials, False


def _suggest(trial: Any, d: Dimension) -> float | str:
    if d.choices is not None:
        return str(trial.suggest_categorical(d.name, list(d.choices)))
    if d.low == d.high:
        return d.low
    return d.snap(float(trial.suggest_float(d.name, d.low, d.high)))


def _evaluate(judge: Judge, space: Space, settings: Settings) -> tuple[float, float, float]:
    """Expected gain, what it is worth, and by how much the settings fail."""
    frame = space.frame([settings])
    shifts = judge.shifts(frame)
    return float(judge.net(shifts)[0][0]), float(judge.worth(shifts)[0]), judge.violation(frame)


def _without_trifles(
    judge: Judge, space: Space, settings: Settings, score: Callable[[Floats], Floats], enough: float
) -> Settings:
    """Hold the settings that move too little to be noticed, as far as the others make up for them, the idlest first."""
    trifles = [d.name for d in space.dimensions if settings[d.name] != d.now and _is_trifle(d, settings[d.name], judge)]
    if not trifles:
        return settings
    present = space.present()
    alone = space.frame([{**settings, name: present[name]} for name in trifles])
    idlest = [trifles[i] for i in np.argsort(judge.lacking(alone).max(axis=1), kind="stable")]
    held: list[str] = []
    for names in [trifles, *([name] for name in idlest)]:
        if set(names) <= set(held):
            continue
        narrow = space.holding([*held, *names])
        start = {d.name: settings[d.name] for d in narrow.dimensions}
        frame = narrow.frame([start])
        if not (judge.inside(frame)[0] and judge.holds(frame)[0]):
            start = {d.name: present[d.name] for d in narrow.dimensions}
        climbed = {**present, **polish(judge, narrow, start, score)}
        frame = space.frame([climbed])
        if float(score(judge.shifts(frame))[0]) >= enough and judge.inside(frame)[0] and judge.holds(frame)[0]:
            settings, held = climbed, [*held, *names]
    return settings


def _is_trifle(d: Dimension, value: float | str, judge: Judge) -> bool:
    """Whether a number moves by less than 5 % of its largest step: nobody would notice."""
    step = judge.sheet.settings[d.name].max_step
    return not isinstance(value, str) and step is not None and abs(value - float(d.now)) < SHARE_MOVED * step


def _trial_frame(space: Space, trials: list[dict[str, Any]]) -> pl.DataFrame:
    """A row a trial; a column of ours that a setting is called like stands as `@NAME` beside it."""
    ours: dict[str, Any] = {
        "trial": pl.Int64, "origin": pl.String, "gain": pl.Float64, "violation": pl.Float64, "feasible": pl.Boolean,
    }  # fmt: skip
    names = {name: f"@{name}" if name in space.now.columns else name for name in ours}
    rows = [
        {
            names["trial"]: i,
            names["origin"]: t["origin"],
            names["gain"]: round_significant(t["gain"]),
            names["violation"]: round_significant(max(t["violation"], 0.0)),
            names["feasible"]: t["violation"] <= 0.0,
            **space.held,
            **t["settings"],
        }
        for i, t in enumerate(trials)
    ]
    return pl.DataFrame(rows, schema={names[name]: kind for name, kind in ours.items()} | dict(space.now.schema))
