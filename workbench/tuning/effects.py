"""What people know of the process (`effects:` in the sheet) as a constraint on what was learned.

A stated direction rules out half of what the records leave possible: the posterior of the setting's effect, a normal
distribution, is cut at zero, and the model takes over mean and spread of what is left (moments of the truncated normal [1]_).
All other effects move with it as far as they go together. Where the records say the opposite, surely, neither is believed: the
effect counts as none, as uncertain as the two are apart, and a finding says so.

References
----------
.. [1] N. L. Johnson, S. Kotz, N. Balakrishnan, Continuous univariate distributions, vol. 1, 2nd ed. (1994), section 13.10.1.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import log_ndtr

from workbench.models.surrogates.response import Response
from workbench.models.surrogates.surrogate import Surrogate
from workbench.plant import Sheet
from workbench.plant.economics import Effect
from workbench.records import Finding
from workbench.tuning.judge import INFLATION, Z
from workbench.tuning.present import Present
from workbench.tuning.words import number

__all__ = ["truncated_moments", "with_effects"]

CONTRADICTED = 2.0  # standard deviations on the wrong side from which records and sheet contradict each other

Floats = NDArray[np.float64]


def with_effects(sheet: Sheet, surrogate: Surrogate, present: Present) -> tuple[Surrogate, tuple[Finding, ...]]:
    """Return the surrogate as the sheet's `effects` leave it, and a finding for each one that the records contradict.

    An effect constrains its outcome, and the objective where that is the outcome itself, over one step from now, upwards and
    downwards.
    """
    responses = dict(surrogate.responses)
    findings = []
    for effect in sheet.effects:
        targets = [effect.outcome, *(["@objective"] if sheet.objective.formula.text == effect.outcome else [])]
        for target in targets:
            if target not in responses or surrogate.frame[effect.setting].drop_nulls().n_unique() < 2:
                continue
            shifts, ends = _steps(sheet, surrogate, present, effect)
            responses[target], said = _constrained(responses[target], shifts, 1.0 if effect.direction == "up" else -1.0)
            if said is not None and target == effect.outcome:
                findings.append(_contradiction(sheet, effect, said, ends))
    return replace(surrogate, responses=responses), tuple(findings)


def truncated_moments(mean: float, sd: float) -> tuple[float, float]:
    """Return mean and standard deviation of a normal distribution cut at zero from below [1]_.

    Examples
    --------
    >>> half = truncated_moments(0.0, 1.0)  # half normal: sqrt(2 / pi), sqrt(1 - 2 / pi)
    >>> round(half[0], 4), round(half[1], 4)
    (0.7979, 0.6028)
    """
    a = -mean / sd
    ratio = float(np.exp(-0.5 * a**2 - 0.5 * np.log(2.0 * np.pi) - log_ndtr(-a)))
    return mean + sd * ratio, sd * float(np.sqrt(max(1.0 - ratio * (ratio - a), 0.0)))


def _steps(sheet: Sheet, surrogate: Surrogate, present: Present, effect: Effect) -> tuple[Floats, tuple[float, float]]:
    """Moves of the terms for one step down and one step up from now, and where they end."""
    setting = sheet.settings[effect.setting]
    now = float(present.now[effect.setting][0])
    step = setting.max_step or 0.0
    low, high = now - step, now + step
    ends = (
        low if setting.low is None else max(low, min(setting.low, now)),
        high if setting.high is None else min(high, max(setting.high, now)),
    )
    moved = pl.concat([present.now.with_columns(pl.lit(end).alias(effect.setting)) for end in ends])
    return surrogate.basis.shift(moved, present.now, present.recent), ends


def _constrained(response: Response, shifts: Floats, sign: float) -> tuple[Response, tuple[float, float] | None]:
    """The response with the effect of both steps on the stated side; and what the records say where they contradict it."""
    whole = (shifts[1] - shifts[0])[None, :]
    mean, sd = (float(v[0]) for v in response.change(whole))
    if sd <= 1e-9 * response.scale:
        return response, None
    sd *= INFLATION
    contradicted = sign * mean < -CONTRADICTED * sd
    if contradicted:  # asked only then: learning anew without each stretch takes time
        sd = max(sd, float(response.change_sd_by_stretches(whole)[0]))
        contradicted = sign * mean < -CONTRADICTED * sd
    if contradicted:
        none, apart = np.zeros(2), response.change(shifts)[0]
        return _with_effects(response, shifts, none, np.outer(apart, apart)), (mean, sd)
    out = response
    for row, side in ((shifts[:1], -sign), (shifts[1:], sign)):
        m, s = (float(v[0]) for v in out.change(row))
        if s > 1e-9 * response.scale:
            wanted, spread = truncated_moments(side * m, s)
            out = _with_effects(out, row, np.array([side * wanted]), np.array([[spread**2]]))
    return out, None


def _with_effects(response: Response, rows: Floats, means: Floats, covariance: Floats) -> Response:
    """The response whose effects along some moves have these moments [its unit]; others follow as they go together."""
    d, terms, scale = rows[:, response.setting_terms], response.posterior.terms, response.scale
    before = d @ response.covariance @ d.T
    follow = response.covariance @ d.T @ np.linalg.pinv(before, rcond=1e-6, hermitian=True)
    moved = follow @ (means / scale - d @ response.mean[terms])
    coefficients = response.mean.copy()
    coefficients[terms] += moved
    return replace(
        response,
        mean=coefficients,
        covariance=response.covariance + follow @ (covariance / scale**2 - before) @ follow.T,
        residuals=response.residuals - response.design[:, terms] @ moved * scale,
    )


def _contradiction(sheet: Sheet, effect: Effect, said: tuple[float, float], ends: tuple[float, float]) -> Finding:
    mean, sd = said
    setting, unit = sheet.settings[effect.setting], sheet.outcomes[effect.outcome].unit
    interval = f"90 % interval {number(mean - Z * sd)} to {number(mean + Z * sd)} {unit}"
    return Finding(
        code="T108",
        tag=setting.tag,
        text=f"the sheet says that {effect.outcome} goes {effect.direction} when {effect.setting} rises, the records say the "
        f"opposite: {number(mean)} {unit} from {number(ends[0])} to {number(ends[1])} {setting.unit} ({interval}). Neither is "
        "believed: check the sheet, or look for what moved both",
    )
