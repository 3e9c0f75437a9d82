"""The units that plants write, each with its factor to SI: read before pint, to which `C` is coulomb and `RT` ronnatesla.

Factors are exact fractions. Sources: BIPM, The International System of Units, 9th ed. (2019), for SI and the units accepted
beside it; NIST Special Publication 811 (2008), appendix B, for the others; what is ours is marked "own assumption".
"""

from __future__ import annotations

from fractions import Fraction

__all__ = ["AMBIGUOUS", "ATOMS", "COMMON", "GAUGE_OFFSET", "KINDS", "WHOLE", "Dimensions"]

Dimensions = tuple[tuple[str, int], ...]

GAUGE_OFFSET = Fraction(101325)  # [Pa] standard atmosphere (ISO 2533): own assumption for the air around a gauge

_LENGTH: Dimensions = (("length", 1),)
_VOLUME: Dimensions = (("length", 3),)
_MASS: Dimensions = (("mass", 1),)
_TIME: Dimensions = (("time", 1),)
_FORCE: Dimensions = (("length", 1), ("mass", 1), ("time", -2))
_PRESSURE: Dimensions = (("length", -1), ("mass", 1), ("time", -2))
_ENERGY: Dimensions = (("length", 2), ("mass", 1), ("time", -2))
_POWER: Dimensions = (("length", 2), ("mass", 1), ("time", -3))
_VOLT: Dimensions = (("current", -1), ("length", 2), ("mass", 1), ("time", -3))
_OHM: Dimensions = (("current", -2), ("length", 2), ("mass", 1), ("time", -3))
_SIEMENS: Dimensions = (("current", 2), ("length", -2), ("mass", -1), ("time", 3))
_FREQUENCY: Dimensions = (("time", -1),)
_NORMAL: Dimensions = (("normal volume", 1),)

_PREFIXES = {"": 0, "n": -9, "u": -6, "m": -3, "c": -2, "d": -1, "h": 2, "k": 3, "M": 6, "G": 9, "T": 12}
_BTU = Fraction("1055.05585262")  # [J] International Table Btu (NIST SP 811)
_POUND = Fraction("0.45359237")  # [kg]
_STANDARD_GRAVITY = Fraction("9.80665")  # [m/s2]

# base, factor to SI, dimensions, prefixes that people write before it
_PREFIXED: tuple[tuple[str, Fraction, Dimensions, str], ...] = (
    ("m", Fraction(1), _LENGTH, "n u m c d k"),
    ("g", Fraction(1, 1000), _MASS, "n u m k"),
    ("t", Fraction(1000), _MASS, "k M"),
    ("s", Fraction(1), _TIME, "n u m"),
    ("L", Fraction(1, 1000), _VOLUME, "u m c d h k M"),
    ("l", Fraction(1, 1000), _VOLUME, "u m c d h k"),
    ("A", Fraction(1), (("current", 1),), "u m k"),
    ("mol", Fraction(1), (("amount", 1),), "n u m k"),
    ("Hz", Fraction(1), _FREQUENCY, "k M G"),
    ("N", Fraction(1), _FORCE, "m k M"),
    ("Nm", Fraction(1), _ENERGY, "m k"),  # torque, which has the dimensions of energy
    ("Pa", Fraction(1), _PRESSURE, "m h k M G"),
    ("bar", Fraction(100000), _PRESSURE, "m"),
    ("J", Fraction(1), _ENERGY, "m k M G T"),
    ("Wh", Fraction(3600), _ENERGY, "k M G T"),
    ("W", Fraction(1), _POWER, "m k M G T"),
    ("cal", Fraction("4.184"), _ENERGY, "k M G"),
    ("V", Fraction(1), _VOLT, "u m k"),
    ("Ohm", Fraction(1), _OHM, "m k M"),
    ("S", Fraction(1), _SIEMENS, "u m"),
    ("P", Fraction(1, 10), (("length", -1), ("mass", 1), ("time", -1)), "c m"),  # poise
    ("St", Fraction(1, 10000), (("length", 2), ("time", -1)), "c"),
    ("VA", Fraction(1), (("apparent power", 1),), "k M"),
    ("VAh", Fraction(3600), (("apparent energy", 1),), "k M"),
    ("var", Fraction(1), (("reactive power", 1),), "k M"),
    ("varh", Fraction(3600), (("reactive energy", 1),), "k M"),
    ("Nm3", Fraction(1), _NORMAL, "k"),  # gas at 0 degC and 101.325 kPa (DIN 1343); no volume at other conditions
)

