"""The next small move: first a design, then uphill; late and missing results; batches; limits; and it pays."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom

from tests.benchmarks.next_moves import SHAPES, run_case, run_mixed_cases
from workbench.errors import InputError
from workbench.loaders import records_from_frame
from workbench.plant import read_sheet
from workbench.prepare.grid import period_bounds
from workbench.trials import next_move

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY, MICROSECOND = timedelta(days=1), timedelta(microseconds=1)
HILL = """\
name: hill
period: 4h
settings:
  a: {unit: degC, low: 60, high: 90, max_step: 4, base: 70}
  b: {unit: m3/h, low: 10, high: 20, max_step: 1, base: 14}
  c: {unit: "%", low: 0, high: 8, max_step: 1, base: 3}
conditions:
  feed: {unit: "%"}
outcomes:
  y: {unit: "%", settling: 4h}
objective: {maximize: y}
"""
BATCHES = HILL.replace("period: 4h", "batch: lot").replace(", settling: 4h", "")
BASE = {"a": 70.0, "b": 14.0, "c": 3.0}
TOP, BEND = {"a": 80.0, "b": 16.5, "c": 2.0}, {"a": 0.02, "b": 0.3, "c": 0.4}
STEP = {"a": 4.0, "b": 1.0, "c": 1.0}
RANGE = {"a": (60.0, 90.0), "b": (10.0, 20.0), "c": (0.0, 8.0)}

Policy = Callable[[list[dict], dict, np.random.Generator], dict]


def height(at) -> float:
    """The true outcome under mean conditions: a hill of 80 at TOP [%]."""
    return 80.0 - sum(BEND[k] * (at[k] - TOP[k]) ** 2 for k in BEND)


def climb(policy: Policy, seed: int, steps: int = 36, hold: int = 3, late: int = 0) -> list[float]:
    """Heights that a policy stands at, a value a step; the last `late` results are not known yet when it is asked."""
    rng = np.random.default_rng(seed)
    at, state, noise, feed = dict(BASE), height(BASE), 0.0, 0.0
    rows: list[dict] = []
    heights = []
    for _ in range(steps):
        for _ in range(hold):
            noise, feed = 0.8 * noise + 0.6 * rng.normal(), 0.9 * feed + 0.44 * rng.normal()
            y = 0.7 * height(at) + 0.3 * state + noise + 0.7 * feed
            state = height(at)
            rows.append({**at, "feed": 30.0 + feed, "y": y})
        heights.append(height(at))
        known = [{**row, "y": None} if late and n >= len(rows) - late else row for n, row in enumerate(rows)]
        at = policy(known, at, rng)
    return heights


@pytest.fixture
def advised(records_of):
    """Follow the advice, and check that it keeps range and step each time."""

    def make(text: str = HILL) -> Policy:
        sheet = read_sheet(text, "hill.yaml")

        def policy(rows, at, _rng):
            step = next_move(sheet, records_of(sheet, rows))
            chosen = {s.name: float(s.next) for s in step.settings}
            for name, value in chosen.items():
                low, high = RANGE[name]
                assert low <= value <= high
                assert abs(value - at[name]) <= STEP[name] + 1e-9
            return chosen

        return policy

    return make


def stand_still(_rows, at, _rng):
    return at


def wander(_rows, at, rng):
    """Random small moves inside the range."""
    moved = {k: at[k] + STEP[k] / 2 * rng.integers(-1, 2) for k in at}
    return {k: float(np.clip(moved[k], *RANGE[k])) for k in moved}


@pytest.mark.slow
def test_it_climbs_and_beats_standing_still_and_random_moves(advised):
    for seed in range(4):
        heights = climb(advised(), seed)
        assert np.mean(heights) > height(BASE) + 1.5  # of 4.3 that there is to gain, the first moves included
        assert np.mean(heights[-8:]) > height(BASE) + 2.5
        assert np.mean(heights) > np.mean(climb(wander, seed)) + 1.5
    assert np.mean(climb(stand_still, 0)) == pytest.approx(height(BASE))


@pytest.mark.slow
def test_late_results_do_not_stop_it(advised):
    assert np.mean(climb(advised(), 1, late=6)[-8:]) > height(BASE) + 2.0


@pytest.mark.slow
def test_batches_climb_too(advised):
    assert np.mean(climb(advised(BATCHES), 2, hold=1, steps=60)[-15:]) > height(BASE) + 2.0


def test_without_records_it_begins_at_the_base():
    step = next_move(read_sheet(HILL, "hill.yaml"), None)
    assert (step.stage, step.move, step.moves, step.results, step.next, step.not_before) == ("first_moves", 1, 5, 0, None, None)
    assert {s.name: s.next for s in step.settings} == BASE
    assert step.hold == "8h"
    assert step.row == "period"
    assert next_move(read_sheet(BATCHES, "hill.yaml"), None).row == "batch"


def test_without_records_and_without_base_nobody_knows():
    sheet = read_sheet(HILL.replace(", base: 14", ""), "hill.yaml")
    with pytest.raises(InputError, match=r"settings\.b: no records and no base, so nobody knows where it stands: write base"):
        next_move(sheet, None)


def test_the_first_moves_are_made_once_each_also_while_results_are_awaited(records_of):
    sheet = read_sheet(HILL, "hill.yaml")
    rows: list[dict] = []
    seen = []
    at = dict(BASE)
    for number in range(1, 6):
        step = next_move(sheet, records_of(sheet, rows) if rows else None)
        assert (step.stage, step.move) == ("first_moves", number)
        at = {s.name: s.next for s in step.settings}
        seen.append(tuple(at.values()))
        rows += [{**at, "feed": 30.0, "y": None}] * 2
    assert len(set(seen)) == 5
    step = next_move(sheet, records_of(sheet, rows))
    assert (step.stage, step.results, step.pending) == ("climb", 0, 10)
    assert step.reasons == ("No result is known yet: the move is drawn by lot around where the plant stands.",)


def test_the_same_records_give_the_same_move(records_of):
    sheet = read_sheet(HILL, "hill.yaml")
    rng = np.random.default_rng(0)
    rows = [{k: v + STEP[k] / 2 * rng.integers(-1, 2) for k, v in BASE.items()} for _ in range(40)]
    rows = [{**row, "feed": 30.0, "y": height(row) + rng.normal()} for row in rows]
    first, again = (next_move(sheet, records_of(sheet, rows)).to_json() for _ in range(2))
    assert first == again
    assert len({next_move(sheet, records_of(sheet, rows), seed).settings for seed in range(8)}) > 1


def test_it_says_what_it_expects_and_how_sure_it_is(records_of):
    sheet = read_sheet(HILL, "hill.yaml")
    rng = np.random.default_rng(0)
    rows = [{k: v + STEP[k] / 2 * rng.integers(-1, 2) for k, v in BASE.items()} for _ in range(120)]
    rows = [{**row, "feed": 30.0, "y": height(row) + 0.3 * rng.normal()} for row in rows]
    step = next_move(sheet, records_of(sheet, rows))
    assert (step.stage, step.results, step.pending) == ("climb", 120, 0)
    best = {s.name: float(s.best) for s in step.settings}
    now = {s.name: float(s.now) for s in step.settings}
    assert step.best is not None
    assert step.best.low - 0.3 <= height(best) - height(now) <= step.best.high + 0.3
    assert 0.0 <= step.best.probability_better <= 1.0


def test_the_change_waits_until_the_last_one_was_held(records_of):
    sheet = read_sheet(HILL, "hill.yaml")
    rows = [{**BASE, "feed": 30.0, "y": 75.0}] * 6 + [{**BASE, "a": 72.0, "feed": 30.0, "y": 75.0}]
    step = next_move(sheet, records_of(sheet, rows))
    assert step.not_before == "2025-01-07T08:00+00:00"  # moved on the 7th at 00:00, held for 8 h


@pytest.mark.parametrize("change", [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)])
@pytest.mark.parametrize(("hours", "day_starts"), [(24, 0), (24, 6), (12, 0), (4, 0), (4, 6)])
def test_a_clock_change_makes_no_change_a_period_late(change, hours, day_starts):
    """Where the records end with any period around the change: the next period begins, two after the last move."""
    berlin = f"period: {hours}h\ntimezone: Europe/Berlin\nday_starts: '{day_starts:02}:00'"
    sheet = read_sheet(HILL.replace("period: 4h", berlin).replace("settling: 4h", "settling: 1h"), "hill.yaml")
    days = 3 if hours < 24 else 6
    spans = (change - days * DAY - EPOCH, change + days * DAY - EPOCH, timedelta(hours=hours))
    bounds = period_bounds(*(span // MICROSECOND for span in spans), "Europe/Berlin", time(day_starts))
    starts = [EPOCH + bound * MICROSECOND for bound in bounds.tolist()]
    for n in range(4, len(starts) - 3):
        for moved in (n - 1, n - 3):
            rows = [
                {"time": at, **BASE, "a": BASE["a"] if k < moved else 72.0, "feed": 30.0, "y": 75.0}
                for k, start in enumerate(starts[:n])
                for at in (start, start + (starts[k + 1] - start) / 2, starts[k + 1] - timedelta(minutes=1))
            ]
            long = pl.DataFrame(rows).unpivot(index="time", variable_name="tag")
            step = next_move(sheet, records_from_frame(sheet, long, "hill.csv"))
            assert datetime.fromisoformat(str(step.not_before)) == max(starts[n], starts[moved + 2])


def test_a_limit_that_a_setting_breaks_is_kept(records_of):
    text = HILL.replace('y: {unit: "%", settling: 4h}', 'y: {unit: "%"}\n  smoke: {unit: "-", high: 10}')
    sheet = read_sheet(text, "hill.yaml")
    rng = np.random.default_rng(3)
    rows = [{k: v + STEP[k] / 2 * rng.integers(-1, 2) for k, v in BASE.items()} for _ in range(200)]
    rows = [
        {
            **row,
            "feed": 30.0,
            "y": height(row) + 0.3 * rng.normal(),
            "smoke": 8.5 + 0.7 * (row["a"] - 70.0) + 0.2 * rng.normal(),
        }
        for row in rows
    ]
    rows += [{**rows[-1], **BASE, "smoke": 8.5, "y": height(BASE)}] * 3
    for seed in range(6):
        step = next_move(sheet, records_of(sheet, rows), seed)
        assert float(step.settings[0].next) <= 71.0  # smoke is 8.5 + 0.7 (a - 70), its limit 10 with noise of 0.2


def test_a_limit_over_settings_is_exact(records_of):
    text = HILL.replace("objective:", 'limits: [{name: heat, formula: "a + b", high: 84.3}]\nobjective:')
    sheet = read_sheet(text, "hill.yaml")
    rng = np.random.default_rng(3)
    rows = [{**{k: v - STEP[k] / 2 * rng.integers(0, 2) for k, v in BASE.items()}, "feed": 30.0} for _ in range(80)]
    rows = [{**row, "y": height(row) + 0.3 * rng.normal()} for row in rows]
    for seed in range(6):
        step = next_move(sheet, records_of(sheet, rows), seed)
        chosen = {s.name: float(s.next) for s in step.settings}
        assert chosen["a"] + chosen["b"] <= 84.3


def test_the_stated_interval_holds_as_often_as_it_says(tmp_path):
    """Seven lines of each shape, with 60 or 720 results; `tests/benchmarks/next_moves.py` has more."""
    asked = [(shape, days, seed) for shape in SHAPES for seed, days in enumerate((10, 120) * 3 + (120,))]
    cases = [case for shape, days, seed in asked if (case := run_case(tmp_path, shape, days, seed)) is not None]
    assert len(cases) >= 25
    assert sum(case.is_held for case in cases) >= binom.ppf(0.001, len(cases), 0.9)
    assert np.mean([case.true for case in cases]) > 0.3  # and its advice is worth following: flat lines have nothing to gain


@pytest.mark.slow
def test_the_interval_holds_where_a_whole_number_and_a_choice_move_too():
    """Six lines, whose moves hang together: a third of them count as their own; `tests/benchmarks/next_moves.py` has more."""
    cases = [case for seed in range(3) for days in (10, 120) for case in run_mixed_cases(days, seed)]
    assert len(cases) >= 60
    assert np.mean([case.is_held for case in cases]) >= binom.ppf(0.001, len(cases) // 3, 0.9) / (len(cases) // 3)
    assert np.mean([case.true for case in cases]) > 0.05


def test_it_learns_from_settled_periods_and_says_when_it_goes_beyond_what_was_run(records_of):
    sheet = read_sheet(HILL, "hill.yaml")
    rng = np.random.default_rng(0)
    held = [{k: v + STEP[k] / 2 * rng.integers(-1, 2) for k, v in BASE.items()} for _ in range(30)]
    rows = [{**row, "feed": 30.0, "y": height(row) + 0.1 * rng.normal()} for row in held for _ in range(3)]
    moved = sum(a != b for a, b in itertools.pairwise(held))
    beyond = {}
    for seed in range(8):
        step = next_move(sheet, records_of(sheet, rows), seed)
        assert step.results == 90 - moved  # settling 4 h: the first period of 4 h after a move
        leaves = any(abs(float(s.next) - BASE[s.name]) > STEP[s.name] / 2 + 1e-9 for s in step.settings)
        assert any("beyond what was ever run" in reason for reason in step.reasons) == leaves
        beyond[leaves] = step.next.high - step.next.low
    assert beyond[True] > beyond.get(False, 0.0)


def test_a_limit_that_is_broken_now_still_binds(records_of):
    text = HILL.replace("objective:", 'limits: [{name: heat, formula: "a + b", high: 84.3}]\nobjective:')
    sheet = read_sheet(text, "hill.yaml")
    rng = np.random.default_rng(3)
    rows = [{**{k: v - STEP[k] / 2 * rng.integers(0, 2) for k, v in BASE.items()}, "feed": 30.0} for _ in range(80)]
    rows = [{**row, "y": height(row) + 0.3 * rng.normal()} for row in rows]
    rows += [{**BASE, "a": 72.0, "feed": 30.0, "y": 80.0}] * 3  # 86, above its limit, and it seems to pay
    for seed in range(6):
        step = next_move(sheet, records_of(sheet, rows), seed)
        for which in ("next", "best"):
            at = {s.name: float(getattr(s, which)) for s in step.settings}
            assert at["a"] + at["b"] <= 84.3


LONG_HOLD = """\
name: crew
period: 1h
settings:
  a: {low: 60, high: 90, max_step: 4, base: 70}
  b: {low: 10, high: 20, max_step: 1, base: 14}
  mode: {choices: [low, mid, top], base: low}
