"""The choice of settings: a search, the promise, and a second look where slow moves of the settings mislead."""

from __future__ import annotations

from dataclasses import dataclass, replace

from workbench.models.surrogates.response import Response
from workbench.models.surrogates.surrogate import Surrogate
from workbench.plant import Sheet
from workbench.records import Finding, Gain
from workbench.tuning.effects import with_effects
from workbench.tuning.judge import INFLATION, LEVEL, PERIODS_MANY, Judge
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
    is_quick : bool
        Whether the objective was learned from quick moves alone because of it.
    """

    judge: Judge
    found: Found
    replays: Replays
    best: Settings | None
    gain: Gain | None
    net: Gain | None
    contradicted: tuple[Finding, ...]
    slow: SlowSwings = NOT_ASKED
    is_quick: bool = False


def choose(
    sheet: Sheet, learned: Surrogate, present: Present, space: Space, n_trials: int, seed: int, progress: Progress | None
) -> Choice:
    """Search the settings; again, learned from quick moves alone, where slow ones speak of different effects.

    Raises
    ------
    SearchStoppedError
        On Ctrl-C, with the trials of the first search.
    """
    first = _look(sheet, learned, present, space, n_trials, seed, progress)
    slow = _slow_swings(first, space)
    if not slow.is_suspect or len(learned.rows["@objective"]) < PERIODS_MANY:
        return replace(first, slow=slow)  # a short history needs every move that it holds: there a warning has to do
    quick = replace(learned, responses=_from_quick_moves(learned))
    try:
        second = _look(sheet, quick, present, space, n_trials, seed, _again(progress))
    except (KeyboardInterrupt, SearchStoppedError) as stop:  # what the first look found is not lost
        raise SearchStoppedError(first.found.trials, n_trials) from stop
    return replace(second, slow=slow, is_quick=True)


def _look(
    sheet: Sheet, learned: Surrogate, present: Present, space: Space, n_trials: int, seed: int, progress: Progress | None
) -> Choice:
    """Search the settings, and take surer ones where the best are unsure."""
    surrogate, contradicted = with_effects(sheet, learned, present)
    judge = Judge(
        sheet,
        surrogate,
        present,
        support_of(surrogate.basis, surrogate.frame, present.recent),
        tuple(limit_checks(sheet, surrogate, present, INFLATION)),
    )
    found = search(judge, space, n_trials, seed, progress)
    response = surrogate.responses["@objective"]
    replays = replay(response, judge.shifts(space.frame(found.explored)), judge.sign, judge.z)
    best = found.best
    gain, net = (None, None) if best is None else promise_of(judge, space, best, replays)
    if gain is not None and net is not None and min(gain.low, net.low) <= 0.0:
        sure = surest(judge, space, found, replays.promise_share, replays.z)
        if sure is not None:
            best = sure
            gain, net = promise_of(judge, space, best, replays)
    return Choice(judge, found, replays, best, gain, net, contradicted)


def _again(progress: Progress | None) -> Progress | None:
    """The same progress, which says that it is the second look."""
    return None if progress is None else lambda what, done, of: progress(f"{what}, by quick moves", done, of)


def _slow_swings(choice: Choice, space: Space) -> SlowSwings:
    """Whether slow and quick moves speak of different effects, above all along the best move."""
    if choice.best is None:
        return NOT_ASKED
    return slow_swings(choice.judge, choice.judge.shifts(space.frame([choice.best]))[0])


def _from_quick_moves(surrogate: Surrogate) -> dict[str, Response]:
    """The responses with the objective learned from quick moves of the settings alone."""
    return {**surrogate.responses, "@objective": surrogate.responses["@objective"].from_quick_moves()}


def promise_of(judge: Judge, space: Space, settings: Settings, replays: Replays) -> tuple[Gain, Gain]:
    """Return the gain of the objective, and the gain net of costs, in the objective's unit, with intervals."""
    shifts = judge.shifts(space.frame([settings]))
    out = []
    for mean, sd in judge.promised(shifts, replays.promise_share):
        expected, half = float(mean[0]), replays.z * float(sd[0])
        out.append(
            Gain(
                objective=judge.sheet.objective.text,
                unit=judge.sheet.objective.unit,
                expected=expected,
                low=expected - half,
                high=expected + half,
                level=LEVEL,
            )
        )
    return out[0], out[1]
