"""What people look at: the recommendation card, the terminal's table, the text for MLflow, and the figures."""

from __future__ import annotations

from workbench.show.card import card_html
from workbench.show.effects import effects_data, effects_figure
from workbench.show.first_look import findings_markdown, gain_markdown, variables_markdown
from workbench.show.ledger import ledger_data, ledger_figure
from workbench.show.limit_response import limit_response_data, limit_response_figure
from workbench.show.limits import limits_data, limits_figure
from workbench.show.markdown import answer_markdown, evidence_markdown, found_markdown, recommendation_markdown
from workbench.show.movement import movement_data, movement_figure
from workbench.show.promise import promise_data, promise_figure
from workbench.show.response import response_data, response_figure, with_record
from workbench.show.schedule import schedule_data, schedule_figure
from workbench.show.shares import shares_data, shares_figure
from workbench.show.table import findings_table, recommendation_table
from workbench.show.trade_off import trade_off_data, trade_off_figure, trade_off_page, trade_off_sentences, trade_off_table
from workbench.show.trends import trends_data, trends_figure
from workbench.show.why import why_markdown

__all__ = [
    "answer_markdown",
    "card_html",
    "effects_data",
    "effects_figure",
    "evidence_markdown",
    "findings_markdown",
    "findings_table",
    "found_markdown",
    "gain_markdown",
    "ledger_data",
    "ledger_figure",
    "limit_response_data",
    "limit_response_figure",
    "limits_data",
    "limits_figure",
    "movement_data",
    "movement_figure",
    "promise_data",
    "promise_figure",
    "recommendation_markdown",
    "recommendation_table",
    "response_data",
    "response_figure",
    "schedule_data",
    "schedule_figure",
    "shares_data",
    "shares_figure",
    "trade_off_data",
    "trade_off_figure",
    "trade_off_page",
    "trade_off_sentences",
    "trade_off_table",
    "trends_data",
    "trends_figure",
    "variables_markdown",
    "why_markdown",
    "with_record",
]
