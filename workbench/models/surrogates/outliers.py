"""Periods that lie far off the model: drawn in where they are faults, believed where they are what the outcome is about."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["FAULTS_MOST", "OUTLIER", "far_from_model"]

OUTLIER = 5.0  # [robust standard deviations] a period's outcome beyond this is drawn in to it
SPREAD_LEAST = 1e-6  # [sd of the outcome] of less, most periods are met exactly: that tells of rounding, not of how far is far
USUAL = 0.5  # share of periods with one and the same outcome from which the others are its events, not its noise [-]
FAULTS_MOST = 0.01  # share of periods that are faults at most, where they lie off to one side; own assumption [-]
ONE_SIDED = 0.2  # of what lies off to one side, what lies off to the other where faults pull to one; own assumption [-]


def far_from_model(residuals: NDArray[np.float64], outcome: NDArray[np.float64]) -> float:
    """Return from what distance off the model a period counts as if it lay there [sd of the outcome].

    Faults pull to both sides, or are few. What pulls to one side again and again is the outcome's own nature, such as
    stock-outs in a cost or escapes in a share: drawn in, they would be left out of the mean that is promised. There one
    period in a hundred is drawn in, to where the next one lies. Where most periods have one and the same outcome, such as no
    stop in a shift, the distances of the usual ones tell how the fit moves, not how far is far. Of two values neither is a
    fault.

    Parameters
    ----------
    residuals : array of float
        Outcome less fit [sd of the outcome].
    outcome : array of float
        The outcome itself, in any unit.

    Examples
    --------
    >>> quiet = np.sin(np.arange(200.0))
    >>> round(far_from_model(quiet, quiet), 1)
    5.2
    >>> fault, often = np.append(quiet, 40.0), np.append(quiet, [40.0] * 12)
    >>> round(far_from_model(fault, fault), 1)
    5.2
    >>> far_from_model(often, often)  # what happens in one period of twenty
    40.0
    """
    values, often = np.unique(outcome, return_counts=True)
    if len(values) <= 2:
        return np.inf
    spread = 1.4826 * float(np.median(np.abs(residuals - np.median(residuals))))
    tells = spread > SPREAD_LEAST and often.max() <= USUAL * len(outcome)
    far = OUTLIER * (spread if tells else 1.0)
    off = np.maximum(np.abs(residuals) - far, 0.0) * np.sign(residuals)
    less, more = sorted((float(off[off > 0.0].sum()), float(-off[off < 0.0].sum())))
    if np.mean(off != 0.0) <= FAULTS_MOST or less > ONE_SIDED * more:
        return far
    return max(far, float(np.quantile(np.abs(residuals), 1.0 - FAULTS_MOST, method="lower")))
