"""What a unit's text means: our table first, then atoms that only pint knows, put together by `*`, `/`, powers and brackets."""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from workbench.errors import closest_hint
from workbench.plant.unit_table import AMBIGUOUS, ATOMS, COMMON, GAUGE_OFFSET, WHOLE, Dimensions

__all__ = ["Unit", "UnitMismatch", "read_unit"]

_PRESSURE = ATOMS["Pa"][1]
_OFFSETS = {  # [K] zero of the scale
    "degC": Fraction("273.15"),
    "degF": Fraction("459.67") * 5 / 9,
}
_CELSIUS = {"c", "degc", "°c", "deg_c", "celsius"}
_FAHRENHEIT = {"f", "degf", "°f", "deg_f", "fahrenheit"}
_MONEY = re.compile(r"([kM]?)([A-Z]{3})")
_MONEY_PREFIX = {"": Fraction(1), "k": Fraction(1000), "M": Fraction(10**6)}
_REFERENCE = re.compile(r"(?P<unit>.+?)[ _]?(?:\((?P<marked>g|a|abs|gauge|gage|absolute)\)|(?P<bare>[gGaA]|abs|gauge))")
_POWER = re.compile(r"(?P<atom>.*[^\d^+\-*])(?:\^|\*\*)?(?P<power>[+-]?\d{1,2})")
_TOKEN = re.compile(r"[*/()]|(?:[^*/() ]|\*\*)+")
OTHERWISE = ": write it another way, or 1 for a plain number"
_PINT_PREFIXES = {"", "kilo", "mega", "giga", "milli", "micro", "nano"}
_PINT_DIMENSIONS = {
    "[length]": "length", "[mass]": "mass", "[time]": "time", "[temperature]": "temperature", "[current]": "current",
    "[substance]": "amount", "[luminosity]": "luminosity",
}  # fmt: skip


class UnitMismatch(ValueError):  # noqa: N818  the name says what happened
    """Two units that do not measure the same thing, or a unit nobody knows; its text is one sentence."""


@dataclass(frozen=True)
class Unit:
    """A unit by what it measures.

    Parameters
    ----------
    scale, offset : Fraction
        Value in SI = value * `scale` + `offset`.
    dimensions : tuple of (str, int)
        What is measured with its exponents, sorted by name; money is `money CNY`.
    kind : str
        What a share counts (`w`, `v`, `mol`, `RH`), or empty.
    """

    scale: Fraction
    offset: Fraction
    dimensions: Dimensions
    kind: str = ""


def read_unit(text: str, ask_pint: bool = True) -> Unit:
    """Return the meaning of a unit's text.

    Parameters
    ----------
    text : str
        As written on the plant, such as ``m3/h``, ``bar(g)`` or ``CNY/h``; empty and ``-`` are a plain number.
    ask_pint : bool
        False reads our own table only (pint also knows `hand`, `rod` and `slug`, and takes seconds to load).

    Raises
    ------
    UnitMismatch
        If nobody knows the unit, or it has more than one meaning.

    Examples
    --------
    >>> read_unit("%").scale
    Fraction(1, 100)
    """
    return _read(_tidy(text), ask_pint)


def _tidy(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text.strip()).replace("μ", "u").replace("º", "°")
    for dot in "·⋅×":
        folded = folded.replace(dot, "*")
    folded = re.sub(r"(?i)\bdeg(?:ree)?s?\.? ?([CF])\b", lambda m: "deg" + m[1].upper(), folded.replace("−", "-"))
    folded = re.sub(r"(?i)\s+per\s+", "/", folded.replace("€", "EUR").replace("£", "GBP"))
    folded = re.sub(r"\b([NS])[mM](?:\^|\*\*)?3\b", r"\1m3", re.sub(r"\bM([23])\b", r"m\1", folded))
    folded = re.sub(r"\bm3 ?\(([NnSs])\)", lambda m: m[1].upper() + "m3", folded)
    folded = re.sub(r"\b(mm|cm|m|in)\.? +(WC|WG|Hg|H2O)\b", r"\1\2", folded)
    return re.sub(r" *([*/]) *", r"\1", folded)


@functools.lru_cache(maxsize=4096)
def _read(text: str, ask_pint: bool) -> Unit:
    if text in ("", "-", "1"):
        return Unit(Fraction(1), Fraction(0), ())
    whole = WHOLE.get(text.replace(" ", ""))
    if whole:
        return Unit(whole[0], Fraction(0), whole[1], whole[2])
    if text.casefold() in _CELSIUS:
        return Unit(Fraction(1), _OFFSETS["degC"], ATOMS["degC"][1])
    if text.casefold() in _FAHRENHEIT:
        return Unit(ATOMS["degF"][0], _OFFSETS["degF"], ATOMS["degF"][1])
    return _referred_pressure(text) or _Composed(text, ask_pint).read()


def _referred_pressure(text: str) -> Unit | None:
    """Meaning of `barg`, `kPa(a)` or `kg/cm2(g)`; None where the text is no pressure with a mark."""
    found = _REFERENCE.fullmatch(text)
    if not found or _own_atom(text) is not None:
        return None
    try:
        unit = _read(found["unit"], False)
    except UnitMismatch:
        return None
    if unit.dimensions != _PRESSURE or unit.offset:
        return None
    mark = (found["marked"] or found["bare"]).lower()
    return Unit(unit.scale, GAUGE_OFFSET if mark.startswith("g") else Fraction(0), unit.dimensions)


