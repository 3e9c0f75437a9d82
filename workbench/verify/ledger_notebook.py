"""The notebook that goes with an export: every figure of the ledger again, from the log's rows, with polars alone.

It is written apart from `ledger` on purpose: what both say the same of is not the mistake of one.
"""

from __future__ import annotations

import json
from typing import Any

from workbench.verify.ledger_cells import (
    ABOUT,
    CHAIN,
    CHAIN_WORDS,
    READ,
    STATE,
    STATE_WORDS,
    VERDICT,
    VERDICT_WORDS,
)
from workbench.verify.ledger_cells_earned import EARN, EARN_WORDS, END, END_WORDS
from workbench.verify.ledger_cells_totals import COMPARE, COMPARE_WORDS, SCORE, SCORE_WORDS, TOTAL, TOTAL_WORDS

__all__ = ["CELLS", "notebook_json"]

CELLS: tuple[tuple[str, str], ...] = (
    ("markdown", ABOUT),
    ("code", READ),
    ("markdown", CHAIN_WORDS),
    ("code", CHAIN),
    ("markdown", STATE_WORDS),
    ("code", STATE),
    ("markdown", VERDICT_WORDS),
    ("code", VERDICT),
    ("markdown", END_WORDS),
    ("code", END),
    ("markdown", EARN_WORDS),
    ("code", EARN),
    ("markdown", TOTAL_WORDS),
    ("code", TOTAL),
    ("markdown", SCORE_WORDS),
    ("code", SCORE),
    ("markdown", COMPARE_WORDS),
    ("code", COMPARE),
)


def notebook_json() -> str:
    """Return the notebook (nbformat 4.5), without outputs."""
    cells: list[dict[str, Any]] = []
    for number, (kind, text) in enumerate(CELLS):
        cell: dict[str, Any] = {
            "cell_type": kind,
            "id": f"cell-{number}",
            "metadata": {},
            "source": text.splitlines(keepends=True),
        }
        cells.append(cell | ({"execution_count": None, "outputs": []} if kind == "code" else {}))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    body = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(body, indent=1, ensure_ascii=False) + "\n"
