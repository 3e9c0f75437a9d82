"""What is said of settings that hardly moved."""

from __future__ import annotations

import pytest

from workbench.prepare import prepare_history

NOTHING = "nothing can be learned about moving it"


@pytest.mark.parametrize(
    ("max_step", "values", "said"),
    [
        (10, (5.0, 5.0), f"has not moved in 60 usable periods (at 5): {NOTHING}"),
        (
            100,
            (3.0, 7.0),
            f"went only from 3 to 7 in 60 usable periods, less than 5 % of its max_step 100: {NOTHING}",
        ),
        (10, (5.0, 5.00001), f"has not moved in 60 usable periods (at 5): {NOTHING}"),
        (10, (3.0, 7.0), None),
    ],
)
def test_a_setting_that_moved_less_than_its_largest_step_asks_for(sheet_of, records, max_step, values, said):
    sheet = sheet_of(settings=f"x: {{low: 0, high: 100, max_step: {max_step}}}")
    rows = [(hour, tag, value) for hour in range(60) for tag, value in (("x", values[hour // 30]), ("y", hour % 7))]
    history = prepare_history(sheet, records(rows))
    assert [f.text for f in history.findings if f.code == "D105"] == ([said] if said else [])
