"""How strong a cause that nobody measured would have to be to erase the gain, and whether one seems to be there.

History is not an experiment: something that nobody records may have moved the settings and the objective together. How large a
bias that gives follows from two strengths, the cause's share in the move and its share in the objective (omitted-variable bias
[1]_). Both are measured on rows free of the noise's memory, so that 1,000 hourly rows do not count as 1,000 facts, and both are
compared with those of the conditions that are measured.

Slow causes leave a trace. They swing settings and objective together over weeks, while within days the settings move on their
own. What slow swings say of the settings' effects then differs from what quick moves say (comparison of frequency bands [2]_).

References
----------
.. [1] C. Cinelli, C. Hazlett, Making sense of sensitivity: extending omitted variable bias, J. R. Stat. Soc. B 82 (2020) 39-67.
.. [2] R. F. Engle, Band spectrum regression, International Economic Review 15 (1974) 1-11.
.. [3] D. Freedman, D. Lane, A nonstochastic interpretation of reported significance levels, J. Bus. Econ. Stat. 1 (1983) 292.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct
from scipy.stats import rankdata

from workbench.answer_lines import TIMES_MOST
from workbench.models.surrogates.basis import LINEAR_S, OF_TIME
from workbench.models.surrogates.posterior import prior_of_rest
from workbench.models.surrogates.response import Response, slow_waves
from workbench.models.surrogates.span import spanned
from workbench.models.surrogates.surrogate import Surrogate
from workbench.records import Finding, Gain, HiddenCause
from workbench.tuning.judge import Judge
from workbench.wording import chance_text

__all__ = ["SlowSwings", "hidden_cause", "hidden_findings", "slow_swings"]

N_FLIPS = 999  # random signs that chance is measured with
CHANCE = 0.1  # share of plants without a hidden cause that are warned of one [-]
GAIN_COUNTS = 2.0  # times as likely by chance a difference that flatters the gain may be and be as suspect; own assumption
CELLS = 4_000_000  # signs drawn at once

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SlowSwings:
    """Whether slow and quick moves of the settings speak of different effects.

    Parameters
    ----------
    chance : float or None
        How often chance lets them differ as much, 0 to 1 [-]; None where the history is too short to tell.
    setting : str or None
        The setting whose slow moves differ most.
    """

    chance: float | None
    setting: str | None

    @property
    def is_suspect(self) -> bool:
        """Whether a cause that nobody records seems to be there."""
        return self.chance is not None and self.chance <= CHANCE


@dataclass(frozen=True)
class _Strengths:
    """Squares and products of the move and of the objective once other columns have taken their part: (2, 2)."""

    left: Floats

    @property
    def move(self) -> float:
        """What is left of the move."""
        return float(self.left[0, 0])

    @property
    def objective(self) -> float:
        """What is left of the objective once the move has taken its part too."""
        return float(self.left[1, 1] - self.left[0, 1] ** 2 / max(self.left[0, 0], 1e-300))


def hidden_cause(judge: Judge, shift: Floats, gain: Gain, slow: SlowSwings) -> HiddenCause | None:
    """Return how strong a hidden cause would have to be; None where nothing is gained, or the settings' terms say nothing.

    Parameters
    ----------
    judge : Judge
        Of the plant.
    shift : array of float, shape (terms,)
        Move of every term from now to the settings, from `Judge.shifts`.
    gain : Gain
        Of these settings.
    slow : SlowSwings
        What slow moves said before they were left out, if they were.
    """
    surrogate = judge.surrogate
    response = surrogate.responses["@objective"]
    columns, ridge, move, pull = _parts(response, shift)
    terms = response.posterior.terms
    objective = response.target - response.whitened[:, terms] @ response.mean[terms]
    products = np.column_stack([columns, move, objective])
    gram = products.T @ (products * response.weights[:, None])
    full = _left(gram, ridge, np.arange(len(ridge)))
    if gain.expected <= 0.0 or full.move <= 0.0 or full.objective <= 0.0:
        return None
    scatter = pull * np.sqrt(full.move * full.objective) * response.scale  # the gain over this is f of [1]_, |t| / sqrt(df)
    name, with_move, with_objective, times = _strongest(surrogate, gram, ridge, full, gain.expected / scatter)
    return HiddenCause(
        robustness=_robustness(gain.expected / scatter),
        robustness_low=_robustness(max(gain.low, 0.0) / scatter),
        condition=name,
        condition_with_move=with_move,
        condition_with_objective=with_objective,
        times=times,
        slow_chance=slow.chance,
        slow_setting=slow.setting if slow.is_suspect else None,
    )


def hidden_findings(judge: Judge, hidden: HiddenCause | None, slow: SlowSwings, *, is_quick: bool) -> tuple[Finding, ...]:
    """Return warnings: where the history looks as if a hidden cause were there, and where a weak one could erase the gain.

    `is_quick` says that slow moves were left out of what was learned because of it.
    """
    out = []
    if slow.is_suspect and slow.setting is not None:
        remedy = (
            "What settings do is learned from quick moves alone" if is_quick else "Part of a gain may be that cause's doing"
        )
        out.append(
            Finding(
                code="T106",
                tag=judge.sheet.settings[slow.setting].tag,
                text="a cause that nobody records may move settings and objective together: slow and quick moves of "
                f"{slow.setting} speak of different effects (as different by chance in {chance_text(slow.chance or 0.0)} of"
                f" histories). {remedy}. Find and record the cause",
            )
        )
    if hidden is None:
        return tuple(out)
    if hidden.times is not None and hidden.times < 1.0 and hidden.robustness_low > 0.0:
        out.append(
            Finding(
                code="T107",
                tag=hidden.condition,
                text=f"a cause that nobody records, {hidden.times:.2g} times as strong as {hidden.condition}, could at worst "
                f"erase the gain; {hidden.condition} tells {100 * (hidden.condition_with_move or 0.0):.0f} % of this move as"
                f" the history holds it, and {100 * (hidden.condition_with_objective or 0.0):.0f} % of the objective",
            )
        )
    return tuple(out)


def _parts(response: Response, shift: Floats) -> tuple[Floats, Floats, Floats, float]:
    """Columns of conditions and drift with their ridge, the move as the history holds it, and what a unit of it pulls.

    The gain is linear in the outcome's rows once the prior widths are known: a'y with a = cleaned S V d / noise variance. `a`
    is the move as far as it is seen apart from everything else; it takes the part of the treatment in [1]_.
    """
    posterior = response.posterior
    d = shift[response.setting_terms]
    weights = posterior.means(response.pull[:, None])[1][:, 0]
    direction = np.tensordot(weights, posterior.of_terms, axes=1) @ d
    rest = np.setdiff1d(np.arange(response.whitened.shape[1]), posterior.terms)
    ridge = posterior.noise_variance * prior_of_rest(response.fit.precision, rest, response.ends)
    return response.whitened[:, rest], ridge, response.whitened[:, posterior.terms] @ direction, 1.0 / posterior.noise_variance


def _left(gram: Floats, ridge: Floats, kept: NDArray[np.intp]) -> _Strengths:
    """What columns `kept` leave of the last two columns of `gram`."""
    inner, cross = gram[np.ix_(kept, kept)], gram[kept, -2:]
    b = np.linalg.solve(inner + ridge[np.ix_(kept, kept)], cross)
    return _Strengths(gram[-2:, -2:] - cross.T @ b - b.T @ cross + b.T @ inner @ b)


def _strongest(
    surrogate: Surrogate, gram: Floats, ridge: Floats, full: _Strengths, wanted: float
) -> tuple[str | None, float | None, float | None, float | None]:
    """The measured condition whose likeness could erase the gain soonest, its two shares, and how many times over."""
    response, basis = surrogate.responses["@objective"], surrogate.basis
    rest = np.setdiff1d(np.arange(response.whitened.shape[1]), response.posterior.terms)
    best: tuple[str | None, float | None, float | None, float | None] = (None, None, None, None)
    for number, variable in enumerate(basis.variables):
        if variable.is_setting:
            continue
        own = {1 + t for t, term in enumerate(basis.terms) if any(basis.columns[c].variable == number for c in term)}
        own |= set(np.flatnonzero(response.ends[sorted(own)].any(axis=0)).tolist())  # what it did otherwise before goes with it
        kept = np.flatnonzero([c not in own for c in rest])
        if len(kept) == len(rest):
            continue
        without = _left(gram, ridge, kept)
        with_move = float(np.clip(1.0 - full.move / without.move, 0.0, 0.99))
        with_objective = float(np.clip(1.0 - full.objective / without.objective, 0.0, 0.99))
        times = _times(with_move, with_objective, wanted)
        if best[3] is None or times < best[3]:
            best = (variable.name, with_move, with_objective, times)
    return best


def _times(with_move: float, with_objective: float, wanted: float) -> float:
    """How many times as strong as a condition with these shares a cause gives the bias `wanted`, by bisection.

    Shares of a cause k times as strong: [1]_, section 4.4, equations 14 to 16 with k for both strengths.
    """

    def bias(k: float) -> float:
        d = k * with_move / (1.0 - with_move)
        if d >= 1.0 or k * with_move >= 1.0:
            return np.inf
        z = k * with_move**2 / ((1.0 - k * with_move) * (1.0 - with_move))
        if z >= 1.0:
            return np.inf
        y = ((np.sqrt(k) + np.sqrt(z)) / np.sqrt(1.0 - z)) ** 2 * with_objective / (1.0 - with_objective)
        return float(np.sqrt(min(y, 1.0) * d / (1.0 - d)))

    low, high = 0.0, TIMES_MOST
    if bias(high) < wanted:
        return TIMES_MOST
    for _ in range(50):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if bias(middle) < wanted else (low, middle)
    return high


def _robustness(f: float) -> float:
    """Share in both, the move and the objective, with which a hidden cause just gives the bias `f` ([1]_, equation 18)."""
    return float(0.5 * (np.sqrt(f**4 + 4.0 * f**2) - f**2))


def slow_swings(surrogate: Surrogate, shift: Floats, target: str, better: float) -> SlowSwings:
    """Return how often chance lets slow and quick moves of the settings differ as much in what they say.

    Cosine coefficients of rows free of the noise's memory, conditions taken out, drift of the level left in. What the settings
    leave of the outcome is regressed on slow swings alone: on those of all settings, and on that of the proposed move, where
    only what flatters the move counts. Without a common cause the sign of each coefficient is a coin's, whatever the settings
    did, so both are compared with what they are under random signs (a sign-flip test on residuals [3]_), whatever the noise's
    spectrum. The less likely of the two counts, the second at half its chance, and how often chance makes it so unlikely is the
    answer.

    Parameters
    ----------
    surrogate : Surrogate
        Has learned the outcome.
    shift : array of float, shape (terms,)
        Move of every term from now to the settings, from `Judge.shifts`.
    target : str
        The outcome, or the objective.
    better : float
        1 where more of it is better, -1 where less.
    """
    basis, response = surrogate.basis, surrogate.responses[target]
    groups, terms, own = response.groups, response.posterior.terms, response.posterior.own
    lines = [t for t, term in enumerate(basis.terms) if groups[1 + t] == LINEAR_S and basis.columns[term[0]].choice is None]
    n_slow = slow_waves(len(response.target))
    if n_slow < len(lines) + 2:
        return SlowSwings(None, None)
    seen = spanned(response.whitened[:, np.setdiff1d(np.flatnonzero(~np.isin(groups, OF_TIME)), terms)])

    def waves(rows: Floats) -> Floats:
        return np.asarray(dct(rows - seen @ (seen.T @ rows), axis=0, norm="ortho")[1:])

    settings = waves(response.whitened[:, [1 + t for t in lines]])
    if not lines or np.linalg.norm(settings, axis=0).min() < 1e-9:
        return SlowSwings(None, None)
    move = waves(_parts(response, shift)[2]) * better
    space = spanned(np.column_stack([settings, move]))
    outcome = waves(response.target - response.whitened[:, own] @ response.mean[own])
    outcome = outcome - space @ (space.T @ outcome)

    def slow_part(columns: Floats) -> Floats:
        slow = columns.copy()
        slow[n_slow:] = 0.0
        return np.asarray(slow - space @ (space.T @ slow))

    slow = slow_part(settings)
    apart, along = spanned(slow), slow_part(move)
    rng = np.random.default_rng(0)
    differ, flatter = [np.array([np.sum((outcome @ apart) ** 2)])], [np.array([outcome @ along])]
    for some in np.array_split(np.arange(N_FLIPS), -(-N_FLIPS * len(outcome) // CELLS)):
        flipped = (2.0 * rng.integers(0, 2, size=(len(some), len(outcome)), dtype=np.int8) - 1.0) * outcome
        differ.append(np.sum((flipped @ apart) ** 2, axis=1))
        flatter.append(flipped @ along)
    least = np.minimum(_chances(np.concatenate(differ)), _chances(np.concatenate(flatter)) / GAIN_COUNTS)
    each = np.abs(outcome @ slow) / np.maximum(np.linalg.norm(slow, axis=0), 1e-300)
    variable = basis.columns[basis.terms[lines[int(np.argmax(each))]][0]].variable
    return SlowSwings(float(np.mean(least <= least[0])), basis.variables[variable].name)


def _chances(values: Floats) -> Floats:
    """Share of values that are as large as each, or larger [-]."""
    return np.asarray(rankdata(-values, method="max") / len(values))