_SINGLE: dict[str, tuple[Fraction, Dimensions]] = {
    "1": (Fraction(1), ()),
    "%": (Fraction(1, 100), ()),
    "‰": (Fraction(1, 1000), ()),
    "ppm": (Fraction(1, 10**6), ()),
    "ppb": (Fraction(1, 10**9), ()),
    "K": (Fraction(1), (("temperature", 1),)),
    "degC": (Fraction(1), (("temperature", 1),)),
    "degF": (Fraction(5, 9), (("temperature", 1),)),
    "degR": (Fraction(5, 9), (("temperature", 1),)),
    "min": (Fraction(60), _TIME),
    "h": (Fraction(3600), _TIME),
    "d": (Fraction(86400), _TIME),
    "week": (Fraction(604800), _TIME),
    "year": (Fraction(31557600), _TIME),  # Julian year of 365.25 d
    "in": (Fraction("0.0254"), _LENGTH),
    "ft": (Fraction("0.3048"), _LENGTH),
    "yd": (Fraction("0.9144"), _LENGTH),
    "mi": (Fraction("1609.344"), _LENGTH),
    "mil": (Fraction("0.0000254"), _LENGTH),
    "ha": (Fraction(10000), (("length", 2),)),
    "lb": (_POUND, _MASS),
    "oz": (_POUND / 16, _MASS),
    "grain": (_POUND / 7000, _MASS),
    "short_ton": (_POUND * 2000, _MASS),
    "long_ton": (_POUND * 2240, _MASS),
    "gal": (Fraction("0.003785411784"), _VOLUME),  # US gallon
    "bbl": (Fraction("0.158987294928"), _VOLUME),  # 42 US gallons
    "cc": (Fraction(1, 10**6), _VOLUME),
    "Sm3": (Fraction(27315, 28815), _NORMAL),  # gas at 15 degC and 101.325 kPa (ISO 13443), as an ideal gas
    "scf": (Fraction(1), (("standard cubic feet", 1),)),  # its temperature differs by trade (60 or 68 degF): never converted
    "gpm": (Fraction("0.003785411784") / 60, (("length", 3), ("time", -1))),
    "cfm": (Fraction("0.3048") ** 3 / 60, (("length", 3), ("time", -1))),
    "scfm": (Fraction(1, 60), (("standard cubic feet", 1), ("time", -1))),
    "mph": (Fraction("1609.344") / 3600, (("length", 1), ("time", -1))),
    "kph": (Fraction(1000, 3600), (("length", 1), ("time", -1))),
    "tph": (Fraction(1000, 3600), (("mass", 1), ("time", -1))),
    "tpd": (Fraction(1000, 86400), (("mass", 1), ("time", -1))),
    "lpm": (Fraction(1, 60000), (("length", 3), ("time", -1))),
    "lph": (Fraction(1, 3600000), (("length", 3), ("time", -1))),
    "bpd": (Fraction("0.158987294928") / 86400, (("length", 3), ("time", -1))),
    "mgd": (Fraction("3785.411784") / 86400, (("length", 3), ("time", -1))),  # million US gallons a day
    "kn": (Fraction(1852, 3600), (("length", 1), ("time", -1))),
    "rpm": (Fraction(1, 60), _FREQUENCY),
    "kgf": (_STANDARD_GRAVITY, _FORCE),
    "lbf": (_POUND * _STANDARD_GRAVITY, _FORCE),
    "psi": (_POUND * _STANDARD_GRAVITY / Fraction("0.0254") ** 2, _PRESSURE),
    "atm": (Fraction(101325), _PRESSURE),
    "torr": (Fraction(101325, 760), _PRESSURE),
    "mmHg": (Fraction("133.322387415"), _PRESSURE),
    "cmHg": (Fraction("1333.22387415"), _PRESSURE),
    "inHg": (Fraction("133.322387415") * Fraction("25.4"), _PRESSURE),
    "mmH2O": (_STANDARD_GRAVITY, _PRESSURE),  # conventional water of 1000 kg/m3
    "cmH2O": (_STANDARD_GRAVITY * 10, _PRESSURE),
    "mH2O": (_STANDARD_GRAVITY * 1000, _PRESSURE),
    "inH2O": (_STANDARD_GRAVITY * Fraction("25.4"), _PRESSURE),
    "Btu": (_BTU, _ENERGY),
    "kBtu": (_BTU * 1000, _ENERGY),
    "MMBtu": (_BTU * 10**6, _ENERGY),
    "therm": (_BTU * 100000, _ENERGY),
    "RT": (_BTU * 12000 / 3600, _POWER),  # ton of refrigeration, 12 000 Btu/h
    "RTh": (_BTU * 12000, _ENERGY),
    "hp": (_POUND * _STANDARD_GRAVITY * 550 * Fraction("0.3048"), _POWER),
    "PS": (_STANDARD_GRAVITY * 75, _POWER),
    "deg": (Fraction(1), (("angle", 1),)),
    "lx": (Fraction(1), (("illuminance", 1),)),
    "dB": (Fraction(1), (("level in dB", 1),)),
    "dBA": (Fraction(1), (("level in dB(A)", 1),)),
    "pH": (Fraction(1), (("pH", 1),)),
    "NTU": (Fraction(1), (("turbidity NTU", 1),)),
    "FNU": (Fraction(1), (("turbidity FNU", 1),)),
    "Brix": (Fraction(1), (("degrees Brix", 1),)),
    **{scale: (Fraction(1), ((f"hardness {scale}", 1),)) for scale in ("HRC", "HRB", "HB", "HV", "HV1", "HV5", "HV10", "HV30")},
    "pcs": (Fraction(1), (("pieces", 1),)),
    "batch": (Fraction(1), (("batches", 1),)),
    "shift": (Fraction(1), (("shifts", 1),)),
    "tCO2": (Fraction(1000), (("CO2", 1),)),
    "kgCO2": (Fraction(1), (("CO2", 1),)),
    "gCO2": (Fraction(1, 1000), (("CO2", 1),)),
}

