"""A trial to look at: the mean of each block, and what every admissible order would have shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.plant import Sheet
from workbench.switchback import block_means, stamp
from workbench.switchback.effect import make_pairs
from workbench.switchback.orders import sign_flips
from workbench.trial_records import TrialPlan
from workbench.verify.counted import count_periods
from workbench.verify.series import as_array, gain_column, with_known
from workbench.verify.trial import Evidence, blocks_looked_at

__all__ = ["TrialPicture", "trial_picture"]

GAIN = "@gain"


@dataclass(frozen=True)
class TrialPicture:
    """What a trial looks like so far.

    Parameters
    ----------
    plan : TrialPlan
    blocks : polars.DataFrame
        A row a block that is over: `block`, `arm`, `counts_from`, `end` (UTC), `gain` (mean of the objective over the periods
        that count, in the objective's unit, turned so that more is better; null without any), `hours_counted` [h], `is_lost`.
    orders : ndarray of shape (n_orders,)
        The difference, proposed less present, that each order would have shown if the settings did nothing [objective's unit];
        the first is the observed one. As in the verdict of the blocks that the plan's last look so far takes in; empty before
        the first look, and without a complete pair.
    """

    plan: TrialPlan
    blocks: pl.DataFrame
    orders: NDArray[np.float64]


def trial_picture(sheet: Sheet, plan: TrialPlan, evidence: Evidence) -> TrialPicture:
    """Return blocks and orders of a trial as the verdict's test sees them: covariates taken out, far outliers pulled in.

    Parameters
    ----------
    sheet : Sheet
        Of the plant.
    plan : TrialPlan
        As it was put on trial.
    evidence : Evidence
        Records of the trial, see `proving.read_evidence`.
    """
    over = [block for block in plan.blocks if evidence.end is not None and stamp(block.end) <= evidence.end]
    counted = count_periods(sheet, plan, evidence.frame, evidence.period_hours, over)
    frame, known = with_known(sheet, counted.counts, plan)
    columns = [GAIN, *known.of_objective]
    table = block_means(frame.with_columns(gain_column(plan.maximize).alias(GAIN)), over, evidence.period_hours, columns)
    lost = np.array([block.number in counted.lost for block in over], dtype=bool)
    arms = np.array([block.arm == "proposed" for block in over], dtype=bool)
    blocks = pl.DataFrame(
        {
            "block": [block.number for block in over],
            "arm": [block.arm for block in over],
            "counts_from": [stamp(block.washout_until) for block in over],
            "end": [stamp(block.end) for block in over],
            "gain": table[GAIN].cast(pl.Float64).fill_nan(None).to_list(),
            "hours_counted": [counted.hours_counted[block.number] for block in over],
            "is_lost": lost.tolist(),
        },
        schema_overrides={"gain": pl.Float64, "counts_from": pl.Datetime("us", "UTC"), "end": pl.Datetime("us", "UTC")},
    )
    outcome = np.where(lost, np.nan, as_array(table, [GAIN])[:, 0])
    outcome[blocks_looked_at(plan, evidence) :] = np.nan  # a look that the plan has not would be one more chance to be lucky
    pairs = make_pairs(outcome, arms, as_array(table, known.of_objective) if known.of_objective else None)
    n = len(pairs.difference)
    if n == 0:
        return TrialPicture(plan, blocks, np.empty(0))
    scores = pairs.scores(0.0)
    scale = pairs.scale(0.0)
    orders = sign_flips(n, plan.seed) @ scores * (scale if scale > 0.0 else 1.0) / float(pairs.unit.sum())
    return TrialPicture(plan, blocks, orders)
