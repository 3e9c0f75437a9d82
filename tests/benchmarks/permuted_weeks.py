"""How often a change is proposed on real plants after the link between settings and outcomes is cut.

For each real plant the outcomes of whole weeks are put into another order against everything else, so that whatever the
settings did to them is gone while both keep their own memory, drift and daily cycle. The right answer is then `no_change`, in
at least 18 of 20 orders: with false alarms in 5 % of orders that holds 92 times in 100 (binomial).

    .venv/bin/python tests/benchmarks/permuted_weeks.py [--seeds 20] [--plants chiller gold_rougher ...]

What exactly is done, on the prepared history: the last incomplete week is left out (days stand for weeks where a history has
fewer than eight: too few orders otherwise); the outcomes and the columns computed from them (`@objective`, `@cost`,
`@limit:...`) move together, so that the objective goes with its outcomes and is not recomputed from strangers; no week stays
in its place; only results of usable periods move, and a period that receives none is set aside as one without an objective.
Batches have no weeks: single batches change places. Files without stamps get one a row, as their sheets say.

The table has a row a plant: the answer to the history as recorded, then how many orders were answered by what, the seconds that
an answer takes, and how close luck came: of the best changes of all orders the one whose 90 % interval reaches least below zero
for its width (above zero, and large enough for a trial to show, it would be proposed).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from workbench.loaders import records_from_frame
from workbench.plant import Sheet, load_sheet
from workbench.prepare import prepare_history
from workbench.records import History, Recommendation, Records
from workbench.study import read_history, recommend

TESTS = Path(__file__).parents[1]
DATA = TESTS.parents[1] / "shared" / "data"
SOURCES: Mapping[str, str] = {
    "chiller": "chiller/hvac_energy.csv",
    "gold_rougher": "gold_recovery/gold_recovery_full_2016-01_to_05.parquet",
    "chem_yield": "chem_proc_yield/chem_proc_yield.csv",
    "gas_turbine": "gas_turbine/gas_turbine_2011_2015.parquet",
    "debutanizer": "debutanizer/debutanizer.csv",
}
UNSTAMPED = ("gas_turbine", "debutanizer")  # rows in time order without a stamp: the sheet says what is assumed
FIRST = datetime(2011, 1, 1, tzinfo=UTC)  # the first row of those
WEEK, DAY = timedelta(weeks=1), timedelta(days=1)
WEEKS_MIN = 8  # a history of fewer weeks is cut into days
MISSING = "objective missing"  # the history's own reason for a period without a result


@dataclass(frozen=True)
class Plant:
    """A real plant: its sheet and its history."""

    sheet: Sheet
    history: History


def read_plant(name: str) -> Plant:
    """Return the sheet and the history of one of `SOURCES`."""
    sheet = load_sheet(TESTS / "plants" / f"{name}.yaml")
    source = DATA / SOURCES[name]
    if name in UNSTAMPED:
        return Plant(sheet, prepare_history(sheet, _stamped(sheet, source)))
    return Plant(sheet, read_history(sheet, source))


def permuted(plant: Plant, seed: int) -> History:
    """Return the history with the outcomes of whole weeks (or single batches) in another order.

    Parameters
    ----------
    plant : Plant
        With at least two days, or two batches.
    seed : int
        Of the order.
    """
    frame, sheet = plant.history.frame, plant.sheet
    length = block_length(plant)
    n_blocks = frame.height // length
    frame = frame.head(n_blocks * length)
    rows = (_order(n_blocks, seed)[:, None] * length + np.arange(length)).ravel()
    moving = [name for name in frame.columns if name in sheet.outcomes or name.startswith("@")]
    is_usable = pl.col("reason").is_null()
    results = frame.select(pl.when(is_usable).then(pl.col(name)).alias(name) for name in moving)
    frame = frame.with_columns(results[rows])
    reason = (
        pl.when(is_usable | (pl.col("reason") == MISSING))
        .then(pl.when(pl.col("@objective").is_null()).then(pl.lit(MISSING)))
        .otherwise(pl.col("reason"))
    )
    return replace(plant.history, frame=frame.with_columns(reason.alias("reason")))


def block_length(plant: Plant) -> int:
    """Periods (or batches) that keep their order among themselves: a week, or a day of a short history."""
    period = plant.sheet.period
    if period is None:
        return 1
    week = round(WEEK / period)
    return week if plant.history.frame.height >= WEEKS_MIN * week else round(DAY / period)


def answer(plant: Plant, seed: int) -> Recommendation:
    """Return the answer on the permuted history."""
    return recommend(plant.sheet, permuted(plant, seed)).recommendation


def _stamped(sheet: Sheet, source: Path) -> Records:
    """Records of a file without stamps: one row a period."""
    wide = pl.read_csv(source) if source.suffix == ".csv" else pl.read_parquet(source)
    assert sheet.period is not None
    stamps = pl.Series("time", [FIRST + k * sheet.period for k in range(wide.height)], pl.Datetime("us", "UTC"))
    tags = [variable.tag for variable in sheet.variables.values()]
    long = wide.select(stamps, *(pl.col(tag).cast(pl.Float64) for tag in tags)).unpivot(index="time", variable_name="tag")
    return records_from_frame(sheet, long, source.name)


def _order(n: int, seed: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Random order of `n` blocks that leaves none in its place."""
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(n)
        if n < 2 or not np.any(order == np.arange(n)):
            return order


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20, help="orders tried for each plant")
    parser.add_argument("--plants", nargs="+", choices=SOURCES, default=list(SOURCES))
    given = parser.parse_args()
    print("plant           unpermuted  no_change  refused  proposed  s each  closest call (90 % interval)", flush=True)
    for name in given.plants:
        plant = read_plant(name)
        real = recommend(plant.sheet, plant.history).recommendation
        started = time.perf_counter()
        answers = [answer(plant, seed) for seed in range(given.seeds)]
        each = (time.perf_counter() - started) / given.seeds
        n = {status: sum(a.status == status for a in answers) for status in ("no_change", "refused", "proposed")}
        counts = f"{n['no_change']:>5} / {given.seeds:<3} {n['refused']:>7}  {n['proposed']:>8}"
        print(f"{name:14}  {real.status:10} {counts}  {each:>6.1f}  {closest_call(answers)}", flush=True)


def closest_call(answers: Sequence[Recommendation]) -> str:
    """How close luck came to a proposal: of all best changes the gain whose low end is highest in its own half widths."""
    gains = [a.gain for a in answers if a.gain] + [a.candidate.gain for a in answers if a.candidate]
    if not gains:
        return "no change considered at all"
    best = max(gains, key=lambda gain: gain.low / (gain.high - gain.expected))
    return f"{best.expected:.3g} ({best.low:.3g} to {best.high:.3g}) {best.unit}"


if __name__ == "__main__":
    main()