# other spellings of one atom; capitals are tried by themselves
_ALIASES: dict[str, str] = {
    "-": "1", "C": "degC", "F": "degF", "deg_C": "degC", "deg_F": "degF", "celsius": "degC",
    "fahrenheit": "degF", "kelvin": "K", "°": "deg", "°Bx": "Brix", "°Brix": "Brix", "Bx": "Brix", "µm": "um", "micron": "um",
    "sec": "s", "second": "s", "seconds": "s", "mins": "min", "minute": "min", "minutes": "min", "hr": "h", "hrs": "h",
    "hour": "h", "hours": "h", "H": "h", "day": "d", "days": "d", "wk": "week", "weeks": "week", "yr": "year", "y": "year",
    "a": "year", "years": "year", "liter": "L", "litre": "L", "liters": "L", "litres": "L", "ltr": "L", "tonne": "t",
    "tonnes": "t", "MT": "t", "T": "t", "TR": "RT", "USRT": "RT", "TRh": "RTh", "lbs": "lb", "gallon": "gal", "gallons": "gal",
    "inch": "in", "inches": "in", "feet": "ft", "foot": "ft", "amp": "A", "amps": "A", "volt": "V", "volts": "V",
    "VAC": "V", "VDC": "V",
    "nm3": "Nm3", "KGS": "kg", "watt": "W", "Ω": "Ohm",
    "pct": "%", "percent": "%", "pc": "pcs", "piece": "pcs", "pieces": "pcs", "ea": "pcs",
    "unit": "pcs", "units": "pcs", "Stk": "pcs", "Stück": "pcs", "orders": "pcs", "batches": "batch", "shifts": "shift",
    "kVAr": "kvar", "kVArh": "kvarh", "lux": "lx", "mmWC": "mmH2O", "mmWG": "mmH2O", "mWC": "mH2O", "inWC": "inH2O",
    "inWG": "inH2O", "tCO2e": "tCO2", "kgCO2e": "kgCO2", "knot": "kn", "knots": "kn",
    "件": "pcs", "个": "pcs", "台": "pcs", "人": "pcs", "天": "d", "小时": "h", "分钟": "min", "吨": "t",
}  # fmt: skip

