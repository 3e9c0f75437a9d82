"""What a control system writes where it has no reading."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.prepare import prepare_history
from workbench.prepare.fault_codes import find_fault_codes


def wave(n: int = 400) -> np.ndarray:
    return 50.0 + np.sin(np.arange(n) / 5.0)


@pytest.mark.parametrize("code", [999.0, 9999.0, -9999.0, 999.9, 99999.0, 32767.0, -32768.0, 65535.0])
def test_codes_are_found_however_long_they_last(code):
    value = wave()
    value[100:160] = code
    value[300] = code
    assert find_fault_codes(value).tolist() == [*range(100, 160), 300]


@pytest.mark.parametrize("number", [1000.0, 998.0, 9989.0, 99.0, 99.9, 30000.0])
def test_other_numbers_are_no_codes(number):
    value = wave()
    value[100:160] = number
    assert find_fault_codes(value).size == 0


def test_a_value_among_the_others_is_no_code():
    assert find_fault_codes(900.0 + 2.0 * np.arange(100.0) - 1.0).size == 0  # 999 is one of them
    assert find_fault_codes(np.full(100, 999.0)).size == 0
    near = 800.0 + 100.0 * np.sin(np.arange(400.0))
    near[100:103] = 999.0
    assert find_fault_codes(near).size == 0


@pytest.mark.parametrize(("aggregate", "aside"), [("mean", 20), ("last", 20), ("max", 0)])
def test_codes_in_a_row_are_set_aside_counted_and_said(sheet_of, records, aggregate, aside):
    value = wave()
    value[100:120] = 9999.0
    rows = [(k / 10, "c", v) for k, v in enumerate(value)] + [(k / 2, t, 1.0 + k % 2) for k in range(80) for t in ("x", "y")]
    history = prepare_history(sheet_of(conditions=f"c: {{aggregate: {aggregate}}}"), records(rows))
    assert history.ledger.set_aside == ({"fault code": aside} if aside else {})
    assert [cell is None for cell in history.frame["c"].to_list()[9:13]] == [False, bool(aside), bool(aside), False]
    (finding,) = (f for f in history.findings if f.code == "D103")
    fate = "set aside as a fault code" if aside else "used, though it looks like a fault code"
    assert finding.text == f"20 of 400 readings are 9999, far outside the others ({fate}); the first at 2025-01-01 10:00Z"
