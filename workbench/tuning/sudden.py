"""Whether sudden moves of the settings do as much for the gain as gradual ones: what a hidden cause seldom fakes.

A cause that nobody records and that remembers as long as campaigns last leaves slow and quick moves alike: both follow it. But
it seldom leaps, and people do: a campaign starts from one result to the next. What the objective does after leaps is then the
settings' own doing, and what it does with gradual moves is partly the cause's. Where the settings act by themselves the two
agree. A cause that leaps itself is not found, and settings that only leap tell nothing (own assumptions; the comparison of two
parts of one regressor is that of frequency bands [1]_, with parts told apart by size instead of frequency).

References
----------
.. [1] R. F. Engle, Band spectrum regression, International Economic Review 15 (1974) 1-11.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from workbench.models.surrogates.basis import LINEAR_S
from workbench.models.surrogates.noise import places_of
from workbench.models.surrogates.span import spanned
from workbench.records import Finding, Gain
from workbench.tuning.judge import LEVEL, Judge, Z
from workbench.tuning.words import number
from workbench.wording import unit_of_change

__all__ = ["SuddenMoves", "sudden_findings", "sudden_moves"]

LEAP = 1.0  # [sd of the setting] a move of more, from one result to the next, is sudden; own assumption
KEPT = 0.97  # share of a leap that counts as sudden one result later, half of it after 23; own assumption [-]
LEAPS_LEAST = 5  # of a setting, to be asked; own assumption
FREE_LEAST = 30  # results beyond what is fitted, to tell; own assumption

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SuddenMoves:
    """What sudden moves of the settings say of a change, beside gradual ones.

    Parameters
    ----------
    less : float
        By how much the change gains less by what sudden moves say than by what gradual ones say [unit of the objective].
    sd : float
        Standard deviation of it, above 0 [unit of the objective].
    setting : str
        The setting that most of it comes from.
    """

    less: float
    sd: float
    setting: str

    @property
    def is_suspect(self) -> bool:
        """Whether the whole 90 % interval says that gradual moves flatter the gain: by chance in one history of twenty."""
        return self.less > Z * self.sd


def sudden_moves(judge: Judge, shift: Floats) -> SuddenMoves | None:
    """Return what sudden moves of the settings say of a change beside gradual ones; None where there are too few of them.

    What the settings leave of the objective, on rows free of the noise's memory, is regressed on the part of each setting that
    leaps brought and that fades, once conditions, drift, time of day and the settings themselves have taken their part.

    Parameters
    ----------
    judge : Judge
        Of the plant, learned from all moves.
    shift : array of float, shape (terms,)
        Move of every term from now to the settings, from `Judge.shifts`.
    """
    surrogate = judge.surrogate
    basis, response = surrogate.basis, surrogate.responses["@objective"]
    groups, terms, own = response.groups, response.posterior.terms, response.posterior.own
    lines = [t for t, term in enumerate(basis.terms) if groups[1 + t] == LINEAR_S and basis.columns[term[0]].choice is None]
    columns = response.design[:, [1 + t for t in lines]]
    steps = np.diff(columns, axis=0, prepend=columns[:1])
    leaps = np.where(np.abs(steps) > LEAP * columns.std(axis=0), steps, 0.0)
    asked = np.flatnonzero(np.count_nonzero(leaps, axis=0) >= LEAPS_LEAST)
    moved = shift[np.array(lines, dtype=np.int64)[asked]] * judge.sign
    if not moved.any():
        return None
    root = np.sqrt(response.weights)[:, None]
    places = places_of(surrogate.grid.positions[surrogate.rows["@objective"]])
    others = np.setdiff1d(np.arange(response.whitened.shape[1]), terms)  # conditions, drift, time of day
    seen = spanned(root * response.whitened[:, [*others, *(1 + t for t in lines)]])
    rest = response.target - response.whitened[:, own] @ response.mean[own]
    rows = root * np.column_stack([response.noise.whiten(lfilter([1.0], [1.0, -KEPT], leaps[:, asked], axis=0), places), rest])
    rows -= seen @ (seen.T @ rows)
    parts, objective = rows[:, :-1], rows[:, -1]
    inverse = np.linalg.pinv(parts.T @ parts, rcond=1e-9, hermitian=True)
    effects = inverse @ (parts.T @ objective)
    free = int(np.count_nonzero(response.weights > 0.0)) - seen.shape[1] - len(asked)
    variance = float(moved @ inverse @ moved) * float(np.sum((objective - parts @ effects) ** 2)) / max(free, 1)
    if free < FREE_LEAST or variance <= 0.0:
        return None
    less = -moved * effects * response.scale
    most = basis.variables[basis.columns[basis.terms[lines[asked[int(np.argmax(less))]]][0]].variable].name
    return SuddenMoves(float(less.sum()), float(np.sqrt(variance)) * response.scale, most)


def sudden_findings(judge: Judge, sudden: SuddenMoves | None, gain: Gain) -> tuple[Finding, ...]:
    """Return the warning that gradual moves of the settings flatter the gain; none where `sudden` is None."""
    if sudden is None:
        return ()
    low, high = sudden.less - Z * sudden.sd, sudden.less + Z * sudden.sd
    unit = unit_of_change(gain.unit)
    return (
        Finding(
            code="T109",
            tag=judge.sheet.settings[sudden.setting].tag,
            text="a cause that nobody records may move settings and objective together: by what the objective did after sudden "
            f"moves of the settings, above all of {sudden.setting}, this change would give {number(sudden.less)} {unit} less "
            f"({LEVEL * 100:.0f} % interval {number(low)} to {number(high)} {unit}) than by gradual moves, which such a cause "
            f"can fake; {number(gain.expected)} {unit} are promised from both. Find and record the cause",
        ),
    )
