"""A switchback trial, in numbers: admissible orders, block means, the effect with its re-randomisation test and interval."""

from __future__ import annotations

from workbench.switchback.blocks import block_means, stamp
from workbench.switchback.effect import Effect, switchback_effect
from workbench.switchback.excursions import excursions, period_numbers, usual_distance
from workbench.switchback.orders import MAX_ORDERS, admissible_orders, draw_order

__all__ = [
    "MAX_ORDERS",
    "Effect",
    "admissible_orders",
    "block_means",
    "draw_order",
    "excursions",
    "period_numbers",
    "stamp",
    "switchback_effect",
    "usual_distance",
]
