"""Why these settings: single changes, limits that bind, fewer changes, another direction, and what it would take."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from workbench.models.surrogates.response import Response
from workbench.tuning import Tuned, tune
from workbench.tuning.choice import promise_of
from workbench.tuning.search import search
from workbench.tuning.variants import fewest_changes, second_direction
from workbench.tuning.why import _periods_near

OUTCOME = '  recovery: {unit: "%"}\n'
BINDING = OUTCOME + '  loss: {unit: "%", high: 4}\n'
OBJECTIVE = 'objective: {maximize: recovery, unit: "%"}'
COSTLY = (  # a m3/h costs 8000 EUR a year, as much as a unit of recovery is worth
    f'currency: EUR\nhours_per_year: 8000\n{OBJECTIVE[:-1]}, value_per_unit: 8000, costs: [{{formula: "flow", unit: EUR/h}}]}}'
)


@pytest.fixture(scope="module")
def tuned_with(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> Callable[..., Tuned]:
    """Recovery rises by `warm` per degC and `wet` per m3/h; loss rises with temperature alone, and is limited."""

    def make(warm: float, wet: float, *changes: str, noise: float = 0.5) -> Tuned:
        columns = moves(0)
        up, more = columns["temperature"] - 72, columns["flow"] - 15
        recovery = warm * up + wet * more + 0.4 * (columns["feed"] - 30) + memory(0, 400, sd=noise)
        extra = {"loss": 2.5 + 0.3 * up + 0.3 * memory(3, 400)} if any("loss" in c for c in changes) else {}
        plant = plant_of(line(*changes), columns | {"recovery": recovery} | extra)
        return tune(plant.sheet, plant.surrogate, n_trials=10)

    return make


def moved(lines: Any) -> set[str]:
    return {s.name for s in lines if s.proposed != s.now}


def test_each_change_alone_adds_up_where_effects_do(tuned_with: Callable[..., Tuned]) -> None:
    tuned = tuned_with(0.4, 0.8)
    assert tuned.gain is not None
    assert {c.setting for c in tuned.why.changes} == {"temperature", "flow"}
    assert [c.gain for c in tuned.why.changes] == sorted((c.gain for c in tuned.why.changes), reverse=True)
    assert sum(c.gain for c in tuned.why.changes) == pytest.approx(tuned.gain.expected, rel=0.1)
    for change in tuned.why.changes:
        assert change.low < change.gain < change.high
        assert change.periods > 0


@pytest.mark.parametrize(
    ("value", "periods"), [(-35.7, 9), (-36.0, 5), (-35.85, 9), (-31.0, 0), (-41.0, 0), (-32.0, 2), (-35.05, 9), (-34.9, 4)]
)
def test_periods_there_are_those_at_the_values_run_beside_a_proposal(value: float, periods: int) -> None:
    ran = pl.DataFrame({"dryer": [-36.0] * 5 + [-35.0] * 4 + [-32.0] * 2 + [None, -29.0]})
    setting = SimpleNamespace(max_step=2.0)
    judge = SimpleNamespace(surrogate=SimpleNamespace(frame=ran), sheet=SimpleNamespace(settings={"dryer": setting}))
    assert _periods_near(judge, "dryer", value) == periods  # type: ignore[arg-type]


def test_a_change_that_is_allowed_only_together_says_so(
    line: Callable[..., Any], plant_of: Callable[..., Any], memory: Callable[..., Any]
) -> None:
    """Loss rises with temperature and falls with flow: hotter alone breaks its limit, and hardly ever ran without more flow."""
    rng = np.random.default_rng(0)
    both = np.repeat(rng.normal(size=200), 3)
    flow = 15 + both + 0.1 * np.repeat(rng.normal(size=200), 3)
    temperature, feed = 72 + 2.5 * both + 0.25 * np.repeat(rng.normal(size=200), 3), 30 + rng.normal(size=600)
    loss = 3.0 + 0.3 * (temperature - 72) - 0.8 * (flow - 15) + 0.3 * memory(3, 600)
    recovery = 0.5 * temperature + 0.3 * flow + memory(0, 600, sd=0.3)
    columns = {"temperature": temperature, "flow": flow, "feed": feed, "recovery": recovery, "loss": loss}
    plant = plant_of(line(OUTCOME, BINDING), columns)
    tuned = tune(plant.sheet, plant.surrogate, n_trials=10)
    alone = {c.setting: c for c in tuned.why.changes}
    assert tuned.support.inside
    assert (alone["temperature"].inside, alone["temperature"].broken) == (False, ("loss",))
    assert (alone["flow"].inside, alone["flow"].broken) == (False, ())


def test_changes_that_are_allowed_alone_say_nothing(tuned_with: Callable[..., Tuned]) -> None:
    assert all(c.inside and c.broken == () for c in tuned_with(0.4, 0.8).why.changes)


def test_a_limit_that_binds_is_dear(tuned_with: Callable[..., Tuned]) -> None:
    """5 % of 4 is 0.2 more loss, two thirds of a degC, a quarter more recovery: 0.2 / 0.3 * 0.4."""
    tuned = tuned_with(0.4, 0.0, OUTCOME, BINDING)
    assert tuned.proposed
    (relaxed,) = tuned.why.relaxed
    assert (relaxed.name, relaxed.bound, relaxed.value, relaxed.relaxed) == ("loss", "high", 4.0, 4.2)
    assert relaxed.worth == pytest.approx(0.2 / 0.3 * 0.4, rel=0.35)
    assert relaxed.low is not None
    assert relaxed.high is not None
    assert relaxed.low < 0.2 / 0.3 * 0.4 < relaxed.high
    assert relaxed.high - relaxed.low < tuned.gain.high - tuned.gain.low  # type: ignore[union-attr]  a shorter way
    (effect,) = tuned.why.changes[0].limits
    assert effect.low < effect.change < effect.high
    assert effect.change > 0


def test_a_limit_is_shown_as_unsure_as_it_is_judged(tuned_with: Callable[..., Tuned], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where stretches of the history disagree more than the model says, that decides, and that is shown."""
    monkeypatch.setattr(Response, "change_sd_by_stretches", lambda self, shifts: np.full(len(shifts), 0.1))
    tuned = tuned_with(0.4, 0.0, OUTCOME, BINDING.replace("high: 4", "high: 9"))
    (check,) = tuned.judge.limits
    (change,) = tuned.why.changes
    (effect,) = change.limits
    frame = tuned.space.frame([{**tuned.space.present(), change.setting: tuned.settings[0].proposed}])
    assert check.change_sd(frame)[0] == pytest.approx(0.1)
    assert effect.high - effect.low == pytest.approx(2 * 1.645 * 0.1, rel=1e-3)


