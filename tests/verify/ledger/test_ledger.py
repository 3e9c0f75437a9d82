from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from statistics import NormalDist
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.show.proof_markdown import portfolio_markdown
from workbench.show.value_table import ledger_text
from workbench.trial_records import Estimate, TrialLimit
from workbench.verify.accrual import MonthShare, Stretch, payback_months, probability_positive, stretches
from workbench.verify.ledger import GROUPS, read_ledger

Z90 = 1.6448536269514722  # 95 % point of the normal distribution, any table


def line(ledger: Any, plant: str) -> Any:
    [found] = [x for x in ledger.lines if x.plant == plant]
    return found


def test_a_good_one_earns_from_its_verdict_on(year: Any, at: datetime) -> None:
    x = line(read_ledger(year.rows, at), "acid_1")
    assert (x.state, x.grade, x.settled, x.verified, x.fading, x.unit) == ("verified", "A", True, True, False, "Site A / Acid")
    days = 275  # 1 April 2025 to 1 January 2026
    assert x.earned == pytest.approx(2.4e6 * days / 365)
    assert (x.earned_low, x.earned_high) == (pytest.approx(1.2e6 * days / 365), pytest.approx(3.6e6 * days / 365))
    assert x.net == pytest.approx(2.4e6 * days / 365 - 120_000)
    sd = 2.4e6 / (2 * Z90) * days / 365
    assert x.probability == pytest.approx(NormalDist().cdf(x.net / sd))
    assert x.payback == pytest.approx(120_000 / 2.4e6 * 12)  # 0.6 months
    assert x.value_now == 2.4e6


def test_a_worthless_one_earns_nothing_and_costs(year: Any, at: datetime) -> None:
    x = line(read_ledger(year.rows, at), "mill_1")
    assert (x.state, x.settled, x.verified, x.earned, x.value_now) == ("not_verified", True, False, 0.0, None)
    assert (x.net, x.probability, x.payback) == (-80_000.0, 0.0, None)


def test_a_fading_one_earns_what_is_left_of_it_and_is_flagged(year: Any, at: datetime) -> None:
    x = line(read_ledger(year.rows, at), "acid_2")
    assert x.fading
    assert (x.share, x.adherence) == (0.3, 0.9)
    whole = 31 + 30 * 0.9 + 31 * 0.5 + 214 * 0.3  # March, April, May, from June to the end of the year [d]
    assert x.earned == pytest.approx(1e6 * whole / 365)
    assert x.value_now == pytest.approx(0.3e6)
    assert x.cost == 300_000.0
    # 137.7 full days by the end of the year earn 377,260; the cost of 300,000 = 109.5 full days is reached in month four on
    after = (31 + 30 + 31) + (109.5 - 31 - 27 - 15.5) / 0.3
    assert x.payback == pytest.approx(after * 12 / 365)


def test_the_payback_of_a_fading_one_counts_months_ahead_of_the_clock(book: Any) -> None:
    name = book.promise("acid_1", "2025-01-10")
    book.start(name, "2025-01-20")
    book.verdict(name, "2025-03-01", (0.5, 0.25, 0.75), (1e6, 0.5e6, 1.5e6))
    book.cost("acid_1", "trial", 100_000.0, "2025-03-01", recommendation=name)  # 36.5 days of the whole gain
    book.decay(name, "2025-04", 0.5, True, "2025-03-02")
    x = line(read_ledger(book.rows, datetime(2025, 3, 3, tzinfo=UTC)), "acid_1")
    assert x.payback == pytest.approx((31 + 5.5 / 0.5) * 12 / 365)
    assert x.earned == pytest.approx(1e6 * 2 / 365)


