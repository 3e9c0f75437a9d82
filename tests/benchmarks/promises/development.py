"""Development families: methods may be chosen on these. The held-out ones stand in `held_out.py` and differ in shape."""

from __future__ import annotations

import numpy as np

from .draws import Parts, conditions, habits, ordinary_noise, response, room, side, sizes, tilted
from .noise import Noise, autoregressive, campaigns
from .plant import Family, Floats, Plant, rng_of
from .shapes import (
    bilinear,
    bowl,
    bowl_parts,
    drifting_saturating,
    nothing,
    ridge,
    roof,
    roof_parts,
    saturating,
    stages,
    two_lives,
)
from .world import World, build

__all__ = ["DEVELOPMENT"]

SLOW_MEMORY = 0.995  # of a cause that nobody records, from one period to the next [-]
ORDERS = (50.0, 200.0)  # [periods] mean length of orders that nobody records
BRIEF_MEMORIES = (0.9, 0.95, 0.97, 0.985)  # of one that changes as fast as campaigns do [-]


def make_bowl(seed: int) -> Plant:
    rng = rng_of("bowl", seed)
    n, m, k, hours = sizes(rng, (3, 8), (1, 4))
    gain = response(rng, bowl, bowl_parts(m, k), ordinary_noise(rng))
    far, operators = side(rng, m, k), habits(rng, m, k)
    world = World(
        hours, conditions(rng, n, k), np.zeros(n), gain, far, operators, **room(rng, m), minimize=bool(rng.random() < 0.3)
    )
    return build(world, rng, "bowl")


def make_saturating(seed: int) -> Plant:
    rng = rng_of("saturating", seed)
    n, m, k, hours = sizes(rng, (4, 8), (2, 5))
    parts: Parts = [(m, 0.3, 1.0), (m, -2.0, 1.0), (m, 0.8, 2.0), (k, -0.6, 0.6), (m, -0.15, 0.15)]
    gain = response(rng, saturating, parts, ordinary_noise(rng))
    price = gain.theta[:m] * rng.uniform(0.1, 0.6, size=m)
    slope = gain.theta[:m] - price
    limited = side(rng, m, k, along=slope / np.linalg.norm(slope))
    operators = habits(rng, m, k, to_outcome=0.5, to_alarm=0.5, alarm=1.3, relief=-np.sign(limited.theta[:m]))
    world = World(
        hours, conditions(rng, n, k), np.zeros(n), gain, limited, operators, **room(rng, m),
        held_today=float(rng.uniform(0.96, 0.995)), price=price, missing_c=0.03, runs=0.03,
    )  # fmt: skip
    return build(world, rng, "saturating")


