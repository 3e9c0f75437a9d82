from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from workbench.show.proof_markdown import portfolio_markdown
from workbench.show.value_table import ledger_text
from workbench.verify.ended import use_of
from workbench.verify.ledger import read_ledger
from workbench.verify.ledger_export import export_ledger
from workbench.verify.ledger_months import due_months, other_use
from workbench.verify.states import read_states

FIRST, SECOND, AT = "2025-04-01", "2025-10-01", "2026-04-01"


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def proved(book: Any, verdict: str, now: float | str, proposed: float | str, **more: Any) -> str:
    """A gain of 2 million a year that a trial in the month before verified."""
    start = f"{verdict[:5]}{int(verdict[5:7]) - 1:02d}-01"
    name = book.promise("acid_1", start, (0.4, 0.2, 0.6), (2e6, 1e6, 3e6), now=now, setting=proposed, **more)
    book.start(name, start)
    book.plan(name, start, verdict, start)
    book.verdict(name, verdict, (0.4, 0.2, 0.6), (2e6, 1e6, 3e6))
    return str(name)


def worth(book: Any, at: str = AT) -> tuple[float, float]:
    """Yearly value now, and earned so far in years of one gain."""
    [total] = read_ledger(book.rows, day(at)).totals
    return total.value_now, total.earned / 2e6 * 365


DAYS_FIRST, DAYS_BOTH = (day(SECOND) - day(FIRST)).days, (day(AT) - day(FIRST)).days
DAYS_SECOND = DAYS_BOTH - DAYS_FIRST


@pytest.mark.parametrize(
    ("now", "proposed"),
    [(29.0, 27.0), (27.0, 29.0), (27.9, 30.0), (28.0, 30.0), (29.0, 27.9), (31.0, 20.0)],
    ids=["back", "the same again", "from before the middle", "from the middle", "past the middle", "far back"],
)
def test_a_later_gain_that_does_not_build_on_an_earlier_one_ends_it(book: Any, now: float, proposed: float) -> None:
    first = proved(book, FIRST, 27.0, 29.0)
    second = proved(book, SECOND, now, proposed, provider="ACME")
    assert worth(book) == pytest.approx((2e6, DAYS_FIRST + DAYS_SECOND))
    line, later = read_ledger(book.rows, day(AT)).lines
    assert (line.recommendation, line.until, line.ended_by, line.value_now) == (first, day(SECOND), second, 0.0)
    assert line.earned == pytest.approx(2e6 * DAYS_FIRST / 365)  # what it earned until then it keeps
    assert line.words == "verified, ended 1 Oct 2025"
    assert (later.until, later.ended_by) == (None, None)


@pytest.mark.parametrize(
    ("now", "proposed"),
    [(29.0, 31.0), (29.4, 31.0), (28.1, 29.0), (29.0, 28.0), (33.0, 29.0)],
    ids=["a step on", "from near there", "from past the middle", "to the middle", "back from beyond"],
)
def test_steps_of_one_way_both_count(book: Any, now: float, proposed: float) -> None:
    proved(book, FIRST, 27.0, 29.0)
    proved(book, SECOND, now, proposed)
    assert worth(book) == pytest.approx((4e6, DAYS_BOTH + DAYS_SECOND))
    assert read_ledger(book.rows, day(AT)).ended == ()


def test_a_way_down_is_judged_as_a_way_up(book: Any) -> None:
    proved(book, "2025-03-01", 30.0, 28.0)
    proved(book, "2025-05-01", 28.0, 26.0)
    assert worth(book, "2025-06-01")[0] == 4e6
    proved(book, "2025-07-01", 26.0, 28.0)  # takes the second back, not the first
    assert [line.value_now for line in read_ledger(book.rows, day(AT)).lines] == [2e6, 0.0, 2e6]


