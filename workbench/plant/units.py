"""Units as plants write them: conversion, steps without offset, money, and units in column headers."""

from __future__ import annotations

import re

from workbench.errors import InputError
from workbench.plant.unit_reader import Unit, UnitMismatch, read_unit
from workbench.plant.unit_table import ATOMS, KINDS

__all__ = [
    "Unit",
    "UnitMismatch",
    "check_unit",
    "conversion",
    "convert_step",
    "currency_of",
    "is_count",
    "is_known",
    "is_money_per_time",
    "split_header",
]

_HEADERS = (r"(.+?)\s*\[([^\[\]]+)\]", r"(.+?)\s*\(((?:[^()]|\([^()]*\))+)\)", r"(.+?),\s*([^,]+)")


def is_known(text: str) -> bool:
    """Return whether a text is a unit of our own table; pint, which knows `hand` and `slug`, is not asked.

    Examples
    --------
    >>> is_known("Nm3/h"), is_known("inlet")
    (True, False)
    """
    try:
        read_unit(text, ask_pint=False)
    except UnitMismatch:
        return False
    return True


def check_unit(text: str) -> None:
    """Return nothing where the unit is known.

    Raises
    ------
    InputError
        If it is not, with the closest known unit.

    Examples
    --------
    >>> check_unit("Nm3/h")
    >>> check_unit("degCC")
    Traceback (most recent call last):
    ...
    workbench.errors.InputError: unknown unit 'degCC' (did you mean 'degC'?): write it another way, or 1 for a plain number
    """
    try:
        read_unit(text)
    except UnitMismatch as mismatch:
        raise InputError(str(mismatch)) from None


def is_count(text: str) -> bool:
    """Return whether a unit of our own table counts pieces one by one, so that a plain number says the same.

    Examples
    --------
    >>> is_count("pcs"), is_count("pcs/h"), is_count("件")
    (True, False, True)
    """
    if not is_known(text):
        return False
    unit = read_unit(text)
    return unit.dimensions == (("pieces", 1),) and unit.scale == 1


def conversion(from_unit: str, to_unit: str) -> tuple[float, float]:
    """Return scale and offset so that value in `to_unit` = value in `from_unit` * scale + offset.

    Gauge pressure is read against the standard atmosphere, 1.01325 bar (own assumption); a pressure without a mark is absolute.

    Raises
    ------
    UnitMismatch
        If the units do not measure the same thing, or one is not known.

    Examples
    --------
    >>> conversion("L/sec", "m3/h")
    (3.6, 0.0)
    >>> conversion("barg", "bara")
    (1.0, 1.01325)
    """
    source, target = _matching(from_unit, to_unit)
    return float(source.scale / target.scale), float((source.offset - target.offset) / target.scale)


def convert_step(value: float, from_unit: str, to_unit: str) -> float:
    """Return a difference in another unit: without offset, so a step of 3 degC is a step of 5.4 degF.

    Parameters
    ----------
    value : float
        A step, gain or other difference [`from_unit`].
    from_unit, to_unit : str
        Units of the same dimension.

    Returns
    -------
    float
        The same difference [`to_unit`].

    Raises
    ------
    UnitMismatch
        As `conversion`.

    Examples
    --------
    >>> convert_step(3.0, "degC", "degF")
    5.4
    """
    source, target = _matching(from_unit, to_unit)
    return value * float(source.scale / target.scale)


def currency_of(text: str) -> str | None:
    """Return the code of the money in a unit, None where there is none.

    Examples
    --------
    >>> currency_of("kEUR/t")
    'EUR'
    >>> currency_of("kg") is None
    True
    """
    try:
        return _money(read_unit(text, ask_pint=False))
    except UnitMismatch:
        return None


def is_money_per_time(text: str) -> bool:
    """Return whether a unit is money per time.

    Examples
    --------
    >>> is_money_per_time("kEUR/d"), is_money_per_time("EUR/t")
    (True, False)
    """
    currency = currency_of(text)
    return currency is not None and read_unit(text).dimensions == (("money " + currency, 1), ("time", -1))


def split_header(header: str) -> tuple[str, str | None]:
    """Return the name and the unit of a column header; the unit is None where there is none of our own table.

    Read are ``name (unit)``, ``name [unit]`` and ``name, unit``.

    Examples
    --------
    >>> split_header("Building Load (RT)")
    ('Building Load', 'RT')
    >>> split_header("Local Time (Timezone : GMT+8h)")
    ('Local Time (Timezone : GMT+8h)', None)
    """
    text = header.strip()
    for pattern in _HEADERS:
        found = re.fullmatch(pattern, text)
        if found and found[2].strip() and is_known(found[2]):
            return found[1].strip(), found[2].strip()
    return text, None


def _matching(from_unit: str, to_unit: str) -> tuple[Unit, Unit]:
    source, target = read_unit(from_unit), read_unit(to_unit)
    if source.dimensions != target.dimensions:
        hint = ""
        inch = ATOMS["in"][1]
        if {source.dimensions, target.dimensions} == {inch, ATOMS["Pa"][1]}:
            hint = " (weather exports write 'in' for inHg)"
        raise UnitMismatch(
            f"'{from_unit}' cannot become '{to_unit}': one measures {_measured(source)}, the other {_measured(target)}{hint}"
        )
    if source.kind and target.kind and source.kind != target.kind:
        raise UnitMismatch(
            f"'{from_unit}' cannot become '{to_unit}': one is a share {KINDS[source.kind]}, the other {KINDS[target.kind]}"
        )
    return source, target


def _money(unit: Unit) -> str | None:
    return next((name.removeprefix("money ") for name, _ in unit.dimensions if name.startswith("money ")), None)


def _measured(unit: Unit) -> str:
    for name, dimensions in _NAMED.items():
        if dimensions == unit.dimensions:
            return name
    if not unit.dimensions:
        return "a plain number"
    return " * ".join(f"{name}^{power}" if power != 1 else name for name, power in unit.dimensions)


_NAMED = {
    "pressure": ATOMS["Pa"][1],
    "power": ATOMS["W"][1],
    "energy": ATOMS["J"][1],
    "frequency": ATOMS["Hz"][1],
    "volume": ATOMS["L"][1],
    "area": ATOMS["ha"][1],
    "mass flow": (("mass", 1), ("time", -1)),
    "volume flow": ATOMS["gpm"][1],
    "speed": ATOMS["mph"][1],
    "density": (("length", -3), ("mass", 1)),
}
