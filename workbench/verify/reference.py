"""What the objective would be at the present settings under later conditions, learned from a trial's present blocks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = ["Expected", "Reference", "learn_reference"]

MOST_CORRELATION = 0.99  # lag-1 autocorrelation that is still corrected for [-]
PASSES = 2  # the noise that weighs the conditions is that of the residuals they leave, at first of those without them

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Expected:
    """Mean of the objective at the present settings over some periods, its standard error and that of the periods' own noise.

    `outside` is the share of periods in which some condition lies beyond all that the present blocks saw, `most` the condition
    that does so in most of them, None where none does.
    """

    mean: float
    error: float
    noise: float
    outside: float
    most: str | None


@dataclass(frozen=True)
class Reference:
    """The objective at the present settings as a linear function of covariates and other conditions.

    `blocks` is how many present blocks it was learned from; `covariance` that of the weights, `spread` the standard deviation
    of the residuals as that of independent periods (their memory counted in).
    """

    names: tuple[str, ...]
    centres: Floats
    scales: Floats
    low: Floats
    high: Floats
    weights: Floats
    covariance: Floats
    spread: float
    blocks: int

    def expect(self, rows: pl.DataFrame) -> Expected:
        """Return what the rows, one or more, would have had at the present settings; what is not known of them is as usual."""
        values = _values(rows, self.names)
        design = _design(values, self.centres, self.scales)
        middle = design.mean(axis=0)
        is_out = (values < self.low) | (values > self.high)
        shares = is_out.mean(axis=0)
        most = self.names[int(shares.argmax())] if len(self.names) and shares.max() > 0.0 else None
        return Expected(
            mean=float(middle @ self.weights),
            error=math.sqrt(float(middle @ self.covariance @ middle)),
            noise=self.spread / math.sqrt(rows.height),
            outside=float(is_out.any(axis=1).mean()) if len(self.names) else 0.0,
            most=most,
        )


def learn_reference(present: pl.DataFrame, covariates: Sequence[str], conditions: Sequence[str]) -> Reference:
    """Return the objective at the present settings, learned by least squares with what is not known of it.

    Covariates enter as they are. The other conditions may matter as well when they leave what the trial saw, though over its
    randomised blocks they cancel: each gets a weight too, believed to be nought with a standard deviation of the residuals'
    own for each standard deviation of the condition (own assumption), so that one of which the trial tells little widens the
    answer. Noise has a memory (residuals' lag-1 autocorrelation r: n periods count as n (1 - r) / (1 + r)), and blocks differ
    by more than that: the covariance of the weights is that of residuals which go together within a block (Liang and Zeger,
    1986), where that is more.

    Parameters
    ----------
    present : polars.DataFrame
        Periods of the present blocks in time order: `@objective`, covariates without nulls, conditions, and `@block`.
    covariates, conditions : sequence of str
        Of the plan, and other numeric ones of the sheet; one that never changes tells nothing and is left out.
    """
    others = [c for c in conditions if len(_known(present, c)) and float(np.ptp(_known(present, c))) > 0.0]
    names = (*covariates, *others)
    values = _values(present, names)
    centres = np.array([_known(present, name).mean() for name in names])
    scales = np.array([float(_known(present, name).std()) or 1.0 for name in names])
    design, outcome = _design(values, centres, scales), present["@objective"].cast(pl.Float64).to_numpy()
    n_free = 1 + len(covariates)
    weights = np.zeros(len(names) + 1)
    weights[:n_free], *_ = np.linalg.lstsq(design[:, :n_free], outcome, rcond=None)
    residuals = outcome - design @ weights
    prior = float(residuals.std(ddof=n_free)) if others else 0.0
    spread = _spread(residuals, float(n_free))
    inverse: Floats = np.linalg.pinv(design[:, :n_free].T @ design[:, :n_free]).astype(np.float64)
    for _ in range(PASSES if prior > 0.0 else 0):
        penalty = np.concatenate([np.zeros(n_free), np.full(len(others), (spread / prior) ** 2)])
        inverse = np.linalg.pinv(design.T @ design + np.diag(penalty)).astype(np.float64)
        weights = inverse @ design.T @ outcome
        residuals = outcome - design @ weights
        spread = _spread(residuals, float(np.trace(inverse @ design.T @ design)))
    kept = design[:, : len(inverse)]
    covariance = np.zeros((len(weights), len(weights)))
    blocks = present["@block"].to_numpy()
    covariance[: len(inverse), : len(inverse)] = _larger(spread**2 * inverse, _by_block(kept, residuals, blocks, inverse))
    low, high = (edge(values, axis=0, initial=start) for edge, start in ((np.nanmin, np.inf), (np.nanmax, -np.inf)))
    return Reference(names, centres, scales, low, high, weights, covariance, spread, len(np.unique(blocks)))


def _by_block(design: Floats, residuals: Floats, blocks: NDArray[np.int64], inverse: Floats) -> Floats:
    """Covariance of the weights from the sums of each block's residuals; nought where all is one block."""
    numbers = np.unique(blocks)
    if len(numbers) < 2:
        return np.zeros_like(inverse)
    sums = np.array([design[blocks == number].T @ residuals[blocks == number] for number in numbers])
    middle: Floats = inverse @ (sums.T @ sums) @ inverse
    return middle * len(numbers) / (len(numbers) - 1)


def _larger(one: Floats, other: Floats) -> Floats:
    """The smallest covariance that is at least `one`, and in no direction of their difference less than `other`."""
    shares, directions = np.linalg.eigh(other - one)
    larger: Floats = one + (directions * np.maximum(shares, 0.0)) @ directions.T
    return larger


def _spread(residuals: Floats, weights: float) -> float:
    """Standard deviation of the residuals, `weights` learned from them, as that of periods without memory."""
    square = float(residuals @ residuals)
    if square <= 0.0:
        return 0.0
    memory = min(max(float(residuals[1:] @ residuals[:-1]) / square, 0.0), MOST_CORRELATION)
    return math.sqrt(square / max(len(residuals) - weights, 1.0) * (1.0 + memory) / (1.0 - memory))


def _known(frame: pl.DataFrame, name: str) -> Floats:
    return frame[name].cast(pl.Float64).drop_nulls().drop_nans().to_numpy()


def _values(frame: pl.DataFrame, names: Sequence[str]) -> Floats:
    columns = [frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy() for name in names]
    return np.column_stack(columns) if columns else np.empty((frame.height, 0))


def _design(values: Floats, centres: Floats, scales: Floats) -> Floats:
    """A one for the mean, then each condition in its standard deviations; one that is not known is at its mean."""
    apart = (values - centres) / scales
    return np.column_stack([np.ones(len(values)), np.where(np.isfinite(apart), apart, 0.0)])
