"""How often a limit would hold elsewhere: every period of the window as it was, with other settings.

A period's own outcome carries its conditions and its noise, so that busy and quiet days count as often as they came. What is
learned is only the change from the settings that were felt then to those that are asked for, under the conditions of then.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.counts import edge_of, share_within
from workbench.trials.belief import Belief
from workbench.trials.moves import Settings
from workbench.trials.seen import Seen

__all__ = ["CAUTION", "Holding", "holding_of"]

CAUTION = 2.0  # on the belief's standard deviation: of many moves the one that flatters itself most is chosen
PERIODS_MOST = 400  # that are looked at again with other settings, taken evenly from all that are learned from; own assumption
KERNEL = 1.06  # Silverman's rule for a normal kernel (Density Estimation, 1986, 3.28)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Holding:
    """What is known of one limited outcome.

    Parameters
    ----------
    belief : Belief
        Of the outcome, the settings' effects changing with the conditions.
    felt : ndarray of shape (periods, settings and conditions)
        Settings as they were felt, in moves, and conditions in standard deviations from their mean.
    outcome : ndarray of shape (periods,)
        What was measured [unit of the outcome].
    """

    belief: Belief
    felt: Floats
    outcome: Floats

    def shares(self, moves: Floats, bound: float, *, is_high: bool, caution: float = CAUTION) -> Floats:
        """Return the share of the window's periods in which each row of settings is expected to hold a bound [-].

        A single period may differ from one of the window by a normal kernel (Silverman), so that ten results that all held do
        not promise that every one will. A count holds a bound up to half-way to its next value. With no `caution` what is not
        known of the settings counts for nothing.
        """
        edge, width = edge_of(self.outcome, bound, "high" if is_high else "low")
        basis, root = self.belief.basis, self.belief.root()
        mean = self.belief.weights @ self.belief.means
        there, was = self._under(moves), basis.terms(self.felt)
        steer = np.column_stack([np.ones(len(self.felt)), self.felt[:, len(basis.choices) :]])
        middle, spread, was_spread = there @ mean, there @ root, was @ root
        kernel = KERNEL * self.belief.period_sd * len(self.felt) ** -0.2
        shares = np.empty(len(moves))
        for at in range(len(moves)):
            value = self.outcome + steer @ middle[at] - was @ mean
            sd = np.linalg.norm(steer @ spread[at] - was_spread, axis=1)
            within = edge - value if is_high else value - edge
            shares[at] = share_within(within[None], np.maximum(np.hypot(caution * sd, kernel), 1e-300)[None], width)[0]
        return shares

    def _under(self, moves: Floats) -> Floats:
        """Terms of rows of settings, of shape (rows, 1 + conditions, terms): at mean conditions, and what each one adds."""
        basis = self.belief.basis
        rows = [np.concatenate([np.zeros(basis.n_conditions)[None], np.eye(basis.n_conditions)])] * len(moves)
        each = np.repeat(moves, 1 + basis.n_conditions, axis=0)
        terms = basis.terms(np.column_stack([each, np.concatenate(rows)])).reshape(len(moves), 1 + basis.n_conditions, -1)
        return np.concatenate([terms[:, :1], terms[:, 1:] - terms[:, :1]], axis=1)


def holding_of(seen: Seen, outcome: Floats, origin: Settings) -> Holding | None:
    """Return what the window says of a limited outcome, settings counted from `origin`; None with fewer than two results."""
    belief = seen.belief(outcome, origin, tied=True)
    if belief is None:
        return None
    here = seen.learned(outcome)
    [felt, *_] = seen.felt_under(here, origin)
    looked = np.unique(np.linspace(0, len(here) - 1, PERIODS_MOST).astype(int))
    return Holding(belief, felt[looked], outcome[here][looked])
