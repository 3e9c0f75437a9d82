"""Process models: simulators from first principles, and surrogates learned from a history."""

from __future__ import annotations

from workbench.models.contract import ProcessModel
from workbench.models.simulators.contract import Check, Simulator, known_simulators, simulator
from workbench.models.simulators.referee import referee_rows, true_changes

__all__ = ["Check", "ProcessModel", "Simulator", "known_simulators", "referee_rows", "simulator", "true_changes"]
