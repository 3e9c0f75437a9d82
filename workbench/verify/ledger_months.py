"""Which months after a verdict tell of its gain alone, and which of them wait to be estimated again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from workbench.switchback import stamp
from workbench.verify.ended import use_of
from workbench.verify.ledger_lines import COUNTED_GRADES, held_months, last_verdict
from workbench.verify.states import ReviewState, day_words
from workbench.verify.unfollowed import too_few_present

__all__ = ["Aside", "Due", "Left", "Other", "aside_months", "due_months", "left_settings", "month_span", "other_use"]


@dataclass(frozen=True)
class Other:
    """A time in which the plant does not tell of a verified gain alone.

    Parameters
    ----------
    start : datetime
    end : datetime or None
        None where it goes on.
    why : str
        What happened, as a clause.
    """

    start: datetime
    end: datetime | None
    why: str

    def touches(self, month: str) -> bool:
        """Whether some of a month such as `2026-02` (UTC) lies in it."""
        first, after = month_span(month)
        return self.start < after and (self.end is None or self.end > first)


@dataclass(frozen=True)
class Due:
    """A verified gain whose months wait to be estimated again.

    Parameters
    ----------
    recommendation, plant : str
    months : tuple of str
        Such as `2026-02` (UTC), in their order; whole ones by the calendar: whether records of them exist is not known here.
    """

    recommendation: str
    plant: str
    months: tuple[str, ...]

    @property
    def span(self) -> str:
        """The months in words: `2026-02`, or `2026-02 to 2026-05`."""
        return self.months[0] if len(self.months) == 1 else f"{self.months[0]} to {self.months[-1]}"


@dataclass(frozen=True)
class Left:
    """A verified gain whose settings the plant no longer runs, by the last month held: which month, and what it says."""

    recommendation: str
    plant: str
    month: str
    why: str


@dataclass(frozen=True)
class Aside:
    """A month of a verified gain that does not count, so that the gain went on by the share before it.

    Parameters
    ----------
    recommendation, plant : str
    month : str
        Such as `2026-02` (UTC).
    share : float
        By which it counted, of the verified gain, 1 at most; 1 where no month before it was estimated [-].
    why : str
        Why it was set aside, as a clause.
    """

    recommendation: str
    plant: str
    month: str
    share: float
    why: str


def other_use(state: ReviewState, states: Iterable[ReviewState]) -> tuple[Other, ...]:
    """Return the times from which a verified gain cannot be estimated again, by their start.

    From the start of a later trial on the same plant, whatever its objective, the plant runs other settings: their gain would
    be credited to the earlier one. That time ends where the later recommendation is not verified, withdrawn or rolled back, as
    its settings go back then (own assumption). From its own rollback on a gain is not in use, nor from a later verdict on that
    ended it, until a rollback from which it earns again.

    Parameters
    ----------
    state : ReviewState
        The verified one.
    states : iterable of ReviewState
        All of the ledger.
    """
    own, every = state.plan, tuple(states)
    found = []
    for other in every:
        plan = other.plan
        if other.plant != state.plant or other.id == state.id or plan is None or own is None:
            continue
        start, end = stamp(plan.start), _end(other)
        if start > stamp(own.start) and (end is None or end > start):  # withdrawn before its start: it never ran
            found.append(Other(start, end, f"the trial of {other.id} began on {day_words(start)}, whose gain is another one"))
    if state.rolled_back:
        found.append(Other(state.rolled_back, None, f"it was rolled back on {day_words(state.rolled_back)} and is not in use"))
    for ended in use_of(state, every).ended:
        if not any(one.start <= ended.at and _lasts(one.end, ended.again) for one in found):
            found.append(Other(ended.at, ended.again, ended.words))
    return tuple(sorted(found, key=lambda one: one.start))


def due_months(states: Iterable[ReviewState], at: datetime) -> tuple[Due, ...]:
    """Return the verified gains in use of which a whole month is over since the verdict, or since the last month held.

    One whose trial left too few present periods for that (`too_few_present`) waits for nothing.

    Parameters
    ----------
    states : iterable of ReviewState
        All of the ledger.
    at : datetime
        With a timezone.
    """
    every = tuple(states)
    found = []
    for state in every:
        verdict, row = last_verdict(state.rows)
        if state.state != "verified" or verdict is None or row is None or state.plan is None:
            continue
        if verdict.grade not in COUNTED_GRADES or verdict.effect is None or verdict.effect.estimate <= 0:
            continue
        if too_few_present(state) is not None:
            continue
        others = other_use(state, every)
        last = max(held_months(state.rows), default="")
        months = tuple(m for m in _months(row.time, at) if m > last and not any(other.touches(m) for other in others))
        if months:
            found.append(Due(state.id, state.plant, months))
    return tuple(found)


def left_settings(states: Iterable[ReviewState]) -> tuple[Left, ...]:
    """Return the verified gains in use whose last month held was set aside because the settings were not held.

    Parameters
    ----------
    states : iterable of ReviewState
        All of the ledger.
    """
    every = tuple(states)
    found = []
    for state in every:
        months = held_months(state.rows)
        month = max(months, default=None)
        if state.state != "verified" or state.rolled_back is not None or month is None or months[month].get("aside") is None:
            continue
        if not any(other.touches(month) for other in other_use(state, every)):
            found.append(Left(state.id, state.plant, month, str(months[month]["aside"])))
    return tuple(found)


def aside_months(states: Iterable[ReviewState]) -> tuple[Aside, ...]:
    """Return the months of verified gains that were set aside while these earned, in their order.

    One that `left_settings` tells of is left out: it asks for something to be done.

    Parameters
    ----------
    states : iterable of ReviewState
        All of the ledger.
    """
    every = tuple(states)
    told = {(left.recommendation, left.month) for left in left_settings(every)}
    found = []
    for state in every:
        use, share = use_of(state, every), 1.0
        for month, said in held_months(state.rows).items():
            if said.get("aside") is None:
                share = min(float(said["share"]), 1.0)
            elif use.touches(*month_span(month)) and (state.id, month) not in told:
                found.append(Aside(state.id, state.plant, month, share, str(said["aside"])))
    return tuple(found)


def month_span(month: str) -> tuple[datetime, datetime]:
    """Return the first moment of a month and that of the next one, UTC.

    Examples
    --------
    >>> [f"{moment:%Y-%m-%d}" for moment in month_span("2026-12")]
    ['2026-12-01', '2027-01-01']
    """
    year, number = int(month[:4]), int(month[5:])
    return datetime(year, number, 1, tzinfo=UTC), datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)


def _months(since: datetime, until: datetime) -> Iterator[str]:
    """The whole months between two moments."""
    month = f"{since.astimezone(UTC):%Y-%m}"
    first, after = month_span(month)
    while after <= until:
        if first >= since:
            yield month
        month = f"{after:%Y-%m}"
        first, after = month_span(month)


def _lasts(end: datetime | None, until: datetime | None) -> bool:
    return end is None or (until is not None and end >= until)


def _end(state: ReviewState) -> datetime | None:
    """When its settings went back; None where they are still in use, or on trial."""
    if state.state in {"not_verified", "withdrawn"}:
        return state.decision.time if state.decision else None
    return state.rolled_back
