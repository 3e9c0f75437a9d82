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


def demand(deviation: float, zeros: int = 0) -> np.ndarray:
    """Whole readings of a demand around 3,250, with zeros while the plant stands."""
    value = np.round(3250.0 + deviation * np.clip(np.random.default_rng(5).standard_normal(8000), -3.9, 3.9))
    value[2000 : 2000 + zeros] = 0.0
    return value


@pytest.mark.parametrize(("deviation", "zeros"), [(400.0, 0), (400.0, 200), (500.0, 0), (500.0, 200), (500.0, 1500)])
@pytest.mark.parametrize("at", [list(range(100, 112)), [100, 400, 1600, 5000]])
def test_a_code_that_repeats_far_above_all_else_is_found_beside_zeros_of_stops(deviation, zeros, at):
    value = demand(deviation, zeros)
    value[at] = 9999.0
    assert find_fault_codes(value).tolist() == at


def test_a_true_value_of_nines_within_a_smooth_neighbourhood_stays():
    value = demand(400.0)
    value[100:140] = 9999.0 - 50.0 * np.abs(np.arange(40) - 20.0)
    assert find_fault_codes(value).size == 0
    flat = np.full(8000, 50.0) + np.arange(8000) % 2
    flat[100:140] = 9999.0 - 50.0 * np.abs(np.arange(40) - 20.0)
    assert find_fault_codes(flat).size == 0
    flat[3000:3003] = 9999.0  # the same number out of nothing
    assert find_fault_codes(flat).tolist() == [3000, 3001, 3002]


def test_a_number_that_repeats_among_others_like_it_is_no_code():
    value = demand(500.0)
    value[100:400:10] = 9000.0 + 10.0 * np.arange(30.0)  # short peaks of every height
    value[[150, 250]] = 9999.0
    assert find_fault_codes(value).size == 0


def test_isolated_codes_are_told_once_as_codes(sheet_of, records):
    value = np.where(np.arange(400) % 10 < 4, 0.0, 3000.0 + 50.0 * (np.arange(400) % 30))
    value[[25, 125, 225]] = 9999.0
    rows = [(k / 10, "c", v) for k, v in enumerate(value)] + [(k / 2, t, 1.0 + k % 2) for k in range(80) for t in ("x", "y")]
    history = prepare_history(sheet_of(conditions="c: {}"), records(rows))
    assert history.ledger.set_aside == {"fault code": 3}
    (finding,) = (f for f in history.findings if f.code == "D103")
    assert finding.text.startswith("3 of 400 readings are 9999, far outside the others (set aside as a fault code)")


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
    assert finding.text == f"20 of 400 readings are 9999, far outside the others ({fate}); the first at 2025-01-01 10:00 UTC"


def test_thousands_are_parted(sheet_of, records):
    value = wave(4000)
    value[100:120] = 9999.0
    rows = [(k / 10, "c", v) for k, v in enumerate(value)] + [(k / 2, t, 1.0 + k % 2) for k in range(800) for t in ("x", "y")]
    (finding,) = (f for f in prepare_history(sheet_of(conditions="c: {}"), records(rows)).findings if f.code == "D103")
    assert finding.text.startswith("20 of 4,000 readings are 9999")
