"""Plan and ledger in markdown for the notebooks: a few sentences and small tables."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.show.digits import UNKNOWN, money_text, number_text, share_text
from workbench.show.markdown_table import escaped, markdown_table
from workbench.show.plan_standing import unproved_sentences
from workbench.show.review_table import doubt_words
from workbench.show.schedule_page import blocks_text, ends_sentences, ways_of
from workbench.show.value_table import aside_words, due_words, left_out_words, left_words, not_held_notes, unfollowed_words
from workbench.trial_records import TrialPlan
from workbench.verify.ledger import Ledger, Total
from workbench.verify.ledger_lines import FADES_OR, LedgerLine
from workbench.verify.states import day_words
from workbench.wording import counted, unit_of_change

__all__ = ["next_markdown", "plan_markdown", "portfolio_markdown"]

EMPTY = "**The ledger is empty**: nothing has been promised, nothing was put in, and nothing came out."


def plan_markdown(plan: TrialPlan, beside: Sequence[str] = ()) -> str:
    """Return the plan: answer, settings, what it finds, what it costs, looks and stop rules.

    Parameters
    ----------
    plan : TrialPlan
        Of any trial.
    beside : sequence of str
        What must be known before it is followed, a sentence each: said first.
    """
    full, half = plan.power[0], plan.power[-1]
    rows = [(way.name, way.tag, way.present, way.proposed, way.unit, way.ramp) for way in ways_of(plan)]
    washout = number_text(plan.washout_hours)
    uncounted = f"; the first {washout} h of a block do not count" if plan.washout_hours else ""
    lines = [f"**{escaped(sentence)}**\n" for sentence in beside]
    lines += [
        f"**{escaped(plan.answer)}**",
        *(f"\n{sentence}" for sentence in unproved_sentences(plan)),
        "",
        markdown_table(("setting", "tag", "present", "proposed", "unit", "ramp"), "llrrll", rows),
        "",
        f"- {len(plan.blocks)} blocks of {blocks_text(plan)}{uncounted}."
        f" The order is drawn by seed {plan.seed} out of {plan.n_orders:,}.",
        f"- Rehearsed {full.runs} times on the plant's own past: the promise is found in {share_text(full.with_covariates)},"
        f" half of it in {share_text(half.with_covariates)}.",
    ]
    if plan.cost.expected is not None and plan.cost.high is not None:
        cost = money_text([plan.cost.expected, plan.cost.high], plan.cost.currency or "")
        lines.append(f"- Cost if the promise is wrong: {escaped(cost)} ({escaped(plan.cost.note)}).")
    else:
        lines.append(f"- Cost: {escaped(plan.cost.note)}.")
    lines += [f"- {escaped(sentence)}" for sentence in ends_sentences(plan)]
    return "\n".join(lines)


def portfolio_markdown(ledger: Ledger) -> str:
    """Return what was put in and what came out, by currency; one plain sentence where the ledger is empty.

    Parameters
    ----------
    ledger : Ledger
        Of any size.
    """
    if not ledger.lines and not ledger.costs:
        return EMPTY
    settled = sum(line.settled for line in ledger.lines)
    verified = sum(line.verified for line in ledger.lines)
    day, earned = day_words(ledger.at), "earned by then" if ledger.is_ahead else "earned so far"
    opens = f"**A look ahead to {day}**, if all runs on as it does today: " if ledger.is_ahead else f"On {day}: "
    lines = [
        f"{opens}{counted(len(ledger.lines), 'recommendation')}, {settled} measured by a trial, {verified} of them verified."
        " Only verified gains earn.",
        "",
        markdown_table(
            ("currency", "put in", earned, "90 % interval", "net", "chance that net > 0", "worth a year now"),
            "lrrrrrr",
            [_total(total) for total in ledger.totals],
        ),
    ]
    if not verified:
        lines += ["", "**No gain is verified yet**: what was promised is a promise."]
    for figures, heads in (
        ([_money_figures(x) for x in ledger.lines if x.value_promised is not None], ("promised a year", "measured a year")),
        ([_gain_figures(x) for x in ledger.lines if x.value_promised is None], ("gain promised", "gain measured")),
    ):
        if figures:
            lines += ["", markdown_table(("recommendation", "plant", "state", "grade", *heads, "in"), "llllrrl", figures)]
    lines += [
        f"\n{escaped(line.recommendation)} fades: {share_text(line.share)} of its gain is left, {FADES_OR}."
        for line in ledger.lines
        if line.fading
    ]
    lines += [f"\n{escaped(note)}." for note in not_held_notes(ledger)]
    lines += [f"\n{escaped(one.recommendation)}: {escaped(one.words)}." for one in ledger.ended]
    lines += [f"\n{escaped(one.recommendation)}: {escaped(aside_words(one))}." for one in ledger.aside]
    lines += [f"\n{escaped(few.recommendation)}: {escaped(unfollowed_words(few))}." for few in ledger.unfollowed]
    lines += [f"\n{escaped(left_out_words(cost))}." for cost in ledger.costs if not cost.amount]
    return "\n".join(lines)


def next_markdown(ledger: Ledger) -> str:
    """Return what waits for a person, a line each.

    Parameters
    ----------
    ledger : Ledger
        Of any size.
    """
    doubted = {state.id: state.doubt for state in ledger.states if state.doubt is not None and state.state == "approved"}
    lines = [words for line in ledger.lines if line.recommendation not in doubted and (words := _waits(line))]
    lines += [f"{escaped(name)} is approved, and {escaped(doubt_words(answer))}." for name, answer in doubted.items()]
    lines += [f"{escaped(due.recommendation)} ({escaped(due.plant)}): {due_words(due)}." for due in ledger.due]
    lines += [f"{escaped(left.recommendation)} ({escaped(left.plant)}): {left_words(left)}." for left in ledger.left]
    if not lines:
        lines = ["Nothing waits for anybody. Tune again on newer records: `workbench tune PLANT`."]
    return "\n".join(f"- {line}" for line in lines)


def _waits(line: LedgerLine) -> str:
    name = f"{escaped(line.recommendation)} ({escaped(line.plant)})"
    if line.fading:
        return f"{name} fades: look at what changed on the plant, or withdraw it."
    approve = f"workbench review approve {line.recommendation} --by NAME --why TEXT"
    words = {
        "proposed": f"waits for a decision: `{approve}`, or `reject`.",
        "approved": "is approved: plan and schedule its trial with `trial.ipynb`.",
        "on_trial": "is on trial: measure it with `verify.ipynb` when its blocks are over.",
    }
    return f"{name} {words[line.state]}" if line.state in words else ""


def _total(total: Total) -> tuple[str, ...]:
    interval = f"{_money(total.earned_low)} to {_money(total.earned_high)}" if total.verified else UNKNOWN
    chance = share_text(total.probability)
    return (
        total.currency,
        _money(total.cost),
        _money(total.earned),
        interval,
        _money(total.net),
        chance,
        _money(total.value_now),
    )


def _money_figures(line: LedgerLine) -> tuple[str, ...]:
    return *_name(line), _money(line.value_promised), _money(line.value_measured), line.currency or ""


def _gain_figures(line: LedgerLine) -> tuple[str, ...]:
    return *_name(line), number_text(line.promised), number_text(line.measured), unit_of_change(line.gain_unit)


def _name(line: LedgerLine) -> tuple[str, ...]:
    return line.recommendation, line.plant, line.words, line.grade or UNKNOWN


def _money(value: float | None) -> str:
    return UNKNOWN if value is None else number_text(value, 0)
