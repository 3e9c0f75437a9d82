"""Records -> history: alignment to periods, delays, hold rules, steady periods, and findings on the data."""

from __future__ import annotations

from workbench.prepare.codes import CODES
from workbench.prepare.history import prepare_history
from workbench.prepare.movement import movement_data

__all__ = ["CODES", "movement_data", "prepare_history"]
