"""What the conditions foretell of the objective: one covariate in place of many, its weights fixed before the trial.

A trial has a few dozen pairs of blocks, and each covariate that is fitted to them costs as much as a pair. The plant's past has
thousands of periods: weights learned there leave one slope to the trial (a prognostic score [1]_). The test stays exact, as
for any covariate that was fixed beforehand.

References
----------
.. [1] B. B. Hansen, The prognostic analogue of the propensity score, Biometrika 95 (2008) 481.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from workbench.trial_records import PROGNOSIS
from workbench.trials.past import Past

__all__ = ["Prognosis", "prognosis_of"]

N_STRETCHES = 8  # of the past, each foretold by weights that the others teach; own assumption
LEAST_A_WEIGHT = 20  # [periods] for each condition; with fewer the weights are guesses; own assumption

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Prognosis:
    """Weights of the conditions, and what they foretell of a past that did not teach them.

    Parameters
    ----------
    past : Past
        The same past with one covariate: each stretch as weights learned from the other stretches foretell it. All stretches
        hold as many known periods.
    weights : mapping of str to float
        For each column of covariates, learned from the whole past; as the past's outcome, more is better [unit of the objective
        per unit of the condition].
    """

    past: Past
    weights: Mapping[str, float]


def prognosis_of(past: Past) -> Prognosis | None:
    """Return what the conditions foretell, by least squares; None for fewer than two, or a past too short to tell."""
    known = np.flatnonzero(np.isfinite(past.outcome) & np.isfinite(past.covariates).all(axis=1))
    if len(past.names) < 2 or len(known) * (1 - 1 / N_STRETCHES) < LEAST_A_WEIGHT * len(past.names):
        return None
    told = np.full(len(past.outcome), np.nan)
    # weights that differ must not make steps between stretches; what is not known of a condition foretells nothing
    centred = np.nan_to_num(past.covariates - past.covariates[known].mean(axis=0), nan=0.0)
    borders = [0, *(own[0] for own in np.array_split(known, N_STRETCHES)[1:]), len(told)]
    for own, start, end in zip(np.array_split(known, N_STRETCHES), borders, borders[1:], strict=False):
        told[start:end] = centred[start:end] @ _weights(past, np.setdiff1d(known, own))
    weights = dict(zip(past.names, _weights(past, known).tolist(), strict=True))
    return Prognosis(replace(past, covariates=told[:, None], names=(PROGNOSIS,)), weights)


def _weights(past: Past, rows: NDArray[np.intp]) -> Floats:
    """Of least squares with an intercept; of columns that do not move, or copy another, the least that tell as much."""
    x, y = past.covariates[rows], past.outcome[rows]
    x = x - x.mean(axis=0)
    scale = np.maximum(x.std(axis=0), 1e-12 * np.maximum(np.abs(past.covariates[rows]).max(axis=0), 1e-300))
    found = np.linalg.lstsq(x / scale, y - y.mean(), rcond=1e-8)[0]
    return np.asarray(np.where(x.std(axis=0) > scale * 0.5, found / scale, 0.0))
