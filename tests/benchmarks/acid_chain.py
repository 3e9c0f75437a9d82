"""Promise beside simulated truth on the phosphoric acid plant: many histories, and a chain of recommendations.

    python -m tests.benchmarks.acid_chain histories --seeds 20     # one recommendation from each of 20 histories
    python -m tests.benchmarks.acid_chain chain --seeds 3 --steps 4   # each recommendation applied, a new history, the next one
    python -m tests.benchmarks.acid_chain attainable --seeds 2     # most that any one step can truly gain, on the way up

`chain` writes workbench/models/simulators/phosphoric_acid/chain.json, which the card of the bundled plant shows, and says so.
Truth is the simulator's own answer at the same conditions, over seeds that no history uses.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from tqdm import tqdm

from tests.benchmarks.promises.acid import AcidTruth
from tests.benchmarks.promises.best_point import best_point
from workbench import __version__
from workbench.errors import WorkbenchError
from workbench.loaders import records_from_frame
from workbench.models import true_changes
from workbench.models.simulators.phosphoric_acid.plant import PhosphoricAcid
from workbench.plant import Sheet, load_sheet
from workbench.prepare import prepare_history
from workbench.study import recommend
from workbench.tuning.present import present_of

CHAIN_FILE = Path(__file__).parents[2] / "workbench/models/simulators/phosphoric_acid/chain.json"
PLANT = PhosphoricAcid()
YEARLY = ("rock saved [t/year]", "gypsum saved [t/year]", "money, cheap inputs [M CNY/year]", "money, dear inputs [M CNY/year]")
FRESH = range(9101, 9106)  # seeds of the scatter, apart from all histories
SHARE_ERROR = 0.02  # [-] about two standard errors of a share near 95 % over 5 x 120 days
NOT_JUDGED = "proposed, not judged"  # the simulator itself has no answer there
SEARCH_DAYS = 30  # recent days that the search for the best step looks at
FIRST_SEED = 901  # histories of the benchmark, apart from the bundled one and those the method was developed on

Floats = NDArray[np.float64]


def one(sheet: Sheet, seed: int, moved: dict[str, float]) -> dict[str, Any]:
    """Return promise, truth and settings of one recommendation."""
    assert sheet.source is not None
    assert sheet.source.simulated is not None
    records = PLANT.history_truth(int(sheet.source.simulated.days), seed, moved).records
    history = prepare_history(sheet, records_from_frame(sheet, records, f"seed {seed}"))
    study = recommend(sheet.model_copy(update={"source": None}), history)  # the referee is asked below, once
    record, tuned = study.recommendation, study.tuned
    row: dict[str, Any] = {"seed": seed, "status": record.status}
    if tuned is None or record.gain is None:
        return row
    now = tuned.judge.present.now
    proposed = pl.DataFrame({s.name: [s.proposed] for s in record.settings}, schema=now.schema)
    try:
        truth = true_changes(PLANT, sheet, now, proposed, tuned.judge.present.recent)
        lost = _limits_lost(sheet, now, proposed, tuned.judge.present.recent)
    except WorkbenchError as error:  # on some recent day: no gain can be counted from there
        return row | {"status": f"{NOT_JUDGED}: {error}"}
    row |= {
        "promised": record.gain.expected,
        "low": record.gain.low,
        "high": record.gain.high,
        "real": truth["@objective"].mean,
        "extraction_now": truth["extraction"].now,
        "extraction": truth["extraction"].mean,
        "limits_lost": lost,
        "move": {s.name: float(s.proposed) - float(s.now) for s in record.settings},  # type: ignore[arg-type]
        "truth": {name: change.mean for name, change in truth.items()},
    }
    return row


def _limits_lost(sheet: Sheet, now: pl.DataFrame, proposed: pl.DataFrame, recent: pl.DataFrame) -> dict[str, str]:
    """Limits that the simulator does not hold in 95 % of recent days or, where today's share is lower, as often as today.

    Shares are counted over single days and `FRESH` seeds of the scatter; `SHARE_ERROR` allows for their own error.
    """
    conditions = recent.select([c for c in sheet.conditions if c in recent.columns]).drop_nulls()
    held = [_shares(sheet, conditions, settings) for settings in (now, proposed)]
    return {
        name: f"{share:.0%} -> {held[1][name]:.0%}"
        for name, share in held[0].items()
        if held[1][name] < min(0.95, share) - SHARE_ERROR
    }


def _shares(sheet: Sheet, conditions: pl.DataFrame, settings: pl.DataFrame) -> dict[str, float]:
    """Share of single days within each limit, by the simulator [-]."""
    asked = conditions.with_columns(pl.lit(settings[c][0]).alias(c) for c in settings.columns)
    days = pl.concat([asked.with_columns(PLANT.evaluate(asked, seed).get_columns()) for seed in FRESH])
    bounds = {name: (days[name], o.low, o.high) for name, o in sheet.outcomes.items() if name in days.columns}
    formulas = {limit.name: days.select(limit.formula.expr().alias("x"))["x"] for limit in sheet.limits}
    bounds |= {limit.name: (formulas[limit.name], limit.low, limit.high) for limit in sheet.limits}
    out = {}
    for name, (values, low, high) in bounds.items():
        if low is not None:
            out[f"{name} low"] = float((values >= low).mean())  # type: ignore[arg-type]
        if high is not None:
            out[f"{name} high"] = float((values <= high).mean())  # type: ignore[arg-type]
    return out


def histories(sheet: Sheet, first: int, n_seeds: int) -> None:
    """Print one line a history, then the shares that the promises are judged by."""
    rows = []
    for seed in tqdm(range(first, first + n_seeds), desc="histories"):
        row = one(sheet, seed, {})
        rows.append(row)
        tqdm.write(_line(row))
    made = [r for r in rows if r["status"] == "proposed"]
    held = sum(r["real"] >= r["low"] for r in made)
    dark = sum(r["status"].startswith(NOT_JUDGED) for r in rows)
    print(f"\nproposed {len(made) + dark} of {len(rows)}, {dark} not judged; promised low end held {held} of {len(made)}")
    if made:
        ratio = sum(r["promised"] for r in made) / sum(r["real"] for r in made)
        rng = np.random.default_rng(0)
        pairs = np.array([(r["promised"], r["real"]) for r in made])
        draws = [pairs[rng.integers(0, len(pairs), len(pairs))].sum(axis=0) for _ in range(2000)]
        low, high = np.quantile([a / b for a, b in draws], [0.05, 0.95])
        print(f"promised over real {ratio:.2f} (90 % interval {low:.2f} to {high:.2f})")
        kept = sum(not r["limits_lost"] for r in made)
        print(f"extraction rose in {sum(r['extraction'] > 0 for r in made)}; limits kept in {kept}")


def attainable(sheet: Sheet, first: int, n_seeds: int) -> None:
    """Print the most that one step can gain by the simulator, from the old practice and with more free sulfate.

    Inside bounds and largest steps; each limit held in 95 % of recent days or, where today's share is lower, as often as today.
    """
    assert sheet.source is not None
    assert sheet.source.simulated is not None
    names = list(sheet.settings)
    for more, seed in itertools.product((0.0, 0.2, 0.4), range(first, first + n_seeds)):
        records = PLANT.history_truth(int(sheet.source.simulated.days), seed, {"free_sulfate": more}).records
        history = prepare_history(sheet, records_from_frame(sheet, records, f"seed {seed}"))
        present = present_of(sheet, history.usable)
        truth = AcidTruth(sheet, present.recent.select(list(sheet.conditions)).drop_nulls())
        now = present.now.to_numpy().astype(float)[0]
        step = np.array([float(s.max_step or 0.0) for s in sheet.settings.values()])
        low, high = (np.array([float(getattr(s, end)) for s in sheet.settings.values()]) for end in ("low", "high"))
        best = best_step(truth, now, np.maximum(low, now - step), np.minimum(high, now + step))
        rows = np.arange(truth.conditions.height)
        before, after = (truth.objective(place[None], rows)[0] for place in (now, best))
        moves = ", ".join(f"{n} {a:.4g} to {b:.4g}" for n, a, b in zip(names, now, best, strict=True) if a != b)
        print(f"free sulfate {more:+.1f}, seed {seed}: {after - before:+.0f} CNY/h by {moves}", flush=True)


def best_step(truth: AcidTruth, now: Floats, low: Floats, high: Floats) -> Floats:
    """Return the best settings in the box that keep every limit as a recommendation must, on `SEARCH_DAYS` recent days."""
    rows = np.unique(np.linspace(0, truth.conditions.height - 1, SEARCH_DAYS).round().astype(np.int64))
    needed = np.minimum(0.95, truth.held(now[None], rows)[0])
    return best_point(
        lambda p: truth.objective(p, rows),
        lambda p: np.all(truth.held(p, rows) >= needed - 1e-9, axis=1),
        now,
        low,
        high,
        is_slow=True,
    )


def chain(sheet: Sheet, n_seeds: int, n_steps: int) -> None:
    """Apply each recommendation, let a new history pass, ask again; print all steps and write the end of the chains."""
    ends, taken = [], []
    for start in range(n_seeds):
        moved: dict[str, float] = {}
        promised = real = extraction = 0.0
        saved = dict.fromkeys(YEARLY, 0.0)
        steps = 0
        for row in _steps(sheet, FIRST_SEED + 1000 * (start + 1), n_steps, moved):
            print(f"chain {start + 1}: {_line(row)}", flush=True)
            if row["status"] != "proposed":
                break
            steps += 1
            promised, real, extraction = promised + row["promised"], real + row["real"], extraction + row["extraction"]
            saved = {name: total + row["truth"][name] for name, total in saved.items()}
        ends.append((promised, real, extraction, *saved.values()))
        taken.append(str(steps))
    middle = np.mean(ends, axis=0)
    spread = np.array([(min(c), max(c)) for c in zip(*ends, strict=True)])
    hours = sheet.hours_per_year or 0.0
    measured = {
        "label": "end of a chain",
        "values": {
            "gain [CNY/h]": f"{middle[1]:+,.0f} ({spread[1][0]:+,.0f} to {spread[1][1]:+,.0f})",
            "promised [CNY/h]": f"{middle[0]:+,.0f}",
            "extraction [%]": f"{middle[2]:+.2f} ({spread[2][0]:+.2f} to {spread[2][1]:+.2f})",
            "money [M CNY/year]": f"{middle[1] * hours / 1e6:.1f}",
            **{
                name: f"{middle[i]:+,.0f} ({spread[i][0]:+,.0f} to {spread[i][1]:+,.0f})"
                if "[t/year]" in name
                else f"{middle[i]:+.1f} ({spread[i][0]:+.1f} to {spread[i][1]:+.1f})"
                for i, name in enumerate(YEARLY, start=3)
            },
        },
        "note": f"sum of true steps, mean and range of {n_seeds} chains of {', '.join(taken)} applied recommendations, each "
        f"learned from two new simulated years; version {__version__}, measured by tests/benchmarks/acid_chain.py",
    }
    CHAIN_FILE.write_text(json.dumps(measured, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"wrote {CHAIN_FILE}")


def _steps(sheet: Sheet, seed: int, n_steps: int, moved: dict[str, float]) -> Iterator[dict[str, Any]]:
    for step in range(n_steps):
        row = one(sheet, seed + step, moved)
        yield row
        for name, move in row.get("move", {}).items():
            moved[name] = moved.get(name, 0.0) + move


def _line(row: dict[str, Any]) -> str:
    if row["status"] != "proposed":
        return f"seed {row['seed']}: {row['status']}"
    return (
        f"seed {row['seed']}: promised {row['promised']:+.0f} ({row['low']:+.0f} to {row['high']:+.0f}), "
        f"real {row['real']:+.0f} CNY/h, "
        f"X {row['extraction_now']:.2f} {row['extraction']:+.2f} %, limits {row['limits_lost'] or 'kept'}"
    )


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["histories", "chain", "attainable"])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--sheet", default="phosphoric_acid", help="another sheet of the same plant")
    parser.add_argument("--first", type=int, default=FIRST_SEED, help="first seed of the histories")
    options = parser.parse_args()
    sheet = load_sheet(options.sheet)
    if options.what == "histories":
        histories(sheet, options.first, options.seeds)
    elif options.what == "attainable":
        attainable(sheet, options.first, options.seeds)
    else:
        chain(sheet, options.seeds, options.steps)


if __name__ == "__main__":
    main()
