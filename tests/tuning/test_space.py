from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.plant import Sheet, read_sheet
from workbench.tuning.space import Dimension, Space, space_of

TOLERANCE = 1e-9


@st.composite
def plants(draw: st.DrawFn) -> tuple[Sheet, pl.DataFrame]:
    """A sheet of one to four settings, and where each stands now, inside its range or outside."""
    lines, now = [], {}
    for i in range(draw(st.integers(1, 4))):
        name = f"s{i}"
        kind = draw(st.sampled_from(["number", "number", "integer", "choice"]))
        if kind == "choice":
            lines.append(f"  {name}: {{choices: [a, b, c]}}")
            now[name] = [draw(st.sampled_from(["a", "b", "c"]))]
            continue
        if kind == "integer":
            low = draw(st.integers(-5, 5))
            high, step = low + draw(st.integers(1, 12)), draw(st.integers(1, 4))
            lines.append(f"  {name}: {{low: {low}, high: {high}, integer: true, max_step: {step}}}")
            now[name] = [float(draw(st.integers(low - 6, high + 6)))]
            continue
        scale = 10.0 ** draw(st.integers(-4, 5))
        low = round(draw(st.floats(-10, 10)) * scale, 8)
        width = round(draw(st.floats(0.1, 20)) * scale, 8)
        step = round(draw(st.floats(0.01, 1.0)) * width, 10)
        lines.append(f"  {name}: {{low: {low!r}, high: {low + width!r}, max_step: {step!r}}}")
        now[name] = [low + draw(st.floats(-0.7, 1.7)) * width]
    text = "name: p\nperiod: 1h\nsettings:\n" + "\n".join(lines) + "\noutcomes: {y: {}}\nobjective: {maximize: y}\n"
    return read_sheet(text, "p.yaml"), pl.DataFrame(now)


def check(sheet: Sheet, now: pl.DataFrame, candidate: dict[str, Any]) -> None:
    """No candidate leaves low..high, max_step, whole numbers or choices; from outside it moves towards the range."""
    for name, setting in sheet.settings.items():
        value, start = candidate[name], now[name][0]
        if setting.choices is not None:
            assert value in setting.choices
            continue
        assert setting.low is not None
        assert setting.high is not None
        assert setting.max_step is not None
        slack = TOLERANCE * max(1e-9, setting.max_step, abs(setting.low), abs(setting.high), abs(start))
        assert abs(value - start) <= setting.max_step + slack
        if setting.integer:
            assert value == round(value)
        if setting.low <= start <= setting.high:
            assert setting.low - slack <= value <= setting.high + slack
        elif start > setting.high:
            assert setting.low - slack <= value
            assert value < start
            assert value <= setting.high + slack or value == pytest.approx(start - setting.max_step, abs=slack)
        else:
            assert value <= setting.high + slack
            assert value > start
            assert value >= setting.low - slack or value == pytest.approx(start + setting.max_step, abs=slack)


@settings(max_examples=60, deadline=None)
@given(plants(), st.integers(0, 3))
def test_no_candidate_leaves_range_and_step(plant: tuple[Sheet, pl.DataFrame], seed: int) -> None:
    sheet, now = plant
    space = space_of(sheet, now)
    pool = space.pool(seed)
    direction = np.random.default_rng(seed).uniform(-3, 3, len(space.dimensions))
    for candidate in [*pool[:: max(1, len(pool) // 60)], *pool[-12:], *space.along(direction), space.present()]:
        check(sheet, now, candidate)
    assert space.frame(pool).columns == list(sheet.settings)


@settings(max_examples=200, deadline=None)
@given(plants(), st.floats(-1e3, 1e3))
def test_snapping_twice_is_snapping_once(plant: tuple[Sheet, pl.DataFrame], wish: float) -> None:
    sheet, now = plant
    for d in space_of(sheet, now).dimensions:
        if d.choices is None:
            snapped = d.snap(wish * max(abs(d.high), 1.0) / 100)
            assert d.snap(snapped) == snapped


@settings(max_examples=30, deadline=None)
@given(plants(), st.integers(0, 3))
def test_pool_is_the_same_for_the_same_seed(plant: tuple[Sheet, pl.DataFrame], seed: int) -> None:
    space = space_of(*plant)
    assert space.pool(seed) == space.pool(seed)


@pytest.mark.parametrize(
    ("value", "snapped"),
    [(71.24, 71.2), (71.26, 71.3), (71.03, 71.03), (90.0, 75.0), (0.0, 67.0), (74.96, 75.0)],
)
def test_snap_by_hand(value: float, snapped: float) -> None:
    # now 71.03, step 4: 67.03 to 75.03, on tenths 67.1 to 75.0; now itself stays as it is
    dimension = Dimension("t", 71.03, 67.03, 75.03, 0.1)
    assert dimension.snap(value) == (67.1 if snapped == 67.0 else snapped)


def space(line: Callable[..., Sheet], temperature: float, *changes: str, **more: Any) -> Space:
    return space_of(line(*changes), pl.DataFrame({"temperature": [temperature], "flow": [15.0]}), **more)


def test_ranges_by_hand(line: Callable[..., Sheet]) -> None:
    temperature, flow = space(line, 88.0).dimensions
    assert (temperature.low, temperature.high) == (83.0, 90.0)
    assert temperature.resolution == pytest.approx(0.1)  # a fortieth of 5 is 0.125: 1, 2 or 5 times a power of ten
    assert (flow.low, flow.high) == (13.0, 17.0)
    assert flow.resolution == pytest.approx(0.05)  # of 2, just 0.05


def test_settings_left_alone_stay_where_they_stand(line: Callable[..., Sheet]) -> None:
    whole = space(line, 92.0)  # outside 60 to 90
    left = whole.leaving(["temperature"])
    assert [d.name for d in left.dimensions] == ["flow"]
    assert left.held == {"temperature": 92.0}
    frozen = space(line, 92.0, frozen=["temperature"])
    assert (left.dimensions, left.held) == (frozen.dimensions, frozen.held)
    assert whole.leaving([]) is whole


@pytest.mark.parametrize(
    ("now", "low", "high"),
    [(92.0, 87.0, 90.0), (96.0, 91.0, 91.0), (58.0, 60.0, 63.0), (50.0, 55.0, 55.0), (95.0, 90.0, 90.0)],
)
def test_from_outside_the_way_leads_to_the_range(now: float, low: float, high: float, line: Callable[..., Sheet]) -> None:
    found = space(line, now)
    assert (found.dimensions[0].low, found.dimensions[0].high) == (low, high)
    assert low <= float(found.present()["temperature"]) <= high


def test_held_settings_stay(line: Callable[..., Sheet]) -> None:
    found = space(line, 70.0, fix=["flow"])
    assert [d.name for d in found.dimensions] == ["temperature"]
    frame = found.frame(found.pool(0))
    assert (frame["flow"] == 15.0).all()
    frozen = space(line, 70.0, fix=["flow"], frozen=["temperature"])
    assert frozen.dimensions == ()
    assert frozen.frame(frozen.pool(0)).rows() == [(70.0, 15.0)]


def test_unknown_name_to_hold(line: Callable[..., Sheet]) -> None:
    with pytest.raises(InputError) as caught:
        space(line, 70.0, fix=["flwo"])
    assert str(caught.value) == ("--fix flwo: no such setting in line (did you mean 'flow'?); settings are temperature, flow")


def test_everything_held(line: Callable[..., Sheet]) -> None:
    with pytest.raises(InputError, match="--fix holds every setting of line, so nothing is left to tune"):
        space(line, 70.0, fix=["flow", "temperature"])
