"""How much of the gain rests on the weakest assumed numbers: one at a time, 25 % down and up."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from workbench.models.simulators.phosphoric_acid.constants import CONSTANTS, constants_table
from workbench.models.simulators.phosphoric_acid.inputs import SETTINGS
from workbench.models.simulators.phosphoric_acid.period import evaluate
from workbench.models.simulators.phosphoric_acid.verify import GOOD_PRACTICE

__all__ = ["WEAKEST", "sensitivity"]

WEAKEST: tuple[str, ...] = (
    "lattice_p2o5",
    "lattice_sulfate_power",
    "blinding_sulfate",
    "blinding_power",
    "alpha_base",
    "alpha_sulfate",
    "overload_wash",
    "heat_of_attack",
)
FACTORS = (0.75, 1.25)


def sensitivity(rows: int = 20, seed: int = 0) -> pl.DataFrame:
    """Return the gain of good set-points over the old ones, the old scatter kept, under changed constants.

    Parameters
    ----------
    rows : int
        Periods evaluated for each case, 1 or more.
    seed : int
        Of the scatter; all cases share it.

    Returns
    -------
    polars.DataFrame
        `constant`, `mark`, `factor`, `base_recovery` [%], `gain_extraction` [points], `gain_recovery` [points], `gain_profit`
        [CNY/h]; one row for each constant and factor.

    Examples
    --------
    >>> sensitivity(rows=1).height == len(WEAKEST) * len(FACTORS)
    True
    """
    old = pl.DataFrame({name: [setting.base] * rows for name, setting in SETTINGS.items()})
    good = pl.DataFrame({name: [value] * rows for name, value in GOOD_PRACTICE.items()})
    marks = dict(constants_table().select("name", "mark").iter_rows())
    made: list[dict[str, str | float]] = []
    for constant in WEAKEST:
        for factor in FACTORS:
            changed = replace(CONSTANTS, **{constant: getattr(CONSTANTS, constant) * factor})
            before, after = (evaluate(frame, seed, c=changed).mean() for frame in (old, good))
            gains = {f"gain_{name}": float(after[name][0] - before[name][0]) for name in ("extraction", "recovery", "profit")}
            base = {"base_recovery": float(before["recovery"][0])}
            made.append({"constant": constant, "mark": marks[constant], "factor": factor, **base, **gains})
    return pl.DataFrame(made)
