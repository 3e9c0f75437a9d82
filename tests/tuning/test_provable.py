from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from workbench.models.surrogates.surrogate import fit_surrogate
from workbench.tuning import tune
from workbench.tuning.choice import promise_of
from workbench.tuning.provable import trial_error, trial_weeks
from workbench.tuning.search import search, surest
from workbench.tuning.words import number, possible_sentence, trial_sentence


def plant_with(
    plant_of: Callable[..., Any], line: Callable[..., Any], moves: Callable[..., Any], slope: float, noise: Any
) -> Any:
    """Return a line of 1,500 periods of 4 h whose recovery rises with temperature and scatters by `noise` without memory."""
    columns = moves(0, n=1500)
    return plant_of(line(), columns | {"recovery": slope * columns["temperature"] + noise})


def white(sd: float, n: int = 1500) -> np.ndarray:
    return sd * np.random.default_rng(7).normal(size=n)


def test_error_of_a_trial_on_noise_without_memory(
    plant_of: Callable[..., Any], line: Callable[..., Any], moves: Callable[..., Any]
) -> None:
    """Blocks of n periods, n / 2 of them counted: pairs differ by sd sqrt(4 / n), and 336 periods hold 168 / n of them."""
    plant = plant_with(plant_of, line, moves, 0.5, white(2.0))
    found = trial_error(plant.surrogate, timedelta(hours=4))
    assert found == pytest.approx(2.0 * np.sqrt(4.0 / 168.0), rel=0.1)


def test_without_washout_a_trial_of_the_same_weeks_is_surer(
    plant_of: Callable[..., Any], line: Callable[..., Any], moves: Callable[..., Any]
) -> None:
    """Blocks of n periods, all counted: pairs differ by sd sqrt(2 / n), 336 periods hold 168 / n of them: half the weeks."""
    plant = plant_with(plant_of, line, moves, 0.5, white(2.0))
    found = trial_error(plant.surrogate, timedelta(hours=4), is_washed=False)
    assert found == pytest.approx(2.0 * np.sqrt(2.0 / 168.0), rel=0.1)


def test_weeks_with_a_settling_time_are_counted_with_washout(
    plant_of: Callable[..., Any], line: Callable[..., Any], moves: Callable[..., Any]
) -> None:
    columns = moves(0, n=150)
    columns |= {"recovery": 0.3 * columns["temperature"] + white(2.0, 150)}
    sheet = line('recovery: {unit: "%"}', 'recovery: {unit: "%", settling: 4h}')
    plant = plant_of(sheet, columns)
    tuned = tune(plant.sheet, plant.surrogate, n_trials=10)
    assert tuned.candidate is not None
    assert tuned.candidate.gain.low < 0.0
    assert tuned.why.next_move is not None
    weeks = tuned.why.next_move.weeks
    assert weeks == pytest.approx(trial_weeks(tuned.judge.trial_error, tuned.candidate.gain.high))