class _Composed:
    """Reader of `kJ/(kg*K)`: products and quotients from left to right; offsets of temperature and pressure play no part."""

    def __init__(self, text: str, ask_pint: bool) -> None:
        self.text = text
        self.ask_pint = ask_pint
        self.tokens = _TOKEN.findall(text)
        self.at = 0

    def read(self) -> Unit:
        if "".join(self.tokens).replace(" ", "") != self.text.replace(" ", "") or " " in self.text or len(self.tokens) > 40:
            raise self.unknown(self.text)
        scale, powers = self.product()
        if self.at != len(self.tokens):
            raise self.unknown(self.text)
        return Unit(scale, Fraction(0), tuple(sorted((name, power) for name, power in powers.items() if power)))

    def product(self) -> tuple[Fraction, dict[str, int]]:
        scale, powers = self.factor()
        powers = dict(powers)
        while self.at < len(self.tokens) and self.tokens[self.at] in "*/":
            sign = 1 if self.tokens[self.at] == "*" else -1
            self.at += 1
            other, its_powers = self.factor()
            scale *= other**sign
            for name, power in its_powers.items():
                powers[name] = powers.get(name, 0) + sign * power
        return scale, powers

    def factor(self) -> tuple[Fraction, dict[str, int]]:
        if self.at >= len(self.tokens):
            raise self.unknown(self.text)
        token = self.tokens[self.at]
        self.at += 1
        if token == "(":
            inner = self.product()
            if self.at >= len(self.tokens) or self.tokens[self.at] != ")":
                raise self.unknown(self.text)
            self.at += 1
            return inner
        if token in "*/)":
            raise self.unknown(self.text)
        return self.atom(token)

    def atom(self, token: str) -> tuple[Fraction, dict[str, int]]:
        if _ambiguity(token):
            raise self.unknown(token)
        found = _own_atom(token)
        if found is None:
            powered = _POWER.fullmatch(token)
            if powered:
                scale, powers = self.atom(powered["atom"])
                exponent = int(powered["power"])
                return scale**exponent, {name: power * exponent for name, power in powers.items()}
        if found is None and (money := _MONEY.fullmatch(token)):
            return _MONEY_PREFIX[money[1]], {"money " + money[2]: 1}
        if found is None and self.ask_pint:
            found = _pint_atom(token)
        if found is None:
            raise self.unknown(token)
        return found[0], dict(found[1])

    def unknown(self, part: str) -> UnitMismatch:
        if " " in self.text and "/" in self.text:
            return UnitMismatch(f"unknown unit '{self.text}': write * for a space, such as kJ/(kg*K)")
        ambiguity = _ambiguity(part)
        if ambiguity:
            return UnitMismatch(f"unit '{self.text}' has more than one meaning: {ambiguity}")
        if not self.ask_pint:  # nobody reads this sentence: the closest word costs more than the rest
            return UnitMismatch(f"unknown unit '{part}'")
        hint = closest_hint(self.text, COMMON) or closest_hint(self.text, ATOMS)
        inside = f" in '{self.text}'" if part != self.text else ""
        return UnitMismatch(f"unknown unit '{part}'{inside}{hint}{OTHERWISE}")


@functools.cache
def _folded_atoms() -> dict[str, tuple[str, ...]]:
    """Atoms by their spelling without capitals; two or more where different units share it (mPa and MPa)."""
    folded: dict[str, tuple[str, ...]] = {}
    for name, meaning in ATOMS.items():
        others = folded.get(name.casefold(), ())
        if all(ATOMS[other] != meaning for other in others):
            folded[name.casefold()] = (*others, name)
    return folded


def _candidates(token: str) -> tuple[str, ...]:
    """Atoms that a text may mean; its capitals decide, or play no part where they cannot mislead."""
    if token in ATOMS:
        return (token,)
    if len(token) < 2:  # one letter means another unit when its case changes
        return ()
    return _folded_atoms().get(token.casefold(), ())


def _own_atom(token: str) -> tuple[Fraction, Dimensions] | None:
    names = _candidates(token)
    return ATOMS[names[0]] if len(names) == 1 else None


def _ambiguity(token: str) -> str | None:
    """What to write instead of a text with two meanings; None where it has one or none."""
    key = token if token in AMBIGUOUS else token.casefold()
    if key in AMBIGUOUS and (len(token) > 2 or key == token):
        return AMBIGUOUS[key]
    names = _candidates(token)
    return f"write {' or '.join(names)}" if len(names) > 1 else None


@functools.cache
def _pint_registry() -> Any:
    import pint

    return pint.UnitRegistry()


@functools.lru_cache(maxsize=1024)
def _pint_atom(token: str) -> tuple[Fraction, Dimensions] | None:
    """Meaning of one atom in pint; None where it knows none, or only by a prefix that nobody writes (cfm as centifermi)."""
    import pint

    if not re.fullmatch(r"[A-Za-zÅ_]{2,30}", token):
        return None
    registry = _pint_registry()
    names = registry.parse_unit_name(token)
    if not names or names[0][0] not in _PINT_PREFIXES:
        return None
    try:
        zero, one = (registry.Quantity(value, token).to_base_units().magnitude for value in (0.0, 1.0))
        measured = registry.get_dimensionality(token)
    except pint.errors.PintError:
        return None
    if zero or any(name not in _PINT_DIMENSIONS or power != int(power) for name, power in measured.items()):
        return None
    dimensions = tuple(sorted((_PINT_DIMENSIONS[name], int(power)) for name, power in measured.items()))
    return Fraction(repr(one)), dimensions
