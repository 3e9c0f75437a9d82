"""What a change of settings is worth and whether it may be proposed: gain, support and limits in one place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.models.surrogates.response import Response
from workbench.models.surrogates.surrogate import Surrogate
from workbench.plant import Sheet
from workbench.tuning.kept_from import KeptFrom, kept_from
from workbench.tuning.limits import LimitCheck
from workbench.tuning.present import Present
from workbench.tuning.provable import WEEKS_TRIED, trial_error, weeks_tried
from workbench.tuning.support import SupportRegion, reach_of

__all__ = ["CAUTION", "INFLATION", "LEVEL", "PERIODS_MANY", "PROMISE_MOST", "Judge", "Z", "inflation_of"]

LEVEL = 0.9  # of every two-sided interval [-]
Z = 1.6448536269514722  # standard normal quantile of its upper end
CAUTION = 1.0  # standard deviations that a gain is short of by which settings are compared; own assumption
INFLATION = 1.3  # on the model's standard deviation; own assumption: without it low ends hold too seldom on simulated plants
INFLATION_MOVED = 1.7  # the same where effects have drifted or changed: there they hold too seldom with 1.3; own assumption
PROMISE_MOST = 0.9  # of the model's gain [-]; own assumption: the best of many candidates is the best-looking one, too
PERIODS_MANY = (
    400  # [results] of a long history: a gain's interval is that much wider, slow moves can be spared; own assumption
)

Floats = NDArray[np.float64]


def inflation_of(response: Response) -> float:
    """Return the factor on the standard deviation of a gain, by how many results it was learned from [-].

    What the model gets wrong does not fade with more periods, as noise does: it adds a variance that counts ever more, and more
    where the behaviour was another one before: when it changed, and into what, is known less well than one behaviour.
    """
    most = INFLATION if response.is_steady else INFLATION_MOVED
    return float(np.sqrt(1.0 + (most**2 - 1.0) * min(1.0, len(response.target) / PERIODS_MANY)))


@dataclass(frozen=True)
class Judge:
    """Everything that settings are judged by, for one plant at one moment.

    Parameters
    ----------
    sheet : Sheet
    surrogate : Surrogate
    present : Present
    support : SupportRegion
    limits : tuple of LimitCheck
    """

    sheet: Sheet
    surrogate: Surrogate
    present: Present
    support: SupportRegion
    limits: tuple[LimitCheck, ...]

    @property
    def sign(self) -> float:
        """1 where more of the objective is better, else -1."""
        return 1.0 if self.sheet.objective.maximize else -1.0

    @property
    def z(self) -> float:
        """Posterior standard deviations from a gain to either end of its interval [-]."""
        return Z * inflation_of(self.surrogate.responses["@objective"])

    @property
    def promise_most(self) -> float:
        """Share of the model's gain that is promised at most: all of what is computed, which looks no better than it is [-].

        What costs save is promised with the same share: where they follow outcomes, they are learned.
        """
        are_costs_learned = any(cost.formula.names & set(self.sheet.outcomes) for cost in self.sheet.objective.costs)
        return 1.0 if self.sheet.is_objective_computed and not are_costs_learned else PROMISE_MOST

    @property
    def cost_weight(self) -> float:
        """Units of the objective that one currency per hour of cost takes back; 0 without costs."""
        value = self.sheet.value_per_unit_year
        if "@cost" not in self.surrogate.responses or not value or not self.sheet.hours_per_year:
            return 0.0
        return self.sheet.hours_per_year / value

    def shifts(self, settings: pl.DataFrame) -> Floats:
        """Return the move of every term from now to each row of settings, over recent conditions."""
        return self.surrogate.basis.shift(settings, self.present.now, self._recent)

    @cached_property
    def _recent(self) -> Floats:
        """Recent conditions as the model sees them, worked out once for the thousands of candidates."""
        return self.surrogate.basis.base_columns(self.present.recent)

    def gain(self, shifts: Floats) -> tuple[Floats, Floats]:
        """Return the improvement of the objective and its standard deviation, before any correction, costs left out."""
        mean, sd = self.surrogate.responses["@objective"].change(shifts)
        return self.sign * mean, sd

    def net(self, shifts: Floats) -> tuple[Floats, Floats]:
        """Return the improvement less what costs take back, in units of the objective, and its standard deviation."""
        mean, sd = self.gain(shifts)
        if self.cost_weight:
            cost, cost_sd = self.surrogate.responses["@cost"].change(shifts)
            mean = mean - self.cost_weight * cost
            sd = np.hypot(sd, self.cost_weight * cost_sd)
        return mean, sd

    def worth(self, shifts: Floats) -> Floats:
        """Return what settings are compared by: the net improvement less `CAUTION` of its standard deviations.

        A setting whose effect is hardly known then stays where it is: moving it would add more doubt than gain.
        """
        mean, sd = self.net(shifts)
        return np.asarray(mean - CAUTION * self.spread(shifts, sd))

    def spread(self, shifts: Floats, sd: Floats) -> Floats:
        """Return `sd`, or what stretches of the history say where they disagree more [unit of the objective]."""
        return np.maximum(sd, self.surrogate.responses["@objective"].change_sd_by_stretches(shifts))

    def promised(self, shifts: Floats, promise_share: float) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
        """Return the promised improvement and its standard deviation, and the same net of costs.

        An improvement or a saving counts with `promise_share`, a loss or a cost in full.
        """
        (gain, gain_sd), (net, net_sd) = self.gain(shifts), self.net(shifts)
        saved = net - gain
        cut, cut_saved = (np.where(x > 0.0, promise_share * x, x) for x in (gain, saved))
        return (cut, self.spread(shifts, gain_sd)), (cut + cut_saved, self.spread(shifts, net_sd))

    def low_end(self, shifts: Floats, promise_share: float, z: float) -> Floats:
        """Return the low end of the promised improvement: the lower of gain and gain net of costs."""
        return np.asarray(np.minimum(*(mean - z * sd for mean, sd in self.promised(shifts, promise_share))))

    @cached_property
    def trial_error(self) -> float | None:
        """Standard error with which eight weeks of trial would measure a gain, see `provable.trial_error`."""
        return trial_error(self.surrogate, self.sheet.period)

    def trial_error_unwashed(self) -> float | None:
        """Return the same for a trial of which nothing is left out."""
        return trial_error(self.surrogate, self.sheet.period, is_washed=False)

    @property
    def least_shown(self) -> float | None:
        """Standard error of the trial that a gain has to show in (`provable.weeks_tried`): none below it is proposed."""
        if self.trial_error is None:
            return None
        return self.trial_error * float(np.sqrt(WEEKS_TRIED / weeks_tried(self.sheet.trial)))

    def is_provable(self, gain: Floats | float, net: Floats | float) -> NDArray[np.bool_]:
        """Return which gains, or gains net of costs where these are larger, such a trial could tell from luck.

        Those no less than `least_shown`; all where that is not known.
        """
        return np.asarray(np.maximum(gain, net) >= (-np.inf if self.least_shown is None else self.least_shown))

    def inside(self, settings: pl.DataFrame) -> NDArray[np.bool_]:
        """Return which rows lie inside the support, or at least no further out than the plant stands now."""
        return np.asarray(self.outside(settings) <= 0.0)

    def outside(self, settings: pl.DataFrame) -> Floats:
        """Return how far each row lies outside the support, relative to its size; 0 or less inside [-].

        A value that was kept from recent conditions is outside by the share of periods that have them.
        """
        now = float(self.support.distance(self.present.now)[0])
        worst = self.support.distance(settings) / max(1.0, now) - 1.0
        for name, (low, high) in self.covered.items():
            value = settings[name].to_numpy()
            worst = np.maximum(worst, np.maximum(low - value, value - high) / max(high - low, 1e-12))
        for kept in self.kept_from:
            worst = np.maximum(worst, np.where((settings[kept.setting] == kept.value).to_numpy(), kept.share, -1.0))
        return np.asarray(np.where(np.abs(worst) < 1e-9, 0.0, worst))

    @cached_property
    def covered(self) -> dict[str, tuple[float, float]]:
        """Range of each numeric setting that two separate stretches of the history have reached, the present value included."""
        out = {}
        for name, setting in self.sheet.settings.items():
            values = self.surrogate.frame[name].drop_nulls()
            if setting.choices is None and len(values):
                now = float(self.present.now[name][0])
                low, high = reach_of(values)
                out[name] = (min(low, now), max(high, now))
        return out

    @cached_property
    def kept_from(self) -> tuple[KeptFrom, ...]:
        """Values of whole numbers and choices that were never run under some of the conditions that proposals are for."""
        return kept_from(self.sheet, self.surrogate.frame, self.present.recent, self.present.now)

    def holds(self, settings: pl.DataFrame) -> NDArray[np.bool_]:
        """Return which rows hold every limit in at least the share of periods that is needed."""
        ok = np.ones(settings.height, dtype=bool)
        for check in self.limits:
            here = np.flatnonzero(ok)
            if len(here) == 0:
                break
            ok[here] = check.is_kept(settings if ok.all() else settings[here])
        return ok

    def lacking(self, settings: pl.DataFrame) -> Floats:
        """Return by how much each row fails the support (first column, relative) and each limit (`LimitCheck.over`)."""
        return np.column_stack([self.outside(settings), *(check.over(settings) for check in self.limits)])

    def violation(self, settings: pl.DataFrame) -> float:
        """Return by how much one row of settings fails, in share of periods or relative distance; 0 or less where feasible."""
        worst = max(-1e-12, float(self.outside(settings)[0]))
        return max([worst, *(float(check.shortfall(settings)[0]) for check in self.limits)])
