"""Which column of the history is read from which tag, and by which rule: the sheet's variables, spelled out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from workbench.plant import Sheet

__all__ = ["MEAN", "UNFILTERED", "Column", "columns_of", "microseconds", "role_of", "set_column"]

MEAN = "mean"
UNFILTERED = ".unfiltered"  # after the name of a setting that enters through a filter: the column before that
Role = Literal["setting", "condition", "outcome"]


@dataclass(frozen=True)
class Column:
    """One column of the history and how its cells are made.

    Parameters
    ----------
    name : str
        The column: a variable's name, or `NAME.set` for what people set where the sheet gives `measured`.
    variable : str
        The variable it belongs to.
    tag : str
        The tag it is read from.
    role : {"setting", "condition", "outcome"}
    aggregate : str
        mean, sum, last, min, max, counter, share, quantile, or mode for choices.
    state : str or None
        The text counted by `share`.
    level : float or None
        The level of `quantile`, above 0 and below 1 [-].
    choices : tuple of str or None
    delay, lag, covers : int
        From the sheet, 0 or more [us].
    max_gap : int or None
        From the sheet, None for the default [us].
    stamp : str
        What the source's stamp marks: start, end or instant.
    is_set : bool
        True for what people set, which is written down and not measured.
    """

    name: str
    variable: str
    tag: str
    role: Role
    aggregate: str
    state: str | None
    level: float | None
    choices: tuple[str, ...] | None
    delay: int
    lag: int
    covers: int
    max_gap: int | None
    stamp: str
    is_set: bool

    @property
    def is_textual(self) -> bool:
        """True where the cells are made from text states."""
        return self.choices is not None or self.state is not None

    @property
    def is_measured(self) -> bool:
        """True for an analogue reading, which may show spikes and freeze; not for what people set, nor for counters."""
        return not (self.is_set or self.is_textual or self.aggregate == "counter")


def columns_of(sheet: Sheet) -> list[Column]:
    """Return the columns of the sheet's history, in the sheet's order; `NAME.set` follows its NAME."""
    columns: list[Column] = []
    for name, variable in sheet.variables.items():
        role = role_of(sheet, name)
        aggregate, state, level = _aggregate_of(variable.aggregate, variable.choices)
        measured = sheet.settings[name].measured if role == "setting" else None
        sources = (
            [(name, variable.tag, role == "setting")]
            if measured is None
            else [
                (name, measured, False),
                (f"{name}.set", variable.tag, True),
            ]
        )
        columns.extend(
            Column(
                name=column,
                variable=name,
                tag=tag,
                role=role,
                aggregate=aggregate,
                state=state,
                level=level,
                choices=variable.choices,
                delay=microseconds(variable.delay),
                lag=microseconds(variable.lag) if role == "outcome" else 0,
                covers=microseconds(variable.covers),
                max_gap=None if variable.max_gap is None else microseconds(variable.max_gap),
                stamp=variable.stamp,
                is_set=is_set,
            )
            for column, tag, is_set in sources
        )
    return columns


def role_of(sheet: Sheet, name: str) -> Role:
    """Return whether the variable `name` is a setting, a condition or an outcome."""
    if name in sheet.settings:
        return "setting"
    return "condition" if name in sheet.conditions else "outcome"


def set_column(columns: Collection[str], setting: str) -> str:
    """Return which of a history's columns holds what people set, whatever the outcomes feel of it.

    Examples
    --------
    >>> set_column(["x", "x.unfiltered", "z", "z.set"], "x"), set_column(["x", "z", "z.set"], "z")
    ('x.unfiltered', 'z.set')
    """
    return next((name for name in (f"{setting}.set", f"{setting}{UNFILTERED}") if name in columns), setting)


def microseconds(span: timedelta | None) -> int:
    """Return `span` in microseconds, 0 for None [us].

    Examples
    --------
    >>> microseconds(timedelta(seconds=2))
    2000000
    """
    return 0 if span is None else span // timedelta(microseconds=1)


def _aggregate_of(text: str, choices: tuple[str, ...] | None) -> tuple[str, str | None, float | None]:
    """Aggregate, the state of a share, the level of a quantile; the sheet has checked the words."""
    if text.startswith("share:"):
        return "share", text.removeprefix("share:").strip(), None
    if text.startswith("q"):
        return "quantile", None, float(text[1:])
    if text in {"mean", "time-weighted"}:
        return ("mode" if choices is not None else MEAN), None, None
    return text, None, None
