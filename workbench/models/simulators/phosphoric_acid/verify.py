"""Checks of the plant model: balances, limits known by mathematics, published points, directions, and the moving plant."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import polars as pl

from workbench.models.simulators.contract import Check, check_close, check_within
from workbench.models.simulators.phosphoric_acid.attack import grain_moments, unattacked_single
from workbench.models.simulators.phosphoric_acid.balance import equilibrium, flows, residence_time
from workbench.models.simulators.phosphoric_acid.closure import component_flows, unassayed_share
from workbench.models.simulators.phosphoric_acid.constants import CONSTANTS
from workbench.models.simulators.phosphoric_acid.disturbances import ASSAYS
from workbench.models.simulators.phosphoric_acid.inputs import SETTINGS, Array, Inputs
from workbench.models.simulators.phosphoric_acid.period import SCATTER_NEW, evaluate, outcomes_of
from workbench.models.simulators.phosphoric_acid.phase import stable_temperature
from workbench.models.simulators.phosphoric_acid.steady import solve
from workbench.models.simulators.phosphoric_acid.story import rock_behind_claim
from workbench.models.simulators.phosphoric_acid.tank import MovingTank

__all__ = ["GOOD_PRACTICE", "checks"]

# settings near the best with the acid strength held, own assumption
GOOD_PRACTICE: dict[str, float] = {
    "free_sulfate": 2.2,
    "temperature": 74.0,
    "solids": 34.0,
    "wash_ratio": 1.004,
    "filter_speed": 0.28,
    "vacuum": 62.0,
    "rock_p80": 122.0,
}
CLOSURE = 1e-9  # [-] relative
REPEATS = 10  # periods evaluated at each value of a scan
# change of one setting: what should follow at the base, in sign and size (own calculation for the specification)
DIRECTIONS: tuple[tuple[str, float, str, float], ...] = (
    ("free_sulfate", 0.2, "unattacked_loss", 0.05),
    ("free_sulfate", 0.2, "lattice_loss", -0.30),
    ("free_sulfate", 0.2, "wash_loss", -0.02),
    ("temperature", 2.0, "unattacked_loss", -0.03),
    ("temperature", 2.0, "lattice_loss", 0.05),
    ("temperature", 2.0, "acid_strength", -0.26),
    ("wash_ratio", 0.02, "wash_loss", -0.17),
    ("wash_ratio", 0.02, "acid_strength", -0.83),
    ("wash_ratio", 0.02, "recovery", 0.27),
    ("rock_p80", -20.0, "unattacked_loss", -0.07),
    ("rock_p80", -20.0, "filter_load", 0.03),
)


def checks() -> list[Check]:
    """Return every check; own numbers are marked O and say only that the model is the one that was specified."""
    return [*_balances(), *_mathematics(), *_published(), *_directions(), *_optima(), *_roots(), *_moving()]


def _many(rows: int = 200, seed: int = 7) -> Inputs:
    """Settings and rocks drawn over their ranges."""
    rng = np.random.default_rng(seed)
    columns: dict[str, float | Array] = {name: rng.uniform(s.low, s.high, size=rows) for name, s in SETTINGS.items()}
    columns |= {name: 100.0 * rng.uniform(*span, size=rows) for name, span in ASSAYS.items()}
    columns["cloth_age"] = rng.uniform(0.0, 20.0, size=rows)
    return Inputs.of(columns, rows)


def _balances() -> list[Check]:
    made = component_flows(solve(_many()))
    closed = [
        check_close(f"{name} in minus out, worst of 200 rocks and settings [-]", _worst(*pair), 0.0, CLOSURE, "M")
        for name, pair in made.items()
    ]
    share = float(unassayed_share(solve(Inputs.of({})))[0])
    return [*closed, check_close("un-assayed part of the input, rock A [%]", 100.0 * share, 1.06, 0.2, "O")]


def _worst(flow_in: Array, flow_out: Array) -> float:
    return float(np.max(np.abs(flow_in - flow_out) / np.abs(flow_in)))


def _mathematics() -> list[Check]:
    c = CONSTANTS
    x = np.linspace(0.005, 0.1, 20)
    series = x / 4.0 - x**2 / 20.0 + x**3 / 120.0
    perfect = replace(c, attack_minutes=1e-12, lattice_p2o5=0.0, wash_efficiency=1.0, wash_thickness=1e-9, overload_wash=0.0)
    state = solve(Inputs.of({}), perfect)
    limits = [
        check_close(
            f"dihydrate limit at {p:g} % P2O5, 2 % H2SO4, 4.5 h [C]",
            float(stable_temperature(np.array([p]), np.array([2.0]), np.array([270.0]), c)[0]),
            expected,
            0.1,
            "O",
        )
        for p, expected in ((28.0, 85.6), (30.0, 83.3), (32.0, 80.6), (36.0, 74.1))
    ]
    rock = [
        check_close(f"rock behind the claim, recovery {before} [kt/y]", rock_behind_claim(before) / 1000.0, expected, 1.0, "O")
        for before, expected in ((0.93, 471.0), (0.945, 478.0), (0.96, 486.0))
    ]
    return [
        check_close("H2SO4 per CaO [t/t]", c.mw_h2so4 / c.mw_cao, 1.749, 0.001, "M"),
        check_close("gypsum per CaO [t/t]", (c.mw_cao + c.mw_h2so4 + c.mw_water) / c.mw_cao, 3.070, 0.001, "M"),
        check_close("unattacked share of a grain against its series [-]", _gap(unattacked_single(1 / x), series), 0, 1e-5, "M"),
        check_close("mean grain over P80 [-]", grain_moments(c.particle_spread)[0], _mean_grain(c.particle_spread), 0.01, "M"),
        check_close("recovery with no loss but spills [%]", float(outcomes_of(state)["recovery"][0]), 99.6, 1e-6, "M"),
        *limits,
        *rock,
    ]


def _mean_grain(spread: float) -> float:
    """Mean of a Rosin-Rammler distribution over its P80 [-]: Gamma(1 + 1/n) / ln(5)^(1/n)."""
    power = 1.0 / spread
    return math.gamma(1.0 + power) / math.exp(power * math.log(math.log(5.0)))


def _gap(one: Array, other: Array) -> float:
    return float(np.max(np.abs(one - other)))


def _published() -> list[Check]:
    def frame(values: dict[str, float]) -> pl.DataFrame:
        return pl.DataFrame({name: [value] * 20 for name, value in values.items()})

    base = {name: s.base for name, s in SETTINGS.items()}
    old = evaluate(frame(base), 0).mean()
    good = evaluate(frame(GOOD_PRACTICE), 0, scatter=SCATTER_NEW).mean()
    lean = evaluate(frame(GOOD_PRACTICE | {"rock_sio2": 9.5}), 0, scatter=SCATTER_NEW).mean()

    def one_minute(strength: float) -> float:
        return float(stable_temperature(np.array([strength]), np.array([0.0]), np.array([1.0]), CONSTANTS)[0])

    attacked = "extraction, old practice [%] (Pavlovic et al., Processes 2023 11:1753)"
    persists = "gypsum in 40 % P2O5 persists a minute at 80 C: limit [C] (Fertani-Gmati & Jemal 2012)"
    converts = "gypsum in 50 % P2O5 converts in a minute at 80 C: limit [C] (the same)"
    return [
        check_within("recovery, good practice [%] (LVIC-AAF BREF ch. 5.5)", good["recovery"][0], 94.0, 98.5, "S"),
        check_within(attacked, old["extraction"][0], 96, 97, "S"),
        check_close("extraction, good practice [%], beside the published 96-97", good["extraction"][0], 97.2, 0.3, "O"),
        check_within("product, good practice [% P2O5]", good["acid_strength"][0], 28.0, 32.0, "S"),
        check_within("dry gypsum at 9.5 % SiO2 [t/t P2O5], beside the published 4.5-5.0", _per_p2o5(lean), 4.9, 5.1, "O"),
        check_within("dry gypsum at 14 % SiO2 [t/t P2O5]", _per_p2o5(good), 5.1, 5.4, "O"),
        check_close("dry gypsum at 14 % SiO2 [t/t rock]", old["gypsum_dry"][0] / old["rock_used"][0], 1.49, 0.02, "O"),
        check_within(persists, one_minute(40.0), 80.0, 90.0, "S"),
        check_within(converts, one_minute(50.0), 60.0, 80.0, "S"),
    ]


def _per_p2o5(outcomes: pl.DataFrame) -> float:
    return float(outcomes["gypsum_dry"][0] / outcomes["p2o5_made"][0])


def _directions() -> list[Check]:
    base = outcomes_of(solve(Inputs.of({})))
    made = []
    for setting, change, outcome, like in DIRECTIONS:
        moved = outcomes_of(solve(Inputs.of({setting: SETTINGS[setting].base + change})))
        effect = float(moved[outcome][0] - base[outcome][0])
        low, high = sorted((like / 3.0, like * 3.0))
        made.append(check_within(f"{outcome} for {change:+g} {setting}: sign and size", effect, low, high, "O"))
    return made


def _optima() -> list[Check]:
    """Profit has its best inside the range of these settings, the others at good practice; vacuum runs to its bound.

    Under the old scatter: without any, the best solids lie at their bound too, for nothing then pushes the filter over.
    """
    made = []
    for setting in ("free_sulfate", "temperature", "filter_speed", "solids", "vacuum"):
        span = SETTINGS[setting]
        values = np.linspace(span.low, span.high, 19)
        frame = pl.DataFrame({name: np.full(values.size * REPEATS, value) for name, value in GOOD_PRACTICE.items()})
        outcome = evaluate(frame.with_columns(pl.Series(setting, np.repeat(values, REPEATS))), 0)
        best = float(values[int(np.argmax(outcome["profit"].to_numpy().reshape(-1, REPEATS).mean(axis=1)))])
        if setting == "vacuum":
            made.append(check_close("best vacuum is at its bound [kPa]", best, span.high, 1.0, "O"))
        else:
            made.append(check_within(f"best {setting} lies inside its range [{span.unit}]", best, values[1], values[-2], "O"))
    return made


def _roots() -> list[Check]:
    """The water balance has two roots at the base, and the lower one is taken; a drowned filter loses rock, not sense."""
    strengths = np.arange(20.0, 36.0, 0.1)
    inputs = Inputs.of({}, strengths.size)
    signs = np.sign(flows(inputs, strengths, equilibrium(inputs, strengths, CONSTANTS), CONSTANTS).water_open)
    crossings = np.flatnonzero(np.diff(signs))
    state = solve(Inputs.of({}))
    below = strengths[crossings[0]] if crossings.size else float("nan")
    drowned = solve(Inputs.of({"filter_speed": 0.20, "solids": 36.0, "vacuum": 45.0, "rock_p80": 110.0, "temperature": 70.0}))
    return [
        check_close("roots of the water balance at the base", float(crossings.size), 2.0, 0.0, "O"),
        check_close("acid strength is the first root from below [% P2O5]", float(state.strength[0]), below + 0.05, 0.0501, "M"),
        check_within("rock left where the filter cannot cope [-]", float(drowned.forced_down[0]), 0.2, 0.99, "O"),
        check_close("water open where the filter cannot cope [t/h]", float(drowned.flows.water_open[0]), 0.0, 1e-7, "M"),
    ]


def _moving() -> list[Check]:
    """A 1 % dosing error: first slope, final value and time constant of the free sulfate."""
    start = solve(Inputs.of({}))
    others = {
        name: getattr(start.inputs, name)
        for name in ("wash_ratio", "filter_speed", "vacuum", "rock_p80", "cloth_age", "ambient", *ASSAYS)
    }
    base = {name: s.base for name, s in SETTINGS.items()}
    tank = MovingTank(base["free_sulfate"], float(start.strength[0]), base["temperature"], base["solids"], CONSTANTS)
    dose = float(start.flows.acid[0]) * 1.01
    step, hours = 0.1, 120.0
    sulfate = [base["free_sulfate"]]
    for _ in range(int(hours / step)):
        tank.advance(tank.inputs(64.0, others), dose, step)
        sulfate.append(float(tank.sulfate[0]))
    rise = np.array(sulfate) - sulfate[0]
    f = start.flows
    residence, slurry_liquor = residence_time(f.dry_cake, start.inputs.solids, CONSTANTS)
    inventory, liquor = float((residence * slurry_liquor)[0]), float(f.liquor[0])
    # the plain numbers hold the acid that reacts; in truth more sulfate drives phosphate out of the lattice, and that eats acid
    held = 100.0 * (dose - dose / 1.01) / liquor
    return [
        check_close("free sulfate, first slope after 1 % more acid [%/h]", rise[1] / step, 0.050, 0.006, "O"),
        check_close("free sulfate, rise after 1 % more acid, reaction held [%]", held, 0.72, 0.05, "O"),
        check_close("time constant of the free sulfate, reaction held [h]", inventory / liquor, 14.3, 1.0, "O"),
        check_within("free sulfate, final rise after 1 % more acid, all coupled [%]", rise[-1], 0.40, 0.72, "O"),
        check_close("residence time at the base [h]", float(residence[0]), 4.6, 0.2, "O"),
    ]
