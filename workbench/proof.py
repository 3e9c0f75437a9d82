"""What the notebooks of the proof draw and tell: a decision, a plan, a verdict, a portfolio."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from workbench.draw import Words, drawn, told_empty
from workbench.trial_records import TrialPlan, Verdict

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from workbench.desk import Book
    from workbench.verify.picture import TrialPicture
    from workbench.verify.states import ReviewState

__all__ = [
    "draw_blocks",
    "draw_promised",
    "draw_randomisation",
    "draw_schedule",
    "draw_value",
    "tell_decision",
    "tell_next",
    "tell_plan",
    "tell_portfolio",
    "tell_review",
    "tell_scores",
    "tell_verdict",
]

NO_TRIAL = "There was no trial, so there are no blocks: the change was simply made."


def draw_schedule(plan: TrialPlan) -> Figure | Words:
    """Return the schedule over time."""
    from workbench.show import schedule_data, schedule_figure

    return drawn(schedule_figure(schedule_data(plan)))


def draw_blocks(picture: TrialPicture | None) -> Figure | Words:
    """Return the mean of each block over time."""
    from workbench.show.trial_blocks import blocks_data, blocks_figure

    return told_empty("Blocks of the trial", NO_TRIAL) if picture is None else drawn(blocks_figure(blocks_data(picture)))


def draw_randomisation(picture: TrialPicture | None) -> Figure | Words:
    """Return what every admissible order would have shown, and the real one."""
    from workbench.show.randomisation import randomisation_data, randomisation_figure

    if picture is None:
        return told_empty("Could luck alone have done it?", NO_TRIAL)
    return drawn(randomisation_figure(randomisation_data(picture)))


def draw_promised(book: Book) -> Figure | Words:
    """Return what was promised against what trials measured."""
    from workbench.show.promised import promised_data, promised_figure

    return drawn(promised_figure(promised_data(book.ledger)))


def draw_value(book: Book) -> Figure | Words:
    """Return earned, cost and net over time."""
    from workbench.show.value_over_time import value_data, value_figure

    return drawn(value_figure(value_data(book.rows, book.ledger.at)))


def tell_review(state: ReviewState) -> Words:
    """Return where a recommendation stands, what it promises, and every decision about it."""
    from workbench.show.review_table import review_text

    return _text(review_text(state))


def tell_decision(state: ReviewState) -> Words:
    """Return where a recommendation stands, what that means, and, while it waits for a decision, who may make it and how."""
    from workbench.show.review_table import decision_text, how_to_approve

    return _text(f"{decision_text(state)}\n{how_to_approve(state)}")


def tell_plan(plan: TrialPlan, state: ReviewState | None = None) -> Words:
    """Return how long the trial takes, what it finds and costs, and what ends it early.

    Parameters
    ----------
    plan : TrialPlan
        Of any trial.
    state : ReviewState, optional
        Where its recommendation stands: then it is said first where that is on trial by another plan or was tried already, and
        where the plan's start has passed.
    """
    from workbench.show.plan_standing import standing_sentences
    from workbench.show.proof_markdown import plan_markdown

    later = "the parameter start"
    beside = () if state is None else standing_sentences(plan, state, datetime.now(UTC), later)
    return Words(plan_markdown(plan, beside))


def tell_verdict(verdict: Verdict, state: ReviewState | None = None) -> Words:
    """Return the verdict: verified or not, effect beside promise, grade and why, deviations.

    Parameters
    ----------
    verdict : Verdict
        Of any status.
    state : ReviewState, optional
        Where its recommendation stands, which knows the plant's title.
    """
    from workbench.show.verdict_table import verdict_table

    title, noun = ("", "period") if state is None else (state.recommendation.title, state.recommendation.lineage.row)
    return _text(verdict_table(verdict, title, "the record that out saves", noun))


def tell_portfolio(book: Book) -> Words:
    """Return what was put in and what came out; plainly so where there is nothing."""
    from workbench.show.proof_markdown import portfolio_markdown

    return Words(portfolio_markdown(book.ledger))


def tell_scores(book: Book) -> Words:
    """Return whose advice came true."""
    from workbench.show.value_table import score_text

    return _text(score_text(book.scores)) if book.scores else Words("Nobody has promised anything yet.")


def tell_next(book: Book) -> Words:
    """Return what waits for whom."""
    from workbench.show.proof_markdown import next_markdown

    return Words(next_markdown(book.ledger))


def _text(text: str) -> Words:
    """A text with columns, as it is; nothing in it becomes markup."""
    lines = "\n".join(f"    {line}" for line in text.rstrip("\n").split("\n"))
    return Words(lines)
