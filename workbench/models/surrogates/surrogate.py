"""A surrogate: every outcome, the objective and the formula limits learned from one history, on one set of terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from workbench.models.surrogates.basis import Basis, VariableSpec
from workbench.models.surrogates.change import find_change
from workbench.models.surrogates.lag import MEMORIES, felt_base, lagged, likeliest_memories
from workbench.models.surrogates.outliers import FAULTS_MOST, OUTLIER
from workbench.models.surrogates.response import Response, fit_response, quick_beside
from workbench.models.surrogates.settled import SettledFormula
from workbench.models.surrogates.time import TimeGrid, time_columns
from workbench.plant import Sheet
from workbench.records import Finding, History
from workbench.wording import many

__all__ = ["Surrogate", "bends_of", "fit_surrogate", "from_quick_moves", "variable_specs", "with_deviations"]

WEIGHT_BEFORE_CHANGE = 0.2  # how much periods before a change of behaviour count [-]; own assumption
PERIODS_FOR_TARGET = 30  # [periods] an outcome with fewer results than this is not modelled

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Surrogate:
    """What was learned from a history; frames in, frames out.

    Parameters
    ----------
    basis : Basis
    responses : mapping of str to Response
        By column of the history: outcomes, `@objective`, `@cost`, `@limit:NAME`.
    rows : mapping of str to array of int
        Usable periods that each response learned from.
    memories : mapping of str to tuple of float
        How slowly each response feels each variable of the basis: share of its place before that a period keeps [-].
    frame : polars.DataFrame
        The usable periods.
    grid : TimeGrid
    findings : tuple of Finding
    """

    basis: Basis
    responses: Mapping[str, Response]
    rows: Mapping[str, NDArray[np.int64]]
    memories: Mapping[str, tuple[float, ...]]
    frame: pl.DataFrame
    grid: TimeGrid
    findings: tuple[Finding, ...]

    def felt(self, target: str, frame: pl.DataFrame) -> Floats:
        """Return the terms of `frame`, which holds every usable period, as `target` feels them over time."""
        base = felt_base(self.basis, self.basis.base_of(frame), self.grid.positions, self.memories[target])
        return self.basis.terms_of(base)

    def learned_as(self, target: str, values: Floats) -> Response:
        """Learn `values`, one for each result of `target` but on another scale, from the same periods and with its lags."""
        here, positions = self.rows[target], self.grid.positions
        felt = felt_base(self.basis, self.basis.base_of(self.frame), positions, self.memories[target])
        time = time_columns(self.basis, felt, self.grid)
        groups = np.concatenate([self.basis.groups, time.groups])
        terms, slow = self.basis.terms_of(felt)[here], time.columns[here]
        return fit_response(terms, slow, groups, values, positions[here], owners=self.basis.owners, ends=time.ends)

    def predict(self, frame: pl.DataFrame, level: float = 0.9) -> pl.DataFrame:
        """Predict every outcome at the last level of slow drift; see `models.contract.ProcessModel.predict`."""
        terms = self.basis.design(frame)
        slow = time_columns(self.basis, self.basis.base_of(self.frame), self.grid).columns[-1:].repeat(frame.height, axis=0)
        design = np.concatenate([np.ones((frame.height, 1)), terms, slow], axis=1)
        z = float(stats.norm.ppf(0.5 + level / 2.0))
        columns: dict[str, Floats] = {}
        for name, response in self.responses.items():
            centre = response.fitted(design)
            model_sd = response.change(terms)[1]
            half = z * np.sqrt(model_sd**2 + response.noise_sd**2)
            columns |= {name: centre, f"{name}_low": centre - half, f"{name}_high": centre + half}
        return pl.DataFrame(columns)


def from_quick_moves(surrogate: Surrogate, targets: Iterable[str]) -> Surrogate:
    """Return the surrogate that has learned `targets`, and them alone, from quick moves of the settings, see `quick_beside`."""
    responses = {target: surrogate.responses[target] for target in targets}
    quick = {target: response.blind_to(quick_beside(len(response.target))) for target, response in responses.items()}
    return replace(surrogate, responses=quick)


def variable_specs(sheet: Sheet) -> tuple[VariableSpec, ...]:
    """Return the variables that a surrogate learns from: settings, conditions, and how far measured settings lay off.

    What pushes a plant off its set-point may move the outcome by itself. With the deviation beside it, a measured setting is
    credited with what its set value did.
    """
    named = {**sheet.settings, **sheet.conditions}
    specs = [VariableSpec(name, name in sheet.settings, v.choices) for name, v in named.items()]
    return (*specs, *(VariableSpec(_deviation(name), is_setting=False, is_deviation=True) for name in _measured(sheet)))


def with_deviations(sheet: Sheet, frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` (History.usable) with a column for how far each measured setting lay off what its set value made it.

    What the set value made it is its own first-order lag, straight-line fitted to what was measured: with the rest beside it
    in a regression, a setting is credited with what was set, the set value being the instrument [1]_.

    References
    ----------
    .. [1] J. M. Wooldridge, Control function methods in applied econometrics, Journal of Human Resources 50 (2015) 420-445.
    """
    positions = TimeGrid.of(frame, sheet).positions
    columns = []
    for name in _measured(sheet):
        measured, set_value = (frame[c].cast(pl.Float64).to_numpy() for c in (name, f"{name}.set"))
        known = np.isfinite(measured) & np.isfinite(set_value)
        off = np.full(frame.height, np.nan)
        if known.any():
            off[known] = _left_over(measured[known], set_value[known], positions[known], lags=sheet.period is not None)
        columns.append(pl.Series(_deviation(name), off).fill_nan(None))
    return frame.with_columns(columns)


