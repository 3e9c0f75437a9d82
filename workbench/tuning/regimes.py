"""Settings by regime: where the best settings follow a condition, a short table of them, and only when that pays.

It pays when the low end of what the table gives beyond one setting for all lies above zero. Both are read off the same
posterior under the same recent conditions, so their difference is one more change of settings with a mean and a spread of its
own. Which condition parts the periods is chosen by how much the products of settings with it are found to do; what that choice
may find by luck is measured on the plant's own past, with those products removed (`regime_replay`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from workbench.records import Gain, Money, RegimeLine, RegimeTable, SettingLine, Support
from workbench.tuning.judge import LEVEL, Floats, Judge
from workbench.tuning.limits import LimitCheck
from workbench.tuning.present import Present
from workbench.tuning.regime_replay import RegimeReplays, replay_regimes
from workbench.tuning.regime_split import PERIODS_MIN, Regime, parted_by_condition
from workbench.tuning.replay import Replays
from workbench.tuning.search import Found, search
from workbench.tuning.space import Settings, Space
from workbench.tuning.words import number
from workbench.wording import shown_unit

__all__ = ["regime_sentence", "regime_table"]

SHARE_WORTH = (
    0.15  # of the table's gain that must come beyond one setting for all: less is not worth switching [-]; own assumption
)
N_TRIALS = 12  # of the search in each regime: its good starts, and the last descent from the best


@dataclass(frozen=True)
class _Cut:
    """Shares that an improvement counts with: to the one setting for all, and on to the regime's own; sd to the low end."""

    start: float
    move: float
    z: float


def regime_table(
    judge: Judge, space: Space, found: Found, replays: Replays, single: Settings | None, seed: int
) -> tuple[RegimeTable, ...]:
    """Return the table of settings by regime, or nothing where it does not pay beyond one setting for all.

    It pays where the low end of what it gives beyond lies above zero, where that is 15 % or more of what it gives in all, and
    where a trial could show all of it.
    Own assumptions: the recent shares of the regimes go on; a step counts from the present settings in every regime; a regime
    with fewer than 20 results of a limited outcome is held to that limit under all recent conditions.

    Parameters
    ----------
    judge, space, found, replays
        As the one setting for all was found.
    single : Settings or None
        What is proposed for all conditions; None where nothing is.
    seed : int
        Of the search.
    """
    parted = parted_by_condition(judge)
    if not parted or not space.dimensions:
        return ()
    start = space.frame([space.present() if single is None else single])
    start = judge.present.now if single is None else start
    response = judge.surrogate.responses["@objective"]
    effects = response.effects[response.posterior.terms]
    best = max(parted, key=lambda p: float(p.products @ effects**2))
    judges = [_judge_in(judge, start, regime, members) for regime, members in zip(best.regimes, best.members, strict=True)]
    known = space.frame(found.explored)
    if all(float(j.worth(j.shifts(known)).max()) <= 0.0 for j in judges):  # nothing to look for: spare the searches
        return ()
    chosen = [_best_in(j, judge, space, start, seed) for j in judges]
    moves = [j.shifts(c) for j, c in zip(judges, chosen, strict=True)]
    beyond = np.sum([share * move for share, move in zip(best.shares, moves, strict=True)], axis=0)
    if float(judge.low_end(beyond, 1.0, replays.z)[0]) <= 0.0:  # before the replays, which can only lower it
        return ()
    luck = replay_regimes(judge, space, found, parted, replays.z, single is not None)
    from_now = judge.shifts(start)
    starts = [share * _to_start(judge, start, m) for share, m in zip(best.shares, best.members, strict=True)]
    weighed = [share * move for share, move in zip(best.shares, moves, strict=True)]
    cut = _Cut(
        _share_won(judge, [*starts, from_now - np.sum(starts, axis=0)], replays.promise_share),
        _share_won(judge, weighed, luck.promise_share),
        luck.z,
    )
    whole = replace(cut, start=replays.promise_share, move=luck.promise_share)
    total = _gain(judge, from_now, beyond, whole)
    apart = _gain(judge, np.zeros_like(beyond), beyond, whole)
    low = min(float(judge.low_end(beyond, luck.promise_share, luck.z)[0]), total.low, apart.low)
    if low <= 0.0 or apart.expected < SHARE_WORTH * total.expected or not judge.is_provable(total.expected, total.expected):
        return ()
    lines = tuple(
        _line(judge, inner, regime, start, settings, move, float(share), cut)
        for inner, regime, settings, move, share in zip(judges, best.regimes, chosen, moves, best.shares, strict=True)
    )
    return (
        RegimeTable(
            condition=best.condition,
            unit=judge.sheet.conditions[best.condition].unit,
            lines=lines,
            gain=total,
            beyond=apart,
            beyond_per_year=_money(judge, beyond, luck),
            placebo=luck.placebo,
        ),
    )