def test_error_grows_with_memory(
    plant_of: Callable[..., Any], line: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> None:
    quick = plant_with(plant_of, line, moves, 0.5, memory(0, 1500, sd=2.0, phi=0.0))
    slow = plant_with(plant_of, line, moves, 0.5, memory(0, 1500, sd=2.0, phi=0.8))
    period = timedelta(hours=4)
    assert trial_error(slow.surrogate, period) > 1.3 * trial_error(quick.surrogate, period)


def test_half_of_the_results_missing_makes_a_trial_less_sure(
    plant_of: Callable[..., Any], line: Callable[..., Any], moves: Callable[..., Any]
) -> None:
    noise = white(2.0)
    full = plant_with(plant_of, line, moves, 0.5, noise)
    seldom = noise.copy()
    seldom[np.random.default_rng(8).random(1500) < 0.5] = np.nan
    thin = plant_with(plant_of, line, moves, 0.5, seldom)
    period = timedelta(hours=4)
    assert 1.2 < trial_error(thin.surrogate, period) / trial_error(full.surrogate, period) < 1.6  # half the results: 1.41


def test_a_stop_of_the_plant_makes_no_trial_less_sure(
    history_of: Callable[..., Any], line: Callable[..., Any], moves: Callable[..., Any]
) -> None:
    """Periods in which the plant stood are set aside: nothing was run then, so that nothing is missing."""
    columns = moves(0, n=1500)
    columns |= {"recovery": 0.5 * columns["temperature"] + white(2.0)}
    history = history_of(line(), columns)
    stood = pl.int_range(pl.len()).is_between(500, 999)
    stopped = replace(history, frame=history.frame.with_columns(reason=pl.when(stood).then(pl.lit("stopped"))))
    with_stop, without = (fit_surrogate(line(), h) for h in (stopped, history))
    assert with_stop.frame.height == 1000
    period = timedelta(hours=4)
    assert trial_error(with_stop, period) == pytest.approx(trial_error(without, period), rel=0.1)


def test_the_day_of_rare_results_does_not_matter(
    plant_of: Callable[..., Any], line: Callable[..., Any], moves: Callable[..., Any]
) -> None:
    """One result in three days, 18.7 in eight weeks: two arms of half of them differ by 2 sqrt(4 / 18.7) at best."""
    errors = []
    for phase in (0, 5, 9, 13):
        noise = np.full(3000, np.nan)
        noise[phase::18] = white(2.0, 3000)[phase::18]
        columns = moves(0, n=3000)
        rare = plant_of(line(), columns | {"recovery": 0.5 * columns["temperature"] + noise})
        errors.append(trial_error(rare.surrogate, timedelta(hours=4)))
    assert max(errors) < 1.35 * min(errors)
    assert min(errors) > 0.65
    assert max(errors) < 1.3


def test_periods_that_count_less_count_less_here(
    plant_of: Callable[..., Any], line: Callable[..., Any], moves: Callable[..., Any]
) -> None:
    """A scatter of 6 before a change of behaviour and 1 after it, where earlier periods count a fifth."""
    noise = white(1.0) * np.where(np.arange(1500) < 1000, 6.0, 1.0)
    surrogate = plant_with(plant_of, line, moves, 0.0, noise).surrogate
    response = surrogate.responses["@objective"]
    alike, less = (
        replace(surrogate, responses={"@objective": replace(response, residuals=noise, weights=weights)})
        for weights in (np.ones(1500), np.where(np.arange(1500) < 1000, 0.2, 1.0))
    )
    period = timedelta(hours=4)
    expected = np.sqrt((1000 * 0.2 * 36 + 500) / 700) / np.sqrt((1000 * 36 + 500) / 1500)
    assert trial_error(less, period) / trial_error(alike, period) == pytest.approx(expected, rel=0.05)


def test_what_is_saved_in_costs_counts_and_too_small_a_sure_change_is_not_taken_instead(
    plant_of: Callable[..., Any], line: Callable[..., Any], moves: Callable[..., Any]
) -> None:
    plant = plant_with(plant_of, line, moves, 0.5, white(2.0))
    tuned = tune(plant.sheet, plant.surrogate, n_trials=30)
    judge, error = tuned.judge, tuned.judge.trial_error
    assert judge.is_provable(0.5 * error, 1.5 * error)
    assert judge.is_provable(1.5 * error, 0.5 * error)
    assert not judge.is_provable(0.5 * error, 0.9 * error)
    found = search(judge, tuned.space, 30, 0)
    assert surest(judge, tuned.space, found, 0.9, 2.0) is not None
    judge.__dict__["trial_error"] = 1e9
    assert surest(judge, tuned.space, found, 0.9, 2.0) is None


def test_where_a_trial_may_last_a_year_smaller_gains_are_proposed(
    plant_of: Callable[..., Any], line: Callable[..., Any], moves: Callable[..., Any]
) -> None:
    """A step gives 0.6 %, known well: luck moves the result of 8 weeks by 0.76 %, of 32 of a year by half of it."""
    columns = moves(0, n=1500)
    columns |= {"recovery": 0.13 * columns["temperature"] + white(2.0)}
    plants = [plant_of(line("period: 4h", f"period: 24h\n{rules}"), columns) for rules in ("", "trial: {max_weeks: 52}")]
    season, year = (tune(plant.sheet, plant.surrogate, n_trials=30) for plant in plants)
    assert year.judge.least_shown == pytest.approx(season.judge.least_shown / 2.0)
    assert season.candidate is not None
    assert not season.proposed
    assert year.proposed
    assert year.gain.expected == pytest.approx(season.candidate.gain.expected)


@pytest.mark.parametrize(("slope", "moves_flow"), [(0.075, True), (0.01, False)])
def test_a_setting_moves_where_it_adds_one_percent(
    plant_of: Callable[..., Any], line: Callable[..., Any], moves: Callable[..., Any], slope: float, moves_flow: bool
) -> None:
    """Temperature gives 5 % in one step, flow 3 % of that, or 0.4 % of it."""
    columns = moves(0, n=1500)
    recovery = columns["temperature"] + slope * columns["flow"] + white(0.05)
    plant = plant_of(line(), columns | {"recovery": recovery})
    tuned = tune(plant.sheet, plant.surrogate, n_trials=30)
    changed = {s.name: s.proposed != s.now for s in tuned.settings}
    assert changed == {"temperature": True, "flow": moves_flow}


def test_batches_and_short_histories_have_no_such_trial(
    plant_of: Callable[..., Any], line: Callable[..., Any], moves: Callable[..., Any]
) -> None:
    plant = plant_with(plant_of, line, moves, 0.5, white(2.0))
    assert trial_error(plant.surrogate, None) is None
    assert trial_error(plant.surrogate, timedelta(days=40)) is None  # two periods are longer than four weeks
    assert trial_weeks(None, 1.0) is None
    assert trial_weeks(0.3, -1.0) is None


def test_weeks_grow_with_the_square_of_what_is_small() -> None:
    assert trial_weeks(1.0, 0.5) == pytest.approx(4.0 * trial_weeks(1.0, 1.0))


def test_a_sure_gain_that_no_trial_could_show_is_no_change(
    plant_of: Callable[..., Any], line: Callable[..., Any], moves: Callable[..., Any]
) -> None:
    """1,500 days know 0.13 % per degC well: a step of 5 degC gives 0.6 %, and 56 days of trial leave 0.76 % to luck."""
    columns = moves(0, n=1500)
    columns |= {"recovery": 0.13 * columns["temperature"] + white(2.0)}
    daily = plant_of(line("period: 4h", "period: 24h"), columns)
    tuned = tune(daily.sheet, daily.surrogate, n_trials=30)
    error = tuned.judge.trial_error
    assert error == pytest.approx(2.0 * np.sqrt(2.0 / 14.0), rel=0.15)
    assert not tuned.proposed
    assert tuned.candidate is not None
    assert 0.0 < tuned.candidate.gain.low < tuned.candidate.gain.expected < error
    assert "such a trial could not tell it from luck" in tuned.reasons[0]
    whole = tuned.judge.trial_error_unwashed()  # the sheet gives no settling time: nothing is left out of a block
    assert whole == pytest.approx(2.0 * np.sqrt(2.0 / 28.0), rel=0.15)
    gain = tuned.candidate.gain
    weeks = trial_weeks(whole, gain.expected, gain.spread / gain.expected)
    assert tuned.reasons[1].startswith(f"A randomised trial would need about {weeks:.0f} weeks to show it: more than a season")
    said = "(blocks of a day or more; nothing of them is left out, as the sheet gives neither settling time nor washout)."
    assert tuned.reasons[1].endswith(said)
    assert tuned.regimes == ()  # settings that follow the feed would promise no more
    assert len(tuned.reasons) == 2
    assert tuned.why.next_move is not None
    assert tuned.why.next_move.weeks == pytest.approx(weeks)

    quick = plant_of(line(), columns)  # the same results every 4 h: 8 weeks hold six times as many
    assert tune(quick.sheet, quick.surrogate, n_trials=30).proposed


def test_reasons_and_next_move_name_the_same_weeks_where_costs_decide(
    plant_of: Callable[..., Any], line: Callable[..., Any], moves: Callable[..., Any]
) -> None:
    """A degree gives 0.13 %, and its heat takes 0.07 % of that back: what is left is what a trial would have to show."""
    objective = 'objective: {maximize: recovery, unit: "%"}'
    costly = 'value_per_unit: 8000, costs: [{formula: "0.07*temperature", unit: EUR/h}]}'
    sheet = line(objective, f"currency: EUR\nhours_per_year: 8000\n{objective[:-1]}, {costly}")
    columns = moves(0, n=1500)
    plant = plant_of(sheet, columns | {"recovery": 0.13 * columns["temperature"] + white(2.0)})
    tuned = tune(plant.sheet, plant.surrogate, n_trials=30)
    assert tuned.candidate is not None
    assert tuned.candidate.gain.low > 0.0
    assert "after costs, but its 90 % interval" in tuned.reasons[0]
    assert tuned.why.next_move is not None
    considered = {s.name: s.proposed for s in tuned.candidate.settings}
    net = promise_of(tuned.judge, tuned.space, considered, tuned.replays)[1]
    assert 0.0 < net.high < 0.7 * tuned.candidate.gain.high
    weeks = tuned.why.next_move.weeks
    assert weeks == pytest.approx(trial_weeks(tuned.judge.trial_error_unwashed(), net.high))
    assert tuned.reasons[1] == possible_sentence(f"{number(net.high)} %-points after costs", weeks)


def test_a_trial_is_never_said_to_take_less_than_sixteen_blocks(
    plant_of: Callable[..., Any], line: Callable[..., Any], moves: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changes at 08:00 on working days alone: 16 blocks of a day take from Monday to the Tuesday three weeks later, 22 days.

    150 periods leave the gain unsure; a trial that measured it almost without error would be over in hours.
    """
    monkeypatch.setattr("workbench.tuning.judge.trial_error", lambda surrogate, period, **_: 0.001)
    columns = moves(0, n=150)
    columns |= {"recovery": 0.35 * columns["temperature"] + white(2.0, 150)}
    reasons = {}
    for rules in ("", 'trial: {start_hours: ["08:00"], weekends: false}'):
        plant = plant_of(line("settings:", f"{rules}\nsettings:"), columns)
        tuned = tune(plant.sheet, plant.surrogate, n_trials=10)
        assert tuned.candidate is not None
        assert trial_weeks(0.001, tuned.candidate.gain.expected) < 0.2
        assert tuned.why.next_move is not None
        reasons[tuned.why.next_move.weeks] = tuned.reasons[1]
    assert list(reasons) == pytest.approx([64 / 168, 22 / 7])
    about = "a randomised trial of about {}, the shortest that is planned (16 blocks), would show it."
    for said, span in zip(reasons.values(), ("1 week", "4 weeks"), strict=True):
        assert said.startswith("If the gain were at the upper end of its interval, ")
        assert said.endswith(about.format(span))


@pytest.mark.parametrize("gain", [0.0, 0.3])
def test_a_gain_that_is_not_sure_is_tried_as_large_as_it_can_be(
    plant_of: Callable[..., Any], line: Callable[..., Any], moves: Callable[..., Any], gain: float
) -> None:
    """What is expected of it is small because little is known: weeks for that would be said by the thousand, or never."""
    columns = moves(0, n=150)
    columns |= {"recovery": gain * columns["temperature"] + white(2.0, 150)}
    plant = plant_of(line(), columns)
    tuned = tune(plant.sheet, plant.surrogate, n_trials=10)
    assert tuned.candidate is not None
    promised, error = tuned.candidate.gain, tuned.judge.trial_error_unwashed()
    assert promised.low < 0.0 < promised.high
    assert tuned.why.next_move is not None
    weeks = tuned.why.next_move.weeks
    assert weeks == pytest.approx(trial_weeks(error, promised.high))
    assert tuned.reasons[1] == possible_sentence(f"{number(promised.high)} %-points", weeks)


def test_long_trials_are_said_in_years() -> None:
    assert "would need about 30 weeks to show it" in trial_sentence(30.2)
    assert "would need about 4 years to show it" in trial_sentence(200.0)
    assert "would need more than 10 years to show it" in trial_sentence(20676.0)


def test_savings_that_would_pay_alone_are_told_where_the_objective_does_not_improve(
    plant_of: Callable[..., Any], line: Callable[..., Any], moves: Callable[..., Any]
) -> None:
    """Temperature does nothing but cost: a step down saves 5 EUR/h a degree, 40,000 EUR a year at 8000 EUR a point."""
    objective = 'objective: {maximize: recovery, unit: "%"}'
    priced = f'{objective[:-1]}, value_per_unit: 8000, costs: [{{formula: "5*temperature", unit: EUR/h}}]}}'
    sheet = line(objective, f"currency: EUR\nhours_per_year: 8000\n{priced}")
    plant = plant_of(sheet, moves(0, n=400) | {"recovery": 80.0 + white(1.0, 400)})
    tuned = tune(plant.sheet, plant.surrogate, n_trials=10)
    assert not tuned.proposed
    [said] = [reason for reason in tuned.reasons if "savings in costs" in reason]
    assert said.endswith("but a promise is about recovery itself: an objective in money weighs both.")
    assert not any("savings in costs" in r for r in tune(line(), plant.surrogate, n_trials=10).reasons)
