"""Speed against fixed bounds: the first answer of the command line, and the bundled phosphoric acid plant on one core.

    python -m tests.benchmarks.bounds

A bound is one for a quiet machine: more than 1.00 of it on a busy one says little.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import polars as pl

from workbench.models import simulator
from workbench.models.simulators.phosphoric_acid.inputs import SETTINGS

REPEATS = 5  # the quickest counts: other work on the machine only adds
HELP_BOUND = 0.5  # [s]
EVALUATIONS, EVALUATIONS_BOUND = 1000, 1.0  # [-], [s]
DAYS, DAYS_BOUND = 180, 20.0  # [d], [s]


def main() -> None:
    """Print the quickest run of each beside its bound."""
    command = [sys.executable, "-c", "from workbench.cli import main; main(['--help'])"]
    _report("workbench --help", lambda: subprocess.run(command, check=True, capture_output=True), HELP_BOUND, time.perf_counter)
    plant = simulator("phosphoric_acid")
    rng = np.random.default_rng(0)
    drawn = pl.DataFrame({name: rng.uniform(s.low, s.high, EVALUATIONS) for name, s in SETTINGS.items()})
    plant.evaluate(drawn[:2], 0)
    _report(f"{EVALUATIONS:,} evaluations", lambda: plant.evaluate(drawn, 0), EVALUATIONS_BOUND)
    _report(f"{DAYS} days of history", lambda: plant.history(DAYS), DAYS_BOUND)


def _report(what: str, work: Callable[[], object], bound: float, clock: Callable[[], float] = time.process_time) -> None:
    took = []
    for _ in range(REPEATS):
        start = clock()
        work()
        took.append(clock() - start)
    print(f"{what}: {min(took):.2f} s, {min(took) / bound:.2f} of the bound of {bound:g} s")


if __name__ == "__main__":
    main()
