"""What the conditions foretell: weights from the past, never from the stretch that they foretell."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.trial_records import PROGNOSIS
from workbench.trials.past import Past
from workbench.trials.prognosis import N_STRETCHES, prognosis_of


def conditions(n: int = 400, k: int = 2, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(5.0, 2.0, size=(n, k))


def past(outcome: np.ndarray, covariates: np.ndarray) -> Past:
    return Past(outcome, covariates, tuple("abcdefgh"[: covariates.shape[1]]), 24.0)


def test_weights_are_what_each_condition_does():
    x = conditions()
    prognosis = prognosis_of(past(100.0 + 2.0 * x[:, 0] - 3.0 * x[:, 1], x))
    assert prognosis is not None
    assert prognosis.weights == pytest.approx({"a": 2.0, "b": -3.0})
    assert prognosis.past.names == (PROGNOSIS,)
    centred = x - x.mean(axis=0)
    assert prognosis.past.covariates[:, 0] == pytest.approx(2.0 * centred[:, 0] - 3.0 * centred[:, 1])


def test_a_stretch_is_foretold_by_the_others_alone():
    """In the first stretch everything is the other way round: what is foretold there follows the seven others."""
    x = conditions()
    stretch = np.arange(len(x) // N_STRETCHES)
    outcome = 2.0 * x[:, 0] - 3.0 * x[:, 1]
    outcome[stretch] *= -1.0
    prognosis = prognosis_of(past(outcome, x))
    assert prognosis is not None
    centred = (x - x.mean(axis=0))[stretch]
    assert prognosis.past.covariates[stretch, 0] == pytest.approx(2.0 * centred[:, 0] - 3.0 * centred[:, 1])
    assert abs(prognosis.weights["a"]) < 2.0


def test_weights_that_differ_make_no_steps_between_stretches():
    """Conditions far from zero: weights of other stretches differ a little, what they foretell on average does not."""
    x = 1000.0 + conditions()
    prognosis = prognosis_of(past(x.sum(axis=1) + np.random.default_rng(1).normal(0.0, 5.0, len(x)), x))
    assert prognosis is not None
    error = prognosis.past.covariates[:, 0] - (x - x.mean(axis=0)).sum(axis=1)
    assert max(abs(stretch.mean()) for stretch in np.array_split(error, N_STRETCHES)) < 1.0


def test_what_is_not_known_foretells_nothing_and_teaches_nothing():
    x = conditions()
    outcome = 2.0 * x[:, 0] - 3.0 * x[:, 1]
    outcome[10] = np.nan
    x[20, 0] = np.nan
    prognosis = prognosis_of(past(outcome, x))
    assert prognosis is not None
    centre = np.delete(x, [10, 20], axis=0).mean(axis=0)
    assert prognosis.past.covariates[20, 0] == pytest.approx(-3.0 * (x[20, 1] - centre[1]))
    assert prognosis.past.covariates[10, 0] == pytest.approx(2.0 * (x[10, 0] - centre[0]) - 3.0 * (x[10, 1] - centre[1]))
    assert prognosis.weights == pytest.approx({"a": 2.0, "b": -3.0})


def test_results_of_one_part_of_the_past_alone_teach_weights_too():
    """An analyser that came late: the stretches hold as many results each, wherever those lie."""
    x = conditions(4000)
    outcome = 2.0 * x[:, 0] - 3.0 * x[:, 1]
    outcome[:3700] = np.nan
    prognosis = prognosis_of(past(outcome, x))
    assert prognosis is not None
    assert prognosis.weights == pytest.approx({"a": 2.0, "b": -3.0})
    assert np.isfinite(prognosis.past.covariates).all()


def test_copies_share_a_weight_and_what_stands_still_has_none():
    x = conditions()
    x = np.column_stack([x[:, 0], x[:, 0], np.full(len(x), 7.0)])
    prognosis = prognosis_of(past(2.0 * x[:, 0], x))
    assert prognosis is not None
    assert prognosis.weights == pytest.approx({"a": 1.0, "b": 1.0, "c": 0.0})


@pytest.mark.parametrize(("n", "k"), [(400, 1), (40, 2)])
def test_one_condition_or_a_short_past_needs_no_weights(n, k):
    x = conditions(n, k)
    assert prognosis_of(past(x.sum(axis=1), x)) is None
