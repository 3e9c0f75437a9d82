"""Which trial is recommended, and how long a longer one would have to be."""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from workbench.switchback import admissible_orders
from workbench.switchback.lengths import LEAST_BLOCKS
from workbench.switchback.reckoned import noises_wanted, weeks_needed
from workbench.trials.candidates import Candidate, choose
from workbench.trials.layout import lay_out
from workbench.verify.grade import PROVING, trial_grade

MONDAY = datetime(2026, 1, 5)  # noqa: DTZ001  plant time
SEASON = timedelta(weeks=13)


def _candidate(block, n, power):
    moments = [MONDAY + timedelta(hours=block * k) for k in range(n + 1)]
    layout = lay_out(moments, MONDAY, 1.0, settling_hours=0.0, washout_hours=0.0, ramp=[(0.0, 1.0)])
    return Candidate(block, 0.0, tuple(moments), layout, n, (), power, 0.3, power, power, 0.3, 0.0, 0.0, 0.0)


def test_the_shortest_trial_there_is_can_lose_a_pair_of_blocks():
    """Of 16 blocks 14 are left: 2**7 = 128 orders, and a verdict asks for 100."""
    left = LEAST_BLOCKS - 2
    grade, _ = trial_grade((), 1.0, left, admissible_orders(left), is_randomised=True)
    assert grade in PROVING


def test_the_shortest_that_is_strong_enough():
    few, many = _candidate(24, 40, 0.82), _candidate(8, 60, 0.81)
    assert choose([few, many, _candidate(48, 14, 0.5)], SEASON) is many


def test_hardly_longer_with_fewer_changes_is_better():
    few, many = _candidate(24, 22, 0.81), _candidate(8, 60, 0.81)  # 22 d against 20 d
    assert choose([few, many], SEASON) is few


def test_without_a_strong_one_the_strongest():
    assert choose([_candidate(24, 20, 0.4), _candidate(48, 20, 0.6)], SEASON).block_hours == 48


@given(weeks=st.floats(1, 100), z=st.floats(0.1, 2.4))
def test_weeks_needed_turns_the_square_root_law_round(weeks, z):
    normal = NormalDist()
    critical = normal.inv_cdf(0.95)
    power = normal.cdf(z - critical)
    longer = weeks_needed(weeks, power)
    assert normal.cdf(z * (longer / weeks) ** 0.5 - critical) == pytest.approx(0.8, abs=1e-6)


@given(st.floats(0.0, 1.0))
def test_an_unsure_effect_has_to_stand_out_more(doubt):
    """Over effects of k (1 + doubt z) standard errors, z normal, power at 5 % is 0.8 on average."""
    normal, k = NormalDist(), noises_wanted(doubt)
    z = np.array([normal.inv_cdf((i + 0.5) / 4000) for i in range(4000)])
    power = norm.cdf(k * (1.0 + doubt * z) - normal.inv_cdf(0.95))
    assert power.mean() == pytest.approx(0.8, abs=2e-3)


def test_no_power_no_length():
    assert weeks_needed(13.0, 0.05) == float("inf")
