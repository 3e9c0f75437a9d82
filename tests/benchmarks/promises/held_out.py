"""Held-out families: never used to choose a method; run once, for the closing figures."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import shapes_held_out as shapes
from .acid import make_acid
from .draws import Parts, conditions, habits, ordinary_noise, response, room, side, sizes
from .noise import Noise, autoregressive, campaigns
from .outsider import make_outsider, outsider_absent
from .plant import Family, Plant, rng_of
from .shapes import nothing, two_lives
from .world import World, build

__all__ = ["HELD_OUT"]


def make_reactor(seed: int) -> Plant:
    rng = rng_of("reactor", seed)
    n, m, k, hours = sizes(rng, (3, 6), (1, 4))
    parts = shapes.reactor_parts(m, k)
    gain = response(rng, shapes.reactor, parts, ordinary_noise(rng))
    chemistry = {f"b{i}": gain.theta[i] for i in range(5)} | {"b5": 8.0}
    limited = response(rng, shapes.impurity, [*parts[:5], (1, 5.0, 12.0), *parts[6:]], Noise(0.6, 0.4, 0.3), **chemistry)
    price = np.concatenate([[0.0, 0.0], rng.uniform(0.0, 0.1, size=m - 2)])
    operators = habits(rng, m, k, to_outcome=0.4, to_alarm=0.5, alarm=float(rng.uniform(2.0, 4.0)), relief=-np.eye(m)[0])
    world = World(
        hours, conditions(rng, n, k), np.zeros(n), gain, limited, operators, **room(rng, m),
        held_today=float(rng.uniform(0.95, 0.999)), price=price, every_x=int(rng.choice([1, 2, 6])),
    )  # fmt: skip
    return build(world, rng, "reactor")


def make_bottleneck(seed: int) -> Plant:
    rng = rng_of("bottleneck", seed)
    n, m, k, hours = sizes(rng, (3, 9), (1, 5))
    gain = response(rng, shapes.bottleneck, shapes.bottleneck_parts(m, k), ordinary_noise(rng, season=0.3))
    limited, operators = side(rng, m, k), habits(rng, m, k, to_outcome=0.3)
    world = World(
        hours, conditions(rng, n, k), np.zeros(n), gain, limited, operators, **room(rng, m),
        held_today=float(rng.choice([1.0, 0.97])), minimize=bool(rng.random() < 0.3), runs=0.05,
    )  # fmt: skip
    return build(world, rng, "bottleneck")


def make_power_law(seed: int) -> Plant:
    rng = rng_of("power_law", seed)
    n, m, k, hours = sizes(rng, (8, 12), (3, 6))
    parts: Parts = [(3, -0.5, 0.5), (3 * m, -0.35, 0.35), (3, -0.3, 0.3), (k, -0.6, 0.6)]
    gain = response(rng, shapes.posynomial, parts, ordinary_noise(rng))
    far, operators = side(rng, m, k), habits(rng, m, k, reply=0.6)
    world = World(hours, conditions(rng, n, k), np.zeros(n), gain, far, operators, **room(rng, m), minimize=True)
    return build(world, rng, "power_law")


def make_cliff(seed: int) -> Plant:
    rng = rng_of("cliff", seed)
    n, m, k, hours = sizes(rng, (3, 6), (1, 3))
    along = rng.normal(size=m)
    along /= np.linalg.norm(along)
    slope = 0.6 * along + 0.15 * rng.normal(size=m)
    parts: Parts = [(m, -1.2, 1.2), (m, -1.0, 1.0), (1, 2.0, 5.0), (1, 1.3, 2.2), (1, -0.3, 0.3), (1, 0.1, 0.3), (k, -0.6, 0.6)]
    gain = response(rng, shapes.cliff, parts, ordinary_noise(rng), b0=slope, b1=along)
    limited = side(rng, m, k, along=along)
    operators = habits(rng, m, k, to_alarm=0.5, alarm=1.5, relief=-np.sign(along), base=-0.5 * along)
    world = World(
        hours, conditions(rng, n, k), np.zeros(n), gain, limited, operators, **room(rng, m),
        held_today=float(rng.choice([0.97, 1.0])), missing_c=0.05,
    )  # fmt: skip
    return build(world, rng, "cliff")


def make_scarce_hill(seed: int) -> Plant:
    rng = rng_of("scarce_hill", seed)
    n, m, k, _ = sizes(rng, (3, 6), (1, 3), (100, 300))
    parts: Parts = [(m, 0.5, 2.5), (m, -2.0, 2.0), (m, -0.2, 0.2), (k, -0.6, 0.6)]
    gain = response(rng, shapes.hill, parts, Noise(float(rng.uniform(0.3, 0.85)), 0.9, 0.4, 0.2, tails=True))
    limited, operators = side(rng, m, k), habits(rng, m, k, jitter=0.15, lengths=(4.0, 12.0), to_outcome=0.3)
    world = World(
        float(rng.choice([8.0, 24.0])), conditions(rng, n, k), np.zeros(n), gain, limited, operators, **room(rng, m),
        held_today=float(rng.choice([1.0, 0.98])), missing_y=0.05, missing_c=0.05,
    )  # fmt: skip
    return build(world, rng, "scarce_hill")


def make_ageing(seed: int) -> Plant:
    rng = rng_of("ageing_catalyst", seed)
    n, m, k, hours = sizes(rng, (3, 6), (1, 4))
    parts: Parts = [(1, 3.0, 6.0), (m, -1.5, 1.5), (m, -2.0, 2.0), (m, 2.0, 4.0), (k, -0.6, 0.6)]
    noise = Noise(float(rng.uniform(0.6, 0.9)), 1.0, 0.5, 0.3, saw=float(rng.uniform(0.5, 2.0)))
    gain = response(rng, shapes.drifting_hump, parts, noise)
    far, operators = side(rng, m, k), habits(rng, m, k)
    world = World(hours, conditions(rng, n, k), np.zeros(n), gain, far, operators, **room(rng, m))
    return build(world, rng, "ageing_catalyst")


def make_rebuilt(seed: int) -> Plant:
    rng = rng_of("rebuilt_line", seed)
    n, m, k, hours = sizes(rng, (3, 6), (1, 4))
    parts = shapes.bottleneck_parts(m, k)
    form = two_lives(shapes.bottleneck, float(rng.uniform(0.4, 0.75)), sum(size for size, _, _ in parts))
    noise = Noise(float(rng.uniform(0.6, 0.9)), 1.0, 0.5, 0.3, shifts=0.5)
    gain = response(rng, form, [*parts, *parts], noise)
    far, operators = side(rng, m, k), habits(rng, m, k)
    world = World(hours, conditions(rng, n, k), np.zeros(n), gain, far, operators, **room(rng, m))
    return build(world, rng, "rebuilt_line")


def make_hidden_plateau(seed: int) -> Plant:
    rng = rng_of("hidden_plateau", seed)
    n, m, k, hours = sizes(rng, (3, 6), (1, 4))
    parts: Parts = [(m, 0.6, 1.6), (m, -1.8, 1.8), (m, 1.0, 2.0), (k, -0.6, 0.6)]
    gain = response(rng, shapes.plateau, parts, ordinary_noise(rng), hidden=float(rng.uniform(0.8, 1.6)))
    operators = habits(rng, m, k, to_hidden=rng.choice([-0.7, 0.0, 0.7], size=m, p=[0.35, 0.3, 0.35]), to_outcome=0.3)
    far = side(rng, m, k)
    world = World(hours, conditions(rng, n, k), campaigns(rng, n, 120.0), gain, far, operators, **room(rng, m))
    return build(world, rng, "hidden_plateau")


def make_placebo_curved(seed: int) -> Plant:
    rng = rng_of("placebo_curved", seed)
    n, m, k, hours = sizes(rng, (3, 10), (2, 5))
    c = conditions(rng, n, k)
    noise = Noise(float(rng.uniform(0.6, 0.9)), 0.8, 0.8, 0.3, tails=True)
    gain = response(rng, shapes.curved_conditions, [(k, -0.5, 0.5), (k, -0.5, 0.5)], noise)
    own = 0.5 * np.abs(c) @ rng.normal(size=(k, m)) / np.sqrt(k)
    operators = habits(rng, m, k, reply=0.3, own=own - own.mean(axis=0))
    world = World(hours, c, np.zeros(n), gain, side(rng, m, k), operators, **room(rng, m), missing_c=0.05)
    return build(world, rng, "placebo_curved")


def make_placebo_regulation(seed: int) -> Plant:
    rng = rng_of("placebo_regulation", seed)
    n, m, k, hours = sizes(rng, (3, 8), (1, 4), (1500, 3000) if rng.random() < 0.6 else (100, 300))
    gain = response(rng, nothing, [(k, -0.5, 0.5)], Noise(float(rng.uniform(0.85, 0.97)), 1.0, 0.3, 0.3))
    operators = habits(rng, m, k, reply=0.2, to_outcome=1.0, to_alarm=1.0, alarm=0.8, lengths=(80.0, 200.0))
    world = World(hours, conditions(rng, n, k), np.zeros(n), gain, side(rng, m, k), operators, **room(rng, m), held_today=0.97)
    return build(world, rng, "placebo_regulation")


def make_placebo_shifts(seed: int) -> Plant:
    rng = rng_of("placebo_shifts", seed)
    n, m, k, hours = sizes(rng, (3, 8), (1, 4))
    gain = response(rng, nothing, [(k, -0.6, 0.6)], Noise(float(rng.uniform(0.7, 0.95)), 1.0, 0.5, 0.3, shifts=1.5))
    operators = habits(rng, m, k, lengths=(60.0, 150.0))
    world = World(
        hours,
        conditions(rng, n, k),
        np.zeros(n),
        gain,
        None,
        operators,
        **room(rng, m),
        missing_y=float(rng.choice([0.02, 0.6])),
    )
    return build(world, rng, "placebo_shifts")


def make_placebo_lots(seed: int) -> Plant:
    rng = rng_of("placebo_lots", seed)
    n, m, k, hours = sizes(rng, (3, 8), (1, 4))
    gain = response(rng, nothing, [(k, -0.6, 0.6)], ordinary_noise(rng), hidden=float(rng.uniform(0.8, 1.6)))
    operators = habits(rng, m, k, to_hidden=rng.choice([-0.7, 0.0, 0.7], size=m, p=[0.35, 0.3, 0.35]))
    lots = 0.7 * campaigns(rng, n, 100.0) + autoregressive(rng, n, 0.995, 0.7)
    world = World(hours, conditions(rng, n, k), lots, gain, None, operators, **room(rng, m))
    return build(world, rng, "placebo_lots")


def make_optimum_dome(seed: int) -> Plant:
    rng = rng_of("optimum_dome", seed)
    n, m, k, hours = sizes(rng, (3, 8), (1, 4))
    where = room(rng, m)
    settled: dict[str, Any] = {"settled": max(round(14 * 24 / hours), 40), "to_conditions": np.zeros((k, m)), "jitter": 0.03}
    if rng.random() < 0.5:
        gain = response(rng, shapes.dome, [(1, 3.0, 6.0), (m, 2.0, 4.0), (k, -0.6, 0.6)], ordinary_noise(rng))
        operators = habits(rng, m, k, **settled)
    else:  # everything stands at its upper bound, and more would be better
        gain = response(rng, shapes.rising, [(m, 0.3, 1.2), (k, -0.6, 0.6)], ordinary_noise(rng))
        operators = habits(rng, m, k, **settled, base=where["reach"] + 0.1)
    world = World(hours, conditions(rng, n, k), np.zeros(n), gain, side(rng, m, k), operators, **where)
    return build(world, rng, "optimum_dome")


_FAMILIES = (
    ("reactor", "A to B to C by Arrhenius; impurity is limited; prices", "long", make_reactor, 1.0, None),
    ("bottleneck", "the smallest of three capacities: kinks", "long", make_bottleneck, 1.0, None),
    ("power_law", "costs that multiply up; 8 to 12 settings; minimised", "long", make_power_law, 1.0, None),
    ("cliff", "better and better, then a fall", "long", make_cliff, 1.0, None),
    ("scarce_hill", "dose and inhibition, 100 to 300 periods, heavy tails", "scarce", make_scarce_hill, 1.0, None),
    ("ageing_catalyst", "a hump that moves steadily; decline and renewals", "changed", make_ageing, 1.0, None),
    ("rebuilt_line", "kinked capacities, rebuilt once; unannounced shifts of level", "changed", make_rebuilt, 1.0, None),
    ("hidden_plateau", "flat tops, steep edges; lots of ore that nobody records", "hidden", make_hidden_plateau, 1.0, None),
    ("placebo_curved", "no effect; conditions act by squares", "nothing", make_placebo_curved, 2.0, None),
    ("placebo_regulation", "no effect; settings answer outcomes and alarms", "nothing", make_placebo_regulation, 2.0, None),
    ("placebo_shifts", "no effect; unannounced shifts of level, rare results", "nothing", make_placebo_shifts, 2.0, None),
    ("placebo_lots", "no effect; lots of ore that nobody records", "nothing hidden", make_placebo_lots, 2.0, None),
    ("optimum_dome", "at the top of a dome, or at its bounds", "nothing", make_optimum_dome, 1.0, None),
    ("phosphoric_acid", "the project's own simulator, one year", "simulator", make_acid, 0.2, None),
    ("outsider", "pcgym's reactors in series with recycle, by others", "long", make_outsider, 1.0, outsider_absent),
)  # fmt: skip
HELD_OUT = tuple(
    Family(name, about, "held-out", group, make, weight, absent or (lambda: None))
    for name, about, group, make, weight, absent in _FAMILIES
)
