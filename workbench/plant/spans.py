"""Times as people write them in a sheet: durations, dates, time zones, times of day and ramps."""

from __future__ import annotations

import re
import zoneinfo
from datetime import UTC, datetime, time, timedelta

from workbench.errors import InputError, closest_hint

__all__ = [
    "DURATION_PATTERN",
    "format_duration",
    "parse_duration",
    "parse_ramp",
    "parse_stamp",
    "parse_time_of_day",
    "parse_zone",
]

_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400, "w": 604800}
_SPELLED = {
    "s": "s sec second seconds",
    "min": "min mins minute minutes",
    "h": "h hr hrs hour hours",
    "d": "d day days",
    "w": "w wk week weeks",
}
_UNITS = {word: _SECONDS[unit] for unit, words in _SPELLED.items() for word in words.split()}
_PART = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)")
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_RAMP = re.compile(rf"\s*({_NUMBER})\s*(?:\bper\b|/)\s*(.+?)\s*")
_LONGEST = timedelta(days=36500)

DURATION_PATTERN = r"^\s*(0|(\d+(\.\d+)?\s*(s|sec|seconds?|min|minutes?|h|hr|hours?|d|days?|w|weeks?)\s*)+)$"
"""Durations for the JSON Schema."""


def parse_duration(text: str) -> timedelta:
    """Return a duration, 0 or longer.

    Parameters
    ----------
    text : str
        Numbers with s, min, h, d or w, such as ``4h``, ``30 min`` or ``1h30min``.

    Raises
    ------
    InputError
        If it is none.

    Examples
    --------
    >>> parse_duration("1h30min")
    datetime.timedelta(seconds=5400)
    """
    stripped = text.strip()
    if stripped == "0":
        return timedelta(0)
    at, total = 0, timedelta(0)
    while at < len(stripped):
        part = _PART.match(stripped, at)
        if part is None:
            if re.fullmatch(_NUMBER, stripped):
                raise InputError(f"'{text}' is a duration without its unit: write for instance {stripped.lstrip('-')}h")
            raise InputError(f"'{text}' is not a duration: write for instance 4h, 30 min or 1h30min")
        unit = part[2] if part[2] in _UNITS else part[2].lower()
        if unit not in _UNITS:
            hint = " (did you mean 'min'?)" if unit == "m" else closest_hint(unit, _UNITS)
            raise InputError(f"'{text}' is not a duration: '{part[2]}' is none of s, min, h, d, w{hint}")
        try:
            total += timedelta(seconds=float(part[1]) * _UNITS[unit])
        except OverflowError:
            total = _LONGEST * 2
        at = part.end()
    if not stripped or total > _LONGEST:
        raise InputError(f"'{text}' is not a duration up to 100 years: write for instance 4h")
    return total


def format_duration(span: timedelta) -> str:
    """Return a duration as a sheet writes it.

    Examples
    --------
    >>> format_duration(timedelta(hours=1, minutes=30))
    '1h30min'
    """
    parts, seconds = [], round(span.total_seconds(), 6)
    for unit in ("d", "h", "min"):
        whole = int(seconds // _SECONDS[unit])
        if whole:
            parts.append(f"{whole}{unit}")
            seconds -= whole * _SECONDS[unit]
    if seconds:
        parts.append(f"{seconds:g}s" if seconds != int(seconds) else f"{int(seconds)}s")
    return "".join(parts) or "0"


def parse_zone(text: str) -> zoneinfo.ZoneInfo:
    """Return a time zone by its IANA name, such as ``Asia/Shanghai``.

    Raises
    ------
    InputError
        If there is none of this name, with the closest one.

    Examples
    --------
    >>> parse_zone("UTC").key
    'UTC'
    """
    try:
        return zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        offset = re.fullmatch(r"(?:UTC|GMT)?\s*([+-])0?(\d{1,2})(?::?00)?", text.strip(), re.IGNORECASE)
        if offset:
            sign = "-" if offset[1] == "+" else "+"
            hint = f": write a city such as Asia/Singapore, or Etc/GMT{sign}{offset[2]} (its sign is reversed by convention)"
            raise InputError(f"'{text}' is not a time zone{hint}") from None
        names = zoneinfo.available_timezones()
        cities = {name.rpartition("/")[2]: name for name in sorted(names) if "/" in name}
        city = cities.get(text.strip().title().replace(" ", "_"))
        hint = f" (did you mean '{city}'?)" if city else closest_hint(text, sorted(names))
        raise InputError(f"'{text}' is not a time zone{hint}: write its IANA name, such as Europe/Berlin or UTC") from None


def parse_stamp(text: str, zone: zoneinfo.ZoneInfo) -> datetime:
    """Return a moment in UTC; a bare date is its local midnight, a stamp without offset is local.

    Raises
    ------
    InputError
        If it is no date.

    Examples
    --------
    >>> parse_stamp("2025-03-01", zoneinfo.ZoneInfo("Asia/Shanghai")).isoformat()
    '2025-02-28T16:00:00+00:00'
    """
    try:
        stamp = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InputError(f"'{text}' is not a date: write for instance 2025-03-01 or 2025-03-01 06:30") from None
    try:
        return (stamp if stamp.tzinfo else stamp.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        raise InputError(f"'{text}' is not a date that a plant can have") from None


def parse_time_of_day(text: str) -> time:
    """Return a time of day such as ``06:00``.

    Raises
    ------
    InputError
        If it is none.

    Examples
    --------
    >>> parse_time_of_day("6:30")
    datetime.time(6, 30)
    """
    found = re.fullmatch(r"\s*(\d{1,2}):(\d{2})\s*", text)
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise InputError(f"'{text}' is not a time of day: write for instance \"06:00\"")
    return time(int(found[1]), int(found[2]))


def parse_ramp(text: str) -> tuple[float, timedelta]:
    """Return the change and the time it takes of a ramp such as ``0.5 per 4h`` or ``2 per h``.

    Returns
    -------
    float
        Largest change, above 0 [unit of the setting].
    timedelta
        In this time.

    Raises
    ------
    InputError
        If it is no ramp.

    Examples
    --------
    >>> parse_ramp("0.5 per 4h")
    (0.5, datetime.timedelta(seconds=14400))
    """
    found = _RAMP.fullmatch(text)
    if not found:
        raise InputError(f"'{text}' is not a ramp: write for instance 0.5 per 4h")
    span = parse_duration(found[2] if found[2][:1].isdigit() else f"1{found[2]}")
    if float(found[1]) <= 0 or not span:
        raise InputError(f"'{text}' is not a ramp: both its numbers must be above 0")
    return float(found[1]), span
