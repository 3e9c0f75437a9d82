"""The published claim, as data for card and README, with what our own calculation can and cannot say about it."""

from __future__ import annotations

import polars as pl

from workbench.records import RefereeRow

__all__ = ["LABEL", "SOURCE", "published_row", "rock_behind_claim", "story"]

SOURCE = "published story, the only source"
LABEL = (
    "Calibrated by choice of baseline: yes. The old practice (free sulfate 1.45 %, 78 degC, P80 195 um) and the assumed "
    "constants were chosen so that about this gain exists: the simulated plant shows that the claim is plausible and balanced, "
    "not that it happened."
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
    quantities, claims, units, notes = zip(*rows, strict=True)
    sources = [SOURCE] * len(rows)
    return pl.DataFrame({"quantity": quantities, "claimed": claims, "unit": units, "source": sources, "note": notes})


def rock_behind_claim(recovery_before: float) -> float:
    """Rock a year [t] at which 1.2 points more recovery at constant output save the claimed rock.

    Parameters
    ----------
    recovery_before : float
        Recovery before the change, 0 to 1 [-].

    Examples
    --------
    >>> round(rock_behind_claim(0.945), -3)
    478000.0
    """
    claimed: list[float] = story()["claimed"].to_list()
    gain = claimed[0] / 100.0
    return claimed[2] * (recovery_before + gain) / gain


def published_row() -> RefereeRow:
    """Return the claim as one row to stand beside promise and truth, with the honest label."""
    claims = {row["quantity"]: row for row in story().to_dicts()}
    values = {
        "extraction [%]": f"{claims['extraction']['claimed']:+.1f}",
        "money [M CNY/year]": f"{claims['money']['claimed'] / 1e6:.0f}",
        "rock saved [t/year]": f"{claims['rock']['claimed']:,.0f}",
        "gypsum saved [t/year]": f"{claims['gypsum']['claimed']:,.0f}",
    }
    return RefereeRow(label=SOURCE, values=values, note=LABEL)
