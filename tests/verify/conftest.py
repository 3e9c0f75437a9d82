"""A trial of a known effect on a small hourly plant: sheet, plan, and the history as preparation would give it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from scipy.signal import lfilter

from workbench.plant import Sheet, read_sheet
from workbench.records import Gain
from workbench.switchback import admissible_orders, draw_order, stamp
from workbench.trial_records import (
    Block,
    Cost,
    Look,
    PlanSetting,
    Power,
    StopRule,
    TrialLineage,
    TrialPlan,
    Verdict,
)
from workbench.verify.trial import Evidence, trial_verdict

SHEET = """\
name: line
period: 1h
timezone: UTC
currency: EUR
hours_per_year: 8000
settings:
  temperature: {unit: degC, low: 60, high: 90, max_step: 5}
  flow: {unit: m3/h, low: 10, high: 20, max_step: 2}
conditions:
  feed: {unit: "%"}
outcomes:
  recovery: {unit: "%"}
  loss: {unit: "%", high: 4}
objective: {maximize: recovery, unit: "%", value_per_unit: 100000}
"""
START = datetime(2026, 3, 2, tzinfo=UTC)
BLOCK, WASHOUT, LAG = 24, 12, 4.0
LINEAGE = TrialLineage(
    sheet_sha256="a" * 64, source_sha256="b" * 64, records_read=0, records_used=0, periods_in=0, periods_counted=0, code="0"
)


@dataclass(frozen=True)
class Trialled:
    """A trial and its records; `edit` spoils them."""

    sheet: Sheet
    plan: TrialPlan
    frame: pl.DataFrame

    @property
    def evidence(self) -> Evidence:
        return Evidence(self.frame, 1.0, LINEAGE)

    def verdict(self, hours: int | None = None) -> Verdict:
        """The verdict on all records, or on the first `hours` of the trial."""
        evidence = self.evidence
        if hours is not None:
            end = stamp(self.plan.start) + timedelta(hours=hours)
            evidence = replace(evidence, frame=self.frame.filter(pl.col("time") < end))
        return trial_verdict(self.sheet, self.plan, evidence, "2026-06-01T00:00:00+00:00")

    def rows(self, number: int, first: float = 0.0, last: float = BLOCK) -> pl.Expr:
        """The periods of a block from its hour `first` until its hour `last`."""
        start = stamp(self.plan.blocks[number - 1].start)
        return (pl.col("time") >= start + timedelta(hours=first)) & (pl.col("time") < start + timedelta(hours=last))

    def edit(self, column: str, value: float | str | None, where: pl.Expr) -> Trialled:
        """The same trial with other records."""
        new = pl.when(where).then(pl.lit(value)).otherwise(pl.col(column)).alias(column)
        return replace(self, frame=self.frame.with_columns(new))

    def block_of(self, arm: str, number: int = 3) -> int:
        """The first block from `number` on with that arm, whose neighbour before had the other."""
        blocks = self.plan.blocks
        return next(b.number for a, b in itertools.pairwise(blocks) if b.arm == arm != a.arm and b.number >= number)


def make_plan(n_blocks: int, seed: int, looks: tuple[Look, ...] | None, sheet: Sheet) -> TrialPlan:
    settings = (PlanSetting(name="temperature", tag="temperature", unit="degC", present=70.0, proposed=74.0),)
    blocks = tuple(
        Block(
            number=k + 1,
            start=(START + timedelta(hours=k * BLOCK)).isoformat(),
            washout_until=(START + timedelta(hours=k * BLOCK + WASHOUT)).isoformat(),
            end=(START + timedelta(hours=(k + 1) * BLOCK)).isoformat(),
            arm="proposed" if is_proposed else "present",
        )
        for k, is_proposed in enumerate(draw_order(n_blocks, seed).tolist())
    )
    promise = Gain(objective="recovery", unit="%", expected=1.0, low=0.4, high=1.6, level=0.9)
    return TrialPlan(
        id="",
        created="2026-02-01T00:00:00+00:00",
        recommendation="line-20260201T0000Z-abcdef",
        recommendation_sha256="c" * 64,
        plant="line",
        timezone="UTC",
        objective=sheet.objective.text,
        unit=sheet.objective.unit,
        maximize=sheet.objective.maximize,
        seed=seed,
        block_hours=BLOCK,
        washout_hours=WASHOUT,
        order_rule="pairs",
        n_orders=admissible_orders(n_blocks),
        start=blocks[0].start,
        end=blocks[-1].end,
        blocks=blocks,
        looks=looks or (Look(after_block=n_blocks, alpha_spent=0.05),),
        stop_rules=(StopRule(limit="loss", bound="high", value=4.0, unit="%", periods=6),),
        rollback=settings,
        settings=settings,
        covariates=("feed",),
        promise=promise,
        power=(Power(effect=1.0, with_covariates=0.9, without_covariates=0.8, runs=100),),
        carry_over=0.1,
        cost=Cost(currency="EUR", expected=None, high=None, note=""),
        answer="",
        provable=True,
    ).identified()


@pytest.fixture(scope="session")
def line_text() -> str:
    """The sheet of the trials."""
    return SHEET


@pytest.fixture(scope="session")
def run_trial() -> Callable[..., Trialled]:
    """Run a trial as planned, with ten days of records before it: `effect` on recovery, `seed` of order and noise."""

    def run(
        effect: float = 1.0, seed: int = 0, n_blocks: int = 20, looks: tuple[Look, ...] | None = None, text: str = SHEET
    ) -> Trialled:
        sheet = read_sheet(text, "line.yaml")
        plan = make_plan(n_blocks, seed, looks, sheet)
        before, hours = 240, 240 + n_blocks * BLOCK
        rng = np.random.default_rng(seed)
        proposed = np.repeat([block.arm == "proposed" for block in plan.blocks], BLOCK).astype(float)
        proposed = np.concatenate([np.zeros(before), proposed])
        gain = 1.0 - np.exp(-1.0 / LAG)
        followed = np.asarray(lfilter([gain], [1.0, gain - 1.0], proposed))
        noise, feed = (np.asarray(lfilter([1.0], [1.0, -0.9], rng.normal(size=hours) * np.sqrt(1 - 0.81))) for _ in range(2))
        sign = 1.0 if sheet.objective.maximize else -1.0
        recovery = 80.0 + 0.3 * noise + feed + sign * effect * followed
        columns = {
            "temperature": 70.0 + 4.0 * proposed,
            "flow": 15.0 + 0.02 * rng.normal(size=hours),
            "feed": 30.0 + feed,
            "recovery": recovery,
            "loss": 2.0 + 0.1 * noise,
        }
        frame = pl.DataFrame(columns).with_columns(
            pl.Series("time", [START + timedelta(hours=i - before) for i in range(hours)], pl.Datetime("us", "UTC")),
            pl.col("recovery").alias("@objective"),
            pl.lit(None, pl.Float64).alias("@cost"),
            pl.lit(None, pl.String).alias("reason"),
        )
        return Trialled(sheet, plan, frame)

    return run
