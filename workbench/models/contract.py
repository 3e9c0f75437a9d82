"""What every process model can do, learned or from first principles: frames in, frames out, a prediction with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import polars as pl
from scipy.stats import norm

if TYPE_CHECKING:
    from workbench.models.simulators.contract import Simulator

__all__ = ["ProcessModel", "predict_by_seeds"]

SEEDS = range(20)  # draws of the scatter that a simulator's interval is made of


class ProcessModel(Protocol):
    """Predicts outcomes from settings and conditions: a surrogate and a simulator alike."""

    def predict(self, frame: pl.DataFrame, level: float = 0.9) -> pl.DataFrame:
        """Predict every outcome.

        Parameters
        ----------
        frame : polars.DataFrame
            Settings and conditions, a column each under its own name, in the sheet's units.
        level : float
            Of the two-sided interval for a single period, between 0 and 1 [-].

        Returns
        -------
        polars.DataFrame
            A row for each of `frame`; for each outcome NAME the columns NAME, `NAME_low` and `NAME_high`, in its unit. What
            has no answer is null.
        """
        ...


def predict_by_seeds(simulator: Simulator, frame: pl.DataFrame, level: float = 0.9) -> pl.DataFrame:
    """Return `ProcessModel.predict` of a simulator: mean and normal interval over draws of a period's scatter.

    What its constants may have wrong is not in the interval; `Simulator.variants` tell of that.
    """
    draws = [simulator.evaluate(frame, seed).select(list(simulator.outcomes)) for seed in SEEDS]
    z = float(norm.ppf(0.5 + level / 2.0))
    columns: dict[str, pl.Series] = {}
    for name in simulator.outcomes:
        values = np.array([draw[name].cast(pl.Float64).fill_null(float("nan")).to_numpy() for draw in draws])
        centre, half = values.mean(axis=0), z * values.std(axis=0, ddof=1)
        parts = {name: centre, f"{name}_low": centre - half, f"{name}_high": centre + half}
        columns |= {key: pl.Series(key, part, nan_to_null=True) for key, part in parts.items()}
    return pl.DataFrame(columns)
