"""What the control room allows a trial to do: when settings may be changed, for how long, and what does not count."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from workbench.plant.parts import SheetPart, fault, shown
from workbench.plant.values import Day, Duration, Flag, Number

__all__ = ["NIGHT_ENDS", "NIGHT_STARTS", "SEASON_WEEKS", "TrialRules", "is_night"]

NIGHT_STARTS, NIGHT_ENDS = time(22, 0), time(6, 0)  # local time of the night shift; own assumption
SEASON_WEEKS = 13.0  # [weeks] the longest trial where the sheet says nothing: a quarter of a year; own assumption
LONGEST_WEEKS = 104.0  # [weeks] two years


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
