"""A limit that a proposal comes nearer to, where a cause that nobody records may move settings and its outcome together."""

from __future__ import annotations

import polars as pl

from workbench.records import Finding
from workbench.tuning.judge import Judge
from workbench.tuning.sensitivity import slow_swings
from workbench.wording import chance_text, many

__all__ = ["limit_cause_findings"]

SURE = 0.99  # [-] a limit that holds so often has room for such an error; own assumption


def limit_cause_findings(judge: Judge, chosen: pl.DataFrame) -> tuple[Finding, ...]:
    """Return T116 for each limit whose outcome slow and quick moves of the settings speak differently of.

    Asked, as of the objective (T106), is every limit that a proposal comes nearer to and that holds in less than 99 % there. It
    warns: the share that the record tells knows nothing of such a cause.

    Parameters
    ----------
    judge : Judge
        Of the recent conditions.
    chosen : polars.DataFrame
        The proposed settings, one row.
    """
    out = []
    shift = judge.shifts(chosen)[0]
    for check in judge.limits:
        better = 1.0 if check.bound == "low" else -1.0
        nearer = better * float(check.predicted(chosen)[0] - check.predicted(check.now)[0]) < 0.0
        if check.formula is not None or not nearer or float(check.held(chosen)[0]) >= SURE:
            continue
        slow = slow_swings(judge.surrogate, shift, check.target, better)
        if slow.is_suspect and slow.setting is not None:
            chance = chance_text(slow.chance or 0.0)
            text = (
                f"a cause that nobody records may move settings and {check.name} together: slow and quick moves of"
                f" {slow.setting} speak of different effects (as different by chance in {chance} of histories). The"
                f" {check.bound} limit may hold in fewer {many(judge.sheet.row)} than is told: watch it from the first block"
                " of a trial on"
            )
            out.append(Finding(code="T116", tag=check.name, text=text))
    return tuple(out)
