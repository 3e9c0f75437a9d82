"""The choice of settings by regime replayed on the plant's own past, with and without products of settings and conditions.

As in `replay`, what the model leaves unexplained is turned round in time against the settings. In a placebo replay the settings
keep what they do alone and lose every product with a condition; what a table of settings by regime then promises beyond what it
gives is luck, the choice of the condition included. In a replay with effects that may be the true ones, all of them, promises
can be compared with gains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from workbench.models.surrogates.basis import CROSS_SC
from workbench.records import Placebo
from workbench.tuning.judge import CAUTION, Floats, Judge
from workbench.tuning.regime_split import Parted
from workbench.tuning.replay import CONFIDENCE, FALSE_ALARMS, SHARE_MIN, drawn_effects, root_of
from workbench.tuning.search import Found
from workbench.tuning.space import Space

__all__ = ["RegimeReplays", "replay_regimes"]

RUNS = 200  # replays of each sort; half of the placebo ones set the width, half count
CANDIDATES_MAX = 200  # feasible candidates are thinned evenly to at most this many


@dataclass(frozen=True)
class RegimeReplays:
    """What the replays say of a table of settings by regime.

    Parameters
    ----------
    placebo : Placebo
        Among the placebo replays that did not set `z`: tables whose low end beyond one setting for all lay above zero and above
        what the table gives.
    z : float
        Posterior standard deviations from the gain to its low end.
    promise_share : float
        Sum of real gains over sum of promises beyond one setting for all, 0 to `Judge.promise_most` [-].
    """

    placebo: Placebo
    z: float
    promise_share: float


def replay_regimes(
    judge: Judge, space: Space, found: Found, parted: Sequence[Parted], z: float, proposes: bool
) -> RegimeReplays:
    """Replay the choice of condition and settings among feasible candidates.

    Own assumption: what is feasible for all recent conditions is feasible in each regime, which only widens the choice.

    Parameters
    ----------
    judge, space, found
        As the one setting for all was found.
    parted : sequence of Parted
        Every condition that may part the periods.
    z : float
        The least number of standard deviations to the low end.
    proposes : bool
        Whether one setting for all is proposed; else the table is compared with the present settings.
    """
    response = judge.surrogate.responses["@objective"]
    posterior = response.posterior
    terms = response.setting_terms
    frame = space.frame(found.explored[:: max(1, -(-len(found.explored) // CANDIDATES_MAX))])
    every = _with_present(judge.sign * judge.shifts(frame)[:, terms])
    inner = [
        [_with_present(judge.sign * judge.surrogate.basis.shift(frame, judge.present.now, m)[:, terms]) for m in p.members]
        for p in parted
    ]
    choice = _Choice(every, inner, parted, root_of(response.covariance), proposes)
    innovations = response.innovations
    n = len(innovations)
    turns = np.unique(np.linspace(n * SHARE_MIN, n * (1.0 - SHARE_MIN), RUNS).astype(int))
    noise = np.stack([np.roll(innovations, t) for t in turns], axis=1) * response.weights[:, None]
    stated = response.stated[posterior.terms][:, None]
    is_cross = judge.surrogate.basis.groups[terms] == CROSS_SC
    alone = np.where(is_cross, 0.0, response.effects[posterior.terms])[:, None]

    def outcome(truth: Floats) -> tuple[Floats, Floats, Floats]:
        """Promised gain beyond one setting for all, its standard deviation and the true one, a value a replay."""
        target = response.weights[:, None] * (response.whitened[:, posterior.terms] @ (truth - stated))
        pulls = posterior.cleaned.T @ (noise + target)
        moves = choice.moves(posterior.means(pulls)[0][: len(posterior.terms)] + stated)
        mean, sd = posterior.changes(moves, pulls)
        return np.diag(mean + moves @ stated), np.diag(sd), np.einsum("rt,tr->r", moves, np.broadcast_to(truth, moves.T.shape))

    promised, _, real = outcome(drawn_effects(response, len(turns)))
    share = float(np.clip(real.sum() / promised.sum(), 0.0, judge.promise_most)) if promised.sum() > 0.0 else 0.0
    mean, sd, true = outcome(alone)
    # a table without any move has no spread either: it promises nothing
    excess = np.where(sd > 1e-9, (share * mean - np.maximum(true, 0.0)) / np.maximum(sd, 1e-9), 0.0)
    sets = np.arange(len(excess)) % 2 == 0
    z_used = max(z, float(np.quantile(excess[sets], 1.0 - FALSE_ALARMS, method="higher")))
    counted, alarms = int(np.sum(~sets)), int(np.sum(excess[~sets] > z_used))
    high = 1.0 if alarms == counted else float(stats.beta.ppf(CONFIDENCE, alarms + 1, counted - alarms))
    return RegimeReplays(Placebo(false_alarms=alarms, runs=counted, rate=alarms / counted, high=high), z_used, share)


@dataclass(frozen=True)
class _Choice:
    """Candidates as moves of the settings' terms (the last one stays): over all recent conditions, and in each regime."""

    every: Floats
    inner: list[list[Floats]]
    parted: Sequence[Parted]
    root: Floats
    proposes: bool

    def moves(self, means: Floats) -> Floats:
        """Return what a table would move beyond one setting for all, a row for each column of posterior means."""
        doubt = np.linalg.norm(self.every @ self.root, axis=1)
        single = (self.every @ means - CAUTION * doubt[:, None]).argmax(axis=0)
        if not self.proposes:
            single = np.full(means.shape[1], len(self.every) - 1)
        products = np.stack([p.products for p in self.parted])
        condition = (products @ means**2).argmax(axis=0)
        out = np.zeros((means.shape[1], means.shape[0]))
        for place, parted in enumerate(self.parted):
            columns = np.flatnonzero(condition == place)
            for share, moves in zip(parted.shares, self.inner[place], strict=True):
                loads, values = moves @ self.root, moves @ means[:, columns]
                for at, column in enumerate(columns):
                    s = single[column]
                    worth = values[:, at] - values[s, at] - CAUTION * np.linalg.norm(loads - loads[s], axis=1)
                    out[column] += share * (moves[int(worth.argmax())] - moves[s])
        return out


def _with_present(moves: Floats) -> Floats:
    return np.concatenate([moves, np.zeros((1, moves.shape[1]))])
