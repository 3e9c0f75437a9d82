"""The scale on which an outcome keeps its limits: its own, or a logarithm on which it scatters evenly.

Impurities, emissions and free lime scatter in proportion to themselves and answer settings by factors. Learned straight, their
tail moves too little with their level. Nobody sees that where people hold the level in a narrow band.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from workbench.counts import is_count
from workbench.models.surrogates.noise import places_of
from workbench.models.surrogates.response import Response
from workbench.models.surrogates.surrogate import Surrogate

__all__ = ["Scale", "scaled"]

NATS_NEEDED = (
    12.0  # log evidence that a logarithm must win over the outcome itself, as a change of behaviour must; own assumption
)
WHOLE = 100.0  # [%] what is missing to the whole may be what scatters in proportion to itself

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Scale:
    """A logarithm that rises with the outcome: of how far it lies above `end`, or, turned round, below it.

    Parameters
    ----------
    end : float
        That the outcome never reaches, in its unit.
    side : float
        1 where outcomes lie above it, -1 below.

    Examples
    --------
    >>> Scale(0.0, 1.0).of(np.array([1.0, np.e])).tolist(), Scale(100.0, -1.0).of(np.array([99.0])).tolist()
    ([0.0, 1.0], [-0.0])
    """

    end: float
    side: float

    def of(self, values: Floats) -> Floats:
        """Return the values on this scale; what does not lie on its side of the end lies next to it."""
        return np.asarray(self.side * np.log(np.maximum(self.side * (values - self.end), 1e-300)))

    def holds(self, values: Floats) -> bool:
        """Whether all values lie on its side of the end."""
        return bool(np.all(self.side * (values - self.end) > 0.0))

    def log_slope(self, values: Floats) -> float:
        """Return the sum over the values of the logarithm of the scale's slope: what an evidence on it is to be given back."""
        return -float(np.log(self.side * (values - self.end)).sum())


def scaled(surrogate: Surrogate, target: str, unit: str, limits: Sequence[float]) -> tuple[Scale, Surrogate] | None:
    """Return the scale on which an outcome is likeliest, and the surrogate that has learned it so; None where that is its own.

    The evidences of both are compared as densities of the outcome itself (the transformation's Jacobian [1]_).

    Parameters
    ----------
    surrogate : Surrogate
        Has learned the outcome.
    target : str
        The outcome.
    unit : str
        Its unit; per cent may be counted from 100 down.
    limits : sequence of float
        That will be asked for on the scale.

    References
    ----------
    .. [1] G. E. P. Box, D. R. Cox, An analysis of transformations, J. R. Statistical Society B 26 (1964) 211-252.
    """
    response = surrogate.responses[target]
    values = surrogate.frame[target].cast(float).to_numpy()[surrogate.rows[target]]
    if is_count(values):
        return None
    places = places_of(surrogate.grid.positions[surrogate.rows[target]])
    best, found = _evidence(response, places) + NATS_NEEDED, None
    for scale in (Scale(0.0, 1.0), *([Scale(WHOLE, -1.0)] if unit == "%" else [])):
        if not scale.holds(np.append(values, limits)) or not _may_win(response, scale, values):
            continue
        other = surrogate.learned_as(target, scale.of(values))
        won = _evidence(other, places) + scale.log_slope(values)
        if won > best:
            best, found = won, (scale, replace(surrogate, responses={target: other}))
    return found


def _evidence(response: Response, places: NDArray[np.int64]) -> float:
    """Log evidence of what was learned, as a density in its unit [nats]."""
    squeeze = response.noise.log_determinant(places)
    return response.fit.log_evidence + squeeze - len(places) * float(np.log(response.scale))


def _may_win(response: Response, scale: Scale, values: Floats) -> bool:
    """Whether what the fit leaves unexplained scatters more evenly on the scale, as far as one look can tell."""
    fitted = response.fitted(response.design)
    nearest = float(np.min(scale.side * (values - scale.end)))
    inside = scale.end + scale.side * np.maximum(scale.side * (fitted - scale.end), nearest)
    own, other = (float(np.std(left)) for left in (values - fitted, scale.of(values) - scale.of(inside)))
    return own > 0.0 and other > 0.0 and len(values) * float(np.log(own / other)) + scale.log_slope(values) > NATS_NEEDED
