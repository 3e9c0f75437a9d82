"""One call a figure or text, for notebooks: what cannot be shown says why instead."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from workbench.explore import Exploration
    from workbench.plant import Sheet
    from workbench.records import History
    from workbench.study import Result, Study

__all__ = [
    "Words",
    "draw_effects",
    "draw_ledger",
    "draw_limit_responses",
    "draw_limits",
    "draw_movement",
    "draw_promise",
    "draw_responses",
    "draw_shares",
    "draw_trade_off",
    "draw_trends",
    "drawn",
    "tell_answer",
    "tell_data",
    "tell_evidence",
    "tell_gain",
    "tell_saved",
    "tell_trade_off",
    "tell_variables",
    "tell_why",
]

PLAN_FILES = ("plan.json", "schedule.csv", "schedule.html")  # what is saved of a trial plan
REFUSED = "The records were refused, so nothing was learned and nothing is proposed."


class Words(str):
    """Markdown that a notebook shows as text."""

    __slots__ = ()

    def _repr_markdown_(self) -> str:
        return str(self)


def draw_trends(sheet: Sheet, history: History, names: Sequence[str] | None = None, title: str = "") -> Figure | Words:
    """Return the history over time; `names` chooses variables, `@objective` among them, else all while there is room."""
    from workbench.show import trends_data, trends_figure

    shown = None
    if names is not None:
        objective = sheet.objective.formula.text if sheet.objective.formula.text in sheet.variables else "@objective"
        shown = [objective if name == "@objective" else name for name in names]
        shown = [name for name in dict.fromkeys(shown) if name in history.frame.columns]
        if not shown:
            return told_empty(title or sheet.title or sheet.name, "The sheet names none.")
    return drawn(trends_figure(trends_data(history, sheet, shown), title=title or sheet.title or sheet.name))


def draw_ledger(history: History) -> Figure | Words:
    """Return where every row and period went."""
    from workbench.show import ledger_data, ledger_figure

    return drawn(ledger_figure(ledger_data(history)))


def draw_movement(sheet: Sheet, history: History) -> Figure | Words:
    """Return where the settings stood, how often they moved and where they stand now."""
    from workbench.show import movement_data, movement_figure
    from workbench.tuning.present import present_of

    usable = history.usable
    now = present_of(sheet, usable).now.row(0, named=True) if usable.height else None
    return drawn(movement_figure(movement_data(history, sheet, now), noun=history.row))


def draw_shares(exploration: Exploration) -> Figure | Words:
    """Return what the objective's variance goes with."""
    from workbench.show import shares_data, shares_figure

    return drawn(shares_figure(shares_data(exploration.shares)))


def draw_effects(exploration: Exploration) -> Figure | Words:
    """Return what one standard deviation of each setting is worth."""
    from workbench.show import effects_data, effects_figure

    objective = exploration.sheet.objective
    return drawn(effects_figure(effects_data(exploration.effects), unit=objective.unit, before_costs=bool(objective.costs)))


def draw_responses(study: Study) -> Figure | Words:
    """Return how the objective answers to each setting, the others as they are now."""
    from workbench.show import response_data, response_figure, with_record
    from workbench.show.words import objective_name, then_word
    from workbench.tuning import responses_frame, seen_frame

    if study.tuned is None:
        return told_empty("Improvement when one setting moves alone", REFUSED)
    objective = study.sheet.objective
    figure = response_figure(
        response_data(responses_frame(study.tuned)),
        objective=objective_name(objective.text),
        unit=objective.unit,
        proposed=then_word(study.recommendation),
        seen=seen_frame(study.tuned),
        after_costs=study.tuned.judge.cost_weight > 0.0,
        noun=study.recommendation.lineage.row,
    )
    return drawn(with_record(figure, (study.recommendation.candidate or study.recommendation).settings))


def draw_limit_responses(study: Study) -> Figure | Words:
    """Return how the limits answer to each changed setting, the others as they are now."""
    from workbench.show import limit_response_data, limit_response_figure
    from workbench.show.words import then_word
    from workbench.tuning import limit_responses_frame, seen_frame

    if study.tuned is None:
        return told_empty("Limits when one setting moves alone", REFUSED)
    data = limit_response_data(limit_responses_frame(study.tuned))
    r = study.recommendation
    lines = (r.candidate or r).settings
    choices = [s.name for s in lines if isinstance(s.proposed, str) and s.proposed != s.now]
    return drawn(limit_response_figure(data, proposed=then_word(r), seen=seen_frame(study.tuned), choices=choices))


def draw_promise(study: Study) -> Figure | Words:
    """Return the gain, promised or only considered, against zero and the placebo replays."""
    from workbench.show import promise_data, promise_figure
    from workbench.show.words import objective_name

    if study.tuned is None:
        return told_empty("The promise", REFUSED)
    replays = study.tuned.replays
    # every second replay set the interval's width, and the others are counted: those that the evidence speaks of
    gains, lows = replays.gains[1::2], replays.lows[1::2]
    placebo = pl.DataFrame({"run": range(1, len(gains) + 1), "gain": gains, "low": lows})
    data = promise_data(study.recommendation, placebo)
    data = data.with_columns(pl.lit(objective_name(study.sheet.objective.text)).alias("objective"))
    return drawn(promise_figure(data, before_costs=study.tuned.judge.cost_weight > 0.0))


