"""How finely a trial is read."""

from __future__ import annotations

from workbench.prepare.measuring import finest_history


def test_where_no_grain_gives_a_result_it_is_the_sheets_own(sheet_of, records):
    """A result every four hours, none of them in a trial that has not begun: hour by hour three of four would be missing."""
    rows = [(4 * k, tag, 1.0) for k in range(24) for tag in ("x", "y")]
    sheet = sheet_of(more="period: 4h")
    history, hours = finest_history(sheet, records(rows), lambda _frame, _length: 0.0)
    assert hours == 4.0
    assert history.frame["reason"].null_count() == history.frame.height == 24
