"""When a verified gain earns: until a rollback, or a later verified one that moves its settings from elsewhere, or back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from workbench.records import SettingLine
from workbench.verify.chain import LogRow
from workbench.verify.ledger_lines import COUNTED_GRADES, Span, last_verdict
from workbench.verify.states import ReviewState, day_words

__all__ = ["Ended", "Use", "ended_gains", "use_of"]

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
    again : datetime or None
        The rollback to the earlier one's settings, from which that one earns again; None where there was none.
    """

    recommendation: str
    plant: str
    by: str
    at: datetime
    why: str
    again: datetime | None = None

    @property
    def words(self) -> str:
        """When and why it ended, and until when, as a clause."""
        if self.again is not None:
            days = f"from {day_words(self.at)} to {day_words(self.again)}"
            return f"it earned nothing {days}, between the verdict of {self.by}, {self.why}, and a rollback to its settings"
        return f"it earns no more from {day_words(self.at)} on, when {self.by} was verified, {self.why}"


@dataclass(frozen=True)
class Use:
    """When a verified gain earns, and what ended it; both empty where it is not verified by a trial.

    Parameters
    ----------
    spans : tuple of (datetime, datetime or None)
        From when until when it earns, in their order; None where it still does.
    ended : tuple of Ended
        What ended each of them but for its own rollback.
    """

    spans: tuple[Span, ...] = ()
    ended: tuple[Ended, ...] = ()

    @property
    def ended_by(self) -> str | None:
        """The later recommendation that ended it for good, so far; None where none did, or it was rolled back before."""
        return self.ended[-1].by if self.ended and self.ended[-1].again is None else None

    def touches(self, start: datetime, end: datetime) -> bool:
        """Whether it earns at some moment between two."""
        return any(first < end and (last is None or last > start) for first, last in self.spans)


def use_of(state: ReviewState, states: Iterable[ReviewState]) -> Use:
    """Return when a gain earns: from its verdict on, until it is rolled back or a later verified recommendation ends it.

    A later verified recommendation that moves one of the settings that this one moved builds on it where all of them that it
    names stand nearer to what was proposed here than to what was present here when it begins, and its proposal goes back to the
    middle between the two at most; a choice must begin as proposed here, and not return to what was present here. Both gains
    then count, as steps of one way. Otherwise the value of a setting would count twice, and this one ends. Where the later one
    is rolled back, the plant goes back to what that began with: where this is as proposed here, and no other later one that
    does not build on this one is in use, this one earns again from then on (own assumptions).

    Parameters
    ----------
    state : ReviewState
        Any one.
    states : iterable of ReviewState
        All of the ledger.
    """
    own = _proof(state)
    if own is None:
        return Use()
    back = _rollback(state)
    against = [one for other in states if (one := _against(state, own, other)) is not None]
    rows = sorted([*(one.proof for one in against), *(one.back for one in against if one.back)], key=lambda row: row.seq)
    spans: list[Span] = []
    ended: list[Ended] = []
    since: datetime | None = own.time
    for row in [row for row in rows if back is None or row.seq < back.seq]:
        in_use = [one for one in against if one.proof.seq <= row.seq and (one.back is None or one.back.seq > row.seq)]
        [moved] = [one for one in against if row in (one.proof, one.back)]
        if row == moved.proof and since is not None:
            spans.append((since, row.time))
            ended.append(Ended(state.id, state.plant, moved.id, row.time, moved.why))
            since = None
        elif row == moved.back and moved.begins_here and not in_use:
            ended[-1] = replace(ended[-1], again=row.time)
            since = row.time
    if since is not None:
        spans.append((since, back.time if back else None))
    return Use(tuple(spans), tuple(ended))


def ended_gains(states: Iterable[ReviewState]) -> tuple[Ended, ...]:
    """Return the verified gains that ended by a later verdict, those that earn again among them, in the order of the states.

    Parameters
    ----------
    states : iterable of ReviewState
        All of the ledger.
    """
    every = tuple(states)
    return tuple(ended for state in every for ended in use_of(state, every).ended)


@dataclass(frozen=True)
class _Against:
    """A later verified one that does not build on an earlier one: its verdict, its rollback, and why."""

    id: str
    proof: LogRow
    back: LogRow | None
    why: str
    begins_here: bool  # with the settings as the earlier one had set them: a rollback goes back to those


def _against(state: ReviewState, own: LogRow, other: ReviewState) -> _Against | None:
    """How another one stands against a verified one; None where it is not later, not verified, or builds on it."""
    proof = _proof(other) if other.plant == state.plant and other.id != state.id else None
    if proof is None or proof.seq < own.seq:
        return None
    moved = {line.name: line for line in state.recommendation.settings if line.now != line.proposed}
    shared = [(moved[line.name], line) for line in other.recommendation.settings if line.name in moved]
    if all(line.now == line.proposed for _, line in shared):
        return None
    elsewhere = [line.name for mine, line in shared if not _is_kept(mine, line.now, at_middle=False)]
    back = [line.name for mine, line in shared if not _is_kept(mine, line.proposed, at_middle=True)]
    if not elsewhere and not back:
        return None
    begun = f"which did not begin with {' and '.join(elsewhere)} as this one had set it"
    why = begun if elsewhere else f"which takes {' and '.join(back)} back"
    return _Against(other.id, proof, _rollback(other), why, begins_here=not elsewhere)


def _proof(state: ReviewState) -> LogRow | None:
    """The verdict from which a verified one earns; None where it earns nothing."""
    if state.state != "verified":
        return None
    verdict, row = last_verdict(state.rows)
    return row if verdict is not None and verdict.effect is not None and verdict.grade in COUNTED_GRADES else None


def _rollback(state: ReviewState) -> LogRow | None:
    """The rollback of a verified one; None where there was none."""
    return state.decision if state.rolled_back else None


def _is_kept(own: SettingLine, value: _Value, at_middle: bool) -> bool:
    """Whether a value keeps what a recommendation proposed rather than going back to what was present then."""
    if isinstance(own.proposed, float) and isinstance(own.now, float) and isinstance(value, float):
        kept, lost = abs(value - own.proposed), abs(value - own.now)
        return kept < lost or (at_middle and kept == lost)
    return value != own.now if at_middle else value == own.proposed
