from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from workbench.models.surrogates.basis import KINDS, Kind
from workbench.models.surrogates.skill import forward_skill, learn


@pytest.mark.parametrize("kind", KINDS)
def test_skill_is_near_one_without_noise(kind: Kind, made: Callable[..., Any]) -> None:
    plant = made(noise=0.0)
    assert forward_skill(plant.sheet, plant.history, kind) > 0.98


@pytest.mark.parametrize("kind", KINDS)
def test_skill_is_the_share_of_variance_that_can_be_told(kind: Kind, made: Callable[..., Any]) -> None:
    plant = made(noise=2.0, n=800)
    told = plant.truth.var()
    assert forward_skill(plant.sheet, plant.history, kind) == pytest.approx(told / (told + 4.0), abs=0.1)


@pytest.mark.parametrize("kind", KINDS)
def test_skill_on_pure_noise_is_about_zero(kind: Kind, made: Callable[..., Any]) -> None:
    skills = []
    for seed in range(3):
        plant = made(seed=seed, noise=1.0)
        noise = plant.history.frame["recovery"].to_numpy() - plant.truth
        frame = plant.history.frame.with_columns(recovery=noise, **{"@objective": noise})
        history = type(plant.history)(**{**vars(plant.history), "frame": frame})
        skills.append(forward_skill(plant.sheet, history, kind))
    assert min(skills) > -0.2
    assert max(skills) < 0.05


def test_too_little_history_has_no_skill(made: Callable[..., Any]) -> None:
    plant = made(n=39)
    assert forward_skill(plant.sheet, plant.history, "quadratic") == 0.0


def test_future_is_not_used(made: Callable[..., Any]) -> None:
    """Settings mean nothing in the first 80 % and everything after: nobody can forecast that from the past."""
    plant = made(n=500, noise=1.0)
    rng = np.random.default_rng(9)
    recovery = np.where(np.arange(500) < 400, rng.normal(size=500), plant.history.frame["temperature"].to_numpy() - 72)
    frame = plant.history.frame.with_columns(recovery=recovery, **{"@objective": recovery})
    history = type(plant.history)(**{**vars(plant.history), "frame": frame})
    assert forward_skill(plant.sheet, history, "quadratic") < 0.1


def test_learn_returns_the_better_kind(made: Callable[..., Any]) -> None:
    plant = made()
    surrogate, skill = learn(plant.sheet, plant.history)
    assert skill == forward_skill(plant.sheet, plant.history, surrogate.kind)
    assert skill >= max(forward_skill(plant.sheet, plant.history, kind) for kind in KINDS) - 0.02