def test_the_first_later_verdict_ends_it(book: Any) -> None:
    first = proved(book, "2025-03-01", 27.0, 29.0)
    second = proved(book, "2025-05-01", 29.0, 27.0)
    proved(book, "2025-07-01", 27.0, 31.0)
    lines = read_ledger(book.rows, day(AT)).lines
    assert [(line.ended_by, line.until) for line in lines[:1]] == [(second, day("2025-05-01"))]
    assert [line.value_now for line in lines] == [0.0, 0.0, 2e6]
    assert first == lines[0].recommendation


@pytest.mark.parametrize(
    ("now", "proposed", "both"), [("b", "c", True), ("b", "a", False), ("a", "b", False), ("c", "b", False)]
)
def test_choices_are_equal_or_not(book: Any, now: str, proposed: str, both: bool) -> None:
    proved(book, FIRST, "a", "b")
    proved(book, SECOND, now, proposed)
    assert worth(book)[0] == (4e6 if both else 2e6)


def test_every_setting_that_both_name_counts_and_no_other(book: Any) -> None:
    first = proved(book, "2025-02-01", 27.0, 29.0, t=(50.0, 60.0), u=(5.0, 5.0))
    proved(book, "2025-04-01", 29.0, 29.0, u=(5.0, 9.0))  # moves nothing of the first
    proved(book, "2025-06-01", 29.0, 31.0, t=(60.0, 60.0), v=(1.0, 2.0))
    assert read_ledger(book.rows, day(AT)).ended == ()
    fourth = proved(book, "2025-08-01", 31.0, 33.0, t=(50.0, 50.0))  # t stood elsewhere by then
    [ended] = read_ledger(book.rows, day(AT)).ended
    assert (ended.recommendation, ended.by) == (first, fourth)
    assert ended.why == "which did not begin with t as this one had set it"


def test_only_a_verified_one_of_the_same_plant_ends_a_gain_and_not_before_its_verdict(book: Any) -> None:
    first = proved(book, FIRST, 27.0, 29.0)
    name = book.promise("mill_1", "2025-08-01", now=29.0, setting=27.0)
    book.start(name, "2025-08-01")
    book.verdict(name, "2025-09-01", (0.5, 0.2, 0.8), (2e6, 1e6, 3e6))
    name = book.promise("acid_1", "2025-08-02", now=29.0, setting=27.5)
    book.start(name, "2025-08-02")
    book.verdict(name, "2025-09-02", (0.1, -0.2, 0.4), (2e5, -1e6, 3e6), status="not_verified")
    proved(book, SECOND, 29.0, 27.0)
    states = read_states(row for row in book.rows if row.time < day(SECOND))
    assert use_of(states[first], states.values()).ended == ()
    assert read_ledger(book.rows, day("2025-09-30")).lines[0].value_now == 2e6
    assert read_ledger(book.rows, day(SECOND)).lines[0].value_now == 0.0


def test_a_rollback_before_the_later_verdict_stands_and_one_after_it_changes_nothing(book: Any) -> None:
    first = proved(book, FIRST, 27.0, 29.0)
    book.roll_back(first, "2025-06-01")
    second = proved(book, SECOND, 27.0, 29.0)
    line = read_ledger(book.rows, day(AT)).lines[0]
    assert (line.until, line.ended_by, line.words) == (day("2025-06-01"), None, "verified, rolled back 1 Jun 2025")
    proved(book, "2025-12-01", 29.0, 27.0)
    book.roll_back(second, "2026-01-01")
    line = read_ledger(book.rows, day(AT)).lines[1]
    assert (line.until, line.words) == (day("2025-12-01"), "verified, ended 1 Dec 2025")


def test_an_ended_gain_is_said_and_its_months_wait_for_nothing(book: Any) -> None:
    first = proved(book, FIRST, 27.0, 29.0)
    second = proved(book, SECOND, 29.0, 27.0)
    words = f"{first}: it earns no more from 1 Oct 2025 on, when {second} was verified, which takes s back"
    ledger = read_ledger(book.rows, day(AT))
    for text in (ledger_text(ledger), portfolio_markdown(ledger).replace("\\", "")):
        assert words in text
    states = read_states(book.rows)
    assert [(one.recommendation, one.span) for one in due_months(states.values(), day("2025-12-01"))] == [
        (first, "2025-04 to 2025-08"),
        (second, "2025-10 to 2025-11"),
    ]
    assert other_use(states[first], states.values())[-1].end is None


