"""Recommendations and where they stand, as text for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from workbench.show.digits import UNKNOWN, decimals_for, exact_text, number_text, share_text
from workbench.show.plain_table import plain_table
from workbench.show.words import change_text, gain_texts, is_changed, money_texts, one_line, setting_texts, time_text
from workbench.trial_records import Verdict
from workbench.verify.chain import LogRow
from workbench.verify.states import ReviewState
from workbench.wording import unit_of_change

__all__ = [
    "decision_text",
    "doubt_words",
    "how_to_approve",
    "review_table",
    "review_text",
    "standing_text",
    "state_word",
    "unsupported_text",
]

_WHO_LENGTH = 18  # [characters] of a name in the table


def state_word(state: str) -> str:
    """Return a state as people say it.

    Examples
    --------
    >>> state_word("not_verified")
    'not verified'
    """
    return state.replace("_", " ")


def review_table(states: Sequence[ReviewState], words: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return one line a recommendation: id, state, until when, what it promises, who approved it and took the last step.

    Parameters
    ----------
    states : sequence of ReviewState
        In the order shown.
    words : mapping of str to str
        The state of a recommendation in the ledger's words, such as `verified, fading`, by id.
    """
    heads = ("recommendation", "state", "until", "promised", "approved by", "last step by")
    rows = []
    for s in states:
        money = s.recommendation.value_per_year
        gain = s.recommendation.gain
        promised = money_texts(money)[0] if money else gain_texts(gain)[0] if gain else UNKNOWN
        who = [one_line(row.actor)[:_WHO_LENGTH] if row else "" for row in (s.approval, s.decision)]
        rows.append((s.id, words.get(s.id, s.words), _day(s.expires), promised, *who))
    return plain_table(heads, "lllrll", rows)


def review_text(state: ReviewState) -> str:
    """Return one recommendation in full: where it stands, what changes, what is promised, and each decision.

    Parameters
    ----------
    state : ReviewState
        Of any state.
    """
    r = state.recommendation
    until = f" until {_day(state.expires)}" if state.expires else ""
    lines = [
        f"{one_line(r.title or r.plant)}  ({state.id})",
        f"State:    {state.words}{until} - {state.meaning}",
    ]
    if state.doubt is not None:
        lines.append(f"Doubt:    {doubt_words(state.doubt)}")
    if r.gain is not None:
        expected, interval = gain_texts(r.gain)
        lines.append(f"Promised: {expected} ({interval})")
        money, money_interval = money_texts(r.value_per_year, r.gain.level)
        lines.append(f"          {money} ({money_interval})" if money_interval else f"          {money}")
    verdicts = [Verdict.from_json(row.payload["text"]) for row in state.rows if row.kind == "verdict"]
    decided = [verdict for verdict in verdicts if verdict.final]  # what was looked at before it no longer counts
    looked = decided or [verdict for verdict in verdicts if verdict.effect is not None] or verdicts[-1:]
    lines += [f"Measured: {_verdict(verdict)}" for verdict in looked]
    lines.append(f"By:       {one_line(state.provider)}; {one_line(state.author)} (account {one_line(state.account)})")
    lines.append(f"Record:   SHA-256 {state.record_sha256}")
    moves = [s for s in r.settings if is_changed(s)]
    table = [(one_line(s.name), *setting_texts(s), change_text(s), one_line(s.unit)) for s in moves]
    lines += ["", plain_table(("setting", "now", "proposed", "change", "unit"), "lrrrl", table).rstrip()]
    history = [
        (f"{row.seq}", time_text(row.time_utc, r.lineage.timezone), what, who)
        for row in state.rows
        for what, who in [_event(row)]
    ]
    lines += ["", plain_table(("row", "when", "what", "who (account)"), "rlll", history).rstrip()]
    told = [row for row in state.rows if row.kind == "review" or (row.kind == "rollback" and row.payload["from"] == "verified")]
    why = [f"  {row.seq}  {one_line(row.payload['reason'])}" for row in told]
    lines += ["", "Why:", *why] if why else []
    return "\n".join(lines).replace(UNKNOWN, "-") + "\n"


