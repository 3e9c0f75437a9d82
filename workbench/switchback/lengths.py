"""How many blocks a trial has at least, and how long they may be: what is planned, and what is said of a trial beforehand."""

from __future__ import annotations

__all__ = ["BLOCK_HOURS", "LEAST_BLOCKS", "LEAST_PAIRS"]

BLOCK_HOURS = (4, 6, 8, 12, 24, 48, 72, 96, 120, 168, 240, 336, 504, 672)  # [h] lengths that people can keep
LEAST_PAIRS = 7  # of blocks that must be measured: 2**7 = 128 orders, and a verdict asks for 100 (p of at most 0.01)
LEAST_BLOCKS = 2 * (LEAST_PAIRS + 1)  # one pair may be lost
