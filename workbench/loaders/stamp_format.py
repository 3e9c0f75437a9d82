"""How a time stamp is written: the formats that one text admits, for chrono's `strptime` as Polars uses it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["DAY_FIRST", "MONTH_FIRST", "PLAIN", "StampFormat", "formats_of", "is_clock_text", "is_stamp", "looks_like_stamps"]

PLAIN = "plain"  # day and month cannot be mixed up: year first, or the month is a word
DAY_FIRST = "day first"
MONTH_FIRST = "month first"

_CLOCK = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?P<second>:\d{2})?(?P<fraction>[.,]\d{1,9})?"
    r"(?P<half>\s?[AaPp][Mm])?(?P<offset>\s?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2}))?"
)
_DATES = (
    ("year", re.compile(r"\d{4}(?P<sep>[-/.])\d{1,2}(?P=sep)\d{1,2}")),
    ("compact", re.compile(r"\d{8}")),
    ("numbers", re.compile(r"\d{1,2}(?P<sep>[-/.])\d{1,2}(?P=sep)(?P<year>\d{4}|\d{2})")),
    ("word", re.compile(r"\d{1,2}(?P<sep>[-/. ])(?P<month>[A-Za-z]{3,9})(?P=sep)(?P<year>\d{4}|\d{2})")),
    ("word first", re.compile(r"(?P<month>[A-Za-z]{3,9}) \d{1,2}(?P<comma>,?) (?P<year>\d{4})")),
)
_STAMP = re.compile(r"(?P<date>.+?)(?:(?P<gap>[T ]|:(?=\d\d:))(?P<clock>\d{1,2}:\d{2}.*|\d{6}|\d{4}))?")
_ONLY_CLOCK = re.compile(_CLOCK)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True)
class StampFormat:
    """One way to read a stamp.

    Parameters
    ----------
    pattern : str
        For `strptime`.
    order : str
        `PLAIN`, `DAY_FIRST` or `MONTH_FIRST`.
    has_offset : bool
        True when the stamp says its distance from UTC.
    has_clock : bool
        False for a bare date.
    """

    pattern: str
    order: str
    has_offset: bool
    has_clock: bool


def formats_of(text: str) -> tuple[StampFormat, ...]:
    """Return the formats in which a text may be a stamp: none, one, or two where day and month may change places.

    Examples
    --------
    >>> [(f.pattern, f.order) for f in formats_of("8/18/2019 0:00")]
    [('%d/%m/%Y %H:%M', 'day first'), ('%m/%d/%Y %H:%M', 'month first')]
    >>> formats_of("Bad Input")
    ()
    """
    found = _STAMP.fullmatch(text.strip())
    if found is None:
        return ()
    clock = _clock_pattern(found["clock"])
    if clock is None:
        return ()
    pattern, has_offset = clock
    tail = (found["gap"] or "") + pattern
    return tuple(StampFormat(date + tail, order, has_offset, bool(pattern)) for date, order in _date_patterns(found["date"]))


def is_stamp(text: str) -> bool:
    """Return True when a text is written like a date, with or without a time of day."""
    return bool(formats_of(text))


def is_clock_text(text: str) -> bool:
    """Return True when a text is a time of day without a date.

    Examples
    --------
    >>> is_clock_text("7:05"), is_clock_text("2024-01-01 07:05")
    (True, False)
    """
    return _ONLY_CLOCK.fullmatch(text.strip()) is not None


def looks_like_stamps(texts: Iterable[str], share: float = 0.8) -> bool:
    """Return True when at least `share` (0 to 1) of some texts are stamps; False for none at all."""
    counts = Counter(is_stamp(text) for text in texts)
    return counts[True] > 0 and counts[True] >= share * counts.total()


def _clock_pattern(clock: str | None) -> tuple[str, bool] | None:
    """Pattern of a time of day and whether it carries an offset; None when it is none."""
    if clock is None:
        return "", False
    if clock.isdigit():
        return ("%H%M%S" if len(clock) == 6 else "%H%M"), False
    found = _ONLY_CLOCK.fullmatch(clock)
    if found is None:
        return None
    pattern = "%I:%M" if found["half"] else "%H:%M"
    if found["second"]:
        pattern += ":%S"
    if found["fraction"]:
        pattern += "%.f"
    if found["half"]:
        pattern += (" " if found["half"][0].isspace() else "") + "%p"
    if found["offset"]:
        pattern += "%#z"
    return pattern, bool(found["offset"])


def _date_patterns(date: str) -> list[tuple[str, str]]:
    for kind, shape in _DATES:
        found = shape.fullmatch(date)
        if found is None:
            continue
        if kind == "compact":
            return [("%Y%m%d", PLAIN)] if 1900 <= int(date[:4]) <= 2100 else []
        if kind == "year":
            sep = found["sep"]
            return [(f"%Y{sep}%m{sep}%d", PLAIN)]
        year = "%Y" if len(found["year"]) == 4 else "%y"
        if kind == "numbers":
            sep = found["sep"]
            return [(f"%d{sep}%m{sep}{year}", DAY_FIRST), (f"%m{sep}%d{sep}{year}", MONTH_FIRST)]
        if found["month"][:3].casefold() not in _MONTHS:
            return []
        month = "%b" if len(found["month"]) == 3 else "%B"
        if kind == "word":
            sep = found["sep"]
            return [(f"%d{sep}{month}{sep}{year}", PLAIN)]
        return [(f"{month} %d{found['comma']} %Y", PLAIN)]
    return []
