"""Where the marks of the card's small drawings stand: positions in per cent of the drawing's width, ready for a template."""

from __future__ import annotations

import math
from dataclasses import dataclass

from workbench.records import SettingLine
from workbench.show.words import is_changed

__all__ = ["IntervalBar", "SettingBar", "interval_bar", "setting_bar"]

PADDING = 4.0  # [%] of the drawing's width left free on both sides, so that no mark is cut


@dataclass(frozen=True)
class SettingBar:
    """The allowed range of a setting with what stands on it, each place in per cent of the drawing's width.

    Parameters
    ----------
    allowed : tuple of float
        low to high [%].
    supported : tuple of float or None
        The part that the history covers, cut to the drawing [%].
    reach : tuple of float or None
        What one step reaches from now, within low to high [%].
    now, proposed : float or None
        The marks [%]; `proposed` is None where the setting stays.
    """

    allowed: tuple[float, float]
    supported: tuple[float, float] | None
    reach: tuple[float, float] | None
    now: float | None
    proposed: float | None


@dataclass(frozen=True)
class IntervalBar:
    """An estimate with its interval against zero, each place in per cent of the drawing's width."""

    low: float
    high: float
    expected: float
    zero: float


def setting_bar(setting: SettingLine) -> SettingBar | None:
    """Return the places of a setting's marks; None for choices and for settings without a range.

    The drawing spans low to high, widened where now or proposed lies outside.

    Examples
    --------
    >>> line = SettingLine(name="a", tag="a", unit="", now=25, proposed=27.5, low=20, high=40, max_step=5)
    >>> bar = setting_bar(line)
    >>> bar.allowed, bar.now, bar.reach
    ((4.0, 96.0), 27.0, (4.0, 50.0))
    """
    low, high = setting.low, setting.high
    if low is None or high is None or not low < high:
        return None
    now = setting.now if isinstance(setting.now, float) and math.isfinite(setting.now) else None
    proposed = setting.proposed if isinstance(setting.proposed, float) and math.isfinite(setting.proposed) else None
    marks = [v for v in (low, high, now, proposed) if v is not None]
    start, end = min(marks), max(marks)

    def place(value: float) -> float:
        return _place(min(max(value, start), end), start, end)

    reach = None
    if now is not None and setting.max_step is not None:
        reach_low, reach_high = max(low, now - setting.max_step), min(high, now + setting.max_step)
        reach = (place(reach_low), place(reach_high)) if reach_low < reach_high else None
    supported = None
    if setting.supported is not None and setting.supported[0] <= end and setting.supported[1] >= start:
        supported = (place(setting.supported[0]), place(setting.supported[1]))
    return SettingBar(
        allowed=(place(low), place(high)),
        supported=supported,
        reach=reach,
        now=None if now is None else place(now),
        proposed=place(proposed) if proposed is not None and is_changed(setting) else None,
    )


def interval_bar(expected: float, low: float, high: float) -> IntervalBar:
    """Return the places of an estimate, its interval and zero; zero is always in the drawing.

    Examples
    --------
    >>> interval_bar(expected=5.0, low=0.0, high=10.0)
    IntervalBar(low=4.0, high=96.0, expected=50.0, zero=4.0)
    """
    values = [0.0, expected, low, high]
    start, end = min(values), max(values)
    if start == end:
        return IntervalBar(50.0, 50.0, 50.0, 50.0)
    return IntervalBar(*(_place(v, start, end) for v in (low, high, expected, 0.0)))


def _place(value: float, start: float, end: float) -> float:
    return round(PADDING + (100 - 2 * PADDING) * (value - start) / (end - start), 2)
