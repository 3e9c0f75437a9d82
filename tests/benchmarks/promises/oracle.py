"""The oracle: it knows the family of the true response, and fits its parameters to the same history.

Generalised least squares on the family's own functional form; the noise's memory is taken out by an autoregressive filter of
order 3 that is estimated from the residuals. Parameters stay inside the range that the family draws them from, and the search
for them starts at the truth, so that it cannot end in a wrong valley: what is left is only what the data do not say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.linalg import solve_toeplitz
from scipy.optimize import least_squares
from scipy.stats import norm

if TYPE_CHECKING:
    from .world import Response, WorldTruth

__all__ = ["FittedWorld", "fit_world"]

Floats = NDArray[np.float64]

ORDER = 3  # of the autoregressive filter
N_ROUNDS = 2  # filter, fit, filter, fit


@dataclass(frozen=True)
class FittedWorld:
    """Fitted parameters in place of the true ones; limits and conditions as recorded."""

    truth: WorldTruth
    theta: Floats
    around: Floats  # conditions of all rows, as recorded
    side_theta: Floats
    side_offset: float
    side_sd: float

    def objective(self, settings: Floats, rows: NDArray[np.int64]) -> Floats:
        """Fitted mean objective."""
        w, z = self.truth.world, self.truth.standard(settings)
        mean = w.gain.form(self.theta, z[:, None, :], self.around[rows][None]).mean(axis=1)
        return np.asarray(self.truth.y_scale * (mean - (z @ w.price if w.price is not None else 0.0)))

    def held(self, settings: Floats, rows: NDArray[np.int64]) -> Floats:
        """Fitted share of periods within the limit."""
        w = self.truth.world
        if w.side is None:
            return np.ones((len(settings), 0))
        z = self.truth.standard(settings)
        mean = self.side_offset + w.side.form(self.side_theta, z[:, None, :], self.around[rows][None])
        return np.asarray(norm.cdf((self.truth.x_limit - mean) / self.side_sd).mean(axis=1))[:, None]


def fit_world(
    truth: WorldTruth, z: Floats, usable: pl.DataFrame, y_scale: float, y_zero: float, rows: NDArray[np.int64]
) -> FittedWorld:
    """Fit the family's own form to the usable periods.

    `z` holds their settings in standard units, as the outcomes feel them; `rows` are their numbers in the plant's frame.
    """
    w = truth.world
    k = w.conditions.shape[1]
    given = (usable.select(f"c{j + 1}" for j in range(k)).to_numpy().astype(float) - 10.0) / 2.0
    c = np.column_stack([np.nan_to_num(given), (rows + 1) / w.n])
    y = (usable["y"].cast(pl.Float64).to_numpy() - y_zero) / y_scale
    theta, _, _ = _fit(w.gain, z, c, y)
    around = np.zeros((w.n, k + 1))
    around[rows] = c
    around[:, -1] = 1.0  # the behaviour at the end of the history is the one that counts
    side_theta, offset, sd = np.zeros(0), 0.0, 1.0
    if w.side is not None:
        x = (usable["x"].cast(pl.Float64).to_numpy().astype(float) - 50.0) / 3.0
        known = np.isfinite(x)
        side_theta, offset, sd = _fit(w.side, z[known], c[known], x[known])
    return FittedWorld(truth, theta, around, side_theta, offset, sd)


def _fit(response: Response, z: Floats, c: Floats, y: Floats) -> tuple[Floats, float, float]:
    """Parameters, offset, and standard deviation of what is left."""
    n_params = len(response.theta)
    start = np.append(response.theta, 0.0)
    low, high = np.append(response.low, -50.0), np.append(response.high, 50.0)
    start = np.clip(start, low + 1e-9 * (high - low), high - 1e-9 * (high - low))
    weights = np.array([1.0])
    for _ in range(N_ROUNDS):

        def residual(p: Floats, filter_: Floats = weights) -> Floats:
            left = y - p[-1] - response.form(p[:-1], z, c)
            return np.convolve(left, filter_)[: len(left)][len(filter_) - 1 :]

        found = least_squares(residual, start, bounds=(low, high), x_scale=np.maximum(high - low, 1e-6), max_nfev=25)
        start = np.clip(found.x, low + 1e-9 * (high - low), high - 1e-9 * (high - low))
        left = y - found.x[-1] - response.form(found.x[:-1], z, c)
        weights = _whitening(left)
    return found.x[:n_params], float(found.x[-1]), max(float(left.std()), 1e-6)


def _whitening(left: Floats) -> Floats:
    """Filter that turns residuals white: 1, minus the Yule-Walker coefficients."""
    left = left - left.mean()
    moments = np.array([left[: len(left) - lag] @ left[lag:] for lag in range(ORDER + 1)]) / len(left)
    moments[0] *= 1.0 + 1e-6
    return np.concatenate([[1.0], -solve_toeplitz(moments[:-1], moments[1:])])
