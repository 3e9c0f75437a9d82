"""The next small move of a plant, as a frozen record."""

from __future__ import annotations

import json
from typing import Literal

from pydantic import BaseModel, ConfigDict

from workbench.records import round_all

__all__ = ["NextLimit", "NextSetting", "NextStep", "Prospect"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NextSetting(_Frozen):
    """One setting: where it stands, where it goes next, and where the records so far say it is best; in its unit.

    `now` is what the last record holds, from where a move steps, not the mean of days that a recommendation starts from.
    `integer` says that only whole numbers are possible.
    """

    name: str
    tag: str
    unit: str
    now: float | str
    next: float | str
    best: float | str
    low: float | None
    high: float | None
    max_step: float | None
    integer: bool = False


class NextLimit(_Frozen):
    """One limit: how often it is expected to hold at the next move and where the plant stands, and how often it held lately.

    Parameters
    ----------
    name, unit : str
    bound : {'low', 'high'}
    value : float
        [`unit`]
    asked : float
        Share of periods in which it must hold, where it holds less often now or before the moves as often as there [-].
    expected, now : float or None
        Share of periods in which it is expected to hold at the next move and at the present settings, over the conditions of
        all periods that were learned from [-]; None where nothing is known yet.
    latest : float or None
        Share of the results since the last move in which it held [-]; None without any.
    latest_results : int
        How many these are.
    is_broken : bool
        Whether it held more seldom since the last move than chance would have it: the move then goes back.
    """

    name: str
    unit: str
    bound: Literal["low", "high"]
    value: float
    asked: float
    expected: float | None
    now: float | None
    latest: float | None
    latest_results: int
    is_broken: bool


class Prospect(_Frozen):
    """What a move is expected to bring against the present settings, positive is better [unit of the objective].

    `low` and `high` hold the two-sided interval of `level`; `probability_better` is the chance of any improvement [-].
    """

    expected: float
    low: float
    high: float
    level: float
    probability_better: float


class NextStep(_Frozen):
    """The next small move, from all records so far.

    Parameters
    ----------
    stage : {'first_moves', 'climb'}
        Whether it belongs to the design of the first moves, or is drawn from what the records say.
    move, moves : int or None
        Which move of the design it is, and of how many; None while climbing.
    results, pending : int
        Periods or batches with a result that were learned from, and those after the last result, whose results are awaited.
        Periods within the settling time of a move are not learned from where half of the results or more lie outside it.
    settings : tuple of NextSetting
    next, best : Prospect or None
        Of the next move, and of the best settings so far; None where nothing is known yet.
    expected_most, room : float or None
        The most that any small move is expected to gain, and the most that one may, with a chance of 5 % that it is more
        [unit of the objective]; None where nothing is known yet, and during the first moves.
    limits : tuple of NextLimit
        Every limit of the sheet; empty without records.
    is_back : bool
        Whether the move only leads back from where the plant breaks a limit.
    not_before : str or None
        Earliest moment of the change in plant time, ISO 8601; None for batches without a clock.
    hold : str
        How long to leave the settings alone afterwards.
    reasons : tuple of str
        Why this move, a sentence each.
    row : {'period', 'batch'}
        What the shares of the limits are counted in.
    """

    plant: str
    title: str
    objective: str
    unit: str
    seed: int
    stage: Literal["first_moves", "climb"]
    move: int | None
    moves: int | None
    results: int
    pending: int
    settings: tuple[NextSetting, ...]
    next: Prospect | None
    best: Prospect | None
    expected_most: float | None
    room: float | None
    limits: tuple[NextLimit, ...] = ()
    is_back: bool = False
    not_before: str | None
    hold: str
    reasons: tuple[str, ...]
    row: Literal["period", "batch"] = "period"

    def to_json(self) -> str:
        """Return the record as text: every key present, six significant digits, keys in reading order."""
        return json.dumps(round_all(self.model_dump(mode="json")), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
