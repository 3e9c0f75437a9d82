"""Runs inside an environment with pcgym: steady states of its reactors in series with recycle, asked for in JSON lines.

    /tmp/venv/bin/python outsider_worker.py

One line in: {"inputs": {"F": [...], "L": [...], "Tc1": [...], "Tc2": [...]}, "parameters": {"C_O": [...], ...}};
one line out: {"C1": [...], "T1": [...], "C2": [...], "T2": [...]}. Lists are as long as there are cases; a parameter that is
not named keeps pcgym's value. The model is pcgym's own (M. Bloor and others, MIT licence), loaded from its file: importing the
package itself asks for reinforcement learning.
"""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np

N_NEWTON = 60  # rounds at most
MOST = 10.0  # [K or mol/m3] longest step of one round


def model_class():
    """Return pcgym's `cstr_series_recycle`."""
    package = importlib.util.find_spec("pcgym")
    path = Path(package.submodule_search_locations[0]) / "model_classes.py"
    spec = importlib.util.spec_from_file_location("pcgym_models", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.cstr_series_recycle


def steady(model, u, start):
    """Return the steady state of every case, by damped Newton steps from `start` (4, cases)."""
    x = start.copy()

    def f(at):
        return np.array([np.broadcast_to(d, x.shape[1]) for d in model(at, u)])

    for _ in range(N_NEWTON):
        now = f(x)
        jacobian = np.empty((x.shape[1], 4, 4))
        for j in range(4):
            h = 1e-6 * np.maximum(np.abs(x[j]), 1.0)
            moved = x.copy()
            moved[j] += h
            jacobian[:, :, j] = ((f(moved) - now) / h).T
        step = np.linalg.solve(jacobian, -now.T[..., None])[..., 0].T
        step = step / np.maximum(np.abs(step) / MOST, 1.0).max(axis=0)
        x = x + step
        x[[0, 2]] = np.maximum(x[[0, 2]], 1e-6)
        if np.abs(step).max() < 1e-8:
            break
    return x


def main():
    """Answer line by line until the input ends."""
    cls = model_class()
    for line in sys.stdin:
        asked = json.loads(line)
        u = [np.array(asked["inputs"][name]) for name in ("F", "L", "Tc1", "Tc2")]
        model = cls(**{name: np.array(value) for name, value in asked["parameters"].items()})
        n = len(u[0])
        start = np.array([np.full(n, 60.0), u[2] - 5.0, np.full(n, 30.0), u[3] - 5.0])
        x = steady(model, u, start)
        print(json.dumps({name: x[i].tolist() for i, name in enumerate(("C1", "T1", "C2", "T2"))}), flush=True)


if __name__ == "__main__":
    main()
