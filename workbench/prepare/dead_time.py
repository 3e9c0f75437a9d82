"""How long an outcome takes to answer the settings, seen in the history, where the sheet gives no `lag`.

Prewhitened differences are correlated over candidate lags [1]_: an outcome's changes from period to period with those of all
numeric settings together, so many periods earlier. What the day's cycle and the conditions explain is taken out of both first,
and one filter that whitens the outcome is laid over both sides: it leaves the lag between them as it is. Whether a lag can be
told at all is judged against the same outcome shifted round by more than any candidate, which keeps its own memory and loses
the settings; the interval holds the lags whose likelihood is not clearly lower than the best one's (Wilks 1938).

.. [1] Box, Jenkins, Reinsel and Ljung, Time Series Analysis, 5th ed., ch. 11.2: identification of transfer functions by
   prewhitening and cross-correlation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.plant import Sheet
from workbench.prepare.codes import span
from workbench.prepare.usable import EXCLUDED, NOT_RUNNING
from workbench.records import Finding, History
from workbench.wording import counted

__all__ = ["DeadTime", "dead_time_findings", "dead_times"]

# own assumptions
LONGEST = 48.0  # [h] looked at, in at most so many periods:
MOST_PERIODS = 24
LEAST_CHANGES = 100  # changes of an outcome from one period to the next below which nothing is looked for
SHIFTS = 199  # of the outcome against the settings
CHANCE = 0.01  # a lag is told where fewer shifts than this share answer as well [-]
FARTHEST = 4.0  # [robust standard deviations] an outcome's change is drawn in to this
LIKELIHOOD_DROP = 3.84  # of -2 log likelihood: 95 % of chi-square with one degree of freedom
HARMONICS = 2  # of the day

_TINY = 1e-12
_SIGMA = 1.4826  # median of absolute deviations -> standard deviation (normal distribution)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DeadTime:
    """What the history says about the time from the settings to one outcome.

    Parameters
    ----------
    outcome : str
        Name of the outcome.
    hours : float or None
        The likeliest dead time, a whole number of periods, or what the sheet gives [h]; None where it cannot be told.
    low, high : float or None
        95 % interval; a dead time is seen to half a period at best [h]. None where there is no estimate.
    why : str
        Why it cannot be told; empty where it is told.
    is_given : bool
        True where the sheet gives the lag: then nothing is estimated.
    """

    outcome: str
    hours: float | None = None
    low: float | None = None
    high: float | None = None
    why: str = ""
    is_given: bool = False


def dead_times(history: History, sheet: Sheet, seed: int = 0) -> list[DeadTime]:
    """Return one line an outcome; none for batches, which have no clock, nor where no period is known.

    Parameters
    ----------
    history : History
        As `prepare_history` makes it, `delay` and given lags already taken off.
    sheet : Sheet
        The plant's sheet.
    seed : int
        Of the shifts.
    """
    if sheet.period is None or history.frame.is_empty():
        return []
    hours = sheet.period.total_seconds() / 3600.0
    candidates = max(1, min(MOST_PERIODS, math.ceil(LONGEST / hours)))
    frame = history.frame
    reason = frame["reason"].fill_null("")
    stood = ((reason == NOT_RUNNING) | reason.str.starts_with(EXCLUDED)).to_numpy()
    settings = _moves(frame, [name for name, s in sheet.settings.items() if s.choices is None], stood)
    conditions = _moves(frame, [name for name, c in sheet.conditions.items() if c.choices is None], stood)
    beside = np.hstack([_day(frame, hours), conditions])
    rng = np.random.default_rng(seed)
    lines = []
    for name, outcome in sheet.outcomes.items():
        if outcome.lag is not None:
            lines.append(DeadTime(name, outcome.lag.total_seconds() / 3600.0, is_given=True))
        elif not settings.shape[1]:
            lines.append(DeadTime(name, why="no numeric setting has moved"))
        else:
            lines.append(_dead_time(name, _change(frame, name, stood), settings, beside, hours, candidates, rng))
    return lines


def dead_time_findings(lines: list[DeadTime], sheet: Sheet) -> list[Finding]:
    """Return a finding for each outcome whose dead time is clearly not 0.

    Parameters
    ----------
    lines : list of DeadTime
        As `dead_times` makes them.
    sheet : Sheet
        The plant's sheet.
    """
    return [
        Finding(
            code="D119",
            tag=sheet.outcomes[line.outcome].tag,
            text=f"{line.outcome} answers the settings after about {span(line.hours * 3.6e9)} (95 % interval"
            f" {span(line.low * 3.6e9)} to {span(line.high * 3.6e9)}), and the sheet gives no lag: see whether"
            f" `lag: {line.hours:g}h` is right",
        )
        for line in lines
        if line.hours is not None and line.low and line.high
    ]


def _dead_time(
    name: str, change: Floats, settings: Floats, beside: Floats, hours: float, candidates: int, rng: np.random.Generator
) -> DeadTime:
    is_known = np.isfinite(change)
    n = int(is_known.sum())
    if n < LEAST_CHANGES or len(change) < 4 * candidates:
        return DeadTime(name, why=f"{counted(n, 'change')} from one period to the next: at least {LEAST_CHANGES} are needed")
    y, x = _whitened(change, settings, beside, is_known)
    if not (x.std(axis=0) > _TINY).any() or y.std() <= _TINY:
        return DeadTime(name, why="no numeric setting has moved")
    bases = [_basis(_later(x, lag)) for lag in range(candidates + 1)]
    explained = np.array([_explained(basis, y[:, None])[0] for basis in bases])
    far = candidates + 1
    shifts = rng.integers(far, len(y) - far, size=SHIFTS)
    moved = np.stack([np.roll(y, shift) for shift in shifts], axis=1)
    by_chance = np.max([_explained(basis, moved) for basis in bases], axis=0)
    if (1 + int((by_chance >= explained.max()).sum())) / (1 + SHIFTS) > CHANCE:
        return DeadTime(name, why="the settings' moves do not show in it clearly enough")
    likelihood_drop = n * np.log((1.0 - explained) / (1.0 - explained.max()))
    within = np.flatnonzero(likelihood_drop <= LIKELIHOOD_DROP)
    best, low, high = int(np.argmax(explained)), int(within[0]), int(within[-1])
    if high == candidates or high - low > candidates / 2:
        return DeadTime(name, why=f"anything from {span(low * hours * 3.6e9)} on fits" if low else "anything from 0 on fits")
    return DeadTime(name, best * hours, max(low - 0.5, 0.0) * hours, (high + 0.5) * hours)


def _change(frame: pl.DataFrame, name: str, stood: NDArray[np.bool_]) -> Floats:
    """Changes from the period before; not a number where one of the two is not known or the plant stood."""
    values: Floats = frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy().copy()
    values[stood] = np.nan
    return np.diff(values, prepend=np.nan)


def _moves(frame: pl.DataFrame, names: list[str], stood: NDArray[np.bool_]) -> Floats:
    """Changes of the variables that ever change, in standard deviations, 0 where they are not known."""
    columns = [np.nan_to_num(_change(frame, name, stood)) for name in names]
    columns = [column / column.std() for column in columns if column.std() > _TINY]
    return np.stack(columns, axis=1) if columns else np.zeros((frame.height, 0))


def _day(frame: pl.DataFrame, hours: float) -> Floats:
    """The day's cycle where periods are short enough to see it: operators and weather keep to it without each other's help."""
    if hours >= 12.0 or not frame.height:
        return np.zeros((frame.height, 0))
    seconds = frame["time"].dt.epoch("s").to_numpy().astype(np.float64)
    turns = 2.0 * np.pi * seconds / 86400.0
    return np.stack([wave(k * turns) for k in range(1, HARMONICS + 1) for wave in (np.sin, np.cos)], axis=1)


def _whitened(change: Floats, settings: Floats, beside: Floats, is_known: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Outcome and settings after the same filter; the outcome 0 where it is not known."""
    y = np.where(is_known, change, 0.0)
    spread = _SIGMA * float(np.median(np.abs(change[is_known] - np.median(change[is_known])))) or float(y.std())
    y = np.clip(y, -FARTHEST * spread, FARTHEST * spread) / (spread or 1.0)
    both = np.column_stack([y, settings])
    if beside.shape[1]:
        basis = _basis(beside)
        both = both - basis @ (basis.T @ both)
    both[~is_known, 0] = 0.0
    y = both[:, 0]
    memory = float(y[1:] @ y[:-1]) / max(float(y @ y), _TINY)
    both[1:] -= memory * both[:-1].copy()
    both[~is_known, 0] = 0.0
    return both[:, 0], both[:, 1:]


def _later(x: Floats, lag: int) -> Floats:
    """The settings so many periods before."""
    moved = np.zeros_like(x)
    moved[lag:] = x[: len(x) - lag]
    return moved


def _basis(x: Floats) -> Floats:
    """An orthonormal basis of the columns, those that add nothing left out."""
    left, size, _ = np.linalg.svd(x, full_matrices=False)
    basis: Floats = left[:, size > 1e-8 * max(float(size[0]), _TINY)]
    return basis


def _explained(basis: Floats, y: Floats) -> Floats:
    """Share of each column's squares that the basis explains [-]."""
    share: Floats = np.sum((basis.T @ y) ** 2, axis=0) / np.maximum(np.sum(y**2, axis=0), _TINY)
    return share
