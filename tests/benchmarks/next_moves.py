"""Whether the 90 % interval of `trial next` holds what its move truly brings, on simulated lines of several responses.

    nice .venv/bin/python -m tests.benchmarks.next_moves [--seeds 40] [--first 0] [--shapes kink mixed ...] [--no-settling]

Each case is the line of `loop_plants.QuickPlant` with another response: people wander by 2 degC around a centre, drawn from
70 to 78 degC, for 10, 30 or 120 days (60, 180 or 720 results of 4 h), and the next move is asked for once. The line's time
constant is drawn from 0.5, 1 and 2 h (95 % of the way in 1.5, 3 or 6 h); the sheet says 3 h, or with --no-settling nothing. A
gain is the response in steady state where the move goes, less that where the line stands; cases in which it stands still are
left out.

The shape `mixed` is another line (`mixed_line.MixedLine`): a temperature, a whole number and a choice, of which one may never
have been run. Its advice is followed for 20 moves of three periods while results are two days late, and each move is a case: a
quarter of the lines are drawn, and cases of one line hang together. --no-settling does not touch it.

Printed: cases, share whose gain lies in the stated interval with its own 95 % interval (Clopper and Pearson, Biometrika 26
(1934) 404), mean claimed and true gain [%], mean half width of the interval [%], share of moves that lose nothing. Shapes and
draws are own assumptions. The widths of the prior were chosen on other draws of such lines.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta
from tqdm import tqdm

from tests.benchmarks.loop_plants import QuickPlant
from tests.benchmarks.mixed_line import MixedLine
from workbench.planning import next_step

DAYS = (10, 30, 120)
RESULTS_A_DAY = 6
CENTRES = (70, 78)  # [degC]
LAGS = (0.5, 1.0, 2.0)  # [h] time constants
SETTLING = ", settling: 3h"
CONFIDENCE = 0.95
SEED = 1127

Floats = NDArray[np.float64]

# Recovery [%] against temperature [degC]; around 0.4 %/degC where it rises.
SHAPES: dict[str, Callable[[Floats], Floats]] = {
    "kink": lambda x: 80.0 - 0.4 * np.abs(x - 76.0),
    "quadratic": lambda x: 80.0 - 0.04 * (x - 76.0) ** 2,
    "saturating": lambda x: 80.0 - 3.2 * np.exp(-(x - 70.0) / 4.0),
    "linear": lambda x: 80.0 + 0.4 * (x - 76.0),
    "flat": lambda x: 80.0 + 0.0 * x,
}
MIXED, MIXED_MOVES, MIXED_HOLD, MIXED_SHARE = "mixed", 20, 3, 4


class ShapedPlant(QuickPlant):
    """The quick line with another response, centre and time constant, and only its own ordinary running."""

    def __init__(self, folder: Path, shape: str, days: int, seed: int, *, has_settling: bool = True) -> None:
        self.shape = SHAPES[shape]
        key = [SEED, seed, days, list(SHAPES).index(shape)]
        super().__init__(folder, int(np.random.SeedSequence(key).generate_state(1)[0]))
        if not has_settling:
            self.sheet.write_text(self.sheet.read_text(encoding="utf-8").replace(SETTLING, ""), encoding="utf-8")
        rng = np.random.default_rng(key)
        self.centre = float(rng.integers(CENTRES[0], CENTRES[1] + 1))
        self.LAG = float(rng.choice(LAGS))
        self.temperature = np.empty(0)
        self.leave_alone(days)
        self.write()

    def response(self, temperature: Floats | float) -> Floats:
        """Recovery at mean feed without noise [%]."""
        return np.asarray(self.shape(np.asarray(temperature, dtype=np.float64)))


@dataclass(frozen=True)
class Case:
    """What a move claims and truly brings [%]."""

    claimed: float
    low: float
    high: float
    true: float

    @property
    def is_held(self) -> bool:
        """Whether the interval holds the truth."""
        return self.low <= self.true <= self.high


def run_case(folder: Path, shape: str, days: int, seed: int, *, has_settling: bool = True) -> Case | None:
    """Return the next move of one simulated line; None where it stands still or too little is known to climb."""
    plant = ShapedPlant(folder, shape, days, seed, has_settling=has_settling)
    step = next_step(plant.sheet, plant.source, seed)
    [line] = step.settings
    if step.next is None or step.stage != "climb" or line.next == line.now:
        return None
    true = float(plant.response(float(line.next)) - plant.response(float(line.now)))
    return Case(step.next.expected, step.next.low, step.next.high, true)


def run_mixed_cases(days: int, seed: int) -> list[Case]:
    """Return the moves of a line with a whole number and a choice whose advice is followed."""
    line, cases = MixedLine(days, seed), []
    for _ in range(MIXED_MOVES):
        step = line.advised(seed)
        now, then = ({s.name: getattr(s, which) for s in step.settings} for which in ("now", "next"))
        if step.next is not None and step.stage == "climb" and now != then:
            true = line.response(then) - line.response(now)
            cases.append(Case(step.next.expected, step.next.low, step.next.high, true))
        line.run(then, MIXED_HOLD)
    return cases


def table_line(shape: str, results: str, cases: Sequence[Case]) -> str:
    """Return one row of the table."""
    held, n = sum(case.is_held for case in cases), len(cases)
    low = float(beta.ppf((1.0 - CONFIDENCE) / 2.0, held, n - held + 1)) if held else 0.0
    high = float(beta.ppf((1.0 + CONFIDENCE) / 2.0, held + 1, n - held)) if held < n else 1.0
    claimed, true, half = np.mean([(c.claimed, c.true, (c.high - c.low) / 2.0) for c in cases], axis=0)
    gains = float(np.mean([case.true >= -1e-9 for case in cases]))
    coverage = f"{held / n:.0%} ({low:.0%} to {high:.0%})"
    return f"| {shape} | {results} | {n} | {coverage} | {claimed:+.2f} | {true:+.2f} | {half:.2f} | {gains:.0%} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=40, help="cases for each shape and length")
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--shapes", nargs="+", choices=[*SHAPES, MIXED], default=[*SHAPES, MIXED])
    parser.add_argument("--no-settling", action="store_true", help="the sheet says nothing of settling")
    asked = parser.parse_args()
    rows = ["| shape | results | cases | interval holds | claimed | true | half width | lose nothing |", "|" + "---|" * 8]
    every: list[Case] = []
    with tempfile.TemporaryDirectory() as name, tqdm(total=len(asked.shapes) * len(DAYS) * asked.seeds, desc="lines") as bar:
        for shape in asked.shapes:
            for days in DAYS:
                cases = []
                for seed in range(asked.first, asked.first + asked.seeds):
                    if shape != MIXED:
                        case = run_case(Path(name), shape, days, seed, has_settling=not asked.no_settling)
                        cases += [] if case is None else [case]
                    elif seed % MIXED_SHARE == 0:
                        cases += run_mixed_cases(days, seed)
                    bar.update()
                rows += [table_line(shape, str(days * RESULTS_A_DAY), cases)] if cases else []
                every += cases
    print("\n".join([*rows, table_line("all", "", every)]))


if __name__ == "__main__":
    main()