def test_a_rollback_to_the_earlier_settings_lets_the_earlier_gain_earn_again(book: Any) -> None:
    first = proved(book, FIRST, 27.0, 29.0)
    second = proved(book, SECOND, 29.0, 27.0)
    book.roll_back(second, "2025-11-15")
    line, later = read_ledger(book.rows, day(AT)).lines
    assert (line.since, line.until, line.ended_by, line.words) == (day(FIRST), None, None, "verified")
    assert line.value_now == 2e6
    assert line.earned == pytest.approx(2e6 * (DAYS_BOTH - 45) / 365)  # all but October and half of November
    assert later.earned == pytest.approx(2e6 * 45 / 365)
    ledger = read_ledger(book.rows, day(AT))
    words = f"{first}: it earned nothing from 1 Oct 2025 to 15 Nov 2025, between the verdict of {second}, which takes s back"
    for text in (ledger_text(ledger), portfolio_markdown(ledger).replace("\\", "")):
        assert f"{words}, and a rollback to its settings" in text
    states = read_states(book.rows)
    [earlier, _] = due_months(states.values(), day("2026-02-01"))
    assert earlier.months == ("2025-04", "2025-05", "2025-06", "2025-07", "2025-08", "2025-12", "2026-01")
    assert all(other.end == day("2025-11-15") for other in other_use(states[first], states.values()))


def test_months_after_the_rollback_count_and_those_of_the_later_gain_do_not(book: Any) -> None:
    first = proved(book, FIRST, 27.0, 29.0)
    second = proved(book, SECOND, 29.0, 27.0)
    book.roll_back(second, "2025-12-01")
    book.decay(first, "2025-08", 0.5, True, "2026-02-01")
    book.decay(first, "2025-11", 0.1, True, "2026-02-01", aside="not this gain")
    book.decay(first, "2026-01", 0.25, True, "2026-02-01")
    book.decay(first, "2026-02", 0.2, True, "2026-03-01", aside="not held")
    book.decay(first, "2026-03", 0.25, True, "2026-04-01")
    ledger = read_ledger(book.rows, day(AT))
    line = ledger.lines[0]
    days = (day("2025-08-01") - day(FIRST)).days + 61 * 0.5 + 31 * 0.5 + 90 * 0.25
    assert line.earned == pytest.approx(2e6 * days / 365)
    assert (line.value_now, line.fading) == (5e5, True)
    assert [(one.month, one.share) for one in ledger.aside] == [("2026-02", 0.25)]


@pytest.mark.parametrize(
    ("later", "rolled_back", "days"),
    [
        ([("2025-10-01", 27.0, 31.0)], [(0, "2025-11-01")], 183),  # goes back to 27: not this one's settings
        ([("2025-10-01", 29.0, 27.0)], [], 183),
        ([("2025-10-01", 29.0, 27.0), ("2025-12-01", 27.0, 31.0)], [(1, "2026-01-01")], 183),
        ([("2025-10-01", 29.0, 27.0), ("2025-12-01", 27.0, 31.0)], [(1, "2026-01-01"), (0, "2026-02-01")], 183 + 59),
        ([("2025-10-01", 29.0, 27.0), ("2025-12-01", 27.0, 31.0)], [(0, "2026-01-01"), (1, "2026-02-01")], 183),
        ([("2025-10-01", 29.0, 27.0), ("2026-02-01", 29.0, 25.0)], [(0, "2025-11-01"), (1, "2026-03-01")], 183 + 92 + 31),
        ([("2025-10-01", 29.0, 27.0)], [(0, "2025-11-01"), (-1, "2025-12-01")], 183 + 30),  # and then its own
        ([("2025-10-01", 29.0, 27.0)], [(-1, "2025-11-01"), (0, "2025-12-01")], 183),
    ],
    ids=["elsewhere", "none", "the last alone", "one by one", "the first under the last", "twice", "own later", "own before"],
)
def test_when_a_gain_earns_again(
    book: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    run_notebook: Any,
    later: list[tuple[str, float, float]],
    rolled_back: list[tuple[int, str]],
    days: int,
) -> None:
    names = [proved(book, FIRST, 27.0, 29.0)]
    for at in sorted([at for at, *_ in later] + [at for _, at in rolled_back]):
        names += [proved(book, verdict, now, proposed) for verdict, now, proposed in later if verdict == at]
        for number, moment in rolled_back:
            if moment == at:
                book.roll_back(names[number + 1], moment)
    assert read_ledger(book.rows, day(AT)).lines[0].earned == pytest.approx(2e6 * days / 365)
    export_ledger(book.log, tmp_path / "export")
    assert max(run_notebook(tmp_path / "export", monkeypatch)["checked"].values()) <= 1e-9


