"""A setting that moved once for good is left alone: its move is one comparison of before and after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from workbench.tuning import tune
from workbench.tuning.frozen import frozen_findings, moved_once_at_most

N = 400


@pytest.mark.parametrize(
    ("values", "moves"),
    [
        ([70.0] * 6, 0),
        ([70.0, 70.0, 72.0, 72.0], 1),
        ([70.0, 71.3, 72.0, 72.0], 1),  # within a period
        ([70.0, None, 72.0, 72.0], 1),
    ],
)
def test_moves_are_counted(line: Callable[..., Any], values: list[float | None], moves: int) -> None:
    frame = pl.DataFrame({"temperature": values, "flow": np.arange(len(values)) * 1.0})
    assert moved_once_at_most(line(), frame) == {"temperature": moves}


@pytest.mark.parametrize("values", [[70.0, 70.0, 72.0, 72.0, 70.0], [70.0, 72.0, 74.0, 74.0, 75.0]])
def test_two_moves_are_enough(line: Callable[..., Any], values: list[float]) -> None:
    frame = pl.DataFrame({"temperature": values, "flow": np.arange(len(values)) * 1.0})
    assert not moved_once_at_most(line(), frame)


def test_what_came_with_the_only_move_is_not_taken_for_its_effect(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> None:
    columns = moves(0, N)
    is_late = np.arange(N) >= 150
    columns["temperature"] = np.where(is_late, 72.0, 70.0)
    recovery = 80 + 0.6 * (columns["flow"] - 15) - 2.0 * is_late + memory(0, N, sd=0.3)  # worse ever since, for whatever reason
    plant = plant_of(line(), columns | {"recovery": recovery})
    tuned = tune(plant.sheet, plant.surrogate, n_trials=20)
    lines = {s.name: s for s in (tuned.candidate.settings if tuned.candidate else tuned.settings)}
    assert lines["temperature"].proposed == lines["temperature"].now == 72.0
    assert lines["flow"].proposed > lines["flow"].now
    (finding,) = [f for f in tuned.findings if f.code == "T104"]
    assert "temperature moved once in the history" in finding.text
    assert not frozen_findings(plant.sheet, {"temperature": 1}, fix=["temperature"])
