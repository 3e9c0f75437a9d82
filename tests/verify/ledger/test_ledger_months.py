from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.verify.ledger.conftest import LINEAGE, PLAN
from workbench.records import Lineage
from workbench.show.proof_markdown import next_markdown, portfolio_markdown
from workbench.show.value_table import ledger_text
from workbench.trial_records import Block, Deviation, TrialPlan
from workbench.verify import unfollowed
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
    back = f"take it back (`workbench review withdraw {name} --by NAME --why TEXT`), for until then it goes on earning"
    assert f"in 2025-05 the settings were not held: set them again, or {back} by the share before" in said
    assert "has not been estimated again" not in said


def test_a_month_to_come_is_never_due(book: Any) -> None:
    proved(book)
    now = datetime.now(UTC)
    [one] = read_ledger(book.rows, datetime(now.year + 3, 1, 1, tzinfo=UTC)).due
    assert one.months[-1] < f"{now:%Y-%m}"


def short(book: Any, counted: int, deviations: Any = (), blocks: int = 20) -> str:
    """A gain that a trial of blocks of 8 h verified, each one period of 4 h after its washout."""
    name = book.promise("acid_1", "2025-01-10")
    book.start(name, "2025-01-20")
    start, made = day("2025-03-01"), []
    for number in range(blocks):
        begin = start + timedelta(hours=8 * number)
        stamps = [(begin + timedelta(hours=hours)).isoformat() for hours in (0, 4, 8)]
        arm = "proposed" if number % 2 else "present"
        made.append(Block(number=number + 1, start=stamps[0], washout_until=stamps[1], end=stamps[2], arm=arm))
    book.plan(name, "2025-03-01", "2025-03-08", "2025-01-20", blocks=tuple(made))
    lineage = LINEAGE.model_copy(update={"periods_counted": counted})
    more = {"lineage": lineage, "deviations": deviations}
    book.verdict(name, "2025-04-10", (0.48, 0.24, 0.72), (2.4e6, 1.2e6, 3.6e6), **more)
    return str(name)


def test_a_gain_that_cannot_be_estimated_again_is_not_due_and_the_ledger_says_why(book: Any) -> None:
    name = short(book, 17, blocks=18)
    assert due(book, "2025-08-15") == []
    ledger = read_ledger(book.rows, day("2025-08-15"))
    [few] = ledger.unfollowed
    assert (few.recommendation, few.periods, few.least) == (name, 9, 10)
    why = (
        "its gain cannot be followed month by month, for its trial left 9 periods at the present settings at most and a month"
        " is compared with 10 or more: it earns in full until it is withdrawn or replaced."
    )
    assert ledger_text(ledger).count(f"- {name}: {why} A shorter `period` in the sheet") == 1
    assert portfolio_markdown(ledger).count(why) == 1
    assert "ledger decay" not in next_markdown(ledger) + ledger_text(ledger)


def test_a_gain_whose_trial_left_enough_is_due_and_one_followed_already_stays_so(book: Any) -> None:
    name = short(book, 20)
    assert due(book, "2025-06-01") == [(name, "2025-05")]
    again = short(book, 12)
    book.decay(again, "2025-05", 0.9, False, "2025-06-01")  # as with a finer period in the sheet
    assert (again, "2025-06") in due(book, "2025-07-01")
    assert read_ledger(book.rows, day("2025-07-01")).unfollowed == ()


def test_a_lost_present_block_leaves_fewer_periods(book: Any) -> None:
    lost = Deviation(block=3, kind="lost block", text="0.0 of 4.0 h are left", hours=0.0)
    name = short(book, 19, (lost,))
    [few] = read_ledger(book.rows, day("2025-08-15")).unfollowed
    assert (few.recommendation, few.periods) == (name, 9)
    book.roll_back(name, "2025-08-01")
    assert read_ledger(book.rows, day("2025-08-15")).unfollowed == ()


def test_hours_in_the_verdict_do_not_hide_that_the_records_periods_are_longer() -> None:
    """A trial read hour by hour counts 72 periods, of which a month of four-hour periods sees 9."""
    blocks = [Block(number=1, start="2025-03-01T00:00Z", washout_until="2025-03-01T04:00Z", end="2025-03-01T08:00Z", arm=arm)
              for arm in ("present", "proposed") * 9]  # fmt: skip
    plan = TrialPlan.model_validate(
        PLAN | {"id": "p", "recommendation": "r", "plant": "x", "start": "", "end": "", "blocks": blocks}
    )
    lineage = Lineage(
        sheet_sha256="", source_sha256="", records_read=0, records_used=0, periods_used=2399, code="", seed=0,
        periods_set_aside={"objective missing": 1}, from_="2024-11-30T23:00:00+00:00", to="2026-01-04T19:00:00+00:00",
    )  # fmt: skip
    assert unfollowed._begun_present(plan, lineage) == 9
    assert unfollowed._begun_present(plan.model_copy(update={"batches": True}), lineage) is None
