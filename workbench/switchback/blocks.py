"""From periods to blocks: the mean of each column over the periods that count."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import polars as pl

from workbench.trial_records import Block

__all__ = ["block_means", "stamp"]


def stamp(text: str) -> datetime:
    """Return the moment that an ISO 8601 stamp of a plan means [UTC]; without an offset it is UTC already.

    Examples
    --------
    >>> stamp("2026-01-12T06:00:00Z").isoformat()
    '2026-01-12T06:00:00+00:00'
    """
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def block_means(frame: pl.DataFrame, blocks: Sequence[Block], period_hours: float, columns: Sequence[str]) -> pl.DataFrame:
    """Return the mean of each column over the periods that lie wholly inside a block after its washout.

    Parameters
    ----------
    frame : polars.DataFrame
        One row a period: `time` (its start, UTC), `@end` where periods are not all equally long, and the columns, Float64.
    blocks : sequence of Block
        In time order, not overlapping.
    period_hours : float
        Length of a period, above 0 [h].
    columns : sequence of str
        Columns to average; nulls do not count.

    Returns
    -------
    polars.DataFrame
        One row a block, in the order given: `block` (its number), `arm`, `@hours_counted` (periods there times their length
        [h]), and the columns (null where no period has a value).
    """
    ends = pl.col("@end") if "@end" in frame.columns else pl.col("time") + timedelta(hours=period_hours)
    rows = []
    for block in blocks:
        counted = frame.filter(pl.col("time") >= stamp(block.washout_until), ends <= stamp(block.end))
        means: dict[str, object] = {name: counted[name].drop_nans().mean() for name in columns}
        rows.append({"block": block.number, "arm": block.arm, "@hours_counted": counted.height * period_hours, **means})
    types = {"block": pl.Int64, "arm": pl.String, "@hours_counted": pl.Float64} | dict.fromkeys(columns, pl.Float64)
    return pl.DataFrame(rows, schema=types)
