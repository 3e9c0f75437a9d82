"""A defect or none: no promise leads beyond a share of none, or of all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from workbench.tuning import Tuned, tune
from workbench.tuning.ends import ends_of, improvement_ends, within_ends

N = 1500
OUTCOMES = '  recovery: {unit: "%"}\n'
OBJECTIVE = 'objective: {maximize: recovery, unit: "%"}\n'


def share_at(temperature: Any) -> Any:
    """Defects, which are few from 75 degrees on; half of all parts at 72.5."""
    return 1.0 / (1.0 + np.exp(0.9 * (temperature - 72.5)))


@pytest.fixture(scope="module")
def tuned_by(line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any]) -> Callable[..., Tuned]:
    def make(objective: str, parts: int = 1) -> Tuned:
        columns = moves(0, N)
        columns["temperature"][-60:] = 73.0
        is_bad = np.random.default_rng(8).binomial(parts, share_at(columns["temperature"]))
        sheet = line(OUTCOMES, "  defect: {}\n  dust: {}\n", OBJECTIVE, f"objective: {{{objective}}}\n")
        dust = np.random.default_rng(9).normal(size=N)
        plant = plant_of(sheet, columns | {"defect": is_bad.astype(float), "dust": dust})
        return tune(plant.sheet, plant.surrogate, n_trials=20)

    return make


@pytest.mark.parametrize("parts", [1, 3])
def test_no_more_defects_are_promised_away_than_there_are(tuned_by: Callable[..., Tuned], parts: int) -> None:
    tuned = tuned_by('minimize: "60*defect + 0.1*flow", unit: EUR', parts)
    assert tuned.gain is not None
    (defect,) = (line for line in tuned.outcomes if line.name == "defect")
    assert 0.0 < defect.proposed < defect.now
    assert defect.now + defect.low >= 0.0
    after = next(line.proposed for line in tuned.settings if line.name == "temperature")
    true = 60.0 * parts * (share_at(73.0) - share_at(after))
    assert tuned.gain.low <= true
    assert tuned.gain.high <= 60.0 * defect.now + 0.1 * 2.0
    assert tuned.gain.expected == pytest.approx(true, rel=0.25)


def test_the_outcome_that_is_the_objective_shows_the_number_of_the_promise(tuned_by: Callable[..., Tuned]) -> None:
    tuned = tuned_by("minimize: defect")
    assert tuned.gain is not None
    (defect,) = (line for line in tuned.outcomes if line.name == "defect")
    assert (-defect.change, -defect.high, -defect.low) == pytest.approx((tuned.gain.expected, tuned.gain.low, tuned.gain.high))


def test_an_objective_with_another_outcome_has_no_ends(tuned_by: Callable[..., Tuned]) -> None:
    tuned = tuned_by('minimize: "60*defect + dust", unit: EUR')
    assert ends_of(tuned.judge.surrogate.frame, "defect") == (0.0, 1.0)
    assert ends_of(tuned.judge.surrogate.frame, "dust") is None
    assert improvement_ends(tuned.judge, tuned.judge.present.now) is None


def test_ends_far_off_change_nothing() -> None:
    assert within_ends(2.0, 1.0, (-100.0, 100.0)) == pytest.approx((2.0, 1.0, 3.0))
    assert within_ends(2.0, 0.0, (-1.0, 1.0)) == (1.0, 1.0, 1.0)
    far = within_ends(30.0, 1.0, (-5.0, 2.0))  # where the model is quite beyond, next to the end
    assert far[1] < far[0] < far[2] <= 2.0
    assert far[0] == pytest.approx(2.0, abs=0.05)
