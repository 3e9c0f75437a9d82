"""BayBE (Merck), in an environment of its own, on 200 periods of the history.

    python3 -m venv /tmp/venv_peers && /tmp/venv_peers/bin/pip install baybe      # 6 GB, with torch

`PROMISES_PEERS_VENV` names another folder. The case goes over and the answer comes back as JSON files.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

from .adapter import Case, Proposal, cpu_seconds

__all__ = ["baybe_absent", "propose_baybe"]

N_ROWS = 200  # evenly spaced periods, the newest among them; more take minutes
SECONDS_MAX = 600.0


def baybe_absent() -> str | None:
    """Return why BayBE cannot be asked here, or None."""
    python = _python()
    if not python.exists():
        return f"there is no {python}: make the environment as peer_baybe.py says, or name its folder in PROMISES_PEERS_VENV"
    look = "import importlib.util as u; assert u.find_spec('baybe')"
    if subprocess.run([python, "-c", look], capture_output=True, check=False).returncode:
        return f"baybe is not installed in {python.parents[1]}: install it as peer_baybe.py says"
    return None


def propose_baybe(case: Case) -> Proposal:
    """Return BayBE's recommendation; it promises its posterior mean, without an interval of the gain."""
    started = cpu_seconds()
    names = [*case.settings, *case.conditions]
    known = case.usable.select(pl.col(names).cast(pl.Float64), target=case.sign * pl.col("@objective")).drop_nulls()
    rows = known[np.unique(np.linspace(known.height - 1, 0, min(N_ROWS, known.height)).round().astype(int))]
    recent = case.usable[case.recent_usable].select(pl.col(list(case.conditions)).cast(pl.Float64).mean())
    bounds = [(float(s.low or 0.0), float(s.high or 0.0)) for s in case.sheet.settings.values()]
    asked = {
        "settings": [
            {"name": n, "low": a, "high": b, "now": now, "box_low": low, "box_high": high}
            for n, (a, b), now, low, high in zip(case.settings, bounds, case.now, case.low, case.high, strict=True)
        ],
        "conditions": [{"name": n, "recent": recent[n][0]} for n in case.conditions],
        "rows": rows.to_dict(as_series=False),
    }
    with tempfile.TemporaryDirectory() as folder:
        given, answer = Path(folder) / "case.json", Path(folder) / "answer.json"
        given.write_text(json.dumps(asked), encoding="utf-8")
        script = Path(__file__).with_name("baybe_worker.py")
        done = subprocess.run(
            [_python(), script, given, answer], capture_output=True, text=True, timeout=SECONDS_MAX, check=False
        )
        if done.returncode:
            why = (done.stderr.strip().splitlines() or ["no message"])[-1]
            return Proposal("failed", note=why[:200], seconds=cpu_seconds() - started)
        got = json.loads(answer.read_text(encoding="utf-8"))
    settings = np.clip(np.array(got["settings"]), case.low, case.high)
    seconds = cpu_seconds() - started
    return (
        Proposal("proposed", settings, got["gain"], None, seconds)
        if got["gain"] > 0
        else Proposal("no_change", seconds=seconds)
    )


def _python() -> Path:
    return Path(os.environ.get("PROMISES_PEERS_VENV", "/tmp/venv_peers")) / "bin" / "python"
