"""Decisions about recommendations: checked, written to the log first, then shown on MLflow's page."""

from __future__ import annotations

from datetime import UTC, datetime

from workbench.errors import InputError, closest_hint
from workbench.records import Money
from workbench.track.artifact import artifact_fault
from workbench.track.lost import open_ledger
from workbench.track.mirror import mirror_states
from workbench.track.store import Store
from workbench.trial_records import TrialPlan, Verdict
from workbench.verify.chain import LogRow
from workbench.verify.held import verified_but_words
from workbench.verify.log import Log, account_name, storable
from workbench.verify.states import ReviewState, change_state, read_states, rows_at
from workbench.wording import LOOKS_COUNTED, unit_of_change

__all__ = ["ReviewState", "approve", "list_reviews", "put_on_trial", "reject", "settle", "show_cost", "state_of", "withdraw"]

_LISTED = 4  # ids named where a short one fits several
_BUSY = ("approved", "on_trial")


def list_reviews(store: Store, at: datetime | None = None) -> list[ReviewState]:
    """Return all recommendations that were promised in a store, the newest first; what has expired is written down.

    Where the log cannot be written, what has expired is shown so all the same, and written down by the next who can.

    Parameters
    ----------
    store : Store
        An existing store.
    at : datetime, optional
        The moment that expiry is judged by; default now.

    Raises
    ------
    InputError
        If a past row of the log was changed, or the log is gone and MLflow's pages still tell of it.
    """
    log = open_ledger(store)
    if log is None:
        return []
    return list(reversed(read_states(rows_at(log, at or datetime.now(UTC))).values()))


def state_of(store: Store, id: str, at: datetime | None = None) -> ReviewState:  # noqa: A002  the word people know
    """Return where one recommendation stands.

    Parameters
    ----------
    store : Store
        An existing store.
    id : str
        Its id, or so much of its start or end as fits no other.
    at : datetime, optional
        As for `list_reviews`.

    Raises
    ------
    InputError
        If there is none of this id, with the closest known one, or several.
    """
    return _find(store, list_reviews(store, at), id)


def approve(store: Store, id: str, by: str, why: str, at: datetime | None = None) -> ReviewState:  # noqa: A002
    """Approve a recommendation for a trial, and return where it stands then.

    The approval is bound to the hash of the record as it was promised, and expires.

    Parameters
    ----------
    store, id, at
        As for `state_of`.
    by : str
        Name of the person who decides.
    why : str
        The reason, in words.

    Raises
    ------
    InputError
        If it cannot be approved in its state, by this person, or because the record in MLflow was changed; or if another
        recommendation of the plant is approved or on trial.
    """
    name, reason = _said(by, "by"), _said(why, "why")
    log, found = _held(store, id, at)
    fault = artifact_fault(store, found)
    if fault:
        raise InputError(f"{found.id} is not approved: {fault}; `workbench review sync` puts back what was promised")
    _check_four_eyes(found, name)
    with log.transaction():
        states = read_states(log.rows())
        busy = [s for s in states.values() if s.plant == found.plant and s.state in _BUSY and s.id != found.id]
        if busy:
            words = busy[0].state.replace("_", " ")
            raise InputError(
                f"{found.id} is not approved: {busy[0].id} of the same plant is {words}; settle or withdraw that one first"
            )
        change_state(log, states[found.id], "approved", reason=reason, actor=name, at=at)
    return _shown(store, log, found.id)


def reject(store: Store, id: str, by: str, why: str, at: datetime | None = None) -> ReviewState:  # noqa: A002
    """Reject a recommendation, and return where it stands then; parameters and errors as for `approve`."""
    return _decide(store, id, "rejected", by, why, at)


