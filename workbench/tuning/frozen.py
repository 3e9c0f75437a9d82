"""Settings that are left alone because the history cannot tell what they do: never moved, or moved once for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from workbench.plant import Sheet
from workbench.records import Finding

__all__ = ["frozen_findings", "moved_once_at_most"]


def moved_once_at_most(sheet: Sheet, frame: pl.DataFrame) -> Mapping[str, int]:
    """Return how many times each setting moved that moved less than twice in the usable periods `frame`.

    What changed with a single move may as well have changed with time: before and after are one comparison, however many
    periods they hold. A move within a period is seen as two, one into its mean and one out of it.
    """
    counts = {name: _moves(frame[name].drop_nulls()) for name in sheet.settings}
    return {name: count for name, count in counts.items() if count < 2}


def frozen_findings(sheet: Sheet, frozen: Mapping[str, int], fix: Sequence[str]) -> tuple[Finding, ...]:
    """Return T104 for each of them, those left out that are held anyway (`fix`)."""
    why = {
        0: "never moved in the history and is left alone",
        1: "moved once in the history and is left alone: what came with the move may have come with time",
    }
    return tuple(
        Finding(code="T104", tag=sheet.settings[name].tag, text=f"{name} {why[count]}")
        for name, count in frozen.items()
        if name not in fix
    )


def _moves(values: pl.Series) -> int:
    changed = np.flatnonzero((values != values.shift(1)).fill_null(False).to_numpy())
    return len(changed) - int(np.sum(np.diff(changed) == 1)) if len(changed) <= 2 else len(changed)