@pytest.mark.parametrize("seconds", [0, 1])
def test_nothing_earned_and_nothing_paid_has_no_chance_and_no_payback(book: Any, seconds: int) -> None:
    name = book.promise("acid_1", "2025-01-10")
    book.start(name, "2025-01-20")
    book.verdict(name, "2025-04-01", (0.6, 0.45, 0.75), (2.4e6, 1.2e6, 3.6e6))
    moment = max(row.time for row in book.rows) + timedelta(seconds=seconds)
    ledger = read_ledger(book.rows, moment)
    x = line(ledger, "acid_1")
    assert (round(x.earned), x.cost, round(x.net)) == (0, 0.0, 0)
    assert (x.verified, x.probability, x.payback, ledger.totals[0].probability) == (True, None, None, None)
    [row] = [
        row.split()
        for row in ledger_text(ledger).splitlines()
        if row.startswith(name) and "CNY" in row and "A" not in row.split()
    ]
    assert row[-2:] == ["-", "-"]
    later = line(read_ledger(book.rows, moment + timedelta(days=1)), "acid_1")
    assert (later.probability, later.payback) == (pytest.approx(1.0, abs=0.01), 0.0)


def test_a_rolled_back_one_stops_earning(year: Any, at: datetime) -> None:
    x = line(read_ledger(year.rows, at), "cooler")
    assert (x.state, x.until, x.value_now) == ("verified", datetime(2025, 8, 1, tzinfo=UTC), 0.0)
    assert x.earned == pytest.approx(1000.0 * 92)  # 1 May to 1 August, 1,000 EUR a day
    assert x.payback == pytest.approx(20 * 12 / 365)


def test_what_was_rolled_back_fades_no_more(year: Any, at: datetime) -> None:
    book = read_ledger(year.rows, at)
    name = line(book, "acid_2").recommendation
    year.roll_back(name, "2025-09-01")
    x = line(read_ledger(year.rows, at), "acid_2")
    assert not x.fading
    assert x.words == "verified, rolled back 1 Sep 2025"


def test_one_low_month_is_no_fading(book: Any, at: datetime) -> None:
    name = book.promise("acid_1", "2025-01-10")
    book.start(name, "2025-01-20")
    book.verdict(name, "2025-04-01", (0.48, 0.24, 0.72), (2.4e6, 1.2e6, 3.6e6))
    book.decay(name, "2025-05", 0.4, True, "2025-06-01")
    assert not read_ledger(book.rows, at).lines[0].fading
    book.decay(name, "2025-06", 0.9, False, "2025-07-01")
    book.decay(name, "2025-07", 0.4, True, "2025-08-01")
    assert not read_ledger(book.rows, at).lines[0].fading
    book.decay(name, "2025-06", 0.4, True, "2025-08-02")  # June again, on more records
    assert read_ledger(book.rows, at).lines[0].fading


def test_a_month_set_aside_counts_neither_for_nor_against(book: Any, at: datetime) -> None:
    name = book.promise("acid_1", "2025-01-10")
    book.start(name, "2025-01-20")
    book.verdict(name, "2025-04-01", (0.48, 0.24, 0.72), (2.4e6, 1.2e6, 3.6e6))
    book.decay(name, "2025-05", 0.8, True, "2025-06-01")
    book.decay(name, "2025-06", 0.1, True, "2025-07-01", aside="the settings were not held", adherence=0.1)
    x = read_ledger(book.rows, at).lines[0]
    assert (x.share, x.adherence, x.fading, x.value_now) == (0.8, 0.1, False, pytest.approx(0.8 * 2.4e6))
    assert x.earned == pytest.approx(2.4e6 * (30 + 245 * 0.8) / 365)  # April, and from May to the end of the year [d]
    book.decay(name, "2025-06", 0.6, True, "2025-07-05", aside=None)  # again, from more records
    x = read_ledger(book.rows, at).lines[0]
    assert (x.share, x.adherence, x.fading) == (0.6, 0.9, True)


def test_a_month_above_the_verified_gain_earns_no_more_than_what_was_verified(book: Any, at: datetime) -> None:
    name = book.promise("acid_1", "2025-01-10")
    book.start(name, "2025-01-20")
    book.verdict(name, "2025-04-01", (0.48, 0.24, 0.72), (2.4e6, 1.2e6, 3.6e6))
    book.decay(name, "2025-05", 1.7, False, "2025-06-01")
    x = read_ledger(book.rows, at).lines[0]
    assert x.share == 1.7  # as measured
    assert x.value_now == 2.4e6
    assert x.earned == pytest.approx(2.4e6 * 275 / 365)  # 1 April 2025 to 1 January 2026, all of it at the verified rate [d]
    assert x.earned_high == pytest.approx(3.6e6 * 275 / 365)


