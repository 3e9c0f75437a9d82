"""Plan a trial on the plant: blocks, washout, power, cost, schedule; and the next small step."""

from __future__ import annotations

from workbench.trials.next_move import next_move
from workbench.trials.next_step import NextStep
from workbench.trials.past import Past, limits_at, past_of
from workbench.trials.plan import Planned, candidates_frame, plan_switchback
from workbench.trials.schedule import schedule_csv, schedule_frame

__all__ = [
    "NextStep",
    "Past",
    "Planned",
    "candidates_frame",
    "limits_at",
    "next_move",
    "past_of",
    "plan_switchback",
    "schedule_csv",
    "schedule_frame",
]
