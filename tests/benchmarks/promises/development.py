"""Development families: methods may be chosen on these. The held-out ones stand in `held_out.py` and differ in shape."""

from __future__ import annotations

import numpy as np

from .draws import Parts, conditions, habits, noise, response, side
from .noise import Noise, autoregressive
from .plant import Family, Floats, Plant, rng_of
from .shapes import bilinear, bowl, bowl_parts, bowl_two_lives, nothing, ridge, saturating
from .world import World, build

__all__ = ["DEVELOPMENT"]

PERIODS = (1500, 3000)


def _sizes(rng: np.random.Generator, settings: tuple[int, int], conditions_: tuple[int, int]) -> tuple[int, int, int, float]:
    """Periods, settings, conditions, hours of a period."""
    n = int(rng.integers(PERIODS[0], PERIODS[1] + 1))
    m, k = int(rng.integers(settings[0], settings[1] + 1)), int(rng.integers(conditions_[0], conditions_[1] + 1))
    return n, m, k, float(rng.choice([1.0, 4.0, 8.0]))


def _room(rng: np.random.Generator, m: int) -> tuple[Floats, Floats]:
    """Bounds and steps."""
    return rng.uniform(2.2, 3.5, size=m), rng.uniform(0.7, 1.2, size=m)


def make_bowl(seed: int) -> Plant:
    rng = rng_of("bowl", seed)
    n, m, k, hours = _sizes(rng, (3, 8), (1, 4))
    gain = response(rng, bowl, bowl_parts(m, k), noise(rng))
    reach, step = _room(rng, m)
    world = World(
        hours, conditions(rng, n, k), np.zeros(n), gain, side(rng, m, k), habits(rng, m, k), reach, step,
        held_today=1.0, minimize=bool(rng.random() < 0.3),
    )  # fmt: skip
    return build(world, rng, "bowl")


def make_saturating(seed: int) -> Plant:
    rng = rng_of("saturating", seed)
    n, m, k, hours = _sizes(rng, (4, 8), (2, 5))
    parts: Parts = [(m, 0.3, 1.0), (m, -2.0, 1.0), (m, 0.8, 2.0), (k, -0.6, 0.6), (m, -0.15, 0.15)]
    gain = response(rng, saturating, parts, noise(rng))
    price = gain.theta[:m] * rng.uniform(0.1, 0.6, size=m)
    slope = gain.theta[:m] - price
    limited = side(rng, m, k, along=slope / np.linalg.norm(slope))
    operators = habits(rng, m, k, to_outcome=0.5, to_alarm=0.5, alarm=1.3, relief=-np.sign(limited.theta[:m]))
    reach, step = _room(rng, m)
    world = World(
        hours, conditions(rng, n, k), np.zeros(n), gain, limited, operators, reach, step,
        held_today=float(rng.uniform(0.96, 0.995)), price=price, missing_c=0.03, runs=0.03,
    )  # fmt: skip
    return build(world, rng, "saturating")


def make_interactions(seed: int) -> Plant:
    rng = rng_of("interactions", seed)
    n, m, k, hours = _sizes(rng, (5, 12), (2, 6))
    pairs = m * (m - 1) // 2
    wide = 1.4 / np.sqrt(m)
    parts: Parts = [(pairs, -wide / 2, wide / 2), (m * k, -0.35, 0.35), (m, -0.25, 0.25), (k, -0.6, 0.6)]
    gain = response(rng, bilinear, parts, noise(rng))
    reach, step = _room(rng, m)
    world = World(
        hours, conditions(rng, n, k), np.zeros(n), gain, side(rng, m, k), habits(rng, m, k, reply=0.6), reach, step,
        held_today=1.0,
    )  # fmt: skip
    return build(world, rng, "interactions")


def make_ridge(seed: int) -> Plant:
    rng = rng_of("ridge", seed)
    n, m, k, hours = _sizes(rng, (3, 7), (1, 4))
    across = rng.normal(size=m)
    across /= np.linalg.norm(across)
    along = rng.normal(size=m)
    along -= across * (along @ across)
    along /= np.linalg.norm(along)
    parts: Parts = [(m, -1.0, 1.0), (1, 0.5, 1.2), (1, -0.8, 0.8), (1, -0.8, 0.8), (m, -1.0, 1.0), (k, -0.6, 0.6)]
    gain = response(rng, ridge, parts, noise(rng), b0=across, b4=np.clip(rng.uniform(0.3, 0.7) * along, -1.0, 1.0))
    limited = side(rng, m, k, along=along)
    reach, step = _room(rng, m)
    world = World(
        hours, conditions(rng, n, k), np.zeros(n), gain, limited, habits(rng, m, k, to_outcome=0.4), reach, step,
        held_today=float(rng.uniform(0.93, 0.99)), every_x=int(rng.choice([1, 3])),
    )  # fmt: skip
    return build(world, rng, "ridge")


