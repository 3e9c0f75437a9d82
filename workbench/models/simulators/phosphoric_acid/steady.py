"""The steady plant: the acid strength at which the water balance closes, first root from below."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.errors import WorkbenchError
from workbench.models.simulators.phosphoric_acid.balance import Flows, equilibrium, flows
from workbench.models.simulators.phosphoric_acid.constants import CONSTANTS, Constants
from workbench.models.simulators.phosphoric_acid.inputs import Array, Inputs

__all__ = ["Steady", "first_root", "solve"]

Rows = npt.NDArray[np.intp]

# [% P2O5] the upward scan: coarse where no plant runs, fine where two roots may lie close; above 42 % is hemihydrate land
STRENGTHS = np.concatenate([[12.0, 20.0, 24.0, 26.0], np.arange(26.5, 35.0, 0.5), np.arange(35.0, 42.1, 1.0)])
# factors on the rock rate that are tried in turn where the filter cannot cope; below the last it is an error
RATE_FACTORS = np.concatenate([np.arange(1.0, 0.5, -0.04), np.arange(0.5, 0.045, -0.05)])
CLOSE = 1e-12  # [-] of the bracket, relative
MOST_REFINEMENTS = 60


@dataclass(frozen=True)
class Steady:
    """Steady states: the inputs really run (rock rate forced down where needed), acid strength [% P2O5], flows."""

    inputs: Inputs
    strength: Array
    flows: Flows
    forced_down: Array


def first_root(function: Callable[[Array, Rows], Array], rows: int) -> Array:
    """Lowest strength at which `function(strength, rows)` crosses zero upwards [% P2O5]; nan where it never does.

    `function` takes strengths and the numbers of the rows that they belong to.
    """
    root = np.full(rows, np.nan)
    open_rows = np.arange(rows)
    f_low = function(np.full(rows, STRENGTHS[0]), open_rows)
    a, b, fa, fb = (np.full(rows, np.nan) for _ in range(4))
    for low, high in itertools.pairwise(STRENGTHS):
        if open_rows.size == 0:
            break
        f_high = function(np.full(open_rows.size, high), open_rows)
        found = (f_low < 0.0) & (f_high >= 0.0)
        rows_found = open_rows[found]
        a[rows_found], b[rows_found] = low, high
        fa[rows_found], fb[rows_found] = f_low[found], f_high[found]
        open_rows, f_low = open_rows[~found], f_high[~found]
    todo = np.flatnonzero(np.isfinite(a))
    for _ in range(MOST_REFINEMENTS):  # Illinois: secant steps that keep the bracket
        if todo.size == 0:
            break
        x = (a[todo] * fb[todo] - b[todo] * fa[todo]) / (fb[todo] - fa[todo])
        fx = function(x, todo)
        root[todo] = x
        right = fx >= 0.0
        up, down = todo[right], todo[~right]
        # halve the other end's value when the same end moves, so that neither end sticks
        fa[up] *= 0.5
        fb[down] *= 0.5
        b[up], fb[up] = x[right], fx[right]
        a[down], fa[down] = x[~right], fx[~right]
        todo = todo[(np.abs(fx) > CLOSE * 100.0) & (b[todo] - a[todo] > CLOSE * x)]
    return root


def solve(inputs: Inputs, c: Constants = CONSTANTS) -> Steady:
    """Return the steady state of each moment.

    Where no strength closes the water balance the filter cannot cope with the cake: the rock rate is then forced down in
    steps of 4 points until one does, and `forced_down` says what was left of it.

    Parameters
    ----------
    inputs : Inputs
        Settings and conditions.
    c : Constants
        Constants of the model.

    Returns
    -------
    Steady
        The first root from below; a second one, with the filter overloaded, exists and is not a way to run.

    Raises
    ------
    WorkbenchError
        If even a twentieth of the rock rate finds no steady state.
    """
    rows = inputs.rock_rate.size
    factor = np.ones(rows)
    strength = np.full(rows, np.nan)
    todo = np.arange(rows)
    for tried in RATE_FACTORS:
        factor[todo] = tried
        part = inputs.take(todo)
        part = part.replaced(rock_rate=part.rock_rate * tried)

        def water(p: Array, numbers: Rows, part: Inputs = part) -> Array:
            chosen = part.take(numbers)
            return flows(chosen, p, equilibrium(chosen, p, c), c).water_open

        strength[todo] = first_root(water, todo.size)
        todo = todo[~np.isfinite(strength[todo])]
        if todo.size == 0:
            break
    if todo.size:
        raise WorkbenchError(
            f"the water balance has no steady state in {todo.size} of {rows} moments, even at a twentieth of the rock rate"
        )
    run = inputs.replaced(rock_rate=inputs.rock_rate * factor)
    return Steady(run, strength, flows(run, strength, equilibrium(run, strength, c), c), factor)
