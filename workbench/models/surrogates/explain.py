"""What an outcome's ups and downs go with, and what one standard deviation of each setting does: the first look at a gain."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.models.surrogates.basis import BEND_C, CROSS_CC, CURVE_C, DRIFT_C, DRIFT_S, LINEAR_C, SLOW
from workbench.models.surrogates.posterior import SETTING_GROUPS
from workbench.models.surrogates.surrogate import Surrogate

__all__ = ["setting_effects", "variance_shares"]

CONDITIONS = (LINEAR_C, BEND_C, CURVE_C, CROSS_CC)
EFFECT_SCHEMA = {
    "setting": pl.String,
    "choice": pl.String,
    "step": pl.Float64,
    "change": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
}

Floats = NDArray[np.float64]


def variance_shares(surrogate: Surrogate, target: str = "@objective") -> pl.DataFrame:
    """Return how much of an outcome's variance goes with settings, conditions and slow drift, and what is left.

    The fit is a sum of parts, so the covariance of each part with the outcome, over the outcome's variance, adds up to 1 [1]_.
    A part that works against the others can be a little below 0. It says what goes together, not what causes what.

    Parameters
    ----------
    surrogate : Surrogate
        Learned from a history.
    target : str
        One of its responses.

    Returns
    -------
    polars.DataFrame
        Columns `part` (settings, conditions, drift and time of day, unexplained) and `share` [-], which adds up to 1.

    References
    ----------
    .. [1] J. W. Pratt, Dividing the indivisible: using simple symmetry to partition variance explained, Proc. 2nd Int. Tampere
       Conf. in Statistics (1987) 245-260.
    """
    response = surrogate.responses[target]
    groups = response.groups
    places = {
        "settings": np.flatnonzero(np.isin(groups, (*SETTING_GROUPS, DRIFT_S))),
        "conditions": np.flatnonzero(np.isin(groups, (*CONDITIONS, DRIFT_C))),
        "drift and time of day": np.flatnonzero(groups == SLOW),
    }
    parts = {name: response.scale * (response.design[:, at] @ response.effects[at]) for name, at in places.items()}
    parts["unexplained"] = response.residuals
    outcome = np.sum(list(parts.values()), axis=0)
    weights = response.weights / response.weights.sum()
    away = outcome - weights @ outcome
    variance = float(weights @ away**2)
    shares = [float(weights @ (part * away)) / variance for part in parts.values()]
    return pl.DataFrame({"part": list(parts), "share": shares})


def setting_effects(surrogate: Surrogate, target: str = "@objective", *, z: float = 1.645) -> pl.DataFrame:
    """Return what an outcome does when one setting goes up by one standard deviation of its own history.

    Effects are as they are at the end of the history. The others stay at their mean (choices: at the most frequent one), under
    the conditions of the whole history; the step is taken across the setting's mean.

    Parameters
    ----------
    surrogate : Surrogate
        Learned from a history.
    target : str
        One of its responses.
    z : float
        Model standard deviations from the change to each end of its interval, above 0 [-].

    Returns
    -------
    polars.DataFrame
        A row a setting, or one for each choice against the most frequent one: `setting`, `choice` (null for numbers), `step`
        (the standard deviation, in the setting's unit; null for choices), `change`, `low`, `high` (in the outcome's unit; null
        for a setting that never moved).
    """
    frame, basis, response = surrogate.frame, surrogate.basis, surrogate.responses[target]
    usual: dict[str, Any] = {}
    scales = dict(zip([v.name for v in basis.variables], basis.scale.tolist(), strict=True))
    settings = [v for v in basis.variables if v.is_setting]
    for v in settings:
        column = frame[v.name].drop_nulls()
        usual[v.name] = float(column.mean()) if v.choices is None else column.mode().sort().first()  # type: ignore[arg-type]
    rows: list[dict[str, Any]] = []

    def change(name: str, start: float | str, end: float | str) -> dict[str, Any]:
        at = pl.DataFrame([usual | {name: start}, usual | {name: end}], schema={v.name: frame.schema[v.name] for v in settings})
        mean, sd = response.change(basis.shift(at[1:], at[:1], frame))
        return {"change": float(mean[0]), "low": float(mean[0] - z * sd[0]), "high": float(mean[0] + z * sd[0])}

    for v in settings:
        here = usual[v.name]
        if v.choices is not None:
            others = sorted(set(frame[v.name].drop_nulls().to_list()) - {here})
            rows += [{"setting": v.name, "choice": str(c)} | change(v.name, here, c) for c in others]
        elif isinstance(here, float) and scales[v.name] > 0.0:
            step = scales[v.name]
            rows.append({"setting": v.name, "step": step} | change(v.name, here - step / 2.0, here + step / 2.0))
        else:
            rows.append({"setting": v.name, "step": 0.0})
    return pl.DataFrame(rows, schema=EFFECT_SCHEMA)
