from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from workbench.show.value_table import ledger_text, score_text, totals_text
from workbench.verify.ledger import CostLine, Ledger, QuantityLine, Total, totals
from workbench.verify.ledger_lines import LedgerLine
from workbench.verify.providers import score_card

AT = datetime(2026, 1, 1, tzinfo=UTC)
LINE = LedgerLine(
    recommendation="acid_1-x",
    plant="acid_1",
    unit="Site A / Acid",
    provider="ACME",
    year=2025,
    state="verified",
    currency="CNY",
    gain_unit="%",
    promised=0.6,
    promised_low=0.2,
    promised_high=1.0,
    value_promised=3e6,
    value_promised_low=1e6,
    value_promised_high=5e6,
    grade="A",
    measured=0.5,
    measured_low=0.25,
    measured_high=0.75,
    value_measured=2.4e6,
    value_measured_low=1.2e6,
    value_measured_high=3.6e6,
    settled=True,
    verified=True,
    adherence=0.97,
    share=0.3,
    fading=True,
    since=AT,
    until=None,
    ended_by=None,
    value_now=0.72e6,
    earned=1_808_219.2,
    earned_low=904_109.6,
    earned_high=2_712_328.8,
    earned_sd=549_671.0,
    cost=120_000.0,
    net=1_688_219.2,
    probability=0.9995,
    payback=0.6,
)
UNPRICED = replace(LINE, recommendation="mill-y", state="proposed", currency=None, value_promised=None, value_measured=None)
UNPRICED = replace(UNPRICED, verified=False, fading=False, measured=None, grade=None, settled=False, cost=0.0, adherence=None)
UNPRICED = replace(UNPRICED, measured_low=None, measured_high=None)


def ledger(*lines: LedgerLine) -> Ledger:
    rock = QuantityLine("acid_1-x", "acid_1", "rock", "t/year", -2900.0, -5200.0, -600.0, 0.9)
    return Ledger(AT, lines, (), (rock,) if lines else (), ())


def test_a_line_in_money_and_one_without_a_price() -> None:
    text = ledger_text(ledger(LINE, UNPRICED))
    rows = [" ".join(line.split()) for line in text.splitlines()]
    first = "acid_1-x verified, fading A 3,000,000 2,400,000 1,200,000 to 3,600,000 CNY 97 %"
    assert first in rows
    assert "mill-y proposed - 0.6 - - %-points -" in rows
    at = rows.index("Promised and measured without a price, gain in its own unit")
    assert rows[at + 1] == "recommendation state grade gain promised gain measured 90 % interval in at settings"
    assert rows.index(first) < at < rows.index("mill-y proposed - 0.6 - - %-points -")
    assert ledger_text(ledger(UNPRICED)).startswith("Promised and measured without a price, gain in its own unit\n")
    assert "acid_1-x 1,808,219 904,110 to 2,712,329 120,000 1,688,219 CNY >99.9 % 0.6 months" in rows
    assert "acid_1-x rock -2,900 -5,200 to -600 t/year" in rows
    assert "- acid_1-x fades: 30 % of its gain is left, or the plant itself got worse: only new present blocks tell\n" in text
    assert max(len(line) for line in text.splitlines()) <= 120


@pytest.mark.parametrize(("months", "said"), [(0.0, "no cost"), (0.02, "1 day"), (0.04, "2 days"), (0.06, "0.1 months")])
def test_a_payback_of_hours_is_no_payback_of_no_time(months: float, said: str) -> None:
    text = ledger_text(ledger(replace(LINE, payback=months)))
    assert f" {said}" in " ".join(text.split())


def test_a_rollback_is_dated_and_fades_no_more() -> None:
    text = ledger_text(ledger(replace(LINE, until=datetime(2026, 3, 3, tzinfo=UTC), fading=False)))
    assert "acid_1-x verified, rolled back 3 Mar 2026 A" in " ".join(text.split())
    assert max(len(line) for line in text.splitlines()) <= 128


def test_an_empty_ledger_is_said() -> None:
    assert ledger_text(ledger()) == "Nothing has been promised, and nothing was put in yet.\n"


def test_totals_of_a_group_name_it() -> None:
    found: tuple[Total, ...] = totals([LINE], [], "unit")
    assert totals_text(found).splitlines()[0].split()[:2] == ["unit", "currency"]
    assert totals_text(found).splitlines()[2].startswith("Site A / Acid  CNY")


def test_a_tie_is_explained_where_there_is_one() -> None:
    other = replace(LINE, recommendation="acid_2-z", provider="Other")
    assert score_text(score_card(ledger(LINE, other))).endswith(
        "\nA tie: the 90 % intervals of measured over promised, cut at 1, overlap. With one settled recommendation there is no "
        "interval: such a provider ties with everybody. From trials of grade A and B alone.\n"
    )
    assert score_text(score_card(ledger(LINE))).endswith("\n\nFrom trials of grade A and B alone.\n")
    assert "From trials" not in score_text(score_card(ledger(UNPRICED)))


def test_a_lone_provider_has_no_interval() -> None:
    row = score_text(score_card(ledger(LINE))).splitlines()[2]
    assert row.split() == ["1", "ACME", "1", "of", "1", "0.83", "-", "1", "of", "1", "-", "-"]


def test_costs_of_no_recommendation_are_told_so_that_the_lines_add_up_to_the_totals() -> None:
    licence = CostLine(2, "2025-03-01", 2025, "acid_1", "", "ACME", None, "licence", 24_000.0, "CNY", "")
    hours, own = replace(licence, amount=6_000.0), replace(licence, recommendation=LINE.recommendation, amount=LINE.cost)
    said = ledger_text(Ledger(AT, (LINE,), (licence, hours, own), (), ()))
    assert "- acid_1: 30,000 CNY of costs are of no single recommendation, and in the totals alone\n" in said
    assert "no single recommendation" not in ledger_text(Ledger(AT, (LINE,), (own,), (), ()))
    back = replace(licence, amount=-24_000.0)  # taken back
    assert "no single recommendation" not in ledger_text(Ledger(AT, (LINE,), (licence, back), (), ()))


def test_costs_of_another_currency_are_told_apart() -> None:
    paid = CostLine(2, "2025-03-01", 2025, "acid_1", "", "ACME", LINE.recommendation, "licence", 9e6, "EUR", "")
    abroad = replace(LINE, payback=None, probability=None)
    said = ledger_text(Ledger(AT, (abroad,), (paid,), (), ()))
    assert f"- {LINE.recommendation}: costs in EUR are in the totals alone, so nothing is said of payback" in said
    assert "not reached" not in said
    assert "costs in" not in ledger_text(Ledger(AT, (LINE,), (replace(paid, currency="CNY"),), (), ()))


def test_a_change_of_percent_is_in_points_as_the_verdict_has_it() -> None:
    loss = QuantityLine("acid_1-x", "acid_1", "loss", "%", -0.556, -1.03, -0.237, 0.9)
    said = ledger_text(replace(ledger(LINE), quantities=(loss,)))
    [row] = [line for line in said.splitlines() if " loss " in line]
    assert row.endswith("-0.556  -1.03 to -0.237  %-points")
