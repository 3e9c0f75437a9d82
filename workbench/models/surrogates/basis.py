"""Terms of a surrogate: from settings and conditions to the columns of a regression.

Straight lines, squares and higher bends of each variable, products of two settings and of a setting with a condition.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = ["OF_TIME", "Basis", "VariableSpec"]

CLIP = 5.0  # [standard deviations] history beyond this is drawn in, so that one odd period does not bend a square
DEGREES = (3, 4)  # of the polynomials that let one variable bend the answer beyond a square; own assumption
CURVE_LEFT = 0.2  # [standard deviations of a power] where lower powers leave less of it, it is no bend; own assumption
CURVE_CLIP = 3.0  # [standard deviations] beyond this they stay what they are there: powers run away; own assumption
N_TERMS_MAX = 400  # products are offered only up to this many terms
N_SEEN = 4  # frames whose base columns are kept: every limit asks for those of the same candidates

LINEAR_S, BEND_S, CURVE_S, CROSS_SS, CROSS_SC, LINEAR_C, BEND_C, CURVE_C, CROSS_CC, SLOW, DRIFT_S, DRIFT_C = range(12)
"""Groups of terms, each with a prior width of its own: of settings (S), conditions (C) and of time."""
OF_TIME = (SLOW, DRIFT_S, DRIFT_C)

Floats = NDArray[np.float64]
_Factors = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]
"""First base column of each term; places of the terms with two; the second column of those."""


@dataclass(frozen=True)
class VariableSpec:
    """A variable as the surrogate sees it: its name, whether it may be set, and its choices where it is a category.

    `is_deviation` marks how far what was measured lay off what was set: where a frame does not hold it, it lies at its mean.
    """

    name: str
    is_setting: bool
    choices: tuple[str, ...] | None = None
    is_deviation: bool = False


@dataclass(frozen=True)
class _Column:
    """One base column: a standardised number, a bend of it, or the indicator of one choice."""

    variable: int
    choice: str | None = None
    lower: tuple[float, ...] = ()

    @property
    def is_curve(self) -> bool:
        return bool(self.lower)


@dataclass(frozen=True)
class Basis:
    """Columns of the regression, fitted to a history: centre and scale of each variable and of each term.

    Parameters
    ----------
    variables : tuple of VariableSpec
    centre, scale : array of float
        Mean and standard deviation of each variable over the history, in its unit (0 and 1 for categories).
    columns : tuple
        Base columns.
    terms : tuple of tuple of int
        Each term's base columns: one, or two that are multiplied.
    groups : array of int
        Group of each term.
    term_centre, term_scale : array of float
        Mean and standard deviation of each term over the history [-].
    """

    variables: tuple[VariableSpec, ...]
    centre: Floats
    scale: Floats
    columns: tuple[_Column, ...]
    terms: tuple[tuple[int, ...], ...]
    groups: NDArray[np.int64]
    term_centre: Floats
    term_scale: Floats

    @classmethod
    def fit(cls, variables: tuple[VariableSpec, ...], frame: pl.DataFrame) -> Basis:
        """Learn centre and scale from `frame` (columns by variable name) and choose the terms that it can carry."""
        centre, scale = np.zeros(len(variables)), np.ones(len(variables))
        for i, v in enumerate(variables):
            if v.choices is None:
                x = frame[v.name].drop_nulls().to_numpy()
                centre[i] = x.mean() if len(x) else 0.0
                scale[i] = x.std() if len(x) and x.std() > 1e-12 * max(1.0, abs(centre[i])) else 0.0
        linear, bends = _base_columns(variables, frame, centre, scale)
        columns = tuple(linear + bends)
        empty = np.zeros(0)
        draft = cls(variables, centre, scale, columns, (), np.zeros(0, dtype=np.int64), empty, empty)
        base = draft._base(frame)
        terms, groups = _choose_terms(variables, columns, len(linear), base, frame.height)
        raw = _multiply(base, _factors_of(terms))
        term_centre = raw.mean(axis=0) if len(raw) else np.zeros(len(terms))
        term_scale = raw.std(axis=0) if len(raw) else np.ones(len(terms))
        alive = term_scale > 1e-9
        kept = tuple(t for t, ok in zip(terms, alive, strict=True) if ok)
        return cls(
            variables,
            centre,
            scale,
            columns,
            kept,
            np.array(groups, dtype=np.int64)[alive],
            term_centre[alive],
            term_scale[alive],
        )

    @property
    def owners(self) -> Floats:
        """Which setting each term belongs to: 1 in its column, shape (terms, settings); products of two settings have two."""
        settings = [i for i, v in enumerate(self.variables) if v.is_setting]
        held = [{self.columns[c].variable for c in term} for term in self.terms]
        return np.array([[float(i in of) for i in settings] for of in held]).reshape(len(self.terms), len(settings))

    @property
    def lines(self) -> list[tuple[int, _Column]]:
        """Places and columns of the terms that are a variable, or an indicator of a choice, itself."""
        alone = [(t, self.columns[term[0]]) for t, term in enumerate(self.terms) if len(term) == 1]
        return [(t, column) for t, column in alone if not column.is_curve]

    def design(self, frame: pl.DataFrame) -> Floats:
        """Return one row a period, one column a term, each centred and scaled; a missing value counts as the mean."""
        return self.terms_of(self._base(frame))

    def base_of(self, frame: pl.DataFrame) -> Floats:
        """Return the base columns, a row a period: standardised variables, their bends, indicators of choices."""
        return self._base(frame)

    def terms_of(self, base: Floats) -> Floats:
        """Return the terms that base columns make, each centred and scaled; see `design`."""
        terms = _multiply(base, self._factors)
        terms -= self.term_centre
        terms /= self.term_scale
        return terms

    def lines_of(self, base: Floats, places: list[int]) -> Floats:
        """Return those of the terms that are a base column each, of `lines`, as in `terms_of`."""
        columns = [self.terms[place][0] for place in places]
        return np.asarray((base[:, columns] - self.term_centre[places]) / self.term_scale[places])

    def shift(self, settings: pl.DataFrame, now: pl.DataFrame, conditions: pl.DataFrame | Floats) -> Floats:
        """Return how far each term moves, on average over `conditions`, when settings go from `now` to each row of `settings`.

        Exact and quick: only settings move, and products with conditions are linear in both.

        Parameters
        ----------
        settings : polars.DataFrame
            A row a candidate, a column a setting, in the sheet's units.
        now : polars.DataFrame
            One row, a column a setting.
        conditions : polars.DataFrame or array of float
            A row a recent period, a column a condition; or what `base_columns` makes of it, where it is asked for many times.

        Returns
        -------
        array of float, shape (candidates, terms)
        """
        mean = self._conditions(conditions).mean(axis=0)
        return self._mixed(settings, mean) - self._mixed(now, mean)

    def shift_per_period(
        self, settings: pl.DataFrame, now: pl.DataFrame, conditions: pl.DataFrame | Floats, weights: Floats
    ) -> Floats:
        """Return what `weights` (one a term) make of the move, for each candidate and each period of `conditions`.

        Returns
        -------
        array of float, shape (candidates, periods)
        """
        base = self._conditions(conditions)
        at, start = self.base_columns(settings), self.base_columns(now)
        places, first, second = self._moving
        scaled = weights / self.term_scale
        product = np.zeros((len(self.columns), len(self.columns)))
        np.add.at(product, (first, second), scaled[places])
        own = self._of_settings
        alone = (_multiply(at, self._factors) - _multiply(start, self._factors))[:, own] @ scaled[own]
        return np.asarray(alone[:, None] + (at - start) @ product @ base.T)

    @cached_property
    def _factors(self) -> _Factors:
        return _factors_of(self.terms)

    @cached_property
    def _is_setting(self) -> NDArray[np.bool_]:
        """Which base columns belong to settings."""
        return np.array([self.variables[c.variable].is_setting for c in self.columns], dtype=bool)

    @cached_property
    def _of_settings(self) -> NDArray[np.intp]:
        """Places of the terms that settings alone make."""
        return np.flatnonzero([all(self._is_setting[c] for c in term) for term in self.terms])

    @cached_property
    def _moving(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """Places of the products of a setting with a condition, the base column of each one's setting and of its condition."""
        flags = self._is_setting
        mixed = [t for t, term in enumerate(self.terms) if len(term) == 2 and flags[term[0]] != flags[term[1]]]
        pairs = [self.terms[t] if flags[self.terms[t][0]] else self.terms[t][::-1] for t in mixed]
        first, second = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
        return np.array(mixed, dtype=np.intp), first, second

    def _conditions(self, conditions: pl.DataFrame | Floats) -> Floats:
        return self.base_columns(conditions) if isinstance(conditions, pl.DataFrame) else conditions

    def _mixed(self, settings: pl.DataFrame, condition_mean: Floats) -> Floats:
        base = np.where(self._is_setting, self.base_columns(settings), condition_mean)
        return _multiply(base, self._factors) / self.term_scale

    def base_columns(self, frame: pl.DataFrame) -> Floats:
        """Return the standardised variables, a row a period; columns of variables that `frame` does not hold are 0.

        Answers for the last few frames are kept: a frame must not be changed in place between two questions.
        """
        for at, (seen, base) in enumerate(self._seen):
            if seen is frame:
                self._seen.insert(0, self._seen.pop(at))
                return base
        base = self._base(frame, missing_ok=True)
        base.flags.writeable = False
        self._seen[N_SEEN - 1 :] = []
        self._seen.insert(0, (frame, base))
        return base

    @cached_property
    def _seen(self) -> list[tuple[pl.DataFrame, Floats]]:
        return []

    @cached_property
    def _at_mean(self) -> Floats:
        """Columns of variables that a frame does not hold."""
        return np.array([_power(np.zeros(1), column.lower)[0] if column.is_curve else 0.0 for column in self.columns])

    def _base(self, frame: pl.DataFrame, missing_ok: bool = False) -> Floats:
        out = np.repeat(self._at_mean[None, :], frame.height, axis=0)
        standard: dict[int, Floats] = {}
        held = set(frame.columns)
        for j, column in enumerate(self.columns):
            v = self.variables[column.variable]
            if v.name not in held:
                if not (missing_ok or v.is_deviation):
                    raise KeyError(f"column {v.name!r} is missing from the frame")
                continue
            if column.choice is not None:
                out[:, j] = (frame[v.name] == column.choice).fill_null(value=False).cast(pl.Float64).to_numpy()
                continue
            if column.variable not in standard:
                x = frame[v.name].cast(pl.Float64).to_numpy().astype(np.float64)
                z = (x - self.centre[column.variable]) / (self.scale[column.variable] or 1.0)
                standard[column.variable] = np.clip(np.nan_to_num(z, nan=0.0), -CLIP, CLIP)
            z = standard[column.variable]
            out[:, j] = _power(z, column.lower) if column.is_curve else z
        return out


