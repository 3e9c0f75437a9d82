"""Where gypsum stops being gypsum: the metastable limit of the dihydrate (equation 7)."""

from __future__ import annotations

import numpy as np

from workbench.models.simulators.phosphoric_acid.constants import Constants
from workbench.models.simulators.phosphoric_acid.inputs import Array

__all__ = ["hemihydrate_share", "stable_temperature"]


def stable_temperature(strength: Array, free_sulfate: Array, minutes: Array, c: Constants) -> Array:
    """Highest temperature at which gypsum persists that long [C].

    One minute: Negishi, Okura, Sekiya 2007 (24.6-49.9 % P2O5); time: Negishi 1983 (1-30 min). The use for mixed acid and for
    hours is an own extrapolation.

    Parameters
    ----------
    strength : array
        P2O5 in the liquor [% w/w].
    free_sulfate : array
        Free H2SO4 in the liquor [% w/w].
    minutes : array
        Time in the tank, 1 or more [min].
    c : Constants
        Constants of the model.
    """
    acid = strength + c.stable_sulfate * free_sulfate
    at_one_minute = c.stable_intercept - c.stable_factor * np.exp(c.stable_exponent * acid)
    power = c.stable_time_factor * acid**c.stable_time_power + c.stable_time_offset
    limit: Array = at_one_minute * minutes**-power
    return limit


def hemihydrate_share(temperature: Array, limit: Array, c: Constants) -> Array:
    """Share of the gypsum that turns to hemihydrate [-], own assumption: logistic around the limit [C]."""
    share: Array = 1.0 / (1.0 + np.exp(-(temperature - limit) / c.hemihydrate_width))
    return share
