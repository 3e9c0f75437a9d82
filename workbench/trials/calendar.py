"""When settings may be changed: the control room's shifts, in the plant's local time.

A trial is planned in plant time, as if every day had 24 hours. On a day of a clock change the history's periods are cut by the
time that has passed (four-hour periods of a 23 h day begin at 00, 05, 09 ...): there a start of a period means the real one, so
that blocks hold whole periods. A start hour may then be off by the hour that the clock was changed by; a change still never
falls into a night or weekend that the rules keep free of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from workbench.errors import InputError
from workbench.plant import Sheet
from workbench.plant.trial_rules import TrialRules, change_hours, is_night
from workbench.prepare.grid import period_bounds

__all__ = ["ShiftCalendar", "calendar_of"]

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
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
    period : timedelta, optional
        Length of the history's periods; None where blocks need not keep to them.
    day_starts : time
        Local time from which a day's periods count.
    """

    zone: ZoneInfo
    hours: tuple[time, ...]
    weekends: bool
    nights: bool
    period: timedelta | None = None
    day_starts: time = time(0)

    @property
    def is_weekly(self) -> bool:
        """Whether some days of the week differ from others."""
        return not self.weekends

    def is_free(self, local: datetime) -> bool:
        """Return whether settings may be changed on that day at that time of day (local, without offset)."""
        if local.time() not in self.hours:
            return False
        real = self.to_utc(local).astimezone(self.zone)
        return (self.weekends or real.weekday() <= FRIDAY) and (self.nights or not is_night(real.time()))

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
        """Return a local moment in UTC; one that a clock change skips is an hour later, of a repeated one the first counts.

        On a day of a clock change the start of a period is that of the history's grid.
        """
        start = self._day_start(local)
        bounds = self._bounds_of_changed_day(start)
        if bounds is None or self.period is None or (local - start) % self.period:
            return local.replace(tzinfo=self.zone).astimezone(UTC)
        return EPOCH + int(bounds[min((local - start) // self.period, len(bounds) - 1)]) * MICROSECOND

    def to_local(self, moment: datetime) -> datetime:
        """Return a moment in plant time, without its offset: what `to_utc` brings back where a period starts."""
        local = moment.astimezone(self.zone).replace(tzinfo=None)
        start = self._day_start(local)
        bounds = self._bounds_of_changed_day(start)
        if bounds is None or self.period is None:
            return local
        passed = (moment - EPOCH) // MICROSECOND
        nth = max(0, int(np.searchsorted(bounds, passed, side="right")) - 1)
        return start + nth * self.period + min((passed - int(bounds[nth])) * MICROSECOND, self.period)

    def _day_start(self, local: datetime) -> datetime:
        """When the periods of the day begin that holds a local moment."""
        start = datetime.combine(local.date(), self.day_starts)
        return start if start <= local else start - DAY

    def _bounds_of_changed_day(self, start: datetime) -> NDArray[np.int64] | None:
        """Real bounds of a day's periods where a clock change moves them off the clock's hours [us]; None on all other days."""
        if self.period is None or self.period >= DAY or DAY % self.period:
            return None
        opens, closes = ((day.replace(tzinfo=self.zone) - EPOCH) // MICROSECOND for day in (start, start + DAY))
        if not ((closes - opens) * MICROSECOND - DAY) % self.period:
            return None
        return period_bounds(opens, closes - 1, self.period // MICROSECOND, self.zone.key, self.day_starts)


def calendar_of(sheet: Sheet) -> ShiftCalendar:
    """Return the calendar of a sheet; without `trial.start_hours` settings may be changed where a period begins, or hourly.

    Raises
    ------
    InputError
        If the sheet's rules leave no free moment.
    """
    rules: TrialRules = sheet.trial
    hours = change_hours(rules, sheet.period, sheet.day_starts)
    calendar = ShiftCalendar(sheet.zone, hours, rules.weekends, rules.nights, sheet.period, sheet.day_starts)
    calendar.next_free(datetime(2024, 1, 1))  # noqa: DTZ001  any Monday: refuses rules without a free moment at once
    return calendar
