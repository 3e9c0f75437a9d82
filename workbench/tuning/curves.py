"""How the objective answers to each setting alone, as frames for figures."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from workbench.records import SettingLine
from workbench.tuning.judge import INFLATION, Z
from workbench.tuning.tune import Tuned

__all__ = ["responses_frame"]


def responses_frame(tuned: Tuned, points: int = 41) -> pl.DataFrame:
    """Return the objective's gain along every setting that may move, the others as they are now.

    Returns
    -------
    polars.DataFrame
        Columns `setting`, `unit`, `value`, `gain`, `low`, `high` (unit of the objective), `supported` (Boolean), `now`,
        `proposed`.
    """
    judge, space = tuned.judge, tuned.space
    lines: Mapping[str, SettingLine] = {s.name: s for s in (tuned.candidate.settings if tuned.candidate else tuned.settings)}
    rows: list[dict[str, float | str | bool]] = []
    for d in space.dimensions:
        line = lines[d.name]
        if d.choices is not None or line.supported is None or isinstance(line.now, str) or isinstance(line.proposed, str):
            continue
        assert line.now is not None
        assert line.proposed is not None
        low = min(d.low, line.supported[0], line.now)
        high = max(d.high, line.supported[1], line.now)
        values = np.linspace(low, high, points)
        frame = space.frame([{**space.present(), d.name: float(v)} for v in values])
        mean, sd = judge.gain(judge.shifts(frame))
        for value, m, s in zip(values, mean, sd, strict=True):
            rows.append(
                {
                    "setting": d.name,
                    "unit": line.unit,
                    "value": float(value),
                    "gain": float(m),
                    "low": float(m - Z * INFLATION * s),
                    "high": float(m + Z * INFLATION * s),
                    "supported": bool(line.supported[0] <= value <= line.supported[1]),
                    "now": line.now,
                    "proposed": line.proposed,
                }
            )
    schema = {
        "setting": pl.String,
        "unit": pl.String,
        "value": pl.Float64,
        "gain": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "supported": pl.Boolean,
        "now": pl.Float64,
        "proposed": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema)