def test_a_month_estimated_again_is_not_the_last_one(book: Any, at: datetime) -> None:
    name = book.promise("acid_1", "2025-01-10")
    book.start(name, "2025-01-20")
    book.verdict(name, "2025-04-01", (0.48, 0.24, 0.72), (2.4e6, 1.2e6, 3.6e6))
    book.decay(name, "2025-05", 0.8, False, "2025-06-01")
    book.decay(name, "2025-06", 0.7, False, "2025-07-01")
    book.decay(name, "2025-05", 0.9, False, "2025-07-01")
    assert read_ledger(book.rows, at).lines[0].share == 0.7


def test_totals_by_currency_add_up(year: Any, at: datetime) -> None:
    ledger = read_ledger(year.rows, at)
    cny, eur = ledger.totals
    assert (cny.currency, eur.currency) == ("CNY", "EUR")
    acid_1, acid_2, cooler = (line(ledger, p) for p in ("acid_1", "acid_2", "cooler"))
    assert (cny.promises, cny.settled, cny.verified) == (5, 3, 2)
    assert (cny.promised, cny.measured) == (3e6 + 1e6 + 1.2e6, 2.4e6 - 5e4 + 1e6)
    assert cny.ratio == pytest.approx(3.35 / 5.2)
    assert cny.earned == pytest.approx(acid_1.earned + acid_2.earned)
    assert cny.cost == 120_000 + 300_000 + 80_000 + 300_000  # the licence too, which is for no recommendation
    assert cny.net == pytest.approx(cny.earned - 800_000)
    half = Z90 * math.hypot(acid_1.earned_sd, acid_2.earned_sd)
    assert cny.earned_high - cny.earned == pytest.approx(half)
    assert eur.earned == pytest.approx(cooler.earned)
    assert eur.cost == 25_000.0


def test_the_total_of_one_gain_has_its_own_interval_and_sides_add_in_quadrature(book: Any, at: datetime) -> None:
    for plant, low, high in (("acid_1", 1.0e6, 5.0e6), ("acid_2", 1.8e6, 2.8e6)):
        name = book.promise(plant, "2025-01-10")
        book.start(name, "2025-01-20")
        book.verdict(name, "2025-04-01", (0.5, 0.3, 0.9), (2.0e6, low, high))
    ledger = read_ledger(book.rows, at)
    for x, own in zip(ledger.lines, ledger.by("plant"), strict=True):
        assert (own.earned_low, own.earned_high) == (pytest.approx(x.earned_low), pytest.approx(x.earned_high))
    [both] = ledger.totals
    years = 275 / 365
    assert both.earned - both.earned_low == pytest.approx(math.hypot(1.0e6, 0.2e6) * years)
    assert both.earned_high - both.earned == pytest.approx(math.hypot(3.0e6, 0.8e6) * years)


@pytest.mark.parametrize("group", GROUPS)
def test_every_grouping_adds_up_to_the_whole(year: Any, at: datetime, group: str) -> None:
    ledger = read_ledger(year.rows, at)
    for total in ledger.totals:
        parts = [t for t in ledger.by(group) if t.currency == total.currency]
        for name in ("promises", "settled", "verified", "promised", "measured", "value_now", "earned", "cost", "net"):
            assert sum(getattr(t, name) for t in parts) == pytest.approx(getattr(total, name))


def test_quantities_stand_apart_from_money(year: Any, at: datetime) -> None:
    ledger = read_ledger(year.rows, at)
    [rock] = ledger.quantities
    assert (rock.plant, rock.name, rock.unit, rock.estimate, rock.low, rock.high) == (
        *("acid_1", "rock", "t/year"),
        *(-2900.0, -5200.0, -600.0),
    )
    assert ledger.totals[0].value_now == pytest.approx(2.4e6 + 0.3e6)  # tonnes add nothing to the objective's money


