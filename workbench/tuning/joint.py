"""Whether several settings moved at once do what the same settings do one by one: what a hidden cause that leaps gives away.

A lot of ore, an order or a recipe that nobody records changes at one moment, and people answer it with several settings at
once. What the objective then does is the lot's doing as well, whereas settings that move one by one, at times of their own,
stay within a lot. So where the objective follows joint moves beyond what the settings explain, a cause may be at work; and what
settings do between two joint moves is free of it, the level of each such stretch being left out (fixed effects [1]_). Joint
moves that people make for no reason do no harm: there the objective follows the settings alone. Joint moves are held against
moves of one setting, not against gradual ones, which a cause that swings fakes. A cause that one setting alone answers is not
found (own assumptions).

References
----------
.. [1] J. M. Wooldridge, Econometric Analysis of Cross Section and Panel Data, 2nd ed., MIT Press 2010, chapter 10.5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.signal import lfilter

from workbench.models.surrogates.basis import LINEAR_S
from workbench.models.surrogates.noise import places_of
from workbench.models.surrogates.span import spanned
from workbench.models.surrogates.surrogate import Surrogate
from workbench.plant import Sheet
from workbench.records import Finding
from workbench.wording import chance_text

__all__ = ["NO_JOINT_MOVES", "JointMoves", "joint_findings", "joint_moves"]

MOVED = 0.3  # [sd of the setting] a move of more, from one result to the next, is one; own assumption
SCATTER = 4.0  # [robust sd of its steps] and more than this, so that scatter around a set value is none; own assumption
KEPT = (1.0, 0.97)  # share of a joint move that counts one result later: all for good, half of it after 23; own assumption [-]
MOVES_LEAST = 5  # joint moves, to be asked; own assumption
STRETCH_LEAST = (
    25  # [results] between joint moves on average: settings that move together oftener are run as one; own assumption
)
LEFT_LEAST = 1e-4  # share of a column that has to be left once others have taken their part, to tell [-]
FREE_LEAST = 30  # results beyond what is fitted, to tell; own assumption
CHANCE = 0.05  # share of plants without a hidden cause that are warned of one [-]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class JointMoves:
    """What moves of several settings at once say beside moves of one.

    Parameters
    ----------
    chance : float or None
        How often chance lets the objective follow joint moves as much, 0 to 1 [-]; None where there are too few of them, or
        so many that the settings are run as one.
    setting : str or None
        The setting that takes most part in them.
    stretch : array of int
        Number of the stretch between joint moves that each result lies in.
    """

    chance: float | None
    setting: str | None
    stretch: NDArray[np.int64]

    @property
    def count(self) -> int:
        """Joint moves."""
        return int(self.stretch[-1]) if len(self.stretch) else 0

    @property
    def is_suspect(self) -> bool:
        """Whether a cause that nobody records, and that leaps, seems to be there."""
        return self.chance is not None and self.chance <= CHANCE


NO_JOINT_MOVES = JointMoves(None, None, np.zeros(0, dtype=np.int64))


def joint_moves(surrogate: Surrogate) -> JointMoves:
    """Return what joint moves of the settings say of the objective.

    On rows free of the noise's memory, what the settings leave of the objective is regressed on where joint moves have taken
    the settings, along the direction that most of them share, for good and fading; conditions, drift, time of day, the settings
    themselves and where all their moves have taken each of them have told their part before.

    Parameters
    ----------
    surrogate : Surrogate
        Has learned the objective, from all moves.
    """
    basis, response = surrogate.basis, surrogate.responses["@objective"]
    groups, own = response.groups, response.posterior.own
    lines = [t for t, term in enumerate(basis.terms) if groups[1 + t] == LINEAR_S and basis.columns[term[0]].choice is None]
    columns = response.design[:, [1 + t for t in lines]]
    steps = np.diff(columns, axis=0, prepend=columns[:1]) / np.maximum(columns.std(axis=0), 1e-12)
    scatter = 1.4826 * np.median(np.abs(steps), axis=0)
    moves = np.where(np.abs(steps) > np.maximum(MOVED, SCATTER * scatter), steps, 0.0)
    is_joint = np.count_nonzero(moves, axis=1) >= 2
    together = steps[is_joint]
    if len(together) < MOVES_LEAST or len(together) * STRETCH_LEAST > len(steps):
        return NO_JOINT_MOVES
    shared = np.linalg.svd(together, full_matrices=False)[2][0]
    path = np.where(is_joint, steps @ shared, 0.0)
    places = places_of(surrogate.grid.positions[surrogate.rows["@objective"]])

    def brought(taken: Floats) -> Floats:
        return response.noise.whiten(np.column_stack([lfilter([1.0], [1.0, -kept], taken, axis=0) for kept in KEPT]), places)

    rest = response.target - response.whitened[:, own] @ response.mean[own]
    others = np.setdiff1d(np.arange(response.whitened.shape[1]), response.posterior.terms)  # conditions, drift, time of day
    root = np.sqrt(response.weights)[:, None]
    seen = spanned(root * np.column_stack([response.whitened[:, [*others, *(1 + t for t in lines)]], brought(moves)]))
    rows = root * np.column_stack([brought(path), rest])
    rows /= np.maximum(np.linalg.norm(rows, axis=0), 1e-300)
    rows -= seen @ (seen.T @ rows)
    parts, objective = rows[:, :-1], rows[:, -1]
    span = spanned(parts[:, np.linalg.norm(parts, axis=0) > LEFT_LEAST])
    free = int(np.count_nonzero(response.weights > 0.0)) - seen.shape[1] - span.shape[1]
    if free < FREE_LEAST or not span.shape[1]:
        return NO_JOINT_MOVES
    told = float(np.sum((span.T @ objective) ** 2))
    left = float(objective @ objective) - told
    chance = float(stats.f.sf(told / span.shape[1] / (left / free), span.shape[1], free))
    most = lines[int(np.argmax(np.abs(shared)))]
    name = basis.variables[basis.columns[basis.terms[most][0]].variable].name
    return JointMoves(chance, name, np.cumsum(is_joint))


def joint_findings(sheet: Sheet, joint: JointMoves, *, is_within: bool) -> tuple[Finding, ...]:
    """Return the warning that a cause which leaps may be at work.

    `is_within` says that the settings' effects were learned between joint moves because of it.
    """
    if not joint.is_suspect or joint.setting is None:
        return ()
    remedy = "What settings do is learned between such moves alone" if is_within else "Part of a gain may be that cause's doing"
    return (
        Finding(
            code="T110",
            tag=sheet.settings[joint.setting].tag,
            text="a cause that nobody records, such as lots or orders, may move settings and objective together: "
            f"{joint.count} times several settings moved at once, above all {joint.setting}, and the objective moved with them "
            f"otherwise than these settings move it one by one (by chance in {chance_text(joint.chance or 0.0)} of"
            f" histories). {remedy}. Find and record the cause",
        ),
    )
