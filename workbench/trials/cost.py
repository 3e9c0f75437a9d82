"""What a trial costs if its promise is wrong."""

from __future__ import annotations

from statistics import NormalDist

from workbench.records import Money
from workbench.trial_records import Cost

__all__ = ["trial_cost"]

HOURS_PER_YEAR = 8760.0  # [h] where the sheet does not say how long the plant runs
Z = 1.6448536269514722  # standard normal quantile of the upper end of a two-sided 90 % interval


def trial_cost(money: Money | None, hours_per_year: float | None, proposed_hours: float) -> Cost:
    """Return the loss over the hours at proposed settings.

    `expected` is the mean loss where the promise is wrong: the mean of the part below zero of the normal distribution that has
    the promise's mean and interval, given that the gain is below zero. `high` is the loss if the truth were minus the promise.
    At zero gain the trial costs nothing but people's work, which is not counted. Own assumptions.

    Parameters
    ----------
    money : Money or None
        The promise's yearly worth with its 90 % interval; None where the sheet does not price it.
    hours_per_year : float or None
        Hours that the plant runs [h].
    proposed_hours : float
        Hours of the trial at proposed settings, washouts included, 0 or more [h].

    Examples
    --------
    >>> money = Money(currency="EUR", expected=876_000.0, low=0.0, high=1_752_000.0)
    >>> cost = trial_cost(money, None, proposed_hours=100.0)
    >>> round(cost.expected), cost.high
    (2540, 10000.0)
    """
    if money is None:
        note = "the sheet does not say what a unit of the objective is worth: no cost in money"
        return Cost(currency=None, expected=None, high=None, note=note)
    share = proposed_hours / (hours_per_year or HOURS_PER_YEAR)
    sd = (money.high - money.low) / (2.0 * Z)
    mean_loss = _loss_where_wrong(money.expected, sd)
    note = (
        f"over {proposed_hours:.0f} h at the proposed settings: expected is the mean loss if the gain is below zero, high the "
        "loss if the truth is minus the promise; at zero gain the trial costs only people's work, which is not counted"
    )
    return Cost(currency=money.currency, expected=mean_loss * share, high=abs(money.expected) * share, note=note)


def _loss_where_wrong(mean: float, sd: float) -> float:
    """Mean of -x given x < 0, for x normal: sd phi(a) / Phi(-a) - mean, a = mean / sd (the inverse Mills ratio)."""
    if sd <= 0.0:
        return max(0.0, -mean)
    normal = NormalDist()
    a = mean / sd
    below = normal.cdf(-a)
    return 0.0 if below < 1e-12 else sd * normal.pdf(a) / below - mean
