"""Limits that are broken today: which, how far, whether they keep anything from being proposed, and what would help."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from workbench.records import HELD_SHARE, Finding
from workbench.tuning.judge import Judge
from workbench.tuning.limits import LimitCheck
from workbench.tuning.space import Settings, Space
from workbench.tuning.words import number
from workbench.wording import many, percent_text, shown_unit

__all__ = ["blocked_reasons", "limit_findings"]

FAR = 0.5  # share of today's periods below which a limit is broken far [-]; own assumption
WORTH_SAYING = 0.05  # [-] a step that holds a limit in so much more of the periods is said to help; own assumption
NEARER = 0.25  # [sd of a period, of a formula share of the limit] a mean that moves less is no help; own assumption


def limit_findings(judge: Judge, space: Space) -> tuple[Finding, ...]:
    """Return T102 for each limit that is broken today, with what would help where it is broken far, and T103 for each that
    cannot be judged.
    """
    out = []
    for check in judge.limits:
        now = check.held_now()
        if now < HELD_SHARE:
            text = (
                f"the {_limit(check)}, holds in only {_percent(now)} of {many(judge.sheet.row)} at today's settings: a"
                " proposal must hold it as often"
            )
            if now < FAR:
                text += f"; it is broken far: {_what_helps(judge, space, check)}"
            out.append(Finding(code="T102", tag=check.name, text=text))
    judged = {c.target for c in judge.limits}
    sheet = judge.sheet
    wanted = [(n, n) for n, o in sheet.outcomes.items() if o.low is not None or o.high is not None]
    wanted += [(limit.name, f"@limit:{limit.name}") for limit in sheet.limits]
    out += [
        Finding(code="T103", tag=name, text=f"the limit on {name} cannot be judged: it has too few results in the history")
        for name, target in wanted
        if target not in judged
    ]
    return tuple(out)


def blocked_reasons(judge: Judge, space: Space) -> tuple[str, ...]:
    """Return a sentence for each limit, broken today, that keeps everything that is likely to improve from being proposed.

    Asked are candidates spread over the step: those inside what the history covers whose gain is larger than its doubt, as the
    search compares them (`Judge.worth`).
    """
    broken = [check for check in judge.limits if check.held_now() < HELD_SHARE]
    if not broken or not space.dimensions:
        return ()
    frame = space.frame(space.pool(0))
    frame = frame.filter(pl.Series(judge.inside(frame)))
    if frame.is_empty():
        return ()
    better = frame.filter(pl.Series(judge.worth(judge.shifts(frame)) > 0.0))
    if better.is_empty():
        return ()
    return tuple(
        f"The {_limit(check)}, keeps what is likely to improve from being proposed: it holds in only"
        f" {_percent(check.held_now())} of {many(judge.sheet.row)} today, and none of that would hold it as often (T102);"
        f" {_what_helps(judge, space, check)}."
        for check in broken
        if not check.is_kept(better).any()
    )


def _percent(share: float) -> str:
    """A share below 95 %, which never reads as 95 %."""
    return percent_text(min(share, HELD_SHARE - 0.001))


def _limit(check: LimitCheck) -> str:
    return f"{check.bound} limit of {check.name}, {check.value:g} {shown_unit(check.unit)}".rstrip()


def _what_helps(judge: Judge, space: Space, check: LimitCheck) -> str:
    """The single step that brings most, inside the history and the other limits; and to see whether the limit is meant."""
    meant = f"see in the sheet whether {check.value:g} is meant"
    step = _best_step(judge, space, check)
    if step is None:
        return f"no single step within reach brings it nearer: {meant}"
    name, value = step
    frame = space.frame([{**space.present(), name: value}])
    unit = judge.sheet.settings[name].unit
    to = value if isinstance(value, str) else f"{value:g} {shown_unit(unit)}".rstrip()
    held = float(check.held(frame)[0])
    if held >= check.held_now() + WORTH_SAYING:
        return f"setting {name} to {to} would help most (held in {100 * held:.0f} %), or {meant}"
    before, after = (number(float(check.predicted(at)[0])) for at in (check.now, frame))
    return f"setting {name} to {to} would help most (mean {after} instead of {before}), or {meant}"


def _best_step(judge: Judge, space: Space, check: LimitCheck) -> tuple[str, float | str] | None:
    """The single step that holds the limit most often, of equal ones with the mean nearest to it; None where none helps."""
    present, steps = space.present(), space.single_steps()
    if not steps:
        return None
    settings: list[Settings] = [{**present, name: value} for name, value in steps]
    frame = space.frame(settings)
    others = replace(judge, limits=tuple(c for c in judge.limits if c is not check))
    towards = (1.0 if check.bound == "low" else -1.0) * (check.predicted(frame) - check.predicted(check.now))
    width = max(1.0, abs(check.value)) if check.formula is not None else float(check.at_now.results.std())
    held = check.held(frame)
    helps = (held >= check.held_now() + WORTH_SAYING) | (towards > NEARER * width)
    ok = judge.inside(frame) & others.holds(frame) & helps
    if not ok.any():
        return None
    return steps[int(np.lexsort((towards, held, ok))[-1])]
