from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from workbench.draw import tell_saved
from workbench.errors import InputError
from workbench.plant import read_sheet
from workbench.records import Money, Recommendation
from workbench.saving import Result
from workbench.show.review_table import decision_text, review_table, review_text, standing_text
from workbench.show.schedule_page import ways_of
from workbench.track import Store, track_promise, track_study
from workbench.track.drift import differences, sync
from workbench.track.pages import read_pages
from workbench.track.review import approve, list_reviews, put_on_trial, reject, settle, state_of, withdraw
from workbench.trial_records import TrialLimit
from workbench.verify.costs import record_cost
from workbench.verify.log import FILE, Log, account_name
from workbench.verify.promise import record_sha256
from workbench.verify.states import EXPIRES_AFTER, MEANINGS, TRANSITIONS, change_state


def test_a_tracked_proposal_is_a_promise(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    state = state_of(store, name)
    assert (state.state, state.recommendation, state.record_text) == ("proposed", recommendation, recommendation.to_json())
    assert state.record_sha256 == record_sha256(recommendation.to_json())
    assert (state.author, state.account, state.four_eyes) == (account_name(), account_name(), False)
    assert state.rows[0].payload["unit"] == "Site / Line 1"
    assert datetime.fromisoformat(state.expires or "") - state.rows[0].time < EXPIRES_AFTER + timedelta(seconds=1)
    seen = desk.page(name)
    assert seen.tags["state"] == "proposed"
    assert seen.tags["mlflow.note.content"].startswith("State: **proposed**, until ")
    assert seen.tags["mlflow.note.content"].endswith("\n**Proposed**: more\nmoney")
    assert seen.tags["ledger_head"] == Log.open(store.folder).head
    assert differences(store) == []


def test_no_change_is_no_promise(store: Store, desk: Any, recommendation: Recommendation) -> None:
    answer = recommendation.model_copy(update={"status": "no_change", "gain": None, "value_per_year": None})
    run = track_study(store, answer, started=desk.NOW)
    track_promise(store, run, answer, read_sheet(desk.SHEET))
    assert not (store.folder / FILE).exists()
    assert list_reviews(store) == []
    with pytest.raises(InputError, match=r"nothing has been proposed there yet \(`workbench tune PLANT`\)"):
        state_of(store, answer.id)


def test_the_whole_way_to_a_verified_gain(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    approved = approve(store, name, by="Li Wei", why="ran so in May")
    row = approved.decision
    assert row is not None
    assert (row.actor, row.account) == ("Li Wei", account_name())
    assert row.payload == {
        "from": "proposed",
        "to": "approved",
        "meaning": MEANINGS["approved"],
        "reason": "ran so in May",
        "record_sha256": approved.record_sha256,
        "expires": approved.expires,
    }
    note = desk.page(name).tags["mlflow.note.content"]
    assert note.startswith("State: **approved** by Li Wei on ")
    assert note.count("State: ") == 1
    plan = desk.plan_of(name)
    assert put_on_trial(store, name, plan).state == "on_trial"
    look = settle(store, name, desk.verdict_of(plan, status=None, final=False))
    assert (look.state, look.rows[-1].kind) == ("on_trial", "verdict")
    verdict = desk.verdict_of(plan)
    done = settle(store, name, verdict)
    assert done.state == "verified"
    assert [r.kind for r in done.rows[-2:]] == ["verdict", "review"]
    assert done.rows[-1].payload["reason"] == "grade A, +0.5 %-points (+0.2 to +0.8), p = 0.01 (counting the plan's looks)"
    assert len(settle(store, name, verdict).rows) == len(done.rows)  # twice is once
    seen = desk.page(name)
    assert seen.tags["state"] == "verified"
    assert seen.text("plan.json") == plan.to_json()
    assert seen.text("verdict.json") == verdict.to_json()
    assert store.client().get_run(seen.run_id).data.metrics["measured gain percent"] == 0.5
    assert Log.open(store.folder).check() == ()
    assert differences(store) == []


def test_the_page_of_a_verified_gain_opens_with_its_money(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    approve(store, name, by="Li Wei", why="ran so in May")
    plan = desk.plan_of(name)
    put_on_trial(store, name, plan)
    money = Money(currency="EUR", expected=367_203.0, low=244_062.0, high=507_927.0)
    settle(store, name, desk.verdict_of(plan, value_per_year=money))
    first = desk.page(name).tags["mlflow.note.content"].splitlines()[0]
    said = "grade A, +0.5 %-points (+0.2 to +0.8), worth 367,000 EUR/year (244,000 to 508,000), p = 0.01"
    said += " (counting the plan's looks)."
    assert first.rstrip().endswith(said)


def test_a_limit_not_held_is_on_the_page_of_a_verified_gain(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    approve(store, name, by="Li Wei", why="ran so in May")
    plan = desk.plan_of(name)
    put_on_trial(store, name, plan)
    loss = TrialLimit(name="loss", bound="high", value=4, unit="%", held_present=0.97, held_proposed=0.65, broken=True)
    settle(store, name, desk.verdict_of(plan, limits=(loss,)))
    note = desk.page(name).tags["mlflow.note.content"]
    assert note.startswith("State: **verified** by ")
    assert "gain verified, but LIMIT not held: loss in 65 % of periods" in note.splitlines()[0]


def test_a_verdict_without_a_trial_changes_no_state(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    approve(store, name, by="Li Wei", why="try")
    verdict = desk.verdict_of(desk.plan_of(name), plan=None, grade="D", status="not_verified")
    assert settle(store, name, verdict).state == "approved"


def test_withdrawing_a_trial_names_the_settings_to_go_back_to(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    approve(store, name, by="Li Wei", why="try")
    put_on_trial(store, name, desk.plan_of(name))
    state = withdraw(store, name, by="Li Wei", why="cake too wet")
    assert state.state == "withdrawn"
    assert state.rows[-1].kind == "rollback"
    assert state.rows[-1].payload["settings"] == {"free_sulfate": 27.1}


def test_the_way_back_has_the_numbers_of_the_schedule(store: Store, desk: Any, recommendation: Recommendation) -> None:
    """The planner rounds what the plant stands at to what people can set."""
    line = recommendation.settings[0].model_copy(update={"now": 27.1021})
    name = desk.promised(recommendation.model_copy(update={"settings": (line,)}))
    approve(store, name, by="Li Wei", why="try")
    plan = desk.plan_of(name)
    rounded = (plan.settings[0].model_copy(update={"present": 27.1}),)
    plan = plan.model_copy(update={"settings": rounded, "rollback": rounded}).identified()
    put_on_trial(store, name, plan)
    state = withdraw(store, name, by="Li Wei", why="cake too wet")
    assert state.rows[-1].payload["settings"] == {"free_sulfate": 27.1}
    assert decision_text(state).endswith("\nGo back to: free_sulfate 27.1 g/L.")
    assert [way.present for way in ways_of(plan)] == ["27.1"]


def test_costs_and_months_are_shown_with_what_they_are(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    log = Log.open(store.folder)
    record_cost(log, "acid_line_1", "trial", 1234567.5, "CNY", recommendation=name)
    month = {"month": "2026-03", "share": 0.41, "aside": None}
    log.append("decay", "acid_line_1", name, month)
    log.append("decay", "acid_line_1", name, month | {"month": "2026-04", "aside": "not held"})
    text = review_text(state_of(store, name))
    assert "  cost: trial 1,234,567.5 CNY  " in text
    assert "  decay: 2026-03, 41 % of the verified gain  " in text
    assert "  decay: 2026-04, 41 % of the verified gain, does not count  " in text


def test_a_verified_gain_can_be_rolled_back_and_stays_verified(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    approve(store, name, by="Li Wei", why="try")
    plan = desk.plan_of(name)
    put_on_trial(store, name, plan)
    settle(store, name, desk.verdict_of(plan))
    state = withdraw(store, name, by="Li Wei", why="new filter cloth")
    assert (state.state, state.rows[-1].kind) == ("verified", "rollback")
    with pytest.raises(InputError, match=r"was rolled back on \d+ \w+ \d{4} already"):
        withdraw(store, name, by="Li Wei", why="again")


def test_a_rollback_is_shown_wherever_the_state_is(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    approve(store, name, by="Li Wei", why="try")
    plan = desk.plan_of(name)
    put_on_trial(store, name, plan)
    settle(store, name, desk.verdict_of(plan))
    client, seen = store.client(), desk.page(name)
    client.create_registered_model("acid_line_1")
    client.create_model_version("acid_line_1", source=seen.artifacts.as_uri(), run_id=seen.run_id)
    state = withdraw(store, name, by="Wang", why="new filter cloth", at=datetime(2099, 3, 3, tzinfo=UTC))
    assert state.words == "verified, rolled back 3 Mar 2099"
    tags = desk.page(name).tags
    assert tags["state"] == "verified, rolled back"
    first = tags["mlflow.note.content"].splitlines()[0].rstrip()
    assert first == "State: **verified, rolled back 3 Mar 2099** by Wang on 3 Mar 2099: new filter cloth."
    assert client.get_registered_model("acid_line_1").aliases == {"verified_rolled_back": 1}
    assert differences(store) == []
    [row] = [line for line in review_table([state]).splitlines() if line.startswith(name)]
    assert "  verified, rolled back 3 Mar 2099  " in row
    assert row.rstrip().endswith("Wang")
    text = review_text(state)
    assert "State:    verified, rolled back 3 Mar 2099 - a trial proved its gain; the plant goes back" in text
    assert text.rstrip().endswith("new filter cloth")
    assert "is verified, rolled back 3 Mar 2099: " in decision_text(state)


def test_a_page_that_hides_a_rollback_is_found_and_mended(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    approve(store, name, by="Li Wei", why="try")
    plan = desk.plan_of(name)
    put_on_trial(store, name, plan)
    settle(store, name, desk.verdict_of(plan))
    withdraw(store, name, by="Wang", why="new filter cloth", at=datetime(2099, 3, 3, tzinfo=UTC))
    store.client().set_tag(desk.page(name).run_id, "state", "verified")
    [found] = differences(store)
    assert found.text == (
        f"{name}: MLflow's page says 'verified', but the ledger says verified, rolled back 3 Mar 2099:"
        " its rollback is not shown there"
    )
    sync(store)
    assert desk.page(name).tags["state"] == "verified, rolled back"


def test_only_what_the_table_allows(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    with pytest.raises(InputError, match=r"is proposed and cannot become on trial: it can become approved or rejected"):
        put_on_trial(store, name, desk.plan_of(name))
    assert [r.kind for r in state_of(store, name).rows] == ["promise"]  # no plan without its state
    reject(store, name, by="Li Wei", why="not in winter")
    for to in TRANSITIONS:
        if to != "rejected":
            with pytest.raises(InputError, match="is rejected and cannot become"):
                change_state(Log.open(store.folder), state_of(store, name), to, reason="x")
    with pytest.raises(InputError, match="is rejected already"):
        reject(store, name, by="Li Wei", why="again")


def test_a_plan_for_another_record_is_refused(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    approve(store, name, by="Li Wei", why="try")
    plan = desk.plan_of(name).model_copy(update={"recommendation_sha256": "0" * 64})
    with pytest.raises(InputError, match=r"is about another record than .* as approved: plan the trial again"):
        put_on_trial(store, name, plan)


def test_an_author_does_not_approve_his_own(
    store: Store, desk: Any, recommendation: Recommendation, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = desk.promised(recommendation, four_eyes=True)
    with pytest.raises(InputError, match=rf"account {account_name()} made it, and an author does not approve his own"):
        approve(store, name, by="Li Wei", why="mine")
    monkeypatch.setattr("workbench.track.review.account_name", lambda: "li_wei")
    with pytest.raises(InputError, match=f"'{account_name().upper()}' made it"):
        approve(store, name, by=account_name().upper(), why="mine")
    assert approve(store, name, by="Li Wei", why="fine").state == "approved"


def test_expiry_is_written_down_when_seen(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    before = desk.NOW + EXPIRES_AFTER - timedelta(hours=1)
    late = desk.NOW + EXPIRES_AFTER + timedelta(hours=1)
    assert state_of(store, name, at=before).state == "proposed"
    [state] = list_reviews(store, at=late)
    assert state.state == "expired"
    assert state.rows[-1].actor == "workbench"
    assert len(state_of(store, name, at=late).rows) == 2  # once
    with pytest.raises(InputError, match=r"cannot become approved: that is its end \(nobody acted on it in time; tune again"):
        approve(store, name, by="Li Wei", why="late", at=late)


def test_expiry_is_shown_where_it_cannot_be_written(
    store: Store, desk: Any, recommendation: Recommendation, request: pytest.FixtureRequest
) -> None:
    name = desk.promised(recommendation)
    late = desk.NOW + EXPIRES_AFTER + timedelta(hours=1)
    content = (store.folder / FILE).read_bytes()
    request.getfixturevalue("no_writing")
    [state] = list_reviews(store, at=late)
    assert (state.state, state.expires, [row.seq for row in state.rows]) == ("expired", None, [1, 2])
    assert "expired" in review_table([state])
    day = (desk.NOW + EXPIRES_AFTER).date().isoformat()
    assert f"  2  nobody acted on it by {day}; not written down, for the ledger cannot be written\n" in review_text(state)
    assert list_reviews(store)[0].state == "proposed"  # not yet
    for decide in (approve, reject, withdraw):
        with pytest.raises(InputError, match=r"ledger\.db cannot be written: give yourself the right to write there"):
            decide(store, name, by="Li Wei", why="late", at=late)
    assert (store.folder / FILE).read_bytes() == content
    request.getfixturevalue("monkeypatch").undo()
    assert state_of(store, name, at=late).rows[-1].payload["reason"] == f"nobody acted on it by {day}"


def test_the_same_answer_again_opens_an_expired_one(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    list_reviews(store, at=desk.NOW + EXPIRES_AFTER * 2)
    again = recommendation.model_copy(update={"created": "2026-04-20T06:00:00Z"})
    assert desk.promised(again) == name
    state = state_of(store, name)
    assert (state.state, state.record_text) == ("proposed", again.to_json())
    assert len(state.runs) == 2
    assert differences(store) == []


def test_the_same_answer_again_leaves_a_decision_alone(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    approve(store, name, by="Li Wei", why="try")
    desk.promised(recommendation.model_copy(update={"created": "2026-01-13T06:00:00Z"}))
    state = state_of(store, name)
    assert (state.state, state.record_text) == ("approved", recommendation.to_json())
    assert [read_pages(store)[run].tags["state"] for run, _ in state.runs] == ["approved", "approved"]
    assert differences(store) == []


def test_what_is_nothing_new_to_decide_is_said_with_what_to_do(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    assert standing_text(state_of(store, name)) == ""
    approve(store, name, by="Li Wei", why="try")
    said = standing_text(state_of(store, name))
    assert said.startswith(
        "The ledger holds this very answer already, and nothing new is to be decided: it is approved, it may"
    )
    assert said.endswith(f"\n`workbench review show {name}` tells who decided, when and why.")
    record = desk.moved(recommendation, 29.5)
    run = track_study(store, record, started=desk.NOW)
    same = track_promise(store, run, record, read_sheet(desk.SHEET))
    assert same is not None
    assert standing_text(same).splitlines() == [
        f"In the ledger it waits for no decision: it proposes the same settings as {name}, which is approved: nothing new to"
        " decide.",
        "Go on with that one, or withdraw it (`workbench review withdraw ID --by NAME --why TEXT`) and tune again.",
    ]
    told = Result(record, None, run.url, store.folder, None, same)  # type: ignore[arg-type]
    assert standing_text(same) in str(tell_saved(told))
    withdraw(store, name, by="Li Wei", why="asked anew")
    again = track_promise(store, run, record, read_sheet(desk.SHEET))
    assert again is not None
    assert (again.state, standing_text(again)) == ("proposed", "")


@pytest.mark.parametrize(("to", "word"), [(29.6, "renewed by"), (30.9, "replaced by")])  # 10 % of max_step 3 is 0.3
def test_a_newer_one_takes_the_place_of_a_proposed_one(
    store: Store, desk: Any, recommendation: Recommendation, to: float, word: str
) -> None:
    old = desk.promised(recommendation)
    new = desk.promised(desk.moved(recommendation, to))
    assert {s.id: s.state for s in list_reviews(store)} == {old: "superseded", new: "proposed"}
    assert state_of(store, old).rows[-1].payload["reason"].startswith(f"{word} {new}")
    assert desk.page(old).tags["state"] == "superseded"


def test_a_newer_one_never_replaces_an_approved_one(store: Store, desk: Any, recommendation: Recommendation) -> None:
    old = desk.promised(recommendation)
    approve(store, old, by="Li Wei", why="try")
    other = desk.promised(desk.moved(recommendation, 31.0))
    same = desk.promised(desk.moved(recommendation, 29.5, "20260114T0600Z"))
    assert {s.id: s.state for s in list_reviews(store)} == {old: "approved", other: "proposed", same: "superseded"}
    assert state_of(store, same).rows[-1].payload["reason"].startswith(f"the same settings as {old}, which is approved")
    with pytest.raises(InputError, match=f"{old} of the same plant is approved; settle or withdraw that one first"):
        approve(store, other, by="Li Wei", why="too")


def test_other_plants_are_left_alone(store: Store, desk: Any, recommendation: Recommendation) -> None:
    first = desk.promised(recommendation)
    desk.promised(recommendation.model_copy(update={"plant": "acid_line_2"}).identified("20260112T0600Z"))
    assert state_of(store, first).state == "proposed"


def test_ids_by_their_start_or_end(store: Store, desk: Any, recommendation: Recommendation) -> None:
    old = desk.promised(recommendation)
    new = desk.promised(desk.moved(recommendation, 31.0))
    assert state_of(store, old[-6:]).id == old
    assert state_of(store, new[:-3]).id == new
    with pytest.raises(InputError, match=rf"'acid' fits 2 recommendations, {new}, {old}: write more of the id"):
        state_of(store, "acid")
    with pytest.raises(InputError, match=rf"no recommendation '{old[:-1]}x' in .* \(did you mean '{old}'\?\)"):
        state_of(store, f"{old[:-1]}x")
    with pytest.raises(InputError, match=r"no recommendation 'zebra' in .*: `workbench review list` names them"):
        state_of(store, "zebra")


@pytest.mark.parametrize(("by", "why", "sentence"), [(" ", "x", "--by is empty"), ("Li Wei", "\n", "--why is empty")])
def test_who_and_why_are_needed(
    store: Store, desk: Any, recommendation: Recommendation, by: str, why: str, sentence: str
) -> None:
    name = desk.promised(recommendation)
    with pytest.raises(InputError, match=sentence):
        approve(store, name, by=by, why=why)


def test_markup_in_a_reason_stays_text(store: Store, desk: Any, recommendation: Recommendation) -> None:
    name = desk.promised(recommendation)
    approve(store, name, by="<b>Li</b>", why="see [this](http://x) | <script>alert(1)</script>\nnext")
    line = desk.page(name).tags["mlflow.note.content"].splitlines()[0]
    assert "<b>" not in line
    assert "<script>" not in line
    assert r"\[this\]" in line
