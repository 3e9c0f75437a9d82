"""What people know of the process (`effects:` in the sheet) as a constraint on what was learned.

A stated direction rules out half of what the records leave possible: the posterior of the setting's effect, a normal
distribution, is cut at zero, and the model takes over mean and spread of what is left (moments of the truncated normal [1]_).
All other effects move with it as far as they go together. Where the records say the opposite, surely, neither is believed: the
effect counts as none, as uncertain as the two are apart, the setting is left alone, and a finding says so.

References
----------
.. [1] N. L. Johnson, S. Kotz, N. Balakrishnan, Continuous univariate distributions, vol. 1, 2nd ed. (1994), section 13.10.1.
"""

from __future__ import annotations

from collections.abc import Callable
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
from workbench.tuning.effect_part import Part, part_of_objective
from workbench.tuning.judge import INFLATION, Z
from workbench.tuning.present import Present
from workbench.tuning.words import number
from workbench.wording import shown_unit

__all__ = ["truncated_moments", "with_effects"]

CONTRADICTED = 2.0  # standard deviations on the wrong side from which records and sheet contradict each other

Floats = NDArray[np.float64]


def with_effects(sheet: Sheet, surrogate: Surrogate, present: Present) -> tuple[Surrogate, tuple[Finding, ...]]:
    """Return the surrogate as the sheet's `effects` leave it, and a finding for each one that the records contradict.

    An effect constrains its outcome over one step from now, upwards and downwards; and the objective where that is a number
    times the outcome plus what settings and conditions add, less what these add.
    """
    responses = dict(surrogate.responses)
    findings = []
    for effect in sheet.effects:
        if surrogate.frame[effect.setting].drop_nulls().n_unique() < 2:
            continue
        shifts, ends, moved = _steps(sheet, surrogate, present, effect)
        targets = {effect.outcome: Part(1.0, np.zeros(2))}
        of_objective = part_of_objective(sheet, surrogate.frame, present, effect.outcome, moved)
        if of_objective is not None:
            targets["@objective"] = of_objective
        targets = {
            name: part
            for name, part in targets.items()
            if name in responses and _sd(responses[name], shifts) > 1e-9 * responses[name].scale
        }
        sign = 1.0 if effect.direction == "up" else -1.0
        said = [_against(responses[name], shifts, part, sign) for name, part in targets.items()]
        against = next((s for s in said if s is not None), None)
        for name, part in targets.items():
            if against is not None:
                responses[name] = _none(responses[name], shifts, part)
            else:
                responses[name] = _on_one_side(responses[name], shifts, part, sign)
        if against is not None:
            goes_on = effect.outcome in sheet.objective.formula.names and of_objective is None
            findings.append(_contradiction(sheet, effect, against, ends, goes_on=goes_on))
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


def _steps(
    sheet: Sheet, surrogate: Surrogate, present: Present, effect: Effect
) -> tuple[Floats, tuple[float, float], pl.DataFrame]:
    """Moves of the terms for one step down and one step up from now, where they end, and the settings there."""
    setting = sheet.settings[effect.setting]
    now = float(present.now[effect.setting][0])
    step = setting.max_step or 0.0
    low, high = now - step, now + step
    ends = (
        low if setting.low is None else max(low, min(setting.low, now)),
        high if setting.high is None else min(high, max(setting.high, now)),
    )
    moved = pl.concat([present.now.with_columns(pl.lit(end).alias(effect.setting)) for end in ends])
    return surrogate.basis.shift(moved, present.now, present.recent), ends, moved


def _sd(response: Response, shifts: Floats) -> float:
    """Standard deviation of the effect of both steps together."""
    return float(response.change((shifts[1] - shifts[0])[None, :])[1][0])


