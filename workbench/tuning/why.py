"""Why these settings: what each change does alone, what binds, what else could be done, and what it would take to know more."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import ndtr

from workbench.records import ChangeEffect, LimitEffect, NextMove, Why
from workbench.tuning.choice import Choice
from workbench.tuning.judge import Judge, Z
from workbench.tuning.limits import LimitCheck
from workbench.tuning.space import Settings, Space
from workbench.tuning.sudden import SuddenMoves
from workbench.tuning.variants import Lines, Promise, fewest_changes, relaxed_limits, second_direction
from workbench.wording import many

__all__ = ["why_not", "why_proposed"]

NEAR = 0.1  # of the largest step: periods this close to a value count as data behind it [-]; own assumption
SELDOM = 0.5  # share of periods with a result below which a result is asked for more often [-]; own assumption
MISSING = 0.2  # share of periods without a condition from which it is asked for [-]; own assumption

Floats = NDArray[np.float64]


def why_proposed(judge: Judge, space: Space, explored: list[Settings], best: Settings, promise: Promise, lines: Lines) -> Why:
    """Return the explanation of proposed settings.

    Parameters
    ----------
    judge, space
        Of the plant.
    explored : list of Settings
        Feasible candidates of the search.
    best : Settings
        Proposed.
    promise, lines : callable
        Give settings their gain and the gain net of costs, and their lines in the record.
    """
    return Why(
        changes=_changes(judge, space, best, promise),
        relaxed=relaxed_limits(judge, space, best, promise),
        fewest=fewest_changes(judge, space, best, promise, lines),
        second=second_direction(judge, space, explored, best, promise, lines),
    )


def why_not(choice: Choice, promise: Promise, sudden: SuddenMoves | None, weeks: float | None) -> Why:
    """Return what the change considered would do, and what it would take to know more.

    `sudden` is what sudden moves say where gradual ones flatter the change considered, else None; `weeks` how long a trial of
    it would take, None where nothing was considered or that is not known.
    """
    judge, space = choice.judge, choice.space
    setting, to, worth = _step_worth_most(judge, space)
    measure, why = _to_measure(choice, sudden)
    return Why(
        changes=() if choice.best is None else _changes(judge, space, choice.best, promise),
        next_move=NextMove(weeks=weeks, setting=setting, to=to, worth=worth, measure=measure, why=why),
    )


def _changes(judge: Judge, space: Space, best: Settings, promise: Promise) -> tuple[ChangeEffect, ...]:
    present = space.present()
    out = []
    for d in space.dimensions:
        if best[d.name] == present[d.name]:
            continue
        alone = {**present, d.name: best[d.name]}
        gain, net = promise(alone)
        frame = space.frame([alone])
        limits = tuple(_limit_effect(judge, check, frame) for check in judge.limits)
        out.append(
            ChangeEffect(
                setting=d.name,
                gain=gain.expected,
                low=gain.low,
                high=gain.high,
                net=net if judge.cost_weight else None,
                periods=_periods_near(judge, d.name, best[d.name]),
                limits=limits,
                inside=bool(judge.inside(frame)[0]),
                broken=tuple(dict.fromkeys(c.name for c in judge.limits if not c.is_kept(frame)[0])),
            )
        )
    return tuple(sorted(out, key=lambda line: -(line.gain if line.net is None else line.net.expected)))


def _limit_effect(judge: Judge, check: LimitCheck, frame: pl.DataFrame) -> LimitEffect:
    mean = float(check.predicted(frame)[0] - check.predicted(judge.present.now)[0])
    half = Z * float(check.change_sd(frame)[0])  # as wide as the interval that decides
    return LimitEffect(name=check.name, bound=check.bound, unit=check.unit, change=mean, low=mean - half, high=mean + half)


def _periods_near(judge: Judge, name: str, value: float | str) -> int:
    values = judge.surrogate.frame[name].drop_nulls()
    if isinstance(value, str):
        return int((values == value).sum())
    step = judge.sheet.settings[name].max_step or 0.0
    low, high = value - NEAR * step, value + NEAR * step
    below, above = values.filter(values <= value).max(), values.filter(values >= value).min()
    # a setting of few values: what ran at the two beside a proposal between them is the data behind it
    if isinstance(below, float) and isinstance(above, float) and above - below <= step:
        low, high = min(low, below), max(high, above)
    return int(values.is_between(low, high).sum())


def _step_worth_most(judge: Judge, space: Space) -> tuple[str | None, float | str | None, float | None]:
    """The single step whose effect is worth most to know before deciding: expected value of perfect information [1]_.

    References
    ----------
    .. [1] H. Raiffa, R. Schlaifer, Applied statistical decision theory (1961), section 4.5.
    """
    present, steps = space.present(), space.single_steps()
    if not steps:
        return None, None, None
    frame = space.frame([{**present, name: value} for name, value in steps])
    shifts = judge.shifts(frame)
    mean, sd = judge.net(shifts)
    sd = np.maximum(judge.z / Z * judge.spread(shifts, sd), 1e-12)
    known = sd * np.exp(-0.5 * (mean / sd) ** 2) / np.sqrt(2.0 * np.pi) + mean * ndtr(mean / sd) - np.maximum(mean, 0.0)
    # a step that would break a limit is not tried, however much it would teach
    worth = np.where(judge.holds(frame), known, 0.0)
    chosen = int(np.argmax(worth))
    if worth[chosen] <= 1e-9 * judge.surrogate.responses["@objective"].scale:
        return None, None, None
    name, value = steps[chosen]
    return name, value, float(worth[chosen])


def _to_measure(choice: Choice, sudden: SuddenMoves | None) -> tuple[str | None, str | None]:
    """The tag to measure, or to measure more often, and why; what no tag shows yet has none."""
    sheet, frame = choice.judge.sheet, choice.judge.surrogate.frame
    rows = many(sheet.row)
    for name, outcome in sheet.outcomes.items():
        share = 1.0 - frame[name].null_count() / max(frame.height, 1)
        if name in sheet.objective.formula.names and share < SELDOM:
            return outcome.tag, f"the objective needs {name}, which has a result in only {100 * share:.0f} % of {rows}"
    gaps = {name: frame[name].null_count() / max(frame.height, 1) for name in sheet.conditions}
    worst = max(gaps, key=lambda name: gaps[name], default=None)
    if worst is not None and gaps[worst] >= MISSING:
        return sheet.conditions[worst].tag, f"{worst} is missing in {100 * gaps[worst]:.0f} % of {rows}"
    return None, "; ".join(_hidden(choice, sudden)) or None


def _hidden(choice: Choice, sudden: SuddenMoves | None) -> list[str]:
    """What to record of causes that no tag shows: slow ones, ones that leap, and ones that drift between people's leaps."""
    out = []
    if choice.slow.is_suspect:
        out.append(f"something slow that no tag shows moves with {choice.slow.setting}: find and record it")
    if choice.joint.is_suspect:
        out.append(
            f"something that leaps and that no tag shows moves with {choice.joint.setting} and other settings at once: record "
            "the number of the lot, order or recipe in use"
        )
    if sudden is not None:
        out.append(f"something gradual that no tag shows moves with {sudden.setting}: find and record it")
    return out
