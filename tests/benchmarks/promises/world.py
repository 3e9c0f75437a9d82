"""From drawn parts to a plant: operators run it, the historian records it, the truth stays here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm

from .feedback import Operators, operate
from .noise import Noise, gaps
from .plant import Floats, Plant
from .trial_error import trial_error

__all__ = ["Form", "Response", "World", "WorldTruth", "build"]

Form = Callable[[Floats, Floats, Floats], Floats]
"""(parameters, settings (..., m), conditions and time (..., k + 1)) -> mean of the outcome (...); all in standard units."""

FIRST = datetime(2024, 1, 1, tzinfo=UTC)
NOW_DAYS, NOW_MIN = 7, 20  # the workbench's own "now": last 7 days, at least 20 periods


@dataclass(frozen=True)
class Response:
    """What one outcome does.

    Parameters
    ----------
    form : Form
    theta, low, high : array
        Parameters, and the range that the family draws them from.
    noise : Noise
    hidden : float
        Weight of the cause that nobody records.
    """

    form: Form
    theta: Floats
    low: Floats
    high: Floats
    noise: Noise
    hidden: float = 0.0


@dataclass(frozen=True)
class World:
    """A plant in standard units: settings and conditions scatter by about 1 around 0.

    Parameters
    ----------
    hours : float
        Length of a period [h].
    conditions : array (n, k)
    hidden : array (n,)
    gain : Response
        Of the outcome `y`.
    side : Response or None
        Of the outcome `x`, which a limit holds down.
    held_today : float
        Share of the recent periods within that limit at the present settings; above 0.9999 the limit is far away.
    habits : Operators
    price : array (m,) or None
        Cost of the settings, which makes the objective a formula: y minus price times settings.
    reach, step : array (m,)
        Bounds (plus and minus) and largest step.
    missing_y, missing_x, missing_c, runs : float
        Shares of periods without a record of the outcomes, of each condition; and in runs.
    every_x : int
        The laboratory analyses x in every so many periods.
    minimize : bool
        Whether the sheet asks for less of y (turned round) instead of more.
    memory : float
        Share of their place before that the settings keep from one period to the next as the outcomes feel them; conditions
        act at once.
    """

    hours: float
    conditions: Floats
    hidden: Floats
    gain: Response
    side: Response | None
    habits: Operators
    reach: Floats
    step: Floats
    held_today: float = 1.0
    price: Floats | None = None
    missing_y: float = 0.01
    missing_x: float = 0.01
    missing_c: float = 0.01
    runs: float = 0.01
    every_x: int = 1
    minimize: bool = False
    memory: float = 0.0

    @property
    def n(self) -> int:
        """Periods."""
        return len(self.conditions)

    @property
    def m(self) -> int:
        """Settings."""
        return len(self.reach)


@dataclass(frozen=True)
class WorldTruth:
    """Truth of a world; settings come in the sheet's units."""

    world: World
    centre: Floats
    spread: Floats
    y_scale: float
    x_slow: Floats
    x_limit: float = np.inf

    def standard(self, settings: Floats) -> Floats:
        """Return settings in standard units."""
        return np.asarray((settings - self.centre) / self.spread)

    def surroundings(self, rows: NDArray[np.int64]) -> Floats:
        """Return the conditions of the rows and the end of the history as time."""
        return np.column_stack([self.world.conditions[rows], np.ones(len(rows))])

    def objective(self, settings: Floats, rows: NDArray[np.int64]) -> Floats:
        """Mean objective; see `Truth`."""
        z, w = self.standard(settings), self.world
        mean = w.gain.form(w.gain.theta, z[:, None, :], self.surroundings(rows)[None]).mean(axis=1)
        return np.asarray(self.y_scale * (mean - (z @ w.price if w.price is not None else 0.0)))

    def held(self, settings: Floats, rows: NDArray[np.int64]) -> Floats:
        """Share of periods within the limit; exact over the normal noise of a period, see `Truth`."""
        w = self.world
        if w.side is None:
            return np.ones((len(settings), 0))
        z = self.standard(settings)
        mean = w.side.form(w.side.theta, z[:, None, :], self.surroundings(rows)[None])
        mean = mean + self.x_slow[rows] + w.side.hidden * w.hidden[rows]
        return np.asarray(norm.cdf((self.x_limit - mean) / w.side.noise.sd_fast).mean(axis=1))[:, None]