def make_scarce(seed: int) -> Plant:
    rng = rng_of("scarce_bowl", seed)
    n, m, k = int(rng.integers(100, 301)), int(rng.integers(3, 7)), int(rng.integers(1, 4))
    gain = response(rng, bowl, bowl_parts(m, k), Noise(float(rng.uniform(0.3, 0.8)), 0.9, 0.5, 0.2))
    reach, step = _room(rng, m)
    operators = habits(rng, m, k, jitter=0.15)
    operators = type(operators)(**{**vars(operators), "campaign": float(rng.uniform(5.0, 15.0))})
    world = World(
        24.0, conditions(rng, n, k), np.zeros(n), gain, side(rng, m, k), operators, reach, step,
        held_today=float(rng.choice([1.0, 0.98])), missing_y=0.03, missing_c=0.03,
    )  # fmt: skip
    return build(world, rng, "scarce_bowl")


def make_changed(seed: int) -> Plant:
    rng = rng_of("changed_bowl", seed)
    n, m, k, hours = _sizes(rng, (3, 7), (1, 4))
    when = float(rng.uniform(0.45, 0.8))
    parts = bowl_parts(m, k)
    gain = response(rng, bowl_two_lives(when, sum(size for size, _, _ in parts)), [*parts, *parts], noise(rng, wander=0.5))
    reach, step = _room(rng, m)
    world = World(
        hours, conditions(rng, n, k), np.zeros(n), gain, side(rng, m, k), habits(rng, m, k), reach, step, held_today=1.0
    )
    return build(world, rng, "changed_bowl")


def make_hidden(seed: int) -> Plant:
    rng = rng_of("hidden_bowl", seed)
    n, m, k, hours = _sizes(rng, (3, 7), (1, 4))
    gain = response(rng, bowl, bowl_parts(m, k), noise(rng), hidden=float(rng.uniform(0.8, 1.6)))
    operators = habits(rng, m, k, to_hidden=rng.choice([-0.7, 0.0, 0.7], size=m, p=[0.35, 0.3, 0.35]))
    reach, step = _room(rng, m)
    world = World(
        hours, conditions(rng, n, k), autoregressive(rng, n, 0.995), gain, side(rng, m, k), operators, reach, step,
        held_today=1.0,
    )  # fmt: skip
    return build(world, rng, "hidden_bowl")


def make_placebo_feedback(seed: int) -> Plant:
    """No effect of any setting; operators reply to conditions and to past outcomes."""
    rng = rng_of("placebo_feedback", seed)
    n, m, k, hours = _sizes(rng, (3, 12), (1, 6))
    n = n if rng.random() < 0.7 else int(rng.integers(120, 400))
    gain = response(rng, nothing, [(k, -0.8, 0.8)], noise(rng))
    reach, step = _room(rng, m)
    operators = habits(rng, m, k, reply=0.8, to_outcome=0.7)
    world = World(hours, conditions(rng, n, k), np.zeros(n), gain, side(rng, m, k), operators, reach, step, held_today=1.0)
    return build(world, rng, "placebo_feedback")


def make_placebo_drift(seed: int) -> Plant:
    """No effect of any setting; the outcome wanders, has seasons and long memory, settings stay for long campaigns."""
    rng = rng_of("placebo_drift", seed)
    n, m, k, hours = _sizes(rng, (3, 10), (1, 5))
    own = Noise(float(rng.uniform(0.9, 0.98)), 1.0, 0.4, float(rng.uniform(0.5, 1.5)), float(rng.uniform(0.0, 1.0)))
    gain = response(rng, nothing, [(k, -0.8, 0.8)], own)
    operators = habits(rng, m, k)
    operators = type(operators)(**{**vars(operators), "campaign": float(rng.uniform(60.0, 200.0))})
    reach, step = _room(rng, m)
    world = World(hours, conditions(rng, n, k), np.zeros(n), gain, None, operators, reach, step, missing_y=0.05, runs=0.05)
    return build(world, rng, "placebo_drift")


