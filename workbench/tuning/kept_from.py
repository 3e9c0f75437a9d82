"""Values of whole numbers and choices that people keep from some conditions: nobody knows what they would do there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from workbench.plant import Sheet

__all__ = ["KeptFrom", "kept_from"]

EDGE = 0.01  # share of a value's own periods beyond either end of the conditions that it was run under [-]; own assumption
SHARE_MOST = 0.05  # [-] of the recent periods: kept from more, a value is not for all of them, as with a limit; own assumption
LUCK = 0.01  # [-] chance that campaigns miss those conditions by themselves, below which they are kept; own assumption

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class KeptFrom:
    """A value of a setting, the conditions that it was never run under, and how many of the recent periods have them [-].

    `side` is "above" or "below" `edge` of a measured condition, "in" one of its choices.
    """

    setting: str
    value: float | str
    condition: str
    side: str
    edge: float | str
    share: float


def kept_from(sheet: Sheet, frame: pl.DataFrame, recent: pl.DataFrame, now: pl.DataFrame) -> tuple[KeptFrom, ...]:
    """Return each value of a whole number or choice, the present one left out, that recent conditions are beyond.

    Where people run a third machine whenever the load is high, two machines at a high load are no place where the plant has
    been, however often it had both alone, and a straight line through the conditions does not see that of whole numbers.
    Whether chance kept the two apart is asked of campaigns, for a setting stays at a value over many periods: of those under
    the conditions beyond, one would be at the value as often as of all campaigns.

    Parameters
    ----------
    sheet : Sheet
        Settings and conditions.
    frame : polars.DataFrame
        The usable periods.
    recent : polars.DataFrame
        Those whose conditions proposals are judged under.
    now : polars.DataFrame
        One row, every setting.
    """
    out: list[KeptFrom] = []
    for name, setting in sheet.settings.items():
        if not setting.integer and setting.choices is None:
            continue
        run = frame.filter(pl.col(name).is_not_null()).with_columns(_held(name, is_integer=setting.integer).alias("@value"))
        run = run.with_columns(pl.col("@value").rle_id().alias("@campaign"))
        values = [v for v in run["@value"].unique(maintain_order=True).to_list() if v != now[name][0]]
        for condition, variable in sheet.conditions.items():
            known = run.filter(pl.col(condition).is_not_null())
            seen = recent[condition].drop_nulls()
            if known.is_empty() or seen.is_empty():
                continue
            search = _choices_missed if variable.choices is not None else _ends_missed
            rows = known.select("@value", "@campaign", pl.col(condition).alias("@at"))
            out += [
                KeptFrom(name, value, condition, side, edge, share)
                for value in values
                for side, edge, share in search(rows, seen, value)
            ]
    return tuple(out)


def _held(name: str, *, is_integer: bool) -> pl.Expr:
    return pl.col(name).round() if is_integer else pl.col(name)


def _ends_missed(known: pl.DataFrame, seen: pl.Series, value: float | str) -> list[tuple[str, float, float]]:
    """The ends of a measured condition beyond which a value was not run, and the share of recent periods there."""
    own = known.filter(pl.col("@value") == value)["@at"].to_numpy()
    if len(own) == 0:
        return []
    campaigns = known.group_by("@campaign", maintain_order=True).agg(pl.col("@value").first(), pl.col("@at").mean())
    at, is_own, recent = campaigns["@at"].to_numpy(), (campaigns["@value"] == value).to_numpy(), seen.to_numpy()
    low, high = (float(np.quantile(own, q)) for q in (EDGE, 1.0 - EDGE))
    sides = [("below", low, at < low, recent < low), ("above", high, at > high, recent > high)]
    return [
        (side, edge, float(there.mean()))
        for side, edge, beyond, there in sides
        if there.mean() > SHARE_MOST and _is_kept_from(is_own, beyond)
    ]


def _choices_missed(known: pl.DataFrame, seen: pl.Series, value: float | str) -> list[tuple[str, str, float]]:
    """The choices of a condition in which a value was not run, and the share of recent periods in each."""
    out = []
    campaigns = known.group_by("@campaign", maintain_order=True).agg(pl.col("@value").first(), pl.col("@at").mode().first())
    is_own = (campaigns["@value"] == value).to_numpy()
    for choice in seen.unique(maintain_order=True).to_list():
        share = float((seen == choice).mean())
        beyond = (campaigns["@at"] == choice).to_numpy()
        own = known.filter(pl.col("@value") == value)["@at"]
        if share > SHARE_MOST and float((own == choice).mean() or 0.0) < EDGE and _is_kept_from(is_own, beyond):
            out.append(("in", str(choice), share))
    return out


def _is_kept_from(is_own: NDArray[np.bool_], beyond: NDArray[np.bool_]) -> bool:
    """Whether so few of the campaigns beyond would hardly be at the value by chance."""
    return bool(stats.binom.cdf(int(np.sum(is_own & beyond)), int(beyond.sum()), float(is_own.mean())) < LUCK)
