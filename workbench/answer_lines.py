"""The lines of an answer: settings, gain, limits, evidence, explanation; frozen parts of a recommendation."""

from __future__ import annotations

from statistics import NormalDist
from typing import Literal

from pydantic import BaseModel, ConfigDict

__all__ = [
    "TIMES_MOST",
    "Candidate",
    "ChangeEffect",
    "CostLine",
    "Gain",
    "HiddenCause",
    "LimitEffect",
    "LimitLine",
    "ModelLine",
    "Money",
    "NextMove",
    "ObjectiveLine",
    "OutcomeLine",
    "Placebo",
    "RefereeRow",
    "RegimeLine",
    "RegimeTable",
    "RelaxedLimit",
    "SettingLine",
    "Support",
    "Variant",
    "Why",
]


TIMES_MOST = 99.0  # a cause that must be stronger than so many times a condition is told to be that


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SettingLine(_Frozen):
    """One setting of a recommendation: now and proposed, in its unit (text for choices).

    `supported` is the range of this setting that the history covers, null for choices.
    """

    name: str
    tag: str
    unit: str
    now: float | str | None
    proposed: float | str | None
    low: float | None
    high: float | None
    max_step: float | None
    supported: tuple[float, float] | None = None


class Gain(_Frozen):
    """The promised improvement in the objective's unit, positive is better, with its two-sided interval."""

    objective: str
    unit: str
    expected: float
    low: float
    high: float
    level: float

    @property
    def spread(self) -> float:
        """Standard deviation of what the gain may be instead, by its low end: the side that a trial has to be ready for."""
        return max(self.expected - self.low, 0.0) / NormalDist().inv_cdf(0.5 + self.level / 2.0)


class Money(_Frozen):
    """The gain held for a year, in the sheet's currency per year."""

    currency: str
    expected: float
    low: float
    high: float


class CostLine(_Frozen):
    """One of the sheet's costs beside the objective: its formula, and the money per time in which it counts."""

    formula: str
    unit: str


class ObjectiveLine(_Frozen):
    """What the sheet wanted when the answer was given, and at which price: what a gain and its money mean.

    Parameters
    ----------
    maximize : bool
        Whether more of it is better.
    formula, unit : str
        What is maximised or minimised, and its unit.
    value_per_unit : float or None
        Worth of one unit of improvement held a whole year, above 0; null without a price [currency/year].
    currency : str or None
    hours_per_year : float or None
        Above 0 up to 8784 [h].
    costs : tuple of CostLine
    """

    maximize: bool
    formula: str
    unit: str
    value_per_unit: float | None
    currency: str | None
    hours_per_year: float | None
    costs: tuple[CostLine, ...] = ()


class LimitLine(_Frozen):
    """One limit at the proposed settings.

    `predicted` is the mean over recent conditions; `probability_held` and `now` are shares of single periods within the limit
    at the proposed and at the present settings.
    """

    name: str
    bound: Literal["low", "high"]
    value: float
    predicted: float | None
    probability_held: float | None
    now: float | None
    unit: str = ""


class OutcomeLine(_Frozen):
    """What one outcome is predicted to do: mean now and proposed, and the change with its interval."""

    name: str
    unit: str
    now: float | None
    proposed: float | None
    change: float | None
    low: float | None
    high: float | None
    level: float


class Support(_Frozen):
    """How well the history covers the proposed settings: periods near them, and whether they lie inside its support."""

    nearest_periods: int
    inside: bool


class Placebo(_Frozen):
    """How often the same choice, replayed on the plant's own past with the effects removed, would have proposed.

    `high` is the upper end of the 95 % interval of the rate (one-sided, Clopper and Pearson 1934).
    """

    false_alarms: int
    runs: int
    rate: float
    high: float


class HiddenCause(_Frozen):
    """How strong a cause that nobody measured would have to be to erase the gain (C. Cinelli, C. Hazlett, JRSS B 82 (2020) 39).

    Bounds: the worst that so strong a cause could do, not what it must do. All shares are partial R2, of what everything
    measured leaves unexplained, 0 to 1.

    Parameters
    ----------
    robustness : float
        Share in both, the move of the settings and the objective, with which a hidden cause could erase the gain [-].
    robustness_low : float
        The same for the gain's low end: with more than this, the interval could reach zero [-].
    condition : str or None
        The measured condition whose likeness could erase the gain soonest; None where there is no condition.
    condition_with_move, condition_with_objective : float or None
        Its own shares [-].
    times : float or None
        How many times as strong as that condition the cause would have to be at least, at most 99 [-].
    slow_chance : float or None
        Share of histories without a hidden cause in which slow and quick moves of the settings would speak of as different
        effects as here [-]; None where the history is too short to tell.
    slow_setting : str or None
        Where that is 10 % or less: the setting whose slow and quick moves differ most. The record then warns (T106).
    sudden_setting : str or None
        Where sudden moves surely speak for less of a proposed gain than gradual ones: the setting that most of the difference
        comes from. The record then warns (T109).
    joint_setting : str or None
        Where the objective surely moves with several settings at once otherwise than with each alone: the setting that takes
        most part. The record then warns (T110).
    """

    robustness: float
    robustness_low: float
    condition: str | None
    condition_with_move: float | None
    condition_with_objective: float | None
    times: float | None
    slow_chance: float | None
    slow_setting: str | None
    sudden_setting: str | None = None
    joint_setting: str | None = None

    @property
    def is_measured(self) -> bool:
        """Whether a measured condition is strong enough to say how strong the cause would have to be beside it."""
        return self.condition is not None and self.times is not None and self.times < TIMES_MOST


