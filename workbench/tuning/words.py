"""Reasons in sentences: why nothing is proposed, and what would settle it."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from workbench.models.surrogates.response import Response

__all__ = ["number", "trial_sentence", "trial_weeks"]

POWER_Z = 2.49  # 1.645 + 0.842: one-sided 5 % test, 80 % power
WEEKS_LIFE = 520.0  # ten years
WEEKS_SEASON = 26.0  # a trial longer than half a year is called out of reach; own assumption


def number(value: float) -> str:
    """Return a value with three significant digits, thousands marked.

    Examples
    --------
    >>> number(1234.5), number(0.01234)
    ('1,230', '0.0123')
    """
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 100 else f"{rounded:g}"


def trial_weeks(response: Response, gain: float, period: timedelta | None) -> float | None:
    """Return how long a randomised trial of two equal arms would take to show `gain`, by the noise of this plant [weeks].

    Variance of the difference of two arm means over n periods in all is 4 x long-run variance / n; the long-run variance is the
    innovations' over the squared sum of the whitening filter (P. Brockwell, R. Davis, Time Series: Theory and Methods, 7.1).
    None for batches and for a gain that is not above zero.
    """
    if period is None or gain <= 0.0:
        return None
    memory = float(response.noise.predictors[-1].sum())
    innovation = float(np.std(response.innovations)) * response.scale
    long_run = (innovation / max(1.0 - memory, 0.02)) ** 2
    periods = response.spacing * 4.0 * long_run * (POWER_Z / gain) ** 2
    return float(periods * period.total_seconds() / (7 * 86400))


def trial_sentence(weeks: float | None) -> str:
    """Return what a trial would take, in words."""
    if weeks is None:
        return "A randomised trial of present against changed settings would settle it."
    if weeks > WEEKS_LIFE:
        return "No trial of a practical length would show so small an effect."
    if weeks > WEEKS_SEASON:
        return (
            f"A randomised trial would need about {number(weeks)} weeks to show it: "
            "more than a season, so it is not worth one as it is."
        )
    return f"A randomised trial of about {max(1.0, np.ceil(weeks)):.0f} weeks would settle it."
