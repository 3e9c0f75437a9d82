from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pytest

from workbench.verify.ledger import read_ledger
from workbench.verify.ledger_export import score_frame
from workbench.verify.providers import T95, score_card

SEEDS = 200
EACH = 6  # settled recommendations a provider


def advise(book: Any, provider: str, rng: np.random.Generator, overstating: float, noise: float, n: int = EACH) -> None:
    """`n` promises of gains between 0.4 and 0.8, each measured by a trial with this noise."""
    for at in range(n):
        truth = float(rng.uniform(0.4, 0.8))
        promised = truth * overstating
        name = book.promise(f"{provider}_{at}", "2025-01-10", (promised, 0.5 * promised, 1.5 * promised), provider=provider)
        book.start(name, "2025-01-20")
        found = truth + noise * float(rng.normal())
        status = "verified" if found > 1.645 * noise else "not_verified"
        book.verdict(
            name, "2025-04-01", (found, found - 1.645 * noise, found + 1.645 * noise), (1e6, 5e5, 1.5e6), status=status
        )


def test_equal_truth_and_different_noise_is_a_tie(book: Any, at: datetime) -> None:
    rng = np.random.default_rng(0)
    advise(book, "steady", rng, 1.0, 0.05, 5)
    advise(book, "noisy", rng, 1.0, 0.25, 5)
    ledger = read_ledger(book.rows, at)
    ties = 0
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        noise = {"steady": 0.05, "noisy": 0.25}
        lines = tuple(replace(x, measured=x.promised + noise[x.provider] * rng.normal()) for x in ledger.lines)
        scores = score_card(replace(ledger, lines=lines))
        ties += [s.rank for s in scores] == [1, 1] and all(s.tied for s in scores)
    assert ties >= 0.8 * SEEDS


@pytest.mark.parametrize("seed", range(5))
def test_overstating_by_two_is_found(book: Any, at: datetime, seed: int) -> None:
    rng = np.random.default_rng(seed)
    advise(book, "boaster", rng, 2.0, 0.1)
    advise(book, "honest", rng, 1.0, 0.1)
    first, second = score_card(read_ledger(book.rows, at))
    assert (first.provider, second.provider) == ("honest", "boaster")
    assert second.score is not None
    assert second.score <= 0.6
    assert (first.rank, second.rank, first.tied) == (1, 2, False)
    assert second.coverage is not None
    assert second.coverage < 0.9


def test_understating_earns_no_better_rank(book: Any, at: datetime) -> None:
    rng = np.random.default_rng(0)
    advise(book, "modest", rng, 0.5, 0.05)
    advise(book, "honest", rng, 1.0, 0.05)
    scores = {s.provider: s for s in score_card(read_ledger(book.rows, at))}
    assert scores["modest"].ratio is not None
    assert scores["modest"].ratio > 1.5
    assert scores["modest"].score == 1.0
    assert scores["modest"].rank == scores["honest"].rank == 1


def test_one_settled_promise_ties_with_everybody_and_none_has_no_rank(book: Any, at: datetime) -> None:
    rng = np.random.default_rng(0)
    advise(book, "honest", rng, 1.0, 0.05)
    advise(book, "once", rng, 3.0, 0.05, n=1)
    book.promise("kiln", "2025-01-10", provider="newcomer")
    book.cost("kiln", "licence", 1e5, "2025-01-01", provider="seller")
    scores = score_card(read_ledger(book.rows, at))
    assert [(s.provider, s.rank, s.tied) for s in scores] == [
        *(("honest", 1, True), ("once", 1, True)),
        *(("newcomer", None, False), ("seller", None, False)),
    ]
    assert scores[1].ratio_low is None
    assert scores[3].costs == (("CNY", 1e5),)


def test_numbers_by_hand(year: Any, at: datetime) -> None:
    scores = {s.provider: s for s in score_card(read_ledger(year.rows, at))}
    acme = scores["ACME"]
    assert (acme.promises, acme.settled, acme.verified) == (2, 2, 1)
    assert acme.ratio == pytest.approx((-0.1 / 2.0 + 4.5 / 5.0) / 2)
    half = 6.313752 * abs(-0.05 - 0.9) / 2  # t for one degree of freedom; sd of two is their difference over root 2
    assert acme.ratio_high == pytest.approx(acme.ratio + half)
    assert acme.covered == 1  # mill: 2.1 apart, root of 1.5 and 0.7 squared is 1.66; cooler: 0.5 apart
    # Wilson (1927) for 1 of 2, z = 1.644854: middle 0.5, half width z / (1 + z2/2) * root(1/8 + z2/16)
    assert (acme.coverage_low, acme.coverage_high) == (pytest.approx(0.1208, abs=2e-4), pytest.approx(0.8792, abs=2e-4))
    assert acme.days_to_value == 89  # 1 February to 1 May 2025
    assert acme.costs == (("CNY", 80_000.0), ("EUR", 20_000.0))
    ours = scores["workbench"]
    assert ours.days_to_value == 50  # 10 January to 1 March 2025
    assert dict(ours.costs)["CNY"] == 120_000 + 300_000 + 300_000


def test_the_table_of_student_is_right() -> None:
    from scipy.stats import t

    assert pytest.approx([t.ppf(0.95, n) for n in range(1, 31)], abs=1e-6) == T95


def test_the_frame_holds_the_same(year: Any, at: datetime) -> None:
    frame = score_frame(read_ledger(year.rows, at))
    assert frame["provider"].to_list() == ["ACME", "workbench"]
    assert frame["tied"].to_list() == [True, True]
