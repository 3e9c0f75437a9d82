"""What one outcome is said to do, where people answer it with the settings."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from workbench.models.surrogates.basis import LINEAR_S
from workbench.models.surrogates.response import fit_response

N = 2000
EFFECT = -1.0


def answered(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A setting, raised where the last result was high, and the outcome that it lowers; what raises that nobody records."""
    rng = np.random.default_rng(seed)
    cause = lfilter([1.0], [1.0, -0.975], rng.normal(size=N) * np.sqrt(1 - 0.975**2)) + 0.6 * rng.normal(size=N)
    setting, outcome = np.zeros(N), np.zeros(N)
    for i in range(N):
        if i:
            setting[i] = 0.97 * setting[i - 1] + 0.12 * outcome[i - 1] + 0.15 * rng.normal()
        outcome[i] = EFFECT * setting[i] + cause[i]
    return setting, outcome


def test_answers_to_an_outcome_hide_little_of_what_a_setting_does() -> None:
    found = []
    for seed in range(6):
        setting, outcome = answered(seed)
        scaled = (setting - setting.mean()) / setting.std()
        response = fit_response(scaled[:, None], np.zeros((N, 0)), np.array([LINEAR_S]), outcome, np.arange(N))
        found.append(float(response.coefficients[0]) / setting.std())
    assert np.mean(found) == pytest.approx(EFFECT, rel=0.15)
