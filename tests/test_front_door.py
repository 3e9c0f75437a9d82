"""The names that notebooks use: all there, sorted, and none loaded before it is asked for."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import workbench

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def test_import_loads_nothing_but_itself() -> None:
    code = "import json, sys\nbefore = set(sys.modules)\nimport workbench\n"
    code += "print(json.dumps(sorted(set(sys.modules) - before)))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = json.loads(said)
    assert [name for name in loaded if name.startswith("workbench")] == ["workbench"]
    assert not {"polars", "numpy", "plotly", "optuna", "mlflow", "pydantic"} & set(loaded)


def test_names_are_sorted_and_there() -> None:
    assert workbench.__all__ == sorted(workbench.__all__)
    assert set(workbench.__all__) <= set(dir(workbench))
    for name in workbench.__all__:
        assert callable(getattr(workbench, name)), name


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse(Path(workbench.__file__).read_text(encoding="utf-8"))
    [block] = [node for node in tree.body if isinstance(node, ast.If)]
    seen = [alias.name for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(seen) == workbench.__all__


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'draw_conclusions'"):
        workbench.draw_conclusions  # noqa: B018


def test_every_name_is_used_by_a_notebook_or_runs_the_whole_study() -> None:
    used = "".join(path.read_text(encoding="utf-8") for path in NOTEBOOKS.glob("*.ipynb"))
    unused = {name for name in workbench.__all__ if f"wb.{name}(" not in used}
    assert unused == {"learn_model", "run_study"}
