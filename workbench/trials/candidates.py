"""Trials to choose from: block lengths, washouts and durations, each rehearsed on the plant's own past."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from workbench.switchback.lengths import BLOCK_HOURS, LEAST_BLOCKS
from workbench.switchback.reckoned import POWER_WANTED, noises_wanted, power_doubt, weeks_needed
from workbench.trials.calendar import ShiftCalendar
from workbench.trials.layout import Layout, Ramp, lay_out
from workbench.trials.past import Past
from workbench.trials.power import Rehearsal, rehearse
from workbench.trials.prognosis import Prognosis, prognosis_of
from workbench.trials.weekdays import idle_days

__all__ = ["Candidate", "Question", "choose", "consider", "lengthened"]

MOST_BLOCKS = 400  # [blocks] nobody switches more often in one trial; own assumption
CARRY_OVER_MOST = 0.05  # of the effect: what a washout may leave of carry-over bias [-]; own assumption
WASHOUT_SHARES = (0.0, 1 / 3, 2 / 3, 1.0)  # of the settling time, tried as washouts after the ramp
RUNS, RUNS_COVARIATES = 400, 150  # rehearsals of a candidate, and while its covariates are chosen
BLOCKS_COVARIATES = 28  # of those rehearsals, at most: each covariate must pay in a short trial; own assumption
COVARIATES_TRIED = (1, 2, 3, 5, 8)  # sizes of the sets of covariates that are tried, the strongest first
STRIDE = 1.06  # between two lengths that are tried
LONGER = 1.1  # a trial up to this much longer than the shortest is taken where it has fewer changes; own assumption

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Question:
    """What a trial has to find, and on which terms.

    Parameters
    ----------
    effect : float
        The promised gain, above 0 [unit of the objective].
    spread : float
        Standard deviation of what the gain may be instead, 0 or more [unit of the objective].
    settling_hours : float
        Time until 95 % of a step are there, 0 or more [h].
    washout_hours : float or None
        Washout that the sheet asks for, ramp not included; None: to be found [h].
    ramp : sequence of (float, float)
        As `ramp_shares` gives it.
    ramp_hours : float
        Length of the ramp [h].
    start : datetime
        Earliest start, plant time.
    longest : timedelta
        Of a trial.
    grid : datetime
        Start of any period, plant time.
    seed : int
    """

    effect: float
    spread: float
    settling_hours: float
    washout_hours: float | None
    ramp: Ramp
    ramp_hours: float
    start: datetime
    longest: timedelta
    grid: datetime
    seed: int


@dataclass(frozen=True)
class Candidate:
    """One trial, and how it did in rehearsal.

    Parameters
    ----------
    block_hours, washout_hours : float
        Shortest block, and washout with ramp [h].
    season : tuple of datetime
        Starts of all blocks that there is time for, and the end of the last one, plant time.
    whole : Layout
        Of all these blocks.
    n_blocks : int
        How many of them the trial takes, an even number.
    covariates : tuple of str
        Conditions taken into account: for the objective, unless there is a prognosis, and for the other quantities.
    power, power_half : float
        Chance to find the promise and half of it, with covariates or prognosis [-].
    assurance : float
        The same of a gain that is as unsure as the promise: what the trial is made long enough for [-].
    power_without, power_half_without : float
        The same without covariates.
    bias : float
        Share of the effect lost by carry-over after this washout [-].
    carry_over : float
        Share lost without any washout [-].
    explained : float
        Share of the variance of differences within pairs that covariates or prognosis take away [-].
    doubt : float
        Standard error of `assurance` by the past holding only so many pairs of such blocks [-].
    prognosis : Prognosis or None
        What the objective is compared with instead of the covariates, where that is surer.
    """

    block_hours: float
    washout_hours: float
    season: tuple[datetime, ...]
    whole: Layout
    n_blocks: int
    covariates: tuple[str, ...]
    power: float
    power_half: float
    assurance: float
    power_without: float
    power_half_without: float
    bias: float
    carry_over: float
    explained: float
    doubt: float = 0.0
    prognosis: Prognosis | None = None

    @property
    def boundaries(self) -> tuple[datetime, ...]:
        """Starts of its blocks and the end of the last one, plant time."""
        return self.season[: self.n_blocks + 1]

    @property
    def block_hours_most(self) -> float:
        """Longest of its blocks [h]: hours of the day at which settings may change need not lie evenly."""
        return max((b - a) / timedelta(hours=1) for a, b in pairwise(self.boundaries))

    @property
    def layout(self) -> Layout:
        """Of its blocks."""
        return self.whole.cut(self.n_blocks)

    def known_of(self, past: Past) -> Past:
        """Return the past with what the objective is compared with."""
        return past.with_conditions(self.covariates) if self.prognosis is None else self.prognosis.past

    @property
    def weeks(self) -> float:
        """Length [weeks]."""
        return (self.boundaries[-1] - self.boundaries[0]) / timedelta(weeks=1)


def consider(past: Past, calendar: ShiftCalendar, question: Question, progress: Progress | None = None) -> list[Candidate]:
    """Return for each block length the shortest trial that is sure enough, or the longest of the season.

    Sure enough: of gains as unsure as the promise it finds 0.8 (assurance). A promise that comes out smaller, as it may by its
    own interval, is then still found more often than not, while a clear one is told at an early look.

    Where no block length gives 16 blocks within `question.longest`, the shortest of the longer ones is returned instead.
    """
    out: list[Candidate] = []
    beyond: list[Candidate] = []
    seen: set[tuple[datetime, ...]] = set()
    prognosis = prognosis_of(past)
    for at, hours in enumerate(BLOCK_HOURS):
        if progress is not None:
            progress("rehearsing trials on the plant's past", at, len(BLOCK_HOURS))
        block = timedelta(hours=hours)
        first = calendar.boundaries(question.start, block, LEAST_BLOCKS)
        if tuple(first) in seen or hours < past.grain_hours:
            continue
        seen.add(tuple(first))
        fits = first[-1] - first[0] <= question.longest
        if not fits and (out or beyond):
            continue
        boundaries = _season(calendar, question, block) if fits else first
        found = _of_block(past, prognosis, calendar, question, boundaries)
        if found is not None:
            (out if fits else beyond).append(found)
    return out or beyond


def choose(candidates: Sequence[Candidate], longest: timedelta) -> Candidate:
    """Return the one to recommend.

    Among those with an assurance of 0.8 within the season the shortest, or one of hardly more weeks with fewer changes of
    settings; where there is none, the one with most assurance.
    """
    reach = [c for c in candidates if c.assurance >= POWER_WANTED and c.boundaries[-1] - c.boundaries[0] <= longest]
    if not reach:
        # long blocks, of which the past holds few, look strong by luck more often
        return max(candidates, key=lambda c: (round(c.assurance - c.doubt, 2), c.block_hours))
    shortest = min(c.weeks for c in reach)
    return min((c for c in reach if c.weeks <= LONGER * shortest), key=lambda c: (c.n_blocks, c.weeks))


def _season(calendar: ShiftCalendar, question: Question, block: timedelta) -> list[datetime]:
    """As many whole pairs of blocks as fit."""
    n = min(MOST_BLOCKS, int(question.longest / block))
    moments = calendar.boundaries(question.start, block, n)
    while len(moments) > LEAST_BLOCKS + 1 and (moments[-1] - moments[0] > question.longest or (len(moments) - 1) % 2):
        moments.pop()
    return moments


def _of_block(
    past: Past, prognosis: Prognosis | None, calendar: ShiftCalendar, question: Question, boundaries: list[datetime]
) -> Candidate | None:
    """The shortest trial of this block length that is strong enough, else the longest; None where no period would count."""
    laid = _washout(past, question, boundaries)
    if laid is None:
        return None
    washout, layout, carry_over = laid
    conditions, explained = _covariates(past, layout, question, calendar)
    last, assurance = _shortest_trial(past.with_conditions(conditions), layout, question, calendar)
    if prognosis is not None:
        foretold = _shortest_trial(prognosis.past, layout, question, calendar)
        if (foretold[0].layout.n_blocks, -foretold[1]) < (last.layout.n_blocks, -assurance):
            last, assurance = foretold
            explained = _covariates(prognosis.past, layout, question, calendar)[1]
        else:
            prognosis = None
    power = last.power(question.effect)
    if last.power(question.effect, covariates=False) > power:  # in short trials covariates may cost more than they tell
        conditions, prognosis, explained = (), None, 0.0
        last, assurance = _shortest_trial(past.with_conditions(()), layout, question, calendar)
        power = last.power(question.effect)
    n = last.layout.n_blocks
    return Candidate(
        block_hours=min((b - a) / timedelta(hours=1) for a, b in pairwise(boundaries)),
        washout_hours=washout,
        season=tuple(boundaries),
        whole=layout,
        n_blocks=n,
        covariates=conditions,
        power=power,
        power_half=last.power(question.effect / 2),
        assurance=assurance,
        power_without=last.power(question.effect, covariates=False),
        power_half_without=last.power(question.effect / 2, covariates=False),
        bias=last.layout.bias(),
        carry_over=carry_over,
        explained=explained,
        doubt=power_doubt(assurance, past.hours / (2.0 * (boundaries[n] - boundaries[0]) / timedelta(hours=n))),
        prognosis=prognosis,
    )


def lengthened(
    past: Past, calendar: ShiftCalendar, question: Question, candidate: Candidate, assurance: float
) -> Candidate | None:
    """Return the candidate with as many blocks more as its assurance, rehearsed anew, falls short; None where no time is left.

    Parameters
    ----------
    past, calendar, question
        As for `consider`.
    candidate : Candidate
        Of `consider`.
    assurance : float
        What it finds by runs that did not choose it, below 0.8 [-].
    """
    if candidate.n_blocks >= candidate.whole.n_blocks:
        return None
    wanted = candidate.n_blocks * min(weeks_needed(1.0, assurance), 2.0)
    n = min(max(2 * math.ceil(wanted / 2.0), candidate.n_blocks + 2), candidate.whole.n_blocks)
    again = rehearse(candidate.known_of(past), candidate.whole.cut(n), RUNS, question.seed, weekly=calendar.is_weekly)
    found = again.power(question.effect, spread=question.spread)
    hours = (candidate.season[n] - candidate.season[0]) / timedelta(hours=1)
    return replace(
        candidate,
        n_blocks=n,
        power=again.power(question.effect),
        power_half=again.power(question.effect / 2),
        assurance=found,
        power_without=again.power(question.effect, covariates=False),
        power_half_without=again.power(question.effect / 2, covariates=False),
        bias=again.layout.bias(),
        doubt=power_doubt(found, past.hours / (2.0 * hours / n)),
    )


def _shortest_trial(known: Past, layout: Layout, question: Question, calendar: ShiftCalendar) -> tuple[Rehearsal, float]:
    """The shortest rehearsed trial that is sure enough, else the longest; and its assurance."""

    def rehearsed(n: int) -> Rehearsal:
        return rehearse(known, layout.cut(n), RUNS, question.seed, weekly=calendar.is_weekly)

    def assurance(rehearsal: Rehearsal) -> float:
        return rehearsal.power(question.effect, spread=question.spread)

    noises = noises_wanted(question.spread / question.effect)
    guess = layout.n_blocks * (noises * rehearsed(layout.n_blocks).noise / question.effect) ** 2
    n = _shortest(lambda n: assurance(rehearsed(n)) >= POWER_WANTED, guess, layout.n_blocks)
    last = rehearsed(n)
    return last, assurance(last)


def _washout(past: Past, question: Question, boundaries: list[datetime]) -> tuple[float, Layout, float] | None:
    """The shortest washout that leaves little carry-over, its layout, and the share of the effect lost without any."""
    idle = idle_days(past)

    def laid(washout: float) -> Layout:
        return lay_out(
            boundaries,
            question.grid,
            past.grain_hours,
            settling_hours=question.settling_hours,
            washout_hours=washout,
            ramp=question.ramp,
            idle=idle,
        )

    carry_over = laid(0.0).bias()
    if question.washout_hours is not None:
        shares = [question.ramp_hours + question.washout_hours]
    else:
        shares = [question.ramp_hours + share * question.settling_hours for share in WASHOUT_SHARES]
    possible = [(hours, layout) for hours in dict.fromkeys(shares) if (layout := laid(hours)).is_possible]
    if not possible:
        return None
    good = [(hours, layout) for hours, layout in possible if layout.bias() <= CARRY_OVER_MOST]
    hours, layout = good[0] if good else possible[-1]
    if not good and question.washout_hours is None:
        return None  # longer blocks leave room for the washout
    # periods count as a whole: what is left of the last one in the washout does not count either
    effective = float(np.min(layout.first * past.grain_hours - layout.starts))
    return max(hours, effective), layout, carry_over


def _covariates(past: Past, layout: Layout, question: Question, calendar: ShiftCalendar) -> tuple[tuple[str, ...], float]:
    """The conditions that make the estimate surest in rehearsal, and the share of its variance that they take away."""
    if not past.names:
        return (), 0.0
    short = layout.cut(min(layout.n_blocks, BLOCKS_COVARIATES))

    def rehearsed(conditions: Sequence[str]) -> Rehearsal:
        known = past.with_conditions(conditions)
        return rehearse(known, short, RUNS_COVARIATES, question.seed, weekly=calendar.is_weekly)

    nothing = rehearsed(()).noise_without
    alone = {name: rehearsed((name,)).noise for name in past.conditions}
    ranked = sorted(alone, key=lambda name: (alone[name], name))
    sizes = [size for size in COVARIATES_TRIED if size < len(ranked)] + [len(ranked)]
    trials = {tuple(ranked[:size]): rehearsed(ranked[:size]).noise for size in sizes}
    best = min(trials, key=lambda names: (trials[names], len(names)))
    if trials[best] >= nothing:
        return (), 0.0
    order = {name: at for at, name in enumerate(past.conditions)}
    return tuple(sorted(best, key=order.__getitem__)), 1.0 - (trials[best] / nothing) ** 2


def _shortest(is_enough: Callable[[int], bool], guess: float, n_most: int) -> int:
    """Smallest even number of blocks that is enough, up to a few per cent, from a guess on; `n_most` where none is."""

    def even(n: float) -> int:
        return min(max(2 * math.ceil(n / 2.0), LEAST_BLOCKS), n_most)

    n = even(guess)
    if is_enough(n):
        while n > LEAST_BLOCKS and is_enough(shorter := min(even(n / STRIDE), n - 2)):
            n = shorter
        return n
    while n < n_most:
        n = max(even(n * STRIDE), n + 2)
        if is_enough(n):
            return n
    return n_most
