"""Values that stood still."""

from __future__ import annotations

import numpy as np

from workbench.prepare import prepare_history
from workbench.prepare.frozen import find_frozen
from workbench.prepare.readings import Readings


def readings(value):
    time = 60 * np.arange(len(value), dtype=np.int64)
    return Readings("T", time, np.asarray(value, dtype=float), np.ones(len(value), dtype=bool), None, 0, 0, 60)


def test_a_run_much_longer_than_usual():
    value = np.sin(np.arange(500.0))
    value[100:160] = value[100]
    (run,) = find_frozen(readings(value))
    assert (run.start, run.end) == (6000, 159 * 60)


def test_what_is_usual_for_the_tag_is_no_freeze():
    assert find_frozen(readings(np.repeat(np.arange(20), 40))) == []  # it changes every 40 readings
    assert find_frozen(readings(np.full(500, 1.0))) == []  # it never changes
    assert find_frozen(readings(np.sin(np.arange(500.0)))) == []


def test_it_is_said_only_where_the_plant_ran(sheet_of, records):
    value = 50 + np.sin(np.arange(60 * 60) / 3.0)
    value[600:990] = value[600]  # 10:00 to 16:30 while running
    value[2400:3000] = value[2400]  # 40:00 to 50:00 in a shutdown
    rows = [(k / 60, "c", v) for k, v in enumerate(value)]
    rows += [(k, "x", 0 if 40 <= k < 50 else 5 + k % 2) for k in range(60)] + [(k + 0.5, "y", 1.0) for k in range(60)]
    history = prepare_history(sheet_of(conditions="c:", more='period: 1h\nrunning: "x > 0"'), records(rows))
    assert [(f.tag, f.text) for f in history.findings if f.code == "D104"] == [
        ("c", "unchanged for 6.48 h from 2025-01-01 10:00Z while the plant ran")
    ]


def test_what_a_person_has_excluded_is_not_said_again(sheet_of, records):
    value = 50 + np.sin(np.arange(60 * 60) / 3.0)
    value[600:990] = value[600]  # 10:00 to 16:30
    rows = [(k / 60, "c", v) for k, v in enumerate(value)]
    rows += [(k, "x", 5 + k % 2) for k in range(60)] + [(k + 0.5, "y", 1.0) for k in range(60)]
    excluded = 'exclude: [{from: "2025-01-01 10:00", to: "2025-01-01 17:00", why: stuck}]'
    for more, n in (("period: 1h", 1), (f"period: 1h\n{excluded}", 0)):
        history = prepare_history(sheet_of(conditions="c:", more=more), records(rows))
        assert sum(f.code == "D104" for f in history.findings) == n