def limited(formula: str, high: float) -> tuple[str, str]:
    return OBJECTIVE, f'{OBJECTIVE}\nlimits: [{{name: total, formula: "{formula}", high: {high}, unit: "-"}}]'


@pytest.mark.parametrize("zero", [-89.0, 0.0, -88.9])
def test_an_exact_limit_over_settings_that_binds_is_dear(tuned_with: Callable[..., Tuned], zero: float) -> None:
    """Temperature and flow sum up to 89 at most: half of their spread, sqrt(2.5 ** 2 + 1) / 2, is 1 degC more, or 1 m3/h."""
    tuned = tuned_with(0.4, 0.4, *limited(f"temperature + flow + {zero}", 89 + zero))
    assert tuned.proposed
    (line,) = tuned.limits
    assert line.predicted == pytest.approx(line.value, abs=0.1)
    (relaxed,) = tuned.why.relaxed
    assert relaxed.relaxed == pytest.approx(relaxed.value + 1.0)
    assert relaxed.worth == pytest.approx(tuned.replays.promise_share * 0.4, rel=0.25)


def test_an_exact_limit_with_room_is_not_named(tuned_with: Callable[..., Tuned]) -> None:
    """Five degrees and two m3/h more than now leave more than the tried 1 to 100."""
    assert tuned_with(0.4, 0.4, *limited("temperature + flow", 100.0)).why.relaxed == ()


