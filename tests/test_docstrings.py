"""The examples in docstrings run, in every room."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import workbench

MODULES = [m.name for m in pkgutil.walk_packages(workbench.__path__, "workbench.") if not m.name.endswith("__main__")]


@pytest.mark.parametrize("room", sorted({name.split(".")[1] for name in MODULES}))
def test_examples_run(room: str) -> None:
    own = [name for name in MODULES if name.split(".")[1] == room]
    failed = {name: found.failed for name in own if (found := doctest.testmod(importlib.import_module(name))).failed}
    assert failed == {}


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder()
    assert sum(bool(case.examples) for name in MODULES for case in finder.find(importlib.import_module(name))) > 50
