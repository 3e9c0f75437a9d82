"""`--trade-off` from command to files and run, the answer itself untouched."""

from __future__ import annotations

import json

import polars as pl
import pytest

from tests.threads import one_thread_at
from workbench.cli import main
from workbench.draw import draw_trade_off
from workbench.study import run_study, weigh_goals


@pytest.fixture
def powered(plant):
    """The small plant with a second outcome: power, which rises with temperature."""
    plant.change_sheet('recovery: {unit: "%"}', 'recovery: {unit: "%"}\n  power: {unit: kW, high: 200}')
    history = pl.read_csv(plant.history)
    plant.write_history(history.with_columns((100 + 2 * (pl.col("temperature") - 70) + pl.col("feed") - 30).alias("power")))
    return plant


def test_front_and_answer_stand_side_by_side(powered, capsys, monkeypatch):
    monkeypatch.setenv("WORKBENCH_STORE", str(powered.folder / "store"))
    assert main(["tune", "small.yaml", "--trials", "5", "--trade-off", "recovery", "power", "--out", "with"]) == 0
    said = capsys.readouterr().out
    assert "Trade-off of recovery against power" in said
    assert "power: less is better (its limit is a high one; `power:max` turns it)." in said
    assert "trade_off.html and trade_off.csv beside it" in said
    table = pl.read_csv("with/trade_off.csv")
    assert {"front", "present"} <= set(table["kind"])
    assert (powered.folder / "with" / "trade_off.html").stat().st_size > 4e6
    kept = {p.name for p in (powered.folder / "store").rglob("trade_off.*")}
    assert kept == {"trade_off.html", "trade_off.csv"}
    alone = run_study("small.yaml", n_trials=5, out="without", track=False)
    assert "name two outcomes in the parameter `trade_off`" in str(draw_trade_off(alone.study))
    drawn = draw_trade_off(weigh_goals(alone.study, ["recovery", "power"]))
    assert [trace.name for trace in drawn.data][:2] == ["front, with intervals", "present"]
    both = [json.loads((powered.folder / f / "recommendation.json").read_text()) | {"created": ""} for f in ("with", "without")]
    assert both[0] == both[1]
    assert not (powered.folder / "without" / "trade_off.html").exists()


def test_an_unknown_goal_is_refused_before_anything_is_read(powered, capsys):
    powered.history.unlink()
    assert main(["tune", "small.yaml", "--trade-off", "recovery", "powr", "--no-track"]) == 2
    assert capsys.readouterr().err == (
        "workbench: --trade-off powr: no such outcome in small (did you mean 'power'?); there are recovery, power, objective\n"
    )


def test_refused_data_have_no_front(powered, capsys):
    powered.write_history(pl.read_csv(powered.history).head(20))
    assert main(["tune", "small.yaml", "--trade-off", "recovery", "power", "--no-track"]) == 0
    assert "No trade-off: the data are refused" in capsys.readouterr().out


@pytest.mark.parametrize("step", ["workbench.models.surrogates.learn", "workbench.study.tune", "workbench.study.trade_off"])
def test_every_step_counts_on_one_thread(powered, step):
    with one_thread_at(step):
        run_study("small.yaml", n_trials=5, weigh=("recovery", "power"), track=False)
