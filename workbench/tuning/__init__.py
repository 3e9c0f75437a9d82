"""Tuning: the best settings that the history can honestly support, or none."""

from __future__ import annotations

from workbench.tuning.curves import responses_frame
from workbench.tuning.search import Progress, SearchStoppedError
from workbench.tuning.tune import N_TRIALS, Tuned, tune

__all__ = ["N_TRIALS", "Progress", "SearchStoppedError", "Tuned", "responses_frame", "tune"]
