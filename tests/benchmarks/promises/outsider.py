"""A plant that nobody here wrote: two stirred reactors in series with recycle, from pcgym, in an environment of its own.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install --no-deps pcgym && /tmp/venv/bin/pip install numpy "jax[cpu]"

`PROMISES_VENV` names another folder. Only the response is theirs (steady states of the reactors under random kinetics, heat
transfer and prices); noise, operators and the sheet are those of every other family, and so is the oracle, which fits the
kinetics and the heat transfer.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from .draws import Parts, conditions, habits, ordinary_noise, response, room, side, sizes
from .noise import Noise
from .plant import Floats, Plant, rng_of
from .world import Form, World, build

__all__ = ["make_outsider", "outsider_absent"]

INPUTS = ("F", "L", "Tc1", "Tc2")  # feed and recycle [m3/s], jacket temperatures [K]
BASE = np.array([6e-5, 3e-5, 350.0, 350.0])
SPREAD = np.array([6e-6, 6e-6, 3.0, 3.0])
FEED = np.array([97.35, 298.0])  # concentration [mol/m3] and temperature [K]: pcgym's own values
FEED_SPREAD = np.array([3.0, 4.0])
OWN = {"k": 3.118e5, "U1A1": 0.461, "U2A2": 0.732, "deltaH": 58.41}  # pcgym's own values, which the plants vary
N_SAMPLE = 2000  # random settings that the outcome's scale is taken from


def outsider_absent() -> str | None:
    """Return why the family cannot be made here, or None."""
    python = _python()
    if not python.exists():
        return f"there is no {python}: make the environment as outsider.py says, or name its folder in PROMISES_VENV"
    look = "import importlib.util as u, jax; assert u.find_spec('pcgym')"
    if subprocess.run([python, "-c", look], capture_output=True, check=False).returncode:
        return f"pcgym or jax is not installed in {python.parents[1]}: install them as outsider.py says"
    return None


def make_outsider(seed: int) -> Plant:
    """Return one random plant."""
    rng = rng_of("outsider", seed)
    n, m, k, hours = sizes(rng, (4, 4), (2, 2))
    value, heat, waste = 1.0, float(rng.uniform(0.2, 0.6)), float(rng.uniform(0.2, 0.8))
    parts: Parts = [(1, -0.5, 0.5), (1, -0.3, 0.3), (1, -0.3, 0.3), (1, -0.3, 0.3)]
    theta = response(rng, _profit(1.0, value, heat, waste), parts, Noise()).theta
    z, c = rng.normal(size=(N_SAMPLE, m)), np.column_stack([rng.normal(size=(N_SAMPLE, k)), np.ones(N_SAMPLE)])
    wide = float(np.std(_profit(1.0, value, heat, waste)(theta, z, c)))
    form = _profit(float(rng.uniform(0.7, 1.4)) / wide, value, heat, waste)
    fixed: dict[str, Any] = {f"b{i}": theta[i] for i in range(4)}
    gain = response(rng, form, parts, ordinary_noise(rng), **fixed)
    limited = response(rng, _unreacted, parts, Noise(0.7, 0.3, 0.3), **fixed) if rng.random() < 0.6 else side(rng, m, k)
    world = World(
        hours, conditions(rng, n, k), np.zeros(n), gain, limited, habits(rng, m, k, to_outcome=0.4), **room(rng, m),
        held_today=float(rng.choice([0.97, 0.99])),
    )  # fmt: skip
    return build(world, rng, "outsider")


def _profit(scale: float, value: float, heat: float, waste: float) -> Form:
    """What the plant earns: product made, less heat, less what leaves unreacted; in units of `scale`."""

    def form(theta: Floats, z: Floats, c: Floats) -> Floats:
        state, u, feed, parameters = _states(theta, z, c)
        made = u[0] * (feed[0] - state["C2"]) * 1e3
        heating = parameters["U1A1"] * (u[2] - state["T1"]) + parameters["U2A2"] * (u[3] - state["T2"])
        return np.asarray(scale * (value * made - 0.1 * heat * heating - waste * u[0] * state["C2"] * 1e3))

    return form


def _unreacted(theta: Floats, z: Floats, c: Floats) -> Floats:
    """What leaves unreacted [5 mol/m3]."""
    return np.asarray((_states(theta, z, c)[0]["C2"] - 30.0) / 5.0)


def _states(theta: Floats, z: Floats, c: Floats) -> tuple[dict[str, Floats], Floats, Floats, dict[str, float]]:
    """Steady states, inputs and feeds in the shape that settings and conditions have together, and the parameters."""
    shape = np.broadcast_shapes(z.shape[:-1], c.shape[:-1])
    u = np.moveaxis(np.broadcast_to(BASE + SPREAD * z, (*shape, 4)), -1, 0)
    feed = np.moveaxis(np.broadcast_to(FEED + FEED_SPREAD * c[..., :2], (*shape, 2)), -1, 0)
    parameters = {name: own * float(np.exp(t)) for (name, own), t in zip(OWN.items(), theta, strict=True)}
    n = int(np.prod(shape))
    asked = {
        "inputs": {name: u[i].ravel().tolist() for i, name in enumerate(INPUTS)},
        "parameters": {"C_O": feed[0].ravel().tolist(), "T_O": feed[1].ravel().tolist()}
        | {name: [value] * n for name, value in parameters.items()},
    }
    answer = _ask(json.dumps(asked))
    return {name: np.array(values).reshape(shape) for name, values in answer.items()}, u, feed, parameters


def _ask(line: str) -> dict[str, list[float]]:
    worker = _worker()
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write(line + "\n")
    worker.stdin.flush()
    answer: dict[str, list[float]] = json.loads(worker.stdout.readline())
    return answer


@lru_cache(maxsize=1)
def _worker() -> subprocess.Popen[str]:
    """The other environment's process, one for each of ours, ended with it."""
    script = Path(__file__).with_name("outsider_worker.py")
    worker = subprocess.Popen([_python(), script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(worker.terminate)
    return worker


def _python() -> Path:
    return Path(os.environ.get("PROMISES_VENV", "/tmp/venv")) / "bin" / "python"
