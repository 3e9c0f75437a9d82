"""An answer that supports no change ends an older proposal of the same plant: nobody signs what later records deny."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.draw import tell_saved
from workbench.errors import InputError
from workbench.records import Recommendation
from workbench.saving import Result
from workbench.show.plan_standing import standing_sentences
from workbench.show.proof_markdown import next_markdown
from workbench.show.review_table import review_text
from workbench.show.value_table import ledger_text
from workbench.track import Store, track_no_change
from workbench.track.drift import differences
from workbench.track.review import approve, list_reviews, put_on_trial, state_of
from workbench.verify.ledger import read_ledger
from workbench.verify.log import FILE, Log


def no_change(record: Recommendation, to: str = "2026-02-01T06:00:00Z", held: tuple[str, ...] = ()) -> Recommendation:
    lineage = record.lineage.model_copy(update={"to": to, "held": held})
    return record.model_copy(
        update={"status": "no_change", "gain": None, "value_per_year": None, "lineage": lineage}
    ).identified("20260201T0600Z")


def test_a_newer_answer_without_a_change_ends_a_proposal(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    answer = no_change(recommendation)
    assert track_no_change(store, answer) == ((name,), ())
    state = state_of(store, name)
    assert state.state == "superseded"
    assert state.rows[-1].payload["reason"] == f"{answer.id} supports no change"
    assert "superseded - a newer answer takes its place" in review_text(state)
    note = desk.page(name).tags["mlflow.note.content"].splitlines()[0]
    assert note.startswith("State: **superseded** by workbench on ")
    assert note.rstrip().endswith("supports no change.")
    with pytest.raises(InputError, match=f"{name} is superseded and cannot become approved"):
        approve(store, name, by="Li Wei", why="ran so in May")
    assert Log.open(store.folder).check() == ()
    assert differences(store) == []
    assert track_no_change(store, answer) == ((), ())  # twice is once
    told = Result(answer, None, None, store.folder, None, None, (name,))  # type: ignore[arg-type]
    assert f"In the ledger {name} waits for no decision any more: this answer supports no change." in str(tell_saved(told))


def test_a_proposal_given_again_by_newer_records_waits_again(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    track_no_change(store, no_change(recommendation))
    again = desk.promised(desk.moved(recommendation, 29.5, "20260301T0600Z"))
    assert {s.id: s.state for s in list_reviews(store)} == {name: "superseded", again: "proposed"}


def test_what_is_decided_already_stays(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    approve(store, name, by="Li Wei", why="try")
    assert track_no_change(store, no_change(recommendation))[0] == ()
    assert state_of(store, name).state == "approved"


def test_an_approved_one_that_a_newer_answer_denies_is_told_of(store: Store, desk: Any, recommendation: Recommendation) -> None:
    """Nobody takes the approval back but a person; who goes on with it knows what the newer records say."""
    name = desk.promised(recommendation)
    answer = no_change(recommendation)
    approve(store, name, by="Li Wei", why="try")
    assert track_no_change(store, answer) == ((), (name,))
    words = f"the newer answer {answer.id} supports no change: withdraw it, or know why to try it all the same"
    state = state_of(store, name)
    assert (state.state, state.doubt) == ("approved", answer.id)
    assert f"Doubt:    {words}\n" in review_text(state)
    assert f"- {name} is approved, and {words}\n" in ledger_text(read_ledger(Log.open(store.folder).rows()))
    told = next_markdown(read_ledger(Log.open(store.folder).rows()))
    assert "plan and schedule" not in told
    assert "supports no change" in told
    note = desk.page(name).tags["mlflow.note.content"].splitlines()[0].replace("\\", "")
    assert f"The newer answer {answer.id} supports no change." in note
    result = Result(answer, None, None, store.folder, None, None, (), (name,))  # type: ignore[arg-type]
    assert f"{name} is approved, and {words}." in str(tell_saved(result))
    rows = len(Log.open(store.folder).rows())
    assert track_no_change(store, answer) == ((), (name,))  # twice is once
    assert len(Log.open(store.folder).rows()) == rows
    assert Log.open(store.folder).check() == ()
    assert differences(store) == []


def test_who_plans_its_trial_is_told_too(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    approve(store, name, by="Li Wei", why="try")
    answer = no_change(recommendation)
    track_no_change(store, answer)
    plan = desk.plan_of(name)
    words = f"the newer answer {answer.id} supports no change: withdraw it, or know why to try it all the same."
    assert f"{name} is approved, and {words}" in standing_sentences(plan, state_of(store, name), desk.NOW, "--start DATE")
    put_on_trial(store, name, plan)
    assert f"{name} is on trial, and {words}" in standing_sentences(plan, state_of(store, name), desk.NOW, "--start DATE")


def test_a_later_answer_of_the_same_settings_ends_the_doubt(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    approve(store, name, by="Li Wei", why="try")
    track_no_change(store, no_change(recommendation))
    later = desk.moved(recommendation, 29.4, "20260301T0600Z")
    desk.promised(later)
    state = state_of(store, name)
    assert state.doubt is None
    assert f"{later.id} supports it again" in review_text(state)


@pytest.mark.parametrize(
    "answer",
    [
        {"to": "2026-01-01T00:00:00Z"},  # as of a day before the proposal's last record
        {"held": ("free_sulfate",)},  # it was not asked about the setting that the proposal moves
    ],
)
def test_an_answer_that_does_not_speak_of_it_leaves_it_open(
    store: Store, desk: Any, recommendation: Recommendation, answer: dict[str, Any]
) -> None:
    name = desk.promised(recommendation)
    assert track_no_change(store, no_change(recommendation, **answer)) == ((), ())
    assert state_of(store, name).state == "proposed"


def test_other_plants_and_other_answers_leave_it_open(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    assert track_no_change(store, no_change(recommendation.model_copy(update={"plant": "acid_line_2"}))) == ((), ())
    assert track_no_change(store, no_change(recommendation).model_copy(update={"status": "refused"})) == ((), ())
    assert state_of(store, name).state == "proposed"


def test_nothing_is_written_where_nothing_was_promised(store: Store, recommendation: Recommendation) -> None:
    assert track_no_change(store, no_change(recommendation)) == ((), ())
    assert not (store.folder / FILE).exists()
