from __future__ import annotations

import numpy as np
import pytest

from workbench.models.surrogates.basis import LINEAR_C, LINEAR_S, SLOW
from workbench.models.surrogates.change import find_change
from workbench.models.surrogates.time import slow_columns

N = 600


def plant(seed: int, effects: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """White rows, intercept first: three settings, a condition, drift; `effects` a row a period."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(N, 4))
    slow = slow_columns(np.arange(float(N)), N, None)
    groups = np.array([LINEAR_S] * 3 + [LINEAR_C] + [SLOW] * slow.shape[1])
    target = (x * effects).sum(axis=1) + rng.normal(size=N)
    return np.concatenate([np.ones((N, 1)), x, slow], axis=1), target, groups


def steady() -> np.ndarray:
    return np.tile([0.5, -0.3, 0.0, 0.4], (N, 1))


@pytest.mark.parametrize("share", [0.35, 0.55, 0.75])
@pytest.mark.parametrize("seed", range(3))
def test_injected_change_is_found_at_its_place(share: float, seed: int) -> None:
    effects = steady()
    effects[int(N * share) :, :2] *= -1.0
    found = find_change(*plant(seed, effects))
    assert found is not None
    assert abs(found - N * share) <= 0.1 * N


def test_no_change_on_steady_plants() -> None:
    # were one plant in a hundred called changed, more than 3 of 60 would happen once in 300 times
    assert sum(find_change(*plant(seed, steady())) is not None for seed in range(60)) <= 3


def test_shift_of_level_alone_is_drift() -> None:
    found = []
    for seed in range(10):
        rows, target, groups = plant(seed, steady())
        found.append(find_change(rows, target + np.linspace(-1.0, 1.0, N), groups))
    assert sum(place is not None for place in found) <= 1


def test_more_scatter_is_no_change() -> None:
    # rejects scatter more where they are many: the same effects, told less well
    found = []
    for seed in range(10):
        rows, target, groups = plant(seed, steady())
        scatter = np.random.default_rng(100 + seed).normal(size=N)
        found.append(find_change(rows, target + np.where(np.arange(N) < 0.65 * N, 0.0, 1.5) * scatter, groups))
    assert sum(place is not None for place in found) == 0


def test_change_is_found_beside_more_scatter() -> None:
    effects = steady()
    effects[int(0.55 * N) :, :2] *= -1.0
    for seed in range(3):
        rows, target, groups = plant(seed, effects)
        scatter = np.random.default_rng(100 + seed).normal(size=N)
        found = find_change(rows, target + np.where(np.arange(N) < 0.55 * N, 0.0, 1.0) * scatter, groups)
        assert found is not None
        assert abs(found - 0.55 * N) <= 0.1 * N


def test_short_histories_have_no_change() -> None:
    effects = steady()
    effects[50:, :2] *= -1.0
    rows, target, groups = plant(0, effects)
    assert find_change(rows[:100], target[:100], groups) is None
