"""Whether trials keep what the planner states, and what covariates save, on simulated plants.

    nice .venv/bin/python tests/benchmarks/trial_power.py power [--trials 600] [--histories 4] [--plants "AR(1) 0.9" ...]
    nice .venv/bin/python tests/benchmarks/trial_power.py weeks

`power`: for each plant two years of history are simulated, with settings that people move by hand; the planner plans a trial of
a promise from that history alone, which its interval holds to within a half. Then as many new trials of that plan are simulated
from the same plant, the effect inserted hour by hour through a first-order lag, and judged by the verdict's own test. Stated is
what stands in plan.json: for the promise (at the end, and at the first look), for half of it, and for effects drawn from it.

`weeks`: length of the planner's trial over that of a plain daily A/B (randomised 24 h blocks, the same washout, no covariates)
at the same power of 0.8, both on six years of the same plant. The share of covariates is that of the variance of 24 h means.

All noise has standard deviation 1 an hour (a batch); drift: a random walk that wanders by 1 in about three weeks; cycles: day
and week, amplitude 0.7 each; batches: every 6 h. The plant settles in 9 h. All own assumptions.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.signal import lfilter

from workbench.models.surrogates import learn
from workbench.plant import Sheet, read_sheet
from workbench.progress import ProgressLine
from workbench.records import Gain, History, Lineage, ModelLine, Recommendation, RowLedger, SettingLine
from workbench.switchback import draw_order
from workbench.switchback.effect import make_pairs, p_value_of
from workbench.switchback.looks import first_yes
from workbench.trials import Past, past_of, plan_switchback
from workbench.trials.calendar import ShiftCalendar, calendar_of
from workbench.trials.candidates import Question, choose, consider
from workbench.trials.layout import lay_out
from workbench.trials.plan import Planned
from workbench.trials.power import rehearse

SHEET = """\
name: {name}
{grain}
timezone: UTC
settings:
  temperature: {{unit: degC, low: 60, high: 90, max_step: 4}}
conditions:
{conditions}
outcomes:
  y: {{unit: "%", settling: {settling}}}
