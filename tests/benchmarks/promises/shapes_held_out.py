"""Response shapes of the held-out families; none of them is a shape of the development families."""

from __future__ import annotations

import numpy as np

from .draws import Parts
from .plant import Floats

__all__ = [
    "bottleneck", "bottleneck_parts", "cliff", "curved_conditions", "dome", "drifting_hump", "hill", "impurity", "plateau",
    "posynomial", "reactor", "reactor_parts", "rising",
]  # fmt: skip


def reactor_parts(m: int, k: int) -> Parts:
    """Blocks of `reactor` and `impurity`: rates, energies, residence time, scale, minor settings, feed, conditions."""
    return [
        (1, -0.4, 0.4), (1, 0.3, 0.6), (1, -2.2, -1.2), (1, 0.6, 1.1), (1, 0.2, 0.4), (1, 10.0, 20.0),
        (m - 2, -0.2, 0.2), (m - 2, -0.2, 0.2), (1, 0.05, 0.2), (k, -0.6, 0.6),
    ]  # fmt: skip


def _rates(theta: Floats, z: Floats, c: Floats) -> tuple[Floats, Floats, Floats]:
    """Rate constants of A -> B -> C in residence times, by Arrhenius' law in the logarithm."""
    minor = z.shape[-1] - 2
    g, h, feed = theta[6 : 6 + minor], theta[6 + minor : 6 + 2 * minor], theta[6 + 2 * minor]
    others = z[..., 2:]
    time = np.exp(theta[4] * z[..., 1])
    first = np.exp(theta[0] + theta[1] * z[..., 0] + others @ g + feed * c[..., 0]) * time
    second = np.exp(theta[2] + theta[3] * z[..., 0] + others @ h) * time
    return first, np.where(np.abs(second - first) < 1e-6, first + 1e-6, second), time


def reactor(theta: Floats, z: Floats, c: Floats) -> Floats:
    """Yield of B in A -> B -> C: temperature and residence time have a best value that depends on each other.

    Levenspiel, Chemical Reaction Engineering, 3rd ed., eq. 3.49 (plug flow, equal feed).
    """
    k, minor = c.shape[-1] - 1, z.shape[-1] - 2
    first, second, _ = _rates(theta, z, c)
    b = first / (second - first) * (np.exp(-first) - np.exp(-second))
    return np.asarray(theta[5] * b + c[..., :k] @ theta[7 + 2 * minor :])


def impurity(theta: Floats, z: Floats, c: Floats) -> Floats:
    """Share of C in the same reactor."""
    k, minor = c.shape[-1] - 1, z.shape[-1] - 2
    first, second, _ = _rates(theta, z, c)
    b = first / (second - first) * (np.exp(-first) - np.exp(-second))
    return np.asarray(theta[5] * (1.0 - np.exp(-first) - b) + c[..., :k] @ theta[7 + 2 * minor :])


N_LINES = 3  # capacities, of which the smallest counts


def bottleneck_parts(m: int, k: int) -> Parts:
    """Blocks of `bottleneck`: offsets, slopes, reply to the first condition, conditions."""
    return [(N_LINES, -0.5, 0.5), (N_LINES * m, -0.7, 0.7), (N_LINES, -0.4, 0.4), (k, -0.6, 0.6)]


def bottleneck(theta: Floats, z: Floats, c: Floats) -> Floats:
    """The smallest of three capacities, each a straight line: kinks, and a best point on them."""
    m, k = z.shape[-1], c.shape[-1] - 1
    slopes = theta[N_LINES : N_LINES + N_LINES * m].reshape(N_LINES, m)
    feed, direct = theta[N_LINES * (m + 1) : N_LINES * (m + 2)], theta[N_LINES * (m + 2) :]
    lines = [theta[j] + z @ slopes[j] + feed[j] * c[..., 0] for j in range(N_LINES)]
    return np.asarray(np.minimum(np.minimum(lines[0], lines[1]), lines[2]) + c[..., :k] @ direct)


