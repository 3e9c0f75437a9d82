"""Score card of those who give advice, from ledger rows alone: what came of their promises, and what they cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, mean, stdev

from workbench.verify.ledger import LEVEL, Ledger
from workbench.verify.ledger_lines import LedgerLine

__all__ = ["T95", "Score", "score_card"]

# 95 % points of Student's t for 1 to 30 degrees of freedom (table in any textbook, e.g. Fisher and Yates 1938); z beyond
T95 = (
    *(6.313752, 2.919986, 2.353363, 2.131847, 2.015048, 1.943180, 1.894579, 1.859548, 1.833113, 1.812461),
    *(1.795885, 1.782288, 1.770933, 1.761310, 1.753050, 1.745884, 1.739607, 1.734064, 1.729133, 1.724718),
    *(1.720743, 1.717144, 1.713872, 1.710882, 1.708141, 1.705618, 1.703288, 1.701131, 1.699127, 1.697261),
)


@dataclass(frozen=True)
class Score:
    """What came of one provider's promises.

    Parameters
    ----------
    provider : str
    promises, settled, verified : int
        Recommendations promised, measured by a trial (grade A or B), and verified.
    ratio, ratio_low, ratio_high : float or None
        Mean of measured over promised gain, each settled recommendation counting the same, with its 90 % interval by Student's
        t; no interval from a single one [-].
    score : float or None
        The ratio, 1 at most: who promises less than there is earns no more than who is right [-].
    rank : int or None
        1 and the number of providers that are clearly better: whose interval, cut at 1, lies wholly above this one's. Equal
        ranks are ties; None where nothing is settled.
    tied : bool
        Whether it shares its rank.
    covered : int
        Settled promises that agree with what was measured: the difference is not larger than both intervals allow together.
    coverage, coverage_low, coverage_high : float or None
        Their share, with its 90 % interval (Wilson 1927) [-].
    days_to_value : float or None
        From the first promise to the first verified verdict [d].
    costs : tuple of (str, float)
        By currency.
    """

    provider: str
    promises: int
    settled: int
    verified: int
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    score: float | None
    rank: int | None
    tied: bool
    covered: int
    coverage: float | None
    coverage_low: float | None
    coverage_high: float | None
    days_to_value: float | None
    costs: tuple[tuple[str, float], ...]


def score_card(ledger: Ledger) -> tuple[Score, ...]:
    """Return the providers, the best first; providers of one rank by name.

    A tie: the two 90 % intervals of measured over promised, both cut at 1, overlap (own assumption); a provider with fewer
    than two settled recommendations ties with everybody.

    Parameters
    ----------
    ledger : Ledger
        Its lines and costs alone count.
    """
    names = sorted({line.provider for line in ledger.lines} | {cost.provider for cost in ledger.costs if cost.provider})
    bare = [_score(name, ledger) for name in names]
    ranks = [_rank(one, bare) for one in bare]
    ranked = [
        Score(**vars(one) | {"rank": rank, "tied": rank is not None and ranks.count(rank) > 1})
        for one, rank in zip(bare, ranks, strict=True)
    ]
    return tuple(sorted(ranked, key=lambda one: (one.rank is None, one.rank or 0, one.provider)))


def _score(name: str, ledger: Ledger) -> Score:
    lines = [line for line in ledger.lines if line.provider == name]
    settled = [line for line in lines if line.settled and line.promised]
    ratios = [(line.measured or 0.0) / line.promised for line in settled]
    ratio = mean(ratios) if ratios else None
    half = _t95(len(ratios) - 1) * stdev(ratios) / math.sqrt(len(ratios)) if len(ratios) > 1 else None
    bounds = (ratio - half, ratio + half) if ratio is not None and half is not None else (None, None)
    covered = sum(_agrees(line) for line in settled)
    low, high = _wilson(covered, len(settled)) if settled else (None, None)
    firsts = [state.rows[0].time for state in ledger.states if state.provider == name]
    proofs = [line.since for line in lines if line.since is not None]
    paid: dict[str, float] = {}
    for cost in ledger.costs:
        if cost.provider == name:
            paid[cost.currency] = paid.get(cost.currency, 0.0) + cost.amount
    return Score(
        provider=name,
        promises=len(lines),
        settled=len(settled),
        verified=sum(line.verified for line in lines),
        ratio=ratio,
        ratio_low=bounds[0],
        ratio_high=bounds[1],
        score=None if ratio is None else min(ratio, 1.0),
        rank=None,
        tied=False,
        covered=covered,
        coverage=covered / len(settled) if settled else None,
        coverage_low=low,
        coverage_high=high,
        days_to_value=(min(proofs) - min(firsts)).total_seconds() / 86400 if proofs and firsts else None,
        costs=tuple(sorted(paid.items())),
    )


def _rank(one: Score, others: Sequence[Score]) -> int | None:
    if one.ratio is None:
        return None
    if one.ratio_high is None:
        return 1
    mine = min(one.ratio_high, 1.0)
    return 1 + sum(min(o.ratio_low, 1.0) > mine for o in others if o.ratio_low is not None)


def _agrees(line: LedgerLine) -> bool:
    """Whether promised and measured gain differ by no more than their intervals' half widths, added as errors add."""
    if line.measured is None or line.measured_low is None or line.measured_high is None:
        return False
    promise = (line.promised_high - line.promised_low) / 2
    trial = (line.measured_high - line.measured_low) / 2
    return abs(line.measured - line.promised) <= math.hypot(promise, trial)


def _t95(freedom: int) -> float:
    return T95[freedom - 1] if freedom <= len(T95) else NormalDist().inv_cdf(0.95)


def _wilson(hits: int, runs: int) -> tuple[float, float]:
    z = NormalDist().inv_cdf(0.5 + LEVEL / 2)
    share = hits / runs
    middle = (share + z * z / (2 * runs)) / (1 + z * z / runs)
    half = z / (1 + z * z / runs) * math.sqrt(share * (1 - share) / runs + z * z / (4 * runs * runs))
    return max(0.0, middle - half), min(1.0, middle + half)