def test_a_limit_with_room_is_not_named(tuned_with: Callable[..., Tuned]) -> None:
    assert tuned_with(0.4, 0.0, OUTCOME, BINDING.replace("high: 4", "high: 40")).why.relaxed == ()


def test_fewest_changes_keep_nine_tenths(tuned_with: Callable[..., Tuned]) -> None:
    tuned = tuned_with(0.4, 0.07, noise=0.05)
    assert tuned.gain is not None
    fewest = tuned.why.fewest
    if moved(tuned.settings) == {"temperature"}:
        assert fewest is None
    else:
        assert fewest is not None
        assert moved(fewest.settings) == {"temperature"}
        assert fewest.gain.expected >= 0.9 * tuned.gain.expected
        assert 0.9 <= fewest.share <= 1.0


def test_fewer_changes_climb_again_at_a_limit(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> None:
    """More flow only makes room at the limit, 0.06 of the loss: without it the temperature stops 0.2 degC of some 3 earlier."""
    columns = moves(0)
    up, more = columns["temperature"] - 72, columns["flow"] - 15
    columns |= {"recovery": 0.4 * up + memory(0, 400, sd=0.1), "loss": 2.5 + 0.3 * up - 0.03 * more + 0.1 * memory(3, 400)}
    plant = plant_of(line(OUTCOME, BINDING.replace("high: 4", "high: 3.5")), columns)
    tuned = tune(plant.sheet, plant.surrogate, n_trials=10)
    assert moved(tuned.settings) == {"temperature", "flow"}
    fewest = tuned.why.fewest
    assert fewest is not None
    assert moved(fewest.settings) == {"temperature"}
    assert 0.9 <= fewest.share < 1.0
    frame = tuned.space.frame([{s.name: s.proposed for s in fewest.settings}])
    assert tuned.judge.inside(frame)[0]
    assert tuned.judge.holds(frame)[0]


def test_all_of_it_is_after_costs(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> None:
    """Flow does nothing but cost, and less of it brings more loss: down to 14 m3/h is allowed, which saves as much as a degree
    a step gains. 5 % more loss, 0.15, is 0.3 m3/h.
    """
    columns = moves(0)
    up, more = columns["temperature"] - 72, columns["flow"] - 15
    columns |= {"recovery": 0.2 * up + memory(0, 400, sd=0.1), "loss": 2.2 - 0.5 * more + 0.1 * memory(3, 400)}
    plant = plant_of(line(OUTCOME, BINDING.replace("high: 4", "high: 3"), OBJECTIVE, COSTLY), columns)
    tuned = tune(plant.sheet, plant.surrogate, n_trials=10)
    assert tuned.proposed
    share, why = tuned.replays.promise_share, tuned.why
    alone = {c.setting: c for c in why.changes}
    now, proposed = next((s.now, s.proposed) for s in tuned.settings if s.name == "flow")
    assert alone["flow"].gain == pytest.approx(0.0, abs=0.1)
    assert alone["flow"].net is not None
    assert alone["flow"].net.expected == pytest.approx(share * (now - proposed), abs=0.1)
    assert alone["temperature"].net is not None
    assert alone["temperature"].net.expected == pytest.approx(alone["temperature"].gain, abs=1e-6)
    assert [c.setting for c in why.changes] == ["flow", "temperature"]
    assert why.fewest is None
    (relaxed,) = why.relaxed
    assert relaxed.worth == pytest.approx(share * 0.3, rel=0.25)
    if why.second is not None:
        assert why.second.net is not None


def test_without_costs_nothing_is_said_of_them(tuned_with: Callable[..., Tuned]) -> None:
    why = tuned_with(0.6, 0.4).why
    assert why.second is not None
    assert [c.net for c in why.changes] + [why.second.net] == [None] * 3


def test_no_change_can_be_spared_where_both_matter(tuned_with: Callable[..., Tuned]) -> None:
    assert tuned_with(0.4, 0.8).why.fewest is None


def test_another_way_goes_without_the_dearest_setting(tuned_with: Callable[..., Tuned]) -> None:
    """Both up is the best way, 3 by temperature and 0.8 by flow: whoever leaves the temperature alone gains by flow."""
    tuned = tuned_with(0.6, 0.4)
    second = tuned.why.second
    assert second is not None
    assert moved(second.settings) == {"flow"}
    assert tuned.gain is not None
    assert second.gain.expected < tuned.gain.expected
    assert 0.0 < second.share < 0.5
    for s in second.settings:
        assert s.low <= s.proposed <= s.high
        assert abs(s.proposed - s.now) <= s.max_step + 1e-9


def test_another_way_moves_nothing_that_does_nothing(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> None:
    """Air does nothing: it only turned the proposal's direction, which went on almost whole."""
    columns = moves(0)
    recovery = 0.6 * (columns["temperature"] - 72) + 0.4 * (columns["flow"] - 15) + memory(0, 400, sd=0.5)
    air = moves(5)["flow"] - 10
    settings = "  flow: {unit: m3/h, low: 10, high: 20, max_step: 2}\n"
    plant = plant_of(
        line(settings, settings + "  air: {unit: m3/h, low: 0, high: 10, max_step: 2}\n"),
        columns | {"air": air, "recovery": recovery},
    )
    second = tune(plant.sheet, plant.surrogate, n_trials=10).why.second
    assert second is not None
    assert moved(second.settings) == {"flow"}


@pytest.mark.parametrize(("warm", "wet"), [(0.6, 0.4), (0.4, 0.03)])
def test_what_no_trial_could_show_is_no_other_way(tuned_with: Callable[..., Tuned], warm: float, wet: float) -> None:
    """The proposal stays provable; what else could be done gains less, and a trial leaves as much to luck as lies between."""
    tuned = tuned_with(warm, wet, noise=0.05)
    judge, space = tuned.judge, tuned.space
    best = {s.name: s.proposed for s in tuned.settings}
    everything = {d.name: d.high for d in space.dimensions}

    def promise(settings: Any) -> Any:
        return promise_of(judge, space, settings, tuned.replays)

    def lines(settings: Any) -> Any:
        return tuple(s.model_copy(update={"proposed": settings[s.name]}) for s in tuned.settings)

    explored = search(judge, space, 10, 0).explored
    second = second_direction(judge, space, explored, best, promise, lines)
    assert second is not None
    judge.__dict__["trial_error"] = second.gain.expected * 1.001
    assert second_direction(judge, space, explored, best, promise, lines) is None

    judge.__dict__["trial_error"] = 0.0
    fewest = fewest_changes(judge, space, everything, promise, lines)
    assert (fewest is None) == (wet > 0.1)
    if fewest is not None:
        assert moved(fewest.settings) == {"temperature"}
        judge.__dict__["trial_error"] = fewest.gain.expected * 1.001
        assert fewest_changes(judge, space, everything, promise, lines) is None


def test_where_nothing_is_proposed_it_says_what_it_would_take(tuned_with: Callable[..., Tuned]) -> None:
    tuned = tuned_with(0.0, 0.0, noise=2.0)
    assert not tuned.proposed
    step = tuned.why.next_move
    assert step is not None
    assert step.setting in {"temperature", "flow"}
    assert step.worth is not None
    assert step.worth > 0
    now = {s.name: s.now for s in tuned.settings}
    assert step.to != now[step.setting]
    assert tuned.why.fewest is None
    assert tuned.why.second is None


def test_a_result_that_is_rare_is_asked_for(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> None:
    columns = moves(1)
    recovery = [v if i % 4 == 0 else None for i, v in enumerate(memory(1, 400, sd=2.0).tolist())]
    plant = plant_of(line(), columns | {"recovery": recovery})
    tuned = tune(plant.sheet, plant.surrogate, n_trials=3)
    assert tuned.why.next_move is not None
    assert tuned.why.next_move.measure == "recovery"
    assert tuned.why.next_move.why == "the objective needs recovery, which has a result in only 25 % of periods"


def test_same_inputs_same_explanation(tuned_with: Callable[..., Tuned]) -> None:
    assert tuned_with(0.4, 0.8).why == tuned_with(0.4, 0.8).why
    assert np.isfinite([c.gain for c in tuned_with(0.4, 0.8).why.changes]).all()
