"""A verdict in a terminal: verified or not, the effect beside the promise, the grade and why, and what it is worth."""

from __future__ import annotations

import textwrap

from workbench.show.digits import UNKNOWN, decimals_for, number_text, share_text
from workbench.show.plain_table import WIDTH, plain_table
from workbench.show.table import findings_table
from workbench.show.words import gain_texts, money_texts, objective_name, one_line
from workbench.trial_records import UNPRICED, Deviation, Estimate, TrialLimit, Verdict
from workbench.verify.grade import GRADES
from workbench.wording import LOOKS_COUNTED, many, shown_unit, unit_of_change

__all__ = ["estimate_texts", "verdict_table", "verdict_words"]

DEVIATIONS_SHOWN = 12
NO_MONEY = "No money: the effect has no interval."


def verdict_words(verdict: Verdict) -> str:
    """Return the verdict in two or three words."""
    if verdict.status == "verified":
        return "VERIFIED"
    if verdict.status == "not_verified":
        return "NOT VERIFIED"
    return "NOT DECIDED YET" if verdict.plan is not None else "NOT VERIFIED: there was no trial"


def estimate_texts(estimate: Estimate) -> tuple[str, str]:
    """Return an estimate with its unit, and its interval in words; open where the blocks are too few for one.

    Examples
    --------
    >>> estimate_texts(Estimate(name="recovery", unit="%", estimate=0.61, low=0.22, high=0.98, level=0.9))
    ('+0.61 %-points', '90 % interval +0.22 to +0.98 %-points')
    """
    unit = unit_of_change(estimate.unit)
    if estimate.low is None or estimate.high is None:
        return f"{number_text(estimate.estimate, sign=True)} {unit}".strip(), "too few blocks for an interval"
    decimals = decimals_for(estimate.high - estimate.low)
    low, high = (number_text(end, decimals, sign=True) for end in (estimate.low, estimate.high))
    expected = f"{number_text(estimate.estimate, decimals, sign=True)} {unit}".strip()
    return expected, f"{share_text(estimate.level)} interval {low} to {high} {unit}".strip()


def verdict_table(verdict: Verdict, title: str = "", more_in: str = "verdict.json", noun: str = "period") -> str:
    """Return the verdict as text for a terminal, no line of prose longer than 100 characters.

    Parameters
    ----------
    verdict : Verdict
        Of any status.
    title : str
        Of the plant; its name where there is none.
    more_in : str
        Where the deviations stand for which there is no room here.
    noun : str
        What a row of the plant's history is: `period` or `batch`.
    """
    lines = [
        f"{one_line(title or verdict.plant)}  ({verdict.id})",
        f"{verdict_words(verdict)}, grade {verdict.grade}: {GRADES[verdict.grade]}",
    ]
    lines += [f"- {one_line(reason)}" for reason in verdict.reasons if reason != GRADES[verdict.grade]]
    lines += ["", *_effect_lines(verdict), *_evidence_lines(verdict, many(noun))]
    out = "\n".join(part for line in lines for part in _wrapped(line)) + "\n"
    if verdict.beside:
        rows = [(one_line(o.name), *estimate_texts(o)) for o in verdict.beside]
        out += "\nWhat else changed, proposed less present, each on its own and never to be added to the money\n"
        out += plain_table(("quantity", "change", "interval"), "lrl", rows)
    if verdict.limits:
        held = [
            (
                one_line(t.name),
                f"{'at most' if t.bound == 'high' else 'at least'} {number_text(t.value)} {shown_unit(t.unit)}".rstrip(),
                share_text(t.held_present),
                share_text(t.held_proposed),
                _fate(t),
            )
            for t in verdict.limits
        ]
        out += f"\nLimits, share of the {many(noun)} within\n"
        out += plain_table(("limit", "must be", "present", "proposed", ""), "llrrl", held)
    out += _deviation_text(verdict.deviations, has_plan=verdict.plan is not None, more_in=more_in)
    if verdict.findings is not None:
        found = findings_table(verdict.findings, terminal=False, width=WIDTH)
        out += found if verdict.findings else f"\n{found}"
    return out.replace(UNKNOWN, "-")


def _fate(limit: TrialLimit) -> str:
    if limit.stopped or limit.broken:
        return "stop rule met" if limit.stopped else "not held"
    return "not judged: no result counts" if limit.held_proposed is None else ""


def _effect_lines(verdict: Verdict) -> list[str]:
    lines = []
    effect = verdict.effect
    if effect is not None:
        expected, interval = estimate_texts(effect)
        lines.append(f"Measured improvement in {objective_name(effect.name)}: {expected}  ({interval})")
    if verdict.promised is not None:
        expected, interval = gain_texts(verdict.promised)
        lines.append(f"Promised: {expected}  ({interval})")
    if effect is not None and verdict.value_per_year is None and None in (effect.low, effect.high):
        lines.append(f"Worth: {NO_MONEY}")
    elif effect is not None and (why := next((d.text for d in verdict.deviations if d.kind == UNPRICED), None)):
        lines.append(f"Worth: Not priced: {why}.")
    elif effect is not None:
        money, interval = money_texts(verdict.value_per_year, effect.level)
        lines.append(f"Worth: {money}  ({interval})" if interval else f"Worth: {money}")
    return lines


def _evidence_lines(verdict: Verdict, rows: str) -> list[str]:
    lines = []
    if verdict.p_value is not None and verdict.n_orders is not None:
        lines.append(
            f"Test: one-sided p = {number_text(verdict.p_value)}, {LOOKS_COUNTED}, {verdict.n_orders:,} orders of "
            f"{verdict.blocks_used} blocks"
        )
    elif verdict.p_value is not None:
        lines.append(f"Rank among past dates without a change: p = {number_text(verdict.p_value)}, one-sided")
    if verdict.placebo_rate is not None:
        lines.append(
            f"Cries wolf: the usual test found a gain at {share_text(verdict.placebo_rate)} of past dates without a change"
        )
    if verdict.adherence is not None:
        lines.append(f"Adherence: at the planned settings in {share_text(verdict.adherence)} of the hours that should count")
    lineage = verdict.lineage
    aside = ", ".join(f"{n:,} {why}" for why, n in lineage.periods_set_aside.items())
    each = "" if lineage.period_hours is None else f" of {number_text(lineage.period_hours)} h"
    count = f"{lineage.periods_counted:,} of {lineage.periods_in:,} count"
    lines.append(f"{rows.capitalize()}{each}: {count}" + (f"; set aside: {aside}" if aside else ""))
    return lines


def _deviation_text(deviations: tuple[Deviation, ...], *, has_plan: bool, more_in: str) -> str:
    """What was not as planned; without a plan there is none to keep to, and only what is known is said."""
    title = "Deviations from the plan" if has_plan else "Deviations"
    if not deviations:
        return f"\n{title}: none\n" if has_plan else ""
    rows = [
        (UNKNOWN if d.block is None else str(d.block), d.kind, number_text(d.hours) if d.hours else UNKNOWN, one_line(d.text))
        for d in deviations[:DEVIATIONS_SHOWN]
    ]
    text = f"\n{title}\n" + plain_table(("block", "what", "hours", ""), "rlrl", rows)
    more = len(deviations) - len(rows)
    return text + (f"and {more} more in {more_in}\n" if more else "")


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(line, WIDTH, subsequent_indent="  ") or [""]
