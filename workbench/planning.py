"""Trials for the command line and the notebooks alike: plan one, schedule it, ask for the next step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import InputError
from workbench.files import write_all
from workbench.plant import load_sheet
from workbench.trial_records import TrialPlan
from workbench.wording import shown_unit

if TYPE_CHECKING:
    from workbench.plant import Sheet
    from workbench.records import Records
    from workbench.track import Store
    from workbench.trials import NextStep, Planned

__all__ = ["consider_trials", "next_step", "plan_trial", "save_plan", "schedule_trial"]

Progress = Callable[[str, int, int], None]


def plan_trial(
    store: Store,
    recommendation_id: str,
    seed: int = 0,
    start: datetime | None = None,
    progress: Progress | None = None,
) -> TrialPlan:
    """Return the trial that would prove a recommendation; parameters and errors as for `consider_trials`."""
    return consider_trials(store, recommendation_id, seed, start, progress).plan


def consider_trials(
    store: Store,
    recommendation_id: str,
    seed: int = 0,
    start: datetime | None = None,
    progress: Progress | None = None,
) -> Planned:
    """Return the trial that would prove a recommendation, with the others that were considered; nothing is written.

    Parameters
    ----------
    store : Store
        Where the recommendation is kept.
    recommendation_id : str
        Its id, or so much of its start or end as fits no other.
    seed : int
        Of the order of the blocks, 0 or more.
    start : datetime, optional
        Earliest start; default the first Monday that is a day or more after the last record.
    progress : callable, optional
        Told what is being done, how much of it, and of how much.

    Raises
    ------
    InputError
        If there is no such recommendation, it proposes nothing, the sheet's objective, its direction, its price or its costs
        are no longer the promised ones, or the plant's records can no longer be learned from.
    """
    from threadpoolctl import threadpool_limits

    from workbench.prepare import prepare_history
    from workbench.prepare.measuring import finest_history
    from workbench.study import learn_model, read_plant_records
    from workbench.track.review import state_of
    from workbench.trials import limits_at, past_of, plan_switchback
    from workbench.tuning.present import present_of
    from workbench.verify.same import check_same

    state = state_of(store, recommendation_id)
    if state.recommendation.status != "proposed":
        raise InputError(f"{state.id} proposes no change: there is nothing to try")
    sheet = load_sheet(state.sheet)
    check_same(sheet, state, None)
    records = read_plant_records(sheet, state.source, progress=progress)
    history = prepare_history(sheet, records)
    if history.refused:
        raise InputError(f"{state.id}: today's records cannot carry a plan: {history.refused[0].text}")
    surrogate, _ = learn_model(sheet, history, progress)
    if "@objective" not in surrogate.responses:
        raise InputError(f"{state.id}: the objective can no longer be learned from the records: look with `workbench check`")
    measured, hours = finest_history(sheet, records)
    period = timedelta(hours=hours) if hours else None
    stands = present_of(sheet, history.usable).now.row(0, named=True)  # a record from elsewhere names only what it moves
    now = stands | {line.name: line.now for line in state.recommendation.settings if line.now is not None}
    proposed = now | {line.name: line.proposed for line in state.recommendation.settings if line.proposed is not None}
    with threadpool_limits(1):  # as for the answer: a second thread costs more than it gives, and changes last digits
        return plan_switchback(
            sheet,
            limits_at(sheet, history, surrogate, proposed),  # how long limits are broken there says when to stop
            past_of(sheet, measured, surrogate, now, period, state.recommendation),
            state.recommendation,
            record_sha256=state.record_sha256,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            seed=seed,
            start=start,
            progress=progress,
        )


def schedule_trial(
    store: Store,
    recommendation_id: str,
    plan: TrialPlan | None = None,
    *,
    seed: int = 0,
    start: datetime | None = None,
    progress: Progress | None = None,
) -> TrialPlan:
    """Put an approved recommendation on trial by a plan, and return the plan; one that is on trial already keeps its own.

    Parameters
    ----------
    store, recommendation_id, seed, start, progress
        As for `consider_trials`.
    plan : TrialPlan, optional
        The plan to follow, as `plan_trial` made it; without it the trial is planned anew.

    Raises
    ------
    InputError
        If the recommendation is neither approved nor on trial, or the plan is not for its record.
    """
    from workbench.track.review import put_on_trial, state_of

    state = state_of(store, recommendation_id)
    running = state.plan
    if state.state == "on_trial" and running is not None:
        if plan is not None and plan.id != running.id:
            raise InputError(f"{state.id} is on trial by plan {running.id}: withdraw it before another plan, {plan.id}, begins")
        if plan is not None and plan != running:
            raise InputError(
                f"{state.id} is on trial by plan {running.id}, and the plan given was changed after it was written:"
                " leave --plan away"
            )
        return running
    if state.state != "approved":
        may = state.state == "proposed"
        then = f"`workbench review approve {state.id} --by NAME --why TEXT`" if may else f"{state.meaning}; approve a newer one"
        raise InputError(f"{state.id} is {state.words}, and only an approved recommendation goes on trial: {then}")
    chosen = plan if plan is not None else plan_trial(store, state.id, seed, start, progress)
    put_on_trial(store, state.id, chosen)
    return chosen


def save_plan(plan: TrialPlan, out: Path) -> dict[str, Path]:
    """Write `plan.json`, `schedule.csv` and `schedule.html` to a folder, and return where they are, by name.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    from workbench.show.schedule_page import schedule_html
    from workbench.trials import schedule_csv

    texts = {"plan.json": plan.to_json(), "schedule.csv": schedule_csv(plan), "schedule.html": schedule_html(plan)}
    write_all({out / name: text for name, text in texts.items()})
    return {name: out / name for name in texts}


