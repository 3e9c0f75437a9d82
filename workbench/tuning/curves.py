"""How objective and limits answer to each setting alone, and the periods behind it, as frames for figures."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.records import SettingLine
from workbench.tuning.judge import Z
from workbench.tuning.space import Dimension
from workbench.tuning.tune import Tuned

__all__ = ["limit_responses_frame", "responses_frame", "seen_frame"]

WHOLE_SHOWN = 12  # values of a setting of whole numbers that are drawn as points of their own
SEEN_MAX = 300  # values of a setting that a figure shows, evenly thinned by rank


def responses_frame(tuned: Tuned, points: int = 41) -> pl.DataFrame:
    """Return the objective's gain along every setting that may move, the others as they are now, as a record promises it.

    It is net of running costs where the sheet has them: settings are compared by that, so that one may go where the objective
    alone gets worse. Of a setting with choices at each of them; one that no period was at has no gain, as nothing is known
    of it.

    Returns
    -------
    polars.DataFrame
        Columns `setting`, `unit`, `value` (of choices the place in the sheet's list), `gain`, `low`, `high` (unit of the
        objective), `supported` (Boolean), `now`, `proposed`, `label` of choices and where a setting takes a few whole numbers,
        and of choices `periods` that were at it, else null.
    """
    judge, space = tuned.judge, tuned.space
    lines: Mapping[str, SettingLine] = {s.name: s for s in (tuned.candidate.settings if tuned.candidate else tuned.settings)}
    rows: list[dict[str, float | str | bool | None]] = []
    for d in space.dimensions:
        line = lines[d.name]
        if d.choices is not None:
            rows += _choice_rows(tuned, d, line)
            continue
        if line.supported is None or isinstance(line.now, str) or isinstance(line.proposed, str):
            continue
        assert line.now is not None
        assert line.proposed is not None
        low = min(d.low, line.supported[0], line.now)
        high = max(d.high, line.supported[1], line.now)
        is_whole = judge.sheet.settings[d.name].integer
        values = _values(low, high, points, is_whole=is_whole)
        is_few = is_whole and len(values) <= WHOLE_SHOWN
        frame = space.frame([{**space.present(), d.name: float(v)} for v in values])
        _, (mean, sd) = judge.promised(judge.shifts(frame), tuned.replays.promise_share)
        for value, m, half in zip(values, mean, tuned.replays.z * sd, strict=True):
            rows.append(
                {
                    "setting": d.name,
                    "unit": line.unit,
                    "value": float(value),
                    "gain": float(m),
                    "low": float(m - half),
                    "high": float(m + half),
                    "supported": bool(line.supported[0] <= value <= line.supported[1]),
                    "now": line.now,
                    "proposed": line.proposed,
                    "label": f"{value:.0f}" if is_few else None,
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
        "label": pl.String,
        "periods": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema)


def _choice_rows(tuned: Tuned, d: Dimension, line: SettingLine) -> list[dict[str, float | str | bool | None]]:
    """A row for each choice of a setting, in the sheet's order."""
    judge, space, choices = tuned.judge, tuned.space, d.choices or ()
    places = {choice: float(place) for place, choice in enumerate(choices)}
    if line.now not in places or line.proposed not in places:
        return []
    _, (mean, sd) = judge.promised(
        judge.shifts(space.frame([{**space.present(), d.name: choice} for choice in choices])), tuned.replays.promise_share
    )
    rows: list[dict[str, float | str | bool | None]] = []
    for choice, m, half in zip(choices, mean, tuned.replays.z * sd, strict=True):
        periods = int((judge.surrogate.frame[d.name] == choice).sum())
        ends = {"gain": float(m), "low": float(m - half), "high": float(m + half)}
        rows.append(
            {
                "setting": d.name,
                "unit": line.unit,
                "value": places[choice],
                **(ends if periods else dict.fromkeys(ends)),
                "supported": periods > 0,
                "now": places[str(line.now)],
                "proposed": places[str(line.proposed)],
                "label": choice,
                "periods": periods,
            }
        )
    return rows


def limit_responses_frame(tuned: Tuned, points: int = 31) -> pl.DataFrame:
    """Return each learned limit's outcome along every setting that is changed, the others as they are now.

    Returns
    -------
    polars.DataFrame
        Columns `limit`, `bound`, `limit_unit`, `limit_value`, `setting`, `unit`, `value`, `predicted`, `low`, `high` (mean over
        recent conditions [`limit_unit`]), `now`, `proposed`.
    """
    judge, space = tuned.judge, tuned.space
    lines = {s.name: s for s in (tuned.candidate.settings if tuned.candidate else tuned.settings)}
    rows: list[dict[str, float | str]] = []
    for d in space.dimensions:
        now, proposed = lines[d.name].now, lines[d.name].proposed
        if d.choices is not None or not isinstance(now, float) or not isinstance(proposed, float) or now == proposed:
            continue
        values = _values(min(d.low, now), max(d.high, now), points, is_whole=judge.sheet.settings[d.name].integer)
        frame = space.frame([{**space.present(), d.name: float(v)} for v in values])
        for check in judge.limits:
            if check.formula is not None:
                continue
            halves = Z * check.change_sd(frame)
            for value, mean, half in zip(values, check.predicted(frame), halves, strict=True):
                rows.append(
                    {
                        "limit": check.name,
                        "bound": check.bound,
                        "limit_unit": check.unit,
                        "limit_value": check.value,
                        "setting": d.name,
                        "unit": lines[d.name].unit,
                        "value": float(value),
                        "predicted": float(mean),
                        "low": float(mean - half),
                        "high": float(mean + half),
                        "now": now,
                        "proposed": proposed,
                    }
                )
    texts, numbers = ("limit", "bound", "limit_unit", "setting", "unit"), ("limit_value", "value", "predicted", "low", "high")
    return pl.DataFrame(
        rows, schema=dict.fromkeys(texts, pl.String()) | dict.fromkeys((*numbers, "now", "proposed"), pl.Float64())
    )


def seen_frame(tuned: Tuned) -> pl.DataFrame:
    """Return the values that each numeric setting had in the history, `setting` and `value`, thinned to 300 each."""
    parts = []
    for d in tuned.space.dimensions:
        if d.choices is None:
            values = tuned.judge.surrogate.frame[d.name].drop_nulls().sort().to_numpy()
            places = np.unique(np.linspace(0, len(values) - 1, min(SEEN_MAX, len(values))).round().astype(int))
            parts.append(pl.DataFrame({"setting": [d.name] * len(places), "value": values[places]}))
    schema = {"setting": pl.String, "value": pl.Float64}
    return pl.concat(parts) if parts else pl.DataFrame(schema=schema)


def _values(low: float, high: float, points: int, *, is_whole: bool) -> NDArray[np.float64]:
    """So many values from low to high, or the whole numbers there, every nth where these are more."""
    first, last = math.ceil(low), math.floor(high)
    if not is_whole or last < first:
        return np.linspace(low, high, points)
    return np.arange(first, last + 1, 1 + (last - first) // points, dtype=np.float64)
