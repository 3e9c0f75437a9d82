"""What the control room allows a trial to do: when settings may be changed, for how long, and what does not count."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from workbench.plant.parts import SheetPart, fault, shown
from workbench.plant.values import Day, Duration, Flag, Number

__all__ = ["NIGHT_ENDS", "NIGHT_STARTS", "SEASON_WEEKS", "TrialRules", "change_hours", "is_night"]

NIGHT_STARTS, NIGHT_ENDS = time(22, 0), time(6, 0)  # local time of the night shift; own assumption
SEASON_WEEKS = 13.0  # [weeks] the longest trial where the sheet says nothing: a quarter of a year; own assumption
LONGEST_WEEKS = 104.0  # [weeks] two years
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def is_night(moment: time) -> bool:
    """Return whether a time of day belongs to the night shift.

    Examples
    --------
    >>> is_night(time(22, 0)), is_night(time(6, 0))
    (True, False)
    """
    return moment >= NIGHT_STARTS or moment < NIGHT_ENDS


class TrialRules(SheetPart):
    """Rules of the control room for trials.

    Parameters
    ----------
    start_hours : tuple of time
        Local times at which settings may be changed; empty: at any start of a period.
    weekends, nights : bool
        Whether they may be changed on Saturdays and Sundays, and from 22:00 to 06:00.
    max_weeks : float
        Longest trial, above 0 up to 104 [weeks].
    washout : timedelta or None
        Time after a change that does not count, ramps not included; None: worked out from `settling`.
    """

    OWNER = "trial"

    start_hours: tuple[Day, ...] = Field(default=(), description='Local times at which settings may be changed, as ["08:00"].')
    weekends: Flag = Field(default=True, description="Whether settings may be changed on Saturdays and Sundays.")
    nights: Flag = Field(default=True, description="Whether settings may be changed between 22:00 and 06:00.")
    max_weeks: Number = Field(default=SEASON_WEEKS, description="Longest trial in weeks.")
    washout: Duration | None = Field(default=None, description="Time after a change that does not count, ramps not included.")

    @property
    def longest(self) -> timedelta:
        """The longest trial."""
        return timedelta(weeks=self.max_weeks)

    @field_validator("start_hours", mode="before")
    @classmethod
    def _need_list(cls, given: Any) -> Any:
        if not isinstance(given, list | tuple):
            raise fault(f'needs a list such as ["06:00", "14:00"], not {shown(given)}')
        return given

    @model_validator(mode="after")
    def _check_rules(self) -> Self:
        for at, hour in enumerate(self.start_hours):
            if hour in self.start_hours[:at]:
                raise fault(f"'{hour:%H:%M}' is given twice", "start_hours", at)
        if self.start_hours and not self.nights and all(is_night(hour) for hour in self.start_hours):
            raise fault(
                f"lie all between {NIGHT_STARTS:%H:%M} and {NIGHT_ENDS:%H:%M}, and nights is false: add an hour by day",
                "start_hours",
            )
        if not 0 < self.max_weeks <= LONGEST_WEEKS:
            raise fault(f"{self.max_weeks:g} is outside 0 .. {LONGEST_WEEKS:g} weeks", "max_weeks")
        return self


def change_hours(rules: TrialRules, period: timedelta | None, day_starts: time) -> tuple[time, ...]:
    """Return the local times of day at which settings may be changed, ascending; by night, too, where the rules leave it open.

    Without `start_hours` those at which a period begins: whole hours for shorter periods and for batches (no period).

    Examples
    --------
    >>> [f"{hour:%H:%M}" for hour in change_hours(TrialRules(), timedelta(hours=8), time(6))]
    ['06:00', '14:00', '22:00']
    """
    if rules.start_hours:
        return tuple(sorted(rules.start_hours))
    first = datetime.combine(datetime(2024, 1, 1), day_starts)  # noqa: DTZ001  a day without a date
    step = max(period or HOUR, HOUR)
    if step >= DAY or DAY % step:
        return (day_starts,)
    return tuple(sorted((first + k * step).time() for k in range(DAY // step)))
