"""What settings by regime promise, and what they give, on simulated plants whose truth is known.

    python -m tests.benchmarks.regimes [--plants 20] [--seed 0] [--families crossing level ...]

The families are made for this question, by the draws of `tests.benchmarks.promises`:

- `crossing`: what two to five settings do turns round with the first of one to three conditions, and half of the plants have a
  limit that binds; one setting for all earns little, a table much;
- `level`: the same without any product of a setting and a condition: no table can give more than one setting for all.

`bowl`, `interactions` and `ridge` of the development families may be asked for beside them: conditions tilt their response.
A table's true gain is that of each regime's settings in the recent periods (up to 240, as for promises) that fall in it; a
period in no regime keeps the one setting for all.

Printed for each family: plants, tables, then promised over real (ratio of sums) of what the table gives in all and of what it
gives beyond one setting for all, how often either low end held, and tables that break a limit (true share of all recent periods
over it above both 5 % and today's by 2 points), each with its 90 % interval.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from tests.benchmarks.promises.adapter import Case, case_of
from tests.benchmarks.promises.draws import conditions, habits, ordinary_noise, response, room, side, sizes
from tests.benchmarks.promises.families import families_of
from tests.benchmarks.promises.judge import HELD, POINTS
from tests.benchmarks.promises.measures import bootstrap_ratio, rate
from tests.benchmarks.promises.plant import Floats, Plant, rng_of
from tests.benchmarks.promises.shapes import bilinear
from tests.benchmarks.promises.world import World, build
from workbench.records import Recommendation, RegimeLine, RegimeTable
from workbench.study import recommend

TURNS = (0.2, 0.6)  # [sd of the outcome for a sd of the setting and one of the condition] of a setting whose effect turns round


@dataclass(frozen=True)
class Told:
    """One table: what it promises and what it gives [unit of the objective], in all and beyond one setting for all."""

    promised: float
    low: float
    real: float
    beyond: float
    beyond_low: float
    beyond_real: float
    is_over: bool


def make_crossing(seed: int) -> Plant:
    """Return a plant whose best settings follow its first condition."""
    return _made("crossing", seed, TURNS)


def make_level(seed: int) -> Plant:
    """Return a plant whose best settings are the same under all conditions."""
    return _made("level", seed, (0.0, 0.0))


def _made(name: str, seed: int, turns: tuple[float, float]) -> Plant:
    rng = rng_of(name, seed)
    n, m, k, hours = sizes(rng, (2, 5), (1, 3), (300, 3000))
    with_c = np.zeros((k, m))
    with_c[0] = rng.choice([-1.0, 1.0], size=m) * rng.uniform(*turns, size=m)
    pairs = m * (m - 1) // 2
    parts = [(pairs, -0.1, 0.1), (m * k, -0.6, 0.6), (m, -0.25, 0.25), (k, -0.6, 0.6)]
    gain = response(rng, bilinear, parts, ordinary_noise(rng), b1=with_c.ravel())
    limited, operators = side(rng, m, k), habits(rng, m, k, reply=0.3)
    world = World(
        hours, conditions(rng, n, k), np.zeros(n), gain, limited, operators, **room(rng, m),
        held_today=float(rng.choice([0.98, 1.0])),
    )  # fmt: skip
    return build(world, rng, name)


OWN: Mapping[str, Callable[[int], Plant]] = {"crossing": make_crossing, "level": make_level}
OTHERS = ("bowl", "interactions", "ridge")


def told(case: Case, record: Recommendation, table: RegimeTable) -> Told:
    """Return what a table promises and what it truly gives."""
    truth, rows = case.plant.truth, case.recent
    shown = case.usable[table.condition].to_numpy()[case.recent_usable]
    one = _settings(case, record.settings) if record.status == "proposed" else case.now
    chosen = np.tile(one, (len(rows), 1))
    for line in table.lines:
        chosen[_falls_in(line, shown)] = _settings(case, line.settings)
    now = np.tile(case.now, (len(rows), 1))
    limits = np.mean([_each(truth.held, s, rows) for s in (now, chosen)], axis=1)
    at_now, at_one, at_table = (
        float(np.mean(_each(truth.objective, s, rows))) for s in (now, np.tile(one, (len(rows), 1)), chosen)
    )
    return Told(
        promised=table.gain.expected,
        low=table.gain.low,
        real=at_table - at_now,
        beyond=table.beyond.expected,
        beyond_low=table.beyond.low,
        beyond_real=at_table - at_one,
        is_over=bool(np.any(1.0 - limits[1] > np.maximum(1.0 - HELD, 1.0 - limits[0] + POINTS) + 1e-9)),
    )


def _falls_in(line: RegimeLine, shown: Floats) -> NDArray[np.bool_]:
    low, high = -np.inf if line.low is None else line.low, np.inf if line.high is None else line.high
    return np.asarray((shown >= low) & (shown < high))


def _settings(case: Case, lines: object) -> Floats:
    proposed = {line.name: line.proposed for line in lines}  # type: ignore[attr-defined]
    return np.array([float(proposed[s]) for s in case.settings])


def _each(asked: Callable[[Floats, NDArray[np.int64]], Floats], settings: Floats, rows: NDArray[np.int64]) -> Floats:
    """What the truth says of each period at settings of its own."""
    out = [asked(s[None], r[None])[0] for s, r in zip(settings, rows, strict=True)]
    return np.asarray(out)


def line_of(family: str, plants: int, tables: list[Told]) -> str:
    """Return the line of one family."""

    def ratio(promised: str, real: str) -> str:
        pairs = np.array([(getattr(t, promised), getattr(t, real)) for t in tables]).reshape(-1, 2)
        return "{:.2f} ({:.2f} to {:.2f})".format(*bootstrap_ratio(pairs[:, 0], pairs[:, 1]))

    def share(hits: int) -> str:
        return "{:.2f} ({:.2f} to {:.2f})".format(*rate(hits, len(tables)))

    return " | ".join(
        [
            f"{family:13}",
            f"{plants:4d}",
            f"{len(tables):4d}",
            ratio("promised", "real"),
            ratio("beyond", "beyond_real"),
            share(sum(t.low <= t.real for t in tables)),
            share(sum(t.beyond_low <= t.beyond_real for t in tables)),
            share(sum(t.is_over for t in tables)),
        ]
    )


def main() -> None:
    """Run and print; see the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plants", type=int, default=20, help="plants of each family; default 20")
    parser.add_argument("--seed", type=int, default=0, help="number of the first plant; default 0")
    parser.add_argument("--families", nargs="+", choices=[*OWN, *OTHERS], default=[*OWN], help="default the two made for this")
    asked = parser.parse_args()
    makers = {name: OWN[name] if name in OWN else families_of("development", [name])[0].make for name in asked.families}
    found: dict[str, list[Told]] = {name: [] for name in makers}
    for seed, name in tqdm([(asked.seed + i, name) for i in range(asked.plants) for name in makers], desc="plants"):
        case = case_of(makers[name](seed))
        record = recommend(case.sheet, case.history, seed=0).recommendation
        found[name] += [told(case, record, table) for table in record.regimes]
    print("family | plants | tables | promised over real | the same beyond | low end held | the same beyond | over a limit")
    for name, tables in found.items():
        print(line_of(name, asked.plants, tables))


if __name__ == "__main__":
    main()
