"""`workbench ledger decay`: what is left of a verified gain, month by month, and which of its months are new in the ledger."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from workbench.errors import InputError
from workbench.wording import counted

if TYPE_CHECKING:
    from workbench.verify.decay import MonthGain

__all__ = ["decay_months"]


def decay_months(options: argparse.Namespace) -> None:
    """Estimate the months of a verified gain again, write the new and the corrected ones down, and print them all."""
    import polars as pl

    from workbench.plant import load_sheet
    from workbench.progress import ProgressLine
    from workbench.proving import read_since
    from workbench.show.digits import number_text, share_text
    from workbench.show.plain_table import plain_table
    from workbench.show.table import findings_table
    from workbench.switchback.later import LEAST_PERIODS
    from workbench.track import Store
    from workbench.track.review import state_of
    from workbench.verify.decay import is_from_fewer, monthly_gains, record_decay
    from workbench.verify.ledger import read_ledger
    from workbench.verify.ledger_lines import FADES_OR, held_months, last_verdict
    from workbench.verify.ledger_months import other_use
    from workbench.verify.log import Log
    from workbench.verify.readings import frozen_months
    from workbench.verify.same import check_same
    from workbench.verify.states import day_words, read_states

    store = Store.open()
    state = state_of(store, options.id)
    verdict, _ = last_verdict(state.rows)
    if verdict is None or state.state != "verified":
        raise InputError(f"{state.id} is {state.words}: only a verified gain can fade")
    plan = state.plan
    if plan is None:
        raise InputError(f"{state.id} has no plan of a trial in the ledger: there is nothing to compare a month with")
    with ProgressLine() as progress:
        sheet = load_sheet(state.sheet)
        check_same(sheet, state, plan)
        history, findings = read_since(sheet, options.source or state.source, progress, plan)
    log = Log.open(store.folder)
    others, held = other_use(state, read_states(log.rows()).values()), held_months(state.rows)
    usable, frozen = history.usable, frozen_months(sheet, history.frame)
    months = monthly_gains(sheet, usable, plan, verdict, others, frozen)
    new = record_decay(log, verdict, months, others, frozen=frozen)
    print(f"Store: {store.folder}\n")
    rows = [
        (
            m.month,
            number_text(m.gain),
            f"{number_text(m.low)} to {number_text(m.high)}",
            share_text(m.share),
            share_text(m.adherence),
            f"{m.periods}",
            _standing(m),
        )
        for m in months
    ]
    heads = ("month", f"gain [{plan.unit}]", "90 % interval", "of verified", "at settings", "periods", "")
    print(plain_table(heads, "lrrrrrl", rows) if rows else "The records hold no whole month of this gain after the trial.\n")
    for m in months:
        if m.month in held and is_from_fewer(m, held[m.month]):
            print(
                f"- {m.month} stays in the ledger as it was estimated from {held[m.month]['periods']} periods: these records"
                f" hold {m.periods} of them."
            )
            print(f"  Were the others wrong, write their time and why under `exclude` in {state.sheet} and ask again.")
        if m.beyond:
            print(f"- {m.month} goes beyond what the trial's present blocks saw in {m.beyond}: that widens its interval.")
        if m.aside:
            print(f"- {m.month} counts neither for nor against the gain, and the share before it holds: {m.aside}.")
    for month, periods in frozen.items():
        if month >= plan.start[:7]:
            left = usable.filter(pl.col("time").dt.strftime("%Y-%m") == month).height
            few = f": {left} are left, too few to estimate it from" if left < LEAST_PERIODS else ""
            print(f"- {month}: {counted(periods, 'period')} set aside, as a reading of the objective stood still{few}.")
    for other in others:
        until = f"until {day_words(other.end)}" if other.end else "on"
        print(
            f"- From {other.start:%Y-%m} {until} its months are not estimated again, and the last share before them holds:"
            f" {other.why}."
        )
    fresh = ", ".join(f"{said['month']}{_again(said, held)}" for said in (row.payload for row in new)) or "nothing"
    ledger = read_ledger(log.rows())
    [line] = [line for line in ledger.lines if line.recommendation == state.id]
    for ended in [one for one in ledger.ended if one.recommendation == state.id]:
        print(f"- {state.id}: {ended.words}.")
    flag = "It fades: the last two" if line.fading else "It is not flagged as fading: that takes the last two"
    doubt = f", {FADES_OR}" if line.fading else ""
    short = "both below what was verified by more than the errors of both explain"
    print(f"New in the ledger: {fresh}. {flag} months that count, {short}{doubt}.")
    print(findings_table(findings, terminal=False), end="")


def _standing(month: MonthGain) -> str:
    """What a month means for the gain, in a word or two."""
    if month.aside:
        return "does not count"
    return "below what was verified" if month.below else "counts as 100 %" if month.share > 1.0 else ""


def _again(said: dict[str, Any], held: dict[str, Any]) -> str:
    """Why a month that the ledger held already is written once more."""
    from workbench.show.digits import share_text
    from workbench.show.words import one_line

    was = held.get(said["month"])
    if was is None:
        return ""
    if said["periods"] < was["periods"] and "frozen" in said and said.get("excluded") == was.get("excluded"):
        return f" (again, without {counted(said['frozen'], 'period')} in which a reading of the objective stood still)"
    if said["periods"] < was["periods"]:
        return f" (again, without what the sheet excludes: {one_line(said['excluded'])})"
    if said["periods"] > was["periods"]:
        return " (again, from more records)"
    if (said["aside"] is None) != (was.get("aside") is None):
        return " (again, see above)"
    return f" (again, corrected from {share_text(was['share'])} of verified)"
