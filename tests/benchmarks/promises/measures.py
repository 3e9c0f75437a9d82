"""From single outcomes to the table: shares, ratios and rates with 90 % intervals, per family and method."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import beta

__all__ = ["DRAWS", "bootstrap_ratio", "rate", "table"]

Floats = NDArray[np.float64]

LEVEL = 0.9  # of every interval
DRAWS = 1000  # bootstrap draws over plants


def bootstrap_ratio(above: Floats, below: Floats, seed: int = 0) -> tuple[float, float, float]:
    """Return the ratio of sums, and its interval by drawing plants anew.

    Nan where nothing stands below; an end of the interval is nan where too few draws have anything below.

    Examples
    --------
    >>> import numpy as np
    >>> bootstrap_ratio(np.array([1.0, 2.0]), np.array([2.0, 4.0]))
    (0.5, 0.5, 0.5)
    """
    total = float(below.sum())
    if len(below) == 0 or abs(total) < 1e-12:
        return float("nan"), float("nan"), float("nan")
    draws = np.random.default_rng(seed).integers(0, len(below), size=(DRAWS, len(below)))
    tops, bottoms = above[draws].sum(axis=1), below[draws].sum(axis=1)
    usable = np.abs(bottoms) > 1e-12
    if usable.mean() < LEVEL:
        return float(above.sum()) / total, float("nan"), float("nan")
    low, high = np.quantile(tops[usable] / bottoms[usable], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(above.sum()) / total, float(low), float(high)


def rate(hits: int, n: int) -> tuple[float, float, float]:
    """Return a share and its two-sided interval (Clopper and Pearson 1934): a bootstrap of 0 hits would say 0 to 0.

    Examples
    --------
    >>> rate(0, 10)[0]
    0.0
    """
    if n == 0:
        return float("nan"), float("nan"), float("nan")
    tail = (1.0 - LEVEL) / 2.0
    low = float(beta.ppf(tail, hits, n - hits + 1)) if hits else 0.0
    high = float(beta.ppf(1.0 - tail, hits + 1, n - hits)) if hits < n else 1.0
    return hits / n, low, high


def table(outcomes: pl.DataFrame) -> pl.DataFrame:
    """Return one row per family and method, and one per group and method (family `all: GROUP`).

    Parameters
    ----------
    outcomes : polars.DataFrame
        One row a plant and method, columns as `judge.Outcome`.

    Returns
    -------
    polars.DataFrame
        `share` of the attainable gain that is realised (sum over sum), `promised_over_real` (sums over proposals, nan where
        the real sum is not above 0), `low_held` (share of proposals whose real gain reached the promised low end),
        `proposed` (share of plants), `pointless` (share of proposals among plants whose attainable gain is below one standard
        error of a trial of eight weeks), `warned` (share of proposals that warn of a cause that nobody records), `over`,
        `over_strict` (share of plants that the change pushes over a limit), each with `_low` and `_high`; `seconds` (mean),
        `plants`, `failed`.
    """
    rows = []
    for split in outcomes["split"].unique(maintain_order=True):
        part = outcomes.filter(pl.col("split") == split)
        for (family, group, method), own in part.group_by("family", "group", "method", maintain_order=True):
            rows.append({"split": split, "group": group, "family": family, "method": method, **_row(own)})
        for (group, method), own in part.group_by("group", "method", maintain_order=True):
            rows.append({"split": split, "group": group, "family": f"all: {group}", "method": method, **_row(own)})
        seen = part.filter(~pl.col("group").str.contains("hidden"))
        for name, rest in (("all but unmeasured causes", seen), ("all", part)):
            for (method,), own in rest.group_by("method", maintain_order=True):
                rows.append({"split": split, "group": "all", "family": name, "method": method, **_row(own)})
    return pl.DataFrame(rows, infer_schema_length=None)


def _row(own: pl.DataFrame) -> dict[str, float | int]:
    made = own.filter(pl.col("status") == "proposed")
    promised = made["promised"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    real = made["real"].to_numpy()
    lows = made.filter(pl.col("low_end").is_not_null())
    pointless = own.filter(pl.col("attainable") < pl.col("trial_error"))
    out: dict[str, float | int] = {"plants": own.height, "failed": int((own["status"] == "failed").sum())}

    def put(name: str, values: tuple[float, float, float]) -> None:
        out[name], out[f"{name}_low"], out[f"{name}_high"] = values

    def count(frame: pl.DataFrame, condition: Callable[[pl.DataFrame], pl.Series]) -> tuple[float, float, float]:
        return rate(int(condition(frame).sum()) if frame.height else 0, frame.height)

    attainable = own["attainable"].to_numpy()
    # a family without an attainable gain has no share of it
    worth = bool(attainable.sum() > own["trial_error"].sum())
    put("share", bootstrap_ratio(own["real"].to_numpy(), attainable) if worth else (float("nan"),) * 3)
    put("promised_over_real", bootstrap_ratio(promised, real) if real.sum() > 1e-9 else (float("nan"),) * 3)
    put("low_held", count(lows, lambda f: f["real"] >= f["low_end"] - 1e-12))
    put("proposed", count(own, lambda f: f["status"] == "proposed"))
    put("pointless", count(pointless, lambda f: f["status"] == "proposed"))
    put("warned", count(made, lambda f: f["warned"]))
    put("over", count(own, lambda f: f["is_over"]))
    put("over_strict", count(own, lambda f: f["is_over_strict"]))
    out["pointless_plants"] = pointless.height
    out["seconds"] = float(own["seconds"].mean() or 0.0)  # type: ignore[arg-type]
    return out
