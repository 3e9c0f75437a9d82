"""When settings may be changed: the control room's shifts, in the plant's local time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from workbench.errors import InputError
from workbench.plant import Sheet
from workbench.plant.trial_rules import TrialRules, is_night

__all__ = ["ShiftCalendar", "calendar_of"]

DAY = timedelta(days=1)
FRIDAY = 4
SEARCH_DAYS = 8  # [d] within a week and a day some moment is free, whatever the rules


@dataclass(frozen=True)
class ShiftCalendar:
    """Moments at which settings may be changed.

    Parameters
    ----------
    zone : ZoneInfo
        Of the plant.
    hours : tuple of time
        Local times of day, ascending, at least one.
    weekends, nights : bool
        Whether Saturdays and Sundays, and 22:00 to 06:00, are free too.
    """

    zone: ZoneInfo
    hours: tuple[time, ...]
    weekends: bool
    nights: bool

    @property
    def is_weekly(self) -> bool:
        """Whether some days of the week differ from others."""
        return not self.weekends

    def is_free(self, local: datetime) -> bool:
        """Return whether settings may be changed on that day at that time of day (local, without offset)."""
        return (
            local.time() in self.hours
            and (self.weekends or local.weekday() <= FRIDAY)
            and (self.nights or not is_night(local.time()))
        )

    def next_free(self, local: datetime) -> datetime:
        """Return the first moment at or after `local` (plant time, without offset) at which settings may be changed."""
        midnight = datetime.combine(local.date(), time(0))
        for day in range(SEARCH_DAYS):
            for hour in self.hours:
                moment = datetime.combine(midnight.date() + day * DAY, hour)
                if moment >= local and self.is_free(moment):
                    return moment
        raise InputError("trial: no moment of the week is free for a change: allow nights, weekends or other start_hours")

    def boundaries(self, start: datetime, block: timedelta, n_blocks: int) -> list[datetime]:
        """Return the starts of `n_blocks` blocks and the end of the last, local, each at least `block` after the one before.

        A block that would end where nothing may be changed lasts until the next free moment.
        """
        moments = [self.next_free(start)]
        for _ in range(n_blocks):
            moments.append(self.next_free(moments[-1] + block))
        return moments

    def to_utc(self, local: datetime) -> datetime:
        """Return a local moment in UTC; one that a clock change skips is an hour later, of a repeated one the first counts."""
        return local.replace(tzinfo=self.zone).astimezone(UTC)

    def to_local(self, moment: datetime) -> datetime:
        """Return a moment in plant time, without its offset."""
        return moment.astimezone(self.zone).replace(tzinfo=None)


def calendar_of(sheet: Sheet) -> ShiftCalendar:
    """Return the calendar of a sheet; without `trial.start_hours` settings may be changed where a period begins, or hourly.

    Raises
    ------
    InputError
        If the sheet's rules leave no free moment.
    """
    rules: TrialRules = sheet.trial
    hours = tuple(sorted(rules.start_hours)) or _starts_of_periods(sheet)
    calendar = ShiftCalendar(sheet.zone, hours, rules.weekends, rules.nights)
    calendar.next_free(datetime(2024, 1, 1))  # noqa: DTZ001  any Monday: refuses rules without a free moment at once
    return calendar


def _starts_of_periods(sheet: Sheet) -> tuple[time, ...]:
    """Local starts of periods within a day; whole hours for shorter periods and for batches."""
    first = datetime.combine(datetime(2024, 1, 1), sheet.day_starts)  # noqa: DTZ001  a day without a date
    step = max(sheet.period or timedelta(hours=1), timedelta(hours=1))
    if step >= DAY or DAY % step:
        return (sheet.day_starts,)
    return tuple(sorted((first + k * step).time() for k in range(DAY // step)))
