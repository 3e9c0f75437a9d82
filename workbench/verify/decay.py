"""Is the gain still there? Month by month after a verdict, from the plant's own records, against what the trial measured."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import NormalDist
from typing import Any, Literal

import polars as pl

from workbench.errors import InputError
from workbench.plant import Sheet
from workbench.records import round_all
from workbench.switchback.later import LEAST_PERIODS, least_present
from workbench.trial_records import Estimate, TrialPlan, Verdict
from workbench.verify.accrual import MONTH_LEVEL
from workbench.verify.arms import changed_settings, set_column, tolerance_of
from workbench.verify.ledger_lines import held_months
from workbench.verify.ledger_months import Other, month_span
from workbench.verify.log import Log, LogRow
from workbench.verify.reference import Expected, Reference, learn_reference
from workbench.verify.steps import with_steps
from workbench.wording import percent_text

__all__ = ["MonthGain", "is_from_fewer", "monthly_gains", "record_decay"]

LEAST_HELD = 0.8  # [-] a month with the verified settings held less tells of the settings, not of the gain; own assumption
MOST_OUTSIDE = 0.5  # [-] of a month's periods beyond what the trial's present blocks saw: more is said; own assumption
WORTH = ("worth", "worth_low", "worth_high")
NUMBERS = ("gain", "low", "high", "share", *WORTH, "below", "adherence", "periods")  # of a month, as a row holds it

Arm = Literal["present", "proposed"]


@dataclass(frozen=True)
class MonthGain:
    """What is left of a gain in one month.

    Parameters
    ----------
    month : str
        `2026-02`, UTC.
    gain, low, high : float
        Re-estimated, with its 90 % interval; positive is better [unit of the objective].
    share : float
        Of the verified gain [-].
    below : bool
        True where it is less than the verified gain by more than the errors of both explain.
    adherence : float or None
        Share of the month's periods with the settings as proposed [-].
    periods : int
        Usable in that month.
    worth, worth_low, worth_high : float or None
        What is left of the yearly value, with its 90 % interval, where that is net of running costs, which do not fade with the
        gain [-]; else None.
    aside : str or None
        Why the month counts neither for nor against the gain, so that the share before it holds; None where it counts.
    frozen : int
        Periods of that month set aside because a reading that the objective is counted from stood still.
    excluded : str or None
        Why the sheet's `exclude` leaves some of it out; None where it does not.
    beyond : str or None
        How much of it, and by which condition, lies beyond what the trial's present blocks saw, in words; None where that is
        half of its periods or less.
    """

    month: str
    gain: float
    low: float
    high: float
    share: float
    below: bool
    adherence: float | None
    periods: int
    worth: float | None = None
    worth_low: float | None = None
    worth_high: float | None = None
    aside: str | None = None
    excluded: str | None = None
    frozen: int = 0
    beyond: str | None = None

    def payload(self) -> dict[str, Any]:
        """The month as a `decay` row holds it, to six significant digits; what rarely says anything only where it does."""
        left_out = {**dict.fromkeys(WORTH), "excluded": None, "frozen": 0, "beyond": None}
        said = {name: value for name, value in vars(self).items() if name not in left_out or value != left_out[name]}
        rounded: dict[str, Any] = round_all(said)
        return rounded


def monthly_gains(
    sheet: Sheet,
    history: pl.DataFrame,
    plan: TrialPlan,
    verdict: Verdict,
    others: Sequence[Other] = (),
    frozen: Mapping[str, int] | None = None,
) -> tuple[MonthGain, ...]:
    """Return the gain of each whole month after a trial.

    The objective under the present settings is learned from the trial's own present blocks, as far as these settings were held
    there, by `learn_reference` from the plan's covariates and the sheet's other numeric conditions; a month's gain is the mean
    of the objective less what that would have been under the month's conditions. Its interval is at least as wide as what the
    verdict knew of its present blocks, grows with the distance of the month's conditions from theirs, and takes memory and the
    few blocks into account (Student's t). Own assumption: apart from settings and conditions the plant is the one of the trial;
    a lasting change of something else reads as fading or as growth, and only a new trial can tell. A month in which the
    verified settings were held too little is set aside.

    A month is below the verified gain where it falls short by more than the half widths of both 90 % intervals, in quadrature
    (the month's as by the records alone): the standard error of a difference of independent estimates. Both lean on the trial's
    present blocks, so that their errors go together and a month is called below rather too seldom (own assumption).

    Parameters
    ----------
    sheet : Sheet
        Of the plant.
    history : polars.DataFrame
        Usable periods of trial and months, as `History.usable`: `time`, `@objective`, settings (`NAME.set` where there is one)
        and covariates.
    plan : TrialPlan
        Of the trial.
    verdict : Verdict
        With an effect above 0.
    others : sequence of Other
        Times that do not tell of this gain alone, from `other_use`: months that touch them are left out.
    frozen : mapping of str to int, optional
        Periods that are not in `history` because a meter stood still, by month, from `frozen_months`.

    Raises
    ------
    InputError
        If the history holds too little of the trial's present settings, as that of another plant does, or the verdict found no
        gain.
    """
    effect = verdict.effect
    if effect is None or effect.estimate <= 0:
        raise InputError(f"verdict {verdict.id} found no gain that could fade")
    covariates = [c for c in plan.covariates if c in history.columns and history.schema[c].is_numeric()]
    frame = history.drop_nulls(["time", "@objective", *covariates]).sort("time")
    present = _present(frame, sheet, plan, least_present(covariates))
    sign = 1.0 if plan.maximize else -1.0
    conditions = [name for name, c in sheet.conditions.items() if c.choices is None and name not in covariates]
    reference = learn_reference(
        present, covariates, [c for c in conditions if c in frame.columns and frame.schema[c].is_numeric()]
    )
    after = frame.filter(pl.col("time") >= _stamp(plan.end)).with_columns(pl.col("time").dt.strftime("%Y-%m").alias("@month"))
    last = frame["time"].max()
    found = []
    for (month,), rows in after.group_by("@month", maintain_order=True):
        if rows.height < LEAST_PERIODS or not _is_whole(str(month), _stamp(plan.end), last):
            continue
        if any(other.touches(str(month)) for other in others):
            continue
        expected = reference.expect(rows)
        gain = sign * (float(rows["@objective"].cast(pl.Float64).to_numpy().mean()) - expected.mean)
        own, half = _half_widths(expected, reference, effect)
        held = _adherence(rows, sheet, plan)
        found.append(
            MonthGain(
                month=str(month),
                gain=gain,
                low=gain - half,
                high=gain + half,
                share=gain / effect.estimate,
                below=gain + math.hypot(own, _error_below(effect)) < effect.estimate,
                adherence=held,
                periods=rows.height,
                **_worth(sheet, verdict, {"worth": gain, "worth_low": gain - half, "worth_high": gain + half}),
                aside=_too_little_held(held),
                excluded=_excluded(sheet, str(month)),
                frozen=(frozen or {}).get(str(month), 0),
                beyond=_beyond(expected),
            )
        )
    return tuple(found)


def record_decay(
    log: Log,
    verdict: Verdict,
    months: Sequence[MonthGain],
    others: Sequence[Other] = (),
    frozen: Mapping[str, int] | None = None,
) -> list[LogRow]:
    """Append the months that the log does not hold, or holds otherwise, and return their rows.

    A month is written again where its numbers have changed, as when late or corrected results came in, or where it is now set
    aside or no longer, or below the verified gain or no longer; from fewer of its periods than the one held only where the
    sheet excludes some of it that it did not exclude then (own assumption: else records are missing). A month held that
    touches the times of `others` is written again as set aside, and so is one that cannot be estimated any more since a meter
    stood still (`frozen`, as for `monthly_gains`) in nearly all of its periods. The newest row of a month counts.
    """
    with log.transaction():
        held = held_months(log.rows(kind="decay", recommendation=verdict.recommendation))
        back = [
            said | {"aside": other.why}
            for month, said in held.items()
            for other in [next((one for one in others if one.touches(month)), None)]
            if other is not None and said.get("aside") is None
        ]
        estimated = {month.month for month in months} | {str(row["month"]) for row in back}
        back += [
            said | {"aside": why}
            for month, said in held.items()
            if (why := _lost(said, (frozen or {}).get(month, 0))) and month not in estimated
        ]
        new = [month.payload() for month in months if month.month not in held or _corrects(month, held[month.month])]
        return [log.append("decay", verdict.plant, verdict.recommendation, said) for said in (*back, *new)]


def is_from_fewer(month: MonthGain, held: dict[str, Any]) -> bool:
    """Return whether an estimate lacks records of the one held: what the sheet excludes since then is not lacking.

    Neither are periods that are set aside because a meter stood still.

    Parameters
    ----------
    month : MonthGain
        The new one.
    held : dict
        The payload of the one held of the same month.
    """
    since = month.excluded is not None and month.excluded != held.get("excluded")
    return bool(month.periods + month.frozen < held["periods"] + held.get("frozen", 0)) and not since


def _lost(held: dict[str, Any], frozen: int) -> str | None:
    """Why a month that the ledger counts says nothing any more: a meter stood still in nearly all the periods it is from."""
    if held.get("aside") is not None or frozen <= held["periods"] - LEAST_PERIODS:
        return None
    return f"a reading of the objective stood still in {frozen} of its periods"


def _excluded(sheet: Sheet, month: str) -> str | None:
    first, after = month_span(month)
    whys = [part.why or "no reason is given" for part in sheet.exclude if part.from_ < after and part.to > first]
    return "; ".join(whys) or None


def _worth(sheet: Sheet, verdict: Verdict, gains: Mapping[str, float]) -> dict[str, float]:
    """What each gain leaves of a value net of costs, 1 - (verified - gain) x price / net; empty where there are none."""
    price, net, effect = sheet.value_per_unit_year, verdict.value_per_year, verdict.effect
    if not sheet.objective.costs or price is None or net is None or net.expected <= 0.0 or effect is None:
        return {}
    return {name: 1.0 - (effect.estimate - gain) * price / net.expected for name, gain in gains.items()}


def _corrects(month: MonthGain, held: dict[str, Any]) -> bool:
    """Whether an estimate says something else than the one held, and from no fewer records, but for those excluded since."""
    if is_from_fewer(month, held):
        return False
    said, was = month.payload(), round_all(held)  # older rows hold all their digits
    return (month.aside is None) != (held.get("aside") is None) or any(said.get(key) != was.get(key) for key in NUMBERS)


def _error_below(effect: Estimate) -> float:
    """How far the true gain may lie below the verified one, at `MONTH_LEVEL`, as a normal error; endless where not known."""
    if effect.low is None:
        return math.inf
    quantile, own = (NormalDist().inv_cdf(0.5 + level / 2) for level in (MONTH_LEVEL, effect.level))
    return (effect.estimate - effect.low) * quantile / own


def _too_little_held(adherence: float | None) -> str | None:
    if adherence is None or adherence >= LEAST_HELD:
        return None
    return f"the verified settings were held in {percent_text(adherence)} of its periods, less than {percent_text(LEAST_HELD)}"


def _present(frame: pl.DataFrame, sheet: Sheet, plan: TrialPlan, least: int) -> pl.DataFrame:
    """The periods of the trial's present blocks at the present settings, at least `least` of them."""
    spans = [b for b in plan.blocks if b.arm == "present"]
    number = pl.coalesce(
        pl.when(pl.col("time").is_between(_stamp(b.washout_until), _stamp(b.end), closed="left")).then(pl.lit(b.number))
        for b in spans
    )
    blocks = frame.with_columns((number if spans else pl.lit(None, pl.Int64)).alias("@block")).drop_nulls("@block")
    is_held = _is_held(blocks, sheet, plan, "present")
    present = blocks if is_held is None else blocks.filter(is_held)
    if present.height >= least:
        return present
    when = f"the trial's present blocks ({plan.days})"
    if blocks.height >= least:
        raise InputError(
            f"the records hold {blocks.height} usable periods of {when}, but the plant stood at the trial's present settings in"
            f" only {present.height} of them: they may be those of another plant; name records of the trial that was verified,"
            " and of the months after it"
        )
    raise InputError(
        f"the records hold {present.height} usable periods of {when}, and a month can be compared with {least} or more: name"
        " records that hold the whole trial; where they do already, it was too short for this, and only a new trial tells what"
        " is left of its gain"
    )


def _half_widths(expected: Expected, reference: Reference, effect: Estimate) -> tuple[float, float]:
    """Half widths of a month's interval at `MONTH_LEVEL`: by the records alone, and never below what the verdict allows.

    A verdict compares two arms: its error is at least that of the present one alone times the square root of two, where both
    have as many blocks (own assumption).
    """
    from scipy.special import stdtrit

    of_month = NormalDist().inv_cdf(0.5 + MONTH_LEVEL / 2) * expected.noise
    of_reference = float(stdtrit(max(reference.blocks - 1, 1), 0.5 + MONTH_LEVEL / 2)) * expected.error
    least = _error_below(effect) / math.sqrt(2.0)
    floor = least if math.isfinite(least) else 0.0
    return math.hypot(of_month, of_reference), math.hypot(of_month, max(of_reference, floor))


def _beyond(expected: Expected) -> str | None:
    """What most of a month has that the trial's present blocks have not seen, in words; None where most of it was seen."""
    if expected.outside <= MOST_OUTSIDE or expected.most is None:
        return None
    return f"{percent_text(expected.outside)} of its periods, most often by {expected.most}"


def _is_held(rows: pl.DataFrame, sheet: Sheet, plan: TrialPlan, arm: Arm) -> pl.Expr | None:
    """Whether every changed setting is as near to its value in an arm as a verdict asks for; None where none is recorded."""
    sheet, held = with_steps(sheet, plan), []
    for s in changed_settings(plan.settings):
        column, value = set_column(rows, s.name), getattr(s, arm)
        if column not in rows.columns:
            continue
        if isinstance(s.proposed, str) or isinstance(s.present, str):
            held.append(pl.col(column) == pl.lit(value))
        else:
            held.append((pl.col(column) - value).abs() < tolerance_of(sheet, s))
    return pl.all_horizontal(held).fill_null(False) if held else None


def _adherence(rows: pl.DataFrame, sheet: Sheet, plan: TrialPlan) -> float | None:
    """Share of the periods at the proposed settings."""
    is_held = _is_held(rows, sheet, plan, "proposed")
    return None if is_held is None else float(rows.select(is_held.mean()).item())


def _is_whole(month: str, begin: datetime, last: object) -> bool:
    """Whether records of a month can be all there: it starts after the trial, and the records go on to its last day."""
    start, end = month_span(month)
    return start >= begin and isinstance(last, datetime) and last >= end - timedelta(days=1)


def _stamp(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
