"""Where a setting stands after a trial switched it to and fro: a mean over both arms is a place where nothing ever stood.

What is told from the records alone: a setting that stood at two values by turns, changed between them as often as the shortest
trial changes, has been on trial (or was switched as if it had been), and it stands where it was left. A setting that people
move to ever new values has not (own assumptions).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from workbench.switchback.lengths import LEAST_PAIRS

__all__ = ["SAME", "STOOD_ROWS", "last_run", "rows_since_switching"]

SAME = 0.1  # of max_step: values no farther apart are the same, as two recommendations are [-]
CHANGES_LEAST = LEAST_PAIRS + 1  # between the two values: each pair of the shortest trial has one
PASSED_MOST = 3  # [rows] on the way from one value to the other; own assumption
STOOD = timedelta(days=1)  # that it has stood since the last change; own assumption
STOOD_ROWS = 3  # [periods or batches] and so many of them; own assumption


def rows_since_switching(values: Sequence[float | str], times: Sequence[datetime] | None, max_step: float | None) -> int | None:
    """Return for how many of the last rows a setting has stood where it stands, where it was switched to and fro before.

    Up to three rows running of other values are ramps, and changes that fell into a period. None where the setting was not
    switched, or has stood for less than a day or three rows.

    Parameters
    ----------
    values : sequence of float or str
        What was set, in time order, without gaps.
    times : sequence of datetime or None
        Start of each row; None for batches without a clock.
    max_step : float or None
        Of the setting, above 0, in its unit; None for choices.

    Examples
    --------
    >>> switched = [1.0, 1.0, 2.0, 2.0] * 4
    >>> rows_since_switching([*switched, 1.0, 1.0, 1.0], None, 1.0)
    3
    >>> rows_since_switching([1.0, 2.0, 3.0, 4.0] * 5 + [1.0] * 3, None, 1.0) is None
    True
    """
    same = 0.0 if max_step is None else SAME * max_step
    runs = _runs_back(values, same)
    here, rows = next(runs, ("", 0))
    if rows < STOOD_ROWS or (times is not None and times[-1] - times[-rows] < STOOD):
        return None
    there: float | str | None = None
    at_here, changes, passed = True, 0, 0
    for level, length in runs:
        is_here = _is_near(level, here, same)
        if there is None and length > 1 and not is_here:
            there = level
        if is_here or (there is not None and _is_near(level, there, same)):
            changes, at_here, passed = changes + (is_here != at_here), is_here, 0
        elif length > 1 or passed == PASSED_MOST:
            return None  # a third value
        else:
            passed += 1
        if changes == CHANGES_LEAST:
            return rows
    return None


def last_run(values: Sequence[float], max_step: float | None) -> tuple[float, int]:
    """Return where a setting stands, and for how many of the last rows.

    Examples
    --------
    >>> last_run([1.0, 2.0, 2.0], 1.0)
    (2.0, 2)
    """
    [level, rows] = next(_runs_back(values, 0.0 if max_step is None else SAME * max_step))
    assert not isinstance(level, str)
    return level, rows


def _runs_back(values: Sequence[float | str], same: float) -> Iterator[tuple[float | str, int]]:
    """Values that were held and for how many rows, the last one first; a run goes on while it stays near its last value."""
    at = len(values) - 1
    while at >= 0:
        first = at
        while first > 0 and _is_near(values[first - 1], values[at], same):
            first -= 1
        yield values[at], at - first + 1
        at = first - 1


def _is_near(a: float | str, b: float | str, same: float) -> bool:
    return a == b if isinstance(a, str) or isinstance(b, str) else abs(a - b) <= same