def make_interactions(seed: int) -> Plant:
    rng = rng_of("interactions", seed)
    n, m, k, hours = sizes(rng, (5, 12), (2, 6))
    wide = 0.7 / np.sqrt(m)
    parts: Parts = [(m * (m - 1) // 2, -wide, wide), (m * k, -0.35, 0.35), (m, -0.25, 0.25), (k, -0.6, 0.6)]
    gain = response(rng, bilinear, parts, ordinary_noise(rng))
    far, operators = side(rng, m, k), habits(rng, m, k, reply=0.6)
    world = World(hours, conditions(rng, n, k), np.zeros(n), gain, far, operators, **room(rng, m))
    return build(world, rng, "interactions")


def make_ridge(seed: int) -> Plant:
    rng = rng_of("ridge", seed)
    n, m, k, hours = sizes(rng, (3, 7), (1, 4))
    across = rng.normal(size=m)
    across /= np.linalg.norm(across)
    along = rng.normal(size=m)
    along -= across * (along @ across)
    along /= np.linalg.norm(along)
    parts: Parts = [(m, -1.0, 1.0), (1, 0.5, 1.2), (1, -0.8, 0.8), (1, -0.8, 0.8), (m, -1.0, 1.0), (k, -0.6, 0.6)]
    gain = response(rng, ridge, parts, ordinary_noise(rng), b0=across, b4=rng.uniform(0.3, 0.7) * along)
    limited, operators = side(rng, m, k, along=along), habits(rng, m, k, to_outcome=0.4)
    world = World(
        hours, conditions(rng, n, k), np.zeros(n), gain, limited, operators, **room(rng, m),
        held_today=float(rng.uniform(0.93, 0.99)), every_x=int(rng.choice([1, 3])),
    )  # fmt: skip
    return build(world, rng, "ridge")


def make_roof(seed: int) -> Plant:
    rng = rng_of("roof", seed)
    n, m, k, hours = sizes(rng, (3, 8), (1, 4))
    gain = response(rng, roof, roof_parts(m, k), ordinary_noise(rng))
    far, operators = side(rng, m, k), habits(rng, m, k)
    return build(World(hours, conditions(rng, n, k), np.zeros(n), gain, far, operators, **room(rng, m)), rng, "roof")


def make_stages(seed: int) -> Plant:
    rng = rng_of("stages", seed)
    n, m, k, hours = sizes(rng, (7, 12), (2, 5))
    parts: Parts = [(m, 0.05, 0.35), (m, -1.5, 1.5), (m, -0.2, 0.2), (k, -0.6, 0.6)]
    gain = response(rng, stages, parts, ordinary_noise(rng))
    far, operators = side(rng, m, k), habits(rng, m, k)
    price = rng.uniform(0.0, 0.25, size=m)
    world = World(hours, conditions(rng, n, k), np.zeros(n), gain, far, operators, **room(rng, m), price=price)
    return build(world, rng, "stages")


def make_slow(seed: int) -> Plant:
    rng = rng_of("slow_bowl", seed)
    n, m, k, hours = sizes(rng, (3, 7), (1, 4))
    gain = response(rng, bowl, bowl_parts(m, k), ordinary_noise(rng))
    limited, operators = side(rng, m, k), habits(rng, m, k)
    memory = float(np.exp(-1.0 / rng.uniform(1.0, 6.0)))
    world = World(
        hours, conditions(rng, n, k), np.zeros(n), gain, limited, operators, **room(rng, m),
        held_today=float(rng.choice([1.0, 0.98])), memory=memory,
    )  # fmt: skip
    return build(world, rng, "slow_bowl")


def make_scarce(seed: int) -> Plant:
    rng = rng_of("scarce_bowl", seed)
    n, m, k, _ = sizes(rng, (3, 6), (1, 3), (100, 300))
    gain = response(rng, bowl, bowl_parts(m, k), Noise(float(rng.uniform(0.3, 0.8)), 0.9, 0.5, 0.2))
    limited, operators = side(rng, m, k), habits(rng, m, k, jitter=0.15, lengths=(5.0, 15.0))
    world = World(
        24.0, conditions(rng, n, k), np.zeros(n), gain, limited, operators, **room(rng, m),
        held_today=float(rng.choice([1.0, 0.98])), missing_y=0.03, missing_c=0.03,
    )  # fmt: skip
    return build(world, rng, "scarce_bowl")


def make_changed(seed: int) -> Plant:
    rng = rng_of("changed_bowl", seed)
    n, m, k, hours = sizes(rng, (3, 7), (1, 4))
    parts = bowl_parts(m, k)
    form = two_lives(bowl, float(rng.uniform(0.45, 0.8)), sum(size for size, _, _ in parts))
    gain = response(rng, form, [*parts, *parts], ordinary_noise(rng, wander=0.5))
    far, operators = side(rng, m, k), habits(rng, m, k)
    world = World(hours, conditions(rng, n, k), np.zeros(n), gain, far, operators, **room(rng, m))
    return build(world, rng, "changed_bowl")


def make_changed_roof(seed: int) -> Plant:
    rng = rng_of("changed_roof", seed)
    n, m, k, hours = sizes(rng, (3, 7), (1, 4))
    parts = roof_parts(m, k)
    form = two_lives(roof, float(rng.uniform(0.45, 0.8)), sum(size for size, _, _ in parts))
    gain = response(rng, form, [*parts, *parts], ordinary_noise(rng, wander=0.5))
    far, operators = side(rng, m, k), habits(rng, m, k)
    world = World(hours, conditions(rng, n, k), np.zeros(n), gain, far, operators, **room(rng, m))
    return build(world, rng, "changed_roof")


def make_drifting(seed: int) -> Plant:
    rng = rng_of("drifting_yields", seed)
    n, m, k, hours = sizes(rng, (3, 7), (1, 4))
    parts: Parts = [(m, 0.3, 1.0), (m, -1.5, 1.5), (m, 0.8, 1.6), (m, -2.5, 2.5), (m, 0.1, 0.6), (k, -0.6, 0.6)]
    gain = response(rng, drifting_saturating, parts, ordinary_noise(rng, wander=0.5))
    limited, operators = side(rng, m, k), habits(rng, m, k)
    world = World(
        hours, conditions(rng, n, k), np.zeros(n), gain, limited, operators, **room(rng, m),
        held_today=float(rng.choice([0.98, 1.0])),
    )  # fmt: skip
    return build(world, rng, "drifting_yields")


def make_hidden(seed: int) -> Plant:
    return _hidden(rng_of("hidden_bowl", seed), SLOW_MEMORY, "hidden_bowl")


def make_hidden_brief(seed: int) -> Plant:
    rng = rng_of("hidden_brief_bowl", seed)
    return _hidden(rng, float(rng.choice(BRIEF_MEMORIES)), "hidden_brief_bowl")


def make_hidden_orders(seed: int) -> Plant:
    rng = rng_of("hidden_orders_bowl", seed)
    return _hidden(rng, None, "hidden_orders_bowl")


def _hidden(rng: np.random.Generator, memory: float | None, name: str) -> Plant:
    """A bowl with a cause that nobody records and that remembers `memory` of the period before, or leaps where that is None."""
    n, m, k, hours = sizes(rng, (3, 7), (1, 4))
    gain = response(rng, bowl, bowl_parts(m, k), ordinary_noise(rng), hidden=float(rng.uniform(0.8, 1.6)))
    operators = habits(rng, m, k, to_hidden=rng.choice([-0.7, 0.0, 0.7], size=m, p=[0.35, 0.3, 0.35]))
    far = side(rng, m, k)
    world = World(hours, conditions(rng, n, k), _cause(rng, n, memory), gain, far, operators, **room(rng, m))
    return build(world, rng, name)


def _cause(rng: np.random.Generator, n: int, memory: float | None) -> Floats:
    """What nobody records: a level that remembers `memory` of the period before, or orders that follow each other."""
    return campaigns(rng, n, float(rng.uniform(*ORDERS))) if memory is None else autoregressive(rng, n, memory)


def make_placebo_feedback(seed: int) -> Plant:
    rng = rng_of("placebo_feedback", seed)
    n, m, k, hours = sizes(rng, (3, 12), (1, 6), (1500, 3000) if rng.random() < 0.7 else (120, 400))
    gain = response(rng, nothing, [(k, -0.8, 0.8)], ordinary_noise(rng))
    far, operators = side(rng, m, k), habits(rng, m, k, reply=0.8, to_outcome=0.7)
    world = World(hours, conditions(rng, n, k), np.zeros(n), gain, far, operators, **room(rng, m))
    return build(world, rng, "placebo_feedback")


def make_placebo_drift(seed: int) -> Plant:
    rng = rng_of("placebo_drift", seed)
    n, m, k, hours = sizes(rng, (3, 10), (1, 5))
    own = Noise(float(rng.uniform(0.9, 0.98)), 1.0, 0.4, float(rng.uniform(0.5, 1.5)), float(rng.uniform(0.0, 1.0)))
    gain = response(rng, nothing, [(k, -0.8, 0.8)], own)
    operators = habits(rng, m, k, lengths=(60.0, 200.0))
    world = World(
        hours,
        conditions(rng, n, k),
        np.zeros(n),
        gain,
        None,
        operators,
        **room(rng, m),
        missing_y=float(rng.choice([0.05, 0.6])),
        runs=0.05,
    )
    return build(world, rng, "placebo_drift")


def make_placebo_hidden(seed: int) -> Plant:
    return _placebo_hidden(rng_of("placebo_hidden", seed), SLOW_MEMORY, "placebo_hidden")


def make_placebo_brief(seed: int) -> Plant:
    rng = rng_of("placebo_brief", seed)
    return _placebo_hidden(rng, float(rng.choice(BRIEF_MEMORIES)), "placebo_brief")


def make_placebo_orders(seed: int) -> Plant:
    return _placebo_hidden(rng_of("placebo_orders", seed), None, "placebo_orders")


def _placebo_hidden(rng: np.random.Generator, memory: float | None, name: str) -> Plant:
    """No effect, and a cause that nobody records; see `_cause`."""
    n, m, k, hours = sizes(rng, (3, 8), (1, 4))
    gain = response(rng, nothing, [(k, -0.8, 0.8)], ordinary_noise(rng), hidden=float(rng.uniform(0.8, 1.6)))
    operators = habits(rng, m, k, to_hidden=rng.choice([-0.7, 0.0, 0.7], size=m, p=[0.35, 0.3, 0.35]))
    world = World(hours, conditions(rng, n, k), _cause(rng, n, memory), gain, None, operators, **room(rng, m))
    return build(world, rng, name)


def make_optimum(seed: int) -> Plant:
    rng = rng_of("optimum_bowl", seed)
    n, m, k, hours = sizes(rng, (3, 8), (1, 4))
    operators = habits(rng, m, k, settled=max(round(14 * 24 / hours), 40), to_conditions=np.zeros((k, m)), jitter=0.05)
    if rng.random() < 0.5:
        gain = response(rng, bowl, bowl_parts(m, k), ordinary_noise(rng), b1=0.0, b2=0.0)
        limited, held = side(rng, m, k), 1.0
    else:  # against the one limit, which rises along the very direction that the objective wants
        direction = rng.uniform(0.2, 0.6, size=m) * rng.choice([-1.0, 1.0], size=m)
        gain = response(
            rng, tilted, [(m, -1.0, 1.0), (m, -0.3, 0.0), (k, -0.6, 0.6)], ordinary_noise(rng), b0=direction, b1=-0.1
        )
        parts: Parts = [(m, -1.5, 1.5), (m, -0.06, 0.06), (k, -0.1, 0.1)]
        limited, held = response(rng, tilted, parts, Noise(0.7, 0.6, 0.4), b0=direction, b1=0.0, b2=0.0), 0.945
    world = World(hours, conditions(rng, n, k), np.zeros(n), gain, limited, operators, **room(rng, m), held_today=held)
    return build(world, rng, "optimum_bowl")


def make_flat(seed: int) -> Plant:
    rng = rng_of("flat", seed)
    n, m, k, hours = sizes(rng, (3, 10), (1, 5))
    parts: Parts = [(m, 0.001, 0.005), (m, -2.2, 2.2), (m * k, -0.012, 0.012), (k, -0.6, 0.6)]
    gain = response(rng, bowl, parts, ordinary_noise(rng))
    far, operators = side(rng, m, k), habits(rng, m, k)
    world = World(hours, conditions(rng, n, k), np.zeros(n), gain, far, operators, **room(rng, m))
    return build(world, rng, "flat")


_FAMILIES = (
    ("bowl", "concave, a limit that is far away, replies to conditions", "long", make_bowl, 1.0),
    (
        "saturating",
        "saturating yields less costs, a limit that binds, replies to outcomes and alarms",
        "long",
        make_saturating,
        1.0,
    ),
    ("interactions", "products of settings, and with conditions; 5 to 12 settings", "long", make_interactions, 1.0),
    ("ridge", "a narrow oblique ridge that moves with a condition, a limit along it", "long", make_ridge, 1.0),
    ("roof", "straight slopes off oblique kinks", "long", make_roof, 1.0),
    ("stages", "yields of 7 to 12 stages in series multiply, less costs", "long", make_stages, 1.0),
    ("slow_bowl", "a bowl whose settings act with a lag of 1 to 6 periods", "long", make_slow, 1.0),
    ("scarce_bowl", "100 to 300 days", "scarce", make_scarce, 1.0),
    ("changed_bowl", "a change point: the optimum moves", "changed", make_changed, 1.0),
    ("changed_roof", "a change point: the kinks move", "changed", make_changed_roof, 1.0),
    ("drifting_yields", "saturating yields less costs that drift steadily", "changed", make_drifting, 1.0),
    ("hidden_bowl", "a slow cause that nobody records moves settings and outcome", "hidden", make_hidden, 1.0),
    ("hidden_brief_bowl", "the same, and the cause changes as fast as campaigns", "hidden", make_hidden_brief, 1.0),
    ("hidden_orders_bowl", "the same, and the cause leaps, order by order", "hidden", make_hidden_orders, 1.0),
    ("placebo_feedback", "no effect; replies to conditions and to past outcomes", "nothing", make_placebo_feedback, 2.0),
    ("placebo_drift", "no effect; drift, seasons, long memory, long campaigns", "nothing", make_placebo_drift, 2.0),
    ("placebo_hidden", "no effect; a slow cause that nobody records", "nothing hidden", make_placebo_hidden, 2.0),
    ("placebo_brief", "the same, and the cause changes as fast as campaigns", "nothing hidden", make_placebo_brief, 2.0),
    ("placebo_orders", "the same, and the cause leaps, order by order", "nothing hidden", make_placebo_orders, 2.0),
    ("optimum_bowl", "already at its optimum, half of them against a limit", "nothing", make_optimum, 1.0),
    ("flat", "effects too small for a trial of eight weeks", "nothing", make_flat, 1.0),
)
DEVELOPMENT = tuple(Family(name, about, "development", group, make, weight) for name, about, group, make, weight in _FAMILIES)
