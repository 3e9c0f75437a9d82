"""Numbers as people read them: sensible digits, thousands apart, money in k, M and bn; never `nan`, never `None`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal

from workbench.wording import percent_text, rounded_text

__all__ = [
    "UNKNOWN",
    "decimals_beside",
    "decimals_for",
    "decimals_of",
    "exact_text",
    "money_scale",
    "money_text",
    "number_text",
    "share_text",
]

UNKNOWN = "–"
DECIMALS_MAX = 6
PLAIN_LOW, PLAIN_HIGH = 1e-4, 1e10  # outside this range a number is written with an exponent; own assumption
MONEY_SCALES = ((1e9, 1e9, "bn"), (1e6, 1e6, "M"), (1e4, 1e3, "k"))  # from where on, divisor, word; own assumption


def decimals_for(*differences: float | None) -> int:
    """Return how many decimals show the smallest of the given differences with two significant digits.

    Parameters
    ----------
    *differences : float or None
        Differences that must stay visible (a change, a width, a step), in one unit; zeros and None are left out.

    Returns
    -------
    int
        Decimals, 0 to 6; 2 where there is nothing to go by.

    Examples
    --------
    >>> decimals_for(2.3), decimals_for(0.76), decimals_for(46.0), decimals_for(None)
    (1, 2, 0, 2)
    """
    sizes = [abs(d) for d in differences if d is not None and math.isfinite(d) and d != 0]
    if not sizes:
        return 2
    return min(DECIMALS_MAX, max(0, 1 - math.floor(math.log10(min(sizes)))))


def decimals_beside(middle: float, low: float, high: float) -> int:
    """Return how many decimals show an interval, but no more than four digits of its middle: what is exact needs no more.

    Examples
    --------
    >>> decimals_beside(0.61, 0.22, 0.98), decimals_beside(46.28571, 46.28534, 46.28609), decimals_beside(46.0, 46.0, 46.0)
    (2, 2, 0)
    """
    if high <= low:
        return decimals_for(middle)
    return min(decimals_for(high - low), decimals_for(max(abs(low), abs(high))) + 2)


def decimals_of(value: float) -> int:
    """Return how many decimals the six significant digits of `value` have: what the record holds.

    Examples
    --------
    >>> decimals_of(16.35), decimals_of(2450.0), decimals_of(29.40000001)
    (2, 0, 1)
    """
    if not math.isfinite(value):
        return 0
    exponent = Decimal(f"{value:.6g}").normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def number_text(value: float | None, decimals: int | None = None, *, sign: bool = False) -> str:
    """Return `value` as text: `decimals` places, or three significant digits where none are given; a dash where unknown.

    Parameters
    ----------
    value : float or None
        Any number; None and numbers that are not finite give a dash.
    decimals : int, optional
        Places after the point, 0 or more.
    sign : bool
        Write a plus before positive numbers, as changes need it.

    Examples
    --------
    >>> number_text(1234567.0), number_text(0.6100001), number_text(2.0, 1, sign=True), number_text(None)
    ('1,234,567', '0.61', '+2.0', '–')
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    size = abs(value)
    if size >= PLAIN_HIGH or (0 < size < PLAIN_LOW and (decimals is None or decimals >= DECIMALS_MAX)):
        mantissa, _, exponent = f"{value:.3g}".partition("e")
        text = f"{mantissa}e{int(exponent)}" if exponent else mantissa
    elif decimals is None:
        places = 2 if size == 0 else min(DECIMALS_MAX, max(0, 2 - math.floor(math.log10(size))))
        text = rounded_text(value, places)
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        text = rounded_text(value, decimals)
    if text.startswith("-") and not any(c in "123456789" for c in text):
        text = text[1:]
    return f"+{text}" if sign and not text.startswith("-") and any(c in "123456789" for c in text) else text


def exact_text(value: float | None) -> str:
    """Return `value` with its six significant digits, thousands apart: what the record holds.

    Examples
    --------
    >>> exact_text(3050000.0)
    '3,050,000'
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    rounded = float(f"{value:.6g}")
    if rounded.is_integer() and abs(rounded) < 1e15:
        return f"{int(rounded):,}"
    return f"{rounded:,.6g}" if abs(rounded) < PLAIN_LOW or abs(rounded) >= 1e15 else f"{Decimal(repr(rounded)):,f}"


def money_scale(values: Iterable[float]) -> tuple[float, str, int]:
    """Return the divisor, its word (`""`, `k`, `M`, `bn`) and the decimals that write all `values` alike.

    The largest value sets the scale; decimals grow (to 3 at most) until no value other than 0 reads as 0.

    Examples
    --------
    >>> money_scale([1.1e6, 4.9e6]), money_scale([0.0, 8400.0])
    ((1000000.0, 'M', 1), (1.0, '', 0))
    """
    sizes = [abs(v) for v in values if math.isfinite(v)]
    largest = max(sizes, default=0.0)
    scale, word = next(((divisor, word) for start, divisor, word in MONEY_SCALES if largest >= start), (1.0, ""))
    decimals = 1 if word and largest / scale < 100 else 0
    smallest = min((s for s in sizes if s > 0), default=1.0)
    while smallest / scale < 0.5 * 10.0**-decimals and decimals < 3:
        decimals += 1
    return scale, word, decimals


def money_text(values: Iterable[float], unit: str, *, sign: bool = False, beside: float | None = None) -> str:
    """Return one amount, or several as `1.1 to 4.9 M CNY/year`, at one scale, which is no larger than that of the amount
    they stand `beside`.

    Examples
    --------
    >>> money_text([4900000.0], "CNY/year"), money_text([1.1e6, 4.9e6], "CNY/year")
    ('4.9 M CNY/year', '1.1 to 4.9 M CNY/year')
    >>> money_text([548000.0, 1025000.0], "CNY/year", beside=787000.0)
    '548 to 1,025 k CNY/year'
    """
    amounts = list(values)
    scale, word, decimals = money_scale(amounts)
    if beside is not None:
        smaller = money_scale([beside])
        if smaller[0] < scale:
            scale, word, decimals = smaller
    text = " to ".join(number_text(a / scale, decimals, sign=sign) for a in amounts)
    return " ".join(part for part in (text, word, unit) if part)


def share_text(share: float | None) -> str:
    """Return a share of 0 to 1 in per cent; what rounds to 100 % or 0 % without being it is said so.

    Examples
    --------
    >>> share_text(0.41), share_text(0.987), share_text(0.9999), share_text(1.0), share_text(None)
    ('41 %', '98.7 %', '>99.9 %', '100 %', '–')
    """
    if share is None or not math.isfinite(share):
        return UNKNOWN
    return percent_text(share)
