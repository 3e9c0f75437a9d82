"""A response that wanders: what older results say of it may differ from what it is now."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["older_columns"]

NEWEST_LEAST = 8  # results after the last step; own assumption

Floats = NDArray[np.float64]


def older_columns(plain: Floats) -> Floats:
    """Return columns for how slopes and level of older results differ from those of the newest, at each step back in time.

    Steps lie where the newest half of the results begins, the newest quarter, and so on: a random walk that is looked at the
    finer the nearer it is to now, where the plant stands. Bends and kinks stay: where a hill moves, its slopes change.

    Parameters
    ----------
    plain : ndarray of shape (results, columns)
        Settings as the process feels them, oldest first.
    """
    n = len(plain)
    columns = np.column_stack([plain, np.ones(n)])
    counts = [n >> halvings for halvings in range(1, n.bit_length()) if n >> halvings >= NEWEST_LEAST]
    steps = [np.where(np.arange(n)[:, None] < n - count, columns, 0.0) for count in counts]
    return np.concatenate(steps, axis=1) if steps else np.empty((n, 0))