def test_the_objective_itself_is_not_told_again_beside_the_money(book: Any, at: datetime) -> None:
    recovery, loss = (
        Estimate(name=name, unit="%", estimate=estimate, low=0.1, high=0.9, level=0.9)
        for name, estimate in (("recovery", 0.8), ("loss", 0.3))
    )
    names = [book.promise(plant, "2025-01-10") for plant in ("acid_1", "acid_2")]
    for name, others in zip(names, ((recovery,), (recovery, loss)), strict=True):
        book.start(name, "2025-01-20")
        book.verdict(name, "2025-04-01", (0.8, 0.1, 0.9), (2e6, 1e6, 3e6), others=others)
    ledger = read_ledger(book.rows, at)
    assert [q.name for q in ledger.quantities] == ["recovery", "recovery", "loss"]  # its export keeps what was measured
    beside = ledger_text(ledger).split("Beside the money")[1]
    assert f"{names[1]}  loss" in beside
    assert "recovery" not in beside


def test_an_interim_look_and_a_plain_comparison_do_not_count(book: Any, at: datetime) -> None:
    name = book.promise("acid_1", "2025-01-10")
    book.start(name, "2025-01-20")
    book.verdict(name, "2025-03-01", (0.9, 0.1, 1.7), (9e6, 1e6, 17e6), status=None, final=False)
    x = read_ledger(book.rows, at).lines[0]
    assert (x.grade, x.settled, x.earned) == (None, False, 0.0)
    other = book.promise("acid_2", "2025-01-10")
    book.verdict(other, "2025-03-01", (0.9, 0.1, 1.7), (9e6, 1e6, 17e6), status="not_verified", grade="D", plan=None)
    x = line(read_ledger(book.rows, at), "acid_2")
    assert (x.grade, x.measured, x.settled, x.earned) == ("D", 0.9, False, 0.0)
    assert sum(t.measured for t in read_ledger(book.rows, at).totals) == 0.0


def test_a_comparison_without_a_trial_is_shown_and_earns_nothing(book: Any, at: datetime) -> None:
    name = book.promise("acid_1", "2025-01-10")
    book.decide(name, "approved", "2025-01-20")
    plain = {"status": None, "final": False, "plan": None}
    book.verdict(name, "2025-02-01", (0.7, 0.1, 1.3), (7e6, 1e6, 13e6), grade="C", **plain)
    book.verdict(name, "2025-03-01", (0.9, 0.1, 1.7), (9e6, 1e6, 17e6), grade="D", **plain)
    book.verdict(name, "2025-03-10", None, None, grade="E", **plain)  # nothing was measured: hides nothing
    x = read_ledger(book.rows, at).lines[0]
    assert (x.grade, x.measured, x.value_measured, x.settled, x.verified) == ("D", 0.9, 9e6, False, False)
    assert (x.earned, x.value_now, x.probability) == (0.0, None, None)
    assert read_ledger(book.rows, at).totals[0].measured == 0.0
    book.decide(name, "on_trial", "2025-04-01")
    book.verdict(name, "2025-04-10", (0.5, 0.1, 0.9), (5e6, 1e6, 9e6), status=None, final=False)  # a look decides nothing
    assert read_ledger(book.rows, at).lines[0].grade == "D"
    book.verdict(name, "2025-05-01", (0.48, 0.24, 0.72), (2.4e6, 1.2e6, 3.6e6))
    book.verdict(name, "2025-06-01", (0.9, 0.1, 1.7), (9e6, 1e6, 17e6), grade="D", **plain)
    x = read_ledger(book.rows, at).lines[0]
    assert (x.grade, x.measured, x.verified, x.since) == ("A", 0.48, True, datetime(2025, 5, 1, tzinfo=UTC))


