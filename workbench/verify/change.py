"""The verdict on a change that was simply made, without a trial: grade C or D, and never `verified`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.plant import Sheet
from workbench.records import Money, Recommendation
from workbench.switchback import stamp
from workbench.trial_records import UNPRICED, Deviation, Estimate, Grade, PlanSetting, Verdict
from workbench.verify.arms import arms_set
from workbench.verify.before_after import LEAST_PLACEBOS, CryWolf, Difference, Z, cry_wolf, difference_after
from workbench.verify.limits import limits_by_arm
from workbench.verify.readings import frozen_counts
from workbench.verify.series import as_array, gain_column, money_column
from workbench.verify.trial import LEVEL, Evidence
from workbench.wording import moment_text, percent_text

__all__ = ["change_verdict"]

STAYED = 0.8  # share of the periods since the change at the proposed settings from which it was made; own assumption
NO_TRIAL = Deviation(block=None, kind="no trial", text="the change was made without a trial")
COSTS_UNKNOWN = Deviation(
    block=None, kind=UNPRICED, text="the costs are known in too few periods to compare money before and after the change"
)


@dataclass(frozen=True)
class _Sides:
    """The periods before and after a change, and the conditions under which they are compared."""

    frame: pl.DataFrame
    usable: NDArray[np.bool_]
    conditions: NDArray[np.float64]
    before: NDArray[np.bool_]
    after: NDArray[np.bool_]
    at: int
    n_before: int
    n_after: int

    def values(self, column: pl.Expr) -> NDArray[np.float64]:
        """A column, period by period; nan where a period does not count."""
        return np.where(self.usable, as_array(self.frame.select(column.alias("y")), ["y"])[:, 0], np.nan)

    def difference(self, values: NDArray[np.float64]) -> Difference | None:
        """See `difference_after`."""
        return difference_after(values, self.conditions, self.before, self.after) if self.n_after > 0 else None

    def cry_wolf(self, values: NDArray[np.float64]) -> CryWolf:
        """See `before_after.cry_wolf`."""
        return cry_wolf(values, self.conditions, self.at, self.n_before, self.n_after)


def change_verdict(sheet: Sheet, recommendation: Recommendation, evidence: Evidence, created: str) -> Verdict:
    """Return what a plain comparison of before and after says, and how often it would say so without any change.

    The change is found in the records: the first period after the recommendation's own data from which on the plant stood at
    the proposed settings. As many periods before it as after it are compared. The interval is as wide as the same comparison
    strays on this plant's own past, and p is its rank there.

    Parameters
    ----------
    sheet : Sheet
        Of the plant.
    recommendation : Recommendation
        Of status `proposed`.
    evidence : Evidence
        Records from before and after the change.
    created : str
        Moment of writing.
    """
    frame = evidence.frame
    settings = _settings_of(sheet, recommendation)
    traced = frame.hstack(arms_set(frame, sheet, settings, evidence.period_hours, 0.0))
    at = _changed_at(traced, recommendation)
    if at is None:
        return _unmeasured(
            recommendation, evidence, created, "the records nowhere show that the proposed settings were set and kept"
        )
    settle = max((o.settling for o in (*sheet.outcomes.values(), *sheet.settings.values())), default=timedelta(0))
    skip = int(np.ceil(settle / timedelta(hours=evidence.period_hours)))
    sides = _sides(sheet, traced, at, skip)
    n_before, n_after, before, after = sides.n_before, sides.n_after, sides.before, sides.after
    outcome = sides.values(gain_column(sheet.objective.maximize))
    found = sides.difference(outcome)
    if found is None:
        return _unmeasured(recommendation, evidence, created, "too few periods have a result before or after the change")
    wolf = sides.cry_wolf(outcome)
    money, unpriced = _money(sheet, sides, found, wolf)
    frozen = frozen_counts(sheet, traced.filter(before | after))
    since: datetime = frame["time"][at]
    grade: Grade = "C" if found.is_matched else "D"
    return Verdict(
        id="",
        created=created,
        recommendation=recommendation.id,
        plan=None,
        plant=recommendation.plant,
        grade=grade,
        status=None,
        final=False,
        reasons=(*_reasons(found, wolf, moment_text(since, sheet.timezone), n_before, n_after), *_frozen_reason(frozen)),
        effect=_estimate(sheet, found, wolf),
        promised=recommendation.gain,
        p_value=wolf.p_value(found.estimate),
        n_orders=None,
        blocks_used=0,
        adherence=_share(traced, after),
        deviations=(*evidence.deviations, NO_TRIAL, *unpriced),
        limits=limits_by_arm(sheet, _by_side(traced, before, after)),
        placebo_rate=wolf.rate,
        value_per_year=money,
        findings=evidence.findings,
        lineage=evidence.lineage.model_copy(
            update={
                "periods_in": n_before + n_after,
                "periods_counted": int(np.isfinite(outcome[before | after]).sum()),
                "periods_set_aside": {
                    "no result or not at the settings": int(np.isnan(outcome[before | after]).sum()) - sum(frozen.values()),
                    **frozen,
                },
            }
        ),
    ).identified()


def _settings_of(sheet: Sheet, recommendation: Recommendation) -> list[PlanSetting]:
    return [
        PlanSetting(name=s.name, tag=s.tag, unit=s.unit, present=s.now, proposed=s.proposed)
        for s in recommendation.settings
        if s.now is not None and s.proposed is not None and s.name in sheet.settings
    ]


def _changed_at(traced: pl.DataFrame, recommendation: Recommendation) -> int | None:
    """First period after the recommendation's data from which on the plant was, nearly always, at the proposed settings."""
    on = traced["@on_proposed"].fill_null(False).to_numpy().astype(np.float64)
    after_data = np.ones(len(on), dtype=bool)
    if recommendation.lineage.to is not None:
        after_data = (traced["time"] > stamp(recommendation.lineage.to)).to_numpy()
    share = np.cumsum(on[::-1])[::-1] / np.arange(len(on), 0, -1)
    where = np.flatnonzero((on > 0) & (share >= STAYED) & after_data)
    return int(where[0]) if len(where) else None


