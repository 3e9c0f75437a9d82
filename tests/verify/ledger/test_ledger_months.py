from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from workbench.show.proof_markdown import next_markdown, portfolio_markdown
from workbench.show.value_table import ledger_text
from workbench.verify.ledger import read_ledger
from workbench.verify.ledger_months import aside_months, due_months, left_settings, other_use
from workbench.verify.states import read_states


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def proved(book: Any, plant: str = "acid_1", verdict: str = "2025-04-10", **more: Any) -> str:
    """A gain that a trial in March verified."""
    name = book.promise(plant, "2025-01-10")
    book.start(name, "2025-01-20")
    book.plan(name, "2025-03-01", "2025-03-29", "2025-01-20")
    book.verdict(name, verdict, (0.48, 0.24, 0.72), (2.4e6, 1.2e6, 3.6e6), **more)
    return str(name)


def tried(book: Any, plant: str = "acid_1") -> str:
    """A later one, on trial from 20 July on."""
    name = book.promise(plant, "2025-06-01")
    book.start(name, "2025-06-10")
    book.plan(name, "2025-07-20", "2025-08-20", "2025-06-10")
    return str(name)


def due(book: Any, at: str) -> list[tuple[str, str]]:
    return [(one.recommendation, one.span) for one in due_months(read_states(book.rows).values(), day(at))]


def test_a_whole_month_since_the_verdict_is_due(book: Any) -> None:
    name = proved(book)
    assert due(book, "2025-05-31") == []  # April was not whole, May is not over
    assert due(book, "2025-06-01") == [(name, "2025-05")]
    assert due(book, "2025-08-15") == [(name, "2025-05 to 2025-07")]


def test_only_months_after_the_last_held_are_due(book: Any) -> None:
    name = proved(book)
    book.decay(name, "2025-06", 0.9, False, "2025-07-01")
    assert due(book, "2025-07-15") == []
    assert due(book, "2025-12-31") == [(name, "2025-07 to 2025-11")]


def test_nothing_is_due_after_a_rollback_or_without_a_gain(book: Any) -> None:
    proved(book, "mill_1", status="not_verified")
    name = proved(book)
    book.roll_back(name, "2025-06-15")
    assert due(book, "2025-12-31") == [(name, "2025-05")]


@pytest.mark.parametrize("ends", ["on trial", "verified"])
def test_months_from_a_later_trial_on_are_not_due(book: Any, ends: str) -> None:
    first, second = proved(book), tried(book)
    if ends == "verified":
        book.verdict(second, "2025-09-01", (0.5, 0.2, 0.8), (1e6, 0.5e6, 1.5e6))
    assert due(book, "2025-09-15") == [(first, "2025-05 to 2025-06")]
    states = read_states(book.rows)
    [other] = other_use(states[first], states.values())
    assert (other.start, other.end) == (day("2025-07-20"), None)
    assert other.why == f"the trial of {second} began on 20 Jul 2025, whose gain is another one"
    assert [other.touches(month) for month in ("2025-06", "2025-07", "2025-12")] == [False, True, True]
    assert other_use(states[second], states.values()) == ()  # the earlier one does not stand in the way of the later


def test_a_later_trial_that_proved_nothing_gives_the_months_back(book: Any) -> None:
    first, second = proved(book), tried(book)
    book.verdict(second, "2025-09-05", (0.0, -0.3, 0.3), (0.0, -1e5, 1e5), status="not_verified")
    states = read_states(book.rows)
    [other] = other_use(states[first], states.values())
    assert other.end == day("2025-09-05")
    assert [other.touches(month) for month in ("2025-09", "2025-10")] == [True, False]


def test_a_later_trial_that_never_began_takes_no_month(book: Any) -> None:
    first, second = proved(book), tried(book)
    book.decide(second, "withdrawn", "2025-07-01")
    states = read_states(book.rows)
    assert other_use(states[first], states.values()) == ()


