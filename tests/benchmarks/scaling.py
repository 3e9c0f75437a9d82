"""How the time of an answer grows: with periods, with settings, and with a hundred tags.

    python -m tests.benchmarks.scaling [--repeats 2] [--quick]

Every time is the processor time of `recommend` on a prepared history, in this process, one after the other: what counts are
the ratios, which carry over to other machines. The exponent is the slope of the logarithm of time over the logarithm of size: 1
is linear, 2 quadratic. The last lines are whole runs of `workbench tune` from the start of the process to the written record,
by the clock and in processor time: on a busy machine the clock counts the others too.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
from tqdm import tqdm

from workbench.study import recommend

from .promises.adapter import cpu_seconds, prepare
from .promises.draws import conditions, habits, ordinary_noise, response, room, side
from .promises.plant import Plant, rng_of
from .promises.shapes import bowl, bowl_parts
from .promises.world import World, build

PERIODS = (500, 1000, 2000, 3500, 5000)  # with 6 settings, 4 conditions and 2 outcomes: 12 variables
SETTINGS = (2, 4, 8, 14, 20)  # of 2,000 periods, with 2 conditions and 2 outcomes: 6 to 24 variables
PERIODS_FIXED = 2000
WANTED = {"periods": 1.0, "settings": 2.0}  # largest exponent asked for
TIMED = ((3000, 6, 4, 15.0), (3000, 12, 86, 60.0))  # periods, settings, conditions, seconds asked: 12 variables, 100 tags


def plant_of(n: int, m: int, k: int) -> Plant:
    """Return a plant of a given size: a concave response, one limit, replies to conditions."""
    rng = rng_of("scaling", 1000 * m + k)
    gain = response(rng, bowl, bowl_parts(m, k), ordinary_noise(rng))
    world = World(4.0, conditions(rng, n, k), np.zeros(n), gain, side(rng, m, k), habits(rng, m, k), **room(rng, m))
    return build(world, rng, "scaling")


def seconds_of(n: int, m: int, k: int, repeats: int) -> float:
    """Return the shortest processor time of an answer [s]."""
    sheet, history = prepare(plant_of(n, m, k))
    times = []
    for _ in range(repeats):
        started = time.process_time()
        recommend(sheet, history, seed=0)
        times.append(time.process_time() - started)
    return min(times)


def exponent(sizes: list[int], times: list[float]) -> float:
    """Return the slope of log(time) over log(size)."""
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])


def seconds_of_command(n: int, m: int, k: int) -> tuple[float, float, str]:
    """Return clock and processor time of `workbench tune` from start to record [s], and the status it wrote."""
    plant = plant_of(n, m, k)
    with tempfile.TemporaryDirectory() as folder:
        sheet, source = Path(folder) / "scaling.yaml", Path(folder) / "history.csv"
        sheet.write_text(plant.sheet_text, encoding="utf-8")
        plant.frame.with_columns(pl.col("time").dt.strftime("%Y-%m-%d %H:%M")).write_csv(source)
        command = [
            sys.executable,
            "-m",
            "workbench.cli",
            "tune",
            sheet,
            "--source",
            source,
            "--no-track",
            "--out",
            Path(folder) / "out",
        ]
        started, before = time.perf_counter(), cpu_seconds()
        subprocess.run([str(c) for c in command], check=True, capture_output=True)
        seconds, cpu = time.perf_counter() - started, cpu_seconds() - before
        record = (Path(folder) / "out" / "recommendation.json").read_text(encoding="utf-8")
    return seconds, cpu, record.split('"status": "')[1].split('"')[0]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeats", type=int, default=2, help="answers timed for each size; the shortest counts")
    parser.add_argument("--quick", action="store_true", help="without the whole runs")
    given = parser.parse_args()
    recommend(*prepare(plant_of(500, 2, 2)), seed=0)  # imports and caches
    cases = [("periods", n, (n, 6, 4)) for n in PERIODS] + [("settings", m, (PERIODS_FIXED, m, 2)) for m in SETTINGS]
    found: dict[str, list[tuple[int, float]]] = {"periods": [], "settings": []}
    for what, size, (n, m, k) in tqdm(cases, desc="sizes"):
        found[what].append((size, seconds_of(n, m, k, given.repeats)))
    for what, rows in found.items():
        sizes, times = [r[0] for r in rows], [r[1] for r in rows]
        print(f"\n{what:>9}  seconds  times the smallest")
        for size, seconds in rows:
            print(f"{size:>9,}  {seconds:7.2f}  {seconds / times[0]:.1f}")
        slope, late = exponent(sizes, times), exponent(sizes[-3:], times[-3:])
        verdict = "met" if max(slope, late) <= WANTED[what] + 0.15 else "not met"  # own assumption: what timing itself scatters
        print(
            f"grows with the power {slope:.2f} (over the three largest {late:.2f}); at most {WANTED[what]:g} asked: {verdict}"
        )
    if given.quick:
        return
    for n, m, k, wanted in TIMED:
        seconds, cpu, status = seconds_of_command(n, m, k)
        verdict = "met" if seconds <= wanted else "not met"
        print(
            f"workbench tune, {n:,} periods of {m + k + 2} tags ({m} settings), start to record: "
            f"{seconds:.1f} s by the clock, {cpu:.1f} s of processor time ({status}), "
            f"at most {wanted:g} s asked: {verdict}"
        )


if __name__ == "__main__":
    main()
