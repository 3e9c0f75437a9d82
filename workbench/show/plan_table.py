"""A trial plan in a terminal: the answer, the candidates considered, the settings, and what ends the trial early."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from workbench.show.digits import UNKNOWN, money_text, share_text
from workbench.show.plain_table import plain_table, wrapped
from workbench.show.plan_standing import unproved_sentences
from workbench.show.schedule_page import Way, blocks_text, ends_sentences, is_of_batches, plan_dates, ways_of
from workbench.show.words import one_line
from workbench.trial_records import TrialPlan
from workbench.wording import block_span

__all__ = ["plan_table", "schedule_text"]

FORETOLD = "*"  # marks trials that are compared with a prognosis


def plan_table(plan: TrialPlan, candidates: pl.DataFrame, notes: Sequence[str] = ()) -> str:
    """Return the plan as text for a terminal, no line of sentences longer than 100 characters.

    Parameters
    ----------
    plan : TrialPlan
        Of any trial.
    candidates : polars.DataFrame
        Columns of `candidates_frame` of workbench.trials.
    notes : sequence of str
        What was assumed, a sentence each.
    """
    lines = [f"{one_line(plan.title or plan.plant)}  (plan {plan.id})", *wrapped(one_line(plan.answer))]
    lines += [line for sentence in unproved_sentences(plan) for line in wrapped(f"- {sentence}")]
    lines += [
        "",
        "Trials considered, by block length: the shortest that finds 80 % of gains as unsure as the promise, else the longest",
    ]
    lines += [_candidates(candidates, plan.cost.currency).rstrip()]
    if candidates["is_foretold"].any():
        lines += [f"{FORETOLD} by what all conditions foretell, with weights of the past; the others by covariates"]
    lines += [""]
    lines += [
        plain_table(("setting", "tag", "present", "proposed", "unit", "ramp"), "llrrll", [_row(way) for way in ways_of(plan)])
    ]
    full, half = plan.power[0], plan.power[-1]
    # where no settling time is known, a loss of 0 % would be a claim: the notes say what is taken for granted
    lost = ""
    if plan.carry_over > 0.0:
        lost = f" Without a washout {share_text(plan.carry_over)} of the effect would be lost, on average over the orders."
    known = plan.covariates or plan.prognosis
    without = f" (without covariates {share_text(full.without_covariates)})" if known else ""
    washout = _hours(plan.washout_hours)
    uncounted = f"; the first {washout} of a block do not count" if plan.washout_hours else ""
    lines += wrapped(
        f"Recommended: {len(plan.blocks)} blocks of {blocks_text(plan)}, of each two one present and one proposed, "
        f"in an order drawn by seed {plan.seed} out of {plan.n_orders:,}{uncounted}. "
        f"Rehearsed anew {full.runs} times it finds the promise in {share_text(full.with_covariates)}{without}, "
        f"half of it in {share_text(half.with_covariates)}.{lost}"
    )
    lines += wrapped(_known_sentence(plan))
    if plan.cost.expected is not None and plan.cost.high is not None:
        cost = money_text([plan.cost.expected, plan.cost.high], plan.cost.currency or "")
        lines += wrapped(f"Cost if the promise is wrong: {cost} ({one_line(plan.cost.note)}).")
    else:
        lines += wrapped(f"Cost: {one_line(plan.cost.note)}.")
    for sentence in (*ends_sentences(plan), *(one_line(note) for note in notes)):
        lines += wrapped(f"- {sentence}")
    return "\n".join(line.rstrip() for line in lines).replace(UNKNOWN, "-") + "\n"


def _known_sentence(plan: TrialPlan) -> str:
    if not plan.prognosis:
        return f"Covariates: {', '.join(plan.covariates) if plan.covariates else 'none'}."
    conditions = ", ".join(dict.fromkeys(name.partition("=")[0] for name in plan.prognosis))
    others = f" Covariates of the other outcomes: {', '.join(plan.covariates) if plan.covariates else 'none'}."
    return f"The objective is compared with what the conditions foretell, by weights of the past: {conditions}.{others}"


def schedule_text(plan: TrialPlan) -> str:
    """Return what is now on trial, in a few lines for a terminal."""
    blocks = plan_dates(plan)
    batches = "Each change comes with the first batch that starts after its time.\n" if is_of_batches(plan) else ""
    return (
        f"{plan.recommendation} is on trial by plan {plan.id}.\n"
        f"{len(plan.blocks)} blocks, {blocks}, local time of {plan.timezone}.\n"
        f"{batches}"
        "Nothing is set by the workbench: hand schedule.html and schedule.csv to the control room (--out DIR).\n"
        f"Afterwards: `workbench verify {plan.recommendation} --source FILE`.\n"
        f"To go back at any time: `workbench review withdraw {plan.recommendation} --by NAME --why TEXT`.\n"
    )


def _candidates(frame: pl.DataFrame, currency: str | None) -> str:
    heads = [
        "",
        "block",
        "washout",
        "blocks",
        "weeks",
        "finds promise",
        "half of it",
        "as unsure",
        "no covariates",
        "explained",
    ]
    priced = currency is not None and frame["cost"].null_count() == 0
    rows = []
    for row in frame.iter_rows(named=True):
        cells = [
            "->" if row["is_chosen"] else "",
            block_span(row["block_hours"], row["block_hours_most"]),
            _hours(row["washout_hours"]),
            f"{row['blocks']}",
            f"{row['weeks']:.1f}",
            *(share_text(round(row[key], 2)) for key in ("power", "power_half", "assurance", "power_without")),
            share_text(round(row["explained"], 2)) + (FORETOLD if row["is_foretold"] else ""),
        ]
        rows.append([*cells, money_text([row["cost"]], currency or "")] if priced else cells)
    return plain_table([*heads, "cost if wrong"] if priced else heads, "l" + "r" * (len(heads) - (0 if priced else 1)), rows)


def _row(way: Way) -> tuple[str, ...]:
    return one_line(way.name), one_line(way.tag), way.present, way.proposed, one_line(way.unit), way.ramp


def _hours(hours: float) -> str:
    return f"{hours / 24:.3g} d" if hours >= 48 else f"{hours:.3g} h"
