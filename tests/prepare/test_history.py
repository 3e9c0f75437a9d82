"""From records by hand to the history: what each cell must be, computed on paper."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from workbench.plant.variables import Outcome
from workbench.prepare import prepare_history
from workbench.records import RowLedger


def cells(history, name):
    return history.frame[name].to_list()


def hourly(tag, n, value=0.0, start=0.5):
    """A result an hour, in the middle of the hour."""
    return [(start + k, tag, value) for k in range(n)]


def test_a_setting_is_weighted_by_the_time_it_stands(sheet_of, records):
    # 10 for 15 min, 30 for 45 min: (10*15 + 30*45)/60 = 25; the plain mean would be 20
    rows = [(0, "x", 10), (0.25, "x", 30), (1, "x", 30), (1.25, "x", 30), *hourly("y", 2)]
    history = prepare_history(sheet_of(), records(rows))
    assert cells(history, "x") == [25.0, 30.0]
    assert cells(history, "time") == [datetime(2025, 1, 1, 0, tzinfo=UTC), datetime(2025, 1, 1, 1, tzinfo=UTC)]


def test_a_setting_holds_up_to_three_usual_intervals_and_then_is_unknown(sheet_of, records):
    # usual interval 0.5 h, so the reading of 1.5 stands to 3.0; the next comes at 6
    rows = [(t, "x", t) for t in (0, 0.5, 1, 1.5, 6, 6.5, 7)] + hourly("y", 8)
    history = prepare_history(sheet_of(), records(rows))
    assert cells(history, "x") == [0.25, 1.25, 1.5, None, None, None, 6.25, 7.0]
    assert cells(history, "reason")[3:6] == ["setting x missing"] * 3


def test_max_gap_of_the_sheet_wins(sheet_of, records):
    sheet = sheet_of(settings="x: {low: 0, high: 100, max_step: 10, max_gap: 1d}")
    history = prepare_history(sheet, records([(0, "x", 4), (0.5, "x", 5), (5, "x", 6), *hourly("y", 6)]))
    assert cells(history, "x") == [4.5, 5.0, 5.0, 5.0, 5.0, 6.0]


def test_a_bad_record_ends_the_hold(sheet_of, records):
    sheet = sheet_of(settings="x: {low: 0, high: 100, max_step: 10, max_gap: 1d}")
    rows = [(0, "x", 4), (1, "x", 0, "bad"), (2, "x", 6), *hourly("y", 3)]
    history = prepare_history(sheet, records(rows))
    assert cells(history, "x") == [4.0, None, 6.0]
    assert history.ledger == RowLedger(6, {"bad quality": 1})


@pytest.mark.parametrize("state", ["Bad Input", "I/O Timeout"])
def test_a_text_state_in_a_numeric_tag_ends_the_hold(sheet_of, records, state):
    sheet = sheet_of(settings="x: {low: 0, high: 100, max_step: 10, max_gap: 1d}")
    history = prepare_history(sheet, records([(0, "x", 4), (1, "x", state), (2, "x", 6), *hourly("y", 3)]))
    assert cells(history, "x") == [4.0, None, 6.0]
    assert history.ledger.set_aside == {"text state": 1}


@pytest.mark.parametrize("quality", ["good", "bad"])
def test_a_row_that_was_not_yet_known_does_not_end_the_hold(sheet_of, records, quality):
    sheet = sheet_of(settings="x: {low: 0, high: 100, max_step: 10, max_gap: 1d}")
    rows = [(0, "x", 4), (1, "x", 50, quality, "not yet known"), (2, "x", 6), *hourly("y", 3)]
    history = prepare_history(sheet, records(rows))
    assert cells(history, "x") == [4.0, 4.0, 6.0]
    assert history.ledger.set_aside == {"not yet known": 1}


def test_a_cell_with_less_than_half_of_good_time_is_null(sheet_of, records):
    sheet = sheet_of(settings="x: {low: 0, high: 100, max_step: 10, max_gap: 1d}")
    rows = [(0, "x", 4), (0.49, "x", 4, "bad"), (1, "x", 5), (1.5, "x", 5, "bad"), (2, "x", 6), *hourly("y", 3)]
    assert cells(prepare_history(sheet, records(rows)), "x") == [None, 5.0, 6.0]


def test_nothing_stands_beyond_the_end_of_the_records(sheet_of, records):
    sheet = sheet_of(settings="x: {low: 0, high: 100, max_step: 10, max_gap: 30d}")
    history = prepare_history(sheet, records([(0, "x", 4), (1, "x", 5), *hourly("y", 4)]))
    assert cells(history, "x") == [4.0, 5.0, 5.0, 5.0]


def test_an_outcome_is_never_held(sheet_of, records):
    rows = [(k, "x", 1) for k in range(6)] + [(0.5, "y", 10), (4.25, "y", 20), (4.75, "y", 30)]
    history = prepare_history(sheet_of(outcomes="y: {max_gap: 1d}"), records(rows))
    assert cells(history, "y") == [10.0, None, None, None, 25.0, None]
    assert cells(history, "reason") == [None, *["objective missing"] * 3, None, "objective missing"]
    assert history.periods == RowLedger(6, {"objective missing": 4})


def test_a_sensor_as_outcome_is_weighted_by_time_but_not_carried_into_an_empty_period(sheet_of, records):
    # a reading every 10 min; in the first hour 0 stands for 50 min and 60 for 10 min
    rows = [(k, "x", 1) for k in range(4)] + [(k / 6, "y", 60 if k == 5 else 0) for k in range(6)]
    rows += [(3 + k / 6, "y", 7) for k in range(6)]
    history = prepare_history(sheet_of(outcomes="y: {max_gap: 1d}"), records(rows))
    assert cells(history, "y") == [10.0, None, None, 7.0]


def test_delay_brings_a_result_back_to_the_time_it_speaks_of(sheet_of, records):
    rows = [(k, "x", 1) for k in range(4)] + [(k + 2.5, "y", 10 * k) for k in range(4)]
    history = prepare_history(sheet_of(outcomes="y: {delay: 2h}"), records(rows))
    assert cells(history, "y")[:4] == [0.0, 10.0, 20.0, 30.0]


def test_lag_pairs_an_outcome_with_the_settings_that_made_it(sheet_of, records):
    rows = [(k, "x", k) for k in range(6)] + [(k + 0.5, "y", k) for k in range(6)]
    history = prepare_history(sheet_of(outcomes="y: {lag: 2h}"), records(rows))
    assert cells(history, "y")[2:8] == [2.0, 3.0, 4.0, 5.0, None, None]
    assert cells(history, "x")[2:8] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


@pytest.mark.parametrize(("stamp", "expected"), [("start", [1.0, 2.0, 3.0]), ("end", [2.0, 3.0]), ("instant", [1.0, 2.0, 3.0])])
def test_stamp_says_which_hour_a_value_stands_for(sheet_of, records, stamp, expected):
    rows = [(k, "x", k + 1) for k in range(3)] + hourly("y", 3)
    sheet = sheet_of(settings=f"x: {{low: 0, high: 100, max_step: 10, stamp: {stamp}}}")
    history = prepare_history(sheet, records(rows)).frame.filter(pl.col("time") >= datetime(2025, 1, 1, tzinfo=UTC))
    assert history["x"].drop_nulls().to_list()[: len(expected)] == expected


def test_a_composite_serves_the_periods_that_it_covers_by_more_than_half(sheet_of, records):
    # 8 h composites stamped at their end, 4 h periods: [0,8) serves two periods, [10,18) covers half of two and all of [12,16)
    rows = [(4 * k, "x", 1) for k in range(5)] + [(8, "y", 10), (18, "y", 20)]
    history = prepare_history(sheet_of(outcomes="y: {covers: 8h}", more="period: 4h"), records(rows))
    assert cells(history, "y") == [10.0, 10.0, None, 20.0, None]


@pytest.mark.parametrize(("stamp", "at"), [("instant", 12), ("end", 12), ("start", 4)])
def test_the_span_of_a_composite_ends_its_delay_before_the_stamp(sheet_of, records, stamp, at):
    """As the keys' descriptions have it: both results speak of [0, 8) and [8, 16), analysed four hours later."""
    rows = [(4 * k, "x", 1) for k in range(8)] + [(at, "y", 10), (at + 8, "y", 20)]
    sheet = sheet_of(outcomes=f"y: {{delay: 4h, covers: 8h, stamp: {stamp}}}", more="period: 4h")
    frame = prepare_history(sheet, records(rows)).frame.filter(pl.col("time") >= datetime(2025, 1, 1, tzinfo=UTC))
    assert frame["y"].to_list()[:5] == [10.0, 10.0, 20.0, 20.0, None]
    schema = Outcome.model_json_schema()["properties"]
    assert "with delay 4h and covers 8h a result stamped 12:00 speaks of 00:00 to 08:00" in schema["covers"]["description"]
    assert "With `covers`: stamp minus the end of the span" in schema["delay"]["description"]


