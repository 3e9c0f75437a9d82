"""Simulated plants for the whole loop, with operators who run a trial as people do: late, aborted, an instrument dead."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import numpy as np
import polars as pl
import yaml
from numpy.typing import NDArray
from scipy.signal import lfilter

from workbench.models.simulators.phosphoric_acid.disturbances import HISTORY_START, STEPS_PER_DAY
from workbench.models.simulators.phosphoric_acid.history import MOST_DAYS, history_truth, states_until
from workbench.models.simulators.phosphoric_acid.inputs import SETTINGS
from workbench.plant import library
from workbench.records import Recommendation
from workbench.switchback import stamp
from workbench.trial_records import TrialPlan

__all__ = ["AcidPlant", "Faults", "Plant", "QuickPlant", "clumsy", "what_was_set"]

HOUR = timedelta(hours=1)
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Faults:
    """What goes wrong in a trial: by the number of the block, and for how long [h]; own assumptions.

    Parameters
    ----------
    late : dict of int to float
        The block's settings are set so many hours late.
    aborted : dict of int to float
        The operators go back to the present settings so many hours before the block's end.
    broken : tuple of int
        In these blocks the outcome is not recorded.
    """

    late: dict[int, float] = field(default_factory=dict)
    aborted: dict[int, float] = field(default_factory=dict)
    broken: tuple[int, ...] = ()


def clumsy(plan: TrialPlan) -> Faults:
    """Return what goes wrong with people: two changes late, a block of proposed settings aborted, one not recorded."""
    pairs = list(itertools.pairwise(plan.blocks))
    changes = [block.number for before, block in pairs if before.arm != block.arm and block.number >= 3]
    proposed = [block.number for block in plan.blocks if block.arm == "proposed" and block.number > changes[1]]
    aborted = {proposed[0]: 8.0}
    return Faults(late={changes[0]: 5.0, changes[1]: 3.0}, aborted=aborted, broken=(proposed[1],))


class Plant(Protocol):
    """A plant that can be left alone, tried on, and changed for good."""

    sheet: Path
    source: Path
    n_trials: int | None
    rest_days: int

    def leave_alone(self, days: int) -> None: ...
    def run_trial(self, plan: TrialPlan, faults: Faults, until: datetime) -> None: ...
    def adopt(self, record: Recommendation) -> None: ...
    def write(self) -> None: ...
    def truth(self) -> tuple[str, float]: ...
    def true_gain(self, plan: TrialPlan, end: datetime) -> float: ...


def what_was_set(plan: TrialPlan, faults: Faults, until: datetime) -> list[tuple[datetime, datetime, str]]:
    """Return what the operators really set so far, from when to when, in time order: the plan less the faults."""
    stretches: list[tuple[datetime, datetime, str]] = []
    before = "present"
    for block in plan.blocks:
        start, end = stamp(block.start), stamp(block.end)
        begins = start + faults.late.get(block.number, 0.0) * HOUR
        leaves = end - faults.aborted.get(block.number, 0.0) * HOUR
        stretches += [(start, begins, before), (begins, leaves, block.arm), (leaves, end, "present")]
        before = block.arm if leaves == end else "present"
    return [(start, min(end, until), arm) for start, end, arm in stretches if start < min(end, until)]


QUICK_SHEET = """\
name: quick
title: Quick simulated line
period: 4h
timezone: UTC
currency: EUR
hours_per_year: 8000
four_eyes: false
settings:
  temperature: {unit: degC, low: 60, high: 90, max_step: 4, base: 70}
conditions:
  feed: {unit: "%"}
outcomes:
  recovery: {unit: "%", settling: 3h}
