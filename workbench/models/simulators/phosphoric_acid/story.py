"""The published claim, as data for card and README, with what our own calculation can and cannot say about it."""

from __future__ import annotations

import polars as pl

__all__ = ["LABEL", "SOURCE", "story"]

SOURCE = "published story, the only source"
LABEL = (
    "Calibrated by choice of baseline: yes. The old practice (free sulfate 1.45 %, 78 degC, P80 195 um) and the assumed constants were "
    "chosen so that about this gain exists: the simulated plant shows that the claim is plausible and balanced, not that it happened."
)


def story() -> pl.DataFrame:
    """Return the claim: `quantity`, `claimed`, `unit`, `source`, `note`, one row each.

    Examples
    --------
    >>> story()["claimed"].to_list()
    [1.2, 6000000.0, 6000.0, 10000.0]
    """
    rows = [
        ("extraction", 1.2, "%", "read as points of X; the story says 'extraction rate' and defines nothing"),
        (
            "money",
            6e6,
            "CNY/year",
            "1,000 CNY per t rock: gross extra product or dear inputs; it must not be added to the worth of the rock saved",
        ),
        ("rock", 6000.0, "t/year", "fits a line of 471-486 kt rock, 131-140 kt P2O5 a year"),
        ("gypsum", 10000.0, "t/year", "9.0 kt dry by our rock; 10 kt at 10 % moisture"),
    ]
    return pl.DataFrame(
        [(quantity, claimed, unit, SOURCE, note) for quantity, claimed, unit, note in rows],
        schema={"quantity": pl.String(), "claimed": pl.Float64(), "unit": pl.String(), "source": pl.String(), "note": pl.String()},
        orient="row",
    )