def test_a_composite_shorter_than_a_period_serves_one(sheet_of, records):
    rows = [(4 * k, "x", 1) for k in range(3)] + [(5, "y", 10), (11, "y", 20)]
    history = prepare_history(sheet_of(outcomes="y: {covers: 2h}", more="period: 4h"), records(rows))
    # [3,5) overlaps [0,4) and [4,8) by the same hour: the earlier one
    assert cells(history, "y") == [10.0, None, 20.0]


def test_aggregates(sheet_of, records):
    kinds = ["sum", "last", "min", "max", "q0.5"]
    conditions = "\n".join(f"c{n}: {{tag: C, aggregate: {kind}}}" for n, kind in enumerate(kinds))
    rows = [(0, "x", 1), (1, "x", 1), *hourly("y", 1)]
    rows += [(0, "C", 5), (0.25, "C", 1), (0.5, "C", 9), (0.75, "C", 3)]
    history = prepare_history(sheet_of(conditions=conditions), records(rows))
    # time-weighted median of four equal quarters: the smallest value below or at which half of the time is spent
    assert [cells(history, f"c{n}")[0] for n in range(5)] == [18.0, 3.0, 1.0, 9.0, 3.0]


def test_a_sum_that_lacks_readings_is_null_but_events_are_summed(sheet_of, records):
    conditions = "c: {tag: C, aggregate: sum}\ne: {tag: E, aggregate: sum}"
    rows = [(k, "x", 1) for k in range(4)] + hourly("y", 4)
    rows += [(k / 2, "C", 1) for k in range(8) if k != 3]  # half hours, one of them missing
    rows += [(t, "E", 1) for t in (0.0, 0.01, 0.02, 0.03, 1.5, 3.1, 3.11, 3.9)]  # something happens now and then
    history = prepare_history(sheet_of(conditions=conditions), records(rows))
    assert cells(history, "c") == [2.0, None, 2.0, 2.0]
    assert cells(history, "e") == [4.0, 1.0, None, 3.0]


