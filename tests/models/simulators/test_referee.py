"""The referee on a plant small enough to know the truth by hand, and on the bundled one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl
import pytest

from workbench.errors import InputError
from workbench.models import known_simulators, referee_rows, simulator, true_changes
from workbench.models.simulators.phosphoric_acid.economics import MAIN, PRICE_SETS, saving_at_constant_output, yearly_savings
from workbench.models.simulators.referee import SEEDS
from workbench.plant import load_sheet, read_sheet
from workbench.records import Gain, OutcomeLine, RefereeRow

SHEET = read_sheet(
    """
name: line
period: 1h
hours_per_year: 8000
currency: EUR
settings: {x: {unit: t/h, low: 0, high: 10, max_step: 2}}
conditions: {c: {unit: "%"}}
outcomes: {y: {unit: "%"}}
objective: {minimize: y - c, unit: "%", value_per_unit: 1000}
"""
)
NOW, PROPOSED = pl.DataFrame({"x": [2.0]}), pl.DataFrame({"x": [3.0]})
RECENT = pl.DataFrame({"c": [10.0, 20.0, None], "y": [1.0, 2.0, 3.0]})
GAIN = Gain(objective="y - c", unit="%", expected=4.0, low=1.0, high=7.0, level=0.9)
PROMISED = {"y": OutcomeLine(name="y", unit="%", now=50.0, proposed=46.0, change=-4.0, low=-7.0, high=-1.0, level=0.9)}


@dataclass(frozen=True)
class Line:
    """y = c + slope x, the slope moved by 0.1 a seed from the first one on; no steady state above `cliff`."""

    slope: float = -5.0
    cliff: float = 100.0
    doubted: tuple[float, ...] = ()
    outcomes = {"y": "%"}  # noqa: RUF012
    headline = ("y",)
    yearly_note = "; counted twice"

    def evaluate(self, frame: pl.DataFrame, seed: int = 0) -> pl.DataFrame:
        if (frame["c"] > self.cliff).any():
            raise InputError("no steady state")
        slope = self.slope + 0.1 * (seed - SEEDS[0])
        return frame.select(y=pl.col("c") + slope * pl.col("x"))

    def yearly(self, before: pl.DataFrame, after: pl.DataFrame) -> dict[str, float]:
        return {"ore saved [t/year]": 1000.0 * float(before["y"].mean() - after["y"].mean())}

    def saved(self, history: pl.DataFrame) -> dict[str, tuple[str, pl.Expr]]:
        return {"ore_saved": ("t/year", -1000.0 * pl.col("y"))} if "y" in history.columns else {}

    def published(self) -> tuple[RefereeRow, ...]:
        return (RefereeRow(label="story", values={"y [%]": "-9"}),)

    def chain(self) -> tuple[RefereeRow, ...]:
        return ()

    def variants(self) -> tuple[Line, ...]:
        return tuple(replace(self, slope=slope, doubted=()) for slope in self.doubted)


def test_change_is_paired_over_seeds():
    made = true_changes(Line(), SHEET, NOW, PROPOSED, RECENT)
    assert set(made) == {"y", "@objective", "ore saved [t/year]"}
    # slopes -5.0, -4.9 ... -4.1 over ten seeds, one t/h more of x
    assert made["y"].mean == pytest.approx(-4.55)
    assert (made["y"].low, made["y"].high) == pytest.approx((-5.0, -4.1))
    assert made["y"].now == pytest.approx(15.0 - 2 * 4.55)
    assert made["@objective"].mean == pytest.approx(-4.55)
    assert made["ore saved [t/year]"].mean == pytest.approx(4550.0)
    assert made["ore saved [t/year]"].now is None


def test_assumed_numbers_widen_the_range_and_leave_the_mean():
    made = true_changes(Line(doubted=(-8.0, -1.0)), SHEET, NOW, PROPOSED, RECENT)
    assert made["y"].mean == pytest.approx(-4.55)
    assert (made["y"].low, made["y"].high) == pytest.approx((-8.0, -1.0))


def test_a_variant_without_a_steady_state_is_left_out():
    class Fragile(Line):
        def variants(self) -> tuple[Line, ...]:
            return (Line(slope=-9.0, cliff=0.0),)

    made = true_changes(Fragile(), SHEET, NOW, PROPOSED, RECENT)
    assert (made["y"].low, made["y"].high) == pytest.approx((-5.0, -4.1))


def test_conditions_without_a_steady_state_count_on_neither_side():
    made = true_changes(Line(cliff=15.0), SHEET, NOW, PROPOSED, RECENT)
    assert made["y"].now == pytest.approx(10.0 - 2 * 4.55)
    assert true_changes(Line(cliff=5.0), SHEET, NOW, PROPOSED, RECENT) == {}


def test_rows_say_promise_and_truth_in_the_same_words():
    story, promise, truth = referee_rows(Line(doubted=(-8.0, -1.0)), SHEET, NOW, PROPOSED, RECENT, GAIN, PROMISED)
    assert story.label == "story"
    assert promise.values == {
        "gain [%]": "+4.00 (+1.00 to +7.00)",
        "y [%]": "-4.00 (-7.00 to -1.00)",
        "money [M EUR/year]": "+0.00 (+0.00 to +0.01)",
        "ore saved [t/year]": "+4,000 (+1,000 to +7,000)",
    }
    # the objective is minimised: less is the gain
    assert truth.values == {
        "gain [%]": "+4.55 (+1.00 to +8.00)",
        "y [%]": "-4.55 (-8.00 to -1.00)",
        "money [M EUR/year]": "+0.00 (+0.00 to +0.01)",
        "ore saved [t/year]": "+4,550 (+1,000 to +8,000)",
    }
    assert promise.note == "learned from the records alone; 90 % interval"
    assert truth.note == (
        "the same change, mean over 10 fresh seeds; range over these and over its weakest assumed numbers, each 25 % "
        "down and up; counted twice"
    )


def test_no_steady_state_is_said():
    _, truth = referee_rows(Line(cliff=5.0), SHEET, NOW, PROPOSED, RECENT, GAIN, PROMISED)
    assert truth.values == {}
    assert truth.note == "the simulator finds no steady state at these settings under recent conditions"


@pytest.mark.parametrize("name", known_simulators())
def test_every_simulator_answers_the_referee(name):
    plant, sheet = simulator(name), load_sheet(name)
    now = pl.DataFrame({key: [setting.base] for key, setting in sheet.settings.items()})
    frame = pl.concat([now] * 2)
    before, after = plant.evaluate(frame, 0), plant.evaluate(frame, 1)
    yearly = plant.yearly(before, after)
    assert all("/year]" in label for label in yearly)
    assert plant.yearly(before, before) == pytest.approx(dict.fromkeys(yearly, 0.0))
    for variant in plant.variants():
        assert variant.outcomes == plant.outcomes
        assert not variant.evaluate(frame, 0).equals(before)


def test_acid_savings_are_those_of_the_price_sets():
    plant, sheet = simulator("phosphoric_acid"), load_sheet("phosphoric_acid")
    now = pl.DataFrame({key: [setting.base] for key, setting in sheet.settings.items()})
    before, after = plant.evaluate(now, 0), plant.evaluate(now.with_columns(free_sulfate=pl.lit(1.9)), 0)
    made, main = yearly_savings(before, after), saving_at_constant_output(before, after)
    assert made["rock saved [t/year]"] == main.rock
    assert made["gypsum saved [t/year]"] == main.gypsum_dry
    for name in ("cheap inputs", "dear inputs"):
        assert made[f"money, {name} [M CNY/year]"] == saving_at_constant_output(before, after, PRICE_SETS[name]).profit / 1e6
    assert PRICE_SETS["main"] is MAIN
    # by hand: a t of rock per t P2O5 less, at the yearly P2O5 of the old settings
    per_p2o5 = [float(f["rock_used"][0] / f["p2o5_made"][0]) for f in (before, after)]
    assert main.rock == pytest.approx(7520.0 * float(before["p2o5_made"][0]) * (per_p2o5[0] - per_p2o5[1]))
