"""Plants for the surrogates: settings that move on their own, a condition, a known response."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from workbench.models.surrogates.surrogate import Surrogate, fit_surrogate
from workbench.plant import Sheet, read_sheet
from workbench.records import History

SHEET = """\
name: line
period: 4h
timezone: UTC
settings:
  temperature: {unit: degC, low: 60, high: 90, max_step: 5}
  flow: {unit: m3/h, low: 10, high: 20, max_step: 2}
  mode: {choices: [strip, keep]}
conditions:
  feed: {unit: "%"}
outcomes:
  recovery: {unit: "%"}
  loss: {unit: "%", high: 5}
objective: {maximize: recovery, unit: "%"}
limits: [{name: load, formula: "temperature + 2*flow", high: 120}]
"""


@dataclass(frozen=True)
class Made:
    sheet: Sheet
    history: History
    truth: np.ndarray


@pytest.fixture(scope="session")
def made(history_of: Callable[[Sheet, Mapping[str, Any]], History]) -> Callable[..., Made]:
    """Make a history of `n` periods; `noise` is the recovery's innovation [%], `memory` its AR(1) coefficient."""

    def make(seed: int = 0, n: int = 400, noise: float = 0.5, memory: float = 0.0, effect: float = 1.0) -> Made:
        rng = np.random.default_rng(seed)
        temperature, flow, feed = rng.normal(72, 3, n), rng.normal(15, 1, n), rng.normal(30, 1, n)
        mode = rng.choice(["strip", "keep"], n)
        truth = (
            80
            + effect * (0.6 * (temperature - 72) - 0.05 * (temperature - 72) ** 2 + 0.8 * (flow - 15) + 0.5 * (mode == "keep"))
            + 0.7 * (feed - 30)
        )
        e = np.zeros(n)
        steps = rng.normal(size=n) * noise
        for i in range(n):
            e[i] = memory * e[i - 1] + steps[i]
        sheet = read_sheet(SHEET, "line.yaml")
        columns = {
            "temperature": temperature,
            "flow": flow,
            "mode": mode,
            "feed": feed,
            "recovery": truth + e,
            "loss": 3 + 0.1 * (temperature - 72) + 0.2 * rng.normal(size=n),
        }
        return Made(sheet, history_of(sheet, columns), truth)

    return make


@pytest.fixture(scope="module")
def plant(made: Callable[..., Any]) -> Any:
    return made()


@pytest.fixture(scope="module")
def learned(plant: Any) -> Surrogate:
    return fit_surrogate(plant.sheet, plant.history)
