"""Units: values from the standards, the traps of pint, and what always holds."""

# ruff: noqa: E501  (tables: one case a line)
from __future__ import annotations

import subprocess
import sys

import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.plant import units
from workbench.plant.unit_table import ATOMS, COMMON


def _converted(value: float, source: str, target: str) -> float:
    scale, offset = units.conversion(source, target)
    return value * scale + offset


@pytest.mark.parametrize(
    ("value", "source", "target", "wanted"),
    [
        (212, "F", "C", 100.0),
        (25, "°C", "K", 298.15),
        (-40, "degF", "degC", -40.0),
        (1, "RT", "kW", 3.51685284),  # 12 000 Btu_IT/h, ASHRAE Terminology
        (100, "L/sec", "m3/h", 360.0),
        (29.92, "inHg", "hPa", 1013.2),  # standard atmosphere, to the digits given
        (1, "atm", "kPa", 101.325),
        (0, "barg", "bara", 1.01325),
        (0, "bar(g)", "kPa", 101.325),
        (0, "psig", "psia", 14.6959488),
        (1, "kgf/cm2", "bar", 0.980665),
        (1, "kg/cm2(g)", "kPag", 98.0665),
        (14.5037738, "psi", "bar", 1.0),
        (1, "kWh", "MJ", 3.6),
        (50, "%", "-", 0.5),
        (1, "%", "ppm", 10000.0),
        (1, "%", "ppmv", 10000.0),
        (60, "rpm", "Hz", 1.0),  # pint reads a radian into it
        (60, "mph", "km/h", 96.56064),
        (1, "gpm", "L/min", 3.785411784),
        (1, "cfm", "m3/h", 1.69901082),  # NIST SP 811: 4.719474 E-04 m3/s
        (1, "hp", "W", 745.699872),
        (1, "MMBtu", "GJ", 1.05505585),
        (1, "bbl/d", "m3/d", 0.158987295),
        (24, "CNY/d", "CNY/h", 1.0),
        (1, "kEUR/h", "EUR/h", 1000.0),
        (1, "€/h", "EUR/h", 1.0),
        (2, "g/L", "kg/m3", 2.0),
        (1, "t/t", "kg/t", 1000.0),
        (1, "mg/Nm3", "g/Nm3", 0.001),
        (1, "Sm3/h", "Nm3/h", 273.15 / 288.15),  # ideal gas, 15 degC to 0 degC
        (1, "mS/cm", "uS/cm", 1000.0),
        (1, "cP", "mPa*s", 1.0),
        (3.6, "kJ/(kg*K)", "J/(g*degC)", 3.6),
        (1, "Nm", "J", 1.0),  # torque, no nanometre
        (1, "nm", "um", 0.001),
        (1, "TPH", "kg/h", 1000.0),
        (1, "LPM", "m3/h", 0.06),
        (1, "mgd", "m3/d", 3785.411784),
        (1, "furlong", "m", 201.168402),  # US survey furlong, from pint
    ],
)
def test_a_value_converts(value, source, target, wanted):
    assert _converted(value, source, target) == pytest.approx(wanted, rel=1e-7 if wanted != 1013.2 else 2e-5)


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("deg C", "degC"), ("Deg. C", "degC"), ("℃", "degC"), ("m³/h", "m3/h"), ("M3/H", "m3/h"), ("m^3/h", "m3/h"), ("m**3/hr", "m3/h"),
        ("NM3/H", "Nm3/h"), ("KPA", "kPa"), ("kPa(a)", "kPa"), ("µm", "um"), ("micron", "um"), ("l/min", "L/min"), ("T/H", "t/h"),
        ("t per h", "t/h"), ("KWH", "kWh"), ("pct", "%"), ("% w/w", "wt%"), ("wt %", "wt%"), ("W/m²", "W/m2"), ("kg·m/s", "kg*m/s"),
        ("Ohm", "ohm"), ("Nm^3/h", "Nm3/h"), ("m3(n)/h", "Nm3/h"), ("nm3/h", "Nm3/h"), ("bar abs", "bara"), ("mm WC", "mmH2O"), ("VDC", "V"), ("kVArh", "kvarh"), ("DEGC", "degC"), ("bar (g)", "barg"), ("Stk/h", "pcs/h"), ("TR", "RT"), ("", "-"), ("1", "-"),
    ],
)  # fmt: skip
def test_spellings_mean_the_same(text, same_as):
    assert units.conversion(text, same_as) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("source", "target", "sentence"),
    [
        (
            "in",
            "hPa",
            "'in' cannot become 'hPa': one measures length, the other pressure (weather exports write 'in' for inHg)",
        ),
        ("CNY/h", "EUR/h", "'CNY/h' cannot become 'EUR/h': one measures money CNY * time^-1, the other money EUR * time^-1"),
        ("wt%", "vol%", "'wt%' cannot become 'vol%': one is a share by mass, the other by volume"),
        ("RT", "degC", "'RT' cannot become 'degC': one measures power, the other temperature"),
        ("Nm3/h", "m3/h", "'Nm3/h' cannot become 'm3/h': one measures normal volume * time^-1, the other volume flow"),
        ("pcs", "%", "'pcs' cannot become '%': one measures pieces, the other a plain number"),
        ("pH", "-", "'pH' cannot become '-': one measures pH, the other a plain number"),
        ("NTU", "FNU", "'NTU' cannot become 'FNU': one measures turbidity NTU, the other turbidity FNU"),
        ("ton/h", "t/h", "unit 'ton/h' has more than one meaning: write t for 1000 kg, or short_ton"),
        ("MPA", "bar", "unit 'MPA' has more than one meaning: write mPa or MPa"),
        ("NM", "J", "unit 'NM' has more than one meaning: write nm or Nm"),
        ("TON", "t", "unit 'TON' has more than one meaning: write t for 1000 kg, or short_ton"),
        ("$/h", "USD/h", "unit '$/h' has more than one meaning: write the currency's code, such as USD"),
        ("kJ/kg K", "J/kg", "unknown unit 'kJ/kg K': write * for a space, such as kJ/(kg*K)"),
        ("m3h", "m3/h", "unknown unit 'm3h' (did you mean 'm3/h'?): write it another way, or 1 for a plain number"),
        ("degCC", "degC", "unknown unit 'degCC' (did you mean 'degC'?): write it another way, or 1 for a plain number"),
        ("xyzzy", "1", "unknown unit 'xyzzy': write it another way, or 1 for a plain number"),
        ("元/件", "1", "unit '元/件' has more than one meaning: write the currency's code, such as CNY"),
        ("HV30", "HRC", "'HV30' cannot become 'HRC': one measures hardness HV30, the other hardness HRC"),
        (
            "g/l/foo",
            "g/L",
            "unknown unit 'foo' in 'g/l/foo' (did you mean 'g/L'?): write it another way, or 1 for a plain number",
        ),
    ],
)
def test_what_does_not_convert_is_said(source, target, sentence):
    with pytest.raises(units.UnitMismatch) as caught:
        units.conversion(source, target)
    assert str(caught.value) == sentence