def _left_over(measured: Floats, set_value: Floats, positions: NDArray[np.int64], *, lags: bool) -> Floats:
    """What the best of the lags of the set value leaves of what was measured."""
    rests = []
    for memory in MEMORIES if lags else (0.0,):
        followed = lagged(set_value[:, None], positions, memory)[:, 0]
        away = followed - followed.mean()
        slope = float(away @ measured) / max(float(away @ away), 1e-300)
        rests.append(measured - measured.mean() - slope * away)
    return min(rests, key=lambda rest: float(rest @ rest))


def _measured(sheet: Sheet) -> list[str]:
    return [name for name, s in sheet.settings.items() if s.measured is not None and s.choices is None]


def _deviation(name: str) -> str:
    return f"{name} (off its set value)"


def fit_surrogate(sheet: Sheet, history: History) -> Surrogate:
    """Learn every target of the sheet from the history's usable periods.

    Returns
    -------
    Surrogate
        Its findings name targets with too few results, drawn-in outliers, changes of behaviour, lags and effects that drifted.
    """
    frame = with_deviations(sheet, history.usable)
    grid = TimeGrid.of(frame, sheet)
    specs = variable_specs(sheet)
    basis = Basis.fit(specs, frame)
    base = basis.base_of(frame)
    responses: dict[str, Response] = {}
    rows: dict[str, NDArray[np.int64]] = {}
    memories: dict[str, tuple[float, ...]] = {}
    findings: list[Finding] = []
    for target in target_columns(sheet, frame):
        y = frame[target].cast(pl.Float64).fill_nan(None)
        here = np.flatnonzero(y.is_not_null().to_numpy())
        values = y.drop_nulls().to_numpy()
        if len(here) < PERIODS_FOR_TARGET or values.std() <= 1e-12 * max(1.0, abs(float(values.mean()))):
            what = f"only {len(here)} results" if len(here) < PERIODS_FOR_TARGET else f"it never moved from {values.mean():g}"
            findings.append(
                Finding(
                    code="M101",
                    tag=None if target.startswith("@") else target,
                    text=f"{_in_words(target)} is not modelled: {what}",
                )
            )
            continue
        positions, bends = grid.positions[here], bends_of(sheet, target)
        memory = (0.0,) * len(specs)
        settled = SettledFormula.of(sheet, target, basis, frame, grid.positions)
        if sheet.period is not None:
            memory = likeliest_memories(
                basis, base, lambda felt: time_columns(basis, felt, grid), values, settled.shift, here, grid.positions
            )
            values = values + settled.shift(memory)[here]
        felt = felt_base(basis, base, grid.positions, memory)
        time = time_columns(basis, felt, grid)
        groups = np.concatenate([basis.groups, time.groups])
        terms, slow = basis.terms_of(felt)[here], time.columns[here]
        is_objective = target == "@objective"
        learn = partial(
            fit_response,
            terms,
            slow,
            groups,
            values,
            positions,
            owners=basis.owners,
            ends=time.ends,
            bends=bends,
            stated=settled.stated(basis),
            is_replayed=is_objective,
        )
        response = learn()
        change = find_change(response.of_middle, response.target, groups) if is_objective else None
        if change is not None:
            weights = np.where(np.arange(len(here)) < change, WEIGHT_BEFORE_CHANGE, 1.0)
            response = learn(weights=weights)
            findings.append(_change_finding(frame, int(here[change]), sheet))
        responses[target], rows[target], memories[target] = response, here, memory
    findings += [*_drawn_in(sheet, responses), *_slow(sheet, memories), *_drifted(responses)]
    return Surrogate(basis, responses, rows, memories, frame, grid, tuple(findings))