outcomes:
  y: {unit: "%", settling: 12h}
objective: {maximize: y}
"""


def _crew_records(sheet, rows):
    times = [datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(len(rows))]
    frame = pl.DataFrame(rows).with_columns(pl.Series("time", times))
    return records_from_frame(sheet, frame, "by hand")


def test_the_design_is_not_made_again_when_the_record_grows():
    """From 100 rows on the median is where the plant stood: a design around it would leave the hill that was climbed."""
    sheet = read_sheet(LONG_HOLD, "crew.yaml")
    rng = np.random.default_rng(1)
    stages, rows, at = [], [], {"a": 70.0, "b": 14.0, "mode": "low"}
    for _ in range(12):
        at_y = 80.0 - 0.02 * (at["a"] - 80.0) ** 2 - 0.3 * (at["b"] - 16.5) ** 2 - (at["mode"] != "low")
        rows += [{**at, "y": at_y + 0.2 * rng.normal()} for _ in range(24)]
        step = next_move(sheet, _crew_records(sheet, rows))
        stages.append(step.stage)
        at = {s.name: s.next for s in step.settings}
    assert stages == ["first_moves"] * stages.index("climb") + ["climb"] * (12 - stages.index("climb"))


def test_a_choice_that_is_seldom_run_asks_for_no_design():
    """A long record in which all settings moved, and of three choices one hardly ever and one never."""
    sheet = read_sheet(LONG_HOLD, "crew.yaml")
    rng = np.random.default_rng(2)
    rows = [
        {
            "a": float(70 + 2 * rng.integers(-1, 2)),
            "b": 14 + 0.5 * float(rng.integers(-1, 2)),
            "mode": "mid" if n % 40 == 0 else "low",
        }
        for n in range(300)
    ]
    rows = [{**row, "y": 80.0 + 0.1 * row["a"] + 0.2 * rng.normal()} for row in rows]
    assert next_move(sheet, _crew_records(sheet, rows)).stage == "climb"


def test_a_stop_of_the_plant_awaits_no_results_and_makes_no_first_move(records_of):
    text = HILL.replace("conditions:", "conditions:\n  load: {}").replace("objective:", 'running: "load > 10"\nobjective:')
    sheet = read_sheet(text, "hill.yaml")
    rows = [{**BASE, "feed": 30.0, "load": 50.0, "y": 75.0}] * 4
    first = next_move(sheet, records_of(sheet, rows))
    there = {s.name: s.next for s in first.settings}
    waiting = {**there, "feed": 30.0, "load": 50.0, "y": None}
    stopped = next_move(sheet, records_of(sheet, [*rows, *[{**waiting, "load": 0.0}] * 5]))
    assert (first.move, stopped.move, stopped.pending) == (2, 2, 0)
    ran = next_move(sheet, records_of(sheet, [*rows, *[waiting] * 3]))
    assert (ran.move, ran.pending) == (3, 3)


@pytest.mark.parametrize(("a", "mode"), [(74.0, "low"), (70.0, "top")])
def test_now_is_what_was_set_last_though_the_last_period_began_otherwise(a, mode):
    """Set in the last hour of a period of 4 h: its mean of a is 71, and its most frequent mode the old one."""
    sheet = read_sheet(LONG_HOLD.replace("period: 1h", "period: 4h"), "crew.yaml")
    rng = np.random.default_rng(2)
    rows = []
    for n in range(400):
        at = {
            "a": float(70 + 2 * (n // 8 % 3 - 1)),
            "b": 14 + 0.5 * float(n // 12 % 3 - 1),
            "mode": ("low", "mid")[n // 40 % 2],
        }
        rows.append({**at, "y": 80.0 + 0.1 * at["a"] + 0.2 * rng.normal()})
    rows += [{"a": 70.0, "b": 14.0, "mode": "low", "y": 87.0}] * 3 + [{"a": a, "b": 14.0, "mode": mode, "y": 87.0}]
    step = next_move(sheet, _crew_records(sheet, rows))
    now = {s.name: s.now for s in step.settings}
    assert now == {"a": a, "b": 14.0, "mode": mode}


def test_a_flat_plant_is_told_to_be_flat_and_a_hill_is_not(records_of):
    text = "\n".join(line for line in HILL.splitlines() if not line.startswith(("  b:", "  c:")))
    sheet = read_sheet(text, "hill.yaml")
    rng = np.random.default_rng(5)
    at = [70.0 + 2.0 * float(k) for k in np.repeat(rng.integers(-1, 2, 300), 3)] + [70.0]
    noise = rng.normal(size=len(at))
    steps = {}
    for slope in (0.0, 1.0):
        rows = [{"a": a, "feed": 30.0, "y": 80.0 + slope * (a - 70.0) + e} for a, e in zip(at, noise, strict=True)]
        steps[slope] = [next_move(sheet, records_of(sheet, rows), seed) for seed in range(6)]
    still = [step.settings[0].next == step.settings[0].now for step in steps[0.0]]
    assert any(still)
    for step, is_still in zip(steps[0.0], still, strict=True):
        assert 0.0 <= step.expected_most <= 0.3  # noise of 1 a period
        assert step.expected_most <= step.room < 1.0
        assert "No small move is known to gain" in step.reasons[0]
        assert ("there is no move for now" in step.reasons[0]) == is_still
    for step in steps[1.0]:
        assert float(step.settings[0].next) > 70.0
        assert step.expected_most > 1.0
        assert not any("No small move is known to gain" in reason for reason in step.reasons)
