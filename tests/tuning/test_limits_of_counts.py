"""Limits on counts: today's share is the one that was counted, and a higher mean takes from it what it does to rare events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pytest
from scipy.stats import poisson

from workbench.counts import edge_of, share_within
from workbench.models.surrogates.surrogate import fit_surrogate
from workbench.tuning.limits import LimitCheck, limit_checks
from workbench.tuning.present import present_of

N = 1500
SURE = np.full((1, 1), 1e-9)


@pytest.fixture(scope="module")
def check_of(line: Callable[..., Any], history_of: Callable[..., Any], moves: Callable[..., Any]) -> Callable[..., LimitCheck]:
    """The limit on stops, which come with no tie to any setting."""

    def make(stops: Any, bound: str, limit: float) -> LimitCheck:
        columns = moves(0, N)
        columns |= {"stops": stops, "recovery": 80.0 + 0.3 * (columns["temperature"] - 72.0) + columns["feed"] - 30.0}
        sheet = line("  recovery: {unit:", f'  stops: {{unit: "1", {bound}: {limit}}}\n  recovery: {{unit:')
        surrogate = fit_surrogate(sheet, history_of(sheet, columns))
        (check,) = limit_checks(sheet, surrogate, present_of(sheet, surrogate.frame), 1.3)
        return check

    return make


@pytest.mark.parametrize(("rate", "limit"), [(0.05, 0), (0.3, 1), (0.4, 1), (3.0, 6)])
@pytest.mark.parametrize("bound", ["low", "high"])
def test_the_share_of_today_is_that_of_the_plant(
    check_of: Callable[..., LimitCheck], rate: float, limit: float, bound: Literal["low", "high"]
) -> None:
    sign = 1.0 if bound == "high" else -1.0
    check = check_of(sign * np.random.default_rng(3).poisson(rate, N), bound, sign * limit)
    assert check.is_told_by_few
    assert check.held_now() == pytest.approx(poisson.cdf(limit, rate), abs=0.02)


@pytest.mark.parametrize(("rate", "limit"), [(0.05, 0), (0.3, 1), (2.0, 4)])
def test_a_slightly_higher_mean_takes_from_it_what_it_does_to_a_rare_event(rate: float, limit: int) -> None:
    counts = poisson.ppf((np.arange(20_000) + 0.5) / 20_000, rate)
    edge, width = edge_of(counts, limit, "high")
    for more in (0.0, 0.02, 0.05):
        share = share_within((edge - counts - more)[None], SURE, width)[0]
        assert share == pytest.approx(poisson.cdf(limit, rate + more), abs=0.004), more
    assert share_within((edge - counts - 0.05)[None], SURE, 0.0)[0] == pytest.approx(poisson.cdf(limit, rate), abs=1e-3)


def test_what_is_not_known_of_a_count_is_spread_over_its_edge() -> None:
    away, width = np.array([[0.5, 0.5]]), 1.0
    shares = [float(share_within(away, np.full((1, 1), sd), width)[0]) for sd in (1e-9, 0.2, 1.0, 5.0)]
    rng = np.random.default_rng(0)
    drawn = [float(np.mean(0.5 + sd * rng.normal(size=10**6) + rng.uniform(-0.5, 0.5, 10**6) > 0.0)) for sd in (0.2, 1.0, 5.0)]
    assert shares == pytest.approx([1.0, *drawn], abs=3e-3)
