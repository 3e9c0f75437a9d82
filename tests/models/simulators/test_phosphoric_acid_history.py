"""The simulated history: practice, scatter, delays and every injected defect."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from workbench.errors import InputError
from workbench.models import simulator
from workbench.models.simulators.phosphoric_acid.defects import GOOD, spoil
from workbench.models.simulators.phosphoric_acid.disturbances import draw_disturbances, wandering
from workbench.models.simulators.phosphoric_acid.history import TAGS, history_truth, states_until, tag_units
from workbench.models.simulators.phosphoric_acid.inputs import SETTINGS
from workbench.models.simulators.phosphoric_acid.instruments import ONLINE, SETPOINT_TAGS
from workbench.models.simulators.phosphoric_acid.laboratory import extraction_rate, swap_digits, wash_rate
from workbench.models.simulators.phosphoric_acid.operator import AcidHand, RockHand
from workbench.plant import load_sheet


@pytest.fixture(scope="module")
def truth():
    return history_truth(days=60, seed=1)


def tag(truth, name):
    return truth.records.filter(pl.col("tag") == name)


def test_starts_at_midnight_in_shanghai(truth):
    first = truth.records["time"].min()
    assert first is not None
    assert abs((first.replace(tzinfo=None) - pl.Series(["2023-12-31T16:00:00"]).str.to_datetime()[0]).total_seconds()) <= 120


def test_every_tag_is_there_with_a_unit(truth):
    assert set(truth.records["tag"].cast(pl.String).unique()) == set(TAGS)
    assert set(tag_units()) == set(TAGS)
    sheet = load_sheet("phosphoric_acid")
    for variable in sheet.variables.values():
        assert tag_units()[variable.tag] == variable.unit, variable.name


def test_old_operator_scatter_is_the_specified_one(truth):
    """sd(S) about its set-point 0.35-0.40, sd(T) 1.2; a 60-day sample wanders by a fifth."""
    on = truth.states.filter("running")
    assert float((on["free_sulfate.true"] - on["free_sulfate"]).std()) == pytest.approx(0.37, abs=0.08)
    assert float((on["temperature.true"] - on["temperature"]).std()) == pytest.approx(1.2, abs=0.25)


def test_setpoints_stay_in_the_ranges_of_the_old_practice(truth):
    spans = {
        "free_sulfate": (1.0, 2.2),
        "temperature": (76, 80),
        "solids": (31.5, 34.5),
        "wash_ratio": (0.965, 1.025),
        "vacuum": (52, 58),
        "rock_p80": (170, 215),
    }
    for name, (low, high) in spans.items():
        values = truth.states[name]
        assert low <= values.min() <= values.max() <= high, name
        assert float(values.std()) > 0.01 * (high - low)
        recorded = tag(truth, SETPOINT_TAGS[name])
        assert recorded["value"].max() == pytest.approx(values.max())
        assert recorded.height >= 60 * 24  # every hour, and on change
    assert (truth.states["filter_speed"] >= SETTINGS["filter_speed"].low).all()


def test_history_is_about_the_specified_base(truth):
    on = truth.states.filter("running")
    assert float(on["extraction"].mean()) == pytest.approx(96.0, abs=0.6)
    assert float(on["acid_strength"].mean()) == pytest.approx(28.0, abs=0.8)


def test_lab_results_are_known_later_than_sampled(truth):
    delay = truth.records.with_columns(
        hours=(pl.col("known_at") - pl.col("time")).dt.total_seconds() / 3600, tag=pl.col("tag").cast(pl.String)
    )
    spans = {"LAB.S": (0.70, 0.90), "LAB.P2O5": (0.9, 1.3), "LAB.GYP.P2O5": (3.9, 8.1), "LAB.ROCK.CAO": (11.9, 24.1)}
    for name, (low, high) in spans.items():
        own = delay.filter(pl.col("tag") == name)["hours"]
        assert low <= own.min() <= own.max() <= high, name
    assert (delay.filter(pl.col("tag").is_in(list(ONLINE)))["hours"] == 0).all()
    computed = delay.filter(pl.col("tag") == "LAB.ETA")
    assert (computed["hours"] >= 3.9).all()


def test_laboratory_computes_what_is_true_on_average(truth):
    on = truth.states.filter("running")
    for name, outcome in (("LAB.X", "extraction"), ("LAB.W", "wash_rate"), ("LAB.ETA", "recovery")):
        assert tag(truth, name)["value"].median() == pytest.approx(on[outcome].median(), abs=0.25), name


def test_composites_speak_for_their_shift(truth):
    """Laboratory X goes with the true X of the 8 hours before its stamp, not with those before or after."""
    shifts = truth.states.filter("running").group_by(time=pl.col("time").dt.truncate("8h")).agg(pl.col("extraction").mean())
    lab = tag(truth, "LAB.X").filter((pl.col("value") - 96.0).abs() < 4.0)
    fit = []
    for hours in (-12, -4, 4):
        keyed = lab.select("value", time=pl.col("time").dt.offset_by(f"{hours}h").dt.truncate("8h")).join(shifts, on="time")
        fit.append(keyed.select(pl.corr("value", "extraction")).item())
    assert fit[1] == max(fit)
    assert fit[1] > 0.8


def test_flow_free_formulas_by_hand():
    one = np.array([1.0])
    # 0.8 % insoluble P2O5 in gypsum of 30 % CaO, rock 44 % CaO and 30 % P2O5: loss 0.8/30*44/30 = 3.911 %
    x = extraction_rate(0.8 * one, 30 * one, 44 * one, 30 * one)
    assert x[0] == pytest.approx(96.0889, abs=1e-4)
    # 0.3 % soluble: 1.4667 % of the rock's P2O5, of 96.0889 dissolved
    assert wash_rate(0.3 * one, 30 * one, 44 * one, 30 * one, x)[0] == pytest.approx(98.4736, abs=1e-4)


def test_every_kind_of_defect_is_injected_and_recorded(truth):
    kinds = {"spike", "gap", "long_gap", "frozen", "uncertain", "bad", "miskeyed", "stop", "clock_skew"}
    assert kinds <= set(truth.defects["kind"])
    minutes = 60 * 1440 * len(ONLINE)
    assert truth.defects.filter(kind="spike").height == pytest.approx(0.003 * minutes, rel=0.05)
    lost = minutes - truth.records.filter(pl.col("tag").is_in(list(ONLINE))).height
    assert 0.005 < lost / minutes < 0.012
    lab = truth.records.filter(pl.col("tag").cast(pl.String).str.starts_with("LAB."))
    assert 0.004 < truth.defects.filter(kind="miskeyed").height / lab.height < 0.016


def test_frozen_and_bad_spans_are_really_so(truth):
    for defect in truth.defects.filter(pl.col("kind") == "frozen").head(8).iter_rows(named=True):
        own = tag(truth, defect["tag"]).filter(
            pl.col("time").is_between(defect["start"], defect["end"], closed="left"), pl.col("quality") == "good"
        )
        counts = own["value"].value_counts()["count"]
        assert counts.max() >= 0.9 * own.height  # spikes may sit on it
    for defect in truth.defects.filter(pl.col("kind") == "bad").head(8).iter_rows(named=True):
        own = tag(truth, defect["tag"]).filter(pl.col("time").is_between(defect["start"], defect["end"], closed="left"))
        assert (own["quality"] == "bad").all()
    for defect in truth.defects.filter(pl.col("kind") == "long_gap").iter_rows(named=True):
        own = tag(truth, defect["tag"]).filter(pl.col("time").is_between(defect["start"], defect["end"], closed="left"))
        assert own.is_empty()


def test_a_stop_stops_the_rock(truth):
    stop = truth.defects.filter(pl.col("kind") == "stop").row(0, named=True)
    own = tag(truth, "WIC.ROCK.PV").filter(
        pl.col("time").is_between(stop["start"] + pl.duration(minutes=10), stop["end"] - pl.duration(minutes=10))
    )
    assert abs(own["value"].median()) < 0.5
    shifts = tag(truth, "LAB.S").filter(pl.col("time").is_between(stop["start"] + pl.duration(minutes=5), stop["end"]))
    assert shifts.height <= 1


def test_lab_clock_is_at_most_two_minutes_off(truth):
    off = tag(truth, "LAB.GYP.P2O5")["time"].dt.epoch("s") % (8 * 3600)
    assert (off.map_elements(lambda s: min(s, 8 * 3600 - s), return_dtype=pl.Int64) <= 120).all()


def test_spoil_without_chances_keeps_the_rest():
    values = np.arange(5000.0)
    made = spoil("X", values, 100.0, [], np.random.default_rng(0))
    untouched = np.isin(made.values, values) & (made.quality == GOOD)
    assert untouched.mean() > 0.9
    assert np.all(np.diff(made.minutes) > 0)


def test_swapped_digits():
    rng = np.random.default_rng(0)
    assert {swap_digits(1.45, 2, rng) for _ in range(60)} == {4.15, 1.54}
    assert swap_digits(1.11, 2, rng) == 1.11


def test_operator_acts_beyond_the_dead_band_only():
    hand = AcidHand(0.44, np.random.default_rng(0))
    hand.correct(0.25)
    assert hand.trim == 0.0
    hand.correct(0.5)
    assert hand.trim == pytest.approx(-0.007)
    hand.correct(5.0)
    assert hand.trim == pytest.approx(-0.019)  # clipped to 1.2 %
    hand.ratio(0.45, 1.45)
    assert hand.trim == 0.0  # a new assay starts afresh


def test_rock_is_cut_while_the_filter_cannot_cope():
    hand = RockHand()
    for _ in range(12):
        hand.watch(1.1)
    assert hand.feed() == pytest.approx(60.0)
    for _ in range(100):
        hand.watch(1.1)
    assert hand.feed() == 50.0
    hand.watch(0.9)
    assert hand.wanted == pytest.approx(50.0 + 2.0 / 6.0)
    hand.watch(1.2)
    assert hand.wanted == pytest.approx(50.0 + 2.0 / 6.0 - 2.0)
    for _ in range(100):
        hand.watch(3.0)
    assert hand.feed() == 25.0


def test_wandering_has_the_spread_it_promises():
    made = wandering(np.random.default_rng(0), 200_000, 0.3, 2.0)
    assert float(made.std()) == pytest.approx(0.3, rel=0.05)


def test_bad_requests_are_one_sentence():
    with pytest.raises(InputError, match="1 to 3000 whole days, not 0"):
        simulator("phosphoric_acid").history(days=0)
    with pytest.raises(InputError, match="0 or more, not -1"):
        simulator("phosphoric_acid").history(days=2, seed=-1)


@pytest.mark.slow
def test_half_a_year():
    made = history_truth(days=180, seed=0)
    assert 3_300_000 < made.records.height < 3_700_000
    assert made.records.estimated_size("mb") < 200
    assert 2 <= made.defects.filter(pl.col("kind") == "stop").height <= 4
    # this seed's rock overloads the filter: the rock is cut in time, and the plant does not settle at the second root
    assert made.states["acid_strength"].max() < 32.0
    assert made.states["filter_load"].max() < 1.5


@pytest.mark.slow
def test_the_referee_agrees_with_the_plant_that_runs():
    days, seed = 120, 3
    world = draw_disturbances(days, seed)
    asked = {name: setting.base for name, setting in SETTINGS.items() if name != "rock_rate"}
    moments = np.flatnonzero(world.running)[::72]
    rocks = {name: 100.0 * values[moments] for name, values in world.assay.items()}
    frame = pl.DataFrame(rocks | {"cloth_age": world.cloth_age[moments], "ambient": world.ambient[moments]})
    ran, told = [], []
    for sulfate in (1.3, 1.8):
        wanted = asked | {"free_sulfate": sulfate}
        states = history_truth(days, seed, None, {name: np.full(days * 144, value) for name, value in wanted.items()}).states
        ran.append(states.filter(pl.col("running")).mean())
        told.append(
            simulator("phosphoric_acid").evaluate(frame.with_columns(pl.lit(v).alias(k) for k, v in wanted.items()), 1).mean()
        )
    for name, level, share in (
        ("extraction", 0.15, 0.2),
        ("wash_rate", 0.1, 0.3),
        ("acid_strength", 0.15, 0.2),
        ("profit", 200.0, 0.3),
    ):
        moved = [float(after[name][0] - before[name][0]) for before, after in (ran, told)]
        assert told[0][name][0] == pytest.approx(ran[0][name][0], abs=level)
        assert moved[1] == pytest.approx(moved[0], rel=share)


def test_the_first_states_are_those_of_the_whole_history():
    asked = {"free_sulfate": np.where(np.arange(1440) < 200, np.nan, 1.8)}
    whole = history_truth(10, 4, {"temperature": 1.0}, asked).states
    first = states_until(500, 10, 4, {"temperature": 1.0}, asked)
    assert first.height == 500
    assert first.equals(whole.head(500))