def posynomial(theta: Floats, z: Floats, c: Floats) -> Floats:
    """Minus the sum of three costs that multiply up (power laws of the settings): grinding, loss, energy."""
    m, k = z.shape[-1], c.shape[-1] - 1
    powers = theta[3 : 3 + 3 * m].reshape(3, m)
    feed, direct = theta[3 + 3 * m : 6 + 3 * m], theta[6 + 3 * m :]
    costs = [np.exp(theta[j] + z @ powers[j] + feed[j] * c[..., 0]) for j in range(3)]
    return np.asarray(-(costs[0] + costs[1] + costs[2]) + c[..., :k] @ direct)


def cliff(theta: Floats, z: Floats, c: Floats) -> Floats:
    """Better and better along a direction, until it falls off."""
    m, k = z.shape[-1], c.shape[-1] - 1
    slope, along = theta[:m], theta[m : 2 * m]
    drop, edge, moved, width = theta[2 * m : 2 * m + 4]
    over = np.clip((z @ along - edge - moved * c[..., 0]) / width, -50.0, 50.0)
    return np.asarray(z @ slope - drop / (1.0 + np.exp(-over)) + c[..., :k] @ theta[2 * m + 4 :])


def hill(theta: Floats, z: Floats, c: Floats) -> Floats:
    """Dose and response with inhibition (Haldane 1930), each setting on a logarithmic scale: 3x / (1 + x + x^2)."""
    m, k = z.shape[-1], c.shape[-1] - 1
    a, o, moved, direct = theta[:m], theta[m : 2 * m], theta[2 * m : 3 * m], theta[3 * m :]
    x = np.exp(0.6 * (z - o - moved * c[..., :1]))
    return np.asarray((3.0 * x / (1.0 + x + x * x)) @ a + c[..., :k] @ direct)


def drifting_hump(theta: Floats, z: Floats, c: Floats) -> Floats:
    """A normal-shaped hump whose place moves steadily over the history, as a catalyst ages."""
    m = z.shape[-1]
    height, o, moved, wide, direct = (
        theta[0],
        theta[1 : m + 1],
        theta[m + 1 : 2 * m + 1],
        theta[2 * m + 1 : 3 * m + 1],
        theta[3 * m + 1 :],
    )
    past = 1.0 - c[..., -1:]
    away = (z - o - moved * past) / wide
    return np.asarray(height * np.exp(-0.5 * np.sum(away * away, axis=-1)) + c[..., : c.shape[-1] - 1] @ direct)


def plateau(theta: Floats, z: Floats, c: Floats) -> Floats:
    """Flat at the top, steep at its edge, flat again far away: minus q / (1 + q) with q the fourth power."""
    m, k = z.shape[-1], c.shape[-1] - 1
    a, o, wide, direct = theta[:m], theta[m : 2 * m], theta[2 * m : 3 * m], theta[3 * m :]
    q = ((z - o) / wide) ** 4
    return np.asarray(-(q / (1.0 + q)) @ a + c[..., :k] @ direct)


def curved_conditions(theta: Floats, z: Floats, c: Floats) -> Floats:
    """Settings do nothing; conditions act by squares and by products of neighbours."""
    k = c.shape[-1] - 1
    known = c[..., :k]
    return np.asarray((known**2 - 1.0) @ theta[:k] + (known * np.roll(known, 1, axis=-1)) @ theta[k:] + 0.0 * z[..., 0])


def dome(theta: Floats, z: Floats, c: Floats) -> Floats:
    """A normal-shaped dome around 0."""
    m = z.shape[-1]
    away = z / theta[1 : m + 1]
    return np.asarray(theta[0] * np.exp(-0.5 * np.sum(away * away, axis=-1)) + c[..., : c.shape[-1] - 1] @ theta[m + 1 :])


def rising(theta: Floats, z: Floats, c: Floats) -> Floats:
    """Better with more of everything, with diminishing returns: 1 - exp(-z)."""
    m = z.shape[-1]
    return np.asarray((1.0 - np.exp(-0.4 * (z + 2.0))) @ theta[:m] + c[..., : c.shape[-1] - 1] @ theta[m:])