def test_a_counter_with_a_reset(sheet_of, records):
    rows = [(k, "x", 1) for k in range(4)] + hourly("y", 4)
    rows += [(0, "C", 100), (1, "C", 110), (2, "C", 5), (3, "C", 20), (4, "C", 30)]
    history = prepare_history(sheet_of(conditions="c: {tag: C, aggregate: counter}"), records(rows))
    assert cells(history, "c")[:4] == [10.0, 5.0, 15.0, 10.0]
    assert [f.text for f in history.findings if f.code == "D114"] == ["started again from zero 1 time: counted on from there"]


def test_share_of_a_state(sheet_of, records):
    rows = [(0, "x", 1), (1, "x", 1), *hourly("y", 2)]
    rows += [(0, "S", "RUN"), (0.25, "S", "STOP"), (1, "S", "RUN"), (2, "S", "RUN")]
    history = prepare_history(sheet_of(conditions='run: {tag: S, aggregate: "share: RUN", max_gap: 1d}'), records(rows))
    assert cells(history, "run")[:2] == [0.25, 1.0]


def test_one_tag_read_as_number_and_as_state(sheet_of, records):
    conditions = 'n: {tag: S, max_gap: 1d}\nup: {tag: S, aggregate: "share: 1", max_gap: 1d}'
    rows = [(0, "x", 1), (1, "x", 1), *hourly("y", 2), (0, "S", 1), (0.25, "S", "Shutdown"), (0.75, "S", 3), (2, "S", 1)]
    history = prepare_history(sheet_of(conditions=conditions), records(rows))
    assert cells(history, "n")[:2] == [2.0, 3.0]
    assert cells(history, "up")[:2] == [0.25, 0.0]


