"""Formulas that name settings, which count at once, beside outcomes, which follow the settings over several periods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.models.surrogates.basis import Basis
from workbench.models.surrogates.lag import lagged
from workbench.models.surrogates.posterior import SETTING_GROUPS
from workbench.plant import Formula, Sheet

__all__ = ["SettledFormula"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SettledFormula:
    """The formula behind a target, with its settings and conditions moved to where its outcomes feel them.

    In ``38*clinker - 95*fuel`` the fuel is paid at once, and the clinker follows for hours. No one lag fits both: the price of
    fuel, which the sheet states, would be learned wrongly from moves that come too early for it. What the formula itself says
    of settings and conditions is therefore taken as late as the outcomes answer to them. Where it multiplies them with
    outcomes, these count with their means, so that a target is only ever shifted by what is known without it.

    Parameters
    ----------
    expr : polars.Expr or None
        The formula; None where the target is no formula of outcomes and others.
    frame : polars.DataFrame
        The usable periods; outcomes at their means.
    positions : array of int
        Place of every period on the grid.
    places : mapping of str to int
        Numeric settings and conditions that it names, with their places in the basis.
    """

    expr: pl.Expr | None
    frame: pl.DataFrame
    positions: NDArray[np.int64]
    places: Mapping[str, int]

    @classmethod
    def of(cls, sheet: Sheet, target: str, basis: Basis, frame: pl.DataFrame, positions: NDArray[np.int64]) -> SettledFormula:
        """Return the formula of one target of the sheet over its usable periods."""
        names, expr = _formula_of(sheet, target)
        places = {v.name: n for n, v in enumerate(basis.variables) if v.name in names and v.choices is None}
        outcomes = sorted(name for name in names & set(sheet.outcomes) if frame[name].dtype.is_numeric())
        is_mixed = bool(places and outcomes)
        return cls(expr if is_mixed else None, frame.with_columns(pl.col(outcomes).mean()), positions, places)

    def stated(self, basis: Basis) -> Floats:
        """Return what the formula itself says of the settings: a coefficient a term, 0 for terms without a setting.

        A term's unit is that of `Basis.design`, the coefficient's that of the target. Bends that the terms do not have are left
        to be learned.
        """
        coefficients = np.zeros(len(basis.terms))
        names = [name for name, place in self.places.items() if basis.variables[place].is_setting]
        if self.expr is None or not names:
            return coefficients
        known = self.frame.drop_nulls(list(self.places))
        here, held = (f.select(self.expr).to_series().to_numpy() for f in (known, known.with_columns(pl.col(names).mean())))
        finite = np.isfinite(here - held)
        if not finite.any():
            return coefficients
        named = set(self.places.values())
        is_named = [all(basis.columns[c].variable in named for c in term) for term in basis.terms]
        own = np.flatnonzero(np.isin(basis.groups, SETTING_GROUPS) & np.array(is_named))
        columns = np.column_stack([np.ones(int(finite.sum())), basis.design(known)[np.ix_(finite, own)]])
        coefficients[own] = np.linalg.lstsq(columns, (here - held)[finite], rcond=1e-9)[0][1:]
        return coefficients

    def shift(self, memories: Sequence[float]) -> Floats:
        """Return what to add to the target of every period, given the memory of each variable; 0 where none has any."""
        late = {name: memories[place] for name, place in self.places.items() if memories[place] > 0.0}
        if self.expr is None or not late:
            return np.zeros(self.frame.height)
        felt = []
        for name, memory in late.items():
            column = self.frame[name].cast(pl.Float64).forward_fill().backward_fill()
            felt.append(pl.Series(name, lagged(column.to_numpy()[:, None], self.positions, memory)[:, 0]))
        at_once, settled = (frame.select(self.expr).to_series() for frame in (self.frame, self.frame.with_columns(felt)))
        moved = (settled - at_once).fill_null(0.0).to_numpy()
        return np.where(np.isfinite(moved), moved, 0.0)


def _formula_of(sheet: Sheet, target: str) -> tuple[frozenset[str], pl.Expr | None]:
    """Variables that the formula behind a target names, and the formula; none where the target is an outcome."""
    weighed: Sequence[tuple[Formula, float]] = ()
    if target == "@objective":
        weighed = ((sheet.objective.formula, 1.0),)
    elif target == "@cost":
        weighed = sheet.costs_per_hour
    else:
        weighed = [(limit.formula, 1.0) for limit in sheet.limits if target == f"@limit:{limit.name}"]
    if not weighed:
        return frozenset(), None
    names = frozenset[str]().union(*(formula.names for formula, _ in weighed))
    return names, reduce(add, [formula.expr().cast(pl.Float64) * factor for formula, factor in weighed])
