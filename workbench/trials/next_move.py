"""Sequential improvement in small moves: the design of the first ones, then moves drawn from what all records so far say.

Evolutionary operation (Box 1957) with a Bayesian response in place of its charts: each move is the best one of a plant drawn
from the belief (Thompson sampling), so moves are tried as often as they may be the best, and trying them pays. A result that is
late or missing is one row less to learn from; the next move does not wait for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.errors import InputError
from workbench.plant import Sheet
from workbench.plant.spans import format_duration
from workbench.prepare.steady import settling_of
from workbench.records import Records
from workbench.trials.belief import Belief
from workbench.trials.calendar import calendar_of
from workbench.trials.limits import Limits, has_limits, limits_of
from workbench.trials.moves import Axis, Settings, axes_of, candidates_around, coded, first_moves
from workbench.trials.next_limits import broken_words, next_limits
from workbench.trials.next_step import NextSetting, NextStep, Prospect
from workbench.trials.outlook import Outlook, outlook_of
from workbench.trials.reach import is_beyond, is_strange
from workbench.trials.seen import Seen, read_seen

__all__ = ["next_move"]

RESULTS_LEAST = 8  # with fewer results the first moves come from the design; own assumption
SPREAD_LEAST = 0.3  # [moves] a setting that moved less has not been tried, but for
AWAY_LEAST = 4  # results half a move or more from its middle, or of another choice than most: the least design; own assumption
INDEPENDENT_LEAST = 0.1  # least eigenvalue of the settings' correlations: below, their effects cannot be told apart
WAYS_MOST = 200  # latest places on whose way a limit that is broken is looked to hold; own assumption
LEVEL = 0.9

DRAWN = (
    "The move is the best one for a plant drawn from what the records say: moves are tried as often as they may be best.",
    "It is the best place so far, or goes from there by a small move of at most three settings, within a step of now.",
)
FLAT = "No small move is known to gain, and none is expected to gain enough to be told from noise"
STILL = (
    f"{FLAT}, nor does one for a plant drawn from what the records say: there is no move for now.",
    "The more often that is so, the less there is left to gain; newer records may tell otherwise.",
)
LEARN = f"{FLAT}: this one is made to learn whether the records leave room for more."
BEYOND = (
    "It goes beyond what was ever run, in more than one stretch of the records, or under conditions as now: the response may "
    "bend there at once, and what it brings is known much less."
)
UNSURE = "Where the plant stands now a limit holds more seldom than it must: every move that is drawn holds it more surely."
BACK = "The move goes back to where the limits hold more surely."
BACK_FIRST = "The move goes back to where the first moves began, before the next of them."
NO_WAY = "No move within a step is expected to hold better: go back by hand to where it held."
BLIND = ("No result is known yet: the move is drawn by lot around where the plant stands.",)
WATCH = "Watch the limits, and go back where one is broken: "
UNKNOWN = "nothing is known yet of what the move does to them."
AS_TOLD = (
    "a first move leaves out what would break them by what the records tell. What they do not tell yet lowers the share stated "
    "for them, and is what the move is made to find out."
)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Move:
    """Where the plant stands, where it goes, where it is best so far, and why."""

    now: Settings
    chosen: Settings
    best: Settings
    reasons: tuple[str, ...]
    number: int | None = None
    of: int | None = None
    outlook: Outlook | None = None
    is_back: bool = False


def next_move(sheet: Sheet, records: Records | None, seed: int = 0) -> NextStep:
    """Return the next small move.

    Parameters
    ----------
    sheet : Sheet
        Of the plant.
    records : Records or None
        All so far; None where there are none at all.
    seed : int
        Of the move's randomness, 0 or more; the same records and seed give the same move.

    Raises
    ------
    InputError
        If a setting has neither records nor a base.
    """
    axes = axes_of(sheet)
    seen = None if records is None else read_seen(sheet, axes, records)
    centre = _centre(sheet, seen)
    now = centre if seen is None else {**seen.last}
    belief = None if seen is None else seen.belief(seen.outcome, now)
    limits = None if seen is None else limits_of(seen, now)
    design = first_moves(axes, centre, seed)
    undone = design if limits is None else _undone(limits, design, centre)
    if undone:
        move = _designed(sheet, axes, now, centre, design, undone, limits)
    else:
        assert seen is not None and limits is not None  # noqa: PT018  without records every run is undone
        move = _climb(seen, now, belief, limits, seed)
    return _written(sheet, axes, seen, belief, limits, move, seed)


def _undone(limits: Limits, design: list[Settings], centre: Settings) -> list[Settings]:
    """What is left of the design, each run as the limits allow it; nothing once the records tell the effects apart."""
    seen = limits.seen
    if _is_informed(seen):
        return []
    pulled = [limits.pulled(run, centre) for run in design if not seen.was_at(run)]
    return [run for run in pulled if not seen.was_at(run)]


def _designed(
    sheet: Sheet,
    axes: tuple[Axis, ...],
    now: Settings,
    centre: Settings,
    design: list[Settings],
    undone: list[Settings],
    limits: Limits | None,
) -> _Move:
    """The next run of the design that is left; from one that breaks a limit the plant goes back to the middle first."""
    number = len(design) - len(undone) + 1
    is_back = limits is not None and bool(limits.broken) and now != centre
    wanted = centre if is_back else undone[0]
    chosen = {axis.name: axis.towards(now[axis.name], wanted[axis.name]) for axis in axes}
    reasons = (BACK_FIRST,) if is_back else _design_reasons(sheet, number, len(design), limits)
    warned = () if limits is None else broken_words(limits)
    return _Move(now, chosen, now, (*warned, *reasons), number, len(design), is_back=is_back)


def _centre(sheet: Sheet, seen: Seen | None) -> Settings:
    """Where the first moves start: where the plant stood before them, without records each setting's base."""
    if seen is not None:
        return {axis.name: axis.moved(seen.stand[axis.name], 0) for axis in seen.axes}
    centre: Settings = {}
    for name, setting in sheet.settings.items():
        if setting.base is None:
            raise InputError(
                f"{sheet.name}, settings.{name}: no records and no base, so nobody knows where it stands: write base: VALUE"
            )
        centre[name] = setting.base
    return centre