def test_choices_take_the_text_that_stood_longest(sheet_of, records):
    sheet = sheet_of(settings="x: {choices: [strip, keep], max_gap: 1d}")
    rows = [(0, "x", "strip"), (0.4, "x", "keep"), (2, "x", "strip"), (3, "x", "wild"), *hourly("y", 4)]
    history = prepare_history(sheet, records(rows))
    assert cells(history, "x") == ["keep", "keep", "strip", None]
    assert history.frame.schema["x"] == pl.String
    assert history.ledger.set_aside == {"unknown choice": 1}
    assert [f.code for f in history.findings if f.tag == "x" and not f.refuses] == ["D113"]


def test_choices_that_look_like_numbers_are_found(sheet_of, records):
    sheet = sheet_of(settings='x: {choices: ["012", "7"]}')
    history = prepare_history(sheet, records([(0, "x", 12), (1, "x", 7), *hourly("y", 2)]))
    assert cells(history, "x") == ["012", "7"]


def test_measured_is_the_value_and_what_people_set_stays_beside_it(sheet_of, records):
    sheet = sheet_of(settings="x: {tag: X.SP, measured: X.PV, low: 0, high: 100, max_step: 10}")
    rows = [(0, "X.SP", 10), (1, "X.SP", 12), (0, "X.PV", 9.5), (1, "X.PV", 11.5), *hourly("y", 2)]
    history = prepare_history(sheet, records(rows))
    assert (cells(history, "x"), cells(history, "x.set")) == ([9.5, 11.5], [10.0, 12.0])
    assert history.frame.columns == ["time", "batch", "x", "x.set", "y", "@objective", "@cost", "steady", "reason"]


def test_duplicates_are_counted_and_the_last_row_counts(sheet_of, records):
    rows = [(0, "x", 4), (0, "x", 4), (1, "x", 5), (1, "x", 8), (2, "x", 6), *hourly("y", 3)]
    history = prepare_history(sheet_of(), records(rows))
    assert cells(history, "x") == [4.0, 8.0, 6.0]
    assert history.ledger == RowLedger(8, {"duplicate": 2})
    assert [f.text for f in history.findings if f.code == "D111"] == ["1 stamp with two different values: the last row is used"]


def test_the_order_of_the_rows_does_not_matter(sheet_of, records):
    rows = [(k / 4, tag, (7 * k) % 5) for k in range(40) for tag in ("x", "y")]
    forth, back = (prepare_history(sheet_of(), records(r)) for r in (rows, rows[::-1]))
    assert forth.frame.equals(back.frame)
    assert (forth.ledger, forth.findings) == (back.ledger, back.findings)


def test_running_exclude_and_formulas_give_their_reasons(sheet_of, records):
    more = 'period: 1h\nrunning: "x > 0"\nexclude: [{from: "2025-01-01 02:00", to: "2025-01-01 03:00", why: pump repair}]'
    sheet = sheet_of(conditions="c:", objective="{maximize: y / c}", more=more)
    rows = [(k, "x", 0 if k == 1 else 1) for k in range(6)] + hourly("y", 6, 3.0)
    rows += [(k, "c", 0 if k == 3 else 2) for k in range(5)] + [(5, "c", 2, "bad")]
    history = prepare_history(sheet, records(rows))
    assert cells(history, "reason") == [
        None,
        "not running",
        "excluded: pump repair",
        "not finite: y / c",
        None,
        "objective missing",
    ]
    assert cells(history, "@objective") == [1.5, 1.5, 1.5, None, 1.5, None]
    assert history.periods.rows_used == 2


def test_a_missing_condition_sets_nothing_aside(sheet_of, records):
    rows = [(k, "x", k) for k in range(4)] + hourly("y", 4) + [(0, "c", 1), (3, "c", 1, "bad")]
    history = prepare_history(sheet_of(conditions="c: {max_gap: 1h}"), records(rows))
    assert cells(history, "c") == [1.0, None, None, None]
    assert history.periods.set_aside == {}
    assert [f.text for f in history.findings if f.code == "D106"] == [
        "missing in 3 of 4 usable periods: left empty there, not filled"
    ]