def draw_limits(study: Study) -> Figure | Words:
    """Return how surely each limit is held, now and at the proposed settings."""
    from workbench.show import limits_data, limits_figure
    from workbench.show.words import then_word

    if study.tuned is None:
        return told_empty("Limits, how surely each is held", REFUSED)
    r = study.recommendation
    return drawn(limits_figure(limits_data(r), proposed=then_word(r), noun=r.lineage.row))


def draw_trade_off(study: Study) -> Figure | Words:
    """Return what two outcomes cost each other, where that was asked for."""
    from workbench.show import trade_off_data, trade_off_figure

    if study.tuned is None:
        return told_empty("Trade-off", REFUSED)
    if study.trade_off is None:
        return told_empty("Trade-off", "Not asked for: name two outcomes in the parameter `trade_off`.")
    return drawn(trade_off_figure(trade_off_data(study.trade_off, study.sheet), study.trade_off.goals))


def tell_trade_off(study: Study) -> Words | None:
    """Return the points of the trade-off in numbers, each with its settings; None where there is none."""
    from workbench.show import trade_off_table

    if study.trade_off is None:
        return None
    return Words("\n".join(f"    {line}" for line in trade_off_table(study.trade_off, study.sheet).split("\n")))


def tell_data(sheet: Sheet, history: History) -> Words:
    """Return whether the records can be tuned on, and what is to know about them."""
    from workbench.lineage import findings_of
    from workbench.show import findings_markdown

    return Words(findings_markdown(findings_of(sheet, history), history.refused))


def tell_variables(exploration: Exploration) -> Words:
    """Return a table of all variables: where each is and how often it moves."""
    from workbench.show import variables_markdown

    return Words(variables_markdown(exploration.variables))


def tell_gain(exploration: Exploration) -> Words:
    """Return what is there to gain, in three sentences."""
    from workbench.show import gain_markdown

    e = exploration
    unit, currency, costs = e.sheet.objective.unit, e.sheet.currency, bool(e.sheet.objective.costs)
    return Words(gain_markdown(e.skill, e.shares, e.effects, unit=unit, currency=currency, before_costs=costs))


def tell_answer(study: Study) -> Words:
    """Return the answer in words: verdict, gain and money, reasons, settings, limits."""
    from workbench.show import answer_markdown

    return Words(answer_markdown(study.recommendation))


def tell_why(study: Study) -> Words:
    """Return why these settings: what each change does alone, what binds, what else could be done."""
    from workbench.show import why_markdown

    return Words(why_markdown(study.recommendation) if study.tuned is not None else REFUSED)


def tell_evidence(study: Study) -> Words:
    """Return what the answer rests on: placebo, history, model, readings and periods, and all findings."""
    from workbench.show import evidence_markdown, found_markdown

    return Words(f"{evidence_markdown(study.recommendation)}\n{found_markdown(study.recommendation)}")


def tell_saved(result: Result | Path | None) -> Words:
    """Return where the record is, and of a study also its card and its run."""
    if result is None:
        return Words("Nothing was written: `out` is not given.")
    if isinstance(result, Path):
        beside = [other for name in PLAN_FILES if (other := result.with_name(name)) != result and result.name in PLAN_FILES]
        more = f" For the control room: {' and '.join(f'`{other}`' for other in beside)}." if beside else ""
        return Words(f"Record: `{result}`.{more}")
    from workbench.show.review_table import doubt_words, standing_text, unsupported_text

    lines = [f"Recommendation `{result.recommendation.id}`, status **{result.recommendation.status}**."]
    if result.card_path is not None:
        lines.append(f"Record and card: `{result.card_path.with_name('recommendation.json')}` and `{result.card_path}`.")
    if result.run_url is not None:
        lines.append(f"Tracked in `{result.store_path}`: {_how_to_see(result.store_path)}, then open <{result.run_url}>.")
    if result.standing is not None and (said := standing_text(result.standing)):
        lines.append(said)
    if result.unsupported:
        lines.append(unsupported_text(result.unsupported))
    lines += [f"{name} is approved, and {doubt_words(result.recommendation.id)}." for name in result.doubted]
    if len(lines) == 1:
        lines.append("Nothing was written: `out` is not given and `track` is off.")
    return Words("\n\n".join(lines))


def _how_to_see(store: Path | None) -> str:
    """What to type where, for MLflow's pages of a store: `mlruns` is found from the folder that holds it."""
    if store is not None and store.name == "mlruns":
        return f"type `workbench ui` in `{store.parent}`"
    return "type `workbench ui` with the environment variable `WORKBENCH_STORE` set to it"


def drawn(figure: Figure) -> Figure | Words:
    """Return the figure, or in words why it is empty: an empty plot makes people look for what is wrong with their screen."""
    return figure if figure.data else told_empty(figure.layout.title.text, figure.layout.annotations[0].text)


def told_empty(title: str, sentence: str) -> Words:
    """Return in words why there is no figure."""
    return Words(f"**{title}**: {sentence}")
