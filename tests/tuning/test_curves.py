"""Frames of curves: limits along each change, and the periods behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from workbench.show.response import response_data, response_figure
from workbench.tuning import limit_responses_frame, responses_frame, seen_frame, tune
from workbench.tuning.choice import promise_of
from workbench.tuning.judge import INFLATION, Z

OUTCOME = '  recovery: {unit: "%"}\n'
LIMITED = OUTCOME + '  loss: {unit: "%", low: 0, high: 9}\n'


def test_limits_and_periods_along_the_changes(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> None:
    """Loss rises by 0.3 per degC from 2.5 at 72 degC, and recovery by 0.5: temperature goes up."""
    columns = moves(0)
    up = columns["temperature"] - 72
    outcomes = {"recovery": 0.5 * up + memory(0, 400, sd=0.5), "loss": 2.5 + 0.3 * up + 0.3 * memory(3, 400)}
    plant = plant_of(line(OUTCOME, LIMITED), columns | outcomes)
    tuned = tune(plant.sheet, plant.surrogate, n_trials=5)
    frame = limit_responses_frame(tuned)
    changed = {s.name for s in tuned.settings if s.proposed != s.now}
    assert set(frame["setting"]) == changed
    assert set(frame["bound"]) == {"low", "high"}
    one = frame.filter((frame["setting"] == "temperature") & (frame["bound"] == "high"))
    assert set(one["limit_value"]) == {9.0}
    slope = np.polyfit(one["value"].to_numpy(), one["predicted"].to_numpy(), 1)[0]
    assert slope == pytest.approx(0.3, rel=0.1)
    assert (one["low"] <= one["predicted"]).all()
    assert (one["predicted"] <= one["high"]).all()
    seen = seen_frame(tuned)
    values = seen.filter(seen["setting"] == "temperature")["value"]
    assert len(values) == 300
    assert (values.min(), values.max()) == (columns["temperature"].min(), columns["temperature"].max())


def test_whole_numbers_are_points_and_never_parts(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> None:
    columns = moves(0)
    columns["flow"] = np.round(columns["flow"])
    up = columns["flow"] - 15
    outcomes = {"recovery": 0.5 * up + memory(0, 400, sd=0.5), "loss": 2.5 + 0.3 * up + 0.3 * memory(3, 400)}
    whole = "max_step: 2, integer: true}"
    plant = plant_of(line(OUTCOME, LIMITED, "max_step: 2}", whole), columns | outcomes)
    tuned = tune(plant.sheet, plant.surrogate, n_trials=5)
    flow = responses_frame(tuned).filter(pl.col("setting") == "flow")
    whole_numbers = list(range(int(flow["value"][0]), int(flow["value"][0]) + flow.height))
    assert flow["value"].to_list() == whole_numbers
    assert flow.height > 4
    assert flow["label"].to_list() == [str(v) for v in whole_numbers]
    assert responses_frame(tuned).filter(pl.col("setting") == "temperature")["label"].null_count() == 41
    limits = limit_responses_frame(tuned).filter(pl.col("setting") == "flow")
    assert limits.height
    assert (limits["value"] % 1 == 0).all()
    figure = response_figure(response_data(responses_frame(tuned)))
    axis = figure.layout[f"xaxis{responses_frame(tuned)['setting'].unique(maintain_order=True).to_list().index('flow') + 1}"]
    assert list(axis.ticktext) == [str(v) for v in whole_numbers]


@pytest.fixture(scope="module")
def campaigned(line: Callable[..., Any], plant_of: Callable[..., Any], memory: Callable[..., Any]) -> Any:
    """Settings moved in campaigns, and temperature does more in the second half: stretches of the history disagree."""
    rng = np.random.default_rng(4)
    columns = {
        "temperature": 72 + 2.5 * np.repeat(rng.normal(size=21), 20)[:400],
        "flow": 15 + np.repeat(rng.normal(size=27), 15)[:400],
        "feed": 30 + rng.normal(size=400),
    }
    up = (columns["temperature"] - 72) * np.where(np.arange(400) < 250, 0.1, 0.6)
    outcomes = {"recovery": up + memory(0, 400, sd=0.7), "loss": 2.5 + 0.6 * up + memory(3, 400, sd=0.3)}
    plant = plant_of(line(OUTCOME, LIMITED), columns | outcomes)
    return tune(plant.sheet, plant.surrogate, n_trials=5)


def test_a_curve_promises_what_the_record_promises(campaigned: Any) -> None:
    """At any point, losses and improvements alike."""
    frame = responses_frame(campaigned, points=9)
    assert frame["gain"].min() < 0.0 < frame["gain"].max()
    space = campaigned.space
    for row in frame.iter_rows(named=True):
        settings = {**space.present(), row["setting"]: row["value"]}
        gain = promise_of(campaigned.judge, space, settings, campaigned.replays)[0]
        assert (row["gain"], row["low"], row["high"]) == pytest.approx((gain.expected, gain.low, gain.high))


def test_the_band_of_a_limit_holds_what_stretches_disagree_about(campaigned: Any) -> None:
    frame = limit_responses_frame(campaigned, points=5).filter(pl.col("bound") == "high")
    wider = 0
    for row in frame.iter_rows(named=True):
        at = campaigned.space.frame([{**campaigned.space.present(), row["setting"]: row["value"]}])
        shifts, response = campaigned.judge.shifts(at), campaigned.judge.surrogate.responses["loss"]
        own, apart = INFLATION * response.change(shifts)[1][0], response.change_sd_by_stretches(shifts)[0]
        assert row["high"] - row["predicted"] == pytest.approx(Z * max(own, apart), rel=1e-6, abs=1e-6)
        wider += apart > own
    assert wider


def test_choices_are_promised_as_the_record_does_and_none_that_nobody_tried(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> None:
    """Keep gives 1.5 more than strip, at which the plant stands; family was never run."""
    flow = "  flow: {unit: m3/h, low: 10, high: 20, max_step: 2}"
    columns, which = moves(), np.random.default_rng(3).choice(["strip", "keep"], 400, p=[0.7, 0.3])
    which[-42:] = "strip"
    recovery = 1.5 * (which == "keep") + memory(0, 400)
    sheet = line(flow, flow + "\n  mode: {choices: [strip, keep, family]}")
    plant = plant_of(sheet, columns | {"mode": which, "recovery": recovery})
    tuned = tune(plant.sheet, plant.surrogate, n_trials=5)
    frame = responses_frame(tuned).filter(pl.col("setting") == "mode")
    kept = int((which == "keep").sum())
    assert frame.select("label", "value", "now", "proposed", "supported", "periods").rows() == [
        ("strip", 0.0, 0.0, 1.0, True, 400 - kept),
        ("keep", 1.0, 0.0, 1.0, True, kept),
        ("family", 2.0, 0.0, 1.0, False, 0),
    ]
    assert frame.select("gain", "low", "high").row(0) == (0.0, 0.0, 0.0)
    assert frame.select("gain", "low", "high").row(2) == (None, None, None)
    settings = {**tuned.space.present(), "mode": "keep"}
    gain = promise_of(tuned.judge, tuned.space, settings, tuned.replays)[0]
    assert frame.select("gain", "low", "high").row(1) == pytest.approx((gain.expected, gain.low, gain.high))
    assert gain.low <= 1.5 <= gain.high
