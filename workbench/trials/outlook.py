"""What small moves may still gain, as far as the records so far tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.trials.belief import Belief

__all__ = ["Outlook", "outlook_of"]

SURE, Z = 0.95, 1.6448536269514722
WORTH = 0.3  # of a period's standard deviation: a trial takes some 350 periods to tell so little from noise; own assumption

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Outlook:
    """What the best of several moves may gain against the present settings.

    Parameters
    ----------
    expected : float
        The most that any is expected to gain, 0 or more [unit of the outcome].
    room : float
        The most that any may gain: each of them gains less with a chance of 95 % or more, 0 or more [unit of the outcome].
    worth : float
        The least gain that is worth a move whose gain is not known [unit of the outcome].
    is_known : bool
        Whether any gains with a chance of 95 % or more.
    """

    expected: float
    room: float
    worth: float
    is_known: bool

    @property
    def is_flat(self) -> bool:
        """Whether none is known to gain, nor expected to gain what is worth a move."""
        return not self.is_known and self.expected <= self.worth


def outlook_of(belief: Belief, moves: Floats, origin: Floats) -> Outlook:
    """Return what rows of `moves` may gain against `origin`."""
    mean, sd = belief.change(moves, origin)
    most, surest = moves[int(np.argmax(mean + Z * sd))], moves[int(np.argmax(mean - Z * sd))]
    [room] = belief.quantiles(most, origin, [SURE])
    [least] = belief.quantiles(surest, origin, [1.0 - SURE])
    return Outlook(max(float(mean.max()), 0.0), max(room, 0.0), WORTH * belief.period_sd, least > 0.0)