objective: {{maximize: y}}
"""
START = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday
SETTLING = 9.0  # [h]
TAU = SETTLING / 3.0  # [h]
YEARS_HISTORY, YEARS_WEEKS = 2, 6
WARM_UP = 1000  # [periods]
SEED = 2026

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """A plant: memory of its noise, share of the variance that so many feeds carry alike, and what else disturbs it.

    `swing` is by how much of itself the effect changes with one standard deviation of the first feed [-].
    """

    name: str
    phi: float
    share: float = 0.0
    feeds: int = 1
    feed_phi: float = 0.98
    drift: bool = False
    cycles: bool = False
    period_hours: float = 1.0
    effect: float = 0.4
    swing: float = 0.0

    @property
    def conditions(self) -> tuple[str, ...]:
        """The feeds, and a condition that matters to nothing."""
        return (*(f"feed_{number}" for number in range(1, self.feeds + 1)), "other")

    @property
    def sheet(self) -> Sheet:
        """Its plant sheet."""
        is_batch = self.period_hours > 1.0
        grain = "batch: lot" if is_batch else "period: 1h"
        conditions = "\n".join(f'  {name}: {{unit: "%"}}' for name in self.conditions)
        settling = "0h" if is_batch else "9h"
        return read_sheet(SHEET.format(name="plant", grain=grain, conditions=conditions, settling=settling), "plant.yaml")

    def simulate(self, rng: np.random.Generator, n: int, first_hour: float = 0.0) -> tuple[Floats, Mapping[str, Floats]]:
        """Return outcome without effects, and conditions by name, of `n` periods."""
        known = {name: _memory(rng, n, self.feed_phi) for name in self.conditions}
        rest = _memory(rng, n, self.phi)
        fed = sum((known[name] for name in self.conditions[:-1]), np.zeros(n)) / np.sqrt(self.feeds)
        y = np.sqrt(self.share) * fed + np.sqrt(1.0 - self.share) * rest
        if self.drift:
            y = y + np.cumsum(rng.normal(size=n)) / np.sqrt(500.0)
        if self.cycles:
            hour = first_hour + np.arange(n) * self.period_hours
            y = y + 0.7 * np.sin(2 * np.pi * hour / 24.0) + 0.7 * np.sin(2 * np.pi * hour / 168.0)
        return y, known

    def response(self, moves: Floats, known: Mapping[str, Floats]) -> Floats:
        """Return what moves of the temperature do to the outcome, an effect of one for each move of one."""
        return _felt(moves, self) * (1.0 + self.swing * known["feed_1"])


WORLDS = (
    World("AR(1) 0.5", 0.5, effect=0.27),
    World("AR(1) 0.5, small promise", 0.5, effect=0.15),
    World("AR(1) 0.9", 0.9, effect=0.35),
    World("AR(1) 0.97", 0.97, effect=0.5),
    World("AR(1) 0.9, covariate 60 %", 0.9, share=0.6, effect=0.25),
    World("AR(1) 0.9, 8 covariates 60 %", 0.9, share=0.6, feeds=8, effect=0.25),
    World("AR(1) 0.97, drift", 0.97, drift=True, effect=0.55),
    World("AR(1) 0.9, cycles", 0.9, cycles=True, effect=0.4),
    World("batches, covariate 50 %", 0.3, share=0.5, feed_phi=0.9, period_hours=6.0, effect=0.4),
    World("AR(1) 0.9, uneven effect", 0.9, share=0.3, effect=0.35, swing=1.0),
    World("AR(1) 0.9, very uneven effect", 0.9, share=0.3, effect=0.25, swing=2.0),
)
COVARIATES = (
    World("60 %, as slow as the rest", 0.9, share=0.6, feed_phi=0.9),
    World("60 %, slower than the rest", 0.9, share=0.6, feed_phi=0.98),
    World("80 %, as slow as the rest", 0.9, share=0.8, feed_phi=0.9),
    World("80 %, slower than the rest", 0.9, share=0.8, feed_phi=0.98),
    World("60 %, rest AR(1) 0.5", 0.5, share=0.2, feed_phi=0.95),
    World("batches, 60 %", 0.3, share=0.42, feed_phi=0.8, period_hours=6.0),
)


def _memory(rng: np.random.Generator, n: int, phi: float) -> Floats:
    """AR(1) noise of standard deviation 1, a value a period."""
    steps = rng.normal(size=n + WARM_UP) * np.sqrt(1.0 - phi**2)
    return np.asarray(lfilter([1.0], [1.0, -phi], steps)[WARM_UP:])


def history_of(world: World, rng: np.random.Generator, years: float) -> History:
    """Return a history in which people moved the temperature every day or two, with the effect that is promised."""
    n = int(years * 364 * 24 / world.period_hours)
    y, known = world.simulate(rng, n)
    stretch = max(1, round(36 / world.period_hours))
    temperature = 70.0 + np.repeat(rng.integers(-1, 2, n // stretch + 1), stretch)[:n].astype(float)
    y = y + world.effect / 2.0 * world.response(temperature - 70.0, known)
    times = pl.Series([START + timedelta(hours=k * world.period_hours) for k in range(n)], dtype=pl.Datetime("us", "UTC"))
    columns = {"temperature": temperature, **known, "y": y}
    frame = pl.DataFrame({"time": times, "batch": [f"B{k}" for k in range(n)], **columns}).with_columns(
        pl.col("y").alias("@objective"),
        pl.lit(None, pl.Float64).alias("@cost"),
        pl.lit(True).alias("steady"),
        pl.lit(None, pl.String).alias("reason"),
    )
    rows = RowLedger(n)
    return History(frame, rows, rows, (), "0" * 64, "simulated")


def _felt(signal: Floats, world: World) -> Floats:
    """What the plant feels of a setting, as means of hours; batches feel it at once."""
    if world.period_hours > 1.0:
        return signal
    decay = np.exp(-1.0 / TAU)
    before = lfilter([0.0, 1.0 - decay], [1.0, -decay], signal)  # state at the start of the hour
    return np.asarray(signal + (before - signal) * TAU * (1.0 - decay))


def settled(history: History, world: World) -> History:
    """Return the history as an answer is learned from it: periods in which the plant still follows a move do not count."""
    if world.period_hours > 1.0:
        return history
    follows = pl.any_horizontal(pl.col("temperature").diff(k).fill_null(0.0) != 0.0 for k in range(1, round(SETTLING) + 1))
    reason = pl.when(follows).then(pl.lit("not steady")).alias("reason")
    return replace(history, frame=history.frame.with_columns(reason))


def recommendation_of(world: World) -> Recommendation:
    """Return a recommendation of two degrees more, with the effect that the plant really has."""
    lineage = Lineage(
        sheet_sha256="", source_sha256="", records_read=0, records_used=0, periods_used=0, from_=None, to=None, seed=0, code=""
    )
    line = SettingLine(name="temperature", tag="temperature", unit="degC", now=70.0, proposed=72.0, low=60, high=90, max_step=4)
    gain = Gain(objective="y", unit="%", expected=world.effect, low=world.effect / 2, high=1.5 * world.effect, level=0.9)
    return Recommendation(
        id="plant-simulated", created="", as_of=None, plant="plant", status="proposed", reasons=(), settings=(line,), gain=gain,
        value_per_year=None, limits=(), support=None, candidate=None, findings=(), model=ModelLine(kind="surrogate"),
        placebo=None, lineage=lineage,
    )  # fmt: skip


def plan_of(world: World, seed: int) -> Planned:
    """Return what the planner makes of the plant's history."""
    history = history_of(world, np.random.default_rng(seed), YEARS_HISTORY)
    surrogate, _ = learn(world.sheet, settled(history, world))
    recommendation = recommendation_of(world)
    past = past_of(world.sheet, history, surrogate, {"temperature": 70.0}, recommendation=recommendation)
    return plan_switchback(world.sheet, history, past, recommendation, record_sha256="", created="")


