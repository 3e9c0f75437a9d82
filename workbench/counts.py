"""Outcomes of few values, such as stops in a shift: where between two of them a limit lies, and what a higher mean does."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import norm

__all__ = ["edge_of", "is_count", "share_within"]

VALUES_MOST = 30  # an outcome of more values is taken as one of any value; own assumption

Floats = NDArray[np.float64]


def is_count(results: Floats) -> bool:
    """Return whether an outcome's results have few values: 2 to 30, each on average in two results or more.

    Examples
    --------
    >>> is_count(np.array([0.0, 1.0, 0.0, 2.0, 0.0, 0.0])), is_count(np.array([0.31, 0.12, 0.27, 0.44, 0.12, 0.35]))
    (True, False)
    """
    return 2 <= len(np.unique(results)) <= min(VALUES_MOST, len(results) / 2)


def edge_of(results: Floats, limit: float, bound: Literal["low", "high"]) -> tuple[float, float]:
    """Return from where on a limit is broken, and how far the two values on its sides lie apart.

    Half-way between the last value that holds it and the first that breaks it: the correction for continuity of a count [1]_.
    An outcome of many values is broken at the limit itself, and the distance is 0.

    Parameters
    ----------
    results : array of float
        All results of the outcome, in its unit.
    limit : float
        In the same unit.
    bound : {'low', 'high'}
        Which results break it: those below, or those above.

    References
    ----------
    .. [1] W. Feller, An Introduction to Probability Theory and Its Applications, vol. 1, 3rd ed., Wiley 1968, section VII.3.

    Examples
    --------
    >>> stops = np.array([0.0, 1.0, 0.0, 2.0, 0.0, 0.0])
    >>> edge_of(stops, 1.0, "high"), edge_of(stops, 2.0, "high"), edge_of(stops, 5.0, "high")
    ((1.5, 1.0), (2.5, 1.0), (5.0, 1.0))
    >>> edge_of(np.linspace(0.0, 1.0, 400), 0.5, "high")
    (0.5, 0.0)
    """
    sign = 1.0 if bound == "high" else -1.0
    if not is_count(results):
        return limit, 0.0
    values = np.unique(sign * results)
    at, usual = sign * limit, float(np.diff(values).min())
    hold, broken = values[values <= at], values[values > at]
    if not len(broken):
        return sign * max(at, float(hold[-1]) + usual / 2.0), usual
    if not len(hold):
        return sign * min(at, float(broken[0]) - usual / 2.0), usual
    return sign * float(hold[-1] + broken[0]) / 2.0, float(broken[0] - hold[-1])


def share_within(away: Floats, sd: Floats, width: float) -> Floats:
    """Return the share within an edge of results that lie `away` from it on the good side, shape (settings, periods).

    `sd` (settings, 1) is how well each is known. A result of few values stands for any within half a `width` of it: a mean
    that rises by a tenth of the width takes a tenth of those in the last value over the edge, as it does for a count of rare
    events, whose chance of at most k falls by the chance of k for each event more in the mean.
    """
    if width == 0.0:
        return np.asarray(ndtr(away / sd).mean(axis=1))
    above, below = ((away + sign * width / 2.0) / sd for sign in (1.0, -1.0))
    return np.asarray((sd / width * (_until(above) - _until(below))).mean(axis=1))


def _until(x: Floats) -> Floats:
    """The integral of the normal distribution function up to x."""
    return np.asarray(x * ndtr(x) + norm.pdf(x))
