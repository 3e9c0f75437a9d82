"""A year of minutes through `prepare_history`: 50 tags, 26.3 million records, into hourly periods, from parquet and csv.

Run it from the project's root:

    python tests/benchmarks/prepare_year.py            # the whole year, about 1.5 minutes with making the files
    python tests/benchmarks/prepare_year.py --days 30  # a quick look
    python tests/benchmarks/prepare_year.py --files long.csv   # text instead of parquet: 26.3 million lines

Each line is measured in a process of its own, from the file to the result: rows read, seconds, processor seconds of all cores,
peak memory in MB, and the ratio of the seconds to a bare unweighted Polars `group_by` (plain mean by hour) of the same file in
the same run. `prepare` is `read_records` and `prepare_history`, `card` the whole way to the finished card.
The files are made in a temporary folder and removed.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

N_TAGS, N_SETTINGS, N_OUTCOMES = 50, 8, 5
FILES = ("long.parquet", "wide.parquet", "long.csv", "wide.csv")
CSV_DIGITS = 4  # behind the point, as historians write them
DAY_ROWS = 1440  # one reading a minute [rows/d/tag]
TAGS = [f"T{k:02d}" for k in range(N_TAGS)]


def make_files(folder: Path, days: int, names: Sequence[str]) -> None:
    """Write the named files of one year: settings step every few hours, the other tags are noise around a level."""
    rng = np.random.default_rng(0)
    n = days * DAY_ROWS
    stamps = np.datetime64("2025-01-01", "us") + np.arange(n) * np.timedelta64(60, "s")
    columns = [pl.Series("time", stamps).dt.replace_time_zone("UTC")]
    for k, tag in enumerate(TAGS):
        level = np.repeat(rng.normal(50, 2, n // 360 + 1).round(1), 360)[:n] if k < N_SETTINGS else 50.0 + k
        noise = 0.0 if k < N_SETTINGS else rng.normal(0, 1, n)
        columns.append(pl.Series(tag, level + noise))
    wide = pl.LazyFrame(columns)
    long = wide.unpivot(index="time", variable_name="tag", value_name="value").sort("time", maintain_order=True)
    for name in names:
        frame = long if name.startswith("long") else wide
        if name.endswith(".csv"):
            frame.sink_csv(folder / name, float_precision=CSV_DIGITS, datetime_format="%Y-%m-%d %H:%M:%S")
        else:
            frame.sink_parquet(folder / name)


def sheet_text() -> str:
    """A plant with 8 settings, 37 conditions and 5 outcomes, hourly."""
    lines = ["name: benchmark", "period: 1h", "settings:"]
    lines += [f"  s{k}: {{tag: {TAGS[k]}, low: 0, high: 100, max_step: 5, settling: 2h}}" for k in range(N_SETTINGS)]
    lines += ["conditions:"] + [f"  c{k}: {{tag: {TAGS[k]}}}" for k in range(N_SETTINGS, N_TAGS - N_OUTCOMES)]
    lines += ["outcomes:"] + [f"  y{k}: {{tag: {TAGS[k]}}}" for k in range(N_TAGS - N_OUTCOMES, N_TAGS)]
    return "\n".join([*lines, f"objective: {{maximize: y{N_TAGS - 1}}}", ""])


def bare_means(file: Path) -> pl.DataFrame:
    """Plain means by tag and hour, as one writes them without a thought."""
    source = pl.scan_parquet(file) if file.suffix == ".parquet" else pl.scan_csv(file, try_parse_dates=True)
    hour = pl.col("time").dt.truncate("1h")
    grouped = source.group_by("tag", hour) if file.stem == "long" else source.group_by(hour)
    means = pl.col("value").mean() if file.stem == "long" else pl.col(TAGS).mean()
    return grouped.agg(means).collect(engine="streaming")


def measure(what: str, file: Path) -> dict[str, float]:
    """Run one case in this process: seconds, seconds of both cores together, and peak memory [MB]."""
    from workbench.loaders import read_records
    from workbench.plant import read_sheet
    from workbench.prepare import prepare_history

    sheet = read_sheet(sheet_text())
    begin, begin_cpu = time.perf_counter(), time.process_time()
    if what == "bare":
        bare_means(file)
    else:
        history = prepare_history(sheet, read_records(sheet, file))
        if what == "card":
            from workbench.show import card_html
            from workbench.study import recommend

            card_html(recommend(sheet, history).recommendation)
    seconds, cpu = time.perf_counter() - begin, time.process_time() - begin_cpu
    return {"seconds": seconds, "cpu": cpu, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def in_own_process(*arguments: str) -> str:
    """Run this file with the arguments and return what it prints; a fresh process, so that no peak memory is inherited."""
    return subprocess.run([sys.executable, __file__, *arguments], check=True, capture_output=True, text=True).stdout


def main() -> None:
    """Make the files, measure each case in its own process and print the table."""
    parser = argparse.ArgumentParser(description="A year of minutes through prepare_history.")
    parser.add_argument("--days", type=int, default=365, help="days of minutes (default 365)")
    parser.add_argument("--files", nargs="+", choices=FILES, default=FILES[:2], help="default: both of parquet")
    parser.add_argument("--make", metavar="FOLDER", help=argparse.SUPPRESS)
    parser.add_argument("--case", nargs=2, metavar=("WHAT", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make:
        make_files(Path(options.make), options.days, options.files)
        return
    if options.case:
        print(json.dumps(measure(options.case[0], Path(options.case[1]))))
        return
    with tempfile.TemporaryDirectory() as folder:
        in_own_process("--make", folder, "--days", str(options.days), "--files", *options.files)
        rows = options.days * DAY_ROWS * N_TAGS
        print(f"{'file':14}{'case':10}{'rows':>12}{'seconds':>10}{'cpu s':>8}{'peak MB':>10}{'ratio':>8}")
        for name in options.files:
            bare = 0.0
            for what in ("bare", "prepare", "card"):
                result = json.loads(in_own_process("--case", what, str(Path(folder) / name)))
                bare = bare or result["seconds"]
                seconds, cpu, memory = result["seconds"], result["cpu"], result["memory"]
                numbers = f"{rows:12,}{seconds:10.2f}{cpu:8.2f}{memory:10.0f}{seconds / bare:8.1f}"
                print(f"{name:14}{what:10}{numbers}", flush=True)


if __name__ == "__main__":
    main()
