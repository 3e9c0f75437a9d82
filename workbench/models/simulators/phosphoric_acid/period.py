"""True means over a period at given set-points, with the scatter of the old operator around them."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import polars as pl

from workbench.models.simulators.phosphoric_acid.constants import CONSTANTS, Constants
from workbench.models.simulators.phosphoric_acid.economics import profit_rate
from workbench.models.simulators.phosphoric_acid.inputs import Array, Inputs, inputs_from_frame
from workbench.models.simulators.phosphoric_acid.overload import watched
from workbench.models.simulators.phosphoric_acid.steady import Steady

__all__ = ["DRAWS", "OUTCOMES", "SCATTER_NEW", "SCATTER_OLD", "evaluate", "outcomes_of"]

DRAWS = 24  # moments a row; stratified, so that a row's mean is close to the expectation
ROWS_AT_ONCE = 1000  # rows solved together, to keep memory modest
STREAM = 71  # keeps these draws apart from those of the history
SULFATE_FLOOR = 0.5  # [% w/w] scatter does not drive the plant below it

# column: unit, of what `evaluate` returns
OUTCOMES: dict[str, str] = {
    "extraction": "%",
    "wash_rate": "%",
    "recovery": "%",
    "unattacked_loss": "%",
    "lattice_loss": "%",
    "wash_loss": "%",
    "acid_strength": "%",
    "filter_load": "-",
    "sulfate": "%",
    "cake_p2o5_ws": "%",
    "phase_margin": "degC",
    "p2o5_made": "t/h",
    "rock_used": "t/h",
    "gypsum_dry": "t/h",
    "acid_used": "t/h",
    "acid_flow": "m3/h",
    "wash_water": "t/h",
    "wash_flow": "m3/h",
    "rock_p80_used": "um",
    "profit": "CNY/h",
}

ACID_DENSITY = 1.836  # [t/m3] 98 % H2SO4 at 25 C (B: by memory)
ACID_STRENGTH = 0.98  # [t/t]

# sd of the moment around its set-point; relative for rock_cao and wash_ratio
SCATTER_OLD: dict[str, float] = {
    "free_sulfate": 0.37,
    "temperature": 1.2,
    "solids": 0.5,
    "wash_ratio": 0.006,
    "vacuum": 0.7,
    "rock_p80": 6.0,
    "rock_cao": 0.004,
}
SCATTER_NEW: dict[str, float] = SCATTER_OLD | {"free_sulfate": 0.20, "temperature": 0.6}
_RELATIVE = ("wash_ratio", "rock_cao")


def _draws(rows: int, seed: int) -> dict[str, Array]:
    """Stratified standard normals, rows x `DRAWS`, for each scattered input; the same for the same seed and row count."""
    from scipy.special import ndtri

    rng = np.random.default_rng([seed, STREAM])
    order = np.tile(np.arange(DRAWS, dtype=np.float64), (rows, 1))
    made: dict[str, Array] = {}
    for name in SCATTER_OLD:
        strata = rng.permuted(order, axis=1)
        made[name] = ndtri((strata + rng.uniform(1e-6, 1.0 - 1e-6, size=(rows, DRAWS))) / DRAWS)
    return made


def _scattered(inputs: Inputs, draws: dict[str, Array], scatter: dict[str, float]) -> Inputs:
    """Each row spread to its moments, one after the other."""
    spread = {f.name: np.repeat(getattr(inputs, f.name), DRAWS) for f in fields(Inputs)}
    for name, sd in scatter.items():
        shift = sd * draws[name].ravel()
        spread[name] = spread[name] * (1.0 + shift) if name in _RELATIVE else spread[name] + shift
    spread["free_sulfate"] = np.maximum(spread["free_sulfate"], SULFATE_FLOOR)
    return Inputs(**spread)


def outcomes_of(state: Steady) -> dict[str, Array]:
    """Outcomes (`OUTCOMES`) of steady moments; losses are in % of the rock's P2O5."""
    run, f = state.inputs, state.flows
    p2o5 = run.rock_rate * run.rock_p2o5
    extraction = 100.0 * (1.0 - (f.p2o5_unattacked + f.p2o5_lattice) / p2o5)
    return {
        "extraction": extraction,
        "wash_rate": 100.0 * (1.0 - 100.0 * f.p2o5_unwashed / p2o5 / extraction),
        "recovery": 100.0 * f.p2o5_product / p2o5,
        "unattacked_loss": 100.0 * f.p2o5_unattacked / p2o5,
        "lattice_loss": 100.0 * f.p2o5_lattice / p2o5,
        "wash_loss": 100.0 * f.p2o5_unwashed / p2o5,
        "acid_strength": state.strength,
        "filter_load": f.filter.utilisation,
        "sulfate": run.free_sulfate,
        "cake_p2o5_ws": 100.0 * f.p2o5_unwashed / f.dry_cake,
        "phase_margin": f.tank.stable_limit - run.temperature,
        "p2o5_made": f.p2o5_product,
        "rock_used": run.rock_rate,
        "gypsum_dry": f.dry_cake,
        "acid_used": f.acid,
        "acid_flow": f.acid / (ACID_DENSITY * ACID_STRENGTH),
        "wash_water": f.wash,
        "wash_flow": f.wash,
        "rock_p80_used": run.rock_p80,
        "profit": profit_rate(
            p2o5=f.p2o5_product,
            rock=run.rock_rate,
            acid=f.acid,
            gypsum=f.dry_cake,
            wash=f.wash,
            strength=state.strength,
            p80=run.rock_p80,
        ),
    }


def evaluate(
    frame: pl.DataFrame, seed: int = 0, *, scatter: dict[str, float] | None = None, c: Constants = CONSTANTS
) -> pl.DataFrame:
    """Return the true period means (`OUTCOMES`) of each row of set-points, without measurement noise.

    The operators are part of it: their scatter around the set-points, and the rock that they cut where the filter is
    overloaded (`overload.watched`).

    Parameters
    ----------
    frame : polars.DataFrame
        One column a setting, optionally one a condition (`inputs.CONDITIONS`).
    seed : int
        Of the scatter; equal seeds and row counts give equal draws row by row.
    scatter : dict of str to float, optional
        Standard deviations around the set-points; default `SCATTER_OLD`.
    c : Constants
        Constants of the model.
    """
    inputs = inputs_from_frame(frame)
    draws = _draws(frame.height, seed)
    spread = SCATTER_OLD if scatter is None else scatter
    parts: list[dict[str, Array]] = []
    for start in range(0, frame.height, ROWS_AT_ONCE):
        rows = np.arange(start, min(start + ROWS_AT_ONCE, frame.height))
        moments = outcomes_of(watched(_scattered(inputs.take(rows), {k: v[rows] for k, v in draws.items()}, spread), c))
        parts.append({name: values.reshape(rows.size, DRAWS).mean(axis=1) for name, values in moments.items()})
    return pl.DataFrame(
        {name: np.concatenate([part[name] for part in parts]) if parts else np.empty(0) for name in OUTCOMES},
        schema=dict.fromkeys(OUTCOMES, pl.Float64()),
    )