def withdraw(store: Store, id: str, by: str, why: str, at: datetime | None = None) -> ReviewState:  # noqa: A002
    """Take a recommendation back, and return where it stands then; parameters as for `approve`.

    On trial, or after a gain was verified, this is a rollback: the settings to go back to are written down as the trial's plan
    holds them, which is what the control room has set in its present blocks. A verified one stays verified, and earns nothing
    from then on.

    Raises
    ------
    InputError
        If it cannot be withdrawn in its state.
    """
    name, reason = _said(by, "by"), _said(why, "why")
    log, found = _held(store, id, at)
    with log.transaction():
        found = read_states(log.rows())[found.id]
        earning = found.state == "verified" and not any(row.kind == "rollback" for row in found.rows)
        if not earning:
            change_state(log, found, "withdrawn", reason=reason, actor=name, at=at)
        if earning or found.state == "on_trial":
            settings = _settings_before(found)
            payload = {"from": found.state, "reason": reason, "settings": settings, "record_sha256": found.record_sha256}
            log.append("rollback", found.plant, found.id, payload, actor=name, at=at)
    return _shown(store, log, found.id)


def put_on_trial(store: Store, id: str, plan: TrialPlan) -> ReviewState:  # noqa: A002
    """Put an approved recommendation on trial, and return where it stands then; plan and state are written together.

    Parameters
    ----------
    store, id
        As for `state_of`.
    plan : TrialPlan
        Of this recommendation, and of the record that was approved.

    Raises
    ------
    InputError
        If it is not approved, or the plan is about another record, or is not as approved or as the planner wrote it.
    """
    from workbench.track.plan_fault import plan_fault  # loads the planner: not for those who only look

    log, found = _held(store, id, None)
    if plan.recommendation != found.id or plan.recommendation_sha256 != found.record_sha256:
        raise InputError(f"plan {plan.id} is about another record than {found.id} as approved: plan the trial again")
    fault = plan_fault(plan, found)
    if fault:
        raise InputError(
            f"plan {plan.id} is not followed: {fault}; plan again (`workbench trial plan {found.id} --out DIR`),"
            " and schedule that plan.json unchanged"
        )
    with log.transaction():
        found = read_states(log.rows())[found.id]
        log.append("plan", found.plant, found.id, {"text": plan.to_json()})
        change_state(log, found, "on_trial", reason=f"plan {plan.id}, {plan.days}")
    return _shown(store, log, found.id)


def settle(store: Store, id: str, verdict: Verdict, by: str | None = None, at: datetime | None = None) -> ReviewState:  # noqa: A002
    """Write a verdict down, and return where its recommendation stands then.

    A trial's verdict that decides makes it verified or not verified; an interim look that decides nothing, or a comparison
    without a trial, is kept without a change of state. The same verdict twice is written once.

    Parameters
    ----------
    store, id, at
        As for `state_of`.
    verdict : Verdict
        Of this recommendation.
    by : str, optional
        Who asked; default $WORKBENCH_ACTOR, else the account.

    Raises
    ------
    InputError
        If it is about another recommendation, or it decides about one that is not on trial.
    """
    log, found = _held(store, id, at)
    if verdict.recommendation != found.id:
        raise InputError(f"verdict {verdict.id} is about {verdict.recommendation}, not about {found.id}")
    with log.transaction():
        found = read_states(log.rows())[found.id]
        written = {Verdict.from_json(row.payload["text"]).id for row in found.rows if row.kind == "verdict"}
        if verdict.id not in written:  # an id does not know the moment of writing: of two that ran at once one is written
            log.append("verdict", found.plant, found.id, {"text": verdict.to_json()}, actor=by, at=at)
            if verdict.plan is not None and verdict.status is not None:
                change_state(log, found, verdict.status, reason=_verdict_words(verdict), actor=by, at=at)
    return _shown(store, log, found.id)


def show_cost(store: Store, row: LogRow) -> None:
    """Show a cost that stands in the log on the page of its recommendation, where it has both.

    Raises
    ------
    InputError
        If MLflow's page cannot be written; the log holds the cost all the same.
    """
    log = Log.open(store.folder, check=False)  # checked by whoever wrote the row
    state = read_states(log.rows(recommendation=row.recommendation)).get(row.recommendation) if row.recommendation else None
    if state is not None and state.runs:
        _mirror(store, log, state, f"row {row.seq} stands")