def simulated_trials(
    world: World, planned: Planned, effect: float, spread: float, trials: int, seed: int
) -> Iterator[tuple[bool, bool]]:
    """Yield for each new trial of the plan whether the test at its end finds the effect, and whether its first look does."""
    first_look = [(planned.plan.looks[0].after_block, planned.plan.looks[0].alpha_spent)]
    layout, n_blocks = planned.chosen.layout, planned.chosen.n_blocks
    # batches begin by their own clock, periods of an hour by the trial's
    since = (layout.start.replace(tzinfo=UTC) - START) / timedelta(hours=1)
    none = _begun(world, since, np.zeros(1))[0]
    first, last = (_begun(world, since, hours.astype(np.float64)) - none for hours in (layout.first, layout.last))
    edges = _begun(world, since, np.append(layout.starts, layout.ends[-1])) - none
    n = int(last[-1]) + 1
    for trial in range(trials):
        rng = np.random.default_rng([seed, trial])
        y, known = world.simulate(rng, n, since)
        order = draw_order(n_blocks, int(rng.integers(2**40)))
        arm = np.zeros(n)
        for k in np.flatnonzero(order):
            arm[edges[k] : edges[k + 1]] = 1.0
        y = y + (effect + spread * rng.normal()) * world.response(arm, known)
        outcome = _block_means(y, first, last)
        told = planned.plan.prognosis
        columns = (
            [sum(weight * known[name] for name, weight in told.items())]
            if told
            else [known[c] for c in planned.plan.covariates]
        )
        covariates = [_block_means(np.asarray(column), first, last) for column in columns]
        stacked = np.column_stack(covariates) if covariates else None
        at_end = p_value_of(make_pairs(outcome, order, stacked)) <= 0.05
        yield at_end, first_yes(outcome, order, stacked, first_look) == 0


def _begun(world: World, since: float, hours: Floats) -> NDArray[np.int64]:
    """How many periods or batches have begun since `START` by some hours after hour `since`."""
    return np.asarray(np.ceil((since + hours) / world.period_hours - 1e-9), dtype=np.int64)


def _block_means(values: Floats, first: NDArray[np.int64], last: NDArray[np.int64]) -> Floats:
    """Mean of each block, nan where no batch began in it."""
    return np.array([values[a:b].mean() if b > a else np.nan for a, b in zip(first, last, strict=True)])


def check_power(worlds: Sequence[World], trials: int, histories: int) -> None:
    asked = ("promise", "half of it", "as unsure", "first look")
    print(f"{'plant':28}effect  {'first plan: blocks, weeks':>25}  {'promise apart by history':>26}", end="")
    print("".join(f"  {name + ': stated, simulated':>29}" for name in asked))
    for world in worlds:
        apart, rows, planned = [], [], None
        with ProgressLine() as progress:
            for number in range(histories):
                progress(f"{world.name}: planning", number, histories)
                made = plan_of(world, SEED + number)
                planned = planned or made
                stated, simulated = _stated(made), []
                for effect, spread in _effects(made):
                    found = np.zeros(2)
                    for done, each in enumerate(simulated_trials(world, made, effect, spread, trials, SEED + 1000)):
                        found += each
                        progress(f"{world.name}: trials on history {number + 1}", done + 1, trials)
                    simulated.append(found / trials)
                shares = [*(share[0] for share in simulated), simulated[0][1]]
                rows.append([stated, shares])
                apart.append(100.0 * (shares[0] - stated[0]))
        assert planned is not None
        stated, shares = np.mean(rows, axis=0)
        shape = f"{len(planned.plan.blocks)} x {planned.plan.block_hours:.0f} h, {planned.chosen.weeks:.1f}"
        print(f"{world.name:28}{world.effect:>6.2f}  {shape:>25}  {' '.join(f'{a:+.1f}' for a in apart):>26}", end="")
        print("".join(f"  {one:>19.1%}  {other:>8.1%}" for one, other in zip(stated, shares, strict=True)), flush=True)


