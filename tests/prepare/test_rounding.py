"""Nine significant digits."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.prepare.rounding import round_cells, round_frame


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.1 + 0.2, 0.3), (123456789.4, 123456789.0), (1234567894.0, 1234567890.0), (-2 / 3, -0.666666667), (5e-324, 5e-324),
     (1e300 / 3, 3.33333333e299), (1.23456789012e-20, 1.23456789e-20), (0.0, 0.0)],
)  # fmt: skip
def test_values(value, expected):
    assert round_cells(np.array([value])).tolist() == [expected]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_rounding_is_near_and_stays(value):
    once = float(round_cells(np.array([value]))[0])
    assert math.isclose(once, value, rel_tol=5.001e-9, abs_tol=1e-322)
    assert float(round_cells(np.array([once]))[0]) == once
    assert float(f"{once:.9g}") == once


def test_a_frame_keeps_texts_and_turns_nan_to_null():
    frame = round_frame(pl.DataFrame({"a": [1.0, math.nan, None, 1 / 3], "b": ["x", "y", None, "z"]}))
    assert frame["a"].to_list() == [1.0, None, None, 0.333333333]
    assert frame["b"].to_list() == ["x", "y", None, "z"]
