from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from workbench.models.surrogates.skill import Skill, forward_skill, learn, skill_findings
from workbench.models.surrogates.surrogate import fit_surrogate
from workbench.plant import read_sheet

DRIFTING = """\
name: drifting
period: 4h
timezone: UTC
settings:
  x: {low: -5, high: 5, max_step: 1}
outcomes:
  y: {unit: "%"}
objective: {maximize: y, unit: "%"}
"""


def test_skill_is_near_one_without_noise(made: Callable[..., Any]) -> None:
    plant = made(noise=0.0)
    assert forward_skill(plant.sheet, plant.history).model > 0.98


def test_skill_is_the_share_of_variance_that_can_be_told(made: Callable[..., Any]) -> None:
    plant = made(noise=2.0, n=800)
    told = plant.truth.var()
    assert forward_skill(plant.sheet, plant.history).model == pytest.approx(told / (told + 4.0), abs=0.1)


def test_skill_on_pure_noise_is_about_zero(made: Callable[..., Any]) -> None:
    skills = []
    for seed in range(3):
        plant = made(seed=seed, noise=1.0)
        noise = plant.history.frame["recovery"].to_numpy() - plant.truth
        frame = plant.history.frame.with_columns(recovery=noise, **{"@objective": noise})
        history = type(plant.history)(**{**vars(plant.history), "frame": frame})
        skills.append(forward_skill(plant.sheet, history).model)
    assert min(skills) > -0.2
    assert max(skills) < 0.05


def test_settings_are_judged_apart_from_a_level_that_wanders(history_of: Callable[..., Any]) -> None:
    """The level climbs by 4 a stretch and what x does has variance 1, noise 0.25: the naive forecast errs by the climb alone.

    By hand: without x the forecast of a stretch errs 1 + 0.25 about its climb, with x 0.25; the climb within and between
    stretches errs the same in both.
    """
    rng = np.random.default_rng(4)
    n, x = 1000, rng.normal(size=1000)
    y = 50 + x + 0.5 * rng.normal(size=n) + 4.0 * np.arange(n) / 200
    sheet = read_sheet(DRIFTING, "drifting.yaml")
    skill = forward_skill(sheet, history_of(sheet, {"x": x, "y": y}))
    climb = 4.0**2 + 4.0**2 / 12  # mean square of a stretch's distance from the mean of the one before
    assert skill.settings == pytest.approx(1.0 / (1.25 + climb), abs=0.03)
    assert skill.model == pytest.approx(1.0 / (1.25 + climb), abs=0.03)


def test_too_little_history_has_no_skill(made: Callable[..., Any]) -> None:
    plant = made(n=39)
    assert forward_skill(plant.sheet, plant.history) == Skill(0.0, 0.0)


def test_future_is_not_used(made: Callable[..., Any]) -> None:
    """Settings mean nothing in the first 80 % and everything after: nobody can forecast that from the past."""
    plant = made(n=500, noise=1.0)
    rng = np.random.default_rng(9)
    recovery = np.where(np.arange(500) < 400, rng.normal(size=500), plant.history.frame["temperature"].to_numpy() - 72)
    frame = plant.history.frame.with_columns(recovery=recovery, **{"@objective": recovery})
    history = type(plant.history)(**{**vars(plant.history), "frame": frame})
    assert forward_skill(plant.sheet, history).model < 0.1


def test_learn_returns_the_surrogate_and_its_skill(made: Callable[..., Any]) -> None:
    plant = made(n=200)
    surrogate, skill = learn(plant.sheet, plant.history)
    assert skill == forward_skill(plant.sheet, plant.history)
    asked = plant.history.frame.head(5)
    assert surrogate.predict(asked).equals(fit_surrogate(plant.sheet, plant.history).predict(asked))


def test_each_stretch_is_forecast_with_the_effect_at_the_end_of_its_past(history_of: Callable[..., Any]) -> None:
    """The effect is -1 until period 750 of 1500, +1 from there; x has variance 1, noise 0.25, so naive errs 1.25 a period.

    By hand, in squared error a period, for the stretches from 300, 600, 900 and 1200: what was true at the end of each past
    errs 0.25, 2.25 (the change itself), 0.25 and 0.25, a skill of 1 - 3.0 / 5.0 = 0.4. The mean effect of each past is -1, -1,
    -0.67 and -0.25, which errs 0.25, 2.25, 3.03 and 1.81, a skill of -0.47.
    """
    rng = np.random.default_rng(4)
    x, noise = rng.normal(size=1500), 0.5 * rng.normal(size=1500)
    sheet = read_sheet(DRIFTING, "drifting.yaml")
    history = history_of(sheet, {"x": x, "y": 50 + np.where(np.arange(1500) < 750, -x, x) + noise})
    assert 0.0 < forward_skill(sheet, history).model < 0.45


def test_a_proposal_against_the_order_of_time_is_warned_of() -> None:
    assert [f.code for f in skill_findings(Skill(0.4, -0.01), is_proposed=True)] == ["M107"]
    assert skill_findings(Skill(0.4, -0.01), is_proposed=False) == skill_findings(Skill(-0.2, 0.05), is_proposed=True) == ()
