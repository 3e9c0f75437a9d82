"""The noise under which an outcome is likeliest, whatever the fit has left of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.models.surrogates.evidence import Moments, fit_by_evidence
from workbench.models.surrogates.noise import ArNoise

__all__ = ["N_ROUNDS_NOISE", "PERIODS_FEW", "likeliest_noise"]

PERIODS_FEW = 1000  # up to here the noise is chosen by evidence; beyond, residuals tell it well enough; own assumption
MEMORIES = (0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98)  # of the noise from place to place that are tried [-]
WHITE_SHARES = (0.0, 0.3, 0.6)  # of its variance without memory that are tried [-]
N_ROUNDS_NOISE = 6  # of the search for prior widths from those found already, for each noise tried

Floats = NDArray[np.float64]


def likeliest_noise(
    fitted: ArNoise,
    design: Floats,
    target: Floats,
    places: NDArray[np.int64],
    weights: Floats,
    groups: NDArray[np.int64],
    start: Floats,
) -> ArNoise:
    """Return the noise under which the outcome is likeliest, coefficients averaged out: `fitted`, or one of two parts.

    Residuals of a short history have less memory than the noise that made them, because the fit has followed its slow swings.

    Parameters
    ----------
    fitted : ArNoise
        As residuals tell it.
    design : array of float, shape (results, columns)
        Rows of the regression as they are.
    target : array of float
        The outcome.
    places : array of int
        Place of each, from `places_of`.
    weights : array of float
        How much each counts, 0 to 1 [-].
    groups : array of int
        Group of each column.
    start : array of float
        Prior precision of each column to start from.
    """

    def evidence(noise: ArNoise) -> float:
        moments = Moments.of(noise.whiten(design, places), noise.whiten(target, places), weights)
        return fit_by_evidence(moments, groups, start, n_rounds=N_ROUNDS_NOISE).log_evidence + noise.log_determinant(places)

    offers = [fitted, ArNoise.white(), *(ArNoise.mixed(memory, white) for memory in MEMORIES for white in WHITE_SHARES)]
    return max(offers, key=evidence)
