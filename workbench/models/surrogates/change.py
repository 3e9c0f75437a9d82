"""A change of behaviour in the history: whether two models, one before and one after, explain the data better than one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.models.surrogates.evidence import FLAT, EvidenceFit, Moments, fit_by_evidence

__all__ = ["find_change"]

PLACES = (0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85)  # shares of the history at which a change is looked for
NATS_NEEDED = 12.0  # log evidence that two models must win over one; own assumption, no false alarm on 200 steady plants tried
PERIODS_MIN = 60  # [periods] either side needs at least this many
NOISE_LEAST = 1e-12  # [variance of the target] less noise is none: the floor keeps a ratio of two of them finite

Floats = NDArray[np.float64]


def find_change(whitened: Floats, target: Floats, groups: NDArray[np.int64]) -> int | None:
    """Return the row from which the process behaves otherwise, or None.

    Compares the evidence of one regression over all rows with that of two, split at each of several places. Slow drift is in
    the columns already, so that a mere shift of level is not called a change of behaviour. Nor is more or less scatter, such as
    that of rejects where they are many: the one regression is given the scatter that the two find on their sides.

    Parameters
    ----------
    whitened, target : array of float
        Rows free of the noise's memory, intercept first.
    groups : array of int
        Group of each column but the intercept.
    """
    n = len(target)
    groups = np.concatenate([[FLAT], groups])

    all_rows = fit_by_evidence(Moments.of(whitened, target), groups, n_rounds=25)
    whole = all_rows.log_evidence

    def fit(rows: Floats, of: Floats) -> EvidenceFit:
        return fit_by_evidence(Moments.of(rows, of), groups, all_rows.precision, n_rounds=25)

    best, place = NATS_NEEDED, None
    for share in PLACES:
        k = int(n * share)
        if min(k, n - k) < PERIODS_MIN:
            continue
        before, after = fit(whitened[:k], target[:k]), fit(whitened[k:], target[k:])
        won = before.log_evidence + after.log_evidence - whole
        if won > best:
            noise = np.repeat([max(side.noise_variance, NOISE_LEAST) for side in (before, after)], [k, n - k])
            even = np.sqrt(max(all_rows.noise_variance, NOISE_LEAST) / noise)
            alike = fit(whitened * even[:, None], target * even).log_evidence + float(np.log(even).sum())
            won -= max(alike - whole, 0.0)
        if won > best:
            best, place = won, k
    return place
