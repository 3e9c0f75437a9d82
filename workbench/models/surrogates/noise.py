"""Noise with a memory: an autoregressive model of the results' residuals, and rows freed of that memory.

Plant data are autocorrelated: 1,000 hourly rows hold far fewer independent facts than 1,000. Rows are therefore whitened before
the regression: each row less what its predecessors already told. A laboratory that analyses every sixth period, or lets many
go by, does not make its results independent: predecessors tell through gaps too, as much as the memory reaches.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

__all__ = ["ArNoise", "places_of", "usual_step"]

ORDER_MAX = 6  # [places] longest memory tried; own assumption, enough for a disturbance plus assay noise
PHI_SUM_MAX = 0.995  # keeps the model stationary where a residual drifts
PAIRS_MIN = 10  # pairs of results that a lag's correlation is learned from, at least; own assumption
REACH = 300  # [places] what lies further back is left out

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


def usual_step(positions: Places) -> int:
    """Return how many periods lie between one result and the next, mostly; 1 for fewer than two results.

    Examples
    --------
    >>> usual_step(np.array([0, 6, 12, 24, 30]))
    6
    """
    return int(np.bincount(np.diff(positions)).argmax()) if len(positions) > 1 else 1


def places_of(positions: Places) -> Places:
    """Return the place of each result on a grid as wide as results mostly lie apart, from its place on the grid of periods.

    Examples
    --------
    >>> places_of(np.array([0, 1, 2, 5, 6])).tolist(), places_of(np.array([0, 6, 13, 24])).tolist()
    ([0, 1, 2, 5, 6], [0, 1, 2, 4])
    """
    steps = np.maximum(np.rint(np.diff(positions) / usual_step(positions)), 1.0).astype(np.int64)
    return np.concatenate([np.zeros(min(len(positions), 1), dtype=np.int64), np.cumsum(steps)])


@dataclass(frozen=True)
class ArNoise:
    """Autoregressive noise of order p, with the predictors of all lower orders for the first rows.

    Parameters
    ----------
    predictors : tuple of arrays
        Entry k holds the k coefficients of the best linear predictor from the k places before; entry 0 is empty.
    variances : tuple of float
        Prediction variance of each order as a share of the marginal variance, from 1 downwards [-].
    """

    predictors: tuple[Floats, ...]
    variances: tuple[float, ...]

    @classmethod
    def white(cls) -> ArNoise:
        """Noise without memory."""
        return cls((np.zeros(0),), (1.0,))

    @classmethod
    def fit(cls, residuals: Floats, places: Places) -> ArNoise:
        """Fit by the Levinson-Durbin recursion [1]_ on pairs of results; the order by BIC [2]_.

        Parameters
        ----------
        residuals : array of float
            One value a result, in time order.
        places : array of int
            Place of each, rising, from `places_of`.

        References
        ----------
        .. [1] J. Durbin, The fitting of time-series models, Rev. Int. Stat. Inst. 28 (1960) 233-244.
        .. [2] G. Schwarz, Estimating the dimension of a model, Annals of Statistics 6 (1978) 461-464.
        """
        e = residuals - residuals.mean()
        variance = float(e @ e) / max(len(e), 1)
        if variance <= 0.0:
            return cls.white()
        rho, pairs = [1.0], [len(e)]
        for lag in range(1, min(ORDER_MAX, len(e) // 20) + 1):
            before = np.searchsorted(places, places - lag)
            later = np.flatnonzero(places[before] == places - lag)
            if len(later) < PAIRS_MIN:
                break
            a, b = e[later], e[before[later]]
            alike = float(a @ b) / max(np.sqrt(float(a @ a) * float(b @ b)), 1e-300)
            # of pairs over the whole length, not over the pairs found: keeps the sequence close to positive definite
            rho.append(alike * (1.0 - lag / len(e)))
            pairs.append(len(later))
        whole = cls._of_correlations(np.array(rho))
        # what one more place explains counts for the pairs that told it: where results are rare, chance tells much
        won = np.diff(np.log(whole.variances)) * pairs[1:] + np.log(pairs[1:])
        best = int(np.argmin(np.append(0.0, np.cumsum(won))))
        return cls(whole.predictors[: best + 1], whole.variances[: best + 1])

    @classmethod
    def mixed(cls, memory: float, white: float) -> ArNoise:
        """Noise of two parts: one that keeps `memory` of itself from place to place, one without memory.

        Parameters
        ----------
        memory : float
            Correlation of the part with memory from one place to the next, 0 to below 1 [-].
        white : float
            Share of the variance that has no memory, 0 to 1 [-].
        """
        return cls._of_correlations(np.append(1.0, (1.0 - white) * memory ** np.arange(1, ORDER_MAX + 1)))

    @classmethod
    def _of_correlations(cls, rho: Floats) -> ArNoise:
        """Predictors of all orders from the autocorrelations at lag 0, 1, ..., by the Levinson-Durbin recursion."""
        predictors: list[Floats] = [np.zeros(0)]
        variances = [1.0]
        for k in range(1, len(rho)):
            a = predictors[-1]
            reflection = (rho[k] - float(a @ rho[k - 1 : 0 : -1])) / variances[-1]
            reflection = float(np.clip(reflection, -PHI_SUM_MAX, PHI_SUM_MAX))
            predictors.append(np.append(a - reflection * a[::-1], reflection))
            variances.append(variances[-1] * (1.0 - reflection**2))
        return cls(tuple(predictors), tuple(variances))

    @property
    def order(self) -> int:
        """Places that the noise remembers."""
        return len(self.predictors) - 1

    @cached_property
    def correlations(self) -> Floats:
        """Autocorrelation at lags from 0 to `REACH` places: what the predictors imply [-]."""
        rho = np.zeros(REACH + 1)
        rho[0] = 1.0
        for lag in range(1, REACH + 1 if self.order else 1):
            k = min(lag, self.order)
            rho[lag] = float(self.predictors[k] @ rho[lag - k : lag][::-1])
        return rho

    def whiten(self, rows: Floats, places: Places) -> Floats:
        """Return `rows` (one a result, in time order) less what their predecessors tell, all with the innovation's variance.

        A row after a gap is predicted through it from the results before, and scaled to the same variance.
        """
        if self.order == 0:
            return rows.copy()
        weights, variances = self._predictors(places)
        n, factor = len(places), np.sqrt(self.variances[-1] / variances)
        lags = range(1, min(weights.shape[1] + 1, n))
        bands = [factor, *(-factor[lag:] * weights[lag:, lag - 1] for lag in lags)]
        whitening = sparse.diags_array(bands, offsets=[0, *(-lag for lag in lags)], shape=(n, n)).tocsr()
        return np.asarray(whitening @ rows)

    def log_determinant(self, places: Places) -> float:
        """Return the log of the factor by which whitening squeezes the rows: makes evidences of different noises comparable."""
        return float(np.sum(self.log_squeezes(places)))

    def log_squeezes(self, places: Places) -> Floats:
        """Return the logs of the factors by which whitening squeezes each of the rows."""
        return np.asarray(0.5 * np.log(self.variances[-1] / self._predictors(places)[1]))

    def _predictors(self, places: Places) -> tuple[Floats, Floats]:
        """What the results just before each one tell of it (results, predecessors), and what variance is left of each [-]."""
        n, p = len(places), self.order
        if p == 0:
            return np.zeros((n, 0)), np.ones(n)
        size = p if p == 1 else ORDER_MAX  # with one place of memory the last result tells all; else those behind it help
        ago = np.full((n, size), REACH + 1)  # places since each predecessor; beyond reach where there is none
        for k in range(1, min(size, n - 1) + 1):
            ago[k:, k - 1] = places[k:] - places[:-k]
        weights, variances = np.zeros((n, size)), np.full(n, self.variances[-1])
        whole = ago[:, p - 1] == p
        weights[whole, :p] = self.predictors[p]
        gaps = np.flatnonzero(~whole)
        if len(gaps):
            lags = ago[gaps]
            near = lags <= REACH
            rho = np.append(self.correlations, 0.0)
            toward = np.where(near, rho[np.minimum(lags, REACH + 1)], 0.0)
            between = rho[np.minimum(np.abs(lags[:, :, None] - lags[:, None, :]), REACH + 1)]
            between = np.where(near[:, :, None] & near[:, None, :], between, 0.0)
            between[:, np.arange(size), np.arange(size)] = 1.0 + 1e-9
            weights[gaps] = np.linalg.solve(between, toward[:, :, None])[:, :, 0]
            left = 1.0 - np.sum(weights[gaps] * toward, axis=1)
            variances[gaps] = np.clip(left, self.variances[-1], 1.0)
        return weights, variances
