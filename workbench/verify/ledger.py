"""The ledger: every promise, cost and verdict of a log as lines, totals a currency, and quantities that are no money."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from statistics import NormalDist
from typing import Any

import polars as pl

from workbench.verify.accrual import is_nothing, probability_positive
from workbench.verify.chain import LogRow
from workbench.verify.costs import AMOUNT_HIGHEST, counted_amount
from workbench.verify.ended import Ended, ended_gains, use_of
from workbench.verify.ledger_lines import COUNTED_GRADES, LedgerLine, last_verdict, ledger_line
from workbench.verify.ledger_months import Aside, Due, Left, aside_months, due_months, left_settings
from workbench.verify.log import storable
from workbench.verify.states import ReviewState, read_states
from workbench.verify.unfollowed import TooFew, unfollowed_gains

__all__ = ["GROUPS", "LEVEL", "CostLine", "Ledger", "QuantityLine", "Total", "read_ledger", "totals", "totals_over_time"]

LEVEL = 0.9  # of the intervals of sums [-]
GROUPS = ("plant", "unit", "provider", "year")


@dataclass(frozen=True)
class CostLine:
    """One cost: whose, when, of what kind, how much [currency]; 0 where it is too large to count, as its note says then."""

    seq: int
    day: str
    year: int
    plant: str
    unit: str
    provider: str
    recommendation: str | None
    category: str
    amount: float
    currency: str
    note: str


@dataclass(frozen=True)
class QuantityLine:
    """What else a trial measured, with its own interval; never money, never added to the objective's."""

    recommendation: str
    plant: str
    name: str
    unit: str
    estimate: float
    low: float | None
    high: float | None
    level: float


@dataclass(frozen=True)
class Total:
    """Sums over the lines of one group in one currency.

    Parameters
    ----------
    group, key : str
        What is grouped by (`all` for everything), and its value.
    currency : str
    promises, settled, verified : int
        Recommendations promised in this currency, measured by a trial, and verified.
    promised, measured : float
        Yearly value of the settled ones: as promised, and as measured, whether verified or not [currency/year].
    ratio : float or None
        Measured over promised [-].
    value_now : float
        What the verified ones are worth at their present rates [currency/year].
    earned, earned_low, earned_high : float
        So far; the interval takes the recommendations as independent: the squares of their intervals' lower sides add, and so
        do those of the upper ones, so that one alone keeps its own, however lopsided (own assumption) [currency].
    cost : float
        All costs, those of no recommendation included [currency].
    net : float
        Earned less cost [currency].
    probability : float or None
        That the net value is above zero [-]; None where there is neither value nor cost.
    """

    group: str
    key: str
    currency: str
    promises: int
    settled: int
    verified: int
    promised: float
    measured: float
    ratio: float | None
    value_now: float
    earned: float
    earned_low: float
    earned_high: float
    cost: float
    net: float
    probability: float | None