def _is_informed(seen: Seen) -> bool:
    """Whether the results tell the settings' effects apart: enough of them, each setting moved, not all together.

    Counted in results and not as a share of them, so that a design once made is not made again when the record grows. Of a
    setting with choices one other than the usual is enough: the design tries no more.
    """
    here = np.flatnonzero(seen.has_result)
    if len(here) < max(RESULTS_LEAST, 2 * (len(seen.axes) + 1)):
        return False
    columns = [_tried(axis, seen.felt[axis.name][here]) for axis in seen.axes]
    found = [column for column in columns if column is not None]
    if len(found) < len(columns):
        return False
    return len(found) == 1 or bool(np.linalg.eigvalsh(np.corrcoef(found))[0] >= INDEPENDENT_LEAST)


def _tried(axis: Axis, felt: pl.Series) -> Floats | None:
    """A setting in moves from its middle, of choices whether it is another than the usual; None where it was hardly moved."""
    if axis.choices is not None:
        moves = (felt != felt.mode().sort()[0]).cast(pl.Float64).to_numpy()
    else:
        values = felt.cast(pl.Float64).to_numpy()
        moves = (values - np.median(values)) / axis.move
    is_tried = moves.std() >= SPREAD_LEAST or np.sum(np.abs(moves) >= 0.5) >= AWAY_LEAST
    return moves if is_tried else None


def _climb(seen: Seen, now: Settings, belief: Belief | None, limits: Limits, seed: int) -> _Move:
    """A move drawn from the belief, around the best place that the plant has been at and can be back at in one step."""
    rng = np.random.default_rng([seed, seen.frame.height, int(seen.has_result.sum())])
    stand = {axis.name: axis.towards(now[axis.name], axis.moved(now[axis.name], 0)) for axis in seen.axes}
    if belief is None:
        candidates = candidates_around(seen.axes, stand, now, rng)
        return _Move(now, candidates[int(rng.integers(len(candidates)))], now, BLIND)
    near = [p for p in seen.places() if all(axis.is_step(now[axis.name], p[axis.name]) for axis in seen.axes)]
    places = limits.keep([stand, *(p for p in near if not is_strange(seen, p))])
    moves, origin = coded(seen.axes, places, now), _origin(seen.axes, now)
    best = places[int(np.argmax(belief.change(moves, origin)[0]))]
    around = [now, *candidates_around(seen.axes, best, now, rng)]
    candidates = limits.keep(around)
    outlook = outlook_of(belief, coded(seen.axes, candidates, now), origin)
    here, *drawn = belief.draw(coded(seen.axes, around, now), rng)
    if limits.broken:
        return _back(seen, now, around, belief, limits, outlook)
    may_stay = candidates[0] == now == stand  # inside range and limits
    # moves that limits forbid count: where they may gain, others nearby tell how far one may go
    if may_stay and outlook.is_flat and max(drawn) - here <= outlook.worth:
        return _Move(now, now, best, STILL, outlook=outlook)
    chosen = max((c for c in zip([here, *drawn], around, strict=True) if c[1] in candidates), key=lambda c: c[0])[1]
    why = [UNSURE] if now not in candidates else [LEARN] if outlook.is_flat else []
    reasons = (*why, *DRAWN, *([BEYOND] if is_beyond(seen, chosen) else []))
    return _Move(now, chosen, best, reasons, outlook=outlook)


