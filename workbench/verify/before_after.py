"""Before and after a change that was simply made: the usual test, matched on conditions, and how often it cries wolf."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["CryWolf", "Difference", "cry_wolf", "difference_after"]

NEIGHBOURS = 5  # periods before that one period after is compared with; own assumption
REACH = 1.0  # [standard deviations per condition] a match further away is none; own assumption
LEAST_MATCHED = 0.5  # of the periods after: with fewer matched, nothing is matched; own assumption
LEAST_PERIODS = 10  # [periods] known on either side for a comparison; own assumption
Z = 1.6448536269514722  # its standard normal quantile
MOST_PLACEBOS = 200
LEAST_PLACEBOS = 19  # with fewer, the smallest p of a rank among them is above 5 %

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Difference:
    """Mean after less mean before.

    Parameters
    ----------
    estimate, standard_error : float
        By Newey and West, as the usual test has it.
    is_matched : bool
        Whether periods after were compared with periods before under like conditions.
    """

    estimate: float
    standard_error: float
    is_matched: bool

    @property
    def finds_gain(self) -> bool:
        """Whether the usual test, one-sided at 5 %, would call it a gain."""
        return self.estimate > Z * self.standard_error


@dataclass(frozen=True)
class CryWolf:
    """The same comparison at past dates at which nothing was changed.

    Parameters
    ----------
    estimates : ndarray
        What it found there.
    alarms : int
        How often the usual test called it a gain.
    """

    estimates: Floats
    alarms: int

    @property
    def rate(self) -> float | None:
        """Share of the dates at which it found a gain; None where there are too few dates to say."""
        return self.alarms / len(self.estimates) if len(self.estimates) >= LEAST_PLACEBOS else None

    def standard_error(self, usual: float) -> float:
        """Return how far such a comparison really strays, at least the usual standard error."""
        spread = float(np.sqrt(np.mean(self.estimates**2))) if len(self.estimates) >= LEAST_PLACEBOS else 0.0
        return max(usual, spread)

    def p_value(self, estimate: float) -> float | None:
        """Return the rank of an estimate among the dates without a change; None where there are too few."""
        n = len(self.estimates)
        return float(1 + np.sum(self.estimates >= estimate)) / (1 + n) if n >= LEAST_PLACEBOS else None


def difference_after(
    outcome: Floats, conditions: Floats, before: NDArray[np.bool_], after: NDArray[np.bool_]
) -> Difference | None:
    """Return the difference of two stretches of periods, matched on the conditions where that is possible.

    Each period after is compared with the mean of the five nearest periods before, conditions in their standard deviations
    (nearest neighbours, Abadie and Imbens 2006); where fewer than half find neighbours near enough, or no conditions are
    known, plain means are compared. The standard error is that of the series after (and before, where plain), by Newey and
    West 1987 with lag 4 (n/100)^(2/9): the usual test, which autocorrelated plant data often deceive.

    Parameters
    ----------
    outcome : ndarray of shape (periods,)
        More is better; nan where not known.
    conditions : ndarray of shape (periods, k)
        Numeric conditions, nan where not known; k may be 0.
    before, after : ndarray of bool, shape (periods,)
        Which periods belong to which stretch.

    Returns
    -------
    Difference or None
        None where fewer than ten periods are known on either side.
    """
    known = np.isfinite(outcome)
    if (known & before).sum() < LEAST_PERIODS or (known & after).sum() < LEAST_PERIODS:
        return None
    full = known & np.isfinite(conditions).all(axis=1) if conditions.shape[1] else np.zeros_like(known)
    if (full & before).sum() >= LEAST_PERIODS and (full & after).sum() >= LEAST_PERIODS:
        gaps = _matched_gaps(outcome, conditions, full & before, full & after)
        if np.isfinite(gaps).mean() >= LEAST_MATCHED:
            found = gaps[np.isfinite(gaps)]
            error = np.hypot(_newey_west(found), _newey_west(outcome[full & before]))
            return Difference(float(found.mean()), float(error), True)
    first, second = outcome[known & before], outcome[known & after]
    error = np.hypot(_newey_west(first), _newey_west(second))
    return Difference(float(second.mean() - first.mean()), float(error), False)


def cry_wolf(outcome: Floats, conditions: Floats, end: int, n_before: int, n_after: int) -> CryWolf:
    """Return the same comparison at dates spread over the past before period `end`, at which nothing was changed.

    Parameters
    ----------
    outcome, conditions
        See `difference_after`; all periods of the history in time order.
    end : int
        First period that is no longer past: where the real comparison's change was made.
    n_before, n_after : int
        Periods of the real comparison on either side, 1 or more.
    """
    last = end - n_after
    dates = np.unique(np.linspace(n_before, last, MOST_PLACEBOS).astype(int)) if last >= n_before else np.empty(0, dtype=int)
    place = np.arange(len(outcome))
    estimates, alarms = [], 0
    for date in dates:
        before = (place >= date - n_before) & (place < date)
        after = (place >= date) & (place < date + n_after)
        found = difference_after(outcome, conditions, before, after)
        if found is not None:
            estimates.append(found.estimate)
            alarms += found.finds_gain
    return CryWolf(np.array(estimates, dtype=np.float64), alarms)


def _matched_gaps(outcome: Floats, conditions: Floats, before: NDArray[np.bool_], after: NDArray[np.bool_]) -> Floats:
    """Each period after less the mean of its nearest ones before; nan where these are too far off."""
    spread = conditions[before | after].std(axis=0)
    scaled = conditions[:, spread > 0.0] / spread[spread > 0.0]
    if scaled.shape[1] == 0:
        return np.full(int(after.sum()), np.nan)
    from scipy.spatial import cKDTree

    k = min(NEIGHBOURS, int(before.sum()))
    distance, at = cKDTree(scaled[before]).query(scaled[after], k=k)
    gaps = outcome[after] - outcome[before][at].mean(axis=1)
    return np.where(distance[:, -1] <= REACH * np.sqrt(scaled.shape[1]), gaps, np.nan)


def _newey_west(series: Floats) -> float:
    """Standard error of the mean of a series."""
    n = len(series)
    lag = min(int(4.0 * (n / 100.0) ** (2.0 / 9.0)), n - 1)
    left = series - series.mean()
    total = float(left @ left)
    for k in range(1, lag + 1):
        total += 2.0 * (1.0 - k / (lag + 1.0)) * float(left[k:] @ left[:-k])
    return float(np.sqrt(max(total, 0.0)) / n)
