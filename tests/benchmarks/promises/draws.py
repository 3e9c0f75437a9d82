"""Random draws that the families share: conditions, parameters, habits of operators."""

from __future__ import annotations

from typing import Any

import numpy as np

from .feedback import Operators
from .noise import Noise, autoregressive
from .plant import Floats
from .world import Form, Response

__all__ = ["Parts", "conditions", "habits", "ordinary_noise", "response", "side"]

PERIODS = (1500, 3000)
MEMORIES = (0.8, 0.95, 0.98, 0.995)  # of conditions, from one period to the next

Parts = list[tuple[int, float, float]]
"""Blocks of parameters: how many, and the range each is drawn from."""


def conditions(rng: np.random.Generator, n: int, k: int) -> Floats:
    """Return measured conditions (n, k): some quick, some slow, each scattering by 1 around 0."""
    return np.stack([autoregressive(rng, n, float(rng.choice(MEMORIES))) for _ in range(k)], axis=1)


def response(rng: np.random.Generator, form: Form, parts: Parts, noise: Noise, hidden: float = 0.0, **fixed: Any) -> Response:
    """Return an outcome's response with parameters drawn evenly from their ranges, blocks in the form's order.

    `fixed` maps a block's number, written `b0`, `b1` ..., to values to take instead.
    """
    theta, low, high = [], [], []
    for block, (size, a, b) in enumerate(parts):
        drawn = rng.uniform(a, b, size=size)
        given = fixed.get(f"b{block}")
        theta.append(drawn if given is None else np.broadcast_to(np.asarray(given, dtype=float), size))
        low.append(np.minimum(a, theta[-1]))
        high.append(np.maximum(b, theta[-1]))
    return Response(form, np.concatenate(theta), np.concatenate(low), np.concatenate(high), noise, hidden)


def ordinary_noise(rng: np.random.Generator, wander: float = 0.3, white: float = 0.5, season: float = 0.0) -> Noise:
    """Return noise with a random memory."""
    return Noise(float(rng.uniform(0.6, 0.92)), 1.0, white, wander, season)


def habits(rng: np.random.Generator, m: int, k: int, reply: float = 0.4, **others: Any) -> Operators:
    """Return operators who reply to conditions with about `reply` of a setting's scatter, each setting in its own way."""
    to_conditions = reply * rng.normal(size=(k, m)) / np.sqrt(k)
    return Operators(
        campaign=float(rng.uniform(*others.pop("lengths", (15.0, 60.0)))),
        to_conditions=others.pop("to_conditions", to_conditions),
        believed=rng.choice([-1.0, 1.0], size=m),
        relief=others.pop("relief", rng.choice([-1.0, 1.0], size=m)),
        **others,
    )


def sizes(
    rng: np.random.Generator, settings: tuple[int, int], conditions_: tuple[int, int], periods: tuple[int, int] = PERIODS
) -> tuple[int, int, int, float]:
    """Return numbers of periods, settings and conditions, and the hours of a period."""
    n = int(rng.integers(periods[0], periods[1] + 1))
    m, k = int(rng.integers(settings[0], settings[1] + 1)), int(rng.integers(conditions_[0], conditions_[1] + 1))
    return n, m, k, float(rng.choice([1.0, 4.0, 8.0]))


def room(rng: np.random.Generator, m: int) -> dict[str, Any]:
    """Return bounds and steps."""
    return {"reach": rng.uniform(2.2, 3.5, size=m), "step": rng.uniform(0.7, 1.2, size=m)}


def tilted(theta: Floats, z: Floats, c: Floats) -> Floats:
    """A second outcome that rises along a direction of the settings and bends a little: b.z + q.z^2 + d.c."""
    m, k = z.shape[-1], c.shape[-1] - 1
    b, q, d = theta[:m], theta[m : 2 * m], theta[2 * m :]
    return np.asarray(z @ b + (z * z) @ q + c[..., :k] @ d)


def side(rng: np.random.Generator, m: int, k: int, along: Floats | None = None, hidden: float = 0.0) -> Response:
    """Return the limited outcome; `along` is the direction (length 1) that the objective wants, which the limit then binds."""
    own = rng.normal(size=m) / np.sqrt(m)
    b = np.clip(own if along is None else 0.8 * along + 0.5 * own, -1.5, 1.5)
    parts = [(m, -1.5, 1.5), (m, -0.06, 0.06), (k, -0.6, 0.6)]
    return response(rng, tilted, parts, Noise(0.7, 0.6, 0.4), hidden, b0=b)
