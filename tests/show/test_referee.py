from __future__ import annotations

from workbench.records import RefereeRow
from workbench.show.referee import referee_table

STORY = RefereeRow(label="story", values={"x [%]": "+1.2"}, note="no source.")
TRUTH = RefereeRow(
    label="truth", values={"gain [CNY/h]": "+235 (+230 to +241)", "x [%]": "+0.3", "rock_saved [t/year]": "+2,143"}
)


def test_nothing_to_compare_is_no_table():
    assert referee_table(()) is None


def test_measures_stand_in_the_order_of_the_fullest_row():
    table = referee_table((STORY, TRUTH))
    assert table.heads == ["story", "truth"]
    assert table.rows == [
        ("gain [CNY/h]", ["–", "+235 (+230 to +241)"]),
        ("x [%-points]", ["+1.2", "+0.3"]),
        ("rock saved [t/year]", ["–", "+2,143"]),
    ]
    assert table.notes == ["story: no source"]


def test_many_rows_turn_the_table():
    table = referee_table((STORY, TRUTH, TRUTH, TRUTH, TRUTH))
    assert table.heads == ["gain [CNY/h]", "x [%-points]", "rock saved [t/year]"]
    assert table.rows[0] == ("story", ["–", "+1.2", "–"])
    assert len(table.rows) == 5
