"""Two goals of a trade-off: outcomes or the objective by name, and which way is better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from workbench.errors import InputError, closest_hint
from workbench.plant import Formula, Sheet

__all__ = ["OBJECTIVE", "Goal", "check_goals", "goals_of"]

OBJECTIVE = "objective"  # the word for the sheet's objective, where no outcome bears that name
WAYS = {"min": -1.0, "max": 1.0}
STEP = 0.01  # of an outcome's standard deviation, for the slope of a formula over it [-]


@dataclass(frozen=True)
class Goal:
    """One goal.

    Parameters
    ----------
    name : str
        As people call it: an outcome, or `objective`.
    target : str
        Column of the history.
    unit : str
    sign : float
        1 where more is better, -1 where less is.
    why : str
        Why that way is better, in words.
    is_objective : bool
        Whether it is the sheet's objective.
    """

    name: str
    target: str
    unit: str
    sign: float
    why: str
    is_objective: bool


def check_goals(sheet: Sheet, words: Sequence[str]) -> list[tuple[str, float | None]]:
    """Return name and asked-for direction of each goal (None where not said), before anything is computed.

    Parameters
    ----------
    sheet : Sheet
        Of the plant.
    words : sequence of str
        Two outcomes, or one and `objective`; `:min` or `:max` behind a name says which way is better.

    Raises
    ------
    InputError
        If there are not two different ones, a name is not known, or a direction is neither min nor max.
    """
    if len(words) != 2:
        raise InputError(f"--trade-off takes two goals, not {len(words)}: outcomes by name, or {OBJECTIVE}")
    known = [*sheet.outcomes, *([] if OBJECTIVE in sheet.outcomes else [OBJECTIVE])]
    out: list[tuple[str, float | None]] = []
    for word in words:
        name, colon, way = word.partition(":")
        if name not in known:
            raise InputError(
                f"--trade-off {name}: no such outcome in {sheet.name}{closest_hint(name, known)}; there are {', '.join(known)}"
            )
        if colon and way not in WAYS:
            raise InputError(f"--trade-off {word}: what is better is said by {name}:min or {name}:max")
        out.append((name, WAYS.get(way)))
    targets = {_target(sheet, name) for name, _ in out}
    if len(targets) < 2:
        raise InputError(f"--trade-off {words[0]} {words[1]}: both are the same, so there is nothing to trade; name another")
    return out


def goals_of(sheet: Sheet, words: Sequence[str], frame: pl.DataFrame) -> tuple[Goal, Goal]:
    """Return the two goals with their directions.

    A direction is, in this order: what the person says; the sheet's for the objective; for an outcome in the objective's
    formula the way that improves the objective in these periods; for one in the sheet's costs the cheaper way; less for an
    outcome with only a high limit; else more.

    Parameters
    ----------
    sheet, words
        As for `check_goals`.
    frame : polars.DataFrame
        The usable periods, a column a variable.

    Raises
    ------
    InputError
        As `check_goals`.
    """
    one, two = (_goal(sheet, name, sign, frame) for name, sign in check_goals(sheet, words))
    return one, two


def _goal(sheet: Sheet, name: str, asked: float | None, frame: pl.DataFrame) -> Goal:
    target = _target(sheet, name)
    own = 1.0 if sheet.objective.maximize else -1.0
    unit = sheet.objective.unit if name not in sheet.outcomes else sheet.outcomes[name].unit
    sign, why = (asked, "as asked for") if asked is not None else (own, "as the sheet's objective")
    if asked is None and target != "@objective":
        outcome = sheet.outcomes[name]
        slope = own * _slope(sheet.objective.formula, name, frame)
        cost = sum(_slope(cost.formula, name, frame) for cost in sheet.objective.costs)
        if slope != 0.0:
            sign, why = (1.0 if slope > 0.0 else -1.0), "it improves the objective"
        elif cost != 0.0:
            sign, why = (1.0 if cost < 0.0 else -1.0), "it costs less, by the sheet's costs"
        elif outcome.high is not None and outcome.low is None:
            sign, why = -1.0, "its limit is a high one"
        else:
            sign, why = 1.0, "the sheet does not say otherwise"
    return Goal(name, target, unit, sign, why, target == "@objective")


def _target(sheet: Sheet, name: str) -> str:
    """The history's column: an outcome that is the objective, and `objective`, are one and the same."""
    is_objective = name == sheet.objective.formula.text or (name == OBJECTIVE and name not in sheet.outcomes)
    return "@objective" if is_objective else name


def _slope(formula: Formula, name: str, frame: pl.DataFrame) -> float:
    """What a little more of an outcome does to a formula, on average over the periods; 0 where it is not in it."""
    if name not in formula.names:
        return 0.0
    known = frame.drop_nulls(sorted(formula.names))
    step = STEP * float(known[name].std() or 0.0)  # type: ignore[arg-type]
    ends = [known.with_columns(pl.col(name) + move).select(formula.expr().alias("x"))["x"].mean() for move in (-step, step)]
    before, after = (float(e) if isinstance(e, int | float) else 0.0 for e in ends)
    return after - before