class Candidate(_Frozen):
    """The best change considered where none is proposed."""

    settings: tuple[SettingLine, ...]
    gain: Gain


class RegimeLine(_Frozen):
    """Settings for one regime, judged over the recent periods of that regime alone.

    `choice` is the level of the condition, or `low` (from) and `high` (below) its range, null where open. `share` is the
    regime's share of all recent periods, `gain` the improvement over the present settings in those periods.
    """

    choice: str | None = None
    low: float | None = None
    high: float | None = None
    periods: int
    share: float
    settings: tuple[SettingLine, ...]
    gain: Gain
    limits: tuple[LimitLine, ...]
    support: Support


class RegimeTable(_Frozen):
    """Settings that follow one condition, where that pays beyond one setting for all.

    `gain` is the improvement of the whole table over the present settings, `beyond` that over the one proposal (over the
    present settings where there is none), both over all recent periods; periods in no regime keep that proposal.
    `beyond_per_year` is its money. `placebo` counts, on the plant's own past with every product of a setting and a condition
    removed, how often a table would have promised more than it gives.
    """

    condition: str
    unit: str
    lines: tuple[RegimeLine, ...]
    gain: Gain
    beyond: Gain
    beyond_per_year: Money | None
    placebo: Placebo


class RefereeRow(_Frozen):
    """One line of promise beside truth, for a simulated plant: what is claimed, promised or really so, by whom.

    `values` maps a short label with unit to a text as shown, in the order shown.
    """

    label: str
    values: dict[str, str]
    note: str = ""


class ModelLine(_Frozen):
    """What predicted: `kind` surrogate or simulator, `name` which one, `skill` against the naive forecast in time order.

    `settings_skill` is the share of the error of the same forecast without what settings do that this removes [-].
    """

    kind: str
    name: str | None = None
    skill: float | None = None
    settings_skill: float | None = None


class LimitEffect(_Frozen):
    """What one setting's proposed change does to a limit's value, mean over recent conditions, with its interval."""

    name: str
    bound: Literal["low", "high"]
    unit: str
    change: float
    low: float
    high: float


class ChangeEffect(_Frozen):
    """What one setting's proposed change does alone, the others as they are now.

    `gain`, `low` and `high` are in the objective's unit, positive is better; `net` is the same after what costs take back or
    give, null where the sheet has none. `periods` are those of the history in which the
    setting stood within a tenth of its largest step of the proposed value, or from the nearest value run below to the nearest
    above where these are at most a largest step apart (for choices: at it). `inside` is False where the place reached alone
    lies outside what the history covers; `broken` names the limits that it would not hold as often as is asked. Only together
    with the other changes is it allowed then.
    """

    setting: str
    gain: float
    low: float
    high: float
    net: Gain | None = None
    periods: int
    limits: tuple[LimitEffect, ...] = ()
    inside: bool = True
    broken: tuple[str, ...] = ()


class RelaxedLimit(_Frozen):
    """A limit that binds: what moving it from `value` to `relaxed` would add to the expected gain (`worth`, its unit).

    Where the sheet has costs: to the gain net of them. `low` and `high` are the ends of its interval, of the gain's level; null
    in records of versions that kept none.
    """

    name: str
    bound: Literal["low", "high"]
    unit: str
    value: float
    relaxed: float
    worth: float
    low: float | None = None
    high: float | None = None


class Variant(_Frozen):
    """Another change that may be made instead: its settings and gain, and the share of the proposal's expected gain it keeps.

    `net` is the gain after costs, null where the sheet has none; where it has some, `share` is of the gain after costs.
    `overlap` is the cosine of its direction with the proposal's, in steps: 1 the same way, 0 at right angles.
    """

    settings: tuple[SettingLine, ...]
    gain: Gain
    net: Gain | None = None
    share: float
    overlap: float


class NextMove(_Frozen):
    """What it would take to know more.

    Parameters
    ----------
    weeks : float or None
        Of a randomised trial that would show the best change considered, no less than the shortest that is planned [weeks]:
        its expected gain where that is sure, else the high end of its interval. None where there is none, for batches, and
        where too few results tell.
    setting : str or None
        The setting whose single step is worth most to try; None where no step is.
    to : float or str or None
        Where to, in its unit.
    worth : float or None
        Expected worth of knowing the effect of that step before deciding [unit of the objective].
    measure, why : str or None
        The tag to measure, or to measure more often, and why.
    """

    weeks: float | None
    setting: str | None
    to: float | str | None
    worth: float | None
    measure: str | None
    why: str | None


class Why(_Frozen):
    """Why these settings, and what else could be done.

    Parameters
    ----------
    changes : tuple of ChangeEffect
        Of every changed setting, the largest gain first (after costs, where the sheet has some).
    relaxed : tuple of RelaxedLimit
        Limits that bind, the dearest first.
    fewest : Variant or None
        With the fewest changed settings that keep 90 % of the gain after costs, as far as a trial could show it; None where
        every change is needed.
    second : Variant or None
        The best without the settings that carry half of the gain; None where there is none, or no trial could show its gain.
    next_move : NextMove or None
        Where nothing is proposed.
    """

    changes: tuple[ChangeEffect, ...] = ()
    relaxed: tuple[RelaxedLimit, ...] = ()
    fewest: Variant | None = None
    second: Variant | None = None
    next_move: NextMove | None = None
