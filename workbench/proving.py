"""Verdicts for the command line and the notebooks alike: read what was set, measure, grade, write down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from workbench.errors import InputError
from workbench.files import write_whole
from workbench.lineage import findings_of, lineage_of
from workbench.plant import Sheet, load_sheet
from workbench.records import Finding, History, Records
from workbench.switchback import stamp
from workbench.trial_records import Deviation, TrialLineage, TrialPlan, Verdict

if TYPE_CHECKING:
    from workbench.track import Store
    from workbench.verify.series import Quantity
    from workbench.verify.states import ReviewState
    from workbench.verify.trial import Evidence

__all__ = ["final_verdict", "read_evidence", "read_since", "save_verdict", "verify_trial"]

Progress = Callable[[str, int, int], None]

HOUR = timedelta(hours=1)


def verify_trial(
    store: Store,
    recommendation_id: str,
    source: str | Path | None = None,
    as_of: datetime | None = None,
    by: str | None = None,
    progress: Progress | None = None,
) -> Verdict:
    """Measure what a recommendation earned, write the verdict into the ledger, and return it.

    With a plan the trial is judged by it; without one the change that was simply made is compared before and after, which
    never verifies. The same records give the same verdict, and it is written once. A verdict that has decided is final: it is
    returned as it was written, whatever the records hold since.

    Parameters
    ----------
    store : Store
        Where the recommendation is kept.
    recommendation_id : str
        Its id, or so much of its start or end as fits no other.
    source : str or Path, optional
        File of records that covers the trial; default the one of the recommendation.
    as_of : datetime, optional
        Use only what was known then.
    by : str, optional
        Who asks; default as for the ledger.
    progress : callable, optional
        Told what is being done, how much of it, and of how much.

    Raises
    ------
    InputError
        If there is no such recommendation, it proposes nothing, was not approved or its trial is withdrawn, sheet or records
        cannot be read as meant (see `read_evidence`), or the sheet's objective, its direction, its worth in money or its
        costs are no longer the promised ones.
    """
    from threadpoolctl import threadpool_limits

    from workbench.track.review import settle, state_of
    from workbench.verify.change import change_verdict
    from workbench.verify.same import check_same
    from workbench.verify.states import day_words
    from workbench.verify.trial import trial_verdict

    state = state_of(store, recommendation_id)
    final = final_verdict(state)
    if final is not None:
        return final
    record = state.recommendation
    plan = state.plan
    if state.state == "withdrawn" and plan is not None and state.decision is not None:
        raise InputError(
            f"{state.id} was withdrawn on {day_words(state.decision.time)}, so its trial is over and decides nothing:"
            f" `workbench review show {state.id}` says by whom and why"
        )
    _check_approved(state, plan)
    sheet = load_sheet(state.sheet)
    check_same(sheet, state, plan)
    known, moved = _known_deviations(state, plan), [s.name for s in record.settings if s.now != s.proposed]
    evidence = read_evidence(sheet, plan, source or state.source, as_of, known, progress, moved)
    created = datetime.now(UTC).isoformat(timespec="seconds")
    with threadpool_limits(1):  # as for the answer: a second thread changes last digits
        if plan is not None:
            verdict = trial_verdict(sheet, plan, evidence, created)
        else:
            verdict = change_verdict(sheet, record, evidence, created)
    written = _written(state, verdict)
    if written is not None:
        return written
    settle(store, state.id, verdict, by=by)
    return Verdict.from_json(verdict.to_json())  # as it is read back, rounded


def final_verdict(state: ReviewState) -> Verdict | None:
    """Return the verdict that decided about a recommendation; None where none has."""
    verdicts = [Verdict.from_json(row.payload["text"]) for row in state.rows if row.kind == "verdict"]
    return next((verdict for verdict in verdicts if verdict.final and verdict.status is not None), None)


def read_evidence(
    sheet: Sheet,
    plan: TrialPlan | None,
    source: str | Path | None = None,
    as_of: datetime | None = None,
    deviations: tuple[Deviation, ...] = (),
    progress: Progress | None = None,
    moved: Sequence[str] = (),
) -> Evidence:
    """Return the plant's records as verification reads them.

    No period is set aside for being unsteady, and no setting filtered: the plan's washout does that. A trial is read as finely
    as its results allow, see `prepare.measuring`. Periods in which a reading that the objective needs was frozen are set aside.

    Parameters
    ----------
    sheet : Sheet
        Of the plant.
    plan : TrialPlan or None
        None for a change that was simply made: always the sheet's own periods.
    source, as_of, progress
        See `verify_trial`.
    deviations : tuple of Deviation
        Known beforehand.
    moved : sequence of str
        Settings that were changed; those of the plan need not be named.

    Raises
    ------
    InputError
        If the records cannot be read as meant, have no clock, or give something that the objective, its costs, `running`, a
        limit or the plan needs, or a setting that was changed, in a unit that cannot become the sheet's.
    """
    from workbench.prepare import prepare_history
    from workbench.prepare.measuring import finest_history, measuring_sheet
    from workbench.study import read_plant_records
    from workbench.verify.readings import (
        check_units,
        gain_uses,
        limit_uses,
        moved_uses,
        plan_uses,
        telling_findings,
        with_frozen_aside,
    )
    from workbench.verify.trial import Evidence

    records = read_plant_records(sheet, source, as_of, progress)
    of_trial = moved_uses(moved) | ({} if plan is None else plan_uses(plan))
    check_units(sheet, records.findings, of_trial | limit_uses(sheet, plan) | gain_uses(sheet))
    if plan is not None:
        history, hours = finest_history(sheet, records, lambda frame, length: _known_hours(frame, plan, length))
    else:
        history, hours = prepare_history(measuring_sheet(sheet, sheet.period), records), _period_hours(sheet)
    frame = with_frozen_aside(sheet, history).frame.filter(pl.col("time").is_not_null()).sort("time")
    if frame.is_empty():
        unclear = next((f"; {f.text}" for f in history.findings if f.code == "L115"), "")
        raise InputError(
            f"{records.source}: its records have no time of their own: a verdict needs to know when settings changed{unclear}"
        )
    if sheet.period is None:
        hours = _usual_hours(frame)
    inside = frame if plan is None else _inside(frame, plan)
    return Evidence(
        frame=frame,
        period_hours=hours,
        lineage=_lineage(sheet, history, records, hours),
        deviations=deviations,
        quantities=_quantities(sheet, inside),
        findings=telling_findings(findings_of(sheet, history)),
    )


def read_since(
    sheet: Sheet, source: str | Path | None = None, progress: Progress | None = None, plan: TrialPlan | None = None
) -> tuple[History, tuple[Finding, ...]]:
    """Return the plant's history as the months after a trial are read, and the findings that concern a measured gain.

    Periods in which a reading that the objective needs was frozen are set aside, as in a trial.

    Parameters
    ----------
    sheet : Sheet
        Of the plant.
    source, progress
        See `verify_trial`.
    plan : TrialPlan, optional
        Of the trial, where its months are compared with it.

    Raises
    ------
    InputError
        If the records cannot be read as meant, or give something that the objective, its costs, `running` or the plan needs in
        a unit that cannot become the sheet's.
    """
    from workbench.study import read_history
    from workbench.verify.readings import check_units, gain_uses, plan_uses, telling_findings, with_frozen_aside

    history = read_history(sheet, source, progress=progress)
    check_units(sheet, history.findings, ({} if plan is None else plan_uses(plan)) | gain_uses(sheet))
    return with_frozen_aside(sheet, history), telling_findings(findings_of(sheet, history))


def save_verdict(verdict: Verdict, out: Path) -> Path:
    """Write `verdict.json` to a folder and return its path; made where it is missing."""
    path = out / "verdict.json"
    write_whole(path, verdict.to_json())
    return path


def _check_approved(state: ReviewState, plan: TrialPlan | None) -> None:
    """Something was promised, and somebody has approved of it."""
    record = state.recommendation
    if record.gain is None:
        raise InputError(f"{record.id} promises nothing (status {record.status}): there is nothing to verify")
    if plan is None and state.state in {"proposed", "rejected", "expired", "superseded"}:
        may = state.state == "proposed"
        then = f": `workbench review approve {record.id} --by NAME --why TEXT`" if may else "; approve a newer one"
        raise InputError(f"{record.id} is {state.state}: only what was approved is verified{then}")


def _known_deviations(state: ReviewState, plan: TrialPlan | None) -> tuple[Deviation, ...]:
    if plan is None or plan.recommendation_sha256 == state.record_sha256:
        return ()
    text = "the plan was made for another text of the recommendation than the one that was approved"
    return (Deviation(block=None, kind="record", text=text),)


def _written(state: ReviewState, verdict: Verdict) -> Verdict | None:
    """The same verdict as written before, if it was: its id does not know the moment of writing."""
    texts = [row.payload["text"] for row in state.rows if row.kind == "verdict"]
    return next((old for old in map(Verdict.from_json, texts) if old.id == verdict.id), None)


def _period_hours(sheet: Sheet) -> float:
    return sheet.period / HOUR if sheet.period is not None else 0.0


def _usual_hours(frame: pl.DataFrame) -> float:
    """Usual time from batch to batch [h]."""
    usual = frame["time"].diff().drop_nulls().median()
    return usual / HOUR if isinstance(usual, timedelta) else 0.0


def _inside(frame: pl.DataFrame, plan: TrialPlan) -> pl.DataFrame:
    return frame.filter(pl.col("time") >= stamp(plan.start), pl.col("time") < stamp(plan.end), pl.col("reason").is_null())


def _known_hours(frame: pl.DataFrame, plan: TrialPlan, hours: float) -> float:
    """Hours of the blocks after washout with a usable result."""
    period = timedelta(hours=hours)
    usable = frame.filter(pl.col("reason").is_null())
    rows = sum(
        usable.filter(pl.col("time") >= stamp(b.washout_until), pl.col("time") + period <= stamp(b.end)).height
        for b in plan.blocks
    )
    return rows * hours


def _quantities(sheet: Sheet, inside: pl.DataFrame) -> tuple[Quantity, ...]:
    """What a known plant saves beside money."""
    from workbench.models import known_simulators, simulator
    from workbench.verify.series import Quantity

    if sheet.simulator not in known_simulators():
        return ()
    return tuple(Quantity(key, unit, expr) for key, (unit, expr) in simulator(sheet.simulator).saved(inside).items())


def _lineage(sheet: Sheet, history: History, records: Records, hours: float) -> TrialLineage:
    whole = lineage_of(sheet, history, seed=0)
    return TrialLineage(
        sheet_sha256=whole.sheet_sha256,
        source_sha256=whole.source_sha256,
        source=records.source,
        records_read=whole.records_read,
        records_used=whole.records_used,
        periods_in=history.frame.height,
        periods_counted=0,
        period_hours=hours if sheet.period is not None else None,
        code=whole.code,
    )
