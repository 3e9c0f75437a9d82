"""A moment as people write it: a date means its start in plant time."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from workbench.errors import InputError
from workbench.plant.sheet import Sheet

__all__ = ["read_moment"]


def read_moment(sheet: Sheet, text: str | None, what: str = "date") -> datetime | None:
    """Return the moment that an ISO text means; without an offset it is in the plant's time. None for None or an empty text.

    Parameters
    ----------
    sheet : Sheet
        Whose timezone counts.
    text : str or None
        `2026-01-12` (its start) or `2026-01-12T06:00`, also with an offset.
    what : str
        What the text is called where it was written.

    Raises
    ------
    InputError
        If it is no date.
    """
    if text is None or not text.strip():
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InputError(f"{what} '{text}' is not a date: write 2026-01-12 or 2026-01-12T06:00") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(sheet.timezone))
