"""Which verified gains ended because a later verified recommendation moved their settings from elsewhere, or back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from workbench.records import SettingLine
from workbench.verify.chain import LogRow
from workbench.verify.ledger_lines import COUNTED_GRADES, last_verdict
from workbench.verify.states import ReviewState, day_words

__all__ = ["Ended", "ended_gain", "ended_gains"]

_Value = float | str | None


@dataclass(frozen=True)
class Ended:
    """A verified gain that earns no more because a later one moved its settings and does not build on it.

    Parameters
    ----------
    recommendation, plant : str
    by : str
        The later recommendation.
    at : datetime
        Its verdict: from then on it earns instead.
    why : str
        What it does with the settings, as a clause.
    """

    recommendation: str
    plant: str
    by: str
    at: datetime
    why: str

    @property
    def words(self) -> str:
        """When and why it ended, as a clause."""
        return f"it earns no more from {day_words(self.at)} on, when {self.by} was verified, {self.why}"


def ended_gain(state: ReviewState, states: Iterable[ReviewState]) -> Ended | None:
    """Return by which later verdict a verified gain ended; None where it did not, or was rolled back before.

    A later verified recommendation that moves one of the settings that this one moved builds on it where all of them that it
    names stand nearer to what was proposed here than to what was present here when it begins, and its proposal goes back to the
    middle between the two at most; a choice must begin as proposed here, and not return to what was present here. Both gains
    then count, as steps of one way. Otherwise the value of a setting would count twice, and this one ends. It does not begin
    again where the later one is rolled back: only a new trial can tell (own assumptions).

    Parameters
    ----------
    state : ReviewState
        Any one.
    states : iterable of ReviewState
        All of the ledger.
    """
    own = _proof(state)
    if own is None:
        return None
    found = []
    for other in states:
        proof = _proof(other) if other.plant == state.plant and other.id != state.id else None
        why = _at_odds(state, other) if proof is not None and proof.seq > own.seq else None
        if proof is not None and why is not None:
            found.append((proof.seq, Ended(state.id, state.plant, other.id, proof.time, why)))
    ended = min(found, key=lambda one: one[0])[1] if found else None
    if ended is None or (state.rolled_back is not None and state.rolled_back <= ended.at):
        return None
    return ended


def ended_gains(states: Iterable[ReviewState]) -> tuple[Ended, ...]:
    """Return the verified gains that ended by a later verdict, in the order of the states.

    Parameters
    ----------
    states : iterable of ReviewState
        All of the ledger.
    """
    every = tuple(states)
    return tuple(ended for state in every if (ended := ended_gain(state, every)) is not None)


def _proof(state: ReviewState) -> LogRow | None:
    """The verdict from which a verified one earns; None where it earns nothing."""
    if state.state != "verified":
        return None
    verdict, row = last_verdict(state.rows)
    return row if verdict is not None and verdict.effect is not None and verdict.grade in COUNTED_GRADES else None


def _at_odds(earlier: ReviewState, later: ReviewState) -> str | None:
    """Why a later one does not build on an earlier one, as a clause; None where it does, or moves none of its settings."""
    moved = {line.name: line for line in earlier.recommendation.settings if line.now != line.proposed}
    shared = [(moved[line.name], line) for line in later.recommendation.settings if line.name in moved]
    if all(line.now == line.proposed for _, line in shared):
        return None
    elsewhere = [line.name for own, line in shared if not _is_kept(own, line.now, at_middle=False)]
    if elsewhere:
        return f"which did not begin with {' and '.join(elsewhere)} as this one had set it"
    back = [line.name for own, line in shared if not _is_kept(own, line.proposed, at_middle=True)]
    return f"which takes {' and '.join(back)} back" if back else None


def _is_kept(own: SettingLine, value: _Value, at_middle: bool) -> bool:
    """Whether a value keeps what a recommendation proposed rather than going back to what was present then."""
    if isinstance(own.proposed, float) and isinstance(own.now, float) and isinstance(value, float):
        kept, lost = abs(value - own.proposed), abs(value - own.now)
        return kept < lost or (at_middle and kept == lost)
    return value != own.now if at_middle else value == own.proposed
