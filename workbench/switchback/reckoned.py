"""What the normal distribution says of a trial: how sure a rehearsed power is, and how long a trial would have to be."""

from __future__ import annotations

import math
from statistics import NormalDist

__all__ = ["ALPHA", "POWER_WANTED", "noises_wanted", "power_doubt", "weeks_needed"]

ALPHA = 0.05  # one-sided error rate of a whole trial [-]
POWER_WANTED = 0.8  # of a gain as unsure as the promise [-]


def noises_wanted(doubt: float) -> float:
    """Return how many standard deviations of its estimate an effect has to be, for a trial to find it with an assurance of 0.8.

    Where the effect is normal with standard deviation `doubt` effects, and k standard deviations of the estimate large, the
    assurance is Phi((k - 1.645) / sqrt(1 + (doubt k)**2)) (O'Hagan, Stevens and Campbell, Pharmaceutical Statistics 4 (2005)
    187).

    Parameters
    ----------
    doubt : float
        0 or more [-]; more than 1 counts as 1: of such a promise no trial is ever so sure.

    Examples
    --------
    >>> round(noises_wanted(0.0), 2), round(noises_wanted(0.4), 2)
    (2.49, 2.95)
    """
    normal = NormalDist()
    critical, wanted = normal.inv_cdf(1.0 - ALPHA), normal.inv_cdf(POWER_WANTED)
    noises = critical + wanted
    for _ in range(50):
        noises = critical + wanted * math.hypot(1.0, min(doubt, 1.0) * noises)
    return noises


def power_doubt(power: float, pairs: float) -> float:
    """Return the standard error of a power that was rehearsed on a past of so many pairs of blocks [-].

    A standard deviation from n values has a relative standard error of 1 / sqrt(2 n), and power = Phi(effect / s - 1.645).

    Parameters
    ----------
    power : float
        0 to 1 [-].
    pairs : float
        Above 0 [pairs].

    Examples
    --------
    >>> round(power_doubt(0.8, 100.0), 3)
    0.049
    """
    normal = NormalDist()
    clipped = min(max(power, 1e-6), 1.0 - 1e-6)
    z = normal.inv_cdf(clipped)
    return normal.pdf(z) * abs(z + normal.inv_cdf(1.0 - ALPHA)) / math.sqrt(2.0 * pairs)


def weeks_needed(weeks: float, power: float) -> float:
    """Return the length that gives power 0.8, from the power of a trial of some weeks [weeks].

    For an estimate with standard error s, power = Phi(effect / s - 1.645), and s falls with the root of the length.

    Parameters
    ----------
    weeks : float
        Length of the trial, above 0 [weeks].
    power : float
        What it finds, 0 to 1 [-]; at 5 % or less nothing can be said, and the answer is infinite.

    Examples
    --------
    >>> round(weeks_needed(13.0, 0.41), 1)
    40.0
    """
    normal = NormalDist()
    critical = normal.inv_cdf(1.0 - ALPHA)
    if power <= ALPHA:
        return float("inf")
    z = normal.inv_cdf(min(power, 1.0 - 1e-9)) + critical
    return weeks * max(1.0, ((normal.inv_cdf(POWER_WANTED) + critical) / z) ** 2)
