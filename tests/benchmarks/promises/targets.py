"""What is asked of our own method, beside what was found."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

__all__ = ["target_lines"]

SHARES: Mapping[str, float] = {"long": 0.85, "scarce": 0.5, "changed": 0.6, "hidden": 0.3}
ORACLE = 0.9  # a family whose oracle realises less is judged at this share of its oracle
RATIO = (0.85, 1.15)
LOW_HELD = 0.95
POINTLESS = 0.05
OVER = 0.02
WARNED = 1.0  # of the proposals on plants with a cause that nobody records


def target_lines(summary: pl.DataFrame, method: str = "ours") -> list[str]:
    """Return one line a target: what is asked, what was found, and whether that is enough.

    Parameters
    ----------
    summary : polars.DataFrame
        As `measures.table` returns it.
    """
    lines = []
    for split in summary["split"].unique(maintain_order=True):
        own = summary.filter((pl.col("split") == split) & (pl.col("method") == method))
        oracle = summary.filter((pl.col("split") == split) & (pl.col("method") == "oracle"))
        single = own.filter(~pl.col("family").str.starts_with("all") & pl.col("share").is_not_nan())
        ceilings = dict(oracle.select("family", "share").iter_rows())
        for group, wanted in SHARES.items():
            families = single.filter(pl.col("group") == group)
            if families.height == 0:
                continue
            each = [
                min(wanted, ORACLE * ceilings.get(f, 1.0)) if ceilings.get(f, 1.0) < 0.9 else wanted for f in families["family"]
            ]
            lines.append(_line(split, f"gain realised, {group}", float(families["share"].mean()), float(np.mean(each)), True))  # type: ignore[arg-type]
        if single.height:
            worst = single.sort("share").row(0, named=True)
            lines.append(_line(split, f"gain realised, lowest family ({worst['family']})", worst["share"], 0.0, True))
        whole = {row["family"]: row for row in own.iter_rows(named=True)}
        everything, measured = whole.get("all"), whole.get("all but unmeasured causes")
        unmeasured = own.filter(pl.col("family").str.starts_with("all:") & pl.col("group").str.contains("hidden"))
        lines += [_line(split, f"warned, {r['group']}", r["warned"], WARNED, True) for r in unmeasured.iter_rows(named=True)]
        for which, row in (("all proposals", everything), ("no unmeasured causes", measured)):
            if row is not None:
                ratio = row["promised_over_real"]
                verdict = "met" if RATIO[0] <= ratio <= RATIO[1] else "not met"
                lines.append(f"{split}: promised over real, {which} {ratio:.2f}, asked {RATIO[0]} to {RATIO[1]}: {verdict}")
        if everything is not None:
            lines.append(_line(split, "over a limit", everything["over"], OVER, False))
        if measured is not None:
            lines.append(_line(split, "low end held, no unmeasured causes", measured["low_held"], LOW_HELD, True))
            lines.append(
                _line(
                    split,
                    "proposals where nothing is worth a trial, no unmeasured causes",
                    measured["pointless"],
                    POINTLESS,
                    False,
                )
            )
    return lines


def _line(split: str, what: str, found: float, wanted: float, at_least: bool) -> str:
    word = "at least" if at_least else "at most"
    if found != found:
        return f"{split}: {what}, asked {word} {wanted:.2f}: no plant to judge it by"
    met = found >= wanted if at_least else found <= wanted
    return f"{split}: {what} {found:.3f}, asked {word} {wanted:.2f}: {'met' if met else 'not met'}"
