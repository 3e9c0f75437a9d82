"""How well a surrogate forecasts in time order, against the naive forecast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import TimeSeriesSplit

from workbench.models.surrogates.basis import Basis
from workbench.models.surrogates.response import fit_response
from workbench.models.surrogates.settled import SettledFormula
from workbench.models.surrogates.surrogate import Surrogate, bends_of, fit_surrogate, variable_specs, with_deviations
from workbench.models.surrogates.time import TimeGrid, time_columns
from workbench.plant import Sheet
from workbench.records import Finding, History

__all__ = ["Skill", "forward_skill", "learn", "skill_findings"]

N_FOLDS = 4  # stretches that are forecast, each from all that came before it

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Skill:
    """How well the objective is forecast in time order, and what the settings add to that.

    Parameters
    ----------
    model : float
        Share of the naive forecast's squared error that the surrogate removes; may be negative [-].
    settings : float
        Share of the squared error of the same forecast without what settings do that this removes; may be negative [-].
    """

    model: float
    settings: float


def learn(sheet: Sheet, history: History) -> tuple[Surrogate, Skill]:
    """Learn from the history, and say how well what is learned forecasts.

    Returns
    -------
    surrogate : Surrogate
    skill : Skill
        From `forward_skill`.
    """
    return fit_surrogate(sheet, history), forward_skill(sheet, history)


def forward_skill(sheet: Sheet, history: History) -> Skill:
    """Return what forecasts gain by the surrogate, and by its settings alone, each stretch forecast from its past only.

    The naive forecast is the mean of the past's last stretch of equal length; the surrogate is set to that same level and may
    use settings and conditions of the stretch, nothing else of it. 1 is perfect, 0 no better than naive, negative worse. Where
    the level wanders by itself, the naive forecast is hard to beat, however well the settings' effects are known: so these are
    also judged by themselves, by the same forecast with the settings as they were on average in the stretch before; what the
    formula states of them counts in both.
    """
    frame = with_deviations(sheet, history.usable)
    frame = frame.filter(frame["@objective"].is_not_null())
    if frame.height < 10 * N_FOLDS:
        return Skill(0.0, 0.0)
    y = frame["@objective"].to_numpy()
    grid = TimeGrid.of(frame, sheet)
    specs = variable_specs(sheet)
    wrong_model = wrong_naive = wrong_without = 0.0
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
        stated = SettledFormula.of(sheet, "@objective", basis, frame[past], own.positions).stated(basis)
        response = fit_response(
            learned,
            time.columns,
            groups,
            y[past],
            own.positions,
            owners=basis.owners,
            ends=time.ends,
            bends=bends,
            stated=stated,
        )
        effect, terms = response.coefficients, response.setting_terms
        moved = ahead_terms - learned[-len(level) :].mean(axis=0)
        wrong = y[ahead] - y[level].mean() - moved @ effect
        by_settings = moved[:, terms] @ (effect - stated)[terms]
        wrong_model += float(np.sum(wrong**2))
        wrong_without += float(np.sum((wrong + by_settings) ** 2))
        wrong_naive += float(np.sum((y[ahead] - y[level].mean()) ** 2))
    return Skill(*(1.0 - wrong_model / other if other > 0.0 else 0.0 for other in (wrong_naive, wrong_without)))


def skill_findings(skill: Skill, *, is_proposed: bool) -> tuple[Finding, ...]:
    """Return a warning where a change is proposed though its settings' effects did not help to forecast in time order."""
    if not is_proposed or skill.settings > 0.0:
        return ()
    text = (
        "forecasts in time order were no better for knowing what the settings do: their effects are small beside the other ups"
        " and downs, or were not the same throughout. Prove the change by a trial before relying on it"
    )
    return (Finding(code="M107", tag=None, text=text),)
