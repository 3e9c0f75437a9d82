"""The ledger as text for a terminal: promised against measured, money so far, totals, score card."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from workbench.show.digits import UNKNOWN, number_text, share_text
from workbench.show.plain_table import plain_table
from workbench.show.review_table import doubt_words
from workbench.show.words import one_line
from workbench.verify.accrual import is_nothing
from workbench.verify.held import verified_but_words
from workbench.verify.ledger import GROUPS, LEVEL, CostLine, Ledger, QuantityLine, Total
from workbench.verify.ledger_lines import FADES_OR, LedgerLine, last_verdict
from workbench.verify.ledger_months import Aside, Due, Left
from workbench.verify.providers import Score
from workbench.verify.unfollowed import TooFew
from workbench.wording import counted, unit_of_change

__all__ = [
    "aside_words",
    "due_words",
    "ledger_text",
    "left_out_words",
    "left_words",
    "not_held_notes",
    "score_text",
    "totals_text",
    "unfollowed_words",
]

DAYS_A_MONTH = 365.0 / 12.0


def ledger_text(ledger: Ledger) -> str:
    """Return the ledger: a line a recommendation for what was promised and measured, one for money, and the totals.

    Parameters
    ----------
    ledger : Ledger
        Of any size.
    """
    if not ledger.lines and not ledger.costs:
        return "Nothing has been promised, and nothing was put in yet.\n"
    blocks = []
    priced = [line for line in ledger.lines if line.value_promised is not None]
    if priced:
        blocks += ["\nPromised and measured, money per year", _promises(priced)]
    bare = [line for line in ledger.lines if line.value_promised is None]
    if bare:
        blocks += ["\nPromised and measured without a price, gain in its own unit", _gains(bare)]
    money = [line for line in ledger.lines if line.currency and (line.verified or line.cost)]
    abroad = _abroad(ledger)
    if money:
        blocks += [f"\nMoney so far, {ledger.at:%Y-%m-%d}", _money(money, abroad)]
    blocks += ["\nTotals by currency", totals_text(ledger.totals)]
    beside = _beside_the_money(ledger)
    if beside:
        blocks += ["\nBeside the money: in the objective's money already, or not priced; never added to it"]
        blocks.append(_quantities(beside))
    notes = [
        f"{line.recommendation} fades: {share_text(line.share)} of its gain is left, {FADES_OR}"
        for line in ledger.lines
        if line.fading
    ]
    notes += [f"{s.id} is {s.words}, and {doubt_words(s.doubt)}" for s in ledger.states if s.doubt is not None]
    notes += not_held_notes(ledger)
    notes += _other_levels(ledger)
    notes += [
        f"{name}: costs in {' and '.join(currencies)} are in the totals alone, so nothing is said of payback"
        for name, currencies in abroad.items()
    ]
    notes += _shared(ledger)
    notes += [f"{one.recommendation}: {one.words}" for one in ledger.ended]
    notes += [left_out_words(cost) for cost in ledger.costs if not cost.amount]
    notes += [f"{one.recommendation}: {aside_words(one)}" for one in ledger.aside]
    notes += [f"{due.recommendation}: {due_words(due)}" for due in ledger.due]
    notes += [f"{few.recommendation}: {unfollowed_words(few)}" for few in ledger.unfollowed]
    notes += [f"{left.recommendation}: {left_words(left)}" for left in ledger.left]
    return "\n".join([*(block.rstrip("\n") for block in blocks), *(f"- {note}" for note in notes)]).lstrip("\n") + "\n"


def _abroad(ledger: Ledger) -> dict[str, list[str]]:
    """Other currencies that money was put into a recommendation in, by recommendation."""
    earned_in = {line.recommendation: line.currency for line in ledger.lines if line.currency}
    out: dict[str, dict[str, float]] = {}
    for cost in ledger.costs:
        name = cost.recommendation
        if name in earned_in and cost.currency != earned_in[name]:
            paid = out.setdefault(name, {})
            paid[cost.currency] = paid.get(cost.currency, 0.0) + cost.amount
    found = {name: sorted(c for c, amount in paid.items() if amount) for name, paid in out.items()}
    return {name: currencies for name, currencies in found.items() if currencies}


def _shared(ledger: Ledger) -> list[str]:
    """What was put into no single recommendation, a note a plant and currency: the lines above do not add up without it."""
    sums: dict[tuple[str, str], list[float]] = {}
    for cost in ledger.costs:
        if cost.recommendation is None:
            sums.setdefault((cost.plant, cost.currency), []).append(cost.amount)
    found = {key: math.fsum(amounts) for key, amounts in sorted(sums.items())}
    return [
        f"{one_line(plant)}: {_amount(amount)} {currency} of costs are of no single recommendation, and in the totals alone"
        for (plant, currency), amount in found.items()
        if amount
    ]


def not_held_notes(ledger: Ledger) -> list[str]:
    """Return a note for each verified gain in use whose trial did not hold a limit."""
    in_use = {line.recommendation for line in ledger.lines if line.verified and line.until is None}
    verdicts = ((state.id, last_verdict(state.rows)[0]) for state in ledger.states if state.id in in_use)
    found = ((name, verified_but_words(verdict)) for name, verdict in verdicts if verdict is not None)
    return [f"{name}: {words}" for name, words in found if words]


def _other_levels(ledger: Ledger) -> list[str]:
    """What to say of measured intervals that are not those of the column's head: a look before the end has a wider one."""
    out = []
    for state in ledger.states:
        verdict, _ = last_verdict(state.rows)
        if verdict is not None and verdict.effect is not None and abs(verdict.effect.level - LEVEL) > 1e-9:
            out.append(
                f"{state.id}: its measured interval is one of {100 * verdict.effect.level:.3g} %, decided before the end"
            )
    return out


