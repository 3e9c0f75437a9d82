"""The choice of settings: a search, the promise, and a second look where slow or joint moves of the settings mislead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from workbench.models.surrogates.noise import places_of
from workbench.models.surrogates.response import Response, quick_beside
from workbench.models.surrogates.surrogate import Surrogate, from_quick_moves
from workbench.plant import Sheet
from workbench.records import Finding, Gain
from workbench.tuning.effects import with_effects
from workbench.tuning.ends import improvement_ends, within_ends
from workbench.tuning.joint import NO_JOINT_MOVES, JointMoves, joint_moves
from workbench.tuning.judge import INFLATION, LEVEL, PERIODS_MANY, Judge
from workbench.tuning.limit_causes import doubted_outcomes
from workbench.tuning.limits import limit_checks
from workbench.tuning.present import Present
from workbench.tuning.replay import Replays, replay
from workbench.tuning.search import Found, Progress, SearchStoppedError, search, surest
from workbench.tuning.sensitivity import SlowSwings, slow_swings
from workbench.tuning.space import Settings, Space
from workbench.tuning.support import support_of

__all__ = ["Choice", "choose", "promise_of"]

NOT_ASKED = SlowSwings(None, None)


@dataclass(frozen=True)
class Choice:
    """The settings that a search found, and what they promise.

    Parameters
    ----------
    judge : Judge
    space : Space
        Settings that may move: those whose `effects` contradict the records stay.
    found : Found
    replays : Replays
    best : Settings or None
        None where nothing is expected to beat the present settings.
    gain, net : Gain or None
        Of the objective, and net of costs in its unit.
    contradicted : tuple of Finding
        Of the sheet's `effects`.
    slow : SlowSwings
        Whether slow and quick moves speak of different effects.
    joint : JointMoves
        What joint moves of the settings say beside moves of one.
    is_again : bool
        Whether the objective was learned again because of either: from quick moves, or between joint moves.
    """

    judge: Judge
    space: Space
    found: Found
    replays: Replays
    best: Settings | None
    gain: Gain | None
    net: Gain | None
    contradicted: tuple[Finding, ...]
    slow: SlowSwings = NOT_ASKED
    joint: JointMoves = NO_JOINT_MOVES
    is_again: bool = False


def choose(
    sheet: Sheet, learned: Surrogate, present: Present, space: Space, n_trials: int, seed: int, progress: Progress | None
) -> Choice:
    """Search the settings; again where slow moves, or joint ones, speak of different effects, learned without them.

    Outcomes of limits that slow moves speak differently of have to keep them by both.

    Raises
    ------
    SearchStoppedError
        On Ctrl-C, with the trials of the first search.
    """
    first = _look(sheet, learned, present, space, n_trials, seed, progress)
    if not sheet.is_objective_computed:  # no cause can hide in a formula
        first = replace(first, slow=_slow_swings(first), joint=joint_moves(learned))
    # a short history needs every move that it holds: there a warning has to do
    is_again = (first.slow.is_suspect or first.joint.is_suspect) and len(learned.rows["@objective"]) >= PERIODS_MANY
    doubted = doubted_outcomes(first.judge, space.frame([first.best])) if first.best is not None else ()
    if not is_again and not doubted:
        return first
    again = learned
    if is_again:
        again = replace(learned, responses={**learned.responses, "@objective": _again(learned, first.slow, first.joint)})
    try:
        second = _look(sheet, again, present, space, n_trials, seed, _once_more(progress), doubted)
    except (KeyboardInterrupt, SearchStoppedError) as stop:  # what the first look found is not lost
        raise SearchStoppedError(first.found.trials, n_trials) from stop
    return replace(second, slow=first.slow, joint=first.joint, is_again=is_again)


def _look(
    sheet: Sheet,
    learned: Surrogate,
    present: Present,
    space: Space,
    n_trials: int,
    seed: int,
    progress: Progress | None,
    doubted: Sequence[str] = (),
) -> Choice:
    """Search the settings, and take surer ones where the best are unsure; `doubted` limits have to hold by quick moves, too."""
    surrogate, contradicted = with_effects(sheet, learned, present)
    quick = with_effects(sheet, from_quick_moves(learned, doubted), present)[0] if doubted else None
    tags = {f.tag for f in contradicted}
    space = space.leaving([name for name, setting in sheet.settings.items() if setting.tag in tags])
    judge = Judge(
        sheet,
        surrogate,
        present,
        support_of(surrogate.basis, surrogate.frame, present.recent),
        tuple(limit_checks(sheet, surrogate, present, INFLATION, quick)),
    )
    found = search(judge, space, n_trials, seed, progress)
    response = surrogate.responses["@objective"]
    replays = replay(response, judge.shifts(space.frame(found.explored)), judge.sign, judge.z, judge.promise_most)
    best = found.best
    gain, net = (None, None) if best is None else promise_of(judge, space, best, replays)
    if gain is not None and net is not None and min(gain.low, net.low) <= 0.0:
        sure = surest(judge, space, found, replays.promise_share, replays.z)
        if sure is not None:
            best = sure
            gain, net = promise_of(judge, space, best, replays)
    return Choice(judge, space, found, replays, best, gain, net, contradicted)


def _once_more(progress: Progress | None) -> Progress | None:
    """The same progress, which says that it is the second look."""
    return None if progress is None else lambda what, done, of: progress(f"{what}, once more", done, of)


def _slow_swings(choice: Choice) -> SlowSwings:
    """Whether slow and quick moves speak of different effects, above all along the best move."""
    if choice.best is None:
        return NOT_ASKED
    shift = choice.judge.shifts(choice.space.frame([choice.best]))[0]
    return slow_swings(choice.judge.surrogate, shift, "@objective", choice.judge.sign)


def _again(surrogate: Surrogate, slow: SlowSwings, joint: JointMoves) -> Response:
    """The objective learned from quick moves of the settings, or between joint ones, or both."""
    response = surrogate.responses["@objective"]
    beside = [quick_beside(len(response.target))] if slow.is_suspect else []
    if joint.is_suspect:
        levels = np.equal.outer(joint.stretch, np.arange(joint.count + 1)).astype(np.float64)
        beside.append(response.noise.whiten(levels, places_of(surrogate.grid.positions[surrogate.rows["@objective"]])))
    return response.blind_to(np.concatenate(beside, axis=1))


def promise_of(judge: Judge, space: Space, settings: Settings, replays: Replays) -> tuple[Gain, Gain]:
    """Return the gain of the objective, and the gain net of costs, in the objective's unit, with intervals.

    Neither lies beyond what outcomes of few values leave room for.
    """
    chosen = space.frame([settings])
    ends = improvement_ends(judge, chosen)
    promised = judge.promised(judge.shifts(chosen), replays.promise_share)
    saved = float(promised[1][0][0] - promised[0][0][0])
    out = []
    for (mean, sd), beside in zip(promised, (0.0, saved), strict=True):
        within = None if ends is None else (ends[0] + beside, ends[1] + beside)
        expected, low, high = within_ends(float(mean[0]), replays.z * float(sd[0]), within)
        out.append(
            Gain(
                objective=judge.sheet.objective.text,
                unit=judge.sheet.objective.unit,
                expected=expected,
                low=low,
                high=high,
                level=LEVEL,
            )
        )
    return out[0], out[1]
