"""Slow plants: an outcome that follows its settings and conditions over several periods, not at once.

Tanks and recycles keep a memory. An outcome regressed on the settings of its own period then shows too little of what they do
in the end. Each variable is therefore taken as the outcome feels it, as a first-order lag of itself, with the memories under
which the outcome is likeliest; the coefficients are those of the settled plant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.models.surrogates.basis import Basis
from workbench.models.surrogates.evidence import FLAT, Moments, fit_by_evidence
from workbench.models.surrogates.noise import ArNoise, places_of

if TYPE_CHECKING:
    from workbench.models.surrogates.time import TimeColumns

__all__ = ["MEMORIES", "felt_base", "lagged", "likeliest_memories"]

MEMORIES = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9)  # tried: share of the place before that one period keeps [-]; own assumption
NATS_NEEDED = 6.0  # log evidence that one memory for all must win over none; own assumption
NATS_OF_SETTINGS = 20.0  # the same of one for the settings alone, which feedback and slow causes look like, and at least
NATS_A_RESULT = 0.03  # so much a result: what a model has wrong speaks the louder the more results there are; own assumptions
N_ROUNDS, N_ROUNDS_NEXT = 25, 6  # of the search for prior widths, from nothing and from the last look's: enough to compare

Floats = NDArray[np.float64]


def lagged(rows: Floats, positions: NDArray[np.int64], memory: float) -> Floats:
    """Return each row as a first-order lag of itself and those before it; through a gap the last one counts as going on.

    Parameters
    ----------
    rows : array of float, shape (periods, columns)
        In time order.
    positions : array of int
        Place of each on the grid of periods, rising [periods].
    memory : float
        Share of the place before that one period keeps, from 0 (no lag) to below 1 [-].

    Examples
    --------
    >>> lagged(np.array([[0.0], [1.0], [1.0]]), np.array([0, 1, 2]), 0.5).ravel().tolist()
    [0.0, 0.5, 0.75]
    """
    if memory == 0.0 or len(rows) == 0:
        return rows
    from scipy.signal import lfilter

    steps = np.diff(positions, append=positions[-1] + 1)
    every = np.repeat(rows, steps, axis=0)  # each row until the next one comes
    start = memory * every[:1]  # the plant had settled where the history begins
    made, _ = lfilter([1.0 - memory], [1.0, -memory], every, axis=0, zi=start)
    return np.asarray(made[positions - positions[0]])


def felt_base(basis: Basis, base: Floats, positions: NDArray[np.int64], memories: Sequence[float]) -> Floats:
    """Return the base columns of every usable period (`Basis.base_of`) with each variable lagged by its memory."""
    if not any(memories):
        return base
    of_column = np.array([memories[column.variable] for column in basis.columns])
    felt = base.copy()
    for memory in np.unique(of_column[of_column > 0.0]):
        felt[:, of_column == memory] = lagged(base[:, of_column == memory], positions, float(memory))
    return felt


def likeliest_memories(
    basis: Basis,
    base: Floats,
    time_columns: Callable[[Floats], TimeColumns],
    target: Floats,
    shift: Callable[[Sequence[float]], Floats],
    here: NDArray[np.int64],
    positions: NDArray[np.int64],
) -> tuple[float, ...]:
    """Return the memory of each variable under which the outcome is likeliest, coefficients averaged out [-].

    All 0 unless one memory for all, or one for the settings while conditions act at once, clearly wins over none; from there
    conditions and settings are given one each. A memory for every variable would follow chance.

    Parameters
    ----------
    basis : Basis
        Of the settings and conditions.
    base : array of float, shape (periods, columns)
        Base columns of every usable period.
    time_columns : callable
        Columns of time that go with base columns.
    target : array of float
        The outcome of the periods `here`.
    shift : callable
        What is added to it in every period, given the memory of each variable; see `SettledFormula`.
    here : array of int
        Periods with a result.
    positions : array of int
        Place of every period on the grid.
    """
    places = places_of(positions[here])
    middle, scale = target.mean(), float(target.std()) or 1.0

    starts: list[Floats | None] = [None, None]  # widths of the last look: the next one begins there and settles soon

    def evidence(memories: Sequence[float]) -> float:
        felt = felt_base(basis, base, positions, memories)
        y = (target + shift(memories)[here] - middle) / scale  # never rescaled: evidences stay comparable
        time = time_columns(felt)
        groups = np.concatenate([[FLAT], basis.groups, time.groups])
        terms = basis.terms_of(felt)[here]
        # effects of the middle of the history, which is what a prior is about
        design = np.concatenate([np.ones((len(here), 1)), terms, time.columns[here] + terms @ time.ends], axis=1)
        plain = fit_by_evidence(Moments.of(design, y), groups, starts[0], N_ROUNDS if starts[0] is None else N_ROUNDS_NEXT)
        noise = ArNoise.fit(y - design @ plain.mean, places)
        whitened = fit_by_evidence(
            Moments.of(noise.whiten(design, places), noise.whiten(y, places)),
            groups,
            starts[1],
            N_ROUNDS if starts[1] is None else N_ROUNDS_NEXT,
        )
        starts[:] = [plain.precision, whitened.precision]
        return whitened.log_evidence + noise.log_determinant(places)

    def memories_of(settings: float, rest: float) -> tuple[float, ...]:
        return tuple(settings if v.is_setting else rest for v in basis.variables)

    at_once = evidence(memories_of(0.0, 0.0))
    needed = {(memory, memory): NATS_NEEDED for memory in MEMORIES[1:]}
    needed |= {(memory, 0.0): max(NATS_OF_SETTINGS, NATS_A_RESULT * len(here)) for memory in MEMORIES[1:]}
    found = {offer: evidence(memories_of(*offer)) for offer in needed}
    clear = [offer for offer in needed if found[offer] >= at_once + needed[offer]]
    if not clear:
        return memories_of(0.0, 0.0)

    def likeliest(offers: Sequence[tuple[float, float]]) -> tuple[float, float]:
        found.update({offer: evidence(memories_of(*offer)) for offer in offers if offer not in found})
        return max(offers, key=lambda offer: found[offer])

    settings, _ = max(clear, key=lambda offer: found[offer])
    _, rest = likeliest([(settings, memory) for memory in MEMORIES])
    return memories_of(*likeliest([(memory, rest) for memory in MEMORIES]))
