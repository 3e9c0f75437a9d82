"""Looks at a running trial, and how much of the error rate each may have spent."""

from __future__ import annotations

import math

from workbench.switchback.lengths import LEAST_PAIRS
from workbench.switchback.reckoned import ALPHA
from workbench.trial_records import Look

__all__ = ["alpha_spent", "plan_looks"]

EARLY = (0.5, 0.75)  # of a trial: what is clear by then need not go on; own assumption
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
    """Return the looks of a trial: after half and three quarters of it where enough orders exist by then, and the end.

    Parameters
    ----------
    n_blocks : int
        Even, 2 or more [blocks].

    Examples
    --------
    >>> [[look.after_block for look in plan_looks(n)] for n in (40, 20, 16)]
    [[20, 30, 40], [14, 20], [16]]
    """
    pairs = n_blocks // 2
    looks = []
    for share in EARLY:
        so_far = int(share * pairs)
        if so_far >= LEAST_PAIRS and 2.0**-so_far <= alpha_spent(so_far / pairs):
            looks.append(Look(after_block=2 * so_far, alpha_spent=round(alpha_spent(so_far / pairs), 6)))
    return (*looks, Look(after_block=n_blocks, alpha_spent=ALPHA))
