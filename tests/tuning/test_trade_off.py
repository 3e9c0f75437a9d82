"""The front between two goals on a plant whose front is known, and goals by name with their directions."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from workbench.errors import InputError
from workbench.tuning import TradeOff, Tuned, check_goals, goals_of, trade_off, tune
from workbench.tuning.search import Found

POWER = ('recovery: {unit: "%"}', 'recovery: {unit: "%"}\n  power: {unit: kW, high: 140}')
PRICED = """\
currency: EUR
hours_per_year: 8000
objective: {maximize: recovery, unit: "%", value_per_unit: 1000, costs: [{formula: "0.1*power", unit: EUR/h}]}"""
KNOWN = "there are recovery, power, objective"
SAME = "are the same, so there is nothing to trade; name another"


@pytest.fixture(scope="module")
def costly(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> Any:
    """Recovery is best at 79 degC and 16.2 m3/h, power rises with temperature alone: the front runs along the temperature."""
    columns = moves()
    t, f = columns["temperature"], columns["flow"]
    recovery = 80 - 0.03 * (t - 79) ** 2 - 0.6 * (f - 16.2) ** 2 + memory(0, 400, sd=0.5)
    power = 100 + 2.0 * (t - 72) + memory(1, 400, sd=1.0)
    return plant_of(line(*POWER), columns | {"recovery": recovery, "power": power})


@pytest.fixture(scope="module")
def tuned(costly: Any) -> Tuned:
    return tune(costly.sheet, costly.surrogate, n_trials=5)


@pytest.fixture(scope="module")
def front(costly: Any, tuned: Tuned) -> TradeOff:
    return trade_off(tuned, goals_of(costly.sheet, ["recovery", "power"], costly.surrogate.frame))


def test_the_front_runs_from_end_to_end(front: TradeOff, tuned: Tuned) -> None:
    points = front.points.filter(pl.col("@kind") == "front")
    assert 7 <= points.height <= 13
    assert points["@point"].to_list() == list(range(1, points.height + 1))
    now = {s.name: s.now for s in tuned.settings}
    # by hand: least power one whole step of 5 degC down (-10 kW), most recovery that step up (+10 kW)
    assert points["power.change"][0] == pytest.approx(-10.0, abs=1.5)
    assert points["power.change"][-1] == pytest.approx(10.0, abs=1.5)
    assert points["recovery.change"].is_sorted()
    assert points["power.change"].is_sorted()
    assert points["temperature"][0] == pytest.approx(now["temperature"] - 5, abs=0.2)
    assert points["temperature"][-1] == pytest.approx(now["temperature"] + 5, abs=0.2)
    assert points["flow"][-1] == pytest.approx(16.2, abs=0.8)  # power does not ask for another


def test_no_point_is_dominated_and_every_point_is_feasible(front: TradeOff, tuned: Tuned) -> None:
    points = front.points.filter(pl.col("@kind") == "front")
    better = np.stack([points["recovery.change"].to_numpy(), -points["power.change"].to_numpy()], axis=1)
    for one in better:
        assert not np.any(np.all(better >= one, axis=1) & np.any(better > one, axis=1))
    settings = points.select(tuned.judge.present.now.columns)
    assert tuned.judge.inside(settings).all()
    assert tuned.judge.holds(settings).all()
    for s in tuned.settings:
        assert settings[s.name].is_between(s.low, s.high).all()
        assert ((settings[s.name] - s.now).abs() <= s.max_step + 1e-9).all()


def test_the_front_holds_what_was_proposed_where_nothing_betters_it(
    costly: Any, tuned: Tuned, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = Found(None, [], pl.DataFrame())
    module = importlib.import_module("workbench.tuning.trade_off")  # the package shows the function of that name
    monkeypatch.setattr(module, "search", lambda *_: nothing)  # all weighings end at the present settings
    points = trade_off(tuned, goals_of(costly.sheet, ["recovery", "power"], costly.surrogate.frame)).points
    last, proposed = points.filter(pl.col("@kind") == "front")[-1], points.filter(pl.col("@kind") == "proposed")
    assert last.select(tuned.judge.present.now.columns).equals(proposed.select(tuned.judge.present.now.columns))


def test_present_and_proposed_stand_beside_the_front(front: TradeOff, tuned: Tuned) -> None:
    present = front.points.filter(pl.col("@kind") == "present").row(0, named=True)
    assert [present[f"{n}.{part}"] for n in ("recovery", "power") for part in ("change", "low", "high")] == [0.0] * 6
    proposed = front.points.filter(pl.col("@kind") == "proposed").row(0, named=True)
    assert tuned.gain is not None
    assert proposed["recovery.change"] == pytest.approx(tuned.gain.expected)
    assert proposed["recovery.low"] == pytest.approx(tuned.gain.low)
    [power] = [o for o in tuned.outcomes if o.name == "power"]
    assert present["power.now"] == pytest.approx(power.now)


def test_the_same_seed_gives_the_same_front(front: TradeOff, costly: Any, tuned: Tuned) -> None:
    again = trade_off(tuned, goals_of(costly.sheet, ["recovery", "power"], costly.surrogate.frame))
    assert again.points.equals(front.points)


def test_goals_that_agree_leave_one_point(costly: Any, tuned: Tuned) -> None:
    """More recovery and more power are both one step up in temperature."""
    both = trade_off(tuned, goals_of(costly.sheet, ["recovery", "power:max"], costly.surrogate.frame))
    points = both.points.filter(pl.col("@kind") == "front")
    assert points["temperature"].max() - points["temperature"].min() < 1.0


def test_directions_come_from_the_sheet(line: Callable[..., Any]) -> None:
    sheet = line(
        *POWER, 'objective: {maximize: recovery, unit: "%"}', 'objective: {maximize: "recovery - 0.1*power", unit: "%"}'
    )
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"recovery": rng.normal(80, 1, 50), "power": rng.normal(100, 5, 50)})
    ways = {
        g.name: (g.sign, g.why)
        for words in (["recovery", "power"], ["objective", "power:max"])
        for g in goals_of(sheet, words, frame)[:2]
    }
    assert ways["recovery"] == (1.0, "it improves the objective")
    assert ways["power"] == (1.0, "as asked for")
    assert ways["objective"] == (1.0, "as the sheet's objective")
    assert goals_of(sheet, ["recovery", "power"], frame)[1].sign == -1.0
    high = goals_of(line(*POWER), ["recovery", "power"], frame)
    assert [(g.target, g.sign) for g in high] == [("@objective", 1.0), ("power", -1.0)]
    assert high[1].why == "its limit is a high one"
    priced = line(POWER[0], f"{POWER[0]}\n  power: {{unit: kW}}", 'objective: {maximize: recovery, unit: "%"}', PRICED)
    saves = goals_of(priced, ["recovery", "power"], frame)[1]
    assert (saves.sign, saves.why) == (-1.0, "it costs less, by the sheet's costs")
    low = line(POWER[0], POWER[1].replace("high", "low"))
    assert goals_of(low, ["recovery", "power"], frame)[1].sign == 1.0
    least = line("maximize: recovery", "minimize: recovery", *POWER)
    assert goals_of(least, ["power", "objective"], frame)[1].sign == -1.0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["recovry", "power"], f"--trade-off recovry: no such outcome in line (did you mean 'recovery'?); {KNOWN}"),
        (["recovery", "temperature"], f"--trade-off temperature: no such outcome in line; {KNOWN}"),
        (["recovery", "power:down"], "--trade-off power:down: what is better is said by power:min or power:max"),
        (["recovery", "objective"], f"--trade-off recovery objective: both {SAME}"),
        (["recovery"], "--trade-off takes two goals, not 1: outcomes by name, or objective"),
    ],
)  # fmt: skip
def test_goals_that_cannot_be_meant_are_refused_in_one_sentence(
    line: Callable[..., Any], words: list[str], sentence: str
) -> None:
    with pytest.raises(InputError) as told:
        check_goals(line(*POWER), words)
    assert str(told.value) == sentence
