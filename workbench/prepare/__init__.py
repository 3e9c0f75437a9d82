"""Records -> history: alignment to periods, delays, hold rules, steady periods, and findings on the data."""

from __future__ import annotations

from workbench.prepare.codes import CODES
from workbench.prepare.dead_time import DeadTime, dead_time_findings, dead_times
from workbench.prepare.history import prepare_history
from workbench.prepare.movement import movement_data

__all__ = ["CODES", "DeadTime", "dead_time_findings", "dead_times", "movement_data", "prepare_history"]
