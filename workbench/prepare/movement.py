"""How much each variable moves in the history: the first thing to look at."""

from __future__ import annotations

import polars as pl

from workbench.plant import Sheet
from workbench.prepare.columns import role_of, set_column
from workbench.prepare.steady import MOVE_SHARE
from workbench.records import History

__all__ = ["movement_data"]

_DAYS_PER_WEEK = 7.0


def movement_data(history: History, sheet: Sheet) -> pl.DataFrame:
    """Return one row a variable: where it is, how far it spreads and how often it moves, over the usable periods.

    Parameters
    ----------
    history : History
        As `prepare_history` makes it.
    sheet : Sheet
        The plant's sheet.

    Returns
    -------
    polars.DataFrame
        Columns `variable`, `role` (setting, condition, outcome), `unit`, `mean`, `sd`, `min`, `max` (in the unit; null for
        choices), `moves` (changes of what was set from one usable row to the next by more than 20 % of max_step; for choices
        any change; null for conditions and outcomes that are numbers), `moves_per_week` (null for batches; weeks of usable
        time) and `share_missing` (of all rows that are not set aside as not running or excluded).
    """
    usable = history.usable
    reason = pl.col("reason").fill_null("")
    asked = history.frame.filter(~(reason == "not running") & ~reason.str.starts_with("excluded"))
    weeks = _weeks(usable, sheet)
    rows = []
    for name, variable in sheet.variables.items():
        cells = usable[name]
        numbers = cells.drop_nulls() if cells.dtype == pl.Float64 else pl.Series(name, [], pl.Float64)
        setting = sheet.settings.get(name)
        moves = _moves(
            usable[set_column(usable.columns, name)], None if setting is None else setting.max_step, setting is not None
        )
        rows.append(
            {
                "variable": name,
                "role": role_of(sheet, name),
                "unit": variable.unit,
                "mean": numbers.mean(),
                "sd": numbers.std(),
                "min": numbers.min(),
                "max": numbers.max(),
                "moves": moves,
                "moves_per_week": None if moves is None or not weeks else moves / weeks,
                "share_missing": asked[name].null_count() / asked.height if asked.height else None,
            }
        )
    kinds = {"mean": pl.Float64, "sd": pl.Float64, "min": pl.Float64, "max": pl.Float64, "moves": pl.Int64}
    return pl.DataFrame(rows, schema_overrides=kinds | {"moves_per_week": pl.Float64, "share_missing": pl.Float64})


def _moves(cells: pl.Series, max_step: float | None, is_setting: bool) -> int | None:
    """Changes from row to row that count as moves; None where moving is not the question."""
    known = cells.drop_nulls()
    if cells.dtype == pl.String:
        return int((known != known.shift()).sum())
    if not is_setting or max_step is None:
        return None
    return int((known.diff().abs() > MOVE_SHARE * max_step).sum())


def _weeks(usable: pl.DataFrame, sheet: Sheet) -> float | None:
    """Usable time in weeks; None for batches."""
    if sheet.period is None:
        return None
    return usable.height * sheet.period.total_seconds() / (_DAYS_PER_WEEK * 86400.0)