def test_settings_outside_their_ranges_share_a_finding(sheet_of, records):
    settings = """x: {low: 1, high: 2, max_step: 1, unit: t/h}
z: {low: 0, high: 5, max_step: 1}
w: {low: 0, high: 9, max_step: 1}"""
    rows = [(k, tag, k) for k in range(4) for tag in ("x", "z", "w")] + [(3, "z", 7)] + hourly("y", 4)
    history = prepare_history(sheet_of(settings=settings), records(rows))
    (found,) = (f for f in history.findings if f.code == "D102")
    assert found.tag is None
    assert found.text == "outside low..high: x in 2 (1..2 t/h), z in 1 (0..5) of 4 usable periods"


def test_one_setting_outside_its_range_is_the_findings_tag(sheet_of, records):
    history = prepare_history(sheet_of(), records([(0, "x", 500), (1, "x", 5), *hourly("y", 2)]))
    (found,) = (f for f in history.findings if f.code == "D102")
    assert (found.tag, found.text) == ("x", "outside low..high in 1 (0..100) of 2 usable periods")


def test_costs_and_limits_are_computed_columns(sheet_of, records):
    more = 'period: 1h\ncurrency: CNY\nhours_per_year: 8000\nlimits: [{name: ratio, formula: "y - 2*x", high: 0}]'
    objective = "{maximize: y, value_per_unit: 10, costs: [{formula: 3*x, unit: CNY/h}, {formula: x, unit: CNY/min}]}"
    history = prepare_history(
        sheet_of(objective=objective, more=more), records([(0, "x", 2), (1, "x", 3), *hourly("y", 2, 7.0)])
    )
    assert cells(history, "@cost") == [6.0 + 120.0, 9.0 + 180.0]
    assert cells(history, "@limit:ratio") == [3.0, 1.0]


@pytest.mark.parametrize(
    ("midnight", "hours"),
    [
        (datetime(2025, 3, 29, 23, tzinfo=UTC), [4, 4, 4, 4, 4, 3, 4]),  # 30 March 2025 has 23 h in Berlin
        (datetime(2025, 10, 25, 22, tzinfo=UTC), [4, 4, 4, 4, 4, 5, 4]),  # 26 October 2025 has 25 h
    ],
)
def test_days_of_23_and_25_hours(sheet_of, records, midnight, hours):
    stamps = [midnight + timedelta(minutes=30 * k) for k in range(96)]
    rows = [(stamp, tag, 1.0) for stamp in stamps for tag in ("x", "y")]
    frame = prepare_history(sheet_of(more="period: 4h\ntimezone: Europe/Berlin"), records(rows)).frame
    assert frame["time"][0] == midnight
    assert frame["time"].diff().dt.total_hours().drop_nulls().to_list()[:7] == hours


def test_all_values_bad_is_refused(sheet_of, records):
    history = prepare_history(sheet_of(), records([(k, tag, 1, "bad") for k in range(60) for tag in ("x", "y")]))
    assert [(f.code, f.text) for f in history.refused] == [
        ("D204", "none of 120 readings is good: check quality, columns and tags of the source")
    ]
    assert history.frame.height == 0


def test_a_source_without_a_tag_of_the_sheet_counts_its_readings(sheet_of, records):
    history = prepare_history(sheet_of(), records([(k, "z", 1) for k in range(60)]))
    assert [f.text for f in history.refused] == [
        "none of the source's 60 readings is of the sheet's tags: check quality, columns and tags of the source"
    ]


def test_an_empty_source_is_refused(sheet_of, records):
    history = prepare_history(sheet_of(), records([]))
    assert [f.code for f in history.refused] == ["D204"]
    assert history.frame.columns == ["time", "batch", "x", "y", "@objective", "@cost", "steady", "reason"]


def test_no_setting_moved_and_too_few_periods_are_refused(sheet_of, records):
    history = prepare_history(sheet_of(), records([(k, "x", 5) for k in range(49)] + hourly("y", 49)))
    assert [(f.code, f.text) for f in history.refused] == [
        ("D201", "49 usable periods of 49: at least 50 are needed"),
        ("D202", "no setting has moved in 49 usable periods: nothing can be learned about moving one"),
    ]