def test_steps_convert_without_offset():
    assert units.convert_step(3.0, "degC", "degF") == pytest.approx(5.4)
    assert units.convert_step(1.0, "barg", "kPa") == pytest.approx(100.0)
    assert units.convert_step(1.0, "%", "%") == 1.0


@pytest.mark.parametrize("text", ["", "-", "%", "pH", "CNY/h", "XYZ", "furlong", *COMMON])
def test_a_known_unit_passes(text):
    assert units.check_unit(text) is None


def test_an_unknown_unit_is_an_input_error():
    with pytest.raises(
        InputError, match=r"^unknown unit 'Nm3h' \(did you mean 'Nm3/h'\?\): write it another way, or 1 for a plain number$"
    ):
        units.check_unit("Nm3h")


@pytest.mark.parametrize(
    ("header", "split"),
    [
        ("Building Load (RT)", ("Building Load", "RT")),
        ("Chilled Water Rate (L/sec)", ("Chilled Water Rate", "L/sec")),
        ("Cooling Water Temperature (C)", ("Cooling Water Temperature", "C")),
        ("Outside Temperature (F)", ("Outside Temperature", "F")),
        ("Humidity (%)", ("Humidity", "%")),
        ("Pressure (in)", ("Pressure", "in")),
        ("Wind Speed (mph)", ("Wind Speed", "mph")),
        ("P discharge (bar(g))", ("P discharge", "bar(g)")),
        ("T top [degC]", ("T top", "degC")),
        ("Flow, m3/h", ("Flow", "m3/h")),
        ("Local Time (Timezone : GMT+8h)", ("Local Time (Timezone : GMT+8h)", None)),
        ("Temperature (inlet)", ("Temperature (inlet)", None)),
        ("Valve (hand)", ("Valve (hand)", None)),
        ("Level ()", ("Level ()", None)),
        ("recovery", ("recovery", None)),
        ("", ("", None)),
    ],
)
def test_headers_split(header, split):
    assert units.split_header(header) == split


