"""The plant sheet: what a person tells the workbench about a plant, its formulas and its units."""

from __future__ import annotations

from workbench.plant import units
from workbench.plant.economics import Cost, Effect, FormulaLimit, Objective
from workbench.plant.formula import Formula
from workbench.plant.load import library, load_sheet, read_sheet
from workbench.plant.moment import read_moment
from workbench.plant.schema import json_schema
from workbench.plant.sheet import Exclusion, Sheet
from workbench.plant.source import ModelChoice, Simulated, Source
from workbench.plant.starter import new_sheet
from workbench.plant.variables import Condition, Outcome, Setting, Variable

__all__ = [
    "Condition",
    "Cost",
    "Effect",
    "Exclusion",
    "Formula",
    "FormulaLimit",
    "ModelChoice",
    "Objective",
    "Outcome",
    "Setting",
    "Sheet",
    "Simulated",
    "Source",
    "Variable",
    "json_schema",
    "library",
    "load_sheet",
    "new_sheet",
    "read_moment",
    "read_sheet",
    "units",
]
