"""The orders that a switchback admits: of each two blocks in turn one has the present and one the proposed settings."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from workbench.errors import InputError

__all__ = ["MAX_ORDERS", "admissible_orders", "draw_order", "sign_flips"]

MAX_ORDERS = 4096  # orders looked at in one test: all of them up to here, else so many drawn ones; own assumption


def admissible_orders(n_blocks: int) -> int:
    """Return the number of orders that a trial admits: of each two blocks in turn one present, one proposed.

    Parameters
    ----------
    n_blocks : int
        Blocks of the trial, even, 2 or more [blocks].

    Raises
    ------
    InputError
        If the blocks make no pairs.

    Examples
    --------
    >>> admissible_orders(14)
    128
    """
    return int(2 ** _n_pairs(n_blocks))


def draw_order(n_blocks: int, seed: int) -> NDArray[np.bool_]:
    """Return one admissible order, each as likely as the others: True where a block has the proposed settings.

    Raises
    ------
    InputError
        If the blocks make no pairs.

    Examples
    --------
    >>> order = draw_order(8, seed=1)
    >>> [int(order[i] + order[i + 1]) for i in range(0, 8, 2)]
    [1, 1, 1, 1]
    """
    first = np.random.default_rng(seed).integers(0, 2, _n_pairs(n_blocks)).astype(bool)
    return np.asarray(np.column_stack([first, ~first]).ravel())


@lru_cache(maxsize=64)
def sign_flips(n_pairs: int, seed: int = 0) -> NDArray[np.float64]:
    """Return, for each order looked at, which pairs are the other way round than observed.

    Parameters
    ----------
    n_pairs : int
        Pairs of blocks, 1 or more.
    seed : int
        Draws the orders where there are more than `MAX_ORDERS`.

    Returns
    -------
    ndarray of shape (orders, n_pairs)
        1 where a pair is as observed, -1 where it is the other way round. The first row is the observed order; the others are
        all orders there are, or `MAX_ORDERS` - 1 drawn with replacement: with the observed one among them the test is exact
        [1]_.

    References
    ----------
    .. [1] Phipson and Smyth 2010, Permutation p-values should never be zero.
    """
    if 2**n_pairs <= MAX_ORDERS:
        bits = (np.arange(2**n_pairs)[:, None] >> np.arange(n_pairs)) & 1
    else:
        bits = np.random.default_rng(seed).integers(0, 2, (MAX_ORDERS, n_pairs))
        bits[0] = 0
    flips = 1.0 - 2.0 * bits
    flips.flags.writeable = False  # shared by all callers
    return np.asarray(flips, dtype=np.float64)


def _n_pairs(n_blocks: int) -> int:
    if n_blocks < 2 or n_blocks % 2:
        raise InputError(f"{n_blocks} blocks make no pairs: a trial needs an even number of blocks, 2 or more")
    return n_blocks // 2
