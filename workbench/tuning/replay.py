"""The whole choice replayed on the plant's own past: with the effects removed (placebo), and with known effects (optimism).

What the model leaves unexplained is turned round in time against the settings: it keeps its memory and its slow swings and
loses only its link to them. In a placebo replay nothing else is left, so a proposal is a false alarm. In a replay with the effects
found, what is promised can be compared with what is there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from workbench.models.surrogates.response import Response
from workbench.records import Placebo

__all__ = ["Replays", "replay"]

RUNS = 200  # replays of each sort
SHARE_MIN = 0.05  # smallest turn in time, as a share of the history [-]
CONFIDENCE = 0.95  # of the upper bound of the false-alarm rate

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Replays:
    """What the replays say.

    Parameters
    ----------
    placebo : Placebo
        False alarms among placebo replays.
    promise_share : float
        Sum of real gains over sum of promises where the effects are known, 0 to 1: the promise is multiplied by it [-].
    gains, lows : array of float
        Promised gain and its low end in each placebo replay, in the objective's unit.
    """

    placebo: Placebo
    promise_share: float
    gains: Floats
    lows: Floats


def replay(response: Response, shifts: Floats, sign: float, z: float) -> Replays:
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
        Posterior standard deviations from the gain to its low end.
    """
    posterior = response.posterior
    innovations = response.innovations
    n = len(innovations)
    runs = int(min(RUNS, n * (1.0 - 2.0 * SHARE_MIN)))
    turns = np.unique(np.linspace(n * SHARE_MIN, n * (1.0 - SHARE_MIN), runs).astype(int))
    noise = np.stack([np.roll(innovations, t) for t in turns], axis=1) * response.weights[:, None]
    pulls = posterior.cleaned.T @ noise
    effects = response.mean[posterior.terms]
    truth = response.whitened[:, posterior.terms] @ effects
    d = sign * shifts[:, response.setting_terms]
    gains, _, real = _choose(response, d, pulls + (posterior.cleaned.T @ (response.weights * truth))[:, None], effects)
    share = float(np.clip(real.sum() / gains.sum(), 0.0, 1.0)) if gains.sum() > 0.0 else 0.0
    placebo_gains, placebo_sd, _ = _choose(response, d, pulls, effects)
    lows = share * placebo_gains - z * placebo_sd
    alarms = int(np.sum((lows > 0.0) & (placebo_gains > 0.0)))
    high = 1.0 if alarms == len(turns) else float(stats.beta.ppf(CONFIDENCE, alarms + 1, len(turns) - alarms))
    placebo = Placebo(false_alarms=alarms, runs=len(turns), rate=alarms / len(turns), high=high)
    return Replays(placebo, share, share * placebo_gains * response.scale, lows * response.scale)


def _choose(response: Response, d: Floats, pulls: Floats, effects: Floats) -> tuple[Floats, Floats, Floats]:
    """Promised gain of the best candidate, its standard deviation, and what it is really worth under `effects`."""
    means, weights = response.posterior.means(pulls)
    all_gains = d @ means
    best = all_gains.argmax(axis=0)
    gains = all_gains[best, np.arange(pulls.shape[1])]
    sd = response.posterior.sd_of_changes(d[best], weights, pulls)
    return gains, sd, d[best] @ effects