def _back(seen: Seen, now: Settings, around: list[Settings], belief: Belief, limits: Limits, outlook: Outlook) -> _Move:
    """The best of the moves that hold a broken limit most surely: small ones, or a step on the way to where the plant ran."""
    ran = [_centre(seen.sheet, seen), *seen.places()[:WAYS_MOST]]
    ways = [{axis.name: axis.towards(now[axis.name], place[axis.name]) for axis in seen.axes} for place in ran]
    back = limits.back(limits.keep([*around, *ways]))
    if not back:
        return _Move(now, now, now, (*broken_words(limits), NO_WAY), outlook=outlook)
    chosen = back[int(np.argmax(belief.change(coded(seen.axes, back, now), _origin(seen.axes, now))[0]))]
    return _Move(now, chosen, chosen, (*broken_words(limits), BACK), outlook=outlook, is_back=True)


def _origin(axes: tuple[Axis, ...], now: Settings) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(coded(axes, [now], now)[0])


def _design_reasons(sheet: Sheet, number: int, of: int, limits: Limits | None) -> tuple[str, ...]:
    reason = (
        f"The records do not tell every setting's effect from the others' yet: this is move {number} of {of} of a design that "
        "does, a two-level fractional factorial around where the plant stands."
    )
    if not has_limits(sheet):
        return (reason,)
    is_told = limits is not None and any(limits.held(limit, [limits.now]) is not None for limit in limits.each)
    return reason, WATCH + (AS_TOLD if is_told else UNKNOWN)


def _written(
    sheet: Sheet,
    axes: tuple[Axis, ...],
    seen: Seen | None,
    belief: Belief | None,
    limits: Limits | None,
    move: _Move,
    seed: int,
) -> NextStep:
    not_before, hold = _times(sheet, axes, seen)
    return NextStep(
        plant=sheet.name,
        title=sheet.title,
        objective=sheet.objective.text,
        unit=sheet.objective.unit,
        seed=seed,
        stage="climb" if move.number is None else "first_moves",
        move=move.number,
        moves=move.of,
        results=0 if seen is None else len(seen.learned(seen.outcome)),
        pending=0 if seen is None else seen.pending,
        settings=tuple(
            NextSetting(
                name=name,
                tag=s.tag,
                unit=s.unit,
                now=move.now[name],
                next=move.chosen[name],
                best=move.best[name],
                low=s.low,
                high=s.high,
                max_step=s.max_step,
                integer=s.integer,
            )
            for name, s in sheet.settings.items()
        ),
        next=_prospect(axes, move.now, move.chosen, belief),
        best=_prospect(axes, move.now, move.best, belief),
        expected_most=None if move.outlook is None else move.outlook.expected,
        room=None if move.outlook is None else move.outlook.room,
        limits=() if limits is None else next_limits(limits, move.chosen),
        is_back=move.is_back,
        not_before=not_before,
        hold=hold,
        reasons=move.reasons,
        row="batch" if sheet.period is None else "period",
    )


def _prospect(axes: tuple[Axis, ...], now: Settings, then: Settings, belief: Belief | None) -> Prospect | None:
    if belief is None:
        return None
    moves, origin = coded(axes, [then], now), _origin(axes, now)
    expected = float(belief.change(moves, origin)[0][0])
    low, high = belief.quantiles(moves[0], origin, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0])
    better = belief.probability_better(moves[0], origin)
    return Prospect(expected=expected, low=low, high=high, level=LEVEL, probability_better=better)


def _times(sheet: Sheet, axes: tuple[Axis, ...], seen: Seen | None) -> tuple[str | None, str]:
    """When the change may be made, and how long to hold it: until the plant has settled, and as long again."""
    if sheet.period is None:
        return None, "one batch, or a few where single ones differ much"
    settled = max(timedelta(microseconds=settling_of(sheet, axis.name)) for axis in axes)
    hold = max(2 * settled, 2 * sheet.period)
    if seen is None:
        return None, format_duration(hold)
    calendar = calendar_of(sheet)
    last: datetime = seen.frame["time"].max()  # type: ignore[assignment]
    # periods follow the plant's clock, and one of a day of 23 h would end an hour too late by the time that passes
    earliest = calendar.to_local(last) + sheet.period
    moved = seen.last_change()
    if moved is not None:
        change: datetime = seen.frame["time"][moved]
        earliest = max(earliest, calendar.to_local(change) + 2 * sheet.period, calendar.to_local(change + 2 * settled))
    local = calendar.next_free(earliest)
    return calendar.to_utc(local).astimezone(calendar.zone).isoformat(timespec="minutes"), format_duration(hold)
