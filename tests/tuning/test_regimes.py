"""Settings by regime: a table where the best settings turn with a condition, none where one setting serves all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from workbench.tuning import Tuned, tune
from workbench.tuning.regime_split import Regime, regimes_of

TRIALS = 5
ORE = ('feed: {unit: "%"}', 'feed: {unit: "%"}\n  ore: {choices: [oxide, sulfide, mixed]}')


@pytest.fixture(scope="module")
def ores(line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]) -> Any:
    """A plant of two ores by turns; `slope` [%/degC] of recovery over temperature, upwards on oxide, `turned` downwards."""

    def make(slope: float, turned: float, seed: int = 0, *changes: str) -> Any:
        columns = moves(seed)
        ore = np.where(np.random.default_rng(seed + 50).random(41).repeat(10)[:400] < 0.5, "oxide", "sulfide")
        effect = np.where(ore == "oxide", slope, turned) * (columns["temperature"] - 72)
        effect = effect - 0.6 * (columns["flow"] - 16.2) ** 2 + 0.8 * (ore == "oxide") + 0.4 * (columns["feed"] - 30)
        return plant_of(line(*ORE, *changes), columns | {"ore": ore, "recovery": 80 + effect + memory(seed, 400, sd=0.7)})

    return make


@pytest.fixture(scope="module")
def turning(ores: Any) -> Tuned:
    plant = ores(0.3, -0.3)
    return tune(plant.sheet, plant.surrogate, n_trials=TRIALS)


def proposed(lines: Any) -> dict[str, float]:
    return {s.name: s.proposed for s in lines}


def test_best_settings_that_turn_with_the_ore_get_a_table(turning: Tuned) -> None:
    assert turning.proposed
    (table,) = turning.regimes
    assert (table.condition, table.unit) == ("ore", "")
    oxide, sulfide = table.lines
    assert (oxide.choice, sulfide.choice) == ("oxide", "sulfide")
    assert oxide.share + sulfide.share == pytest.approx(1.0)
    now = {s.name: s.now for s in turning.settings}
    assert proposed(oxide.settings)["temperature"] > now["temperature"] > proposed(sulfide.settings)["temperature"]
    for row in table.lines:
        assert row.support.inside
        for s in row.settings:
            assert s.low <= s.proposed <= s.high
            assert abs(s.proposed - s.now) <= s.max_step + 1e-9
    # beyond one setting, by hand: what each ore's temperature gives over the one temperature
    one = proposed(turning.settings)
    true = sum(
        row.share * (slope * (proposed(row.settings)["temperature"] - one["temperature"]))
        - row.share * 0.6 * ((proposed(row.settings)["flow"] - 16.2) ** 2 - (one["flow"] - 16.2) ** 2)
        for row, slope in zip(table.lines, (0.3, -0.3), strict=True)
    )
    assert 0 < table.beyond.low <= true <= table.beyond.high


def test_the_parts_of_a_table_add_up(turning: Tuned) -> None:
    (table,) = turning.regimes
    assert turning.gain is not None
    assert table.gain.expected == pytest.approx(turning.gain.expected + table.beyond.expected)
    assert sum(row.share * row.gain.expected for row in table.lines) == pytest.approx(table.gain.expected)
    assert table.placebo.runs == 100
    assert table.placebo.high >= table.placebo.rate
    assert table.beyond_per_year is None  # the sheet gives no money


def test_what_the_one_setting_loses_in_a_regime_counts_in_full(ores: Any) -> None:
    """Raising temperature for all pays on oxide and loses on sulfide; the parts add up to the table all the same."""
    plant = ores(0.9, -0.3)
    tuned = tune(plant.sheet, plant.surrogate, n_trials=TRIALS)
    (table,) = tuned.regimes
    judge, schema = tuned.judge, tuned.judge.present.now.schema
    basis, recent = judge.surrogate.basis, judge.present.recent
    one = pl.DataFrame(proposed(tuned.settings), schema=schema)
    lost, on, shares = {}, {}, {row.choice: row.share for row in table.lines}
    for row in table.lines:
        members = recent.filter(pl.col("ore") == row.choice)
        lost[row.choice] = float(judge.gain(basis.shift(one, judge.present.now, members))[0][0])
        own = pl.DataFrame(proposed(row.settings), schema=schema)
        on[row.choice] = float(judge.gain(basis.shift(own, one, members))[0][0])
    assert lost["sulfide"] < -0.2
    share = table.beyond.expected / sum(shares[c] * on[c] for c in on)
    told = {row.choice: row.gain.expected for row in table.lines}
    assert told["sulfide"] == pytest.approx(lost["sulfide"] + share * on["sulfide"])
    assert told["oxide"] < lost["oxide"] + share * on["oxide"]
    assert tuned.gain is not None
    assert table.gain.expected == pytest.approx(tuned.gain.expected + table.beyond.expected)
    assert sum(shares[c] * told[c] for c in told) == pytest.approx(table.gain.expected)


def test_one_setting_that_serves_all_gets_no_table(ores: Any) -> None:
    """The same slope on both ores: at 5 % a table from luck would come more than once in 6 plants one time in 30."""
    tables = 0
    for seed in range(6):
        plant = ores(0.3, 0.3, seed)
        tables += len(tune(plant.sheet, plant.surrogate, n_trials=TRIALS).regimes)
    assert tables <= 1


def test_where_only_a_table_pays_the_reasons_say_so(ores: Any) -> None:
    found = []
    for seed in range(4):
        plant = ores(0.3, -0.3, seed, "low: 10, high: 20, max_step: 2", "low: 10, high: 20, max_step: 0.01")
        tuned = tune(plant.sheet, plant.surrogate, n_trials=TRIALS, fix=("flow",))
        if not tuned.proposed:
            found.append(tuned)
            assert len(tuned.regimes) == 1
            assert "settings that follow ore do" in tuned.reasons[-1]
            assert all(s.proposed == s.now for s in tuned.settings)
            assert tuned.regimes[0].gain.expected == pytest.approx(tuned.regimes[0].beyond.expected)
    assert found


def test_money_is_that_of_the_gain_beyond(ores: Any) -> None:
    plant = ores(
        0.3, -0.3, 0, 'maximize: recovery, unit: "%"', 'maximize: recovery, unit: "%", value_per_unit: 1000',
        "timezone: UTC", "timezone: UTC\ncurrency: EUR\nhours_per_year: 8000",
    )  # fmt: skip
    (table,) = tune(plant.sheet, plant.surrogate, n_trials=TRIALS).regimes
    assert table.beyond_per_year is not None
    assert table.beyond_per_year.currency == "EUR"
    assert table.beyond_per_year.expected == pytest.approx(1000 * table.beyond.expected)
    assert table.beyond_per_year.low == pytest.approx(1000 * table.beyond.low)


def test_a_numeric_condition_is_parted_at_round_values(line: Callable[..., Any]) -> None:
    sheet = line()
    feed = pl.DataFrame({"feed": np.linspace(29.0, 31.0, 180)})
    low, middle, high = regimes_of(sheet, "feed", feed)
    assert (low.low, low.high, middle.high, high.low, high.high) == (None, 29.7, 30.3, 30.3, None)
    assert sum(r.holds(feed).sum() for r in (low, middle, high)) == 180
    assert [(r.low, r.high) for r in regimes_of(sheet, "feed", feed[::2])] == [(None, 30.0), (30.0, None)]
    assert regimes_of(sheet, "feed", feed[::9]) == []
    assert regimes_of(sheet, "feed", pl.DataFrame({"feed": np.full(180, 30.0)})) == []


def test_rare_levels_and_unknown_values_belong_to_no_regime(line: Callable[..., Any]) -> None:
    recent = pl.DataFrame({"ore": ["oxide"] * 30 + ["sulfide"] * 30 + ["mixed"] * 5 + [None] * 5})
    found = regimes_of(line(*ORE), "ore", recent)
    assert found == [Regime("ore", choice="oxide"), Regime("ore", choice="sulfide")]
    assert [int(r.holds(recent).sum()) for r in found] == [30, 30]