def _sides(sheet: Sheet, traced: pl.DataFrame, at: int, skip: int) -> _Sides:
    """As many periods before the change as after it, the first `skip` after it left out."""
    n_after = traced.height - at - skip
    n_before = min(n_after, at)
    place = np.arange(traced.height)
    before, after = (place >= at - n_before) & (place < at), place >= at + skip
    usable = traced["reason"].is_null().to_numpy()
    usable &= np.where(after, traced["@on_proposed"].fill_null(False).to_numpy(), True)
    names = [name for name, c in sheet.conditions.items() if c.choices is None]
    conditions = as_array(traced, names) if names else np.empty((traced.height, 0))
    conditions = conditions[:, np.isfinite(conditions[before | after]).mean(axis=0) > 0.5] if names else conditions
    return _Sides(traced, usable, conditions, before, after, at, n_before, n_after)


def _unmeasured(recommendation: Recommendation, evidence: Evidence, created: str, why: str) -> Verdict:
    return Verdict(
        id="",
        created=created,
        recommendation=recommendation.id,
        plan=None,
        plant=recommendation.plant,
        grade="E",
        status=None,
        final=False,
        reasons=(f"promise only: {why}",),
        effect=None,
        promised=recommendation.gain,
        p_value=None,
        n_orders=None,
        blocks_used=0,
        adherence=None,
        deviations=evidence.deviations,
        limits=(),
        value_per_year=None,
        findings=evidence.findings,
        lineage=evidence.lineage,
    ).identified()


def _reasons(found: Difference, wolf: CryWolf, since: str, n_before: int, n_after: int) -> list[str]:
    how = "matched on the conditions" if found.is_matched else "not matched on any condition"
    first = (
        f"the proposed settings stand since {since}; {n_after} periods after are compared"
        f" with {n_before} before, {how}: such a comparison never verifies, only a randomised trial does"
    )
    if wolf.rate is None:
        second = (
            f"how often such a comparison finds a gain where there is none cannot be told: {len(wolf.estimates)} past dates"
            f" can be tried, {LEAST_PLACEBOS} are needed"
        )
    else:
        second = (
            f"tried at {len(wolf.estimates)} past dates at which nothing was changed, the usual test on this plant found a gain"
            f" at {wolf.alarms} ({percent_text(wolf.rate)}); it promises 5 %"
        )
    usual = "finds a gain" if found.finds_gain else "finds no gain"
    return [first, second, f"the usual test (Newey-West, one-sided 5 %) {usual} here"]


def _frozen_reason(frozen: Mapping[str, int]) -> list[str]:
    if not frozen:
        return []
    why = ", ".join(f"{periods:,} ({reason})" for reason, periods in frozen.items())
    return [f"periods before and after set aside because a meter stood still: {why}"]


def _estimate(sheet: Sheet, found: Difference, wolf: CryWolf) -> Estimate:
    low, high = _interval(found, wolf)
    return Estimate(
        name=sheet.objective.text, unit=sheet.objective.unit, estimate=found.estimate, low=low, high=high, level=LEVEL
    )


def _interval(found: Difference, wolf: CryWolf) -> tuple[float, float]:
    """As wide as such a comparison strays on the plant's own past."""
    half = Z * wolf.standard_error(found.standard_error)
    return found.estimate - half, found.estimate + half


def _money(sheet: Sheet, sides: _Sides, found: Difference, wolf: CryWolf) -> tuple[Money | None, tuple[Deviation, ...]]:
    """Worth of the difference, with costs that of the money left after them; and why there is none where the sheet has a price.

    Money after costs is compared before and after as the objective is: period by period, under the same conditions.
    """
    column = money_column(sheet, sheet.objective.maximize)
    value = sheet.value_per_unit_year
    if value is None or sheet.currency is None or column is None:
        return None, ()
    if not sheet.objective.costs:
        low, high = _interval(found, wolf)
        return Money(currency=sheet.currency, expected=value * found.estimate, low=value * low, high=value * high), ()
    values = sides.values(column)
    net = sides.difference(values)
    if net is None or net.is_matched != found.is_matched:
        return None, (COSTS_UNKNOWN,)
    low, high = _interval(net, sides.cry_wolf(values))
    return Money(currency=sheet.currency, expected=net.estimate, low=low, high=high), ()


def _share(traced: pl.DataFrame, after: np.ndarray) -> float | None:
    on = traced.filter(pl.Series(after))["@on_proposed"].drop_nulls()
    return float(on.cast(pl.Float64).mean()) if len(on) else None  # type: ignore[arg-type]


def _by_side(traced: pl.DataFrame, before: np.ndarray, after: np.ndarray) -> pl.DataFrame:
    """Periods on both sides as if they were arms, for the limits."""
    arm = pl.Series("arm", np.where(after, "proposed", np.where(before, "present", "")), pl.String)
    return traced.with_columns(
        arm, pl.lit(True).alias("@is_window"), pl.col("reason").alias("@aside"), pl.lit(True).alias("@is_on")
    ).filter(pl.col("arm") != "")
