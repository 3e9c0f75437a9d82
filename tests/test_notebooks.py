"""Notebooks tell, the package computes: what every stored notebook must look like."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from workbench.run import read_parameters

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted([*(ROOT / "notebooks").glob("*.ipynb"), *(ROOT / "tests" / "run" / "notebooks").glob("*.ipynb")])
ABSOLUTE = re.compile(r"[\"'](?:/(?:home|work|tmp|root|Users|mnt|srv|opt|usr|var|data)\b|[A-Za-z]:[\\/]|\\\\)")
KEPT_METADATA = {"kernelspec", "language_info"}


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def cells(notebook: Path, kind: str | None = None) -> list[dict[str, Any]]:
    found = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in found if kind in {None, cell["cell_type"]}]


def sources(notebook: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in cells(notebook, "code")]


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


def test_exactly_one_parameters_cell_that_can_be_read(notebook: Path) -> None:
    assert read_parameters(notebook)


def test_no_outputs_are_stored(notebook: Path) -> None:
    assert [c for c in cells(notebook, "code") if c["outputs"] or c["execution_count"] is not None] == []


def test_no_traces_of_a_run(notebook: Path) -> None:
    metadata = json.loads(notebook.read_text(encoding="utf-8"))["metadata"]
    assert set(metadata) <= KEPT_METADATA
    assert [cell for cell in cells(notebook) if set(cell["metadata"]) - {"tags"}] == []


def test_nothing_is_defined(notebook: Path) -> None:
    defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    nodes = [node for source in sources(notebook) for node in ast.walk(ast.parse(source))]
    assert [ast.unparse(node) for node in nodes if isinstance(node, defined)] == []


def test_no_absolute_paths(notebook: Path) -> None:
    assert [source for source in sources(notebook) if ABSOLUTE.search(source)] == []


def test_words_come_first(notebook: Path) -> None:
    assert cells(notebook)[0]["cell_type"] == "markdown"


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_parameters_are_required_before_they_are_used(path: Path) -> None:
    assert sources(path)[1].startswith(f'import workbench as wb\n\nwb.require_parameters("{path.stem}", globals())\n')
