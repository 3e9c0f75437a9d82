"""The contract of every kind of surrogate: frames in, frames out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from workbench.models.surrogates.basis import KINDS, Kind
from workbench.models.surrogates.surrogate import Surrogate, TimeGrid, fit_surrogate
from workbench.prepare.grid import period_bounds

pytestmark = pytest.mark.parametrize("kind", KINDS)

VARIABLES = ("temperature", "flow", "mode", "feed")


@pytest.fixture(scope="module")
def plant(made: Callable[..., Any]) -> Any:
    return made()


@pytest.fixture(scope="module")
def learned(plant: Any) -> dict[Kind, Surrogate]:
    """The plant's surrogate of every kind."""
    return {kind: fit_surrogate(plant.sheet, plant.history, kind) for kind in KINDS}


def test_predicts_a_frame_of_ordered_finite_intervals(kind: Kind, plant: Any, learned: dict[Kind, Surrogate]) -> None:
    surrogate = learned[kind]
    asked = plant.history.frame.select(VARIABLES).head(7)
    told = surrogate.predict(asked)
    assert told.height == 7
    for name in ("recovery", "loss", "@objective"):
        assert {name, f"{name}_low", f"{name}_high"} <= set(told.columns)
        assert (told[f"{name}_low"] <= told[name]).all()
        assert (told[name] <= told[f"{name}_high"]).all()
    assert told.select(pl.all().is_finite().all()).row(0) == (True,) * told.width
    wider = surrogate.predict(asked, level=0.99)
    assert (wider["recovery_high"] > told["recovery_high"]).all()
    assert (wider["recovery"] == told["recovery"]).all()


def test_rows_are_predicted_each_alone(kind: Kind, plant: Any, learned: dict[Kind, Surrogate]) -> None:
    surrogate = learned[kind]
    asked = plant.history.frame.select(VARIABLES).head(5)
    together = surrogate.predict(asked)
    for i in range(5):
        assert surrogate.predict(asked[i : i + 1]).row(0) == pytest.approx(together.row(i))
    assert surrogate.predict(asked.reverse()).reverse().to_numpy() == pytest.approx(together.to_numpy())


def test_same_history_gives_the_same_model(kind: Kind, made: Callable[..., Any]) -> None:
    plant, again = made(n=150, memory=0.5), made(n=150, memory=0.5)
    asked = plant.history.frame.select(VARIABLES).head(5)
    first = fit_surrogate(plant.sheet, plant.history, kind).predict(asked)
    assert first.equals(fit_surrogate(again.sheet, again.history, kind).predict(asked))


def test_interval_holds_its_share_of_new_periods(kind: Kind, made: Callable[..., Any]) -> None:
    held = []
    for seed in range(4):
        plant = made(seed=seed, n=500, noise=1.0)
        whole = plant.history
        past = type(whole)(**{**vars(whole), "frame": whole.frame.head(300)})
        ahead = whole.frame.tail(200)
        told = fit_surrogate(plant.sheet, past, kind).predict(ahead.select(VARIABLES))
        held.append(((ahead["recovery"] >= told["recovery_low"]) & (ahead["recovery"] <= told["recovery_high"])).mean())
    # 800 periods: standard error 0.011; the model's own level of drift costs a little
    assert 0.85 <= np.mean(held) <= 0.95


def test_known_effects_are_recovered(kind: Kind, made: Callable[..., Any]) -> None:
    plant = made(n=800, noise=0.3, memory=0.6)
    surrogate = fit_surrogate(plant.sheet, plant.history, kind)
    now = pl.DataFrame({"temperature": [72.0], "flow": [15.0], "mode": ["strip"]})
    moved = pl.DataFrame({"temperature": [75.0, 72.0, 72.0], "flow": [15.0, 16.0, 15.0], "mode": ["strip", "strip", "keep"]})
    mean, sd = surrogate.responses["@objective"].change(surrogate.basis.shift(moved, now, plant.history.frame))
    truth = np.array([0.6 * 3 - 0.05 * 9, 0.8, 0.5])
    assert np.abs(mean - truth) == pytest.approx(0, abs=0.15)
    assert (np.abs(mean - truth) < 4 * sd).all()