def regime_sentence(table: RegimeTable) -> str:
    """Return what a table says where no one change pays for all conditions."""
    unit = f" {shown_unit(table.gain.unit)}".rstrip()
    return (
        f"No one change is proposed for all conditions, but settings that follow {table.condition} do: by regime they promise "
        f"{number(table.gain.expected)}{unit} ({number(table.gain.low)} to {number(table.gain.high)}{unit}); such a table "
        "cannot be put on trial from here."
    )


def _judge_in(judge: Judge, start: pl.DataFrame, regime: Regime, members: pl.DataFrame) -> Judge:
    """The same judge under the conditions of one regime; changes count from `start`, limits from the present settings."""
    checks = tuple(_check_in(check, regime) for check in judge.limits)
    return Judge(
        judge.sheet, judge.surrogate, Present(start, members, judge.present.last_days, ()), judge.support.under(members), checks
    )


def _check_in(check: LimitCheck, regime: Regime) -> LimitCheck:
    inside = regime.holds(check.at_now.recent)
    return check if int(inside.sum()) < PERIODS_MIN * check.at_now.times else check.within(inside)


def _best_in(inner: Judge, judge: Judge, space: Space, start: pl.DataFrame, seed: int) -> pl.DataFrame:
    """The feasible settings that are worth most in one regime, searched from `start` with the steps counted from now."""
    at = start.row(0, named=True)
    moved = Space(tuple(replace(d, now=at[d.name]) for d in space.dimensions), space.held, start)
    found = search(inner, moved, N_TRIALS, seed)
    now = judge.present.now
    frame = pl.concat([moved.frame(found.explored), start, now])
    worth = inner.worth(inner.shifts(frame))
    for place in np.argsort(-worth, kind="stable"):
        row = frame[int(place)]
        if inner.inside(row)[0] and inner.holds(row)[0]:
            return row
    return now  # no further out and no worse than today, whatever today is


def _line(
    judge: Judge,
    inner: Judge,
    regime: Regime,
    start: pl.DataFrame,
    settings: pl.DataFrame,
    move: Floats,
    share: float,
    cut: _Cut,
) -> RegimeLine:
    """One regime with its own promise: from now to the one setting for all, and on to its own settings."""
    members = inner.present.recent
    return RegimeLine(
        choice=regime.choice,
        low=regime.low,
        high=regime.high,
        periods=members.height,
        share=share,
        settings=_setting_lines(judge, settings),
        gain=_gain(judge, _to_start(judge, start, members), move, cut),
        limits=tuple(c.line(settings) for c in inner.limits),
        support=Support(nearest_periods=inner.support.nearest_periods(settings), inside=bool(inner.inside(settings)[0])),
    )


def _to_start(judge: Judge, start: pl.DataFrame, members: pl.DataFrame) -> Floats:
    """Moves of the terms from now to the one setting for all, under the conditions of one regime."""
    return judge.surrogate.basis.shift(start, judge.present.now, members)


def _share_won(judge: Judge, parts: Sequence[Floats], promise_share: float) -> float:
    """Share that the improvements among weighed parts of one move count with [-]; losses among them count in full.

    The share with which the parts together promise what `Judge.promised` does of their sum: the promises of the regimes then
    add up to that of the table.
    """
    gains = np.array([judge.gain(part)[0][0] for part in parts])
    won, lost = float(gains[gains > 0.0].sum()), -float(gains[gains < 0.0].sum())
    if lost <= 1e-12 * won or won <= 0.0:
        return promise_share
    return (_promised(won - lost, promise_share) + lost) / won


def _promised(gain: float, share: float) -> float:
    """An improvement counts with a share, a loss in full."""
    return share * gain if gain > 0.0 else gain


def _gain(judge: Judge, start: Floats, move: Floats, cut: _Cut) -> Gain:
    """Promise of a move in two parts: to the one setting for all, and on to the regime's own, each freed of its optimism."""
    expected = sum(_promised(float(judge.gain(d)[0][0]), s) for s, d in ((cut.start, start), (cut.move, move)))
    whole = start + move
    half = cut.z * float(judge.spread(whole, judge.gain(whole)[1])[0])
    objective = judge.sheet.objective
    return Gain(
        objective=objective.text,
        unit=objective.unit,
        expected=expected,
        low=expected - half,
        high=expected + half,
        level=LEVEL,
    )


def _money(judge: Judge, move: Floats, luck: RegimeReplays) -> Money | None:
    sheet = judge.sheet
    value = sheet.value_per_unit_year
    if value is None or sheet.currency is None:
        return None
    _, (mean, sd) = judge.promised(move, luck.promise_share)
    expected, half = float(mean[0]), luck.z * float(sd[0])
    return Money(
        currency=sheet.currency, expected=expected * value, low=(expected - half) * value, high=(expected + half) * value
    )


def _setting_lines(judge: Judge, settings: pl.DataFrame) -> tuple[SettingLine, ...]:
    return tuple(
        SettingLine(
            name=name,
            tag=s.tag,
            unit=s.unit,
            now=judge.present.now[name][0],
            proposed=settings[name][0],
            low=s.low,
            high=s.high,
            max_step=s.max_step,
            supported=None if s.choices is not None else judge.covered.get(name),
        )
        for name, s in judge.sheet.settings.items()
    )
