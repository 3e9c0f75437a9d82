"""Tuning from history to answer on small plants whose truth is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from workbench.errors import InputError
from workbench.tuning import Tuned, responses_frame, tune

TRIALS = 30
OBJECTIVE = 'objective: {maximize: recovery, unit: "%"}'


def truth(temperature: Any, flow: Any) -> Any:
    """Recovery above a base [%]: best at 79 degC and 16.2 m3/h, above what the plant runs at (72 and 15)."""
    return -0.03 * (temperature - 79) ** 2 - 0.6 * (flow - 16.2) ** 2


@pytest.fixture(scope="module")
def strong(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> Callable[..., Any]:
    """A plant with the truth above; `changes` of the sheet, `extra` columns from the plain ones, `sign` of the outcome."""

    def make(*changes: str, seed: int = 0, sign: float = 1.0, extra: Callable[..., dict[str, Any]] | None = None) -> Any:
        columns = moves(seed)
        recovery = truth(columns["temperature"], columns["flow"]) + 0.4 * (columns["feed"] - 30) + memory(seed, 400, sd=0.7)
        more = extra(columns) if extra is not None else {}
        return plant_of(line(*changes), columns | {"recovery": sign * recovery} | more)

    return make


@pytest.fixture(scope="module")
def plain(strong: Callable[..., Any]) -> Tuned:
    plant = strong()
    return tune(plant.sheet, plant.surrogate, n_trials=TRIALS)


def moved(tuned: Tuned) -> dict[str, tuple[Any, Any]]:
    return {s.name: (s.now, s.proposed) for s in tuned.settings}


def check_bounds(tuned: Tuned) -> None:
    for s in tuned.candidate.settings if tuned.candidate else tuned.settings:
        if s.max_step is not None and s.proposed != s.now:
            assert s.low - 1e-9 <= s.proposed <= s.high + 1e-9
            assert abs(s.proposed - s.now) <= s.max_step + 1e-9


def test_strong_plant_gets_a_proposal_that_is_true(plain: Tuned) -> None:
    assert plain.proposed
    assert plain.reasons == ()
    assert plain.candidate is None
    check_bounds(plain)
    settings = moved(plain)
    real = truth(settings["temperature"][1], settings["flow"][1]) - truth(settings["temperature"][0], settings["flow"][0])
    assert real > 0
    assert plain.gain is not None
    assert 0 < plain.gain.low < plain.gain.expected < plain.gain.high
    assert plain.gain.low <= real <= plain.gain.high
    assert plain.gain.level == 0.9
    assert plain.support.inside
    assert plain.support.nearest_periods >= 10


def test_promises_hold_on_average(strong: Callable[..., Any]) -> None:
    """Over plants, promises are no larger than what is really there, and their low ends hold."""
    promised, real, held = [], [], []
    for seed in range(8):
        plant = strong(seed=seed)
        tuned = tune(plant.sheet, plant.surrogate, n_trials=10, seed=seed)
        check_bounds(tuned)
        if tuned.gain is None:
            continue
        settings = moved(tuned)
        gained = truth(*(settings[n][1] for n in ("temperature", "flow"))) - truth(
            *(settings[n][0] for n in ("temperature", "flow"))
        )
        promised.append(tuned.gain.expected)
        real.append(gained)
        held.append(tuned.gain.low <= gained)
    assert len(promised) >= 6
    assert np.mean(promised) <= 1.15 * np.mean(real)
    assert sum(held) >= len(held) - 1


def test_placebo_plants_are_left_alone(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> None:
    """No setting does anything: at a rate of 5 % more than 3 of 20 plants would get a proposal once in 60 times."""
    alarms = 0
    for seed in range(20):
        columns = moves(seed, n=300)
        plant = plant_of(line(), columns | {"recovery": 0.4 * (columns["feed"] - 30) + memory(seed, 300, phi=0.8)})
        tuned = tune(plant.sheet, plant.surrogate, n_trials=5, seed=seed)
        if tuned.proposed:
            alarms += 1
            continue
        assert tuned.gain is None
        assert tuned.money is None
        assert tuned.reasons
        assert all(s.proposed == s.now for s in tuned.settings)
        if tuned.candidate is not None:
            gain = tuned.candidate.gain
            assert gain.low <= 0 or not tuned.judge.is_provable(gain.expected, gain.expected)
            check_bounds(tuned)
    assert alarms <= 3


def test_minimising_is_maximising_the_opposite(strong: Callable[..., Any], plain: Tuned) -> None:
    plant = strong("maximize: recovery", "minimize: recovery", sign=-1.0)
    tuned = tune(plant.sheet, plant.surrogate, n_trials=TRIALS)
    assert tuned.proposed
    assert moved(tuned) == moved(plain)
    assert tuned.gain is not None
    assert plain.gain is not None
    assert tuned.gain.expected == pytest.approx(plain.gain.expected, rel=1e-6)
    (outcome,) = tuned.outcomes
    assert outcome.change is not None
    assert outcome.change < 0


def test_same_seed_same_answer(strong: Callable[..., Any], plain: Tuned) -> None:
    plant = strong()
    again = tune(plant.sheet, plant.surrogate, n_trials=TRIALS)
    assert again.settings == plain.settings
    assert again.gain == plain.gain
    assert again.trials.equals(plain.trials)
    assert again.replays.placebo == plain.replays.placebo
    assert again.limits == plain.limits


@pytest.mark.parametrize("seed", [1, 2])
def test_another_seed_finds_about_the_same_gain(seed: int, strong: Callable[..., Any], plain: Tuned) -> None:
    plant = strong()
    other = tune(plant.sheet, plant.surrogate, n_trials=TRIALS, seed=seed)
    assert other.gain is not None
    assert plain.gain is not None
    assert other.gain.expected == pytest.approx(plain.gain.expected, rel=0.05)


def test_limit_that_binds_is_kept(strong: Callable[..., Any], plain: Tuned) -> None:
    """Loss rises with temperature; free, the plant would go 5 degC up and break the limit in most periods."""

    def extra(columns: dict[str, Any]) -> dict[str, Any]:
        noise = 0.2 * np.random.default_rng(7).normal(size=400)
        return {"loss": 3 + 0.3 * (columns["temperature"] - 72) + noise}

    plant = strong('  recovery: {unit: "%"}', '  recovery: {unit: "%"}\n  loss: {unit: "%", high: 4}', extra=extra)
    tuned = tune(plant.sheet, plant.surrogate, n_trials=TRIALS)
    assert tuned.proposed
    temperature = moved(tuned)["temperature"][1]
    assert 72 < temperature < moved(plain)["temperature"][1]
    # true share within 4: Phi((4 - 3 - 0.3 dT) / 0.2) is 0.95 at 2.2 degC above 72
    assert temperature <= 72 + 2.2 + 0.5
    (limit,) = tuned.limits
    assert limit.probability_held is not None
    assert limit.probability_held >= 0.95 - 1e-6


def test_formula_limit_is_exact(strong: Callable[..., Any]) -> None:
    limits = 'limits: [{name: load, formula: "temperature + 2*flow", high: 105}]'
    plant = strong(OBJECTIVE, f"{OBJECTIVE}\n{limits}")
    tuned = tune(plant.sheet, plant.surrogate, n_trials=TRIALS)
    settings = moved(tuned)
    load = [settings["temperature"][i] + 2 * settings["flow"][i] for i in (0, 1)]
    assert load[1] <= max(105.0, load[0]) + 1e-6
    assert tuned.proposed
    assert tuned.limits[0].probability_held == 1.0


@pytest.mark.parametrize(("room", "is_proposed"), [(0.2, False), (1.0, True)])
def test_a_move_that_nobody_would_set_is_no_proposal(
    room: float, is_proposed: bool, strong: Callable[..., Any], plain: Tuned
) -> None:
    """The limit leaves 4 % or 20 % of the largest step of 5 degC; below 5 % alone nobody would notice it."""
    high = float(moved(plain)["temperature"][0]) + room
    plant = strong(OBJECTIVE, f'{OBJECTIVE}\nlimits: [{{name: cap, formula: "temperature", high: {high}}}]')
    tuned = tune(plant.sheet, plant.surrogate, n_trials=TRIALS, fix=["flow"])
    assert tuned.proposed == is_proposed
    now, proposed = moved(tuned)["temperature"]
    assert proposed - now == pytest.approx(room if is_proposed else 0.0, abs=0.1)


def test_held_setting_stays(strong: Callable[..., Any]) -> None:
    plant = strong()
    tuned = tune(plant.sheet, plant.surrogate, n_trials=TRIALS, fix=["temperature"])
    now, proposed = moved(tuned)["temperature"]
    assert now == proposed
    assert moved(tuned)["flow"][1] > moved(tuned)["flow"][0]


def test_frozen_setting_stays_and_is_said(strong: Callable[..., Any]) -> None:
    plant = strong(extra=lambda columns: {"temperature": np.full(400, 72.0)})
    tuned = tune(plant.sheet, plant.surrogate, n_trials=TRIALS)
    assert moved(tuned)["temperature"] == (72.0, 72.0)
    assert [f.tag for f in tuned.findings if f.code == "T104"] == ["temperature"]


def test_a_setting_that_never_came_near_its_range_is_left_alone(strong: Callable[..., Any]) -> None:
    """Kilograms under a range in tonnes, say: a step of it would be proposed, far from anything that the sheet allows."""
    plant = strong("low: 60, high: 90", "low: 0.06, high: 0.09")
    tuned = tune(plant.sheet, plant.surrogate, n_trials=TRIALS)
    for lines in (tuned.settings, tuned.candidate.settings if tuned.candidate else ()):
        assert all(s.proposed == s.now for s in lines if s.name == "temperature")
    [said] = [f.text for f in tuned.findings if f.code == "T101"]
    assert said.endswith("never stood near that, so it is left alone: correct its unit or its range in the sheet")


def test_present_outside_its_range_moves_towards_it(strong: Callable[..., Any]) -> None:
    """The range ends at 65, the plant stands near 72 and would gain by going up: no proposal may."""
    plant = strong("low: 60, high: 90", "low: 60, high: 65")
    tuned = tune(plant.sheet, plant.surrogate, n_trials=TRIALS)
    assert "T101" in {f.code for f in tuned.findings}
    for s in [*tuned.settings, *(tuned.candidate.settings if tuned.candidate else ())]:
        if s.name == "temperature" and s.proposed != s.now:
            assert s.proposed < s.now
            assert abs(s.proposed - s.now) <= s.max_step + 1e-9


def test_categorical_setting(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> None:
    mode = "\n  mode: {choices: [strip, keep, family]}"
    flow = "  flow: {unit: m3/h, low: 10, high: 20, max_step: 2}"
    columns = moves()
    which = np.random.default_rng(3).choice(["strip", "keep"], 400, p=[0.7, 0.3])
    which[-42:] = "strip"
    recovery = 1.5 * (which == "keep") + memory(0, 400)
    plant = plant_of(line(flow, flow + mode), columns | {"mode": which, "recovery": recovery})
    tuned = tune(plant.sheet, plant.surrogate, n_trials=TRIALS)
    assert tuned.proposed
    assert moved(tuned)["mode"] == ("strip", "keep")
    assert tuned.gain is not None
    assert tuned.gain.low <= 1.5 <= tuned.gain.high


def test_integer_setting(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> None:
    flow = "  flow: {unit: m3/h, low: 10, high: 20, max_step: 2}"
    columns = moves()
    pumps = np.repeat(np.random.default_rng(4).integers(1, 5, 100), 4).astype(float)
    recovery = 0.8 * pumps + memory(0, 400)
    sheet = line(flow, flow + "\n  pumps: {low: 1, high: 6, integer: true, max_step: 1}")
    plant = plant_of(sheet, columns | {"pumps": pumps, "recovery": recovery})
    tuned = tune(plant.sheet, plant.surrogate, n_trials=TRIALS)
    now, proposed = moved(tuned)["pumps"]
    assert tuned.proposed
    assert now == round(now)
    assert proposed == now + 1
    assert (tuned.trials["pumps"] == tuned.trials["pumps"].round()).all()


def test_batch_plant(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> None:
    columns = moves(n=200)
    recovery = truth(columns["temperature"], columns["flow"]) + memory(0, 200, sd=0.7, phi=0.3)
    plant = plant_of(line("period: 4h", "batch: lot"), columns | {"recovery": recovery})
    tuned = tune(plant.sheet, plant.surrogate, n_trials=TRIALS)
    assert tuned.proposed
    check_bounds(tuned)
    assert tuned.judge.present.recent.height == 60


def costing(formula: str) -> str:
    """The objective with a price of 8000 a unit and costs in EUR/h."""
    priced = f'{OBJECTIVE[:-1]}, value_per_unit: 8000, costs: [{{formula: "{formula}", unit: EUR/h}}]}}'
    return f"currency: EUR\nhours_per_year: 8000\n{priced}"


def test_costs_take_back_what_they_cost(strong: Callable[..., Any]) -> None:
    """A unit is worth 8000 in 8000 hours; heating costs 5 an hour a degree: no degree is worth its heat."""
    plant = strong(OBJECTIVE, costing("5*temperature"))
    tuned = tune(plant.sheet, plant.surrogate, n_trials=TRIALS)
    now, proposed = moved(tuned)["temperature"]
    assert proposed <= now
    if tuned.money is not None:
        assert tuned.money.low <= tuned.money.expected <= tuned.money.high


def test_a_cost_counts_in_full_beside_a_gain_that_is_cut(strong: Callable[..., Any]) -> None:
    """A unit is worth 8000; a degree costs 0.2 an hour, 1600 in 8000 hours: known to the last digit, so no reserve is kept."""
    plant = strong(OBJECTIVE, costing("0.2*temperature"))
    tuned = tune(plant.sheet, plant.surrogate, n_trials=TRIALS)
    now, proposed = moved(tuned)["temperature"]
    assert tuned.proposed
    assert tuned.replays.promise_share < 1.0
    assert proposed > now
    assert tuned.money.expected == pytest.approx(8000 * tuned.gain.expected - 1600 * (proposed - now), rel=1e-3)
    [costs] = [o for o in tuned.outcomes if o.name == "running costs"]
    assert (costs.unit, costs.change) == ("EUR/h", pytest.approx(0.2 * (proposed - now), rel=1e-3))
    assert not any("the costs" in f.text for f in tuned.findings if f.code == "M102")


def test_limits_and_outcomes_tell_one_present(strong: Callable[..., Any]) -> None:
    """Both speak of recent conditions at the present settings, not of where the settings stood at the time."""
    loss = lambda columns: {"loss": 3.0 + 0.05 * (columns["temperature"] - 72) + 0.1 * columns["feed"]}  # noqa: E731
    plant = strong('  recovery: {unit: "%"}', '  recovery: {unit: "%"}\n  loss: {unit: "%", high: 40}', extra=loss)
    tuned = tune(plant.sheet, plant.surrogate, n_trials=TRIALS)
    assert tuned.proposed
    [outcome] = [o for o in tuned.outcomes if o.name == "loss"]
    [limit] = [x for x in tuned.limits if x.name == "loss"]
    assert outcome.proposed == pytest.approx(limit.predicted)


def test_money_is_gain_times_value(strong: Callable[..., Any]) -> None:
    plant = strong(OBJECTIVE, "currency: EUR\n" + OBJECTIVE[:-1] + ", value_per_unit: 5000}")
    tuned = tune(plant.sheet, plant.surrogate, n_trials=TRIALS)
    assert tuned.gain is not None
    assert tuned.money is not None
    assert tuned.money.currency == "EUR"
    assert (tuned.money.expected, tuned.money.low, tuned.money.high) == pytest.approx(
        (5000 * tuned.gain.expected, 5000 * tuned.gain.low, 5000 * tuned.gain.high)
    )


def test_trials_are_told_and_counted(strong: Callable[..., Any]) -> None:
    plant = strong()
    said: list[tuple[str, int, int]] = []
    tuned = tune(plant.sheet, plant.surrogate, n_trials=12, progress=lambda *what: said.append(what))
    searching = [s for s in said if s[2] == 12]
    assert [done for _, done, _ in searching] == list(range(1, 13))
    assert tuned.trials.height >= 12
    assert {"trial", "origin", "gain", "violation", "feasible", "temperature", "flow"} <= set(tuned.trials.columns)
    first = tuned.trials.row(0, named=True)
    assert (first["origin"], first["gain"], first["feasible"]) == ("present", 0.0, True)


def test_the_trials_of_a_setting_called_gain_keep_their_own_gain(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any]
) -> None:
    columns = moves()
    columns |= {"gain": columns.pop("temperature")}
    recovery = 90 + 0.5 * (columns["gain"] - 72) + 0.1 * columns["feed"]
    plant = plant_of(line("  temperature:", "  gain:"), columns | {"recovery": recovery})
    trials = tune(plant.sheet, plant.surrogate, n_trials=5).trials
    assert trials.columns[:5] == ["trial", "origin", "@gain", "violation", "feasible"]
    assert trials["@gain"][0] == 0.0
    assert 60 <= trials["gain"].min() <= trials["gain"].max() <= 90


def test_one_trial_is_enough_for_an_answer(strong: Callable[..., Any]) -> None:
    plant = strong()
    check_bounds(tune(plant.sheet, plant.surrogate, n_trials=1))


@pytest.mark.parametrize("n_trials", [0, -3])
def test_no_trials_is_a_mistake(n_trials: int, strong: Callable[..., Any]) -> None:
    plant = strong()
    with pytest.raises(InputError, match=f"n_trials is {n_trials}: .* must be 1 or more"):
        tune(plant.sheet, plant.surrogate, n_trials=n_trials)


def test_responses_are_finite_and_zero_at_now(plain: Tuned) -> None:
    frame = responses_frame(plain)
    assert set(frame["setting"]) == {"temperature", "flow"}
    assert frame.select("value", "gain", "low", "high").to_numpy() == pytest.approx(
        frame.select("value", "gain", "low", "high").to_numpy(), nan_ok=False
    )
    assert (frame["low"] <= frame["gain"]).all()
    assert (frame["gain"] <= frame["high"]).all()
    for (_, now), rows in frame.group_by("setting", "now"):
        nearest = rows.sort((rows["value"] - now).abs()).row(0, named=True)
        assert abs(nearest["gain"]) < 0.3


@pytest.mark.parametrize(
    ("aggregate", "unit"), [("", "kWh"), (", aggregate: sum", "kWh per 4h"), (", aggregate: counter", "kWh per 4h")]
)
def test_what_is_counted_is_so_much_per_period(
    line: Callable[..., Any],
    plant_of: Callable[..., Any],
    moves: Callable[..., Any],
    memory: Callable[..., Any],
    aggregate: str,
    unit: str,
) -> None:
    columns = moves(0)
    outcomes = {"recovery": columns["temperature"] + memory(0, 400), "energy": 400 + memory(3, 400)}
    sheet = line('  recovery: {unit: "%"}\n', f'  recovery: {{unit: "%"}}\n  energy: {{unit: kWh{aggregate}}}\n')
    plant = plant_of(sheet, columns | outcomes)
    tuned = tune(plant.sheet, plant.surrogate, n_trials=5)
    assert {o.name: o.unit for o in tuned.outcomes} == {"recovery": "%", "energy": unit}
