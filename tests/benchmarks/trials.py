"""How often a trial finds a gain where there is none, and how well its interval holds, on simulated plants.

Eight weeks of hourly records with a disturbance that remembers: 56 blocks of 24 h, of each two in turn one with the proposed
settings, 12 h of washout; the plant follows its settings with a first-order lag of 6 h. The same eight weeks without a trial
(present settings for four weeks, then proposed ones) are judged by what people use instead: a t-test on the hours, Newey and
West's standard error with the rule-of-thumb lag, and a bootstrap of 24 h blocks.

    nice .venv/bin/python tests/benchmarks/trials.py [--trials 2000] [--washout 12] [--settings "AR(1) 0.5" ...]

All noise has standard deviation 1. Drift: a line that rises or falls by 2 over the eight weeks. Cycles: a day and a week, each
of amplitude 1 and random phase. Step: 2 up or down at a random hour of the middle third. Covariate: a condition that carries
60 % of the variance, known to the analysis. The true effect where there is one is 0.5. All own assumptions. Rejections are
one-sided at 5 %; intervals are two-sided at 90 %; the bias is relative to the true effect.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.stats import norm, t

from workbench.switchback import draw_order, switchback_effect
from workbench.switchback.effect import make_pairs, p_value_of

HOURS, BLOCK, WASHOUT, LAG = 8 * 7 * 24, 24, 12, 6.0
EFFECT = 0.5
Z90 = 1.6448536269514722
WARM_UP = 500  # [h] before the record starts
RESAMPLES = 199

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """What disturbs the plant: memory of the noise, and what comes on top."""

    name: str
    memory: float
    drift: float = 0.0
    cycle: float = 0.0
    step: float = 0.0
    covariate: float = 0.0


WORLDS = (
    World("AR(1) 0.5", 0.5),
    World("AR(1) 0.9", 0.9),
    World("AR(1) 0.97", 0.97),
    World("AR(1) 0.97, drift", 0.97, drift=2.0),
    World("AR(1) 0.9, daily and weekly cycles", 0.9, cycle=1.0),
    World("AR(1) 0.9, step midway", 0.9, step=2.0),
    World("AR(1) 0.9, covariate of 60 %", 0.9, covariate=0.6),
)


@dataclass(frozen=True)
class Trial:
    """One simulated trial: block means without an effect, what an effect of one adds to them, arms, covariate."""

    hourly: Floats
    blocks: Floats
    carried: Floats
    arms: NDArray[np.bool_]
    covariates: Floats | None


def remembering(hours: int, memory: float, rng: np.random.Generator) -> Floats:
    """Noise of standard deviation 1 with AR(1) memory from hour to hour."""
    noise = rng.standard_normal(hours + WARM_UP) * np.sqrt(1.0 - memory**2)
    return np.asarray(lfilter([1.0], [1.0, -memory], noise))[WARM_UP:]


def disturbance(world: World, rng: np.random.Generator) -> tuple[Floats, Floats | None]:
    """Return the outcome's hours without any effect, and the covariate's."""
    hours = np.arange(HOURS)
    own = remembering(HOURS, world.memory, rng)
    covariate = remembering(HOURS, world.memory, rng) if world.covariate else None
    if covariate is not None:
        own = np.sqrt(1.0 - world.covariate) * own + np.sqrt(world.covariate) * covariate
    own = own + world.drift * rng.choice([-1.0, 1.0]) * (hours / HOURS - 0.5)
    for length in (24.0, 168.0):
        own = own + world.cycle * np.sin(2.0 * np.pi * (hours / length + rng.uniform()))
    at = rng.integers(HOURS // 3, 2 * HOURS // 3)
    return own + world.step * rng.choice([-1.0, 1.0]) * (hours >= at), covariate


def simulate(world: World, seed: int, washout: int = WASHOUT) -> Trial:
    """Return one trial of a world with so many hours of washout; the seed tells them apart."""
    rng = np.random.default_rng([seed, WORLDS.index(world)])
    own, covariate = disturbance(world, rng)
    arms = draw_order(HOURS // BLOCK, int(rng.integers(2**31)))
    gain = 1.0 - np.exp(-1.0 / LAG)
    followed = lfilter([gain], [1.0, gain - 1.0], np.repeat(arms.astype(np.float64), BLOCK))
    own_means, carried = block_means(own, washout), block_means(np.asarray(followed), washout)
    covariates = None if covariate is None else block_means(covariate, washout)[:, None]
    return Trial(own, own_means, carried, arms, covariates)


def block_means(hourly: Floats, washout: int) -> Floats:
    """Mean of each block after its washout."""
    return np.asarray(hourly.reshape(-1, BLOCK)[:, washout:].mean(axis=1))


def t_test(hourly: Floats, _rng: np.random.Generator) -> bool:
    """Before/after t-test on the hours."""
    half = HOURS // 2
    before, after = hourly[:half], hourly[half:]
    se = np.sqrt(before.var(ddof=1) / half + after.var(ddof=1) / half)
    return bool((after.mean() - before.mean()) / se > t.ppf(0.95, HOURS - 2))


def newey_west(hourly: Floats, _rng: np.random.Generator) -> bool:
    """Before/after with Newey and West's standard error (1987), lag 4 (n/100)^(2/9)."""
    half = HOURS // 2
    before, after = hourly[:half], hourly[half:]
    lag = int(4.0 * (HOURS / 100.0) ** (2.0 / 9.0))
    variance = 0.0
    for part in (before - before.mean(), after - after.mean()):
        weights = 1.0 - np.arange(1, lag + 1) / (lag + 1.0)
        covariances = np.array([part[k:] @ part[:-k] for k in range(1, lag + 1)])
        variance += float(part @ part + 2.0 * weights @ covariances) / half**2
    return bool((after.mean() - before.mean()) / np.sqrt(variance) > norm.ppf(0.95))


