"""Surrogates: what settings and conditions do to outcomes, learned from a history."""

from __future__ import annotations

from workbench.models.surrogates.skill import forward_skill, learn
from workbench.models.surrogates.surrogate import Surrogate, fit_surrogate

__all__ = ["Surrogate", "fit_surrogate", "forward_skill", "learn"]
