"""MLflow's page of a recommendation shows what the log says: a tag, the first line of the description, an alias, the chain."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from workbench.records import round_significant
from workbench.track.faults import store_faults
from workbench.track.pages import Page, read_pages
from workbench.track.store import Store
from workbench.track.study import metric_name
from workbench.trial_records import Verdict
from workbench.verify.costs import paid_amounts
from workbench.verify.log import Log
from workbench.verify.states import MEANINGS, ReviewState

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["HEAD_TAG", "LOST_TAG", "NOTE_TAG", "STATE_TAG", "described", "mirror_states", "state_line"]

STATE_TAG, NOTE_TAG = "state", "mlflow.note.content"
HEAD_TAG, LOST_TAG = "ledger_head", "ledger_head_lost"
_START = "State: "  # our line of the description begins so; people may write below it
_LONGEST_REASON = 160  # [characters] MLflow fades a description after about two lines
_LONGEST_NOTE = 8000  # [characters] MLflow's limit of a tag
_ALIAS_ROLLED_BACK = "verified_rolled_back"  # an alias holds neither blank nor comma
_FILES = {"plan": "plan.json", "verdict": "verdict.json"}


def mirror_states(store: Store, log: Log, states: Sequence[ReviewState]) -> None:
    """Write the states to the pages of their runs: tag, description, plan and verdict, costs, registry alias, chain's head.

    A head on the page that the log does not know is kept as another tag: it says that rows were removed.

    Raises
    ------
    InputError
        If the store cannot be written.
    """
    pages = read_pages(store)
    known = {row.hash for row in log.rows()}
    with store_faults(store.folder):
        client = store.client()
        for state in states:
            for run_id, _ in state.runs:
                page = pages.get(run_id)
                if page is not None and not page.deleted:
                    _mirror(client, page, state, log.head, known)
            if state.run_id in pages:
                _alias(client, state)


def described(note: str, state: ReviewState) -> str:
    """Return a description with its first line telling the state; what stands below is kept."""
    below = note.partition("\n")[2] if note.startswith(_START) else note
    return f"{state_line(state)}  \n{below}"[:_LONGEST_NOTE]


def state_line(state: ReviewState) -> str:
    """Return one line of markdown: the state, by whom, when and why; foreign text is escaped."""
    word = f"{_START}**{state.words}**"
    until = f", until {_day(state.expires)}" if state.expires else ""
    row = state.decision
    if row is None or state.state == "proposed":
        return f"{word}{until}: {state.meaning}."
    said = row.payload
    reason = said["reason"] if len(said["reason"]) <= _LONGEST_REASON else f"{said['reason'][:_LONGEST_REASON]}…"
    doubt = "" if state.doubt is None else f" The newer answer {_escaped(state.doubt)} supports no change."
    return f"{word} by {_escaped(row.actor)} on {_day(row.time_utc)}{until}: {_escaped(reason)}.{doubt}"


def _mirror(client: MlflowClient, page: Page, state: ReviewState, head: str, known: set[str]) -> None:
    tags = {
        STATE_TAG: state.tag,
        NOTE_TAG: described(page.tags.get(NOTE_TAG, ""), state),
        HEAD_TAG: head,
    }
    before = page.tags.get(HEAD_TAG)
    if before and before not in known:
        tags.setdefault(LOST_TAG, before)
    for key, value in tags.items():
        if page.tags.get(key) != value:
            client.set_tag(page.run_id, key, value)
    for row in state.rows:
        if row.kind in _FILES:
            client.log_text(page.run_id, row.payload["text"], _FILES[row.kind])  # the last one stays
    numbers = {metric_name("cost", currency): amount for currency, amount in paid_amounts(state.rows).items()}
    verdicts = [Verdict.from_json(row.payload["text"]) for row in state.rows if row.kind == "verdict"]
    if verdicts and verdicts[-1].effect is not None:
        effect, money = verdicts[-1].effect, verdicts[-1].value_per_year
        numbers[metric_name("measured gain", effect.unit)] = round_significant(effect.estimate) or 0.0
        if money is not None:
            name = metric_name("measured value", f"{money.currency} per year")
            numbers[name] = round_significant(money.expected) or 0.0
    for name, number in numbers.items():
        client.log_metric(page.run_id, name, number)


def _alias(client: MlflowClient, state: ReviewState) -> None:
    """Point the registry's alias of this state at the model of the run, where one is registered, and take older ones off."""
    for version in client.search_model_versions(f"run_id='{state.run_id}'"):
        name, number = version.name, version.version
        aliases = client.get_registered_model(name).aliases
        own = _ALIAS_ROLLED_BACK if state.rolled_back else state.state
        for alias in (*MEANINGS, _ALIAS_ROLLED_BACK):
            if alias != own and str(aliases.get(alias)) == str(number):
                client.delete_registered_model_alias(name, alias)
        if str(aliases.get(own)) != str(number):
            client.set_registered_model_alias(name, own, number)


def _day(stamp: str | None) -> str:
    moment = datetime.fromisoformat(str(stamp))
    return f"{moment.day} {moment:%b %Y}"


def _escaped(text: str) -> str:
    """Text of people as text: no HTML and no markdown of its own, on one line."""
    line = html.escape(" ".join(text.split()), quote=False)
    return re.sub(r"([\\`*_\[\]|~#!<>])", r"\\\1", line)
