"""Surrogates: what settings and conditions do to outcomes, learned from a history."""

from __future__ import annotations

from workbench.models.surrogates.skill import Skill, forward_skill, learn, skill_findings
from workbench.models.surrogates.surrogate import Surrogate, fit_surrogate

__all__ = ["Skill", "Surrogate", "fit_surrogate", "forward_skill", "learn", "skill_findings"]
