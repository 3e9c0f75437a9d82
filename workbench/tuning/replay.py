"""The whole choice replayed on the plant's own past: with the effects removed (placebo), and with known effects (optimism).

What the model leaves unexplained is turned round in time against the settings: it keeps its memory and its slow swings and
loses only its link to them. In a placebo replay nothing else is left, so a proposal is a false alarm. In a replay with effects
that may be the true ones (drawn from what the records leave open), what is promised can be compared with what is there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from workbench.models.surrogates.response import Response
from workbench.records import Placebo
from workbench.tuning.judge import CAUTION, PROMISE_MOST

__all__ = ["Replays", "drawn_effects", "replay", "root_of"]

RUNS = 400  # replays of each sort, where the history is long enough; half of them set the width, half count
SHARE_MIN = 0.05  # smallest turn in time, as a share of the history [-]
FALSE_ALARMS = 0.05  # share of placebo replays that may propose; where more would, the interval is widened [-]
CANDIDATES_MAX = 600  # feasible candidates are thinned evenly to at most this many
CONFIDENCE = 0.95  # of the upper bound of the false-alarm rate
SEED = 0  # of the effects that replays draw

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Replays:
    """What the replays say.

    Parameters
    ----------
    placebo : Placebo
        False alarms among the placebo replays that did not set `z`, at the `z` that is used.
    z : float
        Posterior standard deviations from a gain to its low end: the one asked for, or more where the placebo replays would
        otherwise propose too often.
    promise_share : float
        Sum of real gains over sum of promises where the effects are those that each replay drew, 0 to `most` of
        `replay`: the promise is multiplied by it [-].
    gains, lows : array of float
        Promised gain and its low end in each placebo replay, in the objective's unit.
    """

    placebo: Placebo
    z: float
    promise_share: float
    gains: Floats
    lows: Floats


def replay(response: Response, shifts: Floats, sign: float, z: float, most: float = PROMISE_MOST) -> Replays:
    """Replay the choice among feasible candidates.

    Parameters
    ----------
    response : Response
        The objective, as learned.
    shifts : array of float, shape (candidates, terms)
        Feasible candidates, from `Basis.shift`.
    sign : float
        1 to maximise, -1 to minimise.
    z : float
        Posterior standard deviations from the gain to its low end that are asked for, for every proposal.
    most : float
        Share of the model's gain that is promised at most, `Judge.promise_most` [-].
    """
    posterior = response.posterior
    innovations = response.innovations
    n = len(innovations)
    runs = int(min(RUNS, n * (1.0 - 2.0 * SHARE_MIN)))
    turns = np.unique(np.linspace(n * SHARE_MIN, n * (1.0 - SHARE_MIN), runs).astype(int))
    noise = np.stack([np.roll(innovations, t) for t in turns], axis=1) * response.weights[:, None]
    pulls = posterior.cleaned.T @ noise
    # the effects found are drawn towards none: replays of these alone would have less to find than the records may hold
    effects = drawn_effects(response, len(turns))
    told = (posterior.cleaned.T * response.weights) @ response.whitened[:, posterior.terms]
    d = sign * shifts[:: max(1, -(-len(shifts) // CANDIDATES_MAX)), response.setting_terms]
    stated = response.stated[posterior.terms][:, None]
    known, doubt = posterior.changes(d, pulls + told @ (effects - stated))
    known += d @ stated
    chosen = (known - CAUTION * doubt).argmax(axis=0)
    columns = np.arange(pulls.shape[1])
    promised, real = known[chosen, columns], np.einsum("rt,tr->r", d[chosen], effects)
    share = float(np.clip(real.sum() / promised.sum(), 0.0, most)) if promised.sum() > 0.0 else 0.0
    # settings that do nothing to the objective bring in through the outcomes what the formula charges for them
    means, sds = posterior.changes(d, pulls - told @ stated)
    means += d @ stated
    # a candidate without any change has no spread either: it is no proposal
    ratio = np.where(sds > 1e-9, share * means / np.maximum(sds, 1e-9), 0.0)
    best = ratio.argmax(axis=0)
    # every second replay sets the width, the others count: a rate counted on the replays that set it could not fail
    sets = columns % 2 == 0
    z_used = max(z, float(np.quantile(ratio[best, columns][sets], 1.0 - FALSE_ALARMS, method="higher")))
    gains = share * means[best, columns]
    lows = gains - z_used * sds[best, columns]
    counted = int(np.sum(~sets))
    alarms = int(np.sum(lows[~sets] > 1e-12))
    high = 1.0 if alarms == counted else float(stats.beta.ppf(CONFIDENCE, alarms + 1, counted - alarms))
    placebo = Placebo(false_alarms=alarms, runs=counted, rate=alarms / counted, high=high)
    return Replays(placebo, z_used, share, gains * response.scale, lows * response.scale)


def drawn_effects(response: Response, draws: int) -> Floats:
    """Return what the settings' terms may do, given records and formula, shape (terms, draws), in units of `response.scale`."""
    root = root_of(response.covariance)
    chance = np.random.default_rng(SEED).standard_normal((len(root), draws))
    return np.asarray(response.effects[response.posterior.terms][:, None] + root @ chance)


def root_of(covariance: Floats) -> Floats:
    """Return the symmetric matrix whose square is the covariance.

    There is only one: eigenvectors by themselves have signs that rounding decides, and with them draws would turn.
    """
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)
