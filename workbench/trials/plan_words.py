"""What a trial plan says in words: how long it takes and what it finds, and what was assumed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from workbench.plant import Sheet
from workbench.records import Recommendation
from workbench.switchback.lengths import LEAST_PAIRS
from workbench.switchback.reckoned import weeks_needed
from workbench.trial_records import Power
from workbench.trials.candidates import CARRY_OVER_MOST, Candidate, Question
from workbench.trials.past import Past
from workbench.wording import block_span, unit_of_change

__all__ = ["plan_answer", "plan_notes"]

SLOW = "M105"  # the finding of a recommendation that results follow their settings over several periods
DOUBT_SAID = 0.05  # of the power [-]: a larger standard error is said
SPARE_SAID = 3  # [pairs] a plan that may lose this many or fewer says so; own assumption
LONGEST_SAID = 208.0  # [weeks] beyond four years a figure says nothing


def plan_answer(
    chosen: Candidate, powers: Sequence[Power], assurance: float, question: Question, unit: str, *, provable: bool
) -> str:
    """Return in one sentence how long the trial is and what it finds, or that a season is not enough.

    Parameters
    ----------
    chosen, question
        The trial and what it has to find.
    powers : sequence of Power
        For the promised gain, and for half of it.
    assurance : float
        For a gain as unsure as the promise [-].
    unit : str
        Of the objective.
    provable : bool
        Whether the season is enough.
    """
    effect = f"{question.effect:.3g} {unit_of_change(unit)}".rstrip()
    blocks = f"{chosen.n_blocks} blocks of {block_span(chosen.block_hours, chosen.block_hours_most)}"
    full, half = (power.with_covariates for power in powers)
    finds = (
        f"find the promised {effect} in {100 * full:.0f} % of the cases, half of it in {100 * half:.0f} %,"
        f" and a gain as unsure as the promise in {100 * assurance:.0f} %"
    )
    if provable:
        return f"This plant needs {chosen.weeks:.1f} weeks: {blocks} {finds}."
    cannot = f"Cannot be proved in a season of {question.longest / timedelta(weeks=1):g} weeks"
    if chosen.boundaries[-1] - chosen.boundaries[0] > question.longest:
        return f"{cannot}: even the shortest trial that could prove anything, {blocks}, takes {chosen.weeks:.1f} weeks."
    needed = weeks_needed(chosen.weeks, full)
    about = f"about {needed:.0f} weeks would be needed" if needed < LONGEST_SAID else "years would be needed"
    return f"{cannot}: {blocks} {finds}; {about}."


def plan_notes(
    sheet: Sheet, past: Past, recommendation: Recommendation, question: Question, chosen: Candidate, fewer: float, lost: float
) -> tuple[str, ...]:
    """Return what was assumed, a sentence each.

    `fewer` is the power where a tenth of the pairs is lost, `lost` the share of the effect that carry-over takes in the order
    drawn, after the washout [-].
    """
    out = [
        f"Power is the share of rehearsals on the plant's own past ({past.hours / 168:.0f} weeks, settings' moves taken out) "
        "in which the analysis of the verdict finds the effect; the effect comes as a first-order response.",
        "In rehearsal no block is lost but to stops and missing results such as the past had, and the gain follows the "
        f"conditions as the model has learned it. With one pair of blocks in ten more lost it is found in {100 * fewer:.0f} %"
        " of the cases; one that comes on few days, which no condition tells, is found less often than stated.",
    ]
    if chosen.doubt > DOUBT_SAID:
        out.append(f"The past holds few blocks of this length: the power is known to {100 * chosen.doubt:.0f} points or so.")
    if past.hours < chosen.weeks * 168.0:
        out.append("The past is shorter than the trial and was gone round more than once: the power is a rough figure.")
    if sheet.period is not None and question.settling_hours == 0.0:
        out.append(_unsettled(recommendation, chosen.washout_hours))
    elif sheet.period is not None:
        out += _unsettled_objective(sheet, recommendation, question.settling_hours)
    idle = chosen.layout.is_idle
    pairs = chosen.n_blocks // 2 - int((idle[::2] | idle[1::2]).sum())
    if pairs - LEAST_PAIRS <= SPARE_SAID:
        left = pairs - LEAST_PAIRS
        spare = "1 pair" if left == 1 else f"{left} pairs" if left > 0 else "none"
        on = " on days that count" if idle.any() else ""
        out.append(
            f"The trial may lose {spare} of its {pairs} pairs of blocks{on} to breaks and missing results: "
            f"with fewer than {LEAST_PAIRS} left nothing can be verified."
        )
    if max(chosen.bias, lost) > CARRY_OVER_MOST:
        shares = f"{100 * lost:.2g} % of the effect (on average over the orders {100 * chosen.bias:.2g} %)"
        out.append(f"After the washout carry-over still takes {shares} in the order drawn: make trial.washout longer.")
    return tuple(out)


def _unsettled(recommendation: Recommendation, washout_hours: float) -> str:
    """What a plan without a settling time takes for granted, and whether the records speak against it."""
    if all(finding.code != SLOW for finding in recommendation.findings):
        left = f"in full after the first {washout_hours:.3g} h of a block" if washout_hours else "nothing is washed out"
        return f"The sheet gives no settling time: the effect is taken to be there at once, and {left}."
    return (
        "The sheet gives no settling time, so the effect is taken to be there at once; but the records show results that follow"
        f" their settings over several periods ({SLOW}): part of the effect would be lost. Write the `settling` of the outcome"
        " into the sheet and plan again: that gives a washout."
    )


def _unsettled_objective(sheet: Sheet, recommendation: Recommendation, settling_hours: float) -> list[str]:
    """What a plan takes for granted whose settling time is that of other outcomes than those the objective is made of."""
    moved = [s.name for s in recommendation.settings if s.proposed != s.now and s.name in sheet.settings]
    if all(sheet.settings[name].settling for name in moved):
        return []  # the settings' own say how long anything takes to follow them
    unsettled = [name for name, o in sheet.outcomes.items() if name in sheet.objective.formula.names and not o.settling]
    is_slow = any(finding.code == SLOW and "the objective" in finding.text for finding in recommendation.findings)
    if not is_slow or not unsettled:
        return []
    has = "has" if len(unsettled) == 1 else "have"
    return [
        f"The effect is taken to settle in {settling_hours:.3g} h, the longest `settling` in the sheet; but the records show"
        f" that the objective follows its settings over several periods ({SLOW}), and {', '.join(unsettled)}, which it is made"
        f" of, {has} none. Where they take longer, part of the effect would be lost: write their `settling` into the sheet and"
        " plan again."
    ]