@pytest.mark.parametrize("seed", range(3))
def test_the_notebook_agrees_whatever_happened(
    book: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_notebook: Any, seed: int
) -> None:
    rng, names, at = random.Random(seed), [], day("2024-02-01")
    for _ in range(24):
        at += timedelta(days=rng.choice([5, 20, 45]))
        if names and rng.random() < 0.5:
            book.roll_back(names.pop(max(rng.randrange(len(names)), rng.randrange(len(names)))), f"{at:%Y-%m-%d}")
        else:
            now, proposed = rng.choice([(27.0, 29.0), (29.0, 27.0), (29.0, 31.0), (31.0, 28.0)])
            more = {"t": (rng.choice("ab"), rng.choice("ab"))} if rng.random() < 0.2 else {}
            name = book.promise("acid_1", f"{at:%Y-%m-%d}", now=now, setting=proposed, **more)
            book.start(name, f"{at:%Y-%m-%d}")
            book.verdict(name, f"{at:%Y-%m-%d}", (0.4, 0.2, 0.6), (2e6, 1e6, 3e6))
            book.decay(name, f"{at + timedelta(days=40):%Y-%m}", rng.random(), True, f"{at:%Y-%m-%d}")
            book.cost("acid_1", "trial", 1e6 * rng.random(), f"{at:%Y-%m-%d}", recommendation=name)
            names.append(name)
    assert any(ended.again for ended in read_ledger(book.rows).ended)
    export_ledger(book.log, tmp_path / "export")
    assert max(run_notebook(tmp_path / "export", monkeypatch)["checked"].values()) <= 1e-9


def test_the_notebook_ends_gains_alike(book: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_notebook: Any) -> None:
    first = proved(book, "2025-02-01", 27.0, 29.0, t=("a", "b"))
    second = proved(book, "2025-04-01", 29.0, 31.0)
    third = proved(book, "2025-06-01", 31.0, 29.0)
    fourth = proved(book, "2025-08-01", 29.0, 30.0, t=("b", "a"))
    book.decay(first, "2025-07", 0.5, True, "2025-08-05")
    book.decay(fourth, "2025-09", 0.5, True, "2025-11-05")
    book.decay(fourth, "2025-10", 0.5, True, "2025-11-05")
    fifth = proved(book, "2025-11-20", 29.0, 27.0)
    sixth = proved(book, "2025-12-01", 27.0, 28.0, t=("c", "d"))
    book.roll_back(second, "2025-07-01")
    book.roll_back(third, "2025-11-15")
    book.cost("acid_1", "trial", 5e5, "2025-03-01", recommendation=first)
    export_ledger(book.log, tmp_path / "export")
    names = run_notebook(tmp_path / "export", monkeypatch)
    assert max(names["checked"].values()) <= 1e-9
    ended = dict(names["lines"].select("recommendation", "ended_by").iter_rows())
    assert ended == {first: fourth, second: third, third: None, fourth: fifth, fifth: None, sixth: None}
    lines = read_ledger(book.rows).lines
    assert {line.recommendation: line.ended_by for line in lines} == ended
    assert [line.value_now for line in lines] == [0.0, 0.0, 0.0, 0.0, 2e6, 2e6]