def test_trials_of_other_plants_take_no_month(book: Any) -> None:
    first = proved(book)
    tried(book, "mill_1")
    states = read_states(book.rows)
    assert other_use(states[first], states.values()) == ()


def test_settings_that_are_not_run_any_more_are_said(book: Any) -> None:
    name = proved(book)
    book.decay(name, "2025-05", 0.9, False, "2025-07-01")
    assert left_settings(read_states(book.rows).values()) == ()
    book.decay(name, "2025-06", 0.0, True, "2025-07-01", aside="the settings were not held", adherence=0.0)
    [left] = left_settings(read_states(book.rows).values())
    assert (left.recommendation, left.month, left.why) == (name, "2025-06", "the settings were not held")
    book.roll_back(name, "2025-06-20")
    assert left_settings(read_states(book.rows).values()) == ()


def test_months_that_do_not_count_are_said_with_the_share_that_holds(book: Any) -> None:
    name = proved(book)
    why = "the verified settings were held in 40 % of its periods, less than 80 %"
    book.decay(name, "2025-03", 0.2, True, "2025-06-01", aside=why, adherence=0.4)  # before the verdict nothing was earned
    book.decay(name, "2025-05", 0.3, True, "2025-07-01", aside=why, adherence=0.4)
    book.decay(name, "2025-06", 0.75, True, "2025-07-01")
    book.decay(name, "2025-07", 0.1, True, "2025-08-01", aside=why, adherence=0.4)
    book.decay(name, "2025-08", 1.2, False, "2025-09-01")
    told = [(one.month, one.share, one.why) for one in aside_months(read_states(book.rows).values())]
    assert told == [("2025-05", 1.0, why), ("2025-07", 0.75, why)]
    ledger = read_ledger(book.rows, day("2025-09-15"))
    for text in (ledger_text(ledger), portfolio_markdown(ledger).replace("\\", "")):
        assert f"{name}: 2025-05 does not count, and went on by the share before it, 100 %: {why}" in text
        assert f"{name}: 2025-07 does not count, and went on by the share before it, 75 %: {why}" in text
    # what is said is what was earned: 52 days up to June and 45 from August on at 100 %, the 61 between them at 75 %
    assert ledger.lines[0].earned == pytest.approx(2.4e6 * (52 + 45 + 61 * 0.75) / 365, rel=1e-3)


def test_a_month_set_aside_last_is_said_once(book: Any) -> None:
    name = proved(book)
    book.decay(name, "2025-05", 0.0, True, "2025-06-01", aside="the settings were not held", adherence=0.0)
    text = ledger_text(read_ledger(book.rows, day("2025-06-02")))
    assert text.count("2025-05") == 1
    assert "until then it goes on earning by the share before" in text
    book.roll_back(name, "2025-06-20")
    text = ledger_text(read_ledger(book.rows, day("2025-06-21")))
    assert f"- {name}: 2025-05 does not count, and went on by the share before it, 100 %" in text


def test_the_portfolio_says_where_next_with_the_command(book: Any) -> None:
    name = proved(book)
    said = next_markdown(read_ledger(book.rows, day("2025-06-02")))
    assert f"(acid\\_1): its gain in 2025-05 has not been estimated again: `workbench ledger decay {name}`, with" in said
    book.decay(name, "2025-05", 0.0, True, "2025-06-01", aside="the settings were not held", adherence=0.0)
    said = next_markdown(read_ledger(book.rows, day("2025-06-02")))
    assert "in 2025-05 the settings were not held: set them again, or take it back" in said
    assert "has not been estimated again" not in said


def test_a_month_to_come_is_never_due(book: Any) -> None:
    proved(book)
    now = datetime.now(UTC)
    [one] = read_ledger(book.rows, datetime(now.year + 3, 1, 1, tzinfo=UTC)).due
    assert one.months[-1] < f"{now:%Y-%m}"
