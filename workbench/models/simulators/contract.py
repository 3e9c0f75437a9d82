"""What every simulator can do: outcomes for settings and conditions, a simulated past, and checks of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from workbench.errors import InputError, closest_hint
from workbench.models.contract import ProcessModel
from workbench.records import RefereeRow

__all__ = ["HISTORY_SCHEMA", "Check", "Simulator", "check_close", "check_within", "known_simulators", "simulator"]

HISTORY_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "time": pl.Datetime("us", "UTC"),
    "tag": pl.Categorical(),
    "value": pl.Float64(),
    "quality": pl.Enum(["good", "uncertain", "bad"]),
    "known_at": pl.Datetime("us", "UTC"),
}


@dataclass(frozen=True)
class Check:
    """One verification of a simulator: what it computes beside what a source or a hand calculation says.

    Parameters
    ----------
    name : str
        What is checked, with its unit.
    value : float
        What the simulator gives.
    expected : float
        What it should be.
    tolerance : float
        Largest allowed distance of `value` from `expected`, in the same unit, 0 or more.
    passed : bool
        True when the distance is within the tolerance (False where `value` is not finite).
    source_mark : str
        S (read in a public source), B (book, by memory), O (own assumption), or M (mathematics: exact by definition).
    """

    name: str
    value: float
    expected: float
    tolerance: float
    passed: bool
    source_mark: str


class Simulator(ProcessModel, Protocol):
    """A plant in numbers; `evaluate` is the truth, `history` is what its people would have recorded.

    `predict` is `evaluate` over draws of its scatter, see `models.contract.predict_by_seeds`.
    """

    @property
    def name(self) -> str:
        """Word under which the registry knows it."""
        ...

    @property
    def outcomes(self) -> dict[str, str]:
        """Columns that `evaluate` returns, each with its unit."""
        ...

    def evaluate(self, frame: pl.DataFrame, seed: int = 0) -> pl.DataFrame:
        """Return the true outcomes, one row for each row of settings (and, where given, conditions).

        The same seed and row count give the same draws in each row, so that two frames of equal height pair row by row.
        """
        ...

    def history(self, days: int = 180, seed: int = 0) -> pl.DataFrame:
        """Return simulated plant records (`HISTORY_SCHEMA`) under the old operating practice, sorted by time."""
        ...

    @property
    def headline(self) -> tuple[str, ...]:
        """Outcomes that promise and truth are compared by."""
        ...

    def published(self) -> tuple[RefereeRow, ...]:
        """Return what is published of such a plant, and how far it can be trusted; empty where nothing is."""
        ...

    def chain(self) -> tuple[RefereeRow, ...]:
        """Return what a chain of recommendations, each applied, was measured to reach; empty where not measured."""
        ...

    def saved(self, history: pl.DataFrame) -> dict[str, tuple[str, pl.Expr]]:
        """Return what a verdict reports beside money: a name, its unit, and a formula over the columns of a history.

        More of it is better; none of it is to be added to the money. Empty where the columns are not all there.
        """
        ...

    def yearly(self, before: pl.DataFrame, after: pl.DataFrame) -> dict[str, float]:
        """Return what going from one frame of `evaluate` to another is worth a year in other ways than the objective counts.

        Labels with their unit, as in `rock saved [t/year]`; more is better. Ways to count one gain, never to be added up.
        """
        ...

    @property
    def yearly_note(self) -> str:
        """What a reader must know of `yearly`, from `; ` on; empty where there is nothing to say."""
        ...

    def variants(self) -> tuple[Simulator, ...]:
        """Return the same plant with its weakest assumed numbers changed by 25 %, one at a time; empty where none is."""
        ...

    def verify(self) -> list[Check]:
        """Return the checks of this simulator against mathematics, published points and hand calculations."""
        ...


def check_close(name: str, value: float, expected: float, tolerance: float, source_mark: str) -> Check:
    """Return the check that `value` lies within `tolerance` of `expected`.

    Examples
    --------
    >>> check_close("CaO to H2SO4 [t/t]", 1.7489, 1.749, 0.001, "M").passed
    True
    """
    return Check(name, float(value), float(expected), float(tolerance), bool(abs(value - expected) <= tolerance), source_mark)


def check_within(name: str, value: float, low: float, high: float, source_mark: str) -> Check:
    """Return the check that `value` lies in low..high, said as middle and half width.

    Examples
    --------
    >>> check_within("recovery [%]", 94.0, 93.0, 96.0, "S").expected
    94.5
    """
    return check_close(name, value, (low + high) / 2, (high - low) / 2, source_mark)


def _phosphoric_acid() -> Simulator:
    from workbench.models.simulators.phosphoric_acid.plant import PhosphoricAcid

    return PhosphoricAcid()


_REGISTRY: dict[str, Callable[[], Simulator]] = {
    "phosphoric_acid": _phosphoric_acid,
}


def known_simulators() -> tuple[str, ...]:
    """Names of the simulators that the workbench ships, sorted."""
    return tuple(sorted(_REGISTRY))


def simulator(name: str) -> Simulator:
    """Return the simulator of that name; its module is loaded on first use.

    Raises
    ------
    InputError
        If no simulator has that name.
    """
    if name not in _REGISTRY:
        raise InputError(
            f"no simulator is named '{name}'{closest_hint(name, _REGISTRY)}: known are {', '.join(known_simulators())}"
        )
    return _REGISTRY[name]()
