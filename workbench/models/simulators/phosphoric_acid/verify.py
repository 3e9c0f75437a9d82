"""Checks of the plant model (see `checks`)."""

from __future__ import annotations

from workbench.models.simulators.contract import Check

__all__ = ["checks"]


def checks() -> list[Check]:
    """Return the checks of the specification."""
    return []
