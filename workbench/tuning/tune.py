"""From a learned history to a recommendation, or to a plain statement that the records support none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from workbench.errors import InputError
from workbench.models.surrogates.surrogate import Surrogate
from workbench.plant import Sheet
from workbench.prepare.apart import apart_settings
from workbench.records import (
    Candidate,
    Finding,
    Gain,
    HiddenCause,
    LimitLine,
    Money,
    OutcomeLine,
    RegimeTable,
    SettingLine,
    Support,
    Why,
)
from workbench.tuning.at_now import at_now_of
from workbench.tuning.between import between_findings, kept_findings
from workbench.tuning.broken import blocked_reasons, limit_findings
from workbench.tuning.choice import Choice, choose, promise_of
from workbench.tuning.elsewhere import elsewhere_findings
from workbench.tuning.frozen import frozen_findings, moved_once_at_most
from workbench.tuning.joint import joint_findings
from workbench.tuning.judge import LEVEL, Judge
from workbench.tuning.least_trial import shortest_trial, washout_hours
from workbench.tuning.limit_causes import limit_cause_findings
from workbench.tuning.outcome_lines import outcome_lines
from workbench.tuning.present import check_recent, present_of
from workbench.tuning.provable import trial_weeks, weeks_tried
from workbench.tuning.regimes import regime_sentence, regime_table
from workbench.tuning.replay import Replays
from workbench.tuning.search import Progress, SearchStoppedError
from workbench.tuning.sensitivity import hidden_cause, hidden_findings
from workbench.tuning.space import Settings, Space, space_of
from workbench.tuning.sudden import SuddenMoves, sudden_findings, sudden_moves
from workbench.tuning.why import why_not, why_proposed
from workbench.tuning.words import number, possible_sentence, trial_sentence
from workbench.wording import unit_of_change

__all__ = ["N_TRIALS", "Tuned", "tune"]

NAME_MAX = 48  # [characters] a longer objective is called "the objective" in sentences
N_TRIALS = 200  # trials of the search where nothing else is asked for


@dataclass(frozen=True)
class Tuned:
    """What tuning found, ready to be written down.

    Parameters
    ----------
    proposed : bool
        False: the evidence supports no change that a trial could prove; `gain` is then that of the best change considered, if
        there is one.
    reasons : tuple of str
    settings : tuple of SettingLine
        Proposed settings, or the present ones where nothing is proposed.
    candidate : Candidate or None
    gain : Gain or None
    money : Money or None
    limits : tuple of LimitLine
    outcomes : tuple of OutcomeLine
    level : float
        Mean of the objective over recent conditions at the present settings [unit of the objective].
    support : Support
    replays : Replays
    hidden : HiddenCause or None
        How strong a hidden cause would have to be; None where no gain is expected, or the objective is computed.
    regimes : tuple of RegimeTable
        Settings by regime, where they pay beyond one setting for all; else empty.
    why : Why
        What each change does alone, what binds, what else could be done, what it would take to know more.
    findings : tuple of Finding
    trials : polars.DataFrame
        Trials of the search.
    judge : Judge
    space : Space
    """

    proposed: bool
    reasons: tuple[str, ...]
    settings: tuple[SettingLine, ...]
    candidate: Candidate | None
    gain: Gain | None
    money: Money | None
    limits: tuple[LimitLine, ...]
    outcomes: tuple[OutcomeLine, ...]
    level: float
    support: Support
    replays: Replays
    hidden: HiddenCause | None
    regimes: tuple[RegimeTable, ...]
    why: Why
    findings: tuple[Finding, ...]
    trials: pl.DataFrame
    judge: Judge
    space: Space


def tune(
    sheet: Sheet,
    surrogate: Surrogate,
    *,
    n_trials: int = N_TRIALS,
    seed: int = 0,
    fix: Sequence[str] = (),
    progress: Progress | None = None,
) -> Tuned:
    """Choose settings and judge the promise.

    Parameters
    ----------
    sheet : Sheet
        Of the plant.
    surrogate : Surrogate
        Learned from the history; must have learned the objective.
    n_trials : int
        Trials of the search, 1 or more.
    seed : int
        Of the search.
    fix : sequence of str
        Settings to hold at their present value.
    progress : callable, optional
        Told what is being done, trials done and trials in all.

    Raises
    ------
    InputError
        If `n_trials` is below 1, `fix` names no setting, or the sheet's `recent` holds fewer than 20 usable periods.
    SearchStoppedError
        On Ctrl-C.
    """
    if n_trials < 1:
        raise InputError(f"n_trials is {n_trials}: the number of settings to look at must be 1 or more")
    present = present_of(sheet, surrogate.frame)
    check_recent(sheet, present)
    frozen, apart = moved_once_at_most(sheet, surrogate.frame), apart_settings(sheet, surrogate.frame)
    choice = choose(sheet, surrogate, present, space_of(sheet, present.now, fix, (*frozen, *apart)), n_trials, seed, progress)
    judge, space, found, replays, best, gain, net = (
        choice.judge, choice.space, choice.found, choice.replays, choice.best, choice.gain, choice.net,
    )  # fmt: skip
    reasons = _reasons(choice)
    proposed = not reasons
    chosen = space.frame([best]) if best is not None else None
    lines = _setting_lines(judge, chosen if proposed else None)
    candidate = None
    if not proposed and chosen is not None and gain is not None:
        candidate = Candidate(settings=_setting_lines(judge, chosen), gain=gain)
    hidden = None
    if chosen is not None and gain is not None and not sheet.is_objective_computed:
        hidden = hidden_cause(judge, judge.shifts(chosen)[0], gain, choice.slow)
    if hidden is not None and choice.joint.is_suspect:
        hidden = hidden.model_copy(update={"joint_setting": choice.joint.setting})
    sudden = _sudden(choice, chosen)
    if hidden is not None and sudden is not None and proposed:
        hidden = hidden.model_copy(update={"sudden_setting": sudden.setting})
    at = chosen if proposed else present.now
    assert at is not None

    def promise(settings: Settings) -> tuple[Gain, Gain]:
        return promise_of(judge, space, settings, replays)

    def lines_of(settings: Settings) -> tuple[SettingLine, ...]:
        return _setting_lines(judge, space.frame([settings]))

    try:
        regimes = regime_table(judge, space, found, replays, best if proposed else None, seed)
        if proposed and best is not None:
            why = why_proposed(judge, space, found.explored, best, promise, lines_of)
        else:
            why = why_not(choice, promise, sudden, _trial_of(choice).weeks)
    except (KeyboardInterrupt, SearchStoppedError) as stop:  # the trials of the one search that a person knows of are kept
        raise SearchStoppedError(found.trials, n_trials) from stop
    return Tuned(
        proposed=proposed,
        reasons=(*reasons, *(regime_sentence(t) for t in regimes if not proposed)),
        settings=lines,
        candidate=candidate,
        gain=gain if proposed else None,
        money=_money(sheet, net) if proposed and net is not None else None,
        limits=tuple(c.line(chosen) for c in judge.limits),
        outcomes=outcome_lines(judge, chosen, replays),
        level=float(at_now_of(judge.surrogate, judge.present, "@objective").results.mean()),
        support=Support(nearest_periods=judge.support.nearest_periods(at), inside=bool(judge.inside(at)[0])),
        replays=replays,
        hidden=hidden,
        regimes=regimes,
        why=why,
        findings=(
            *hidden_findings(judge, hidden, choice.slow, is_quick=choice.is_again),
            *joint_findings(sheet, choice.joint, is_within=choice.is_again),
            *(sudden_findings(judge, sudden, gain) if gain is not None and proposed else ()),
            *choice.contradicted,
            *(elsewhere_findings(judge, chosen) if proposed and chosen is not None else ()),
            *(limit_cause_findings(judge, chosen) if proposed and chosen is not None else ()),
            *surrogate.findings,
            *present.findings,
            *between_findings(judge),
            *kept_findings(judge),
            *limit_findings(judge, space),
            *frozen_findings(sheet, frozen, fix),
        ),
        trials=found.trials,
        judge=judge,
        space=space,
    )


def _sudden(choice: Choice, chosen: pl.DataFrame | None) -> SuddenMoves | None:
    """What sudden moves say where gradual ones flatter the gain; T106 and T110 say as much already where they stand."""
    is_said = choice.slow.is_suspect or choice.joint.is_suspect
    if chosen is None or is_said or choice.judge.sheet.is_objective_computed:
        return None
    found = sudden_moves(choice.judge, choice.judge.shifts(chosen)[0])
    return found if found is not None and found.is_suspect else None


def _money(sheet: Sheet, net: Gain) -> Money | None:
    value = sheet.value_per_unit_year
    if value is None or sheet.currency is None:
        return None
    return Money(currency=sheet.currency, expected=net.expected * value, low=net.low * value, high=net.high * value)


def _reasons(choice: Choice) -> tuple[str, ...]:
    """Why nothing is proposed; empty where something is."""
    reasons = _reasons_of(choice)
    if reasons:
        reasons = (*reasons, *blocked_reasons(choice.judge, choice.space))
    if not reasons or not choice.contradicted:
        return reasons
    tags = ", ".join(dict.fromkeys(str(f.tag) for f in choice.contradicted))
    contradiction = (
        f"What the sheet says under effects of {tags} contradicts the records (T108): neither is believed, so correct what is "
        "wrong."
    )
    return (*reasons, contradiction)


def _reasons_of(choice: Choice) -> tuple[str, ...]:
    judge, gain, net = choice.judge, choice.gain, choice.net
    unit = unit_of_change(judge.sheet.objective.unit)
    if gain is None or net is None:
        return (
            "No change within one step that is large enough to set, inside what the history covers and inside the limits, is "
            f"expected to improve {_short_name(judge)}.",
            "Small moves beyond what was run would tell more: `workbench trial next` lays them out.",
        )
    is_sure, error, worst = _is_sure(gain, net), judge.least_shown, _deciding(gain, net)
    if is_sure and judge.is_provable(gain.expected, net.expected):
        return ()
    after = " after costs" if worst is net else ""
    best = f"The best change within reach is expected to give {number(worst.expected)} {unit}{after}"
    span = f"{LEVEL * 100:.0f} % interval from {number(worst.low)} to {number(worst.high)} {unit}"
    trial = _trial_of(choice)
    if is_sure and error is not None:
        return (
            f"{best} ({span}): less than the {number(error)} {unit} by which luck alone moves the result of a trial of "
            f"{weeks_tried(judge.sheet.trial):.0f} weeks (one standard error, half of each block left out): such a trial could "
            "not tell it from luck.",
            trial_sentence(trial.weeks, is_shortest=trial.is_shortest, is_washed=trial.is_washed),
        )
    if worst.high > 0.0:
        settles = possible_sentence(f"{number(worst.high)} {unit}{after}".strip(), trial.weeks, is_shortest=trial.is_shortest)
    else:
        settles = "A trial would have nothing to show: no improvement is possible any more."
    return (f"{best}, but its {span} reaches below zero.", settles, *_saved(judge, gain, net, unit))


def _saved(judge: Judge, gain: Gain, net: Gain, unit: str) -> tuple[str, ...]:
    """That the costs alone would pay for a change whose objective is not known to improve, and what would weigh both."""
    if gain.low > 0.0 or net.low <= 0.0:
        return ()
    worth = f"{number(net.expected)} {unit}, {LEVEL * 100:.0f} % interval {number(net.low)} to {number(net.high)}"
    return (
        f"Its savings in costs would surely pay ({worth}, costs counted), but a promise is about {_short_name(judge)} itself:"
        " an objective in money weighs both.",
    )


@dataclass(frozen=True)
class _Trial:
    """How long a trial would take [weeks], whether that is the shortest that is planned, and whether blocks have a washout."""

    weeks: float | None = None
    is_shortest: bool = False
    is_washed: bool = True


def _trial_of(choice: Choice) -> _Trial:
    """The trial that the change considered would take.

    A gain that is not sure is taken as large as it may still be: what is expected of it is small because little is known.
    """
    judge, best, gain, net = choice.judge, choice.best, choice.gain, choice.net
    if best is None or gain is None or net is None:
        return _Trial()
    worst, sure = _deciding(gain, net), _is_sure(gain, net)
    moves = {}
    for name, value in best.items():
        now = judge.present.now[name][0]
        if value != now:
            moves[name] = 0.0 if isinstance(value, str) else abs(value - now)
    is_washed = washout_hours(judge.sheet, moves) > 0.0
    error = judge.trial_error if is_washed else judge.trial_error_unwashed()
    weeks = trial_weeks(error, worst.expected, worst.spread / worst.expected) if sure else trial_weeks(error, worst.high)
    least = shortest_trial(judge.sheet, moves)
    if weeks is None or least is None:
        return _Trial(weeks, is_washed=is_washed)
    return _Trial(max(weeks, least), weeks < least, is_washed)


def _is_sure(gain: Gain, net: Gain) -> bool:
    return gain.low > 0.0 and net.low > 0.0


def _deciding(gain: Gain, net: Gain) -> Gain:
    """The gain that decides against a change: that of the objective, or net of costs where this is what is not sure."""
    return gain if _is_sure(gain, net) or gain.low <= net.low else net


def _short_name(judge: Judge) -> str:
    text = judge.sheet.objective.text
    return text if len(text) <= NAME_MAX else "the objective"


def _setting_lines(judge: Judge, chosen: pl.DataFrame | None) -> tuple[SettingLine, ...]:
    lines = []
    for name, s in judge.sheet.settings.items():
        now = judge.present.now[name][0]
        supported = None
        if s.choices is None:
            supported = judge.covered.get(name)
        lines.append(
            SettingLine(
                name=name,
                tag=s.tag,
                unit=s.unit,
                now=now,
                proposed=now if chosen is None else chosen[name][0],
                low=s.low,
                high=s.high,
                max_step=s.max_step,
                supported=supported,
            )
        )
    return tuple(lines)
