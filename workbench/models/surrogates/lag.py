"""Slow plants: an outcome that follows its settings and conditions over several periods, not at once.

Tanks and recycles keep a memory. An outcome regressed on the settings of its own period then shows too little of what they do
in the end. Each variable is therefore taken as the outcome feels it, as a first-order lag of itself, with the memories under
which the outcome is likeliest; the coefficients are those of the settled plant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from workbench.models.surrogates.basis import Basis
from workbench.models.surrogates.evidence import FLAT, EvidenceFit, Moments, fit_by_evidence
from workbench.models.surrogates.likeliest import PERIODS_FEW, likeliest_noise
from workbench.models.surrogates.noise import ArNoise, places_of

if TYPE_CHECKING:
    from workbench.models.surrogates.time import TimeColumns

__all__ = ["MEMORIES", "felt_base", "lagged", "likeliest_memories"]

MEMORIES = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9)  # tried: share of the place before that one period keeps [-]; own assumption
NATS_NEEDED = 6.0  # log evidence that one memory for all must win over none; own assumption
NATS_OF_SETTINGS = 10.0  # the same of one for the settings alone, which feedback and slow causes look like; own assumption
N_STRETCHES = 10  # of the history: forecast each from the others, they must win as much; own assumption
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

    All 0 unless one memory for all, or one for the settings while conditions act at once, clearly wins over none, and forecasts
    stretches of the history that it was not learned from better by as much: settings that answer the outcome, and swings that
    nobody records, look like a lag where they were, and nowhere else. In a short history it has to win by the noise that
    residuals tell and by the likeliest one: what a fit without a lag leaves of slow swings looks like less of a memory than
    they have, and a lag that takes their place wins too easily. From there conditions and settings are given one each, if that
    wins as well. A memory for every variable would follow chance.

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

    def look(memories: Sequence[float], *, is_likeliest: bool = False) -> _Look:
        felt = felt_base(basis, base, positions, memories)
        y = (target + shift(memories)[here] - middle) / scale  # never rescaled: evidences stay comparable
        time = time_columns(felt)
        groups = np.concatenate([[FLAT], basis.groups, time.groups])
        terms = basis.terms_of(felt)[here]
        # effects of the middle of the history, which is what a prior is about
        design = np.concatenate([np.ones((len(here), 1)), terms, time.columns[here] + terms @ time.ends], axis=1)
        plain = fit_by_evidence(Moments.of(design, y), groups, starts[0], N_ROUNDS if starts[0] is None else N_ROUNDS_NEXT)
        noise = ArNoise.fit(y - design @ plain.mean, places)
        if is_likeliest:
            noise = likeliest_noise(noise, design, y, places, np.ones(len(y)), groups, plain.precision)
        rows, results = noise.whiten(design, places), noise.whiten(y, places)
        n_rounds = N_ROUNDS if starts[1] is None else N_ROUNDS_NEXT
        fit = fit_by_evidence(Moments.of(rows, results), groups, starts[1], n_rounds)
        starts[:] = [plain.precision, fit.precision]
        return _Look(rows, results, fit, noise.log_squeezes(places))

    def memories_of(settings: float, rest: float) -> tuple[float, ...]:
        return tuple(settings if v.is_setting else rest for v in basis.variables)

    at_once = look(memories_of(0.0, 0.0)).evidence
    needed = {(memory, memory): NATS_NEEDED for memory in MEMORIES[1:]}
    needed |= {(memory, 0.0): NATS_OF_SETTINGS for memory in MEMORIES[1:]}
    found = {offer: look(memories_of(*offer)).evidence for offer in needed}
    clear = [offer for offer in needed if found[offer] >= at_once + needed[offer]]

    def likeliest(offers: Sequence[tuple[float, float]]) -> tuple[float, float]:
        found.update({offer: look(memories_of(*offer)).evidence for offer in offers if offer not in found})
        return max(offers, key=lambda offer: found[offer])

    of_each_sort = [[offer for offer in clear if (offer[1] == 0.0) is is_alone] for is_alone in (False, True)]
    best = [likeliest(offers) for offers in of_each_sort if offers]
    noises = (False, True) if len(here) <= PERIODS_FEW else (False,)  # beyond, residuals tell the noise well enough
    none = [look(memories_of(0.0, 0.0), is_likeliest=noise) for noise in noises] if best else []

    def wins(offer: tuple[float, float], least: float) -> bool:
        its = (look(memories_of(*offer), is_likeliest=noise) for noise in noises)
        return all(min(a.evidence - b.evidence, a.left_out - b.left_out) >= least for a, b in zip(its, none, strict=True))

    best = [offer for offer in best if wins(offer, needed[offer])]
    if not best:
        return memories_of(0.0, 0.0)
    one = likeliest(best)
    _, rest = likeliest([(one[0], memory) for memory in MEMORIES])
    each = likeliest([(memory, rest) for memory in MEMORIES])
    return memories_of(*(each if each == one or wins(each, needed[one]) else one))


@dataclass(frozen=True)
class _Look:
    """What is learned with one choice of memories, on rows free of the noise's memory."""

    rows: Floats
    results: Floats
    fit: EvidenceFit
    log_squeezes: Floats

    @property
    def evidence(self) -> float:
        """Log likelihood of the results, coefficients averaged out."""
        return self.fit.log_evidence + float(self.log_squeezes.sum())

    @property
    def left_out(self) -> float:
        """Log likelihood of stretches of the history, each forecast from all the others; noise and prior widths as found."""
        moments = Moments.of(self.rows, self.results)
        prior = np.diag(self.fit.noise_variance * self.fit.precision)
        square = 0.0
        for rows, results in zip(
            np.array_split(self.rows, N_STRETCHES), np.array_split(self.results, N_STRETCHES), strict=True
        ):
            others = moments.gram - rows.T @ rows + prior
            unit = 1.0 / np.sqrt(np.diag(others))  # columns that hardly say anything would spoil the solution
            told = unit * (moments.cross - rows.T @ results)
            mean = unit * linalg.solve(others * unit[:, None] * unit, told, assume_a="pos")
            square += float(np.sum((results - rows @ mean) ** 2))
        noise = self.fit.noise_variance
        return float(self.log_squeezes.sum()) - 0.5 * (square / noise + len(self.results) * float(np.log(2.0 * np.pi * noise)))
