"""How well a surrogate forecasts in time order, against the naive forecast."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import TimeSeriesSplit

from workbench.models.surrogates.basis import Basis
from workbench.models.surrogates.response import fit_response
from workbench.models.surrogates.surrogate import Surrogate, bends_of, fit_surrogate, variable_specs, with_deviations
from workbench.models.surrogates.time import TimeGrid, time_columns
from workbench.plant import Sheet
from workbench.records import History

__all__ = ["forward_skill", "learn"]

N_FOLDS = 4  # stretches that are forecast, each from all that came before it

Floats = NDArray[np.float64]


def learn(sheet: Sheet, history: History) -> tuple[Surrogate, float]:
    """Learn from the history, and say how well what is learned forecasts.

    Returns
    -------
    surrogate : Surrogate
    skill : float
        From `forward_skill`; may be negative [-].
    """
    return fit_surrogate(sheet, history), forward_skill(sheet, history)


def forward_skill(sheet: Sheet, history: History) -> float:
    """Share of the naive forecast's squared error that the surrogate removes, each stretch forecast from its past only.

    The naive forecast is the mean of the past's last stretch of equal length; the surrogate is set to that same level and may
    use settings and conditions of the stretch, nothing else of it. 1 is perfect, 0 no better than naive, negative worse.
    """
    frame = with_deviations(sheet, history.usable)
    frame = frame.filter(frame["@objective"].is_not_null())
    if frame.height < 10 * N_FOLDS:
        return 0.0
    y = frame["@objective"].to_numpy()
    grid = TimeGrid.of(frame, sheet)
    specs = variable_specs(sheet)
    wrong_model = wrong_naive = 0.0
    for past, ahead in TimeSeriesSplit(N_FOLDS).split(y):
        level = past[-len(ahead) :]
        if y[past].std() == 0.0:
            continue
        basis = Basis.fit(specs, frame[past])
        learned, ahead_terms = basis.design(frame[past]), basis.design(frame[ahead])
        own = TimeGrid(grid.positions[past], int(grid.positions[past[-1]]) + 1, None)
        time = time_columns(basis, basis.base_of(frame[past]), own)
        groups = np.concatenate([basis.groups, time.groups])
        bends = bends_of(sheet, "@objective")
        response = fit_response(
            learned, time.columns, groups, y[past], own.positions, owners=basis.owners, ends=time.ends, bends=bends
        )
        effect = response.coefficients
        here = learned[-len(level) :] @ effect
        forecast = y[level].mean() + ahead_terms @ effect - here.mean()
        wrong_model += float(np.sum((y[ahead] - forecast) ** 2))
        wrong_naive += float(np.sum((y[ahead] - y[level].mean()) ** 2))
    return 1.0 - wrong_model / wrong_naive if wrong_naive > 0.0 else 0.0