def build(world: World, rng: np.random.Generator, name: str) -> Plant:
    """Run the world through its history and return it as a plant."""
    n, m = world.n, world.m
    around = np.column_stack([world.conditions, (np.arange(n) + 1) / n])
    y_noise = _paths(world.gain, world.hidden, rng)[1]
    x_slow, x_noise = _paths(world.side, world.hidden, rng) if world.side else (np.zeros(n), np.zeros(n))

    felt = np.zeros((n, m))

    def outcome(t: int, z: Floats) -> tuple[float, float]:
        felt[t] = z if t == 0 else world.memory * felt[t - 1] + (1.0 - world.memory) * z
        y = float(world.gain.form(world.gain.theta, felt[t], around[t])) + y_noise[t]
        x = float(world.side.form(world.side.theta, felt[t], around[t])) + x_noise[t] if world.side else np.nan
        return y, x

    z = operate(rng, world.habits, world.conditions, world.hidden, -world.reach, world.reach, outcome)
    y = world.gain.form(world.gain.theta, felt, around) + y_noise
    x = world.side.form(world.side.theta, felt, around) + x_noise if world.side else None

    centre = np.round(rng.choice([5.0, 20.0, 80.0, 300.0, 1500.0], size=m) * rng.uniform(0.7, 1.4, size=m), 3)
    spread = np.array([float(f"{c * s:.3g}") for c, s in zip(centre, rng.uniform(0.02, 0.1, size=m), strict=True)])
    y_scale, y_zero = float(f"{rng.choice([0.3, 1.0, 8.0]):.3g}"), 80.0
    truth = WorldTruth(world, centre, spread, y_scale, x_slow)
    if world.side is not None:
        truth = WorldTruth(world, centre, spread, y_scale, x_slow, _limit(truth, z))
    sign = -1.0 if world.minimize else 1.0
    times = [FIRST + i * timedelta(hours=world.hours) for i in range(n)]
    columns: dict[str, Floats | list[datetime]] = {"time": times}
    columns |= {f"s{i + 1}": np.round(centre[i] + spread[i] * z[:, i], 6) for i in range(m)}
    for j in range(world.conditions.shape[1]):
        columns[f"c{j + 1}"] = _with_gaps(rng, 10.0 + 2.0 * world.conditions[:, j], world.missing_c, world.runs)
    columns["y"] = _with_gaps(rng, y_zero + sign * y_scale * y, world.missing_y, world.runs)
    if x is not None:
        shown = 50.0 + 3.0 * x
        shown[np.arange(n) % world.every_x != 0] = np.nan
        columns["x"] = _with_gaps(rng, shown, world.missing_x, world.runs)
    frame = pl.DataFrame(columns).with_columns(pl.col(pl.Float64).fill_nan(None))
    unit = y_scale * float(np.std(y_noise))
    error = y_scale * trial_error(lambda r, periods: _stretch(world, r, periods), world.hours, rng)
    from .oracle import fit_world

    return Plant(
        sheet_text=_sheet(world, truth, name, sign),
        frame=frame,
        truth=truth,
        unit=unit,
        trial_error=error,
        fit=lambda usable, rows: fit_world(truth, felt[rows], usable, sign * y_scale, y_zero, rows),
    )


def _paths(response: Response, hidden: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Slow part without the hidden cause; and everything that neither settings nor conditions explain."""
    n = len(hidden)
    slow = response.noise.slow(rng, n)
    return slow, slow + response.noise.fast(rng, n) + response.hidden * hidden


def _stretch(world: World, rng: np.random.Generator, periods: int) -> Floats:
    """A stretch as long as a trial of what neither settings nor conditions explain, out of another history."""
    path = _paths(world.gain, world.hidden, rng)[1]
    start = int(rng.integers(0, max(world.n - periods, 1)))
    return np.resize(path[start : start + periods], periods)


def _limit(truth: WorldTruth, z: Floats) -> float:
    """The limit at which today's share held is what the world asks for."""
    w = truth.world
    assert w.side is not None
    last = max(round(NOW_DAYS * 24 / w.hours), NOW_MIN)
    days60 = round(60 * 24 / w.hours)
    rows = np.arange(max(w.n - days60, 0), w.n) if days60 >= 100 else np.arange(w.n)
    now = (truth.centre + truth.spread * z[-last:].mean(axis=0))[None]

    def excess(limit: float) -> float:
        held = WorldTruth(w, truth.centre, truth.spread, truth.y_scale, truth.x_slow, limit).held(now, rows)
        return float(held[0, 0]) - min(w.held_today, 0.9999)

    limit = float(brentq(excess, -60.0, 60.0, xtol=1e-6))
    return limit + 4.0 * w.side.noise.sd_fast if w.held_today > 0.9999 else limit


def _with_gaps(rng: np.random.Generator, values: Floats, single: float, runs: float) -> Floats:
    return np.where(gaps(rng, len(values), single, runs), np.nan, np.round(values, 6))


def _sheet(world: World, truth: WorldTruth, name: str, sign: float) -> str:
    lines = [f"name: {name}", f"period: {world.hours:g}h", "settings:"]
    for i in range(world.m):
        low, high = truth.centre[i] - truth.spread[i] * world.reach[i], truth.centre[i] + truth.spread[i] * world.reach[i]
        step = truth.spread[i] * world.step[i]
        lines.append(f"  s{i + 1}: {{unit: degC, low: {low:.6g}, high: {high:.6g}, max_step: {step:.6g}}}")
    lines.append("conditions:")
    lines += [f'  c{j + 1}: {{unit: "%"}}' for j in range(world.conditions.shape[1])]
    lines += ["outcomes:", '  y: {unit: "%"}']
    if world.side is not None:
        lines.append(f'  x: {{unit: "%", high: {50.0 + 3.0 * truth.x_limit:.6g}}}')
    formula = "y"
    if world.price is not None:
        for i, p in enumerate(world.price):
            weight = sign * p * truth.y_scale / truth.spread[i]
            formula += f" {'-' if weight >= 0 else '+'} {abs(weight):.8g}*s{i + 1}"
    lines.append(f'objective: {{{"minimize" if sign < 0 else "maximize"}: "{formula}", unit: "%"}}')
    return "\n".join(lines) + "\n"
