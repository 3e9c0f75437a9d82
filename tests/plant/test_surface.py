"""The room's surface is whole, and importing it loads nothing heavy."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import pytest

import workbench.plant

MODULES = [f"workbench.plant.{module.name}" for module in pkgutil.iter_modules(workbench.plant.__path__)]


@pytest.mark.parametrize("name", [*MODULES, "workbench.plant"])
def test_the_surface_is_sorted_and_there(name):
    module = importlib.import_module(name)
    assert all(hasattr(module, public) for public in module.__all__)
    assert len(set(module.__all__)) == len(module.__all__)


def test_importing_the_room_loads_nothing_heavy():
    heavy = ["mlflow", "optuna", "plotly", "papermill", "sklearn", "pandas", "scipy", "pint"]
    code = f"import sys, workbench.plant; print([name for name in {heavy} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    assert shown.stdout.strip() == "[]"