def aside_words(one: Aside) -> str:
    """Return by what a month that does not count went on, and why."""
    return f"{one.month} does not count, and went on by the share before it, {share_text(one.share)}: {one.why}"


def due_words(due: Due) -> str:
    """Return what waits to be estimated again, and the command to type."""
    return (
        f"its gain in {due.span} has not been estimated again: `workbench ledger decay {due.recommendation}`,"
        " with --source FILE where the newer records are in another file"
    )


def unfollowed_words(few: TooFew) -> str:
    """Return that a gain cannot be followed month by month, why, what that means for what it earns, and what would help."""
    return (
        f"its gain cannot be followed month by month, for its trial left {few.periods} periods at the present settings at most"
        f" and a month is compared with {few.least} or more: it earns in full until it is withdrawn or replaced. A shorter"
        " `period` in the sheet, where results come that often, or a new trial with longer blocks would tell what is left"
    )


def left_out_words(cost: CostLine) -> str:
    """Return which cost is too large to count."""
    return f"row {cost.seq}, a cost of {one_line(cost.plant)}: {one_line(cost.note)}"


def left_words(left: Left) -> str:
    """Return that verified settings are not run any more, and what to do."""
    return (
        f"in {left.month} {left.why}: set them again, or take it back"
        f" (`workbench review withdraw {left.recommendation} --by NAME --why TEXT`),"
        " for until then it goes on earning by the share before"
    )


def totals_text(totals: Sequence[Total]) -> str:
    """Return totals as a table, a currency a line; only what a trial has measured stands in promised and measured.

    Parameters
    ----------
    totals : sequence of Total
        Of one grouping.
    """
    group = totals[0].group if totals else "all"
    heads = ("currency", "settled", "promised/year", "measured/year", "earned", "90 % interval", "cost", "net", "P(net > 0)")
    rows = []
    for t in totals:
        row = (
            t.currency,
            f"{t.settled} of {t.promises}",
            _amount(t.promised if t.settled else None),
            _amount(t.measured if t.settled else None),
            _amount(t.earned),
            _span(t.earned_low, t.earned_high) if t.verified else UNKNOWN,
            _amount(t.cost),
            _amount(t.net),
            share_text(t.probability),
        )
        rows.append((one_line(t.key) or UNKNOWN, *row) if group in GROUPS else row)
    sides = "lrrrrrrrr"
    return plain_table((group, *heads), "l" + sides, rows) if group in GROUPS else plain_table(heads, sides, rows)


