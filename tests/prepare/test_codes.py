"""Every finding's code is explained, and every code is used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import workbench.prepare
from workbench.prepare import CODES
from workbench.prepare.codes import number, span, stamp


def test_the_codes_in_the_source_are_those_explained():
    room = Path(workbench.prepare.__file__).parent
    used = {
        code for path in room.glob("*.py") if path.name != "codes.py" for code in re.findall(r'"(D\d{3})"', path.read_text())
    }
    assert used == set(CODES)


@pytest.mark.parametrize(
    ("length", "text"),
    [(30e6, "30 s"), (90e6, "1.5 min"), (6.5 * 3600e6, "6.5 h"), (47 * 3600e6, "47 h"), (2 * 86400e6, "2 d")],
)
def test_spans(length, text):
    assert span(length) == text


def test_numbers_and_stamps():
    assert [number(x) for x in (0.000123456, 12.3456, 123456.7)] == ["0.0001235", "12.35", "123457"]
    assert number(27.0, "g/L") == "27 g/L"
    assert number(3.0, "-") == "3"
    assert stamp(1_735_689_600_000_000, "UTC") == "2025-01-01 00:00 UTC"
    assert stamp(1_735_689_600_000_000, "Asia/Shanghai") == "2025-01-01 08:00 Asia/Shanghai"
