"""A limit that a proposal comes nearer to, where a cause that nobody records may move settings and its outcome together."""

from __future__ import annotations

import polars as pl

from workbench.records import Finding
from workbench.tuning.judge import PERIODS_MANY, Judge
from workbench.tuning.limits import LimitCheck
from workbench.tuning.sensitivity import SlowSwings, slow_swings
from workbench.wording import chance_text, many

__all__ = ["doubted_outcomes", "limit_cause_findings"]

SURE = 0.99  # [-] a limit that holds so often has room for such an error; own assumption


def limit_cause_findings(judge: Judge, chosen: pl.DataFrame) -> tuple[Finding, ...]:
    """Return T116 for each limit whose outcome slow and quick moves of the settings speak differently of.

    It warns: the share that the record tells knows nothing of such a cause. A long history has the limit judged by quick moves
    as well, see `doubted_outcomes`; one that is short needs every move that it holds.

    Parameters
    ----------
    judge : Judge
        Of the recent conditions.
    chosen : polars.DataFrame
        The proposed settings, one row.
    """
    out = []
    for check, slow in _suspects(judge, chosen):
        chance = chance_text(slow.chance or 0.0)
        judged = "" if check.quick is None else " It has to hold by quick moves alone, too."
        text = (
            f"a cause that nobody records may move settings and {check.name} together: slow and quick moves of"
            f" {slow.setting} speak of different effects (as different by chance in {chance} of histories).{judged} The"
            f" {check.bound} limit may hold in fewer {many(judge.sheet.row)} than is told: watch it from the first block"
            " of a trial on"
        )
        out.append(Finding(code="T116", tag=check.name, text=text))
    return tuple(out)


def doubted_outcomes(judge: Judge, chosen: pl.DataFrame) -> tuple[str, ...]:
    """Return the outcomes, told by many results, of limits that a hidden cause seems to bring nearer than `chosen` tells.

    Slow moves that answer the outcome hide what the settings do to it; what quick moves say is free of that.
    """
    targets = [check.target for check, _ in _suspects(judge, chosen)]
    return tuple(dict.fromkeys(t for t in targets if len(judge.surrogate.responses[t].target) >= PERIODS_MANY))


def _suspects(judge: Judge, chosen: pl.DataFrame) -> list[tuple[LimitCheck, SlowSwings]]:
    """Limits that settings come nearer to and that hold in less than 99 % there, where slow and quick moves differ."""
    out = []
    shift = judge.shifts(chosen)[0]
    for check in judge.limits:
        better = 1.0 if check.bound == "low" else -1.0
        nearer = better * float(check.predicted(chosen)[0] - check.predicted(check.now)[0]) < 0.0
        if check.formula is not None or not nearer or float(check.held(chosen)[0]) >= SURE:
            continue
        slow = slow_swings(judge.surrogate, shift, check.target, better)
        if slow.is_suspect and slow.setting is not None:
            out.append((check, slow))
    return out
