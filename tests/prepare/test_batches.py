"""One row a batch, in the order of the source."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.prepare import movement_data, prepare_history
from workbench.records import RowLedger

BATCH = "batch: rownames"


def rows_of(batches):
    """(batch, {tag: value}) -> rows in the order of a wide file."""
    return [(batch, tag, value) for batch, cells in batches for tag, value in cells.items()]


def test_file_order_is_time_order(sheet_of, batch_records):
    rows = rows_of([("7", {"x": 3, "y": 30}), ("12", {"x": 1, "y": 10}), ("3", {"x": 2, "y": 20})])
    history = prepare_history(sheet_of(more=BATCH), batch_records(rows))
    assert history.frame["batch"].to_list() == ["7", "12", "3"]
    assert history.frame["x"].to_list() == [3.0, 1.0, 2.0]
    assert history.frame["time"].null_count() == 3
    assert history.frame["steady"].all()


def test_missing_and_bad_cells(sheet_of, batch_records):
    rows = [
        ("a", "x", 1),
        ("a", "y", 1),
        ("b", "x", None),
        ("b", "y", 2),
        ("c", "x", 3),
        ("c", "y", "n/a"),
        ("d", "x", 1, "bad"),
    ]
    history = prepare_history(sheet_of(more=BATCH), batch_records(rows))
    assert history.frame["batch"].to_list() == ["a", "b", "c", "d"]
    assert history.frame["reason"].to_list() == [None, "setting x missing", "objective missing", "setting x missing"]
    assert history.ledger == RowLedger(7, {"bad quality": 1, "no value": 1, "text state": 1})
    assert history.periods == RowLedger(4, {"objective missing": 1, "setting x missing": 2})


def test_a_row_without_a_time_is_no_batch_where_others_have_one(sheet_of, records):
    """A line of totals at the end of an export has no time: it is counted among the readings, and no trial stumbles over it."""
    made = records([(h, tag, h + 1) for h in (0, 1, 2) for tag in ("x", "y")])
    is_total = pl.col("row") >= 4
    frame = made.frame.with_columns(
        pl.format("b{}", pl.col("row") // 2).alias("batch"),
        pl.when(~is_total).then("time").alias("time"),
        pl.when(is_total).then(pl.lit("no time")).otherwise("reason").alias("reason"),
    )
    history = prepare_history(sheet_of(more=BATCH), replace(made, frame=frame))
    assert history.frame["batch"].to_list() == ["b0", "b1"]
    assert (history.ledger, history.periods) == (RowLedger(6, {"no time": 2}), RowLedger(2, {}))


def test_batches_that_were_not_yet_known_are_counted_and_are_no_batches(sheet_of, records):
    rows = [(h, tag, h + 1, "good", why) for h, why in ((0, None), (1, None), (2, "not yet known")) for tag in ("x", "y")]
    made = records([*rows[:3], (1, "y", 9, "good", "not yet known"), *rows[4:]])
    named = made.frame.with_columns(pl.format("b{}", pl.col("row") // 2).alias("batch"))
    history = prepare_history(sheet_of(more=BATCH), replace(made, frame=named))
    assert history.frame.select("batch", "x", "y", "reason").rows() == [
        ("b0", 1.0, 1.0, None),
        ("b1", 2.0, None, "objective missing"),
    ]
    assert history.ledger == RowLedger(6, {"not yet known": 3})
    assert history.periods == RowLedger(2, {"objective missing": 1})


def test_a_batch_written_twice(sheet_of, batch_records):
    rows = rows_of([("a", {"x": 1, "y": 1}), ("a", {"x": 5, "y": 1}), ("b", {"x": 2, "y": 2})])
    history = prepare_history(sheet_of(more=BATCH), batch_records(rows))
    assert history.frame["x"].to_list() == [5.0, 2.0]
    assert history.ledger.set_aside == {"duplicate": 2}
    assert [f.text for f in history.findings if f.code == "D111"] == ["1 batch with two different values: the last row is used"]


def test_choices_and_shares(sheet_of, batch_records):
    rows = rows_of([("a", {"x": "keep", "y": 1, "s": "RUN"}), ("b", {"x": "wild", "y": 2, "s": "OFF"})])
    sheet = sheet_of(settings="x: {choices: [strip, keep]}", conditions='c: {tag: s, aggregate: "share: RUN"}', more=BATCH)
    history = prepare_history(sheet, batch_records(rows))
    assert history.frame["x"].to_list() == ["keep", None]
    assert history.frame["c"].to_list() == [1.0, 0.0]
    assert history.ledger.set_aside == {"unknown choice": 1}


def test_times_left_out_of_batches_without_any_are_refused(sheet_of, batch_records):
    more = f"{BATCH}\nexclude: [{{from: 2025-03-01, to: 2025-03-09, why: pump repair}}]"
    with pytest.raises(InputError) as error:
        prepare_history(sheet_of(more=more), batch_records(rows_of([("a", {"x": 1, "y": 1}), ("b", {"x": 2, "y": 2})])))
    assert str(error.value) == (
        "the sheet line_1, exclude: the batches of by hand carry no time, so it cannot be told which of them lie in the times"
        " left out: give the source a column of their time, or take their rows out of it"
    )


def test_readings_within_a_batch_are_put_together(sheet_of, records):
    kinds = ["mean", "sum", "last", "min", "max", "counter", "q0.5"]
    conditions = "\n".join(f"c{n}: {{tag: C, aggregate: {kind}}}" for n, kind in enumerate(kinds))
    source = records([(0, "x", 1), (0, "y", 1), (0, "C", 1), (1, "C", 2), (2, "C", 6)])
    source = replace(source, frame=source.frame.with_columns(batch=pl.lit("a")))
    history = prepare_history(sheet_of(conditions=conditions, more=BATCH), source)
    assert history.frame.select(f"c{n}" for n in range(7)).row(0) == (3.0, 9.0, 6.0, 1.0, 6.0, 5.0, 2.0)


@pytest.mark.parametrize(("n", "codes"), [(49, ["D201"]), (50, [])])
def test_at_least_fifty_batches(sheet_of, batch_records, n, codes):
    rows = rows_of([(str(k), {"x": k % 5, "y": k}) for k in range(n)])
    history = prepare_history(sheet_of(more=BATCH), batch_records(rows))
    assert [f.code for f in history.refused] == codes
    assert movement_data(history, sheet_of(more=BATCH))["moves_per_week"].to_list() == [None, None]


cell = st.tuples(
    st.sampled_from(["a", "b", "c", None]),
    st.sampled_from(["x", "y", "other"]),
    st.one_of(st.floats(-1e6, 1e6), st.just("n/a"), st.none()),
    st.sampled_from(["good", "bad"]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(cell, max_size=30))
def test_every_row_and_every_batch_is_accounted_for(sheet_of, batch_records, rows):
    history = prepare_history(sheet_of(more=BATCH), batch_records(rows))
    good = {
        (b, tag) for b, tag, value, quality in rows if b and tag != "other" and quality == "good" and isinstance(value, float)
    }
    assert history.ledger.rows_in == len(rows)
    assert history.ledger.rows_used == len(good)
    assert history.periods.rows_in == history.frame.height == len({b for b, *_ in rows if b})
    assert history.periods.rows_used == history.usable.height


@pytest.mark.parametrize(("aggregate", "aside"), [("mean", 2), ("max", 0)])
def test_fault_codes_are_set_aside_batch_by_batch(sheet_of, batch_records, aggregate, aside):
    rows = rows_of([(f"L{k}", {"x": k % 3, "y": k % 5, "c": 9999.0 if k in (7, 8) else 20.0 + k % 4}) for k in range(30)])
    history = prepare_history(sheet_of(conditions=f"c: {{aggregate: {aggregate}}}", more=BATCH), batch_records(rows))
    assert history.ledger.set_aside == ({"fault code": aside} if aside else {})
    assert [cell is None for cell in history.frame["c"].to_list()[6:10]] == [False, bool(aside), bool(aside), False]
    (finding,) = (f for f in history.findings if f.code == "D103")
    fate = "set aside as a fault code" if aside else "used, though it looks like a fault code"
    assert finding.text == f"2 of 30 readings are 9999, far outside the others ({fate}); the first in batch L7"
