"""The plant's own past as a trial would have met it: objective with the settings' own moves taken out, and the conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.errors import InputError
from workbench.models.surrogates.surrogate import Surrogate
from workbench.models.surrogates.time import TimeGrid
from workbench.plant import Sheet
from workbench.prepare.steady import felt_settling_of, filter_first_order
from workbench.records import History, Recommendation

__all__ = ["Past", "limits_at", "past_of"]

OBJECTIVE = "@objective"
KNOWN_SHARE = 0.9  # of usable periods in which a condition must be known to serve as covariate [-]; own assumption
HOUR = timedelta(hours=1)
MICROSECONDS = 3.6e9  # in an hour
DAY_HOURS, WEEK_HOURS = 24.0, 168.0
WEEKS_WHOLE = 8  # [weeks] a history of at least so many is cut to whole weeks, a shorter one to whole days; own assumption

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Settings = Mapping[str, float | str]


@dataclass(frozen=True)
class Past:
    """Stretches of the past to try trials on: an unbroken grid of periods, or batches where they came.

    Parameters
    ----------
    outcome : ndarray of shape (periods,)
        Objective as it would have been at the present settings, signed so that more is better [unit of the objective]; nan
        where a period does not count.
    covariates : ndarray of shape (periods, k)
        Conditions, nan where not known; of one with choices a column `NAME=CHOICE` for each choice but the first.
    names : tuple of str
        Of the columns of `covariates`.
    period_hours : float
        Length of a period; of batches the mean time from one to the next, nights and days without any counted in [h].
    uneven : ndarray of shape (periods,), optional
        Share of the promised gain that comes under the conditions of each period, 1 on average [-]; nan where a period does
        not count. None where it is the same in all.
    start : datetime, optional
        When the first period begins, of batches the first one's day, plant time without offset; None where it is not known.
    times : ndarray of shape (periods,), optional
        Of batches: when each began, counted from `start`, ascending [h]; None for periods.
    """

    outcome: Floats
    covariates: Floats
    names: tuple[str, ...]
    period_hours: float
    uneven: Floats | None = None
    start: datetime | None = None
    times: Floats | None = None

    @property
    def grain_hours(self) -> float:
        """By which trials are laid over it: the length of a period, for batches an hour [h]."""
        return self.period_hours if self.times is None else 1.0

    @property
    def hours(self) -> float:
        """Length, of batches in whole days [h]."""
        if self.times is None:
            return len(self.outcome) * self.period_hours
        return DAY_HOURS * (float(self.times[-1]) // DAY_HOURS + 1.0) if len(self.times) else 0.0

    def begun_by(self, grains: Ints) -> Ints:
        """Return how many periods or batches have begun before these moments, the past gone round in a circle.

        Parameters
        ----------
        grains : ndarray of int
            Moments from the past's start on, 0 or more [grains].
        """
        if self.times is None:
            return grains
        turns, rest = np.divmod(grains, max(round(self.hours / self.grain_hours), 1))
        return np.asarray(turns * len(self.times) + np.searchsorted(self.times, rest * self.grain_hours))

    @property
    def conditions(self) -> tuple[str, ...]:
        """Conditions that the covariates come from."""
        return tuple(dict.fromkeys(name.partition("=")[0] for name in self.names))

    def with_conditions(self, conditions: Sequence[str]) -> Past:
        """Return the same past with the covariates of some conditions only."""
        columns = [at for at, name in enumerate(self.names) if name.partition("=")[0] in conditions]
        return replace(self, covariates=self.covariates[:, columns], names=tuple(self.names[at] for at in columns))


def past_of(
    sheet: Sheet,
    history: History,
    surrogate: Surrogate,
    present: Settings,
    period: timedelta | None = None,
    recommendation: Recommendation | None = None,
) -> Past:
    """Return the plant's past at its present settings.

    What the surrogate says that the settings' own moves did is taken out: the objective's fit at the settings of each period,
    felt through a first-order filter of the sheet's settling time, less its fit at the present settings, under the conditions
    of that period, effects being as they are at the end of the history. What the surrogate does not see of the moves stays in
    and makes the past look noisier than a trial, in which the settings stand still (own assumption: on the safe side).

    Parameters
    ----------
    sheet : Sheet
        Of the plant, with its settling times.
    history : History
        As a trial is read (`measuring_sheet`), at any grain.
    surrogate : Surrogate
        Has learned the objective, at the sheet's own grain.
    present : mapping of str to float or str
        Settings of the recommendation as they are now.
    period : timedelta, optional
        Grain of the history; default the sheet's.
    recommendation : Recommendation, optional
        Of status `proposed`; with it the past tells how unevenly the promised gain comes: from period to period it differs as
        the surrogate has it under their conditions, against the promise or, where that is more, against the surrogate's own
        mean (own assumption: of a small mean the surrogate knows too little to divide by it).

    Raises
    ------
    InputError
        If batches have no time, so that no schedule can be written for them.
    """
    frame = history.frame
    period = period or sheet.period or HOUR
    if sheet.period is None and (frame.height == 0 or frame["time"].null_count()):
        raise _timeless(sheet, history)
    counts = frame["reason"].is_null()
    felt = frame if sheet.period is None else _felt(sheet, frame, period)
    now = _at(felt, {name: present[name] for name in sheet.settings})
    sign = 1.0 if sheet.objective.maximize else -1.0
    outcome = sign * (frame[OBJECTIVE].cast(pl.Float64).fill_null(float("nan")).to_numpy() - _change(surrogate, now, felt))
    outcome = np.where(counts.to_numpy(), outcome, np.nan)
    uneven = np.ones(frame.height)
    if recommendation is not None and recommendation.gain is not None and recommendation.gain.expected > 0.0:
        proposed = {line.name: line.proposed for line in recommendation.settings if line.proposed is not None}
        gain = np.where(counts.to_numpy(), sign * _change(surrogate, now, _at(now, proposed)), np.nan)
        mean = float(np.nanmean(gain))
        uneven += (gain - mean) / max(mean, recommendation.gain.expected)
    known = _covariates(sheet, frame, frame.filter(counts))
    covariates = known.fill_null(float("nan")).to_numpy() if known.width else np.empty((frame.height, 0))
    columns = np.column_stack([outcome, uneven, covariates])
    if sheet.period is None:
        return _of_batches(sheet, frame["time"], columns, tuple(known.columns))
    columns = _on_grid(sheet, frame, columns, period)
    columns = columns[-_whole(len(columns), period / HOUR) :]
    start = _start(sheet, frame, period, len(columns))
    return Past(columns[:, 0], columns[:, 2:], tuple(known.columns), period / HOUR, columns[:, 1], start)


def limits_at(sheet: Sheet, history: History, surrogate: Surrogate, settings: Settings) -> History:
    """Return the history with the outcomes and formulas of limits as they would have been at some settings.

    What the surrogate says of the settings' own moves is taken out as from the objective (`past_of`): a campaign that broke a
    limit on purpose tells nothing of how long it is broken at the proposed settings. A limit that the surrogate has not learned
    stays as it was.

    Parameters
    ----------
    sheet, history, surrogate
        Of the plant, at the sheet's own grain.
    settings : mapping of str to float or str
        Values of settings; one that is left out stays where it was.
    """
    frame = history.frame
    felt = frame if sheet.period is None else _felt(sheet, frame, sheet.period)
    moved = _at(felt, settings)
    names = {name for name, one in sheet.outcomes.items() if one.low is not None or one.high is not None}
    names |= {f"@limit:{limit.name}" for limit in sheet.limits}
    columns = [
        frame[name].cast(pl.Float64) + pl.Series(_change(surrogate, felt, moved, name), nan_to_null=True)
        for name in sorted(names & set(frame.columns) & set(surrogate.responses))
    ]
    return replace(history, frame=frame.with_columns(columns))


def _at(frame: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """The same periods at other settings."""
    return frame.with_columns(pl.lit(value).cast(frame[name].dtype).alias(name) for name, value in settings.items())


def _change(surrogate: Surrogate, before: pl.DataFrame, after: pl.DataFrame, target: str = OBJECTIVE) -> Floats:
    """What the surrogate says that other settings do to the objective or another target, period by period, in its unit."""
    response = surrogate.responses[target]
    terms = surrogate.basis.design(after) - surrogate.basis.design(before)
    return np.asarray(terms[:, response.setting_terms] @ response.coefficients[response.setting_terms])


def _timeless(sheet: Sheet, history: History) -> InputError:
    """The error for batches without a time: for all of them what the loader says of the columns, else how many they are."""
    n, n_timeless = history.frame.height, history.frame["time"].null_count()
    if n_timeless < n:
        who, then = f"{n_timeless} of {n} batches carry no time that can be read", "give each row of the source its stamp"
    else:
        who = "the batches carry no time"
        then = next((f.text for f in history.findings if f.code == "L115"), "give the source a time column")
    return InputError(f"{sheet.name}: {who}, so blocks of a trial cannot be laid out: {then}")


def _felt(sheet: Sheet, frame: pl.DataFrame, period: timedelta) -> pl.DataFrame:
    """Settings as a first-order process feels them."""
    bounds = np.append(frame["time"].dt.epoch("us").to_numpy(), 0)
    bounds[-1] = bounds[-2] + period // timedelta(microseconds=1)
    columns = []
    for name, setting in sheet.settings.items():
        settling = felt_settling_of(sheet, name)
        if settling and setting.choices is None:
            cells = frame[name].fill_null(float("nan")).to_numpy().astype(np.float64)
            columns.append(pl.Series(name, filter_first_order(cells, bounds, settling), nan_to_null=True))
    return frame.with_columns(columns)


def _covariates(sheet: Sheet, frame: pl.DataFrame, usable: pl.DataFrame) -> pl.DataFrame:
    """A column for each condition that is nearly always known and that moves; choices as shares, all but the first."""
    columns = []
    for name, condition in sheet.conditions.items():
        values = usable[name].drop_nulls()
        if len(values) < KNOWN_SHARE * usable.height or values.n_unique() < 2:
            continue
        if condition.choices is None:
            columns.append(pl.col(name).cast(pl.Float64))
        else:
            columns += [(pl.col(name) == choice).cast(pl.Float64).alias(f"{name}={choice}") for choice in condition.choices[1:]]
    return frame.select(columns)


def _on_grid(sheet: Sheet, frame: pl.DataFrame, columns: Floats, period: timedelta) -> Floats:
    """One place a period, gaps filled with nan."""
    grid = TimeGrid.of(frame, sheet.model_copy(update={"period": period}))
    wide = np.full((grid.length, columns.shape[1]), np.nan)
    wide[grid.positions] = columns
    return wide


def _of_batches(sheet: Sheet, times: pl.Series, columns: Floats, names: tuple[str, ...]) -> Past:
    """Batches where they came: a block holds those that begin in it, on some days and nights none."""
    order = times.arg_sort().to_numpy()
    local = times.gather(order).dt.convert_time_zone(sheet.zone.key).dt.replace_time_zone(None)
    last: datetime = local[-1]
    ends = datetime.combine(last.date(), time(0)) + DAY_HOURS * HOUR
    days = (ends - datetime.combine(local[0].date(), time(0))) / HOUR / DAY_HOURS
    start = ends - _whole(round(days), DAY_HOURS) * DAY_HOURS * HOUR
    hours = (local - start).dt.total_microseconds().to_numpy() / MICROSECONDS
    columns, hours = columns[order][hours >= 0.0], hours[hours >= 0.0]
    # an hour that the clock repeats may seem to come before the one that it repeats
    hours = np.maximum.accumulate(hours)
    apart = float(hours[-1] - hours[0]) / max(len(hours) - 1, 1)
    return Past(columns[:, 0], columns[:, 2:], names, apart, columns[:, 1], start, hours)


def _start(sheet: Sheet, frame: pl.DataFrame, period: timedelta, n: int) -> datetime:
    """When the first of the last `n` periods begins, plant time, counted back from the last: it is nearest to the trial."""
    last: datetime = frame["time"].max()  # type: ignore[assignment]
    return last.astimezone(sheet.zone).replace(tzinfo=None) - (n - 1) * period


def _whole(n: int, period_hours: float) -> int:
    """Most recent periods that make whole weeks (or days): the past is gone through in a circle, and keeps its rhythm."""
    rhythm = WEEK_HOURS if n * period_hours >= WEEKS_WHOLE * WEEK_HOURS else 24.0
    each = rhythm / period_hours
    if each < 1.0 or abs(each - round(each)) > 1e-9:
        return n
    return max(round(each), n // round(each) * round(each)) if n >= round(each) else n