def next_step(plant: str | Path, source: str | Path | None = None, seed: int = 0, progress: Progress | None = None) -> NextStep:
    """Return the next small move of a plant, from all its records so far; without records, the first of a design.

    Parameters
    ----------
    plant : str or Path
        Name of a bundled plant, or path of a sheet.
    source : str or Path, optional
        File of records to read instead of the sheet's own source.
    seed : int
        Of the moves' randomness, 0 or more; the same records and seed give the same move.
    progress : callable, optional
        As for `consider_trials`.

    Raises
    ------
    InputError
        If sheet or source cannot be read as meant, or a setting has neither records nor a base.
    """
    from threadpoolctl import threadpool_limits

    from workbench.study import read_plant_records
    from workbench.trials import next_move

    sheet = load_sheet(plant)
    is_bare = source is None and sheet.source is None
    records = None if is_bare else read_plant_records(sheet, source, progress=progress)
    with threadpool_limits(1):
        step = next_move(sheet, records, seed)
    said = None if records is None else _other_present(sheet, records, step)
    return step if said is None else step.model_copy(update={"reasons": (*step.reasons, said)})


def _other_present(sheet: Sheet, records: Records, step: NextStep) -> str | None:
    """Where `workbench tune` takes the plant to stand, if elsewhere than the last record, from which moves start; else None."""
    from workbench.prepare import prepare_history
    from workbench.tuning.after_trial import SAME
    from workbench.tuning.present import last_text, present_of

    usable = prepare_history(sheet, records).usable
    if usable.is_empty():
        return None
    stands = present_of(sheet, usable)
    present, parts = stands.now.row(0, named=True), []
    for line in step.settings:
        then = present[line.name]
        if isinstance(then, str) or isinstance(line.now, str) or line.max_step is None:
            if then != line.now:
                parts.append(f"{line.name} {then}")
        elif abs(then - line.now) > SAME * line.max_step:
            parts.append(f"{line.name} {then:.4g} {shown_unit(line.unit)}".rstrip())
    if not parts:
        return None
    return (
        "`now` is what the last record holds, from where the move steps. `workbench tune` takes the mean of the last "
        f"{last_text(sheet, stands.last_days)} for it (for choices the most frequent one): {', '.join(parts)}."
    )
