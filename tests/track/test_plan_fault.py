"""Plans that were changed by hand do not go on trial: each is refused by one sentence that names what differs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from workbench.errors import InputError
from workbench.records import ObjectiveLine, Recommendation
from workbench.track import Store
from workbench.track.plan_fault import plan_fault
from workbench.track.review import approve, put_on_trial, state_of
from workbench.trial_records import Look, TrialPlan
from workbench.trials.looks import alpha_spent


@pytest.fixture
def approved(store: Store, desk: Any, recommendation: Recommendation) -> str:
    name: str = desk.promised(recommendation)
    approve(store, name, by="Li Wei", why="try")
    return name


def edited(plan: TrialPlan, *path: str | int, to: Any) -> dict[str, Any]:
    """The body of plan.json with one value replaced."""
    body: dict[str, Any] = json.loads(plan.to_json())
    place: Any = body
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return body


EDITS = {
    "proposed": (("settings", 0, "proposed"), 39.0, "it tries free_sulfate at 39 g/L, and approved was 29.4 g/L"),
    "present": (
        ("settings", 0, "present"),
        25.0,
        "it compares with free_sulfate at 25 g/L, and the recommendation starts from 27.1 g/L",
    ),
    "name": (("settings", 0, "name"), "flow", "it leaves free_sulfate out, which was approved with the others"),
    "rollback": (("rollback", 0, "present"), 39.0, "the settings to go back to are not the present ones"),
    "alpha": (
        ("looks", 0, "alpha_spent"),
        0.6,
        "its look after block 16 may spend an error rate of 0.6, and 0.05 is what it may",
    ),
    "look": (("looks", 0, "after_block"), 4, "its looks, after 4 of 16 blocks, do not rise to its end"),
    "seed": (("seed",), 5, "its blocks are not in the order that seed 5 draws"),
    "orders": (("n_orders",), 4096, "it counts 4,096 orders, and 16 blocks have 256"),
    "promise": (("promise", "expected"), 0.1, "the promise in it is not the one that was approved"),
}


@pytest.mark.parametrize("again", [False, True], ids=["old id", "new id"])
@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_plan_is_refused_whatever_its_id(store: Store, desk: Any, approved: str, edit: str, again: bool) -> None:
    path, value, sentence = EDITS[edit]
    plan = TrialPlan.from_json(json.dumps(edited(desk.plan_of(approved), *path, to=value)))
    plan = plan.identified() if again else plan
    with pytest.raises(InputError) as refused:
        put_on_trial(store, approved, plan)
    assert str(refused.value) == (
        f"plan {plan.id} is not followed: {sentence}; plan again (`workbench trial plan {approved} --out DIR`),"
        " and schedule that plan.json unchanged"
    )
    assert state_of(store, approved).state == "approved"
    assert [row.kind for row in state_of(store, approved).rows] == ["promise", "review"]  # nothing was written


def test_a_plan_with_fewer_looks_is_followed(store: Store, desk: Any, approved: str) -> None:
    """Older versions looked halfway alone; what a look may spend follows from where it is."""
    plan = desk.plan_of(approved)
    looks = (Look(after_block=8, alpha_spent=round(alpha_spent(0.5), 6)), plan.looks[-1])
    put_on_trial(store, approved, plan.model_copy(update={"looks": looks}).identified())
    assert state_of(store, approved).state == "on_trial"


def test_any_other_edit_is_found_by_the_id(store: Store, desk: Any, approved: str) -> None:
    plan = TrialPlan.from_json(json.dumps(edited(desk.plan_of(approved), "washout_hours", to=12.0)))
    with pytest.raises(InputError, match="it does not fit its id any more, so it was changed after it was written"):
        put_on_trial(store, approved, plan)


@pytest.mark.parametrize("maximize", [True, False, None])
def test_a_plan_in_the_other_direction_is_not_followed(
    store: Store, desk: Any, recommendation: Recommendation, maximize: bool | None
) -> None:
    """A record of an older version does not say which way is better."""
    wanted = None
    if maximize is not None:
        wanted = ObjectiveLine(
            maximize=maximize, formula="recovery", unit="%", value_per_unit=5e6, currency="CNY", hours_per_year=7920.0
        )
    name = desk.promised(recommendation.model_copy(update={"objective": wanted}))
    plan = desk.plan_of(name).model_copy(update={"maximize": True}).identified()
    said = "" if maximize is not False else f"it is a trial to maximize {plan.objective}, and approved was to minimize it"
    assert plan_fault(plan, state_of(store, name)) == said


def test_a_plan_as_written_is_followed(store: Store, desk: Any, approved: str) -> None:
    plan = TrialPlan.from_json(desk.plan_of(approved).to_json())
    assert plan_fault(plan, state_of(store, approved)) == ""
    assert put_on_trial(store, approved, plan).state == "on_trial"


@pytest.mark.parametrize(("present", "fits"), [(27.1, True), (27.125, True), (27.075, True), (27.15, False)])
def test_the_present_value_may_be_rounded_to_what_people_set(
    store: Store, desk: Any, approved: str, present: float, fits: bool
) -> None:
    """A largest step of 3 g/L is set in 0.05 g/L: half of that is rounding."""
    body = edited(desk.plan_of(approved), "settings", 0, "present", to=present)
    body["rollback"] = body["settings"]
    plan = TrialPlan.from_json(json.dumps(body)).identified()
    assert (plan_fault(plan, state_of(store, approved)) == "") is fits