def score_text(scores: Sequence[Score]) -> str:
    """Return the score card of those who give advice, and what its ties and figures mean where there are some.

    Parameters
    ----------
    scores : sequence of Score
        In their order.
    """
    heads = ("rank", "provider", "settled", "measured/promised", "90 % interval", "agree", "first value", "cost")
    rows = []
    for s in scores:
        rank = UNKNOWN if s.rank is None else f"{s.rank} (tie)" if s.tied else f"{s.rank}"
        interval = (
            f"{s.ratio_low:.2f} to {s.ratio_high:.2f}" if s.ratio_low is not None and s.ratio_high is not None else UNKNOWN
        )
        agree = f"{s.covered} of {s.settled}" if s.settled else UNKNOWN
        days = UNKNOWN if s.days_to_value is None else f"{s.days_to_value:,.0f} d"
        cost = ", ".join(f"{_amount(amount)} {currency}" for currency, amount in s.costs) or UNKNOWN
        ratio = number_text(s.ratio, 2)
        rows.append((rank, one_line(s.provider), f"{s.settled} of {s.promises}", ratio, interval, agree, days, cost))
    notes = ["A tie: the 90 % intervals of measured over promised, cut at 1, overlap."] if any(s.tied for s in scores) else []
    if any(s.tied and s.ratio_high is None for s in scores):
        notes.append("With one settled recommendation there is no interval: such a provider ties with everybody.")
    notes += ["From trials of grade A and B alone."] if any(s.settled for s in scores) else []
    table = plain_table(heads, "llrrrrrl", rows)
    return f"{table}\n{' '.join(notes)}\n" if notes else table


def _promises(lines: Sequence[LedgerLine]) -> str:
    heads = ("recommendation", "state", "grade", "promised", "measured", "90 % interval", "in", "at settings")
    rows = []
    for x in lines:
        low, high = x.value_measured_low, x.value_measured_high
        span = UNKNOWN if low is None or high is None else _span(low, high)
        figures = (_amount(x.value_promised), _amount(x.value_measured), span, x.currency or "")
        rows.append((x.recommendation, x.words, x.grade or UNKNOWN, *figures, share_text(x.adherence)))
    return plain_table(heads, "lllrrrlr", rows)


def _gains(lines: Sequence[LedgerLine]) -> str:
    heads = ("recommendation", "state", "grade", "gain promised", "gain measured", "90 % interval", "in", "at settings")
    rows = []
    for x in lines:
        low, high = x.measured_low, x.measured_high
        span = UNKNOWN if low is None or high is None else f"{number_text(low)} to {number_text(high)}"
        figures = (number_text(x.promised), number_text(x.measured), span, unit_of_change(x.gain_unit))
        rows.append((x.recommendation, x.words, x.grade or UNKNOWN, *figures, share_text(x.adherence)))
    return plain_table(heads, "lllrrrlr", rows)


def _money(lines: Sequence[LedgerLine], abroad: Mapping[str, Sequence[str]]) -> str:
    heads = ("recommendation", "earned", "90 % interval", "cost", "net", "in", "P(net > 0)", "paid back after")
    rows = []
    for x in lines:
        not_paid = UNKNOWN if x.recommendation in abroad or is_nothing(x.earned, x.cost) else "not reached"
        paid = not_paid if x.payback is None else _time_of_use(x.payback)
        span = _span(x.earned_low, x.earned_high) if x.verified else UNKNOWN
        money = (_amount(x.earned), span, _amount(x.cost), _amount(x.net), x.currency or "", share_text(x.probability))
        rows.append((x.recommendation, *money, paid))
    return plain_table(heads, "lrrrrlrr", rows)


def _time_of_use(months: float) -> str:
    """Months, or days where they would read as none: `0.0 months` beside a net that is still below zero contradicts it."""
    if months == 0.0:
        return "no cost"
    if f"{months:.1f}" != "0.0":
        return f"{months:.1f} months"
    return counted(math.ceil(months * DAYS_A_MONTH), "day")


def _beside_the_money(ledger: Ledger) -> list[QuantityLine]:
    """All quantities but the objective itself: it is among what was promised and measured."""
    verdicts = ((state.id, last_verdict(state.rows)[0]) for state in ledger.states)
    known = {name: {one.name for one in verdict.beside} for name, verdict in verdicts if verdict is not None}
    return [q for q in ledger.quantities if q.name in known.get(q.recommendation, {q.name})]


def _quantities(quantities: Sequence[QuantityLine]) -> str:
    rows = [
        (
            q.recommendation,
            one_line(q.name),
            number_text(q.estimate, sign=True),
            UNKNOWN
            if q.low is None or q.high is None
            else f"{number_text(q.low, sign=True)} to {number_text(q.high, sign=True)}",
            one_line(unit_of_change(q.unit)),
        )
        for q in quantities
    ]
    return plain_table(("recommendation", "quantity", "measured", "interval", "unit"), "llrrl", rows)


def _amount(value: float | None) -> str:
    """Money in whole units, thousands apart."""
    return UNKNOWN if value is None else number_text(value, 0)


def _span(low: float, high: float) -> str:
    return f"{_amount(low)} to {_amount(high)}"
