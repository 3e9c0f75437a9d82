"""One contract for what is learned and what is computed: frames in, frames out, each prediction with its interval."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from workbench.models import ProcessModel, known_simulators, simulator
from workbench.models.simulators.phosphoric_acid.inputs import SETTINGS
from workbench.models.surrogates import fit_surrogate


@pytest.fixture(scope="module", params=["surrogate", *known_simulators()])
def model(request: pytest.FixtureRequest, made: Callable[..., Any]) -> tuple[ProcessModel, pl.DataFrame, pl.DataFrame]:
    """A process model, settings and conditions to ask it about, and what then happened in single periods."""
    if request.param == "surrogate":
        plant, later = made(seed=0), made(seed=1)
        return fit_surrogate(plant.sheet, plant.history), later.history.frame, later.history.frame
    base = pl.DataFrame({name: np.full(300, setting.base) for name, setting in SETTINGS.items()})
    plant = simulator(request.param)
    return plant, base, plant.evaluate(base, seed=1000)


def test_a_prediction_lies_inside_its_interval_which_grows_with_its_level(
    model: tuple[Any, pl.DataFrame, pl.DataFrame],
) -> None:
    process, asked, _ = model
    wide, narrow = process.predict(asked, level=0.95), process.predict(asked, level=0.5)
    names = [name for name in wide.columns if not name.endswith(("_low", "_high"))]
    assert wide.height == asked.height
    assert names
    for name in names:
        assert wide[name].equals(narrow[name])
        ends = [
            frame[f"{name}_{end}"].to_numpy()
            for frame, end in ((wide, "low"), (narrow, "low"), (narrow, "high"), (wide, "high"))
        ]
        assert (np.diff(ends, axis=0) >= 0.0).all(), name


def test_single_periods_lie_inside_as_often_as_is_said(model: tuple[Any, pl.DataFrame, pl.DataFrame]) -> None:
    """300 or 400 periods a quantity, 90 % asked: four standard errors of a share are 7 points, for 20 draws of scatter more."""
    process, asked, happened = model
    said = process.predict(asked)
    names = [name for name in said.columns if name in happened.columns]
    moving = [name for name in names if happened[name].std() > 1e-6 * abs(happened[name].mean())]
    shares = {name: float(happened[name].is_between(said[f"{name}_low"], said[f"{name}_high"]).mean()) for name in moving}
    assert len(moving) >= 2
    assert {name: share for name, share in shares.items() if not 0.8 <= share <= 0.98} == {}
