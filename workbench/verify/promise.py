"""A promise enters the log: what was recommended, word for word, by whom, and which older ones a newer answer replaces."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from workbench.plant import Sheet, library
from workbench.records import Recommendation, SettingLine
from workbench.verify.log import Log
from workbench.verify.states import ReviewState, change_state, read_states

__all__ = ["PROVIDER", "record_doubts", "record_no_change", "record_promise", "record_sha256", "same_settings", "sheet_address"]

PROVIDER = "workbench"
SAME_SHARE = 0.1  # of max_step [-]: settings nearer than this are the same (design: renewal of a recommendation)


def record_promise(
    log: Log,
    text: str,
    *,
    sheet: str,
    source: str | None = None,
    run_id: str | None = None,
    unit: str = "",
    four_eyes: bool = True,
    provider: str = PROVIDER,
    actor: str | None = None,
    at: datetime | None = None,
) -> list[str]:
    """Append the promise of a recommendation, and return the ids of the older ones that it replaces.

    An older one of the same plant and provider that is still `proposed` becomes `superseded`; one approved or on trial stays,
    and so do those of other providers, side by side. A promise of the settings that are approved or on trial already is
    superseded by that one at once: there is nothing new to decide.

    Parameters
    ----------
    log : Log
        Opened with `create=True`.
    text : str
        Exact text of a recommendation.json whose status is `proposed`.
    sheet : str
        Absolute path of the sheet, or the name of a bundled plant.
    source : str, optional
        Absolute path of the file of records, where the sheet does not name it.
    run_id : str, optional
        MLflow's run that holds it.
    unit : str
        The plant's place in its site, from the sheet's `path`.
    four_eyes : bool
        Whether somebody else must approve it.
    provider : str
        Who gives the advice; other tools' promises may be entered under their own names.
    actor, at
        As `Log.append`.
    """
    record = Recommendation.from_json(text)
    if record.status != "proposed":
        raise ValueError(f"{record.id} promises nothing: its status is {record.status}")
    payload = {
        "record": json.loads(text),
        "record_sha256": record_sha256(text),
        "text": text,
        "sheet": sheet,
        "source": source,
        "run_id": run_id,
        "provider": provider,
        "unit": unit,
        "four_eyes": four_eyes,
    }
    with log.transaction():
        row = log.append("promise", record.plant, record.id, payload, actor=actor, at=at)
        states = read_states(log.rows(plant=record.plant))
        mine = states.pop(record.id)
        if mine.state != "proposed":  # decided already: one more run of the same answer
            return []
        held = [s for s in states.values() if s.state in {"approved", "on_trial"} and same_settings(s, mine)]
        if held:
            words = f"the same settings as {held[0].id}, which is {held[0].state.replace('_', ' ')}: nothing new to decide"
            change_state(log, mine, "superseded", reason=words, actor="workbench", at=row.time)
            if held[0].doubt and mine.provider == PROVIDER:
                _record_answer(log, held[0], mine.id, supports=True, at=row.time)
            return [mine.id]
        older = [s for s in states.values() if s.state == "proposed" and s.provider == mine.provider]
        for state in older:
            renewed = same_settings(state, mine)
            reason = f"renewed by {mine.id}: the same settings" if renewed else f"replaced by {mine.id}"
            change_state(log, state, "superseded", reason=reason, actor="workbench", at=row.time)
    return [state.id for state in older]


def record_no_change(log: Log, record: Recommendation) -> list[str]:
    """Take the place of older proposals with an answer that supports no change, and return their ids.

    Nobody should approve what later records do not support any more. A proposal stays where that answer could not speak of it:
    where its records go on beyond those of the answer, or it moves a setting that the answer held.

    Parameters
    ----------
    log : Log
        Of the store.
    record : Recommendation
        Whose status is `no_change`.
    """
    if record.status != "no_change":
        raise ValueError(f"{record.id} is an answer of another kind: its status is {record.status}")
    if not _spoken_of(log, record, "proposed"):
        return []
    with log.transaction():  # read again: somebody may have decided since
        older = _spoken_of(log, record, "proposed")
        for state in older:
            change_state(log, state, "superseded", reason=f"{record.id} supports no change", actor="workbench")
    return [state.id for state in older]


def record_doubts(log: Log, record: Recommendation) -> list[str]:
    """Write down which approved recommendations of ours an answer without a change speaks of, and return their ids.

    They stay approved, for a person decided that; who plans their trial or reads the ledger is told, until a later answer
    proposes the same settings again. One on trial is left alone: its records hold both ways of running.

    Parameters
    ----------
    log, record
        As for `record_no_change`.
    """
    if not _spoken_of(log, record, "approved"):
        return []
    with log.transaction():  # read again: somebody may have decided since
        doubted = _spoken_of(log, record, "approved")
        for state in doubted:
            if state.doubt != record.id:
                _record_answer(log, state, record.id, supports=False)
    return [state.id for state in doubted]


def sheet_address(sheet: Sheet) -> str:
    """Return where a promise finds its sheet again: the name of a bundled plant, or the file's absolute path."""
    return sheet.name if sheet.file is None or sheet.file == library().get(sheet.name) else str(sheet.file.absolute())


def record_sha256(text: str) -> str:
    """Return the hash of a record's exact text, 64 hex digits."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def same_settings(one: ReviewState, other: ReviewState) -> bool:
    """Return whether two recommendations propose the same: each setting within 10 % of its max_step, choices equal.

    A setting that only one of them names stays where it is in the other.
    """
    ours = {s.name: s for s in one.recommendation.settings}
    theirs = {s.name: s for s in other.recommendation.settings}
    return all(
        _same(ours.get(name) or _staying(theirs[name]), theirs.get(name) or _staying(ours[name])) for name in {**ours, **theirs}
    )


def _record_answer(log: Log, state: ReviewState, answer: str, *, supports: bool, at: datetime | None = None) -> None:
    """Append what a later answer says of a recommendation that is decided already."""
    log.append("answer", state.plant, state.id, {"answer": answer, "supports": supports}, actor=PROVIDER, at=at)


def _spoken_of(log: Log, record: Recommendation, standing: str) -> list[ReviewState]:
    """Our recommendations in a state that an answer without a change speaks of."""
    states = read_states(log.rows(plant=record.plant)).values()
    return [s for s in states if s.state == standing and s.provider == PROVIDER and _speaks_of(record, s.recommendation)]


def _speaks_of(answer: Recommendation, proposal: Recommendation) -> bool:
    ends = answer.lineage.to, proposal.lineage.to
    is_older = ends[0] is not None and ends[1] is not None and datetime.fromisoformat(ends[0]) < datetime.fromisoformat(ends[1])
    moved = {s.name for s in proposal.settings if s.proposed != s.now}
    return not is_older and moved.isdisjoint(answer.lineage.held)


def _staying(line: SettingLine) -> SettingLine:
    return line.model_copy(update={"proposed": line.now})


def _same(one: SettingLine, other: SettingLine) -> bool:
    ours, theirs = one.proposed, other.proposed
    if isinstance(ours, float) and isinstance(theirs, float):
        return abs(ours - theirs) <= SAME_SHARE * (other.max_step or 0.0) + 1e-12
    return ours == theirs
