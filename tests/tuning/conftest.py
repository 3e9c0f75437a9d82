"""Small plants that are learned in the test: sheets in words, settings that move on their own, a response that is known."""

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
conditions:
  feed: {unit: "%"}
outcomes:
  recovery: {unit: "%"}
objective: {maximize: recovery, unit: "%"}
"""


@dataclass(frozen=True)
class Plant:
    sheet: Sheet
    history: History
    surrogate: Surrogate


@pytest.fixture(scope="session")
def line() -> Callable[..., Sheet]:
    """The sheet with texts replaced: old, new, old, new ..."""

    def changed(*changes: str) -> Sheet:
        text = SHEET
        for old, new in zip(changes[::2], changes[1::2], strict=True):
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        return read_sheet(text, "line.yaml")

    return changed


@pytest.fixture(scope="session")
def plant_of(history_of: Callable[[Sheet, Mapping[str, Any]], History]) -> Callable[..., Plant]:
    """Learn a sheet and its columns."""

    def learned(sheet: Sheet, columns: Mapping[str, Any]) -> Plant:
        history = history_of(sheet, columns)
        return Plant(sheet, history, fit_surrogate(sheet, history))

    return learned


@pytest.fixture(scope="session")
def moves() -> Callable[..., dict[str, np.ndarray]]:
    """Columns of settings and condition: temperature about 72, flow about 15, both moved every few periods."""

    def columns(seed: int = 0, n: int = 400, temperature: float = 72.0) -> dict[str, np.ndarray]:
        rng = np.random.default_rng(seed)
        return {
            "temperature": temperature + 2.5 * np.repeat(rng.normal(size=n // 3 + 1), 3)[:n],
            "flow": 15 + np.repeat(rng.normal(size=n // 2 + 1), 2)[:n],
            "feed": 30 + rng.normal(size=n),
        }

    return columns


@pytest.fixture(scope="session")
def memory() -> Callable[..., np.ndarray]:
    """AR(1) noise of standard deviation `sd` that remembers `phi` of the period before."""

    def noise(seed: int, n: int, sd: float = 1.0, phi: float = 0.6) -> np.ndarray:
        steps = np.random.default_rng(1000 + seed).normal(size=n) * sd * np.sqrt(1 - phi**2)
        out = np.zeros(n)
        for i in range(n):
            out[i] = phi * out[i - 1] + steps[i] if i else steps[i] / np.sqrt(1 - phi**2)
        return out

    return noise