def test_money_is_found():
    assert units.currency_of("CNY/h") == "CNY"
    assert units.currency_of("kg") is None
    assert units.currency_of("NTU") is None
    assert units.is_money_per_time("MUSD/d")
    assert not units.is_money_per_time("EUR/t")
    assert not units.is_money_per_time("t/h")


@pytest.mark.parametrize(
    ("ours", "pints"),
    [
        ("lb", "pound"), ("oz", "ounce"), ("gal", "gallon"), ("bbl", "oil_barrel"), ("psi", "psi"), ("mmHg", "mmHg"), ("hp", "horsepower"),
        ("Btu", "Btu_it"), ("RT", "refrigeration_ton"), ("PS", "metric_horsepower"), ("mph", "mph"), ("kn", "knot"), ("ft", "foot"),
        ("cP", "centipoise"), ("cSt", "centistokes"), ("kgf", "kilogram_force"), ("lbf", "pound_force"), ("grain", "grain"),
        ("cal", "calorie"), ("torr", "torr"), ("atm", "atm"), ("short_ton", "ton"), ("therm", "therm"), ("mi", "mile"), ("L", "liter"),
        ("degF", "delta_degree_Fahrenheit"), ("d", "day"), ("year", "year"), ("ha", "hectare"), ("mil", "thou"),
    ],
)  # fmt: skip
def test_our_factors_agree_with_pint(ours, pints, registry):
    wanted = registry.Quantity(1.0, pints).to_base_units().magnitude
    assert float(ATOMS[ours][0]) == pytest.approx(wanted, rel=1e-6)


@pytest.fixture(scope="module")
def registry():
    """Pint's own registry, as a second source of factors."""
    return pint.UnitRegistry()


UNITS = st.sampled_from(sorted({*COMMON, "psia", "mbar", "short_ton", "km/h", "CNY/d"}))


@given(UNITS, UNITS, st.floats(-1e6, 1e6))
def test_there_and_back_is_the_same(source, target, value):
    try:
        there = units.conversion(source, target)
    except units.UnitMismatch:
        with pytest.raises(units.UnitMismatch):
            units.conversion(target, source)
        return
    back = units.conversion(target, source)
    assert (value * there[0] + there[1]) * back[0] + back[1] == pytest.approx(value, rel=1e-9, abs=1e-6)


@given(UNITS)
def test_every_unit_is_itself(unit):
    assert units.conversion(unit, unit) == (1.0, 0.0)


@given(st.text(max_size=12))
def test_any_text_is_a_unit_or_refused_in_one_sentence(text):
    try:
        units.check_unit(text)
    except InputError as error:
        sentence = str(error)
    else:
        sentence = "known"
    assert sentence


def test_pint_is_not_loaded_for_plant_units():
    code = "import sys; from workbench.plant import units; units.conversion('bar(g)', 'kPa'); assert 'pint' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
