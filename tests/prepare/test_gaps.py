"""Time in which nothing is known."""

from __future__ import annotations

import math

from workbench.prepare import prepare_history


def texts(history, code):
    return [(f.tag, f.text) for f in history.findings if f.code == code]


def test_the_longest_gap_and_its_share(sheet_of, records):
    rows = [(k / 2, "x", 1.0 + k % 2) for k in range(200) if not 20 <= k < 40] + [(k + 0.5, "y", 1.0) for k in range(100)]
    history = prepare_history(sheet_of(), records(rows))
    # readings at 9.5 and 20.0; the one of 9.5 stands for 1.5 h; the last one stands to the end of the records at 100.0
    assert texts(history, "D101") == [("x", "nothing known for 9 h from 2025-01-01 11:00 UTC, 9.0 % of the time in all")]


def test_tags_that_share_a_gap_share_its_finding(sheet_of, records):
    # x and c are both cut off from 10:00 to 20:00; c lacks 50:00 to 53:30 too, so 11.5 h of 100 h are unknown against 9 h
    rows = [(k / 2, "x", 1.0 + k % 2) for k in range(200) if not 20 <= k < 40]
    rows += [(k / 2, "c", 1.0 + k % 3) for k in range(200) if not 20 <= k < 40 and not 100 <= k < 107]
    rows += [(k + 0.5, "y", 1.0) for k in range(100)]
    history = prepare_history(sheet_of(conditions="c:"), records(rows))
    ((tag, text),) = texts(history, "D101")
    assert tag is None
    assert text == "nothing known of c and x for 9 h from 2025-01-01 11:00 UTC, 9.0 % to 11.5 % of the time in all"


def test_a_tag_recorded_on_change_gets_the_hint(sheet_of, records):
    # ten hourly readings, then a change every 30 h: a reading stands for 3 h, so 27 h of each 30 h are unknown
    rows = [(t, "x", t % 7) for t in (*range(10), 40, 70)] + [(k + 0.5, "y", 1.0) for k in range(100)]
    (finding,) = texts(prepare_history(sheet_of(), records(rows)), "D101")
    assert finding[1].startswith("nothing known for 28 h from 2025-01-01 12:00 UTC")
    assert finding[1].endswith("a reading stands for 3 h: give max_gap if the tag is recorded on change")


def test_a_tag_that_ends_early(sheet_of, records):
    rows = [(k / 2, "c", 1.0) for k in range(40)] + [(k, t, 1.0 + k % 2) for k in range(100) for t in ("x", "y")]
    history = prepare_history(sheet_of(conditions="c:"), records(rows))
    assert texts(history, "D116") == [("c", "the last reading is of 2025-01-01 19:30 UTC, 3.31 d before the records end")]


def test_findings_tell_the_time_of_the_plant(sheet_of, records):
    sheet = sheet_of(conditions="c:", more="timezone: Asia/Shanghai\nperiod: 1h")
    usual = [(k / 2, "x", 1.0 + k % 2) for k in range(200) if not 20 <= k < 40] + [(k + 0.5, "y", 1.0) for k in range(100)]
    history = prepare_history(sheet, records([*usual, *[(k / 10, "c", float(k % 7)) for k in range(400)]]))
    assert texts(history, "D101")[0][1].startswith("nothing known for 9 h from 2025-01-01 19:00 Asia/Shanghai")
    assert "reading is of 2025-01-02 23:54 Asia/Shanghai" in texts(history, "D116")[0][1]
    for code, spoilt, said in (
        ("D103", {101: 9998.3}, " at 2025-01-01 18:06 Asia/Shanghai"),
        ("D103", dict.fromkeys((101, 102, 103), 9999.0), "the first at 2025-01-01 18:06 Asia/Shanghai"),
        ("D104", dict.fromkeys(range(100, 200), 3.0), " from 2025-01-01 18:00 Asia/Shanghai while the plant ran"),
    ):
        rows = [(k / 10, "c", spoilt.get(k, math.sin(k / 3.0))) for k in range(400)]
        (text,) = (text for tag, text in texts(prepare_history(sheet, records([*usual, *rows])), code) if tag == "c")
        assert said in text
