"""The findings of this room: their codes, and how instants, spans and numbers are written in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from workbench.wording import shown_unit

__all__ = ["CODES", "number", "span", "stamp"]

CODES = {
    "D101": "no good reading of a tag for a long time",
    "D102": "a setting stood outside its low..high",
    "D103": "isolated readings far off, or codes of a fault such as 9999",
    "D104": "a reading did not change for longer than is usual for it",
    "D105": "a setting has not moved",
    "D106": "a condition is missing in some periods",
    "D107": "an outcome has no result in some periods",
    "D108": "readings of uncertain quality are used",
    "D109": "stamps far off the other records",
    "D110": "too few steady periods: settings enter through a filter",
    "D111": "two readings of one tag with the same stamp and different values",
    "D112": "a tag has no reading that can be used",
    "D113": "a text is none of a variable's choices, or the state that a share counts never comes",
    "D114": "a counter started again from zero",
    "D115": "many periods are set aside",
    "D116": "a tag's readings end before the records do",
    "D117": "a formula gave no finite number",
    "D118": "a tag's clock stands still: many readings share one stamp",
    "D119": "an outcome answers the settings later than the sheet says",
    "D201": "fewer than 50 usable periods or batches (refuses)",
    "D202": "no setting has moved (refuses)",
    "D203": "an outcome that objective or limits need has no value (refuses)",
    "D204": "all values are bad (refuses)",
}

_MINUTE, _HOUR, _DAY = 60e6, 3600e6, 86400e6  # [us]


def span(length: float) -> str:
    """Return a length of time in words.

    Examples
    --------
    >>> span(6.5 * 3600e6), span(90e6), span(3 * 86400e6)
    ('6.5 h', '1.5 min', '3 d')
    """
    if length >= 2 * _DAY:
        return f"{length / _DAY:.3g} d"
    if length >= _HOUR:
        return f"{length / _HOUR:.3g} h"
    return f"{length / _MINUTE:.3g} min" if length >= _MINUTE else f"{length / 1e6:.3g} s"


def stamp(instant: int, timezone: str) -> str:
    """Return an instant since 1970-01-01 UTC [us] to the minute, in plant time.

    Examples
    --------
    >>> stamp(0, "Asia/Shanghai")
    '1970-01-01 08:00 Asia/Shanghai'
    """
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(instant))
    return f"{moment.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M} {timezone}"


def number(value: float, unit: str = "") -> str:
    """Return a number with its unit, at most four significant digits.

    Examples
    --------
    >>> number(27.0, "g/L"), number(1234.56)
    ('27 g/L', '1235')
    """
    text = f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"
    return f"{text} {shown_unit(unit)}".rstrip()
