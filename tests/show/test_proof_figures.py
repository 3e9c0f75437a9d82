"""Figures and words of the proof: blocks, orders, promised against measured, value over time, steps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.show.test_value_table import LINE, UNPRICED, ledger
from tests.test_proving import planned, recommended
from tests.verify.ledger.conftest import Book
from workbench.show.climb import climb_figure
from workbench.show.promised import promised_data, promised_figure
from workbench.show.proof_markdown import EMPTY, next_markdown, portfolio_markdown
from workbench.show.randomisation import randomisation_data, randomisation_figure
from workbench.show.trial_blocks import blocks_data, blocks_figure
from workbench.show.value_over_time import MOMENTS, value_data, value_figure
from workbench.switchback import stamp
from workbench.verify.ledger import read_ledger
from workbench.verify.picture import TrialPicture

PLAN = planned(recommended(), "0" * 64)


def picture(maximize: bool = True) -> TrialPicture:
    """Four blocks, the last of them lost; eight orders."""
    shown = PLAN.blocks[:4]
    blocks = pl.DataFrame(
        {
            "block": [b.number for b in shown],
            "arm": [b.arm for b in shown],
            "counts_from": [stamp(b.washout_until) for b in shown],
            "end": [stamp(b.end) for b in shown],
            "gain": [1.0, 2.0, 3.0, 4.0],
            "hours_counted": [12.0, 12.0, 12.0, 1.0],
            "is_lost": [False, False, False, True],
        }
    )
    orders = np.array([3.0, 1.0, 2.0, -2.0, -1.0, -3.0, 0.0, 3.0])
    return TrialPicture(PLAN.model_copy(update={"maximize": maximize}), blocks, orders)


def test_blocks_stand_in_the_middle_of_what_counts_and_lost_ones_are_hollow() -> None:
    data = blocks_data(picture())
    assert data["objective"].to_list() == [1.0, 2.0, 3.0, 4.0]
    assert data["middle"][0] == datetime(2026, 3, 2, 18)  # noqa: DTZ001  block from 00:00, counted from 12:00 to 24:00
    figure = blocks_figure(data)
    assert len([x for x in figure.data[0].x if x is not None]) == 2  # one whole pair is joined
    marks = {at[0]: trace.marker.symbol for trace in figure.data[1:] for at in trace.customdata}
    assert marks == {1: "circle", 2: "circle", 3: "circle-open", 4: "circle-open"}  # block 3 has lost its partner


def test_a_block_without_a_result_leaves_its_partner_hollow_and_one_to_come_does_not() -> None:
    data = blocks_data(picture()).with_columns(
        pl.when(pl.col("block") == 2).then(None).otherwise("objective").alias("objective")
    )
    figure = blocks_figure(data.filter(pl.col("block") < 4))
    marks = {at[0]: trace.marker.symbol for trace in figure.data[1:] for at in trace.customdata}
    assert marks == {1: "circle-open", 3: "circle"}


def test_an_objective_to_minimise_is_shown_as_people_know_it() -> None:
    assert blocks_data(picture(maximize=False))["objective"].to_list() == [-1.0, -2.0, -3.0, -4.0]


def test_orders_as_good_as_the_real_one_are_counted_with_it() -> None:
    data = randomisation_data(picture())
    assert data["at_least"].sum() == 2
    figure = randomisation_figure(data)
    assert "25 % of 8 orders look as good" in figure.layout.title.text
    assert sum(sum(trace.y) for trace in figure.data) == pytest.approx(100.0)


def test_no_orders_are_said_in_words() -> None:
    empty = replace(picture(), orders=np.empty(0))
    said = randomisation_figure(randomisation_data(empty)).layout.annotations[0].text
    assert "The plan has reached no look at the results yet, or no pair of blocks is complete." in said


def test_promised_is_money_where_it_is_priced_and_only_what_was_measured() -> None:
    other = replace(LINE, recommendation="other", value_promised=None, value_measured=None, state="not_verified")
    data = promised_data(ledger(LINE, UNPRICED, other))
    assert data.select("recommendation", "unit", "promised", "measured").rows() == [
        ("acid_1-x", "CNY/year", 3e6, 2.4e6),
        ("other", "%", 0.6, 0.5),
    ]
    figure = promised_figure(data)
    assert len(figure.data) == 4  # a line of equality and a mark in each of two panels
    assert [list(trace.text) for trace in figure.data[1::2]] == [["acid_1 id_1-x"], ["acid_1 other"]]
    titles = [axis.title.text for axis in (figure.layout.xaxis, figure.layout.xaxis2)]
    assert titles[0] == "promised [CNY/year]"
    assert titles[1].startswith("promised [%]<br>Strokes: 90 % intervals")
    assert "No trial" in promised_figure(promised_data(ledger())).layout.annotations[0].text


def test_value_grows_from_the_verdict_on_and_costs_from_their_day(tmp_path: Path) -> None:
    book = Book(tmp_path)
    name = book.promise("acid_1", "2025-01-01")
    book.start(name, "2025-01-02")
    book.verdict(name, "2025-07-01", (0.5, 0.25, 0.75), (3.65e6, 1.0e6, 6.3e6))
    data = value_data(book.log.rows(), datetime(2026, 1, 1, tzinfo=UTC))
    assert data.height == MOMENTS + 1  # the first row is where the curve begins
    assert data["time"][0] == book.log.rows()[0].time
    before = data.filter(pl.col("time") <= datetime(2025, 7, 1, tzinfo=UTC))
    assert before["earned"].to_list() == [0.0] * before.height
    assert data["earned"][-1] == pytest.approx(3.65e6 * 184 / 365.25, rel=2e-3)
    assert data["earned"].is_sorted()
    assert data["earned_low"][-1] < data["earned"][-1] < data["earned_high"][-1]
    assert {trace.name for trace in value_figure(data).data} == {"earned, 90 % interval", "earned", "cost", "net"}
    assert value_data([], datetime(2026, 1, 1, tzinfo=UTC)).is_empty()


def test_a_cost_is_a_step_on_its_day_and_no_slope_before_it(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.promise("acid_1", "2025-01-01")
    book.cost("acid_1", "licence", 700.0, "2025-06-15")
    book.cost("acid_1", "hours", 50.0, "2025-06-16")
    data = value_data(book.rows, datetime(2026, 1, 1, tzinfo=UTC))
    day = datetime(2025, 6, 15, tzinfo=UTC)
    assert data.filter(pl.col("time") < day)["cost"].unique().to_list() == [0.0]
    assert data.filter(pl.col("time") >= day - timedelta(seconds=1))["cost"].to_list()[:4] == [0.0, 700.0, 700.0, 750.0]
    assert data["net"][-1] == -750.0


def test_a_month_estimated_late_takes_nothing_back_from_the_curve(tmp_path: Path) -> None:
    """Half of the gain was left from March on, which was found in October: the curve bends in March."""
    book = Book(tmp_path)
    name = book.promise("acid_1", "2025-01-01")
    book.start(name, "2025-01-02")
    book.verdict(name, "2025-01-31", (0.5, 0.25, 0.75), (3.65e6, 1.0e6, 6.3e6))
    book.decay(name, "2025-03", 0.5, True, "2025-10-05")
    at = datetime(2026, 1, 1, tzinfo=UTC)
    data = value_data(book.log.rows(), at)
    assert data["earned"].is_sorted()
    assert data["earned"][-1] == pytest.approx(read_ledger(book.log.rows(), at).totals[0].earned)
    summer = data.filter(pl.col("time").dt.month() == 7).row(0, named=True)
    days = (summer["time"] - datetime(2025, 3, 1, tzinfo=UTC)).total_seconds() / 86400
    assert summer["earned"] == pytest.approx(10_000 * (29 + 0.5 * days))


def test_a_currency_of_promises_alone_has_no_panel(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.promise("acid_1", "2025-01-01")
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert "Nothing was earned or put in yet." in value_figure(value_data(book.rows, at)).layout.annotations[0].text
    book.cost("mill_1", "hours", 500.0, "2025-02-01", "EUR")
    figure = value_figure(value_data(book.rows, at))
    assert [axis.title.text for axis in figure.select_yaxes()] == ["since the first entry [EUR]"]


def test_what_is_earned_by_a_later_day_is_said_to_be_foretold() -> None:
    today = portfolio_markdown(ledger(LINE))
    assert today.startswith("On 1 Jan 2026: 1 recommendation, 1 measured by a trial, 1 of them verified.")
    assert "| earned so far |" in today
    ahead = portfolio_markdown(replace(ledger(LINE), at=datetime(2999, 6, 30, tzinfo=UTC)))
    assert ahead.startswith("**A look ahead to 30 Jun 2999**, if all runs on as it does today: 1 recommendation,")
    assert "| earned by then |" in ahead
    assert "so far" not in ahead


def test_an_empty_portfolio_says_so_plainly() -> None:
    assert portfolio_markdown(ledger()) == EMPTY
    assert "Nothing waits for anybody" in next_markdown(ledger())


def test_what_waits_is_listed_and_names_are_text() -> None:
    words = next_markdown(ledger(LINE, replace(UNPRICED, plant="<b>mill</b>")))
    assert "acid\\_1-x (acid\\_1) fades" in words
    command = f"`workbench review approve {UNPRICED.recommendation} --by NAME --why TEXT`, or `reject`"
    assert f"waits for a decision: {command}." in words
    assert "<b>" not in words
    back = replace(LINE, until=datetime(2026, 3, 3, tzinfo=UTC), fading=False)
    assert "| verified, rolled back 3 Mar 2026 |" in portfolio_markdown(ledger(back))
    assert "Nothing waits" in next_markdown(ledger(back))
    both = portfolio_markdown(ledger(LINE, UNPRICED))
    assert both.index("| promised a year | measured a year |") < both.index("| 3,000,000 | 2,400,000 | CNY |")
    assert both.index("| gain promised | gain measured |") < both.index("| 0.6 | – | %-points |")
    said = portfolio_markdown(ledger(replace(UNPRICED, plant="<b>mill</b>")))
    assert "<b>" not in said
    assert "**No gain is verified yet**" in said


def test_steps_are_drawn_and_no_steps_are_said() -> None:
    row = {
        "step": 1,
        "moves": "t 70 to 72",
        "unit": "%",
        "verdict": "verified",
        "grade": "A",
        "truth_name": "true",
        "truth_before": 77.6,
    }
    row |= {
        "promised": 0.3,
        "promised_low": 0.1,
        "promised_high": 0.5,
        "measured": 0.2,
        "measured_low": 0.1,
        "measured_high": 0.4,
    }
    row |= {"money": 2e4, "money_low": 1e4, "money_high": 4e4, "currency": "EUR"}
    end = dict.fromkeys(row) | {"step": 2, "moves": "", "truth_name": "true", "truth_before": 78.0}
    figure = climb_figure(pl.DataFrame([row, end], infer_schema_length=None))
    assert [trace.name for trace in figure.data[:3]] == ["promised", "measured", "verified"]
    assert list(figure.data[-2].y) == [2e4]
    assert list(figure.data[-1].y) == [77.6, 78.0]
    nothing = climb_figure(pl.DataFrame([end], schema_overrides={"promised": pl.Float64}))
    assert "No step was proposed." in nothing.layout.annotations[0].text
