"""Response shapes of the development families: (parameters, settings (..., m), conditions and time (..., k + 1)) -> mean."""

from __future__ import annotations

import numpy as np

from .draws import Parts
from .plant import Floats
from .world import Form

__all__ = [
    "bilinear",
    "bowl",
    "bowl_parts",
    "drifting_saturating",
    "nothing",
    "ridge",
    "roof",
    "roof_parts",
    "saturating",
    "stages",
    "two_lives",
]

FACES = 3  # kinks of a roof
WHOLE = 8.0  # [sd of an outcome] what stages without a loss would give
STEEP = 1.2  # [1/sd of a setting] how quickly a stage's loss falls along its setting


def bowl_parts(m: int, k: int) -> Parts:
    """Blocks of `bowl`: bends, optima, products with conditions, conditions."""
    return [(m, 0.05, 0.25), (m, -2.2, 2.2), (m * k, -0.12, 0.12), (k, -0.6, 0.6)]


def bowl(theta: Floats, z: Floats, c: Floats) -> Floats:
    """A concave bowl, axis by axis; conditions tilt it."""
    m, k = z.shape[-1], c.shape[-1] - 1
    w, o = theta[:m], theta[m : 2 * m]
    tilt, direct = theta[2 * m : 2 * m + m * k].reshape(k, m), theta[2 * m + m * k :]
    known = c[..., :k]
    return np.asarray(-((z - o) ** 2) @ w + np.sum(z * (known @ tilt), axis=-1) + known @ direct)


def two_lives(form: Form, when: float, size: int) -> Form:
    """Return a response that becomes another one of its kind at a share `when` of the history; `size` parameters each."""

    def changed(theta: Floats, z: Floats, c: Floats) -> Floats:
        later = c[..., -1] > when
        if later.ndim == 0:
            return form(theta[size:] if later else theta[:size], z, c)
        return np.where(later, form(theta[size:], z, c), form(theta[:size], z, c))

    return changed


def saturating(theta: Floats, z: Floats, c: Floats) -> Floats:
    """Yields that level off, each setting by itself; conditions shift where they do."""
    m, k = z.shape[-1], c.shape[-1] - 1
    a, o, w = theta[:m], theta[m : 2 * m], theta[2 * m : 3 * m]
    direct, shift = theta[3 * m : 3 * m + k], theta[3 * m + k :]
    return np.asarray(np.tanh((z - o - shift * c[..., :1]) / w) @ (a * w) + c[..., :k] @ direct)


def drifting_saturating(theta: Floats, z: Floats, c: Floats) -> Floats:
    """Yields that level off less costs, where the place at which they do moves steadily over the history."""
    m, k = z.shape[-1], c.shape[-1] - 1
    a, o, w, moved, cost = (theta[i * m : (i + 1) * m] for i in range(5))
    past = 1.0 - c[..., -1:]
    return np.asarray(np.tanh((z - o - moved * past) / w) @ (a * w) - z @ (a * cost) + c[..., :k] @ theta[5 * m :])


def bilinear(theta: Floats, z: Floats, c: Floats) -> Floats:
    """Products of settings, and of settings with conditions; little by themselves."""
    m, k = z.shape[-1], c.shape[-1] - 1
    pairs = m * (m - 1) // 2
    q = np.zeros((m, m))
    q[np.triu_indices(m, 1)] = theta[:pairs]
    with_c = theta[pairs : pairs + m * k].reshape(k, m)
    own, direct = theta[pairs + m * k : pairs + m * k + m], theta[pairs + m * k + m :]
    known = c[..., :k]
    return np.asarray(np.sum(z * (z @ q.T), axis=-1) + np.sum(z * (known @ with_c), axis=-1) + z @ own + known @ direct)


def ridge(theta: Floats, z: Floats, c: Floats) -> Floats:
    """A narrow oblique ridge: steep across, a gentle slope along; the first condition moves it."""
    m, k = z.shape[-1], c.shape[-1] - 1
    across, steep, place, moved = theta[:m], theta[m], theta[m + 1], theta[m + 2]
    along, direct = theta[m + 3 : 2 * m + 3], theta[2 * m + 3 :]
    return np.asarray(-steep * (z @ across - place - moved * c[..., 0]) ** 2 + z @ along + c[..., :k] @ direct)


def roof_parts(m: int, k: int) -> Parts:
    """Blocks of `roof`: directions, slopes, places, how the first condition moves these; conditions."""
    wide = 1.3 / np.sqrt(m)
    return [(FACES * m, -wide, wide), (FACES, 0.3, 0.9), (FACES, -1.2, 1.2), (FACES, -0.4, 0.4), (k, -0.6, 0.6)]


def roof(theta: Floats, z: Floats, c: Floats) -> Floats:
    """Straight slopes that fall off both sides of oblique kinks, with no square anywhere."""
    m, k = z.shape[-1], c.shape[-1] - 1
    across, rest = theta[: FACES * m].reshape(FACES, m), theta[FACES * m :]
    slope, place, moved, direct = rest[:FACES], rest[FACES : 2 * FACES], rest[2 * FACES : 3 * FACES], rest[3 * FACES :]
    return np.asarray(-np.abs(z @ across.T - place - moved * c[..., :1]) @ slope + c[..., :k] @ direct)


def stages(theta: Floats, z: Floats, c: Floats) -> Floats:
    """Stages in series, each with a setting and a yield that levels off along it: yields multiply."""
    m, k = z.shape[-1], c.shape[-1] - 1
    lost, place, moved, direct = theta[:m], theta[m : 2 * m], theta[2 * m : 3 * m], theta[3 * m :]
    kept = 1.0 - lost / (1.0 + np.exp(STEEP * (z - place - moved * c[..., :1])))
    return np.asarray(WHOLE * np.prod(kept, axis=-1) + c[..., :k] @ direct)


def nothing(theta: Floats, z: Floats, c: Floats) -> Floats:
    """Conditions alone; settings do nothing."""
    return np.asarray(c[..., : c.shape[-1] - 1] @ theta + 0.0 * z[..., 0])