def _base_columns(
    variables: tuple[VariableSpec, ...], frame: pl.DataFrame, centre: Floats, scale: Floats
) -> tuple[list[_Column], list[_Column]]:
    linear: list[_Column] = []
    bends: list[_Column] = []
    for i, v in enumerate(variables):
        if v.choices is not None:
            linear += [_Column(i, choice=c) for c in v.choices]
        elif scale[i] > 0.0:
            linear.append(_Column(i))
            z = (frame[v.name].drop_nulls().to_numpy() - centre[i]) / scale[i]
            bends += [_Column(i, lower=lower) for degree in DEGREES if (lower := _lower_powers(z, degree))]
    return linear, bends


def _lower_powers(z: Floats, degree: int) -> tuple[float, ...]:
    """Coefficients of the lower powers that explain the power `degree` best over the history.

    None where they leave next to nothing of it: a variable that takes few values, a little blurred, bends nowhere between them.
    """
    if len(z) <= degree:
        return ()
    z = np.clip(z, -CURVE_CLIP, CURVE_CLIP)
    found = np.linalg.lstsq(np.vander(z, degree, increasing=True), z**degree, rcond=None)[0]
    lower = tuple(float(c) for c in found)
    return lower if float(np.std(_power(z, lower))) > max(CURVE_LEFT * float(np.std(z**degree)), 1e-9) else ()


