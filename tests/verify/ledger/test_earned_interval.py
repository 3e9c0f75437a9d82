"""The interval of money earned is as wide as what it rests on was measured: the verdict, and from then on the months."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path
from statistics import NormalDist
from typing import Any

import polars as pl
import pytest

from workbench.show.value_table import totals_text
from workbench.verify.ledger import read_ledger
from workbench.verify.ledger_export import export_ledger

Z90, Z95 = 1.6448536269514722, 1.959963984540054  # 95 % and 97.5 % points of the normal distribution, any table
AT = datetime(2025, 7, 1, tzinfo=UTC)  # after 30 days by the verdict, and 61 by the month of May
V, E = 2.4e6, 0.48  # verified [CNY/year] and [%]: a % is worth 5e6 CNY a year


def proved(book: Any, plant: str = "acid_1", **more: Any) -> str:
    name: str = book.promise(plant, "2025-01-10")
    book.start(name, "2025-01-20")
    book.verdict(name, "2025-04-01", (E, 0.24, 0.72), (V, 1.2e6, 3.6e6), **more)
    return name


def month(book: Any, name: str, gain: float, low: float, high: float, **more: Any) -> None:
    book.decay(name, "2025-05", gain / E, False, "2025-06-02", gain=gain, low=low, high=high, **more)


def test_a_month_below_zero_is_told_as_widely_as_it_was_measured(book: Any) -> None:
    month(book, proved(book), -0.12, -0.6, 0.36)
    ledger = read_ledger(book.rows, AT)
    [x] = ledger.lines
    low, high = 1.2e6 * 30 / 365 - 3.0e6 * 61 / 365, 3.6e6 * 30 / 365 + 1.8e6 * 61 / 365
    assert x.earned == pytest.approx(V * 30 / 365 - 0.6e6 * 61 / 365)  # below zero as it was measured
    assert (x.earned_low, x.earned_high) == (pytest.approx(low), pytest.approx(high))
    assert x.earned_sd == pytest.approx((high - low) / (2 * Z90))
    assert x.probability == pytest.approx(NormalDist().cdf(x.earned / x.earned_sd))
    [total] = ledger.totals
    assert (total.earned_low, total.earned_high) == (pytest.approx(low), pytest.approx(high))
    assert total.probability == pytest.approx(x.probability)
    assert "-402,740 to 596,712" in totals_text(ledger.by("year"))  # by hand: 98,630 - 501,370 and 295,890 + 300,822


def test_a_month_counts_with_its_own_interval_until_the_next_one(book: Any) -> None:
    name = proved(book)
    month(book, name, 0.24, -0.12, 0.6)
    book.decay(name, "2025-06", 0.25, True, "2025-07-01", gain=0.12, low=-0.36, high=0.6)
    [x] = read_ledger(book.rows, AT).lines
    assert x.earned == pytest.approx((V * 30 + 1.2e6 * 31 + 0.6e6 * 30) / 365)
    assert x.earned_low == pytest.approx((1.2e6 * 30 - 0.6e6 * 31 - 1.8e6 * 30) / 365)  # errors go together: the ends add
    assert x.earned_high == pytest.approx((3.6e6 * 30 + 3.0e6 * 31 + 3.0e6 * 30) / 365)


def test_a_month_above_the_verified_gain_counts_as_that_and_no_more_surely(book: Any) -> None:
    month(book, proved(book), 0.72, 0.12, 0.84)  # 0.6 below it, and 0.12 above
    [x] = read_ledger(book.rows, AT).lines
    assert x.earned == pytest.approx(V * 91 / 365)
    assert x.earned_low == pytest.approx((1.2e6 * 30 + (V - 3.0e6) * 61) / 365)  # by the month
    assert x.earned_high == pytest.approx(3.6e6 * 91 / 365)  # by the verdict, which is the wider one there


def test_a_month_surer_than_the_verdict_is_as_wide_as_that_by_its_share(book: Any) -> None:
    month(book, proved(book), 0.24, 0.23, 0.25)
    [x] = read_ledger(book.rows, AT).lines
    assert (x.earned_low, x.earned_high) == (*(pytest.approx(end * (30 + 0.5 * 61) / 365) for end in (1.2e6, 3.6e6)),)


def test_the_sides_of_a_month_are_brought_to_the_level_of_the_verdict(book: Any) -> None:
    month(book, proved(book, level=0.95), 0.24, -0.12, 0.84)
    ledger = read_ledger(book.rows, AT)
    [x] = ledger.lines
    wider = Z95 / Z90
    low, high = (1.2e6 * 30 + (1.2e6 - 1.8e6 * wider) * 61) / 365, (3.6e6 * 30 + (1.2e6 + 3.0e6 * wider) * 61) / 365
    assert (x.earned_low, x.earned_high) == (pytest.approx(low), pytest.approx(high))
    assert x.earned_sd == pytest.approx((high - low) / (2 * Z95))
    assert ledger.totals[0].earned_low == pytest.approx(x.earned - (x.earned - low) / wider)  # of 90 %


def test_a_value_net_of_running_costs_has_the_interval_of_what_is_left_of_it(book: Any) -> None:
    """Half of the gain leaves a tenth of the money: 0.2 % of gain more or less are half of all that was verified."""
    month(book, proved(book), 0.24, 0.04, 0.44, worth=0.1, worth_low=-0.65, worth_high=0.85)
    [x] = read_ledger(book.rows, AT).lines
    assert x.earned == pytest.approx(V * (30 + 0.1 * 61) / 365)
    assert x.earned_low == pytest.approx((1.2e6 * 30 - 0.65 * V * 61) / 365)
    assert x.earned_high == pytest.approx((3.6e6 * 30 + 0.85 * V * 61) / 365)


@pytest.mark.parametrize("said", [{"share": 0.5}, {"share": 0.4, "worth": 0.5, "gain": 0.192, "low": 0.1, "high": 0.3}])
def test_a_month_whose_row_holds_no_ends_follows_the_verdict(book: Any, said: dict[str, float]) -> None:
    name = proved(book)
    row = {"month": "2025-05", "below": True, "adherence": 0.9, "periods": 30} | said
    book.log.append("decay", "acid_1", name, row, at=datetime(2025, 6, 2, tzinfo=UTC))
    [x] = read_ledger(book.rows, AT).lines
    assert (x.earned_low, x.earned_high) == (*(pytest.approx(end * (30 + 0.5 * 61) / 365) for end in (1.2e6, 3.6e6)),)


def test_gains_of_two_plants_count_as_independent(book: Any) -> None:
    for plant, reach in (("acid_1", 0.36), ("acid_2", 0.48)):
        month(book, proved(book, plant), 0.24, 0.24 - reach, 0.24 + reach)
    [total] = read_ledger(book.rows, AT).totals
    halves = [(1.2e6 * 30 + reach * 5e6 * 61) / 365 for reach in (0.36, 0.48)]
    assert total.earned_high - total.earned == pytest.approx(math.hypot(*halves))


def test_the_notebook_of_an_export_says_the_same(
    book: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_notebook: Any
) -> None:
    names = [proved(book, plant, level=level) for plant, level in (("acid_1", 0.9), ("acid_2", 0.96), ("mill_1", 0.9))]
    month(book, names[0], -0.12, -0.6, 0.36)
    book.decay(names[0], "2025-07", 1.5, False, "2025-08-02", gain=0.72, low=0.12, high=0.84)
    book.decay(names[0], "2025-08", 0.1, True, "2025-09-02", gain=0.1, low=-1.0, high=1.0, aside="not held")
    month(book, names[1], 0.24, -0.12, 0.84)
    month(book, names[2], 0.24, 0.04, 0.44, worth=0.1, worth_low=-0.65, worth_high=0.85)
    row = {"month": "2025-07", "below": True, "adherence": 0.9, "periods": 30, "share": -0.5}  # no ends
    book.log.append("decay", "mill_1", names[2], row, at=datetime(2025, 8, 2, tzinfo=UTC))
    export_ledger(book.log, tmp_path / "export")
    said = run_notebook(tmp_path / "export", monkeypatch)
    assert max(said["checked"].values()) <= 1e-9
    at = datetime.fromisoformat(json.loads((tmp_path / "export" / "about.json").read_text())["at"])
    ours = {x.recommendation: x for x in read_ledger(book.rows, at).lines}
    for theirs in said["lines"].select(pl.col("recommendation", "earned", "earned_low", "earned_high")).to_dicts():
        x = ours[theirs.pop("recommendation")]
        assert theirs == {name: pytest.approx(getattr(x, name), rel=1e-9) for name in theirs}
