"""Rock and gypsum that a better recovery saves in a year, as formulas over the columns of the plant's own history."""

from __future__ import annotations

import polars as pl

from workbench.models.simulators.phosphoric_acid.economics import HOURS_PER_YEAR

__all__ = ["saved_tonnes"]

_COLUMNS = ("rock_rate", "rock_p2o5", "rock_cao", "rock_sio2", "recovery")
LIME_TO_GYPSUM = 3.048  # [t/t] dry CaSO4.2H2O with its water and inclusions per CaO; as in the bundled sheet's objective
ORGANIC = 1.05  # [% of rock] what else stays in the cake; as there


def saved_tonnes(history: pl.DataFrame) -> dict[str, tuple[str, pl.Expr]]:
    """Return `rock_saved` and `gypsum_saved` with unit and formula [t/year]; empty where a column is missing.

    Both are compared at the yearly P2O5 of the periods given, as in `economics.saving_at_constant_output`: t of rock, and of
    dry gypsum, per t of P2O5 at the recovery of a period and the mean assay of all periods, so that the lot of the day does not
    count as saved. The formula's value is minus what is needed; the change between two settings is what is saved. It is the
    same gain as that of the objective, counted in another way: never add it to the money.

    Parameters
    ----------
    history : polars.DataFrame
        Periods with `rock_rate` [t/h], `rock_p2o5`, `rock_cao`, `rock_sio2`, `recovery` [%].
    """
    if not set(_COLUMNS) <= set(history.columns):
        return {}
    known = history.drop_nulls(_COLUMNS)
    if known.is_empty():
        return {}
    rate, p2o5, cao, sio2, recovery = (known[name].to_numpy() for name in _COLUMNS)
    yearly = HOURS_PER_YEAR * float((rate * p2o5 * recovery).mean()) / 1e4
    rock_per_recovery = yearly * 1e4 / float(p2o5.mean())
    gypsum_per_rock = float((LIME_TO_GYPSUM * cao + sio2 + ORGANIC).mean()) / 100.0
    needed = rock_per_recovery / pl.col("recovery")
    return {"rock_saved": ("t/year", -needed), "gypsum_saved": ("t/year", -gypsum_per_rock * needed)}
