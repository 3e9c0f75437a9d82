"""Values that a control system writes when it has no reading, such as 9999: reported, and set aside however long they last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from workbench.prepare.codes import number, stamp
from workbench.prepare.columns import MEAN, Column
from workbench.prepare.readings import Readings
from workbench.prepare.spikes import MIN_READINGS, SAMPLE, WIDENED
from workbench.records import Finding

__all__ = ["FAULT_CODE", "fault_finding", "find_fault_codes", "is_aside", "is_screened", "screen_fault_codes"]

FAULT_CODE = "fault code"

# A fault code is nothing but nines, 999 or more with any sign, or the largest number of an integer of 16 bits. It lies further
# outside the middle 98 % of all other readings than three of their usual ranges (`spikes`); where it repeats and hardly
# anything else comes near, one and a half do. Zeros are left out of what is usual: there the plant stands. Near is the last
# quarter of the way from the others to the code: with that before and after, a climb touches the number. Own assumption.
LEAST_NINES = 999.0
WHOLE_16 = (32767.0, -32768.0, 65535.0)
FAR_RANGES = 3.0
FAR_RANGES_REPEATED = 1.5
NEAR = 0.25


def find_fault_codes(value: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the positions of readings that are fault codes.

    Parameters
    ----------
    value : numpy.ndarray of float64
        Good readings, NaN-free.

    Examples
    --------
    >>> wave = np.sin(np.arange(100.0))
    >>> wave[40:43] = 9999.0
    >>> find_fault_codes(wave).tolist()
    [40, 41, 42]
    >>> find_fault_codes(990.0 + np.arange(20.0)).tolist()  # 999 is as usual as the others
    []
    """
    nothing = np.zeros(0, dtype=np.int64)
    large = np.unique(value[np.abs(value) >= LEAST_NINES])
    codes = [one for one in large.tolist() if _is_code(one)]
    if not codes:
        return nothing
    is_code = np.isin(value, codes)
    others = value[~is_code]
    if others.size < MIN_READINGS:
        return nothing
    moving = others[others != 0.0]
    usual = moving if moving.size >= MIN_READINGS else others
    lowest, low, high, highest = np.quantile(usual[:: max(1, usual.size // SAMPLE)], [0.01, 0.05, 0.95, 0.99], method="nearest")
    width = float(WIDENED * (high - low) if high > low else highest - lowest)
    found = np.zeros(value.size, dtype=bool)
    for code in codes:
        edge = float(highest if code > highest else lowest)
        if abs(code - edge) > FAR_RANGES_REPEATED * width and not lowest <= code <= highest:
            found |= _code_readings(value, is_code, code, edge, abs(code - edge) > FAR_RANGES * width)
    return np.flatnonzero(found)


def _code_readings(
    value: NDArray[np.float64], is_code: NDArray[np.bool_], code: float, edge: float, is_far: bool
) -> NDArray[np.bool_]:
    """Which readings are this code rather than true values: `edge` is the end of what is usual on its side."""
    at = np.flatnonzero(value == code)
    is_near = ~is_code & (np.abs(value - code) < NEAR * abs(code - edge))
    if not is_far and (at.size < 2 or np.count_nonzero(is_near) >= at.size):
        return np.zeros(value.size, dtype=bool)
    plain = np.flatnonzero(~is_code)
    after = np.searchsorted(plain, at)
    is_climb = is_near[plain[np.maximum(after - 1, 0)]] & is_near[plain[np.minimum(after, plain.size - 1)]]
    found = np.zeros(value.size, dtype=bool)
    found[at[~is_climb]] = True
    return found


def screen_fault_codes(columns: Sequence[Column], readings: Readings, timezone: str) -> tuple[Readings, int, list[Finding]]:
    """Return the readings with fault codes marked as bad, how many these are, and a finding on them, in plant time.

    Only measured analogue readings are looked at, before `screen_spikes` looks at the rest. As there, nothing is set aside
    where a minimum, maximum, quantile or sum is wanted: codes that stand in a row are said here, a single one there.
    """
    if readings.words is not None or not is_screened(columns):
        return readings, 0, []
    good = np.flatnonzero(readings.is_good)
    found = find_fault_codes(readings.value[good])
    if not found.size or not (is_aside(columns) or (np.diff(found) == 1).any()):
        return readings, 0, []
    at = good[found]
    finding = fault_finding(
        columns, readings.value[at], good.size, f"; the first at {stamp(int(readings.time[at[0]]), timezone)}"
    )
    if not is_aside(columns):
        return readings, 0, [finding]
    is_good, value = readings.is_good.copy(), readings.value.copy()
    is_good[at], value[at] = False, np.nan
    return replace(readings, is_good=is_good, value=value), int(at.size), [finding]


def is_screened(columns: Sequence[Column]) -> bool:
    """Return whether fault codes are looked for in the readings of these columns: not in what people set, nor in counters."""
    return all(column.is_measured for column in columns)


def fault_finding(columns: Sequence[Column], codes: NDArray[np.float64], of: int, where: str = "") -> Finding:
    """Return the finding on fault codes among `of` readings of a tag; `where` the first one stands."""
    said = ", ".join(number(one) for one in np.unique(codes).tolist())
    fate = "set aside as a fault code" if is_aside(columns) else "used, though it looks like a fault code"
    text = f"{codes.size:,} of {of:,} readings are {said}, far outside the others ({fate}){where}"
    return Finding(code="D103", tag=columns[0].tag, text=text)


def is_aside(columns: Sequence[Column]) -> bool:
    """Return whether fault codes of these columns are set aside: not where a minimum, maximum, quantile or sum is wanted."""
    return all(column.aggregate in {MEAN, "last"} for column in columns)


def _is_code(value: float) -> bool:
    """Whether a number is written in nines alone, or is the largest of 16 bits."""
    return value in WHOLE_16 or not f"{abs(value):.10g}".replace(".", "").strip("9")
