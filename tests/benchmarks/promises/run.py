"""Run the benchmark of promises: families of simulated plants, our own method, peers and an oracle, judged by the truth.

    python -m tests.benchmarks.promises                              # development families, 20 plants each, all methods
    python -m tests.benchmarks.promises --plants 5 --families bowl ridge --peers quadratic
    python -m tests.benchmarks.promises --split held-out             # only for the closing figures: never to choose a method by
    python -m tests.benchmarks.promises --report out/promises/a.csv out/promises/b.csv    # merge runs into one table and page

Writes `outcomes.csv` (a row a plant and method), `table.csv` and `promises.html` to --out. Plants are taken family by family in
turn, and `outcomes.csv` grows as they are finished: a run that is stopped keeps them, Ctrl-C makes table and page of them, and
--report does so later. Families whose package is absent are skipped with a sentence. Same seed, same plants, whatever is asked
for beside them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import polars as pl
from tqdm import tqdm

from .families import families_of
from .judge import METHODS, Outcome, judge_plant
from .measures import table
from .page import page_html, printed
from .peer_baybe import baybe_absent
from .plant import Family
from .targets import target_lines

__all__ = ["main"]

OUT = Path("out") / "promises"
SLOW = ("baybe",)  # peers that are asked for a few plants of each family only
FLOATS = ("attainable", "trial_error", "real", "promised", "low_end", "held_now", "held_then", "seconds")


def main(given: Sequence[str] | None = None) -> None:
    """Run what the command line asks for."""
    options = _parser().parse_args(given)
    if options.report:
        outcomes = pl.concat([_read(path) for path in options.report])
        outcomes = outcomes.unique(["family", "seed", "method"], keep="last", maintain_order=True)
    else:
        chosen = families_of(options.split, options.families)
        peers = [] if options.peers == ["none"] else list(options.peers)
        why = baybe_absent() if "baybe" in peers else None
        if why:
            print(f"skipped baybe: {why}", flush=True)
            peers.remove("baybe")
        methods = ["ours", "oracle", *peers]
        outcomes = _run(chosen, methods, options)
    if outcomes.height == 0:
        sys.exit("no plant was run: see the sentences above")
    options.out.mkdir(parents=True, exist_ok=True)
    summary = table(outcomes)
    outcomes.write_csv(options.out / "outcomes.csv")
    summary.write_csv(options.out / "table.csv")
    targets = target_lines(summary)
    about = {family.name: f"{family.about} ({family.split})" for family in families_of("all")}
    (options.out / "promises.html").write_text(page_html(outcomes, summary, targets, about), encoding="utf-8")
    print(printed(summary))
    print("\n" + "\n".join(targets))
    failed = outcomes.filter(pl.col("status") == "failed")
    for row in failed.head(5).iter_rows(named=True):
        print(f"failed: {row['method']} on {row['family']} {row['seed']}: {row['note']}")
    print(f"\nwrote {options.out / 'outcomes.csv'}, table.csv and promises.html")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.promises", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--plants", type=int, default=20, help="random plants a family; placebo families make twice as many")
    parser.add_argument("--split", choices=["development", "held-out", "all"], default="development")
    parser.add_argument("--families", nargs="+", help="names of families; with --split all also held-out ones")
    parser.add_argument("--seed", type=int, default=0, help="number of the first plant of every family")
    peers = [m for m in METHODS if m != "ours"]
    parser.add_argument("--peers", nargs="+", choices=[*peers, "none"], default=peers)
    parser.add_argument(
        "--slow-plants",
        type=int,
        default=5,
        help=f"first plants of a family that {', '.join(SLOW)} (half a minute each) is asked for",
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=OUT, help="folder for csv and page")
    parser.add_argument("--report", nargs="+", type=Path, help="outcomes.csv files of earlier runs: merge, run nothing")
    return parser


def _run(chosen: Sequence[Family], methods: list[str], options: argparse.Namespace) -> pl.DataFrame:
    tasks = []
    quick = [m for m in methods if m not in SLOW]
    for family in chosen:
        why = family.absent()
        if why:
            print(f"skipped {family.name}: {why}", flush=True)
            continue
        n = max(round(options.plants * family.weight), 1)
        each = [(i / n, (family.name, options.seed + i, methods if i < options.slow_plants else quick)) for i in range(n)]
        tasks += each
    tasks.sort(key=lambda task: task[0])  # families in turn: a run that is stopped has some plants of each
    options.out.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    try:
        for outcomes in tqdm(
            _done([task for _, task in tasks], options.workers), total=len(tasks), desc="plants", smoothing=0.05
        ):
            rows += [asdict(outcome) for outcome in outcomes]
            _frame(rows, chosen).write_csv(options.out / "outcomes.csv")
    except KeyboardInterrupt:
        print(f"stopped: {len(rows)} answers are kept", flush=True)
    return _frame(rows, chosen)


def _frame(rows: list[dict[str, Any]], chosen: Sequence[Family]) -> pl.DataFrame:
    """One row a plant and method, by family and plant."""
    if not rows:
        return pl.DataFrame()
    frame = pl.DataFrame(rows, infer_schema_length=None).with_columns(pl.col(FLOATS).cast(pl.Float64))
    order = {family.name: i for i, family in enumerate(chosen)}
    return frame.sort(pl.col("family").replace_strict(order), "seed", maintain_order=True)


def _done(tasks: list[tuple[str, int, list[str]]], workers: int) -> Iterator[list[Outcome]]:
    if workers <= 1:
        yield from map(_one, tasks)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(_one, task) for task in tasks]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _one(task: tuple[str, int, list[str]]) -> list[Outcome]:
    name, seed, methods = task
    return judge_plant(families_of("all", [name])[0], seed, methods)


def _read(path: Path) -> pl.DataFrame:
    frame = pl.read_csv(path, infer_schema_length=None)
    return frame.with_columns(pl.col(FLOATS).cast(pl.Float64), pl.col("note").cast(pl.String))
