"""What else could be done: fewer changes for nearly the same gain, another way, a relaxed limit.

Where the sheet has costs, all of it is chosen and judged by the gain net of them, as the proposal itself is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.records import Gain, RelaxedLimit, SettingLine, Variant, round_significant
from workbench.tuning.climb import polish
from workbench.tuning.judge import Judge
from workbench.tuning.limits import LimitCheck
from workbench.tuning.search import leave_alone, nobody_would_set
from workbench.tuning.space import Settings, Space

__all__ = ["fewest_changes", "relaxed_limits", "second_direction"]

SHARE_KEPT = 0.9  # of the gain that fewer changes must keep [-]
CLIMBS = 3  # of the idlest moves, for each that is put back: without which the others are asked to climb again; own assumption
SHARE_CARRIED = 0.5  # of the gain that the settings must carry without which another way goes [-]; own assumption
RELAXED_BY = 0.05  # of a limit's value [-], but no more than
RELAXED_SD = 0.5  # of its standard deviation [-]; own assumption: a limit moved further is another plant
LIMITS_TRIED = 3  # limits with the least room
ROOM_MAX = 0.05  # share of periods to spare from which a limit is not tried [-]; of an exact one, see `_room`
WORTH_SAYING = 0.02  # share of the gain that a relaxed limit must add to be called binding [-]; own assumption

Floats = NDArray[np.float64]
Promise = Callable[[Settings], tuple[Gain, Gain]]  # of the objective, and net of costs
Lines = Callable[[Settings], tuple[SettingLine, ...]]


def fewest_changes(judge: Judge, space: Space, best: Settings, promise: Promise, lines: Lines) -> Variant | None:
    """Return the change with the fewest settings that keeps 90 % of the gain, or None where every change is needed.

    Settings are put back one by one, each time the one that costs least, as long as limits and support hold and a trial could
    still show the gain; where none can be put back as the others are, one without which the others climb again.
    """
    settings = _with_fewer(judge, space, best, promise, CLIMBS)
    return None if settings == best else _variant(judge, space, best, settings, promise, lines)


def second_direction(
    judge: Judge, space: Space, explored: list[Settings], best: Settings, promise: Promise, lines: Lines
) -> Variant | None:
    """Return the best feasible change without the settings that carry most of the proposed one.

    The fewest of its dearest settings that carry half of its gain stay where they are, and the others make the best of it.
    None where that is worth nothing, or no trial could show what it gains: as little as that is not proposed either.
    """
    held, present = _dearest(space, best, promise), space.present()
    narrow = space.holding(held)
    starts = [s for s in explored if all(s[name] == present[name] for name in held)]
    if not narrow.dimensions or not starts:
        return None
    start = starts[int(np.argmax(judge.worth(judge.shifts(space.frame(starts)))))]
    climbed = polish(judge, narrow, {d.name: start[d.name] for d in narrow.dimensions}, judge.worth)
    noticed = {**present, **leave_alone(judge, narrow, climbed, judge.worth)}
    settings = _with_fewer(judge, space, noticed, promise, climbs=0)  # it has climbed already
    is_worth_it = float(judge.worth(judge.shifts(space.frame([settings])))[0]) > 0.0
    if not is_worth_it or nobody_would_set(judge, space, settings) or not _is_provable(judge, promise(settings)):
        return None
    return _variant(judge, space, best, settings, promise, lines)


def relaxed_limits(judge: Judge, space: Space, best: Settings, promise: Promise) -> tuple[RelaxedLimit, ...]:
    """Return the limits that bind, the dearest first: what relaxing each alone would add, by climbing on from the proposal."""
    frame, gain = space.frame([best]), promise(best)[1].expected
    steps = [_step(check) for check in judge.limits]
    room = [(_room(c, frame, step), i, step) for i, (c, step) in enumerate(zip(judge.limits, steps, strict=True)) if step]
    out = []
    for left, i, step in sorted(room)[:LIMITS_TRIED]:
        if left > 1.0:
            break
        check = judge.limits[i]
        relaxed = check.asking(check.value + (step if check.bound == "high" else -step))
        freer = replace(judge, limits=(*judge.limits[:i], relaxed, *judge.limits[i + 1 :]))
        further = polish(freer, space, best, judge.worth)
        worth = promise(further)[1].expected - gain
        if worth >= WORTH_SAYING * gain:
            low, high = _ends(judge, space, best, further, worth)
            out.append(
                RelaxedLimit(
                    name=check.name,
                    bound=check.bound,
                    unit=check.unit,
                    value=check.value,
                    relaxed=relaxed.value,
                    worth=worth,
                    low=low,
                    high=high,
                )
            )
    return tuple(sorted(out, key=lambda line: -line.worth))


def _ends(judge: Judge, space: Space, best: Settings, further: Settings, worth: float) -> tuple[float, float]:
    """The interval of what going on from `best` to `further` is worth."""
    moves = judge.shifts(space.frame([best, further]))
    between = moves[1:] - moves[:1]
    _, sd = judge.net(between)
    half = judge.z * float(judge.spread(between, sd)[0])
    return worth - half, worth + half


def _dearest(space: Space, best: Settings, promise: Promise) -> list[str]:
    """The settings that carry half of the gain: put back one by one, each time the one whose move is missed most."""
    present, left, held = space.present(), best, list[str]()
    rest = (1.0 - SHARE_CARRIED) * promise(best)[1].expected
    moved = [d.name for d in space.dimensions if best[d.name] != present[d.name]]
    while moved and promise(left)[1].expected > rest:
        gains = [promise({**left, name: present[name]})[1].expected for name in moved]
        held.append(moved.pop(int(np.argmin(gains))))
        left = {**left, held[-1]: present[held[-1]]}
    return held


def _overlap(judge: Judge, space: Space, settings: pl.DataFrame, other: Settings) -> Floats:
    moves = _moves(judge, space, pl.concat([space.frame([other]), settings]))
    lengths = np.linalg.norm(moves, axis=1)
    return np.asarray(moves[1:] @ moves[0] / np.maximum(lengths[1:] * lengths[0], 1e-12))


def _moves(judge: Judge, space: Space, settings: pl.DataFrame) -> Floats:
    """Moves from now in steps: a column a setting, and one a choice."""
    columns = []
    for d in space.dimensions:
        if d.choices is not None:
            columns += [((settings[d.name] == c) & (c != d.now)).cast(pl.Float64).to_numpy() for c in d.choices]
        else:
            columns.append((settings[d.name].to_numpy() - float(d.now)) / (judge.sheet.settings[d.name].max_step or 1.0))
    return np.stack(columns, axis=1)


def _with_fewer(judge: Judge, space: Space, settings: Settings, promise: Promise, climbs: int) -> Settings:
    """Settings with as many as possible put back that keep 90 % of the gain; feasible and provable all the way."""
    present, enough = space.present(), SHARE_KEPT * promise(settings)[1].expected

    def is_kept(fewer: Settings) -> bool:
        promised = promise(fewer)
        return promised[1].expected >= enough and _is_feasible(judge, space.frame([fewer])) and _is_provable(judge, promised)

    while True:
        moved = [d.name for d in space.dimensions if settings[d.name] != present[d.name]]
        without = {name: {**settings, name: present[name]} for name in moved}
        idlest = sorted(moved, key=lambda name: -promise(without[name])[1].expected) if len(moved) > 1 else []
        fewer = next((without[name] for name in idlest if is_kept(without[name])), None)
        if fewer is None:  # a climb takes long: only where none will do as the others are
            climbed = (_climbed(judge, space, settings, name) for name in idlest[:climbs])
            fewer = next((s for s in climbed if is_kept(s)), None)
        if fewer is None:
            return settings
        settings = fewer


def _climbed(judge: Judge, space: Space, settings: Settings, name: str) -> Settings:
    """Where the others climb to without one move.

    At a limit that binds, a move may be what makes room for the others: they then climb from the present settings.
    """
    present = space.present()
    narrow = space.holding([d.name for d in space.dimensions if d.name == name or settings[d.name] == present[d.name]])
    others = {d.name: settings[d.name] for d in narrow.dimensions}
    start = others if _is_feasible(judge, narrow.frame([others])) else {d.name: present[d.name] for d in narrow.dimensions}
    return {**present, **polish(judge, narrow, start, judge.worth)}


def _is_provable(judge: Judge, promised: tuple[Gain, Gain]) -> bool:
    """Whether a trial could show the gain, or the gain net of costs, as is asked of what is proposed."""
    return bool(judge.is_provable(*(gain.expected for gain in promised)))


def _is_feasible(judge: Judge, frame: pl.DataFrame) -> bool:
    return bool(judge.inside(frame)[0]) and bool(judge.holds(frame)[0])


def _variant(judge: Judge, space: Space, best: Settings, settings: Settings, promise: Promise, lines: Lines) -> Variant:
    gain, net = promise(settings)
    return Variant(
        settings=lines(settings),
        gain=gain,
        net=net if judge.cost_weight else None,
        share=net.expected / promise(best)[1].expected,
        overlap=float(_overlap(judge, space, space.frame([settings]), best)[0]),
    )


def _room(check: LimitCheck, frame: pl.DataFrame, step: float) -> float:
    """How far one row is from the limit: 0 at it, 1 where it is no longer tried [-].

    Of an exact limit in steps that it would be relaxed by: its share of periods says nothing, all hold it up to the bound.
    """
    if check.formula is None:
        return -float(check.shortfall(frame)[0]) / ROOM_MAX
    return -float(check.over(frame)[0]) * max(1.0, abs(check.value)) / step


def _step(check: LimitCheck) -> float | None:
    """How far a limit is relaxed, one digit; None where nothing says how far that could be.

    Where the zero of a formula lies says nothing: a share of an exact limit's value counts only where its spread is not known.
    """
    ways = [w for w in (RELAXED_SD * _spread(check), RELAXED_BY * abs(check.value)) if w > 0.0]
    if check.formula is not None:
        ways = ways[:1]
    return round_significant(min(ways), 1) if ways else None


def _spread(check: LimitCheck) -> float:
    """Standard deviation of the limit's value over the history [unit of the limit]."""
    if check.formula is None:
        return float(check.surrogate.responses[check.target].scale)
    values = check.surrogate.frame.select(check.formula.expr().alias("x"))["x"].cast(pl.Float64).drop_nulls()
    values = values.filter(values.is_finite())
    return float(np.std(values.to_numpy())) if len(values) else 0.0
