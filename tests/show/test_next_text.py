"""The next small move in a terminal."""

from __future__ import annotations

import pytest

from workbench.show.next_text import next_text
from workbench.trials.next_step import NextLimit, NextSetting, NextStep, Prospect


@pytest.fixture
def step() -> NextStep:
    return NextStep(
        plant="line",
        title="Line 1",
        objective="recovery",
        unit="%",
        seed=0,
        stage="climb",
        move=None,
        moves=None,
        results=120,
        pending=4,
        settings=(
            NextSetting(
                name="temperature", tag="TIC", unit="degC", now=70.0, next=72.0, best=71.0, low=60, high=90, max_step=4
            ),
            NextSetting(
                name="mode", tag="M", unit="", now="slow", next="fast", best="slow", low=None, high=None, max_step=None
            ),
        ),
        next=Prospect(expected=0.4, low=-0.1, high=0.9, level=0.9, probability_better=0.91),
        best=Prospect(expected=0.0, low=0.0, high=0.0, level=0.9, probability_better=0.5),
        expected_most=0.4,
        room=1.2,
        not_before="2026-01-12T08:00+01:00",
        hold="8h",
        reasons=("Because.",),
    )


def test_what_to_set_when_and_why(step):
    text = next_text(step)
    assert text.startswith("Line 1: a move uphill\n")
    assert "temperature  TIC  70.00  72.00" in text
    assert "mode         M     slow   fast" in text
    assert "Set it not before 2026-01-12 08:00 plant time; then leave the settings alone for 8h" in text
    assert "Learned from 120 results, 4 more without a result yet." in text
    assert "+0.4 %-points against now in recovery (90 % interval -0.1 to +0.9)" in " ".join(text.split())
    assert "Best so far: the present settings" in text
    assert text.endswith("- Because.\n")


def test_whole_numbers_are_shown_without_decimals(step):
    pumps = NextSetting(name="pumps", tag="P", unit="pcs", now=3.0, next=4.0, best=4.0, low=1, high=6, max_step=1, integer=True)
    row = next(line for line in next_text(step.model_copy(update={"settings": (pumps,)})).splitlines() if "pumps" in line)
    assert row.split() == ["pumps", "P", "3", "4", "4", "pcs", "1", "to", "6"]


def test_the_first_moves_are_counted(step):
    first = step.model_copy(
        update={
            "stage": "first_moves",
            "move": 2,
            "moves": 5,
            "next": None,
            "best": None,
            "expected_most": None,
            "room": None,
            "not_before": None,
        }
    )
    text = next_text(first)
    assert text.startswith("Line 1: move 2 of 5 of the first moves\n")
    assert "Set it when it suits" in text
    assert "against now" not in text


def test_a_move_that_is_expected_to_lose_is_not_called_uphill(step):
    worse = step.model_copy(update={"next": Prospect(expected=-0.3, low=-5.1, high=4.6, level=0.9, probability_better=0.46)})
    assert next_text(worse).startswith("Line 1: a move to learn from\n")
    assert next_text(step.model_copy(update={"next": None, "best": None})).startswith("Line 1: a move to learn from\n")


def test_standing_still_is_no_move(step):
    still = tuple(s.model_copy(update={"next": s.now}) for s in step.settings)
    text = next_text(step.model_copy(update={"settings": still, "next": step.best}))
    assert text.startswith("Line 1: no move for now\n")
    assert "Set nothing: leave the settings alone for 8h, and ask again with the newer records." in text


def test_it_says_what_is_left_to_gain(step):
    assert (
        "No small move is expected to gain more than +0.4 %-points; the records so far leave room for at most +1.2 %-points."
        in " ".join(next_text(step).split())
    )
    assert "leave room" not in next_text(step.model_copy(update={"expected_most": None, "room": None}))


def test_limits_say_how_often_they_are_expected_to_hold_and_a_broken_one_leads_back(step):
    limit = NextLimit(
        name="far",
        unit="bar",
        bound="low",
        value=6.3,
        asked=0.95,
        expected=0.97,
        now=0.87,
        latest=0.5,
        latest_results=12,
        is_broken=True,
    )
    text = " ".join(next_text(step.model_copy(update={"limits": (limit,), "is_back": True})).split())
    assert text.startswith("Line 1: a move back to where the limits hold")
    assert (
        "Limit far >= 6.3 bar: expected to hold in 97 % of periods at the move and in 87 % now, asked are 95 %; since the last "
        "move it held in 50 % of 12 results."
    ) in text
    batch = " ".join(next_text(step.model_copy(update={"limits": (limit,), "row": "batch"})).split())
    assert "expected to hold in 97 % of batches at the move" in batch
    once = limit.model_copy(update={"latest": 1.0, "latest_results": 1})
    assert "it held in 100 % of 1 result." in " ".join(next_text(step.model_copy(update={"limits": (once,)})).split())
    unknown = limit.model_copy(update={"expected": None, "now": None, "is_broken": False})
    assert "Limit far >= 6.3 bar: nothing is known of it yet." in next_text(step.model_copy(update={"limits": (unknown,)}))
