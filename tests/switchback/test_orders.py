"""Orders: one present and one proposed in each pair, each way round as likely."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.switchback.orders import MAX_ORDERS, admissible_orders, draw_order, sign_flips


@given(n_pairs=st.integers(1, 40), seed=st.integers(0, 2**32))
def test_each_pair_has_both_arms(n_pairs, seed):
    order = draw_order(2 * n_pairs, seed)
    assert order.dtype == bool
    assert (order[::2] != order[1::2]).all()
    assert (draw_order(2 * n_pairs, seed) == order).all()


def test_every_order_comes_up_equally_often():
    """16 orders, 4,000 seeds: 250 each, standard deviation 15.3."""
    drawn = [tuple(draw_order(8, seed)[::2].tolist()) for seed in range(4000)]
    counts = np.unique(drawn, axis=0, return_counts=True)[1]
    assert len(counts) == 16
    assert (abs(counts - 250) < 5 * 15.3).all()


def test_orders_are_counted():
    assert admissible_orders(14) == 128
    assert admissible_orders(56) == 2**28


@pytest.mark.parametrize("n_blocks", [0, 1, 7])
def test_odd_blocks_are_refused(n_blocks):
    with pytest.raises(InputError, match=f"{n_blocks} blocks make no pairs: a trial needs an even number of blocks"):
        draw_order(n_blocks, 0)


def test_all_orders_are_looked_at_up_to_4096_and_the_observed_one_is_first():
    for n_pairs, n_orders in ((3, 8), (12, 4096), (20, MAX_ORDERS)):
        flips = sign_flips(n_pairs, 0)
        assert flips.shape == (n_orders, n_pairs)
        assert (flips[0] == 1.0).all()
        assert set(np.unique(flips)) == {-1.0, 1.0}
    assert len(np.unique(sign_flips(12, 0), axis=0)) == 4096