def _effects(planned: Planned) -> list[tuple[float, float]]:
    """Effect and its standard deviation: the promise, half of it, and as unsure as the promise."""
    gain = planned.plan.promise
    return [(gain.expected, 0.0), (gain.expected / 2, 0.0), (gain.expected, gain.spread)]


def _stated(planned: Planned) -> list[float]:
    plan = planned.plan
    assert plan.assurance is not None
    return [*(power.with_covariates for power in plan.power), plan.assurance, plan.looks[0].over or 0.0]


def check_weeks(worlds: Sequence[World]) -> None:
    print("covariates                    of 24 h means  of differences  ours: block  weeks  plain daily A/B: weeks  ratio")
    for world in worlds:
        started = time.perf_counter()
        past, calendar, question = _long_past(world)
        with ProgressLine() as progress:
            ours = choose(consider(past, calendar, question, progress), question.longest)
            plain = _plain_weeks(past, calendar, question)
        day = round(24 / world.period_hours)
        n = len(past.outcome) // day
        means = past.outcome[: n * day].reshape(n, day).mean(axis=1)
        feed = past.covariates[: n * day, 0].reshape(n, day).mean(axis=1)
        share, of_differences = (np.corrcoef(a, b)[0, 1] ** 2 for a, b in ((means, feed), (np.diff(means), np.diff(feed))))
        print(
            f"{world.name:30}{share:>12.0%}  {of_differences:>14.0%}  {ours.block_hours:>9.0f} h  {ours.weeks:>5.1f}  "
            f"{plain:>22.1f}  {ours.weeks / plain:>5.2f}   ({time.perf_counter() - started:.0f} s)",
            flush=True,
        )


def _long_past(world: World) -> tuple[Past, ShiftCalendar, Question]:
    """Six years of the plant as they are, and an effect that a plain A/B finds in about nine weeks."""
    rng = np.random.default_rng(SEED)
    n = int(YEARS_WEEKS * 364 * 24 / world.period_hours)
    y, known = world.simulate(rng, n)
    past = Past(y, np.column_stack(list(known.values())), tuple(known), world.period_hours)
    settling = 0.0 if world.period_hours > 1.0 else SETTLING
    start = START.replace(tzinfo=None)
    question = Question(1.0, 0.0, settling, None, [(0.0, 1.0)], 0.0, start, timedelta(weeks=26), start, 0)
    calendar = calendar_of(world.sheet)
    layout = _daily(past, calendar, question, 64)
    noise = rehearse(past, layout, 400, 0).noise_without
    return past, calendar, replace(question, effect=2.4865 * noise)


def _daily(past: Past, calendar: ShiftCalendar, question: Question, n_blocks: int):
    moments = calendar.boundaries(question.start, timedelta(days=1), n_blocks)
    return lay_out(
        moments, question.grid, past.period_hours, settling_hours=question.settling_hours,
        washout_hours=question.settling_hours, ramp=question.ramp,
    )  # fmt: skip


def _plain_weeks(past: Past, calendar: ShiftCalendar, question: Question) -> float:
    """Shortest plain daily A/B with power 0.8, without covariates [weeks]."""
    is_enough: Callable[[int], bool] = lambda n: (  # noqa: E731
        rehearse(past, _daily(past, calendar, question, n), 2000, 1).power(question.effect, covariates=False) >= 0.8
    )
    low, high = 14, 180
    while high - low > 2:
        middle = (low + high) // 4 * 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high / 7.0


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=("power", "weeks"))
    parser.add_argument("--trials", type=int, default=600, help="new trials of each plan")
    parser.add_argument("--histories", type=int, default=4, help="histories of each plant, each planned from alone")
    names = [world.name for world in (*WORLDS, *COVARIATES)]
    parser.add_argument("--plants", nargs="+", choices=names, default=names)
    given = parser.parse_args()
    if given.what == "power":
        check_power([world for world in WORLDS if world.name in given.plants], given.trials, given.histories)
    else:
        check_weeks([world for world in COVARIATES if world.name in given.plants])


if __name__ == "__main__":
    sys.exit(main())
