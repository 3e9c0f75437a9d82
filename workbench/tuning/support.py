"""The region of settings that the history really covers, given the conditions."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from workbench.models.surrogates.basis import Basis

__all__ = ["SupportRegion", "support_of"]

NEIGHBOURS = 10  # periods that must lie near a proposal; own assumption
N_STRETCHES = 12  # stretches of equal length that the history is cut into; own assumption
STRETCHES = 3  # stretches that must each have been near a proposal at some time; own assumption
SHARE_INSIDE = 0.95  # share of the history that counts as inside [-]; own assumption
PERIODS_MAX = 4000  # [periods] a longer history is thinned evenly
RIDGE = 1e-3  # of the settings' variance, so that a setting that hardly moved does not divide by nothing [-]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SupportRegion:
    """Where the history's settings lie once what conditions explain of them is taken out.

    Settings follow conditions under feedback. Distances are therefore taken between what is left of the settings after a
    straight line through the conditions, in units of that rest's own spread. A proposal is inside when its tenth nearest period
    is no further than that of 95 % of the history's own periods (k-nearest-neighbour support), and when its third nearest
    stretch of history is no further than theirs: one campaign, however many periods it holds, is one experience.
    """

    columns: tuple[int, ...]
    base: Basis
    slope: Floats
    centre: Floats
    whitener: Floats
    tree: cKDTree
    radius: float
    stretches: tuple[cKDTree, ...]
    radius_stretches: float
    condition_part: Floats

    def distance(self, settings: pl.DataFrame) -> Floats:
        """Return how far out each row of settings lies under recent conditions: 1 is the edge of the support [-]."""
        place = self._place(settings)
        found, _ = self.tree.query(place, k=self.tree_k)
        periods = np.atleast_2d(found.T)[-1] / max(self.radius, 1e-12)
        each = np.stack([tree.query(place)[0] for tree in self.stretches])
        third = np.sort(each, axis=0)[min(STRETCHES, len(each)) - 1] / max(self.radius_stretches, 1e-12)
        return np.asarray(np.maximum(periods, third))

    @property
    def tree_k(self) -> int:
        """Neighbours asked for: ten, or all where the history is shorter."""
        return min(NEIGHBOURS, int(self.tree.n))

    def nearest_periods(self, settings: pl.DataFrame) -> int:
        """Return how many periods lie no further from one row of settings than `radius`: ten or more inside the support."""
        return len(self.tree.query_ball_point(self._place(settings)[0], self.radius * (1.0 + 1e-9)))

    def under(self, conditions: pl.DataFrame) -> SupportRegion:
        """Return the same region, asked under the mean of other `conditions` (a row a period)."""
        is_condition = [not self.base.variables[c.variable].is_setting and not c.knots for c in self.base.columns]
        part = self.base.base_columns(conditions)[:, is_condition].mean(axis=0) @ self.slope
        return replace(self, condition_part=part)

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
    parts = [part for part in np.array_split(np.asarray(tree.data), N_STRETCHES) if len(part)]
    stretches = tuple(cKDTree(part) for part in parts)
    radius_stretches = float(np.quantile(_third_other(parts, stretches), SHARE_INSIDE))
    condition_part = basis.base_columns(recent)[:, is_condition].mean(axis=0) @ slope
    columns = tuple(int(i) for i in np.flatnonzero(is_setting))
    return SupportRegion(columns, basis, slope, centre, whitener, tree, radius, stretches, radius_stretches, condition_part)


def _third_other(parts: list[Floats], stretches: tuple[cKDTree, ...]) -> Floats:
    """Distance of each period to the third nearest of the other stretches (the furthest where there are fewer)."""
    out = []
    for own, part in enumerate(parts):
        others = [tree.query(part)[0] for k, tree in enumerate(stretches) if k != own]
        out.append(np.sort(np.stack(others), axis=0)[min(STRETCHES, len(others)) - 1] if others else np.zeros(len(part)))
    return np.concatenate(out)
