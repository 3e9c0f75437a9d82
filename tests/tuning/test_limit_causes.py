"""A hidden cause of a limit's outcome: a proposal that comes nearer to the limit says that it may hold less often."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from workbench.tuning import Tuned, tune

PERIODS = 1200


@pytest.fixture(scope="module")
def tuned_with(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> Callable[..., Tuned]:
    """Hotter is better and loses more; where it is busy, which nobody records, people run hotter, and less is lost."""

    def make(seed: int, less: float, high: float = 5.0) -> Tuned:
        columns, busy = moves(seed, n=PERIODS), memory(50 + seed, PERIODS, phi=0.995)
        columns["temperature"] = columns["temperature"] + 2.0 * busy
        up = columns["temperature"] - 72.0
        columns |= {
            "recovery": 80.0 + 0.5 * up + memory(seed, PERIODS, sd=0.7),
            "loss": 3.0 + 0.3 * up - less * busy + memory(90 + seed, PERIODS, sd=0.5),
        }
        sheet = line("  recovery: {unit:", f'  loss: {{unit: "%", high: {high}}}\n  recovery: {{unit:')
        plant = plant_of(sheet, columns)
        return tune(plant.sheet, plant.surrogate, n_trials=3)

    return make


def warned(tuned: Tuned) -> list[str]:
    return [f.text for f in tuned.findings if f.code == "T116"]


def test_a_limit_whose_outcome_has_a_hidden_cause_is_warned_of(tuned_with: Callable[..., Tuned]) -> None:
    tuned = tuned_with(0, less=1.0)
    assert tuned.proposed
    (text,) = warned(tuned)
    assert "move settings and loss together: slow and quick moves of temperature" in text
    assert "The high limit may hold in fewer periods than is told" in text
    assert not any(f.code == "T106" for f in tuned.findings)  # the objective has no such cause


def test_without_such_a_cause_warnings_are_as_rare_as_said(tuned_with: Callable[..., Tuned]) -> None:
    """One in ten by chance: of ten, more than three come with a probability of 0.013."""
    assert sum(bool(warned(tuned_with(seed, less=0.0))) for seed in range(10)) <= 3


def test_a_limit_far_away_is_not_asked_about(tuned_with: Callable[..., Tuned]) -> None:
    assert not warned(tuned_with(0, less=1.0, high=50.0))