def _decide(store: Store, id: str, to: str, by: str, why: str, at: datetime | None) -> ReviewState:  # noqa: A002
    name, reason = _said(by, "by"), _said(why, "why")
    log, found = _held(store, id, at)
    with log.transaction():
        change_state(log, read_states(log.rows())[found.id], to, reason=reason, actor=name, at=at)
    return _shown(store, log, found.id)


def _settings_before(state: ReviewState) -> dict[str, float | str | None]:
    """What the plant goes back to: by the last plan, else by the recommendation."""
    if state.plan is not None:
        return {s.name: s.present for s in state.plan.rollback}
    return {s.name: s.now for s in state.recommendation.settings}


def _held(store: Store, id: str, at: datetime | None) -> tuple[Log, ReviewState]:  # noqa: A002
    found = state_of(store, id, at)
    return Log.open(store.folder, check=False), found  # checked by state_of


def _shown(store: Store, log: Log, id: str) -> ReviewState:  # noqa: A002
    """Show the new state on MLflow's page; the decision stands in the log even where that fails."""
    state = read_states(log.rows())[id]
    _mirror(store, log, state, f"{id} is {state.words}")
    return state


def _mirror(store: Store, log: Log, state: ReviewState, done: str) -> None:
    try:
        mirror_states(store, log, [state])
    except InputError as error:
        raise InputError(
            f"{done} in the ledger, but MLflow's page does not show it yet ({error}): run `workbench review sync` later"
        ) from error


def _find(store: Store, states: list[ReviewState], id: str) -> ReviewState:  # noqa: A002
    known = {state.id: state for state in states}
    if id in known:
        return known[id]
    near = [name for name in known if len(id) > 2 and (name.startswith(id) or name.endswith(id))]
    if len(near) == 1:
        return known[near[0]]
    if near:
        more = f" and {len(near) - _LISTED} more" if len(near) > _LISTED else ""
        raise InputError(f"'{id}' fits {len(near)} recommendations, {', '.join(near[:_LISTED])}{more}: write more of the id")
    hint = closest_hint(id, known)
    there = (
        ": `workbench review list` names them; an answer that proposes nothing is not among them"
        if known
        else ": nothing has been proposed there yet (`workbench tune PLANT`)"
    )
    raise InputError(f"there is no recommendation '{id}' in {store.folder}{hint or there}")


def _said(text: str, option: str) -> str:
    words = " ".join(text.split())
    if not words:
        raise InputError(f"--{option} is empty: write {'the name of who decides' if option == 'by' else 'the reason in words'}")
    return storable(words)


def _check_four_eyes(state: ReviewState, name: str) -> None:
    if not state.four_eyes:
        return
    authors = {state.author.casefold(), state.account.casefold()}
    who = "by name" if name.casefold() in authors else "by account" if account_name() == state.account else ""
    if who:
        account = f"account {account_name()}" if who == "by account" else f"'{name}'"
        raise InputError(
            f"{state.id} is not approved: {account} made it, and an author does not approve his own recommendation; let"
            " somebody else approve it under his own account, or write four_eyes: false into the sheet and tune again"
        )


def _verdict_words(verdict: Verdict) -> str:
    effect = verdict.effect
    found = ""
    if effect is not None:
        interval = "" if effect.low is None or effect.high is None else f" ({effect.low:+.3g} to {effect.high:+.3g})"
        unit = f" {unit_of_change(effect.unit)}".rstrip()
        found = f", {effect.estimate:+.3g}{unit}{interval}"
    of_looks = "" if verdict.plan is None else f" ({LOOKS_COUNTED})"
    p_value = "" if verdict.p_value is None else f", p = {verdict.p_value:.3g}{of_looks}"
    first = verified_but_words(verdict)
    words = f"grade {verdict.grade}{found}{_money_words(verdict.value_per_year)}{p_value}"
    return f"{first}; {words}" if first else words


def _money_words(money: Money | None) -> str:
    """What a measured gain is worth, to three digits, with its interval; nothing where it has no price."""
    if money is None:
        return ""
    expected, low, high = (f"{float(f'{value:.3g}'):,.0f}" for value in (money.expected, money.low, money.high))
    return f", worth {expected} {money.currency}/year ({low} to {high})"