def test_limit_over_settings_alone_needs_no_model(kind: Kind, plant: Any, learned: dict[Kind, Surrogate]) -> None:
    assert "@limit:load" in plant.history.frame.columns
    assert "@limit:load" not in learned[kind].responses


def test_scale_of_the_outcome_does_not_matter(kind: Kind, plant: Any, learned: dict[Kind, Surrogate]) -> None:
    scaled = plant.history.frame.with_columns(pl.col("recovery", "@objective") * 1e6 + 5e8)
    other = fit_surrogate(plant.sheet, type(plant.history)(**{**vars(plant.history), "frame": scaled}), kind)
    asked = plant.history.frame.select(VARIABLES).head(5)
    plain = learned[kind].predict(asked)
    assert (other.predict(asked)["recovery"].to_numpy() - 5e8) / 1e6 == pytest.approx(plain["recovery"].to_numpy(), rel=1e-6)


def test_few_or_constant_results_are_not_modelled_and_said(kind: Kind, plant: Any) -> None:
    few = pl.when(pl.int_range(pl.len()) < 29).then("recovery")
    frame = plant.history.frame.with_columns(recovery=few, loss=pl.lit(3.0))
    surrogate = fit_surrogate(plant.sheet, type(plant.history)(**{**vars(plant.history), "frame": frame}), kind)
    assert set(surrogate.responses) == {"@objective"}
    said = {f.tag: f.text for f in surrogate.findings if f.code == "M101"}
    assert said == {
        "recovery": "recovery is not modelled: only 29 results",
        "loss": "loss is not modelled: it never moved from 3",
    }


def test_one_wild_period_hardly_moves_the_model(kind: Kind, plant: Any, learned: dict[Kind, Surrogate]) -> None:
    at = pl.int_range(pl.len()) == 200
    frame = plant.history.frame.with_columns(
        pl.when(at)
        .then(
            pl.lit(200.0)  # some 50 standard deviations up
        )
        .otherwise(pl.col(name))
        .alias(name)
        for name in ("recovery", "@objective")
    )
    wild = fit_surrogate(plant.sheet, type(plant.history)(**{**vars(plant.history), "frame": frame}), kind)
    assert any(f.code == "M102" and "the objective" in f.text for f in wild.findings)
    asked = plant.history.frame.select(VARIABLES).head(50)
    plain = learned[kind].predict(asked)
    assert np.abs(wild.predict(asked)["recovery"].to_numpy() - plain["recovery"].to_numpy()).max() < 0.5


def test_time_grid_counts_gaps(kind: Kind, made: Callable[..., Any]) -> None:
    plant = made(n=20)
    frame = plant.history.frame[[0, 1, 2, 6, 7, 19]]
    grid = TimeGrid.of(frame, plant.sheet)
    assert grid.positions.tolist() == [0, 1, 2, 6, 7, 19]
    assert grid.length == 20
    assert grid.hours is not None
    assert grid.hours.tolist() == [0, 4, 8, 0, 4, 4]


@pytest.mark.parametrize("hours", [1, 2, 4, 8, 24])
@pytest.mark.parametrize(("first", "last"), [("2025-03-25", "2025-04-05"), ("2025-10-20", "2025-11-02")])
def test_clock_change_leaves_periods_adjacent(kind: Kind, hours: int, first: str, last: str, plant: Any) -> None:
    start, end = (int(datetime.fromisoformat(f"{day}T00:00+00:00").timestamp() * 1e6) for day in (first, last))
    bounds = period_bounds(start, end, hours * 3_600_000_000, "Europe/Berlin", time(0))[:-1]
    frame = pl.DataFrame({"time": pl.Series(bounds).cast(pl.Datetime("us", "UTC"))})
    sheet = plant.sheet.model_copy(update={"period": timedelta(hours=hours), "timezone": "Europe/Berlin"})
    assert TimeGrid.of(frame, sheet).positions.tolist() == list(range(frame.height))
