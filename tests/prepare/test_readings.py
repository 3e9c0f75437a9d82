"""Reading tag by tag: order, duplicates, groups."""

from __future__ import annotations

import numpy as np

from workbench.prepare import readings as room
from workbench.prepare.census import take_census
from workbench.prepare.readings import read_tags
from workbench.records import RowLedger


def read(source, textual, numeric):
    census = take_census(source.frame, RowLedger(), textual, [*textual, *numeric], has_clock=True)
    return {readings.tag: readings for readings in read_tags(source.frame, census, textual, numeric)}


def test_sorted_by_stamp_and_the_last_row_of_a_stamp(records):
    tags = read(records([(3, "x", 3), (1, "x", 1), (1, "x", 9), (2, "x", 2), (2, "x", 2), (0, "x", 0)]), [], ["x"])
    assert tags["x"].value.tolist() == [0.0, 9.0, 2.0, 3.0]
    assert (tags["x"].duplicates, tags["x"].conflicts) == (2, 1)
    assert tags["x"].interval == 3_600_000_000


def test_a_good_reading_wins_over_a_bad_one_of_the_same_stamp(records):
    tags = read(records([(0, "x", 1), (1, "x", 7), (1, "x", 8, "bad")]), [], ["x"])
    assert (tags["x"].value.tolist(), tags["x"].duplicates) == ([1.0, 7.0], 0)


def test_texts_and_numbers_of_a_text_tag(records):
    tags = read(records([(0, "s", " RUN "), (1, "s", 12), (2, "s", 0.5), (3, "s", None)]), ["s"], [])
    assert tags["s"].words.tolist()[:3] == ["RUN", "12", "0.5"]
    assert tags["s"].is_good.tolist() == [True, True, True, False]


def test_groups_are_bounded_and_lose_nothing(records, monkeypatch):
    rows = [(k, f"t{k % 7}", k) for k in range(70)]
    whole = read(records(rows), [], [f"t{k}" for k in range(7)])
    monkeypatch.setattr(room, "GROUP_ROWS", 25)
    parts = read(records(rows), [], [f"t{k}" for k in range(7)])
    assert whole.keys() == parts.keys()
    assert all(np.array_equal(whole[tag].value, parts[tag].value) for tag in whole)


def test_the_census_counts_by_reason_and_quality(records):
    source = records(
        [(0, "x", 1), (1, "x", 1, "uncertain"), (2, "x", 1, "bad"), (None, "x", 1), (3, "z", 1), (4, "x", 2, "good", "late")]
    )
    census = take_census(source.frame, RowLedger(2, {"other tag": 2}), [], ["x"], has_clock=True)
    aside = {"other tag": 2, "bad quality": 1, "no time": 1, "tag not in the sheet": 1, "late": 1}
    assert census.ledger.rows_in == 8
    assert census.ledger.set_aside == aside
    assert (census.counts, census.uncertain, census.bad) == ({"x": 2}, {"x": 1}, {"x": 1})
