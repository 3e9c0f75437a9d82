"""What is learned from moves: effects, their uncertainty, and noise with a memory."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.trials.basis import Basis
from workbench.trials.belief import learn_belief


def _plant(memory, seed, n=400, slope=0.5, bend=0.0, phi=0.9, sd=1.0):
    rng = np.random.default_rng(seed)
    moves = np.repeat(rng.integers(-1, 2, n // 4).astype(float), 4)[:, None]
    condition = memory(rng, n, 0.95)
    outcome = 10.0 + slope * moves[:, 0] + bend * moves[:, 0] ** 2 + condition + memory(rng, n, phi, sd)
    return moves, condition[:, None], outcome, np.ones(n, dtype=np.int64)


def test_a_slope_is_found_and_its_interval_holds(memory):
    inside = 0
    for seed in range(40):
        mean, sd = learn_belief(*_plant(memory, seed)).change(np.array([[1.0]]), np.array([0.0]))
        inside += abs(mean[0] - 0.5) <= 1.645 * sd[0]
    assert 30 <= inside <= 40  # 36 expected; binomial 99.9 % from 30 on


def test_the_top_of_a_hill_is_found(memory):
    belief = learn_belief(*_plant(memory, 1, n=800, slope=0.0, bend=-0.8, phi=0.5))
    grid = np.linspace(-1, 1, 21)[:, None]
    assert abs(float(grid[np.argmax(belief.change(grid, np.array([0.0]))[0]), 0])) <= 0.3


def test_no_effect_is_believed_to_be_small(memory):
    means = [learn_belief(*_plant(memory, s, slope=0.0)).change(np.array([[1.0]]), np.array([0.0]))[0][0] for s in range(10)]
    assert np.abs(means).mean() < 0.15


def test_forgetting_the_memory_would_be_too_sure(memory):
    """A slow disturbance and a setting that moved once: the interval must be wide."""
    rng = np.random.default_rng(5)
    n = 200
    moves = np.where(np.arange(n) < n // 2, 0.0, 1.0)[:, None]
    outcome = memory(rng, n, 0.97)
    belief = learn_belief(moves, np.empty((n, 0)), outcome, np.ones(n, dtype=np.int64))
    _, sd = belief.change(np.array([[1.0]]), np.array([0.0]))
    white = np.std(outcome) * np.sqrt(4 / n)
    assert sd[0] > 1.4 * white


def test_scatter_beside_a_level_that_drifts_is_told_from_it(memory):
    """Settings stay for 30 results: one memory for both would take the drift for their doing, and be too sure of it."""
    inside, misses = 0, []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        moves = np.repeat(rng.normal(size=14), 30)[:400, None]
        outcome = 0.3 * moves[:, 0] + memory(rng, 400, 0.99, 0.6) + 0.8 * rng.normal(size=400)
        belief = learn_belief(moves, np.empty((400, 0)), outcome, np.ones(400, dtype=np.int64))
        low, middle, high = belief.quantiles(np.array([1.0]), np.array([0.0]), [0.05, 0.5, 0.95])
        inside += low <= 0.3 <= high
        misses.append(middle - 0.3)
    assert 30 <= inside <= 40  # 36 expected; binomial 99.9 % from 30 on
    assert np.sqrt(np.mean(np.square(misses))) < 0.25  # told apart 0.13, with one memory for both 0.45


def test_draws_have_the_beliefs_mean_and_spread(memory):
    belief = learn_belief(*_plant(memory, 2))
    mean, sd = belief.change(np.array([[1.0]]), np.array([0.0]))
    rng = np.random.default_rng(0)
    draws = np.array([belief.draw(np.array([[1.0], [0.0]]), rng) for _ in range(3000)])
    apart = draws[:, 0] - draws[:, 1]
    assert apart.mean() == pytest.approx(mean[0], abs=4 * sd[0] / np.sqrt(3000))
    assert apart.std() == pytest.approx(sd[0], rel=0.1)


def test_gaps_weaken_the_memory_and_missing_conditions_count_as_the_mean(memory):
    moves, conditions, outcome, gaps = _plant(memory, 4)
    conditions[::7] = np.nan
    gaps[::10] = 50
    mean, sd = learn_belief(moves, conditions, outcome, gaps).change(np.array([[1.0]]), np.array([0.0]))
    assert abs(mean[0] - 0.5) < 3 * sd[0]


def _run(memory, seed, response, spread=2, n=720):
    """Moves of nine periods each, half a move apart, and noise of standard deviation 0.5 that remembers."""
    rng = np.random.default_rng(seed)
    moves = np.repeat(0.5 * rng.integers(-spread, spread + 1, n // 9), 9)[:, None]
    return moves, np.empty((n, 0)), response(moves[:, 0]) + memory(rng, n, 0.66, 0.5), np.ones(n, dtype=np.int64)


@pytest.mark.parametrize(("edge", "most"), [(0.0, 1.0), (0.5, 1.0), (1.0, 1.5)])
def test_a_kink_inside_or_at_the_border_is_not_denied(memory, edge, most):
    """Slope 0.8 a move up to the edge, as much down beyond; run from -1 to 1."""
    inside = 0
    for seed in range(30):
        belief = learn_belief(*_run(memory, seed, lambda x: -0.8 * np.abs(x - edge)))
        mean, sd = belief.change(np.array([[most]]), np.array([0.0]))
        inside += abs(mean[0] + 0.8 * (abs(most - edge) - edge)) <= 1.645 * sd[0]
    assert inside >= 21  # 27 expected; binomial 99.9 % from 21 on


def test_what_lies_beyond_is_the_less_sure_the_farther_it_is(memory):
    belief = learn_belief(*_run(memory, 0, lambda x: 0.8 * x))
    mean, sd = belief.change(np.array([[-2.0], [-1.5], [-1.0], [1.0], [1.5], [2.0]]), np.array([0.0]))
    assert sd[2] < sd[1] / 2.0 < sd[0] / 2.0
    assert sd[3] < sd[4] / 2.0 < sd[5] / 2.0
    assert mean[5] == pytest.approx(1.6, abs=0.3)  # the line goes on as far as anybody knows


def test_a_slower_process_than_thought_is_recognised(memory):
    """The first period after a move feels a half of it only; those who take it for all of it find the slope too small."""
    error = {True: [], False: []}
    for seed in range(10):
        moves, conditions, noise, gaps = _run(memory, seed, np.zeros_like)
        felt = moves.copy()
        felt[1:] = (moves[1:] + moves[:-1]) / 2.0
        for knows, otherwise in ((True, [felt]), (False, [])):
            belief = learn_belief(moves, conditions, felt[:, 0] + noise, gaps, otherwise=otherwise)
            error[knows].append(belief.change(np.array([[1.0]]), np.array([0.0]))[0][0] - 1.0)
    assert abs(np.mean(error[True])) < 0.05 < 0.1 < abs(np.mean(error[False]))


def test_kinks_lie_where_a_setting_was_run_and_choices_have_none():
    moves = np.column_stack([[-1.0, -0.5, 0.0, 0.1, 1.0], [0.0, 1.0, 0.0, 1.0, 0.0]])
    numeric, choice = Basis.of(moves, [None, 0]).kinks
    assert sorted((place, side) for place, side, _ in numeric) == [(-1, -1), (-0.5, -1), (0, -1), (0, 1), (1, 1)]
    assert choice == ()


def test_many_places_share_kinks():
    [kinks] = Basis.of(np.linspace(0.0, 100.0, 500)[:, None]).kinks
    places = sorted({place for place, _, _ in kinks})
    assert (len(places), places[0], places[-1]) == (14, 0.0, 100.0)


def _mixed_plant(memory, seed, north=-1.5, n=240):
    """A numeric setting, a whole number with a hill at 1, and three choices, of which the last never ran; noise of 0.6."""
    rng = np.random.default_rng(seed)
    slow, coarse = (np.repeat(rng.integers(-1, 2, n // 4).astype(float), 4) for _ in range(2))
    west = np.repeat((rng.random(n // 4) < 0.4).astype(float), 4)
    moves = np.column_stack([slow, coarse, west, np.zeros(n)])
    response = lambda m: 0.1 * m[:, 0] - 0.6 * (m[:, 1] - 1.0) ** 2 + m[:, 2] + north * m[:, 3]  # noqa: E731
    outcome = response(moves) + memory(rng, n, 0.5, 0.6)
    return (moves, np.empty((n, 0)), outcome, np.ones(n, dtype=np.int64)), response


CHOICES = (None, None, 0, 0)


def test_a_choice_that_never_ran_is_not_thought_harmless_where_other_settings_do_little(memory):
    for seed in range(5):
        learned, _ = _mixed_plant(memory, seed)
        belief = learn_belief(*learned, choices=CHOICES)
        low, high = belief.quantiles(np.array([0.0, 0.0, 0.0, 1.0]), np.zeros(4), [0.05, 0.95])
        assert (high - low) / 2.0 > 1.5  # 2.5 standard deviations of the noise


def test_a_step_of_a_whole_number_over_its_hill_is_not_denied(memory):
    """From 1 to 2, where it never was: -0.6 after +0.6 and +1.8; the other setting does little."""
    there, here = np.array([[0.0, 2.0, 0.0, 0.0]]), np.array([[0.0, 1.0, 0.0, 0.0]])
    inside = 0
    for seed in range(20):
        learned, response = _mixed_plant(memory, seed)
        belief = learn_belief(*learned, choices=CHOICES)
        low, high = belief.quantiles(there[0], here[0], [0.05, 0.95])
        inside += low <= float((response(there) - response(here))[0]) <= high
    assert inside >= 14  # 18 expected; binomial 99.8 % from 14 on


def test_each_choice_has_the_same_prior_wherever_one_counts_from():
    basis = Basis.of(np.zeros((4, 2)), [0, 0])
    widths = basis.widths(np.array([2.0]))
    steps = basis.terms(np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]))
    variances = [float(((steps[a] - steps[b]) ** 2) @ widths**2) for a, b in ((0, 1), (0, 2), (1, 2))]
    assert variances == pytest.approx([4.0, 4.0, 4.0])


def test_quantiles_hold_the_chance_that_a_move_is_better(memory):
    belief = learn_belief(*_plant(memory, 2))
    better = belief.probability_better(np.array([1.0]), np.array([0.0]))
    [nil] = belief.quantiles(np.array([1.0]), np.array([0.0]), [1.0 - better])
    assert nil == pytest.approx(0.0, abs=1e-6)
    assert belief.quantiles(np.array([1.0]), np.array([1.0]), [0.05, 0.95]) == [0.0, 0.0]


def test_a_response_that_has_turned_round_is_noticed_and_one_that_stands_still_costs_little(memory):
    """Slope 0.8 a move, from result 180 of 243 on -0.8: the newest quarter counts."""
    for seed in range(6):
        learned = _run(memory, seed, np.zeros_like, n=243)
        steady = learned[2] + 0.8 * learned[0][:, 0]
        turned = learned[2] + np.where(np.arange(243) < 180, 0.8, -0.8) * learned[0][:, 0]
        found = {}
        for name, outcome in (("steady", steady), ("turned", turned)):
            belief = learn_belief(learned[0], learned[1], outcome, learned[3])
            found[name] = belief.quantiles(np.array([1.0]), np.array([0.0]), [0.05, 0.95])
        assert found["turned"][1] < 0.3  # without older results the slope would be -0.8, with all alike +0.4
        assert 0.2 < found["steady"][0] < found["steady"][1] < 1.4