def block_bootstrap(hourly: Floats, rng: np.random.Generator) -> bool:
    """Before/after, low end of a percentile bootstrap of 24 h blocks above zero."""
    days = hourly.reshape(-1, 24).mean(axis=1)
    before, after = np.split(days, 2)
    n = len(before)
    draws = [part[rng.integers(0, n, (RESAMPLES, n))].mean(axis=1) for part in (before, after)]
    return bool(np.quantile(draws[1] - draws[0], 0.05) > 0.0)


PEERS: dict[str, Callable[[Floats, np.random.Generator], bool]] = {
    "t-test": t_test,
    "Newey-West": newey_west,
    "block bootstrap": block_bootstrap,
}


@dataclass(frozen=True)
class Result:
    """What came out for one world, as shares; the bias is relative to the effect, the width absolute."""

    rejected: float
    power: float
    covered: float
    bias: float
    width: float
    peers: dict[str, float]


def run_world(
    world: World,
    n_trials: int,
    told: Callable[[], object] = lambda: None,
    *,
    washout: int = WASHOUT,
    peers: bool = True,
) -> Result:
    """Return the shares of `n_trials` simulated trials of a world."""
    rows, found = [], dict.fromkeys(PEERS, 0)
    rng = np.random.default_rng(0)
    for seed in range(n_trials):
        trial = simulate(world, seed, washout)
        null = p_value_of(make_pairs(trial.blocks, trial.arms, trial.covariates), seed=0)
        effect = switchback_effect(trial.blocks + EFFECT * trial.carried, trial.arms, trial.covariates)
        rows.append(
            (
                null <= 0.05,
                effect.p_value <= 0.05,
                effect.low <= EFFECT <= effect.high,
                effect.estimate / EFFECT - 1.0,
                effect.high - effect.low,
            )
        )
        if peers:
            for name, peer in PEERS.items():
                found[name] += peer(trial.hourly, rng)
        told()
    means = np.mean(rows, axis=0)
    return Result(*(float(mean) for mean in means), {name: count / n_trials for name, count in found.items()})


def table(results: Sequence[tuple[World, Result]]) -> str:
    """Return the results as markdown."""
    lines = [
        "| disturbance | rejected without effect | found 0.5 | 90 % interval covers | bias | width"
        " | t-test | Newey-West | block bootstrap |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for world, r in results:
        cells = [f"{r.rejected:.1%}", f"{r.power:.0%}", f"{r.covered:.1%}", f"{r.bias:+.1%}", f"{r.width:.2f}"]
        cells += [f"{r.peers[name]:.0%}" for name in PEERS]
        lines.append(f"| {world.name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Run the worlds asked for and print the table."""
    from tqdm import tqdm

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--washout", type=int, default=WASHOUT, help="hours, below 24")
    parser.add_argument("--settings", nargs="+", choices=[world.name for world in WORLDS])
    options = parser.parse_args()
    worlds = [world for world in WORLDS if options.settings is None or world.name in options.settings]
    results = []
    with tqdm(total=len(worlds) * options.trials, unit="trial", mininterval=2.0) as bar:
        for world in worlds:
            bar.set_description(world.name)
            results.append((world, run_world(world, options.trials, bar.update, washout=options.washout)))
    print(f"{options.trials} trials a row, {options.washout} h of washout\n{table(results)}")


if __name__ == "__main__":
    main()