_COUNTED_IN = {"w": "by mass", "v": "by volume", "mol": "by amount", "RH": "relative humidity"}
KINDS = _COUNTED_IN
"""What a percentage counts, by its short mark: shares of different kinds are never converted into each other."""

# whole texts whose parts would mislead: factor, dimensions, kind of share
WHOLE: dict[str, tuple[Fraction, Dimensions, str]] = {}
for _kind, _texts in {
    "w": "wt% wt.% wt.-% w% m% mass% %wt %w %mass %w/w w/w% %(w/w) %m/m",
    "v": "vol% vol.% vol.-% v% %vol %v %v/v %(v/v)",
    "mol": "mol% %mol",
    "RH": "%RH %rH RH%",
}.items():
    for _text in _texts.split():
        WHOLE[_text] = (Fraction(1, 100), (), _kind)
for _text, _kind in {"ppmv": "v", "ppmvd": "v", "ppmw": "w", "w/w": "w", "v/v": "v", "mol/mol": "mol"}.items():
    WHOLE[_text] = (Fraction(1, 10**6) if _text.startswith("ppm") else Fraction(1), (), _kind)
WHOLE["ppbv"] = (Fraction(1, 10**9), (), "v")
WHOLE["dB(A)"] = (Fraction(1), _SINGLE["dBA"][1], "")
WHOLE["kg/cm2"] = (_STANDARD_GRAVITY * 10000, _PRESSURE, "")  # plants write kg/cm2 for kgf/cm2: own assumption

ATOMS: dict[str, tuple[Fraction, Dimensions]] = dict(_SINGLE)
for _base, _factor, _dimensions, _written in _PREFIXED:
    for _prefix in ("", *_written.split()):
        ATOMS.setdefault(_prefix + _base, (_factor * Fraction(10) ** _PREFIXES[_prefix], _dimensions))
for _alias, _name in _ALIASES.items():
    if _name in ATOMS:
        ATOMS.setdefault(_alias, ATOMS[_name])

AMBIGUOUS: dict[str, str] = {
    "ton": "write t for 1000 kg, or short_ton",
    "tons": "write t for 1000 kg, or short_ton",
    "$": "write the currency's code, such as USD",
    "元": "write the currency's code, such as CNY",
    "¥": "write the currency's code, CNY or JPY",
    "month": "a month has no fixed length, write it per d or h",
    "M": "write m for metre, or mol/L",
}
"""Texts with more than one meaning, and what to write instead."""

COMMON = (
    "degC", "degF", "K", "bar", "barg", "bara", "mbar", "kPa", "MPa", "Pa", "psi", "psig", "mmHg", "inHg", "m3/h", "Nm3/h",
    "Sm3/h", "L/s", "L/min", "L/h", "m3", "L", "kg/h", "t/h", "t/d", "kg", "t", "g", "mg", "kW", "MW", "W", "kWh", "MWh",
    "RT", "kJ", "GJ", "GJ/h", "kWh/t", "kg/m3", "g/L", "mg/L", "mg/m3", "%", "wt%", "vol%", "mol%", "ppm", "ppmv", "ppb",
    "pH", "NTU", "rpm", "Hz", "V", "A", "mA", "kVA", "kvar", "m", "mm", "um", "cm", "in", "ft", "m/s", "mph", "mm/s", "s",
    "min", "h", "d", "pcs", "pcs/h", "t/t", "kg/t", "m3/t", "uS/cm", "mS/cm", "cP", "W/m2", "dB", "CNY", "EUR", "USD",
    "CNY/h", "EUR/h", "USD/h", "CNY/t", "EUR/t", "-",
)  # fmt: skip
"""Units offered as the closest known one."""