def make_placebo_hidden(seed: int) -> Plant:
    """No effect of any setting; a slow cause that nobody records moves settings and outcome alike."""
    rng = rng_of("placebo_hidden", seed)
    n, m, k, hours = _sizes(rng, (3, 8), (1, 4))
    gain = response(rng, nothing, [(k, -0.8, 0.8)], noise(rng), hidden=float(rng.uniform(0.8, 1.6)))
    operators = habits(rng, m, k, to_hidden=rng.choice([-0.7, 0.0, 0.7], size=m, p=[0.35, 0.3, 0.35]))
    reach, step = _room(rng, m)
    world = World(hours, conditions(rng, n, k), autoregressive(rng, n, 0.995), gain, None, operators, reach, step)
    return build(world, rng, "placebo_hidden")


def make_optimum(seed: int) -> Plant:
    """A bowl that is run at its lowest cost already, or against the one limit that holds it."""
    rng = rng_of("optimum_bowl", seed)
    n, m, k, hours = _sizes(rng, (3, 8), (1, 4))
    reach, step = _room(rng, m)
    settled = max(round(14 * 24 / hours), 40)
    operators = habits(rng, m, k, settled=settled)
    operators = type(operators)(**{**vars(operators), "to_conditions": np.zeros((k, m)), "jitter": 0.05})
    if rng.random() < 0.5:
        gain = response(rng, bowl, bowl_parts(m, k), noise(rng), b1=0.0, b2=0.0)
        world = World(hours, conditions(rng, n, k), np.zeros(n), gain, side(rng, m, k), operators, reach, step, held_today=1.0)
    else:
        direction = rng.uniform(0.2, 0.6, size=m) * rng.choice([-1.0, 1.0], size=m)
        parts: Parts = [(m, -1.0, 1.0), (m, -0.3, 0.0), (k, -0.6, 0.6)]
        from .draws import tilted

        gain = response(rng, tilted, parts, noise(rng), b0=direction, b1=-0.1)
        limited = response(rng, tilted, [(m, -1.5, 1.5), (m, -0.06, 0.06), (k, 0.0, 0.0 + 1e-9)], Noise(0.7, 0.6, 0.4),
                           b0=direction, b1=0.0, b2=0.0)  # fmt: skip
        world = World(hours, conditions(rng, n, k), np.zeros(n), gain, limited, operators, reach, step, held_today=0.945)
    return build(world, rng, "optimum_bowl")


def make_flat(seed: int) -> Plant:
    """Settings do something, but less than a trial of eight weeks could show."""
    rng = rng_of("flat", seed)
    n, m, k, hours = _sizes(rng, (3, 10), (1, 5))
    parts = bowl_parts(m, k)
    gain = response(rng, bowl, [(size, a * f, b * f) for (size, a, b), f in zip(parts, (0.02, 1.0, 0.1, 1.0), strict=True)],
                    noise(rng))  # fmt: skip
    gain = type(gain)(**{**vars(gain), "theta": np.concatenate([gain.theta[:m], gain.theta[m:]])})
    reach, step = _room(rng, m)
    world = World(
        hours, conditions(rng, n, k), np.zeros(n), gain, side(rng, m, k), habits(rng, m, k), reach, step, held_today=1.0
    )
    return build(world, rng, "flat")


DEVELOPMENT: tuple[Family, ...] = (
    Family("bowl", "concave, a limit that is far away, replies to conditions", "development", "long", make_bowl),
    Family("saturating", "saturating yields less costs, a limit that binds, replies to outcomes and alarms", "development",
           "long", make_saturating),
    Family("interactions", "products of settings, and of settings with conditions; 5 to 12 settings", "development", "long",
           make_interactions),
    Family("ridge", "a narrow oblique ridge that moves with a condition, a limit along it", "development", "long", make_ridge),
    Family("scarce_bowl", "100 to 300 days", "development", "scarce", make_scarce),
    Family("changed_bowl", "a change point: the optimum moves", "development", "changed", make_changed),
    Family("hidden_bowl", "a slow cause that nobody records moves settings and outcome", "development", "hidden", make_hidden),
    Family("placebo_feedback", "no effect; replies to conditions and to past outcomes", "development", "nothing",
           make_placebo_feedback, 2.0),
    Family("placebo_drift", "no effect; drift, seasons, long memory, long campaigns", "development", "nothing",
           make_placebo_drift, 2.0),
    Family("placebo_hidden", "no effect; a slow cause that nobody records", "development", "nothing hidden",
           make_placebo_hidden, 2.0),
    Family("optimum_bowl", "already at its optimum, half of them against a limit", "development", "nothing", make_optimum),
    Family("flat", "effects too small for a trial of eight weeks", "development", "nothing", make_flat),
)  # fmt: skip
