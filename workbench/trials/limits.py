"""Which moves keep the plant's limits, as far as the records so far tell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.plant import Sheet
from workbench.trials.moves import Settings, coded, settings_frame
from workbench.trials.seen import Seen

__all__ = ["has_limits", "keep_limits"]

HELD_SHARE = 0.95  # of periods in which a limit must hold, or as often as now [-]
SLACK = 0.02  # by which a limit may hold less surely than now: beliefs are not that exact; own assumption

Floats = NDArray[np.float64]


def has_limits(sheet: Sheet) -> bool:
    """Return whether the sheet has any limit."""
    return bool(_bounds(sheet))


def keep_limits(seen: Seen, now: Settings, candidates: Sequence[Settings]) -> list[Settings]:
    """Return the candidates that keep every limit in 95 % of periods, or hardly less surely than now or before the moves.

    Of these two the surer one counts: against now alone every move could hold a limit a little less surely than the one before,
    and a limit that is broken now would bind no more. Where no candidate does, those that come nearest. A limit of which
    nothing is known yet excludes none.
    """
    rows = [now, seen.stand, *candidates]
    shortfall = np.zeros(len(candidates))
    for column, bound, is_high in _bounds(seen.sheet):
        held = _held(seen, rows, column, bound, is_high=is_high)
        if held is not None:
            shortfall = np.maximum(shortfall, min(HELD_SHARE, float(held[:2].max())) - held[2:])
    is_kept = shortfall <= max(SLACK, float(shortfall.min()))
    return [candidate for candidate, kept in zip(candidates, is_kept, strict=True) if kept]


def _bounds(sheet: Sheet) -> list[tuple[str, float, bool]]:
    """Every limit as column of the history, bound, and whether it is a high one."""
    limits = [(name, o.low, o.high) for name, o in sheet.outcomes.items() if o.choices is None]
    limits += [(f"@limit:{limit.name}", limit.low, limit.high) for limit in sheet.limits]
    return [(n, b, high) for n, low, top in limits for b, high in ((low, False), (top, True)) if b is not None]


def _held(seen: Seen, rows: Sequence[Settings], column: str, bound: float, *, is_high: bool) -> Floats | None:
    """Chance that a limit holds at each row, the first of which is now; None where nothing is known of it."""
    formula = next((limit.formula for limit in seen.sheet.limits if f"@limit:{limit.name}" == column), None)
    if formula is not None and formula.names <= set(seen.sheet.settings):  # exact: no need to learn it
        values = settings_frame(seen.axes, rows).select(formula.expr().alias("v"))["v"].to_numpy()
        return np.asarray(values <= bound if is_high else values >= bound, dtype=np.float64)
    belief = seen.belief(seen.results_of(column), rows[0], tied=True)
    return None if belief is None else belief.held(coded(seen.axes, rows, rows[0]), bound, is_high=is_high)
