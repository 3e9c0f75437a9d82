"""Tuning: the best settings that the history can honestly support, or none."""

from __future__ import annotations

from workbench.tuning.curves import limit_responses_frame, responses_frame, seen_frame
from workbench.tuning.goals import check_goals, goals_of
from workbench.tuning.search import Progress, SearchStoppedError
from workbench.tuning.trade_off import TradeOff, trade_off
from workbench.tuning.tune import N_TRIALS, Tuned, tune

__all__ = [
    "N_TRIALS",
    "Progress",
    "SearchStoppedError",
    "TradeOff",
    "Tuned",
    "check_goals",
    "goals_of",
    "limit_responses_frame",
    "responses_frame",
    "seen_frame",
    "trade_off",
    "tune",
]