def bends_of(sheet: Sheet, target: str) -> float:
    """Return which way squares should bend: those of the objective so that returns diminish, of others nobody knows (0)."""
    if target != "@objective":
        return 0.0
    return -1.0 if sheet.objective.maximize else 1.0


def target_columns(sheet: Sheet, frame: pl.DataFrame) -> list[str]:
    """Return the columns to be learned: objective, cost, formula limits, then outcomes."""
    names = ["@objective", "@cost", *_learned_limits(sheet), *sheet.outcomes]
    numeric = [n for n in names if n in frame.columns and frame[n].dtype.is_numeric()]
    return [n for n in numeric if frame[n].null_count() < frame.height]


def _learned_limits(sheet: Sheet) -> list[str]:
    """Formula limits that name an outcome; the others are exact and need no model."""
    known = set(sheet.settings) | set(sheet.conditions)
    return [f"@limit:{limit.name}" for limit in sheet.limits if not limit.formula.names <= known]


def _in_words(target: str) -> str:
    return {"@objective": "the objective", "@cost": "the costs"}.get(target, target.replace("@limit:", "the limit "))


def _drawn_in(sheet: Sheet, responses: Mapping[str, Response]) -> list[Finding]:
    wild = [f"{_in_words(name)} {r.n_outliers}" for name, r in responses.items() if r.n_outliers]
    if not wild:
        return []
    share = f"{100 * FAULTS_MOST:g}"
    far = f"over {OUTLIER:g} standard deviations; of those that pull to one side again and again the farthest {share} %"
    text = f"{many(sheet.row)} that lie too far off the model ({far}) count as if they lay at that distance: {', '.join(wild)}"
    return [Finding(code="M102", tag=None, text=text)]


def _slow(sheet: Sheet, memories: Mapping[str, tuple[float, ...]]) -> list[Finding]:
    slow = [_in_words(name) for name, memory in memories.items() if any(memory[: len(sheet.settings)])]
    if not slow:
        return []
    text = f"what follows its settings over several {many(sheet.row)}, not at once, was learned so: {', '.join(slow)}"
    return [Finding(code="M105", tag=None, text=text)]


def _drifted(responses: Mapping[str, Response]) -> list[Finding]:
    if "@objective" not in responses:
        return []
    if not responses["@objective"].has_drifted:
        return []
    text = "what settings do to the objective has drifted over the history: it is taken as it is at the end"
    return [Finding(code="M106", tag=None, text=text)]


def _change_finding(frame: pl.DataFrame, row: int, sheet: Sheet) -> Finding:
    when = frame["time"][row]
    where = f"{when.astimezone(sheet.zone):%Y-%m-%d}" if when is not None else f"batch {frame['batch'][row]}"
    return Finding(
        code="M103",
        tag=None,
        text=f"the process behaves otherwise since about {where}: earlier {many(sheet.row)} count {WEIGHT_BEFORE_CHANGE:g} of"
        " later ones",
    )
