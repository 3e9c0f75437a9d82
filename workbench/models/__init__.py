"""Process models: simulators from first principles, and surrogates learned from a history."""

from __future__ import annotations

from workbench.models.simulators.contract import Check, Simulator, known_simulators, simulator

__all__ = ["Check", "Simulator", "known_simulators", "simulator"]
