"""The value that a tag rests at between rare events: stock-outs, escapes, premium freight, stops, rain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["resting_value"]

# A tag rests at a value where more than half of its readings stand and which it leaves, as a rule, for two readings at most:
# counts of rare events do so, while a machine that stands by night is away from 0 for a whole day. Events leave it to one side,
# but for a few wrong readings: a coarse meter of something well held scatters to both. Own assumptions.
RESTING_SHARE = 0.5
AWAY_READINGS = 2.0
OTHER_SIDE = 0.1  # of the readings away from it [-]


def resting_value(value: NDArray[np.float64]) -> float | None:
    """Return the value that a tag rests at between rare events, None where there is none.

    Parameters
    ----------
    value : numpy.ndarray of float64
        Good readings in time order, NaN-free.

    Examples
    --------
    >>> resting_value(np.array([0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 1.0, 2.0, 0.0]))
    0.0
    >>> resting_value(np.repeat([0.0, 5.0, 0.0], 12)) is None  # away for a whole shift
    True
    >>> resting_value(np.sin(np.arange(20.0))) is None
    True
    """
    if not value.size:
        return None
    middle = float(np.quantile(value, 0.5, method="nearest"))  # what more than half stand at is their median, too
    is_away = value != middle
    n_away = int(np.count_nonzero(is_away))
    if n_away >= RESTING_SHARE * value.size:
        return None
    if min(np.count_nonzero(value < middle), np.count_nonzero(value > middle)) > OTHER_SIDE * n_away:
        return None
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_away, [False]]).astype(np.int8)))
    if n_away and float(np.median(np.diff(edges)[::2])) > AWAY_READINGS:
        return None
    return middle