objective: {maximize: recovery, unit: "%", value_per_unit: 100000}
trial: {start_hours: ["08:00"]}
source: {file: quick.csv}
"""


class QuickPlant:
    """Recovery rises in a straight line with the temperature up to a knee and falls beyond it, with noise that remembers.

    Hourly records. Slope 0.4 %/degC up to 76 degC, as much down beyond; first-order lag of 2 h; AR(1) noise of 0.9 an hour and
    standard deviation 0.5; feed AR(1) of 0.98 that moves recovery by one point a point. All own assumptions.
    """

    START = datetime(2025, 1, 6, tzinfo=UTC)
    SLOPE, KNEE, LAG = 0.4, 76.0, 2.0
    HOURS = 24 * 1500  # [h] of weather prepared
    n_trials: int | None = 40
    rest_days = 60

    def __init__(self, folder: Path, seed: int = 0) -> None:
        self.sheet, self.source = folder / "quick.yaml", folder / "quick.csv"
        self.sheet.write_text(QUICK_SHEET, encoding="utf-8")
        rng = np.random.default_rng(seed)
        self.feed = _ar1(rng, self.HOURS, 0.98)
        self.noise = 0.5 * _ar1(rng, self.HOURS, 0.9)
        self.wander = np.repeat(rng.choice([-2.0, -1.0, 0.0, 1.0, 2.0], self.HOURS // 36 + 1), 36)[: self.HOURS]
        self.centre = 70.0
        self.temperature = np.empty(0)
        self.lost = np.zeros(self.HOURS, dtype=bool)
        self.leave_alone(120)

    def leave_alone(self, days: int) -> None:
        """Ordinary running: operators move the temperature a little round the middle."""
        first, last = self.temperature.size, self.temperature.size + 24 * days
        self.temperature = np.concatenate([self.temperature, self.centre + self.wander[first:last]])

    def run_trial(self, plan: TrialPlan, faults: Faults, until: datetime) -> None:
        """The trial so far; what comes after it is at the present settings."""
        values = {"present": plan.settings[0].present, "proposed": plan.settings[0].proposed}
        self.leave_alone(max(0, -(-(self._hour(until) - self.temperature.size) // 24)))
        for start, end, arm in what_was_set(plan, faults, until):
            self.temperature[self._hour(start) : self._hour(end)] = float(values[arm])
        for block in plan.blocks:
            if block.number in faults.broken:
                self.lost[self._hour(stamp(block.start)) : self._hour(stamp(block.end))] = True

    def adopt(self, record: Recommendation) -> None:
        """From now on the operators run round the proposed temperature."""
        self.centre = float(next(s.proposed for s in record.settings if s.name == "temperature"))  # type: ignore[arg-type]

    def write(self) -> None:
        """All records so far."""
        n = self.temperature.size
        felt = lfilter([1 - np.exp(-1 / self.LAG)], [1, -np.exp(-1 / self.LAG)], self.temperature - 70.0) + 70.0
        recovery = self.response(felt) + self.feed[:n] + self.noise[:n]
        times = [f"{self.START + i * HOUR:%Y-%m-%d %H:%M}" for i in range(n)]
        table = pl.DataFrame(
            {
                "time": times,
                "temperature": self.temperature.round(2),
                "feed": (30.0 + self.feed[:n]).round(3),
                "recovery": recovery.round(3),
            }
        )
        gone = pl.Series(self.lost[:n])
        table.with_columns(pl.when(~gone).then(pl.col("recovery")).alias("recovery")).write_csv(self.source)

    def response(self, temperature: Floats | float) -> Floats:
        """Recovery at mean feed without noise [%]."""
        return np.asarray(80.0 - self.SLOPE * np.abs(np.asarray(temperature) - self.KNEE))

    def truth(self) -> tuple[str, float]:
        """Recovery where the plant stands now."""
        return "true recovery [%]", float(self.response(self.centre))

    def true_gain(self, plan: TrialPlan, end: datetime) -> float:
        """What the proposed temperature gives over the present one, at any time [%]."""
        [line] = plan.settings
        return float(self.response(float(line.proposed)) - self.response(float(line.present)))

    def _hour(self, moment: datetime) -> int:
        return int((moment - self.START) / HOUR)


class AcidPlant:
    """The bundled phosphoric acid line: one continuous history that begins two years before the first answer.

    Its sheet allows a trial half a year instead of 13 weeks: what most steps gain cannot be proved in a season. After it
    people move settings round the new middle for a year and a half; the next answer reads all records since the beginning. The
    weather of all days is drawn at once, so that what has been stays as it was when the history goes on; it depends on how many
    steps there is room for.
    """

    DAYS_BEFORE, DAYS_A_STEP = 730, 730
    n_trials: int | None = None
    rest_days = 540

    def __init__(self, folder: Path, steps: int, seed: int = 1, weeks: int = 26) -> None:
        self.seed, self.days = seed, min(self.DAYS_BEFORE + self.DAYS_A_STEP * steps, MOST_DAYS)
        self.sheet, self.source = folder / "phosphoric_acid.yaml", folder / "acid.parquet"
        bundled = yaml.safe_load(library()["phosphoric_acid"].read_text(encoding="utf-8"))
        bundled["trial"]["max_weeks"] = weeks
        self.sheet.write_text(yaml.safe_dump(bundled, sort_keys=False), encoding="utf-8")
        self.steps = self.days * STEPS_PER_DAY
        self.now = self.DAYS_BEFORE * STEPS_PER_DAY
        self.shift = {name: np.zeros(self.steps) for name in SETTINGS}
        self.schedule = {name: np.full(self.steps, np.nan) for name in SETTINGS}
        self.lost: set[tuple[datetime, datetime]] = set()
        self.extraction = float("nan")

    def leave_alone(self, days: int) -> None:
        """Ordinary running: people go on to move settings round the middle, as they did before, to the line's end at most."""
        self._go_to(min(self.now + days * STEPS_PER_DAY, self.steps))

    def run_trial(self, plan: TrialPlan, faults: Faults, until: datetime) -> None:
        """The trial so far; settings that are not tried go on as ever."""
        self._go_to(self._step(until))
        for start, end, arm in what_was_set(plan, faults, until):
            for setting in plan.settings:
                self.schedule[setting.name][self._step(start) : self._step(end)] = float(getattr(setting, arm))
        self.lost |= {(stamp(b.start), stamp(b.end)) for b in plan.blocks if b.number in faults.broken}

    def adopt(self, record: Recommendation) -> None:
        """From now on people move the settings round a middle that lies further by what was proposed."""
        for line in record.settings:
            if isinstance(line.now, float) and isinstance(line.proposed, float):
                self.shift[line.name][self.now :] += line.proposed - line.now

    def write(self) -> None:
        """All records so far."""
        made = history_truth(self.days, self.seed, self.shift, self.schedule)
        end = HISTORY_START + timedelta(minutes=10 * self.now)
        records = made.records.filter(pl.col("time") < end, pl.col("known_at") < end)
        for first, last in self.lost:  # the flow meter of the sulfuric acid is dead
            records = records.filter(~((pl.col("tag") == "FIC.ACID.PV") & pl.col("time").is_between(first, last)))
        records.with_columns(pl.col("tag", "quality").cast(pl.String)).write_parquet(self.source)
        recent = made.states.filter(pl.col("time") < end, pl.col("running")).tail(30 * STEPS_PER_DAY)
        self.extraction = float(recent["extraction"].mean())  # type: ignore[arg-type]

    def truth(self) -> tuple[str, float]:
        """Extraction of the last 30 days as the simulator has it."""
        return "true extraction [%]", self.extraction

    def true_gain(self, plan: TrialPlan, end: datetime) -> float:
        """What these very weeks until `end` would have earned, all at the proposed settings less all at the present [CNY/h].

        The day before the trial is at those settings, too, so that the tank has followed when the count begins. A steady state
        says more: of a typical move 400 CNY/h where the plant that ran through its own swings for 1,000 days earned 313.
        """
        first, last = self._step(stamp(plan.start)), self._step(end)
        earned = {}
        for arm in ("present", "proposed"):
            asked = {name: values.copy() for name, values in self.schedule.items()}
            for setting in plan.settings:
                asked[setting.name][first - STEPS_PER_DAY : last] = float(getattr(setting, arm))
            states = states_until(last, self.days, self.seed, self.shift, asked)
            earned[arm] = states[first:].filter("running")["profit"].mean()
        return float(earned["proposed"] - earned["present"])  # type: ignore[operator]

    def _go_to(self, step: int) -> None:
        if step > self.steps:
            raise ValueError(f"the simulated line ends after {self.days} days: ask for fewer --steps")
        self.now = step

    def _step(self, moment: datetime) -> int:
        return int((moment - HISTORY_START) / timedelta(minutes=10))


def _ar1(rng: np.random.Generator, n: int, memory: float) -> Floats:
    """Noise that remembers, of standard deviation 1."""
    return np.asarray(lfilter([np.sqrt(1 - memory**2)], [1, -memory], rng.normal(size=n)))
