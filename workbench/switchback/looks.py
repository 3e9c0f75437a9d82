"""Looking at a trial before its end, without saying yes more often than the plan allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.switchback.effect import TIE, make_pairs
from workbench.switchback.lengths import LEAST_PAIRS
from workbench.switchback.orders import sign_flips

__all__ = ["first_yes", "look_p_value"]

Floats = NDArray[np.float64]


def look_p_value(
    outcome: Floats,
    arms: NDArray[np.bool_],
    covariates: Floats | None,
    looks: Sequence[tuple[int, float]],
    seed: int = 0,
) -> float:
    """Return the one-sided p of the last of several looks, with the chances that the earlier looks had counted in.

    The same orders are re-randomised through all looks: an order counts when the plan would have stopped on it at an earlier
    look, or when it now looks at least as good as the observed one. At an earlier look the orders that look best are stopped
    on, until the share of the error rate that the plan spends up to it is used up (Lan and DeMets 1983, on the exact joint
    distribution of the orders; own assumption: the spending is the plan's, whether or not anybody looked). The plan says yes at
    a look where this p is at most what it has spent by then.

    Parameters
    ----------
    outcome, arms, covariates, seed
        See `switchback_effect`; of all blocks up to the last look.
    looks : sequence of (int, float)
        After how many blocks, and the error rate spent up to and with that look [-]; rising, the present look last.

    Examples
    --------
    >>> arms = np.array([True, False] * 10)
    >>> look_p_value(np.arange(20) / 40 + arms, arms, None, [(20, 0.05)]) == 1 / 1024
    True
    """
    *_, last = _p_values(outcome, arms, covariates, looks, seed)
    return last


def first_yes(
    outcome: Floats,
    arms: NDArray[np.bool_],
    covariates: Floats | None,
    looks: Sequence[tuple[int, float]],
    seed: int = 0,
) -> int | None:
    """Return at which of several looks, counted from 0, the plan says yes first; None where it does at none.

    Parameters and test are those of `look_p_value`; with fewer than `LEAST_PAIRS` pairs it says nothing, as a verdict has it.

    Examples
    --------
    >>> arms = np.array([True, False] * 10)
    >>> first_yes(np.arange(20) / 40 + arms, arms, None, [(14, 0.02), (20, 0.05)])
    0
    """
    pairs = (len(make_pairs(outcome[:after], arms[:after], None).difference) for after, _ in looks)
    found = zip(_p_values(outcome, arms, covariates, looks, seed), pairs, looks, strict=True)
    return next((nth for nth, (p, n, (_, spent)) in enumerate(found) if p <= spent and n >= LEAST_PAIRS), None)


def _p_values(
    outcome: Floats, arms: NDArray[np.bool_], covariates: Floats | None, looks: Sequence[tuple[int, float]], seed: int
) -> Iterator[float]:
    """The p of each look, the chances of those before it counted in."""
    flips = sign_flips(len(make_pairs(outcome, arms, covariates).difference), seed)
    stopped = np.zeros(len(flips), dtype=bool)
    for after_block, spent in looks:
        pairs = make_pairs(outcome[:after_block], arms[:after_block], None if covariates is None else covariates[:after_block])
        n = len(pairs.difference)
        if n == 0:
            yield 1.0
            continue
        scores = pairs.scores(0.0)
        sums = flips[:, :n] @ scores
        yield float(np.mean(stopped | (sums >= sums[0] - TIE * np.abs(scores).sum())))
        stopped |= _best(np.where(stopped, -np.inf, sums), int(spent * len(flips) + TIE) - int(stopped.sum()))


def _best(sums: Floats, most: int) -> NDArray[np.bool_]:
    """Return the orders with the largest sums, at most so many; of equal sums all or none."""
    if most <= 0:
        return np.zeros(len(sums), dtype=bool)
    ordered = np.sort(sums)[::-1]
    limit = ordered[most] if most < len(sums) else -np.inf
    return np.asarray(sums > limit + TIE * max(float(np.abs(ordered[np.isfinite(ordered)]).max(initial=0.0)), 1e-300))
