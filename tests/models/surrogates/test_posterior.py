from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from workbench.models.surrogates.basis import BEND_S, CROSS_SC, CROSS_SS, CURVE_S, DRIFT_S, LINEAR_C, LINEAR_S
from workbench.models.surrogates.evidence import FLAT, EvidenceFit, Moments, fit_by_evidence
from workbench.models.surrogates.posterior import (
    BEND_SHARES,
    BENDS_ALIKE,
    CONDITION_SHARES,
    CROSS_SHARES,
    PAID_BACK,
    PAID_BACK_SD,
    PRIOR_NO_EFFECT,
    RETURNS,
    WIDTH_NONE,
    WIDTHS,
    SettingsPosterior,
)

GROUPS = np.array([FLAT, LINEAR_S, LINEAR_S, BEND_S, CROSS_SS, CROSS_SC, BEND_S, CURVE_S, LINEAR_C, LINEAR_C])
IS_SETTING = np.array([False, *7 * [True], False, False])


def case(seed: int, n: int, effect: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Design, target and weights; conditions drive the settings a little, as operators do."""
    rng = np.random.default_rng(seed)
    c = rng.normal(size=(n, 2))
    s = rng.normal(size=(n, 7)) + 0.5 * c[:, :1]
    design = np.concatenate([np.ones((n, 1)), s, c], axis=1)
    target = effect * (0.8 * s[:, 0] - 0.4 * s[:, 1] + 0.2 * s[:, 2]) + 0.5 * c[:, 0] + rng.normal(size=n)
    return design, target - target.mean(), np.where(np.arange(n) < n // 3, 0.2, 1.0)


def prepared(
    design: np.ndarray, target: np.ndarray, weights: np.ndarray, leeway: np.ndarray | None = None
) -> tuple[SettingsPosterior, np.ndarray, np.ndarray]:
    fit = fit_by_evidence(Moments.of(design, target, weights), GROUPS)
    posterior = SettingsPosterior.of(design, weights, GROUPS, fit, leeway)
    return posterior, posterior.cleaned.T @ (weights * target), np.maximum(fit.precision, 1e-9)


def grid(leeway: np.ndarray) -> list[tuple[np.ndarray, float]]:
    """Prior covariance of the settings' terms and the prior belief in it, written out from the module's constants."""
    alike = np.eye(7)
    alike[2, 5] = alike[5, 2] = BENDS_ALIKE  # the two squares
    combinations = list(product(WIDTHS, BEND_SHARES, CROSS_SHARES, CONDITION_SHARES))
    points = [(np.full(7, WIDTH_NONE), PRIOR_NO_EFFECT)]
    for w, bend, pair, with_condition in combinations:
        widths = w * np.array([1, 1, bend, pair, with_condition, bend, bend**2])
        points.append((widths, (1 - PRIOR_NO_EFFECT) / len(combinations)))
    return [(np.diag(w * leeway) @ alike @ np.diag(w * leeway), belief) for w, belief in points]


def directly(
    design: np.ndarray, target: np.ndarray, weights: np.ndarray, precision: np.ndarray, noise: float, leeway: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, covariance and grid weights from the whole regression at every grid point, nothing taken out beforehand."""
    gram, cross = (design * weights[:, None]).T @ design / noise, (design * weights[:, None]).T @ target / noise
    means, covariances, logs = [], [], []
    for prior, belief in grid(leeway):
        p = np.diag(precision)
        p[np.ix_(IS_SETTING, IS_SETTING)] = np.linalg.inv(prior)
        covariance = np.linalg.inv(gram + p)
        mean = covariance @ cross
        determinants = np.linalg.slogdet(covariance)[1] - np.linalg.slogdet(prior)[1]
        logs.append(np.log(belief) + 0.5 * (determinants + cross @ covariance @ cross))
        means.append(mean[IS_SETTING])
        covariances.append(covariance[np.ix_(IS_SETTING, IS_SETTING)])
    w = np.exp(np.array(logs) - max(logs))
    w /= w.sum()
    mean = w @ np.array(means)
    apart = np.array(means) - mean
    return mean, np.tensordot(w, np.array(covariances), axes=1) + (apart * w[:, None]).T @ apart, w


@pytest.mark.parametrize("leeway", [None, [3.0, 0.5, 3.0, 1.2, 1.7, 0.5, 3.0]], ids=["alike", "each its own"])
@pytest.mark.parametrize("effect", [0.0, 0.15, 1.0])
def test_equals_the_whole_regression_averaged_over_the_grid(effect: float, leeway: list[float] | None) -> None:
    design, target, weights = case(0, 60, effect)
    room = np.ones(7) if leeway is None else np.array(leeway)
    posterior, pull, precision = prepared(design, target, weights, None if leeway is None else room)
    mean, covariance, belief = directly(design, target, weights, precision, posterior.noise_variance, room)
    means, grid_weights = posterior.means(pull[:, None])
    assert posterior.terms.tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert means[:, 0] == pytest.approx(mean, rel=1e-6, abs=1e-9)
    assert grid_weights[:, 0] == pytest.approx(belief, rel=1e-5, abs=1e-9)
    assert posterior.covariance(pull) == pytest.approx(covariance, rel=1e-6, abs=1e-10)


SQUARES = np.array([FLAT, *4 * [BEND_S], LINEAR_S, CURVE_S])


def squares(
    seed: int, known: float, leeway: np.ndarray | None = None, fourth: float = 0.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Posterior mean of four squares, a line and a curve, with the rows and outcome that tell them; noise of variance 1.

    Three squares do -0.5, -0.3 and -0.4 in rows of spread 1; the `fourth`, and a line and a curve that do nothing, have rows of
    spread `known`.
    """
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(80, 6)) * np.array([1.0, 1.0, 1.0, known, known, known])
    rows -= rows.mean(axis=0)
    target = rows[:, :4] @ [-0.5, -0.3, -0.4, fourth] + rng.normal(size=80)
    target -= target.mean()
    fit = EvidenceFit(np.zeros(7), 1.0, np.ones(7), 0.0)
    posterior = SettingsPosterior.of(np.insert(rows, 0, 1.0, axis=1), np.ones(80), SQUARES, fit, leeway)
    return posterior.means((posterior.cleaned.T @ target)[:, None])[0][:, 0], rows, target


@pytest.mark.parametrize("known", [0.0, 0.05, 0.3, 1.0])
def test_a_square_that_is_poorly_known_follows_the_others(known: float) -> None:
    """Against the normal distribution of outcome and coefficients together, which takes no inverse of the prior."""
    mean, rows, target = squares(0, known)
    r = BENDS_ALIKE
    alike = np.array(
        [[1, r, r, r, 0, 0], [r, 1, r, r, 0, 0], [r, r, 1, r, 0, 0], [r, r, r, 1, 0, 0], [0, 0, 0, 0, 1, 0], [0, 0, 0, 0, 0, 1]]
    )
    points = [(np.full(6, WIDTH_NONE), PRIOR_NO_EFFECT)]
    for w, bend in product(WIDTHS, BEND_SHARES):  # without products their shares do not matter
        points.append((w * np.array([*4 * [bend], 1.0, bend**2]), (1 - PRIOR_NO_EFFECT) / (len(WIDTHS) * len(BEND_SHARES))))
    beliefs, means = [], []
    for widths, belief in points:
        prior = np.outer(widths, widths) * alike
        outcome = rows @ prior @ rows.T + np.eye(80)
        beliefs.append(np.log(belief) - 0.5 * (np.linalg.slogdet(outcome)[1] + target @ np.linalg.solve(outcome, target)))
        means.append(prior @ rows.T @ np.linalg.solve(outcome, target))
    w = np.exp(np.array(beliefs) - max(beliefs))
    assert mean == pytest.approx(w @ np.array(means) / w.sum(), rel=1e-6, abs=1e-9)


def test_the_others_tell_its_sign_until_data_do() -> None:
    for seed in range(20):
        assert squares(seed, 0.05)[0][3] < -0.05
        assert squares(seed, 1.0, fourth=0.6)[0][3] > 0.05


def test_a_square_that_nothing_tells_lies_where_the_others_say() -> None:
    """By hand: of four with correlation r, one given three is r / (1 + 2 r) of their sum: a quarter at r = 0.5."""
    told = BENDS_ALIKE / (1 + 2 * BENDS_ALIKE)
    mean, _, _ = squares(1, 0.0)
    assert (mean[:3] < 0).all()
    assert mean[3] == pytest.approx(told * mean[:3].sum())
    assert mean[4:] == pytest.approx(0.0, abs=1e-12)  # neither its line nor its curve takes anything over
    leeway = np.array([3.0, 0.5, 1.0, 2.0, 1.0, 1.0])
    mean, _, _ = squares(1, 0.0, leeway)
    assert mean[3] == pytest.approx(2.0 * told * (mean[:3] / leeway[:3]).sum())


def test_many_targets_at_once_are_each_alone() -> None:
    design, target, weights = case(1, 80, 0.3)
    posterior, pull, _ = prepared(design, target, weights)
    pulls = np.stack([pull, -2 * pull, 0 * pull], axis=1)
    means, grid_weights = posterior.means(pulls)
    for i in range(3):
        assert means[:, i] == pytest.approx(posterior.means(pulls[:, [i]])[0][:, 0])
    shifts = np.array([[1.0, 0, 0, 0, 0, 0, 0], [0.5, -1, 0.2, 0, 0.1, -0.3, 0.4], [0, 1, 1, 1, 1, 1, 1]])
    changes, sd = posterior.changes(shifts, pulls)
    assert changes == pytest.approx(shifts @ means, rel=1e-4, abs=1e-6)
    for i, d in enumerate(shifts):
        for k in range(3):
            assert sd[i, k] ** 2 == pytest.approx(d @ posterior.covariance(pulls[:, k]) @ d, rel=1e-3)
    assert grid_weights.sum(axis=0) == pytest.approx(1.0)
    assert means[:, 2] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(("effect", "is_less"), [(0.0, True), (0.3, False), (1.0, True)])
def test_what_one_target_makes_next_to_impossible_is_not_missed(effect: float, is_less: bool) -> None:
    """Also where a part of the rows counts for nothing, and the target of that part would have said something else."""
    design, target, weights = case(3, 240, effect)
    target[:80] += 2.0 * design[:80, 2]
    weights = np.where(np.arange(240) < 80, 0.0, weights)
    whole, pull, _ = prepared(design, target, weights)
    fit = fit_by_evidence(Moments.of(design, target, weights), GROUPS)
    some = SettingsPosterior.of(design, weights, GROUPS, fit, target=target)
    assert (len(some.log_weights) < len(whole.log_weights)) == is_less
    assert some.means(pull[:, None])[0] == pytest.approx(whole.means(pull[:, None])[0], abs=1e-4)
    assert some.covariance(pull) == pytest.approx(whole.covariance(pull), rel=1e-2, abs=1e-6)


def test_placebo_data_say_almost_nothing() -> None:
    sizes, beliefs = [], []
    for seed in range(30):
        design, target, weights = case(seed, 300, 0.0)
        posterior, pull, _ = prepared(design, target, weights)
        means, grid_weights = posterior.means(pull[:, None])
        sizes.append(float(np.sqrt(np.mean(means**2))))
        beliefs.append(float(grid_weights[0, 0]))
    assert np.mean(beliefs) > PRIOR_NO_EFFECT
    # least squares on 220 effective rows is off by 1/sqrt(220) = 0.067 a coefficient
    assert np.mean(sizes) < 0.067 / 3


def test_strong_effects_are_believed() -> None:
    design, target, weights = case(3, 600, 1.0)
    posterior, pull, _ = prepared(design, target, weights)
    means, grid_weights = posterior.means(pull[:, None])
    assert means[:3, 0] == pytest.approx([0.8, -0.4, 0.2], abs=0.15)
    assert grid_weights[0, 0] < 1e-6


DRIFTING = np.array([FLAT, LINEAR_S, LINEAR_S, BEND_S, DRIFT_S, DRIFT_S, LINEAR_C])
DRIFT_WIDTHS = np.array([0.3, 0.5])


def drifting(seed: int, turn: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Design, target, weights and ends: two lines that drift and a square that does not; the first line turns by `turn`."""
    rng = np.random.default_rng(seed)
    lines, feed = rng.normal(size=(90, 2)), rng.normal(size=(90, 1))
    wave = np.cos(np.pi * (1 - (np.arange(90) + 0.5) / 90)) - 1
    design = np.concatenate([np.ones((90, 1)), lines, lines[:, :1] ** 2 - 1, lines * wave[:, None], feed], axis=1)
    target = design @ [0.0, 0.4 + turn, -0.3, 0.1, turn, 0.0, 0.5] + rng.normal(size=90)
    ends = np.zeros((7, 7))
    ends[1, 4], ends[2, 5] = 1.0, 0.8  # the wave's mean is -1; the other term is scaled
    return design, target, np.where(np.arange(90) < 30, 0.2, 1.0), ends


@pytest.mark.parametrize(
    ("turn", "bends", "charged"),
    [(0.0, 0.0, 0.0), (0.6, 0.0, 0.0), (0.6, -1.0, 0.0), (0.0, 1.0, 0.0), (0.0, -1.0, 0.3), (0.6, 1.0, -0.2), (0.0, 0.0, 0.3)],
)
def test_the_end_is_the_middle_and_the_drift_together(turn: float, bends: float, charged: float) -> None:
    """Against the normal distribution of outcome, middle and drift together, which takes no inverse and changes no variables.

    The outcome is settings x middle + (drift columns + settings x ends) x drift + the rest, and the effect at the end
    middle + ends x drift; what is believed beforehand is believed of middle and drift, each by itself. A square
    may be expected on one side of 0, and what a formula charges for settings to come back in part, all by one share.
    """
    design, target, weights, ends = drifting(0, turn)
    fit = EvidenceFit(np.zeros(7), 0.9, np.array([1.0, 1.0, 1.0, 1.0, *DRIFT_WIDTHS**-2.0, 4.0]), 0.0)
    stated = np.array([0.0, -charged, 0.5 * charged, 0.0, 0.0, 0.0, 0.0])
    posterior = SettingsPosterior.of(design, weights, DRIFTING, fit, ends=ends, bends=bends, stated=stated)
    pull = posterior.cleaned.T @ (weights * target)
    settings, rest, e = design[:, 1:4], design[:, [0, 6]], ends[1:4, 4:6]
    drift = design[:, 4:6] + settings @ e
    noise = rest @ np.diag([1.0, 1 / 4]) @ rest.T + np.diag(0.9 / weights)
    points = [(np.full(3, WIDTH_NONE), np.full(2, WIDTH_NONE), PRIOR_NO_EFFECT)]
    n_pairs = len(WIDTHS) * len(BEND_SHARES)
    for w, bend in product(WIDTHS, BEND_SHARES):
        points.append((w * np.array([1.0, 1.0, bend]), DRIFT_WIDTHS, (1 - PRIOR_NO_EFFECT) / n_pairs))
    beliefs, means, covariances = [], [], []
    for widths, of_drift, belief in points:
        back, back_sd = (1.0, 0.0) if widths[0] == WIDTH_NONE else (PAID_BACK, PAID_BACK_SD)
        back, back_sd = (back, back_sd) if bends else (0.0, 0.0)  # no objective: nobody pays for it to rise or fall
        middle = np.diag(widths**2) + back_sd**2 * np.outer(stated[1:4], stated[1:4])
        drifted = np.diag(of_drift**2)
        outcome = settings @ middle @ settings.T + drift @ drifted @ drift.T + noise
        at_end = middle @ settings.T + e @ drifted @ drift.T  # covariance of the effects at the end with the outcome
        expected = np.array([0.0, 0.0, bends * RETURNS * widths[2]]) - back * stated[1:4]
        left = target - settings @ expected
        beliefs.append(np.log(belief) - 0.5 * (np.linalg.slogdet(outcome)[1] + left @ np.linalg.solve(outcome, left)))
        means.append(expected + at_end @ np.linalg.solve(outcome, left))
        covariances.append(middle + e @ drifted @ e.T - at_end @ np.linalg.solve(outcome, at_end.T))
    w = np.exp(np.array(beliefs) - max(beliefs))
    w /= w.sum()
    mean = w @ np.array(means)
    apart = np.array(means) - mean
    covariance = np.tensordot(w, np.array(covariances), axes=1) + (apart * w[:, None]).T @ apart
    found, grid_weights = posterior.means(pull[:, None])
    assert np.array(covariances).shape == (1 + n_pairs, 3, 3)
    by_pair = grid_weights[:, 0][1:].reshape(n_pairs, -1).sum(axis=1)  # without products their shares do not matter
    assert found[:3, 0] == pytest.approx(mean, rel=1e-6, abs=1e-9)
    assert by_pair == pytest.approx(w[1:], rel=1e-5, abs=1e-9)
    assert posterior.covariance(pull) == pytest.approx(covariance, rel=1e-6, abs=1e-10)
    moves = np.array([[1.0, 0.0, 0.0], [0.5, -1.0, 0.3]])
    changes, sd = posterior.changes(moves, pull[:, None])
    assert changes[:, 0] == pytest.approx(moves @ mean, rel=1e-4)
    assert sd[:, 0] ** 2 == pytest.approx(np.einsum("ij,jk,ik->i", moves, covariance, moves), rel=1e-3)


def test_without_data_the_end_is_less_sure_than_the_middle() -> None:
    """By hand: a line of width w, and 0.8 of a drift of width 0.5: w^2 + 0.16; where nothing acts, nothing drifts."""
    groups = np.array([FLAT, LINEAR_S, DRIFT_S])
    ends = np.zeros((3, 3))
    ends[1, 2] = 0.8
    fit = EvidenceFit(np.zeros(3), 1.0, np.array([1.0, 1.0, 4.0]), 0.0)
    posterior = SettingsPosterior.of(np.ones((10, 3)), np.zeros(10), groups, fit, ends=ends)
    of_line = posterior.of_terms[:, 0, 0]
    assert of_line[0] == pytest.approx(1.64 * WIDTH_NONE**2)
    assert of_line[1:] == pytest.approx(np.repeat(np.square(WIDTHS) + 0.16, (len(of_line) - 1) // len(WIDTHS)))
    assert posterior.covariances.shape[1:] == (2, 2)


def test_without_data_half_of_what_is_paid_comes_back_and_all_where_nothing_acts() -> None:
    """By hand: 0.7 of the belief on half of 0.4, 0.3 on all of it."""
    groups = np.array([FLAT, LINEAR_S, LINEAR_S])
    fit = EvidenceFit(np.zeros(3), 1.0, np.ones(3), 0.0)
    posterior = SettingsPosterior.of(np.ones((10, 3)), np.zeros(10), groups, fit, bends=-1.0, stated=np.array([0.0, -0.4, 0.0]))
    mean = posterior.means(np.zeros((2, 1)))[0][:, 0]
    assert (PAID_BACK, PRIOR_NO_EFFECT) == (0.5, 0.3)
    assert mean == pytest.approx([0.7 * 0.2 + 0.3 * 0.4, 0.0], abs=1e-6)
    wide = posterior.of_terms[-1]  # of the widest lines
    assert wide == pytest.approx(np.diag([0.64**2 + (PAID_BACK_SD * 0.4) ** 2, 0.64**2]), abs=1e-9)


def test_products_that_are_known_already_tell_the_same() -> None:
    """Those of all rows less those of a stretch left out, as the jackknife has them."""
    design, target, weights = case(5, 240, 1.0)
    left = np.where(np.arange(240) // 20 == 4, 0.0, weights)
    stretch = design[80:100]
    known = (design.T * weights) @ design - (stretch.T * weights[80:100]) @ stretch
    fit = fit_by_evidence(Moments.of(design, target, weights), GROUPS)
    plain = SettingsPosterior.of(design, left, GROUPS, fit)
    quick = SettingsPosterior.of(design, left, GROUPS, fit, gram=known)
    assert quick.cleaned == pytest.approx(plain.cleaned, abs=1e-10)
    assert quick.covariances == pytest.approx(plain.covariances, rel=1e-9, abs=1e-14)
    pull = (plain.cleaned.T @ (left * target))[:, None]
    assert quick.means(pull)[0] == pytest.approx(plain.means(pull)[0], rel=1e-9, abs=1e-12)
