"""What the advice on the next move says of the plant's limits."""

from __future__ import annotations

from workbench.records import HELD_SHARE
from workbench.trials.limits import Limit, Limits
from workbench.trials.moves import Settings
from workbench.trials.next_step import NextLimit
from workbench.wording import shown_unit

__all__ = ["broken_words", "next_limits"]


def next_limits(limits: Limits, chosen: Settings) -> tuple[NextLimit, ...]:
    """Return every limit with how often it is expected to hold at the chosen move and now."""
    lines = []
    for limit in limits.each:
        held = limits.held(limit, [limits.now, chosen])
        now, then = (None, None) if held is None else (float(held[0]), float(held[1]))
        lines.append(
            NextLimit(
                name=limit.name,
                unit=limit.unit,
                bound="high" if limit.is_high else "low",
                value=limit.bound,
                asked=HELD_SHARE,
                expected=then,
                now=now,
                latest=limit.n_held / limit.n_latest if limit.n_latest else None,
                latest_results=limit.n_latest,
                is_broken=limit.is_broken,
            )
        )
    return tuple(lines)


def broken_words(limits: Limits) -> tuple[str, ...]:
    """Return a sentence for each limit that is broken where the plant stands."""
    return tuple(_broken_words(limit) for limit in limits.broken)


def _broken_words(limit: Limit) -> str:
    sign = "<=" if limit.is_high else ">="
    bound = f"{limit.name} {sign} {limit.bound:g} {shown_unit(limit.unit)}".rstrip()
    return f"Where the plant stands now it breaks a limit: {bound} held in {limit.n_held} of {limit.n_latest} results."
