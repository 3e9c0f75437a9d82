"""Noise with a memory: an autoregressive model of the periods' residuals, and rows freed of that memory.

Plant data are autocorrelated: 1,000 hourly rows hold far fewer independent facts than 1,000. Rows are therefore whitened before
the regression: each row less what its predecessors already told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["ArNoise", "adjacency"]

ORDER_MAX = 6  # [periods] longest memory tried; own assumption, enough for a disturbance plus assay noise
PHI_SUM_MAX = 0.995  # keeps the model stationary where a residual drifts

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ArNoise:
    """Autoregressive noise of order p, with the predictors of all lower orders for rows after a gap.

    Parameters
    ----------
    predictors : tuple of arrays
        Entry k holds the k coefficients of the best linear predictor from the k periods before; entry 0 is empty.
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
    def fit(cls, residuals: Floats, run: NDArray[np.int64]) -> ArNoise:
        """Fit by the Levinson-Durbin recursion [1]_ on the autocovariances of adjacent periods; the order by BIC [2]_.

        Parameters
        ----------
        residuals : array of float
            One value a period, in time order.
        run : array of int
            How many periods lie directly before each one without a gap, from `adjacency` [periods].

        References
        ----------
        .. [1] J. Durbin, The fitting of time-series models, Rev. Int. Stat. Inst. 28 (1960) 233-244.
        .. [2] G. Schwarz, Estimating the dimension of a model, Annals of Statistics 6 (1978) 461-464.
        """
        e = residuals - residuals.mean()
        order_max = int(min(ORDER_MAX, len(e) // 20, run.max(initial=0)))
        variance = float(e @ e) / max(len(e), 1)
        if order_max == 0 or variance <= 0.0:
            return cls.white()
        rho = [1.0]
        for lag in range(1, order_max + 1):
            later = np.flatnonzero(run >= lag)
            # pairs over the whole length, not over the pairs found: keeps the sequence close to positive definite
            rho.append(float(e[later] @ e[later - lag]) / max(len(later), 1) / variance * (1.0 - lag / len(e)))
        whole = cls._of_correlations(np.array(rho))
        scores = [len(e) * np.log(v) + k * np.log(len(e)) for k, v in enumerate(whole.variances)]
        best = int(np.argmin(scores))
        return cls(whole.predictors[: best + 1], whole.variances[: best + 1])

    @classmethod
    def mixed(cls, memory: float, white: float) -> ArNoise:
        """Noise of two parts: one that keeps `memory` of itself from period to period, one without memory.

        Parameters
        ----------
        memory : float
            Correlation of the part with memory from one period to the next, 0 to below 1 [-].
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
        """Periods that the noise remembers [periods]."""
        return len(self.predictors) - 1

    def whiten(self, rows: Floats, run: NDArray[np.int64]) -> Floats:
        """Return `rows` (periods first) less what their predecessors tell, all with the innovation's variance.

        A row after a gap is predicted from as many predecessors as it has, and scaled to the same variance.
        """
        out = np.empty_like(rows)
        known = np.minimum(run, self.order)
        for k in range(self.order + 1):
            here = np.flatnonzero(known == k)
            part = rows[here].copy()
            for lag, a in enumerate(self.predictors[k], start=1):
                part -= a * rows[here - lag]
            out[here] = part * np.sqrt(self.variances[-1] / self.variances[k])
        return out

    def log_determinant(self, run: NDArray[np.int64]) -> float:
        """Return the log of the factor by which whitening squeezes the rows: makes evidences of different noises comparable."""
        shares = np.array(self.variances)
        return 0.5 * float(np.sum(np.log(shares[-1] / shares[np.minimum(run, self.order)])))

    def forecast(self, residuals: Floats) -> float:
        """Return the expected residual of the period after the last one."""
        k = min(self.order, len(residuals))
        return float(self.predictors[k] @ residuals[::-1][:k]) if k else 0.0


def adjacency(positions: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many periods lie directly before each one, for the integer positions of the used periods on the time grid.

    Examples
    --------
    >>> adjacency(np.array([0, 1, 2, 5, 6])).tolist()
    [0, 1, 2, 0, 1]
    """
    if len(positions) == 0:
        return np.zeros(0, dtype=np.int64)
    starts = np.concatenate([[True], np.diff(positions) != 1])
    first = np.maximum.accumulate(np.where(starts, np.arange(len(positions)), 0))
    return np.arange(len(positions)) - first
