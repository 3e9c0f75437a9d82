"""Whether the proposed settings held the limits as they should, and the words for it beside a gain that is verified."""

from __future__ import annotations

import math
from collections.abc import Sequence

import polars as pl

from workbench.records import HELD_SHARE
from workbench.trial_records import Deviation, TrialLimit, Verdict
from workbench.wording import percent_text

__all__ = ["is_broken", "limits_broken", "not_held_words", "verified_but_words"]

NOISE = 2.0  # standard errors of a block's share that a limit may be held less often: chance allows as much; own assumption
FEWEST_BLOCKS = 4  # of an arm: from fewer nothing is said of its noise; own assumption
CHANCE = 0.025  # that whole blocks are lost so often though the limit is held as it should be [-]; as two standard errors


def is_broken(blocks: pl.DataFrame) -> bool:
    """Return whether a limit was clearly less often held at the proposed settings than it should be.

    The blocks' shares are compared, for periods within a block are much alike: the mean of the proposed ones must lie below
    95 %, or below that of the present ones where this is lower, by more than two standard errors (own assumption). Or by more
    than chance allows where each block holds the limit throughout or not at all: a few blocks wholly outside spread so widely
    that their own standard error would excuse them. No shares of a given mean spread more than these, so the binomial
    distribution of the blocks outside bounds that chance, two standard errors of the present ones' share granted where that
    share is what is asked for (own assumption).

    Parameters
    ----------
    blocks : polars.DataFrame
        A row a block with periods that count: `arm`, and `held`, the share of them within the limit [-].

    Examples
    --------
    >>> is_broken(pl.DataFrame({"arm": ["present", "proposed"] * 4, "held": [1.0, 0.7, 0.9, 0.6, 1.0, 0.7, 1.0, 0.8]}))
    True
    >>> is_broken(pl.DataFrame({"arm": ["present", "proposed"] * 8, "held": [1.0, 0.0] * 3 + [1.0, 1.0] * 5}))
    True
    """
    share, error, count = {}, {}, {}
    for arm in ("present", "proposed"):
        held = blocks.filter(pl.col("arm") == arm)["held"].to_numpy()
        count[arm] = len(held)
        if len(held) >= FEWEST_BLOCKS:
            share[arm], error[arm] = float(held.mean()), float(held.std(ddof=1)) / math.sqrt(len(held))
    if "proposed" not in share:
        return False
    wanted, of_wanted = HELD_SHARE, 0.0
    if "present" in share and share["present"] < HELD_SHARE:
        wanted, of_wanted = share["present"], error["present"]
    if share["proposed"] < wanted - NOISE * math.hypot(error["proposed"], of_wanted) - 1e-9:
        return True
    return (
        _chance_of_blocks((1.0 - share["proposed"]) * count["proposed"], count["proposed"], wanted - NOISE * of_wanted) < CHANCE
    )


def _chance_of_blocks(lost: float, n_blocks: int, wanted: float) -> float:
    """Chance of so many blocks wholly outside, or more, where each is with 1 - `wanted`: the binomial tail, between whole
    numbers by the incomplete beta function (Abramowitz and Stegun, 26.5.24) [-].
    """
    from scipy.special import betainc

    if lost <= 0.0 or wanted <= 0.0:
        return 1.0
    return float(betainc(lost, n_blocks - lost + 1.0, 1.0 - wanted))


def limits_broken(limits: Sequence[TrialLimit]) -> tuple[Deviation, ...]:
    """Return a deviation for each limit that was clearly not held; one whose stop rule was met has its own already."""
    return tuple(
        Deviation(
            block=None,
            kind="limit not held",
            text=f"the {limit.bound} limit of {limit.name} was held in {_percent(limit.held_proposed)} of periods at the"
            f" proposed settings, clearly less often than promised (present {_percent(limit.held_present)})",
        )
        for limit in limits
        if limit.broken and not limit.stopped
    )


def not_held_words(limits: Sequence[TrialLimit]) -> str | None:
    """Return which limits the proposed settings did not hold, or only met a stop rule of, and what to do; else None.

    Examples
    --------
    >>> loss = TrialLimit(name="loss", bound="high", value=4, unit="%", held_present=0.97, held_proposed=0.65, broken=True)
    >>> not_held_words([loss])
    'LIMIT not held: loss in 65 % of periods (present 97 %): go back or change it'
    """
    kept = [limit for limit in limits if limit.stopped and not limit.broken and _is_held(limit)]
    missed = [limit for limit in limits if (limit.broken or limit.stopped) and limit not in kept]
    said = []
    if missed:
        lines = [_shares(limit) + (", its stop rule met" if limit.stopped else "") for limit in missed]
        said.append(f"LIMIT not held: {'; '.join(lines)}: go back or change it")
    if kept:
        lines = [_shares(limit) for limit in kept]
        said.append(f"STOP RULE met, though mostly held: {'; '.join(lines)}: find out why before you keep it")
    return ". ".join(said) or None


def verified_but_words(verdict: Verdict) -> str | None:
    """Return what must be said before everything else of a gain that is verified while a limit was not held; else None."""
    words = not_held_words(verdict.limits) if verdict.status == "verified" else None
    return f"gain verified, but {words}" if words else None


def _is_held(limit: TrialLimit) -> bool:
    """Whether the share of periods within the limit is what was asked for, noise not counted."""
    wanted = min(HELD_SHARE, HELD_SHARE if limit.held_present is None else limit.held_present)
    return limit.held_proposed is not None and limit.held_proposed >= wanted


def _shares(limit: TrialLimit) -> str:
    return f"{limit.name} in {_percent(limit.held_proposed)} of periods (present {_percent(limit.held_present)})"


def _percent(share: float | None) -> str:
    return "an unknown share" if share is None else percent_text(share)
