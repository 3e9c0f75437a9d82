"""The main job, once, for the command line and the notebooks alike: load -> prepare -> learn -> tune -> show -> track."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from workbench.errors import InputError
from workbench.lineage import data_end, findings_of, lineage_of, with_recent
from workbench.models.surrogates.skill import Skill, skill_findings
from workbench.models.surrogates.surrogate import Surrogate
from workbench.plant import Sheet, load_sheet
from workbench.records import Finding, History, ModelLine, Recommendation, Records, RefereeRow, SettingLine
from workbench.saving import Result, save_study, stops_tracked, trials_kept
from workbench.tuning import N_TRIALS, Progress, TradeOff, Tuned, check_goals, goals_of, trade_off, tune
from workbench.wording import many

__all__ = [
    "Result",
    "Study",
    "learn_model",
    "read_history",
    "read_plant_records",
    "recommend",
    "run_study",
    "save_study",
    "weigh_goals",
]


@dataclass(frozen=True)
class Study:
    """One way through the house, from sheet to recommendation.

    Parameters
    ----------
    sheet : Sheet
    history : History
    surrogate : Surrogate or None
        None where the data are refused.
    tuned : Tuned or None
        None where the data are refused.
    recommendation : Recommendation
    started : datetime
    trade_off : TradeOff or None
        The front between two goals, where one was asked for.
    """

    sheet: Sheet
    history: History
    surrogate: Surrogate | None
    tuned: Tuned | None
    recommendation: Recommendation
    started: datetime
    trade_off: TradeOff | None = None


def read_plant_records(
    sheet: Sheet, source: str | Path | None = None, as_of: datetime | None = None, progress: Progress | None = None
) -> Records:
    """Return the plant's records: from `source`, or from the sheet's own source, simulated ones included.

    Raises
    ------
    InputError
        If there is no source, it cannot be read as meant, or the sheet asks for a simulator as its model.
    """
    from workbench.loaders import read_records, records_from_frame

    _need_surrogate(sheet)  # before the records are read: nobody waits for what will not be answered
    own = sheet.source
    if source is None and own is not None and own.kind == "simulated" and own.simulated is not None:
        from workbench.models import simulator

        _say(progress, "simulating the plant's history")
        try:
            plant = simulator(sheet.simulator)
        except InputError as fault:
            name = "`model: {kind: surrogate, name: SIMULATOR}`"
            raise InputError(f"{sheet.label}, source.simulated: {fault}; say which one by {name}, or read a file") from None
        frame = plant.history(own.simulated.days, own.simulated.seed)
        label = f"simulated history, {own.simulated.days} days, seed {own.simulated.seed}"
        return records_from_frame(sheet, frame, label, as_of)
    _say(progress, "reading records")
    return read_records(sheet, source, as_of)


def read_history(
    sheet: Sheet, source: str | Path | None = None, as_of: datetime | None = None, progress: Progress | None = None
) -> History:
    """Return the plant's history with every finding so far.

    Raises
    ------
    InputError
        If the source cannot be read as meant.
    """
    from workbench.prepare import prepare_history

    records = read_plant_records(sheet, source, as_of, progress)
    _say(progress, f"aligning records to {many(sheet.row)}")
    return prepare_history(sheet, records)


def learn_model(sheet: Sheet, history: History, progress: Progress | None = None) -> tuple[Surrogate, Skill]:
    """Return the surrogate learned from the history, and its skill in time order."""
    from threadpoolctl import threadpool_limits

    from workbench.models.surrogates import learn

    _need_surrogate(sheet)
    _say(progress, "learning from the history")
    with threadpool_limits(1):  # small matrices: a second thread costs more than it gives, and changes last digits
        return learn(sheet, history)


def recommend(
    sheet: Sheet,
    history: History,
    *,
    as_of: datetime | None = None,
    n_trials: int | None = None,
    seed: int = 0,
    fix: Sequence[str] = (),
    progress: Progress | None = None,
) -> Study:
    """Return the study of a history: learned, tuned and written down as a recommendation.

    Parameters
    ----------
    sheet : Sheet
        Of the plant.
    history : History
        Its history, with findings.
    as_of : datetime, optional
        Moment whose knowledge the history holds; None for all of it.
    n_trials : int, optional
        Trials of the search; 200 where not given.
    seed : int
        Of everything random.
    fix : sequence of str
        Settings to hold.
    progress : callable, optional
        Told what is being done, trials done and trials in all.

    Raises
    ------
    InputError
        If `fix` names no setting.
    SearchStoppedError
        On Ctrl-C in the search.
    """
    from threadpoolctl import threadpool_limits

    started = datetime.now(UTC)
    if history.refused:
        return Study(sheet, history, None, None, _refused(sheet, history, history.refused, as_of, seed), started)
    surrogate, skill = learn_model(sheet, history, progress)
    if "@objective" not in surrogate.responses:
        lost = Finding(
            code="M104",
            tag=None,
            refuses=True,
            text=f"the objective {sheet.objective.text} cannot be learned: it has too few results, or never moved",
        )
        return Study(sheet, history, None, None, _refused(sheet, history, (lost,), as_of, seed, extra=(lost,)), started)
    with threadpool_limits(1):
        tuned = tune(
            sheet, surrogate, n_trials=N_TRIALS if n_trials is None else n_trials, seed=seed, fix=fix, progress=progress
        )
        with trials_kept(tuned.trials):
            referee = _referee(sheet, tuned, progress)
    lineage = with_recent(lineage_of(sheet, history, seed), sheet, tuned.judge.present.recent)
    findings = (*findings_of(sheet, history), *tuned.findings, *skill_findings(skill, is_proposed=tuned.proposed))
    record = Recommendation(
        id="",
        created=_now(),
        as_of=as_of.astimezone(UTC).isoformat() if as_of else None,
        plant=sheet.name,
        title=sheet.title,
        status="proposed" if tuned.proposed else "no_change",
        reasons=tuned.reasons,
        settings=tuned.settings,
        gain=tuned.gain,
        value_per_year=tuned.money,
        objective=sheet.objective_line,
        objective_now=tuned.level,
        limits=tuned.limits,
        outcomes=tuned.outcomes,
        support=tuned.support,
        candidate=tuned.candidate,
        findings=findings,
        model=ModelLine(kind="surrogate", skill=skill.model, settings_skill=skill.settings),
        placebo=tuned.replays.placebo,
        hidden=tuned.hidden,
        why=tuned.why,
        referee=referee,
        regimes=tuned.regimes,
        lineage=lineage.model_copy(update={"held": tuple(sorted(set(fix)))}),
    )
    return Study(sheet, history, surrogate, tuned, record.identified(data_end(history)), started)


def weigh_goals(study: Study, goals: Sequence[str], progress: Progress | None = None) -> Study:
    """Return the study with the front between two goals beside its answer, which stays as it is.

    Parameters
    ----------
    study : Study
        As `recommend` makes it; where its data are refused it is returned as it is.
    goals : sequence of str
        Two outcomes, or one and `objective`; `:min` or `:max` behind a name says which way is better. Empty for no front.
    progress : callable, optional
        Told what is being done, weighings done and weighings in all.

    Raises
    ------
    InputError
        If there are not two different goals that were learned.
    SearchStoppedError
        On Ctrl-C.
    """
    if not goals or study.tuned is None or study.surrogate is None:
        return study
    from threadpoolctl import threadpool_limits

    chosen = goals_of(study.sheet, goals, study.surrogate.frame)
    with threadpool_limits(1):
        front = trade_off(study.tuned, chosen, study.recommendation.lineage.seed, progress)
    return replace(study, trade_off=front)


def run_study(
    plant: str | Path,
    source: str | Path | None = None,
    *,
    as_of: datetime | None = None,
    n_trials: int | None = None,
    seed: int = 0,
    fix: Sequence[str] = (),
    weigh: Sequence[str] = (),
    out: str | Path | None = None,
    track: bool = True,
    progress: Progress | None = None,
) -> Result:
    """Do the main job for one plant.

    Parameters
    ----------
    plant : str or Path
        Name of a bundled plant, or path of a sheet.
    source : str or Path, optional
        File of records to read instead of the sheet's own source.
    as_of, n_trials, seed, fix, progress
        See `recommend`.
    weigh : sequence of str
        Two goals to weigh against each other; see `weigh_goals`.
    out : str or Path, optional
        Folder for recommendation.json and card.html; where goals are weighed also for trade_off.html and trade_off.csv.
    track : bool
        Whether to leave a run in the store.

    Raises
    ------
    InputError
        If sheet, source or options cannot be read as meant.
    KeyboardInterrupt
        On Ctrl-C, after a killed run with the trials so far is tracked; no recommendation is written then.
    """
    sheet = load_sheet(plant)
    if weigh:
        check_goals(sheet, weigh)
    with stops_tracked(sheet, track, seed):
        history = read_history(sheet, source, as_of, progress)
        study = recommend(sheet, history, as_of=as_of, n_trials=n_trials, seed=seed, fix=fix, progress=progress)
        return save_study(weigh_goals(study, weigh, progress), out, track)


def _refused(
    sheet: Sheet, history: History, why: Sequence[Finding], as_of: datetime | None, seed: int, extra: Sequence[Finding] = ()
) -> Recommendation:
    settings = tuple(
        SettingLine(name=n, tag=s.tag, unit=s.unit, now=s.base, proposed=None, low=s.low, high=s.high, max_step=s.max_step)
        for n, s in sheet.settings.items()
    )
    record = Recommendation(
        id="",
        created=_now(),
        as_of=as_of.astimezone(UTC).isoformat() if as_of else None,
        plant=sheet.name,
        title=sheet.title,
        status="refused",
        reasons=tuple(f"{f.code}: {f.text}" for f in why),
        settings=settings,
        gain=None,
        value_per_year=None,
        objective=sheet.objective_line,
        limits=(),
        support=None,
        candidate=None,
        findings=(*findings_of(sheet, history), *extra),
        model=ModelLine(kind=sheet.model.kind),
        placebo=None,
        lineage=lineage_of(sheet, history, seed),
    )
    return record.identified(data_end(history))


def _referee(sheet: Sheet, tuned: Tuned, progress: Progress | None) -> tuple[RefereeRow, ...]:
    """Promise beside simulated truth, for a plant whose history is simulated; nothing for a real one."""
    if sheet.source is None or sheet.source.kind != "simulated" or not tuned.proposed:
        return ()
    from workbench.models import referee_rows, simulator

    _say(progress, "asking the simulator for the truth")
    now = tuned.judge.present.now
    proposed = pl.DataFrame({s.name: [s.proposed] for s in tuned.settings}, schema=now.schema)
    gain = tuned.gain
    assert gain is not None
    promised = {o.name: o for o in tuned.outcomes}
    plant = simulator(sheet.simulator)
    return referee_rows(plant, sheet, now, proposed, tuned.judge.present.recent, gain, promised)


def _need_surrogate(sheet: Sheet) -> None:
    if sheet.model.kind == "simulator":
        raise InputError(
            f"{sheet.label}, model.kind: studies on a simulator are not available yet: write `model: {{kind: surrogate}}`, "
            "which learns from the simulated history too"
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _say(progress: Progress | None, what: str) -> None:
    if progress is not None:
        progress(what, 0, 0)
