"""Judges every method on one plant by the truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from .adapter import Case, Proposal, case_of, cpu_seconds, propose_ours
from .best_point import best_point
from .peer_baybe import propose_baybe
from .peers import PEERS
from .plant import Estimate, Family, Floats

__all__ = ["METHODS", "Outcome", "judge_plant"]

HELD = 0.95  # share of single periods that a limit must be kept in
TOLERANCE = 0.01  # of the stricter count: below min(0.95, today's) by more than this
SLOW_ROWS = 20  # a plant whose search looks at fewer periods is one whose truth is slow
POINTS = 0.02  # of the looser count: over the limit in more than max(5 %, today + 2 points)


@dataclass(frozen=True)
class Outcome:
    """One method on one plant. Gains are in `unit`s: standard deviations of what a period scatters by itself.

    Parameters
    ----------
    attainable : float
        Best true gain within bounds, step and limits.
    trial_error : float
        Standard error of a trial of eight weeks.
    real, promised, low_end : float or None
        Of a proposal.
    is_over, is_over_strict : bool
        Whether the change breaks a limit, by the looser and the stricter count.
    warned : bool
        Whether the proposal comes with a warning of a cause that nobody records.
    held_now, held_then : float
        Worst limit's true share of single periods within it, at present and at proposed settings; 1 without limits.
    """

    family: str
    split: str
    group: str
    seed: int
    method: str
    status: str
    periods: int
    settings: int
    conditions: int
    attainable: float
    trial_error: float
    real: float
    promised: float | None
    low_end: float | None
    is_over: bool
    is_over_strict: bool
    warned: bool
    held_now: float
    held_then: float
    seconds: float
    note: str


METHODS: Mapping[str, Callable[[Case], Proposal]] = {"ours": propose_ours, **PEERS, "baybe": propose_baybe}


def judge_plant(family: Family, seed: int, methods: list[str]) -> list[Outcome]:
    """Return what each method does on one plant; `oracle` among `methods` where the family has one.

    Nothing, and a sentence, for a plant whose truth has no steady state at its present settings on some recent day: no gain can
    be counted from there.
    """
    plant = family.make(seed)
    case = case_of(plant)
    truth, rows = plant.truth, case.recent
    need = np.minimum(truth.held(case.now[None], rows)[0], HELD)
    base = float(truth.objective(case.now[None], rows)[0])
    if not np.isfinite(base):
        print(f"left out {family.name} {seed}: no steady state at its present settings on some recent day", flush=True)
        return []

    def allowed(settings: Floats) -> np.ndarray:
        return np.asarray(np.all(truth.held(settings, rows) >= need - 1e-9, axis=1))

    attainable = _attainable(case, base, allowed)
    proposals: dict[str, Proposal] = {}
    for method in methods:
        if method == "oracle" and plant.fit is None:
            continue
        proposals[method] = _ask(method, case)
    real = {m: float(truth.objective(p.settings[None], rows)[0]) - base for m, p in proposals.items() if p.settings is not None}
    for m, gain in real.items():  # the search for the best is dense, not perfect: nobody may look better than it
        settings = proposals[m].settings
        inside = settings is not None and bool(np.all((settings >= case.low - 1e-9) & (settings <= case.high + 1e-9)))
        if settings is not None and inside and allowed(settings[None])[0]:
            attainable = max(attainable, gain)
    return [_outcome(family, seed, case, m, p, attainable, real.get(m, 0.0)) for m, p in proposals.items()]


def _attainable(case: Case, base: float, allowed: Callable[[Floats], np.ndarray]) -> float:
    """Best true gain within bounds, step and limits, by a dense search of the truth."""
    truth, rows = case.plant.truth, case.recent
    few = rows[np.unique(np.linspace(0, len(rows) - 1, min(case.plant.search_rows, len(rows))).round().astype(int))]
    need = np.minimum(truth.held(case.now[None], few)[0], HELD)
    best = best_point(
        lambda s: truth.objective(s, few),
        lambda s: np.all(truth.held(s, few) >= need - 1e-9, axis=1),
        case.now,
        case.low,
        case.high,
        is_slow=case.plant.search_rows < SLOW_ROWS,
    )
    for share in np.linspace(1.0, 0.0, 21):  # what the few periods allow, the many may not: step back towards now
        at = (case.now + share * (best - case.now))[None]
        if allowed(at)[0]:
            return max(float(truth.objective(at, rows)[0]) - base, 0.0)
    return 0.0


def _ask(method: str, case: Case) -> Proposal:
    """The answer of one method; a crash is an answer too, and is shown."""
    started = cpu_seconds()
    try:
        answer = propose_oracle(case) if method == "oracle" else METHODS[method](case)
    except Exception as error:  # one method's crash must not cost the others their run; the table counts it
        return Proposal("failed", note=f"{type(error).__name__}: {error}"[:200], seconds=cpu_seconds() - started)
    return answer


def propose_oracle(case: Case) -> Proposal:
    """Return the best point of the true family, fitted; nothing where it sees no gain."""
    started = cpu_seconds()
    assert case.plant.fit is not None
    estimate: Estimate = case.plant.fit(case.usable, case.rows)
    need = np.minimum(estimate.held(case.now[None], case.recent)[0], HELD)
    at = best_point(
        lambda s: estimate.objective(s, case.recent),
        lambda s: np.all(estimate.held(s, case.recent) >= need - 1e-9, axis=1),
        case.now,
        case.low,
        case.high,
    )
    gain = float(np.diff(estimate.objective(np.vstack([case.now, at]), case.recent))[0])
    seconds = cpu_seconds() - started
    return Proposal("proposed", at, gain, None, seconds) if gain > 0.0 else Proposal("no_change", seconds=seconds)


def _outcome(family: Family, seed: int, case: Case, method: str, p: Proposal, attainable: float, real: float) -> Outcome:
    plant = case.plant
    now = plant.truth.held(case.now[None], case.recent)[0]
    then = now if p.settings is None else plant.truth.held(p.settings[None], case.recent)[0]
    unit = plant.unit
    return Outcome(
        family=family.name,
        split=family.split,
        group=family.group,
        seed=seed,
        method=method,
        status=p.status,
        periods=case.usable.height,
        settings=len(case.settings),
        conditions=len(case.conditions),
        attainable=attainable / unit,
        trial_error=plant.trial_error / unit,
        real=real / unit,
        promised=None if p.promised is None else p.promised / unit,
        low_end=None if p.low_end is None else p.low_end / unit,
        is_over=bool(np.any(1.0 - then > np.maximum(1.0 - HELD, 1.0 - now + POINTS) + 1e-9)),
        is_over_strict=bool(np.any(then < np.minimum(HELD, now) - TOLERANCE)),
        warned=p.warned,
        held_now=float(now.min(initial=1.0)),
        held_then=float(then.min(initial=1.0)),
        seconds=p.seconds,
        note=p.note,
    )