def test_an_early_decision_at_a_look_counts(book: Any, at: datetime) -> None:
    name = book.promise("acid_1", "2025-01-10")
    book.start(name, "2025-01-20")
    book.verdict(name, "2025-04-01", (0.9, 0.1, 1.7), (9e6, 1e6, 17e6), final=False)
    assert read_ledger(book.rows, at).lines[0].verified


def test_the_ledger_of_a_past_day_knows_no_later_row(year: Any) -> None:
    ledger = read_ledger(year.rows, datetime(2025, 3, 15, tzinfo=UTC))
    assert line(ledger, "acid_1").state == "on_trial"
    assert line(ledger, "acid_2").earned == pytest.approx(1e6 * 14 / 365)
    assert not [x for x in ledger.lines if x.plant == "packer"]


def test_an_empty_log_is_an_empty_ledger() -> None:
    ledger = read_ledger([])
    assert (ledger.lines, ledger.costs, ledger.totals) == ((), (), ())
    assert ledger.frame("lines").height == ledger.frame("totals").height == 0


moments = st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
shares = st.dictionaries(st.integers(1, 12), st.floats(-2, 2), max_size=12)


@given(moments, st.integers(0, 700), shares)
def test_stretches_cover_the_time_without_gaps(since: datetime, days: int, share: dict[int, float]) -> None:
    until = since + timedelta(days=days)
    months = [MonthShare(f"2025-{n:02}", s) for n, s in share.items()]
    found = stretches(since, until, months)
    assert sum(s.years for s in found) == pytest.approx(days / 365)
    assert {s.share for s in found} <= {1.0, *(min(each, 1.0) for each in share.values())}


@given(
    st.floats(-1e6, 1e6), st.floats(0, 1e6), st.lists(st.tuples(st.floats(0, 3), st.floats(-1, 2)), max_size=6), st.booleans()
)
def test_at_payback_the_cost_is_just_earned(value: float, cost: float, parts: list[tuple[float, float]], runs_on: bool) -> None:
    used = [Stretch(*part) for part in parts]
    months = payback_months(value, cost, used, runs_on)
    if months is None or cost == 0:
        return
    left, earned = months / 12, 0.0
    for stretch in used:
        step = min(left, stretch.years)
        earned += value * stretch.share * step
        left -= step
    earned += value * used[-1].share * left
    assert earned == pytest.approx(cost, rel=1e-6, abs=1e-6)


@given(st.floats(-1e6, 1e6), st.floats(0.1, 1e6), st.floats(0, 1e6))
def test_probability_grows_with_the_net_value(net: float, sd: float, more: float) -> None:
    assert 0 <= probability_positive(net, sd) <= probability_positive(net + more, sd) <= 1
    assert probability_positive(net, sd) == pytest.approx(NormalDist().cdf(net / sd), abs=1e-12)


def test_an_interval_of_another_level_is_said(book: Any) -> None:
    name = book.promise("acid_1", "2025-01-10")
    book.start(name, "2025-01-20")
    book.verdict(name, "2025-03-01", (0.4, 0.1, 0.7), (4e5, 1e5, 7e5), level=0.989)
    said = f"- {name}: its measured interval is one of 98.9 %, decided before the end"
    assert said in ledger_text(read_ledger(book.rows))


def test_a_verified_gain_whose_limit_was_not_held_says_so(book: Any) -> None:
    name = book.promise("acid_1", "2025-01-10")
    book.start(name, "2025-01-20")
    loss = TrialLimit(name="loss", bound="high", value=4, unit="%", held_present=0.97, held_proposed=0.65, broken=True)
    book.verdict(name, "2025-04-01", (0.48, 0.24, 0.72), (2.4e6, 1.2e6, 3.6e6), limits=(loss,))
    ledger = read_ledger(book.log.rows(), datetime(2025, 6, 1, tzinfo=UTC))
    said = "gain verified, but LIMIT not held: loss in 65 % of periods (present 97 %): go back or change it"
    assert f"- {name}: {said}\n" in ledger_text(ledger)
    assert "LIMIT not held: loss in 65 % of periods" in portfolio_markdown(ledger)