@dataclass(frozen=True)
class Ledger:
    """A log read as a ledger at a moment.

    Parameters
    ----------
    at : datetime
    lines : tuple of LedgerLine
        A line a recommendation, in the order of promise.
    costs : tuple of CostLine
    quantities : tuple of QuantityLine
        Of verified recommendations.
    states : tuple of ReviewState
    """

    at: datetime
    lines: tuple[LedgerLine, ...]
    costs: tuple[CostLine, ...]
    quantities: tuple[QuantityLine, ...]
    states: tuple[ReviewState, ...]

    @property
    def is_ahead(self) -> bool:
        """Whether the moment is a later day than today: what is earned by then is foretold, not earned."""
        return self.at.date() > datetime.now(UTC).date()

    @property
    def due(self) -> tuple[Due, ...]:
        """Verified gains in use that wait to be estimated again; none for months that are still to come."""
        return due_months(self.states, min(self.at, datetime.now(UTC)))

    @property
    def unfollowed(self) -> tuple[TooFew, ...]:
        """Verified gains in use that cannot be estimated again: their trials left too few present periods."""
        return unfollowed_gains(self.states)

    @property
    def left(self) -> tuple[Left, ...]:
        """Verified gains whose settings the plant no longer runs."""
        return left_settings(self.states)

    @property
    def ended(self) -> tuple[Ended, ...]:
        """Verified gains that ended because a later verified one moved their settings, whether they earn again or not."""
        return ended_gains(self.states)

    @property
    def aside(self) -> tuple[Aside, ...]:
        """Months of verified gains that do not count, so that the share before them held."""
        return aside_months(self.states)

    @property
    def totals(self) -> tuple[Total, ...]:
        """Of everything, a total a currency."""
        return totals(self.lines, self.costs)

    def by(self, group: str) -> tuple[Total, ...]:
        """Return the totals by one of `GROUPS`; a line's year is that of its promise, a cost's its own."""
        return totals(self.lines, self.costs, group)

    def frame(self, table: str) -> pl.DataFrame:
        """Return `lines`, `costs`, `quantities` or `totals` (of everything and by each of `GROUPS`) as a frame."""
        if table == "totals":
            return _frame([*self.totals, *(t for group in GROUPS for t in self.by(group))], Total)
        kinds: dict[str, tuple[Sequence[object], type]] = {
            "lines": (self.lines, LedgerLine),
            "costs": (self.costs, CostLine),
            "quantities": (self.quantities, QuantityLine),
        }
        return _frame(*kinds[table])


def read_ledger(rows: Iterable[LogRow], at: datetime | None = None) -> Ledger:
    """Return the ledger that the rows of a log hold.

    Parameters
    ----------
    rows : iterable of LogRow
        In their order.
    at : datetime, optional
        Rows after it do not count; default now, and then every row does, for a clock may have been ahead.
    """
    every = list(rows)
    moment = at or datetime.now(UTC)
    known = every if at is None else [row for row in every if row.time <= moment]
    states = read_states(known)
    uses = [(state, use_of(state, states.values())) for state in states.values()]
    lines = tuple(ledger_line(state, moment, use.spans, use.ended_by) for state, use in uses)
    verified = {line.recommendation for line in lines if line.verified and line.until is None}
    return Ledger(
        moment,
        lines,
        tuple(cost for _, cost in _costs(known, states)),
        tuple(q for name, state in states.items() if name in verified for q in _quantities(state)),
        tuple(states.values()),
    )


def totals_over_time(rows: Iterable[LogRow], moments: Sequence[datetime]) -> list[tuple[Total, ...]]:
    """Return the totals of everything at each moment, by what is known at the last one.

    What a later estimate found of a month is earned in that month, not taken back on the day it was written; a cost counts from
    its row on. The last totals are those of the ledger at the last moment.

    Parameters
    ----------
    rows : iterable of LogRow
        In their order.
    moments : sequence of datetime
        In their order, one or more, with a timezone.
    """
    known = [row for row in rows if row.time <= moments[-1]]
    states = read_states(known)
    costs = _costs(known, states)
    uses = [(state, use_of(state, states.values())) for state in states.values()]
    return [
        totals(
            [ledger_line(state, moment, use.spans, use.ended_by) for state, use in uses],
            [cost for time, cost in costs if time <= moment],
        )
        for moment in moments
    ]


def totals(lines: Sequence[LedgerLine], costs: Sequence[CostLine], group: str = "all") -> tuple[Total, ...]:
    """Return a total for each value of a group and each currency, sorted; `all` for everything.

    Only the objective's money is added up: quantities such as tonnes saved are in it already, or were never priced.

    Parameters
    ----------
    lines : sequence of LedgerLine
        Of one ledger.
    costs : sequence of CostLine
        Of the same.
    group : str
        `all` or one of `GROUPS`.
    """

    def key(item: LedgerLine | CostLine) -> str:
        return "all" if group == "all" else str(getattr(item, group))

    every: list[LedgerLine | CostLine] = [*lines, *costs]
    keys = {(key(x), x.currency) for x in every if x.currency is not None}
    return tuple(
        _total(
            group,
            name,
            currency,
            [x for x in lines if key(x) == name and x.currency == currency],
            [c.amount for c in costs if key(c) == name and c.currency == currency],
        )
        for name, currency in sorted(keys)
    )