def _against(response: Response, shifts: Floats, part: Part, sign: float) -> tuple[float, float] | None:
    """What the records say of both steps, in the outcome's unit, where they contradict the stated side surely; else None."""
    whole = (shifts[1] - shifts[0])[None, :]
    mean = (float(response.change(whole)[0][0]) - float(part.exact[1] - part.exact[0])) / part.factor
    sd = INFLATION * _sd(response, shifts) / abs(part.factor)
    if sign * mean >= -CONTRADICTED * sd:
        return None
    # asked only then: learning anew without each stretch takes time
    sd = max(sd, float(response.change_sd_by_stretches(whole)[0]) / abs(part.factor))
    return (mean, sd) if sign * mean < -CONTRADICTED * sd else None


def _none(response: Response, shifts: Floats, part: Part) -> Response:
    """The response with no effect of the steps, as uncertain as records and sheet are apart."""
    apart = response.change(shifts)[0] - part.exact
    return _with_effects(response, shifts, lambda _: part.exact, np.outer(apart, apart))


def _on_one_side(response: Response, shifts: Floats, part: Part, sign: float) -> Response:
    """The response with the effect of both steps on the stated side."""
    out = response
    for row, exact, end in ((shifts[:1], part.exact[0], -1.0), (shifts[1:], part.exact[1], 1.0)):
        side = sign * end * float(np.sign(part.factor))
        mean, sd = (float(v[0]) for v in out.change(row))
        if sd <= 1e-9 * response.scale:
            continue

        def cut(effects: Floats, side: float = side, exact: float = float(exact), sd: float = sd) -> Floats:
            return exact + side * np.array([truncated_moments(side * (e - exact), sd)[0] for e in effects])

        spread = truncated_moments(side * (mean - float(exact)), sd)[1]
        out = _with_effects(out, row, cut, np.array([[spread**2]]))
    return out


def _with_effects(response: Response, rows: Floats, told: Callable[[Floats], Floats], covariance: Floats) -> Response:
    """The response whose effects along some moves are what `told` makes of them [its unit], with this covariance.

    Others follow as they go together; likewise what is learned with a stretch of the history left out.
    """
    d, terms, scale = rows[:, response.setting_terms], response.posterior.terms, response.scale
    before = d @ response.covariance @ d.T
    follow = response.covariance @ d.T @ np.linalg.pinv(before, rcond=1e-6, hermitian=True)

    def moved(effects: Floats) -> Floats:
        along = d @ (effects + response.stated[terms])
        return np.asarray(follow @ (told(along * scale) / scale - along))

    coefficients, apart = response.mean.copy(), response.without_stretch
    move = moved(coefficients[terms])
    coefficients[terms] += move
    return replace(
        response,
        mean=coefficients,
        covariance=response.covariance + follow @ (covariance / scale**2 - before) @ follow.T,
        residuals=response.residuals - response.design[:, terms] @ move * scale,
        told_apart=None if apart is None else apart + np.array([moved(effects) for effects in apart]),
    )


def _contradiction(
    sheet: Sheet, effect: Effect, said: tuple[float, float], ends: tuple[float, float], *, goes_on: bool
) -> Finding:
    """The finding; `goes_on` where the objective holds the outcome in a way that an effect cannot be taken out of."""
    mean, sd = said
    setting = sheet.settings[effect.setting]
    unit = f" {shown_unit(sheet.outcomes[effect.outcome].unit)}".rstrip()
    of_setting = f" {shown_unit(setting.unit)}".rstrip()
    interval = f"90 % interval {number(mean - Z * sd)} to {number(mean + Z * sd)}{unit}"
    still = (
        f" (the promise still goes by the records: the objective is not linear in {effect.outcome} alone)" if goes_on else ""
    )
    return Finding(
        code="T108",
        tag=setting.tag,
        text=f"the sheet says that {effect.outcome} goes {effect.direction} when {effect.setting} rises, the records say the "
        f"opposite: {number(mean)}{unit} from {number(ends[0])} to {number(ends[1])}{of_setting} ({interval}). Neither is "
        f"believed{still}, and {effect.setting} is left alone: check the sheet, or look for what moved both",
    )
