"""The whole loop on a simulated plant: recommend, approve, plan, try, verify, keep the ledger; again until nothing is proposed.

    python -m tests.benchmarks.loop quick --out /tmp/loop             # a line with one setting
    python -m tests.benchmarks.loop acid --steps 3 --weeks 52 --out /tmp/acid    # the bundled plant; a step takes minutes

Each step moves each setting by at most its `max_step`. In the first trial the operators set two blocks late, break one off, and
an instrument is dead for one. A step that is not verified is not kept: the plant goes back. Writes steps.csv and steps.html
(promise, verdict and money a step) to the folder, where the store `mlruns` is, too.

Measured: `quick` climbs from 70 to 74 degC in verified steps, then no_change, one `max_step` short of the knee at 76. `acid`:
see the README; with `--weeks 52` two of three runs prove two steps and end with no_change, about half-way to the optimum.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from tests.benchmarks.loop_plants import AcidPlant, Faults, Plant, QuickPlant, clumsy
from workbench.planning import schedule_trial
from workbench.proving import verify_trial
from workbench.records import Recommendation
from workbench.show.climb import climb_figure
from workbench.study import run_study
from workbench.switchback import stamp
from workbench.track import Store
from workbench.track.review import approve
from workbench.trial_records import TrialPlan, Verdict
from workbench.verify.costs import record_cost
from workbench.verify.log import Log

PLANTS: dict[str, Callable[[Path, int, int, int], Plant]] = {
    "quick": lambda folder, _steps, seed, _weeks: QuickPlant(folder, seed),
    "acid": AcidPlant,
}
MOST_STEPS = 8
LEADER = "Shift leader"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Step:
    """One way round; what does not exist is None.

    Gains in the objective's unit, `true_gain` the simulator's over the weeks of the trial; money a year.
    """

    step: int
    recommendation: str
    status: str
    moves: str
    unit: str = ""
    promised: float | None = None
    promised_low: float | None = None
    promised_high: float | None = None
    trial_days: float | None = None
    planned_days: float | None = None
    assurance: float | None = None
    grade: str | None = None
    verdict: str | None = None
    p_value: float | None = None
    measured: float | None = None
    measured_low: float | None = None
    measured_high: float | None = None
    true_gain: float | None = None
    deviations: int | None = None
    money_promised: float | None = None
    money: float | None = None
    money_low: float | None = None
    money_high: float | None = None
    currency: str | None = None
    truth_name: str = ""
    truth_before: float | None = None


def run_loop(plant: Plant, store: Path, steps: int = MOST_STEPS, say: Callable[[str], None] = print) -> Iterator[Step]:
    """Go round until the answer is no longer a proposal, or `steps` are tried; yield a row a step, and one of the last answer.

    Parameters
    ----------
    plant : Plant
        Stands where the loop left it.
    store : Path
        Folder of the store, made where it is missing.
    steps : int
        Most steps that are tried; what is proposed after them is told, and not tried.
    say : callable
        Told what happens.

    Yields
    ------
    Step
    """
    os.environ["WORKBENCH_STORE"] = str(store)
    for number in range(1, steps + 2):
        if number > 1:
            plant.leave_alone(plant.rest_days)
        plant.write()
        record = run_study(plant.sheet, plant.source, seed=number, n_trials=plant.n_trials).study.recommendation
        name, before = plant.truth()
        if record.status != "proposed":
            say(f"{number}. {record.status}: {'; '.join(record.reasons)}")
            yield Step(number, record.id, record.status, "", truth_name=name, truth_before=before)
            return
        if number > steps:
            say(f"{number}. proposed, not tried any more: {_moves(record)}")
            yield Step(number, record.id, record.status, _moves(record), truth_name=name, truth_before=before)
            return
        opened = Store.open(folder=store)
        approve(opened, record.id, by=LEADER, why="a small step, inside what was run before")
        plan = schedule_trial(opened, record.id, seed=number)
        say(f"{number}. {_moves(record)}; {plan.answer}")
        verdict, end = try_on(plant, opened, plan, clumsy(plan) if number == 1 else Faults())
        true_gain = plant.true_gain(plan, end)
        if plan.cost.expected and plan.cost.currency is not None:
            note = "expected loss of the blocks at the proposed settings"
            log = Log.open(opened.folder)
            record_cost(log, record.plant, "trial", plan.cost.expected, plan.cost.currency, note, recommendation=record.id)
        say(f"   {verdict.status}, grade {verdict.grade}: {verdict.reasons[0]}; {len(verdict.deviations)} deviations")
        if verdict.status == "verified":
            plant.adopt(record)
        yield _step(number, record, plan, verdict, (true_gain, end), (name, before))


def try_on(plant: Plant, store: Store, plan: TrialPlan, faults: Faults) -> tuple[Verdict, datetime]:
    """Run the trial until a look of the plan decides it, a day after each look for late results; the verdict and the end."""
    for look in plan.looks:
        end = stamp(plan.blocks[look.after_block - 1].end)
        plant.run_trial(plan, faults, end + DAY)
        plant.write()
        verdict = verify_trial(store, plan.recommendation, plant.source, by=LEADER)
        if verdict.status is not None:
            break
    return verdict, end


def steps_frame(steps: list[Step]) -> pl.DataFrame:
    """Return the steps as a table."""
    return pl.DataFrame([asdict(step) for step in steps], infer_schema_length=None)


def _step(
    number: int,
    record: Recommendation,
    plan: TrialPlan,
    verdict: Verdict,
    tried: tuple[float, datetime],
    truth: tuple[str, float],
) -> Step:
    gain, effect, money, promised = record.gain, verdict.effect, verdict.value_per_year, record.value_per_year
    assert gain is not None
    return Step(
        step=number,
        recommendation=record.id,
        status=record.status,
        moves=_moves(record),
        unit=gain.unit,
        promised=gain.expected,
        promised_low=gain.low,
        promised_high=gain.high,
        trial_days=(tried[1] - stamp(plan.start)) / DAY,
        planned_days=(stamp(plan.end) - stamp(plan.start)) / DAY,
        assurance=plan.assurance,
        grade=verdict.grade,
        verdict=verdict.status,
        p_value=verdict.p_value,
        measured=effect.estimate if effect else None,
        measured_low=effect.low if effect else None,
        measured_high=effect.high if effect else None,
        true_gain=tried[0],
        deviations=len(verdict.deviations),
        money_promised=promised.expected if promised else None,
        money=money.expected if money else None,
        money_low=money.low if money else None,
        money_high=money.high if money else None,
        currency=money.currency if money else None,
        truth_name=truth[0],
        truth_before=truth[1],
    )


def _moves(record: Recommendation) -> str:
    moved = [s for s in record.settings if s.proposed != s.now]
    return ", ".join(f"{s.name} {s.now:.4g} to {s.proposed:.4g} {s.unit}" for s in moved)


def main() -> None:
    """Run the loop on the plant asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plant", choices=sorted(PLANTS))
    parser.add_argument("--steps", type=int, default=MOST_STEPS, help=f"most steps; default {MOST_STEPS}")
    parser.add_argument("--seed", type=int, default=1, help="of the plant's weather; default 1")
    parser.add_argument("--weeks", type=int, default=26, help="longest trial of the acid plant; default 26")
    parser.add_argument("--out", type=Path, default=Path("loop"), help="folder, made where it is missing; default loop")
    options = parser.parse_args()
    folder = options.out.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    plant = PLANTS[options.plant](folder, options.steps, options.seed, options.weeks)
    steps: list[Step] = []
    for step in run_loop(plant, folder / "mlruns", options.steps):
        steps.append(step)
        table = steps_frame(steps)
        table.write_csv(folder / "steps.csv")
        climb_figure(table).write_html(folder / "steps.html", include_plotlyjs=True)
    table = steps_frame(steps)
    with pl.Config(tbl_cols=-1, tbl_width_chars=160, fmt_str_lengths=60):
        print(
            table.select(
                "step", "moves", "promised", "grade", "verdict", "measured", "true_gain", "money", "currency", "truth_before"
            )
        )


if __name__ == "__main__":
    main()