def _total(group: str, name: str, currency: str, lines: Sequence[LedgerLine], costs: Sequence[float]) -> Total:
    settled = [x for x in lines if x.settled and x.value_promised is not None and x.value_measured is not None]
    promised = math.fsum(x.value_promised or 0.0 for x in settled)
    measured = math.fsum(x.value_measured or 0.0 for x in settled)
    earned, cost = math.fsum(x.earned for x in lines), math.fsum(costs)
    sd = math.sqrt(math.fsum(x.earned_sd**2 for x in lines))
    sides = [_sides(x) for x in lines]
    verified = sum(x.verified for x in lines)
    return Total(
        group=group,
        key=name,
        currency=currency,
        promises=len(lines),
        settled=len(settled),
        verified=verified,
        promised=promised,
        measured=measured,
        ratio=measured / promised if promised else None,
        value_now=math.fsum(x.value_now or 0.0 for x in lines),
        earned=earned,
        earned_low=earned - math.hypot(*(below for below, _ in sides)),
        earned_high=earned + math.hypot(*(above for _, above in sides)),
        cost=cost,
        net=earned - cost,
        probability=probability_positive(earned - cost, sd) if (verified or cost) and not is_nothing(earned, cost) else None,
    )


def _sides(line: LedgerLine) -> tuple[float, float]:
    """How far what was earned may lie below and above, at `LEVEL`: its own sides, as wide in all as its deviation says."""
    width = line.earned_high - line.earned_low
    scale = 2.0 * NormalDist().inv_cdf(0.5 + LEVEL / 2) * line.earned_sd / width if width > 0.0 else 0.0
    return (line.earned - line.earned_low) * scale, (line.earned_high - line.earned) * scale


def _costs(rows: Sequence[LogRow], states: dict[str, ReviewState]) -> list[tuple[datetime, CostLine]]:
    """Every cost among the rows, with when it was written down."""
    units = {state.plant: str(state.rows[0].payload.get("unit", "")) for state in states.values()}
    return [(row.time, _cost_line(row, units, states.get(row.recommendation or ""))) for row in rows if row.kind == "cost"]


def _cost_line(row: LogRow, units: dict[str, str], state: ReviewState | None) -> CostLine:
    said = row.payload
    amount, note = counted_amount(said), storable(said.get("note", ""))
    if amount != said["amount"]:
        why = f"its {said['amount']:g} {said['currency']} do not count, being beyond {AMOUNT_HIGHEST:g}"
        note = f"{why}: {note}" if note else why
    return CostLine(
        seq=row.seq,
        day=row.time_utc[:10],
        year=row.time.year,
        plant=row.plant,
        unit=units.get(row.plant, ""),
        provider=storable(said.get("provider") or (state.provider if state else "")),  # older rows may hold any text
        recommendation=row.recommendation,
        category=said["category"],
        amount=amount,
        currency=said["currency"],
        note=note,
    )


def _quantities(state: ReviewState) -> list[QuantityLine]:
    verdict, _ = last_verdict(state.rows)
    assert verdict is not None
    assert verdict.grade in COUNTED_GRADES
    return [
        QuantityLine(state.id, state.plant, other.name, other.unit, other.estimate, other.low, other.high, other.level)
        for other in verdict.others
    ]


def _frame(items: Sequence[object], kind: type) -> pl.DataFrame:
    """A frame with a column a field; numbers are numbers even where the first rows hold none."""
    kinds: dict[str, Any] = {
        "str": pl.String,
        "int": pl.Int64,
        "float": pl.Float64,
        "bool": pl.Boolean,
        "datetime": pl.Datetime("us", "UTC"),
    }
    fields = kind.__dataclass_fields__  # type: ignore[attr-defined]
    schema = {name: kinds[str(field.type).split(" | ", maxsplit=1)[0]] for name, field in fields.items()}
    return pl.DataFrame([asdict(item) for item in items], schema=schema)  # type: ignore[call-overload]
