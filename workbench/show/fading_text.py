"""What is left of a verified gain, month by month, as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from workbench.show.digits import number_text, share_text
from workbench.show.plain_table import plain_table
from workbench.show.words import one_line
from workbench.switchback.later import LEAST_PERIODS
from workbench.verify.decay import MonthGain, is_from_fewer
from workbench.verify.fading import Fading
from workbench.verify.ledger_lines import FADES_OR
from workbench.verify.states import day_words
from workbench.wording import counted

__all__ = ["fading_text"]


def fading_text(found: Fading) -> str:
    """Return the months as a table, what is to be said of some of them, and what is new in the ledger."""
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
        for m in found.months
    ]
    heads = ("month", f"gain [{found.plan.unit}]", "90 % interval", "of verified", "at settings", "periods", "")
    table = plain_table(heads, "lrrrrrl", rows) if rows else "The records hold no whole month of this gain after the trial.\n"
    fresh = ", ".join(f"{said['month']}{_again(said, found.held)}" for said in found.new) or "nothing"
    flag = "It fades: the last two" if found.is_fading else "It is not flagged as fading: that takes the last two"
    doubt = f", {FADES_OR}" if found.is_fading else ""
    short = "both below what was verified by more than the errors of both explain"
    last = f"New in the ledger: {fresh}. {flag} months that count, {short}{doubt}."
    return "\n".join([table, *_month_notes(found), *_frozen_notes(found), *_other_notes(found), last]) + "\n"


def _month_notes(found: Fading) -> Iterator[str]:
    for m in found.months:
        if m.month in found.held and is_from_fewer(m, found.held[m.month]):
            yield (
                f"- {m.month} stays in the ledger as it was estimated from {found.held[m.month]['periods']} periods:"
                f" these records hold {m.periods} of them."
            )
            yield f"  Were the others wrong, write their time and why under `exclude` in {found.state.sheet} and ask again."
        if m.beyond:
            yield f"- {m.month} goes beyond what the trial's present blocks saw in {m.beyond}: that widens its interval."
        if m.aside:
            yield f"- {m.month} counts neither for nor against the gain, and the share before it holds: {m.aside}."


def _frozen_notes(found: Fading) -> Iterator[str]:
    for month, periods in found.frozen.items():
        if month >= found.plan.start[:7]:
            left = found.left[month]
            few = f": {left} are left, too few to estimate it from" if left < LEAST_PERIODS else ""
            yield f"- {month}: {counted(periods, 'period')} set aside, as a reading of the objective stood still{few}."


def _other_notes(found: Fading) -> Iterator[str]:
    for other in found.others:
        until = f"until {day_words(other.end)}" if other.end else "on"
        yield (
            f"- From {other.start:%Y-%m} {until} its months are not estimated again, and the last share before them holds:"
            f" {other.why}."
        )
    for ended in found.ended:
        yield f"- {found.state.id}: {ended.words}."


def _standing(month: MonthGain) -> str:
    """What a month means for the gain, in a word or two."""
    if month.aside:
        return "does not count"
    return "below what was verified" if month.below else "counts as 100 %" if month.share > 1.0 else ""


def _again(said: dict[str, Any], held: Mapping[str, dict[str, Any]]) -> str:
    """Why a month that the ledger held already is written once more."""
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
