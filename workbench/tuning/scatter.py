"""How an outcome's scatter grows, or shrinks, with its level: limits are broken in the tail, which then moves further."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.models.surrogates.response import Response

__all__ = ["EVEN", "Scatter"]

SURE = 3.0  # standard errors from none from which a growth counts; own assumption
ENDS = 0.01  # [-] share of the levels beyond either end of those that the growth is told from; own assumption
LEAST = 0.1  # [of the mean scatter] no level scatters less; own assumption

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Scatter:
    """What is left unexplained, as a straight line in the level that the model expects [1]_: `growth` a unit from `middle` on.

    `growth` is relative to the mean scatter, 0 where it is even; beyond `low` and `high` it is as there.

    References
    ----------
    .. [1] H. Glejser, A new test for heteroskedasticity, Journal of the American Statistical Association 64 (1969) 316-323.
    """

    growth: float
    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, response: Response) -> Scatter:
        """Learn it from all results of an outcome."""
        level, left = response.fitted(response.design), np.abs(response.residuals)
        low, high = (float(np.quantile(level, q)) for q in (ENDS, 1.0 - ENDS))
        at = np.clip(level, low, high)
        away, mean = at - at.mean(), float(left.mean())
        spread = float(away @ away)
        if spread <= 1e-12 * len(at) * max(1.0, float(at.mean()) ** 2) or mean <= 0.0 or len(at) < 3:
            return EVEN
        slope = float(away @ left) / spread
        error = float(np.sqrt(np.sum((left - mean - slope * away) ** 2) / (len(at) - 2) / spread))
        return cls(slope / mean, float(at.mean()), low, high) if abs(slope) > SURE * error else EVEN

    def ratio(self, there: Floats, here: Floats) -> Floats:
        """Return how many times as far results lie from the level `there` as from the level `here` [-]."""
        return np.asarray(self._size(there) / self._size(here))

    def _size(self, level: Floats) -> Floats:
        return np.maximum(1.0 + self.growth * (np.clip(level, self.low, self.high) - self.middle), LEAST)


EVEN = Scatter(0.0, 0.0, 0.0, 0.0)
