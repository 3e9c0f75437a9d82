"""How soon `ledger decay` flags a gain that fades, and how often one that does not, on simulated lines.

    nice .venv/bin/python -m tests.benchmarks.fading [--seeds 100] [--first 0]

The line of `tests/verify/conftest.py`: hourly values whose noise remembers 0.9 of the hour before (sd 0.3), a measured feed,
a process that follows its setting with 4 h. A trial of 20 blocks of a day is run and judged; the verified ones are estimated
month by month for a year after it, with a gain that stays, that is half from the trial's end on, and that is gone.

Printed for each gain and each fate: trials run and verified, then of the verified ones how many have their first month below,
and how many were flagged as fading (two months running below) within 2, 6 and 12 months, each as a count. Sizes of gains are
own assumptions: ones that such a trial verifies seldom, in a third and in three quarters of the cases.
"""

from __future__ import annotations

import argparse
from datetime import timedelta
from itertools import pairwise, product

import numpy as np
import polars as pl
from scipy.signal import lfilter
from tqdm import tqdm

from tests.verify.conftest import LINEAGE, SHEET, START, make_plan
from workbench.plant import Sheet, read_sheet
from workbench.trial_records import TrialPlan
from workbench.verify.decay import monthly_gains
from workbench.verify.trial import Evidence, trial_verdict

GAINS = (0.1, 0.15, 0.3)  # [% of recovery]
FATES = {"stays": 1.0, "halves": 0.5, "goes": 0.0}  # share left from the trial's end on [-]
BLOCKS = 20  # [d]
BEFORE, AFTER = 10, 396  # [d] of records on both sides of the trial
MEMORY, SPREAD, LAG = 0.9, 0.3, 4.0  # of the noise [-], [%]; of the process [h]
WITHIN = (2, 6, 12)  # [months]


def run(sheet: Sheet, seed: int, gain: float, left: float) -> list[bool] | None:
    """Return for each month that counts whether it lies below the verified gain; None where the trial verified nothing."""
    plan: TrialPlan = make_plan(BLOCKS, seed, None, sheet)
    rng = np.random.default_rng(seed)
    at_proposed = [float(block.arm == "proposed") for block in plan.blocks]
    proposed = np.repeat([0.0] * BEFORE + at_proposed + [1.0] * AFTER, 24)
    keeps = np.exp(-1.0 / LAG)
    follows = lfilter([1.0 - keeps], [1.0, -keeps], proposed)
    size = np.where(np.arange(len(proposed)) < 24 * (BEFORE + BLOCKS), gain, gain * left)
    noise, feed = (lfilter([1.0], [1.0, -MEMORY], rng.normal(size=len(proposed)) * np.sqrt(1.0 - MEMORY**2)) for _ in range(2))
    recovery = 80.0 + SPREAD * noise + feed + size * follows
    frame = pl.DataFrame(
        {
            "time": pl.Series(
                [START + timedelta(hours=i - 24 * BEFORE) for i in range(len(proposed))], dtype=pl.Datetime("us", "UTC")
            ),
            "temperature": 70.0 + 4.0 * proposed,
            "flow": 15.0 + 0.02 * rng.normal(size=len(proposed)),
            "feed": 30.0 + feed,
            "recovery": recovery,
            "loss": 2.0 + 0.1 * noise,
            "@objective": recovery,
        }
    ).with_columns(pl.lit(None, pl.Float64).alias("@cost"), pl.lit(None, pl.String).alias("reason"))
    verdict = trial_verdict(sheet, plan, Evidence(frame, 1.0, LINEAGE), f"{START:%Y-%m-%dT%H:%M:%S%z}")
    if verdict.status != "verified":
        return None
    return [month.below for month in monthly_gains(sheet, frame, plan, verdict) if month.aside is None][: max(WITHIN)]


def flagged_after(below: list[bool]) -> int | None:
    """Return the month by which two running lay below, counted from 1; None where none did."""
    return next((k for k, both in enumerate(pairwise(below), start=2) if all(both)), None)


def main() -> None:
    """Run and print; see the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=100, help="trials of each gain and fate; default 100")
    parser.add_argument("--first", type=int, default=0, help="first seed; default 0")
    asked = parser.parse_args()
    sheet = read_sheet(SHEET, "line.yaml")
    cases = list(product(GAINS, FATES))
    print(f"{'gain':>5s}  {'fate':7s}  {'trials':>6s}  {'verified':>8s}  {'first below':>11s}  flagged within 2, 6, 12 months")
    with tqdm(total=len(cases) * asked.seeds, desc="trials") as bar:
        for gain, fate in cases:
            found = []
            for seed in range(asked.first, asked.first + asked.seeds):
                months = run(sheet, seed, gain, FATES[fate])
                bar.update()
                if months is not None:
                    found.append(months)
            after = [flagged_after(months) for months in found]
            flagged = ", ".join(str(sum(k is not None and k <= months for k in after)) for months in WITHIN)
            first = sum(months[0] for months in found if months)
            tqdm.write(f"{gain:5.2f}  {fate:7s}  {asked.seeds:6d}  {len(found):8d}  {first:11d}  {flagged}")


if __name__ == "__main__":
    main()
