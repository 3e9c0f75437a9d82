"""The region of settings that the history really covers, given the conditions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from workbench.models.surrogates.basis import Basis

__all__ = ["SupportRegion", "support_of"]

NEIGHBOURS = 10  # periods that must lie near a proposal; own assumption
SHARE_INSIDE = 0.95  # share of the history that counts as inside [-]; own assumption
PERIODS_MAX = 4000  # [periods] a longer history is thinned evenly
RIDGE = 1e-3  # of the settings' variance, so that a setting that hardly moved does not divide by nothing [-]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SupportRegion:
    """Where the history's settings lie once what conditions explain of them is taken out.

    Settings follow conditions under feedback. Distances are therefore taken between what is left of the settings after a
    straight line through the conditions, in units of that rest's own spread; a proposal is inside when its tenth nearest period
    is no further than that of 95 % of the history's own periods (k-nearest-neighbour support).
    """

    columns: tuple[int, ...]
    base: Basis
    slope: Floats
    centre: Floats
    whitener: Floats
    tree: cKDTree
    radius: float
    condition_part: Floats

    def distance(self, settings: pl.DataFrame) -> Floats:
        """Return the distance of each row of settings to its tenth nearest period, under recent conditions [sd]."""
        found, _ = self.tree.query(self._place(settings), k=self.tree_k)
        return np.asarray(np.atleast_2d(found.T)[-1])

    @property
    def tree_k(self) -> int:
        """Neighbours asked for: ten, or all where the history is shorter."""
        return min(NEIGHBOURS, int(self.tree.n))

    def nearest_periods(self, settings: pl.DataFrame) -> int:
        """Return how many periods lie no further from one row of settings than `radius`: ten or more inside the support."""
        return len(self.tree.query_ball_point(self._place(settings)[0], self.radius * (1.0 + 1e-9)))

    def _place(self, settings: pl.DataFrame) -> Floats:
        z = self.base.base_columns(settings)[:, self.columns]
        return np.asarray((z - self.condition_part - self.centre) @ self.whitener)


def support_of(basis: Basis, frame: pl.DataFrame, recent: pl.DataFrame) -> SupportRegion:
    """Learn the region from the usable periods `frame`; proposals are judged under the conditions of `recent`."""
    is_setting = np.array([basis.variables[c.variable].is_setting and not c.knots for c in basis.columns])
    is_condition = np.array([not basis.variables[c.variable].is_setting and not c.knots for c in basis.columns])
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
    radius = float(np.quantile(own[:, -1], SHARE_INSIDE))
    condition_part = basis.base_columns(recent)[:, is_condition].mean(axis=0) @ slope
    columns = tuple(int(i) for i in np.flatnonzero(is_setting))
    return SupportRegion(columns, basis, slope, centre, whitener, tree, radius, condition_part)