def test_fifty_periods_with_a_move_are_enough(sheet_of, records):
    history = prepare_history(sheet_of(), records([(k, "x", k % 3) for k in range(50)] + hourly("y", 50)))
    assert history.refused == ()
    assert history.usable.height == 50


def test_an_outcome_without_a_result_is_refused(sheet_of, records):
    history = prepare_history(sheet_of(), records([(k, "x", k % 3) for k in range(60)]))
    assert {f.code for f in history.refused} == {"D201", "D203"}
    assert "no value in any of 60 periods" in next(f.text for f in history.refused if f.code == "D203")


def test_a_clock_that_restarted_in_1970_does_not_stretch_the_history(sheet_of, records):
    rows = [(k, "x", k % 3) for k in range(300)] + hourly("y", 300) + [(datetime(1970, 1, 1, tzinfo=UTC), "x", 3)]
    history = prepare_history(sheet_of(), records(rows))
    assert history.frame.height == 300
    assert history.ledger.set_aside == {"stamp far off the records": 1}
    assert [f.code for f in history.findings if f.tag == "x"] == ["D109"]


reading = st.tuples(
    st.one_of(st.integers(0, 40).map(lambda q: q / 4), st.none()),
    st.sampled_from(["x", "y", "c", "other"]),
    st.one_of(st.floats(-1e6, 1e6), st.sampled_from(["Bad Input", "A", "B"]), st.none()),
    st.sampled_from(["good", "uncertain", "bad"]),
    st.sampled_from([None, None, None, "not yet known"]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(reading, max_size=40), elsewhere=st.integers(0, 5))
@example(rows=[(0.0, "x", 0.0, "good", None), (0.0, "x", None, "good", None), (1.0, "c", "A", "good", None)], elsewhere=0)
@example(rows=[(0.0, "c", "A", "good", None), (0.0, "c", 0.0, "good", None), (1.0, "c", "A", "good", None)], elsewhere=0)
def test_every_row_and_every_period_is_accounted_for(sheet_of, records, rows, elsewhere):
    sheet = sheet_of(conditions="c: {choices: [A, B]}")
    history = prepare_history(sheet, records(rows, RowLedger(elsewhere, {"other tag": elsewhere})))
    ledger, periods = history.ledger, history.periods
    assert ledger.rows_in == len(rows) + elsewhere
    assert all(n > 0 for n in ledger.set_aside.values() if n != elsewhere)
    last = {  # of the readings of one stamp the last one counts, and a word that is no choice is a reading, too
        (time, tag): value
        for time, tag, value, quality, reason in rows
        if time is not None
        and quality != "bad"
        and reason is None
        and (isinstance(value, float) if tag in "xy" else value is not None)
        and tag != "other"
    }
    used = {key for key, value in last.items() if key[1] in "xy" or value in ("A", "B")}
    assert ledger.rows_used == len(used)
    assert periods.rows_in == history.frame.height
    assert periods.rows_used == history.usable.height
    assert sum(periods.set_aside.values()) == history.frame["reason"].drop_nulls().len()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    readings=st.lists(st.tuples(st.integers(1, 59), st.floats(-1e3, 1e3)), min_size=1, max_size=20, unique_by=lambda r: r[0]),
    scale=st.floats(0.5, 2.0),
)
def test_a_cell_lies_between_its_readings_and_scales_with_them(sheet_of, records, readings, scale):
    sheet = sheet_of(settings="x: {low: 0, high: 100, max_step: 10, max_gap: 1d}")
    readings = [(0, 0.0), *readings]
    rows = [(minute / 60, "x", value) for minute, value in readings] + [(1.0, "x", 0.0)]
    cell = prepare_history(sheet, records(rows)).frame["x"][0]
    scaled = prepare_history(sheet, records([(t, tag, value * scale) for t, tag, value in rows])).frame["x"][0]
    values = [value for _, value in readings]
    slack = 1e-8 * (1 + max(map(abs, values)))
    assert min(values) - slack <= cell <= max(values) + slack
    assert scaled == pytest.approx(cell * scale, rel=1e-7, abs=1e-5)
