"""Limits in the advice on the next move: the whole window counts, not a lucky spell, and a broken one leads back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from workbench.loaders import records_from_frame
from workbench.plant import read_sheet
from workbench.trials import next_move
from workbench.trials.moves import axes_of
from workbench.trials.reach import is_beyond, is_strange
from workbench.trials.seen import read_seen

AIR = """\
name: air
period: 1h
settings:
  p: {unit: bar, low: 6.5, high: 7.7, max_step: 0.2}
  n: {unit: "-", low: 1, high: 3, max_step: 1, integer: true}
conditions:
  d: {unit: Nm3/h}
outcomes:
  y: {unit: kWh/Nm3}
  far: {unit: bar, low: 6.3}
objective: {minimize: y}
"""
HOURS = 1200
DAY = 24
QUIET = slice(600, 604)  # the only hours with one compressor


def _far(p, n, d):
    """Pressure at the far end without noise [bar]: one compressor delivers 2,000 Nm3/h."""
    return p - 0.45 * (d / 3200.0) ** 2 - 1.8 * np.maximum(d / (2000.0 * n) - 1.0, 0.0)


def _rows(seed, last=(), quiet_days=0):
    """Operators wander around 7.2 bar with 2 compressors, 3 where demand is high; `last` are pressures of the last hours."""
    rng = np.random.default_rng(seed)
    hours = np.arange(HOURS + len(last))
    d = 3200.0 + 400.0 * np.sin(2.0 * np.pi * hours / DAY) + 150.0 * rng.normal(size=len(hours))
    d[QUIET] = 1700.0
    d[len(d) - quiet_days * DAY :] -= 900.0
    p = 7.2 + 0.1 * np.repeat(rng.integers(-2, 3, len(hours) // 6 + 1), 6)[: len(hours)]
    p[HOURS:] = last
    n = np.where(d > 3500.0, 3, 2)
    n[QUIET], n[HOURS:] = 1, 2
    y = 0.12 + 0.01 * (p - 7.2) + 0.006 * (n - 2) + 0.0005 * rng.normal(size=len(hours))
    far = _far(p, n, d) + 0.03 * rng.normal(size=len(hours))
    return [
        {"p": round(float(a), 3), "n": int(b), "d": float(c), "y": float(e), "far": float(f)}
        for a, b, c, e, f in zip(p, n, d, y, far, strict=True)
    ]


def _records(sheet, rows):
    times = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(len(rows))]
    return records_from_frame(sheet, pl.DataFrame(rows).with_columns(pl.Series("time", times)), "by hand")


def _truly_held(at, rows):
    return np.mean([_far(at["p"], at["n"], row["d"]) >= 6.3 for row in rows])


@pytest.fixture
def air():
    return read_sheet(AIR, "air.yaml")


def _at(step, which="next"):
    return {s.name: float(getattr(s, which)) for s in step.settings}


def test_a_whole_number_that_ran_in_one_quiet_night_is_neither_next_nor_best(air):
    rows = _rows(1, last=[7.2] * 6)
    assert _truly_held({"p": 7.2, "n": 1}, rows) < 0.05
    for seed in range(4):
        step = next_move(air, _records(air, rows), seed)
        assert (_at(step)["n"], _at(step, "best")["n"]) == (2.0, 2.0)
        assert _truly_held(_at(step), rows) >= 0.93


def test_a_limit_is_judged_over_the_whole_window_and_not_over_the_quiet_days_at_its_end(air):
    rows = _rows(2, last=[6.9] * 3 * DAY, quiet_days=3)
    for seed in range(4):
        step = next_move(air, _records(air, rows), seed)
        [limit] = step.limits
        assert (limit.name, limit.bound, limit.latest) == ("far", "low", 1.0)
        assert limit.expected == pytest.approx(_truly_held(_at(step), rows), abs=0.07)
        assert limit.now == pytest.approx(_truly_held(_at(step, "now"), rows), abs=0.07)
        assert _truly_held(_at(step), rows) >= 0.93


def test_where_a_limit_is_broken_the_move_goes_back_and_says_so(air):
    rows = _rows(3, last=[6.7] * 12)
    held = np.mean([row["far"] >= 6.3 for row in rows[HOURS + 1 :]])
    assert held < 0.7
    for seed in range(4):
        step = next_move(air, _records(air, rows), seed)
        [limit] = step.limits
        assert limit.is_broken
        assert step.is_back
        assert limit.latest < 0.75
        assert _at(step)["p"] >= 6.85
        assert _at(step, "best") == _at(step)
        assert limit.expected > limit.now
        assert "breaks a limit: far >= 6.3 bar held in" in step.reasons[0]
        assert "The move goes back" in step.reasons[1]


def test_reach_needs_two_stretches_and_conditions_as_of_now(air):
    rows = _rows(1, last=[7.2] * 6)
    seen = read_seen(air, axes_of(air), _records(air, rows))
    assert is_strange(seen, {"p": 7.2, "n": 1.0})
    assert is_beyond(seen, {"p": 7.2, "n": 1.0})
    assert not is_beyond(seen, {"p": 7.2, "n": 2.0})
    assert is_beyond(seen, {"p": 7.5, "n": 2.0})  # operators went to 7.4
    rows[300]["p"] = 7.6  # once, in one hour
    seen = read_seen(air, axes_of(air), _records(air, rows))
    assert is_beyond(seen, {"p": 7.5, "n": 2.0})


def test_while_the_design_is_made_a_broken_limit_leads_back_to_the_middle(air):
    rows = [{"p": 7.2, "n": 2, "d": 3200.0, "y": 0.12, "far": 6.7}] * 6
    rows += [{"p": 7.1, "n": 2, "d": 3200.0, "y": 0.12, "far": 6.1}] * 6
    step = next_move(air, _records(air, rows))
    assert step.stage == "first_moves"
    assert _at(step) == {"p": 7.2, "n": 2.0}
    assert "breaks a limit" in step.reasons[0]
    assert step.reasons[1] == "The move goes back to where the first moves began, before the next of them."
    step = next_move(air, _records(air, rows + rows[:6]))
    assert step.stage == "first_moves"
    assert _at(step) != {"p": 7.2, "n": 2.0}
    assert not step.limits[0].is_broken


def test_conditions_that_are_not_known_make_no_value_strange(air):
    rows = [{**row, "d": None} for row in _rows(1)]
    seen = read_seen(air, axes_of(air), _records(air, rows))
    assert not is_strange(seen, {"p": 7.2, "n": 1.0})


def test_a_move_of_the_design_does_not_say_that_nothing_is_known_of_a_limit_beside_what_is_expected_of_it(air):
    rows = [row | {"n": 2} for row in _rows(4)]  # the number of compressors was never tried: the design comes first
    step = next_move(air, _records(air, rows), 0)
    [limit] = step.limits
    assert step.stage == "first_moves"
    assert limit.expected is not None
    assert not any("nothing is known" in reason.lower() for reason in step.reasons)
    assert any("is what the move is made to find out" in reason for reason in step.reasons)


def _asked(sheet, rows, seed, moves=8, hold=4):
    """Where the design leads, a setting each move, while results come in from a plant that follows."""
    rows, found = list(rows), []
    for _ in range(moves):
        step = next_move(sheet, _records(sheet, rows), seed)
        if step.stage != "first_moves":
            break
        at = _at(step)
        found.append((at, step))
        rows += [rows[-1] | {"p": at["p"], "n": int(at["n"]), "far": _far(at["p"], at["n"], rows[-1]["d"])}] * hold
    return found


def test_the_design_leaves_out_what_breaks_a_limit_by_what_the_records_tell():
    """Operators wandered from 7.0 to 7.4 bar, always with 2 compressors: what the pressure does is known."""
    sheet = read_sheet(AIR.replace("low: 6.3}", "low: 6.53}"), "air.yaml")
    rows = [row | {"n": 2, "far": _far(row["p"], 2, row["d"])} for row in _rows(5, last=[7.2] * 6)]
    held = {p: np.mean([_far(p, 2, row["d"]) >= 6.53 for row in rows]) for p in (7.1, 7.2)}
    assert held[7.1] < 0.9 < 0.99 < held[7.2]
    first = [_asked(sheet, rows, seed, moves=1)[0][0] for seed in range(6)]
    assert all(at["p"] >= 7.2 for at in first)  # 7.1 is a level of the design
    assert all(at["n"] != 2 for at in first)  # and what the compressors do is still found out


def test_the_design_keeps_limits_over_settings_to_the_last_digit():
    text = AIR.replace("objective:", 'limits: [{name: load, formula: "p + n", high: 9.25}]\nobjective:')
    sheet = read_sheet(text, "air.yaml")
    rows = [{"p": 7.2, "n": 2, "d": 3200.0, "y": 0.12, "far": 6.7}] * 6
    for seed in range(4):
        found = _asked(sheet, rows, seed)
        assert len(found) >= 2
        assert all(at["p"] + at["n"] <= 9.25 for at, _ in found)
        assert len({tuple(at.values()) for at, _ in found}) == len(found)  # none is made twice


def test_what_is_not_known_yet_forbids_no_run_of_the_design(air):
    row = {"p": 7.2, "n": 2, "d": 3200.0, "y": 0.12, "far": None}
    free = read_sheet(AIR.replace("low: 6.3}", "}").replace("{unit: bar, }", "{unit: bar}"), "air.yaml")
    for far in (None, 6.4):  # nothing is known of the limit, or only that it holds with 0.1 bar to spare
        rows = [row | {"far": None if far is None else far + 0.03 * (-1) ** n} for n in range(8)]
        for seed in range(4):
            step = next_move(air, _records(air, rows), seed)
            assert _at(step) == _at(next_move(free, _records(free, rows), seed))
            said = "nothing is known yet" if far is None else "leaves out what would break them"
            assert any(said in reason for reason in step.reasons)
