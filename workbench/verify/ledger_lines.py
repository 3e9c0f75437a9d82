"""One line a recommendation: what was promised, what a trial measured, what is left of it, and what it has earned and cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import NormalDist
from typing import Any

from workbench.records import Money
from workbench.trial_records import Estimate, Verdict
from workbench.verify.accrual import (
    MONTH_LEVEL,
    MonthShare,
    Stretch,
    earned_interval,
    half_width_to_sd,
    is_nothing,
    payback_months,
    probability_positive,
    stretches,
)
from workbench.verify.chain import LogRow
from workbench.verify.costs import paid_amounts
from workbench.verify.states import ROLLED_BACK, ReviewState, day_words

__all__ = ["COUNTED_GRADES", "FADES_OR", "LedgerLine", "Span", "held_months", "last_verdict", "ledger_line"]

Span = tuple[datetime, datetime | None]  # from when until when a gain earns; None where it still does

COUNTED_GRADES = ("A", "B")  # a trial; C to E are shown and never added up
MONTH_AHEAD = timedelta(days=28)  # of a re-estimated month that lies ahead of the clock, as in a rehearsal
FADING_MONTHS = 2  # re-estimates running that lie below the verified gain make it a fading one; own assumption
FADES_OR = "or the plant itself got worse: only new present blocks tell"  # records of one setting cannot tell the two apart


@dataclass(frozen=True)
class LedgerLine:
    """One recommendation in money and in the objective's unit; what does not exist is None.

    Parameters
    ----------
    recommendation, plant, unit, provider : str
        `unit` is the plant's place in its site.
    year : int
        Of the first promise, UTC.
    state : str
        From the log.
    currency : str or None
        Of all its money; None where the objective is not priced.
    promised, promised_low, promised_high : float
        Gain as promised [gain_unit].
    value_promised, value_promised_low, value_promised_high : float or None
        [currency/year].
    grade : str or None
        Of the last verdict that decides, else of the last comparison without a trial.
    measured, measured_low, measured_high : float or None
        Its effect [gain_unit].
    value_measured, value_measured_low, value_measured_high : float or None
        [currency/year].
    settled : bool
        True where a trial (grade A or B) has measured the gain: such lines make promised against measured.
    verified : bool
        True where it is verified by one: only such lines earn.
    adherence : float or None
        Share of the time that the settings were as planned in the trial, or in the last re-estimated month [-].
    share : float or None
        What the last month's re-estimate that counts left of the gain [-].
    fading : bool
    since, until : datetime or None
        From the verdict on it earns, until a rollback or a later verdict that ends it; it then fades no more. Times between
        in which a later one, since rolled back, had ended it are left out of what it earned.
    ended_by : str or None
        The later recommendation whose verdict ended it; None where none did, it earns again, or it was rolled back before.
    value_now : float or None
        What it is worth at the present rate [currency/year].
    earned, earned_low, earned_high, earned_sd : float
        So far, with its interval at the level of `measured`'s, and the standard deviation of its width [currency].
    cost : float
        So far, in the line's currency [currency].
    net : float
        Earned less cost [currency].
    probability : float or None
        That the net value is above zero; None where value and cost read as 0, and where something was paid in another currency.
    payback : float or None
        Months of use until earned is at least cost; None where not reached, where both read as 0, and where something was paid
        in another currency.
    """

    recommendation: str
    plant: str
    unit: str
    provider: str
    year: int
    state: str
    currency: str | None
    gain_unit: str
    promised: float
    promised_low: float
    promised_high: float
    value_promised: float | None
    value_promised_low: float | None
    value_promised_high: float | None
    grade: str | None
    measured: float | None
    measured_low: float | None
    measured_high: float | None
    value_measured: float | None
    value_measured_low: float | None
    value_measured_high: float | None
    settled: bool
    verified: bool
    adherence: float | None
    share: float | None
    fading: bool
    since: datetime | None
    until: datetime | None
    ended_by: str | None
    value_now: float | None
    earned: float
    earned_low: float
    earned_high: float
    earned_sd: float
    cost: float
    net: float
    probability: float | None
    payback: float | None

    @property
    def words(self) -> str:
        """The state as people say it, with whether it fades, or when it was rolled back or ended."""
        ends = "ended" if self.ended_by else ROLLED_BACK
        more = f", {ends} {day_words(self.until)}" if self.until else ", fading" if self.fading else ""
        return f"{self.state.replace('_', ' ')}{more}"


def ledger_line(state: ReviewState, at: datetime, use: Sequence[Span], ended_by: str | None = None) -> LedgerLine:
    """Return the line of one recommendation at a moment.

    What was earned is taken as normal with the deviation that fits its interval's width, so that the probability of a positive
    net value is Phi((earned - cost) / sd of earned). Costs are known amounts. No discounting (own assumptions).

    Parameters
    ----------
    state : ReviewState
        With all its rows up to that moment.
    at : datetime
        With a timezone.
    use : sequence of (datetime, datetime or None)
        From when until when it earns; empty where it does not.
    ended_by : str, optional
        The later recommendation whose verdict ended it.
    """
    gain, money = state.recommendation.gain, state.recommendation.value_per_year
    assert gain is not None  # a promise has one
    verdict, _ = last_verdict(state.rows)
    effect, measured = (verdict.effect, verdict.value_per_year) if verdict else (None, None)
    settled = verdict is not None and verdict.grade in COUNTED_GRADES and effect is not None
    verified = settled and state.state == "verified"
    currency = money.currency if money else measured.currency if measured else None
    months = list(held_months(state.rows).values())
    decays = [month for month in months if month.get("aside") is None]
    since, until = (use[0][0], use[-1][1]) if use else (None, None)
    level = effect.level if effect else gain.level
    shares = [_month_share(month, effect, level) for month in decays]
    earns = verified and measured is not None
    earned = _earned(measured if earns else None, use, at, shares, level)
    paid = paid_amounts(state.rows)
    cost = paid.pop(currency or "", 0.0)
    net, is_told = earned.value - cost, not any(paid.values()) and not is_nothing(earned.value, cost)
    value_promised, value_measured = _ends(money), _ends(measured)
    return LedgerLine(
        recommendation=state.id,
        plant=state.plant,
        unit=str(state.rows[0].payload.get("unit", "")),
        provider=state.provider,
        year=state.rows[0].time.year,
        state=state.state,
        currency=currency,
        gain_unit=gain.unit,
        promised=gain.expected,
        promised_low=gain.low,
        promised_high=gain.high,
        value_promised=value_promised[0],
        value_promised_low=value_promised[1],
        value_promised_high=value_promised[2],
        grade=verdict.grade if verdict else None,
        measured=effect.estimate if effect else None,
        measured_low=effect.low if effect else None,
        measured_high=effect.high if effect else None,
        value_measured=value_measured[0],
        value_measured_low=value_measured[1],
        value_measured_high=value_measured[2],
        settled=settled,
        verified=verified,
        adherence=months[-1]["adherence"] if months else verdict.adherence if verdict else None,
        share=decays[-1]["share"] if decays else None,
        fading=verified and until is None and _is_fading(decays),
        since=since,
        until=until,
        ended_by=ended_by,
        value_now=(0.0 if until else earned.rate_now) if earns else None,
        earned=earned.value,
        earned_low=earned.low,
        earned_high=earned.high,
        earned_sd=earned.sd,
        cost=cost,
        net=net,
        probability=probability_positive(net, earned.sd) if is_told and (earns or cost) else None,
        payback=payback_months(earned.rate, cost, earned.ahead, runs_on=until is None) if is_told and earns else None,
    )


def last_verdict(rows: Sequence[LogRow]) -> tuple[Verdict | None, LogRow | None]:
    """Return the last verdict among the rows that decides, else the last comparison without a trial that measured something.

    An interim look at a trial that decides nothing is none.
    """
    compared: tuple[Verdict | None, LogRow | None] = None, None
    for row in reversed(rows):
        if row.kind == "verdict":
            verdict = Verdict.from_json(row.payload["text"])
            if verdict.final or verdict.status is not None:
                return verdict, row
            if verdict.plan is None and verdict.effect is not None and compared[0] is None:
                compared = verdict, row
    return compared


def held_months(rows: Sequence[LogRow]) -> dict[str, dict[str, Any]]:
    """Return what the ledger holds of each month of a recommendation, in the months' order; of two rows the later counts.

    Parameters
    ----------
    rows : sequence of LogRow
        Of one recommendation, in their order.
    """
    latest = {str(row.payload["month"]): row.payload for row in rows if row.kind == "decay"}
    return dict(sorted(latest.items()))


@dataclass(frozen=True)
class _Earned:
    """What one gain came to: rates as verified and of late [currency/year], the sum with its interval and sd [currency]."""

    rate: float
    rate_now: float
    value: float
    low: float
    high: float
    sd: float
    ahead: list[Stretch]  # of its use, months estimated again ahead of the clock among them


def _earned(measured: Money | None, use: Sequence[Span], at: datetime, shares: Sequence[MonthShare], level: float) -> _Earned:
    """Sum over the stretches of use of years x V x share left; its interval at the verdict's level is `earned_interval`'s."""
    used = [stretch for start, end in use for stretch in stretches(start, min(end or at, at), shares)]
    # the months estimated again may lie ahead of the clock: what they say of the rate counts for the payback that is foretold
    reach = max([at, *(share.start + MONTH_AHEAD for share in shares)])
    ahead = [part for start, end in use for part in stretches(start, min(end, at) if end else reach, shares)]
    bounds = (measured.expected, measured.low, measured.high) if measured else (0.0, 0.0, 0.0)
    low, high = earned_interval(bounds, used)
    return _Earned(
        rate=bounds[0],
        rate_now=bounds[0] * (used[-1].share if used else 1.0),
        value=bounds[0] * sum(s.years * s.share for s in used),
        low=low,
        high=high,
        sd=half_width_to_sd(low, high, level),
        ahead=ahead,
    )


def _ends(money: Money | None) -> tuple[float | None, float | None, float | None]:
    return (money.expected, money.low, money.high) if money else (None, None, None)


def _month_share(month: Mapping[str, Any], effect: Estimate | None, level: float) -> MonthShare:
    """The share that a month left of the yearly value, with its sides brought to a level as those of a normal distribution."""
    if "worth" in month:  # net of running costs; older rows hold no ends of it
        share, low, high = (month.get(name, month["worth"]) for name in ("worth", "worth_low", "worth_high"))
        below, above = share - low, high - share
    else:
        share, below, above = month["share"], 0.0, 0.0
        if effect is not None and effect.estimate > 0 and {"gain", "low", "high"} <= month.keys():
            below, above = ((month["gain"] - month["low"]) / effect.estimate, (month["high"] - month["gain"]) / effect.estimate)
    wider = NormalDist().inv_cdf(0.5 + level / 2.0) / NormalDist().inv_cdf(0.5 + MONTH_LEVEL / 2.0)
    return MonthShare(month["month"], share, below * wider, above * wider)


def _is_fading(decays: Sequence[dict[str, object]]) -> bool:
    """Whether the last months' re-estimates, one a month and in their order, all lie below the verified gain."""
    tail = [bool(d["below"]) for d in decays][-FADING_MONTHS:]
    return len(tail) == FADING_MONTHS and all(tail)