def _power(z: Floats, lower: tuple[float, ...]) -> Floats:
    """A power of the variable less what lower ones tell of it: what is left is a bend that no square has."""
    z = np.clip(z, -CURVE_CLIP, CURVE_CLIP)
    return np.asarray(np.polynomial.polynomial.polyval(z, [-c for c in lower] + [1.0]))


def _choose_terms(
    variables: tuple[VariableSpec, ...], columns: tuple[_Column, ...], n_linear: int, base: Floats, n_rows: int
) -> tuple[list[tuple[int, ...]], list[int]]:
    """Lines and bends always; then products, settings first, while the history carries them."""
    is_setting = [variables[c.variable].is_setting for c in columns]
    terms: list[tuple[int, ...]] = []
    groups: list[int] = []
    for j in range(n_linear):
        terms.append((j,))
        groups.append(LINEAR_S if is_setting[j] else LINEAR_C)
        if columns[j].choice is None:
            terms.append((j, j))
            groups.append(BEND_S if is_setting[j] else BEND_C)
    for j in range(n_linear, len(columns)):
        terms.append((j,))
        groups.append(CURVE_S if is_setting[j] else CURVE_C)
    moves = np.ptp(base, axis=0) > 0.0 if len(base) else np.zeros(len(columns), dtype=bool)
    # the product with a choice that always or never held would only be the other factor once more
    s = [j for j in range(n_linear) if is_setting[j] and moves[j]]
    c = [j for j in range(n_linear) if not is_setting[j] and moves[j]]
    offers = [
        (CROSS_SS, [(a, b) for k, a in enumerate(s) for b in s[k + 1 :] if columns[a].variable != columns[b].variable]),
        (CROSS_SC, [(a, b) for a in s for b in c]),
        (CROSS_CC, [(a, b) for k, a in enumerate(c) for b in c[k + 1 :] if columns[a].variable != columns[b].variable]),
    ]
    room = max(min(N_TERMS_MAX, n_rows) - len(terms), 0)
    for group, pairs in offers:
        if len(pairs) <= room:
            terms += pairs
            groups += [group] * len(pairs)
            room -= len(pairs)
    return terms, groups


def _factors_of(terms: tuple[tuple[int, ...], ...] | list[tuple[int, ...]]) -> _Factors:
    double = [k for k, t in enumerate(terms) if len(t) == 2]
    each = [t[0] for t in terms], double, [terms[k][1] for k in double]
    return tuple(np.array(places, dtype=np.intp) for places in each)  # type: ignore[return-value]


def _multiply(base: Floats, factors: _Factors) -> Floats:
    first, double, second = factors
    out = base[:, first]
    out[:, double] *= base[:, second]
    return out
