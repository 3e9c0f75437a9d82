"""Looks at a running trial, and how much of the error rate each may have spent."""

from __future__ import annotations

import math

from workbench.trial_records import Look

__all__ = ["alpha_spent", "plan_looks"]

ALPHA = 0.05  # one-sided error rate of the whole trial
Z = 1.9599639845400545  # standard normal quantile of 1 - ALPHA / 2


def alpha_spent(share: float) -> float:
    """Return the error rate spent when this share of the trial is done, after O'Brien and Fleming [1]_ [-].

    Parameters
    ----------
    share : float
        Above 0 up to 1 [-].

    References
    ----------
    .. [1] K. K. G. Lan, D. L. DeMets, Discrete sequential boundaries for clinical trials, Biometrika 70 (1983) 659:
       2 - 2 Phi(z / sqrt(share)), z the quantile of 1 - alpha / 2.

    Examples
    --------
    >>> round(alpha_spent(0.5), 4), round(alpha_spent(1.0), 4)
    (0.0056, 0.05)
    """
    return math.erfc(Z / math.sqrt(share) / math.sqrt(2.0))


def plan_looks(n_blocks: int) -> tuple[Look, ...]:
    """Return the looks of a trial: one halfway where enough orders exist by then for it to decide anything, and the end.

    Parameters
    ----------
    n_blocks : int
        Even, 2 or more [blocks].

    Examples
    --------
    >>> [look.after_block for look in plan_looks(32)], [look.after_block for look in plan_looks(16)]
    ([16, 32], [16])
    """
    pairs = n_blocks // 2
    half = pairs // 2
    looks = []
    if half and 2.0**-half <= alpha_spent(half / pairs):
        looks.append(Look(after_block=2 * half, alpha_spent=round(alpha_spent(half / pairs), 6)))
    return (*looks, Look(after_block=n_blocks, alpha_spent=ALPHA))
