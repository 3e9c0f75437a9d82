"""What a chain of recommendations, each applied to the simulated plant, was measured to reach."""

from __future__ import annotations

import json
from importlib import resources

from workbench.records import RefereeRow

__all__ = ["chain_rows"]

FILE = "chain.json"  # written by tests/benchmarks/acid_chain.py


def chain_rows() -> tuple[RefereeRow, ...]:
    """Return the measured end of the chain as one row, or nothing where it was not measured."""
    file = resources.files(__package__) / FILE
    if not file.is_file():
        return ()
    measured = json.loads(file.read_text(encoding="utf-8"))
    return (RefereeRow(label=measured["label"], values=measured["values"], note=measured["note"]),)