def decision_text(state: ReviewState) -> str:
    """Return in a line or two what a decision means now."""
    until = f", until {_day(state.expires)}" if state.expires else ""
    text = f"{state.id} is {state.words}{until}: {state.meaning}."
    rollback = next((row for row in reversed(state.rows) if row.kind == "rollback"), None)
    if rollback is not None:
        units = {s.name: s.unit for s in state.recommendation.settings}
        back = ", ".join(
            f"{name} {_set_text(value)} {units.get(name, '')}".strip() for name, value in rollback.payload["settings"].items()
        )
        text += f"\nGo back to: {one_line(back)}."
    return text


def standing_text(state: ReviewState) -> str:
    """Return why a study's answer is nothing new to decide, and what to do then; empty where it waits for a decision."""
    if state.state == "proposed":
        return ""
    if state.state == "superseded" and state.decision is not None:
        return (
            f"In the ledger it waits for no decision: it proposes {one_line(state.decision.payload['reason'])}.\n"
            "Go on with that one, or withdraw it (`workbench review withdraw ID --by NAME --why TEXT`) and tune again."
        )
    return (
        f"The ledger holds this very answer already, and nothing new is to be decided: it is {state.words}, {state.meaning}.\n"
        f"`workbench review show {state.id}` tells who decided, when and why."
    )


def unsupported_text(ids: Sequence[str]) -> str:
    """Return that older proposals wait for no decision any more, for the answer supports no change; empty for none."""
    waits = "waits" if len(ids) == 1 else "wait"
    return f"In the ledger {' and '.join(ids)} {waits} for no decision any more: this answer supports no change." if ids else ""


def doubt_words(answer: str) -> str:
    """Return that a later answer speaks against an approved recommendation, and what to do, as the end of a sentence.

    Examples
    --------
    >>> doubt_words("line_1-20260201T0600Z-3fa9c1")
    'the newer answer line_1-20260201T0600Z-3fa9c1 supports no change: withdraw it, or know why to try it all the same'
    """
    return f"the newer answer {one_line(answer)} supports no change: withdraw it, or know why to try it all the same"


def how_to_approve(state: ReviewState) -> str:
    """Return how one that waits for a decision is approved, for readers of a notebook; empty for any other."""
    if state.state != "proposed":
        return ""
    text = (
        "To approve it, set recommendation, approve_by and why in the first cell and run again, or write\n"
        f"  workbench review approve {state.id} --by NAME --why TEXT"
    )
    if state.four_eyes:
        text += f"\nunder another account than {one_line(state.account)}: an author does not approve his own recommendation."
    return text


def _event(row: LogRow) -> tuple[str, str]:
    said = row.payload
    who = f"{one_line(row.actor)} ({one_line(row.account)})"
    if row.kind == "review":
        return f"{state_word(said['from'])} -> {state_word(said['to'])}", who
    if row.kind == "cost":
        return f"cost: {said['category']} {said['amount']:,.15g} {said['currency']}", who
    if row.kind == "decay":
        aside = ", does not count" if said.get("aside") else ""
        return f"decay: {said['month']}, {share_text(said['share'])} of the verified gain{aside}", who
    if row.kind == "answer":
        return f"{one_line(said['answer'])} supports {'it again' if said['supports'] else 'no change'}", who
    if row.kind == "verdict":
        return f"verdict: {_verdict(Verdict.from_json(said['text']))}", who
    return row.kind, who


def _set_text(value: float | str | None) -> str:
    """A setting's value with the digits of the record, as the schedule has it."""
    return value if isinstance(value, str) else exact_text(value)


def _verdict(verdict: Verdict) -> str:
    final = "" if verdict.final else ", interim"
    effect = verdict.effect
    if effect is None:
        return f"nothing, grade {verdict.grade}{final}"
    unit = f" {unit_of_change(effect.unit)}".rstrip()
    if effect.low is None or effect.high is None:
        return f"{effect.estimate:+.3g}{unit}, grade {verdict.grade}{final}"
    places = decimals_for(effect.high - effect.low)
    middle, low, high = (number_text(v, places, sign=True) for v in (effect.estimate, effect.low, effect.high))
    return f"{middle}{unit} ({low} to {high}), grade {verdict.grade}{final}"


def _day(stamp: str | None) -> str:
    return "" if stamp is None else time_text(stamp).rsplit(" ", 2)[0]
