"""How much of a verified yearly value has been earned: the time in use, weighted by what is left of the gain."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from statistics import NormalDist

__all__ = [
    "DAYS_OF_YEAR",
    "MONTH_LEVEL",
    "MonthShare",
    "Stretch",
    "earned_interval",
    "half_width_to_sd",
    "is_nothing",
    "payback_months",
    "probability_positive",
    "stretches",
]

DAYS_OF_YEAR = 365.0  # [d] a value per year is earned evenly over them; own assumption
MONTH_LEVEL = 0.9  # of the interval of a re-estimated month [-]
LEAST_SAID = 0.5  # [currency] less reads as 0: nothing is said of a net value and a payback of it; own assumption


@dataclass(frozen=True)
class MonthShare:
    """What a month's re-estimate found of the verified gain.

    Parameters
    ----------
    month : str
        Such as `2026-02` (UTC).
    share : float
        1 for all of it; below 0 where the month was worse than without the settings, by noise or in truth [-].
    below, above : float
        How far the share may lie below and above, by the month's own interval; 0 where that is not known [-].
    """

    month: str
    share: float
    below: float = 0.0
    above: float = 0.0

    @property
    def start(self) -> datetime:
        """First moment of the month."""
        year, month = self.month.split("-")
        return datetime(int(year), int(month), 1, tzinfo=UTC)


@dataclass(frozen=True)
class Stretch:
    """A time in use at one rate: `years` long, at `share` of the verified value, 1 at most, with the sides of a month's [-]."""

    years: float
    share: float
    below: float = 0.0
    above: float = 0.0


def stretches(since: datetime, until: datetime, months: Sequence[MonthShare]) -> tuple[Stretch, ...]:
    """Return the stretches from `since` to `until`; the whole verified gain counts until a month says otherwise.

    From the first moment of a re-estimated month its share counts, until the next one (own assumption), and 1 at most: only a
    verified gain earns. The cut moves the share and not how far off it may be. A share below 0 counts as it was measured: what
    chance takes in one month it gives in another, and to count 0 would keep only what it gives (own assumption). Of two
    re-estimates of one month the later counts.

    Parameters
    ----------
    since, until : datetime
        Start and end of the use; nothing is earned where `until` is not after `since`.
    months : sequence of MonthShare
        In the order they were written.

    Examples
    --------
    >>> since, until = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    >>> [round(s.years * 365) for s in stretches(since, until, [MonthShare("2026-02", 0.5)])]
    [31, 28]
    """
    latest = {m.month: m for m in months}
    marks = [replace(m, share=min(m.share, 1.0)) for _, m in sorted(latest.items())]
    now = next((m for m in reversed(marks) if m.start <= since), MonthShare(f"{since:%Y-%m}", 1.0))
    found, at = [], since
    for then in [m for m in marks if since < m.start < until]:
        found.append(Stretch(_years(then.start - at), now.share, now.below, now.above))
        at, now = then.start, then
    if until > at:
        found.append(Stretch(_years(until - at), now.share, now.below, now.above))
    return tuple(found)


def earned_interval(value_per_year: tuple[float, float, float], used: Sequence[Stretch]) -> tuple[float, float]:
    """Return the interval of what was earned, the sum over the stretches of years x V x share [currency].

    V x share is what a re-estimated month itself measured: its rate may lie as far off as that month's interval says, and at
    least as far as the verdict's interval does by that share, each side the wider of the two, for a month is compared with the
    trial's own present blocks and knows them no better. Without a month the verdict's interval holds. Months and verdict lean
    on the same blocks, so that their errors are taken to go together: the ends of the stretches add (own assumptions).

    Parameters
    ----------
    value_per_year : tuple of float
        V: verified value, with the low and the high end of its interval [currency/year].
    used : sequence of Stretch
        Its use, the sides of its shares at the level of that interval.

    Examples
    --------
    >>> earned_interval((100.0, 60.0, 140.0), [Stretch(1.0, 1.0), Stretch(0.5, 0.2, below=0.7, above=0.6)])
    (35.0, 180.0)
    """
    value, *ends = value_per_year
    low = high = 0.0
    for s in used:
        rates = [*(end * s.share for end in ends), value * (s.share - s.below), value * (s.share + s.above)]
        low, high = low + s.years * min(rates), high + s.years * max(rates)
    return low, high


NEVER = 1000.0  # [years] a payback further off is none; own assumption


def payback_months(value_per_year: float, cost: float, used: Sequence[Stretch], runs_on: bool) -> float | None:
    """Return the months of use until the value earned is at least the cost; None where it is not reached within `NEVER`.

    Without a cost a value of at least zero has paid back from the start, and one below never does.

    Parameters
    ----------
    value_per_year : float
        Verified [currency/year].
    cost : float
        Of the recommendation so far [currency]; 0 where it is below.
    used : sequence of Stretch
        Its use so far.
    runs_on : bool
        Whether it is still in use: the last rate then goes on.

    Examples
    --------
    >>> payback_months(1200.0, 300.0, [Stretch(0.5, 1.0)], runs_on=False)
    3.0
    """
    if cost <= 0:
        return 0.0 if value_per_year >= 0 else None
    earned = years = 0.0
    for stretch in used:
        rate = value_per_year * stretch.share
        if rate > 0 and earned + rate * stretch.years >= cost:
            return (years + (cost - earned) / rate) * 12
        earned += rate * stretch.years
        years += stretch.years
    rate = value_per_year * used[-1].share if used else 0.0
    if not runs_on or rate * NEVER <= cost - earned:
        return None
    return (years + (cost - earned) / rate) * 12


def is_nothing(earned: float, cost: float) -> bool:
    """Return whether value and cost both read as 0, as on the day of a verdict: their difference then tells nothing.

    Parameters
    ----------
    earned, cost : float
        So far [currency].

    Examples
    --------
    >>> is_nothing(0.2, 0.0), is_nothing(0.2, 80.0)
    (True, False)
    """
    return max(abs(earned), abs(cost)) < LEAST_SAID


def probability_positive(net: float, sd: float) -> float:
    """Return the probability that a net value is above zero, by the normal distribution [-].

    Parameters
    ----------
    net, sd : float
        Its mean and standard deviation [currency]; at 0 the answer is 0 or 1.

    Examples
    --------
    >>> round(probability_positive(1.645, 1.0), 3), probability_positive(-5.0, 0.0)
    (0.95, 0.0)
    """
    if sd <= 0:
        return 1.0 if net > 0 else 0.0
    return 0.5 * (1.0 + math.erf(net / (sd * math.sqrt(2.0))))


def half_width_to_sd(low: float, high: float, level: float) -> float:
    """Return the standard deviation of a normal distribution with this two-sided interval."""
    return (high - low) / (2.0 * NormalDist().inv_cdf(0.5 + level / 2.0))


def _years(span: timedelta) -> float:
    return span.total_seconds() / 86400.0 / DAYS_OF_YEAR
