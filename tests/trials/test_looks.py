"""Alpha spending by Lan and DeMets, against the textbook's values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.trials.looks import alpha_spent, plan_looks


@pytest.mark.parametrize(
    ("share", "spent"),
    [(1.0, 0.05), (0.5, 0.00557), (0.75, 0.02362), (0.25, 8.86e-5)],  # 2 - 2 Phi(1.95996 / sqrt(share))
)
def test_values_of_the_spending_function(share, spent):
    assert alpha_spent(share) == pytest.approx(spent, rel=0.01)


@given(st.integers(1, 200).map(lambda pairs: 2 * pairs))
def test_the_last_look_is_the_end_and_an_early_one_can_decide(n_blocks):
    looks = plan_looks(n_blocks)
    assert looks[-1].after_block == n_blocks
    assert looks[-1].alpha_spent == 0.05
    for look in looks[:-1]:
        assert look.after_block % 2 == 0
        assert 2.0 ** -(look.after_block // 2) <= look.alpha_spent < 0.05
