"""The region of settings that the history really covers, given the conditions."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from workbench.models.surrogates.basis import Basis

__all__ = ["SupportRegion", "reach_of", "support_of"]

NEIGHBOURS = 10  # periods that tell how near is near; own assumption
N_STRETCHES = 12  # stretches of equal length that the history is cut into; own assumption
SHARE_NEAR = 0.95  # share of the history that has its tenth neighbour near [-]; own assumption
SHARE_COUNTED = 0.99  # share of a stretch that counts in how far it went: its oddest periods do not [-]; own assumption
PERIODS_MAX = 4000  # [periods] a longer history is thinned evenly
RIDGE = 1e-3  # of the settings' variance, so that a setting that hardly moved does not divide by nothing [-]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SupportRegion:
    """Where the history's settings lie once what conditions explain of them is taken out.

    Settings follow conditions under feedback. Places are therefore taken as what is left of the settings after a straight line
    through the conditions, from its middle, in units of that rest's own spread (Mahalanobis distance): a combination never
    run is outside however usual each value is alone. A proposal is inside when it lies no further out than two separate
    stretches of the history; how far each setting alone has been taken is asked beside this (`reach_of`). Own assumption:
    between places that were run the plant may be run.
    """

    columns: tuple[int, ...]
    base: Basis
    slope: Floats
    centre: Floats
    whitener: Floats
    tree: cKDTree
    radius: float
    edge: float
    condition_part: Floats

    def distance(self, settings: pl.DataFrame) -> Floats:
        """Return how far out each row of settings lies under recent conditions: 1 is the edge of the support [-]."""
        return np.asarray(np.linalg.norm(self._place(settings), axis=1) / max(self.edge, 1e-12))

    def nearest_periods(self, settings: pl.DataFrame) -> int:
        """Return how many periods lie near one row of settings: as near as the tenth nearest of 95 % of the history's own."""
        return len(self.tree.query_ball_point(self._place(settings)[0], self.radius * (1.0 + 1e-9)))

    def under(self, conditions: pl.DataFrame) -> SupportRegion:
        """Return the same region, asked under the mean of other `conditions` (a row a period)."""
        is_condition = [not self.base.variables[c.variable].is_setting and not c.is_curve for c in self.base.columns]
        part = self.base.base_columns(conditions)[:, is_condition].mean(axis=0) @ self.slope
        return replace(self, condition_part=part)

    def _place(self, settings: pl.DataFrame) -> Floats:
        z = self.base.base_columns(settings)[:, self.columns]
        return np.asarray((z - self.condition_part - self.centre) @ self.whitener)


def support_of(basis: Basis, frame: pl.DataFrame, recent: pl.DataFrame) -> SupportRegion:
    """Learn the region from the usable periods `frame`; proposals are judged under the conditions of `recent`."""
    is_setting = np.array([basis.variables[c.variable].is_setting and not c.is_curve for c in basis.columns])
    is_condition = np.array([not basis.variables[c.variable].is_setting and not c.is_curve for c in basis.columns])
    thin = frame[:: max(1, frame.height // PERIODS_MAX)]
    base = basis.base_columns(thin)
    settings, conditions = base[:, is_setting], base[:, is_condition]
    centred = conditions - conditions.mean(axis=0)
    inner = centred.T @ centred + RIDGE * len(thin) * np.eye(centred.shape[1])
    slope = np.linalg.solve(inner, centred.T @ (settings - settings.mean(axis=0)))
    rest = settings - conditions @ slope
    centre = rest.mean(axis=0)
    covariance = np.cov(rest.T).reshape(rest.shape[1], rest.shape[1]) + RIDGE * np.eye(rest.shape[1])
    values, vectors = np.linalg.eigh(covariance)
    whitener = vectors / np.sqrt(np.maximum(values, 1e-9))
    tree = cKDTree((rest - centre) @ whitener)
    k = min(NEIGHBOURS + 1, tree.n)
    own, _ = tree.query(tree.data, k=k)
    radius = float(np.quantile(own[:, -1], SHARE_NEAR))
    edge = reach_of(pl.Series(np.linalg.norm(np.asarray(tree.data), axis=1)))[1]
    condition_part = basis.base_columns(recent)[:, is_condition].mean(axis=0) @ slope
    columns = tuple(int(i) for i in np.flatnonzero(is_setting))
    return SupportRegion(columns, basis, slope, centre, whitener, tree, radius, edge, condition_part)


def reach_of(values: pl.Series) -> tuple[float, float]:
    """Return how low and how high something has been taken in at least two separate stretches of its history.

    One campaign, however many periods it holds, is one experience, and one that lasts from one stretch into the next is, too:
    the two may not be neighbours. Each stretch counts from its 1 % to its 99 % quantile.

    Examples
    --------
    >>> reach_of(pl.Series([1.0, 2.0, 3.0, 9.0] + [2.0] * 20))
    (2.0, 2.0)
    """
    own = values.drop_nulls().to_numpy()
    parts = [part for part in np.array_split(own, N_STRETCHES) if len(part)]
    lows, highs = ([float(np.quantile(part, q)) for part in parts] for q in (1.0 - SHARE_COUNTED, SHARE_COUNTED))
    apart = [(i, j) for i in range(len(parts)) for j in range(i + 2, len(parts))] or [(0, len(parts) - 1)]
    return min(max(lows[i], lows[j]) for i, j in apart), max(min(highs[i], highs[j]) for i, j in apart)
