"""A trial laid out on the grid of periods: which periods count in each block, and how much of the effect is there by then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

__all__ = ["Layout", "lay_out", "middles", "response_between", "weekdays"]

HOUR = timedelta(hours=1)
TIME_CONSTANTS = 3.0  # of a first-order process until 95 % of a step are there (Seborg, Edgar, Mellichamp, ch. 5)
SHORTEST = 1e-6  # [h] a shorter time constant is none
EDGE = 1e-9  # [periods] rounding of block edges

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Ramp = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Layout:
    """Blocks of a trial in hours and periods from the period in which it starts.

    Parameters
    ----------
    starts, ends : ndarray of shape (n_blocks,)
        Edges of the blocks [h].
    first, last : ndarray of int, shape (n_blocks,)
        Periods that count in each block: `first` to `last` - 1, counted from the period in which the trial starts.
    due : ndarray of int, shape (n_blocks,)
        How many of these lie on days of the week on which the plant runs: a result is due in them.
    kept : ndarray of shape (n_blocks, n_blocks)
        Share of the effect in the mean of each block (row) that comes from each block (column) being at proposed settings.
    start : datetime
        When the period begins in which the trial starts, plant time.
    """

    starts: Floats
    ends: Floats
    first: Ints
    last: Ints
    due: Ints
    kept: Floats
    start: datetime

    @property
    def n_blocks(self) -> int:
        """Blocks, an even number."""
        return len(self.starts)

    @property
    def is_possible(self) -> bool:
        """Whether in every block at least one period counts."""
        return bool(np.all(self.last > self.first))

    @property
    def is_idle(self) -> NDArray[np.bool_]:
        """Of each block whether no result is due in it, so that it is lost."""
        return np.asarray(self.due == 0)

    def cut(self, n_blocks: int) -> Layout:
        """Return the first blocks alone."""
        n = slice(0, n_blocks)
        return Layout(self.starts[n], self.ends[n], self.first[n], self.last[n], self.due[n], self.kept[n, n], self.start)

    def bias(self) -> float:
        """Share of the effect that the mean difference within pairs loses by carry-over, on average over the orders [-].

        Within a pair each order has one block proposed; what other pairs leave behind cancels, as each of their blocks is
        proposed as often as not, whichever way round this pair is. So only the pair's own two blocks matter.
        """
        a, b = np.arange(0, self.n_blocks, 2), np.arange(1, self.n_blocks, 2)
        first_way = self.kept[a, a] - self.kept[b, a]
        other_way = self.kept[b, b] - self.kept[a, b]
        return 1.0 - float(np.mean(0.5 * (first_way + other_way)))

    def lost_in(self, order: Sequence[bool]) -> float:
        """Share of the effect that the mean difference within pairs loses by carry-over in one order [-].

        An order that changes at more blocks than others loses more than the average over all of them.

        Parameters
        ----------
        order : sequence of bool, length n_blocks
            True for a proposed block.
        """
        is_proposed = np.asarray(order, dtype=bool)
        effect = self.kept @ is_proposed
        return 1.0 - float(np.mean(effect[is_proposed]) - np.mean(effect[~is_proposed]))


def lay_out(
    boundaries: Sequence[datetime],
    grid: datetime,
    period_hours: float,
    *,
    settling_hours: float,
    washout_hours: float,
    ramp: Ramp,
    idle: Sequence[int] = (),
) -> Layout:
    """Return the layout of blocks between `boundaries`.

    Parameters
    ----------
    boundaries : sequence of datetime
        Starts of the blocks and the end of the last one, plant time.
    grid : datetime
        Start of any period, plant time.
    period_hours : float
        Above 0 [h].
    settling_hours : float
        Time until 95 % of a step are there, 0 or more [h].
    washout_hours : float
        Time from a block's start that does not count, ramp included [h].
    ramp : sequence of (float, float)
        Hours after the start, and share of the way made with that step; the shares add up to 1.
    idle : sequence of int
        Days of the week (Monday is 0) on which no result is due.
    """
    phase = ((boundaries[0] - grid) / HOUR) % period_hours
    edges = np.array([phase + (moment - boundaries[0]) / HOUR for moment in boundaries])
    starts, ends = edges[:-1], edges[1:]
    first = np.ceil((starts + washout_hours) / period_hours - EDGE).astype(np.int64)
    last = np.floor(ends / period_hours + EDGE).astype(np.int64)
    a = np.asarray(first * period_hours, dtype=np.float64)[:, None]
    b = np.asarray(np.maximum(last, first + 1) * period_hours, dtype=np.float64)[:, None]
    on = response_between(a, b, starts[None, :], settling_hours, ramp)
    off = response_between(a, b, ends[None, :], settling_hours, ramp)
    start = boundaries[0] - phase * HOUR
    upto = np.maximum(last, first)
    so_far = np.append(0, np.cumsum(~np.isin(weekdays(start, middles(period_hours, int(upto.max()))), idle)))
    due = so_far[upto] - so_far[first]
    return Layout(starts, ends, first, last, due, on - off, start)


def response_between(a: Floats, b: Floats, at: Floats, settling_hours: float, ramp: Ramp) -> Floats:
    """Return the mean from `a` to `b` of the first-order response to a ramp that starts at `at` [-].

    With time constant tau = settling / 3 a step at c gives 1 - exp(-(t - c) / tau) after c; its integral is closed.

    Examples
    --------
    >>> float(response_between(np.array(0.0), np.array(3.0), np.array(0.0), 3.0, [(0.0, 1.0)]).round(4))
    0.6833
    """
    total = np.zeros(np.broadcast_shapes(a.shape, b.shape, at.shape))
    tau = settling_hours / TIME_CONSTANTS
    for after, share in ramp:
        from_step, to = np.maximum(a - at - after, 0.0), np.maximum(b - at - after, 0.0)
        integral = to - from_step
        if tau > SHORTEST:
            integral = integral - tau * (np.exp(-from_step / tau) - np.exp(-to / tau))
        total += share * integral / (b - a)
    return total


def middles(period_hours: float, n: int) -> Floats:
    """Return the middles of `n` periods, from the start of the first on [h]."""
    return np.asarray((np.arange(n) + 0.5) * period_hours)


def weekdays(start: datetime, hours: Floats) -> Ints:
    """Return the day of the week some hours after `start` (plant time); Monday is 0.

    Examples
    --------
    >>> weekdays(datetime(2026, 1, 4, 18), np.array([2.0, 9.0])).tolist()  # from a Sunday evening on
    [6, 0]
    """
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    since = (start - midnight) / HOUR + hours
    return np.asarray((start.weekday() + since // 24.0) % 7, dtype=np.int64)
